//! By what right somebody watches, and how that of everybody ends.

/// By what right somebody watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// A right of their own, which lasts as long as the broadcast.
    Own,
    /// Everybody's, as it was at this moment: it ends when the broadcast is closed to the public.
    Public(PublicMark),
}

/// A point in the order of closings, taken before it is asked whether a broadcast is public; see
/// [`super::Hub::close_to_public`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct PublicMark(pub(super) u64);

impl Leave {
    /// Whether it holds at a broadcast that was closed last with this number.
    pub(crate) const fn holds(self, closed: u64) -> bool {
        match self {
            Self::Own => true,
            Self::Public(mark) => closed <= mark.0,
        }
    }
}
