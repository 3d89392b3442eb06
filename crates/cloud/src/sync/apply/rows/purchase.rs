//! The rows of purchases and of those that were taken back, with the figures that come and go with them.
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;
use wire::body::{self, PurchaseRecorded, PurchaseReversal};

use super::{
    Event, Purchase, PurchaseLine, Readable, Reversal, Rows, add, decimal, place, without_nul,
};

/// A line, with what it was weighed in.
fn row_of(
    (date, purchase, number): (Date, Uuid, i32),
    line: &body::PurchaseLine,
    unit_cost: Decimal,
) -> PurchaseLine {
    let weight = line.weight.as_ref();
    let containers = weight.and_then(|weight| weight.containers.as_ref());
    PurchaseLine {
        date,
        purchase,
        line: number,
        variant: line.variant,
        quantity: line.quantity,
        gross: weight.map(|weight| weight.gross),
        tare: weight.map(|weight| weight.tare),
        manual: weight.map(|weight| weight.manual),
        unit_cost,
        cost_quantity: line.cost_quantity,
        cost: line.cost_minor,
        container: containers.map(|of| of.container),
        container_name: containers.map(|of| without_nul(&of.name)),
        container_grams: containers.map(|of| of.each),
        containers: containers.map(|of| of.count),
        // Nodes from before containers do not say it: all that they took off was typed.
        manual_tare: weight
            .map(|weight| weight.manual_tare || containers.is_none() && weight.tare != 0),
    }
}

impl Rows {
    /// Goods that were bought.
    pub(super) fn add_purchase(
        &mut self,
        event: &Event,
        readable: &Readable<'_>,
        body: &PurchaseRecorded,
    ) -> Result<(), String> {
        let (header, date) = (&readable.header, readable.header.business_date);
        let unit_costs = body.lines.iter().map(|line| decimal(&line.unit_cost));
        let unit_costs = unit_costs.collect::<Result<Vec<_>, _>>()?;
        let lines = place(body.lines.len())?;
        for ((number, line), unit_cost) in (0..).zip(&body.lines).zip(unit_costs) {
            self.purchase_line
                .push(row_of((date, header.id, number), line, unit_cost));
            let figures = [1, line.quantity, line.cost_minor];
            add(
                &mut self.daily_product_purchase,
                (date, line.variant),
                figures,
            );
        }
        self.purchase.push(Purchase {
            date,
            id: header.id,
            seq: event.seq,
            register: header.register,
            staff: header.staff,
            shift: body.shift,
            number: body.ticket_number.clone(),
            supplier: body.supplier,
            document: body.supplier_document.clone(),
            closed_at: header.at,
            hour: readable.hour,
            behind: header.clock_behind_ms,
            lines,
            payment: body.payment_kind.clone(),
            total: body.total_minor,
            received_at: event.received_at,
        });
        add(&mut self.daily_purchase, date, [1, body.total_minor]);
        add(
            &mut self.hourly_purchase,
            (date, readable.hour),
            [1, body.total_minor],
        );
        self.tell("purchase.read", &json!({
            "type": "purchase", "location_id": self.queue.location, "business_date": date, "id": header.id,
            "ticket_number": body.ticket_number, "total_minor": body.total_minor, "closed_at": header.at,
            "lines": body.lines.len(),
        }));
        Ok(())
    }

    /// A purchase counts no longer, from this business date on. `replacement`: what stands in its place.
    pub(super) fn add_reversal(
        &mut self,
        event: &Event,
        readable: &Readable<'_>,
        (shift, number): (Uuid, &str),
        reversal: &PurchaseReversal,
        replacement: Option<Uuid>,
    ) {
        let (header, date, hour) = (
            &readable.header,
            readable.header.business_date,
            readable.hour,
        );
        self.reversal.push(Reversal {
            date,
            id: header.id,
            seq: event.seq,
            register: header.register,
            staff: header.staff,
            shift,
            number: without_nul(number),
            purchase: reversal.purchase,
            purchase_date: reversal.business_date,
            replacement,
            reason: without_nul(&reversal.reason),
            approved_by: reversal.approved_by,
            payment: reversal.payment_kind.clone(),
            total: reversal.total_minor,
            at: header.at,
            hour,
            received_at: event.received_at,
        });
        for line in &reversal.lines {
            let figures = [-1, -line.quantity, -line.cost_minor];
            let key = (date, line.variant);
            add(&mut self.daily_product_purchase, key, figures);
        }
        let figures = [-1, -reversal.total_minor];
        add(&mut self.daily_purchase, date, figures);
        add(&mut self.hourly_purchase, (date, hour), figures);
        if replacement.is_none() {
            self.tell("purchase.read", &json!({
                "type": "purchase", "location_id": self.queue.location, "business_date": reversal.business_date,
                "id": reversal.purchase, "ticket_number": number, "total_minor": -reversal.total_minor,
                "closed_at": header.at, "lines": reversal.lines.len(),
            }));
        }
    }
}
