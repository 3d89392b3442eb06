//! What a batch says about suppliers' accounts: purchases, and those that were taken back.
use jiff::civil::Date;
use uuid::Uuid;

use super::Rows;

/// Documents of suppliers, and the dates among which they are.
pub(in crate::sync::apply) struct SupplierDocuments {
    pub(in crate::sync::apply) first: Date,
    pub(in crate::sync::apply) last: Date,
    pub(in crate::sync::apply) ids: Vec<Uuid>,
}

impl Rows {
    /// Those of the batch; none when nothing was bought or taken back.
    pub(in crate::sync::apply) fn supplier_documents(&self) -> Option<SupplierDocuments> {
        let dates = || {
            self.purchase
                .date
                .iter()
                .chain(&self.reversal.date)
                .copied()
        };
        let ids = self.purchase.id.iter().chain(&self.reversal.id);
        Some(SupplierDocuments {
            first: dates().min()?,
            last: dates().max()?,
            ids: ids.copied().collect(),
        })
    }
}
