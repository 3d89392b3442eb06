//! Products in a list: by name, or by the beginnings of words. Fast at 100,000: a page is read off an index, or the words
//! are looked up first.
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use tokio_postgres::types::ToSql;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// Which products.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// With a variant that is sold.
    #[default]
    Active,
    /// Without one.
    Retired,
    /// All.
    All,
}

/// What is listed.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) q: String,
    /// And those below it.
    pub(super) category: Option<Uuid>,
    pub(super) brand: Option<Uuid>,
    pub(super) supplier: Option<Uuid>,
    pub(super) tag: Option<String>,
    pub(super) state: State,
    pub(super) after: Option<(String, Uuid)>,
    pub(super) limit: i64,
}

/// A product in a list.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct ProductSummary {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) category_id: Option<Uuid>,
    pub(super) category: Option<String>,
    pub(super) brand: Option<String>,
    pub(super) tags: Vec<String>,
    /// Of the first variant.
    pub(super) sku: Option<String>,
    /// Of the first variant.
    pub(super) unit: Option<String>,
    /// All of them.
    pub(super) variants: i64,
    /// Those that are sold.
    pub(super) active: i64,
    /// The lowest price in the standard list now, in major units.
    #[schema(value_type = Option<String>)]
    pub(super) lowest: Option<Decimal>,
    /// The highest.
    #[schema(value_type = Option<String>)]
    pub(super) highest: Option<Decimal>,
    /// Base units that the price of the first variant is for.
    pub(super) per_quantity: Option<i64>,
    /// The first picture, small: `/v1/pictures/{picture}`.
    pub(super) picture: Option<String>,
    #[serde(skip)]
    pub(super) position: (String, Uuid),
}

/// In the order of the sub-select, which `offset 0` keeps apart: how many the filters leave cannot be guessed, so as one
/// query all products were looked at and sorted for every page (258 ms for 12,500 of them; so it is 0.3 ms).
const BY_NAME: Sql = sql!(
    "select p.id from (
        select * from product named where (lower(named.name), named.id) > ($1, $2)
         order by lower(named.name), named.id offset 0) p
      where ($3::uuid is null or p.category_id in (
              with recursive below (id) as (
                select $3::uuid union select c.id from category c join below on c.parent = below.id
              ) select id from below))
        and ($4::uuid is null or p.brand_id = $4)
        and ($5::uuid is null or exists (
              select from variant v join variant_supplier s on s.variant_id = v.id where v.product_id = p.id and s.supplier_id = $5))
        and ($6::text is null or p.tags @> array[$6::text])
        and ($7 = 'all' or ($7 = 'active') = exists (select from variant v where v.product_id = p.id and v.active))
      limit $8",
    (text, uuid, uuid, uuid, uuid, text, text, bigint) -> (uuid)
);
/// The same way: only as many as are shown are looked up.
const BY_WORDS: Sql = sql!(
    "select found.product_id from (
        select s.name, s.product_id from product_search s
         where s.words @@ search_query($9) and (s.name, s.product_id) > ($1, $2)
         order by s.name, s.product_id offset 0) found
      where exists (select from product p where p.id = found.product_id
        and ($3::uuid is null or p.category_id in (
              with recursive below (id) as (
                select $3::uuid union select c.id from category c join below on c.parent = below.id
              ) select id from below))
        and ($4::uuid is null or p.brand_id = $4)
        and ($5::uuid is null or exists (
              select from variant v join variant_supplier s on s.variant_id = v.id where v.product_id = p.id and s.supplier_id = $5))
        and ($6::text is null or p.tags @> array[$6::text])
        and ($7 = 'all' or ($7 = 'active') = exists (select from variant v where v.product_id = p.id and v.active)))
      order by found.name, found.product_id limit $8",
    (text, uuid, uuid, uuid, uuid, text, text, bigint, text) -> (uuid)
);
const ROWS: Sql = sql!(
    "select p.id, p.name, p.category_id, c.name, b.name, p.tags, first.sku, first.unit, counted.variants, counted.active,
            counted.lowest, counted.highest, counted.per_quantity, lower(p.name),
            (select encode(shown.small, 'hex') from product_picture shown
              where shown.product_id = p.id order by shown.place, shown.id limit 1)
       from product p
       left join category c on c.id = p.category_id
       left join brand b on b.id = p.brand_id
       left join lateral (select v.sku, v.unit from variant v where v.product_id = p.id order by not v.active, v.id limit 1) first on true
      cross join lateral (
        select count(*) as variants, count(*) filter (where v.active) as active, min(priced.amount) as lowest,
               max(priced.amount) as highest, min(priced.per_quantity) as per_quantity
          from variant v
          left join lateral (
            select price.amount, price.per_quantity from price join price_list l on l.id = price.price_list_id
             where price.variant_id = v.id and l.code = 'standard' and price.valid_from <= $2
               and (price.valid_until is null or price.valid_until > $2)
             order by price.version desc limit 1) priced on true
         where v.product_id = p.id) counted
      where p.id = any ($1) order by lower(p.name), p.id",
    ([uuid], timestamptz)
      -> (uuid, text, uuid, text, text, [text], text, text, bigint, bigint, numeric, numeric, bigint, text, text)
);

/// Whether anything is left of what was typed once signs are taken away.
fn has_words(q: &str) -> bool {
    q.chars()
        .any(|letter| letter.is_ascii_alphanumeric() || !letter.is_ascii())
}

/// A page of products.
pub(super) async fn page(tx: &Tx, asked: &Asked) -> Result<Vec<ProductSummary>> {
    let (name, id) = asked.after.clone().unwrap_or_default();
    let state = match asked.state {
        State::Active => "active",
        State::Retired => "retired",
        State::All => "all",
    };
    let params: [&(dyn ToSql + Sync); 9] = [
        &name,
        &id,
        &asked.category,
        &asked.brand,
        &asked.supplier,
        &asked.tag,
        &state,
        &asked.limit,
        &asked.q,
    ];
    let found = if has_words(&asked.q) {
        tx.rows(BY_WORDS, &params).await?
    } else {
        tx.rows(BY_NAME, &params[..8]).await?
    };
    let ids: Vec<Uuid> = found.iter().map(|row| row.get(0)).collect();
    let rows = tx.rows(ROWS, &[&ids, &tx.now()]).await?;
    Ok(rows
        .iter()
        .map(|row| ProductSummary {
            id: row.get(0),
            name: row.get(1),
            category_id: row.get(2),
            category: row.get(3),
            brand: row.get(4),
            tags: row.get(5),
            sku: row.get(6),
            unit: row.get(7),
            variants: row.get(8),
            active: row.get(9),
            lowest: row.get(10),
            highest: row.get(11),
            per_quantity: row.get(12),
            picture: row.get(14),
            position: (row.get(13), row.get(0)),
        })
        .collect())
}

/// A variant that a SKU or barcode stands for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct FoundVariant {
    /// The code, as it was given.
    pub(super) code: String,
    /// The variant.
    pub(super) variant_id: Uuid,
    /// Of this product.
    pub(super) product_id: Uuid,
    /// Its name; empty: its SKU says it.
    pub(super) name: String,
    pub(super) sku: String,
}

/// What codes stand for, in their order: a SKU in any case of letters, else a barcode in any of its forms. What stands for
/// nothing is left out.
pub(super) async fn find(tx: &Tx, codes: &[String]) -> Result<Vec<FoundVariant>> {
    const FIND: Sql = sql!(
        "select distinct on (given.place) given.place, found.id, found.product_id, found.name, found.sku
           from unnest($1, $2, $3) with ordinality as given (place, said, code, rank)
           join (select upper(v.sku) as code, v.id, v.product_id, v.name, v.sku from variant v where upper(v.sku) = any ($3)
                 union all
                 select b.code, v.id, v.product_id, v.name, v.sku
                   from barcode b join variant v on v.id = b.variant_id where b.code = any ($3)) found
             on found.code = given.code
          order by given.place, found.sku <> given.said, given.rank, found.sku",
        ([integer], [text], [text]) -> (integer, uuid, uuid, text, text)
    );
    let (mut places, mut said, mut forms) = (Vec::new(), Vec::new(), Vec::new());
    for (place, code) in (0i32..).zip(codes) {
        let code = code.trim();
        for form in std::iter::once(code.to_uppercase()).chain(super::equivalents(code)) {
            places.push(place);
            said.push(code);
            forms.push(form);
        }
    }
    let rows = tx.rows(FIND, &[&places, &said, &forms]).await?;
    let found = rows.iter().filter_map(|row| {
        let place = usize::try_from(row.get::<_, i32>(0)).ok()?;
        Some(FoundVariant {
            code: codes.get(place)?.clone(),
            variant_id: row.get(1),
            product_id: row.get(2),
            name: row.get(3),
            sku: row.get(4),
        })
    });
    Ok(found.collect())
}
