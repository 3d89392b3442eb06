//! Customers that tills have entered.
use wire::body::PatronRegistered;
use wire::event::Header;

use super::{Param, Patron, Patrons, Rows};

impl Rows {
    pub(super) fn add_patron(&mut self, header: &Header, body: &PatronRegistered) {
        self.patron.push(Patron {
            date: header.business_date,
            id: body.patron,
            event: header.id,
            staff: header.staff,
            at: header.at,
            marketing: body.marketing,
        });
    }
}

impl Patrons {
    /// Whose words about advertising they are, and what was said.
    pub(in crate::sync::apply) fn said(&self) -> [Param<'_>; 2] {
        [&self.id, &self.marketing]
    }
}
