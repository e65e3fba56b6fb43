//! The server that is measured: the API with a channel and people who chat there.

use super::support::instance::{Instance, global_id};
use super::support::process::commands;

/// Serves until nobody gives commands any more.
pub async fn serve() {
    let instance = Instance::start().await;
    let streamer = instance.register("streamer").await;
    let channel = instance.open_channel(streamer).await;
    instance.settle().await;
    println!("{} {}", instance.serve().await, global_id(channel));
    let mut commands = commands();
    while let Some(command) = commands.recv().await {
        if let ["people", count] = command.split_whitespace().collect::<Vec<_>>().as_slice() {
            for n in 0..count.parse().unwrap_or(0) {
                instance.register(&format!("person-{n}")).await;
            }
            instance.settle().await;
            println!("done");
        }
    }
    instance.projectors.stop().await;
}
