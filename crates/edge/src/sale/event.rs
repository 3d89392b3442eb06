//! A sale as its event says it.
use retail::{amount::Amount, tax::TaxLine};
use wire::body;

use super::{Line, Receipt};

impl Receipt {
    /// What promotions gave.
    pub(crate) fn promoted(&self) -> Amount {
        self.lines.iter().map(|line| line.promoted).sum()
    }
}

/// What the event of a sale says.
pub(super) fn body(receipt: &Receipt) -> body::SaleClosed {
    body::SaleClosed {
        shift: receipt.shift.as_uuid(),
        receipt_number: receipt.number.clone(),
        lines: receipt.lines.iter().map(Line::on_the_wire).collect(),
        tenders: receipt
            .payments
            .iter()
            .map(|payment| body::Tender {
                kind: payment.kind.code().to_owned(),
                amount_minor: payment.amount.minor(),
                reference: payment.reference.clone(),
            })
            .collect(),
        subtotal_minor: receipt.subtotal.minor(),
        discount_minor: receipt.discount.minor(),
        taxes: receipt.taxes.iter().map(tax_on_the_wire).collect(),
        total_minor: receipt.total.minor(),
        change_minor: receipt.change.minor(),
        patron: receipt.patron.as_ref().map(|patron| patron.id.as_uuid()),
        promotions: receipt.promotions.clone(),
    }
}

fn tax_on_the_wire(tax: &TaxLine) -> body::Tax {
    body::Tax {
        rate_bps: tax.rate.basis_points(),
        gross_minor: tax.gross.minor(),
        tax_minor: tax.tax.minor(),
    }
}
