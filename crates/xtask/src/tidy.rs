//! The rules of this code base that no linter knows, each in a module of its own with its bad examples.

mod calls;
mod crates;
mod docs;
mod hygiene;
mod length;
mod migrations;
mod modules;
mod tree;
mod words;

use std::path::Path;

use tree::Tree;

/// One violation: where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// The file, with its line where there is one.
    place: String,
    text: String,
}

impl Finding {
    fn new(place: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            place: place.into(),
            text: text.into(),
        }
    }

    fn at(path: &str, line: usize, text: impl Into<String>) -> Self {
        Self::new(format!("{path}:{line}"), text)
    }
}

/// Checks everything and prints what is wrong. `true` if nothing is.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    let tree = Tree::of(root)?;
    let graph = crates::graph(root)?;
    let rules = [
        ("crate direction", crates::check(&graph)),
        ("module names", modules::check(&tree)),
        ("words", words::check(&tree)),
        ("banned calls", calls::check(&tree)),
        ("frozen migrations", migrations::check(&tree)),
        ("length", length::check(&tree)),
        ("documents", docs::check(&tree)),
        ("text", hygiene::check(&tree)),
    ];
    length::report(&tree);
    let mut total = 0;
    for (rule, mut findings) in rules {
        findings.sort();
        for Finding { place, text } in &findings {
            println!("{place}: {rule}: {text}");
        }
        total += findings.len();
    }
    match total {
        0 => println!("tidy: {} files, nothing to object to", tree.paths().count()),
        1 => println!("tidy: 1 finding"),
        more => println!("tidy: {more} findings"),
    }
    Ok(total == 0)
}

/// Records the new migrations as frozen; refuses if a frozen one was changed.
pub fn freeze(root: &Path) -> anyhow::Result<bool> {
    let tree = Tree::of(root)?;
    let changed = migrations::check(&tree);
    for Finding { place, text } in &changed {
        println!("{place}: {text}");
    }
    if !changed.is_empty() {
        return Ok(false);
    }
    let record = migrations::record(&tree);
    println!(
        "{} migrations are frozen",
        record.lines().filter(|line| !line.starts_with('#')).count()
    );
    std::fs::write(root.join(migrations::RECORD), record)?;
    Ok(true)
}
