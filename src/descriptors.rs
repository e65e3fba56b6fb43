//! How many files and sockets the process may have open.
//!
//! Many systems start a program with room for 1,024 and let it ask for far more. Each viewer and each
//! feed is one, so a server takes all that it may have.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// With fewer than these a server runs out before its memory does.
const FEW: u64 = 4_096;

/// Takes all that the system allows.
pub fn take_all() {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let wanted = Rlimit {
        current: maximum,
        maximum,
    };
    let most = match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => maximum,
        Err(error) => {
            tracing::warn!(%error, "the limit of open files stays as it was");
            current
        }
    };
    if let Some(most) = most.filter(|most| *most < FEW) {
        tracing::warn!(
            most,
            "few files may be open, and each viewer is one; raise the limit (ulimit -Hn, or LimitNOFILE= \
             of systemd)"
        );
    }
}
