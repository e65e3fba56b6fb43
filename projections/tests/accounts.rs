//! Accounts and channels.

use crate::support::world::World;
use crate::support::{Engine, Running};
use tributary_domain::account::Role;
use tributary_domain::command::{Actor, Command, accounts};

tributary_store::on_both_engines!(
    an_account_is_found_by_id_and_by_name,
    roles_come_and_go,
    a_channel_has_its_owners_name
);

async fn an_account_is_found_by_id_and_by_name(engine: Engine) {
    let mut world = World::new();
    let ada = world.register("Ada_L");
    let bob = world.register("bob");
    let running = Running::after(engine, world.news()).await;
    let account = running.views.account(ada).await.unwrap().unwrap();
    assert_eq!(account.name.as_deref(), Some("Ada_L"));
    assert_eq!(account.email.as_deref(), Some("Ada_L@example.com"));
    assert_eq!(account.created_at, world.now());
    assert_eq!(account.roles, []);
    for name in ["Ada_L", "ada_l", "ADA_L"] {
        assert_eq!(
            running.views.account_named(name).await.unwrap().unwrap().id,
            ada,
            "{name}"
        );
    }
    assert_eq!(running.views.account_named("nobody").await.unwrap(), None);
    let both = running.views.accounts(&[ada, bob, ada]).await.unwrap();
    assert_eq!(both.len(), 2);
    assert_eq!(both[&bob].name.as_deref(), Some("bob"));
    assert!(running.views.accounts(&[]).await.unwrap().is_empty());
}

async fn roles_come_and_go(engine: Engine) {
    let mut world = World::new();
    let ada = world.register("ada");
    for (role, grant) in [
        (Role::Finance, true),
        (Role::Admin, true),
        (Role::Analyst, true),
        (Role::Finance, false),
    ] {
        let command = match grant {
            true => accounts::Command::GrantRole { account: ada, role },
            false => accounts::Command::RevokeRole { account: ada, role },
        };
        world
            .ask(Actor::Console, Command::Accounts(command))
            .unwrap();
    }
    let running = Running::after(engine, world.news()).await;
    let account = running.views.account(ada).await.unwrap().unwrap();
    assert_eq!(account.roles, [Role::Admin, Role::Analyst]);
}

async fn a_channel_has_its_owners_name(engine: Engine) {
    let mut world = World::new();
    let without = world.register("bob");
    let ada = world.register("Ada");
    world.pass(60);
    let channel = world.open_channel(ada);
    let running = Running::fresh(engine).await;
    let mut changes = running.views.changes();
    running.tell(world.news()).await;
    assert_eq!(changes.recv().await.unwrap().channels, [channel]);
    let found = running.views.channel_named("ada").await.unwrap().unwrap();
    assert_eq!(found.id, channel);
    assert_eq!(found.name.as_deref(), Some("Ada"));
    assert_eq!(found.opened_at, world.now());
    assert_eq!(running.views.channel(channel).await.unwrap(), Some(found));
    assert_eq!(running.views.channel_named("bob").await.unwrap(), None);
    let found = running
        .views
        .channels(&[channel, without.into()])
        .await
        .unwrap();
    assert_eq!(found.keys().collect::<Vec<_>>(), [&channel]);
}
