//! Payments through providers and their disputes: what was told of each, and what it left.

use crate::support::Engine;
use crate::support::finances::{every, given, people, the_same_anew, tips};
use crate::support::world::usd;
use tributary_domain::EntryId;
use tributary_domain::command::payments;
use tributary_domain::payment::{PaymentId, Standing};
use tributary_projections::{DisputeFilter, DisputeState, Page, PaymentFilter, PaymentState};

tributary_store::on_both_engines!(a_payment_and_its_disputes_are_listed_with_what_they_left,);

async fn a_payment_and_its_disputes_are_listed_with_what_they_left(engine: Engine) {
    let mut money = people();
    let id = |reference: &str| PaymentId::new("stripe", reference).unwrap();
    money.payment(&id("pi_1"), "50.00");
    let (bob, ada) = (money.bob, money.ada);
    let kept = money.world.tip(bob, ada, usd("4.00"));
    let gone = money.world.tip(bob, ada, usd("36.00"));
    let spent = [gone, kept].map(|tip| given(&money.world, tip)).to_vec();
    // What the last tip brought is paid out before its payment is taken back.
    let paid_out = money.requested(usd("38.00"));
    money.sent(paid_out, "po_1");
    money.disputed(&id("pi_1"), "du_1", "50.00", Standing::Open, spent);
    money.disputed(&id("pi_1"), "du_1", "50.00", Standing::Lost, vec![]);
    // Told before the payment: nothing is known of it but what it is called.
    money.told(payments::Command::Refund {
        payment: id("pi_2"),
        total: usd("3.00"),
        entry: EntryId(uuid::Uuid::from_u128(7_000)),
        tips: tips(vec![]),
    });
    money.told(payments::Command::Fail {
        payment: id("pi_3"),
        code: "card_declined".to_owned(),
    });
    money.payment(&id("pi_4"), "20.00");
    money.disputed(&id("pi_4"), "du_4", "20.00", Standing::Open, vec![]);
    money.disputed(&id("pi_4"), "du_4", "20.00", Standing::Won, vec![]);
    money.told(payments::Command::Refund {
        payment: id("pi_4"),
        total: usd("5.00"),
        entry: EntryId(uuid::Uuid::from_u128(8_000)),
        tips: tips(vec![]),
    });
    let running = money.folded(engine).await;
    let views = &running.views;

    let all = every!(views, payments, PaymentFilter::default());
    let told: Vec<_> = all
        .iter()
        .map(|payment| {
            let whose = payment.account.is_some();
            let (amount, refunded) = (payment.amount, payment.refunded);
            let called = payment.reference.as_str();
            (called, payment.state, whose, amount, refunded)
        })
        .collect();
    assert_eq!(
        told,
        [
            ("pi_4", PaymentState::Confirmed, true, Some(2_000), 500),
            ("pi_3", PaymentState::Failed, false, None, 0),
            ("pi_2", PaymentState::Announced, false, None, 0),
            ("pi_1", PaymentState::Confirmed, true, Some(5_000), 0),
        ]
    );
    assert_eq!(all[1].failure.as_deref(), Some("card_declined"));
    assert!(all[3].confirmed_at > Some(all[3].begun_at) && all[3].entry.is_some());
    let filters = [
        (
            PaymentFilter {
                account: Some(bob),
                ..PaymentFilter::default()
            },
            2,
        ),
        (
            PaymentFilter {
                state: Some(PaymentState::Failed),
                ..PaymentFilter::default()
            },
            1,
        ),
        (
            PaymentFilter {
                reference: Some("pi_1".into()),
                ..PaymentFilter::default()
            },
            1,
        ),
        (
            PaymentFilter {
                provider: Some("sandbox".into()),
                ..PaymentFilter::default()
            },
            0,
        ),
        (
            PaymentFilter {
                currency: Some(usd("1").currency),
                ..PaymentFilter::default()
            },
            2,
        ),
        (
            PaymentFilter {
                since: Some(all[0].begun_at),
                ..PaymentFilter::default()
            },
            1,
        ),
        (
            PaymentFilter {
                until: Some(all[0].begun_at),
                ..PaymentFilter::default()
            },
            3,
        ),
    ];
    for (filter, expected) in filters {
        let found = every!(views, payments, filter);
        assert_eq!(found.len(), expected, "{filter:?}");
    }

    let disputes = every!(views, disputes, DisputeFilter::default());
    let [won, lost] = &disputes[..] else {
        panic!("{disputes:?}")
    };
    assert_eq!(
        (won.state, lost.state),
        (DisputeState::Won, DisputeState::Lost)
    );
    assert_eq!((won.taken, won.tips, won.receivable), (2_000, 0, 0));
    assert!(won.restored_by.is_some() && lost.restored_by.is_none());
    // Both tips were taken back; of what they had brought there was nothing left.
    assert_eq!((lost.taken, lost.tips, lost.receivable), (5_000, 2, 3_800));
    assert_eq!((lost.account, lost.reference.as_str()), (Some(bob), "du_1"));
    let entries = tributary_projections::EntryFilter {
        since: lost.first_position,
        upto: lost.last_position,
        ..tributary_projections::EntryFilter::default()
    };
    let entries = views.ledger_entries(&entries, 10, None).await.unwrap();
    let kinds: Vec<_> = entries.items.iter().map(|e| e.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "wallet.payment_reversed",
            "wallet.tip_refunded",
            "wallet.tip_refunded"
        ]
    );
    assert_eq!(Some(entries.items[0].id), lost.entry);
    for (receivable, expected) in [(true, "du_1"), (false, "du_4")] {
        let filter = DisputeFilter {
            receivable: Some(receivable),
            account: Some(bob),
            ..DisputeFilter::default()
        };
        let found = every!(views, disputes, filter);
        assert_eq!((found.len(), found[0].reference.as_str()), (1, expected));
    }
    the_same_anew(&running).await;
}
