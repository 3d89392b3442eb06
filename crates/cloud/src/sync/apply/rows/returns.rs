//! The rows of goods that came back, with the figures that fall by them on the date of the return.
use retail::quantity::Unit;
use serde_json::json;
use wire::body::ReturnRecorded;

use super::{Event, Readable, Refund, Return, ReturnLine, Rows, add, place, units, without_nul};

impl Rows {
    /// Goods that came back. A return is no sale: their number stays, what was sold and paid falls.
    pub(super) fn add_return(
        &mut self,
        event: &Event,
        readable: &Readable<'_>,
        body: &ReturnRecorded,
    ) -> Result<(), String> {
        let (header, date) = (&readable.header, readable.header.business_date);
        let lines = place(body.lines.len())?;
        let text = |value: serde_json::Result<String>| value.map_err(|error| error.to_string());
        let taxes = text(serde_json::to_string(&body.taxes))?;
        let reasons = json!({
            "lost": body.lost, "charged": body.charged, "released": body.released, "points": body.points,
        });
        let tax = body.taxes.iter().map(|tax| tax.tax_minor).sum::<i64>();
        let units = self.add_return_lines(readable, body)?;
        for (line, tender) in (0..).zip(&body.tenders) {
            self.refund.push(Refund {
                date,
                id: header.id,
                line,
                kind: without_nul(&tender.kind),
                amount: tender.amount_minor,
                reference: tender.reference.as_deref().map(without_nul),
            });
        }
        self.sale_return.push(Return {
            date,
            id: header.id,
            seq: event.seq,
            register: header.register,
            staff: header.staff,
            shift: body.shift,
            number: without_nul(&body.receipt_number),
            sale: body.sale,
            sale_date: body.sale_date,
            sale_number: without_nul(&body.sale_number),
            patron: body.patron,
            reason: without_nul(&body.reason),
            note: body.note.as_deref().map(without_nul),
            policy: without_nul(&body.policy),
            approved_by: body.approved_by,
            lines,
            units,
            tax,
            total: body.total_minor,
            taxes,
            reasons: reasons.to_string(),
            at: header.at,
            hour: readable.hour,
            received_at: event.received_at,
        });
        let figures = [0, 0, -units, -body.total_minor, 0, -tax];
        add(&mut self.daily_sales, date, figures);
        let figures = [0, -body.total_minor];
        add(&mut self.hourly_sales, (date, readable.hour), figures);
        self.tell("sale.read", &json!({
            "type": "return", "location_id": self.queue.location, "business_date": date, "id": header.id,
            "sale_id": body.sale, "sale_date": body.sale_date, "receipt_number": body.receipt_number,
            "total_minor": -body.total_minor, "closed_at": header.at, "lines": body.lines.len(),
        }));
        Ok(())
    }

    /// The units of the lines in all.
    fn add_return_lines(
        &mut self,
        readable: &Readable<'_>,
        body: &ReturnRecorded,
    ) -> Result<i64, String> {
        let (header, date) = (&readable.header, readable.header.business_date);
        let places = body.lines.iter().map(|line| i32::try_from(line.line));
        let places = places.collect::<Result<Vec<i32>, _>>();
        let places = places.map_err(|error| error.to_string())?;
        let mut sum = 0;
        for ((number, line), sale_line) in (0..).zip(&body.lines).zip(places) {
            let unit = readable.units.get(&line.variant).copied();
            let units = units(unit.unwrap_or(Unit::Piece), line.quantity);
            sum += units;
            self.return_line.push(ReturnLine {
                date,
                id: header.id,
                line: number,
                sale: body.sale,
                sale_date: body.sale_date,
                sale_line,
                variant: line.variant,
                quantity: line.quantity,
                condition: line.condition.as_deref().map(without_nul),
                units,
                tax_rate: line.tax_rate_bps,
                total: line.total_minor,
                at: header.at,
                staff: header.staff,
            });
            let figures = [0, -line.quantity, -line.total_minor];
            add(&mut self.daily_product, (date, line.variant), figures);
        }
        Ok(sum)
    }
}
