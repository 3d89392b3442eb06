//! Why a promotion did not apply: what it lacks, and what has beaten it.
use super::{
    Draft, Mode,
    basket::{Mask, Row},
    condition::{Base, Condition},
    effect::{Effect, Tier},
    level,
    selector::Selector,
    simple::reached,
    step::{Run, Scene},
    trace::{Beaten, Lack, Near},
};
use crate::amount::Amount;

/// The most lines for which it is said what a promotion would have given.
const MAX_BEATEN: usize = 2_000;

/// A condition on the basket that does not hold.
pub(super) struct Failed {
    /// What is missing, where a little more would do.
    pub(super) lacks: Option<Lack>,
}

/// The conditions on the basket that do not hold. Conditions on what remains are not asked here.
pub(super) fn failed(draft: &Draft, rows: &[Row<'_>]) -> Vec<Failed> {
    let conditions = (0_u16..).zip(&draft.when);
    let asked = conditions.filter_map(|(place, condition)| asked(place, condition, rows));
    asked
        .filter(|asked| !(asked.least..=asked.most).contains(&asked.have))
        .map(|asked| {
            let is_near = asked.have > 0 && asked.have < asked.least;
            let lacks = is_near.then(|| (asked.say)(asked.place, asked.least - asked.have));
            Failed { lacks }
        })
        .collect()
}

/// What a condition counts, and between what it should be.
struct Asked {
    place: u16,
    have: i64,
    least: i64,
    most: i64,
    say: fn(u16, i64) -> Lack,
}

fn asked(place: u16, condition: &Condition, rows: &[Row<'_>]) -> Option<Asked> {
    let matching = |of: &Selector| Mask::of(of, rows, false);
    let units: fn(u16, i64) -> Lack = |condition, units| Lack::Quantity { condition, units };
    let money: fn(u16, i64) -> Lack = |condition, minor| Lack::Amount {
        condition,
        amount: Amount::from_minor(minor),
    };
    let asked = |have, least: Option<i64>, most: Option<i64>, say| Asked {
        place,
        have,
        least: least.unwrap_or(0),
        most: most.unwrap_or(i64::MAX),
        say,
    };
    if let Condition::Quantity {
        of,
        at_least,
        at_most,
        measure,
    } = condition
    {
        let mask = matching(of);
        let items = mask.rows().map(|row| &rows[row].item);
        let have = items
            .map(|item| measure.count(item.unit, item.quantity.base_units()))
            .sum();
        return Some(asked(have, *at_least, *at_most, units));
    }
    if let Condition::Distinct { of, at_least } = condition {
        let mask = matching(of);
        let mut variants: Vec<_> = mask.rows().map(|row| rows[row].item.variant).collect();
        variants.dedup();
        let have = i64::try_from(variants.len()).unwrap_or(i64::MAX);
        return Some(asked(have, Some(*at_least), None, units));
    }
    if let Condition::Amount {
        of,
        at_least,
        at_most,
        base: Base::List,
    } = condition
    {
        let have = matching(of).rows().map(|row| rows[row].paid).sum();
        return Some(asked(
            have,
            at_least.map(Amount::minor),
            at_most.map(Amount::minor),
            money,
        ));
    }
    None
}

/// What active promotions lack to give something, or to give more.
pub(super) fn near(scene: Scene<'_>, places: &[u16], run: &Run) -> Vec<Near> {
    let mut near = Vec::new();
    for (promotion, active) in scene.actives.iter().enumerate() {
        let place = places[promotion];
        let mut say = |lacks| {
            near.push(Near {
                promotion: place,
                lacks,
            });
        };
        for condition in &active.remaining {
            let have = run.lots.amount(&condition.rows);
            if run.was_shut(promotion) && have > 0 && have < condition.at_least {
                let amount = Amount::from_minor(condition.at_least - have);
                say(Lack::Amount {
                    condition: condition.condition,
                    amount,
                });
            }
        }
        for (effect, reach) in active.draft.effects.iter().zip(&active.reach) {
            let lacks = if let Effect::Bundle { parts, times, .. } = effect {
                let counts: Vec<i64> = parts.iter().map(|part| i64::from(part.count)).collect();
                bundle_lacks(
                    &counts,
                    reach,
                    times.map_or(i64::MAX, i64::from),
                    scene.rows,
                )
            } else if let (Effect::Tiers { by, steps, .. }, [mask]) = (effect, reach.as_slice()) {
                let have = reached(*by, &run.lots, scene.rows, mask);
                let next: Option<&Tier> = steps.iter().find(|step| step.from > have);
                next.filter(|_| have > 0).map(|next| Lack::Tier {
                    more: next.from - have,
                })
            } else {
                None
            };
            if let Some(lacks) = lacks {
                say(lacks);
            }
        }
    }
    near
}

/// What a bundle lacks for one more time, if it lacks units of one part only.
fn bundle_lacks(counts: &[i64], reach: &[Mask], times: i64, rows: &[Row<'_>]) -> Option<Lack> {
    let have = |mask: &Mask| mask.rows().map(|row| rows[row].count).sum::<i64>();
    let have: Vec<i64> = reach.iter().map(have).collect();
    let is_same = reach.iter().all(|mask| *mask == reach[0]);
    if is_same {
        let (all, each) = (have[0], counts.iter().sum::<i64>());
        let over = all % each;
        let lacks = Lack::Part {
            part: 0,
            units: each - over,
        };
        return (over > 0 && all / each < times).then_some(lacks);
    }
    let done = have
        .iter()
        .zip(counts)
        .map(|(have, count)| have / count)
        .min()?;
    let mut missing = have
        .iter()
        .zip(counts)
        .enumerate()
        .map(|(part, (have, count))| (part, (done + 1) * count - have))
        .filter(|&(_, units)| units > 0);
    let (part, units) = missing.next()?;
    if missing.next().is_some() || done >= times || have.iter().all(|&have| have == 0) {
        return None;
    }
    Some(Lack::Part {
        part: u16::try_from(part).ok()?,
        units,
    })
}

/// Promotions of groups, and those shut out by an exclusive one, on lines that they would have reduced.
pub(super) fn beaten(
    scene: Scene<'_>,
    places: &[u16],
    run: &Run,
    alone: Option<usize>,
) -> Vec<Beaten> {
    let mut beaten = Vec::new();
    for (promotion, active) in scene.actives.iter().enumerate() {
        let may_lose = match active.draft.combination.mode {
            Mode::BestOf(_) | Mode::Exclusive => true,
            Mode::Compounding => alone.is_some(),
        };
        if !may_lose || alone == Some(promotion) || !may_have_lost(promotion, scene, run) {
            continue;
        }
        let would = level::alone(promotion, scene);
        for row in active.touches.rows() {
            let would: i64 = would
                .uses
                .iter()
                .filter(|used| used.row == row)
                .map(|used| used.gave)
                .sum();
            let did = run
                .uses
                .iter()
                .any(|used| used.row == row && used.promotion == promotion);
            if would == 0 || did || beaten.len() >= MAX_BEATEN {
                continue;
            }
            let Some(by) = alone.or_else(|| winner(promotion, row, scene, run)) else {
                continue;
            };
            beaten.push(Beaten {
                promotion: places[promotion],
                line: u16::try_from(scene.rows[row].place).unwrap_or(u16::MAX),
                by: places[by],
                would: Amount::from_minor(would),
            });
        }
    }
    beaten.sort_by_key(|beaten| (beaten.line, beaten.promotion));
    beaten
}

/// Is there a line that it may reduce, and has not?
fn may_have_lost(promotion: usize, scene: Scene<'_>, run: &Run) -> bool {
    let touches = &scene.actives[promotion].touches;
    touches.rows().any(|row| {
        !run.uses
            .iter()
            .any(|used| used.row == row && used.promotion == promotion)
    })
}

/// The promotion that stands in the way on a line: of the same group the one that gave most, else the one that gave most.
fn winner(promotion: usize, row: usize, scene: Scene<'_>, run: &Run) -> Option<usize> {
    let group = scene.actives[promotion].group;
    let is_rival =
        |other: usize| other != promotion && (group == 0 || scene.actives[other].group == group);
    let on_row = run
        .uses
        .iter()
        .filter(|used| used.row == row && is_rival(used.promotion));
    let most = on_row.max_by_key(|used| (used.gave, std::cmp::Reverse(used.promotion)));
    let anywhere = || {
        let rivals = run.uses.iter().filter(|used| is_rival(used.promotion));
        rivals.max_by_key(|used| (used.gave, std::cmp::Reverse(used.promotion)))
    };
    most.or_else(anywhere).map(|used| used.promotion)
}
