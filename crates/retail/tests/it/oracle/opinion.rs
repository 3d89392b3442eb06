//! The second opinion: every set of units, every assignment, every set of promotions.
use std::collections::BTreeMap;

use retail::promotion::Mode;

use super::{FINE, Gives, Lines, ROUNDING, Rule, Unit};

impl Rule {
    fn group(&self) -> Option<&str> {
        match &self.mode {
            Mode::BestOf(group) => Some(group),
            Mode::Compounding | Mode::Exclusive => None,
        }
    }

    fn is_spread(&self) -> bool {
        matches!(self.gives, Gives::SpreadPercent(_) | Gives::SpreadAmount(_))
    }

    fn takes(&self, unit: &Unit) -> bool {
        let is_free = self
            .group()
            .is_none_or(|group| !unit.groups.iter().any(|of| of == group));
        let get = if let Gives::BuyGet(_, get, _) = self.gives {
            Some(get)
        } else {
            None
        };
        let is_meant = |of: Option<&str>| of.is_none_or(|tag| unit.tags.contains(&tag));
        is_free && (is_meant(self.of) || get.is_some_and(|get| is_meant(Some(get))))
    }

    /// What these units together get, each of them; `None` if they are no units for it. For a bundle: for one time.
    fn once(&self, units: &[&Unit]) -> Option<Vec<i128>> {
        let meant = |unit: &Unit| self.of.is_none_or(|tag| unit.tags.contains(&tag));
        let sum: i128 = units.iter().map(|unit| unit.price).sum();
        match self.gives {
            Gives::NForPrice(count, price) => {
                let is_bundle = units.len() == usize::try_from(count).ok()?
                    && units.iter().all(|unit| meant(unit));
                let off = sum - i128::from(price) * FINE;
                (is_bundle && off > 0)
                    .then(|| units.iter().map(|unit| unit.price * off / sum).collect())
            }
            Gives::CheapestFree(count, off) => {
                let is_bundle = units.len() == usize::try_from(count).ok()?
                    && units.iter().all(|unit| meant(unit));
                let cheapest = (0..units.len()).min_by_key(|&place| units[place].price)?;
                is_bundle.then(|| {
                    let part = |place: usize| {
                        if place == cheapest {
                            units[place].price * i128::from(off) / 10_000
                        } else {
                            0
                        }
                    };
                    (0..units.len()).map(part).collect()
                })
            }
            Gives::BuyGet(count, get, off) => {
                if units.len() != usize::try_from(count).ok()? + 1 {
                    return None;
                }
                let may_be_it = |&place: &usize| {
                    units[place].tags.contains(&get)
                        && (0..units.len()).all(|other| other == place || meant(units[other]))
                };
                let it = (0..units.len())
                    .filter(may_be_it)
                    .max_by_key(|&place| units[place].price)?;
                let part = |place: usize| {
                    if place == it {
                        units[place].price * i128::from(off) / 10_000
                    } else {
                        0
                    }
                };
                Some((0..units.len()).map(part).collect())
            }
            Gives::Percent(off) => Some(
                units
                    .iter()
                    .map(|unit| unit.price * i128::from(off) / 10_000)
                    .collect(),
            ),
            Gives::Amount(off) => Some(
                units
                    .iter()
                    .map(|unit| (i128::from(off) * FINE).min(unit.price))
                    .collect(),
            ),
            Gives::Price(price) => Some(
                units
                    .iter()
                    .map(|unit| (unit.price - i128::from(price) * FINE).max(0))
                    .collect(),
            ),
            Gives::SpreadPercent(_) | Gives::SpreadAmount(_) => None,
        }
    }

    fn is_bundle(&self) -> bool {
        matches!(
            self.gives,
            Gives::NForPrice(..) | Gives::CheapestFree(..) | Gives::BuyGet(..)
        )
    }
}

/// A set of units as bits, and the most that one rule gives on exactly these units, with what each gets.
type ByUnits = BTreeMap<u32, Vec<(usize, i128)>>;

fn gain(parts: &[(usize, i128)]) -> i128 {
    parts.iter().map(|part| part.1).sum()
}

/// For every set of units that a rule can use up: the best way.
fn every_set(rule: &Rule, units: &[Unit]) -> ByUnits {
    let free: Vec<usize> = (0..units.len())
        .filter(|&place| rule.takes(&units[place]))
        .collect();
    let mut best = ByUnits::from([(0, Vec::new())]);
    let bits = |set: u32| {
        free.iter()
            .copied()
            .filter(move |place| set >> place & 1 == 1)
            .collect::<Vec<usize>>()
    };
    let all = free.iter().fold(0_u32, |all, place| all | 1 << place);
    let mut applications = Vec::new();
    for set in 1..=all {
        if set & !all != 0 {
            continue;
        }
        let places = bits(set);
        let chosen: Vec<&Unit> = places.iter().map(|&place| &units[place]).collect();
        let size_fits = if rule.is_bundle() {
            places.len() <= 3
        } else {
            places.len() == 1
        };
        if let Some(parts) = rule.once(&chosen).filter(|_| size_fits) {
            let parts: Vec<(usize, i128)> = places.into_iter().zip(parts).collect();
            if gain(&parts) > 0 {
                applications.push((set, parts));
            }
        }
    }
    for set in 1..=all {
        if set & !all != 0 {
            continue;
        }
        for (application, parts) in &applications {
            // The lowest unit is in one of the applications: so each grouping is tried once.
            if application & !set != 0 || application.trailing_zeros() != set.trailing_zeros() {
                continue;
            }
            let Some(rest) = best.get(&(set & !application)) else {
                continue;
            };
            let mut parts = parts.clone();
            parts.extend(rest.iter().copied());
            if best
                .get(&set)
                .is_none_or(|known| gain(&parts) > gain(known))
            {
                best.insert(set, parts);
            }
        }
    }
    if let Gives::NForPrice(count, _) = rule.gives {
        by_price(
            rule,
            units,
            usize::try_from(count).expect("small"),
            &mut best,
        );
    }
    best
}

/// Groupings of the same units into bundles for a price give the same. The one by price is declared to count (ADR 24).
fn by_price(rule: &Rule, units: &[Unit], count: usize, best: &mut ByUnits) {
    for (set, known) in best {
        let mut places: Vec<usize> = (0..units.len())
            .filter(|place| set >> place & 1 == 1)
            .collect();
        places.sort_by_key(|&place| std::cmp::Reverse(units[place].price));
        let mut parts = Vec::new();
        for bundle in places.chunks(count) {
            let chosen: Vec<&Unit> = bundle.iter().map(|&place| &units[place]).collect();
            parts.extend(
                bundle
                    .iter()
                    .copied()
                    .zip(rule.once(&chosen).unwrap_or_default()),
            );
        }
        if (gain(&parts) - gain(known)).abs() < FINE {
            *known = parts;
        }
    }
}

/// What is compared: the gain, where fractions say nothing; of equal ones, what leaves the dearer units to others.
fn rank(value: i128, set: u32, units: &[Unit]) -> (i128, i128) {
    let used: i128 = (0..units.len())
        .filter(|place| set >> place & 1 == 1)
        .map(|place| units[place].price)
        .sum();
    (value / 1_000, -used)
}

/// Do units of different goods cost the same before bundles choose? Then several choices are best, later steps may see a
/// difference, and which one counts is settled by ids that the oracle knows nothing of.
fn has_tie(members: &[&Rule], units: &[Unit]) -> bool {
    let same = |one: &Unit, two: &Unit| {
        (one.line, &one.groups) != (two.line, &two.groups) && (one.price - two.price).abs() < FINE
    };
    members.iter().any(|rule| {
        let taken: Vec<&Unit> = units
            .iter()
            .filter(|unit| rule.takes(unit) && unit.price > 0)
            .collect();
        rule.is_bundle()
            && taken
                .iter()
                .any(|one| taken.iter().any(|two| same(one, two)))
    })
}

/// What members take: member, unit, amount.
type Parts = Vec<(usize, usize, i128)>;

/// The best that the members of a group can do together.
fn group_step(members: &[&Rule], units: &mut [Unit], ties: &mut u64) -> i128 {
    *ties += u64::from(has_tie(members, units));
    let sets: Vec<ByUnits> = members.iter().map(|rule| every_set(rule, units)).collect();
    let nothing = (Vec::new(), false);
    let mut best: BTreeMap<u32, (Parts, bool)> = BTreeMap::from([(0, nothing)]);
    let value = |parts: &Parts| parts.iter().map(|part| part.2).sum::<i128>();
    for (member, by_units) in sets.iter().enumerate() {
        let mut next = best.clone();
        for (used, (parts, is_tied)) in &best {
            for (set, more) in by_units
                .iter()
                .filter(|(set, _)| **set != 0 && *set & used == 0)
            {
                let mut parts = parts.clone();
                parts.extend(more.iter().map(|&(unit, off)| (member, unit, off)));
                let (known, known_tied) = next
                    .entry(used | set)
                    .or_insert_with(|| (parts.clone(), *is_tied));
                let more = value(&parts) - value(known);
                if more.abs() < FINE {
                    *known_tied |= *is_tied || *known != parts;
                }
                if more > 0 {
                    *known_tied = more < FINE || *is_tied;
                    *known = parts;
                }
            }
        }
        best = next;
    }
    let rank_of = |set: u32, parts: &Parts| rank(value(parts), set, units);
    let most = best
        .iter()
        .map(|(set, (parts, _))| rank_of(*set, parts))
        .max();
    let mut all = best
        .into_iter()
        .filter(|(set, (parts, _))| Some(rank_of(*set, parts)) == most);
    let (parts, is_tied) = all.next().expect("nothing is a choice").1;
    *ties += u64::from(is_tied) + u64::from(all.next().is_some());
    for &(member, unit, off) in &parts {
        units[unit].price -= off;
        if let Some(group) = members[member].group() {
            units[unit].groups.push(group.to_owned());
        }
    }
    value(&parts)
}

fn spread(rule: &Rule, units: &mut [Unit]) -> i128 {
    let free: Vec<usize> = (0..units.len())
        .filter(|&place| rule.takes(&units[place]))
        .collect();
    let sum: i128 = free.iter().map(|&place| units[place].price).sum();
    let off = match rule.gives {
        Gives::SpreadPercent(off) => sum * i128::from(off) / 10_000,
        Gives::SpreadAmount(off) => (i128::from(off) * FINE).min(sum),
        _ => 0,
    };
    if off == 0 {
        return 0;
    }
    for place in free {
        units[place].price -= units[place].price * off / sum;
        if let Some(group) = rule.group() {
            units[place].groups.push(group.to_owned());
        }
    }
    off
}

/// The turn of a compounding rule or a spread.
fn turn(rule: &Rule) -> (bool, u8) {
    let kind = match rule.gives {
        Gives::NForPrice(..)
        | Gives::CheapestFree(..)
        | Gives::BuyGet(..)
        | Gives::SpreadPercent(_) => 0,
        Gives::Price(_) | Gives::SpreadAmount(_) => 1,
        Gives::Percent(_) => 2,
        Gives::Amount(_) => 3,
    };
    (rule.is_spread(), kind)
}

/// Takes the steps of some rules of one priority.
fn level(rules: &[&Rule], units: &mut [Unit], ties: &mut u64) -> i128 {
    let mut gave = 0;
    let is_open = |rule: &Rule, units: &[Unit]| {
        let rest: i128 = units.iter().map(|unit| unit.price).sum();
        rule.threshold
            .is_none_or(|threshold| rest >= i128::from(threshold) * FINE)
    };
    for group in ["g", "h"] {
        let members: Vec<&Rule> = rules
            .iter()
            .copied()
            .filter(|rule| rule.group() == Some(group) && !rule.is_spread() && is_open(rule, units))
            .collect();
        gave += group_step(&members, units, ties);
    }
    let mut others: Vec<(usize, &Rule)> = rules.iter().copied().enumerate().collect();
    others.retain(|(_, rule)| rule.group().is_none() || rule.is_spread());
    others.sort_by_key(|(place, rule)| (turn(rule), *place));
    for (_, rule) in others {
        if is_open(rule, units) {
            gave += if rule.is_spread() {
                spread(rule, units)
            } else {
                group_step(&[rule], units, ties)
            };
        }
    }
    gave
}

pub(super) fn second_opinion(lines: &Lines, rules: &[Rule], ties: &mut u64) -> i128 {
    let mut units: Vec<Unit> = Vec::new();
    for (line, (price, quantity, tags)) in lines.iter().enumerate() {
        for _ in 0..*quantity {
            units.push(Unit {
                line,
                tags: tags.clone(),
                price: i128::from(*price) * FINE,
                groups: Vec::new(),
            });
        }
    }
    let mut gave = 0;
    for priority in [1, 0] {
        let of_level: Vec<&Rule> = rules
            .iter()
            .filter(|rule| rule.priority == priority)
            .collect();
        let (exclusive, shared): (Vec<&Rule>, Vec<&Rule>) = of_level
            .into_iter()
            .partition(|rule| rule.mode == Mode::Exclusive);
        let optional: Vec<usize> = (0..shared.len())
            .filter(|&place| shared[place].group().is_some())
            .collect();
        let mut best: Option<(i128, Vec<Unit>)> = None;
        for set in 0_u32..1 << optional.len() {
            let is_out = |place: usize| {
                optional
                    .iter()
                    .position(|&of| of == place)
                    .is_some_and(|bit| set >> bit & 1 == 1)
            };
            let members: Vec<&Rule> = (0..shared.len())
                .filter(|&place| !is_out(place))
                .map(|place| shared[place])
                .collect();
            let mut after = units.clone();
            let value = level(&members, &mut after, ties);
            let more = best.as_ref().map_or(i128::MAX, |(most, _)| value - most);
            // Sets that differ by less than a rounded cent are the same to the oracle, and not to the engine.
            *ties += u64::from(more.abs() < ROUNDING * FINE);
            if more >= FINE {
                best = Some((value, after));
            }
        }
        let (value, after) = best.expect("the whole set");
        if gave == 0 {
            let alone = exclusive
                .iter()
                .map(|rule| level(&[rule], &mut units.clone(), ties))
                .max()
                .unwrap_or(0);
            if alone > 0 && alone >= value {
                return alone;
            }
        }
        gave += value;
        units = after;
    }
    gave
}
