//! Every state that a model can reach, breadth first, on all cores.
//!
//! A level is expanded in blocks. The threads first make the successors of their part of a block, then each of them
//! owns a part of the seen fingerprints and sorts out what is new. The order of states depends neither on the number of
//! threads nor on the fingerprints, so the figures and the trace of a violation repeat.

use std::collections::BTreeMap;
use std::hash::Hash;
use std::iter::Peekable;
use std::ops::ControlFlow;
use std::thread;
use std::vec::IntoIter;

use super::fingerprint;

#[cfg(test)]
mod tests;

/// States expanded at a time.
const BLOCK: usize = 1 << 15;
/// Parts of the seen fingerprints, so also the most threads that can be busy.
const PARTS: usize = 4;

/// A system whose every state is to be looked at.
pub trait Model: Sync {
    /// Everything that decides what may happen next.
    type State: Clone + Hash + Send + Sync;
    /// What happened between two states, in words.
    type Step: std::fmt::Display;

    /// Where it begins.
    fn start(&self) -> Self::State;

    /// Adds whatever may happen next to `steps`, always in the same order.
    fn steps(&self, state: &Self::State, steps: &mut Vec<(Self::Step, Self::State)>);

    /// What kind of step it is.
    fn kind(step: &Self::Step) -> &'static str;

    /// What is wrong in this state, if anything is.
    fn violation(&self, state: &Self::State) -> Option<&'static str>;
}

/// What an exploration found.
#[derive(Debug)]
pub struct Found {
    /// Different states seen.
    pub states: usize,
    /// Steps taken between them.
    pub transitions: usize,
    /// How often each kind of step was taken.
    pub taken: BTreeMap<&'static str, usize>,
    /// The longest of the shortest ways to a state.
    pub depth: usize,
    /// Whether every reachable state was seen.
    pub complete: bool,
    /// The first violation, with a shortest way there.
    pub violation: Option<Violation>,
}

/// A state that must not be reachable.
#[derive(Debug)]
pub struct Violation {
    /// What is wrong there.
    pub what: &'static str,
    /// What has to happen, step by step.
    pub trace: Vec<String>,
}

/// Looks at every state of `model`, or at the first `limit` and those of the block in work.
pub fn explore<M: Model>(model: &M, limit: usize) -> Found {
    let mut search = Search::new(model);
    let mut depth = 0;
    let mut level = search.first();
    while !level.is_empty() && search.wrong.is_none() && search.states() < limit {
        let mut next = Vec::new();
        for block in level {
            if search.wrong.is_some() || search.states() >= limit {
                next.clear();
                break;
            }
            search.expand(&block, &mut next);
        }
        level = next;
        if !level.is_empty() {
            depth += 1;
        }
    }
    let complete = search.wrong.is_none() && search.states() < limit;
    Found {
        states: search.states(),
        transitions: search.taken.values().sum(),
        taken: search.taken,
        depth,
        complete,
        violation: search.wrong.map(|(at, what)| Violation {
            what,
            trace: trace(model, &search.ways, at),
        }),
    }
}

/// From which state, by which of its steps, a state was first reached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Way {
    parent: u32,
    step: u32,
}

struct Candidate<S> {
    fingerprint: u128,
    state: S,
    way: Way,
}

/// States of one level that are still to be expanded, each with its number.
type Block<S> = Vec<(u32, S)>;

struct Search<'model, M: Model> {
    model: &'model M,
    seen: Vec<Seen>,
    ways: Vec<Way>,
    taken: BTreeMap<&'static str, usize>,
    wrong: Option<(u32, &'static str)>,
    threads: usize,
}

impl<'model, M: Model> Search<'model, M> {
    fn new(model: &'model M) -> Self {
        Self {
            model,
            seen: (0..PARTS).map(|_| Seen::new()).collect(),
            ways: Vec::new(),
            taken: BTreeMap::new(),
            wrong: None,
            threads: thread::available_parallelism().map_or(1, |cores| cores.get().min(PARTS)),
        }
    }

    fn states(&self) -> usize {
        self.ways.len()
    }

    fn first(&mut self) -> Vec<Block<M::State>> {
        let start = self.model.start();
        let print = fingerprint::of(&start);
        self.seen[part(print)].insert(print);
        self.ways.push(Way { parent: 0, step: 0 });
        self.wrong = self.model.violation(&start).map(|what| (0, what));
        vec![vec![(0, start)]]
    }

    fn expand(&mut self, block: &Block<M::State>, next: &mut Vec<Block<M::State>>) {
        let share = block.len().div_ceil(self.threads);
        let (model, seen) = (self.model, &self.seen);
        let made: Vec<_> = in_parallel(block.chunks(share), |states| {
            successors(model, seen, states)
        });
        for (kind, times) in made.iter().flat_map(|(taken, _)| taken) {
            *self.taken.entry(kind).or_default() += times;
        }
        let mut parts: Vec<Vec<Vec<Candidate<M::State>>>> =
            (0..PARTS).map(|_| Vec::new()).collect();
        for (_, candidates) in made {
            for (part, some) in parts.iter_mut().zip(candidates) {
                part.push(some);
            }
        }
        let fresh = in_parallel(self.seen.iter_mut().zip(parts), |(seen, candidates)| {
            new_states(model, seen, candidates)
        });
        // States are numbered in the order of the steps that lead to them, whatever part they are in.
        let mut fresh: Vec<_> = fresh
            .into_iter()
            .map(|part| part.into_iter().peekable())
            .collect();
        let place = |part: &mut Peekable<IntoIter<Fresh<M::State>>>| {
            part.peek().map(|(candidate, _)| candidate.way)
        };
        while let Some((candidate, violation)) = (fresh.iter_mut())
            .filter_map(|part| Some((place(part)?, part)))
            .min_by_key(|(way, _)| *way)
            .and_then(|(_, part)| part.next())
        {
            self.keep(candidate, violation, next);
        }
    }

    fn keep(
        &mut self,
        candidate: Candidate<M::State>,
        violation: Option<&'static str>,
        next: &mut Vec<Block<M::State>>,
    ) {
        let number =
            u32::try_from(self.ways.len()).expect("fewer than 2^32 states fit into memory");
        self.ways.push(candidate.way);
        if let (None, Some(what)) = (self.wrong, violation) {
            self.wrong = Some((number, what));
        }
        match next.last_mut() {
            Some(block) if block.len() < BLOCK => block.push((number, candidate.state)),
            Some(_) | None => next.push(vec![(number, candidate.state)]),
        }
    }
}

/// Runs `work` on each item, each on a thread of its own, and gives the results in the order of the items.
fn in_parallel<T: Send, R: Send>(
    items: impl Iterator<Item = T>,
    work: impl Fn(T) -> R + Sync,
) -> Vec<R> {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = items.map(|item| scope.spawn(move || work(item))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("the model does not panic"))
            .collect()
    })
}

type Successors<S> = (Vec<(&'static str, usize)>, [Vec<Candidate<S>>; PARTS]);

/// Which steps lead out of `states`, and where to, without what was seen in earlier blocks.
fn successors<M: Model>(
    model: &M,
    seen: &[Seen],
    states: &[(u32, M::State)],
) -> Successors<M::State> {
    let mut candidates: [Vec<Candidate<M::State>>; PARTS] = [const { Vec::new() }; PARTS];
    let (mut taken, mut steps) = (Vec::new(), Vec::new());
    for (parent, state) in states {
        model.steps(state, &mut steps);
        for (step, (what, state)) in (0..).zip(steps.drain(..)) {
            count(&mut taken, M::kind(&what));
            let fingerprint = fingerprint::of(&state);
            let part = part(fingerprint);
            if !seen[part].contains(fingerprint) {
                let way = Way {
                    parent: *parent,
                    step,
                };
                candidates[part].push(Candidate {
                    fingerprint,
                    state,
                    way,
                });
            }
        }
    }
    (taken, candidates)
}

/// Counts one step more of its kind. There are few kinds, and most steps are of the first of them.
fn count(taken: &mut Vec<(&'static str, usize)>, kind: &'static str) {
    match taken
        .iter_mut()
        .find(|(known, _)| std::ptr::eq(*known, kind))
    {
        Some((_, times)) => *times += 1,
        None => taken.push((kind, 1)),
    }
}

type Fresh<S> = (Candidate<S>, Option<&'static str>);

/// The candidates that are new, with what is wrong in them.
fn new_states<M: Model>(
    model: &M,
    seen: &mut Seen,
    candidates: Vec<Vec<Candidate<M::State>>>,
) -> Vec<Fresh<M::State>> {
    candidates
        .into_iter()
        .flatten()
        .filter(|candidate| seen.insert(candidate.fingerprint))
        .map(|candidate| {
            let violation = model.violation(&candidate.state);
            (candidate, violation)
        })
        .collect()
}

/// The steps of a shortest way to state number `at`, in words.
fn trace<M: Model>(model: &M, ways: &[Way], mut at: u32) -> Vec<String> {
    let mut choices = Vec::new();
    while at != 0 {
        let way = ways[at as usize];
        choices.push(way.step);
        at = way.parent;
    }
    let (mut state, mut words) = (model.start(), Vec::new());
    for choice in choices.into_iter().rev() {
        let mut steps = Vec::new();
        model.steps(&state, &mut steps);
        let (step, next) = steps.swap_remove(choice as usize);
        words.push(step.to_string());
        state = next;
    }
    words
}

/// The part that owns a fingerprint: its two highest bits, which [`Seen`] does not use.
fn part(fingerprint: u128) -> usize {
    usize::from((fingerprint >> 126) as u8)
}

/// A set of fingerprints: open addressing in a table at most half full. Zero is an empty place.
struct Seen {
    places: Vec<u128>,
    taken: usize,
}

impl Seen {
    fn new() -> Self {
        Self {
            places: vec![0; 1 << 10],
            taken: 0,
        }
    }

    fn contains(&self, fingerprint: u128) -> bool {
        self.find(fingerprint).is_break()
    }

    /// Adds it; `false` if it was there.
    fn insert(&mut self, fingerprint: u128) -> bool {
        let ControlFlow::Continue(place) = self.find(fingerprint) else {
            return false;
        };
        self.places[place] = fingerprint;
        self.taken += 1;
        if self.taken * 2 > self.places.len() {
            self.grow();
        }
        true
    }

    /// Breaks if it is there, else continues with the place for it.
    fn find(&self, fingerprint: u128) -> ControlFlow<(), usize> {
        let mask = self.places.len() - 1;
        let mut place = (fingerprint >> 32) as usize & mask;
        loop {
            match self.places[place] {
                0 => return ControlFlow::Continue(place),
                taken if taken == fingerprint => return ControlFlow::Break(()),
                _ => place = (place + 1) & mask,
            }
        }
    }

    fn grow(&mut self) {
        let larger = vec![0; self.places.len() * 2];
        let smaller = std::mem::replace(&mut self.places, larger);
        for fingerprint in smaller.into_iter().filter(|taken| *taken != 0) {
            if let ControlFlow::Continue(place) = self.find(fingerprint) {
                self.places[place] = fingerprint;
            }
        }
    }
}
