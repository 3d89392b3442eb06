//! A return that comes back from the log.
use retail::{returns::ReturnId, shift::ShiftId};
use wire::body::ReturnRecorded;

use super::db;
use crate::{
    db::{DbError, Tx},
    node::Site,
    refusal,
    replay::Facts,
    shift,
};

/// Keeps a return that a replayed event says, with the next number of its register's receipts.
pub(crate) fn replay(
    tx: &Tx<'_>,
    site: &Site,
    facts: &Facts,
    returned: &ReturnRecorded,
) -> Result<(), DbError> {
    let shift = shift::db::current(tx, ShiftId::from_uuid(returned.shift))?;
    let Some((shift, staff)) = shift.zip(facts.staff) else {
        return Ok(());
    };
    let series = shift::db::Series::Receipt;
    shift::db::next_number(tx, shift.register, site.epoch, series)?;
    let row = db::NewRow {
        id: ReturnId::from_uuid(facts.id),
        seq: facts.seq,
        register: shift.register,
        staff,
        business_date: facts.business_date,
        hash: refusal::REPLAYED,
    };
    db::insert(tx, &row, returned)
}
