//! What is kept of histories, and what is not.

use super::*;

#[test]
fn the_cache_is_bounded_and_keeps_what_is_under_way() {
    let mut bench = Bench::new(Limits {
        cached_histories: 2,
        ..Limits::default()
    });
    for n in 0..50 {
        let (_, request) = bench.register(&format!("name{n}"));
        bench.submit(request);
    }
    bench.read();
    while bench.cut().is_some() {
        bench.commit();
        bench.read();
    }
    assert_eq!(bench.answers().len(), 50);
    assert_eq!(bench.head, 150);
    let (_, request) = bench.register("another");
    bench.submit(request);
    bench.read();
    assert!(
        bench.decider.cache.len() <= 3,
        "{}",
        bench.decider.cache.len()
    );
}

#[test]
fn a_history_that_cannot_be_read_gives_up_only_who_needs_it() {
    let mut bench = Bench::new(Limits::default());
    let account = bench.registered();
    let (_, unreadable) = bench.register("eve");
    let unreadable = bench.submit(unreadable);
    let (_, needs) = bench.decider.take_needs();
    let fine = bench.top_up(account);
    let fine = bench.submit(fine);
    assert_eq!(bench.decider.unreadable(&needs), [unreadable]);
    bench.read();
    bench.cut();
    bench.commit();
    assert!(matches!(bench.answers()[..], [(t, Answer::Appended { .. })] if t == fine));
    assert!(bench.decider.is_idle());
}
