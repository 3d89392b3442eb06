//! Products of a file: each row is a variant, found again by its SKU. What is as it was is not written.
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use retail::catalog::matrix;
use uuid::Uuid;

use super::file::Table;
use super::plan::Outcome;
use super::row::{self, Columns, ProductRow, Wrong};
use super::variant::{Wanted, kept, put_all, wanted};
use crate::audit::Entry;
use crate::catalog;
use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::Result;
use crate::product::{self, equivalents};

/// The rows of a file, and what they belong to.
pub(super) struct Products {
    pub(super) rows: Vec<std::result::Result<ProductRow, Wrong>>,
    /// By row: its variant, and its product.
    ids: Vec<(Uuid, Uuid)>,
    /// What the rows of a product differ in.
    options: BTreeMap<Uuid, Vec<matrix::Choices>>,
}

impl Products {
    pub(super) async fn of(cloud: &Cloud, columns: &Columns, table: &Table) -> Result<Self> {
        const KNOWN: Sql = sql!(
            "select sku, id, product_id from variant where sku = any ($1)",
            ([text]) -> (text, uuid, uuid)
        );
        let mut rows: Vec<_> = table
            .rows
            .iter()
            .map(|line| row::product(columns, line, table))
            .collect();
        refuse_repeated(&mut rows);
        let skus: Vec<&str> = rows.iter().flatten().map(|row| row.sku.as_str()).collect();
        let found = cloud
            .read("import_known", Actor::Service("import"), async |tx| {
                Ok(tx.rows(KNOWN, &[&skus]).await?)
            })
            .await?;
        let known: HashMap<String, (Uuid, Uuid)> = found
            .iter()
            .map(|row| (row.get(0), (row.get(1), row.get(2))))
            .collect();
        let mut products = HashMap::new();
        for row in rows.iter().flatten() {
            if let Some((_, product)) = known.get(&row.sku) {
                products.entry(group(row)).or_insert(*product);
            }
        }
        let mut ids = Vec::with_capacity(rows.len());
        for row in &rows {
            ids.push(row.as_ref().map_or((Uuid::nil(), Uuid::nil()), |row| {
                known.get(&row.sku).copied().unwrap_or_else(|| {
                    (
                        cloud.id(),
                        *products.entry(group(row)).or_insert_with(|| cloud.id()),
                    )
                })
            }));
        }
        let options = gather_options(&mut rows, &ids);
        Ok(Self { rows, ids, options })
    }

    /// Takes rows in, as far as they are good and say something new.
    pub(super) async fn apply(
        &self,
        cloud: &Cloud,
        tx: &Tx,
        rows: Range<usize>,
    ) -> Result<Outcome> {
        let mut outcome = Outcome::default();
        let mut good = Vec::new();
        for place in rows {
            match &self.rows[place] {
                Ok(row) => good.push((row, self.ids[place])),
                Err(wrong) => outcome.wrong.push(wrong.clone()),
            }
        }
        let around = Around::of(cloud, tx, &good).await?;
        let kept = kept(tx, &good).await?;
        let mut put = Vec::new();
        for (row, (id, product)) in good {
            match wanted(row, id, product, &around, kept.get(&id)) {
                Err(wrong) => outcome.wrong.push(wrong),
                Ok(wanted) => match kept.get(&id) {
                    Some(before) if *before == wanted => outcome.unchanged += 1,
                    Some(_) => {
                        outcome.changed += 1;
                        put.push((wanted, true));
                    }
                    None => {
                        outcome.created += 1;
                        put.push((wanted, false));
                    }
                },
            }
        }
        if !put.is_empty() {
            self.write(cloud, tx, &put).await?;
        }
        Ok(outcome)
    }

    async fn write(&self, cloud: &Cloud, tx: &Tx, put: &[(Wanted, bool)]) -> Result<()> {
        let edited: BTreeSet<Uuid> = put
            .iter()
            .filter(|one| one.1)
            .map(|one| one.0.product)
            .collect();
        let edited: Vec<Uuid> = edited.into_iter().collect();
        let before = product::db::documents(tx, &edited).await?;
        let all: Vec<&Wanted> = put.iter().map(|one| &one.0).collect();
        put_all(tx, &all, &self.options).await?;
        let after = product::db::documents(tx, &edited).await?;
        let said =
            |one: &product::Product| serde_json::to_value(one).expect("a product is plain data");
        let entries: Vec<Entry> = after
            .iter()
            .map(|(id, after)| {
                Entry::new("product.changed", id)
                    .change(before.get(id).map(said), Some(said(after)))
            })
            .collect();
        Entry::note_all(cloud, tx, &entries).await?;
        Ok(())
    }
}

/// Rows of one product have the same.
fn group(row: &ProductRow) -> String {
    if !row.product.is_empty() {
        return format!("p{}", row.product);
    }
    if row.options.is_empty() {
        return format!("s{}", row.sku);
    }
    format!("n{}", row.name)
}

fn refuse_repeated(rows: &mut [std::result::Result<ProductRow, Wrong>]) {
    let (mut skus, mut codes) = (BTreeSet::new(), BTreeSet::new());
    for place in rows {
        let Ok(row) = place else { continue };
        let line = row.line;
        let wrong = |field, code, value: &str| Wrong {
            line,
            field,
            code: Cow::Borrowed(code),
            value: value.to_owned(),
        };
        if !skus.insert(row.sku.clone()) {
            *place = Err(wrong("sku", "import.repeated", &row.sku));
            continue;
        }
        let twice = row
            .barcodes
            .iter()
            .find(|(code, _)| codes.contains(code))
            .cloned();
        if let Some((code, _)) = twice {
            *place = Err(wrong("barcode", "barcode.repeated", &code));
            continue;
        }
        codes.extend(row.barcodes.iter().flat_map(|(code, _)| equivalents(code)));
    }
}

/// The options of each product, with the choices of all its rows; a row that has others than the first is wrong.
fn gather_options(
    rows: &mut [std::result::Result<ProductRow, Wrong>],
    ids: &[(Uuid, Uuid)],
) -> BTreeMap<Uuid, Vec<matrix::Choices>> {
    let mut gathered = BTreeMap::<Uuid, Vec<matrix::Choices>>::new();
    for (place, (_, product)) in rows.iter_mut().zip(ids) {
        let Ok(row) = place else { continue };
        if row.options.is_empty() {
            continue;
        }
        let options = gathered.entry(*product).or_insert_with(|| {
            let one = |(name, _): &(String, String)| matrix::Choices {
                name: name.clone(),
                choices: Vec::new(),
            };
            row.options.iter().map(one).collect()
        });
        let fits = options.len() == row.options.len()
            && options
                .iter()
                .zip(&row.options)
                .all(|(known, (name, _))| known.name == *name);
        if !fits {
            *place = Err(Wrong {
                line: row.line,
                field: "option1",
                code: "product.options".into(),
                value: row.sku.clone(),
            });
            continue;
        }
        for (known, (_, choice)) in options.iter_mut().zip(&row.options) {
            if !known.choices.contains(choice) {
                known.choices.push(choice.clone());
            }
        }
    }
    gathered
}

/// A path as it is looked up.
pub(super) fn key(path: &[String]) -> Vec<String> {
    path.iter().map(|part| part.to_lowercase()).collect()
}

/// What the rows name: categories, brands and taxes are made when they are not there.
#[derive(Default)]
pub(super) struct Around {
    pub(super) categories: BTreeMap<Vec<String>, Uuid>,
    pub(super) brands: BTreeMap<String, Uuid>,
    pub(super) suppliers: BTreeMap<String, Uuid>,
    /// Whose each barcode is.
    pub(super) barcodes: BTreeMap<String, Uuid>,
}

impl Around {
    async fn of(cloud: &Cloud, tx: &Tx, good: &[(&ProductRow, (Uuid, Uuid))]) -> Result<Self> {
        const SUPPLIERS: Sql =
            sql!("select code, id from supplier where code = any ($1)", ([text]) -> (text, uuid));
        const BARCODES: Sql = sql!("select code, variant_id from barcode where code = any ($1)", ([text]) -> (text, uuid));
        let rows = || good.iter().map(|one| one.0);
        let mut around = Self::default();
        around
            .find_categories(cloud, tx, rows().filter_map(|row| row.category.as_ref()))
            .await?;
        around
            .find_brands(cloud, tx, rows().filter_map(|row| row.brand.as_ref()))
            .await?;
        let rates: BTreeSet<i32> = rows().filter_map(|row| row.tax).collect();
        let rates: Vec<(Uuid, i32)> = rates.into_iter().map(|rate| (cloud.id(), rate)).collect();
        catalog::db::put_taxes(tx, &rates).await?;
        let codes: BTreeSet<&str> = rows()
            .filter_map(|row| Some(row.supplier.as_ref()?.0.as_str()))
            .collect();
        let codes: Vec<&str> = codes.into_iter().collect();
        for row in tx.rows(SUPPLIERS, &[&codes]).await? {
            around.suppliers.insert(row.get(0), row.get(1));
        }
        let codes: Vec<String> = rows()
            .flat_map(|row| row.barcodes.iter().flat_map(|(code, _)| equivalents(code)))
            .collect();
        for row in tx.rows(BARCODES, &[&codes]).await? {
            around.barcodes.insert(row.get(0), row.get(1));
        }
        Ok(around)
    }

    /// Paths of names from the top; a code alone is one, too.
    async fn find_categories(
        &mut self,
        cloud: &Cloud,
        tx: &Tx,
        paths: impl Iterator<Item = &Vec<String>>,
    ) -> Result<()> {
        const KNOWN: Sql =
            sql!("select id, parent, name, code from category", () -> (uuid, uuid, text, text));
        const MAKE: Sql = sql!("insert into category (id, name, parent) values ($1, $2, $3)", (uuid, text, uuid) -> ());
        let paths: BTreeMap<Vec<String>, &Vec<String>> =
            paths.map(|path| (key(path), path)).collect();
        if paths.is_empty() {
            return Ok(());
        }
        let mut places = BTreeMap::new();
        for row in tx.rows(KNOWN, &[]).await? {
            let id: Uuid = row.get(0);
            // In small letters as we make them: those of the database may know ASCII only.
            let name = row.get::<_, String>(2).to_lowercase();
            places.insert((row.get::<_, Option<Uuid>>(1), name), id);
            if let Some(code) = row.get::<_, Option<String>>(3) {
                self.categories.insert(vec![code.to_lowercase()], id);
            }
        }
        for (key, path) in paths {
            if self.categories.contains_key(&key) {
                continue;
            }
            let mut above = None;
            for (part, name) in key.iter().zip(path) {
                let place = (above, part.clone());
                let id = if let Some(id) = places.get(&place) {
                    *id
                } else {
                    let id = cloud.id();
                    tx.run(MAKE, &[&id, name, &above]).await?;
                    places.insert(place, id);
                    id
                };
                above = Some(id);
            }
            self.categories.extend(above.map(|id| (key, id)));
        }
        Ok(())
    }

    async fn find_brands(
        &mut self,
        cloud: &Cloud,
        tx: &Tx,
        names: impl Iterator<Item = &String>,
    ) -> Result<()> {
        const MAKE: Sql = sql!(
            "insert into brand (id, name) select * from unnest($1, $2) on conflict (lower(name)) do nothing",
            ([uuid], [text]) -> ()
        );
        const KNOWN: Sql = sql!(
            "select given.name, brand.id from unnest($1) as given (name) join brand on lower(brand.name) = lower(given.name)",
            ([text]) -> (text, uuid)
        );
        let names: BTreeMap<String, &String> =
            names.map(|name| (name.to_lowercase(), name)).collect();
        let ids: Vec<Uuid> = names.keys().map(|_| cloud.id()).collect();
        let texts: Vec<&String> = names.values().copied().collect();
        tx.run(MAKE, &[&ids, &texts]).await?;
        for row in tx.rows(KNOWN, &[&texts]).await? {
            self.brands
                .insert(row.get::<_, String>(0).to_lowercase(), row.get(1));
        }
        Ok(())
    }
}
