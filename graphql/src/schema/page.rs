//! Pages: how many items, from where on, and how they are shown.

use crate::Fault;
use crate::messages::Sentence;
use async_graphql::SimpleObject;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt::Display;
use std::str::FromStr;
use tributary_domain::Position;

/// The most items on one page.
const PAGE_MAX: i32 = 100;

/// The longest cursor that is looked at; ours have at most 88 characters.
const CURSOR_CHARACTERS_MAX: usize = 200;

/// The size of a page as asked for.
///
/// # Errors
/// Outside of 1 to 100.
pub(crate) fn page_size(field: &str, asked: i32) -> Result<usize, Fault> {
    match usize::try_from(asked) {
        Ok(size) if (1..=PAGE_MAX).contains(&asked) => Ok(size),
        _ => Err(Fault::BadInput(Sentence::PageSize {
            field: field.to_owned(),
            most: PAGE_MAX,
        })),
    }
}

/// What a page costs: its items' cost times their number. A size that will be refused counts as the
/// largest, so that no number can overflow.
pub(crate) fn cost(size: i32, item: usize) -> usize {
    let size = usize::try_from(size.clamp(1, PAGE_MAX)).unwrap_or(1);
    size.saturating_mul(item.saturating_add(1))
        .min(usize::from(u16::MAX) << 16)
}

fn not_a_cursor(field: &str) -> Fault {
    let field = field.to_owned();
    Fault::BadInput(Sentence::NotACursor { field })
}

/// An opaque place in a list.
pub(crate) struct Cursor;

impl Cursor {
    /// Writes a place.
    pub(crate) fn write(place: impl Display) -> String {
        URL_SAFE_NO_PAD.encode(place.to_string())
    }

    /// Reads a place.
    ///
    /// # Errors
    /// When the text was not written by [`Cursor::write`].
    pub(crate) fn read<T: FromStr>(field: &str, cursor: &str) -> Result<T, Fault> {
        let wrong = || not_a_cursor(field);
        if cursor.len() > CURSOR_CHARACTERS_MAX {
            return Err(wrong());
        }
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| wrong())?;
        let text = String::from_utf8(bytes).map_err(|_| wrong())?;
        text.parse().map_err(|_| wrong())
    }

    /// Reads a place in the log: a cursor, or a position as `headPosition` and `position` give it. A
    /// written cursor never consists of digits alone.
    ///
    /// # Errors
    /// When it is neither.
    pub(crate) fn position(field: &str, cursor: &str) -> Result<Position, Fault> {
        let wrong = || not_a_cursor(field);
        let is_position = !cursor.is_empty() && cursor.bytes().all(|byte| byte.is_ascii_digit());
        let place = if is_position {
            cursor.parse().map_err(|_| wrong())?
        } else {
            Self::read(field, cursor)?
        };
        Position::new(place).ok_or_else(wrong)
    }
}

/// Where a page lies in its list.
#[derive(Debug, Clone, SimpleObject)]
pub(crate) struct PageInfo {
    /// Whether the list goes on after this page.
    pub(crate) has_next_page: bool,
    /// Whether something lies before this page.
    pub(crate) has_previous_page: bool,
    /// The cursor of the first item.
    pub(crate) start_cursor: Option<String>,
    /// The cursor of the last item.
    pub(crate) end_cursor: Option<String>,
}

/// Declares the connection to a node type: the page, its edges, and how it is made.
macro_rules! connection {
    ($(#[$meta:meta])* $connection:ident, $(#[$emeta:meta])* $edge:ident, $node:ident) => {
        $(#[$meta])*
        #[derive(Clone, async_graphql::SimpleObject)]
        pub(crate) struct $connection {
            /// The items, each with its cursor.
            edges: Vec<$edge>,
            /// The items alone.
            nodes: Vec<$node>,
            /// Where the page lies in the list.
            page_info: $crate::schema::page::PageInfo,
        }

        $(#[$emeta])*
        #[derive(Clone, async_graphql::SimpleObject)]
        pub(crate) struct $edge {
            /// The item.
            node: $node,
            /// Its place in the list.
            cursor: String,
        }

        impl $connection {
            /// A page of items with their cursors, in the order in which they are shown.
            pub(crate) fn new(
                items: Vec<(String, $node)>,
                has_previous_page: bool,
                has_next_page: bool,
            ) -> Self {
                let cursor = |item: Option<&(String, $node)>| item.map(|item| item.0.clone());
                let page_info = $crate::schema::page::PageInfo {
                    has_next_page,
                    has_previous_page,
                    start_cursor: cursor(items.first()),
                    end_cursor: cursor(items.last()),
                };
                let nodes = items.iter().map(|(_, node)| node.clone()).collect();
                let edges =
                    items.into_iter().map(|(cursor, node)| $edge { node, cursor }).collect();
                Self { edges, nodes, page_info }
            }
        }
    };
}
pub(crate) use connection;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_have_one_to_a_hundred_items() {
        assert_eq!(page_size("first", 1), Ok(1));
        assert_eq!(page_size("first", 100), Ok(100));
        for bad in [0, -1, 101, i32::MIN, i32::MAX] {
            assert_eq!(
                page_size("first", bad).unwrap_err().code(),
                "BAD_USER_INPUT",
                "{bad}"
            );
        }
    }

    #[test]
    fn costs_never_overflow() {
        assert_eq!(cost(50, 9), 500);
        let mut nested = 1;
        for _ in 0..100 {
            nested = cost(i32::MAX, nested);
        }
        assert!(nested > 1_000_000);
    }

    #[test]
    fn cursors_are_read_back_and_nothing_else_is() {
        let position = Position::new(12).unwrap();
        assert_eq!(
            Cursor::position("after", &Cursor::write(position)),
            Ok(position)
        );
        assert_eq!(Cursor::position("after", "12"), Ok(position));
        let huge = "A".repeat(1_000_000);
        for bad in [
            "",
            "-1",
            "99999999999999999999",
            "é",
            &Cursor::write("-1"),
            &Cursor::write("x"),
            &huge,
        ] {
            assert!(Cursor::position("after", bad).is_err(), "{bad:.40}");
        }
    }
}
