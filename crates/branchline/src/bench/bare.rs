//! The reference of the till's figures: the rows of one sale, written by plain prepared statements into the same
//! tables without triggers, in one transaction, on the same disk.
use std::{path::Path, time::Duration};

use anyhow::Context;
use httpkit::clock::Stopwatch;
use rusqlite::{Connection, TransactionBehavior, params_from_iter, types::Value};

/// Tables of one sale and the columns that differ from sale to sale.
const TABLES: [(&str, &[&str]); 5] = [
    ("outbox", &["seq", "event_id"]),
    ("sale", &["id", "seq", "receipt_number"]),
    ("sale_line", &["sale"]),
    ("tender", &["sale"]),
    ("stock_movement", &["seq"]),
];

/// Plain statements for the rows of one sale.
pub struct Bare {
    connection: Connection,
    inserts: Vec<Insert>,
    stock: Vec<Value>,
    n: i64,
}

struct Insert {
    sql: String,
    columns: Vec<String>,
    row: Vec<Value>,
    fresh: &'static [&'static str],
}

impl Bare {
    /// Copies the tables of the edge's database at `shop` into an own file, with the newest sale there as the pattern.
    pub fn like(shop: &Path, own: &Path) -> anyhow::Result<Self> {
        let pattern =
            Connection::open_with_flags(shop, rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let connection = Connection::open(own)?;
        connection.execute_batch(
            "pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = off;",
        )?;
        let mut schema = pattern.prepare(
            "select sql from sqlite_master where type in ('table', 'index') and sql is not null
                and tbl_name in ('outbox', 'sale', 'sale_line', 'tender', 'stock_movement', 'stock', 'node_state', 'number_series')",
        )?;
        for sql in schema.query_map([], |row| row.get::<_, String>(0))? {
            connection.execute_batch(&sql?)?;
        }
        for table in ["node_state", "number_series", "stock"] {
            copy(&pattern, &connection, table)?;
        }
        // The edge's log has its full length from stocking the shop; a log that still grows is slower to sync.
        connection.execute_batch(
            "create table filler (bytes blob); insert into filler values (zeroblob(8000000)); drop table filler;
             pragma wal_checkpoint(restart);",
        )?;
        let seq: i64 = pattern
            .query_row("select max(seq) from sale", [], |row| row.get(0))
            .context("a sale to take as the pattern")?;
        let mut inserts = Vec::new();
        for (table, fresh) in TABLES {
            inserts.extend(rows_of(&pattern, table, fresh, seq)?);
        }
        let mut moved = pattern.prepare("select variant from stock_movement where seq = ?1")?;
        let stock = moved
            .query_map([seq], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        Ok(Self {
            connection,
            inserts,
            stock,
            n: 1_000_000,
        })
    }

    /// Writes one sale and returns how long it took until it was on disk.
    pub fn sell(&mut self) -> anyhow::Result<Duration> {
        self.n += 1;
        let watch = Stopwatch::start();
        let tx = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for insert in &self.inserts {
            let values = insert
                .columns
                .iter()
                .zip(&insert.row)
                .map(|(column, value)| {
                    if insert.fresh.contains(&column.as_str()) {
                        renewed(value, self.n)
                    } else {
                        value.clone()
                    }
                });
            tx.prepare_cached(&insert.sql)?
                .execute(params_from_iter(values))?;
        }
        for variant in &self.stock {
            tx.prepare_cached(
                "update stock set node_rights = node_rights + 1, trades = trades + 1 where variant = ?1",
            )?
            .execute([variant])?;
        }
        tx.prepare_cached("update number_series set last = last + 1 where series = 'receipt'")?
            .execute([])?;
        tx.prepare_cached("update node_state set last_seq = ?1")?
            .execute([self.n])?;
        tx.commit()?;
        Ok(watch.elapsed())
    }
}

/// The same kind of value, different for every sale.
fn renewed(value: &Value, n: i64) -> Value {
    match value {
        Value::Integer(_) => Value::Integer(n),
        Value::Blob(bytes) => {
            let mut bytes = bytes.clone();
            let tail = bytes.len().saturating_sub(8);
            bytes[tail..].copy_from_slice(&n.to_be_bytes());
            Value::Blob(bytes)
        }
        Value::Text(_) => Value::Text(format!("B-1-{n}")),
        other => other.clone(),
    }
}

fn rows_of(
    pattern: &Connection,
    table: &str,
    fresh: &'static [&'static str],
    seq: i64,
) -> anyhow::Result<Vec<Insert>> {
    let filter = match table {
        "sale_line" | "tender" => "sale = (select id from sale where seq = ?1)",
        _ => "seq = ?1",
    };
    let mut statement = pattern.prepare(&format!("select * from {table} where {filter}"))?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let places = vec!["?"; columns.len()].join(", ");
    let sql = format!(
        "insert into {table} ({}) values ({places})",
        columns.join(", ")
    );
    let rows = statement
        .query_map([seq], |row| {
            (0..columns.len()).map(|place| row.get(place)).collect()
        })?
        .collect::<Result<Vec<Vec<Value>>, _>>()?;
    Ok(rows
        .into_iter()
        .map(|row| Insert {
            sql: sql.clone(),
            columns: columns.clone(),
            row,
            fresh,
        })
        .collect())
}

fn copy(from: &Connection, to: &Connection, table: &str) -> anyhow::Result<()> {
    // Without those that the database computes itself.
    let columns: Vec<String> = from
        .prepare("select name from pragma_table_xinfo(?1) where hidden = 0 order by cid")?
        .query_map([table], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let (count, names) = (columns.len(), columns.join(", "));
    let mut statement = from.prepare(&format!("select {names} from {table}"))?;
    let places = vec!["?"; count].join(", ");
    let rows = statement
        .query_map([], |row| (0..count).map(|place| row.get(place)).collect())?
        .collect::<Result<Vec<Vec<Value>>, _>>()?;
    for row in rows {
        to.execute(
            &format!("insert into {table} ({names}) values ({places})"),
            params_from_iter(row),
        )?;
    }
    Ok(())
}
