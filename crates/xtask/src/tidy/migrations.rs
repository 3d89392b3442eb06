//! Merged migrations are frozen: databases out there have run them as they were.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use super::Finding;
use super::tree::Tree;

/// One line per frozen migration: its SHA-256 and its path. Extended by `cargo xtask freeze`.
pub const RECORD: &str = "crates/xtask/migrations.sha256";

const HEADER: &str =
    "# Merged migrations. They never change; `cargo xtask freeze` adds the new ones.\n";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    let frozen: Vec<(&str, &str)> = tree
        .text(RECORD)
        .unwrap_or_default()
        .lines()
        .filter_map(parse)
        .collect();
    for (hash, path) in &frozen {
        match tree.text(path) {
            None => findings.push(Finding::new(*path, "a merged migration was removed: databases out there have run it")),
            Some(text) if sha256(text) != *hash => findings.push(Finding::new(
                *path,
                "a merged migration was changed: undo that, and write a new one (expand, move, contract)",
            )),
            Some(_) => {}
        }
    }
    findings.extend(out_of_order(tree, &frozen));
    findings
}

/// The record with every migration of the tree.
pub fn record(tree: &Tree) -> String {
    let mut text = HEADER.to_owned();
    for (path, migration) in migrations(tree) {
        writeln!(text, "{}  {path}", sha256(migration)).expect("writing to a string cannot fail");
    }
    text
}

/// A new migration runs after every frozen one of its database, and no two share a number.
fn out_of_order(tree: &Tree, frozen: &[(&str, &str)]) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut numbers = std::collections::BTreeMap::new();
    for (path, _) in migrations(tree) {
        let Some((folder, number)) = numbered(path) else {
            findings.push(Finding::new(
                path,
                "a migration is called V<number>__<what_it_does>.sql",
            ));
            continue;
        };
        if let Some(other) = numbers.insert((folder, number), path) {
            findings.push(Finding::new(
                path,
                format!("has the same number as {other}"),
            ));
        }
        let is_frozen = frozen.iter().any(|(_, known)| *known == path);
        let newest = frozen
            .iter()
            .filter_map(|(_, known)| numbered(known))
            .filter(|(known, _)| *known == folder)
            .max();
        if !is_frozen && newest.is_some_and(|(_, newest)| number < newest) {
            findings.push(Finding::new(
                path,
                "would run before one that is merged: give it the next number",
            ));
        }
    }
    findings
}

fn migrations(tree: &Tree) -> impl Iterator<Item = (&str, &str)> {
    tree.ending(".sql")
        .filter(|(path, _)| path.contains("/migrations/"))
}

fn numbered(path: &str) -> Option<(&str, u32)> {
    let (folder, name) = path.rsplit_once('/')?;
    let (number, _) = name.strip_prefix('V')?.split_once("__")?;
    Some((folder, number.parse().ok()?))
}

fn parse(line: &str) -> Option<(&str, &str)> {
    line.split_once("  ").filter(|_| !line.starts_with('#'))
}

fn sha256(text: &str) -> String {
    Sha256::digest(text)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").expect("writing to a string cannot fail");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "crates/cloud/migrations/V001__sale.sql";
    const TWO: &str = "crates/cloud/migrations/V002__shift.sql";

    fn texts(files: &[(&str, &str)]) -> Vec<String> {
        let frozen = record(&Tree::with(&[
            (ONE, "create table sale ();"),
            (TWO, "create table shift ();"),
        ]));
        let files: Vec<_> = files
            .iter()
            .copied()
            .chain([(RECORD, frozen.as_str())])
            .collect();
        check(&Tree::with(&files))
            .into_iter()
            .map(|finding| format!("{}: {}", finding.place, finding.text))
            .collect()
    }

    #[test]
    fn the_hash_is_sha256() {
        assert_eq!(
            sha256("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn frozen_ones_stay_and_new_ones_come_after() {
        let frozen = [
            (ONE, "create table sale ();"),
            (TWO, "create table shift ();"),
        ];
        assert_eq!(texts(&frozen), Vec::<String>::new());

        let with = |path| [frozen[0], frozen[1], (path, "create table more ();")];
        assert_eq!(
            texts(&with("crates/cloud/migrations/V003__more.sql")),
            Vec::<String>::new()
        );
        assert!(
            texts(&with("crates/cloud/migrations/V000__more.sql"))[0].contains("would run before")
        );
        assert!(texts(&with("crates/cloud/migrations/V002__more.sql"))[0].contains("same number"));
        assert!(texts(&with("crates/cloud/migrations/more.sql"))[0].contains("is called V"));
        // The other database counts by itself.
        assert_eq!(
            texts(&with("crates/edge/migrations/V001__more.sql")),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_changed_or_removed_one_is_refused() {
        let changed = texts(&[
            (ONE, "create table sale (id uuid);"),
            (TWO, "create table shift ();"),
        ]);
        assert!(
            changed.len() == 1 && changed[0].contains("was changed"),
            "{changed:?}"
        );
        let removed = texts(&[(ONE, "create table sale ();")]);
        assert!(
            removed.len() == 1 && removed[0].contains("was removed"),
            "{removed:?}"
        );
    }
}
