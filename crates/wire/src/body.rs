//! The business documents inside events, by type and version.
//!
//! A shape that was ever sent is never changed: a new field is optional, anything else is a new version with an
//! upcaster. The cloud reads every version that was ever shipped (sync.md 2.13).
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

mod allowance;
mod cash;
mod patron;
mod purchase;
mod returns;
mod reversal;
mod sale;

pub use allowance::{AllowanceCredited, AllowanceReturned};
pub use cash::{
    CashDropped, CashMoved, CashPaidIn, CashPaidOut, Pieces, ShiftCounted, TillConfigured,
    ZCategory, ZFigure, ZReportMade, ZTender,
};
pub use patron::PatronRegistered;
pub use purchase::{Containers, PurchaseLine, PurchaseRecorded, Weight};
pub use returns::{ChargedGift, LostDiscount, ReturnLine, ReturnRecorded};
pub use reversal::{PurchaseCorrected, PurchaseReversal, PurchaseVoided, ReversedLine};
pub use sale::{Promoted, SaleClosed, SaleLine, Shown};

/// A body as the cloud understands it, whatever version it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// A shift began.
    ShiftOpened(ShiftOpened),
    /// A shift ended.
    ShiftClosed(ShiftClosed),
    /// A sale was paid.
    SaleClosed(SaleClosed),
    /// Goods came back.
    ReturnRecorded(Box<ReturnRecorded>),
    /// Goods were bought.
    PurchaseRecorded(PurchaseRecorded),
    /// A purchase was voided.
    PurchaseVoided(PurchaseVoided),
    /// A purchase was replaced by another.
    PurchaseCorrected(Box<PurchaseCorrected>),
    /// Stock was counted.
    StockCounted(StockCounted),
    /// A write was refused because its id stands for something else; its content is kept here.
    WriteRefused(WriteRefused),
    /// A till found units that the book did not have.
    StockFound(StockFound),
    /// A supervisor sold what may be promised online.
    SaleOverridden(SaleOverridden),
    /// A grant of the cloud was credited.
    GrantCredited(GrantCredited),
    /// Rights went back to the cloud.
    RightsReturned(RightsReturned),
    /// The cloud has asked to pick an order.
    PickReceived(PickReceived),
    /// Promised units were taken from the shelf, or were not there.
    OrderPicked(OrderPicked),
    /// A pick will not happen, or was put back.
    PickCancelled(PickCancelled),
    /// Picked units went to the customer.
    OrderHandedOver(OrderHandedOver),
    /// A new epoch began.
    EpochOpened(EpochOpened),
    /// The node follows a restored cloud.
    CloudRebased(CloudRebased),
    /// The node may not trust its own rights, or may again.
    NodeRestricted(NodeRestricted),
    /// Somebody confirmed the date.
    ClockConfirmed(ClockConfirmed),
    /// Too many wrong PINs.
    PinLocked(PinLocked),
    /// Too many wrong voucher codes.
    VoucherLocked(VoucherLocked),
    /// A receipt or a ticket was printed once more.
    ReceiptReprinted(ReceiptReprinted),
    /// Cash was put into a drawer.
    CashPaidIn(CashPaidIn),
    /// Cash was spent from a drawer.
    CashPaidOut(CashPaidOut),
    /// Cash went from a drawer to the safe.
    CashDropped(CashDropped),
    /// A drawer was counted; its shift goes on.
    ShiftCounted(ShiftCounted),
    /// The report of a shift that has ended.
    ZReportMade(Box<ZReportMade>),
    /// The tills of a shop were set up otherwise.
    TillConfigured(TillConfigured),
    /// Lines, or all of a basket, were taken out before they were paid.
    BasketVoided(BasketVoided),
    /// A till has entered a customer.
    PatronRegistered(PatronRegistered),
    /// Parts of limits came from the cloud.
    AllowanceCredited(AllowanceCredited),
    /// Parts of limits went back to the cloud.
    AllowanceReturned(AllowanceReturned),
}

/// Why a body cannot be read now.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// A newer node wrote it: it waits for an upgrade.
    #[error("{kind} version {ver} is not known here")]
    Unknown {
        /// The event's type.
        kind: String,
        /// The body's version.
        ver: u16,
    },
    /// It is not what its type says.
    #[error("{kind} version {ver} cannot be read: {error}")]
    Unreadable {
        /// The event's type.
        kind: String,
        /// The body's version.
        ver: u16,
        /// What the parser says.
        error: String,
    },
}

/// A body that an event can be made of: it says itself what it is.
pub trait Document: Serialize {
    /// The event's type.
    const KIND: &'static str;
    /// The body's version.
    const VERSION: u16;
}

macro_rules! bodies {
    ($($kind:literal $ver:literal => $name:ident,)+) => {
        impl Body {
            /// Reads the body of an event of that type and version.
            ///
            /// # Errors
            /// [`BodyError`] tells an event that waits for an upgrade from one that is broken.
            pub fn read(kind: &str, ver: u16, body: &str) -> Result<Self, BodyError> {
                let unreadable = |error: serde_json::Error| BodyError::Unreadable {
                    kind: kind.to_owned(), ver, error: error.to_string(),
                };
                match (kind, ver) {
                    $(($kind, $ver) => serde_json::from_str(body).map(Self::$name).map_err(unreadable),)+
                    _ => Err(BodyError::Unknown { kind: kind.to_owned(), ver }),
                }
            }
        }
        $(impl Document for $name {
            const KIND: &'static str = $kind;
            const VERSION: u16 = $ver;
        })+
    };
}

bodies! {
    "shift.opened" 1 => ShiftOpened,
    "shift.closed" 1 => ShiftClosed,
    "sale.closed" 1 => SaleClosed,
    "return.recorded" 1 => ReturnRecorded,
    "purchase.recorded" 1 => PurchaseRecorded,
    "purchase.voided" 1 => PurchaseVoided,
    "purchase.corrected" 1 => PurchaseCorrected,
    "stock.counted" 1 => StockCounted,
    "write.refused" 1 => WriteRefused,
    "stock.found" 1 => StockFound,
    "sale.overridden" 1 => SaleOverridden,
    "grant.credited" 1 => GrantCredited,
    "rights.returned" 1 => RightsReturned,
    "pick.received" 1 => PickReceived,
    "order.picked" 1 => OrderPicked,
    "pick.cancelled" 1 => PickCancelled,
    "order.handed_over" 1 => OrderHandedOver,
    "epoch.opened" 1 => EpochOpened,
    "cloud.rebased" 1 => CloudRebased,
    "node.restricted" 1 => NodeRestricted,
    "clock.confirmed" 1 => ClockConfirmed,
    "pin.locked" 1 => PinLocked,
    "voucher.locked" 1 => VoucherLocked,
    "receipt.reprinted" 1 => ReceiptReprinted,
    "cash.paid_in" 1 => CashPaidIn,
    "cash.paid_out" 1 => CashPaidOut,
    "cash.dropped" 1 => CashDropped,
    "shift.counted" 1 => ShiftCounted,
    "z_report.made" 1 => ZReportMade,
    "till.configured" 1 => TillConfigured,
    "basket.voided" 1 => BasketVoided,
    "patron.registered" 1 => PatronRegistered,
    "allowance.credited" 1 => AllowanceCredited,
    "allowance.returned" 1 => AllowanceReturned,
}

/// A register's drawer was filled and its shift began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftOpened {
    /// The shift.
    pub shift: Uuid,
    /// Cash put in, minor units.
    pub float_minor: i64,
}

/// A drawer was counted and its shift ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShiftClosed {
    /// The shift.
    pub shift: Uuid,
    /// Sales in it.
    pub sales: i64,
    /// What should be in the drawer, minor units.
    pub expected_minor: i64,
    /// What was counted, minor units.
    pub counted_minor: i64,
    /// Why the two differ.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference_reason: Option<String>,
    /// The second person who said so too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Uuid>,
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tender {
    /// `cash`, `card` or `coupon`.
    pub kind: String,
    /// Handed over, minor units.
    pub amount_minor: i64,
    /// The terminal's or the coupon's own number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// What one tax rate came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tax {
    /// Basis points.
    pub rate_bps: i64,
    /// Everything at this rate, tax included, minor units.
    pub gross_minor: i64,
    /// The tax in it, minor units.
    pub tax_minor: i64,
}

/// Stock was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockCounted {
    /// `opening`, `count`, `till` when a till asked before a sale, or `found` by nodes from before rights.
    pub reason: String,
    /// The sale that it made possible, when a till asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sale: Option<Uuid>,
    /// What was counted, sorted by variant.
    pub lines: Vec<CountLine>,
    /// What the head office expects on the shelf although the book has another number: people count it (decision 8).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to_count: Vec<Units>,
}

/// One variant of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountLine {
    /// What was counted.
    pub variant: Uuid,
    /// What the book said at that instant, base units.
    pub expected: i64,
    /// What was there, base units.
    pub counted: i64,
}

/// A client sent an id again with other content. The first stands; the second is kept here, to be looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteRefused {
    /// `sale`, `purchase`, `shift` or `count`.
    pub noun: String,
    /// The id that stands for something else.
    pub id: Uuid,
    /// What the client sent, as it was read.
    pub content: serde_json::Value,
    /// When it was refused.
    pub refused_at: Timestamp,
}

/// A till found units that the book did not have, and nobody else can own: they were there all along.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StockFound {
    /// The sale that they are for.
    pub sale: Uuid,
    /// What was found, sorted by variant: base units beyond the node's rights.
    pub lines: Vec<Units>,
}

/// A supervisor sold units that may be promised online. The claims stay, as debt, until the cloud has paid them back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaleOverridden {
    /// The sale that it made possible.
    pub sale: Uuid,
    /// Who allowed it.
    pub supervisor: Uuid,
    /// Why.
    pub reason: String,
    /// What was missing, sorted by variant.
    pub lines: Vec<Units>,
}

/// So many base units of a variant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Units {
    /// What.
    pub variant: Uuid,
    /// Base units, positive.
    pub quantity: i64,
}

/// A grant of the cloud was credited.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrantCredited {
    /// The transfer.
    pub grant: Uuid,
    /// What came, sorted by variant; what paid debt is in it.
    pub lines: Vec<Units>,
}

/// Rights went back to the cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RightsReturned {
    /// `recall` when the cloud asked, `manual` when somebody here did.
    pub reason: String,
    /// What went, sorted by variant.
    pub lines: Vec<Units>,
}

/// The cloud has asked to pick an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickReceived {
    /// The order.
    pub order: Uuid,
    /// What people call it.
    #[serde(default)]
    pub order_number: String,
    /// Who it is for.
    #[serde(default)]
    pub customer: String,
    /// Its reservations here: a replay of the log finds the open picks again.
    #[serde(default)]
    pub lines: Vec<crate::command::PickLine>,
}

/// Promised units were taken from the shelf. The header's claims name the reservations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPicked {
    /// The order.
    pub order: Uuid,
    /// One for each reservation.
    pub lines: Vec<PickedLine>,
}

/// What became of one reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickedLine {
    /// The reservation.
    pub reservation: Uuid,
    /// What.
    pub variant: Uuid,
    /// Base units that were promised.
    pub promised: i64,
    /// Base units that were there.
    pub picked: i64,
}

/// Reservations that will not be picked. The header's claims name them; those that were picked already have moves back
/// to the shelf.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PickCancelled {
    /// The reservations.
    pub reservations: Vec<Uuid>,
    /// Why, as the cloud said.
    pub reason: String,
}

/// Picked units went to the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderHandedOver {
    /// The order.
    pub order: Uuid,
    /// Its reservations here.
    pub reservations: Vec<Uuid>,
}

/// A new epoch began: nothing is the node's before it was counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EpochOpened {
    /// What the cloud may claim, sorted by variant; in several events when there are many.
    pub claims: Vec<Units>,
}

/// The node follows a restored cloud: grants of the lost future are refused from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudRebased {
    /// The cloud's incarnation.
    pub incarnation: i64,
    /// What the cloud still held of this node's events.
    pub last_seq: i64,
    /// What the node has still to pick: the cloud has promised it, whether it remembers or not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub open_picks: Vec<OpenPick>,
}

/// A promise that a node has been asked to pick and has not picked yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPick {
    /// The order.
    pub order: Uuid,
    /// What people call it.
    pub order_number: String,
    /// Who it is for.
    pub customer: String,
    /// The reservation.
    pub reservation: Uuid,
    /// What.
    pub variant: Uuid,
    /// Base units that were promised.
    pub quantity: i64,
}

/// The node may not trust its own rights, or may again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeRestricted {
    /// `machine`, `rollback`, `fork`, `fenced`; `trusted` when it is over.
    pub cause: String,
    /// For people.
    pub detail: String,
}

/// Somebody confirmed the date although the clock looked wrong (decision 21).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClockConfirmed {
    /// What the clock said.
    pub at: Timestamp,
    /// How far it was off what the node knew, in milliseconds.
    pub offset_ms: i64,
}

/// Too many wrong voucher codes: of this person no further one is taken for a while. The header names them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherLocked {
    /// Wrong codes that are not forgiven yet.
    pub wrong: i64,
    /// Seconds for which no code of this person is looked up.
    pub wait_s: i64,
}

/// Too many wrong PINs: no further one is taken for a while. Nobody has shown who they are, so the header names nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinLocked {
    /// Whose PIN was tried; may be nobody who works here.
    pub staff: Uuid,
    /// Wrong PINs of this person since a right one.
    pub wrong_of_person: i64,
    /// Wrong PINs at this register since a right one.
    pub wrong_at_register: i64,
    /// Seconds for which no PIN of this person is taken; 0: this was not one too many.
    pub person_s: i64,
    /// Seconds for which no PIN is taken at this register; 0: this was not one too many.
    pub register_s: i64,
}

/// Somebody asked for another print of a receipt or a ticket; it says that it is a copy.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptReprinted {
    /// `sale` or `purchase`.
    pub what: String,
    /// Which one.
    pub document: Uuid,
    /// The number that is on it.
    pub number: String,
    /// The how-manieth copy it is, from 1.
    pub copy: i64,
}

/// Lines, or all of a basket, were taken out before they were paid. Nothing moved: a basket holds no stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BasketVoided {
    /// The shift it happened in.
    pub shift: Uuid,
    /// The sale that the basket was to become; other lines of it may have been sold.
    pub sale: Uuid,
    /// Nothing of the basket is left.
    pub whole: bool,
    /// Why.
    pub reason: String,
    /// Who let it be, when it was not the person at the till.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approved_by: Option<Uuid>,
    /// What was taken out.
    pub lines: Vec<VoidedLine>,
    /// What the customer would have paid for it, minor units.
    pub total_minor: i64,
}

/// One line that was taken out of a basket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoidedLine {
    /// What.
    pub variant: Uuid,
    /// Base units.
    pub quantity: i64,
    /// What the customer would have paid for it, minor units.
    pub total_minor: i64,
}
