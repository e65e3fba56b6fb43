use super::*;
use crate::testing::{account, ada, at, bob};
use crate::wallet::{HoldEnd, HoldLifted, HoldPlaced};
use proptest::prelude::*;
use rust_decimal::Decimal;
use uuid::Uuid;

fn hold(n: u128) -> HoldId {
    HoldId(account(n).0)
}

fn usd() -> Currency {
    "USD".parse().unwrap()
}

fn recorded(position: i64, owner: AccountId, event: impl Into<wallet::Event>) -> Recorded {
    Recorded {
        position: Position::new(position).unwrap(),
        event_id: Uuid::from_u128(1),
        recorded_at: at(0),
        history: HistoryId::Wallet(owner, usd()),
        sequence: 1,
        channel: None,
        event: Event::Wallet(event.into()),
        metadata: crate::position::Metadata::new(),
    }
}

fn placed(n: u128, until: i64) -> HoldPlaced {
    HoldPlaced {
        hold: hold(n),
        amount: Decimal::ONE,
        until: at(until),
    }
}

fn lifted(n: u128) -> HoldLifted {
    HoldLifted {
        hold: hold(n),
        amount: Decimal::ONE,
        reason: HoldEnd::Released,
    }
}

/// Whose holds are due, by which cause.
fn due(policy: &LiftExpiredHolds, seconds: i64) -> Vec<(i64, AccountId, HoldId)> {
    let due = policy.due(at(seconds)).into_iter();
    due.map(|due| match due.command {
        Command::Holds(holds::Command::Expire { account, hold, .. }) => {
            (due.cause.get(), account, hold)
        }
        other => panic!("{other:?}"),
    })
    .collect()
}

#[test]
fn a_hold_is_due_when_its_time_is_over_and_not_before() {
    let mut policy = LiftExpiredHolds::default();
    policy.observe(&recorded(3, bob(), placed(1, 60)));
    policy.observe(&recorded(4, ada(), placed(2, 30)));
    assert_eq!(policy.next_at(), Some(at(30)));
    assert_eq!(policy.waits_for(), Position::new(3));
    assert_eq!(due(&policy, 29), []);
    assert_eq!(due(&policy, 30), [(4, ada(), hold(2))]);
    assert_eq!(due(&policy, 60), [(4, ada(), hold(2)), (3, bob(), hold(1))]);
}

#[test]
fn what_was_lifted_or_settled_is_waited_for_no_more() {
    let mut policy = LiftExpiredHolds::default();
    policy.observe(&recorded(3, bob(), placed(1, 60)));
    policy.observe(&recorded(4, bob(), placed(2, 30)));
    // The same id in somebody else's wallet is another hold.
    policy.observe(&recorded(5, ada(), lifted(1)));
    assert_eq!(policy.next_at(), Some(at(30)));
    policy.observe(&recorded(6, bob(), lifted(1)));
    assert_eq!(policy.waits_for(), Position::new(4));
    policy.settled(Position::new(4).unwrap());
    assert_eq!(policy, LiftExpiredHolds::default());
    assert_eq!((policy.next_at(), policy.waits_for()), (None, None));
}

proptest! {
    /// Whoever takes over and reads from `waits_for` on knows the same.
    #[test]
    fn who_begins_at_the_oldest_cause_knows_the_same(
        steps in prop::collection::vec((1_u128..6, any::<bool>(), 1_i64..100), 1..40)
    ) {
        let mut log: Vec<Recorded> = vec![];
        let mut policy = LiftExpiredHolds::default();
        let mut open = BTreeSet::new();
        for (n, places, until) in steps {
            let position = i64::try_from(log.len()).unwrap() + 1;
            let event = if places && open.insert(n) {
                recorded(position, bob(), placed(n, until))
            } else if open.remove(&n) {
                recorded(position, bob(), lifted(n))
            } else {
                continue;
            };
            policy.observe(&event);
            log.push(event);
            let mut next = LiftExpiredHolds::default();
            let since = policy.waits_for();
            let rest = log.iter().filter(|event| since.is_none_or(|since| event.position >= since));
            rest.for_each(|event| next.observe(event));
            prop_assert_eq!(&next, &policy);
        }
    }
}
