//! The rows of what happens to a drawer beside sales and purchases.
use wire::body::{CashMoved, ZReportMade};
use wire::event::Header;

use super::{CashMovement, Event, Rows, ZReport, without_nul};

impl Rows {
    /// Cash that went in or out.
    pub(super) fn add_cash(&mut self, header: &Header, kind: &'static str, moved: &CashMoved) {
        self.cash.push(CashMovement {
            date: header.business_date,
            id: header.id,
            shift: moved.shift,
            register: header.register,
            staff: header.staff,
            kind,
            amount: moved.amount_minor,
            reason: without_nul(&moved.reason),
            note: moved.note.as_deref().map(without_nul),
            approved_by: moved.approved_by,
            at: header.at,
        });
    }

    /// The report of a shift, byte by byte.
    pub(super) fn add_z_report(&mut self, event: &Event, header: &Header, z: &ZReportMade) {
        self.z_report.push(ZReport {
            date: header.business_date,
            id: header.id,
            shift: z.shift,
            register: header.register,
            number: z.number,
            closed_at: z.closed_at,
            sales: z.sales,
            total: z.total_minor,
            difference: z.difference_minor,
            grand_total: z.grand_total_minor,
            content: String::from_utf8_lossy(&event.body).into_owned(),
        });
    }
}
