//! Who may ask what: each role with each mutation and query of the schema, compared with the committed
//! table. A field that is new is not in it until somebody has looked at who may.
//!
//! `UPDATE_MATRIX=1 cargo test -p tributary-graphql --test suite matrix` writes the table anew.

use crate::support::{Client, Server, go_live};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

const TABLE: &str = "tests/matrix.md";

/// Refusals that say who may, not what is wrong with what was asked.
const OF_AUTHORITY: [&str; 4] = [
    "NOT_ALLOWED",
    "NOT_AN_ADMIN",
    "NOT_YOUR_MESSAGE",
    "NOT_YOURS",
];

const TYPE: &str = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";

/// The schema, as it describes itself.
struct Schema(BTreeMap<String, Value>);

impl Schema {
    async fn of(client: &Client) -> Self {
        let query = format!(
            "{{ __schema {{ types {{ name kind enumValues {{ name }} inputFields {{ name type {{ {TYPE} }} }} \
             fields {{ name type {{ {TYPE} }} args {{ name type {{ {TYPE} }} }} }} }} }} }}"
        );
        let answer = client.ask(&query).await;
        let types = answer.data()["__schema"]["types"]
            .as_array()
            .unwrap()
            .clone();
        let named = types
            .into_iter()
            .map(|t| (t["name"].as_str().unwrap().to_owned(), t));
        Self(named.collect())
    }

    fn fields(&self, kind: &str) -> &[Value] {
        self.0[kind]["fields"].as_array().unwrap()
    }
}

/// What arguments are made of.
struct World {
    ids: BTreeMap<&'static str, String>,
}

impl World {
    /// Something of a type that makes sense under this name.
    fn value(&self, schema: &Schema, name: &str, kind: &Value) -> Value {
        match kind["kind"].as_str().unwrap() {
            "NON_NULL" => self.value(schema, name, &kind["ofType"]),
            "LIST" => json!([self.value(schema, name, &kind["ofType"])]),
            "ENUM" => schema.0[kind["name"].as_str().unwrap()]["enumValues"][0]["name"].clone(),
            "INPUT_OBJECT" => {
                let fields = schema.0[kind["name"].as_str().unwrap()]["inputFields"].as_array();
                let fields = fields.unwrap();
                // A oneof has no field that must be there, and takes one.
                let needed = fields
                    .iter()
                    .filter(|field| field["type"]["kind"] == "NON_NULL");
                let all: Map<_, _> = needed
                    .map(|field| {
                        let name = field["name"].as_str().unwrap();
                        (name.to_owned(), self.value(schema, name, &field["type"]))
                    })
                    .collect();
                Value::Object(all)
            }
            _ => match kind["name"].as_str().unwrap() {
                "ID" => json!(self.ids.get(name).unwrap_or(&self.ids["id"])),
                "Int" => json!(1),
                "Float" => json!(1.0),
                "Boolean" => json!(true),
                "Decimal" | "Position" => json!("1"),
                "DateTime" => json!("2026-03-01T12:00:00Z"),
                "UUID" => json!("01900000-0000-7000-8000-000000000001"),
                _ if name == "currency" => json!("USD"),
                _ if name == "period" => json!("2026-01"),
                _ if name == "email" => json!("x@example.com"),
                _ if name == "emoji" => json!("👏"),
                _ => json!("something"),
            },
        }
    }
}

fn written(kind: &Value) -> String {
    match kind["kind"].as_str().unwrap() {
        "NON_NULL" => format!("{}!", written(&kind["ofType"])),
        "LIST" => format!("[{}]", written(&kind["ofType"])),
        _ => kind["name"].as_str().unwrap().to_owned(),
    }
}

/// Asks for one field at the root; what came of it, as far as it depends on who asks.
async fn outcome(
    (schema, world): (&Schema, &World),
    client: &Client,
    operation: &str,
    field: &Value,
) -> String {
    let name = field["name"].as_str().unwrap();
    let (mut declared, mut given, mut variables) = (vec![], vec![], Map::new());
    for argument in field["args"].as_array().unwrap() {
        if argument["type"]["kind"] != "NON_NULL" {
            continue;
        }
        let (argument, kind) = (argument["name"].as_str().unwrap(), &argument["type"]);
        declared.push(format!("${argument}: {}", written(kind)));
        given.push(format!("{argument}: ${argument}"));
        variables.insert(argument.to_owned(), world.value(schema, argument, kind));
    }
    let around = |list: Vec<String>| match list.is_empty() {
        true => String::new(),
        false => format!("({})", list.join(", ")),
    };
    let mut kind = &field["type"];
    while kind["ofType"].is_object() {
        kind = &kind["ofType"];
    }
    let selection = match (operation, kind["kind"].as_str().unwrap()) {
        ("mutation", _) => "{ errors { code } }",
        (_, "SCALAR" | "ENUM") => "",
        _ => "{ __typename }",
    };
    let query = format!(
        "{operation} M{} {{ {name}{} {selection} }}",
        around(declared),
        around(given)
    );
    let answer = client.ask_with(&query, Value::Object(variables)).await;
    if let Some(code) = answer.body["errors"][0]["extensions"]["code"].as_str() {
        assert_ne!(
            code, "GRAPHQL_VALIDATION_FAILED",
            "{query}: {}",
            answer.body
        );
        assert_ne!(code, "INTERNAL", "{query}: {}", answer.body);
        return code.to_owned();
    }
    let refused = answer.body["data"][name]["errors"][0]["code"].as_str();
    match refused.filter(|code| OF_AUTHORITY.contains(code)) {
        Some(code) => code.to_owned(),
        None => "may".to_owned(),
    }
}

#[tokio::test]
async fn each_role_may_ask_what_the_table_says() {
    let server = Server::start().await;
    let admin = server.admin().await;
    let (ada, channel) = server.streamer("ada").await;
    let (viewer, moderator) = (server.register("bob").await, server.register("mod").await);
    let (analyst, finance) = (server.register("ann").await, server.register("fin").await);
    let (eve, anyone) = (server.register("eve").await, server.anyone());
    for (client, role) in [(&analyst, "ANALYST"), (&finance, "FINANCE")] {
        let input = json!({"accountId": client.id, "role": role});
        admin.done("grantRole", input, "").await;
    }
    let input = json!({"channelId": channel, "accountId": moderator.id});
    ada.done("appointModerator", input, "").await;
    go_live(&server, &ada).await;
    let input = json!({"channelId": channel, "text": "hello"});
    let said = eve.done("sendChatMessage", input, "message { id }").await;
    let live = "query Q($c: ID!) { channel(id: $c) { currentStream { id } } }";
    let reached = server
        .views
        .wait_for(server.log.head(), crate::support::DEADLINE);
    reached.await.unwrap();
    let live = ada.ask_with(live, json!({"c": channel})).await;
    let stream = &live.data()["channel"]["currentStream"]["id"];
    let input = json!({ "streamId": stream });
    let recorded = ada.done("startRecording", input, "recording { id }").await;
    let text = |id: &Value| id.as_str().unwrap().to_owned();
    let ids = [
        ("id", channel.clone()),
        ("ids", channel.clone()),
        ("channelId", channel),
        ("accountId", eve.id.clone()),
        ("streamId", text(stream)),
        ("messageId", text(&said["message"]["id"])),
        ("recordingId", text(&recorded["recording"]["id"])),
    ];
    let world = World { ids: ids.into() };
    let schema = Schema::of(&admin).await;

    let roles = [
        ("nobody", &anyone),
        ("viewer", &viewer),
        ("moderator", &moderator),
        ("owner", &ada),
        ("analyst", &analyst),
        ("finance", &finance),
        ("admin", &admin),
    ];
    let mut table =
        "# Who may ask what\n\nWritten by `graphql/tests/matrix.rs`. `may`: the field is \
                     reached, and its own rules decide. The\nmoderator has every permission in the \
                     owner's channel, which is what is asked about.\n\n"
            .to_owned();
    let names: Vec<_> = roles.iter().map(|(name, _)| *name).collect();
    let _ = writeln!(table, "| field | {} |", names.join(" | "));
    let _ = writeln!(table, "|---{}|", "|---".repeat(names.len()));
    let mut fields = 0;
    for (operation, kind) in [("query", "Query"), ("mutation", "Mutation")] {
        for field in schema.fields(kind) {
            fields += 1;
            let name = field["name"].as_str().unwrap();
            let _ = write!(table, "| `{name}` |");
            for (_, client) in roles {
                let came = outcome((&schema, &world), client, operation, field).await;
                let _ = write!(table, " {came} |");
            }
            table.push('\n');
        }
    }
    assert!(fields > 40, "{fields}");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(TABLE);
    if std::env::var_os("UPDATE_MATRIX").is_some() {
        std::fs::write(&path, &table).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    for (line, (is, should)) in table.lines().zip(committed.lines()).enumerate() {
        assert_eq!(is, should, "line {} of {TABLE}", line + 1);
    }
    assert_eq!(
        table.lines().count(),
        committed.lines().count(),
        "a field is missing in {TABLE}: look at who may ask it, and write it with UPDATE_MATRIX=1"
    );
}
