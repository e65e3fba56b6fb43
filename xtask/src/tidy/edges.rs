//! Which crate may depend on which. Development dependencies are free: a test may use anything.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::Value;

/// Each crate's normal and build dependencies, by name.
pub type Graph = BTreeMap<String, Vec<String>>;

const DOMAIN: &str = "tributary-domain";
const STORE: &str = "tributary-store";
const PROJECTIONS: &str = "tributary-projections";

/// What a crate may use of ours.
const ALLOWED: &[(&str, &[&str])] = &[
    (DOMAIN, &[]),
    ("tributary-media", &[]),
    ("tributary-web", &[]),
    (STORE, &[DOMAIN]),
    (PROJECTIONS, &[STORE, DOMAIN]),
    ("tributary-graphql", &[PROJECTIONS, STORE, DOMAIN]),
    ("tributary-simulation", &[PROJECTIONS, STORE, DOMAIN]),
];

/// The composition root knows every crate; xtask measures them.
const FREE: &[&str] = &["tributary", "xtask"];

/// The domain does no input or output, and has neither clock nor chance: time, ids and random
/// values come in with the command.
const NOT_IN_DOMAIN: &[&str] = &["tokio", "sqlx", "rusqlite", "axum", "getrandom", "rand"];

/// Reads what `cargo metadata --no-deps` prints.
pub fn graph(metadata: &str) -> Result<Graph> {
    let metadata: Value = serde_json::from_str(metadata).context("cargo metadata")?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata lists no packages")?;
    packages
        .iter()
        .map(|package| Ok((name(package)?, dependencies(package)?)))
        .collect()
}

fn dependencies(package: &Value) -> Result<Vec<String>> {
    let dependencies = package["dependencies"]
        .as_array()
        .context("a package has no dependencies")?;
    dependencies
        .iter()
        .filter(|dependency| dependency["kind"] != "dev")
        .map(name)
        .collect()
}

fn name(value: &Value) -> Result<String> {
    value["name"]
        .as_str()
        .map(str::to_owned)
        .context("cargo metadata leaves out a name")
}

/// The edges that must not be.
pub fn check(graph: &Graph) -> Vec<String> {
    let mut faults = Vec::new();
    for (from, dependencies) in graph {
        if FREE.contains(&from.as_str()) {
            continue;
        }
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| name == from) else {
            faults.push(format!(
                "{from}: has no row in xtask/src/tidy/edges.rs; give it one"
            ));
            continue;
        };
        for to in dependencies {
            let ours = graph.contains_key(to);
            if ours && !allowed.contains(&to.as_str()) {
                let allowed = if allowed.is_empty() {
                    "nothing of ours"
                } else {
                    &allowed.join(", ")
                };
                faults.push(format!(
                    "{from}: depends on {to}, and may depend on {allowed}"
                ));
            }
            if from == DOMAIN && NOT_IN_DOMAIN.contains(&to.as_str()) {
                faults.push(format!("{from}: depends on {to}, and is to be pure"));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `a > b` is an edge; every crate named exists.
    fn faults(edges: &str) -> Vec<String> {
        let mut graph = Graph::new();
        for (from, to) in edges
            .lines()
            .filter_map(|line| line.trim().split_once(" > "))
        {
            graph
                .entry(from.to_owned())
                .or_default()
                .push(to.to_owned());
            if to.starts_with("tributary") {
                graph.entry(to.to_owned()).or_default();
            }
        }
        check(&graph)
    }

    #[test]
    fn the_designed_edges_are_allowed() {
        let designed = "tributary > tributary-media
            tributary > tributary-graphql
            tributary-graphql > tributary-projections
            tributary-projections > tributary-store
            tributary-store > tributary-domain
            tributary-store > sqlx
            tributary-domain > serde
            xtask > tributary-store";
        assert_eq!(faults(designed), Vec::<String>::new());
    }

    #[test]
    fn an_edge_upwards_is_reported() {
        assert_eq!(
            faults("tributary-store > tributary-projections"),
            [
                "tributary-store: depends on tributary-projections, and may depend on tributary-domain"
            ]
        );
        assert_eq!(
            faults("tributary-media > tributary-domain"),
            ["tributary-media: depends on tributary-domain, and may depend on nothing of ours"]
        );
    }

    #[test]
    fn nothing_may_depend_on_the_composition_root() {
        assert_eq!(faults("tributary-graphql > tributary").len(), 1);
    }

    #[test]
    fn a_crate_without_a_row_is_reported() {
        assert_eq!(
            faults("tributary-new > serde"),
            ["tributary-new: has no row in xtask/src/tidy/edges.rs; give it one"]
        );
    }

    #[test]
    fn the_domain_stays_pure() {
        assert_eq!(
            faults("tributary-domain > tokio"),
            ["tributary-domain: depends on tokio, and is to be pure"]
        );
    }

    #[test]
    fn development_dependencies_are_free_and_build_dependencies_are_not() {
        let metadata = r#"{"packages": [
            {"name": "tributary-domain", "dependencies": [
                {"name": "tributary-store", "kind": "dev"},
                {"name": "tributary-media", "kind": "build"},
                {"name": "serde", "kind": null}]},
            {"name": "tributary-store", "dependencies": []},
            {"name": "tributary-media", "dependencies": []}]}"#;
        let graph = graph(metadata).unwrap();
        assert_eq!(graph["tributary-domain"], ["tributary-media", "serde"]);
        assert_eq!(check(&graph).len(), 1);
    }
}
