//! Runs the model and prints what came out, as `cargo xtask sim --model` shows it.

use std::collections::BTreeMap;

use httpkit::clock::Stopwatch;

use super::configuration::{self, Configuration};
use super::explore::{Found, Violation};
use super::mutant::{self, Mutant, extended};

/// No mutant needs more states than this before it is found.
const MUTANT_LIMIT: usize = 6_000_000;
/// More than any configuration has; a bound that is set too wide should end with a figure, not with the memory.
const STATE_LIMIT: usize = 60_000_000;

/// Looks at every configuration and every mutant. `true` if the protocol holds and every mutant is found.
pub fn run(large: bool) -> bool {
    let stopwatch = Stopwatch::start();
    let more: &[Configuration] = if large { &configuration::LARGE } else { &[] };
    println!("The protocol, every state:");
    let mut taken = BTreeMap::new();
    let mut sound = true;
    for configuration in configuration::ALL.iter().chain(more) {
        sound &= holds(configuration, &mut taken);
    }
    println!("\nSteps taken in all of them:");
    for (kind, times) in taken {
        println!("  {times:>11}  {kind}");
    }
    println!("\nMutants and faults of the environment:");
    let all: Vec<&Mutant> = mutant::CLASSIC.iter().chain(&extended::ALL).collect();
    let killed = all.iter().filter(|mutant| is_killed(mutant)).count();
    println!(
        "\n{killed} of {} mutants killed ({} of the transfers, {} of orders, shelf, recovery and two locations); {:.0} s in all",
        all.len(),
        mutant::CLASSIC.len(),
        extended::ALL.len(),
        stopwatch.elapsed().as_secs_f32()
    );
    sound && killed == all.len()
}

/// Whether the protocol holds in every state of a configuration.
fn holds(configuration: &Configuration, taken: &mut BTreeMap<&'static str, usize>) -> bool {
    let stopwatch = Stopwatch::start();
    let Found {
        states,
        transitions,
        depth,
        complete,
        violation,
        taken: steps,
    } = configuration.explore(&[], STATE_LIMIT);
    let seconds = stopwatch.elapsed().as_secs_f32();
    for (kind, times) in steps {
        *taken.entry(kind).or_default() += times;
    }
    let verdict = match (&violation, complete) {
        (Some(_), _) => "VIOLATED",
        (None, true) => "holds, complete",
        (None, false) => "NOT COMPLETE",
    };
    println!(
        "{:36} {verdict}: {states} states, {transitions} transitions, depth {depth}, {seconds:.1} s",
        configuration.name
    );
    if let Some(violation) = &violation {
        print_steps(violation);
    }
    violation.is_none() && complete
}

/// Whether a mutant is found by the check that should find it.
fn is_killed(mutant: &Mutant) -> bool {
    let found = mutant.configuration.explore(mutant.flaws, MUTANT_LIMIT);
    let Some(violation) = found.violation else {
        println!(
            "{:52} SURVIVES {} states of \"{}\"",
            mutant.name, found.states, mutant.configuration.name
        );
        return false;
    };
    println!(
        "{:52} killed after {:>7} states: {}",
        mutant.name, found.states, violation.what
    );
    println!("{:52}   {}", "", violation.trace.join(" > "));
    if violation.what != mutant.expected {
        println!("{:52} NOT AS EXPECTED: {}", "", mutant.expected);
    }
    violation.what == mutant.expected
}

/// A trace of the protocol itself is what somebody has to read: one step a line.
fn print_steps(violation: &Violation) {
    println!("  {}, after:", violation.what);
    for (number, step) in (1..).zip(&violation.trace) {
        println!("  {number:>4}. {step}");
    }
}
