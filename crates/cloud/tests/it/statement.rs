//! Every statement of the crate is prepared against the migrated schema, and says the types that the server sees.
//! They are read from the sources, so that none can be left out.
use std::path::Path;

use cloud::db::Kind;

use crate::world::database;

/// A statement as the sources have it.
struct Found {
    place: String,
    text: String,
    params: Vec<Kind>,
    columns: Vec<Kind>,
}

fn sources(folder: &Path, found: &mut Vec<Found>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs")
            && !path.ends_with("db/statement.rs")
        {
            read(
                &path.display().to_string(),
                &std::fs::read_to_string(&path).unwrap(),
                found,
            );
        }
    }
}

fn read(place: &str, source: &str, found: &mut Vec<Found>) {
    for (at, _) in source.match_indices("sql!(") {
        let rest = source[at + "sql!(".len()..].trim_start();
        let Some(rest) = rest.strip_prefix('"') else {
            continue;
        };
        let mut end = 0;
        while !(rest.as_bytes()[end] == b'"' && rest.as_bytes()[end - 1] != b'\\') {
            end += 1;
        }
        let (text, rest) = rest.split_at(end);
        let line = source[..at].lines().count();
        let place = format!("{place}:{line}");
        let (params, rest) = kinds(&place, &rest[rest.find('(').unwrap()..]);
        let (columns, _) = kinds(&place, &rest[rest.find('(').unwrap()..]);
        // As the compiler reads a literal: a backslash at a line's end swallows the break and the indentation.
        let mut lines = text.split("\\\n");
        let mut text = lines.next().unwrap_or_default().to_owned();
        for line in lines {
            text.push_str(line.trim_start());
        }
        let text = text.replace("\\\"", "\"").replace("\\\\", "\\");
        found.push(Found {
            place,
            text,
            params,
            columns,
        });
    }
}

/// `(uuid, [text])`, and what follows it.
fn kinds<'a>(place: &str, text: &'a str) -> (Vec<Kind>, &'a str) {
    let end = text.find(')').unwrap();
    let words = text[1..end]
        .split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty());
    let kinds = words
        .map(|word| Kind::by_word(word).unwrap_or_else(|| panic!("{place}: `{word}` is no type")));
    (kinds.collect(), &text[end + 1..])
}

#[tokio::test]
async fn every_statement_prepares() {
    let mut found = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    assert!(
        found.len() > 60,
        "only {} statements were found",
        found.len()
    );
    let (_made, database) = database().await;
    // As the application: a statement that it may not run is found when it is planned.
    let (client, connection) = database.app.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let mut wrong = Vec::new();
    for one in &found {
        let types: Vec<_> = one.params.iter().map(|kind| kind.pg()).collect();
        match client.prepare_typed(&one.text, &types).await {
            Ok(statement) => {
                let columns: Vec<_> = statement
                    .columns()
                    .iter()
                    .map(|column| column.type_().clone())
                    .collect();
                let said: Vec<_> = one.columns.iter().map(|kind| kind.pg()).collect();
                if columns != said {
                    wrong.push(format!(
                        "{}: the columns are {columns:?}, not {said:?}",
                        one.place
                    ));
                }
                if statement.params() != types {
                    wrong.push(format!(
                        "{}: the parameters are {:?}",
                        one.place,
                        statement.params()
                    ));
                }
            }
            Err(error) => {
                let told = error
                    .as_db_error()
                    .map_or_else(|| error.to_string(), |told| told.message().to_owned());
                wrong.push(format!("{}: {told}", one.place));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The plan of a statement with its parameters written in, when sequential scans are the last resort.
async fn plan(client: &tokio_postgres::Client, statement: &str) -> String {
    client
        .batch_execute("set enable_seqscan = off")
        .await
        .unwrap();
    let rows = client
        .query(&format!("explain (costs off) {statement}"), &[])
        .await
        .unwrap();
    rows.iter()
        .map(|row| row.get::<_, String>(0) + "\n")
        .collect()
}

#[tokio::test]
async fn hot_reads_go_by_index() {
    let (_made, database) = database().await;
    let (client, connection) = database.app.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let nobody = "'00000000-0000-0000-0000-000000000001'::uuid";
    let cases = [
        (
            format!("select seq from inbox where location_id = {nobody} and node_id = {nobody} and epoch = 1 and seq > 7 order by seq limit 500"),
            "using inbox_pkey",
        ),
        (
            format!("select entity from reference_entity where feed = 'variant' and location_id = {nobody} and (xid, entity) > (7, {nobody}) order by xid, entity limit 500"),
            "using reference_entity_cursor",
        ),
        (
            "select location_id from reference_entity where xid >= 7 and xid < 9".to_owned(),
            "reference_entity_xid",
        ),
        (
            "select id from job where dead_at is null and run_at <= 'epoch' order by run_at, id limit 4".to_owned(),
            "using job_ready",
        ),
        (
            format!("select revenue_minor from daily_sales where location_id = {nobody} and business_date = '2026-03-02'"),
            "using daily_sales_pkey",
        ),
        (
            "select id from live_touch order by id limit 2000".to_owned(),
            "using live_touch_pkey",
        ),
        (
            format!("select variant_id from stock_balance where location_id = {nobody} and is_odd"),
            "Scan on stock_balance_odd",
        ),
        (
            format!("select id from cloud_rights_entry where location_id = {nobody} and resource_id = {nobody} and id < 7 order by id desc limit 50"),
            "using cloud_rights_entry_pkey",
        ),
        (
            format!("select id from stock_case where location_id = {nobody} order by at desc, id desc limit 50"),
            "using stock_case_newest",
        ),
        (
            format!("select count(*) from shift where location_id = {nobody} and business_date = '2026-03-02' and closed_at is null"),
            "using shift_date",
        ),
        (
            format!("select id from supplier_entry where location_id = {nobody} and supplier_id = {nobody} and business_date <= '2026-03-02' and (business_date, at, id, kind) < ('2026-03-02', 'epoch', {nobody}, 'payment') order by business_date desc, at desc, id desc, kind desc limit 50"),
            "using supplier_entry_pkey",
        ),
        (
            format!("select sum(owed_minor) from daily_supplier where location_id = any (array[{nobody}]) and supplier_id = {nobody} and business_date < '2026-03-02'"),
            "using daily_supplier_pkey",
        ),
    ];
    for (statement, expected) in cases {
        let plan = plan(&client, &statement).await;
        assert!(
            plan.contains(expected) && !plan.contains("Sort"),
            "{statement}\n{plan}"
        );
    }
}

/// The list's own statements, with plans that are made before anything is asked.
#[tokio::test]
async fn customers_are_searched_by_index() {
    let (_made, database) = database().await;
    let (client, connection) = database.app.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let mut found = Vec::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/patron");
    sources(&source, &mut found);
    client
        .batch_execute("set enable_seqscan = off; set enable_sort = off; set plan_cache_mode = force_generic_plan")
        .await
        .unwrap();
    for (part, index) in [
        ("desc limit $3\"", "patron_newest"),
        ("search_query($4)", "patron_words"),
        ("reverse($4)", "patron_tail"),
        ("where phone = $1\"", "patron_phone"),
    ] {
        let one = found
            .iter()
            .find(|one| format!("{}\"", one.text).contains(part));
        let one = one.unwrap_or_else(|| panic!("no statement has {part}"));
        let values = match one.params.len() {
            1 => "'+84901234567'",
            3 => "'infinity', '00000000-0000-0000-0000-000000000000', 51",
            _ => "'infinity', '00000000-0000-0000-0000-000000000000', 51, '567'",
        };
        client
            .batch_execute(&format!("prepare {index} as {}", one.text))
            .await
            .unwrap();
        let plan = plan(&client, &format!("execute {index}({values})")).await;
        assert!(plan.contains(index), "{}\n{plan}", one.text);
    }
}

#[test]
fn every_operation_of_the_api_has_a_name_of_its_own() {
    let document = serde_json::to_value(cloud::openapi()).unwrap();
    let mut names = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let name = operation["operationId"].as_str().unwrap_or_default();
            assert!(!name.is_empty(), "{method} {path}");
            names.push(name.to_owned());
        }
    }
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
}
