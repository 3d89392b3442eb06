//! What a basket could use of limits beyond what the shop has: asked of the cloud, and not one unit more.
use std::collections::BTreeSet;

use retail::promotion::{Priced, claim::Counter};
use wire::command::Ask;

use super::{
    Asked, Counters, PriceError,
    goods::{Facts, Gifts},
    units,
};
use crate::db::Snapshot;

impl Asked<'_> {
    /// What the basket would use if there were enough of everything, less what there is. It is what the engine says, so that
    /// a promotion that gives all or nothing gets what it lacks, and nobody borrows for goods that it is not about.
    pub(super) fn wants(
        &self,
        at: &Snapshot<'_>,
        priced: &Priced,
        counters: &Counters,
        gifts: &mut Gifts,
    ) -> Result<Vec<Ask>, PriceError> {
        if !could_lack(priced, counters) {
            return Ok(Vec::new());
        }
        let enough = self.enough(at, priced, counters, gifts)?;
        let wanted = enough.claims().iter().filter_map(|claim| {
            let left = counters.get(&(claim.promotion, claim.counter))?;
            Some(Ask {
                promotion: claim.promotion,
                counter: claim.counter,
                subject: self.subject,
                quantity: claim.quantity.saturating_sub(*left),
            })
        });
        Ok(wanted.filter(|ask| ask.quantity > 0).collect())
    }

    /// The basket where no counter has a bound. One of which nobody can be asked, because nobody is named, has what it has:
    /// then the others of its promotion are not borrowed for nothing. So have the other codes of a promotion that one code
    /// opens already.
    fn enough(
        &self,
        at: &Snapshot<'_>,
        priced: &Priced,
        counters: &Counters,
        gifts: &mut Gifts,
    ) -> Result<Priced, PriceError> {
        let is_code = |counter| matches!(counter, Counter::Voucher(_));
        let has_code = |promotion| {
            let mut claims = priced.claims().iter();
            claims.any(|claim| claim.promotion == promotion && is_code(claim.counter))
        };
        let unbounded = counters.iter().map(|(&(promotion, counter), &left)| {
            let named = counter.allowance(promotion, &self.subject);
            let is_bound = named.is_none() || (is_code(counter) && has_code(promotion));
            ((promotion, counter), if is_bound { left } else { i64::MAX })
        });
        let unbounded: Counters = unbounded.collect();
        let (mut facts, mut looked) = (Facts::default(), BTreeSet::new());
        loop {
            let priced = self.once(gifts, &facts, &unbounded)?;
            let mut is_news = false;
            for &gift in &priced.unknown_gifts {
                if looked.insert(gift) {
                    gifts.look(at, self.site, gift, self.bought(gift))?;
                    facts.read(at, gift)?;
                    is_news = true;
                }
            }
            if !is_news {
                return Ok(priced);
            }
        }
    }
}

/// Whether there may be too little of anything: a look that costs nothing, before the basket is priced once more.
fn could_lack(priced: &Priced, counters: &Counters) -> bool {
    if counters.is_empty() {
        return false;
    }
    let has_missed = priced.trace.gifts.iter().any(|gift| gift.missing > 0);
    if has_missed || !priced.trace.exhausted.is_empty() {
        return true;
    }
    let all: i64 = priced.sale.lines.iter().map(|line| units(&line.item)).sum();
    counters.iter().any(|(&(_, counter), &left)| match counter {
        Counter::Units => left < all,
        Counter::Budget => left < priced.sale.subtotal.minor(),
        Counter::Uses | Counter::Day | Counter::Customer | Counter::Voucher(_) => left < 1,
    })
}
