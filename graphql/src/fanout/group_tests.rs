use super::*;

fn group(kind: Kind) -> Arc<Group> {
    Arc::new(Group::new(
        kind,
        Language::English,
        place(0),
        &Arc::default(),
    ))
}

fn place(place: i64) -> Position {
    Position::new(place).unwrap()
}

fn item(at: i64, size: usize) -> Item {
    Item {
        place: place(at),
        payload: vec![b'x'; size].into(),
    }
}

fn join(group: &Arc<Group>, after: i64) -> (Member, Arc<Outbox>) {
    let outbox = Arc::<Outbox>::default();
    (group.member(place(after), Arc::clone(&outbox), 7), outbox)
}

/// The places of all that a member takes at once, and what came of it.
fn take(member: &mut Member) -> (Vec<i64>, Step) {
    let mut places = Vec::new();
    let step = member.take(&mut |place, _| {
        places.push(place.get());
        true
    });
    (places, step)
}

fn woken(outbox: &Outbox) -> bool {
    let mut ready = Vec::new();
    outbox.take(&mut ready);
    !ready.is_empty()
}

#[test]
fn each_item_is_taken_once_and_wakes_whoever_has_taken_all() {
    let group = group(Kind::Events);
    let (mut first, outbox) = join(&group, 0);
    assert_eq!(take(&mut first), (vec![], Step::Idle));
    group.publish([item(3, 1), item(5, 1)]);
    assert!(woken(&outbox));
    // It has not come back: it is not woken again.
    group.publish([item(6, 1)]);
    assert!(!woken(&outbox));
    assert_eq!(take(&mut first), (vec![3, 5, 6], Step::Idle));
    assert_eq!(take(&mut first), (vec![], Step::Idle));
    group.publish([item(9, 1)]);
    assert!(woken(&outbox));
    assert_eq!(take(&mut first), (vec![9], Step::Idle));
}

#[test]
fn who_joins_between_two_items_has_the_rest() {
    let group = group(Kind::Events);
    group.publish((1..=9).map(|at| item(at, 1)));
    for after in 0..=9 {
        assert!(group.admits(place(after)));
        let (mut member, _) = join(&group, after);
        let rest: Vec<_> = (after + 1..=9).collect();
        assert_eq!(take(&mut member), (rest, Step::Idle));
    }
    // Further on than the group: what the client has had does not come again.
    let (mut ahead, _) = join(&group, 11);
    group.publish([item(10, 1), item(11, 1), item(12, 1)]);
    assert_eq!(take(&mut ahead), (vec![12], Step::Idle));
}

#[test]
fn one_who_takes_a_part_goes_on_with_the_next() {
    let group = group(Kind::Events);
    group.publish((1..=3).map(|at| item(at, 1)));
    let (mut member, _) = join(&group, 0);
    for at in 1..=3 {
        let mut places = Vec::new();
        let step = member.take(&mut |place, _| {
            places.push(place.get());
            false
        });
        assert_eq!((places, step), (vec![at], Step::More));
    }
    assert_eq!(take(&mut member), (vec![], Step::Idle));
}

#[test]
fn one_who_is_too_slow_is_told_where_it_stopped() {
    let group = group(Kind::Events);
    let (mut slow, _) = join(&group, 0);
    group.publish([item(1, 1)]);
    assert_eq!(take(&mut slow).0, [1]);
    let many = i64::try_from(ITEMS_MAX).unwrap();
    group.publish((2..=many + 1).map(|at| item(at, 1)));
    assert_eq!(
        take(&mut slow).0.len(),
        ITEMS_MAX,
        "as many as are kept are no loss"
    );
    let (mut slow, _) = join(&group, 1);
    group.publish([item(many + 2, 1)]);
    let (places, Step::Ended(Ending::Errors(errors))) = take(&mut slow) else {
        panic!("it has lost an item and is not told");
    };
    let errors: serde_json::Value = serde_json::from_slice(&errors).unwrap();
    assert!(places.is_empty());
    assert_eq!(errors[0]["extensions"]["code"], "LAGGED");
    assert_eq!(errors[0]["extensions"]["cursor"], Cursor::write(place(1)));
    assert!(!group.admits(place(1)), "it has to replay");
    assert!(group.admits(place(2)));
}

#[test]
fn bytes_are_bounded_too_and_less_is_kept_where_groups_are_many() {
    let alone = group(Kind::Events);
    alone.publish((1..=100).map(|at| item(at, BYTES_MAX / 10)));
    assert!(alone.state().bytes <= BYTES_MAX);
    alone.publish([item(101, 2 * BYTES_MAX)]);
    assert_eq!(
        alone.state().ring.len(),
        1,
        "the newest is kept whatever its size"
    );
    let groups = Arc::new(AtomicUsize::new(1_000_000));
    let one_of_many = Group::new(Kind::Events, Language::English, place(0), &groups);
    one_of_many.publish((1..=100).map(|at| item(at, 1_000)));
    assert!(one_of_many.state().bytes <= BYTES_MIN);
}

#[test]
fn of_values_the_newest_counts() {
    let group = group(Kind::Values);
    let (mut slow, outbox) = join(&group, 0);
    assert_eq!(take(&mut slow).1, Step::Idle);
    for at in 1..=5 {
        group.publish([item(at, 1)]);
    }
    assert!(woken(&outbox));
    assert_eq!(take(&mut slow), (vec![5], Step::Idle));
    let (mut late, _) = join(&group, 0);
    assert_eq!(take(&mut late), (vec![5], Step::Idle));
}

#[test]
fn what_was_withdrawn_is_not_given_to_newcomers() {
    let group = group(Kind::Events);
    let (mut here, _) = join(&group, 0);
    group.publish((1..=5).map(|at| item(at, 1)));
    group.withdraw(place(3));
    assert!(!group.admits(place(2)));
    assert!(group.admits(place(3)));
    assert_eq!(
        take(&mut here).0.len(),
        5,
        "who was there has the withdrawal next"
    );
    group.forget();
    assert!(!group.admits(place(4)));
    assert_eq!(take(&mut here), (vec![], Step::Idle));
}

#[test]
fn the_end_comes_after_everything_else() {
    let group = group(Kind::Events);
    let (mut member, outbox) = join(&group, 0);
    assert_eq!(take(&mut member).1, Step::Idle);
    group.publish([item(1, 1)]);
    group.end(Ending::Complete);
    group.end(Ending::Errors(b"[]".as_slice().into()));
    assert!(woken(&outbox));
    assert_eq!(take(&mut member), (vec![1], Step::Ended(Ending::Complete)));
    assert!(group.has_ended());
}

#[test]
fn who_leaves_is_forgotten() {
    let group = group(Kind::Events);
    let (mut member, outbox) = join(&group, 0);
    assert_eq!(take(&mut member).1, Step::Idle);
    drop(member);
    group.publish([item(1, 1)]);
    assert!(!woken(&outbox));
    assert!(group.state().waiting.is_empty());
}
