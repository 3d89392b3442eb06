//! Documents that name files must name files that exist.

use super::Finding;
use super::tree::Tree;

/// A word in backticks that starts so is a path from the root of the checkout.
const ROOTS: [&str; 8] = [
    "crates/", "web/", "docs/", "scripts/", ".ci/", ".config/", ".cargo/", "Cargo.",
];

/// What is made by a build, not kept.
const BUILT: [&str; 2] = ["web/dist", "web/node_modules"];

const CODE: [&str; 5] = [".rs", ".sql", ".toml", ".ts", ".tsx"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = named_in_code(tree);
    for (path, text) in tree.ending(".md") {
        let mut fenced = false;
        for (number, line) in text.lines().enumerate() {
            fenced ^= line.trim_start().starts_with("```");
            let named = links(line)
                .map(|link| beside(path, link))
                .chain(quoted(line).map(str::to_owned));
            let missing = named.filter(|name| !fenced && !exists(tree, name));
            findings.extend(missing.map(|name| {
                Finding::at(
                    path,
                    number + 1,
                    format!("names {name}, which is not there"),
                )
            }));
        }
    }
    findings
}

/// Documents that a comment in the code names, by their name alone.
fn named_in_code(tree: &Tree) -> Vec<Finding> {
    let documents: Vec<&str> = tree.ending(".md").map(|(path, _)| path).collect();
    let is_there = |name: &str| {
        documents
            .iter()
            .any(|path| path.rsplit('/').next() == Some(name))
    };
    let mut findings = Vec::new();
    for (path, text) in CODE.into_iter().flat_map(|end| tree.ending(end)) {
        if path.starts_with("crates/xtask/") {
            continue; // its examples name documents that must not exist
        }
        for (number, line) in text.lines().enumerate() {
            let words =
                line.split(|letter: char| !letter.is_alphanumeric() && !"-_.".contains(letter));
            let names = words.map(|word| word.trim_matches('.')).filter(|word| {
                word.strip_suffix(".md")
                    .is_some_and(|name| !name.is_empty())
            });
            let missing = names.filter(|name| !is_there(name));
            findings.extend(missing.map(|name| {
                Finding::at(
                    path,
                    number + 1,
                    format!("names {name}, which is not there"),
                )
            }));
        }
    }
    findings
}

fn exists(tree: &Tree, name: &str) -> bool {
    // A pattern stands for many names.
    let pattern = name.contains(['*', '<', '{', '…']);
    let built = BUILT.iter().any(|built| name.starts_with(built));
    pattern || built || tree.has(name)
}

/// The targets of links within the checkout.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| {
        let target = rest.split_once(')')?.0.split('#').next()?;
        (!target.is_empty() && !target.contains(':')).then_some(target)
    })
}

/// The link's target as a path from the root.
fn beside(path: &str, link: &str) -> String {
    let mut segments: Vec<&str> = path.split('/').collect();
    segments.pop();
    for segment in link.split('/') {
        match segment {
            "." | "" => {}
            ".." => drop(segments.pop()),
            name => segments.push(name),
        }
    }
    segments.join("/")
}

/// Paths in backticks; a command's further words and a line number are no part of them.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`')
        .skip(1)
        .step_by(2)
        .filter_map(|code| code.split_whitespace().next())
        .filter(|word| ROOTS.iter().any(|root| word.starts_with(root)))
        .map(|word| word.split("::").next().unwrap_or(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(document: &str, text: &str) -> Vec<String> {
        let tree = Tree::with(&[
            (document, text),
            ("crates/edge/src/sale.rs", ""),
            ("docs/adr/0001-adr.md", ""),
            ("README.md", ""),
        ]);
        check(&tree)
            .into_iter()
            .map(|finding| finding.text)
            .collect()
    }

    #[test]
    fn links_and_paths_must_lead_somewhere() {
        for (document, text, missing) in [
            (
                "ARCHITECTURE.md",
                "[adr](docs/adr/0001-adr.md) and [top](#top)",
                None,
            ),
            (
                "ARCHITECTURE.md",
                "[web](https://www.postgresql.org/docs/)",
                None,
            ),
            (
                "ARCHITECTURE.md",
                "[gone](docs/adr/0002-gone.md)",
                Some("docs/adr/0002-gone.md"),
            ),
            ("docs/operations/edge.md", "[readme](../../README.md)", None),
            (
                "docs/operations/edge.md",
                "[cloud](cloud.md)",
                Some("docs/operations/cloud.md"),
            ),
            (
                "ARCHITECTURE.md",
                "`crates/edge/src/sale.rs`, `crates/edge/` and `web/dist`",
                None,
            ),
            ("ARCHITECTURE.md", "`crates/<side>/src/<noun>.rs`", None),
            (
                "ARCHITECTURE.md",
                "`crates/edge/src/basket.rs::close`",
                Some("crates/edge/src/basket.rs"),
            ),
            ("ARCHITECTURE.md", "```\n`crates/gone.rs`\n```", None),
        ] {
            let expected: Vec<String> = missing
                .map(|name| format!("names {name}, which is not there"))
                .into_iter()
                .collect();
            assert_eq!(texts(document, text), expected, "{text}");
        }
    }

    #[test]
    fn so_must_documents_that_comments_name() {
        let code = "// As sync.md 2.3 says, and README.md; not gone.md.\n";
        let tree = Tree::with(&[
            ("crates/edge/src/sale.rs", code),
            ("docs/design/sync.md", ""),
            ("README.md", ""),
        ]);
        let texts: Vec<_> = check(&tree)
            .into_iter()
            .map(|finding| finding.text)
            .collect();
        assert_eq!(texts, ["names gone.md, which is not there"]);
    }
}
