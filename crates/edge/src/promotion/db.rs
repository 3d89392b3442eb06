//! Rows of promotions, and of what they ask about goods and customers.
use jiff::Timestamp;
use retail::{
    catalog::{CategoryId, VariantId},
    id::Id,
    patron::PatronId,
    promotion::{
        PromotionId,
        goods::{Buyer, Goods},
        voucher::VoucherId,
    },
    staff::StaffId,
};
use rusqlite::Row;
use wire::{
    command::ResolvedVoucher,
    reference::{Entity, PromotionState},
};

use crate::db::{self, DbError, Snapshot, Sql, Tx, key, sql, unreadable, uuid_key};

/// How often what runs has changed.
pub(super) fn changes(at: &Snapshot<'_>) -> Result<i64, DbError> {
    const CHANGES: Sql = sql!("select changes from promotion_change");
    at.one(CHANGES, [], |row| row.get(0))
        .map(Option::unwrap_or_default)
}

/// The version of each running promotion that counts: its id, its number, its JSON.
pub(super) fn running(at: &Snapshot<'_>) -> Result<Vec<(PromotionId, i64, String)>, DbError> {
    const RUNNING: Sql = sql!(
        "select p.id, p.counts, v.document
           from promotion p join promotion_version v on v.id = p.id and v.version = p.counts
          where p.running = 1 order by p.id"
    );
    at.all(RUNNING, [], |row| {
        Ok((db::id(row, 0)?, row.get(1)?, row.get(2)?))
    })
}

/// The codes of running promotions that need nobody's leave.
pub(super) fn codes(at: &Snapshot<'_>) -> Result<Vec<(VoucherId, PromotionId)>, DbError> {
    const CODES: Sql = sql!(
        "select c.voucher, c.promotion from promotion_code c join promotion p on p.id = c.promotion
          where p.running = 1"
    );
    at.all(CODES, [], |row| Ok((db::id(row, 0)?, db::id(row, 1)?)))
}

/// The voucher of a code, if the feed has it; of several, one whose promotion runs.
pub(super) fn voucher(at: &Snapshot<'_>, code: &str) -> Result<Option<VoucherId>, DbError> {
    const VOUCHER: Sql = sql!(
        "select c.voucher from promotion_code c join promotion p on p.id = c.promotion
          where c.code = ?1 order by p.running desc, c.promotion limit 1"
    );
    at.one(VOUCHER, [code], |row| db::id(row, 0))
}

/// A version of a promotion as the cloud keeps it.
pub(crate) fn document(
    at: &Snapshot<'_>,
    id: PromotionId,
    version: i64,
) -> Result<Option<String>, DbError> {
    const DOCUMENT: Sql =
        sql!("select document from promotion_version where id = ?1 and version = ?2");
    at.one(DOCUMENT, (key(id), version), |row| row.get(0))
}

/// Takes in a promotion, unless a newer state is there. Its version is kept for ever.
pub(crate) fn put(tx: &Tx<'_>, entity: &Entity, state: &PromotionState) -> Result<(), DbError> {
    const PUT_VERSION: Sql = sql!(
        "insert into promotion_version (id, version, document) values (?1, ?2, ?3) on conflict (id, version) do nothing"
    );
    const PUT: Sql = sql!(
        "insert into promotion (id, version, counts, running) values (?1, ?2, ?3, ?4)
             on conflict (id) do update
            set version = excluded.version, counts = excluded.counts, running = excluded.running
          where excluded.version >= promotion.version"
    );
    const FORGET_CODES: Sql = sql!("delete from promotion_code where promotion = ?1");
    const PUT_CODE: Sql = sql!(
        "insert into promotion_code (code, promotion, voucher) values (?1, ?2, ?3)
             on conflict (code, promotion) do update set voucher = excluded.voucher"
    );
    let id = uuid_key(entity.id);
    tx.execute(PUT_VERSION, (id, state.version, &state.document))?;
    let changed = tx.execute(PUT, (id, entity.version, state.version, state.running))?;
    if changed == 0 {
        return Ok(());
    }
    tx.execute(FORGET_CODES, [id])?;
    state.codes.iter().try_for_each(|code| {
        tx.execute(PUT_CODE, (&code.code, id, uuid_key(code.voucher)))
            .map(drop)
    })
}

/// A promotion is no longer for this shop. Its versions stay.
pub(crate) fn retire(tx: &Tx<'_>, entity: &Entity) -> Result<(), DbError> {
    const RETIRE: Sql =
        sql!("update promotion set version = ?2, running = 0 where id = ?1 and version <= ?2");
    tx.execute(RETIRE, (uuid_key(entity.id), entity.version))
        .map(drop)
}

/// What promotions ask about goods; the category alone, without those above it.
pub(super) fn goods(at: &Snapshot<'_>, variant: VariantId) -> Result<Option<Goods>, DbError> {
    const GOODS: Sql = sql!(
        "select product, category, brand, tags, undiscountable, minimum, cost from variant where id = ?1"
    );
    at.one(GOODS, [key(variant)], |row| {
        let undiscountable: bool = row.get(4)?;
        Ok(Goods {
            variant,
            product: db::id(row, 0)?,
            categories: db::maybe_id(row, 1)?.into_iter().collect(),
            brand: row.get(2)?,
            tags: names(row, 3)?,
            minimum: row.get(5)?,
            cost: row.get(6)?,
            is_discountable: !undiscountable,
        })
    })
}

/// A category and those above it.
pub(super) fn categories(
    at: &Snapshot<'_>,
    category: CategoryId,
) -> Result<Vec<CategoryId>, DbError> {
    // A union, so that a circle ends.
    const CATEGORIES: Sql = sql!(
        "with recursive above (id) as (
           select ?1
            union
           select c.parent from category c join above a on c.id = a.id where c.parent is not null)
         select id from above"
    );
    at.all(CATEGORIES, [key(category)], |row| db::id(row, 0))
}

/// What promotions ask about a customer, under the id that is theirs now.
pub(super) fn buyer(at: &Snapshot<'_>, patron: PatronId) -> Result<Option<Buyer>, DbError> {
    const BUYER: Sql = sql!(
        "select p.id, p.segments, p.birthday, p.purchases
           from patron asked join patron p on p.id = coalesce(asked.into_patron, asked.id)
          where asked.id = ?1"
    );
    at.one(BUYER, [key(patron)], |row| {
        let id: PatronId = db::id(row, 0)?;
        let birthday: Option<String> = row.get(2)?;
        let birthday = birthday.map(|text| text.parse()).transpose();
        Ok(Buyer {
            id: Id::from_uuid(id.as_uuid()),
            segments: names(row, 1)?,
            purchases: row.get(3)?,
            birthday: birthday.map_err(|error: jiff::Error| unreadable(2, error))?,
        })
    })
}

/// Reads a JSON array of names.
fn names(row: &Row<'_>, at: usize) -> rusqlite::Result<Vec<String>> {
    let text = row.get_ref(at)?.as_str()?;
    // By far the most have none.
    if text == "[]" {
        return Ok(Vec::new());
    }
    serde_json::from_str(text).map_err(|error| unreadable(at, error))
}

/// What the cloud has said of a voucher that the feed does not know.
pub(super) struct Resolved {
    pub(super) promotion: PromotionId,
    /// Its uses are counted by nobody.
    pub(super) is_free: bool,
    /// It is only for this customer.
    pub(super) patron: Option<PatronId>,
    /// It is only for customers of this segment.
    pub(super) segment: Option<String>,
    /// It counts no more from then on.
    pub(super) until: Option<Timestamp>,
    /// When the cloud said so.
    pub(super) said: Timestamp,
}

/// Keeps what the cloud says of a voucher now.
pub(super) fn put_resolved(
    tx: &Tx<'_>,
    found: &ResolvedVoucher,
    now: Timestamp,
) -> Result<(), DbError> {
    const PUT_RESOLVED: Sql = sql!(
        "insert into resolved_voucher (voucher, promotion, limited, patron, segment, valid_until, said_at)
             values (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             on conflict (voucher) do update
            set promotion = excluded.promotion, limited = excluded.limited, patron = excluded.patron,
                segment = excluded.segment, valid_until = excluded.valid_until, said_at = excluded.said_at"
    );
    let row = (
        uuid_key(found.voucher),
        uuid_key(found.promotion),
        found.limited,
        found.patron.map(uuid_key),
        &found.segment,
        found.until.map(Timestamp::as_millisecond),
        now.as_millisecond(),
    );
    tx.execute(PUT_RESOLVED, row).map(drop)
}

/// What the cloud has said of a voucher.
pub(super) fn resolved(at: &Snapshot<'_>, voucher: VoucherId) -> Result<Option<Resolved>, DbError> {
    const RESOLVED: Sql = sql!(
        "select promotion, not limited, patron, segment, coalesce(valid_until, 0), valid_until is not null, said_at
           from resolved_voucher where voucher = ?1"
    );
    at.one(RESOLVED, [key(voucher)], |row| {
        let until = db::instant(row, 4)?;
        let is_until: bool = row.get(5)?;
        Ok(Resolved {
            promotion: db::id(row, 0)?,
            is_free: row.get(1)?,
            patron: db::maybe_id(row, 2)?,
            segment: row.get(3)?,
            until: is_until.then_some(until),
            said: db::instant(row, 6)?,
        })
    })
}

/// By when all wrong codes of a person are forgiven.
pub(super) fn forgiven_at(at: &Snapshot<'_>, staff: StaffId) -> Result<Option<Timestamp>, DbError> {
    const FORGIVEN_AT: Sql = sql!("select forgiven_at from voucher_try where staff = ?1");
    at.one(FORGIVEN_AT, [key(staff)], |row| db::instant(row, 0))
}

/// Counts wrong codes of a person, or takes one back.
pub(super) fn put_forgiven_at(
    tx: &Tx<'_>,
    staff: StaffId,
    forgiven_at: Timestamp,
) -> Result<(), DbError> {
    const PUT_FORGIVEN_AT: Sql = sql!(
        "insert into voucher_try (staff, forgiven_at) values (?1, ?2)
             on conflict (staff) do update set forgiven_at = excluded.forgiven_at"
    );
    let row = (key(staff), forgiven_at.as_millisecond());
    tx.execute(PUT_FORGIVEN_AT, row).map(drop)
}
