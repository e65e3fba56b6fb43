//! What is refused where money moves, as it is answered. Amounts and tips stand in `money.rs`.

use crate::support::{Client, Server, channel_of, done_by, system};
use futures::StreamExt as _;
use serde_json::{Value, json};
use tributary_domain::books::Seal;
use tributary_domain::channel::Reason;
use tributary_domain::command::payments::GivenTips;
use tributary_domain::command::{Actor, books, fees, payments};
use tributary_domain::fees::SCHEDULES_MAX;
use tributary_domain::money::FeeSchedule;
use tributary_domain::payment::PaymentId;
use tributary_domain::wallet::BALANCE_MAX;
use tributary_domain::wallet::holds::HOLDS_MAX;
use tributary_domain::{Command, EntryId, Money, Position};

/// Nobody's.
const UNKNOWN: &str = "01900000-0000-7000-8000-000000000001";

/// The input with an id of its own.
fn named(id: &str, input: Value) -> Value {
    let mut input = input;
    input["clientMutationId"] = json!(id);
    input
}

async fn finance(server: &Server) -> Client {
    let (root, fay) = (server.admin().await, server.register("fay").await);
    let role = json!({"accountId": fay.id, "role": "FINANCE"});
    root.done("grantRole", role, "").await;
    fay
}

/// Ada's channel, who has earned 38 dollars.
async fn earning(server: &Server) -> (Client, String) {
    let (ada, channel) = server.streamer("ada").await;
    let eve = server.register("eve").await;
    let dollars = |amount: &str| json!({"amount": amount, "currency": "USD"});
    eve.done("topUp", dollars("40"), "").await;
    let mut tip = dollars("40");
    tip["channelId"] = json!(channel);
    eve.done("sendTip", tip, "").await;
    (ada, channel)
}

#[tokio::test]
async fn what_a_payout_is_not_ready_for_is_refused() {
    let server = Server::start().await;
    let fay = finance(&server).await;
    let (ada, channel) = earning(&server).await;
    let ask = |amount: &str| {
        named(
            amount,
            json!({"channelId": channel, "amount": amount, "currency": "USD"}),
        )
    };
    let amount = Some("amount".to_owned());
    for (wanted, code) in [
        ("9.99", "PAYOUT_TOO_SMALL"),
        ("38.01", "INSUFFICIENT_EARNINGS"),
    ] {
        let refused = ada.refused("requestPayout", ask(wanted)).await;
        assert_eq!(refused, (code.to_owned(), amount.clone()));
    }
    let of = |id: &str, payout: &Value| named(id, json!({"payoutId": payout, "reason": "checked"}));
    let refused = fay.refused("approvePayout", of("x", &json!(UNKNOWN))).await;
    let field = Some("payoutId".to_owned());
    assert_eq!(refused, ("PAYOUT_NOT_FOUND".to_owned(), field));

    let asked = ada.done("requestPayout", ask("38"), "payoutId").await;
    let payout = &asked["payoutId"];
    let sent = |id: &str, reference: &str| {
        named(
            id,
            json!({"payoutId": payout, "provider": "bank", "reference": reference}),
        )
    };
    let settled = |id: &str, on: Value| named(id, json!({"payoutId": payout, "on": on}));
    let refused = fay.refused("sendPayout", sent("early", "po_1")).await;
    assert_eq!(refused.0, "PAYOUT_NOT_APPROVED");
    fay.done("approvePayout", of("a", payout), "").await;
    let refused = fay.refused("settlePayout", settled("early", json!(null)));
    assert_eq!(refused.await.0, "PAYOUT_NOT_SENT");
    let refused = fay.refused("sendPayout", sent("odd", "p o")).await;
    assert_eq!(refused.0, "BAD_REFERENCE");
    fay.done("sendPayout", sent("s", "po_1"), "").await;

    let today = server.log.environment().now().date_naive();
    let tomorrow = json!(today.succ_opt().unwrap().to_string());
    let refused = fay.refused("settlePayout", settled("late", tomorrow)).await;
    assert_eq!(refused.0, "DATE_IN_THE_FUTURE");
    let yesterday = today.pred_opt().unwrap();
    let seal = Seal {
        position: Position::START,
        hash: "00".repeat(32),
        trial_balance: "00".repeat(32),
        signature: "00".repeat(32),
    };
    let through = yesterday;
    let reason = Reason {
        text: None,
        salt: server.log.environment().salt(),
    };
    let close = books::Command::Close {
        through,
        seal,
        reason,
    };
    done_by(&server, Actor::Console, Command::Books(close)).await;
    let refused = fay.refused(
        "settlePayout",
        settled("past", json!(yesterday.to_string())),
    );
    assert_eq!(refused.await.0, "PERIOD_CLOSED");
    fay.done("settlePayout", settled("now", json!(null)), "")
        .await;
}

#[tokio::test]
async fn nobody_agrees_to_the_own_payout() {
    let server = Server::start().await;
    let root = server.admin().await;
    let (ada, channel) = earning(&server).await;
    let role = json!({"accountId": ada.id, "role": "FINANCE"});
    root.done("grantRole", role, "").await;
    let ask = json!({"channelId": channel, "amount": "38", "currency": "USD"});
    let asked = ada.done("requestPayout", named("p", ask), "payoutId").await;
    let agree = json!({"payoutId": asked["payoutId"], "reason": "why not"});
    let refused = ada.refused("approvePayout", named("a", agree)).await;
    assert_eq!(refused.0, "SECOND_PERSON_NEEDED");
}

#[tokio::test]
async fn what_a_wallet_does_not_hold_is_refused() {
    let server = Server::start().await;
    let fay = finance(&server).await;
    let eve = server.register("eve").await;
    let dollars = json!({"amount": "100", "currency": "USD"});
    eve.done("topUp", dollars.clone(), "").await;
    let (_, channel) = server.streamer("ada").await;
    let mut spend = named("r", json!({"channelId": channel, "holdId": UNKNOWN}));
    (spend["amount"], spend["currency"]) = (json!("1"), json!("USD"));
    let refused = eve.refused("sendTip", spend).await;
    assert_eq!(
        refused,
        ("HOLD_NOT_FOUND".to_owned(), Some("holdId".to_owned()))
    );
    let hold = |id: &str, until: &str| {
        named(
            id,
            json!({"amount": "1", "currency": "USD", "until": until}),
        )
    };
    for (id, until) in [
        ("past", "2026-01-31T18:00:00Z"),
        ("far", "2026-04-01T00:00:00Z"),
    ] {
        let refused = eve.refused("placeHold", hold(id, until)).await;
        assert_eq!(
            refused,
            ("BAD_HOLD_TIME".to_owned(), Some("until".to_owned()))
        );
    }
    let soon = "2026-02-01T00:00:00Z";
    for n in 0..HOLDS_MAX {
        eve.done("placeHold", hold(&n.to_string(), soon), "").await;
    }
    let refused = eve.refused("placeHold", hold("more", soon)).await;
    assert_eq!(refused.0, "TOO_MANY_HOLDS");
    let tip = named("t", json!({"tipId": tip_at(1), "reason": "x"}));
    let refused = fay.refused("refundTip", tip).await;
    assert_eq!(
        refused,
        ("TIP_NOT_FOUND".to_owned(), Some("tipId".to_owned()))
    );

    // The most that one payment is, until no more fits.
    let env = server.log.environment();
    let most = "1000000000";
    for n in 0..BALANCE_MAX / 1_000_000_000 - 1 {
        let confirm = payments::Command::Confirm {
            payment: PaymentId::new("bank", &format!("pay_{n}")).unwrap(),
            account: channel_of(&eve).owner(),
            amount: Money::parse(most, "USD".parse().unwrap()).unwrap(),
            entry: EntryId(env.uuid()),
            tips: GivenTips {
                tips: vec![],
                salt: env.salt(),
            },
        };
        system(&server, Command::Payments(confirm)).await;
    }
    let rest = payments::Command::Confirm {
        payment: PaymentId::new("bank", "rest").unwrap(),
        account: channel_of(&eve).owner(),
        amount: Money::parse("999999900", "USD".parse().unwrap()).unwrap(),
        entry: EntryId(env.uuid()),
        tips: GivenTips {
            tips: vec![],
            salt: env.salt(),
        },
    };
    system(&server, Command::Payments(rest)).await;
    let refused = eve.refused("topUp", dollars).await;
    assert_eq!(
        refused,
        ("BALANCE_TOO_LARGE".to_owned(), Some("amount".to_owned()))
    );
}

fn tip_at(position: u64) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(format!("Tip:{position}"))
}

#[tokio::test]
async fn fees_that_cannot_be_set_are_refused() {
    let server = Server::start().await;
    let fay = finance(&server).await;
    let set = |id: &str, rate: &str, from: Value| {
        let fees = json!({"id": id, "rate": rate, "from": from, "reason": "as agreed"});
        named(&format!("{id}-{rate}"), fees)
    };
    let now = || json!(null);
    for (input, code, field) in [
        (set("whole", "1", now()), "BAD_RATE", None),
        (set("a b", "0.1", now()), "BAD_FEE_SCHEDULE_ID", Some("id")),
        (
            set("past", "0.1", json!("2026-01-31T17:59:59Z")),
            "FEES_IN_THE_PAST",
            Some("from"),
        ),
    ] {
        let refused = fay.refused("setFees", input).await;
        assert_eq!(refused, (code.to_owned(), field.map(str::to_owned)));
    }
    fay.done("setFees", set("spring", "0.1", now()), "").await;
    let refused = fay.refused("setFees", set("spring", "0.2", now())).await;
    assert_eq!(
        refused,
        ("FEE_SCHEDULE_TAKEN".to_owned(), Some("id".to_owned()))
    );

    let setting = (1..SCHEDULES_MAX).map(|n| {
        let salt = server.log.environment().salt();
        let text = Some("as agreed".to_owned());
        let schedule = fees::Command::Schedule {
            schedule: FeeSchedule::new(format!("fee-{n}"), 0.into()).unwrap(),
            from: None,
            reason: Reason { text, salt },
        };
        done_by(&server, Actor::Console, Command::Fees(schedule))
    });
    let setting = futures::stream::iter(setting).buffered(256);
    setting.collect::<Vec<_>>().await;
    let refused = fay.refused("setFees", set("more", "0.1", now())).await;
    assert_eq!(refused.0, "TOO_MANY_FEE_SCHEDULES");
}
