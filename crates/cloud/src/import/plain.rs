//! Categories and suppliers of a file: found again by their code.
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use uuid::Uuid;

use super::file::Table;
use super::plan::Outcome;
use super::row::{self, Columns, PlainRow, Wrong};
use crate::cloud::Cloud;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// The rows of a file.
pub(super) struct Plain {
    pub(super) rows: Vec<std::result::Result<PlainRow, Wrong>>,
}

fn wrong(row: &PlainRow, field: &'static str, code: &'static str, value: &str) -> Wrong {
    Wrong {
        line: row.line,
        field,
        code: code.into(),
        value: value.to_owned(),
    }
}

/// A category as it is kept.
struct Known {
    id: Uuid,
    name: String,
    parent: Option<Uuid>,
}

impl Plain {
    pub(super) fn of(columns: &Columns, table: &Table) -> Self {
        let mut codes = BTreeSet::new();
        let rows = table.rows.iter().map(|line| {
            let row = row::plain(columns, line)?;
            if codes.insert(row.code.clone()) {
                Ok(row)
            } else {
                Err(wrong(&row, "code", "import.repeated", &row.code))
            }
        });
        Self {
            rows: rows.collect(),
        }
    }

    fn good(&self, rows: Range<usize>, outcome: &mut Outcome) -> Vec<&PlainRow> {
        let mut good = Vec::new();
        for row in &self.rows[rows] {
            match row {
                Ok(row) => good.push(row),
                Err(wrong) => outcome.wrong.push(wrong.clone()),
            }
        }
        good
    }

    pub(super) async fn apply_categories(
        &self,
        cloud: &Cloud,
        tx: &Tx,
        rows: Range<usize>,
    ) -> Result<Outcome> {
        const PUT: Sql = sql!(
            "insert into category as kept (id, code, name, parent) select * from unnest($1, $2, $3, $4)
             on conflict (id) do update set name = excluded.name, parent = excluded.parent, version = kept.version + 1",
            ([uuid], [text], [text], [uuid]) -> ()
        );
        let mut outcome = Outcome::default();
        let (known, mut names) = known_categories(tx).await?;
        let mut good = self.good(rows, &mut outcome);
        refuse_lost(&mut good, &known, &mut outcome);
        let ids: BTreeMap<&str, Uuid> = good
            .iter()
            .map(|row| {
                (
                    row.code.as_str(),
                    known
                        .get(&row.code)
                        .map_or_else(|| cloud.id(), |known| known.id),
                )
            })
            .collect();
        let mut put = Vec::new();
        for row in good {
            let id = ids[row.code.as_str()];
            let parent = row.parent.as_deref().and_then(|code| {
                ids.get(code)
                    .copied()
                    .or_else(|| known.get(code).map(|known| known.id))
            });
            let before = known.get(&row.code);
            if before.is_some_and(|before| before.name == row.name && before.parent == parent) {
                outcome.unchanged += 1;
                continue;
            }
            let place = (parent, row.name.to_lowercase());
            if names.get(&place).is_some_and(|other| *other != id) {
                outcome
                    .wrong
                    .push(wrong(row, "name", "category.name_taken", &row.name));
                continue;
            }
            names.insert(place, id);
            if before.is_some() {
                outcome.changed += 1;
            } else {
                outcome.created += 1;
            }
            put.push((id, row.code.as_str(), row.name.as_str(), parent));
        }
        let ids: Vec<Uuid> = put.iter().map(|one| one.0).collect();
        let codes: Vec<&str> = put.iter().map(|one| one.1).collect();
        let names: Vec<&str> = put.iter().map(|one| one.2).collect();
        let parents: Vec<Option<Uuid>> = put.iter().map(|one| one.3).collect();
        tx.run(PUT, &[&ids, &codes, &names, &parents]).await?;
        Ok(outcome)
    }

    pub(super) async fn apply_suppliers(
        &self,
        cloud: &Cloud,
        tx: &Tx,
        rows: Range<usize>,
    ) -> Result<Outcome> {
        const KNOWN: Sql = sql!(
            "select id, code, name, phone, email, address, active from supplier where code = any ($1)",
            ([text]) -> (uuid, text, text, text, text, text, boolean)
        );
        const PUT: Sql = sql!(
            "insert into supplier as kept (id, code, name, phone, email, address, active) select * from unnest($1, $2, $3, $4, $5, $6, $7)
             on conflict (id) do update set name = excluded.name, phone = excluded.phone, email = excluded.email,
               address = excluded.address, active = excluded.active, version = kept.version + 1",
            ([uuid], [text], [text], [text], [text], [text], [boolean]) -> ()
        );
        let mut outcome = Outcome::default();
        let good = self.good(rows, &mut outcome);
        let codes: Vec<&str> = good.iter().map(|row| row.code.as_str()).collect();
        let mut known = BTreeMap::new();
        for row in tx.rows(KNOWN, &[&codes]).await? {
            let id: Uuid = row.get(0);
            let kept = Supplier {
                name: row.get(2),
                contact: [row.get(3), row.get(4), row.get(5)],
                active: row.get(6),
            };
            known.insert(row.get::<_, String>(1), (id, kept));
        }
        let mut put = Vec::new();
        for row in good {
            let before = known.get(&row.code);
            let wanted = Supplier::of(row, before.map(|before| &before.1));
            if before.is_some_and(|before| before.1 == wanted) {
                outcome.unchanged += 1;
                continue;
            }
            if before.is_some() {
                outcome.changed += 1;
            } else {
                outcome.created += 1;
            }
            put.push((
                before.map_or_else(|| cloud.id(), |before| before.0),
                row.code.as_str(),
                wanted,
            ));
        }
        let ids: Vec<Uuid> = put.iter().map(|one| one.0).collect();
        let codes: Vec<&str> = put.iter().map(|one| one.1).collect();
        let names: Vec<&str> = put.iter().map(|one| one.2.name.as_str()).collect();
        let contact = |place: usize| -> Vec<&str> {
            put.iter()
                .map(|one| one.2.contact[place].as_str())
                .collect()
        };
        let (phones, emails, addresses) = (contact(0), contact(1), contact(2));
        let active: Vec<bool> = put.iter().map(|one| one.2.active).collect();
        tx.run(
            PUT,
            &[&ids, &codes, &names, &phones, &emails, &addresses, &active],
        )
        .await?;
        Ok(outcome)
    }
}

/// Categories by code, and which name is where.
type Categories = (
    BTreeMap<String, Known>,
    BTreeMap<(Option<Uuid>, String), Uuid>,
);

async fn known_categories(tx: &Tx) -> Result<Categories> {
    const KNOWN: Sql = sql!(
        "select id, coalesce(code, ''), name, parent from category",
        () -> (uuid, text, text, uuid)
    );
    let (mut known, mut names) = Categories::default();
    for row in tx.rows(KNOWN, &[]).await? {
        let (id, code, name): (Uuid, String, String) = (row.get(0), row.get(1), row.get(2));
        let parent: Option<Uuid> = row.get(3);
        names.insert((parent, name.to_lowercase()), id);
        if !code.is_empty() {
            known.insert(code, Known { id, name, parent });
        }
    }
    Ok((known, names))
}

/// A supplier as it is kept, or shall be.
#[derive(PartialEq, Eq)]
struct Supplier {
    name: String,
    contact: [String; 3],
    active: bool,
}

impl Supplier {
    /// What the file says, and for columns that it does not have what is there.
    fn of(row: &PlainRow, before: Option<&Self>) -> Self {
        let contact = [0, 1, 2].map(|place| {
            let kept = || before.map(|before| before.contact[place].clone());
            row.contact[place].clone().or_else(kept).unwrap_or_default()
        });
        Self {
            name: row.name.clone(),
            contact,
            active: row
                .active
                .or(before.map(|before| before.active))
                .unwrap_or(true),
        }
    }
}

/// Rows whose category above is nowhere, or that are below themselves.
fn refuse_lost(good: &mut Vec<&PlainRow>, known: &BTreeMap<String, Known>, outcome: &mut Outcome) {
    loop {
        let above: BTreeMap<&str, Option<&str>> = good
            .iter()
            .map(|row| (row.code.as_str(), row.parent.as_deref()))
            .collect();
        let by_id: BTreeMap<Uuid, &str> = known
            .iter()
            .map(|(code, one)| (one.id, code.as_str()))
            .collect();
        let parent_of = |code: &str| -> Option<&str> {
            match above.get(code) {
                Some(parent) => *parent,
                None => known
                    .get(code)
                    .and_then(|one| by_id.get(&one.parent?).copied()),
            }
        };
        let fate = |row: &PlainRow| {
            let parent = row.parent.as_deref()?;
            if !above.contains_key(parent) && !known.contains_key(parent) {
                return Some("category.unknown");
            }
            let mut at = Some(parent);
            for _ in 0..=above.len() + known.len() {
                match at {
                    None => return None,
                    Some(code) if code == row.code => return Some("category.loop"),
                    Some(code) => at = parent_of(code),
                }
            }
            // Below a loop of others: it stays when they are gone.
            None
        };
        let lost: Vec<(usize, &'static str)> = good
            .iter()
            .enumerate()
            .filter_map(|(place, row)| Some((place, fate(row)?)))
            .collect();
        if lost.is_empty() {
            return;
        }
        for (place, code) in lost.into_iter().rev() {
            let row = good.remove(place);
            outcome.wrong.push(wrong(
                row,
                "parent",
                code,
                row.parent.as_deref().unwrap_or_default(),
            ));
        }
    }
}
