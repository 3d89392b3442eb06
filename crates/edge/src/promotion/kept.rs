//! The promotions that run, read once and kept in memory until the feed changes them.
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use retail::promotion::{Promotion, PromotionId, Rules, voucher::VoucherId};

use super::db;
use crate::db::{DbError, Snapshot};

/// The promotions that run, for whoever prices. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Option<Arc<Running>>>>);

/// The promotions that ran at one moment.
#[derive(Debug, Default)]
pub(crate) struct Running {
    /// The change that this is the state after.
    changes: i64,
    pub(crate) rules: Rules,
    /// Vouchers that need nobody's leave.
    codes: HashMap<VoucherId, PromotionId>,
    /// Promotions that this version cannot read; they give nothing here.
    unreadable: usize,
}

impl Kept {
    /// The promotions of this snapshot. Reads them only when they have changed since they were read last.
    pub(crate) fn at(&self, at: &Snapshot<'_>) -> Result<Arc<Running>, DbError> {
        let changes = db::changes(at)?;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = kept.as_ref().filter(|running| running.changes == changes) {
            return Ok(Arc::clone(running));
        }
        let running = Arc::new(Running::read(at, changes)?);
        // A view of earlier leaves the newer one to the others.
        if kept.as_ref().is_none_or(|newer| newer.changes < changes) {
            *kept = Some(Arc::clone(&running));
        }
        Ok(running)
    }

    /// How many run, as far as they were read.
    pub(crate) fn running(&self) -> usize {
        self.last(|running| running.rules.promotions().len() + running.unreadable)
    }

    /// How many of those this version cannot read.
    pub(crate) fn unreadable(&self) -> usize {
        self.last(|running| running.unreadable)
    }

    fn last(&self, count: impl FnOnce(&Running) -> usize) -> usize {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_deref().map_or(0, count)
    }
}

impl Running {
    fn read(at: &Snapshot<'_>, changes: i64) -> Result<Self, DbError> {
        let mut promotions = Vec::new();
        let mut unreadable = 0;
        for (id, version, document) in db::running(at)? {
            match read(id, version, &document) {
                Ok(promotion) => promotions.push(promotion),
                Err(error) => {
                    unreadable += 1;
                    tracing::error!(
                        promotion = %id, version, error,
                        "Promotion {id} cannot be read by this version and gives nothing: {error}"
                    );
                }
            }
        }
        Ok(Self {
            changes,
            rules: Rules::new(promotions),
            codes: db::codes(at)?.into_iter().collect(),
            unreadable,
        })
    }

    /// Whether there is nothing to ask.
    pub(super) fn is_empty(&self) -> bool {
        self.rules.promotions().is_empty()
    }

    /// The promotion that a voucher opens, when it is one that needs nobody's leave.
    pub(super) fn opened_by(&self, voucher: VoucherId) -> Option<PromotionId> {
        self.codes.get(&voucher).copied()
    }

    /// How a promotion is called, if this very version runs.
    pub(super) fn name(
        &self,
        id: PromotionId,
        version: i64,
    ) -> Option<(String, BTreeMap<String, String>)> {
        let promotion = self.rules.version(id, version)?.draft();
        Some((promotion.name.clone(), promotion.labels.clone()))
    }
}

pub(super) fn read(id: PromotionId, version: i64, document: &str) -> Result<Promotion, String> {
    let promotion: Promotion = serde_json::from_str(document).map_err(|error| error.to_string())?;
    if (promotion.id(), promotion.version()) == (id, version) {
        Ok(promotion)
    } else {
        Err("it is another one inside".to_owned())
    }
}
