//! Open viewer sessions.

use crate::support::world::{World, at, titled};
use crate::support::{Engine, Running};
use tributary_domain::ViewerId;
use uuid::Uuid;

tributary_store::on_both_engines!(open_sessions_are_found_by_node_and_by_stream);

async fn open_sessions_are_found_by_node_and_by_stream(engine: Engine) {
    let mut world = World::new();
    let (channel, other) = (world.streamer("ada"), world.streamer("dan"));
    let bob = world.register("bob");
    let (stream, elsewhere) = (
        world.live(channel, titled("x")),
        world.live(other, titled("y")),
    );
    world.pass(5);
    let one = world.join(stream, ViewerId::Account(bob), "n1");
    let two = world.join(stream, ViewerId::Anonymous(Uuid::from_u128(9)), "n2");
    let three = world.join(elsewhere, ViewerId::Account(bob), "n1");
    let running = Running::after(engine, world.news()).await;
    let of_node = running.views.sessions_of_node("n1").await.unwrap();
    assert_eq!(
        of_node.iter().map(|session| session.id).collect::<Vec<_>>(),
        [one, three]
    );
    let session = &of_node[0];
    assert_eq!((session.stream, session.channel), (stream, channel));
    assert_eq!(
        (session.viewer, session.joined_at),
        (ViewerId::Account(bob), at(5))
    );
    let of_stream = running.views.sessions_of_stream(stream).await.unwrap();
    assert_eq!(
        of_stream
            .iter()
            .map(|session| session.id)
            .collect::<Vec<_>>(),
        [one, two]
    );
    assert_eq!(of_stream[1].viewer, ViewerId::Anonymous(Uuid::from_u128(9)));
    assert_eq!(
        running.views.nodes_with_sessions().await.unwrap(),
        ["n1", "n2"]
    );

    world.leave(two);
    // Joined and left within one batch.
    let brief = world.join(stream, ViewerId::Account(bob), "n3");
    world.leave(brief);
    running.tell(world.news()).await;
    assert_eq!(running.views.nodes_with_sessions().await.unwrap(), ["n1"]);
    assert_eq!(running.views.sessions_of_node("n2").await.unwrap(), []);
}
