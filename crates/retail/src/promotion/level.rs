//! The promotions of one priority: their steps in order, and which of them are left out.
use super::{
    Mode,
    basket::Mask,
    condition::Base,
    effect::{Effect, Off},
    step::{Run, Scene, Step},
};

/// Members that may be left out, beyond which not every set of them is looked at.
const MAX_OPTIONAL: usize = 6;
/// Sets that are tried beyond that.
const MAX_RUNS: usize = 64;

/// The stage of an effect, and its turn in it.
fn turn(effect: &Effect) -> (u8, u8) {
    match effect {
        Effect::Bundle { .. } => (0, 0),
        Effect::Price { .. } => (0, 1),
        Effect::Tiers { .. } => (0, 2),
        Effect::Percent { .. } => (0, 3),
        Effect::Amount { .. } => (0, 4),
        Effect::Spread {
            off: Off::Percent(_),
            ..
        } => (1, 0),
        Effect::Spread {
            off: Off::Amount(_) | Off::Price(_),
            ..
        } => (1, 1),
        Effect::Gift { .. } => (2, 0),
        Effect::Shipping {
            off: Off::Percent(_),
            ..
        } => (3, 0),
        Effect::Shipping {
            off: Off::Amount(_) | Off::Price(_),
            ..
        } => (3, 1),
        Effect::Points { .. } => (4, 0),
    }
}

/// The steps of some promotions of one priority, in the order in which they are taken.
fn steps(members: &[usize], scene: Scene<'_>) -> Vec<Step> {
    let mut keyed: Vec<_> = members
        .iter()
        .flat_map(|&promotion| {
            let draft = scene.actives[promotion].draft;
            draft
                .effects
                .iter()
                .enumerate()
                .map(move |(place, effect)| {
                    let (stage, kind) = turn(effect);
                    let key = match &draft.combination.mode {
                        Mode::BestOf(group) if stage == 0 => (stage, 0, group.as_str(), 0, 0),
                        Mode::BestOf(_) | Mode::Compounding | Mode::Exclusive => {
                            (stage, 1, "", kind, promotion + 1)
                        }
                    };
                    (key, (promotion, place))
                })
        })
        .collect();
    keyed.sort_by_key(|&(key, member)| (key, member.1));
    let mut steps: Vec<Step> = Vec::new();
    let mut last = None;
    for (key, member) in keyed {
        let is_group = key.0 == 0 && key.1 == 0;
        match steps.last_mut() {
            Some(step) if is_group && last == Some(key) => step.members.push(member),
            _ => steps.push(Step {
                members: vec![member],
            }),
        }
        last = Some(key);
    }
    steps
}

/// Takes a level: the best set of its promotions, or one that wants to be alone.
pub(super) fn take(run: Run, members: &[usize], scene: Scene<'_>) -> (Run, Option<usize>) {
    let (exclusive, shared): (Vec<usize>, Vec<usize>) = members
        .iter()
        .partition(|&&promotion| scene.actives[promotion].is_exclusive());
    let may_be_alone = !run.has_any();
    let mut best: Option<(Run, usize)> = None;
    let mut missing = Vec::new();
    if may_be_alone {
        for promotion in exclusive {
            let alone = taken(&run, &steps(&[promotion], scene), &[], scene);
            let is_better = best.as_ref().is_none_or(|(best, _)| alone.gave > best.gave);
            if !alone.has_fired(promotion) {
                missing.extend(alone.gifts);
            } else if is_better {
                best = Some((alone, promotion));
            }
        }
    }
    let mut together = best_set(&run, &shared, scene);
    // What would have been given alone, and is not there, is said.
    together.gifts.extend(missing);
    match best {
        Some((alone, promotion)) if alone.gave >= together.gave => {
            let is_exact = alone.is_exact && together.is_exact;
            (Run { is_exact, ..alone }, Some(promotion))
        }
        _ => (together, None),
    }
}

/// Takes the steps but for those who are left out.
fn taken(run: &Run, steps: &[Step], out: &[usize], scene: Scene<'_>) -> Run {
    let mut run = run.clone();
    for step in steps {
        run.take(step, |promotion| out.contains(&promotion), scene);
    }
    run
}

/// The set of members of groups with which the level gives most. Members and later steps that share no goods are looked at
/// apart.
fn best_set(run: &Run, members: &[usize], scene: Scene<'_>) -> Run {
    let steps = steps(members, scene);
    let all = taken(run, &steps, &[], scene);
    let mut out = Vec::new();
    let mut is_exact = true;
    for part in parts(run, &all, &steps, scene) {
        // With all that takes from the same goods, so that each sees the price that it will see.
        let near: Vec<usize> = members
            .iter()
            .copied()
            .filter(|promotion| part.concerns(*promotion, scene))
            .collect();
        let own: Vec<Step> = steps.iter().filter_map(|step| step.among(&near)).collect();
        let asks_amounts = near
            .iter()
            .any(|&promotion| !scene.actives[promotion].remaining.is_empty());
        let start = if asks_amounts {
            run.clone()
        } else {
            run.only(&part.rows)
        };
        let whole = taken(&start, &own, &[], scene);
        let (left_out, searched) = if part.optional.len() <= MAX_OPTIONAL {
            (every_set(&start, whole, &own, &part.optional, scene), true)
        } else {
            (improved(&start, whole, &own, &part.optional, scene), false)
        };
        out.extend(left_out);
        is_exact &= searched;
    }
    if out.is_empty() {
        return Run {
            is_exact: all.is_exact && is_exact,
            ..all
        };
    }
    let less = taken(run, &steps, &out, scene);
    let is_exact = all.is_exact && less.is_exact && is_exact;
    let best = if less.gave > all.gave { less } else { all };
    Run { is_exact, ..best }
}

/// Who is best left out, of all sets.
fn every_set(
    run: &Run,
    whole: Run,
    steps: &[Step],
    optional: &[usize],
    scene: Scene<'_>,
) -> Vec<usize> {
    let mut best = (whole.gave, Vec::new());
    for set in 1_u32..1 << optional.len() {
        let is_out = |place: &usize| set >> place & 1 == 1;
        let places = (0..optional.len()).filter(is_out);
        let out: Vec<usize> = places.map(|place| optional[place]).collect();
        let other = taken(run, steps, &out, scene);
        if other.gave > best.0 {
            best = (other.gave, out);
        }
    }
    best.1
}

/// Leaves out one member after the other, as long as that gives more.
fn improved(
    run: &Run,
    whole: Run,
    steps: &[Step],
    optional: &[usize],
    scene: Scene<'_>,
) -> Vec<usize> {
    let mut best = whole;
    let mut out: Vec<usize> = Vec::new();
    let mut left = MAX_RUNS;
    loop {
        let mut better: Option<(Run, usize)> = None;
        let fired = optional
            .iter()
            .copied()
            .filter(|&promotion| best.has_fired(promotion));
        for promotion in fired.take(left).collect::<Vec<_>>() {
            left -= 1;
            out.push(promotion);
            let other = taken(run, steps, &out, scene);
            out.pop();
            if other.gave > better.as_ref().map_or(best.gave, |(run, _)| run.gave) {
                better = Some((other, promotion));
            }
        }
        let Some((run, promotion)) = better else {
            return out;
        };
        out.push(promotion);
        best = run;
    }
}

/// Promotions that may get in each other's way.
#[derive(Debug)]
struct Together {
    rows: Mask,
    /// Those that may be left out.
    optional: Vec<usize>,
    /// Those that could gain if a group gave less.
    uneven: Vec<usize>,
}

impl Together {
    /// Does a promotion take from the same goods, or could it gain? What takes evenly from the whole basket in the end does
    /// not matter.
    fn concerns(&self, promotion: usize, scene: Scene<'_>) -> bool {
        let active = &scene.actives[promotion];
        let mut effects = active.draft.effects.iter();
        let is_last = effects.all(|effect| turn(effect).0 > 0) && active.group == 0;
        let own = self.uneven.iter().chain(&self.optional);
        let is_after = is_last && !own.copied().any(|other| has_spread(other, scene));
        self.uneven.contains(&promotion) || (!is_after && active.touches.meets(&self.rows))
    }
}

fn has_spread(promotion: usize, scene: Scene<'_>) -> bool {
    let mut effects = scene.actives[promotion].draft.effects.iter();
    effects.any(|effect| turn(effect).0 > 0)
}

/// The members of groups, with the later steps that could give more if a group gave less. A later step that has applied and
/// takes evenly from all that the groups touch cannot: what it loses is less than what they give.
fn parts(run: &Run, all: &Run, steps: &[Step], scene: Scene<'_>) -> Vec<Together> {
    let mut touched = Mask::default();
    for step in steps.iter().filter(|step| is_group(step, scene)) {
        for &(promotion, _) in &step.members {
            touched.join(&scene.actives[promotion].touches);
        }
    }
    let mut parts: Vec<Together> = Vec::new();
    let mut grouped = false;
    for step in steps {
        for &(promotion, effect) in &step.members {
            let active = &scene.actives[promotion];
            let is_optional = active.group != 0;
            let uneven = grouped && is_uneven(run, all, (promotion, effect), &touched, scene);
            if !is_optional && !uneven {
                continue;
            }
            let mut rows = active.touches.clone();
            for condition in &active.remaining {
                rows.join(&condition.rows);
            }
            let mut part = Together {
                rows,
                optional: if is_optional {
                    vec![promotion]
                } else {
                    Vec::new()
                },
                uneven: if uneven { vec![promotion] } else { Vec::new() },
            };
            // The members of one step do not see each other's prices: only what comes later does.
            parts.retain_mut(|other| {
                let meets = other.rows.meets(&part.rows);
                if meets {
                    part.rows.join(&other.rows);
                    part.optional.append(&mut other.optional);
                    part.uneven.append(&mut other.uneven);
                }
                !meets
            });
            part.optional.sort_unstable();
            part.optional.dedup();
            parts.push(part);
        }
        grouped |= is_group(step, scene);
    }
    parts.retain(|part| !part.uneven.is_empty() && !part.optional.is_empty());
    parts
}

/// Could a step after a group give more if the group gave less?
fn is_uneven(
    run: &Run,
    all: &Run,
    (promotion, effect): (usize, usize),
    touched: &Mask,
    scene: Scene<'_>,
) -> bool {
    let active = &scene.actives[promotion];
    let reach = &active.reach[effect];
    let meets = || reach.iter().any(|mask| mask.meets(touched));
    // Nobody who is left out brings back more than there was before.
    let could_open = active
        .remaining
        .iter()
        .all(|condition| run.lots.amount(&condition.rows) >= condition.at_least);
    (all.was_shut(promotion) && could_open)
        || active
            .remaining
            .iter()
            .any(|condition| condition.at_most != i64::MAX)
        || (active.group != 0 && meets())
        || (active.draft.combination.only_unreduced && meets())
        || !takes_evenly(&active.draft.effects[effect], reach, touched)
}

fn is_group(step: &Step, scene: Scene<'_>) -> bool {
    step.members
        .iter()
        .any(|&(promotion, _)| scene.actives[promotion].group != 0)
}

fn takes_evenly(effect: &Effect, reach: &[Mask], touched: &Mask) -> bool {
    if reach.iter().all(|mask| !mask.meets(touched)) {
        return true;
    }
    match effect {
        Effect::Percent {
            of: Base::Remaining,
            target,
            ..
        }
        | Effect::Spread { target, .. } => {
            target.most.is_none()
                && target.most_per_line.is_none()
                && reach.iter().all(|mask| mask.covers(touched))
        }
        Effect::Gift { .. } | Effect::Shipping { .. } | Effect::Points { .. } => true,
        Effect::Percent { .. }
        | Effect::Amount { .. }
        | Effect::Price { .. }
        | Effect::Tiers { .. }
        | Effect::Bundle { .. } => false,
    }
}

/// What a promotion would do if it were the only one.
pub(super) fn alone(promotion: usize, scene: Scene<'_>) -> Run {
    taken(&Run::new(scene), &steps(&[promotion], scene), &[], scene)
}
