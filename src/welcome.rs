//! What the server says to a person when it has started, and to a streamer with a new key.

use crate::operator::ChannelKey;
use crate::parts::{Parts, rtmp_url, rtmps_url};
use std::io::{IsTerminal as _, Write as _};

/// Says where everything is and what to do next.
pub async fn greet(parts: &Parts) {
    let site = format!("http://{}", parts.http_addr);
    let settings = &parts.core.settings;
    let rtmp = rtmp_url(settings, parts.rtmp_addr);
    let rtmps = parts.rtmps_addr.map_or_else(String::new, |bound| {
        format!("    RTMPS      {}\n", rtmps_url(settings, bound))
    });
    let mut text = format!(
        "
  Tributary is ready.

    Page       {site}/
    GraphQL    {site}/graphql      explore it at {site}/graphiql
    RTMP       {rtmp}
{rtmps}    Data       {}
",
        settings.data_dir.display()
    );
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "tributary".to_owned());
    if parts.core.log.head().get() == 0 {
        text.push_str(&format!(
            "
  Nobody is here yet. Make the first account, which is the admin, and its channel,
  in another terminal (this folder):

    {program} account create <name> --email <address> --channel

  It prints the stream key with the exact settings for OBS and ffmpeg:

    OBS        Settings > Stream: Service \"Custom...\", Server {rtmp}, Stream Key <key>
    ffmpeg     ffmpeg -re -i <file> -c:v libx264 -g 60 -c:a aac -f flv {rtmp}/<key>
"
        ));
    } else {
        text.push_str(&format!(
            "
  A stream key with its settings for OBS and ffmpeg:  {program} channel key <name>
"
        ));
    }
    text.push('\n');
    let mut out = std::io::stdout().lock();
    // A closed terminal is no reason to stop serving.
    let _closed = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// How to go live with a key.
pub fn go_live(channel: &ChannelKey) -> String {
    let ChannelKey {
        name,
        rtmp_url,
        key,
    } = channel;
    let (bold, plain) = if std::io::stdout().is_terminal() {
        ("\x1b[1m", "\x1b[0m")
    } else {
        ("", "")
    };
    format!(
        "
  {bold}{name}{plain} can go live with this stream key. Whoever has it can, too: keep it secret.

    {bold}{key}{plain}

  OBS     Settings > Stream
            Service      Custom...
            Server       {rtmp_url}
            Stream Key   {key}
          Settings > Output: Keyframe Interval 2 s; then Start Streaming

  ffmpeg  a test picture with a tone:
            ffmpeg -re -f lavfi -i testsrc2=size=1280x720:rate=30 -f lavfi -i sine=frequency=440 \\
              -c:v libx264 -preset veryfast -tune zerolatency -pix_fmt yuv420p -g 60 -b:v 2500k \\
              -c:a aac -b:a 128k -f flv {rtmp_url}/{key}
          a file:
            ffmpeg -re -i <file> -c:v libx264 -preset veryfast -g 60 -c:a aac -f flv {rtmp_url}/{key}

"
    )
}
