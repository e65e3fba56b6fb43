//! What is appended together, and how it is put together.

use super::*;

#[test]
fn the_next_batch_is_known_while_one_is_under_way() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let submit = |bench: &mut Bench| {
        let request = bench.top_up(account);
        bench.submit(request);
        bench.read();
    };
    submit(&mut bench);
    bench.cut();
    assert_eq!(bench.decider.upcoming().len(), 0);
    submit(&mut bench);
    submit(&mut bench);
    assert_eq!(bench.decider.upcoming().len(), 2);
    assert_eq!(bench.decider.upcoming().len(), 0, "each is given out once");
    submit(&mut bench);
    assert_eq!(bench.decider.upcoming().len(), 1);
    // The batch under way failed: all are decided anew, and given out anew.
    bench.decider.failed(false);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.decider.upcoming().len(), 4);
    assert_eq!(bench.cut(), Some(4));
}

#[test]
fn the_head_after_a_batch_is_that_of_its_last_event() {
    // What other nodes read of the last event must be what the head says.
    let mut bench = Bench::new(Limits {
        confirm: true,
        ..Limits::default()
    });
    let (_, first) = bench.register("ada");
    let (_, again) = bench.register("ADA");
    let begin = bench.env.now();
    let head = Head {
        position: Position::START,
        hash: crate::chain::GENESIS,
        recorded_at: begin,
    };
    let mut draft = Draft::behind(head);
    bench.submit(first);
    bench.read();
    draft.add(bench.decider.upcoming(), &bench.env);
    bench.clock.advance(TimeDelta::seconds(1));
    bench.submit(again);
    bench.read();
    let refused = bench.decider.upcoming();
    assert_eq!(refused.len(), 1);
    draft.add(refused, &bench.env);
    let batch = draft.finish().unwrap().batch;
    assert_eq!(batch.head.recorded_at, begin);
    assert_eq!(batch.rows.last().unwrap().recorded_at, begin);
    assert_eq!(batch.rows.last().unwrap().hash, batch.head.hash);
}

#[test]
fn a_batch_is_bounded_and_commands_are_never_parted() {
    let mut bench = Bench::new(Limits {
        batch_events: 4,
        ..Limits::default()
    });
    for n in 0..3 {
        let (_, request) = bench.register(&format!("name{n}"));
        bench.submit(request);
    }
    bench.read();
    for _ in 0..3 {
        assert_eq!(bench.cut(), Some(1), "three events each, four at most");
        bench.commit();
    }
    assert_eq!(bench.cut(), None);
    assert_eq!(bench.answers().len(), 3);
}

#[test]
fn after_a_refused_batch_commands_are_appended_one_by_one() {
    let mut bench = Bench::new(Limits::default());
    for n in 0..3 {
        let (_, request) = bench.register(&format!("name{n}"));
        bench.submit(request);
    }
    bench.read();
    assert_eq!(bench.cut(), Some(3));
    bench.decider.failed(true);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(1));
    bench.commit();
    assert_eq!(bench.cut(), Some(1));
    assert!(bench.decider.fails_singly());
    assert_eq!(
        bench.decider.give_up().len(),
        1,
        "the one that cannot be stored"
    );
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(1));
    bench.commit();
    assert_eq!(bench.answers().len(), 2);
    assert!(!bench.decider.fails_singly());
    assert!(bench.decider.is_idle());
}

#[test]
fn shared_environments_give_the_same_ids() {
    let ids = |seed| {
        let clock = ManualClock::at(Timestamp::from_timestamp(1, 0).unwrap());
        let env = Environment {
            clock: Arc::clone(&clock) as _,
            entropy: SeededEntropy::new(seed),
        };
        (env.uuid(), env.uuid())
    };
    assert_eq!(ids(5), ids(5));
    assert_ne!(ids(5), ids(6));
    assert_ne!(ids(5).0, ids(5).1);
}
