//! Voucher codes at the till: what was typed or scanned becomes the voucher that a basket shows.
use retail::{
    promotion::{
        Promotion, PromotionId,
        condition::Condition,
        goods::local_time,
        voucher::{VoucherCode, VoucherCodeError, VoucherId},
    },
    sale::SaleId,
    staff::Permission,
};

use super::{db, kept::Running};
use crate::{
    Shop,
    db::DbError,
    node::{self, Unenrolled},
    sale,
    staff::{self, Actor, Denied},
};

/// A voucher that opens a promotion.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Opened {
    pub(crate) voucher: VoucherId,
    pub(crate) promotion: PromotionId,
    /// What the office calls the promotion.
    pub(crate) name: String,
    /// What receipts call it, by language.
    pub(crate) labels: std::collections::BTreeMap<String, String>,
}

/// Why a code opens nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VoucherError {
    #[error(transparent)]
    Code(#[from] VoucherCodeError),
    #[error("what this code was for is over")]
    Ended,
    #[error("this shop does not know the code, and nobody else can be asked")]
    Offline,
    #[error("this basket is sold")]
    AlreadySold,
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What a code opens, for a basket that is not sold yet. Asking again is harmless.
///
/// # Errors
/// [`VoucherError`] says why it opens nothing.
pub(crate) async fn show(
    shop: &Shop,
    actor: &Actor,
    sale: SaleId,
    typed: &str,
) -> Result<Opened, VoucherError> {
    staff::require(actor, Permission::SaleCreate)?;
    let code = VoucherCode::parse(typed)?;
    let kept = shop.promotions.clone();
    shop.read(move |at| {
        if sale::db::request_hash(at, sale)?.is_some() {
            return Err(VoucherError::AlreadySold);
        }
        let site = node::site(at)??;
        let local = local_time(site.trusted(at.now), &site.zone());
        let found = db::voucher(at, code.as_str())?.ok_or(VoucherError::Offline)?;
        let running = kept.at(at)?;
        let is_over = |opened: &Opened| {
            let promotion = running.rules.get(opened.promotion);
            promotion.is_none_or(|promotion| has_ended(promotion, local))
        };
        let opened = running.opened(&[found]).pop();
        opened
            .filter(|opened| !is_over(opened))
            .ok_or(VoucherError::Ended)
    })
    .await
}

impl Running {
    /// What vouchers open of what runs; those that open nothing are left out.
    pub(crate) fn opened(&self, vouchers: &[VoucherId]) -> Vec<Opened> {
        let opened = vouchers.iter().filter_map(|&voucher| {
            let promotion = self.rules.get(self.opened_by(voucher)?)?;
            let draft = promotion.draft();
            Some(Opened {
                voucher,
                promotion: promotion.id(),
                name: draft.name.clone(),
                labels: draft.labels.clone(),
            })
        });
        opened.collect()
    }
}

/// Whether a promotion's dates are over, by the clock at the branch. Its time of grace is for baskets that were begun.
fn has_ended(promotion: &Promotion, local: jiff::civil::DateTime) -> bool {
    promotion.draft().when.iter().any(|condition| {
        let Condition::Dates { until, .. } = condition else {
            return false;
        };
        until.is_some_and(|until| until <= local)
    })
}
