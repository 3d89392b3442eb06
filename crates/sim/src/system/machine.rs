//! A machine with a shop's folder: the real edge on its real file, without a listener, its exchange driven by hand.
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{Router, body::Body};
use edge::{
    Shop,
    sync::{Answer, Carrier, Carry, Exchange, Lost, Next, Outgoing},
};
use futures_util::future::BoxFuture;
use httpkit::{Parts, assets::NoAssets, clock::ManualClock, random::SeededRandom};
use jiff::Timestamp;

use super::cloud::{Door, Reply, ask};
use crate::protocol::DeviceClock;

/// Files of a shop that change while it works; the key stays where it is.
const FILES: [&str; 2] = ["shop.db", "shop.db-wal"];

/// What becomes of what a shop asks by itself, while a customer waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    Open,
    /// It never arrives.
    Cut,
    /// It arrives, the answer does not.
    Deaf,
}

/// The way of a shop to the cloud for what cannot wait.
pub(crate) struct Line {
    door: Arc<Door>,
    way: Mutex<Way>,
}

impl Line {
    pub(crate) fn set(&self, way: Way) {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner) = way;
    }
}

impl Carry for Line {
    fn carry(&self, request: Outgoing) -> BoxFuture<'static, Result<Answer, Lost>> {
        let way = *self.way.lock().unwrap_or_else(PoisonError::into_inner);
        let router = self.door.open();
        Box::pin(async move {
            let lost = || Lost("the line is cut".to_owned());
            let router = router.filter(|_| way != Way::Cut).ok_or_else(lost)?;
            let answer = carried(router, &request).await?;
            if way == Way::Deaf {
                Err(lost())
            } else {
                Ok(answer)
            }
        })
    }
}

/// Brings a request of a shop to the cloud.
pub(crate) async fn carried(router: Router, request: &Outgoing) -> Result<Answer, Lost> {
    let mut builder = axum::http::Request::builder()
        .method(request.method)
        .uri(&request.path);
    for (name, value) in &request.headers {
        builder = builder.header(*name, value);
    }
    let lost = |error: &dyn std::fmt::Display| Lost(error.to_string());
    let request = builder
        .body(Body::from(request.body.clone()))
        .map_err(|error| lost(&error))?;
    let reply = ask(router, request).await.map_err(|error| lost(&error))?;
    let retry = reply.headers.get("retry-after");
    Ok(Answer {
        status: reply.status,
        retry_after_s: retry.and_then(|value| value.to_str().ok()?.parse().ok()),
        body: reply.body,
    })
}

/// The process of a shop.
pub(crate) struct Process {
    pub shop: Shop,
    pub router: Router,
    pub exchange: Exchange,
    /// When it was started, in milliseconds of the world.
    since: i64,
    /// Requests that have no answer yet, by their number.
    pub waiting: BTreeMap<u64, Outgoing>,
}

/// A machine.
pub(crate) struct Machine {
    pub place: usize,
    pub folder: PathBuf,
    parts: Parts,
    clock: Arc<ManualClock>,
    pub device: DeviceClock,
    pub line: Arc<Line>,
    pub process: Option<Process>,
    /// Backups by our own tool, oldest first.
    pub copies: Vec<PathBuf>,
    /// Nobody can read it any more.
    pub destroyed: bool,
    /// Its file is damaged: the process does not start.
    pub damaged: bool,
    /// Its log has a record that does not fit, or that nobody can read.
    pub doubtful: bool,
    /// Counts starts, so that an answer to an earlier process is nobody's.
    pub starts: u64,
}

impl Machine {
    pub(crate) fn new(place: usize, folder: PathBuf, seed: u64, door: &Arc<Door>) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let parts = Parts {
            clock: clock.clone(),
            security_clock: clock.clone(),
            random: Arc::new(SeededRandom::new(seed)),
            assets: Arc::new(NoAssets),
        };
        let line = Line {
            door: Arc::clone(door),
            way: Mutex::new(Way::Open),
        };
        Self {
            place,
            folder,
            parts,
            clock,
            device: DeviceClock::default(),
            line: Arc::new(line),
            process: None,
            copies: Vec::new(),
            destroyed: false,
            damaged: false,
            doubtful: false,
            starts: 0,
        }
    }

    pub(crate) fn parts(&self) -> Parts {
        self.parts.clone()
    }

    /// Its clock shows what it believes.
    pub(crate) fn tick(&self, now: i64) {
        let at = Timestamp::from_millisecond(self.device.at(now)).unwrap_or_default();
        self.clock.set(at);
    }

    /// Starts the process, unless nothing is there to start. A damaged file does not open.
    pub(crate) async fn start(&mut self, now: i64) -> anyhow::Result<()> {
        if self.destroyed || self.process.is_some() {
            return Ok(());
        }
        self.tick(now);
        self.starts += 1;
        let config = edge::Config {
            background: false,
            carrier: Some(Carrier(Arc::clone(&self.line) as Arc<dyn Carry>)),
            ..edge::Config::new(&self.folder)
        };
        match edge::open(&config, self.parts()).await {
            Ok(shop) => {
                self.process = Some(Process {
                    router: edge::router(&shop),
                    exchange: Exchange::new(&shop),
                    shop,
                    since: now,
                    waiting: BTreeMap::new(),
                });
                Ok(())
            }
            Err(_) if self.damaged => Ok(()),
            Err(error) => {
                Err(error.context(format!("start the shop in {}", self.folder.display())))
            }
        }
    }

    /// Ends the process in order.
    pub(crate) async fn stop(&mut self) {
        if let Some(process) = self.process.take() {
            process.shop.close().await;
        }
    }

    /// The files as they are now: what a power cut would leave.
    pub(crate) fn image(&self, to: &Path) -> anyhow::Result<()> {
        fs::create_dir_all(to)?;
        for name in FILES {
            let from = self.folder.join(name);
            if from.exists() {
                fs::copy(from, to.join(name))?;
            }
        }
        Ok(())
    }

    /// Ends the process at once, and leaves an image in the place of its files.
    pub(crate) async fn cut_power(&mut self, image: &Path) -> anyhow::Result<()> {
        self.stop().await;
        for name in ["shop.db", "shop.db-wal", "shop.db-shm"] {
            let file = self.folder.join(name);
            if file.exists() {
                fs::remove_file(file)?;
            }
        }
        for name in FILES {
            let from = image.join(name);
            if from.exists() {
                fs::rename(from, self.folder.join(name))?;
            }
        }
        Ok(())
    }

    /// Ends the process at once: what it had written is there.
    pub(crate) async fn crash(&mut self) -> anyhow::Result<()> {
        let image = self.folder.join("image");
        self.image(&image)?;
        self.cut_power(&image).await
    }

    /// What the shop wants to ask next, if its process runs.
    pub(crate) async fn next(&self, now: i64) -> Option<Next> {
        let process = self.process.as_ref()?;
        Some(process.exchange.next(process.runs_for(now)).await)
    }

    /// Asks the shop in process.
    pub(crate) async fn ask(
        &self,
        request: axum::http::Request<Body>,
    ) -> anyhow::Result<Option<Reply>> {
        match &self.process {
            Some(process) => ask(process.router.clone(), request).await.map(Some),
            None => Ok(None),
        }
    }
}

impl Process {
    /// How long it has run.
    pub(crate) fn runs_for(&self, now: i64) -> Duration {
        Duration::from_millis(u64::try_from(now - self.since).unwrap_or(0))
    }
}
