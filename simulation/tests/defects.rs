//! Each check can fail: a database that breaks a promise is found out.

use std::collections::BTreeSet;
use tributary_simulation::{Defect, run_on};

/// So many seeds may be needed.
const SEEDS_MAX: u64 = 150;

/// Runs seeds until one shows that `invariant` does not hold.
fn find(defect: Defect, invariant: &str) {
    let mut others = BTreeSet::new();
    for seed in 0..SEEDS_MAX {
        let outcome = run_on(seed, false, Some(defect));
        let broken: BTreeSet<_> = outcome.violations.iter().map(|v| v.invariant).collect();
        if broken.contains(invariant) {
            println!("{defect:?}: {invariant}: seed {seed}");
            return;
        }
        others.extend(broken);
    }
    panic!("{defect:?}: {SEEDS_MAX} seeds do not break {invariant:?}, but {others:?}");
}

macro_rules! finds {
    ($( $name:ident: $defect:ident breaks $invariant:literal; )*) => { $(
        #[test]
        fn $name() {
            find(Defect::$defect, $invariant);
        }
    )* };
}

finds! {
    an_append_that_is_lost: LosesAppends breaks "what was acknowledged is in the log";
    a_receipt_that_is_forgotten: ForgetsReceipts breaks "at most once for each command id";
    a_head_that_is_ignored: IgnoresTheHead breaks "positions are dense";
    a_history_that_is_out_of_date: ReadsStaleHistories
        breaks "commands are decided against the true state";
    a_head_that_is_never_found_to_have_moved: ConfirmsAnyHead
        breaks "an answer without events is right against durable state";
    an_append_that_is_denied: DeniesWhatWasWritten
        breaks "commands are decided against the true state";
    a_session_that_writes_after_its_end: LetsEndedSessionsWrite
        breaks "commands are decided against the true state";
    a_read_model_that_is_torn: TearsReadModels breaks "read models are a fold of the log";
}
