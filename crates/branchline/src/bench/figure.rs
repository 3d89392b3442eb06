//! One measured figure beside its reference of the same run.
use std::time::Duration;

use serde::Serialize;

/// What `--json` prints, one object per line.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// `till.overhead_p50`.
    pub name: &'static str,
    /// What was measured.
    pub value: f64,
    /// `ms`, `/s`, `MiB`.
    pub unit: &'static str,
    /// The bare thing, measured in the same run, rounds interleaved.
    pub reference: Option<f64>,
    /// `value / reference`.
    pub ratio: Option<f64>,
    /// What it should be.
    pub target: Target,
    /// Whether it is.
    pub pass: bool,
    /// What the reference is, for people.
    #[serde(skip)]
    pub explained: &'static str,
}

/// A bound on a figure.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// Not more.
    AtMost(f64),
    /// Not less.
    AtLeast(f64),
    /// Not less than the reference.
    Reference,
}

impl Figure {
    /// Judges a value against its target.
    #[expect(
        clippy::float_arithmetic,
        reason = "a measurement is statistics, not money"
    )]
    pub fn new(
        name: &'static str,
        (value, unit): (f64, &'static str),
        (reference, explained): (Option<f64>, &'static str),
        target: Target,
    ) -> Self {
        let pass = match target {
            Target::AtMost(bound) => value <= bound,
            Target::AtLeast(bound) => value >= bound,
            Target::Reference => reference.is_some_and(|reference| value >= reference),
        };
        let ratio = reference
            .filter(|bare| *bare > 0.0)
            .map(|bare| value / bare);
        Self {
            name,
            value,
            unit,
            reference,
            ratio,
            target,
            pass,
            explained,
        }
    }
}

/// Prints the figures: one JSON object a line, or a table for people. Returns whether all pass.
pub fn print(figures: &[Figure], json: bool) -> bool {
    if json {
        for figure in figures {
            println!(
                "{}",
                serde_json::to_string(figure).expect("a figure is plain data")
            );
        }
    } else {
        println!(
            "{:<28} {:>12} {:<5} {:>12} {:>7}  {:<16} ok",
            "figure", "value", "unit", "reference", "ratio", "target"
        );
        for figure in figures {
            println!(
                "{:<28} {:>12.3} {:<5} {:>12} {:>7}  {:<16} {}   {}",
                figure.name,
                figure.value,
                figure.unit,
                optional(figure.reference),
                optional(figure.ratio),
                target(figure.target),
                if figure.pass { "yes" } else { "NO" },
                figure.explained,
            );
        }
    }
    figures.iter().all(|figure| figure.pass)
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.3}"))
}

fn target(target: Target) -> String {
    match target {
        Target::AtMost(bound) => format!("<= {bound}"),
        Target::AtLeast(bound) => format!(">= {bound}"),
        Target::Reference => ">= reference".to_owned(),
    }
}

/// The value below which `percent` of the samples lie, in milliseconds. Sorts the samples.
#[expect(
    clippy::float_arithmetic,
    reason = "a measurement is statistics, not money"
)]
pub fn percentile_ms(samples: &mut [Duration], percent: usize) -> f64 {
    samples.sort_unstable();
    let last = samples.len().saturating_sub(1);
    let index = (samples.len() * percent / 100).min(last);
    samples
        .get(index)
        .map_or(f64::NAN, |sample| sample.as_secs_f64() * 1_000.0)
}

/// The middle one of some rounds. Sorts them.
pub fn median(rounds: &mut [f64]) -> f64 {
    rounds.sort_unstable_by(f64::total_cmp);
    rounds.get(rounds.len() / 2).copied().unwrap_or(f64::NAN)
}
