//! Every statement of the crate is prepared against the migrated schema, so that a renamed column fails here.
use std::{fs, path::Path};

use crate::support::TestShop;

#[tokio::test]
async fn every_statement_prepares() {
    let shop = TestShop::start().await;
    let file = shop.file();
    let mut statements = Vec::new();
    collect(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut statements,
    );
    assert!(
        statements.len() > 80,
        "only {} statements were found",
        statements.len()
    );
    for (place, statement) in &statements {
        if let Err(error) = file.prepare(statement) {
            panic!("{place}: {error}\n{statement}");
        }
    }
}

fn collect(folder: &Path, statements: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, statements);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let source = fs::read_to_string(&path).unwrap();
            let place = path.display().to_string();
            statements.extend(
                in_source(&source)
                    .into_iter()
                    .map(|text| (place.clone(), text)),
            );
        }
    }
}

/// The literals of all `sql!("…")` in a source.
fn in_source(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = source;
    while let Some(at) = rest.find("sql!(") {
        rest = &rest[at + "sql!(".len()..];
        let Some(literal) = rest.trim_start().strip_prefix('"') else {
            continue;
        };
        let end = literal
            .find('"')
            .expect("a statement has no quotes inside and ends");
        found.push(literal[..end].to_owned());
        rest = &literal[end..];
    }
    found
}

#[test]
fn statements_are_found_in_any_layout() {
    let source = "const A: Sql = sql!(\"select 1\"); const B: Sql =\n    sql!(\n        \"select\n 2\"\n    );";
    assert_eq!(in_source(source), ["select 1", "select\n 2"]);
}
