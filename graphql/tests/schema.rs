//! Rules that the whole schema keeps, found by walking it as it is served.

use crate::support::Server;
use serde_json::Value;
use std::collections::BTreeMap;

/// Lists that are in no connection, and why none of them grows without a bound.
const SHORT_LISTS: &[(&str, &str)] = &[
    ("Account.roles", "there are three roles"),
    ("Account.wallets", "one for each currency that there is"),
    ("ActivityTotals.tips", "one for each currency that there is"),
    ("ChatMessage.badges", "there are four badges"),
    ("ChatMessage.mentionedIds", "at most 10"),
    (
        "ChatStatistics.mostActive",
        "as many as its `first` says, of whom at most 100 are told",
    ),
    ("LedgerEntry.postings", "an entry has two to four"),
    ("LiveStreams.streams", "as many as its `first` says"),
    ("Moderator.permissions", "there are seven permissions"),
    (
        "Query.nodes",
        "as many as its `ids`, of which there are at most 100",
    ),
    (
        "Query.paymentProviders",
        "those that an operator has set up",
    ),
    ("ReactionBurst.reactions", "at most 256"),
    ("ReactionCounts.counts", "at most 50"),
    ("Room.pinnedMessages", "at most 10"),
    ("Room.moderators", "at most 100"),
    ("Room.viewerPermissions", "there are seven permissions"),
    ("Stream.tags", "at most 10"),
    (
        "StreamAnalytics.tips",
        "one for each currency that there is",
    ),
    ("StreamHealth.warnings", "there are a few"),
    ("StreamHealthPoint.warnings", "there are a few"),
    (
        "StreamStatistics.tips",
        "one for each currency that there is",
    ),
    ("TimelinePoint.tips", "one for each currency that there is"),
    ("TrialBalance.totals", "one for each currency that there is"),
];

/// Points of charts and lines of tables: values at a place, and no things that could be asked for again.
const CHART_POINTS: &[&str] = &[
    "ActivityPeriod",
    "BooksClose",
    "EarningsPeriod",
    "FeeIncome",
    "FeeSchedule",
    "RecordingAnchor",
    "RetentionPoint",
    "StatementLine",
    "StreamHealthPoint",
    "TimelinePoint",
    "TopTipper",
    "TrialBalanceRow",
];

/// What waits for nothing, and why.
const WAITS_FOR_NOTHING: &[(&str, &str)] = &[
    ("headPosition", "the end of the log itself"),
    ("paymentProviders", "a setting"),
    (
        "node",
        "Relay's compiler takes it with an id alone; `nodes` waits",
    ),
    ("events", "the log itself"),
    ("aggregateState", "a fold of the log itself"),
];

const INTROSPECTION: &str = r"
query Walk {
  __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    directives { name description args { ...input } }
    types {
      kind name description specifiedByURL
      fields(includeDeprecated: true) { name description args(includeDeprecated: true) { ...input } type { ...type } }
      inputFields(includeDeprecated: true) { ...input }
      interfaces { name }
      enumValues(includeDeprecated: true) { name description }
    }
  }
}
fragment input on __InputValue { name description defaultValue type { ...type } }
fragment type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }
";

/// The schema, as a client is told of it.
struct Schema {
    types: BTreeMap<String, Value>,
    directives: Vec<Value>,
}

impl Schema {
    async fn served() -> Self {
        let server = Server::start().await;
        let answer = server.anyone().ask(INTROSPECTION).await;
        let schema = &answer.data()["__schema"];
        let types = items(&schema["types"]).map(|ty| (text(&ty["name"]), ty.clone()));
        Self {
            types: types.filter(|(name, _)| !name.starts_with("__")).collect(),
            directives: items(&schema["directives"]).cloned().collect(),
        }
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&String, &Value)> {
        self.types.iter().filter(move |(_, ty)| ty["kind"] == kind)
    }

    fn fields(&self, ty: &str) -> impl Iterator<Item = &Value> {
        items(&self.types[ty]["fields"])
    }

    fn implements_node(&self, ty: &str) -> bool {
        items(&self.types[ty]["interfaces"]).any(|interface| interface["name"] == "Node")
    }
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// A type as the schema language writes it.
fn written(ty: &Value) -> String {
    match ty["kind"].as_str() {
        Some("NON_NULL") => format!("{}!", written(&ty["ofType"])),
        Some("LIST") => format!("[{}]", written(&ty["ofType"])),
        _ => text(&ty["name"]),
    }
}

fn name_of(ty: &Value) -> String {
    written(ty).replace(['[', ']', '!'], "")
}

#[tokio::test]
async fn everything_is_described() {
    let schema = Schema::served().await;
    let mut silent = Vec::new();
    let mut look = |place: String, described: &Value| {
        if text(&described["description"]).trim().is_empty() {
            silent.push(place);
        }
    };
    for directive in &schema.directives {
        look(format!("@{}", text(&directive["name"])), directive);
    }
    for (name, ty) in &schema.types {
        // Those of GraphQL itself.
        if matches!(name.as_str(), "Boolean" | "Float" | "ID" | "Int" | "String") {
            continue;
        }
        look(name.clone(), ty);
        for field in items(&ty["fields"]) {
            let place = format!("{name}.{}", text(&field["name"]));
            look(place.clone(), field);
            for argument in items(&field["args"]) {
                look(format!("{place}({})", text(&argument["name"])), argument);
            }
        }
        for value in items(&ty["inputFields"]).chain(items(&ty["enumValues"])) {
            look(format!("{name}.{}", text(&value["name"])), value);
        }
    }
    assert_eq!(silent, [""; 0], "these have no description");
}

#[tokio::test]
async fn every_scalar_says_where_it_is_specified() {
    let schema = Schema::served().await;
    let mut own = Vec::new();
    for (name, ty) in schema.of_kind("SCALAR") {
        if !matches!(name.as_str(), "Boolean" | "Float" | "ID" | "Int" | "String") {
            let url = text(&ty["specifiedByURL"]);
            assert!(url.starts_with("https://"), "{name} is specified nowhere");
            own.push(name.as_str());
        }
    }
    for scalar in ["DateTime", "Decimal", "JSON", "Position", "UUID"] {
        assert!(own.contains(&scalar), "{scalar} is not there");
    }
}

#[tokio::test]
async fn every_query_of_read_models_waits_for_what_was_written() {
    let schema = Schema::served().await;
    for field in schema.fields("Query") {
        let name = text(&field["name"]);
        let at_least = items(&field["args"]).find(|argument| argument["name"] == "atLeast");
        let exempt = WAITS_FOR_NOTHING.iter().any(|(exempt, _)| *exempt == name);
        match at_least {
            Some(argument) => assert_eq!(written(&argument["type"]), "Position", "{name}"),
            None => assert!(exempt, "{name} takes no atLeast"),
        }
        assert!(
            at_least.is_none() || !exempt,
            "{name} is exempt for nothing"
        );
    }
}

#[tokio::test]
async fn an_error_in_one_root_field_leaves_the_others_their_answers() {
    let schema = Schema::served().await;
    for root in ["Query", "Mutation"] {
        for field in schema.fields(root) {
            let ty = written(&field["type"]);
            assert!(!ty.ends_with('!'), "{root}.{}: {ty}", field["name"]);
        }
    }
    // What is read of another table than the item itself can fail alone.
    for (place, ty) in [
        ("Stream.channel", "Channel"),
        ("Stream.statistics", "StreamStatistics"),
        ("Stream.viewerCount", "Int"),
        ("Channel.owner", "Account"),
        ("Channel.messages", "ChatMessageConnection"),
        ("Restriction.account", "Account"),
    ] {
        let (parent, name) = place.split_once('.').unwrap();
        let field = schema.fields(parent).find(|field| field["name"] == name);
        assert_eq!(written(&field.unwrap()["type"]), ty, "{place}");
    }
}

#[tokio::test]
async fn every_mutation_has_one_input_and_one_payload_with_errors_and_position() {
    let schema = Schema::served().await;
    let mut mutations = 0;
    for field in schema.fields("Mutation") {
        mutations += 1;
        let name = text(&field["name"]);
        let mut capital = name.clone();
        capital[..1].make_ascii_uppercase();
        let arguments: Vec<_> = items(&field["args"])
            .map(|argument| (text(&argument["name"]), written(&argument["type"])))
            .collect();
        assert_eq!(
            arguments,
            [("input".to_owned(), format!("{capital}Input!"))]
        );
        let payload = format!("{capital}Payload");
        assert_eq!(written(&field["type"]), payload);
        let types: BTreeMap<_, _> = schema
            .fields(&payload)
            .map(|field| (text(&field["name"]), written(&field["type"])))
            .collect();
        assert_eq!(
            types.get("errors").map(String::as_str),
            Some("[UserError!]!"),
            "{payload}"
        );
        assert_eq!(
            types.get("position").map(String::as_str),
            Some("Position"),
            "{payload}"
        );
        let input = &schema.types[&format!("{capital}Input")]["inputFields"];
        let id = items(input).find(|field| field["name"] == "clientMutationId");
        assert_eq!(
            id.map(|id| written(&id["type"])).as_deref(),
            Some("String"),
            "{name}"
        );
    }
    assert!(mutations > 15, "there are {mutations} mutations");
    let error: Vec<_> = schema
        .fields("UserError")
        .map(|field| format!("{}: {}", text(&field["name"]), written(&field["type"])))
        .collect();
    assert_eq!(
        error[..3],
        ["code: String!", "field: String", "message: String!"]
    );
}

#[tokio::test]
async fn every_list_that_can_grow_is_a_connection_of_bounded_pages() {
    let schema = Schema::served().await;
    let mut connections = 0;
    let mut short = Vec::new();
    for (parent, _) in schema.of_kind("OBJECT") {
        for field in schema.fields(parent) {
            let (name, ty) = (text(&field["name"]), written(&field["type"]));
            let place = format!("{parent}.{name}");
            let arguments: BTreeMap<_, _> = items(&field["args"])
                .map(|argument| (text(&argument["name"]), written(&argument["type"])))
                .collect();
            let has = |name: &str, ty: &str| arguments.get(name).is_some_and(|found| found == ty);
            if ty.ends_with("Connection") {
                connections += 1;
                let forward = has("first", "Int!") && has("after", "String");
                let backward = has("last", "Int!") && has("before", "String");
                assert!(forward || backward, "{place} has no pages: {arguments:?}");
            }
            let in_page = parent.ends_with("Connection") || name == "errors";
            if ty.contains('[') && !in_page {
                short.push(place);
            }
        }
    }
    let allowed: Vec<_> = SHORT_LISTS.iter().map(|(place, _)| *place).collect();
    assert_eq!(short, allowed, "a list that can grow is a connection");
    assert!(connections >= 5, "there are {connections} connections");
}

#[tokio::test]
async fn connections_have_the_shape_that_relay_asks_for() {
    let schema = Schema::served().await;
    for (name, _) in schema.of_kind("OBJECT") {
        let Some(item) = name.strip_suffix("Connection") else {
            continue;
        };
        let types = |ty: &str| -> BTreeMap<String, String> {
            schema
                .fields(ty)
                .map(|field| (text(&field["name"]), written(&field["type"])))
                .collect()
        };
        let page = types(name);
        assert_eq!(page["edges"], format!("[{item}Edge!]!"));
        assert_eq!(page["pageInfo"], "PageInfo!");
        let edge = types(&format!("{item}Edge"));
        assert_eq!(edge["cursor"], "String!");
        let node = schema
            .fields(&format!("{item}Edge"))
            .find(|field| field["name"] == "node");
        let node = name_of(&node.unwrap()["type"]);
        assert!(
            schema.implements_node(&node) || CHART_POINTS.contains(&node.as_str()),
            "{node} has no global id"
        );
    }
    let info: Vec<_> = schema
        .fields("PageInfo")
        .map(|field| (text(&field["name"]), written(&field["type"])))
        .collect();
    let info: Vec<_> = info.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    assert_eq!(
        info,
        [
            ("hasNextPage", "Boolean!"),
            ("hasPreviousPage", "Boolean!"),
            ("startCursor", "String"),
            ("endCursor", "String")
        ]
    );
}

#[tokio::test]
async fn read_models_that_are_gone_take_only_their_own_fields() {
    let server = Server::start().await;
    let (ada, _) = server.streamer("ada").await;
    server.views.close().await;
    let query = "{ headPosition account(name: \"ada\") { name } nodes(ids: []) { id } }";
    let answer = ada.ask(query).await;
    assert!(
        answer.body["data"]["headPosition"].is_string(),
        "{}",
        answer.body
    );
    // Null, and not left out.
    let account = answer.body["data"].get("account");
    assert_eq!(account, Some(&Value::Null), "{}", answer.body);
    let mut failed: Vec<_> = items(&answer.body["errors"])
        .map(|error| (text(&error["path"][0]), text(&error["extensions"]["code"])))
        .collect();
    failed.sort_unstable();
    let expected = [("account", "UNAVAILABLE"), ("nodes", "BAD_USER_INPUT")];
    let failed: Vec<_> = failed
        .iter()
        .map(|(a, b)| (a.as_str(), b.as_str()))
        .collect();
    assert_eq!(failed, expected);
}
