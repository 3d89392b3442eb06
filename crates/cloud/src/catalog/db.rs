//! SQL of the catalogue.
use jiff::Timestamp;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::{NewCategory, NewMatrix, NewVariant};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

pub(super) async fn put_categories(tx: &Tx, categories: &[NewCategory]) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into category (id, name, parent) select * from unnest($1, $2, $3)
         on conflict (id) do update set name = excluded.name, parent = excluded.parent",
        ([uuid], [text], [uuid]) -> ()
    );
    let ids: Vec<Uuid> = categories.iter().map(|one| one.id).collect();
    let names: Vec<&str> = categories.iter().map(|one| one.name.as_str()).collect();
    let parents: Vec<Option<Uuid>> = categories.iter().map(|one| one.parent).collect();
    Ok(tx.run(PUT, &[&ids, &names, &parents]).await?)
}

pub(super) async fn put_standard_list(tx: &Tx, id: Uuid) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into price_list (id, code, tax_included) values ($1, 'standard', true) on conflict (code) do nothing",
        (uuid) -> ()
    );
    Ok(tx.run(PUT, &[&id]).await?)
}

pub(crate) async fn put_taxes(tx: &Tx, rates: &[(Uuid, i32)]) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into tax (id, name, rate_bps)
         select id, trim_scale(rate / 100.0)::text || ' %', rate from unnest($1, $2) as given (id, rate)
         on conflict (rate_bps) do nothing",
        ([uuid], [integer]) -> ()
    );
    let (ids, rates): (Vec<Uuid>, Vec<i32>) = rates.iter().copied().unzip();
    Ok(tx.run(PUT, &[&ids, &rates]).await?)
}

const PRODUCTS: Sql = sql!(
    "insert into product as kept (id, name, category_id)
     select distinct on (id) * from unnest($1, $2, $3) as given (id, name, category_id)
     on conflict (id) do update set name = excluded.name, category_id = excluded.category_id
      where (kept.name, kept.category_id) is distinct from (excluded.name, excluded.category_id)",
    ([uuid], [text], [uuid]) -> ()
);
const VARIANTS: Sql = sql!(
    "insert into variant as kept (id, product_id, sku, name, unit, tax_id, active)
     select given.id, product_id, sku, given.name, unit, tax.id, active
       from unnest($1, $2, $3, $4, $5, $6, $7) as given (id, product_id, sku, name, unit, rate, active)
       join tax on tax.rate_bps = given.rate
     on conflict (id) do update set product_id = excluded.product_id, sku = excluded.sku, name = excluded.name,
       tax_id = excluded.tax_id, active = excluded.active
      where (kept.product_id, kept.sku, kept.name, kept.tax_id, kept.active)
        is distinct from (excluded.product_id, excluded.sku, excluded.name, excluded.tax_id, excluded.active)",
    ([uuid], [uuid], [text], [text], [text], [integer], [boolean]) -> ()
);
const BARCODES: Sql = sql!(
    "insert into barcode as kept (code, variant_id, quantity) select * from unnest($1, $2, $3)
     on conflict (code) do update set variant_id = excluded.variant_id, quantity = excluded.quantity
      where (kept.variant_id, kept.quantity) is distinct from (excluded.variant_id, excluded.quantity)",
    ([text], [uuid], [bigint]) -> ()
);
const PRICES: Sql = sql!(
    "with list as (
       select id from price_list where code = 'standard'
     ), given as (
       select * from unnest($1, $2, $3) as given (variant_id, amount, per_quantity)
     ), newest as (
       select distinct on (variant_id) variant_id, version, amount, per_quantity, valid_until
         from price where price_list_id = (select id from list) and variant_id = any ($1)
        order by variant_id, version desc
     ), changed as (
       select given.*, newest.version as old,
              (select coalesce(max(p.version), 0) + 1 from price p where p.variant_id = given.variant_id) as version
         from given left join newest using (variant_id)
        where newest.variant_id is null or newest.valid_until is not null
           or (newest.amount, newest.per_quantity) <> (given.amount, given.per_quantity)
     ), ended as (
       update price set valid_until = $4 from changed
        where price.price_list_id = (select id from list) and price.variant_id = changed.variant_id
          and price.version = changed.old and price.valid_until is null and price.valid_from < $4
     )
     insert into price (price_list_id, variant_id, version, amount, per_quantity, valid_from)
     select (select id from list), variant_id, version, amount, per_quantity,
            case when old is null then '-infinity' else $4 end
       from changed",
    ([uuid], [numeric], [bigint], timestamptz) -> ()
);

/// Everything of these variants in one flush.
pub(super) async fn put_variants(tx: &Tx, variants: &[NewVariant]) -> Result<()> {
    let ids: Vec<Uuid> = variants.iter().map(|one| one.id).collect();
    let products: Vec<Uuid> = variants.iter().map(|one| one.product).collect();
    let categories: Vec<Option<Uuid>> = variants.iter().map(|one| one.category).collect();
    let skus: Vec<&str> = variants.iter().map(|one| one.sku.as_str()).collect();
    let names: Vec<&str> = variants.iter().map(|one| one.name.as_str()).collect();
    let units: Vec<&str> = variants.iter().map(|one| one.unit.code()).collect();
    let rates: Vec<i32> = variants.iter().map(|one| one.tax_rate_bps).collect();
    let active: Vec<bool> = variants.iter().map(|one| one.active).collect();
    let codes: Vec<(&str, Uuid, i64)> = variants
        .iter()
        .flat_map(|one| {
            one.barcodes
                .iter()
                .map(|(code, quantity)| (code.as_str(), one.id, *quantity))
        })
        .collect();
    let code_texts: Vec<&str> = codes.iter().map(|code| code.0).collect();
    let code_variants: Vec<Uuid> = codes.iter().map(|code| code.1).collect();
    let code_quantities: Vec<i64> = codes.iter().map(|code| code.2).collect();
    let priced = || {
        variants
            .iter()
            .filter_map(|one| one.unit_price.map(|price| (one, price)))
    };
    let price_variants: Vec<Uuid> = priced().map(|(one, _)| one.id).collect();
    let amounts: Vec<Decimal> = priced().map(|(_, price)| price).collect();
    let per: Vec<i64> = priced().map(|(one, _)| one.price_quantity).collect();
    tx.all(&[
        call(PRODUCTS, &[&products, &names, &categories]),
        call(
            VARIANTS,
            &[&ids, &products, &skus, &names, &units, &rates, &active],
        ),
        call(BARCODES, &[&code_texts, &code_variants, &code_quantities]),
        call(PRICES, &[&price_variants, &amounts, &per, &tx.now()]),
    ])
    .await?;
    Ok(())
}

const BRANDS: Sql = sql!(
    "insert into brand (id, name) select * from unnest($1, $2) on conflict (lower(name)) do nothing",
    ([uuid], [text]) -> ()
);
const NAMED: Sql = sql!(
    "update product set name = given.name, brand_id = brand.id
       from jsonb_to_recordset($1) as given (product uuid, name text, brand text)
       join brand on lower(brand.name) = lower(given.brand)
      where product.id = given.product and (product.name, product.brand_id) is distinct from (given.name, brand.id)",
    (jsonb) -> ()
);
const OPTIONS: Sql = sql!(
    "insert into product_option as kept (product_id, place, name, choices)
     select (given.value->>'product')::uuid, option.place, option.value->>0,
            array(select jsonb_array_elements_text(option.value->1))
       from jsonb_array_elements($1) as given (value)
      cross join jsonb_array_elements(given.value->'options') with ordinality as option (value, place)
     on conflict (product_id, place) do update set name = excluded.name, choices = excluded.choices
      where (kept.name, kept.choices) is distinct from (excluded.name, excluded.choices)",
    (jsonb) -> ()
);
const CHOICES: Sql = sql!(
    "update variant set options = given.options
       from (select (one.value->>0)::uuid as id, array(select jsonb_array_elements_text(one.value->1)) as options
               from jsonb_array_elements($1) as given (value)
              cross join jsonb_array_elements(given.value->'variants') as one (value)) given
      where variant.id = given.id and variant.options is distinct from given.options",
    (jsonb) -> ()
);

/// Options before the variants that choose of them.
pub(super) async fn put_matrices(
    tx: &Tx,
    brands: &[(Uuid, &str)],
    matrices: &[NewMatrix],
) -> Result<()> {
    let (ids, names): (Vec<Uuid>, Vec<&str>) = brands.iter().copied().unzip();
    let given = serde_json::to_value(matrices).expect("plain data");
    tx.all(&[
        call(BRANDS, &[&ids, &names]),
        call(NAMED, &[&given]),
        call(OPTIONS, &[&given]),
        call(CHOICES, &[&given]),
    ])
    .await?;
    Ok(())
}

/// A change of something in the catalogue.
pub(super) struct Edit {
    pub(super) by: String,
    pub(super) at: Timestamp,
    /// What was changed.
    pub(super) fields: Vec<String>,
}

/// What was changed after a version was seen, in order.
pub(super) async fn edits_since(tx: &Tx, id: Uuid, version: i64) -> Result<Vec<Edit>> {
    const EDITS: Sql = sql!(
        "select coalesce(s.name, a.actor), a.at,
                array(select key from jsonb_object_keys(coalesce(a.after, '{}')) key where key <> 'version')
           from audit a left join staff s on a.actor = 'staff:' || s.id::text
          where a.subject = $1 and (a.after ->> 'version')::bigint > $2
          order by a.id limit 100",
        (text, bigint) -> (text, timestamptz, [text])
    );
    tx.widen("catalog");
    let rows = tx.rows(EDITS, &[&id.to_string(), &version]).await?;
    tx.narrow();
    Ok(rows
        .iter()
        .map(|row| Edit {
            by: row.get(0),
            at: row.get(1),
            fields: row.get(2),
        })
        .collect())
}
