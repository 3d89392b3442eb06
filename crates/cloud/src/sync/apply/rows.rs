//! The rows that a batch of events becomes, as columns, with the figures that they add up to.
use std::collections::BTreeMap;

use jiff::{Timestamp, civil::Date};
use retail::quantity::Unit;
use rust_decimal::Decimal;
use uuid::Uuid;
use wire::body::{Body, PurchaseRecorded, SaleClosed, ShiftClosed, ShiftOpened, WriteRefused};
use wire::event::Header;

use super::plan::{Event, Sane};
use super::Queue;

/// Messages about single sales and purchases in one batch: a branch that catches up is told by its figures.
const MOST_MESSAGES: usize = 20;

/// All rows of a batch.
pub(super) struct Rows {
    pub(super) queue: Queue,
    pub(super) applied_at: Timestamp,
    pub(super) sale: Sales,
    pub(super) sale_line: SaleLines,
    pub(super) tender: Tenders,
    pub(super) purchase: Purchases,
    pub(super) purchase_line: PurchaseLines,
    pub(super) opened: Opened,
    pub(super) closed: Closed,
    pub(super) conflict: Conflicts,
    pub(super) daily_sales: BTreeMap<Date, [i64; 6]>,
    pub(super) hourly_sales: BTreeMap<(Date, i16), [i64; 2]>,
    pub(super) daily_product: BTreeMap<(Date, Uuid), [i64; 3]>,
    pub(super) daily_purchase: BTreeMap<Date, [i64; 2]>,
    pub(super) hourly_purchase: BTreeMap<(Date, i16), [i64; 2]>,
    pub(super) daily_product_purchase: BTreeMap<(Date, Uuid), [i64; 3]>,
    pub(super) messages: Vec<Message>,
}

/// A message to open pages.
pub(super) struct Message {
    pub(super) permission: &'static str,
    pub(super) payload: String,
}

macro_rules! columns {
    ($(#[$doc:meta])* $name:ident { $($column:ident: $kind:ty,)+ }) => {
        $(#[$doc])*
        #[derive(Default)]
        pub(super) struct $name { $(pub(super) $column: Vec<$kind>,)+ }
    };
}

columns! {
    /// Rows of `sale`.
    Sales {
        date: Date, id: Uuid, seq: i64, register: Option<Uuid>, staff: Option<Uuid>, shift: Uuid, number: String,
        closed_at: Timestamp, hour: i16, behind: i64, lines: i32, units: i64, subtotal: i64, discount: i64, tax: i64,
        total: i64, change: i64, taxes: String, received_at: Timestamp,
    }
}
columns! {
    /// Rows of `sale_line`.
    SaleLines {
        date: Date, sale: Uuid, line: i32, variant: Uuid, quantity: i64, unit_price: Decimal, price_quantity: i64,
        price_version: i64, price_reason: Option<String>, gross: i64, discount: i64, discount_reason: Option<String>,
        tax_rate: i64, total: i64, units: i64,
    }
}
columns! {
    /// Rows of `tender`.
    Tenders { date: Date, sale: Uuid, line: i32, kind: String, amount: i64, reference: Option<String>, }
}
columns! {
    /// Rows of `purchase`.
    Purchases {
        date: Date, id: Uuid, seq: i64, register: Option<Uuid>, staff: Option<Uuid>, shift: Uuid, number: String,
        supplier: Uuid, document: Option<String>, closed_at: Timestamp, hour: i16, behind: i64, lines: i32,
        payment: String, total: i64, received_at: Timestamp,
    }
}
columns! {
    /// Rows of `purchase_line`.
    PurchaseLines {
        date: Date, purchase: Uuid, line: i32, variant: Uuid, quantity: i64, gross: Option<i64>, tare: Option<i64>,
        manual: Option<bool>, unit_cost: Decimal, cost_quantity: i64, cost: i64,
    }
}
columns! {
    /// Openings of `shift`.
    Opened { date: Date, id: Uuid, register: Option<Uuid>, staff: Option<Uuid>, at: Timestamp, float: i64, }
}
columns! {
    /// Closings of `shift`.
    Closed {
        date: Date, id: Uuid, register: Option<Uuid>, staff: Option<Uuid>, at: Timestamp, sales: i64, expected: i64,
        counted: i64,
    }
}
columns! {
    /// Rows of `conflict`.
    Conflicts { date: Date, id: Uuid, noun: String, subject: Uuid, content: String, refused_at: Timestamp, }
}

/// Adds up what two rows say about the same figure.
fn add<K: Ord, const N: usize>(sums: &mut BTreeMap<K, [i64; N]>, key: K, more: [i64; N]) {
    let sum = sums.entry(key).or_insert([0; N]);
    for (sum, more) in sum.iter_mut().zip(more) {
        // Each is far below the limit (see `nonsense`), and a batch is bounded.
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

/// A line's place, from 0.
fn place(index: usize) -> Result<i32, String> {
    i32::try_from(index).map_err(|error| error.to_string())
}

fn decimal(text: &str) -> Result<Decimal, String> {
    text.parse().map_err(|error| format!("`{text}` is no decimal: {error}"))
}

impl Rows {
    pub(super) fn new(queue: Queue, applied_at: Timestamp) -> Self {
        Self {
            queue,
            applied_at,
            sale: Sales::default(),
            sale_line: SaleLines::default(),
            tender: Tenders::default(),
            purchase: Purchases::default(),
            purchase_line: PurchaseLines::default(),
            opened: Opened::default(),
            closed: Closed::default(),
            conflict: Conflicts::default(),
            daily_sales: BTreeMap::new(),
            hourly_sales: BTreeMap::new(),
            daily_product: BTreeMap::new(),
            daily_purchase: BTreeMap::new(),
            hourly_purchase: BTreeMap::new(),
            daily_product_purchase: BTreeMap::new(),
            messages: Vec::new(),
        }
    }

    /// Dates whose figures change.
    pub(super) fn dates(&self) -> Vec<Date> {
        let dates = self.daily_sales.keys().chain(self.daily_purchase.keys());
        let dates: std::collections::BTreeSet<Date> = dates.copied().collect();
        dates.into_iter().collect()
    }

    /// Adds the rows of an event. Changes nothing when it fails.
    pub(super) fn add(&mut self, event: &Event, sane: Sane<'_>) -> Result<(), String> {
        match &sane.body {
            Body::SaleClosed(sale) => self.add_sale(event, &sane, sale),
            Body::PurchaseRecorded(purchase) => self.add_purchase(event, &sane, purchase),
            Body::ShiftOpened(shift) => {
                self.add_opened(&sane.header, shift);
                Ok(())
            }
            Body::ShiftClosed(shift) => {
                self.add_closed(&sane.header, shift);
                Ok(())
            }
            Body::WriteRefused(refused) => {
                self.add_conflict(&sane.header, refused);
                Ok(())
            }
            // Its movements are in the ledger since it was accepted.
            Body::StockCounted(_) => Ok(()),
        }
    }

    fn add_sale(&mut self, event: &Event, sane: &Sane<'_>, body: &SaleClosed) -> Result<(), String> {
        let (header, date) = (&sane.header, sane.header.business_date);
        let prices = body.lines.iter().map(|line| decimal(&line.unit_price));
        let prices = prices.collect::<Result<Vec<_>, _>>()?;
        let line_count = place(body.lines.len())?;
        place(body.tenders.len())?;
        let mut all_units = 0;
        for ((index, line), price) in (0..).zip(&body.lines).zip(prices) {
            let counted = units(sane.units.get(&line.variant).copied().unwrap_or(Unit::Piece), line.quantity);
            all_units += counted;
            let rows = &mut self.sale_line;
            rows.date.push(date);
            rows.sale.push(header.id);
            rows.line.push(index);
            rows.variant.push(line.variant);
            rows.quantity.push(line.quantity);
            rows.unit_price.push(price);
            rows.price_quantity.push(line.price_quantity);
            rows.price_version.push(line.price_version);
            rows.price_reason.push(line.price_reason.clone());
            rows.gross.push(line.gross_minor);
            rows.discount.push(line.discount_minor);
            rows.discount_reason.push(line.discount_reason.clone());
            rows.tax_rate.push(line.tax_rate_bps);
            rows.total.push(line.total_minor);
            rows.units.push(counted);
            add(&mut self.daily_product, (date, line.variant), [1, line.quantity, line.total_minor]);
        }
        for (index, tender) in (0..).zip(&body.tenders) {
            let rows = &mut self.tender;
            rows.date.push(date);
            rows.sale.push(header.id);
            rows.line.push(index);
            rows.kind.push(tender.kind.clone());
            rows.amount.push(tender.amount_minor);
            rows.reference.push(tender.reference.clone());
        }
        let tax = body.taxes.iter().map(|tax| tax.tax_minor).sum::<i64>();
        let taxes = serde_json::to_string(&body.taxes).map_err(|error| error.to_string())?;
        self.push_sale(event, sane, body, [i64::from(line_count), all_units, tax], taxes);
        let figures = [1, i64::from(line_count), all_units, body.total_minor, body.discount_minor, tax];
        add(&mut self.daily_sales, date, figures);
        add(&mut self.hourly_sales, (date, sane.hour), [1, body.total_minor]);
        self.tell("sale.read", &serde_json::json!({
            "type": "sale", "location_id": self.queue.location, "business_date": date, "id": header.id,
            "receipt_number": body.receipt_number, "total_minor": body.total_minor, "closed_at": header.at,
            "lines": body.lines.len(),
        }));
        Ok(())
    }

    fn push_sale(&mut self, event: &Event, sane: &Sane<'_>, body: &SaleClosed, sums: [i64; 3], taxes: String) {
        let [lines, units, tax] = sums;
        let (header, rows) = (&sane.header, &mut self.sale);
        rows.date.push(header.business_date);
        rows.id.push(header.id);
        rows.seq.push(event.seq);
        rows.register.push(header.register);
        rows.staff.push(header.staff);
        rows.shift.push(body.shift);
        rows.number.push(body.receipt_number.clone());
        rows.closed_at.push(header.at);
        rows.hour.push(sane.hour);
        rows.behind.push(header.clock_behind_ms);
        rows.lines.push(i32::try_from(lines).unwrap_or(i32::MAX));
        rows.units.push(units);
        rows.subtotal.push(body.subtotal_minor);
        rows.discount.push(body.discount_minor);
        rows.tax.push(tax);
        rows.total.push(body.total_minor);
        rows.change.push(body.change_minor);
        rows.taxes.push(taxes);
        rows.received_at.push(event.received_at);
    }

    fn add_purchase(&mut self, event: &Event, sane: &Sane<'_>, body: &PurchaseRecorded) -> Result<(), String> {
        let (header, date) = (&sane.header, sane.header.business_date);
        let costs = body.lines.iter().map(|line| decimal(&line.unit_cost));
        let costs = costs.collect::<Result<Vec<_>, _>>()?;
        let line_count = place(body.lines.len())?;
        for ((index, line), cost) in (0..).zip(&body.lines).zip(costs) {
            let rows = &mut self.purchase_line;
            rows.date.push(date);
            rows.purchase.push(header.id);
            rows.line.push(index);
            rows.variant.push(line.variant);
            rows.quantity.push(line.quantity);
            rows.gross.push(line.weight.map(|weight| weight.gross));
            rows.tare.push(line.weight.map(|weight| weight.tare));
            rows.manual.push(line.weight.map(|weight| weight.manual));
            rows.unit_cost.push(cost);
            rows.cost_quantity.push(line.cost_quantity);
            rows.cost.push(line.cost_minor);
            let figures = [1, line.quantity, line.cost_minor];
            add(&mut self.daily_product_purchase, (date, line.variant), figures);
        }
        let rows = &mut self.purchase;
        rows.date.push(date);
        rows.id.push(header.id);
        rows.seq.push(event.seq);
        rows.register.push(header.register);
        rows.staff.push(header.staff);
        rows.shift.push(body.shift);
        rows.number.push(body.ticket_number.clone());
        rows.supplier.push(body.supplier);
        rows.document.push(body.supplier_document.clone());
        rows.closed_at.push(header.at);
        rows.hour.push(sane.hour);
        rows.behind.push(header.clock_behind_ms);
        rows.lines.push(line_count);
        rows.payment.push(body.payment_kind.clone());
        rows.total.push(body.total_minor);
        rows.received_at.push(event.received_at);
        add(&mut self.daily_purchase, date, [1, body.total_minor]);
        add(&mut self.hourly_purchase, (date, sane.hour), [1, body.total_minor]);
        self.tell("purchase.read", &serde_json::json!({
            "type": "purchase", "location_id": self.queue.location, "business_date": date, "id": header.id,
            "ticket_number": body.ticket_number, "total_minor": body.total_minor, "closed_at": header.at,
            "lines": body.lines.len(),
        }));
        Ok(())
    }

    fn add_opened(&mut self, header: &Header, body: &ShiftOpened) {
        let rows = &mut self.opened;
        rows.date.push(header.business_date);
        rows.id.push(body.shift);
        rows.register.push(header.register);
        rows.staff.push(header.staff);
        rows.at.push(header.at);
        rows.float.push(body.float_minor);
    }

    fn add_closed(&mut self, header: &Header, body: &ShiftClosed) {
        let rows = &mut self.closed;
        rows.date.push(header.business_date);
        rows.id.push(body.shift);
        rows.register.push(header.register);
        rows.staff.push(header.staff);
        rows.at.push(header.at);
        rows.sales.push(body.sales);
        rows.expected.push(body.expected_minor);
        rows.counted.push(body.counted_minor);
    }

    fn add_conflict(&mut self, header: &Header, body: &WriteRefused) {
        let rows = &mut self.conflict;
        rows.date.push(header.business_date);
        rows.id.push(header.id);
        rows.noun.push(body.noun.clone());
        rows.subject.push(body.id);
        rows.content.push(body.content.to_string());
        rows.refused_at.push(body.refused_at);
    }

    fn tell(&mut self, permission: &'static str, payload: &serde_json::Value) {
        if self.messages.len() == MOST_MESSAGES {
            self.messages.remove(0);
        }
        self.messages.push(Message {
            permission,
            payload: payload.to_string(),
        });
    }
}
