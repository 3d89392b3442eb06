//! A variant of a file, as it shall be: compared with what is kept, and written with many others.
use std::collections::{BTreeMap, BTreeSet, HashMap};

use retail::catalog::matrix;
use rust_decimal::Decimal;
use tokio_postgres::Row;
use uuid::Uuid;

use super::product::{Around, key};
use super::row::{ProductRow, Wrong};
use crate::catalog;
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::price;
use crate::product::{self, equivalents};

/// A variant as it is kept, or shall be.
#[derive(Debug, PartialEq)]
pub(super) struct Wanted {
    pub(super) id: Uuid,
    pub(super) product: Uuid,
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

fn wrong(row: &ProductRow, field: &'static str, code: &'static str, value: &str) -> Wrong {
    Wrong {
        line: row.line,
        field,
        code: code.into(),
        value: value.to_owned(),
    }
}

/// What a row says, and for what it does not say what is there.
pub(super) fn wanted(
    row: &ProductRow,
    id: Uuid,
    product: Uuid,
    around: &Around,
    kept: Option<&Wanted>,
) -> std::result::Result<Wanted, Wrong> {
    let unit = row.unit.map(|unit| unit.base);
    let unit = unit.or(kept.map(|kept| kept.unit.as_str()));
    let unit = unit.unwrap_or("piece").to_owned();
    if kept.is_some_and(|kept| kept.unit != unit) {
        let named = row.unit.map_or("", |unit| unit.code);
        return Err(wrong(row, "unit", "variant.unit_frozen", named));
    }
    let options: Vec<String> = if row.options.is_empty() {
        kept.map(|kept| kept.options.clone()).unwrap_or_default()
    } else {
        let choices = row.options.iter().map(|(_, choice)| choice.clone());
        choices.collect()
    };
    // A unit without a name of its own is the base unit.
    let named = row.unit.filter(|unit| unit.factor > 1);
    let category = row.category.as_ref();
    let category = category.and_then(|path| around.categories.get(&key(path)));
    let brand = row.brand.as_ref();
    let brand = brand.and_then(|name| around.brands.get(&name.to_lowercase()));
    let description = row.description.as_ref();
    let description = description.or(kept.map(|kept| &kept.description));
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
        description: description.cloned().unwrap_or_default(),
        category: category.copied().or_else(|| kept?.category),
        brand: brand.copied().or_else(|| kept?.brand),
        options,
        unit,
        sold_by: match row.unit {
            Some(_) => named.map(|unit| unit.code.to_owned()),
            None => kept.and_then(|kept| kept.sold_by.clone()),
        },
        tax: row.tax.or_else(|| kept?.tax),
        active: row.active.or(kept.map(|kept| kept.active)).unwrap_or(true),
        barcodes: barcodes(row, id, around, kept)?,
        price: row.price.or_else(|| kept?.price),
        suppliers: suppliers(row, around, kept)?,
    })
}

/// Those that are there, and those of the row.
fn barcodes(
    row: &ProductRow,
    id: Uuid,
    around: &Around,
    kept: Option<&Wanted>,
) -> std::result::Result<BTreeMap<String, i64>, Wrong> {
    let mut barcodes = kept.map(|kept| kept.barcodes.clone()).unwrap_or_default();
    let is_another = |code: &String| around.barcodes.get(code).is_some_and(|other| *other != id);
    for (code, quantity) in &row.barcodes {
        if equivalents(code).iter().any(is_another) {
            return Err(wrong(row, "barcode", "barcode.taken", code));
        }
        barcodes.insert(code.clone(), *quantity);
    }
    Ok(barcodes)
}

/// Those that are there, and that of the row.
fn suppliers(
    row: &ProductRow,
    around: &Around,
    kept: Option<&Wanted>,
) -> std::result::Result<BTreeMap<Uuid, (String, i64)>, Wrong> {
    let mut suppliers = kept.map(|kept| kept.suppliers.clone()).unwrap_or_default();
    if let Some((code, sku, pack)) = &row.supplier {
        let supplier = around.suppliers.get(code);
        let supplier = supplier.ok_or_else(|| wrong(row, "supplier", "supplier.unknown", code))?;
        suppliers.insert(*supplier, (sku.clone(), *pack));
    }
    Ok(suppliers)
}

/// Variants as they are.
pub(super) async fn kept(
    tx: &Tx,
    good: &[(&ProductRow, (Uuid, Uuid))],
) -> Result<HashMap<Uuid, Wanted>> {
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

/// From here to [`publish`] the triggers publish nothing.
pub(super) async fn begin_bulk(tx: &Tx) -> Result<()> {
    Ok(tx.run(BULK, &[]).await?)
}

/// Tells the shops of variants, and lets products be found.
pub(super) async fn publish(tx: &Tx, variants: &[Uuid], products: &[Uuid]) -> Result<()> {
    Ok(tx.run(PUBLISH, &[&variants, &products]).await?)
}

pub(super) async fn put_all(
    tx: &Tx,
    put: &[&Wanted],
    options: &BTreeMap<Uuid, Vec<matrix::Choices>>,
) -> Result<()> {
    begin_bulk(tx).await?;
    put_products(tx, put, options).await?;
    put_variants(tx, put).await?;
    put_prices(tx, put).await?;
    let ids: Vec<Uuid> = put.iter().map(|one| one.id).collect();
    let products: BTreeSet<Uuid> = put.iter().map(|one| one.product).collect();
    let products: Vec<Uuid> = products.into_iter().collect();
    // A product's category is its other variants', too.
    let all = tx.rows(OF_PRODUCTS, &[&products, &ids]).await?;
    let all: Vec<Uuid> = all.iter().map(|row| row.get(0)).chain(ids).collect();
    publish(tx, &all, &products).await
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
