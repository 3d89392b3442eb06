//! What happens in the chain, step by step in the order of time.
use jiff::Timestamp;
use retail::location::LocationId;
use traffic::chain::{Basket, Chain, Opening, Purchase, Shift};

/// One thing that somebody does at a till or at a shelf.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'a> {
    /// Counts what stands on the shelves before the first sale.
    Count(&'a Opening),
    /// Opens a shift with a float.
    Open(&'a Shift),
    /// Sells a basket.
    Sell(&'a Basket),
    /// Buys goods.
    Buy(&'a Purchase),
    /// Counts the drawer and closes the shift.
    Close(&'a Shift),
}

impl Step<'_> {
    /// When.
    pub(super) const fn at(&self) -> Timestamp {
        match self {
            Self::Count(opening) => opening.at,
            Self::Open(shift) => shift.opens_at,
            Self::Sell(basket) => basket.at,
            Self::Buy(purchase) => purchase.at,
            Self::Close(shift) => shift.closes_at,
        }
    }

    /// Where.
    pub(super) const fn location(&self) -> LocationId {
        match self {
            Self::Count(opening) => opening.location,
            Self::Open(shift) | Self::Close(shift) => shift.location,
            Self::Sell(basket) => basket.location,
            Self::Buy(purchase) => purchase.location,
        }
    }

    /// At the same instant a shift opens before it sells and closes after it.
    const fn rank(&self) -> u8 {
        match self {
            Self::Count(_) => 0,
            Self::Open(_) => 1,
            Self::Sell(_) | Self::Buy(_) => 2,
            Self::Close(_) => 3,
        }
    }
}

/// Everything that happens in the chain.
pub(super) fn steps(chain: &Chain) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = (chain.openings.iter().map(Step::Count))
        .chain(chain.shifts.iter().map(Step::Open))
        .chain(chain.baskets.iter().map(Step::Sell))
        .chain(chain.purchases.iter().map(Step::Buy))
        .chain(chain.shifts.iter().map(Step::Close))
        .collect();
    steps.sort_by_key(|step| (step.at(), step.rank()));
    steps
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use traffic::{grocery, window::Window};

    use super::{Step, steps};

    #[test]
    fn shifts_open_before_they_sell_and_close_after() {
        let chain = grocery::chain(Window::last(date(2026, 11, 22), 30));
        let (mut open, mut documents) = (Vec::new(), 0);
        for step in steps(&chain) {
            match step {
                Step::Count(opening) => {
                    assert!(!chain.shifts.iter().any(
                        |shift| shift.location == opening.location && open.contains(&shift.id)
                    ));
                }
                Step::Open(shift) => open.push(shift.id),
                Step::Sell(basket) => assert!(open.contains(&basket.shift)),
                Step::Buy(purchase) => assert!(open.contains(&purchase.shift)),
                Step::Close(shift) => open.retain(|id| *id != shift.id),
            }
            documents += usize::from(matches!(step, Step::Sell(_) | Step::Buy(_)));
        }
        assert_eq!(
            (open.len(), documents),
            (0, chain.baskets.len() + chain.purchases.len())
        );
    }
}
