//! Answers, and what they were decided on.

use super::*;

#[test]
fn nothing_is_answered_before_it_is_durable() {
    let mut bench = Bench::new(Limits::default());
    let (_, request) = bench.register("ada");
    let ticket = bench.submit(request);
    bench.read();
    assert_eq!(bench.cut(), Some(1));
    assert_eq!(bench.answers(), []);
    bench.commit();
    let (first, last) = (Position::START.plus(1), Position::START.plus(3));
    assert_eq!(
        bench.answers(),
        [(ticket, Answer::Appended { first, last })]
    );
    assert!(bench.decider.is_idle());
}

#[test]
fn a_refusal_waits_for_what_it_was_decided_on() {
    let mut bench = Bench::new(Limits::default());
    let (_, first) = bench.register("ada");
    let (_, second) = bench.register("ADA");
    bench.submit(first);
    bench.read();
    bench.cut();
    let refused = bench.submit(second);
    bench.read();
    assert_eq!(
        bench.answers(),
        [],
        "the first registration is not durable yet"
    );
    bench.commit();
    let answers = bench.answers();
    assert_eq!(answers.len(), 2);
    assert!(
        answers
            .iter()
            .any(|(t, a)| *t == refused && is_refused(a, "NAME_TAKEN"))
    );
}

#[test]
fn a_refusal_that_rests_on_a_failed_append_is_decided_again() {
    let mut bench = Bench::new(Limits::default());
    let (_, first) = bench.register("ada");
    let (_, second) = bench.register("ADA");
    let first = bench.submit(first);
    bench.read();
    bench.cut();
    let second = bench.submit(second);
    bench.read();
    // The first one can never be stored: the second gets the name after all.
    assert_eq!(bench.decider.give_up(), [first]);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(1));
    bench.commit();
    assert!(matches!(bench.answers()[..], [(t, Answer::Appended { .. })] if t == second));
}

#[test]
fn commands_are_decided_on_what_the_ones_before_them_will_leave() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    for _ in 0..3 {
        let request = bench.top_up(account);
        bench.submit(request);
        bench.read();
    }
    assert_eq!(
        bench.cut(),
        Some(3),
        "one batch, without waiting in between"
    );
    bench.commit();
    assert_eq!(bench.answers().len(), 3);
}

#[test]
fn a_failed_batch_and_what_came_after_it_are_decided_again_in_order() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let before = bench.top_up(account);
    let before = bench.submit(before);
    bench.read();
    bench.cut();
    let after = bench.top_up(account);
    let after = bench.submit(after);
    bench.read();
    // Another node has topped up the same wallet meanwhile.
    let wallet = HistoryId::Wallet(account, "USD".parse().unwrap());
    let theirs = bench.decider.next_batch().unwrap()[0].events[0]
        .event
        .clone();
    bench.stored.entry(wallet.clone()).or_default().push(theirs);
    bench.head += 1;
    bench.decider.overtaken(&[], [wallet.clone()]);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(2));
    bench.commit();
    let tickets: Vec<_> = bench
        .answers()
        .into_iter()
        .map(|(ticket, _)| ticket)
        .collect();
    assert_eq!(tickets, [before, after]);
    assert_eq!(bench.stored[&wallet].len(), 3);
}
