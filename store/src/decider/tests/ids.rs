//! Commands that are safe to send again.

use super::*;

#[test]
fn an_id_that_was_never_used_is_not_looked_up_once_all_used_ones_are_known() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let asked = |bench: &mut Bench, id: &str| {
        let request = bench.top_up(account);
        bench.submit(with_id(request, id, 1));
        let (epoch, needs) = bench.decider.take_needs();
        let asked = needs.iter().any(|need| matches!(need, Need::Receipt(..)));
        let loaded = needs.into_iter().map(|need| bench.look_up(need)).collect();
        bench.decider.loaded(epoch, loaded);
        bench.decider.run();
        bench.read();
        bench.cut();
        bench.commit();
        asked
    };
    let used = IdKey::of("ada", "used").short();
    bench.decider.used_before(&[used]);
    assert!(asked(&mut bench, "before all are known"));
    bench.decider.used_before(&[]);
    assert!(!asked(&mut bench, "new"));
    assert!(asked(&mut bench, "used"));
}

#[test]
fn a_repeated_id_is_answered_with_the_first_events() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let request = with_id(bench.top_up(account), "t", 1);
    let first = bench.submit(request.clone());
    bench.read();
    bench.cut();
    // While the first is under way, and after it is durable.
    let during = bench.submit(request.clone());
    bench.read();
    bench.commit();
    while bench.cut().is_some() {
        bench.commit();
    }
    let after = bench.submit(request);
    let other = bench.submit(with_id(bench.top_up(account), "t", 2));
    // What came in, and what it was paid with.
    let place = Position::START.plus(4);
    let last = place.next();
    let repeated = Answer::Repeated { first: place, last };
    assert_eq!(
        bench.answers(),
        [
            (first, Answer::Appended { first: place, last }),
            (during, repeated.clone()),
            (after, repeated),
            (other, Answer::IdReused),
        ]
    );
    assert_eq!(bench.head, 5);
}

#[test]
fn a_duplicate_of_a_command_that_failed_is_carried_out() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let request = with_id(bench.top_up(account), "t", 1);
    let first = bench.submit(request.clone());
    bench.read();
    bench.cut();
    let second = bench.submit(request);
    bench.read();
    assert_eq!(bench.decider.give_up(), [first]);
    bench.decider.run();
    bench.read();
    assert_eq!(bench.cut(), Some(1));
    bench.commit();
    assert!(matches!(bench.answers()[..], [(t, Answer::Appended { .. })] if t == second));
}
