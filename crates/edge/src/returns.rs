//! Goods that come back over the counter: of a sale of this shop, some of its lines, for money. A document of its own with
//! a number and an event; what the customer gets is worked out by `retail::returns` under the sale's own promotions.
use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount,
    location::RegisterId,
    quantity::{Quantity, Unit},
    receipt::ReceiptNumber,
    returns::{self as rule, Condition, PaidBack, ReasonError, RefundError, ReturnId},
    rights::RightsError,
    sale::{SaleId, Tender, TenderKind},
    shift::ShiftId,
    staff::{Permission, StaffId},
    tax::TaxLine,
};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::{body, reason::PromotionName};

use crate::{
    Shop,
    cash::{self, ApprovalError},
    db::{DbError, Snapshot, Tx},
    node::{self, Site, Unenrolled},
    outbox,
    patron::Shown,
    print,
    refusal::{self, Attempt, Recorded, Standing, Write},
    rights::Accounts,
    sale::{self, Payment},
    shift::{self, ShiftError},
    staff::{self, Actor, Denied, SecondPerson},
};

pub(crate) mod db;
pub(crate) mod http;
mod quote;
mod replay;

use self::quote::Basis;
pub(crate) use self::quote::quote;
pub(crate) use self::replay::replay;

/// Something that comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BackLine {
    /// Its place on the sale, from 0.
    pub(crate) line: usize,
    pub(crate) quantity: Quantity,
    pub(crate) condition: Condition,
}

/// Goods that are to be taken back.
#[derive(Debug, Clone)]
pub(crate) struct NewReturn {
    /// Made by the till; repeating it returns the first answer.
    pub(crate) id: ReturnId,
    pub(crate) sale: SaleId,
    /// The open shift of the register.
    pub(crate) shift: ShiftId,
    pub(crate) lines: Vec<BackLine>,
    /// One of [`rule::REASONS`].
    pub(crate) reason: String,
    pub(crate) note: Option<String>,
    /// How the refund is given; its sum is what the till has shown.
    pub(crate) payments: Vec<Payment>,
    /// Somebody else's word, when the cashier may not, or not so far, alone.
    pub(crate) approval: Option<SecondPerson>,
}

/// What is known of a line of a sale: how much of it came back, and for how much.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CameBack {
    pub(crate) quantity: Quantity,
    pub(crate) refunded: Amount,
}

/// What a return comes to, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Quote {
    pub(crate) refund: Amount,
    /// What is given for each line of the sale, where anything is.
    pub(crate) lines: Vec<(usize, Amount)>,
    pub(crate) taxes: Vec<TaxLine>,
    pub(crate) lost: Vec<Lost>,
    pub(crate) charged: Vec<Charged>,
    /// How it would be given.
    pub(crate) suggested: Vec<Tender>,
    /// The most that may go to a card.
    pub(crate) card: Amount,
    pub(crate) policy: rule::Policy,
}

/// A discount that kept goods lose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) promotion: Uuid,
    /// What it was called; none when that is not known here.
    pub(crate) called: Option<PromotionName>,
    pub(crate) amount: Amount,
}

/// A gift that is kept without its cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Charged {
    pub(crate) line: usize,
    pub(crate) name: String,
    pub(crate) amount: Amount,
}

/// One line of a return.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ReturnedLine {
    /// Its place on the sale.
    pub(crate) line: usize,
    pub(crate) variant: retail::catalog::VariantId,
    pub(crate) name: String,
    pub(crate) unit: Unit,
    /// Zero: it came back before, and gets more now.
    pub(crate) quantity: Quantity,
    pub(crate) condition: Option<Condition>,
    pub(crate) total: Amount,
}

/// A return as it is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Returned {
    pub(crate) id: ReturnId,
    pub(crate) number: String,
    pub(crate) sale: SaleId,
    pub(crate) sale_number: String,
    pub(crate) sold_at: Timestamp,
    pub(crate) location_name: String,
    pub(crate) address: String,
    pub(crate) register: RegisterId,
    pub(crate) register_name: String,
    pub(crate) staff_name: String,
    pub(crate) approved_by: Option<String>,
    pub(crate) patron: Option<Shown>,
    pub(crate) at: Timestamp,
    pub(crate) business_date: Date,
    pub(crate) reason: String,
    pub(crate) note: Option<String>,
    pub(crate) policy: String,
    pub(crate) lines: Vec<ReturnedLine>,
    pub(crate) taxes: Vec<body::Tax>,
    pub(crate) lost: Vec<Lost>,
    pub(crate) charged: Vec<Charged>,
    pub(crate) total: Amount,
    pub(crate) payments: Vec<Payment>,
    pub(crate) seq: i64,
}

/// Why goods cannot come back so.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReturnError {
    #[error("there is no such sale in this shop")]
    UnknownSale,
    /// Another branch knows what came back of it, and this one does not.
    #[error("this receipt is not of this shop: its goods go back where they were sold")]
    OtherShop,
    #[error("nothing comes back")]
    NoLines,
    #[error("a return has at most {max} lines")]
    TooManyLines { max: usize },
    #[error(transparent)]
    Rule(#[from] rule::ReturnError),
    #[error(transparent)]
    Reason(#[from] ReasonError),
    #[error(transparent)]
    Refund(#[from] RefundError),
    #[error("payment {tender}: a reference has at most {max} letters", max = sale::MAX_TEXT)]
    ReferenceTooLong { tender: usize },
    #[error(transparent)]
    Approval(#[from] ApprovalError),
    #[error("the id stands for another return")]
    IdReused,
    #[error(transparent)]
    Rights(#[from] RightsError),
    #[error(transparent)]
    Shift(#[from] ShiftError),
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Takes goods back and gives money for them: as one event, on disk when this returns. Repeating the same id and content
/// gives the first answer.
///
/// # Errors
/// [`ReturnError`] says what stands in the way; nothing is kept then, save a content under a used id.
pub(crate) async fn record(
    shop: &Shop,
    actor: &Actor,
    new: NewReturn,
) -> Result<Recorded<Returned>, ReturnError> {
    staff::require(actor, Permission::SaleCreate)?;
    rule::reason(&new.reason, new.note.as_deref())?;
    // A repeat needs no second PIN: whether it is one is decided below, by its content.
    let id = new.id;
    let known = shop.read(move |at| db::request_hash(at, id)).await?;
    let approved_by = if known.is_some() {
        None
    } else {
        let given = new.payments.iter().map(|one| one.amount.minor());
        let given = given.fold(0_i64, i64::saturating_add);
        let amount = Amount::from_minor(given);
        let word = new.approval.as_ref();
        cash::own_or_anothers(shop, actor, Permission::ReturnCreate, amount, word).await?
    };
    let ids = [print::new_uuid(shop), print::new_uuid(shop)];
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| record_in(tx, &actor, &new, approved_by, ids))
        .await?;
    match attempt {
        Attempt::Recorded(returned) => Ok(returned),
        Attempt::IdReused => Err(ReturnError::IdReused),
    }
}

fn record_in(
    tx: &Tx<'_>,
    actor: &Actor,
    new: &NewReturn,
    approved_by: Option<StaffId>,
    [refusal_id, print_id]: [Uuid; 2],
) -> Result<Attempt<Returned>, ReturnError> {
    let mut site = node::site(tx)??;
    let content = content(new);
    let write = Write {
        noun: "sale_return",
        id: new.id.as_uuid(),
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    let before = db::request_hash(tx, new.id)?;
    let hash = match refusal::standing(tx, &mut site, &write, before, refusal_id)? {
        Standing::Fresh(hash) => hash,
        Standing::Same => {
            let first = db::find(tx, new.id)?.ok_or(ReturnError::UnknownSale)?;
            return Ok(Attempt::Recorded(Recorded::Repeated(first)));
        }
        Standing::Other => return Ok(Attempt::IdReused),
    };
    let shift = shift::current(tx, actor, new.shift)?;
    let taking = Taking::check(tx, &site, new, approved_by)?;
    let has_cash = taking.keep(tx, &mut site, actor, &shift, hash)?;
    let what = print::What::Return(new.id);
    print::reversal(tx, actor, what, print_id, has_cash)?;
    let returned = db::find(tx, new.id)?.ok_or(ReturnError::UnknownSale)?;
    Ok(Attempt::Recorded(Recorded::First(returned)))
}

/// A return that may be recorded, before anything has moved.
struct Taking<'a> {
    new: &'a NewReturn,
    approved_by: Option<StaffId>,
    basis: Basis,
    quote: rule::Quote,
    /// What is given for each of the request's lines, and for lines that came back before.
    lines: Vec<db::LineRow>,
}

impl<'a> Taking<'a> {
    fn check(
        at: &Snapshot<'_>,
        site: &Site,
        new: &'a NewReturn,
        approved_by: Option<StaffId>,
    ) -> Result<Self, ReturnError> {
        let basis = Basis::load(at, new.sale)?.ok_or(ReturnError::UnknownSale)?;
        let quote = basis.quote(site, &new.lines)?;
        let paid = PaidBack {
            refund: quote.refund,
            card: basis.card(),
        };
        rule::pay_back(paid, &tenders(&new.payments)?)?;
        let lines = spread(&new.lines, &quote.lines);
        Ok(Self {
            new,
            approved_by,
            basis,
            quote,
            lines,
        })
    }

    /// Takes the goods into the accounts, writes the event and the rows; gives whether cash goes out.
    fn keep(
        &self,
        tx: &Tx<'_>,
        site: &mut Site,
        actor: &Actor,
        shift: &shift::db::Current,
        hash: [u8; 32],
    ) -> Result<bool, ReturnError> {
        let mut accounts = Accounts::default();
        for (variant, [sellable, damaged]) in self.basis.goods_of(&self.new.lines) {
            let held = accounts.of(tx, variant)?;
            held.apply(|account| account.take_back(sellable, damaged))?;
        }
        let series = shift::db::Series::Receipt;
        let counter = shift::db::next_number(tx, shift.register, site.epoch, series)?;
        let number = ReceiptNumber::after(&shift.prefix, site.epoch, counter - 1).to_string();
        let body = self.on_the_wire(number);
        let money = money(&self.new.payments);
        let has_cash = money.iter().any(|(kind, _)| *kind == TenderKind::Cash);
        let mut accounts = accounts.into_sorted();
        let event = outbox::Event {
            register: Some(actor.register),
            staff: Some(actor.staff),
            aggregate: shift.id.as_uuid(),
            accounts: &mut accounts,
            money: money
                .into_iter()
                .map(|(kind, amount)| (kind.code(), amount))
                .collect(),
            ..outbox::Event::of(self.new.id.as_uuid(), shift.business_date, &body)
        };
        let seq = outbox::append(tx, site, event)?;
        let row = db::NewRow {
            id: self.new.id,
            seq,
            register: shift.register,
            staff: actor.staff,
            business_date: shift.business_date,
            hash,
        };
        db::insert(tx, &row, &body)?;
        Ok(has_cash)
    }

    fn on_the_wire(&self, receipt_number: String) -> body::ReturnRecorded {
        let (new, receipt, quote) = (self.new, &self.basis.receipt, &self.quote);
        let lines = self.lines.iter().filter_map(|line| {
            let sold = receipt.lines.get(line.line)?;
            Some(body::ReturnLine {
                line: place(line.line),
                variant: sold.variant.as_uuid(),
                quantity: line.quantity.base_units(),
                condition: line.condition.map(|one| one.code().to_owned()),
                tax_rate_bps: sold.tax.basis_points(),
                total_minor: line.total.minor(),
            })
        });
        let tenders = new.payments.iter().map(|payment| body::Tender {
            kind: payment.kind.code().to_owned(),
            amount_minor: payment.amount.minor(),
            reference: payment.reference.clone(),
        });
        let taxes = quote.taxes.iter().map(|tax| body::Tax {
            rate_bps: tax.rate.basis_points(),
            gross_minor: tax.gross.minor(),
            tax_minor: tax.tax.minor(),
        });
        let lost = quote.lost.iter().map(|&(id, amount)| body::LostDiscount {
            promotion: id.as_uuid(),
            amount_minor: amount.minor(),
        });
        let charged = quote
            .charged
            .iter()
            .map(|&(line, amount)| body::ChargedGift {
                line: place(line),
                amount_minor: amount.minor(),
            });
        // Checked before; what cannot be is not kept.
        let (reason, note) = rule::reason(&new.reason, new.note.as_deref()).unwrap_or_default();
        body::ReturnRecorded {
            shift: new.shift.as_uuid(),
            receipt_number,
            sale: receipt.id.as_uuid(),
            sale_number: receipt.number.clone(),
            sale_date: receipt.business_date,
            lines: lines.collect(),
            tenders: tenders.collect(),
            taxes: taxes.collect(),
            total_minor: quote.refund.minor(),
            policy: self::quote::POLICY.code().to_owned(),
            reason: reason.to_owned(),
            note: note.map(str::to_owned),
            approved_by: self.approved_by.map(StaffId::as_uuid),
            patron: receipt.patron.as_ref().map(|patron| patron.id.as_uuid()),
            lost: lost.collect(),
            charged: charged.collect(),
            released: quote.released.clone(),
            points: quote.points,
        }
    }
}

/// A place as messages count it; a sale has far fewer lines.
fn place(line: usize) -> i64 {
    i64::try_from(line).unwrap_or(i64::MAX)
}

/// The refund of each line of the sale, given for what came back of it now; for what came back before, apart.
fn spread(back: &[BackLine], refunds: &[(usize, Amount)]) -> Vec<db::LineRow> {
    let mut rows: Vec<db::LineRow> = back
        .iter()
        .map(|one| db::LineRow {
            line: one.line,
            quantity: one.quantity,
            condition: Some(one.condition),
            total: Amount::ZERO,
        })
        .collect();
    for &(line, refund) in refunds {
        let weights: Vec<i64> = rows
            .iter()
            .map(|row| {
                if row.line == line {
                    row.quantity.base_units()
                } else {
                    0
                }
            })
            .collect();
        match refund.split(&weights) {
            Some(parts) => {
                for (row, part) in rows.iter_mut().zip(parts) {
                    row.total += part;
                }
            }
            None => rows.push(db::LineRow {
                line,
                quantity: Quantity::ZERO,
                condition: None,
                total: refund,
            }),
        }
    }
    rows
}

fn tenders(payments: &[Payment]) -> Result<Vec<Tender>, ReturnError> {
    let is_long = |text: &String| text.chars().count() > sale::MAX_TEXT;
    let too_long = payments
        .iter()
        .position(|payment| payment.reference.as_ref().is_some_and(is_long));
    if let Some(tender) = too_long {
        return Err(ReturnError::ReferenceTooLong { tender });
    }
    let tenders = payments.iter().map(|payment| Tender {
        kind: payment.kind,
        amount: payment.amount,
    });
    Ok(tenders.collect())
}

/// What leaves by kind of tender, below zero; kinds that were not used are left out.
fn money(payments: &[Payment]) -> Vec<(TenderKind, Amount)> {
    let of = |kind: TenderKind| {
        let paid = payments.iter().filter(|payment| payment.kind == kind);
        (kind, -paid.map(|payment| payment.amount).sum::<Amount>())
    };
    let sums = TenderKind::ALL.iter().map(|&kind| of(kind));
    sums.filter(|(_, amount)| *amount != Amount::ZERO).collect()
}

/// What has come back of a sale, line by line, and the returns, the oldest first.
///
/// # Errors
/// [`ReturnError::UnknownSale`], or the disk's.
pub(crate) async fn of_sale(
    shop: &Shop,
    sale: SaleId,
) -> Result<(Vec<CameBack>, Vec<Returned>), ReturnError> {
    shop.read(move |at| {
        let basis = Basis::load(at, sale)?.ok_or(ReturnError::UnknownSale)?;
        Ok((basis.came_back, db::of_sale(at, sale)?))
    })
    .await
}

/// The sale of a number that is on a receipt, as it was typed or scanned.
///
/// # Errors
/// [`ReturnError::OtherShop`] for a number that no till of this shop gives, [`ReturnError::UnknownSale`] for one that none
/// has given.
pub(crate) async fn by_number(shop: &Shop, typed: &str) -> Result<sale::Receipt, ReturnError> {
    let number = typed.trim().to_uppercase();
    shop.read(move |at| match db::sale_by_number(at, &number)? {
        Some(sale) => sale::db::receipt(at, sale)?.ok_or(ReturnError::UnknownSale),
        None if db::is_of_this_shop(at, &number)? => Err(ReturnError::UnknownSale),
        None => Err(ReturnError::OtherShop),
    })
    .await
}

/// What a return says, whoever sends it.
fn content(new: &NewReturn) -> Value {
    let lines = new.lines.iter().map(|one| {
        json!({ "line": one.line, "quantity": one.quantity.base_units(), "condition": one.condition.code() })
    });
    let tenders = new.payments.iter().map(|payment| {
        json!({
            "kind": payment.kind.code(), "amount_minor": payment.amount.minor(), "reference": payment.reference,
        })
    });
    json!({
        "sale_id": new.sale.as_uuid(), "shift_id": new.shift.as_uuid(), "reason": new.reason, "note": new.note,
        "lines": lines.collect::<Vec<Value>>(), "tenders": tenders.collect::<Vec<Value>>(),
    })
}
