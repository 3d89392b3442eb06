//! Rows of the catalogue and of its search indexes.
use retail::{
    catalog::VariantId,
    price::Price,
    quantity::{Quantity, Unit},
    tax::TaxRate,
};
use rusqlite::Row;
use uuid::Uuid;
use wire::reference::{BarcodeState, Entity, VariantState};

use super::{Offer, Variant};
use crate::{
    db::{self, DbError, Snapshot, Sql, Tx, key, sql, uuid_key},
    rights,
};

/// What a line on a document needs to know of a variant, retired or not.
pub(crate) fn offer(at: &Snapshot<'_>, id: VariantId) -> Result<Option<Offer>, DbError> {
    const OFFER: Sql = sql!(
        "select name, unit, unit_price, price_quantity, price_version, tax_rate_bps, active from variant where id = ?1"
    );
    at.one(OFFER, [key(id)], |row| {
        Ok(Offer {
            name: row.get(0)?,
            unit: db::coded(row, 1, Unit::by_code)?,
            price: price(row, 2)?,
            price_version: row.get(4)?,
            tax: TaxRate::from_basis_points(row.get(5)?).unwrap_or_default(),
            active: row.get(6)?,
        })
    })
}

/// The price in a column, with its base units in the next.
fn price(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Price>> {
    if row.get_ref(at)? == rusqlite::types::ValueRef::Null {
        return Ok(None);
    }
    Price::new(db::decimal(row, at)?, row.get(at + 1)?)
        .map(Some)
        .map_err(|error| db::unreadable(at, error))
}

/// A variant by its number in the search index.
pub(super) fn by_number(at: &Snapshot<'_>, no: i64) -> Result<Option<Variant>, DbError> {
    const BY_NUMBER: Sql = sql!(
        "select v.id, v.sku, v.name, c.name, v.unit, v.unit_price, v.price_quantity, v.price_version, v.tax_rate_bps,
                (select b.code from barcode b where b.variant = v.id limit 1), v.active,
                coalesce(s.node_rights, 0), coalesce(s.exportable, 0), coalesce(s.claim_bound, 0), coalesce(s.debt, 0),
                coalesce(s.picked, 0), coalesce(s.unsellable, 0), coalesce(s.shipped, 0)
           from variant v
           left join category c on c.id = v.category
           left join stock s on s.variant = v.id
          where v.no = ?1"
    );
    at.one(BY_NUMBER, [no], read)
}

/// The variant of a barcode, with the base units that one scan stands for.
pub(super) fn by_barcode(
    at: &Snapshot<'_>,
    code: &str,
) -> Result<Option<(Variant, Quantity)>, DbError> {
    const BY_BARCODE: Sql = sql!(
        "select v.id, v.sku, v.name, c.name, v.unit, v.unit_price, v.price_quantity, v.price_version, v.tax_rate_bps,
                b.code, v.active,
                coalesce(s.node_rights, 0), coalesce(s.exportable, 0), coalesce(s.claim_bound, 0), coalesce(s.debt, 0),
                coalesce(s.picked, 0), coalesce(s.unsellable, 0), coalesce(s.shipped, 0), b.quantity
           from barcode b
           join variant v on v.id = b.variant
           left join category c on c.id = v.category
           left join stock s on s.variant = v.id
          where b.code = ?1 and v.active = 1"
    );
    at.one(BY_BARCODE, [code], |row| {
        Ok((read(row)?, db::quantity(row, 18)?))
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<Variant> {
    Ok(Variant {
        id: db::id(row, 0)?,
        sku: row.get(1)?,
        name: row.get(2)?,
        category: row.get(3)?,
        unit: db::coded(row, 4, Unit::by_code)?,
        price: price(row, 5)?,
        price_version: row.get(7)?,
        tax: TaxRate::from_basis_points(row.get(8)?).unwrap_or_default(),
        barcode: row.get(9)?,
        active: row.get(10)?,
        account: rights::db::read(row, 11)?,
    })
}

/// What a variant is found by now, and whether it is in the index.
pub(super) fn search_text(at: &Snapshot<'_>, id: Uuid) -> Result<Option<(String, bool)>, DbError> {
    const SEARCH_TEXT: Sql = sql!("select folded, active from variant where id = ?1");
    at.one(SEARCH_TEXT, [uuid_key(id)], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// Takes in a variant; its number, or `None` when a newer version is there.
pub(super) fn put(
    tx: &Tx<'_>,
    entity: &Entity,
    state: &VariantState,
    folded: &str,
) -> Result<Option<i64>, DbError> {
    const PUT: Sql = sql!(
        "insert into variant (id, version, product, sku, name, folded, category, unit, unit_price, price_quantity,
                              price_version, tax_rate_bps, active, brand, tags, undiscountable, minimum, cost)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)
             on conflict (id) do update
            set version = excluded.version, product = excluded.product, sku = excluded.sku, name = excluded.name,
                folded = excluded.folded, category = excluded.category, unit = excluded.unit,
                unit_price = excluded.unit_price, price_quantity = excluded.price_quantity,
                price_version = excluded.price_version, tax_rate_bps = excluded.tax_rate_bps, active = excluded.active,
                brand = excluded.brand, tags = excluded.tags, undiscountable = excluded.undiscountable,
                minimum = excluded.minimum, cost = excluded.cost
          where excluded.version >= variant.version
      returning no"
    );
    let tags = serde_json::to_string(&state.tags).map_err(|error| db::unreadable(14, error))?;
    tx.one(
        PUT,
        // More than a tuple takes.
        rusqlite::params![
            uuid_key(entity.id),
            entity.version,
            uuid_key(state.product),
            &state.sku,
            &state.name,
            folded,
            state.category.map(uuid_key),
            &state.unit,
            &state.unit_price,
            state.price_quantity,
            state.price_version,
            state.tax_rate_bps,
            state.active,
            &state.brand,
            tags,
            state.undiscountable,
            state.minimum,
            state.cost,
        ],
        |row| row.get(0),
    )
}

/// Makes these the barcodes of a variant.
pub(super) fn put_barcodes(
    tx: &Tx<'_>,
    variant: Uuid,
    barcodes: &[BarcodeState],
) -> Result<(), DbError> {
    const FORGET: Sql = sql!("delete from barcode where variant = ?1");
    const PUT: Sql = sql!(
        "insert into barcode (code, variant, quantity) values (?1, ?2, ?3)
             on conflict (code) do update set variant = excluded.variant, quantity = excluded.quantity"
    );
    tx.execute(FORGET, [uuid_key(variant)])?;
    barcodes.iter().try_for_each(|barcode| {
        tx.execute(PUT, (&barcode.code, uuid_key(variant), barcode.quantity))
            .map(drop)
    })
}

/// A variant is no longer for this shop. Retired, never removed.
pub(crate) fn retire(tx: &Tx<'_>, entity: &Entity) -> Result<(), DbError> {
    const RETIRE: Sql = sql!(
        "update variant set version = ?2, active = 0 where id = ?1 and version <= ?2 and active = 1
      returning no, folded"
    );
    let retired: Option<(i64, String)> =
        tx.one(RETIRE, (uuid_key(entity.id), entity.version), |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    retired.map_or(Ok(()), |(no, folded)| {
        super::search::reindex(tx, no, Some(&folded), None)
    })
}

/// Variants with exactly that SKU or barcode.
pub(super) fn by_code(at: &Snapshot<'_>, code: &str) -> Result<Vec<i64>, DbError> {
    const BY_CODE: Sql = sql!(
        "select no from variant where sku = ?1 collate nocase and active = 1
          union
         select v.no from barcode b join variant v on v.id = b.variant where b.code = ?1 and v.active = 1"
    );
    at.all(BY_CODE, [code], |row| row.get(0))
}

/// Variants that are sold and bought most often, with their search text.
pub(super) fn most_traded(at: &Snapshot<'_>, limit: usize) -> Result<Vec<(i64, String)>, DbError> {
    const MOST_TRADED: Sql = sql!(
        "select v.no, v.folded
           from stock s join variant v on v.id = s.variant
          where s.trades > 0 and v.active = 1
          order by s.trades desc limit ?1"
    );
    at.all(MOST_TRADED, [rows(limit)], |row| {
        Ok((row.get(0)?, row.get(1)?))
    })
}

/// Variants in use in the order of their names.
pub(super) fn first_by_name(at: &Snapshot<'_>, limit: usize) -> Result<Vec<i64>, DbError> {
    const FIRST_BY_NAME: Sql =
        sql!("select no from variant where active = 1 order by folded, id limit ?1");
    at.all(FIRST_BY_NAME, [rows(limit)], |row| row.get(0))
}

/// Variants whose name begins so.
pub(super) fn by_beginning(
    at: &Snapshot<'_>,
    text: &str,
    limit: usize,
) -> Result<Vec<i64>, DbError> {
    const BY_BEGINNING: Sql = sql!(
        "select no from variant
          where folded >= ?1 and folded < ?2 and active = 1
          order by folded, id limit ?3"
    );
    let end = format!("{text}\u{10ffff}");
    at.all(BY_BEGINNING, (text, end, rows(limit)), |row| row.get(0))
}

/// Variants with a word of one or two letters.
pub(super) fn by_gram(at: &Snapshot<'_>, gram: &str, limit: usize) -> Result<Vec<i64>, DbError> {
    const BY_GRAM: Sql =
        sql!("select no from variant_gram where gram = ?1 order by place, no limit ?2");
    at.all(BY_GRAM, (gram, rows(limit)), |row| row.get(0))
}

/// Variants with two such words.
pub(super) fn by_two_grams(
    at: &Snapshot<'_>,
    first: &str,
    second: &str,
    limit: usize,
) -> Result<Vec<i64>, DbError> {
    const BY_TWO_GRAMS: Sql = sql!(
        "select a.no from variant_gram a
          where a.gram = ?1
            and exists (select 1 from variant_gram b where b.gram = ?2 and b.place in (0, 1) and b.no = a.no)
          order by a.place, a.no limit ?3"
    );
    at.all(BY_TWO_GRAMS, (first, second, rows(limit)), |row| row.get(0))
}

/// Variants with all words of a query for the trigram index.
pub(super) fn by_trigrams(
    at: &Snapshot<'_>,
    query: &str,
    limit: usize,
) -> Result<Vec<i64>, DbError> {
    const BY_TRIGRAMS: Sql =
        sql!("select rowid from variant_search where variant_search match ?1 limit ?2");
    at.all(BY_TRIGRAMS, (query, rows(limit)), |row| row.get(0))
}

/// The same, with a word of one or two letters beside.
pub(super) fn by_trigrams_and_gram(
    at: &Snapshot<'_>,
    query: &str,
    gram: &str,
    limit: usize,
) -> Result<Vec<i64>, DbError> {
    const BY_TRIGRAMS_AND_GRAM: Sql = sql!(
        "select s.rowid from variant_search s
          where s.variant_search match ?1
            and exists (select 1 from variant_gram g where g.gram = ?2 and g.place in (0, 1) and g.no = s.rowid)
          limit ?3"
    );
    at.all(BY_TRIGRAMS_AND_GRAM, (query, gram, rows(limit)), |row| {
        row.get(0)
    })
}

/// Puts a variant's text into the trigram index.
pub(super) fn index_words(tx: &Tx<'_>, no: i64, folded: &str) -> Result<(), DbError> {
    const INDEX_WORDS: Sql = sql!("insert into variant_search (rowid, folded) values (?1, ?2)");
    tx.execute(INDEX_WORDS, (no, folded)).map(drop)
}

/// Takes a variant's text out of the trigram index.
pub(super) fn forget_words(tx: &Tx<'_>, no: i64) -> Result<(), DbError> {
    const FORGET_WORDS: Sql = sql!("delete from variant_search where rowid = ?1");
    tx.execute(FORGET_WORDS, [no]).map(drop)
}

/// Puts the beginning of a word into the table of grams.
pub(super) fn index_gram(tx: &Tx<'_>, gram: &str, place: i64, no: i64) -> Result<(), DbError> {
    const INDEX_GRAM: Sql = sql!(
        "insert into variant_gram (gram, place, no) values (?1, ?2, ?3) on conflict do nothing"
    );
    tx.execute(INDEX_GRAM, (gram, place, no)).map(drop)
}

/// Takes the beginning of a word out of the table of grams.
pub(super) fn forget_gram(tx: &Tx<'_>, gram: &str, place: i64, no: i64) -> Result<(), DbError> {
    const FORGET_GRAM: Sql =
        sql!("delete from variant_gram where gram = ?1 and place = ?2 and no = ?3");
    tx.execute(FORGET_GRAM, (gram, place, no)).map(drop)
}

fn rows(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}
