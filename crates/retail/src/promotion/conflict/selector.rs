//! Whether some goods could be what two selectors say.
use super::{Case, Categories, Formula, Shape, cases};
use crate::amount::Amount;
use crate::catalog::CategoryId;
use crate::promotion::selector::Selector;

impl Formula for Selector {
    fn shape(&self) -> Shape<'_, Self> {
        match self {
            Self::All => Shape::Always,
            Self::Any(parts) => Shape::Any(parts),
            Self::Every(parts) => Shape::Every(parts),
            Self::Except(part) => Shape::Not(part),
            Self::Products(_)
            | Self::Variants(_)
            | Self::Categories(_)
            | Self::Brands(_)
            | Self::Tags(_)
            | Self::ListPrice { .. } => Shape::Leaf,
        }
    }
}

/// Whether goods could be of one of these and of one of those.
pub(super) fn may_share(one: &[&Selector], other: &[&Selector], categories: &Categories) -> bool {
    one.iter()
        .any(|one| other.iter().any(|other| may_meet(one, other, categories)))
}

fn may_meet(one: &Selector, other: &Selector, categories: &Categories) -> bool {
    let (Some(one), Some(other)) = (cases(one, true), cases(other, true)) else {
        return true;
    };
    one.iter().any(|one| {
        other
            .iter()
            .any(|other| may_exist(&[&one[..], other].concat(), categories))
    })
}

/// The lists of one kind that some goods must be in, and those that they must not.
struct Lists<'a, T> {
    wanted: Vec<&'a [T]>,
    unwanted: Vec<&'a [T]>,
}

impl<'a, T: Ord> Lists<'a, T> {
    fn of(case: &Case<'a, Selector>, list: impl Fn(&'a Selector) -> Option<&'a Vec<T>>) -> Self {
        let mut lists = Self {
            wanted: Vec::new(),
            unwanted: Vec::new(),
        };
        for (selector, holds) in case {
            if let Some(list) = list(selector) {
                let side = if *holds {
                    &mut lists.wanted
                } else {
                    &mut lists.unwanted
                };
                side.push(list);
            }
        }
        lists
    }

    fn is_unwanted(&self, entry: &T) -> bool {
        self.unwanted
            .iter()
            .any(|list| list.binary_search(entry).is_ok())
    }

    /// Whether one entry is in all that are wanted: for what goods have one of.
    fn has_one(&self) -> bool {
        let Some(shortest) = self.wanted.iter().min_by_key(|list| list.len()) else {
            return true;
        };
        shortest.iter().any(|entry| {
            !self.is_unwanted(entry)
                && self
                    .wanted
                    .iter()
                    .all(|list| list.binary_search(entry).is_ok())
        })
    }

    /// Whether each that is wanted has an entry: for what goods have several of.
    fn has_several(&self) -> bool {
        self.wanted
            .iter()
            .all(|list| list.iter().any(|entry| !self.is_unwanted(entry)))
    }
}

impl Lists<'_, CategoryId> {
    /// Whether there is a category that is in or below all that are wanted, and in or below none that is not. If there is
    /// one, there is one among those that are wanted.
    fn has_category(&self, categories: &Categories) -> bool {
        let fits = |category: &CategoryId| {
            let chain: Vec<CategoryId> = categories.chain(*category).collect();
            let is_in =
                |list: &&[CategoryId]| chain.iter().any(|one| list.binary_search(one).is_ok());
            self.wanted.iter().all(is_in) && !self.unwanted.iter().any(is_in)
        };
        self.wanted.is_empty() || self.wanted.iter().any(|list| list.iter().any(fits))
    }
}

/// Whether goods could be all that a case says.
fn may_exist(case: &Case<'_, Selector>, categories: &Categories) -> bool {
    macro_rules! lists {
        ($kind:path) => {
            Lists::of(case, |selector| {
                if let $kind(list) = selector {
                    Some(list)
                } else {
                    None
                }
            })
        };
    }
    lists!(Selector::Products).has_one()
        && lists!(Selector::Variants).has_one()
        && lists!(Selector::Brands).has_one()
        && lists!(Selector::Tags).has_several()
        && lists!(Selector::Categories).has_category(categories)
        && has_price(case)
}

/// Whether there is a price in all ranges that are wanted. Of those that are not, only one that covers them all is seen.
fn has_price(case: &Case<'_, Selector>) -> bool {
    let ranges = case.iter().filter_map(|(selector, holds)| {
        if let Selector::ListPrice { at_least, at_most } = selector {
            Some((*at_least, *at_most, *holds))
        } else {
            None
        }
    });
    let (wanted, unwanted): (Vec<_>, Vec<_>) = ranges.partition(|range| range.2);
    let least = wanted.iter().filter_map(|range| range.0).max();
    let most = wanted.iter().filter_map(|range| range.1).min();
    if let (Some(least), Some(most)) = (least, most)
        && least > most
    {
        return false;
    }
    let least = least.unwrap_or(Amount::from_minor(i64::MIN));
    let most = most.unwrap_or(Amount::from_minor(i64::MAX));
    !unwanted.iter().any(|range| {
        range.0.is_none_or(|from| from <= least) && range.1.is_none_or(|to| to >= most)
    })
}
