//! Which crate may know which: the direction that ARCHITECTURE.md draws.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, ensure};
use serde_json::Value;

use super::Finding;

/// Every crate of ours, and those of ours that it may depend on.
const DIRECTION: [(&str, &[&str]); 11] = [
    ("retail", &[]),
    ("paper", &["retail"]),
    ("picture", &[]),
    ("wire", &["retail"]),
    ("httpkit", &[]),
    ("edge", &["retail", "paper", "wire", "httpkit"]),
    ("cloud", &["retail", "picture", "wire", "httpkit"]),
    ("traffic", &["retail"]),
    // The worlds that put the parts together also need the words that the parts exchange.
    (
        "sim",
        &["edge", "cloud", "wire", "retail", "traffic", "httpkit"],
    ),
    (
        "branchline",
        &["edge", "cloud", "httpkit", "traffic", "retail", "wire"],
    ),
    ("xtask", &[]),
];

/// What the rules may never pull in, whatever it is called: I/O, async, clocks, SQL.
const PURE: &str = "retail";
const IMPURE: [&str; 9] = [
    "tokio",
    "axum",
    "reqwest",
    "rusqlite",
    "tokio-postgres",
    "serde_json",
    "rand",
    "getrandom",
    "tracing",
];

/// What tests of the rules may use beside: they read worked examples, and write documents as they will be kept.
const TESTS_MAY: [&str; 1] = ["serde_json"];

/// One crate and everything it names as a dependency, whether for building, testing or running.
pub type Dependencies = (String, BTreeSet<String>);

/// The crates of the workspace as Cargo sees them.
pub fn graph(root: &Path) -> anyhow::Result<Vec<Dependencies>> {
    let output = crate::cargo()
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .context("run cargo metadata")?;
    ensure!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value = serde_json::from_slice(&output.stdout)?;
    let packages = metadata["packages"]
        .as_array()
        .context("cargo metadata lists no packages")?;
    Ok(packages.iter().map(dependencies).collect())
}

fn dependencies(package: &Value) -> Dependencies {
    let named = |value: &Value| value["name"].as_str().unwrap_or_default().to_owned();
    let list = package["dependencies"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    let counts = |value: &&Value| {
        let is_of_tests = value["kind"] == "dev" && TESTS_MAY.contains(&named(value).as_str());
        !(is_of_tests && named(package) == PURE)
    };
    let counted = list.iter().filter(counts);
    (named(package), counted.map(named).collect())
}

pub fn check(graph: &[Dependencies]) -> Vec<Finding> {
    let ours: BTreeSet<&str> = DIRECTION.iter().map(|(name, _)| *name).collect();
    let mut findings = Vec::new();
    for (name, dependencies) in graph {
        let place = format!("crates/{name}/Cargo.toml");
        let Some((_, allowed)) = DIRECTION.iter().find(|(known, _)| known == name) else {
            findings.push(Finding::new(place, "a new crate needs its line in the direction table, and a reason that Cargo can enforce"));
            continue;
        };
        for dependency in dependencies {
            if ours.contains(dependency.as_str()) && !allowed.contains(&dependency.as_str()) {
                findings.push(Finding::new(
                    &place,
                    format!("{name} must not know {dependency}"),
                ));
            }
            if name == PURE && IMPURE.contains(&dependency.as_str()) {
                findings.push(Finding::new(
                    &place,
                    format!("{PURE} is the rules alone; {dependency} does not belong there"),
                ));
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(name: &str, dependencies: &[&str]) -> Vec<String> {
        let dependencies = dependencies.iter().map(|name| (*name).to_owned()).collect();
        check(&[(name.to_owned(), dependencies)])
            .into_iter()
            .map(|finding| finding.text)
            .collect()
    }

    #[test]
    fn the_direction_is_kept() {
        assert_eq!(
            texts("edge", &["retail", "wire", "httpkit", "tokio"]),
            Vec::<String>::new()
        );
        assert_eq!(texts("edge", &["cloud"]), ["edge must not know cloud"]);
        assert_eq!(texts("cloud", &["edge"]), ["cloud must not know edge"]);
        assert_eq!(texts("wire", &["httpkit"]), ["wire must not know httpkit"]);
        assert_eq!(
            texts("httpkit", &["retail"]),
            ["httpkit must not know retail"]
        );
        assert_eq!(texts("traffic", &["edge"]), ["traffic must not know edge"]);
    }

    #[test]
    fn the_rules_stay_pure() {
        assert_eq!(
            texts("retail", &["tokio"]),
            ["retail is the rules alone; tokio does not belong there"]
        );
    }

    #[test]
    fn a_new_crate_is_noticed() {
        assert!(texts("sales-helpers", &[])[0].starts_with("a new crate"));
    }
}
