//! Purchases at a buying station: goods weighed or counted, priced, paid and taken into stock as one fact.
use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount,
    catalog::VariantId,
    location::{LocationId, RegisterId},
    price::{Price, PriceError},
    purchasing::{Item, Measure, PaymentKind, Purchase, PurchaseError, PurchaseId, SupplierId},
    quantity::{Quantity, Unit},
    receipt::ReceiptNumber,
    rights::RightsError,
    shift::ShiftId,
    staff::{Permission, StaffId},
};
use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{
    Shop, catalog,
    db::{DbError, Snapshot, Tx},
    node::{self, Site, Unenrolled},
    outbox, print,
    refusal::{self, Attempt, Recorded, Standing, Write},
    rights::Held,
    shift::{self, ShiftError, db::Current},
    staff::{self, Actor, Denied},
};

pub(crate) mod container;
pub(crate) mod db;
mod event;
pub(crate) mod http;
mod replay;
pub(crate) mod reversal;

pub use container::{ContainerRefusal, NewMeasure, NewTare, NewWeight};
pub(crate) use replay::replay;

/// The longest document number of a supplier.
pub const MAX_DOCUMENT: usize = 64;

/// One line of a purchase as the buyer put it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewLine {
    /// What is bought.
    pub variant: VariantId,
    /// How much.
    pub measure: NewMeasure,
    /// Major units for `cost_quantity` base units.
    pub unit_cost: Decimal,
    /// Base units that the cost is for.
    pub cost_quantity: i64,
}

/// A purchase that is to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPurchase {
    /// Made by the station; repeating it returns the first answer.
    pub id: PurchaseId,
    /// The open shift of the register.
    pub shift: ShiftId,
    /// From whom.
    pub supplier: SupplierId,
    /// The supplier's own document number.
    pub document: Option<String>,
    /// What was bought.
    pub lines: Vec<NewLine>,
    /// How the supplier is paid.
    pub payment: PaymentKind,
    /// What the station has shown, to be refused when it differs.
    pub paid: Amount,
}

/// One line of a ticket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What was bought.
    pub variant: VariantId,
    /// What it is called.
    pub name: String,
    /// The base unit.
    pub unit: Unit,
    /// What went into stock.
    pub quantity: Quantity,
    /// How it was measured.
    pub measure: Measure,
    /// What the container was called that it was weighed in.
    pub container: Option<String>,
    /// The cost per round number of base units.
    pub cost: Price,
    /// What the line cost.
    pub total: Amount,
}

/// A priced purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The lines in the order of entry.
    pub lines: Vec<Line>,
    /// What the supplier gets.
    pub total: Amount,
}

/// What the supplier takes away: the purchase as it is on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The purchase.
    pub id: PurchaseId,
    /// Gapless within register and epoch, in a series of its own.
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
    /// From whom.
    pub supplier: SupplierId,
    /// What they were called.
    pub supplier_name: String,
    /// Our short code for them.
    pub supplier_code: String,
    /// Their document number.
    pub document: Option<String>,
    /// The shift it belongs to.
    pub shift: ShiftId,
    /// By whom.
    pub staff: StaffId,
    /// What they are called.
    pub staff_name: String,
    /// When.
    pub closed_at: Timestamp,
    /// On which business date.
    pub business_date: Date,
    /// The lines in the order of entry.
    pub lines: Vec<Line>,
    /// What the supplier gets.
    pub total: Amount,
    /// How.
    pub payment: PaymentKind,
    /// The number of its event.
    pub seq: i64,
    /// How it was taken back, if it was.
    pub(crate) reversal: Option<reversal::Reversal>,
    /// The purchase that it stands in the place of, and why.
    pub(crate) replaces: Option<reversal::Reversal>,
}

/// Why a purchase cannot be priced or recorded. `line` counts from 0.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// The lines cannot be priced so.
    #[error(transparent)]
    Purchase(#[from] PurchaseError),
    /// No such variant here, or a retired one.
    #[error("line {line}: there is no such product")]
    UnknownVariant {
        /// The line.
        line: usize,
    },
    /// It was not weighed in these containers.
    #[error("line {line}: {refusal}")]
    Container {
        /// The line.
        line: usize,
        /// Why not.
        refusal: ContainerRefusal,
    },
    /// The cost put in cannot be one.
    #[error("line {line}: {error}")]
    Cost {
        /// The line.
        line: usize,
        /// What is wrong with it.
        error: PriceError,
    },
    /// No such supplier, or one that is no longer bought from.
    #[error("there is no such supplier")]
    UnknownSupplier,
    /// The supplier's document number is too long.
    #[error("a document number has at most {MAX_DOCUMENT} letters")]
    DocumentTooLong,
    /// The payment is not what the lines cost.
    #[error("the purchase costs {total}")]
    PaymentDiffers {
        /// What they cost.
        total: Amount,
    },
    /// The id stands for another purchase.
    #[error("the id stands for another purchase")]
    IdReused,
    /// There is no such purchase here.
    #[error("there is no such purchase")]
    Unknown,
    /// More than an account can count.
    #[error(transparent)]
    Rights(#[from] RightsError),
    /// It cannot be taken back.
    #[error(transparent)]
    Reversal(#[from] reversal::ReversalError),
    /// A second person's word is missing, or does not count.
    #[error(transparent)]
    Approval(#[from] crate::cash::ApprovalError),
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

/// Prices a purchase without recording anything; `corrects` names the one that it shall stand in the place of.
///
/// # Errors
/// [`RecordError`] names the line to put right.
pub async fn quote(
    shop: &Shop,
    actor: &Actor,
    lines: Vec<NewLine>,
    corrects: Option<PurchaseId>,
) -> Result<Quote, RecordError> {
    staff::require(actor, Permission::PurchaseCreate)?;
    shop.read(move |at| {
        let site = node::site(at)??;
        let before = match corrects {
            None => Vec::new(),
            Some(id) => db::ticket(at, id)?.ok_or(RecordError::Unknown)?.lines,
        };
        let (items, names) = items(at, &lines, &before)?;
        let purchase = retail::purchasing::price(items, site.currency)?;
        Ok(Quote {
            lines: named(&purchase, names),
            total: purchase.total,
        })
    })
    .await
}

/// Records a purchase: goods in, cost, and money out, as one event (decision 10). On disk when this returns.
///
/// Repeating the same `id` and content returns the first ticket.
///
/// # Errors
/// [`RecordError`] says what the buyer can put right; nothing is kept then, save a content under a used id.
pub async fn record(
    shop: &Shop,
    actor: &Actor,
    purchase: NewPurchase,
) -> Result<Recorded<Ticket>, RecordError> {
    staff::require(actor, Permission::PurchaseCreate)?;
    check_document(&purchase)?;
    let refusal_id = shop.new_id::<()>().as_uuid();
    let print_id = shop.new_id::<()>().as_uuid();
    let actor = actor.clone();
    let attempt = shop
        .write(move |tx, _| record_in(tx, &actor, &purchase, refusal_id, print_id))
        .await?;
    match attempt {
        Attempt::Recorded(ticket) => {
            if let Recorded::First(ticket) = &ticket {
                metrics::counter!("edge_purchases_total", "location" => ticket.location_code.clone()).increment(1);
            }
            Ok(ticket)
        }
        Attempt::IdReused => Err(RecordError::IdReused),
    }
}

fn check_document(purchase: &NewPurchase) -> Result<(), RecordError> {
    let letters = purchase.document.as_ref().map(|text| text.chars().count());
    if letters.is_some_and(|letters| letters > MAX_DOCUMENT) {
        return Err(RecordError::DocumentTooLong);
    }
    Ok(())
}

/// The same for a purchase of the past, see [`crate::history`].
pub(crate) fn record_past(
    tx: &Tx<'_>,
    actor: &Actor,
    purchase: &NewPurchase,
    (refusal_id, print_id): (Uuid, Uuid),
) -> Result<(), RecordError> {
    staff::require(actor, Permission::PurchaseCreate)?;
    match record_in(tx, actor, purchase, refusal_id, print_id)? {
        Attempt::Recorded(_) => Ok(()),
        Attempt::IdReused => Err(RecordError::IdReused),
    }
}

fn record_in(
    tx: &Tx<'_>,
    actor: &Actor,
    purchase: &NewPurchase,
    refusal_id: Uuid,
    print_id: Uuid,
) -> Result<Attempt<Ticket>, RecordError> {
    let mut site = node::site(tx)??;
    let content = event::content(purchase);
    let write = Write {
        noun: "purchase",
        id: purchase.id.as_uuid(),
        content: &content,
        staff: actor.staff,
        register: actor.register,
    };
    let before = db::request_hash(tx, purchase.id)?;
    let hash = match refusal::standing(tx, &mut site, &write, before, refusal_id)? {
        Standing::Fresh(hash) => hash,
        Standing::Same => {
            let ticket = db::ticket(tx, purchase.id)?.ok_or(RecordError::Unknown)?;
            return Ok(Attempt::Recorded(Recorded::Repeated(ticket)));
        }
        Standing::Other => return Ok(Attempt::IdReused),
    };
    let ticket = append(tx, &mut site, actor, purchase, hash)?;
    print::after(
        tx,
        actor,
        print::What::Purchase(purchase.id),
        false,
        print_id,
    )?;
    Ok(Attempt::Recorded(Recorded::First(ticket)))
}

fn append(
    tx: &Tx<'_>,
    site: &mut Site,
    actor: &Actor,
    purchase: &NewPurchase,
    hash: [u8; 32],
) -> Result<Ticket, RecordError> {
    let draft = draft(tx, site, actor, purchase, &[])?;
    let number = number(tx, site, &draft.shift)?;
    let mut accounts = receive(tx, &draft.priced)?;
    let total = draft.priced.total;
    let seq = outbox::append(
        tx,
        site,
        outbox::Event {
            register: Some(draft.shift.register),
            staff: Some(actor.staff),
            aggregate: purchase.shift.as_uuid(),
            accounts: &mut accounts,
            money: vec![(purchase.payment.code(), -total)],
            ..outbox::Event::of(
                purchase.id.as_uuid(),
                draft.shift.business_date,
                &event::body(purchase, &draft.lines, total, &number),
            )
        },
    )?;
    draft.keep(tx, actor, purchase, (seq, &number), hash)?;
    db::ticket(tx, purchase.id)?.ok_or(RecordError::Unknown)
}

/// A purchase that may be recorded, before it has a number.
struct Draft {
    shift: Current,
    supplier_name: String,
    priced: Purchase,
    lines: Vec<Line>,
}

/// Checks a purchase against the shift, the suppliers, the products and the containers of now; `before`: the lines that it
/// corrects.
fn draft(
    at: &Snapshot<'_>,
    site: &Site,
    actor: &Actor,
    purchase: &NewPurchase,
    before: &[Line],
) -> Result<Draft, RecordError> {
    let shift = shift::current(at, actor, purchase.shift)?;
    let supplier_name =
        db::supplier_name(at, purchase.supplier)?.ok_or(RecordError::UnknownSupplier)?;
    let (items, names) = items(at, &purchase.lines, before)?;
    let priced = retail::purchasing::record(items, site.currency)?;
    if purchase.paid != priced.total {
        return Err(RecordError::PaymentDiffers {
            total: priced.total,
        });
    }
    let lines = named(&priced, names);
    Ok(Draft {
        shift,
        supplier_name,
        priced,
        lines,
    })
}

impl Draft {
    /// Keeps it as the purchase of an event.
    fn keep(
        &self,
        tx: &Tx<'_>,
        actor: &Actor,
        purchase: &NewPurchase,
        (seq, number): (i64, &str),
        hash: [u8; 32],
    ) -> Result<(), DbError> {
        let row = db::NewRow {
            purchase,
            seq,
            number,
            shift: &self.shift,
            staff: actor.staff,
            supplier_name: &self.supplier_name,
            total: self.priced.total,
            hash,
        };
        db::insert(tx, &row)?;
        db::insert_lines(tx, purchase.id, &self.lines)
    }
}

/// The next number of the series of purchases, their voids and corrections.
fn number(tx: &Tx<'_>, site: &Site, shift: &Current) -> Result<String, DbError> {
    let counter =
        shift::db::next_number(tx, shift.register, site.epoch, shift::db::Series::Ticket)?;
    let prefix = format!("{}P", shift.prefix);
    Ok(ReceiptNumber::after(&prefix, site.epoch, counter - 1).to_string())
}

/// Takes the goods into the accounts of the node. What a scale has weighed may be promised online at once; what was
/// typed or counted by one person alone only after a count (decision 10).
fn receive(tx: &Tx<'_>, purchase: &Purchase) -> Result<Vec<Held>, RecordError> {
    let mut accounts = Vec::new();
    for (variant, received) in purchase.received() {
        let mut held = Held::load(tx, variant)?;
        for (quantity, is_weak) in [(received.weighed, false), (received.stated, true)] {
            if quantity > Quantity::ZERO {
                held.apply(|account| account.receive(quantity, is_weak))?;
            }
        }
        accounts.push(held);
    }
    Ok(accounts)
}

/// What a line names, as it is called now.
struct Names {
    variant: String,
    container: Option<String>,
}

fn items(
    at: &Snapshot<'_>,
    lines: &[NewLine],
    before: &[Line],
) -> Result<(Vec<Item>, Vec<Names>), RecordError> {
    if lines.len() > retail::purchasing::MAX_LINES {
        let max = retail::purchasing::MAX_LINES;
        return Err(PurchaseError::TooManyLines { max }.into());
    }
    let mut items = Vec::with_capacity(lines.len());
    let mut names = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let offer = catalog::db::offer(at, line.variant)?
            .filter(|offer| offer.active)
            .ok_or(RecordError::UnknownVariant { line: index })?;
        let cost = Price::new(line.unit_cost, line.cost_quantity)
            .map_err(|error| RecordError::Cost { line: index, error })?;
        let (measure, container) = container::measured(at, index, line.measure, before)?;
        items.push(Item {
            variant: line.variant,
            unit: offer.unit,
            measure,
            cost,
        });
        names.push(Names {
            variant: offer.name,
            container,
        });
    }
    Ok((items, names))
}

fn named(purchase: &Purchase, names: Vec<Names>) -> Vec<Line> {
    purchase
        .lines
        .iter()
        .zip(names)
        .map(|(line, names)| Line {
            variant: line.item.variant,
            name: names.variant,
            unit: line.item.unit,
            quantity: line.quantity,
            measure: line.item.measure,
            container: names.container,
            cost: line.item.cost,
            total: line.cost,
        })
        .collect()
}

/// The ticket of a purchase.
///
/// # Errors
/// [`RecordError::Unknown`], or the disk's.
pub async fn get(shop: &Shop, id: PurchaseId) -> Result<Ticket, RecordError> {
    shop.read(move |at| db::ticket(at, id)?.ok_or(RecordError::Unknown))
        .await
}

/// A purchase in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) id: PurchaseId,
    pub(crate) number: String,
    pub(crate) closed_at: Timestamp,
    pub(crate) total: Amount,
    pub(crate) lines: i64,
    pub(crate) supplier_name: String,
    pub(crate) staff_name: String,
    pub(crate) seq: i64,
    pub(crate) state: reversal::State,
}

/// A supplier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Supplier {
    pub(crate) id: SupplierId,
    pub(crate) name: String,
    pub(crate) code: String,
}

/// Suppliers that are bought from, by name, narrowed by what was typed.
pub(crate) async fn suppliers(shop: &Shop, typed: &str) -> Result<Vec<Supplier>, DbError> {
    let typed = catalog::fold(typed);
    shop.read(move |at| db::suppliers(at, &typed)).await
}
