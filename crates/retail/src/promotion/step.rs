//! One step: a group of promotions, or a compounding one, takes from what is left.
use super::{
    Draft, Mode,
    basket::{Mask, Row, quantity_of},
    bundle::{Bundle, Shelf, solve},
    claim::Left,
    effect::{Effect, Off, Reward, Rewarded},
    goods::Context,
    lot::{Cut, Lots},
    share,
    simple::{Most, PerUnit, cuts, spread},
};
use crate::{amount::Amount, catalog::VariantId, sale::MAX_LINES};

/// An applicable promotion, with what it reaches in this basket.
#[derive(Debug)]
pub(super) struct Active<'a> {
    pub(super) draft: &'a Draft,
    /// Its group's bit; none for those that are in no group.
    pub(super) group: u128,
    /// For each effect, the rows of its target or of each part.
    pub(super) reach: Vec<Vec<Mask>>,
    /// Rows that any of its effects may touch.
    pub(super) touches: Mask,
    /// Conditions on what remains: their place, rows, least and most.
    pub(super) remaining: Vec<Remaining>,
    /// What it may give.
    pub(super) left: Left,
}

/// A condition that is asked when the promotion's turn comes.
#[derive(Debug)]
pub(super) struct Remaining {
    pub(super) condition: u16,
    pub(super) rows: Mask,
    pub(super) at_least: i64,
    pub(super) at_most: i64,
}

impl Active<'_> {
    pub(super) fn is_exclusive(&self) -> bool {
        self.draft.combination.mode == Mode::Exclusive
    }
}

/// The rows that each effect of a promotion reaches.
pub(super) fn reach(draft: &Draft, rows: &[Row<'_>]) -> Vec<Vec<Mask>> {
    let of_effect = |effect: &Effect| match effect {
        Effect::Percent { target, .. }
        | Effect::Amount { target, .. }
        | Effect::Price { target, .. }
        | Effect::Tiers { target, .. }
        | Effect::Spread { target, .. } => vec![Mask::of(&target.of, rows, true)],
        Effect::Bundle { parts, reward, .. } => parts
            .iter()
            .enumerate()
            .map(|(index, part)| Mask::of(&part.of, rows, may_be_reduced(*reward, index)))
            .collect(),
        Effect::Points { of, .. } => vec![Mask::of(of, rows, false)],
        Effect::Gift { .. } | Effect::Shipping { .. } => Vec::new(),
    };
    draft.effects.iter().map(of_effect).collect()
}

fn may_be_reduced(reward: Reward, part: usize) -> bool {
    match reward.on {
        Rewarded::All | Rewarded::Cheapest(_) => true,
        Rewarded::Part(of) => usize::from(of) == part,
    }
}

/// A promotion used units of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Use {
    pub(super) promotion: usize,
    pub(super) row: usize,
    pub(super) units: i64,
    pub(super) gave: i64,
}

/// A gift of a promotion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Given {
    pub(super) promotion: usize,
    pub(super) variant: VariantId,
    /// Base units that the promotion says.
    pub(super) said: i64,
    /// Those of them that are there to give, and that its limits allow.
    pub(super) there: i64,
    /// What those cost elsewhere.
    pub(super) gave: i64,
}

/// What has happened so far.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) lots: Lots,
    pub(super) shipping: Vec<i64>,
    /// By promotion, what it may still give, and whether it applies.
    pub(super) left: Vec<Left>,
    pub(super) gates: Vec<Option<bool>>,
    pub(super) uses: Vec<Use>,
    /// Gifts, also those that are not there.
    pub(super) gifts: Vec<Given>,
    /// Effects that may earn points: promotion, effect.
    pub(super) points: Vec<(usize, usize)>,
    /// Promotion, charge, amount.
    pub(super) shipped: Vec<(usize, usize, i64)>,
    /// All that the customer has got, in minor units.
    pub(super) gave: i64,
    pub(super) is_exact: bool,
}

/// The members of a step, as (promotion, effect). All of one group, or one alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) members: Vec<(usize, usize)>,
}

impl Step {
    /// The step of some members alone; none if none of them is in it.
    pub(super) fn among(&self, some: &[usize]) -> Option<Self> {
        let is_one = |member: &(usize, usize)| some.contains(&member.0);
        let members: Vec<_> = self.members.iter().copied().filter(is_one).collect();
        (!members.is_empty()).then_some(Self { members })
    }
}

/// The basket and who is applicable: what does not change during a pricing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) rows: &'a [Row<'a>],
    pub(super) actives: &'a [Active<'a>],
    pub(super) context: &'a Context<'a>,
}

impl Run {
    pub(super) fn new(scene: Scene<'_>) -> Self {
        Self {
            lots: Lots::of(scene.rows),
            shipping: scene
                .context
                .shipping
                .iter()
                .map(|charge| charge.amount.minor())
                .collect(),
            left: scene.actives.iter().map(|active| active.left).collect(),
            gates: vec![None; scene.actives.len()],
            uses: Vec::new(),
            gifts: Vec::new(),
            points: Vec::new(),
            shipped: Vec::new(),
            gave: 0,
            is_exact: true,
        }
    }

    /// The same with the goods of some rows alone.
    pub(super) fn only(&self, rows: &Mask) -> Self {
        Self {
            lots: self.lots.only(rows),
            ..self.clone()
        }
    }

    /// Has the promotion done anything? A gift that is not there is nothing.
    pub(super) fn has_fired(&self, promotion: usize) -> bool {
        self.has_given(promotion) || self.points.iter().any(|earned| earned.0 == promotion)
    }

    /// Has the promotion given anything but points?
    pub(super) fn has_given(&self, promotion: usize) -> bool {
        let mut gifts = self.gifts.iter().filter(|gift| gift.there > 0);
        self.uses.iter().any(|used| used.promotion == promotion)
            || gifts.any(|gift| gift.promotion == promotion)
            || self.shipped.iter().any(|shipped| shipped.0 == promotion)
    }

    pub(super) fn has_any(&self) -> bool {
        let is_bare = self.uses.is_empty() && self.points.is_empty() && self.shipped.is_empty();
        !is_bare || self.gifts.iter().any(|gift| gift.there > 0)
    }

    /// Takes a step with those members that are not left out.
    pub(super) fn take(&mut self, step: &Step, is_out: impl Fn(usize) -> bool, scene: Scene<'_>) {
        let members: Vec<(usize, usize)> = step
            .members
            .iter()
            .copied()
            .filter(|&(promotion, _)| !is_out(promotion) && self.is_open(promotion, scene))
            .collect();
        let Some(&(promotion, effect)) = members.first() else {
            return;
        };
        let active = &scene.actives[promotion];
        match &active.draft.effects[effect] {
            Effect::Gift { variant, quantity } => self.give(promotion, *variant, *quantity, scene),
            Effect::Points { .. } => self.points.push((promotion, effect)),
            Effect::Shipping {
                off,
                methods,
                is_shared,
            } => {
                self.ship(promotion, *off, methods, *is_shared, scene);
            }
            Effect::Spread { off, .. } => self.spread(promotion, effect, *off, scene),
            Effect::Percent { .. }
            | Effect::Amount { .. }
            | Effect::Price { .. }
            | Effect::Tiers { .. }
            | Effect::Bundle { .. } => self.reduce(&members, scene),
        }
    }

    /// Gives what is there of a gift, as far as the promotion's units and money go.
    fn give(&mut self, promotion: usize, variant: VariantId, said: i64, scene: Scene<'_>) {
        let given = self.gifts.iter().filter(|gift| gift.there > 0);
        let lines = scene.rows.len() + given.clone().count();
        let before = given.filter(|gift| gift.variant == variant);
        let before: i64 = before.map(|gift| gift.there).sum();
        let offer = scene.context.gifts.get(&variant);
        let offer = offer.filter(|offer| offer.goods.is_discountable && lines < MAX_LINES);
        let left = self.left[promotion];
        let free = offer.map_or(0, |offer| offer.available.base_units() - before);
        let mut there = free.min(said).min(left.units).max(0);
        let cost = |units: i64| {
            let item = offer?.item;
            let gross = item
                .price
                .extend(quantity_of(units), scene.context.currency);
            gross.map(Amount::minor)
        };
        let mut gave = cost(there);
        while let Some(gross) = gave.filter(|&gross| gross > left.money) {
            let within = i128::from(there) * i128::from(left.money.max(0)) / i128::from(gross);
            there = i64::try_from(within).map_or(0, |within| within.min(there - 1));
            gave = cost(there);
        }
        let gave = gave.unwrap_or_else(|| {
            there = 0;
            0
        });
        self.gifts.push(Given {
            promotion,
            variant,
            said,
            there,
            gave,
        });
        self.pay(promotion, there, gave);
    }

    /// Do the conditions on what remains hold? They are asked once, when the promotion's first turn comes.
    fn is_open(&mut self, promotion: usize, scene: Scene<'_>) -> bool {
        if let Some(is_open) = self.gates[promotion] {
            return is_open;
        }
        let is_open = scene.actives[promotion].remaining.iter().all(|condition| {
            (condition.at_least..=condition.at_most).contains(&self.lots.amount(&condition.rows))
        });
        self.gates[promotion] = Some(is_open);
        is_open
    }

    /// Did the promotion's turn come without its conditions holding?
    pub(super) fn was_shut(&self, promotion: usize) -> bool {
        self.gates[promotion] == Some(false)
    }

    /// Units of each lot that a promotion may take.
    fn free(&self, active: &Active<'_>, mask: &Mask) -> Vec<i64> {
        let may = |lot: &super::lot::Lot| {
            mask.has(lot.row)
                && lot.groups & active.group == 0
                && !(active.draft.combination.only_unreduced && lot.is_reduced)
        };
        self.lots
            .iter()
            .map(|lot| if may(lot) { lot.count } else { 0 })
            .collect()
    }

    fn spread(&mut self, promotion: usize, effect: usize, off: Off, scene: Scene<'_>) {
        let active = &scene.actives[promotion];
        let Some(target) = active.draft.effects[effect].target() else {
            return;
        };
        let free = self.free(active, &active.reach[effect][0]);
        let most = Most::of(target, self.left[promotion].units);
        let offers = (0..free.len())
            .map(|lot| (lot, free[lot], self.lots[lot].unit))
            .collect();
        let chosen = most.choose(&self.lots, offers);
        let below_cost = active.draft.combination.below_cost;
        let cuts = spread(
            off,
            &chosen,
            &self.lots,
            scene.rows,
            below_cost,
            self.left[promotion].money,
        );
        let cuts = self.note(promotion, cuts);
        self.lots.take(&cuts, active.group);
    }

    /// Writes down what a promotion takes; nothing if it gives nothing.
    fn note(&mut self, promotion: usize, cuts: Vec<Cut>) -> Vec<Cut> {
        let gave: i64 = cuts.iter().map(|cut| cut.gave).sum();
        if gave == 0 {
            return Vec::new();
        }
        for cut in &cuts {
            self.uses.push(Use {
                promotion,
                row: self.lots[cut.lot].row,
                units: cut.units,
                gave: cut.gave,
            });
        }
        let reduced: i64 = cuts
            .iter()
            .filter(|cut| cut.gave > 0)
            .map(|cut| cut.units)
            .sum();
        self.pay(promotion, reduced, gave);
        cuts
    }

    /// Takes from what a promotion may still give.
    fn pay(&mut self, promotion: usize, units: i64, gave: i64) {
        let left = &mut self.left[promotion];
        if left.units != i64::MAX {
            left.units -= units;
        }
        if left.money != i64::MAX {
            left.money -= gave;
        }
        self.gave += gave;
    }

    fn ship(
        &mut self,
        promotion: usize,
        off: Off,
        methods: &[String],
        is_shared: bool,
        scene: Scene<'_>,
    ) {
        let charges = scene.context.shipping.iter().enumerate();
        let meant: Vec<usize> = charges
            .filter(|(_, charge)| {
                methods.is_empty() || methods.binary_search(&charge.method).is_ok()
            })
            .map(|(place, _)| place)
            .collect();
        let mut values: Vec<i64> = meant.iter().map(|&place| self.shipping[place]).collect();
        let sum: i64 = values.iter().sum();
        let off_of = |value: i64| match off {
            Off::Percent(percent) => {
                share::portion(value, i64::from(percent.0), i64::from(super::effect::WHOLE))
            }
            Off::Amount(amount) => amount.minor().min(value),
            Off::Price(price) => (value - price.minor()).max(0),
        };
        let parts = if is_shared {
            share::within(
                off_of(sum).min(self.left[promotion].money),
                &values,
                &values,
            )
        } else {
            for value in &mut values {
                *value = off_of(*value);
            }
            super::simple::capped(values, self.left[promotion].money)
        };
        for (&place, gave) in meant.iter().zip(parts) {
            if gave > 0 {
                self.shipping[place] -= gave;
                self.shipped.push((promotion, place, gave));
                self.pay(promotion, 0, gave);
            }
        }
    }

    /// Members of one group, or one alone, reduce goods: bundles first, then what reduces each unit by itself.
    fn reduce(&mut self, members: &[(usize, usize)], scene: Scene<'_>) {
        let Some(&(first, _)) = members.first() else {
            return;
        };
        let group = scene.actives[first].group;
        let offers = self.offers(members, scene);
        self.bundle(members, &offers, scene);
        let mut all = Vec::new();
        for (offer, chosen) in self.assign(&offers, scene) {
            let active = &scene.actives[offer.promotion];
            let below_cost = active.draft.combination.below_cost;
            let money = self.left[offer.promotion].money;
            let cuts = cuts(
                offer.per_unit,
                &chosen,
                &self.lots,
                scene.rows,
                below_cost,
                money,
            );
            all.extend(self.note(offer.promotion, cuts));
            if members.len() > 1 && self.left[offer.promotion].money == 0 {
                self.is_exact = false;
            }
        }
        self.lots.take(&all, group);
    }

    /// The members that reduce each unit by itself.
    fn offers(&self, members: &[(usize, usize)], scene: Scene<'_>) -> Vec<Offer> {
        let offer = |&(promotion, effect): &(usize, usize)| {
            let active = &scene.actives[promotion];
            let kind = &active.draft.effects[effect];
            let mask = active.reach[effect].first()?;
            Some(Offer {
                promotion,
                effect,
                per_unit: PerUnit::of(kind, &self.lots, scene.rows, mask)?,
                most: Most::of(kind.target()?, self.left[promotion].units),
            })
        };
        members.iter().filter_map(offer).collect()
    }

    /// What one unit of each lot gains by an offer; zero where it does not reach.
    fn gains(&self, offer: &Offer, scene: Scene<'_>) -> Vec<i64> {
        let active = &scene.actives[offer.promotion];
        let below_cost = active.draft.combination.below_cost;
        let free = self.free(active, &active.reach[offer.effect][0]);
        self.lots
            .iter()
            .zip(free)
            .map(|(lot, free)| {
                let row = &scene.rows[lot.row];
                if free == 0 {
                    0
                } else {
                    offer.per_unit.fine(lot, row, row.floor(below_cost))
                }
            })
            .collect()
    }

    /// The bundles among the members take their units.
    fn bundle(&mut self, members: &[(usize, usize)], offers: &[Offer], scene: Scene<'_>) {
        let mut worth = vec![0; self.lots.len()];
        for offer in offers {
            for (best, gain) in worth.iter_mut().zip(self.gains(offer, scene)) {
                *best = gain.max(*best);
            }
        }
        let (owners, bundles): (Vec<usize>, Vec<Bundle<'_>>) = members
            .iter()
            .filter_map(|&member| self.bundle_of(member, scene))
            .unzip();
        if bundles.is_empty() {
            return;
        }
        let group = scene.actives[owners[0]].group;
        let free: Vec<i64> = self
            .lots
            .iter()
            .map(|lot| {
                if lot.groups & group == 0 {
                    lot.count
                } else {
                    0
                }
            })
            .collect();
        let lots = self.lots.clone();
        let at = Shelf {
            lots: &lots,
            rows: scene.rows,
        };
        let found = solve(&bundles, &free, &worth, at);
        self.is_exact &= found.is_exact;
        if offers.iter().any(|offer| offer.most.is_limited()) {
            self.is_exact = false;
        }
        let mut all = Vec::new();
        for ((promotion, bundle), applications) in
            owners.iter().zip(&bundles).zip(&found.applications)
        {
            let cuts = bundle.cuts(applications, at, self.left[*promotion].money);
            all.extend(self.note(*promotion, cuts));
        }
        self.lots.take(&all, group);
    }

    fn bundle_of<'a>(
        &self,
        (promotion, effect): (usize, usize),
        scene: Scene<'a>,
    ) -> Option<(usize, Bundle<'a>)> {
        let active = &scene.actives[promotion];
        let Effect::Bundle {
            parts,
            reward,
            times,
        } = &active.draft.effects[effect]
        else {
            return None;
        };
        let combination = &active.draft.combination;
        let bundle = Bundle {
            parts,
            masks: &active.reach[effect],
            reward: *reward,
            times: times.map_or(i64::MAX, i64::from),
            units: self.left[promotion].units,
            below_cost: combination.below_cost,
            only_unreduced: combination.only_unreduced,
        };
        Some((promotion, bundle))
    }

    /// Which units each offer gets: every unit the offer that gives most.
    fn assign<'o>(
        &mut self,
        offers: &'o [Offer],
        scene: Scene<'_>,
    ) -> Vec<(&'o Offer, Vec<(usize, i64)>)> {
        let gains: Vec<Vec<i64>> = offers
            .iter()
            .map(|offer| self.gains(offer, scene))
            .collect();
        let mut owner: Vec<Option<usize>> = vec![None; self.lots.len()];
        let mut free: Vec<i64> = self.lots.iter().map(|lot| lot.count).collect();
        for index in (0..offers.len()).filter(|&index| !offers[index].most.is_limited()) {
            for (lot, owner) in owner.iter_mut().enumerate() {
                if gains[index][lot] > owner.map_or(0, |other| gains[other][lot]) {
                    *owner = Some(index);
                }
            }
        }
        let mut assigned: Vec<(&Offer, Vec<(usize, i64)>)> = Vec::new();
        let limited: Vec<usize> = (0..offers.len())
            .filter(|&index| offers[index].most.is_limited())
            .collect();
        if limited.len() > 1 {
            self.is_exact = false;
        }
        for index in limited {
            let more =
                |lot: usize| gains[index][lot] - owner[lot].map_or(0, |other| gains[other][lot]);
            let lots = (0..free.len())
                .map(|lot| (lot, free[lot], more(lot)))
                .collect();
            let chosen = offers[index].most.choose(&self.lots, lots);
            for &(lot, units) in &chosen {
                free[lot] -= units;
            }
            assigned.push((&offers[index], chosen));
        }
        for (index, offer) in offers.iter().enumerate() {
            let lots = (0..free.len()).filter(|&lot| owner[lot] == Some(index) && free[lot] > 0);
            assigned.push((offer, lots.map(|lot| (lot, free[lot])).collect()));
        }
        assigned.retain(|(_, chosen)| !chosen.is_empty());
        assigned
    }
}

/// A promotion that reduces each unit by itself.
#[derive(Debug)]
struct Offer {
    promotion: usize,
    effect: usize,
    per_unit: PerUnit,
    most: Most,
}

impl Effect {
    /// What it is about, if it reduces goods other than in bundles.
    pub(super) const fn target(&self) -> Option<&super::effect::Target> {
        match self {
            Self::Percent { target, .. }
            | Self::Amount { target, .. }
            | Self::Price { target, .. }
            | Self::Tiers { target, .. }
            | Self::Spread { target, .. } => Some(target),
            Self::Bundle { .. }
            | Self::Gift { .. }
            | Self::Shipping { .. }
            | Self::Points { .. } => None,
        }
    }
}
