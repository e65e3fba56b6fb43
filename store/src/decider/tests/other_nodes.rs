//! Beside nodes that append to the same log.

use super::*;

#[test]
fn a_node_that_was_overtaken_goes_on_without_reading_anything_again() {
    let shared = Limits {
        confirm: true,
        ..Limits::default()
    };
    let mut bench = Bench::new(shared);
    let account = bench.registered();
    let wallet = HistoryId::Wallet(account, "USD".parse().unwrap());
    for _ in 0..2 {
        let request = bench.top_up(account);
        bench.submit(request);
        bench.read();
        bench.cut();
    }
    // One is under way and one is decided upon it when another node is quicker.
    let theirs = bench.decider.next_batch().unwrap()[0].events[0]
        .event
        .clone();
    let theirs = bench.append_elsewhere(&wallet, theirs);
    bench.decider.overtaken(&[theirs], []);
    bench.decider.run();
    let (_, needs) = bench.decider.take_needs();
    assert_eq!(needs, []);
    assert_eq!(bench.cut(), Some(2));
    bench.commit();
    assert_eq!(bench.stored[&wallet].len(), 3);
    // And what is durable is what the next one is decided on.
    let request = bench.top_up(account);
    bench.submit(request);
    bench.read();
    bench.cut();
    bench.decider.failed(false);
    bench.decider.run();
    assert_eq!(bench.decider.take_needs().1, []);
    bench.cut();
    bench.commit();
    assert_eq!(bench.stored[&wallet].len(), 4);
}

#[test]
fn an_id_that_no_event_of_theirs_carries_is_not_looked_up_again() {
    let shared = Limits {
        confirm: true,
        ..Limits::default()
    };
    let mut bench = Bench::new(shared);
    let account = bench.registered();
    let wallet = HistoryId::Wallet(account, "USD".parse().unwrap());
    let mut request = bench.top_up(account);
    request.id = Some(CommandId {
        scope: "somebody".to_owned(),
        id: "mine".to_owned(),
        body: [1; 32],
    });
    bench.submit(request);
    bench.read();
    bench.cut();
    let theirs = bench.decider.next_batch().unwrap()[0].events[0]
        .event
        .clone();
    let theirs = bench.append_elsewhere(&wallet, theirs);
    bench.decider.overtaken(&[Arc::clone(&theirs)], []);
    bench.decider.run();
    assert_eq!(bench.decider.take_needs().1, []);
    bench.cut();
    // The same command, retried there: the id must be looked up.
    let mut same = Recorded::clone(&bench.append_elsewhere(&wallet, theirs.event.clone()));
    same.metadata
        .insert(COMMAND_KEY.to_owned(), "mine".to_owned());
    bench.decider.overtaken(&[same.into()], []);
    bench.decider.run();
    let (_, needs) = bench.decider.take_needs();
    assert!(
        matches!(&needs[..], [Need::Receipt(_, id)] if id == "mine"),
        "{needs:?}"
    );
}

#[test]
fn readings_from_before_another_nodes_append_are_asked_for_again() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let mut bench = Bench {
        decider: Decider::new(Limits::default()),
        ..bench
    };
    let request = bench.top_up(account);
    bench.submit(request);
    let (epoch, needs) = bench.decider.take_needs();
    let stale = needs
        .iter()
        .cloned()
        .map(|need| bench.look_up(need))
        .collect();
    bench.decider.failed(false);
    bench.decider.loaded(epoch, stale);
    let (now, again) = bench.decider.take_needs();
    assert_ne!(now, epoch);
    assert_eq!(again.len(), needs.len());
}

#[test]
fn beside_other_nodes_an_answer_without_events_waits_for_the_head() {
    let mut bench = Bench::new(Limits {
        confirm: true,
        ..Limits::default()
    });
    let account = bench.registered();
    let (_, request) = bench.register("ada");
    let refused = bench.submit(request);
    bench.read();
    assert_eq!(bench.answers(), [], "the cache may be out of date");
    assert_eq!(bench.cut(), Some(0));
    // It was: another node had appended.
    bench.decider.overtaken(&[], [HistoryId::Account(account)]);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(0));
    bench.commit();
    let answers = bench.answers();
    assert!(matches!(&answers[..], [(t, a)] if *t == refused && is_refused(a, "NAME_TAKEN")));
    assert!(bench.decider.is_idle());

    // A head that cannot be seen is told, not asked for without end.
    let (_, request) = bench.register("ada");
    let unanswered = bench.submit(request);
    bench.read();
    assert_eq!(bench.cut(), Some(0));
    assert_eq!(bench.decider.give_up(), [unanswered]);
    assert!(bench.decider.is_idle());
}

#[test]
fn beside_other_nodes_an_answer_does_not_ride_on_a_head_that_was_seen_before_the_question() {
    let mut bench = Bench::new(Limits {
        confirm: true,
        ..Limits::default()
    });
    bench.registered();
    let (_, request) = bench.register("ada");
    let early = bench.submit(request);
    bench.read();
    assert_eq!(bench.cut(), Some(0), "the head is being looked at");
    let (_, request) = bench.register("ada");
    let late = bench.submit(request);
    bench.read();
    bench.commit();
    let answers = bench.answers();
    assert!(
        matches!(&answers[..], [(t, _)] if *t == early),
        "{answers:?}"
    );
    assert_eq!(bench.cut(), Some(0), "it is looked at once more");
    bench.commit();
    let answers = bench.answers();
    assert!(matches!(&answers[..], [(t, a)] if *t == late && is_refused(a, "NAME_TAKEN")));
    assert!(bench.decider.is_idle());
}
