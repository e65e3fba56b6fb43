//! Questions that nobody thought of: documents made by chance from the schema that is served, some of them
//! wrong on purpose. Whatever they ask, the answer is no fault of the server's.

use crate::support::judges::{judge, python};
use crate::support::server::{Engine, Site};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How long documents are made and sent.
const TIME: Duration = Duration::from_secs(8);

/// Fewer than this in that time, and something stalls.
const DOCUMENTS_MIN: u64 = 100;

const SCHEMA: &str = "{ __schema { queryType { name } mutationType { name } types { kind name \
    possibleTypes { name } enumValues { name } \
    inputFields { name type { ...T } } fields { name type { ...T } args { name type { ...T } } } } } } \
    fragment T on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// What a value may be that fits nowhere, or only just.
const ODD: [&str; 16] = [
    "null",
    "true",
    "-1",
    "0",
    "2147483647",
    "2147483648",
    "1e308",
    "1.5",
    "\"\"",
    "\"\\u0000\"",
    "\"\\u{1F600}\"",
    "\"Q2hhbm5lbDow\"",
    "\"9223372036854775807\"",
    "[]",
    "{}",
    "NONSENSE",
];

/// SplitMix64: the same document from the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap() % bound
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}

struct Maker {
    types: HashMap<String, Value>,
    chance: Chance,
}

impl Maker {
    fn document(&mut self) -> String {
        let root = if self.chance.one_in(3) {
            ("mutation", "Mutation")
        } else {
            ("query", "Query")
        };
        format!("{} {}", root.0, self.selection(root.1, 0))
    }

    fn selection(&mut self, name: &str, depth: usize) -> String {
        let fields = self.types[name]["fields"].as_array().cloned();
        let mut text = String::from("{ __typename ");
        for _ in 0..=self.chance.below(4) {
            let Some(fields) = fields.as_ref().filter(|all| !all.is_empty()) else {
                break;
            };
            let field = self.chance.of(fields).clone();
            text += &self.field(&field, depth);
        }
        let possible = self.types[name]["possibleTypes"].as_array().cloned();
        if let Some(possible) = possible.filter(|all| !all.is_empty() && depth < 6) {
            let name = self.chance.of(&possible)["name"]
                .as_str()
                .unwrap()
                .to_owned();
            text += &format!("... on {name} {} ", self.selection(&name, depth + 1));
        }
        if self.chance.one_in(60) {
            text += "nonsense ";
        }
        text + "} "
    }

    fn field(&mut self, field: &Value, depth: usize) -> String {
        let (inner, _) = innermost(&field["type"]);
        let is_object = matches!(
            self.types[&inner]["kind"].as_str().unwrap(),
            "OBJECT" | "INTERFACE" | "UNION"
        );
        if is_object && depth > 5 {
            return String::new();
        }
        let mut text = format!(
            "f{}: {} ",
            self.chance.below(1_000),
            field["name"].as_str().unwrap()
        );
        let mut given = vec![];
        for argument in field["args"].as_array().unwrap() {
            if argument["type"]["kind"] == "NON_NULL" || self.chance.one_in(2) {
                let value = self.value(&argument["type"], 0);
                given.push(format!("{}: {value}", argument["name"].as_str().unwrap()));
            }
        }
        if !given.is_empty() {
            text += &format!("({}) ", given.join(", "));
        }
        if is_object {
            text += &self.selection(&inner, depth + 1);
        }
        text
    }

    fn value(&mut self, ty: &Value, depth: usize) -> String {
        if self.chance.one_in(12) || depth > 4 {
            return (*self.chance.of(&ODD)).to_owned();
        }
        match ty["kind"].as_str().unwrap() {
            "NON_NULL" => self.value(&ty["ofType"], depth),
            "LIST" => {
                let items: Vec<_> = (0..self.chance.below(3))
                    .map(|_| self.value(&ty["ofType"], depth + 1))
                    .collect();
                format!("[{}]", items.join(", "))
            }
            _ => self.named(ty["name"].as_str().unwrap(), depth),
        }
    }

    fn named(&mut self, name: &str, depth: usize) -> String {
        let ty = self.types[name].clone();
        if let Some(values) = ty["enumValues"].as_array() {
            return self.chance.of(values)["name"].as_str().unwrap().to_owned();
        }
        if let Some(fields) = ty["inputFields"].as_array() {
            let mut given = vec![];
            for field in fields {
                if field["type"]["kind"] == "NON_NULL" || self.chance.one_in(2) {
                    let value = self.value(&field["type"], depth + 1);
                    given.push(format!("{}: {value}", field["name"].as_str().unwrap()));
                }
            }
            return format!("{{{}}}", given.join(", "));
        }
        match name {
            "Int" => (self.chance.below(120)).to_string(),
            "Boolean" => (*self.chance.of(&["true", "false"])).to_owned(),
            "Position" => format!("\"{}\"", self.chance.below(5)),
            "Decimal" => format!("\"{}.50\"", self.chance.below(100)),
            "DateTime" => "\"2026-11-20T18:00:00Z\"".to_owned(),
            _ => format!(
                "\"{}\"",
                self.chance.of(&["ada", "correct horse", "x", "a@b.c"])
            ),
        }
    }
}

fn innermost(ty: &Value) -> (String, &Value) {
    match &ty["ofType"] {
        Value::Null => (ty["name"].as_str().unwrap().to_owned(), ty),
        inner => innermost(inner),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_question_is_the_servers_fault() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let schema = ada.query(SCHEMA, json!({})).await;
    let types = schema["__schema"]["types"].as_array().unwrap().iter();
    let types: HashMap<_, _> = types
        .map(|ty| (ty["name"].as_str().unwrap().to_owned(), ty.clone()))
        .collect();
    let began = Instant::now();
    let (mut seed, mut executed) = (0, 0);
    while began.elapsed() < TIME {
        let mut maker = Maker {
            types: types.clone(),
            chance: Chance(seed),
        };
        let document = maker.document();
        let body = json!({ "query": document });
        let request = ada
            .client()
            .post(format!("{}/graphql", ada.http))
            .json(&body);
        let request = request.header("accept", "application/graphql-response+json");
        let request = request.bearer_auth(ada.token.as_ref().unwrap());
        let answer = crate::support::in_time("an answer", request.send())
            .await
            .unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        let is_fault = status.is_server_error() || text.contains("\"INTERNAL\"");
        assert!(
            !is_fault,
            "seed {seed}: {status} {text}\n{document}\n{}",
            site.log()
        );
        seed += 1;
        executed += u64::from(status.is_success());
    }
    assert!(seed >= DOCUMENTS_MIN, "only {seed} documents");
    assert!(
        executed > seed / 5,
        "only {executed} of {seed} fit the schema"
    );
    assert!(executed < seed, "none was wrong");
    assert!(!site.log().contains("panicked"), "{}", site.log());
    println!("{seed} documents, of which {executed} were executed");
    assert!(server.stop().await);
}

/// How long schemathesis asks.
const JUDGED: Duration = Duration::from_secs(15);

/// Its start, and what a loaded machine takes longer.
const JUDGED_MAX: Duration = Duration::from_secs(90);

/// Somebody else's idea of what may be asked of such a schema.
#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_no_fault() {
    let site = Site::new(Engine::Sqlite).await;
    let server = site.start().await;
    site.streamer("ada").await;
    let ada = server.api().log_in("ada").await;
    let run = tokio::process::Command::new(python("schemathesis"))
        .current_dir(site.folder.path())
        .env("SCHEMATHESIS_HOOKS", judge("schemathesis_hooks.py"))
        .args(["run", &format!("{}/graphql", server.http)])
        .args([
            "-H",
            &format!("Authorization: Bearer {}", ada.token.as_ref().unwrap()),
        ])
        .args(["--checks", "tells_of_no_fault"])
        .args([
            "--phases",
            "fuzzing",
            "--max-examples",
            "2",
            "--seed",
            "7",
            "--warnings",
            "off",
        ])
        .args(["--max-time", &JUDGED.as_secs().to_string()])
        .kill_on_drop(true)
        .output();
    let run = tokio::time::timeout(JUDGED_MAX, run).await;
    let run = run.expect("it ends in time").expect("it is installed");
    let said = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(run.status.success(), "{said}{}", site.log());
    assert!(said.contains("No issues found"), "{said}");
    let everything = ada.query("{ headPosition }", json!({})).await;
    assert_ne!(everything["headPosition"], Value::Null, "it goes on");
    assert!(!site.log().contains("panicked"), "{}", site.log());
    assert!(server.stop().await);
}
