//! Worked examples of other projects' own tests, through adapters that say their rules in ours.
//!
//! They are read from beside the checkout and never copied; without them the test says so and passes. Another file of the same
//! form is taken from `PROMOTION_EXAMPLES`. What is decided differently here stands in `decided-differently.txt`, each with its
//! reason.
mod medusa;
mod oscar;
mod sylius;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// What is not as the example says; empty if all is.
type Differences = Vec<String>;

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
        .map(|line| line.split_once(' ').expect("an id and a reason"))
        .map(|(id, reason)| (id.to_owned(), reason.trim().to_owned()))
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
        let id = example["id"].as_str().unwrap_or_default().to_owned();
        let differences = match run(&example) {
            None => {
                skipped += 1;
                continue;
            }
            Some(Ok(differences)) => differences,
            Some(Err(unknown)) => vec![format!("cannot be said in our rules: {unknown}")],
        };
        match (differences.is_empty(), decided.get(&id)) {
            (true, None) => same += 1,
            (true, Some(_)) => {
                unexpected.push(format!("{id} is the same, and listed as different"));
            }
            (false, Some(reason)) => different.push(format!("{id}: {reason}")),
            (false, None) => unexpected.push(format!(
                "{id} ({}): {}",
                example["scenario"].as_str().unwrap_or_default(),
                differences.join("; ")
            )),
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
