//! The TypeScript example, as an app's developer would run it: generated, compiled, chatting.

use crate::support::in_time;
use crate::support::server::{Engine, Site};
use serde_json::{Value, json};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

/// What the example is made of, and what it is generated from.
const FILES: [&str; 12] = [
    "examples/typescript/generate.mjs",
    "examples/typescript/package.json",
    "examples/typescript/tsconfig.json",
    "examples/typescript/operations/chat.graphql",
    "examples/typescript/operations/session.graphql",
    "examples/typescript/src/api.ts",
    "examples/typescript/src/chat.ts",
    "examples/typescript/src/generated.ts",
    "examples/typescript/src/main.ts",
    "examples/typescript/src/session.ts",
    "graphql/schema.graphql",
    "tests/node/package.json",
];

/// A copy of the example that finds its modules in `tests/node`: it needs none that are not there.
struct Example(TempDir);

impl Example {
    fn copy() -> Self {
        let project = Path::new(env!("CARGO_MANIFEST_DIR"));
        let modules = project.join("tests/node/node_modules");
        assert!(
            modules.exists(),
            "its modules are not installed: run the tests with `cargo xtask test`"
        );
        let copy = TempDir::new().unwrap();
        for file in FILES {
            let to = copy.path().join(file);
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            std::fs::copy(project.join(file), to).unwrap();
        }
        let example = Self(copy);
        symlink(modules, example.folder().join("node_modules")).unwrap();
        example
    }

    fn folder(&self) -> std::path::PathBuf {
        self.0.path().join("examples/typescript")
    }

    fn json(&self, file: &str) -> Value {
        let text = std::fs::read_to_string(self.0.path().join(file)).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn node(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("node");
        command
            .args(arguments)
            .current_dir(self.folder())
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs a program of its to the end: what it printed, where that is a complaint.
    async fn complaint(&self, arguments: &[&str]) -> Option<String> {
        let run = self.node(arguments).output();
        let run = in_time(arguments[0], run).await.unwrap();
        let said = [run.stdout, run.stderr].concat();
        (!run.status.success()).then(|| String::from_utf8(said).unwrap())
    }

    async fn build(&self) {
        let compiler = ["node_modules/typescript/bin/tsc"];
        assert_eq!(self.complaint(&compiler).await, None);
    }
}

/// The example as it runs.
struct Chat {
    child: Child,
    typed: ChildStdin,
    printed: Lines<BufReader<ChildStdout>>,
    complained: Lines<BufReader<ChildStderr>>,
}

impl Chat {
    fn start(example: &Example, arguments: &[&str]) -> Self {
        let mut command = example.node(&["dist/main.js"]);
        let mut child = command
            .args(arguments)
            .env("CHAT_PASSWORD", "correct horse")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            typed: child.stdin.take().unwrap(),
            printed: BufReader::new(child.stdout.take().unwrap()).lines(),
            complained: BufReader::new(child.stderr.take().unwrap()).lines(),
            child,
        }
    }

    async fn type_line(&mut self, text: &str) {
        let line = format!("{text}\n");
        self.typed.write_all(line.as_bytes()).await.unwrap();
    }

    /// The next item: its cursor, and what it says.
    async fn hear(&mut self) -> (String, String) {
        let line = in_time("an item is printed", self.printed.next_line()).await;
        let Some(line) = line.unwrap() else {
            let complaint = self.complained.next_line().await;
            panic!("it ended: {complaint:?}");
        };
        let (cursor, text) = line.split_once(' ').unwrap();
        (cursor.to_owned(), text.to_owned())
    }

    /// Waits for a complaint that begins like this.
    async fn complains(&mut self, of: &str) {
        let wanted = async {
            while let Some(line) = self.complained.next_line().await.unwrap() {
                if line.starts_with(of) {
                    return;
                }
            }
            panic!("it ended without a word about {of:?}");
        };
        in_time(of, wanted).await;
    }

    /// Ends what is typed: nothing more was printed, and it ends well.
    async fn end(mut self) {
        drop(self.typed);
        let more = in_time("it ends", self.printed.next_line()).await.unwrap();
        assert_eq!(more, None);
        let status = in_time("it ends", self.child.wait()).await.unwrap();
        assert!(status.success());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_example_chats_and_goes_on_after_a_restart() {
    let example = Example::copy();
    example.build().await;
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let channel = ada.channel("ada").await;
    server.api().register("bob").await;
    let say = async |text: &str| {
        let input = json!({ "channelId": channel, "text": text });
        ada.done("sendChatMessage", input, "").await;
    };

    let http = server.http.clone();
    let mut chat = Chat::start(&example, &[&http, "bob", "ada"]);
    chat.type_line("hello").await;
    let (cursor, said) = chat.hear().await;
    assert_eq!(said, "bob: hello");
    chat.type_line(&"x".repeat(501)).await;
    chat.complains("not sent: text: ").await;
    say("welcome").await;
    assert_eq!(chat.hear().await.1, "ada: welcome");

    assert!(server.stop().await);
    chat.complains("lost: ").await;
    let address = http.trim_start_matches("http://");
    let site = site.set("TRIBUTARY_HTTP_ADDR", address);
    let server = site.start().await;
    say("back again").await;
    assert_eq!(chat.hear().await.1, "ada: back again");
    chat.type_line("so am I").await;
    assert_eq!(chat.hear().await.1, "bob: so am I");
    chat.end().await;

    let mut chat = Chat::start(&example, &[&http, "bob", "ada", &cursor]);
    for text in ["ada: welcome", "ada: back again", "bob: so am I"] {
        assert_eq!(chat.hear().await.1, text);
    }
    chat.end().await;
    assert!(server.stop().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_typescript_example_is_generated_from_the_schema() {
    let example = Example::copy();
    assert_eq!(
        example.complaint(&["generate.mjs", "--check"]).await,
        None,
        "run `npm run generate` in examples/typescript"
    );
    // Its readers install what it was tested with.
    let tested = example.json("tests/node/package.json");
    let own = example.json("examples/typescript/package.json");
    for list in ["dependencies", "devDependencies"] {
        for (name, version) in own[list].as_object().unwrap() {
            assert_eq!(*version, tested["dependencies"][name], "{name}");
        }
    }
}
