//! Products of a file: each row is a variant, found again by its SKU. What is as it was is not written.
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use retail::catalog::matrix;
use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::Outcome;
use super::file::Table;
use super::row::{self, Columns, ProductRow, Wrong};
use crate::audit::Entry;
use crate::catalog;
use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, call, sql};
use crate::error::Result;
use crate::price;
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
        for (id, after) in &after {
            let said = |one: &product::Product| {
                serde_json::to_value(one).expect("a product is plain data")
            };
            Entry::new("product.changed", id)
                .change(before.get(id).map(said), Some(said(after)))
                .note(cloud, tx)
                .await?;
        }
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
            code,
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
                code: "product.options",
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

/// A variant as it is kept, or shall be.
#[derive(Debug, PartialEq)]
struct Wanted {
    id: Uuid,
    product: Uuid,
    sku: String,
    name: String,
    product_name: String,
    description: String,
    category: Option<Uuid>,
    brand: Option<Uuid>,
    options: Vec<String>,
    unit: String,
    sold_by: Option<String>,
    /// Basis points.
    tax: Option<i32>,
    active: bool,
    barcodes: BTreeMap<String, i64>,
    price: Option<(Decimal, i64)>,
    suppliers: BTreeMap<Uuid, (String, i64)>,
}

/// What a row says, and for what it does not say what is there.
fn wanted(
    row: &ProductRow,
    id: Uuid,
    product: Uuid,
    around: &Around,
    kept: Option<&Wanted>,
) -> std::result::Result<Wanted, Wrong> {
    let wrong = |field, code, value: &str| Wrong {
        line: row.line,
        field,
        code,
        value: value.to_owned(),
    };
    let unit = row.unit.map(|unit| unit.base.to_owned());
    let unit = unit
        .or_else(|| kept.map(|kept| kept.unit.clone()))
        .unwrap_or_else(|| "piece".to_owned());
    if kept.is_some_and(|kept| kept.unit != unit) {
        return Err(wrong(
            "unit",
            "variant.unit_frozen",
            row.unit.map_or("", |unit| unit.code),
        ));
    }
    let mut barcodes = kept.map(|kept| kept.barcodes.clone()).unwrap_or_default();
    for (code, quantity) in &row.barcodes {
        if equivalents(code)
            .iter()
            .any(|code| around.barcodes.get(code).is_some_and(|other| *other != id))
        {
            return Err(wrong("barcode", "barcode.taken", code));
        }
        barcodes.insert(code.clone(), *quantity);
    }
    let mut suppliers = kept.map(|kept| kept.suppliers.clone()).unwrap_or_default();
    if let Some((code, sku, pack)) = &row.supplier {
        let supplier = around.suppliers.get(code);
        let supplier = supplier.ok_or_else(|| wrong("supplier", "supplier.unknown", code))?;
        suppliers.insert(*supplier, (sku.clone(), *pack));
    }
    let options: Vec<String> = if row.options.is_empty() {
        kept.map(|kept| kept.options.clone()).unwrap_or_default()
    } else {
        row.options
            .iter()
            .map(|(_, choice)| choice.clone())
            .collect()
    };
    // A unit without a name of its own is the base unit.
    let named = row
        .unit
        .filter(|unit| unit.factor > 1)
        .map(|unit| unit.code.to_owned());
    Ok(Wanted {
        id,
        product,
        sku: row.sku.clone(),
        name: match kept {
            // A variant with a name of its own keeps it, as long as its product's stays.
            Some(kept) if kept.product_name == row.name && kept.options == options => {
                kept.name.clone()
            }
            _ => catalog::variant_name(&row.name, &options),
        },
        product_name: row.name.clone(),
        description: row
            .description
            .clone()
            .or_else(|| kept.map(|kept| kept.description.clone()))
            .unwrap_or_default(),
        category: row
            .category
            .as_ref()
            .and_then(|path| around.categories.get(&key(path)).copied())
            .or_else(|| kept?.category),
        brand: row
            .brand
            .as_ref()
            .and_then(|name| around.brands.get(&name.to_lowercase()).copied())
            .or_else(|| kept?.brand),
        options,
        unit,
        sold_by: if row.unit.is_some() {
            named
        } else {
            kept.and_then(|kept| kept.sold_by.clone())
        },
        tax: row.tax.or_else(|| kept?.tax),
        active: row.active.or(kept.map(|kept| kept.active)).unwrap_or(true),
        barcodes,
        price: row.price.or_else(|| kept?.price),
        suppliers,
    })
}

/// A path as it is looked up.
fn key(path: &[String]) -> Vec<String> {
    path.iter().map(|part| part.to_lowercase()).collect()
}

/// What the rows name: categories, brands and taxes are made when they are not there.
#[derive(Default)]
struct Around {
    categories: BTreeMap<Vec<String>, Uuid>,
    brands: BTreeMap<String, Uuid>,
    suppliers: BTreeMap<String, Uuid>,
    /// Whose each barcode is.
    barcodes: BTreeMap<String, Uuid>,
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
                let id = match places.get(&place) {
                    Some(id) => *id,
                    None => {
                        let id = cloud.id();
                        tx.run(MAKE, &[&id, name, &above]).await?;
                        places.insert(place, id);
                        id
                    }
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

/// Variants as they are.
async fn kept(tx: &Tx, good: &[(&ProductRow, (Uuid, Uuid))]) -> Result<HashMap<Uuid, Wanted>> {
    const KEPT: Sql = sql!(
        "select v.id, v.product_id, v.sku, v.name, p.name, p.description, p.category_id, p.brand_id, v.options, v.unit,
                v.sold_by, t.rate_bps, v.active,
                array(select b.code from barcode b where b.variant_id = v.id order by b.code),
                array(select b.quantity from barcode b where b.variant_id = v.id order by b.code),
                array(select s.supplier_id from variant_supplier s where s.variant_id = v.id order by s.supplier_id),
                array(select s.code from variant_supplier s where s.variant_id = v.id order by s.supplier_id),
                array(select s.pack_size from variant_supplier s where s.variant_id = v.id order by s.supplier_id),
                priced.amount, priced.per_quantity
           from variant v
           join product p on p.id = v.product_id
           left join tax t on t.id = v.tax_id
           left join lateral (
             select price.amount, price.per_quantity from price join price_list l on l.id = price.price_list_id
              where price.variant_id = v.id and l.code = 'standard' and price.valid_from <= $2
                and (price.valid_until is null or price.valid_until > $2)
              order by price.version desc limit 1) priced on true
          where v.id = any ($1)",
        ([uuid], timestamptz)
          -> (uuid, uuid, text, text, text, text, uuid, uuid, [text], text, text, integer, boolean, [text], [bigint],
              [uuid], [text], [bigint], numeric, bigint)
    );
    let ids: Vec<Uuid> = good.iter().map(|one| one.1.0).collect();
    let rows = tx.rows(KEPT, &[&ids, &tx.now()]).await?;
    Ok(rows.iter().map(|row| (row.get(0), one(row))).collect())
}

fn one(row: &Row) -> Wanted {
    let (codes, quantities): (Vec<String>, Vec<i64>) = (row.get(13), row.get(14));
    let (suppliers, skus, packs): (Vec<Uuid>, Vec<String>, Vec<i64>) =
        (row.get(15), row.get(16), row.get(17));
    let price: (Option<Decimal>, Option<i64>) = (row.get(18), row.get(19));
    Wanted {
        id: row.get(0),
        product: row.get(1),
        sku: row.get(2),
        name: row.get(3),
        product_name: row.get(4),
        description: row.get(5),
        category: row.get(6),
        brand: row.get(7),
        options: row.get(8),
        unit: row.get(9),
        sold_by: row.get(10),
        tax: row.get(11),
        active: row.get(12),
        barcodes: codes.into_iter().zip(quantities).collect(),
        price: price.0.zip(price.1),
        suppliers: suppliers
            .into_iter()
            .zip(skus.into_iter().zip(packs))
            .collect(),
    }
}

/// The triggers leave publishing and finding to the last statement.
const BULK: Sql = sql!("select set_config('branchline.bulk', 'on', true)", () -> (text));
const PRODUCTS: Sql = sql!(
    "insert into product as kept (id, name, description, category_id, brand_id)
     select distinct on (id) * from unnest($1, $2, $3, $4, $5) as given (id, name, description, category_id, brand_id) order by id
     on conflict (id) do update set version = kept.version + 1, name = excluded.name, description = excluded.description,
       category_id = excluded.category_id, brand_id = excluded.brand_id",
    ([uuid], [text], [text], [uuid], [uuid]) -> ()
);
const OPTIONS: Sql = sql!(
    "insert into product_option as kept (product_id, place, name, choices)
     select product_id, place, name, string_to_array(choices, chr(31))
       from unnest($1, $2, $3, $4) as given (product_id, place, name, choices)
     on conflict (product_id, place) do update set
       choices = kept.choices || array(select added from unnest(excluded.choices) added where added <> all (kept.choices))",
    ([uuid], [smallint], [text], [text]) -> ()
);
const VARIANTS: Sql = sql!(
    "insert into variant as kept (id, product_id, sku, name, options, unit, sold_by, tax_id, active)
     select given.id, product_id, sku, given.name, coalesce(string_to_array(nullif(options, ''), chr(31)), '{}'), unit, sold_by,
            tax.id, active
       from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) as given (id, product_id, sku, name, options, unit, sold_by, rate, active)
       left join tax on tax.rate_bps = given.rate
     on conflict (id) do update set name = excluded.name, options = excluded.options, unit = excluded.unit,
       sold_by = excluded.sold_by, tax_id = excluded.tax_id, active = excluded.active",
    ([uuid], [uuid], [text], [text], [text], [text], [text], [integer], [boolean]) -> ()
);
const BARCODES: Sql = sql!(
    "insert into barcode as kept (code, variant_id, quantity) select * from unnest($1, $2, $3)
     on conflict (code) do update set quantity = excluded.quantity
      where kept.variant_id = excluded.variant_id and kept.quantity <> excluded.quantity",
    ([text], [uuid], [bigint]) -> ()
);
const SUPPLIERS: Sql = sql!(
    "insert into variant_supplier as kept (variant_id, supplier_id, code, pack_size) select * from unnest($1, $2, $3, $4)
     on conflict (variant_id, supplier_id) do update set code = excluded.code, pack_size = excluded.pack_size",
    ([uuid], [uuid], [text], [bigint]) -> ()
);
const STANDARD: Sql = sql!("select id from price_list where code = 'standard'", () -> (uuid));
const PUBLISH: Sql = sql!(
    "select publish_variants($1)::text, index_products($2)::text, set_config('branchline.bulk', '', true)",
    ([uuid], [uuid]) -> (text, text, text)
);

async fn put_all(
    tx: &Tx,
    put: &[&Wanted],
    options: &BTreeMap<Uuid, Vec<matrix::Choices>>,
) -> Result<()> {
    tx.run(BULK, &[]).await?;
    put_products(tx, put, options).await?;
    put_variants(tx, put).await?;
    put_prices(tx, put).await?;
    let ids: Vec<Uuid> = put.iter().map(|one| one.id).collect();
    let products: BTreeSet<Uuid> = put.iter().map(|one| one.product).collect();
    let products: Vec<Uuid> = products.into_iter().collect();
    // A product's category is its other variants', too.
    let all = tx.rows(OF_PRODUCTS, &[&products, &ids]).await?;
    let all: Vec<Uuid> = all.iter().map(|row| row.get(0)).chain(ids).collect();
    Ok(tx.run(PUBLISH, &[&all, &products]).await?)
}

const OF_PRODUCTS: Sql = sql!(
    "select id from variant where product_id = any ($1) and id <> all ($2)",
    ([uuid], [uuid]) -> (uuid)
);

async fn put_products(
    tx: &Tx,
    put: &[&Wanted],
    options: &BTreeMap<Uuid, Vec<matrix::Choices>>,
) -> Result<()> {
    let products: Vec<Uuid> = put.iter().map(|one| one.product).collect();
    let names: Vec<&str> = put.iter().map(|one| one.product_name.as_str()).collect();
    let descriptions: Vec<&str> = put.iter().map(|one| one.description.as_str()).collect();
    let categories: Vec<Option<Uuid>> = put.iter().map(|one| one.category).collect();
    let brands: Vec<Option<Uuid>> = put.iter().map(|one| one.brand).collect();
    let distinct: BTreeSet<Uuid> = products.iter().copied().collect();
    let offered = || {
        distinct.iter().flat_map(|product| {
            let options = options.get(product).into_iter().flatten();
            (1_i16..)
                .zip(options)
                .map(move |(place, option)| (*product, place, option))
        })
    };
    let of: Vec<Uuid> = offered().map(|one| one.0).collect();
    let places: Vec<i16> = offered().map(|one| one.1).collect();
    let option_names: Vec<&str> = offered().map(|one| one.2.name.as_str()).collect();
    let choices: Vec<String> = offered()
        .map(|one| one.2.choices.join(product::db::BETWEEN))
        .collect();
    tx.all(&[
        call(
            PRODUCTS,
            &[&products, &names, &descriptions, &categories, &brands],
        ),
        call(OPTIONS, &[&of, &places, &option_names, &choices]),
    ])
    .await?;
    Ok(())
}

async fn put_variants(tx: &Tx, put: &[&Wanted]) -> Result<()> {
    let ids: Vec<Uuid> = put.iter().map(|one| one.id).collect();
    let products: Vec<Uuid> = put.iter().map(|one| one.product).collect();
    let skus: Vec<&str> = put.iter().map(|one| one.sku.as_str()).collect();
    let names: Vec<&str> = put.iter().map(|one| one.name.as_str()).collect();
    let options: Vec<String> = put
        .iter()
        .map(|one| one.options.join(product::db::BETWEEN))
        .collect();
    let units: Vec<&str> = put.iter().map(|one| one.unit.as_str()).collect();
    let sold_by: Vec<Option<&str>> = put.iter().map(|one| one.sold_by.as_deref()).collect();
    let rates: Vec<Option<i32>> = put.iter().map(|one| one.tax).collect();
    let active: Vec<bool> = put.iter().map(|one| one.active).collect();
    let barcodes = || {
        put.iter().flat_map(|one| {
            one.barcodes
                .iter()
                .map(|(code, units)| (code.as_str(), one.id, *units))
        })
    };
    let codes: Vec<&str> = barcodes().map(|one| one.0).collect();
    let of: Vec<Uuid> = barcodes().map(|one| one.1).collect();
    let units_of: Vec<i64> = barcodes().map(|one| one.2).collect();
    let bought = || {
        put.iter().flat_map(|one| {
            one.suppliers
                .iter()
                .map(|(supplier, (code, pack))| (one.id, *supplier, code.as_str(), *pack))
        })
    };
    let bought_ids: Vec<Uuid> = bought().map(|one| one.0).collect();
    let suppliers: Vec<Uuid> = bought().map(|one| one.1).collect();
    let supplier_codes: Vec<&str> = bought().map(|one| one.2).collect();
    let packs: Vec<i64> = bought().map(|one| one.3).collect();
    tx.all(&[
        call(
            VARIANTS,
            &[
                &ids, &products, &skus, &names, &options, &units, &sold_by, &rates, &active,
            ],
        ),
        call(BARCODES, &[&codes, &of, &units_of]),
        call(
            SUPPLIERS,
            &[&bought_ids, &suppliers, &supplier_codes, &packs],
        ),
    ])
    .await?;
    Ok(())
}

async fn put_prices(tx: &Tx, put: &[&Wanted]) -> Result<()> {
    let Some(list) = tx.row(STANDARD, &[]).await? else {
        return Ok(());
    };
    let list: Uuid = list.get(0);
    let prices: Vec<price::NewPrice> = put
        .iter()
        .filter_map(|one| {
            let (amount, per_quantity) = one.price?;
            Some(price::NewPrice {
                variant_id: one.id,
                amount: Some(amount),
                per_quantity,
            })
        })
        .collect();
    price::db::put(tx, list, tx.now(), &prices).await?;
    Ok(())
}
