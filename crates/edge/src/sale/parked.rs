//! Baskets that wait: parked at one till, recalled at any of the shop. They hold no stock, no rights and no prices.
use jiff::Timestamp;
use retail::{
    amount::Amount,
    basket::{Change as Repriced, changed},
    location::RegisterId,
    patron::PatronId,
    price::Price,
    promotion::voucher::VoucherId,
    quantity::Unit,
    sale::{CloseSaleError, SaleId},
    shift::ShiftId,
    staff::{Permission, StaffId},
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{BasketLine, SaleError, approval, basket};
use crate::{
    Shop, catalog,
    db::{Change, DbError, Snapshot, Tx},
    patron,
    promotion::{self, Kept, Moment, Opened},
    refusal::{self, Recorded},
    shift::{self, Shift},
    staff::{self, Actor},
};

pub(crate) mod db;
pub(crate) mod http;
mod kept;

use kept::KeptLine;

/// The longest name or note that is kept with a basket.
pub(crate) const MAX_NAME: usize = 80;
/// Baskets that may wait in one shop: more are forgotten ones.
const MOST_PARKED: i64 = 200;

/// A basket that is to wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewParked {
    /// Made by the till; repeating it returns the first answer.
    pub(crate) id: Uuid,
    /// The sale that it becomes.
    pub(crate) sale: SaleId,
    /// The open shift of the register.
    pub(crate) shift: ShiftId,
    /// Who buys.
    pub(crate) patron: Option<PatronId>,
    /// The vouchers that were shown.
    pub(crate) vouchers: Vec<VoucherId>,
    /// When it was begun, by the till's clock.
    pub(crate) begun: Option<Timestamp>,
    /// What the cashier finds it by; may be empty.
    pub(crate) name: String,
    pub(crate) lines: Vec<BasketLine>,
}

/// A basket that waits, in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    pub(crate) id: Uuid,
    pub(crate) sale: SaleId,
    pub(crate) name: String,
    pub(crate) register_name: String,
    pub(crate) staff_name: String,
    /// When it was parked.
    pub(crate) since: Timestamp,
    pub(crate) line_count: i64,
    /// At the prices of then.
    pub(crate) total: Amount,
    /// It was recalled at the till that asks, and nothing has become of it yet.
    pub(crate) is_here: bool,
}

/// A line of a basket that was recalled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecalledLine {
    pub(crate) line: BasketLine,
    /// What it is called now.
    pub(crate) name: String,
    pub(crate) unit: Unit,
    /// The list's price of now; none: it is no longer sold here.
    pub(crate) price: Option<Price>,
    /// What is to be said about it.
    pub(crate) changed: Option<Repriced>,
}

/// A basket that one till has again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recalled {
    pub(crate) id: Uuid,
    pub(crate) sale: SaleId,
    pub(crate) name: String,
    /// Who buys, if they are still known.
    pub(crate) patron: Option<patron::Shown>,
    /// The vouchers that were shown and still open something.
    pub(crate) vouchers: Vec<Opened>,
    /// When it was begun.
    pub(crate) begun: Option<Timestamp>,
    pub(crate) lines: Vec<RecalledLine>,
    /// When it was parked.
    pub(crate) total_before: Amount,
    /// At the prices of now; none: it has to be put right first.
    pub(crate) total: Option<Amount>,
}

/// Why a basket cannot be parked or recalled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ParkError {
    #[error("there is no such parked basket")]
    Unknown,
    #[error("the name has more than {MAX_NAME} letters")]
    NameTooLong,
    #[error("{max} baskets wait already")]
    TooMany { max: i64 },
    #[error("this basket waits already")]
    WaitsAlready,
    #[error("{register} has it since {at}")]
    Taken {
        register: String,
        staff: String,
        at: Timestamp,
    },
    #[error(transparent)]
    Sale(#[from] SaleError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Lets a basket wait. On disk when this returns.
///
/// # Errors
/// [`ParkError`]: those of a quote too, so that what waits can be sold.
pub(crate) async fn park(
    shop: &Shop,
    actor: &Actor,
    parked: NewParked,
) -> Result<Recorded<Uuid>, ParkError> {
    staff::require(actor, Permission::SaleCreate).map_err(SaleError::from)?;
    let (actor, kept) = (actor.clone(), shop.promotions.clone());
    shop.write(move |tx, _| park_in(tx, &kept, &actor, &parked))
        .await
}

fn park_in(
    tx: &Tx<'_>,
    kept: &Kept,
    actor: &Actor,
    new: &NewParked,
) -> Result<Recorded<Uuid>, ParkError> {
    let hash = refusal::content_hash(&content(new));
    match db::request_hash(tx, new.id)? {
        Some(before) if before == hash => return Ok(Recorded::Repeated(new.id)),
        Some(_) => return Err(SaleError::IdReused.into()),
        None => {}
    }
    let name = new.name.trim();
    if name.chars().count() > MAX_NAME {
        return Err(ParkError::NameTooLong);
    }
    if new.lines.is_empty() {
        return Err(SaleError::from(CloseSaleError::NoLines).into());
    }
    shift::current(tx, actor, new.shift).map_err(SaleError::from)?;
    approval::refuse_if_sold(tx, new.sale)?;
    if db::is_waiting(tx, new.sale)? {
        return Err(ParkError::WaitsAlready);
    }
    if db::waiting(tx)? >= MOST_PARKED {
        return Err(ParkError::TooMany { max: MOST_PARKED });
    }
    let moment = Moment {
        patron: new.patron,
        tenders: Vec::new(),
        vouchers: new.vouchers.clone(),
        begun: new.begun,
    };
    let quote = basket::quote_in(tx, Some(kept), actor, Some(new.sale), &new.lines, &moment)?;
    let mut lines = Vec::with_capacity(new.lines.len());
    for line in &new.lines {
        let list = catalog::db::offer(tx, line.variant)?.and_then(|offer| offer.price);
        lines.push(KeptLine::of(line, list));
    }
    db::insert(tx, actor, new, name, &lines, quote.total, &hash)?;
    tx.announce(Change::Parked);
    Ok(Recorded::First(new.id))
}

/// Gives a basket to the till that asks, unless another has it. Asking again at the same till gives it again, for as long
/// as nothing has become of it: a till that lost the answer, or its memory, asks once more.
///
/// # Errors
/// [`ParkError::Taken`] names the till that has it.
pub(crate) async fn recall(shop: &Shop, actor: &Actor, id: Uuid) -> Result<Recalled, ParkError> {
    staff::require(actor, Permission::SaleCreate).map_err(SaleError::from)?;
    let (actor, promotions) = (actor.clone(), shop.promotions.clone());
    shop.write(move |tx, _| recall_in(tx, &promotions, &actor, id))
        .await
}

fn recall_in(
    tx: &Tx<'_>,
    promotions: &Kept,
    actor: &Actor,
    id: Uuid,
) -> Result<Recalled, ParkError> {
    let kept = db::find(tx, id)?.ok_or(ParkError::Unknown)?;
    match kept.taken {
        None => {
            db::recall(tx, id, actor)?;
            tx.announce(Change::Parked);
        }
        Some(taken) if taken.register != actor.register => {
            return Err(ParkError::Taken {
                register: taken.register_name,
                staff: taken.staff_name,
                at: taken.at,
            });
        }
        // Sold, voided, or parked anew since: there is nothing to give.
        Some(_) if db::is_settled(tx, id, kept.sale)? => return Err(ParkError::Unknown),
        Some(_) => {}
    }
    let mut lines = Vec::with_capacity(kept.lines.len());
    for line in &kept.lines {
        lines.push(recalled_line(tx, line)?);
    }
    let basket: Vec<BasketLine> = lines.iter().map(|line| line.line.clone()).collect();
    let moment = Moment {
        patron: kept.patron,
        tenders: Vec::new(),
        vouchers: kept.vouchers.clone(),
        begun: kept.begun,
    };
    let sale = Some(kept.sale);
    let total = match basket::quote_in(tx, Some(promotions), actor, sale, &basket, &moment) {
        Ok(quote) => Some(quote.total),
        Err(SaleError::Db(error)) => return Err(error.into()),
        Err(_) => None,
    };
    Ok(Recalled {
        id,
        sale: kept.sale,
        name: kept.name,
        patron: patron::resolve(tx, kept.patron)?,
        vouchers: promotion::opened(tx, promotions, &moment)?,
        begun: kept.begun,
        lines,
        total_before: kept.total,
        total,
    })
}

fn recalled_line(at: &Snapshot<'_>, kept: &KeptLine) -> Result<RecalledLine, ParkError> {
    let line = kept.line()?;
    let offer = catalog::db::offer(at, line.variant)?;
    let price = offer
        .as_ref()
        .filter(|offer| offer.active)
        .and_then(|offer| offer.price);
    let before = kept.list()?;
    let (name, unit) = offer.map_or_else(
        || (String::new(), Unit::Piece),
        |offer| (offer.name, offer.unit),
    );
    Ok(RecalledLine {
        line,
        name,
        unit,
        price,
        changed: before.and_then(|before| changed(before, price)),
    })
}

/// What waits in this shop, the oldest first, and what the till that asks has recalled and not finished.
///
/// # Errors
/// The disk's.
pub(crate) async fn list(shop: &Shop, register: RegisterId) -> Result<Vec<Parked>, DbError> {
    shop.read(move |at| db::list(at, register)).await
}

/// What becomes of the baskets that a shift has parked, when it closes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Leaving {
    /// It does not close before they are recalled and sold or voided.
    #[default]
    Refused,
    /// They go to the next shift of the same register.
    HandedOver,
}

/// Baskets that stand in the way of a shift's end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} parked baskets are left", baskets.len())]
pub struct StillParked {
    /// The oldest first.
    pub(crate) baskets: Vec<Parked>,
}

/// The baskets that a shift answers for: those parked in it, and those that its register was handed over.
pub(crate) fn of_shift(
    at: &Snapshot<'_>,
    shift: ShiftId,
    register: RegisterId,
) -> Result<Vec<Parked>, DbError> {
    db::of_shift(at, shift, register)
}

/// The one rule about parked baskets at the end of a shift: none is forgotten. A shift that still has some does not close,
/// unless whoever closes it hands them over to the next shift of the register, which then answers for them.
///
/// # Errors
/// [`StillParked`] names them; or the disk's.
pub(crate) fn before_close(
    at: &Snapshot<'_>,
    shift: ShiftId,
    register: RegisterId,
    leaving: Leaving,
) -> Result<Result<(), StillParked>, DbError> {
    if leaving == Leaving::HandedOver {
        return Ok(Ok(()));
    }
    let baskets = of_shift(at, shift, register)?;
    Ok(if baskets.is_empty() {
        Ok(())
    } else {
        Err(StillParked { baskets })
    })
}

/// Leaves what is parked to the next shift of the register, in the transaction that closes this one.
///
/// # Errors
/// The disk's.
pub(crate) fn hand_over(tx: &Tx<'_>, shift: &Shift, by: StaffId) -> Result<(), DbError> {
    let count = of_shift(tx, shift.id, shift.register)?.len();
    if count > 0 {
        db::hand_over(tx, shift.id, by)?;
        tracing::info!(shift = %shift.id, count, "{count} parked baskets go to the next shift");
        tx.announce(Change::Parked);
    }
    Ok(())
}

fn content(new: &NewParked) -> Value {
    let lines: Vec<Value> = new.lines.iter().map(basket::line_content).collect();
    let mut content = json!({
        "sale_id": new.sale.as_uuid(),
        "shift_id": new.shift.as_uuid(),
        "name": new.name,
        "lines": lines,
    });
    if let Some(patron) = new.patron {
        content["patron_id"] = patron.to_string().into();
    }
    if !new.vouchers.is_empty() {
        content["vouchers"] = basket::vouchers_content(&new.vouchers);
    }
    content
}
