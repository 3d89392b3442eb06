//! Sales at a till: a basket is quoted, paid and closed. On disk before the till says so.
use std::sync::Arc;

use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount,
    location::{LocationId, RegisterId},
    patron::PatronId,
    price::PriceError,
    promotion::{
        claim::{Claim, Subject},
        voucher::VoucherId,
    },
    quantity::Quantity,
    receipt::ReceiptNumber,
    rights::RightsError,
    sale::{CloseSaleError, PriceBasketError, SaleId, Tender, TenderKind},
    shift::ShiftId,
    staff::{Permission, StaffId},
    tax::TaxLine,
};
use uuid::Uuid;
use wire::{body::Promoted, reason::Reasons};

use crate::{
    Shop, allowance,
    db::{DbError, Tx},
    node::{self, Site, Unenrolled},
    outbox, patron, print,
    promotion::{Moment, PriceError as PricingError},
    refusal::{self, Attempt, Recorded, Standing, Write},
    shift::{self, ShiftError},
    staff::{self, Actor, Denied, SignInError},
};

pub(crate) mod approval;
mod basket;
pub(crate) mod db;
mod event;
pub(crate) mod http;
pub(crate) mod parked;
mod replay;
pub(crate) mod shortage;
pub(crate) mod void;

pub use basket::{BasketLine, Line, Quote, quote};
pub(crate) use replay::{replay, replay_override};
pub use shortage::{Answered, Approval, Lacking, TillAnswer};
use shortage::{Dialog, Halt, Help};

/// The longest reason or reference that is kept.
pub const MAX_TEXT: usize = 200;

/// One payment that a customer made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// How.
    pub kind: TenderKind,
    /// How much was handed over.
    pub amount: Amount,
    /// The terminal's or the coupon's own number.
    pub reference: Option<String>,
}

/// A paid basket that is to be closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSale {
    /// Made by the till; repeating it returns the first answer.
    pub id: SaleId,
    /// The open shift of the register.
    pub shift: ShiftId,
    /// Who buys, when the till knows them. One whom the shop does not know never stops a sale: it goes on without.
    pub patron: Option<PatronId>,
    /// The vouchers that were shown.
    pub vouchers: Vec<VoucherId>,
    /// When the basket was begun, by the till's clock. No part of the sale itself.
    pub begun: Option<Timestamp>,
    /// The basket in the order of scanning, without what promotions add.
    pub lines: Vec<BasketLine>,
    /// The payments.
    pub payments: Vec<Payment>,
    /// The total that the till has shown, to be refused when prices have changed meanwhile.
    pub expected_total: Option<Amount>,
    /// What the cashier knows about goods that the till has no right to sell. No part of the sale itself: a repeat with
    /// other answers is a repeat.
    pub answers: Vec<Answered>,
    /// A supervisor's word for [`TillAnswer::Override`].
    pub approval: Option<Approval>,
}

impl NewSale {
    /// What promotions ask about it.
    fn moment(&self) -> Moment {
        Moment {
            patron: self.patron,
            tenders: self.payments.iter().map(|payment| payment.kind).collect(),
            vouchers: self.vouchers.clone(),
            begun: self.begun,
        }
    }

    /// Answers for everything in the basket that it is in the customer's hand: for tills that nobody asks.
    #[must_use]
    pub fn all_found(lines: &[BasketLine]) -> Vec<Answered> {
        let found = |line: &BasketLine| Answered {
            variant: line.variant,
            answer: TillAnswer::Found,
        };
        lines.iter().map(found).collect()
    }
}

/// What the customer takes away: the sale as it is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The sale.
    pub id: SaleId,
    /// Gapless within register and epoch.
    pub number: String,
    /// Where.
    pub location: LocationId,
    /// Its name.
    pub location_name: String,
    /// Its short code.
    pub location_code: String,
    /// Its address, printed.
    pub address: String,
    /// At which register.
    pub register: RegisterId,
    /// What people call it.
    pub register_name: String,
    /// The shift it belongs to.
    pub shift: ShiftId,
    /// By whom.
    pub staff: StaffId,
    /// What they are called.
    pub staff_name: String,
    /// Who bought, as they are known now.
    pub patron: Option<patron::Shown>,
    /// When.
    pub closed_at: Timestamp,
    /// On which business date.
    pub business_date: Date,
    /// The lines in the order of scanning, then what promotions have added.
    pub lines: Vec<Line>,
    /// Sum of the lines before discounts.
    pub subtotal: Amount,
    /// Sum of the discounts.
    pub discount: Amount,
    /// All tax inside the total.
    pub tax: Amount,
    /// The same by rate.
    pub taxes: Vec<TaxLine>,
    /// What the customer paid.
    pub total: Amount,
    /// The payments.
    pub payments: Vec<Payment>,
    /// Cash handed back.
    pub change: Amount,
    /// The number of its event.
    pub seq: i64,
    /// What promotions had to do with it; none: there were none to ask.
    pub promotions: Option<Box<Promoted>>,
    /// The same for people.
    pub reasons: Option<Reasons>,
}

/// Why a basket cannot be quoted or closed. `line` counts from 0.
#[derive(Debug, thiserror::Error)]
pub enum SaleError {
    /// The basket cannot be priced so.
    #[error(transparent)]
    Basket(#[from] PriceBasketError),
    /// It cannot be closed yet.
    #[error(transparent)]
    Close(#[from] CloseSaleError),
    /// No such variant here.
    #[error("line {line}: there is no such product")]
    UnknownVariant {
        /// The line.
        line: usize,
    },
    /// It has no price here, or was retired.
    #[error("line {line}: this product is not for sale here")]
    NotForSale {
        /// The line.
        line: usize,
    },
    /// The price put in cannot be one.
    #[error("line {line}: {error}")]
    Price {
        /// The line.
        line: usize,
        /// What is wrong with it.
        error: PriceError,
    },
    /// Another price or a discount needs a reason (pitfall 39).
    #[error(
        "line {line}: another price or a discount needs a reason of at most {MAX_TEXT} letters"
    )]
    ReasonMissing {
        /// The line.
        line: usize,
    },
    /// Another price or a discount goes further than the person may.
    #[error("line {line}: this goes further than {max_bps} basis points")]
    BeyondLimit {
        /// The line.
        line: usize,
        /// What has the limit.
        permission: Permission,
        /// The limit.
        max_bps: i64,
    },
    /// A share that is none, or a share beside an amount.
    #[error(
        "line {line}: a share is between 0.01 % and 100 %, and does not stand beside an amount"
    )]
    DiscountInvalid {
        /// The line.
        line: usize,
    },
    /// The word for the line does not count for it: for less of it, for another product or another basket.
    #[error("line {line}: nobody has let this line be so")]
    ApprovalMismatch {
        /// The line.
        line: usize,
    },
    /// A word for a line that is not cheaper.
    #[error("there is nothing to allow: the line costs what the list says")]
    NothingToApprove,
    /// Something is taken out without saying why.
    #[error("a void needs a reason of at most {MAX_TEXT} letters")]
    VoidReasonMissing,
    /// Nothing can be taken out of, or parked, what is sold.
    #[error("this basket is sold")]
    AlreadySold,
    /// A payment's reference is too long.
    #[error("payment {tender}: a reference has at most {MAX_TEXT} letters")]
    ReferenceTooLong {
        /// The payment.
        tender: usize,
    },
    /// The till has no right to sell some of it, and the answers do not settle that.
    #[error("{} products need an answer: the till has no right to sell them", lacking.len())]
    Shortage {
        /// What, with all figures.
        lacking: Vec<Lacking>,
    },
    /// A count at the till that cannot be one.
    #[error("line {line}: the count must be between 0 and {max}")]
    CountOutOfRange {
        /// The line.
        line: usize,
        /// The most of this unit.
        max: Quantity,
    },
    /// An override without a supervisor's word.
    #[error("an override needs a supervisor's PIN")]
    ApprovalMissing,
    /// An override without a reason.
    #[error("an override needs a reason of at most {MAX_TEXT} letters")]
    OverrideReasonMissing,
    /// The supervisor could not be confirmed.
    #[error(transparent)]
    Approval(#[from] SignInError),
    /// Supervisors have sold as much of this business date as the head office allows.
    #[error("{used} of {allowance} units a day were sold by overrides")]
    OverrideAllowance {
        /// Units per business date.
        allowance: i64,
        /// Units so far.
        used: i64,
    },
    /// Prices have changed since the till showed the total.
    #[error("the total is {total} now")]
    TotalChanged {
        /// What it is now.
        total: Amount,
    },
    /// The id stands for another sale.
    #[error("the id stands for another sale")]
    IdReused,
    /// There is no such sale here.
    #[error("there is no such sale")]
    Unknown,
    /// More than an account can count.
    #[error(transparent)]
    Rights(#[from] RightsError),
    /// The shift cannot take it.
    #[error(transparent)]
    Shift(#[from] ShiftError),
    /// A permission is missing.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// No company yet.
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    /// The disk's.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl From<PricingError> for SaleError {
    fn from(error: PricingError) -> Self {
        match error {
            PricingError::Basket(refusal) => Self::Basket(refusal),
            PricingError::Db(error) => Self::Db(error),
        }
    }
}

/// Closes a sale: prices the basket, takes the payments, numbers the receipt, moves the stock. On disk when this returns.
///
/// Repeating the same `id` and content returns the first receipt, whatever prices are now.
///
/// # Errors
/// [`SaleError`] says what the cashier can put right; nothing is kept then, save a content under a used id.
pub async fn close(
    shop: &Shop,
    actor: &Actor,
    sale: NewSale,
) -> Result<Recorded<Receipt>, SaleError> {
    staff::require(actor, Permission::SaleCreate)?;
    let refusal_id = shop.new_id::<()>().as_uuid();
    let mut help = Help {
        promotions: Some(shop.promotions.clone()),
        has_asked: !shop.link.borrow().connected,
        has_borrowed: !shop.link.borrow().connected,
        supervisor: None,
        events: [(); 3].map(|()| shop.new_id::<()>().as_uuid()),
        print: shop.new_id::<()>().as_uuid(),
    };
    let sale = Arc::new(sale);
    let attempt = loop {
        let (by, again, with) = (actor.clone(), Arc::clone(&sale), help.clone());
        let outcome = shop
            .write(move |tx, _| close_in(tx, &by, &again, &with, refusal_id))
            .await;
        match outcome {
            Ok(attempt) => break attempt,
            // Ends: each kind of help is given once.
            Err(halt) => shortage::help(shop, actor, &sale, halt, &mut help).await?,
        }
    };
    match attempt {
        Attempt::Recorded(receipt) => {
            if let Recorded::First(receipt) = &receipt {
                metrics::counter!("edge_sales_total", "location" => receipt.location_code.clone())
                    .increment(1);
            }
            Ok(receipt)
        }
        Attempt::IdReused => Err(SaleError::IdReused),
    }
}

/// The same for a sale of the past, see [`crate::history`]: nobody can be asked for help.
pub(crate) fn close_past(
    tx: &Tx<'_>,
    actor: &Actor,
    sale: &NewSale,
    spare: &[Uuid; 5],
) -> Result<(), SaleError> {
    staff::require(actor, Permission::SaleCreate)?;
    let [counted, found, overridden, print, refusal_id] = *spare;
    let help = Help {
        // What was paid then was paid by the prices of then.
        promotions: None,
        has_asked: true,
        has_borrowed: true,
        supervisor: None,
        events: [counted, found, overridden],
        print,
    };
    match close_in(tx, actor, sale, &help, refusal_id) {
        Ok(Attempt::Recorded(_)) => Ok(()),
        Ok(Attempt::IdReused) => Err(SaleError::IdReused),
        Err(Halt::Refused(error)) => Err(error),
        Err(Halt::Borrow(_) | Halt::Ask(_) | Halt::Confirm) => Err(SaleError::ApprovalMissing),
    }
}

fn close_in(
    tx: &Tx<'_>,
    actor: &Actor,
    sale: &NewSale,
    help: &Help,
    refusal_id: Uuid,
) -> Result<Attempt<Receipt>, Halt> {
    let mut site = node::site(tx)?.map_err(SaleError::from)?;
    let content = basket::content(sale);
    let write = Write {
        noun: "sale",
        id: sale.id.as_uuid(),
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    let before = db::request_hash(tx, sale.id)?;
    let hash = match refusal::standing(tx, &mut site, &write, before, refusal_id)? {
        Standing::Fresh(hash) => hash,
        Standing::Same => {
            let receipt = db::receipt(tx, sale.id)?.ok_or(SaleError::Unknown)?;
            return Ok(Attempt::Recorded(Recorded::Repeated(receipt)));
        }
        Standing::Other => return Ok(Attempt::IdReused),
    };
    let receipt = record(tx, &mut site, actor, sale, hash, help)?;
    Ok(Attempt::Recorded(Recorded::First(receipt)))
}

fn record(
    tx: &Tx<'_>,
    site: &mut Site,
    actor: &Actor,
    sale: &NewSale,
    hash: [u8; 32],
    help: &Help,
) -> Result<Receipt, Halt> {
    let shift = shift::current(tx, actor, sale.shift)?;
    let bill = paid(tx, site, actor, sale, help)?;
    let total = bill.closed.priced.total;
    let claims = allowance::take(tx, site, &bill.claims, &bill.subject)?;
    let claims = claims.map_err(|_| SaleError::TotalChanged { total })?;
    let dialog = Dialog {
        actor,
        sale,
        shift: &shift,
        help,
    };
    let mut accounts = shortage::debit(tx, site, &dialog, &bill.closed.needs())?;
    let money = bill.closed.money();
    let mut receipt = draft(tx, site, actor, sale, shift, bill)?;
    receipt.seq = outbox::append(
        tx,
        site,
        outbox::Event {
            register: Some(receipt.register),
            staff: Some(actor.staff),
            aggregate: sale.shift.as_uuid(),
            accounts: &mut accounts,
            claims,
            money: money
                .into_iter()
                .map(|(kind, amount)| (kind.code(), amount))
                .collect(),
            ..outbox::Event::of(
                sale.id.as_uuid(),
                receipt.business_date,
                &event::body(&receipt),
            )
        },
    )?;
    db::insert(tx, &receipt, &hash)?;
    let is_cash = sale
        .payments
        .iter()
        .any(|payment| payment.kind == TenderKind::Cash);
    print::after(tx, actor, print::What::Sale(sale.id), is_cash, help.print)?;
    Ok(receipt)
}

/// A basket that is priced and paid.
struct Bill {
    closed: retail::sale::Sale,
    lines: Vec<Line>,
    promotions: Option<Box<Promoted>>,
    reasons: Option<Reasons>,
    /// What it takes of limits, for whom and which day.
    claims: Vec<Claim>,
    subject: Subject,
}

/// The basket at the prices and promotions of this transaction, paid.
fn paid(
    tx: &Tx<'_>,
    site: &Site,
    actor: &Actor,
    sale: &NewSale,
    help: &Help,
) -> Result<Bill, Halt> {
    if sale.lines.is_empty() {
        return Err(SaleError::from(CloseSaleError::NoLines).into());
    }
    let till = basket::Till {
        actor,
        sale: Some(sale.id),
        site,
        promotions: help.promotions.as_ref(),
        moment: &sale.moment(),
    };
    let (pricing, facts) = basket::priced(tx, &till, &sale.lines)?;
    if !help.has_asked && !pricing.wants.is_empty() {
        return Err(Halt::Ask(pricing.wants));
    }
    let total = pricing.sale.total;
    if sale
        .expected_total
        .is_some_and(|expected| expected != total)
    {
        return Err(SaleError::TotalChanged { total }.into());
    }
    Ok(Bill {
        lines: basket::lines(&pricing, facts),
        closed: retail::sale::close(pricing.sale, tenders(&sale.payments)?)
            .map_err(SaleError::from)?,
        promotions: pricing.told,
        reasons: pricing.reasons,
        claims: pricing.claims,
        subject: pricing.subject,
    })
}

/// The receipt with its number, before its event has one.
fn draft(
    tx: &Tx<'_>,
    site: &Site,
    actor: &Actor,
    sale: &NewSale,
    shift: shift::db::Current,
    bill: Bill,
) -> Result<Receipt, DbError> {
    let priced = &bill.closed.priced;
    let counter =
        shift::db::next_number(tx, shift.register, site.epoch, shift::db::Series::Receipt)?;
    Ok(Receipt {
        id: sale.id,
        number: ReceiptNumber::after(&shift.prefix, site.epoch, counter - 1).to_string(),
        location: site.location,
        location_name: shift.location_name,
        location_code: shift.location_code,
        address: shift.address,
        register: shift.register,
        register_name: shift.register_name,
        shift: shift.id,
        staff: actor.staff,
        staff_name: actor.name.clone(),
        patron: patron::resolve(tx, sale.patron)?,
        closed_at: tx.now,
        business_date: shift.business_date,
        subtotal: priced.subtotal,
        discount: priced.discount,
        tax: priced.tax(),
        total: priced.total,
        taxes: priced.taxes.clone(),
        lines: bill.lines,
        payments: sale.payments.clone(),
        change: bill.closed.change,
        seq: 0,
        promotions: bill.promotions,
        reasons: bill.reasons,
    })
}

fn tenders(payments: &[Payment]) -> Result<Vec<Tender>, SaleError> {
    payments
        .iter()
        .enumerate()
        .map(|(tender, payment)| {
            let is_long = |text: &String| text.chars().count() > MAX_TEXT;
            if payment.reference.as_ref().is_some_and(is_long) {
                return Err(SaleError::ReferenceTooLong { tender });
            }
            Ok(Tender {
                kind: payment.kind,
                amount: payment.amount,
            })
        })
        .collect()
}

/// The receipt of a sale.
///
/// # Errors
/// [`SaleError::Unknown`], or the disk's.
pub async fn get(shop: &Shop, id: SaleId) -> Result<Receipt, SaleError> {
    shop.read(move |at| db::receipt(at, id)?.ok_or(SaleError::Unknown))
        .await
}

/// A sale in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) id: SaleId,
    pub(crate) number: String,
    pub(crate) closed_at: Timestamp,
    pub(crate) total: Amount,
    pub(crate) lines: i64,
    pub(crate) staff_name: String,
    pub(crate) patron: Option<patron::Shown>,
    /// What came back of it.
    pub(crate) refunded: Amount,
    pub(crate) seq: i64,
}
