//! Rows of words for lines.
use retail::location::RegisterId;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::Word;
use crate::{
    db::{self, DbError, Snapshot, Sql, Tx, key, sql, unreadable, uuid_key},
    sale::BasketLine,
};

/// A word by its id.
pub(super) fn find(at: &Snapshot<'_>, id: Uuid) -> Result<Option<Word>, DbError> {
    const FIND: Sql = sql!(
        "select sale, variant, quantity, unit_price, price_reason, discount_minor, discount_bps, discount_reason,
                approver, request_hash
           from line_approval where id = ?1"
    );
    at.one(FIND, [uuid_key(id)], |row| {
        let price = row.get::<_, Option<String>>(3)?;
        let price = price.map(|price| price.parse::<Decimal>()).transpose();
        Ok(Word {
            sale: db::id(row, 0)?,
            line: BasketLine {
                variant: db::id(row, 1)?,
                quantity: db::quantity(row, 2)?,
                unit_price: price.map_err(|error| unreadable(3, error))?,
                price_reason: row.get(4)?,
                discount: db::amount(row, 5)?,
                discount_bps: row.get(6)?,
                discount_reason: row.get(7)?,
                approval: None,
            },
            approver: db::id(row, 8)?,
            request_hash: row.get(9)?,
        })
    })
}

/// Adds a word that was given at a till.
pub(super) fn insert(tx: &Tx<'_>, id: Uuid, till: RegisterId, word: &Word) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into line_approval (id, sale, variant, quantity, unit_price, price_reason, discount_minor, discount_bps,
                                    discount_reason, approver, register, approved_at, request_hash)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
    );
    let line = &word.line;
    tx.execute(
        INSERT,
        (
            uuid_key(id),
            key(word.sale),
            key(line.variant),
            line.quantity.base_units(),
            line.unit_price.map(|price| price.normalize().to_string()),
            &line.price_reason,
            line.discount.minor(),
            line.discount_bps,
            &line.discount_reason,
            key(word.approver),
            key(till),
            tx.now.as_millisecond(),
            word.request_hash,
        ),
    )
    .map(drop)
}
