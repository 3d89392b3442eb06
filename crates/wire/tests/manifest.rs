//! Every table of both sides has a home: `manifest.toml` names it, and nothing else.
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// Tables by the side whose migrations create them.
fn tables(side: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../{side}/migrations"));
    fs::read_dir(&folder)
        .expect("both sides have migrations")
        .map(|entry| {
            let path = entry.expect("a folder can be listed").path();
            fs::read_to_string(path).expect("a migration is text")
        })
        .flat_map(|sql| created(&sql))
        .collect()
}

/// Names after `create table`; partitions and virtual tables included, comments left out.
fn created(sql: &str) -> Vec<String> {
    sql.lines()
        .map(|line| {
            line.split("--")
                .next()
                .unwrap_or_default()
                .trim()
                .to_lowercase()
        })
        .filter_map(|line| {
            let rest = line.strip_prefix("create ")?.trim_start_matches("virtual ");
            let rest = rest
                .strip_prefix("table ")?
                .trim_start_matches("if not exists ");
            (!line.contains(" partition of ")).then(|| {
                rest.chars()
                    .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '_')
                    .collect()
            })
        })
        .filter(|name: &String| !name.is_empty())
        .collect()
}

/// `[side.table]` headings with their `home` and `crosses`.
fn manifest() -> BTreeMap<(String, String), (String, String)> {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("manifest.toml"))
        .expect("the manifest is beside the crate");
    let mut entries = BTreeMap::new();
    for line in text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (name, entry) = line
            .split_once('=')
            .unwrap_or_else(|| panic!("no entry: {line}"));
        let (side, table) = name
            .trim()
            .split_once('.')
            .unwrap_or_else(|| panic!("no side: {line}"));
        let value = |key: &str| {
            let rest = entry
                .split(&format!("{key} = \""))
                .nth(1)
                .unwrap_or_else(|| panic!("no {key}: {line}"));
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        entries.insert(
            (side.to_owned(), table.to_owned()),
            (value("home"), value("crosses")),
        );
    }
    entries
}

#[test]
fn every_table_has_a_home() {
    let manifest = manifest();
    let mut wrong = Vec::new();
    for side in ["edge", "cloud"] {
        let tables = tables(side);
        assert!(tables.len() > 10, "{side}: the migrations were not found");
        for table in &tables {
            match manifest.get(&(side.to_owned(), table.clone())) {
                None => wrong.push(format!("{side}.{table} is not in manifest.toml")),
                Some((home, crosses)) if !is_possible(side, home, crosses) => {
                    wrong.push(format!("{side}.{table}: home {home}, crosses {crosses}"));
                }
                Some(_) => {}
            }
        }
        for (_, gone) in manifest
            .keys()
            .filter(|(of, table)| of == side && !tables.contains(table))
        {
            wrong.push(format!(
                "{side}.{gone} is in manifest.toml but not in the migrations"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What goes up is written at the edge, what goes down at the cloud, and what stays is written where it is.
fn is_possible(side: &str, home: &str, crosses: &str) -> bool {
    match crosses {
        "up" => home == "edge",
        "down" => home == "cloud",
        "no" => home == side,
        _ => false,
    }
}

#[test]
fn a_table_is_found_in_sql() {
    let sql = "-- create table ghost (\ncreate table a (\ncreate virtual table b using fts5\n\
               create table a_2026_01 partition of a for\ncreate table if not exists c(";
    assert_eq!(created(sql), ["a", "b", "c"]);
}
