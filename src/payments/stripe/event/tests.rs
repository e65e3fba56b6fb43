use super::*;
use std::path::Path;

const ACCOUNT_ID: &str = "01a1f8ff-3f4b-71b3-9599-070729f1364c";
const PAYOUT_ID: &str = "01a1f900-aaaa-7bbb-8ccc-0123456789ab";
const INTENT: &str = "pi_3PgafmB7WZ01zgkW0cTGGKjX";

fn payload(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/payments/stripe");
    std::fs::read(folder.join(format!("{name}.json"))).unwrap()
}

fn said(name: &str) -> Said {
    read(&payload(name)).unwrap().said
}

fn money(amount: &str, currency: &str) -> Money {
    Money::parse(amount, currency.parse().unwrap()).unwrap()
}

fn payment() -> String {
    INTENT.to_owned()
}

fn account() -> AccountId {
    ACCOUNT_ID.parse().unwrap()
}

fn payout() -> PayoutId {
    PAYOUT_ID.parse().unwrap()
}

#[test]
fn payments_are_read_in_the_currencys_own_digits() {
    for (name, id, amount) in [
        ("payment_intent.succeeded", INTENT, money("10.00", "USD")),
        (
            "payment_intent.succeeded.jpy",
            "pi_3PgafmB7WZ01zgkW0000jpy",
            money("500", "JPY"),
        ),
        (
            "payment_intent.succeeded.bhd",
            "pi_3PgafmB7WZ01zgkW0000bhd",
            money("1.230", "BHD"),
        ),
    ] {
        let confirmed = Said::Confirmed {
            payment: id.to_owned(),
            account: account(),
            amount,
        };
        assert_eq!(said(name), confirmed);
    }
    for (name, code) in [
        ("payment_intent.payment_failed", "card_declined"),
        ("payment_intent.canceled", "abandoned"),
    ] {
        let code = code.to_owned();
        let failed = Said::Failed {
            payment: payment(),
            code,
        };
        assert_eq!(said(name), failed);
    }
    let refunded = Said::Refunded {
        payment: payment(),
        total: money("3.00", "USD"),
    };
    assert_eq!(said("charge.refunded"), refunded);
}

#[test]
fn a_dispute_stands_as_its_status_says() {
    for (name, standing) in [
        ("charge.dispute.created", Standing::Open),
        ("charge.dispute.funds_withdrawn", Standing::Open),
        ("charge.dispute.updated", Standing::Open),
        ("charge.dispute.closed.won", Standing::Won),
        ("charge.dispute.funds_reinstated", Standing::Won),
        ("charge.dispute.closed.lost", Standing::Lost),
    ] {
        let disputed = Said::Disputed {
            payment: payment(),
            dispute: "du_1PgagDB7WZ01zgkWq2Xy7c4V".to_owned(),
            amount: money("7.00", "USD"),
            standing,
        };
        assert_eq!(said(name), disputed, "{name}");
    }
    assert_eq!(said("charge.dispute.created.inquiry"), Said::Nothing);
}

#[test]
fn payouts_are_known_by_what_we_called_them() {
    let payout = payout();
    let sent = Said::PayoutSent {
        payout,
        reference: "tr_1PgahQB7WZ01zgkWlV9xZf1n".to_owned(),
    };
    assert_eq!(said("transfer.created"), sent);
    for (name, code) in [
        ("transfer.reversed", "transfer_reversed"),
        ("payout.failed", "account_closed"),
    ] {
        let code = code.to_owned();
        assert_eq!(said(name), Said::PayoutFailed { payout, code });
    }
    let on = "2027-01-16".parse().ok();
    assert_eq!(said("payout.paid"), Said::PayoutSettled { payout, on });
}

#[test]
fn what_is_not_ours_or_of_another_kind_is_said_to_be_so() {
    assert_eq!(said("payment_intent.succeeded.foreign"), Said::Foreign);
    assert_eq!(said("payment_intent.created"), Said::Nothing);
    assert_eq!(said("customer.created"), Said::Nothing);
}

#[test]
fn what_is_not_as_documented_is_refused_with_where() {
    let changed = |name: &str, from: &str, to: &str| {
        let text = String::from_utf8(payload(name)).unwrap();
        assert!(text.contains(from), "{name} holds no {from}");
        read(text.replace(from, to).as_bytes())
    };
    for (name, from, to, place) in [
        (
            "payment_intent.succeeded",
            "\"amount_received\": 1000",
            "\"amount_received\": \"1000\"",
            "/amount_received",
        ),
        (
            "payment_intent.succeeded",
            "\"amount_received\": 1000",
            "\"amount_received\": 10.5",
            "/amount_received",
        ),
        (
            "payment_intent.succeeded",
            "\"currency\": \"usd\"",
            "\"currency\": \"xxx\"",
            "1000 xxx",
        ),
        (
            "charge.dispute.created",
            "\"status\": \"needs_response\"",
            "\"status\": \"lost_in_thought\"",
            "lost_in_thought",
        ),
        (
            "charge.refunded",
            "\"payment_intent\": \"pi_3PgafmB7WZ01zgkW0cTGGKjX\"",
            "\"payment_intent\": null",
            "/payment_intent",
        ),
    ] {
        let Err(Unheard::Unreadable(why)) = changed(name, from, to) else {
            panic!("{name} with {to} is read")
        };
        assert!(why.contains(place), "{why}");
    }
    for body in ["", "[]", "{}", "{\"id\":1}", "null"] {
        assert!(read(body.as_bytes()).is_err(), "{body}");
    }
}

/// What is sent again is the same command, though the provider counts its deliveries.
#[test]
fn the_digest_is_of_what_is_said() {
    let once = read(&payload("charge.refunded")).unwrap();
    let again = String::from_utf8(payload("charge.refunded")).unwrap();
    let again = again.replace("\"pending_webhooks\": 1", "\"pending_webhooks\": 0");
    assert_eq!(
        read(again.as_bytes()).unwrap().said.digest(),
        once.said.digest()
    );
    let mut all: Vec<_> = [
        "payment_intent.succeeded",
        "charge.refunded",
        "transfer.created",
        "charge.dispute.created",
        "charge.dispute.closed.won",
        "payout.paid",
        "payout.failed",
    ]
    .map(|name| said(name).digest())
    .to_vec();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), 7);
}
