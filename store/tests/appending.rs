//! Commands in, events out: together or not at all, in one dense order.

use crate::support::{code, register, request, say, streamer, top_up};
use sqlx::{Connection as _, Executor as _};
use tributary_domain::command::{Actor, Command, accounts};
use tributary_domain::{AccountId, HistoryId, Position, State};
use tributary_store::testing::{Engine, Place};
use tributary_store::{
    CommandError, Environment, Filter, LogOptions, LogUrl, ManualClock, SeededEntropy, chain,
};

tributary_store::on_both_engines!(
    a_command_appends_its_events_together,
    a_name_is_unique_however_many_ask_at_once,
    positions_are_dense_and_the_chain_holds,
    what_was_acknowledged_is_there_after_a_restart,
    a_balance_never_goes_below_zero_under_concurrency,
    time_in_the_log_never_runs_backwards,
    a_log_that_was_closed_takes_no_more,
    one_command_that_cannot_be_stored_does_not_hold_up_the_others,
    an_id_that_no_text_can_hold_harms_nobody_else,
    two_nodes_write_one_history,
);

async fn a_command_appends_its_events_together(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let (account, command) = register("ada");
    let receipt = log.execute(command).await.unwrap();
    let names: Vec<_> = receipt
        .events
        .iter()
        .map(|event| event.event.name().0)
        .collect();
    assert_eq!(names, ["account.registered", "claim.made", "claim.made"]);
    assert_eq!(receipt.position, Position::START.plus(3));
    assert_eq!(log.head(), receipt.position);

    let (_, same_name) = register("Ada");
    assert_eq!(code(log.execute(same_name).await), "NAME_TAKEN");
    assert_eq!(log.head(), receipt.position, "a refusal appends nothing");
    let State::Account(state) = log.state(&HistoryId::Account(account)).await.unwrap() else {
        panic!("an account")
    };
    assert_eq!(state.id, Some(account));
    log.close().await;
}

async fn a_name_is_unique_however_many_ask_at_once(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let attempts = (0..50).map(|_| {
        let log = log.clone();
        tokio::spawn(async move { log.execute(register("ada").1).await })
    });
    let outcomes = futures::future::join_all(attempts).await;
    let (won, lost): (Vec<_>, Vec<_>) = outcomes
        .into_iter()
        .map(Result::unwrap)
        .partition(Result::is_ok);
    assert_eq!(won.len(), 1);
    assert!(
        lost.into_iter()
            .all(|outcome| code(outcome) == "NAME_TAKEN")
    );
    assert_eq!(log.head(), Position::START.plus(3));
    log.close().await;
}

async fn positions_are_dense_and_the_chain_holds(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    let said = (0..300).map(|n| {
        let log = log.clone();
        tokio::spawn(async move { log.execute(say(ada, ada, &format!("message {n}"))).await })
    });
    for outcome in futures::future::join_all(said).await {
        outcome.unwrap().unwrap();
    }
    let rows = log
        .storage()
        .read(Position::START, 10_000, &Filter::All)
        .await
        .unwrap();
    assert_eq!(rows.len(), 304);
    let mut hash = chain::GENESIS;
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(row.position, i64::try_from(index).unwrap() + 1);
        hash = chain::link(&hash, row);
        assert_eq!(row.hash, hash, "at {}", row.position);
        assert!(row.decode().unwrap().event.personal_matches());
    }
    assert_eq!(log.storage().head().await.unwrap().hash, hash);
    log.close().await;
}

async fn what_was_acknowledged_is_there_after_a_restart(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    let receipt = log.execute(say(ada, ada, "hello")).await.unwrap();
    log.close().await;

    let log = place.open().await;
    assert_eq!(log.head(), receipt.position);
    assert_eq!(
        log.event_at(receipt.position).await.unwrap().as_ref(),
        receipt.events.first()
    );
    let next = log.execute(say(ada, ada, "again")).await.unwrap();
    assert_eq!(next.position, receipt.position.next());
    assert_eq!(next.events[0].sequence, receipt.events[0].sequence + 1);
    log.close().await;
}

async fn a_balance_never_goes_below_zero_under_concurrency(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let ada = streamer(&log, "ada").await;
    let (bob, command) = register("bob");
    log.execute(command).await.unwrap();
    log.execute(top_up(bob, "10.00")).await.unwrap();
    let tips = (0..30).map(|_| {
        let log = log.clone();
        tokio::spawn(async move { log.execute(tip(bob, ada, "1.00")).await })
    });
    let outcomes = futures::future::join_all(tips).await;
    let given = outcomes
        .into_iter()
        .map(Result::unwrap)
        .filter(Result::is_ok)
        .count();
    assert_eq!(given, 10);
    assert_eq!(
        code(log.execute(tip(bob, ada, "0.01")).await),
        "INSUFFICIENT_BALANCE"
    );
    let wallet = log
        .state(&HistoryId::Wallet(ada, "USD".parse().unwrap()))
        .await
        .unwrap();
    let State::Wallet(wallet) = wallet else {
        panic!("a wallet")
    };
    assert_eq!(wallet.earnings.to_string(), "9.50");
    log.close().await;
}

pub fn tip(payer: AccountId, to: AccountId, amount: &str) -> tributary_domain::Request {
    use tributary_domain::command::tips;
    use tributary_domain::money::{FeeSchedule, Money};
    let command = tips::Command::Tip {
        entry: tributary_domain::EntryId(Environment::system().uuid()),
        channel: to.into(),
        amount: Money::parse(amount, "USD".parse().unwrap()).unwrap(),
        fee_schedule: FeeSchedule::new("standard".into(), "0.05".parse().unwrap()).unwrap(),
        hold: None,
        message: None,
        salt: Environment::system().salt(),
    };
    request(Actor::Account(payer), Command::Tips(command))
}

async fn time_in_the_log_never_runs_backwards(engine: Engine) {
    let place = Place::fresh(engine).await;
    let clock = ManualClock::at(Environment::system().now());
    let env = Environment {
        clock: clock.clone(),
        entropy: SeededEntropy::new(7),
    };
    let log = place.open_with(LogOptions::default(), env).await;
    let first = log.execute(register("ada").1).await.unwrap();
    clock.advance(chrono::TimeDelta::hours(-1));
    let second = log.execute(register("bob").1).await.unwrap();
    assert_eq!(second.events[0].recorded_at, first.events[0].recorded_at);
    clock.advance(chrono::TimeDelta::hours(2));
    let third = log.execute(register("eve").1).await.unwrap();
    assert!(third.events[0].recorded_at > second.events[0].recorded_at);
    log.close().await;
}

async fn a_log_that_was_closed_takes_no_more(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    log.close().await;
    assert_eq!(
        log.execute(register("ada").1).await,
        Err(CommandError::ShuttingDown)
    );
    let again = place.open().await;
    assert_eq!(again.head(), Position::START);
    again.close().await;
}

/// From now on the table takes no event in whose personal part this word stands.
async fn refuse(place: &Place, word: &str) {
    match &place.url {
        LogUrl::Sqlite(file) => {
            let sql = format!(
                "CREATE TRIGGER refused BEFORE INSERT ON events WHEN new.personal LIKE '%{word}%'
                 BEGIN SELECT RAISE(ABORT, 'refused'); END"
            );
            let connection = rusqlite::Connection::open(file).unwrap();
            connection.execute_batch(&sql).unwrap();
        }
        LogUrl::Postgres(url) => {
            let sql = format!("ALTER TABLE events ADD CHECK (personal::text NOT LIKE '%{word}%')");
            let mut connection = sqlx::PgConnection::connect(url).await.unwrap();
            connection.execute(sql.as_str()).await.unwrap();
        }
    }
}

/// One of 500 that are asked for at once breaks what the table demands. The others must not notice.
async fn one_command_that_cannot_be_stored_does_not_hold_up_the_others(engine: Engine) {
    let place = Place::fresh(engine).await;
    // Makes the tables.
    place.open().await.close().await;
    refuse(&place, "mallory").await;
    let log = place.open().await;
    let all = (0..500).map(|n| {
        let name = if n == 250 {
            "mallory".to_owned()
        } else {
            format!("somebody{n}")
        };
        let (log, request) = (log.clone(), register(&name).1);
        tokio::spawn(async move { log.execute(request).await })
    });
    let outcomes = futures::future::join_all(all).await;
    for (index, outcome) in outcomes.into_iter().map(Result::unwrap).enumerate() {
        if index == 250 {
            assert!(
                matches!(outcome, Err(CommandError::Unavailable(_))),
                "{outcome:?}"
            );
        } else {
            assert!(outcome.is_ok(), "{index}: {outcome:?}");
        }
    }
    assert_eq!(log.head(), Position::START.plus(3 * 499), "no gap");
    log.close().await;
}

/// On PostgreSQL already the question for such a history is refused.
async fn an_id_that_no_text_can_hold_harms_nobody_else(engine: Engine) {
    let place = Place::fresh(engine).await;
    let log = place.open().await;
    let (_, mut bad) = register("mallory");
    if let Command::Accounts(accounts::Command::Register { email_hash, .. }) = &mut bad.command {
        *email_hash = "not \0 storable".into();
    }
    let (bad, good) = tokio::join!(log.execute(bad), log.execute(register("ada").1));
    assert!(good.is_ok(), "{good:?}");
    match engine {
        Engine::Sqlite => assert!(bad.is_ok(), "SQLite stores any text"),
        Engine::Postgres => {
            assert!(matches!(bad, Err(CommandError::Unavailable(_))), "{bad:?}");
        }
    }
    log.close().await;
}

async fn two_nodes_write_one_history(engine: Engine) {
    if engine == Engine::Sqlite {
        // One writer per folder: the second is told who has it.
        let place = Place::fresh(engine).await;
        let log = place.open().await;
        let second =
            tributary_store::Log::open(&place.url, LogOptions::default(), Environment::system());
        assert!(matches!(
            second.await.err(),
            Some(tributary_store::StoreError::Locked(_))
        ));
        log.close().await;
        return;
    }
    let place = Place::fresh(engine).await;
    let (one, two) = (place.open().await, place.open().await);
    let ada = streamer(&one, "ada").await;
    let said = (0..200).map(|n| {
        let log = if n % 2 == 0 { one.clone() } else { two.clone() };
        tokio::spawn(async move { log.execute(say(ada, ada, &format!("message {n}"))).await })
    });
    for outcome in futures::future::join_all(said).await {
        outcome.unwrap().unwrap();
    }
    let rows = one
        .storage()
        .read(Position::START, 10_000, &Filter::All)
        .await
        .unwrap();
    assert_eq!(rows.len(), 204);
    let mut texts: Vec<_> = rows.iter().filter_map(|row| row.personal.clone()).collect();
    texts.sort();
    texts.dedup();
    assert_eq!(texts.len(), 201, "each message once, and the person");
    one.close().await;
    two.close().await;
}
