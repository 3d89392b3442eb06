//! Text hygiene: nothing of one developer's machine, nothing unfinished, clean ends of lines.

use std::path::Path;

use super::Finding;
use super::tree::Tree;

/// Folders of a particular machine; written apart, so that this list does not object to itself.
const MACHINE_PATHS: [&str; 4] = [
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
];

/// Marks of something unfinished.
const UNFINISHED: [&str; 3] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("HA", "CK"),
];

const CONFLICTS: [&str; 2] = [concat!("<<<<", "<<< "), concat!(">>>>", ">>> ")];

/// Where packages come from, for everyone: a lock file that names another place names a mirror.
const PUBLIC_REGISTRIES: [&str; 2] = [
    concat!("https://registry.", "npmjs.org/"),
    concat!(
        "registry+https://github.com/rust-lang/",
        "crates",
        ".io-index"
    ),
];

const LOCK_FILES: [&str; 2] = ["package-lock.json", "Cargo.lock"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    tree.ending("")
        .filter(|(path, _)| !is_data(path))
        .flat_map(|(path, text)| in_file(path, text))
        .collect()
}

/// Written by somebody else, or by a program.
fn is_data(path: &str) -> bool {
    let generated = [".csv", ".svg", ".json.gz", ".gen.ts", "LICENSE"];
    path.contains("/data/") || generated.iter().any(|end| path.ends_with(end))
}

fn in_file(path: &str, text: &str) -> Vec<Finding> {
    let is_lock = LOCK_FILES.iter().any(|name| path.ends_with(name));
    let mut findings = Vec::new();
    for (number, line) in text.split('\n').enumerate() {
        let objection = if is_lock {
            foreign_registry(line)
        } else {
            in_line(path, line)
        };
        findings.extend(objection.map(|text| Finding::at(path, number + 1, text)));
    }
    if !text.is_empty() && !text.ends_with('\n') {
        findings.push(Finding::new(path, "the last line does not end"));
    }
    findings
}

fn in_line(path: &str, line: &str) -> Option<String> {
    if let Some(found) = MACHINE_PATHS
        .iter()
        .find(|found| starts_a_path(line, found))
    {
        return Some(format!("{found} is a folder of one machine"));
    }
    if let Some(found) = UNFINISHED.iter().find(|mark| has_word(line, mark)) {
        return Some(format!("{found}: finish it, or leave it out"));
    }
    if CONFLICTS.iter().any(|mark| line.starts_with(mark)) {
        return Some("an unresolved conflict".to_owned());
    }
    // Two spaces at the end of a line are a line break in Markdown.
    let is_document = Path::new(path)
        .extension()
        .is_some_and(|extension| extension == "md");
    if line.ends_with([' ', '\t', '\r']) && !is_document {
        return Some("white space at the end of the line".to_owned());
    }
    None
}

fn foreign_registry(line: &str) -> Option<String> {
    let line = line.trim();
    let place = line
        .strip_prefix("\"resolved\": \"")
        .or_else(|| line.strip_prefix("source = \""))?;
    let public = PUBLIC_REGISTRIES
        .iter()
        .any(|registry| place.starts_with(registry));
    (!public).then(|| "a package that does not come from the public registry".to_owned())
}

/// Whether `folder` stands where a path begins, not in the middle of a longer one or of an address.
fn starts_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        before.is_none_or(|letter| !letter.is_alphanumeric() && !"_-./*}".contains(letter))
    })
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let around = [
            line[..at].chars().next_back(),
            line[at + word.len()..].chars().next(),
        ];
        around
            .into_iter()
            .flatten()
            .all(|letter| !letter.is_alphanumeric() && letter != '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objections(path: &str, text: &str) -> usize {
        check(&Tree::with(&[(path, text)])).len()
    }

    #[test]
    fn what_belongs_to_one_machine_or_is_unfinished_is_refused() {
        for (text, findings) in [
            ("see /wo|rk/plan/notes.md\n", 1),
            ("include_str!(\"/ro|ot/x\")\n", 1),
            ("cd /ho|me/ann/x\n", 1),
            ("below `/root`, at https://example.com/wo|rk/\n", 0),
            ("network/wo|rk/x and artwo|rk/x\n", 0),
            ("// TO|DO: later\n", 1),
            ("the TO|DOs of others\n", 0),
            ("<<<<|<<< main\n", 1),
            ("white space \n", 1),
            ("carriage return\r\n", 1),
            ("no end of line", 1),
            ("clean\n", 0),
            ("", 0),
        ] {
            // The bar keeps this test from objecting to itself.
            assert_eq!(
                objections("crates/x/src/y.rs", &text.replace('|', "")),
                findings,
                "{text:?}"
            );
        }
    }

    #[test]
    fn lock_files_name_public_registries_only() {
        for (path, text, findings) in [
            (
                "web/package-lock.json",
                concat!(
                    "  \"resolved\": \"https://registry.",
                    "npmjs.org/x/-/x-1.tgz\",\n"
                ),
                0,
            ),
            (
                "web/package-lock.json",
                "  \"resolved\": \"https://mirror.example.com/x-1.tgz\",\n",
                1,
            ),
            (
                "Cargo.lock",
                concat!(
                    "source = \"registry+https://github.com/rust-lang/",
                    "crates",
                    ".io-index\"\n"
                ),
                0,
            ),
            (
                "Cargo.lock",
                "source = \"sparse+https://mirror.example.com/\"\n",
                1,
            ),
        ] {
            assert_eq!(objections(path, text), findings, "{text}");
        }
    }
}
