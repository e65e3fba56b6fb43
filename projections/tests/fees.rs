//! What the platform earned by each fee schedule.

use crate::support::finances::{Finances, given, people, the_same_anew};
use crate::support::world::{reason, usd};
use crate::support::{Engine, Running, impatient};
use tributary_domain::command::{Actor, Command, refunds};
use tributary_domain::entry::GivenTip;
use tributary_projections::testing::MemoryLog;

tributary_store::on_both_engines!(a_fee_is_given_back_by_the_schedule_that_took_it,);

async fn a_fee_is_given_back_by_the_schedule_that_took_it(engine: Engine) {
    let mut money = people();
    let (bob, ada) = (money.bob, money.ada);
    money.world.top_up(bob, usd("100.00"));
    let mut taken_back = vec![];
    for n in 0..4 {
        let tip = money.world.tip(bob, ada, usd("10.00"));
        money.world.pass(86_400);
        if n > 0 {
            taken_back.push(given(&money.world, tip));
        }
    }
    // In one batch with what is taken back, in a later one, and event by event.
    let refund = |money: &mut Finances, tip: GivenTip| {
        let command = refunds::Command::Tip {
            entry: money.entry(),
            tip,
            reason: reason("asked"),
        };
        let actor = Actor::Account(ada.owner());
        money.world.ask(actor, Command::Refunds(command)).unwrap();
    };
    refund(&mut money, taken_back[0]);
    let running = Running::after(engine, money.world.news()).await;
    refund(&mut money, taken_back[1]);
    running.tell(money.world.news()).await;
    let income = async |running: &Running| {
        let (from, to) = (chrono::NaiveDate::MIN, chrono::NaiveDate::MAX);
        let income = running.views.fee_income(from, to).await.unwrap();
        let row = |row: tributary_projections::FeeIncome| {
            (row.schedule, row.amount.amount.to_string(), row.entries)
        };
        income.into_iter().map(row).collect::<Vec<_>>()
    };
    let standard = Some("standard".to_owned());
    assert_eq!(
        income(&running).await,
        [(standard.clone(), "1.00".to_owned(), 6)]
    );
    the_same_anew(&running).await;
    refund(&mut money, taken_back[2]);
    let log = MemoryLog::with_pages_of(1);
    let slowly = Running::with(engine, log, impatient()).await;
    slowly.tell(money.world.events.clone()).await;
    assert_eq!(income(&slowly).await, [(standard, "0.50".to_owned(), 7)]);
    the_same_anew(&slowly).await;
}
