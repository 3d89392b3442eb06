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
/// How often the search beyond that improves on what it has.
const MAX_ROUNDS: usize = 3;

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
    if may_be_alone {
        for promotion in exclusive {
            let alone = taken(&run, &steps(&[promotion], scene), &[], scene);
            let is_better = best.as_ref().is_none_or(|(best, _)| alone.gave > best.gave);
            if alone.has_fired(promotion) && is_better {
                best = Some((alone, promotion));
            }
        }
    }
    let together = best_set(&run, &shared, scene);
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

/// The set of members of groups with which the level gives most.
fn best_set(run: &Run, members: &[usize], scene: Scene<'_>) -> Run {
    let steps = steps(members, scene);
    let all = taken(run, &steps, &[], scene);
    let optional: Vec<usize> = members
        .iter()
        .copied()
        .filter(|&promotion| scene.actives[promotion].group != 0)
        .filter(|&promotion| !scene.actives[promotion].touches().is_empty())
        .collect();
    if optional.is_empty() || !could_gain(&all, &steps, scene) {
        return all;
    }
    if optional.len() <= MAX_OPTIONAL {
        let mut best = all;
        for set in 1_u32..1 << optional.len() {
            let is_out = |place: &usize| set >> place & 1 == 1;
            let out: Vec<usize> = (0..optional.len())
                .filter(is_out)
                .map(|place| optional[place])
                .collect();
            let other = taken(run, &steps, &out, scene);
            let is_exact = best.is_exact && other.is_exact;
            best = Run {
                is_exact,
                ..if other.gave > best.gave { other } else { best }
            };
        }
        return best;
    }
    improved(run, all, &steps, &optional, scene)
}

/// Leaves out one member after the other, as long as that gives more.
fn improved(run: &Run, all: Run, steps: &[Step], optional: &[usize], scene: Scene<'_>) -> Run {
    let mut best = all;
    let mut out: Vec<usize> = Vec::new();
    for _ in 0..MAX_ROUNDS {
        let fired = optional
            .iter()
            .copied()
            .filter(|&promotion| best.has_fired(promotion));
        let mut better: Option<(Run, usize)> = None;
        for promotion in fired.collect::<Vec<_>>() {
            out.push(promotion);
            let other = taken(run, steps, &out, scene);
            out.pop();
            if other.gave > better.as_ref().map_or(best.gave, |(run, _)| run.gave) {
                better = Some((other, promotion));
            }
        }
        let Some((run, promotion)) = better else {
            break;
        };
        out.push(promotion);
        best = run;
    }
    Run {
        is_exact: false,
        ..best
    }
}

/// Could a later step give more if a group gave less? Not if each of the later steps takes evenly from all that the groups
/// touch, or from none of it, and has applied.
fn could_gain(all: &Run, steps: &[Step], scene: Scene<'_>) -> bool {
    let Some(first) = steps.iter().position(|step| is_group(step, scene)) else {
        return false;
    };
    let mut touched = Mask::default();
    for step in steps.iter().filter(|step| is_group(step, scene)) {
        for &(promotion, _) in &step.members {
            touched.join(&scene.actives[promotion].touches());
        }
    }
    steps[first + 1..].iter().any(|step| {
        step.members.iter().any(|&(promotion, effect)| {
            let active = &scene.actives[promotion];
            let meets = || active.reach[effect].iter().any(|mask| mask.meets(&touched));
            all.was_shut(promotion)
                || (active.group != 0 && meets())
                || active
                    .remaining
                    .iter()
                    .any(|condition| condition.at_most != i64::MAX)
                || !takes_evenly(
                    &active.draft.effects[effect],
                    &active.reach[effect],
                    &touched,
                )
                || (active.draft.combination.only_unreduced && meets())
        })
    })
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
