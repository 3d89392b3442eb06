//! `branchline demo`: a chain of real shops on this machine, from one command.
use std::{
    cell::Cell,
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
};

use anyhow::{Context, bail};
use clap::Args;
use cloud::cluster::default_home;
use httpkit::clock::{Clock, SystemClock};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use retail::location::{CUT_OFF_HOUR, LocationId, calendar_business_date};
use tokio::signal::unix::{Signal, SignalKind, signal};
use traffic::{chain::Chain, kind::Kind, window::Window};

use crate::log::{self, Sink};

mod account;
mod check;
mod clock;
mod company;
mod crew;
mod home;
mod past;
mod port;
mod promotion;
mod replay;
mod screen;
mod serve;
mod storm;
mod till;
mod timeline;

pub(crate) use company::roles;

use clock::DemoClock;
use crew::Crew;
use home::{Home, Progress};
use replay::Replay;
use screen::Voice;
use serve::Running;
use storm::Storm;

/// How the demo runs.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a flag of the command line"
)]
pub struct Options {
    /// Which chain: grocery is recorded trade, the others are made up and say so
    #[arg(long, value_enum, default_value_t = ChainName::Grocery)]
    chain: ChainName,
    /// Folder of the demo [default: /var/lib/branchline/demo for root, else below the user's data folder; the other chains
    /// and the storm have folders of their own beside it]
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// Port of the office; the shops take the ones after it. 0 lets the system choose
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// Start over: forget everything that an earlier demo has made
    #[arg(long)]
    fresh: bool,
    /// Days of trade in a minute, while the last 14 days are replayed
    #[arg(long, default_value_t = 1, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=1_440))]
    speed: u32,
    /// Days of history before the last 14 days [default: all; a year of groceries, two of the other chains]
    #[arg(long, visible_alias = "days", value_name = "DAYS", value_parser = clap::value_parser!(i64).range(1..=1_000))]
    history: Option<i64>,
    /// Load everything up to now at once, and replay nothing
    #[arg(long)]
    no_replay: bool,
    /// Print one JSON object with addresses and logins, and nothing else
    #[arg(long)]
    json: bool,
    /// Compare the cloud's books with the input files, and end: exit code 1 if anything differs
    #[arg(long)]
    check: bool,
    /// List the recorded lines that cannot be sold, as CSV, and end
    #[arg(long)]
    rejected: bool,
    /// Cut a shop off while the last units of a product are sold at once by tills and on the web; then look whether
    /// every book agrees. With --check without pauses, and it ends: exit code 1 if anything does not hold
    #[arg(long, conflicts_with_all = ["rejected", "chain"])]
    storm: bool,
}

/// The demo chains by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ChainName {
    /// Two grocery shops as recorded in 2017, and a buying station: United States, dollars
    Grocery,
    /// Twelve fashion branches in Hanoi and Ho Chi Minh City, sizes and colours: dong
    Fashion,
    /// Six buying stations in Thailand, produce by weight: baht
    Buying,
}

impl Options {
    const fn kind(&self) -> Kind {
        match self.chain {
            ChainName::Grocery => Kind::Grocery,
            ChainName::Fashion => Kind::Fashion,
            ChainName::Buying => Kind::Buying,
        }
    }

    /// The default folder's name.
    const fn folder(&self) -> &'static str {
        match self.chain {
            _ if self.storm => "demo-storm",
            ChainName::Grocery => "demo",
            ChainName::Fashion => "demo-fashion",
            ChainName::Buying => "demo-buying",
        }
    }
}

/// Days of history that the storm needs before the last 14: it is not about them.
const STORM_HISTORY: i64 = 1;

/// Runs the demo until Ctrl-C.
///
/// # Errors
/// Everything that stands in its way, with what can be done about it.
pub async fn run(options: Options) -> anyhow::Result<ExitCode> {
    let voice = Voice::of(options.json);
    let path = options
        .data
        .clone()
        .unwrap_or_else(|| default_home(options.folder()));
    let kind = options.kind();
    if options.rejected {
        let known = home::progress(&path)?.map(|progress| progress.window());
        let chain = kind.chain(known.unwrap_or_else(|| wanted_window(&options)));
        screen::print(&screen::rejected(&chain));
        return Ok(ExitCode::SUCCESS);
    }
    let Some(home) = Home::take(&path, options.fresh)? else {
        if options.check && !options.fresh && !options.storm {
            return check_running(&path, kind, voice).await;
        }
        bail!(
            "the demo in {} runs already (process {}): stop it with Ctrl-C there, or choose another folder with --data",
            path.display(),
            Home::owner(&path),
        );
    };
    log::init(&Sink::File(&home.at("demo.log")))?;
    let mut end = End::new()?;
    let known = home.progress()?;
    home::same_chain(known.as_ref(), kind, &path)?;
    let window = window(&options, known.as_ref(), voice);
    let chain = tokio::task::spawn_blocking(move || kind.chain(window)).await?;
    let progress = known.unwrap_or_else(|| Progress::new(kind, window, begin(&chain)));
    let clock = Arc::new(DemoClock::standing(progress.position));

    let starting = serve::start(
        &home,
        &chain,
        &clock,
        options.port,
        progress.is_founded,
        voice,
    );
    let mut running = tokio::select! {
        running = starting => running?,
        () = end.comes() => {
            voice.say("  Stopped before everything was up.");
            return Ok(ExitCode::SUCCESS);
        }
    };
    let demo = Demo {
        options,
        voice,
        home,
        chain,
        clock,
        is_broken: Cell::new(false),
    };
    let outcome = demo.play(&mut running, progress, &mut end).await;
    voice.say("  Stopping.");
    running.stop().await;
    outcome
}

/// What stays the same while the demo runs.
struct Demo {
    options: Options,
    voice: Voice,
    home: Home,
    chain: Chain,
    clock: Arc<DemoClock>,
    /// A storm has shown that something does not hold.
    is_broken: Cell<bool>,
}

impl Demo {
    async fn play(
        &self,
        running: &mut Running,
        mut progress: Progress,
        end: &mut End,
    ) -> anyhow::Result<ExitCode> {
        progress.is_founded = true;
        progress.socket = running.socket();
        self.home.remember(&progress)?;
        let mut replay = Replay {
            steps: timeline::steps(&self.chain),
            crews: self.crews(running)?,
            clock: Arc::clone(&self.clock),
            home: &self.home,
            progress,
            voice: self.voice,
            zone: zone(self.options.kind()),
        };
        let outcome = tokio::select! {
            outcome = self.acts(running, &mut replay) => outcome,
            () = end.comes() => Ok(self.code()),
        };
        replay.remember()?;
        outcome
    }

    fn crews(&self, running: &Running) -> anyhow::Result<BTreeMap<LocationId, Crew<'_>>> {
        let served = running.addresses.shops.iter().zip(&running.clocks);
        let served = self.chain.locations.iter().zip(served);
        served
            .map(|(location, (address, clock))| {
                let crew = Crew::new(&self.chain, location, address, Arc::clone(clock))?;
                Ok((location.id, crew))
            })
            .collect()
    }

    async fn acts(
        &self,
        running: &mut Running,
        replay: &mut Replay<'_>,
    ) -> anyhow::Result<ExitCode> {
        let is_new = replay.progress.done == 0;
        let live_from = live_from(&self.chain, &zone(self.options.kind()));
        let wants_all = self.options.storm
            || self.options.no_replay
            || (self.options.check && replay.progress.position < live_from);
        let until = if wants_all {
            SystemClock.now()
        } else {
            live_from
        };
        if is_new {
            self.voice
                .say("  The shops and the office are up; first their history is loaded.");
        }
        if replay.due(until) > 0 {
            running.disconnect().await?;
            replay.catch_up(until, running.shops()).await?;
            running.reconnect();
        }
        running.settle(self.voice).await?;
        if is_new {
            account::pay(running.cloud(), &self.chain, until).await?;
        }
        if self.options.storm {
            self.clock.join_present();
            return self.storm(running).await;
        }
        if self.options.check {
            let until = replay.progress.position;
            let window = replay.progress.window();
            let expected = self.options.kind().expected(&self.chain, window, until);
            let report = check::check(&running.database, &self.chain, &expected, until).await?;
            return Ok(told(self.voice, &report));
        }
        if self.options.no_replay || !replay.is_behind(SystemClock.now()) {
            self.clock.join_present();
        } else {
            self.clock.run(self.options.speed);
        }
        let data = self.home.path().display().to_string();
        self.voice
            .raw(&screen::welcome(&self.chain, &running.addresses, &data));
        self.voice
            .answer(&screen::object(&self.chain, &running.addresses, &data));
        if self.options.no_replay {
            return std::future::pending().await;
        }
        match replay.watch().await {
            Ok(()) => self
                .voice
                .say("  All trade has been replayed; from here on the shops are yours."),
            Err(error) => {
                tracing::error!("The replay has stopped: {error:#}");
                self.voice.say(&format!(
                    "  The replay has stopped: {error:#}. The shops serve on."
                ));
            }
        }
        std::future::pending().await
    }
}

impl Demo {
    /// The storm; then the shops are the visitor's.
    async fn storm(&self, running: &Running) -> anyhow::Result<ExitCode> {
        let is_quick = self.options.check;
        let storm = Storm::prepare(running, &self.chain, self.voice, is_quick).await?;
        let data = self.home.path().display().to_string();
        let mut addresses = screen::object(&self.chain, &running.addresses, &data);
        addresses["storm"] = storm.page().into();
        self.voice.answer(&addresses);
        let verdict = storm.play().await?;
        self.is_broken.set(!verdict.holds);
        self.voice.answer(&serde_json::to_value(&verdict)?);
        if is_quick {
            return Ok(self.code());
        }
        self.voice.raw(&screen::after_storm(
            &self.chain,
            &running.addresses,
            storm.page(),
        ));
        std::future::pending().await
    }

    fn code(&self) -> ExitCode {
        if self.is_broken.get() {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        }
    }
}

/// Ctrl-C at the terminal, its window closed, or a supervisor's request to end.
struct End {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl End {
    fn new() -> anyhow::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn comes(&mut self) {
        tokio::select! {
            _ = self.hangup.recv() => {}
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// The trade of this start: an earlier one's where there is one, so that every id stays the same.
fn window(options: &Options, known: Option<&Progress>, voice: Voice) -> Window {
    let wanted = wanted_window(options);
    let Some(known) = known.map(Progress::window) else {
        return wanted;
    };
    if options.history.is_some() && wanted.from != known.from {
        voice.say(&format!(
            "  Going on with the trade from {} to {}; --fresh starts over with other days.",
            known.from, known.anchor
        ));
    }
    known
}

/// The trade that ends today, as long as the command line asks.
fn wanted_window(options: &Options) -> Window {
    let kind = options.kind();
    let today = calendar_business_date(SystemClock.now(), &zone(kind));
    let days = options.history.or(options.storm.then_some(STORM_HISTORY));
    kind.window(today, days)
}

fn zone(kind: Kind) -> TimeZone {
    TimeZone::get(kind.time_zone()).expect("the time zone database is part of the binary")
}

/// An hour before anything happens: the catalogue is entered then.
fn begin(chain: &Chain) -> Timestamp {
    let steps = timeline::steps(chain);
    let first = steps
        .first()
        .map_or_else(|| SystemClock.now(), timeline::Step::at);
    first - 1.hour()
}

/// When the part begins that one watches: just before its first step, so that something happens at once.
fn live_from(chain: &Chain, zone: &TimeZone) -> Timestamp {
    let opening = chain.live_from.at(CUT_OFF_HOUR, 0, 0, 0);
    let opening = zone.to_timestamp(opening).expect("a date of our time");
    let steps = timeline::steps(chain);
    let first = steps
        .iter()
        .map(timeline::Step::at)
        .find(|at| *at >= opening);
    first.map_or(opening, |first| (first - 1.minute()).max(opening))
}

/// `--check` beside a demo that runs: the same comparison, on its database.
async fn check_running(path: &Path, kind: Kind, voice: Voice) -> anyhow::Result<ExitCode> {
    let progress =
        home::progress(path)?.context("the demo has only just started: try again in a minute")?;
    home::same_chain(Some(&progress), kind, path)?;
    let window = progress.window();
    let chain = tokio::task::spawn_blocking(move || kind.chain(window)).await?;
    let database = serve::database_at(&progress.socket);
    let expected = kind.expected(&chain, window, progress.position);
    let report = check::check(&database, &chain, &expected, progress.position).await?;
    Ok(told(voice, &report))
}

fn told(voice: Voice, report: &check::Report) -> ExitCode {
    voice.raw(&report.text);
    voice.answer(&serde_json::json!({"is_equal": report.is_equal, "text": report.text}));
    if report.is_equal {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
