//! What travels between shops and cloud as requests and answers, and everything that happens to it on the way.
use edge::sync::{Answer, Lane, Lost, Next, Outgoing};

use super::{
    machine::{Way, carried},
    world::World,
};
use crate::protocol::{DAY, fault::Fault};

/// A node gives a request up that has had no answer for so long.
const PATIENCE: i64 = 30_000;
/// Requests of one turn.
const MOST_REQUESTS: usize = 12;
/// Statements of a request after which the cloud ends at the latest.
const MOST_STATEMENTS: i64 = 24;
/// What a hotel's network answers to everything.
const PORTAL: &[u8] = b"<!doctype html><title>Welcome</title><p>Please sign in to use the network.";

/// A message on its way.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    due: i64,
    /// Orders what is due at the same time.
    order: u64,
    machine: usize,
    /// The process that asked.
    start: u64,
    /// The request.
    number: u64,
    load: Load,
}

#[derive(Debug, Clone)]
enum Load {
    Request(Box<Outgoing>),
    /// A request that arrives a second time: nobody listens to its answer.
    Again(Box<Outgoing>),
    Answer(Result<Answer, Lost>),
}

impl World {
    fn launch(&mut self, delay: i64, of: (usize, u64, u64), load: Load) {
        self.requests += 1;
        self.flights.push(Flight {
            due: self.now + delay.max(1),
            order: self.requests,
            machine: of.0,
            start: of.1,
            number: of.2,
            load,
        });
    }

    /// A node says what it has to say, as far as it does not wait for answers.
    pub(crate) async fn drive(&mut self, machine: usize) -> anyhow::Result<()> {
        self.forget_place(machine)?;
        for _ in 0..MOST_REQUESTS {
            let Some(Next::Send(request)) = self.machines[machine].next(self.now).await else {
                break;
            };
            self.requests += 1;
            let number = self.requests;
            let start = self.machines[machine].starts;
            if let Some(process) = &mut self.machines[machine].process {
                process.waiting.insert(number, request.clone());
            }
            let of = (machine, start, number);
            let gone = Load::Answer(Err(Lost("it takes too long".to_owned())));
            self.launch(PATIENCE, of, gone);
            self.send(of, request);
        }
        self.recorded(machine)
    }

    fn send(&mut self, of: (usize, u64, u64), request: Outgoing) {
        let place = self.machines[of.0].place;
        let rate = self.options.network;
        if self.sites[place].link.cut > self.now || self.strikes(Fault::Loss, rate) {
            return;
        }
        let request = Box::new(self.damaged(request));
        let delay = self.delay();
        if self.strikes(Fault::Duplicate, rate) {
            let again = delay + self.rng.between(100, DAY / 12);
            self.launch(again, of, Load::Again(request.clone()));
        }
        self.launch(delay, of, Load::Request(request));
    }

    fn delay(&mut self) -> i64 {
        let rate = self.options.network;
        let mut delay = self.rng.between(20, 400);
        if self.strikes(Fault::Reorder, rate) {
            delay += self.rng.between(1_000, 60_000);
        }
        if self.strikes(Fault::LongDelay, rate / 8) {
            delay += self.rng.between(DAY / 24, 4 * DAY);
        }
        delay
    }

    /// Some of a request's bytes, or all with one changed.
    fn damaged(&mut self, mut request: Outgoing) -> Outgoing {
        let rate = self.options.network / 2;
        let length = request.body.len();
        if length == 0 {
            return request;
        }
        if self.strikes(Fault::Corruption, rate) {
            let place = self.rng.index(length);
            request.body[place] ^= 1 << self.rng.below(7);
        } else if self.strikes(Fault::Truncation, rate) {
            let place = self.rng.index(length);
            request.body.truncate(place);
        }
        request
    }

    /// Time passes until then: everything arrives whose time has come, in the order of its time.
    pub(crate) async fn arrive(&mut self, until: i64) -> anyhow::Result<()> {
        while let Some(next) = self.next_due(until) {
            let flight = self.flights.swap_remove(next);
            self.tick(flight.due.max(self.now));
            self.land(flight).await?;
        }
        self.tick(until);
        Ok(())
    }

    fn next_due(&self, until: i64) -> Option<usize> {
        let due = self.flights.iter().enumerate();
        due.filter(|(_, flight)| flight.due <= until)
            .min_by_key(|(_, flight)| (flight.due, flight.order))
            .map(|(index, _)| index)
    }

    async fn land(&mut self, flight: Flight) -> anyhow::Result<()> {
        let of = (flight.machine, flight.start, flight.number);
        match flight.load {
            Load::Request(request) => {
                let answer = self.at_the_cloud(flight.machine, &request).await?;
                self.answer(of, answer);
                Ok(())
            }
            Load::Again(request) => self.at_the_cloud(flight.machine, &request).await.map(drop),
            Load::Answer(answer) => self.heard(of, answer).await,
        }
    }

    /// A request arrives at the cloud. None: the cloud ended before its answer.
    async fn at_the_cloud(
        &mut self,
        machine: usize,
        request: &Outgoing,
    ) -> anyhow::Result<Option<Answer>> {
        let rate = self.options.cloud;
        if self.strikes(Fault::CloudCrashBefore, rate) {
            self.crashes(request).await?;
            return Ok(None);
        }
        let Some(router) = self.door.open() else {
            return Ok(None);
        };
        let answer = carried(router, request).await?;
        // A cursor of reference data names transactions of the server, which counts on from run to run.
        let told: &[u8] = if request.lane == Lane::Reference {
            &[]
        } else {
            &answer.body
        };
        self.note_answer(answer.status, told);
        self.heed(machine, request, &answer)?;
        self.look().await?;
        if self.strikes(Fault::CloudCrashAfter, rate) {
            self.head.end();
            self.head.open().await?;
            return Ok(None);
        }
        Ok(Some(answer))
    }

    /// The cloud ends in the middle of a request: between any two statements, or after the last one.
    async fn crashes(&mut self, request: &Outgoing) -> anyhow::Result<()> {
        let (statements, is_done) = (self.rng.between(0, MOST_STATEMENTS), self.rng.chance(500));
        self.say(|| {
            format!(
                "  the cloud ends in {} at statement {statements}",
                request.path
            )
        });
        let folder = self.new_folder();
        self.head.end();
        let way = self.head.open_to_end(&folder, statements, is_done).await?;
        if let Some(router) = self.door.open() {
            drop(carried(router, request).await);
        }
        self.head.end();
        drop(way);
        self.head.settle().await?;
        self.head.open().await?;
        self.look().await
    }

    /// The cloud's answers are always its own, and never a failure.
    fn heed(&mut self, machine: usize, request: &Outgoing, answer: &Answer) -> anyhow::Result<()> {
        let text = String::from_utf8_lossy(&answer.body);
        let text: String = text.chars().take(160).collect();
        if answer.status >= 500 {
            return self.broken(
                "cloud",
                format!(
                    "{} {}: {} {text}",
                    request.method, request.path, answer.status
                ),
            );
        }
        let (lane, status) = (request.lane, answer.status);
        let is_nothing = ["\"reply\":\"ack\"", "\"messages\":[]", "\"items\":[]"];
        let is_routine = is_nothing.iter().any(|nothing| text.contains(nothing));
        if self.trace.is_some() && !(self.quiet && is_routine) {
            self.say(|| format!("  cloud to machine {machine} ({lane:?}): {status} {text}"));
        }
        Ok(())
    }

    fn answer(&mut self, of: (usize, u64, u64), answer: Option<Answer>) {
        let place = self.machines[of.0].place;
        let link = self.sites[place].link;
        let rate = self.options.network;
        let Some(mut answer) = answer else {
            return;
        };
        if link.cut > self.now || link.half_open > self.now || self.strikes(Fault::Loss, rate) {
            return;
        }
        if link.captive > self.now {
            answer = Answer {
                status: 200,
                retry_after_s: None,
                body: PORTAL.to_vec(),
            };
        } else if !answer.body.is_empty() && self.strikes(Fault::Truncation, rate / 2) {
            let place = self.rng.index(answer.body.len());
            answer.body.truncate(place);
        }
        let delay = self.delay();
        self.launch(delay, of, Load::Answer(Ok(answer)));
    }

    /// An answer arrives at the node, or it has waited long enough.
    async fn heard(
        &mut self,
        of: (usize, u64, u64),
        answer: Result<Answer, Lost>,
    ) -> anyhow::Result<()> {
        let (machine, start, number) = of;
        let now = self.now;
        if self.machines[machine].starts != start {
            return Ok(());
        }
        let Some(process) = &mut self.machines[machine].process else {
            return Ok(());
        };
        let Some(request) = process.waiting.remove(&number) else {
            return Ok(());
        };
        let is_lost = answer.is_err();
        let since = process.runs_for(now);
        process.exchange.answered(since, request, answer).await;
        self.recorded(machine)?;
        if is_lost {
            return Ok(());
        }
        self.drive(machine).await
    }

    /// How what a till asks for while the customer waits will fare.
    pub(crate) fn prepare_line(&mut self, machine: usize) {
        let place = self.machines[machine].place;
        let link = self.sites[place].link;
        let rate = self.options.network;
        let is_cut = link.cut > self.now || link.captive > self.now || self.silent.is_some();
        let way = if is_cut || self.strikes(Fault::Loss, rate) {
            Way::Cut
        } else if link.half_open > self.now || self.strikes(Fault::Loss, rate) {
            Way::Deaf
        } else {
            Way::Open
        };
        self.machines[machine].line.set(way);
    }
}
