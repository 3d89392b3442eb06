//! What makes a draft a promotion. Every refusal names the field, so that a form can point at it.
use super::{
    Draft, Mode,
    condition::Condition,
    effect::{BasisPoints, Effect, Off, Part, Points, Reward, Rewarded, Target, Tier, WHOLE},
};
use crate::{amount::Amount, catalog::VariantId};

/// The most conditions or effects of one promotion.
const MAX_LIST: usize = 20;
/// The longest name, in characters.
const MAX_NAME: usize = 200;
/// The most units that a bundle takes each time.
const MAX_BUNDLE: u32 = 1_000;
/// The largest amount that a promotion may name.
const MAX_AMOUNT: Amount = Amount::from_minor(1_000_000_000_000);
/// The most points that one effect may name.
const MAX_POINTS: i64 = 1_000_000_000;

/// Why a draft is no promotion.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromotionError {
    /// A newer version of this software has written it.
    #[error("the promotion has form {format}; forms up to {known} are known here")]
    UnknownFormat {
        /// Its form.
        format: u64,
        /// The newest that is known.
        known: u16,
    },
    /// A value that makes no sense.
    #[error("{field}: {reason}")]
    Invalid {
        /// Which: `effects[0].target.most`.
        field: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

type Checked<T = ()> = Result<T, (String, &'static str)>;

fn refuse<T>(field: &str, reason: &'static str) -> Checked<T> {
    Err((field.to_owned(), reason))
}

/// Puts the name of a list's entry before that of the field in it.
fn within<T>(place: &str, checked: Checked<T>) -> Checked<T> {
    checked.map_err(|(field, reason)| {
        let dot = if field.is_empty() { "" } else { "." };
        (format!("{place}{dot}{field}"), reason)
    })
}

fn plain<T>(field: &str, checked: Result<T, &'static str>) -> Checked<T> {
    checked.map_err(|reason| (field.to_owned(), reason))
}

pub(super) fn checked(mut draft: Draft) -> Result<Draft, PromotionError> {
    match check(&mut draft) {
        Ok(()) => Ok(draft),
        Err((field, reason)) => Err(PromotionError::Invalid { field, reason }),
    }
}

fn check(draft: &mut Draft) -> Checked {
    if draft.version < 1 {
        return refuse("version", "versions are counted from 1");
    }
    draft.name = draft.name.trim().to_owned();
    if draft.name.is_empty() || draft.name.chars().count() > MAX_NAME {
        return refuse("name", "a name has 1 to 200 characters");
    }
    if draft
        .labels
        .iter()
        .any(|(language, text)| language.is_empty() || text.trim().is_empty())
    {
        return refuse("labels", "a label is empty");
    }
    if draft.when.len() > MAX_LIST {
        return refuse("when", "at most 20 conditions");
    }
    for (index, condition) in draft.when.iter_mut().enumerate() {
        plain(&format!("when[{index}]"), condition.check(0))?;
    }
    if draft.effects.is_empty() || draft.effects.len() > MAX_LIST {
        return refuse("effects", "a promotion gives 1 to 20 things");
    }
    for (index, effect) in draft.effects.iter_mut().enumerate() {
        within(&format!("effects[{index}]"), check_effect(effect))?;
    }
    within("combination", check_combination(draft))?;
    within("limits", check_limits(draft))
}

fn check_effect(effect: &mut Effect) -> Checked {
    match effect {
        Effect::Percent { off, target, .. } => {
            check_percent("off", *off)?;
            within("target", check_target(target))
        }
        Effect::Amount { off, per, target } => {
            check_amount("off", *off)?;
            check_per(*per)?;
            within("target", check_target(target))
        }
        Effect::Price { price, per, target } => {
            check_price("price", *price)?;
            check_per(*per)?;
            within("target", check_target(target))
        }
        Effect::Tiers { steps, target, .. } => {
            check_tiers(steps)?;
            within("target", check_target(target))
        }
        Effect::Bundle {
            parts,
            reward,
            times,
        } => check_bundle(parts, *reward, *times),
        Effect::Spread { off, target } => {
            check_off("off", *off)?;
            within("target", check_target(target))
        }
        Effect::Gift { quantity, .. } if *quantity < 1 => {
            refuse("quantity", "a gift is at least 1")
        }
        Effect::Gift { .. } => Ok(()),
        Effect::Shipping { off, methods, .. } => {
            methods.sort_unstable();
            methods.dedup();
            check_off("off", *off)
        }
        Effect::Points { earn, of } => {
            let points = match earn {
                Points::Fixed(points) | Points::PerUnit(points) => *points,
                Points::PerAmount { points, each } => {
                    check_amount("earn.each", *each)?;
                    *points
                }
            };
            if !(1..=MAX_POINTS).contains(&points) {
                return refuse("earn", "points are a positive number");
            }
            plain("of", of.check(0))
        }
    }
}

fn check_percent(field: &str, BasisPoints(off): BasisPoints) -> Checked {
    if off == 0 || off > WHOLE {
        return refuse(field, "a percent is above 0 and at most 100");
    }
    Ok(())
}

fn check_amount(field: &str, amount: Amount) -> Checked {
    if amount <= Amount::ZERO || amount > MAX_AMOUNT {
        return refuse(field, "an amount is above zero");
    }
    Ok(())
}

fn check_price(field: &str, price: Amount) -> Checked {
    if price.is_negative() || price > MAX_AMOUNT {
        return refuse(field, "a price is never negative");
    }
    Ok(())
}

fn check_off(field: &str, off: Off) -> Checked {
    match off {
        Off::Percent(percent) => check_percent(field, percent),
        Off::Amount(amount) => check_amount(field, amount),
        Off::Price(price) => check_price(field, price),
    }
}

fn check_per(per: i64) -> Checked {
    if !(1..=1_000_000).contains(&per) {
        return refuse("per", "it is for a positive number of base units");
    }
    Ok(())
}

fn check_target(target: &mut Target) -> Checked {
    plain("of", target.of.check(0))?;
    if target.most == Some(0) {
        return refuse("most", "at most none is nothing");
    }
    if target.most_per_line == Some(0) {
        return refuse("most_per_line", "at most none is nothing");
    }
    Ok(())
}

fn check_tiers(steps: &[Tier]) -> Checked {
    if steps.is_empty() || steps.len() > MAX_LIST {
        return refuse("steps", "1 to 20 tiers");
    }
    if steps[0].from < 1 || !steps.is_sorted_by(|one, next| one.from < next.from) {
        return refuse("steps", "tiers rise, and begin above zero");
    }
    for (index, step) in steps.iter().enumerate() {
        check_off(&format!("steps[{index}].off"), step.off)?;
    }
    Ok(())
}

fn check_bundle(parts: &mut [Part], reward: Reward, times: Option<u32>) -> Checked {
    if parts.is_empty() || parts.len() > MAX_LIST {
        return refuse("parts", "a bundle has 1 to 20 parts");
    }
    let mut units = 0_u32;
    for (index, part) in parts.iter_mut().enumerate() {
        plain(&format!("parts[{index}].of"), part.of.check(0))?;
        if part.count == 0 || part.count > MAX_BUNDLE {
            return refuse(
                &format!("parts[{index}].count"),
                "a part has 1 to 1000 units",
            );
        }
        units = units.saturating_add(part.count);
    }
    if units > MAX_BUNDLE {
        return refuse("parts", "a bundle has at most 1000 units");
    }
    match reward.on {
        Rewarded::Part(index) if usize::from(index) >= parts.len() => {
            return refuse("reward.on", "there is no such part");
        }
        Rewarded::Cheapest(0) => return refuse("reward.on", "the cheapest none is nothing"),
        Rewarded::Cheapest(count) if count > units => {
            return refuse("reward.on", "it has fewer units than that");
        }
        Rewarded::All | Rewarded::Part(_) | Rewarded::Cheapest(_) => {}
    }
    if times == Some(0) {
        return refuse("times", "at most no time is never");
    }
    check_off("reward.off", reward.off)
}

fn check_combination(draft: &mut Draft) -> Checked {
    if let Some(cap) = draft.combination.cap {
        check_amount("cap", cap)?;
    }
    if let Mode::BestOf(group) = &mut draft.combination.mode {
        *group = group.trim().to_owned();
        if group.is_empty() {
            return refuse("mode", "a group has a name");
        }
        if draft
            .effects
            .iter()
            .filter(|effect| effect.is_about_units())
            .count()
            > 1
        {
            return refuse(
                "mode",
                "in a group a promotion reduces goods in one way; make it compounding, or two promotions",
            );
        }
    }
    Ok(())
}

fn check_limits(draft: &Draft) -> Checked {
    let limits = &draft.limits;
    let counts = [
        ("uses", limits.uses),
        ("uses_per_day", limits.uses_per_day),
        ("uses_per_customer", limits.uses_per_customer),
        ("units", limits.units),
    ];
    for (field, count) in counts {
        if count.is_some_and(|count| count == 0 || i64::try_from(count).is_err()) {
            return refuse(field, "a limit of none is no promotion; stop it instead");
        }
    }
    if let Some(budget) = limits.budget {
        check_amount("budget", budget)?;
    }
    let ways = draft
        .effects
        .iter()
        .filter(|effect| effect.is_about_units());
    if limits.units.is_some() && ways.count() > 1 {
        return refuse(
            "units",
            "with a limit of units goods are reduced in one way: a unit would count twice",
        );
    }
    let needs_voucher = draft
        .when
        .iter()
        .any(|condition| matches!(condition, Condition::Voucher));
    if limits.uses_per_customer.is_some()
        && !needs_voucher
        && !draft.when.iter().any(Condition::is_about_customer)
    {
        return refuse(
            "uses_per_customer",
            "say that the customer is known: add the condition member",
        );
    }
    Ok(())
}

impl Effect {
    /// What it gives away.
    pub(super) const fn gift(&self) -> Option<VariantId> {
        if let Self::Gift { variant, .. } = self {
            Some(*variant)
        } else {
            None
        }
    }

    /// Does it reduce goods unit by unit, so that a group decides about it?
    pub(super) const fn is_about_units(&self) -> bool {
        match self {
            Self::Percent { .. }
            | Self::Amount { .. }
            | Self::Price { .. }
            | Self::Tiers { .. }
            | Self::Bundle { .. }
            | Self::Spread { .. } => true,
            Self::Gift { .. } | Self::Shipping { .. } | Self::Points { .. } => false,
        }
    }
}

impl Condition {
    const fn is_about_customer(&self) -> bool {
        matches!(
            self,
            Self::Member | Self::Segment(_) | Self::Purchase(_) | Self::Birthday { .. }
        )
    }
}
