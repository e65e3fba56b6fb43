//! What ingest and playback do.

use super::{Client, Server};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tributary_domain::command::{Actor, streams};
use tributary_domain::stream::Media;
use tributary_domain::{ChannelId, Command, Request, StreamId};

/// Carries out a command of the system's.
pub(crate) async fn system(server: &Server, command: Command) {
    let request = Request {
        actor: Actor::System("test"),
        at: server.log.environment().now(),
        id: None,
        command,
    };
    server.log.execute(request).await.unwrap();
}

/// A client's own channel.
pub(crate) fn channel_of(client: &Client) -> ChannelId {
    let bytes = URL_SAFE_NO_PAD.decode(&client.id).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    text.split_once(':').unwrap().1.parse().unwrap()
}

/// A publisher comes with the channel's key, and media arrive.
pub(crate) async fn go_live(server: &Server, client: &Client) -> StreamId {
    let (env, channel) = (server.log.environment(), channel_of(client));
    let stream = StreamId(env.uuid());
    let publish = streams::Command::Publish {
        channel,
        stream,
        salt: env.salt(),
    };
    system(server, Command::Streams(publish)).await;
    let arrived = streams::Command::MediaArrived {
        channel,
        media: Media::default(),
    };
    system(server, Command::Streams(arrived)).await;
    stream
}
