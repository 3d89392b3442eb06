//! Sales, with what promotions had to do with them.
use std::collections::BTreeMap;

use retail::promotion::trace::Trace;
use retail::quantity::Unit;
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;
use wire::body::SaleClosed;
use wire::event::Header;

use super::{
    Event, PromotionUse, Readable, Rows, Sale, SaleLine, Tender, add, decimal, place, units,
};

impl Rows {
    pub(super) fn add_sale(
        &mut self,
        event: &Event,
        readable: &Readable<'_>,
        body: &SaleClosed,
    ) -> Result<(), String> {
        let (header, date) = (&readable.header, readable.header.business_date);
        let unit_prices = body.lines.iter().map(|line| decimal(&line.unit_price));
        let unit_prices = unit_prices.collect::<Result<Vec<_>, _>>()?;
        let lines = place(body.lines.len())?;
        let taxes = serde_json::to_string(&body.taxes).map_err(|error| error.to_string())?;
        let tax = body.taxes.iter().map(|tax| tax.tax_minor).sum::<i64>();
        let promoted = body.promotions.as_ref();
        let trace = promoted.map(|promoted| self.add_promotions(header, &promoted.trace));
        let units = self.add_sale_lines(readable, body, unit_prices);
        for (line, tender) in (0..).zip(&body.tenders) {
            self.tender.push(Tender {
                date,
                sale: header.id,
                line,
                kind: tender.kind.clone(),
                amount: tender.amount_minor,
                reference: tender.reference.clone(),
            });
        }
        self.sale.push(Sale {
            date,
            id: header.id,
            seq: event.seq,
            register: header.register,
            staff: header.staff,
            shift: body.shift,
            number: body.receipt_number.clone(),
            closed_at: header.at,
            hour: readable.hour,
            behind: header.clock_behind_ms,
            lines,
            units,
            subtotal: body.subtotal_minor,
            discount: body.discount_minor,
            tax,
            total: body.total_minor,
            change: body.change_minor,
            taxes,
            received_at: event.received_at,
            patron: body.patron,
            trace: trace.transpose()?,
        });
        let figures = [
            1,
            i64::from(lines),
            units,
            body.total_minor,
            body.discount_minor,
            tax,
        ];
        add(&mut self.daily_sales, date, figures);
        add(
            &mut self.hourly_sales,
            (date, readable.hour),
            [1, body.total_minor],
        );
        self.tell("sale.read", &json!({
            "type": "sale", "location_id": self.queue.location, "business_date": date, "id": header.id,
            "receipt_number": body.receipt_number, "total_minor": body.total_minor, "closed_at": header.at,
            "lines": body.lines.len(),
        }));
        Ok(())
    }

    /// The units of the lines in all.
    fn add_sale_lines(
        &mut self,
        readable: &Readable<'_>,
        body: &SaleClosed,
        unit_prices: Vec<Decimal>,
    ) -> i64 {
        let (header, date) = (&readable.header, readable.header.business_date);
        let mut sum = 0;
        for ((number, line), unit_price) in (0..).zip(&body.lines).zip(unit_prices) {
            let unit = readable
                .units
                .get(&line.variant)
                .copied()
                .unwrap_or(Unit::Piece);
            let units = units(unit, line.quantity);
            sum += units;
            self.sale_line.push(SaleLine {
                date,
                sale: header.id,
                line: number,
                variant: line.variant,
                quantity: line.quantity,
                unit_price,
                price_quantity: line.price_quantity,
                price_version: line.price_version,
                price_reason: line.price_reason.clone(),
                gross: line.gross_minor,
                discount: line.discount_minor,
                discount_reason: line.discount_reason.clone(),
                tax_rate: line.tax_rate_bps,
                total: line.total_minor,
                units,
                approved_by: line.approved_by,
                promoted: line.promoted_minor,
                gift: line.gift,
            });
            let figures = [1, line.quantity, line.total_minor];
            add(&mut self.daily_product, (date, line.variant), figures);
        }
        sum
    }

    /// A row for each promotion that did something. The trace as the till has made it.
    fn add_promotions(&mut self, header: &Header, trace: &Trace) -> Result<String, String> {
        let mut uses = BTreeMap::<Uuid, (i64, i64, i64)>::new();
        for (place, applied) in (0..).zip(&trace.promotions) {
            if trace.has_fired(place) {
                let units = trace.units(place);
                let gave = trace.by_promotion(applied.id).minor();
                uses.insert(applied.id.as_uuid(), (applied.version, units, gave));
            }
        }
        for (promotion, (version, units, gave)) in uses {
            self.promotion_use.push(PromotionUse {
                date: header.business_date,
                sale: header.id,
                promotion,
                version,
                units,
                gave,
            });
        }
        serde_json::to_string(trace).map_err(|error| error.to_string())
    }
}

impl super::Sales {
    /// Who bought, sale by sale.
    pub(in crate::sync::apply) fn patrons(&self) -> &[Option<Uuid>] {
        &self.patron
    }
}
