//! Worked examples of other projects' own tests, through adapters that say their rules in ours.
//!
//! They are read from beside the checkout and never copied; without them the test says so and passes. Another file of the same
//! form is taken from `PROMOTION_EXAMPLES`. What is decided differently here stands in `decided-differently.txt`, by the name of
//! the decision, with its reason: an adapter names the decision that an example meets by what it asks, never by what it expects.
mod medusa;
mod oscar;
mod sylius;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::Value;

/// What is not as the example says; empty if all is.
type Differences = Vec<Difference>;

struct Difference {
    said: String,
    /// The name of the decision that makes it different.
    decision: Option<&'static str>,
}

impl From<String> for Difference {
    fn from(said: String) -> Self {
        Self {
            said,
            decision: None,
        }
    }
}

fn files() -> Vec<PathBuf> {
    if let Ok(paths) = std::env::var("PROMOTION_EXAMPLES") {
        return paths.split(':').map(PathBuf::from).collect();
    }
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    ["promotions/examples.jsonl", "tax/examples.jsonl"]
        .map(|name| beside.join(name))
        .into_iter()
        .filter(|path| path.exists())
        .collect()
}

fn decided_differently() -> BTreeMap<String, String> {
    include_str!("examples/decided-differently.txt")
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(' ').expect("a name and a reason"))
        .map(|(name, reason)| (name.to_owned(), reason.trim().to_owned()))
        .collect()
}

fn run(example: &Value) -> Option<Result<Differences, String>> {
    let id = example["id"].as_str().unwrap_or_default();
    match id.split('-').next() {
        Some("sylius") => Some(sylius::run(example)),
        Some("medusa") => Some(medusa::run(example)),
        Some("oscar") => Some(oscar::run(example)),
        _ => None,
    }
}

#[test]
fn worked_examples_of_other_projects() {
    let files = files();
    if files.is_empty() {
        println!("no examples beside the checkout: nothing is compared");
        return;
    }
    let decided = decided_differently();
    let (mut same, mut different, mut skipped) = (0, Vec::new(), 0);
    let mut unexpected = Vec::new();
    for line in files.iter().flat_map(|path| {
        let text = std::fs::read_to_string(path).expect("the examples can be read");
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    }) {
        let example: Value = serde_json::from_str(&line).expect("an example is an object");
        let id = example["id"].as_str().unwrap_or_default();
        let Some(compared) = run(&example) else {
            skipped += 1;
            continue;
        };
        let differences = compared.unwrap_or_else(|unknown| {
            vec![format!("cannot be said in our rules: {unknown}").into()]
        });
        let reason = |one: &Difference| decided.get(one.decision?).map(String::as_str);
        let reasons: Option<BTreeSet<&str>> = differences.iter().map(reason).collect();
        match reasons {
            Some(reasons) if reasons.is_empty() => same += 1,
            Some(reasons) => {
                let reasons: Vec<&str> = reasons.into_iter().collect();
                different.push(format!("{id}: {}", reasons.join(" ")));
            }
            None => {
                let said: Vec<&str> = differences.iter().map(|one| one.said.as_str()).collect();
                unexpected.push(format!(
                    "{id} ({}): {}",
                    example["scenario"].as_str().unwrap_or_default(),
                    said.join("; ")
                ));
            }
        }
    }
    println!(
        "{same} examples agree, {} are decided differently, {skipped} are about something else",
        different.len()
    );
    for line in &different {
        println!("  {line}");
    }
    assert!(
        unexpected.is_empty(),
        "{} examples differ:\n{}",
        unexpected.len(),
        unexpected.join("\n")
    );
    assert!(same > 0, "nothing was compared");
}
