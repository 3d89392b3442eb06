//! SQL of products.
use std::collections::{BTreeMap, BTreeSet};

use tokio_postgres::Row;
use uuid::Uuid;

use super::{Product, ProductContent, VariantPrice};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Nobody else changes the product until the end of the transaction.
pub(super) async fn lock(tx: &Tx, id: Uuid) -> Result<()> {
    const LOCK: Sql = sql!("select 1 from product where id = $1 for update", (uuid) -> (integer));
    Ok(tx.run(LOCK, &[&id]).await?)
}

/// Products as documents without prices, by id.
pub(crate) async fn documents(tx: &Tx, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Product>> {
    const READ: Sql = sql!(
        "select p.id, p.version, jsonb_build_object(
                  'name', p.name, 'description', p.description, 'category_id', p.category_id, 'brand_id', p.brand_id,
                  'tags', to_jsonb(p.tags), 'discountable', p.discountable,
                  'options', (select coalesce(jsonb_agg(jsonb_build_object('name', o.name, 'choices', to_jsonb(o.choices)) order by o.place), '[]')
                                from product_option o where o.product_id = p.id),
                  'variants', (
                    select coalesce(jsonb_agg(jsonb_build_object(
                             'id', v.id, 'sku', v.sku, 'name', v.name, 'options', to_jsonb(v.options), 'unit', v.unit,
                             'sold_by', v.sold_by, 'tax_id', v.tax_id, 'minimum_millionths', v.minimum_millionths, 'active', v.active,
                             'barcodes', (select coalesce(jsonb_agg(jsonb_build_object('code', b.code, 'quantity', b.quantity) order by b.code collate \"C\"), '[]')
                                            from barcode b where b.variant_id = v.id),
                             'suppliers', (select coalesce(jsonb_agg(jsonb_build_object('supplier_id', s.supplier_id, 'code', s.code,
                                                                                        'pack_size', s.pack_size) order by s.supplier_id), '[]')
                                             from variant_supplier s where s.variant_id = v.id)) order by v.id), '[]')
                      from variant v where v.product_id = p.id))
           from product p where p.id = any ($1)",
        ([uuid]) -> (uuid, bigint, jsonb)
    );
    let rows = tx.rows(READ, &[&ids]).await?;
    let mut found = BTreeMap::new();
    for row in &rows {
        let product = Product {
            id: row.get(0),
            version: row.get(1),
            content: serde_json::from_value(row.get(2))
                .map_err(|error| httpkit::problem::Problem::internal(&error))?,
        };
        found.insert(product.id, product);
    }
    Ok(found)
}

pub(super) async fn get(tx: &Tx, id: Uuid) -> Result<Option<Product>> {
    Ok(documents(tx, &[id]).await?.remove(&id))
}

/// Adds the prices in force and to come, of every list.
pub(super) async fn add_prices(tx: &Tx, product: &mut Product) -> Result<()> {
    const PRICES: Sql = sql!(
        "select variant_id, price_list_id, version, amount, per_quantity, nullif(valid_from, '-infinity'), valid_until
           from price where variant_id = any ($1) and (valid_until is null or valid_until > $2)
          order by variant_id, price_list_id, valid_from, version",
        ([uuid], timestamptz) -> (uuid, uuid, bigint, numeric, bigint, timestamptz, timestamptz)
    );
    let ids: Vec<Uuid> = product.content.variants.iter().map(|one| one.id).collect();
    for row in tx.rows(PRICES, &[&ids, &tx.now()]).await? {
        let id: Uuid = row.get(0);
        let variant = product.content.variants.iter_mut().find(|one| one.id == id);
        if let Some(variant) = variant {
            variant.prices.push(price(&row));
        }
    }
    Ok(())
}

fn price(row: &Row) -> VariantPrice {
    VariantPrice {
        price_list_id: row.get(1),
        version: row.get(2),
        amount: row.get(3),
        per_quantity: row.get(4),
        valid_from: row.get(5),
        valid_until: row.get(6),
    }
}

/// Something that another product has.
pub(super) struct Taken {
    /// `id`, `sku` or `barcode`.
    pub(super) what: String,
    pub(super) value: String,
    pub(super) sku: String,
    pub(super) name: String,
    pub(super) product: Uuid,
}

/// Which of the variants, SKUs and barcodes are another product's.
pub(super) async fn taken(tx: &Tx, id: Uuid, content: &ProductContent) -> Result<Vec<Taken>> {
    const TAKEN: Sql = sql!(
        "select 'id', v.id::text, v.sku, v.name, v.product_id from variant v where v.id = any ($2) and v.product_id <> $1
         union all
         select 'sku', v.sku, v.sku, v.name, v.product_id from variant v where v.sku = any ($3) and v.product_id <> $1
         union all
         select 'barcode', b.code, v.sku, v.name, v.product_id
           from barcode b join variant v on v.id = b.variant_id
          where b.code = any ($4) and v.product_id <> $1
         limit 1",
        (uuid, [uuid], [text], [text]) -> (text, text, text, text, uuid)
    );
    let ids: Vec<Uuid> = content.variants.iter().map(|one| one.id).collect();
    let skus: Vec<&str> = content
        .variants
        .iter()
        .map(|one| one.sku.as_str())
        .collect();
    let barcodes = content.variants.iter().flat_map(|one| &one.barcodes);
    let codes: Vec<String> = barcodes
        .flat_map(|one| super::equivalents(&one.code))
        .collect();
    let rows = tx.rows(TAKEN, &[&id, &ids, &skus, &codes]).await?;
    Ok(rows
        .iter()
        .map(|row| Taken {
            what: row.get(0),
            value: row.get(1),
            sku: row.get(2),
            name: row.get(3),
            product: row.get(4),
        })
        .collect())
}

const PRODUCT: Sql = sql!(
    "insert into product (id, version, name, description, category_id, brand_id, tags, discountable)
     values ($1, $2, $3, $4, $5, $6, $7, coalesce($8, true))
     on conflict (id) do update set version = excluded.version, name = excluded.name, description = excluded.description,
       category_id = excluded.category_id, brand_id = excluded.brand_id, tags = excluded.tags,
       discountable = excluded.discountable",
    (uuid, bigint, text, text, uuid, uuid, [text], boolean) -> ()
);
const NO_OPTIONS: Sql = sql!("delete from product_option where product_id = $1", (uuid) -> ());
const OPTION: Sql = sql!(
    "insert into product_option (product_id, place, name, choices) values ($1, $2, $3, $4)",
    (uuid, smallint, text, [text]) -> ()
);
/// Retired first, so that their cells and SKUs may be given to others.
const VARIANTS: Sql = sql!(
    "insert into variant as kept (id, product_id, sku, name, options, unit, sold_by, tax_id, active, minimum_millionths)
     select given.id, $1, sku, name, coalesce(string_to_array(nullif(options, ''), chr(31)), '{}'), unit, sold_by, tax_id, active,
            minimum
       from unnest($2, $3, $4, $5, $6, $7, $8, $9, $10) as given (id, sku, name, options, unit, sold_by, tax_id, active, minimum)
      order by given.active, given.id
     on conflict (id) do update set sku = excluded.sku, name = excluded.name, options = excluded.options,
       unit = excluded.unit, sold_by = excluded.sold_by, tax_id = excluded.tax_id, active = excluded.active,
       minimum_millionths = excluded.minimum_millionths
      where (kept.sku, kept.name, kept.options, kept.unit, kept.sold_by, kept.tax_id, kept.active, kept.minimum_millionths)
            is distinct from (excluded.sku, excluded.name, excluded.options, excluded.unit, excluded.sold_by, excluded.tax_id,
            excluded.active, excluded.minimum_millionths)",
    (uuid, [uuid], [text], [text], [text], [text], [text], [uuid], [boolean], [bigint]) -> ()
);
const OTHER_BARCODES: Sql = sql!(
    "delete from barcode where variant_id = any ($1) and (code, variant_id, quantity) not in (select * from unnest($2, $3, $4))",
    ([uuid], [text], [uuid], [bigint]) -> ()
);
/// One that is another product's is refused by the key.
const BARCODES: Sql = sql!(
    "insert into barcode (code, variant_id, quantity)
     select given.code, given.variant_id, given.quantity from unnest($1, $2, $3) as given (code, variant_id, quantity)
      where not exists (select from barcode b where b.code = given.code and b.variant_id = given.variant_id)",
    ([text], [uuid], [bigint]) -> ()
);
const OTHER_SUPPLIERS: Sql = sql!(
    "delete from variant_supplier where variant_id = any ($1)
        and (variant_id, supplier_id) not in (select * from unnest($2, $3))",
    ([uuid], [uuid], [uuid]) -> ()
);
const SUPPLIERS: Sql = sql!(
    "insert into variant_supplier as kept (variant_id, supplier_id, code, pack_size) select * from unnest($1, $2, $3, $4)
     on conflict (variant_id, supplier_id) do update set code = excluded.code, pack_size = excluded.pack_size
      where (kept.code, kept.pack_size) is distinct from (excluded.code, excluded.pack_size)",
    ([uuid], [uuid], [text], [bigint]) -> ()
);

/// Between the choices of a variant on their way to the database; no name has it.
pub(crate) const BETWEEN: &str = "\u{1f}";

/// Writes the whole document.
pub(super) async fn put(tx: &Tx, id: Uuid, version: i64, content: &ProductContent) -> Result<()> {
    tx.all(&[
        call(
            PRODUCT,
            &[
                &id,
                &version,
                &content.name,
                &content.description,
                &content.category_id,
                &content.brand_id,
                &content.tags,
                &content.discountable,
            ],
        ),
        call(NO_OPTIONS, &[&id]),
    ])
    .await?;
    for (place, option) in (1_i16..).zip(&content.options) {
        tx.run(OPTION, &[&id, &place, &option.name, &option.choices])
            .await?;
    }
    put_variants(tx, id, content).await?;
    put_suppliers(tx, content).await
}

async fn put_variants(tx: &Tx, id: Uuid, content: &ProductContent) -> Result<()> {
    let all = || content.variants.iter();
    let ids: Vec<Uuid> = all().map(|one| one.id).collect();
    let skus: Vec<&str> = all().map(|one| one.sku.as_str()).collect();
    let names: Vec<&str> = all()
        .map(|one| one.name.as_deref().unwrap_or_default())
        .collect();
    let options: Vec<String> = all().map(|one| one.options.join(BETWEEN)).collect();
    let units: Vec<&str> = all().map(|one| one.unit.as_str()).collect();
    let sold_by: Vec<Option<&str>> = all().map(|one| one.sold_by.as_deref()).collect();
    let taxes: Vec<Option<Uuid>> = all().map(|one| one.tax_id).collect();
    let active: Vec<bool> = all().map(|one| one.active).collect();
    let minimums: Vec<Option<i64>> = all().map(|one| one.minimum_millionths).collect();
    let barcodes = || all().flat_map(|one| one.barcodes.iter().map(|barcode| (one.id, barcode)));
    let codes: Vec<&str> = barcodes().map(|(_, one)| one.code.as_str()).collect();
    let of: Vec<Uuid> = barcodes().map(|(id, _)| id).collect();
    let quantities: Vec<i64> = barcodes().map(|(_, one)| one.quantity).collect();
    tx.all(&[
        call(
            VARIANTS,
            &[
                &id, &ids, &skus, &names, &options, &units, &sold_by, &taxes, &active, &minimums,
            ],
        ),
        call(OTHER_BARCODES, &[&ids, &codes, &of, &quantities]),
        call(BARCODES, &[&codes, &of, &quantities]),
    ])
    .await?;
    Ok(())
}

async fn put_suppliers(tx: &Tx, content: &ProductContent) -> Result<()> {
    let all = || {
        content
            .variants
            .iter()
            .flat_map(|one| one.suppliers.iter().map(|supplier| (one.id, supplier)))
    };
    let ids: Vec<Uuid> = content.variants.iter().map(|one| one.id).collect();
    let of: Vec<Uuid> = all().map(|(id, _)| id).collect();
    let suppliers: Vec<Uuid> = all().map(|(_, one)| one.supplier_id).collect();
    let codes: Vec<&str> = all().map(|(_, one)| one.code.as_str()).collect();
    let packs: Vec<i64> = all().map(|(_, one)| one.pack_size).collect();
    tx.all(&[
        call(OTHER_SUPPLIERS, &[&ids, &of, &suppliers]),
        call(SUPPLIERS, &[&of, &suppliers, &codes, &packs]),
    ])
    .await?;
    Ok(())
}

/// Which of these SKUs are there.
pub(super) async fn taken_skus(tx: &Tx, skus: &[String]) -> Result<BTreeSet<String>> {
    const TAKEN: Sql = sql!("select sku from variant where sku = any ($1)", ([text]) -> (text));
    let rows = tx.rows(TAKEN, &[&skus]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
