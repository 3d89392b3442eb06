//! The one function that prices a basket under promotions.
use std::collections::BTreeSet;

use super::{
    Draft, Mode, Promotion, PromotionId, Rules, Short,
    basket::{Mask, Row, quantity_of, rows},
    claim::{self, Claim, Counter},
    condition::{Base, Condition},
    effect::{Effect, Points},
    goods::{BasketLine, Context},
    level, reason,
    step::{Active, Remaining, Run, Scene, reach},
    trace::{self, Applied, Earned, Exhausted, Fired, Gift, Near, Search, Shipped, Trace},
};
use crate::{
    amount::Amount,
    catalog::VariantId,
    sale::{self, Item, PriceBasketError},
};

/// A priced basket and why it costs what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Priced {
    /// The lines in the order of scanning, then the gifts, with the discounts of promotions and people in them.
    pub sale: sale::Priced,
    /// How many of the lines are gifts: the last ones.
    pub gifts: usize,
    /// What each charge for shipping is now, in the order of the context.
    pub shipping: Vec<Amount>,
    /// Points earned beside the ordinary ones.
    pub points: i64,
    /// Gifts of applicable promotions of which the context says nothing. With them the price may be another.
    pub unknown_gifts: BTreeSet<VariantId>,
    /// The reasons.
    pub trace: Trace,
}

impl Priced {
    /// What must be taken from counters in the transaction of the sale.
    #[must_use]
    pub fn claims(&self) -> &[Claim] {
        &self.trace.claims
    }

    /// What the customer pays, shipping included.
    #[must_use]
    pub fn due(&self) -> Amount {
        self.sale.total + self.shipping.iter().copied().sum()
    }
}

/// The most promotions that are applied to one basket; those with the highest ids beyond it are not looked at.
const MAX_ACTIVE: usize = 10_000;
/// Groups that are told apart in one basket. Those beyond it share the last, and give less, never more.
const MAX_GROUPS: u32 = 127;

/// Prices a basket under promotions: line by line rounded, discounted, then taxed (ADR 24).
///
/// # Errors
/// Each [`PriceBasketError`] names the line to put right.
pub fn price(
    lines: &[BasketLine<'_>],
    rules: &Rules,
    context: &Context<'_>,
) -> Result<Priced, PriceBasketError> {
    let rows = rows(lines, context.currency)?;
    let mut barred = Vec::new();
    loop {
        let table = Table::set(&rows, rules, context, &barred);
        let scene = Scene {
            rows: &rows,
            actives: &table.actives,
            context,
        };
        let (run, alone) = run(scene);
        if let Some(promotion) = over_budget(&run, scene) {
            barred.push(promotion);
            continue;
        }
        return finish(lines, scene, &table, &run, alone);
    }
}

/// The promotions that are applicable to a basket, and what is known of those that nearly are.
struct Table<'a> {
    actives: Vec<Active<'a>>,
    /// All that are applicable at this moment, whatever the basket: what the trace lists.
    promotions: Vec<&'a Promotion>,
    /// By active: its place in `promotions`.
    places: Vec<u16>,
    near: Vec<Near>,
    exhausted: Vec<Exhausted>,
}

impl<'a> Table<'a> {
    fn set(rows: &[Row<'a>], rules: &'a Rules, at: &Context<'_>, barred: &[PromotionId]) -> Self {
        let mut table = Self {
            actives: Vec::new(),
            promotions: Vec::new(),
            places: Vec::new(),
            near: Vec::new(),
            exhausted: Vec::new(),
        };
        let touching = rules.touching(rows.iter().map(|row| row.goods));
        let applicable = touching
            .into_iter()
            .filter(|promotion| match at.applicable {
                Some(ids) => ids.contains(&promotion.id()),
                None => promotion
                    .draft()
                    .when
                    .iter()
                    .all(|condition| condition.holds(promotion.id(), at)),
            });
        table.promotions = applicable.take(MAX_ACTIVE).collect();
        for place in 0..table.promotions.len() {
            let promotion = table.promotions[place];
            table.seat(
                u16::try_from(place).unwrap_or(u16::MAX),
                promotion.draft(),
                rows,
                at,
                barred,
            );
        }
        table.group();
        table
    }

    /// Makes a promotion active if the basket is what it asks for and its counters have something.
    fn seat(
        &mut self,
        place: u16,
        draft: &'a Draft,
        rows: &[Row<'a>],
        at: &Context<'_>,
        barred: &[PromotionId],
    ) {
        let reach = reach(draft, rows);
        let is_about_goods = |effect: &Effect| effect.is_about_units();
        let reaches = |(effect, masks): (&Effect, &Vec<Mask>)| {
            !is_about_goods(effect) || masks.iter().any(|mask| !mask.is_empty())
        };
        if rows.is_empty() || !draft.effects.iter().zip(&reach).any(reaches) {
            return;
        }
        let failed = reason::failed(draft, rows);
        if !failed.is_empty() {
            let lacks = failed.into_iter().filter_map(|failed| failed.lacks);
            let near = lacks.map(|lacks| Near {
                promotion: place,
                lacks,
            });
            self.near.extend(near);
            return;
        }
        let available =
            |counter: Counter| at.available.get(&(draft.id, counter)).copied().unwrap_or(0);
        let counters = claim::counters(draft, at);
        let empty = counters.into_iter().filter(|counter| {
            available(*counter) < 1 || (barred.contains(&draft.id) && *counter == Counter::Budget)
        });
        let exhausted: Vec<Exhausted> = empty
            .map(|counter| Exhausted {
                promotion: place,
                counter,
            })
            .collect();
        let Some(mut left) = claim::left(draft, at, available).filter(|_| exhausted.is_empty())
        else {
            self.exhausted.extend(exhausted);
            return;
        };
        if draft.limits.short == Short::Nothing {
            left.money = i64::MAX;
        }
        if let Some(cap) = draft.combination.cap {
            left.money = left.money.min(cap.minor());
        }
        self.places.push(place);
        let mut touches = Mask::default();
        for mask in reach.iter().flatten() {
            touches.join(mask);
        }
        self.actives.push(Active {
            draft,
            group: 0,
            reach,
            touches,
            remaining: remaining(draft, rows),
            left,
        });
    }

    /// What the trace lists.
    fn applied(&self) -> Vec<Applied> {
        let promotions = self.promotions.iter();
        promotions
            .map(|promotion| Applied {
                id: promotion.id(),
                version: promotion.version(),
            })
            .collect()
    }

    /// Gives each group its bit.
    fn group(&mut self) {
        let mut names: Vec<&str> = self
            .actives
            .iter()
            .filter_map(|active| group_of(active.draft))
            .collect();
        names.sort_unstable();
        names.dedup();
        for active in &mut self.actives {
            let place = group_of(active.draft).and_then(|name| names.binary_search(&name).ok());
            active.group = place.map_or(0, |place| {
                1 << u32::try_from(place).unwrap_or(MAX_GROUPS).min(MAX_GROUPS)
            });
        }
    }
}

fn group_of(draft: &Draft) -> Option<&str> {
    match &draft.combination.mode {
        Mode::BestOf(group) => Some(group),
        Mode::Compounding | Mode::Exclusive => None,
    }
}

/// The conditions that are asked when a promotion's turn comes.
fn remaining(draft: &Draft, rows: &[Row<'_>]) -> Vec<Remaining> {
    let conditions = (0_u16..).zip(&draft.when);
    conditions
        .filter_map(|(place, condition)| {
            let Condition::Amount {
                of,
                at_least,
                at_most,
                base: Base::Remaining,
            } = condition
            else {
                return None;
            };
            Some(Remaining {
                condition: place,
                rows: Mask::of(of, rows, false),
                at_least: at_least.map_or(i64::MIN, Amount::minor),
                at_most: at_most.map_or(i64::MAX, Amount::minor),
            })
        })
        .collect()
}

/// Takes the levels, the highest priority first. Also says which exclusive promotion has the basket alone.
fn run(scene: Scene<'_>) -> (Run, Option<usize>) {
    let priority = |promotion: usize| scene.actives[promotion].draft.combination.priority;
    let mut priorities: Vec<i32> = (0..scene.actives.len()).map(priority).collect();
    priorities.sort_unstable_by_key(|&priority| std::cmp::Reverse(priority));
    priorities.dedup();
    let mut run = Run::new(scene);
    for level in priorities {
        let members: Vec<usize> = (0..scene.actives.len())
            .filter(|&promotion| priority(promotion) == level)
            .collect();
        let (next, alone) = level::take(run, &members, scene);
        run = next;
        if alone.is_some() {
            return (run, alone);
        }
    }
    (run, None)
}

/// A promotion that would give more than its budget has, and gives nothing then.
fn over_budget(run: &Run, scene: Scene<'_>) -> Option<PromotionId> {
    let active = scene.actives.iter().enumerate().find(|(place, active)| {
        let budget =
            active.draft.limits.budget.is_some() && active.draft.limits.short == Short::Nothing;
        let available = scene
            .context
            .available
            .get(&(active.draft.id, Counter::Budget));
        budget && gave(run, *place).1 > available.copied().unwrap_or(0)
    });
    active.map(|(_, active)| active.draft.id)
}

/// Units that a promotion has reduced or given, and by how much, with shipping.
fn gave(run: &Run, promotion: usize) -> (i64, i64) {
    let uses = run
        .uses
        .iter()
        .filter(|used| used.promotion == promotion && used.gave > 0);
    let (units, goods) = uses.fold((0, 0), |sum, used| (sum.0 + used.units, sum.1 + used.gave));
    let gifts = run.gifts.iter().filter(|gift| gift.promotion == promotion);
    let (units, goods) = gifts.fold((units, goods), |sum, gift| {
        (sum.0 + gift.there, sum.1 + gift.gave)
    });
    let shipped = run.shipped.iter().filter(|shipped| shipped.0 == promotion);
    (units, goods + shipped.map(|shipped| shipped.2).sum::<i64>())
}

/// Makes lines, taxes and reasons of what has happened.
fn finish(
    lines: &[BasketLine<'_>],
    scene: Scene<'_>,
    table: &Table<'_>,
    run: &Run,
    alone: Option<usize>,
) -> Result<Priced, PriceBasketError> {
    let mut items: Vec<Item> = lines.iter().map(|line| line.item).collect();
    for used in &run.uses {
        let item = &mut items[scene.rows[used.row].place];
        item.discount += Amount::from_minor(used.gave);
    }
    let gifts = gifts(scene, table, run, &mut items);
    let points = points(scene, table, run);
    let earned = |place: usize| {
        points
            .iter()
            .any(|one| one.promotion == table.places[place])
    };
    let mut claims = Vec::new();
    // Points that come to none use up nothing.
    for (place, active) in scene
        .actives
        .iter()
        .enumerate()
        .filter(|&(place, _)| run.has_given(place) || earned(place))
    {
        let (units, money) = gave(run, place);
        claims.extend(claim::claims(active.draft, scene.context, units, money));
    }
    let mut near = table.near.clone();
    near.extend(reason::near(scene, &table.places, run));
    near.sort_by_key(|near| near.promotion);
    let trace = Trace {
        format: trace::FORMAT,
        search: if run.is_exact {
            Search::Exact
        } else {
            Search::Bounded
        },
        promotions: table.applied(),
        fired: fired(scene, table, run),
        shipping: shipped(table, run),
        beaten: reason::beaten(scene, &table.places, run, alone),
        near,
        exhausted: table.exhausted.clone(),
        points,
        claims: merged(claims),
        gifts,
    };
    Ok(Priced {
        gifts: items.len() - lines.len(),
        sale: sale::price_with(items, scene.context.currency, scene.context.tax)?,
        shipping: run
            .shipping
            .iter()
            .copied()
            .map(Amount::from_minor)
            .collect(),
        points: trace.points.iter().map(|earned| earned.points).sum(),
        unknown_gifts: unknown_gifts(scene),
        trace,
    })
}

/// What applicable promotions would give, and is not among what is there or not there.
fn unknown_gifts(scene: Scene<'_>) -> BTreeSet<VariantId> {
    let effects = scene
        .actives
        .iter()
        .flat_map(|active| &active.draft.effects);
    let gifts = effects.filter_map(Effect::gift);
    gifts
        .filter(|variant| !scene.context.gifts.contains_key(variant))
        .collect()
}

/// What came off the charges for shipping.
fn shipped(table: &Table<'_>, run: &Run) -> Vec<Shipped> {
    let shipped = run.shipped.iter();
    shipped
        .map(|&(promotion, charge, gave)| Shipped {
            promotion: table.places[promotion],
            charge: u16::try_from(charge).unwrap_or(u16::MAX),
            gave: Amount::from_minor(gave),
        })
        .collect()
}

/// One claim for each counter.
fn merged(mut claims: Vec<Claim>) -> Vec<Claim> {
    claims.sort_unstable();
    claims.dedup_by(|next, claim| {
        let is_same = (next.promotion, next.counter) == (claim.promotion, claim.counter);
        if is_same {
            claim.quantity = match claim.counter {
                Counter::Units | Counter::Budget => claim.quantity + next.quantity,
                Counter::Uses | Counter::Day | Counter::Customer | Counter::Voucher(_) => 1,
            };
        }
        is_same
    });
    claims
}

/// What each promotion did on each line, by line and promotion.
fn fired(scene: Scene<'_>, table: &Table<'_>, run: &Run) -> Vec<Fired> {
    let narrow = |number: usize| u16::try_from(number).unwrap_or(u16::MAX);
    let mut fired: Vec<Fired> = run
        .uses
        .iter()
        .map(|used| Fired {
            promotion: table.places[used.promotion],
            line: narrow(scene.rows[used.row].place),
            units: used.units,
            gave: Amount::from_minor(used.gave),
        })
        .collect();
    fired.sort_by_key(|fired| (fired.line, fired.promotion));
    fired.dedup_by(|next, fired| {
        let is_same = (next.line, next.promotion) == (fired.line, fired.promotion);
        if is_same {
            fired.units += next.units;
            fired.gave += next.gave;
        }
        is_same
    });
    // A promotion with several effects uses a unit several times, and the line has only so many.
    for fired in &mut fired {
        if let Some(row) = scene
            .rows
            .iter()
            .find(|row| row.place == usize::from(fired.line))
        {
            fired.units = fired.units.min(row.count);
        }
    }
    fired
}

/// Adds the gifts that are there as lines.
fn gifts(scene: Scene<'_>, table: &Table<'_>, run: &Run, items: &mut Vec<Item>) -> Vec<Gift> {
    let mut gifts = Vec::with_capacity(run.gifts.len());
    for given in &run.gifts {
        let offer = scene.context.gifts.get(&given.variant);
        let offer = offer.filter(|_| given.there > 0);
        let line = offer.and_then(|_| u16::try_from(items.len()).ok());
        items.extend(offer.map(|offer| Item {
            quantity: quantity_of(given.there),
            discount: Amount::from_minor(given.gave),
            ..offer.item
        }));
        gifts.push(Gift {
            promotion: table.places[given.promotion],
            line,
            variant: given.variant,
            missing: given.said - given.there,
            given: given.there,
            gave: Amount::from_minor(given.gave),
        });
    }
    gifts
}

/// Points of promotions that give some, on what is paid in the end.
fn points(scene: Scene<'_>, table: &Table<'_>, run: &Run) -> Vec<Earned> {
    let earned = run.points.iter().filter_map(|&(promotion, effect)| {
        let active = &scene.actives[promotion];
        let Effect::Points { earn, .. } = &active.draft.effects[effect] else {
            return None;
        };
        let mask = active.reach[effect].first()?;
        let points = match earn {
            Points::Fixed(points) => *points,
            Points::PerUnit(points) => {
                points * mask.rows().map(|row| scene.rows[row].count).sum::<i64>()
            }
            Points::PerAmount { points, each } => points * (run.lots.amount(mask) / each.minor()),
        };
        (points > 0).then_some(Earned {
            promotion: table.places[promotion],
            points,
        })
    });
    earned.collect()
}
