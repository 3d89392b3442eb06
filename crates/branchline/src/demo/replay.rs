//! Plays the timeline: the history as fast as the shops take it, the last days so that one can watch.
use std::{cell::Cell, collections::BTreeMap, sync::Arc, time::Duration};

use anyhow::Context;
use futures_util::future::try_join_all;
use httpkit::clock::{Clock, Stopwatch};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use retail::location::LocationId;

use super::{
    clock::DemoClock,
    crew::Crew,
    home::{Home, Progress},
    screen::{Voice, thousands},
    timeline::Step,
};

/// How often progress is written and shown.
const BEAT: Duration = Duration::from_secs(1);
/// Steps of the history after which progress is written; a restart repeats less than that.
const CHUNK: usize = 4_000;
/// Steps of one shop that share a commit.
const COMMIT: usize = 250;
/// Without a terminal the history is told in this many lines.
const LINES: usize = 5;

/// The timeline, and how far it has been played.
pub(super) struct Replay<'a> {
    pub(super) steps: Vec<Step<'a>>,
    pub(super) crews: BTreeMap<LocationId, Crew<'a>>,
    pub(super) clock: Arc<DemoClock>,
    pub(super) home: &'a Home,
    pub(super) progress: Progress,
    pub(super) voice: Voice,
    /// In which time is told; most shops live in it.
    pub(super) zone: TimeZone,
}

impl Replay<'_> {
    /// How many steps before `until` are still to be done.
    pub(super) fn due(&self, until: Timestamp) -> usize {
        let end = self.steps.partition_point(|step| step.at() < until);
        end.saturating_sub(self.progress.done)
    }

    /// Does everything before `until` at once, every location by itself and each step at its own time, and leaves the clock
    /// at `until`. The shops must be cut off from the office meanwhile.
    pub(super) async fn catch_up(
        &mut self,
        until: Timestamp,
        shops: BTreeMap<LocationId, edge::Shop>,
    ) -> anyhow::Result<()> {
        let (watch, all) = (Stopwatch::start(), self.due(until));
        let end = self.progress.done + all;
        let done = Cell::new(0);
        while self.progress.done < end {
            let begin = self.progress.done;
            let chunk = &self.steps[begin..end.min(begin + CHUNK)];
            let voice = self.voice;
            let streams = self.crews.iter_mut().map(|(location, crew)| {
                let here = chunk.iter().filter(|step| step.location() == *location);
                let here: Vec<Step<'_>> = here.copied().collect();
                let (shop, done) = (shops.get(location), &done);
                async move {
                    let shop = shop.context("every location has a shop")?;
                    for steps in here.chunks(COMMIT) {
                        crew.relive_all(shop, steps).await?;
                        let before = done.replace(done.get() + steps.len());
                        tell(voice, (before, done.get()), all);
                    }
                    anyhow::Ok(())
                }
            });
            try_join_all(streams).await?;
            self.progress.done += chunk.len();
            self.progress.position = chunk.last().map_or(self.progress.position, Step::at);
            self.home.remember(&self.progress)?;
        }
        for crew in self.crews.values() {
            crew.come_back();
        }
        self.clock.stand_at(until.max(self.clock.now()));
        self.remember()?;
        let seconds = watch.elapsed().as_secs();
        self.voice.say(&format!(
            "  {} steps of trade in {seconds} s",
            thousands_of(all)
        ));
        Ok(())
    }

    /// Does the rest as its time comes on the running clock. Returns when nothing is left.
    pub(super) async fn watch(&mut self) -> anyhow::Result<()> {
        let mut beat = Stopwatch::start();
        while let Some(&step) = self.steps.get(self.progress.done) {
            while let Some(left) = self.clock.until(step.at()).filter(|left| !left.is_zero()) {
                tokio::time::sleep(left.min(BEAT)).await;
                self.beat(&mut beat)?;
            }
            let crew = self.crews.get_mut(&step.location());
            crew.context("every location has a crew")?
                .perform(step)
                .await?;
            self.progress.done += 1;
            self.beat(&mut beat)?;
        }
        self.remember()
    }

    /// Whether something of the past is still to be done.
    pub(super) fn is_behind(&self, present: Timestamp) -> bool {
        self.steps
            .get(self.progress.done)
            .is_some_and(|step| step.at() < present)
    }

    /// Writes down how far the replay has come. Everything up to the written position is done.
    pub(super) fn remember(&mut self) -> anyhow::Result<()> {
        let next = self
            .steps
            .get(self.progress.done)
            .map(|step| step.at() - 1.millisecond());
        let now = self.clock.now();
        self.progress.position = next
            .map_or(now, |next| next.min(now))
            .max(self.progress.position);
        self.home.remember(&self.progress)
    }

    fn beat(&mut self, beat: &mut Stopwatch) -> anyhow::Result<()> {
        if beat.elapsed() < BEAT {
            return Ok(());
        }
        *beat = Stopwatch::start();
        let left = thousands_of(self.steps.len() - self.progress.done);
        let local = self.zone.to_datetime(self.clock.now());
        let time = local.strftime("%a %-d %b %H:%M");
        self.voice.hint(&if self.clock.is_present() {
            format!(
                "  {time} in the shops, in real time; {left} steps of recorded trade to come today"
            )
        } else {
            format!("  {time} in the shops; {left} steps of recorded trade to come")
        });
        self.remember()
    }
}

/// Tells how far the history is, whenever there is something new to tell.
fn tell(voice: Voice, (before, done): (usize, usize), all: usize) {
    let moves = |parts: usize| done * parts / all != before * parts / all;
    let text = format!(
        "  Loading the history: {} % of {} steps",
        done * 100 / all,
        thousands_of(all)
    );
    match voice {
        Voice::Terminal if moves(100) => voice.hint(&text),
        Voice::Plain if moves(LINES) => voice.say(&text),
        Voice::Terminal | Voice::Plain | Voice::Json => {}
    }
}

fn thousands_of(number: usize) -> String {
    thousands(i64::try_from(number).unwrap_or(i64::MAX))
}
