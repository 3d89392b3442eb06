//! The rows that a batch of events becomes, as columns, with the figures that they add up to.
use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, civil::Date};
use retail::quantity::Unit;
use rust_decimal::Decimal;
use serde_json::Value;
use tokio_postgres::types::ToSql;
use uuid::Uuid;
use wire::body::{
    Body, CashDropped, CashPaidIn, CashPaidOut, PurchaseCorrected, ShiftClosed, ShiftOpened,
    WriteRefused,
};
use wire::event::Header;

use super::Queue;
use super::acts::{self, Act};
use super::plan::{Event, Readable};

mod cash;
mod patron;
mod purchase;
mod returns;
mod sale;
mod supplier;

pub(super) use supplier::SupplierDocuments;

/// Messages about single sales and purchases in one batch: a branch that catches up is told by its figures.
const MOST_MESSAGES: usize = 20;

/// A parameter of a statement.
pub(super) type Param<'a> = &'a (dyn ToSql + Sync);

/// All rows of a batch.
pub(super) struct Rows {
    pub(super) queue: Queue,
    pub(super) applied_at: Timestamp,
    pub(super) sale: Sales,
    pub(super) sale_line: SaleLines,
    pub(super) promotion_use: PromotionUses,
    pub(super) tender: Tenders,
    pub(super) sale_return: Returns,
    pub(super) return_line: ReturnLines,
    pub(super) refund: Refunds,
    pub(super) purchase: Purchases,
    pub(super) purchase_line: PurchaseLines,
    pub(super) reversal: PurchaseReversals,
    pub(super) opening: Openings,
    pub(super) closing: Closings,
    pub(super) cash: CashMovements,
    pub(super) z_report: ZReports,
    pub(super) conflict: Conflicts,
    pub(super) patron: Patrons,
    pub(super) daily_sales: BTreeMap<Date, [i64; 6]>,
    pub(super) hourly_sales: BTreeMap<(Date, i16), [i64; 2]>,
    pub(super) daily_product: BTreeMap<(Date, Uuid), [i64; 3]>,
    pub(super) daily_purchase: BTreeMap<Date, [i64; 2]>,
    pub(super) hourly_purchase: BTreeMap<(Date, i16), [i64; 2]>,
    pub(super) daily_product_purchase: BTreeMap<(Date, Uuid), [i64; 3]>,
    pub(super) daily_promotion: BTreeMap<(Date, Uuid), [i64; 3]>,
    pub(super) messages: Vec<Message>,
    pub(super) case: Cases,
    /// What people did.
    pub(super) acts: Vec<Act>,
    /// Dates that the events belong to.
    pub(super) touched: BTreeSet<Date>,
    /// Some event says whether the node trusts its own rights …
    pub(super) says_trust: bool,
    /// … and the last one, why not.
    pub(super) restricted: Option<String>,
    /// Reservations that will not be picked or were put back.
    pub(super) cancelled: Vec<Uuid>,
    /// Reservations that customers have.
    pub(super) handed_over: Vec<Uuid>,
    /// Of an epoch that is over.
    pub(super) is_salvage: bool,
}

/// A message to open pages.
pub(super) struct Message {
    pub(super) permission: &'static str,
    pub(super) payload: String,
}

macro_rules! columns {
    ($(#[$doc:meta])* $name:ident of $row:ident { $($column:ident: $kind:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name { $($column: Vec<$kind>,)+ }

        struct $row { $($column: $kind,)+ }

        impl $name {
            fn push(&mut self, row: $row) {
                $(self.$column.push(row.$column);)+
            }

            /// The columns in this order, after what all rows share.
            pub(super) fn params<'a>(&'a self, shared: &[Param<'a>]) -> Vec<Param<'a>> {
                let columns: [Param<'a>; [$(stringify!($column)),+].len()] = [$(&self.$column),+];
                shared.iter().copied().chain(columns).collect()
            }

            pub(super) const fn is_empty(&self) -> bool {
                self.date.is_empty()
            }
        }
    };
}

columns! {
    /// Rows of `sale`.
    Sales of Sale {
        date: Date, id: Uuid, seq: i64, register: Option<Uuid>, staff: Option<Uuid>, shift: Uuid, number: String,
        closed_at: Timestamp, hour: i16, behind: i64, lines: i32, units: i64, subtotal: i64, discount: i64, tax: i64,
        total: i64, change: i64, taxes: String, received_at: Timestamp, patron: Option<Uuid>,
        trace: Option<String>,
    }
}
columns! {
    /// Rows of `sale_line`.
    SaleLines of SaleLine {
        date: Date, sale: Uuid, line: i32, variant: Uuid, quantity: i64, unit_price: Decimal, price_quantity: i64,
        price_version: i64, price_reason: Option<String>, gross: i64, discount: i64, discount_reason: Option<String>,
        tax_rate: i64, total: i64, units: i64, approved_by: Option<Uuid>, promoted: i64,
        gift: bool,
    }
}
columns! {
    /// Rows of `promotion_use`.
    PromotionUses of PromotionUse {
        date: Date, sale: Uuid, promotion: Uuid, version: i64, units: i64, gave: i64,
    }
}
columns! {
    /// Rows of `tender`.
    Tenders of Tender {
        date: Date, sale: Uuid, line: i32, kind: String, amount: i64, reference: Option<String>,
    }
}
columns! {
    /// Rows of `sale_return`.
    Returns of Return {
        date: Date, id: Uuid, seq: i64, register: Option<Uuid>, staff: Option<Uuid>, shift: Uuid, number: String,
        sale: Uuid, sale_date: Date, sale_number: String, patron: Option<Uuid>, reason: String, note: Option<String>,
        policy: String, approved_by: Option<Uuid>, lines: i32, units: i64, tax: i64, total: i64, taxes: String,
        reasons: String, at: Timestamp, hour: i16, received_at: Timestamp,
    }
}
columns! {
    /// Rows of `sale_return_line`.
    ReturnLines of ReturnLine {
        date: Date, id: Uuid, line: i32, sale: Uuid, sale_date: Date, sale_line: i32, variant: Uuid, quantity: i64,
        condition: Option<String>, units: i64, tax_rate: i64, total: i64, at: Timestamp, staff: Option<Uuid>,
    }
}
columns! {
    /// Rows of `refund_tender`.
    Refunds of Refund {
        date: Date, id: Uuid, line: i32, kind: String, amount: i64, reference: Option<String>,
    }
}
columns! {
    /// Rows of `purchase`.
    Purchases of Purchase {
        date: Date, id: Uuid, seq: i64, register: Option<Uuid>, staff: Option<Uuid>, shift: Uuid, number: String,
        supplier: Uuid, document: Option<String>, closed_at: Timestamp, hour: i16, behind: i64, lines: i32,
        payment: String, total: i64, received_at: Timestamp,
    }
}
columns! {
    /// Rows of `purchase_line`.
    PurchaseLines of PurchaseLine {
        date: Date, purchase: Uuid, line: i32, variant: Uuid, quantity: i64, gross: Option<i64>, tare: Option<i64>,
        manual: Option<bool>, unit_cost: Decimal, cost_quantity: i64, cost: i64, container: Option<Uuid>,
        container_name: Option<String>, container_grams: Option<i64>, containers: Option<i64>, manual_tare: Option<bool>,
    }
}
columns! {
    /// Rows of `purchase_reversal`.
    PurchaseReversals of Reversal {
        date: Date, id: Uuid, seq: i64, register: Option<Uuid>, staff: Option<Uuid>, shift: Uuid, number: String,
        purchase: Uuid, purchase_date: Date, replacement: Option<Uuid>, reason: String, approved_by: Option<Uuid>,
        payment: String, total: i64, at: Timestamp, hour: i16, received_at: Timestamp,
    }
}
columns! {
    /// Openings of `shift`.
    Openings of Opening {
        date: Date, id: Uuid, register: Option<Uuid>, staff: Option<Uuid>, at: Timestamp, float: i64,
    }
}
columns! {
    /// Closings of `shift`.
    Closings of Closing {
        date: Date, id: Uuid, register: Option<Uuid>, staff: Option<Uuid>, at: Timestamp, sales: i64, expected: i64,
        counted: i64, reason: Option<String>, approved_by: Option<Uuid>,
    }
}
columns! {
    /// Rows of `cash_movement`.
    CashMovements of CashMovement {
        date: Date, id: Uuid, shift: Uuid, register: Option<Uuid>, staff: Option<Uuid>, kind: &'static str, amount: i64,
        reason: String, note: Option<String>, approved_by: Option<Uuid>, at: Timestamp,
    }
}
columns! {
    /// Rows of `z_report`.
    ZReports of ZReport {
        date: Date, id: Uuid, shift: Uuid, register: Option<Uuid>, number: i64, closed_at: Timestamp, sales: i64,
        total: i64, difference: i64, grand_total: i64, content: String,
    }
}
columns! {
    /// Rows of `stock_case`.
    Cases of Case {
        date: Date, id: Uuid, kind: &'static str, variant: Uuid, quantity: i64, event: Uuid, sale: Option<Uuid>,
        staff: Option<Uuid>, supervisor: Option<Uuid>, reason: Option<String>, at: Timestamp,
    }
}
columns! {
    /// Rows of `conflict`.
    Conflicts of Conflict {
        date: Date, id: Uuid, noun: String, subject: Uuid, content: String, refused_at: Timestamp,
    }
}

columns! {
    /// Rows of `patron`, with what they said about advertising.
    Patrons of Patron {
        date: Date, id: Uuid, event: Uuid, staff: Option<Uuid>, at: Timestamp, marketing: Option<bool>,
    }
}

/// Adds up what two rows say about the same figure.
fn add<K: Ord, const N: usize>(sums: &mut BTreeMap<K, [i64; N]>, key: K, more: [i64; N]) {
    let sum = sums.entry(key).or_insert([0; N]);
    for (sum, more) in sum.iter_mut().zip(more) {
        // Each is far below the limit (see `figures`), and a batch is bounded.
        *sum += more;
    }
}

/// Units of a line as people count them: pieces, or one for goods that are measured.
const fn units(unit: Unit, quantity: i64) -> i64 {
    match unit {
        Unit::Piece => quantity,
        Unit::Gram | Unit::Millilitre | Unit::Millimetre => quantity.signum(),
    }
}

/// A case of an event's line; its id is made of both, so that it is opened once.
fn case(header: &Header, line: u32, kind: &'static str, variant: Uuid, quantity: i64) -> Case {
    Case {
        date: header.business_date,
        id: Uuid::new_v5(&header.id, &line.to_be_bytes()),
        kind,
        variant,
        quantity,
        event: header.id,
        sale: None,
        staff: header.staff,
        supervisor: None,
        reason: None,
        at: header.at,
    }
}

/// A line's place, from 0.
fn place(index: usize) -> Result<i32, String> {
    i32::try_from(index).map_err(|error| error.to_string())
}

/// Text as PostgreSQL can keep it.
fn without_nul(text: &str) -> String {
    text.replace('\0', "\u{fffd}")
}

fn decimal(text: &str) -> Result<Decimal, String> {
    text.parse()
        .map_err(|error| format!("`{text}` is no decimal: {error}"))
}

impl Rows {
    pub(super) fn new(queue: Queue, applied_at: Timestamp) -> Self {
        Self {
            queue,
            applied_at,
            sale: Sales::default(),
            sale_line: SaleLines::default(),
            promotion_use: PromotionUses::default(),
            tender: Tenders::default(),
            sale_return: Returns::default(),
            return_line: ReturnLines::default(),
            refund: Refunds::default(),
            purchase: Purchases::default(),
            purchase_line: PurchaseLines::default(),
            reversal: PurchaseReversals::default(),
            opening: Openings::default(),
            closing: Closings::default(),
            cash: CashMovements::default(),
            z_report: ZReports::default(),
            conflict: Conflicts::default(),
            patron: Patrons::default(),
            daily_sales: BTreeMap::new(),
            hourly_sales: BTreeMap::new(),
            daily_product: BTreeMap::new(),
            daily_purchase: BTreeMap::new(),
            hourly_purchase: BTreeMap::new(),
            daily_product_purchase: BTreeMap::new(),
            daily_promotion: BTreeMap::new(),
            messages: Vec::new(),
            case: Cases::default(),
            acts: Vec::new(),
            touched: BTreeSet::new(),
            says_trust: false,
            restricted: None,
            cancelled: Vec::new(),
            handed_over: Vec::new(),
            is_salvage: false,
        }
    }

    /// As [`Rows::new`], for records of an epoch that is over.
    pub(super) fn salvaged(queue: Queue, applied_at: Timestamp) -> Self {
        Self {
            is_salvage: true,
            ..Self::new(queue, applied_at)
        }
    }

    /// Dates whose figures change.
    pub(super) fn dates(&self) -> Vec<Date> {
        let dates = self.daily_sales.keys().chain(self.daily_purchase.keys());
        let dates: std::collections::BTreeSet<Date> = dates.copied().collect();
        dates.into_iter().collect()
    }

    /// Adds the rows of an event. Changes nothing when it fails.
    pub(super) fn add(&mut self, event: &Event, readable: Readable<'_>) -> Result<(), String> {
        let date = readable.header.business_date;
        match &readable.body {
            Body::SaleClosed(sale) => self.add_sale(event, &readable, sale)?,
            Body::ReturnRecorded(returned) => self.add_return(event, &readable, returned)?,
            Body::PurchaseRecorded(purchase) => self.add_purchase(event, &readable, purchase)?,
            Body::PurchaseVoided(voided) => {
                let of = (voided.shift, voided.ticket_number.as_str());
                self.add_reversal(event, &readable, of, &voided.reversal, None);
            }
            Body::PurchaseCorrected(corrected) => {
                let PurchaseCorrected { reversal, purchase } = &**corrected;
                self.add_purchase(event, &readable, purchase)?;
                let of = (purchase.shift, purchase.ticket_number.as_str());
                let replacement = Some(readable.header.id);
                self.add_reversal(event, &readable, of, reversal, replacement);
            }
            Body::ShiftOpened(shift) => self.add_opening(&readable.header, shift),
            Body::ShiftClosed(shift) => self.add_closing(&readable.header, shift),
            Body::CashPaidIn(CashPaidIn(moved)) => {
                self.add_cash(&readable.header, "paid_in", moved);
            }
            Body::CashPaidOut(CashPaidOut(moved)) => {
                self.add_cash(&readable.header, "paid_out", moved);
            }
            Body::CashDropped(CashDropped(moved)) => {
                self.add_cash(&readable.header, "drop", moved);
            }
            Body::ZReportMade(z) => self.add_z_report(event, &readable.header, z),
            Body::WriteRefused(refused) => self.add_conflict(&readable.header, refused),
            Body::PatronRegistered(entered) => self.add_patron(&readable.header, entered),
            // What an epoch that is over says of its stock was superseded by the next one's counts.
            _ if self.is_salvage => {}
            Body::StockFound(_) | Body::SaleOverridden(_) => self.add_cases(&readable),
            Body::StockCounted(count) if count.reason == "till" => self.add_cases(&readable),
            // A promise that was to be broken stands when it was picked before.
            Body::PickCancelled(cancel) if cancel.reason != "broken" => {
                self.cancelled.extend(&cancel.reservations);
            }
            Body::OrderHandedOver(handed_over) => {
                self.handed_over.extend(&handed_over.reservations);
            }
            Body::NodeRestricted(restricted) => {
                let cause = Some(restricted.cause.replace('\0', "\u{fffd}"));
                (self.says_trust, self.restricted) = (true, cause.filter(|one| one != "trusted"));
            }
            // Their movements are in the ledger since they were accepted.
            Body::StockCounted(_)
            | Body::ShiftCounted(_)
            | Body::TillConfigured(_)
            | Body::AllowanceCredited(_)
            | Body::AllowanceReturned(_)
            | Body::GrantCredited(_)
            | Body::RightsReturned(_)
            | Body::PickReceived(_)
            | Body::OrderPicked(_)
            | Body::PickCancelled(_)
            | Body::EpochOpened(_)
            | Body::CloudRebased(_)
            | Body::ReceiptReprinted(_)
            | Body::BasketVoided(_)
            | Body::ClockConfirmed(_)
            | Body::VoucherLocked(_)
            | Body::PinLocked(_) => {}
        }
        self.acts.extend(acts::of(&readable.header, &readable.body));
        self.touched.insert(date);
        Ok(())
    }

    /// What somebody should look at, one case for each line.
    fn add_cases(&mut self, readable: &Readable<'_>) {
        let header = &readable.header;
        match &readable.body {
            Body::StockFound(found) => {
                for (line, units) in (0..).zip(&found.lines) {
                    let case = case(header, line, "found", units.variant, units.quantity);
                    self.case.push(Case {
                        sale: Some(found.sale),
                        ..case
                    });
                }
            }
            Body::SaleOverridden(sold) => {
                for (line, units) in (0..).zip(&sold.lines) {
                    let case = case(header, line, "override", units.variant, units.quantity);
                    self.case.push(Case {
                        sale: Some(sold.sale),
                        supervisor: Some(sold.supervisor),
                        reason: Some(sold.reason.clone()),
                        ..case
                    });
                }
            }
            Body::StockCounted(count) => {
                for (line, counted) in (0..).zip(&count.lines) {
                    let more = counted.counted - counted.expected;
                    let case = case(header, line, "counted", counted.variant, more);
                    self.case.push(Case {
                        sale: count.sale,
                        ..case
                    });
                }
            }
            _ => {}
        }
    }

    fn add_opening(&mut self, header: &Header, body: &ShiftOpened) {
        self.opening.push(Opening {
            date: header.business_date,
            id: body.shift,
            register: header.register,
            staff: header.staff,
            at: header.at,
            float: body.float_minor,
        });
    }

    fn add_closing(&mut self, header: &Header, body: &ShiftClosed) {
        self.closing.push(Closing {
            date: header.business_date,
            id: body.shift,
            register: header.register,
            staff: header.staff,
            at: header.at,
            sales: body.sales,
            expected: body.expected_minor,
            counted: body.counted_minor,
            reason: body.difference_reason.as_deref().map(without_nul),
            approved_by: body.approved_by,
        });
    }

    fn add_conflict(&mut self, header: &Header, body: &WriteRefused) {
        self.conflict.push(Conflict {
            date: header.business_date,
            id: header.id,
            noun: body.noun.clone(),
            subject: body.id,
            content: body.content.to_string(),
            refused_at: body.refused_at,
        });
    }

    fn tell(&mut self, permission: &'static str, payload: &Value) {
        if self.messages.len() == MOST_MESSAGES {
            self.messages.remove(0);
        }
        self.messages.push(Message {
            permission,
            payload: payload.to_string(),
        });
    }
}
