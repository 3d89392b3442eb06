//! Plays the timeline: the history as fast as the shops take it, the last days so that one can watch.
use std::{sync::Arc, time::Duration};

use httpkit::clock::{Clock, Stopwatch};
use jiff::{Timestamp, ToSpan};

use super::{
    clock::DemoClock,
    crew::Crew,
    home::{Home, Progress},
    screen::{Voice, thousands},
    timeline::Step,
};

/// How often progress is written and shown.
const BEAT: Duration = Duration::from_secs(1);
/// Without a terminal the history is told in this many lines.
const LINES: usize = 5;

/// The timeline, and how far it has been played.
pub(super) struct Replay<'a> {
    pub(super) steps: Vec<Step<'a>>,
    pub(super) crew: Crew<'a>,
    pub(super) clock: Arc<DemoClock>,
    pub(super) home: &'a Home,
    pub(super) progress: Progress,
    pub(super) voice: Voice,
}

impl Replay<'_> {
    /// Does everything before `until` at once, each step at its own time, and leaves the clock there.
    pub(super) async fn catch_up(&mut self, until: Timestamp) -> anyhow::Result<()> {
        let end = self.steps.partition_point(|step| step.at() < until);
        if self.progress.done >= end {
            return Ok(());
        }
        let (watch, begin) = (Stopwatch::start(), self.progress.done);
        let mut beat = Stopwatch::start();
        while self.progress.done < end {
            let step = self.steps[self.progress.done];
            self.clock.stand_at(step.at().max(self.clock.now()));
            self.crew.perform(step).await?;
            self.progress.done += 1;
            self.progress.position = step.at();
            if beat.elapsed() >= BEAT {
                beat = Stopwatch::start();
                self.home.remember(&self.progress)?;
            }
            self.tell(begin, end, step.at());
        }
        self.clock.stand_at(until.max(self.clock.now()));
        self.remember()?;
        let seconds = watch.elapsed().as_secs();
        self.voice.say(&format!(
            "  {} steps of trade in {seconds} s",
            thousands_of(end - begin)
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
            self.crew.perform(step).await?;
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
        let left = self.steps.len() - self.progress.done;
        self.voice.hint(&format!(
            "  {} in the shops; {} steps of recorded trade to come",
            self.clock.now().strftime("%a %d %b %H:%M UTC"),
            thousands_of(left),
        ));
        self.remember()
    }

    fn tell(&self, begin: usize, end: usize, at: Timestamp) {
        let (done, all) = (self.progress.done - begin, end - begin);
        let percent = done * 100 / all.max(1);
        let text = format!(
            "  Loading the history: {percent} %, {}",
            at.strftime("%Y-%m-%d")
        );
        if self.voice == Voice::Terminal {
            self.voice.hint(&text);
        } else if done * LINES / all.max(1) != (done - 1) * LINES / all.max(1) {
            self.voice.say(&text);
        }
    }
}

fn thousands_of(number: usize) -> String {
    thousands(i64::try_from(number).unwrap_or(i64::MAX))
}
