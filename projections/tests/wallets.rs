//! Wallets and tips.

use crate::support::world::{World, titled, usd};
use crate::support::{Engine, Running};
use tributary_domain::Money;

tributary_store::on_both_engines!(
    wallets_hold_what_came_in_less_what_went_out,
    a_tip_tells_who_gave_what,
    tips_are_paged_newest_first,
);

async fn wallets_hold_what_came_in_less_what_went_out(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let bob = world.register("bob");
    let dinar = Money::parse("1.234", "BHD".parse().unwrap()).unwrap();
    world.top_up(bob, usd("100.00"));
    world.top_up(bob, dinar);
    world.tip(bob, channel, usd("10.00"));
    let running = Running::after(engine, world.news()).await;
    world.tip(bob, channel, usd("0.10"));
    let head = running.tell(world.news()).await;
    let wallets = running.views.wallets(bob).await.unwrap();
    let held: Vec<_> = wallets
        .iter()
        .map(|wallet| (wallet.balance.to_string(), wallet.earnings.to_string()))
        .collect();
    assert_eq!(
        held,
        [
            ("1.234 BHD".to_owned(), "0.000 BHD".to_owned()),
            ("89.90 USD".to_owned(), "0.00 USD".to_owned())
        ]
    );
    let earned = running
        .views
        .wallet(channel.owner(), "USD".parse().unwrap())
        .await
        .unwrap();
    let earned = earned.unwrap();
    // Half a cent of fee is rounded away from zero.
    assert_eq!(earned.earnings.to_string(), "9.59 USD");
    assert_eq!(earned.balance.to_string(), "0.00 USD");
    assert_eq!(earned.updated_position, head);
    assert_eq!(
        running
            .views
            .wallet(bob, "EUR".parse().unwrap())
            .await
            .unwrap(),
        None
    );
    let of_both = running
        .views
        .wallets_of(&[bob, channel.owner()])
        .await
        .unwrap();
    assert_eq!(
        (of_both[&bob].len(), of_both[&channel.owner()].len()),
        (2, 1)
    );
}

async fn a_tip_tells_who_gave_what(engine: Engine) {
    let mut world = World::new();
    let channel = world.streamer("ada");
    let bob = world.register("Bob");
    world.top_up(bob, usd("100.00"));
    let before = world.tip(bob, channel, usd("5.00"));
    let stream = world.live(channel, titled("x"));
    let during = world.tip(bob, channel, usd("10.00"));
    let running = Running::after(engine, world.news()).await;
    let tip = running.views.tip(during).await.unwrap().unwrap();
    assert_eq!(
        (tip.channel, tip.stream, tip.payer),
        (channel, Some(stream), bob)
    );
    assert_eq!(tip.sender_name.as_deref(), Some("Bob"));
    assert_eq!(tip.message.as_deref(), Some("well done"));
    assert_eq!(
        (tip.amount, tip.fee, tip.net),
        (usd("10.00"), usd("0.50"), usd("9.50"))
    );
    assert_eq!(tip.sent_at, world.now());
    let both = running.views.tips_at(&[before, during]).await.unwrap();
    assert_eq!(both[&before].stream, None);
    assert_eq!(
        running.views.tip(during.next()).await.unwrap(),
        None,
        "the credit is no tip"
    );
}

async fn tips_are_paged_newest_first(engine: Engine) {
    let mut world = World::new();
    let (channel, other) = (world.streamer("ada"), world.streamer("dan"));
    let bob = world.register("bob");
    world.top_up(bob, usd("100.00"));
    let mut given = vec![];
    for n in 1..=5 {
        given.push(world.tip(bob, channel, usd(&format!("{n}.00"))));
        world.tip(bob, other, usd("1.00"));
    }
    given.reverse();
    let running = Running::after(engine, world.news()).await;
    let first = running.views.tips(channel, 3, None).await.unwrap();
    let after = first.items.last().map(|tip| tip.position);
    let second = running.views.tips(channel, 3, after).await.unwrap();
    assert_eq!((first.has_more, second.has_more), (true, false));
    let found: Vec<_> = first
        .items
        .iter()
        .chain(&second.items)
        .map(|tip| tip.position)
        .collect();
    assert_eq!(found, given);
}
