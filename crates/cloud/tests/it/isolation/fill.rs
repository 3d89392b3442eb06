//! A row of each branch in every table of locations, whatever its columns are.
use tokio_postgres::Client;
use uuid::Uuid;

use super::{ORDER_OF_A, Two, tables};
use crate::world::{MORNING, id};

/// The order of a branch, wherever one is named.
pub fn order(is_a: bool) -> Uuid {
    id(ORDER_OF_A.0, ORDER_OF_A.1 + u64::from(!is_a))
}

/// Puts the rows in, past all rules but the tables' own.
pub async fn all(two: &Two) {
    let owner = two.owner().await;
    owner
        .batch_execute("set session_replication_role = replica")
        .await
        .unwrap();
    for table in tables(&owner).await {
        for is_a in [true, false] {
            let insert = insert(&owner, two, &table.name, is_a).await;
            let filled = owner
                .batch_execute(&format!("{insert} on conflict do nothing"))
                .await;
            assert!(filled.is_ok(), "{insert}: {filled:?}");
        }
    }
}

/// A statement that adds a row of a branch to a table.
pub async fn insert(owner: &Client, two: &Two, table: &str, is_a: bool) -> String {
    let columns = owner
        .query(
            "select a.attname::text, format_type(a.atttypid, a.atttypmod),
                    (select substring(pg_get_constraintdef(c.oid) from '''([^'']+)''::text')
                       from pg_constraint c
                      where c.conrelid = a.attrelid and c.contype = 'c' and c.conkey = array[a.attnum] limit 1)
               from pg_attribute a
              where a.attrelid = $1::text::regclass and a.attnum > 0 and not a.attisdropped
                and a.attgenerated = '' and a.attidentity = ''
                and (a.attnotnull and not a.atthasdef or a.attname in ('location_id', 'order_id'))
              order by a.attnum",
            &[&table],
        )
        .await
        .unwrap();
    let (location, node) = if is_a {
        (two.a, two.node_a)
    } else {
        (two.b, two.node_b)
    };
    let (mut names, mut values) = (Vec::new(), Vec::new());
    for column in &columns {
        let (name, kind): (String, String) = (column.get(0), column.get(1));
        let allowed: Option<String> = column.get(2);
        values.push(match (table, name.as_str()) {
            (_, "location_id") | ("location", "id") => format!("'{location}'"),
            (_, "node_id") => format!("'{node}'"),
            (_, "order_id") | ("online_order", "id") => format!("'{}'", order(is_a)),
            (_, end) if end.contains("expires") || end.contains("until") => {
                format!("'{MORNING}'::timestamptz + interval '1 hour'")
            }
            _ => value(&kind, allowed),
        });
        names.push(name);
    }
    let (names, values) = (names.join(", "), values.join(", "));
    format!("insert into {table} ({names}) values ({values})")
}

/// Some value of a type; of those that a constraint allows, the first.
fn value(kind: &str, allowed: Option<String>) -> String {
    match kind {
        "uuid" => "gen_random_uuid()".to_owned(),
        "text" => allowed.map_or_else(
            || "'x' || gen_random_uuid()".to_owned(),
            |one| format!("'{one}'"),
        ),
        "bytea" => "sha256(gen_random_uuid()::text::bytea)".to_owned(),
        "date" => "'2026-03-02'".to_owned(),
        "timestamp with time zone" => format!("'{MORNING}'"),
        "boolean" => "false".to_owned(),
        "jsonb" => "'{}'".to_owned(),
        array if array.ends_with("[]") => "'{}'".to_owned(),
        "bigint" | "integer" | "smallint" | "numeric" => "1".to_owned(),
        other => panic!("a test for a column of type {other} is missing"),
    }
}
