//! One shop: its file, its keys, its clock, and who listens to what happens in it.
use std::{
    os::unix::fs::DirBuilderExt,
    path::{Path, PathBuf},
    sync::{Arc, OnceLock},
};

use anyhow::Context;
use httpkit::{Parts, random::uuid_v7};
use jiff::Timestamp;
use retail::{catalog::VariantId, id::Id, location::NodeId, rights::NodeAccount};
use tokio::sync::{broadcast, watch};

use crate::{
    backup,
    db::{self, Change, DbError, Readers, Snapshot, Tx, Writer},
    epoch,
    node::{self, Keys, Link, Place, Trail},
    promotion::Kept,
    staff::Sessions,
    sync::{Carrier, Signals},
};

/// Messages that a slow till may fall behind before it misses some.
const LIVE_BACKLOG: usize = 256;

/// A handle on the shop. Cheap to clone.
#[derive(Clone)]
pub struct Shop(Arc<Inner>);

#[doc(hidden)]
pub struct Inner {
    writer: Writer,
    readers: Readers,
    pub(crate) parts: Parts,
    pub(crate) keys: Keys,
    /// Who is signed in.
    pub(crate) sessions: Sessions,
    /// The newest event on disk.
    pub(crate) head: watch::Sender<Place>,
    /// The newest events with their hashes: what tills have seen is compared with it.
    pub(crate) trail: Trail,
    /// Counts changes of the node's identity or mode.
    pub(crate) identity: watch::Sender<u64>,
    /// How the cloud is reached.
    pub(crate) link: watch::Sender<Link>,
    /// Wakes the sync.
    pub(crate) signals: Arc<Signals>,
    /// The promotions that run.
    pub(crate) promotions: Kept,
    /// What this process remembers of the node's standing.
    pub(crate) memory: node::Memory,
    /// The way to the cloud for what the shop asks by itself, once there is one.
    pub(crate) carrier: OnceLock<Carrier>,
    /// The shop's own folder.
    pub(crate) folder: PathBuf,
    /// Space in it.
    pub(crate) space: watch::Sender<crate::disk::Space>,
    /// A write has found no space.
    pub(crate) is_short: watch::Sender<bool>,
    /// What tills are told.
    pub(crate) live: broadcast::Sender<Live>,
    /// Tills reach it by HTTPS: then their cookie goes nowhere else.
    pub(crate) is_tls: std::sync::atomic::AtomicBool,
    /// The company is made up, as in a demo.
    pub(crate) is_authored: std::sync::atomic::AtomicBool,
    /// Tills that listen, by person.
    pub(crate) places: httpkit::server::places::Places<uuid::Uuid>,
    /// The end has begun: long connections close.
    pub(crate) stopping: watch::Sender<bool>,
    /// The node, once it belongs to a company; it stays the same then.
    node: OnceLock<NodeId>,
    /// Changes at every start of the process.
    pub(crate) boot: uuid::Uuid,
    _file: db::File,
}

/// Pages of tills that listen.
const MOST_LISTENING: usize = 500;
/// Pages that one person has open.
const MOST_LISTENING_OF_ONE: usize = 30;

/// What tills are told as it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Live {
    /// Accounts of variants changed.
    Stock(Vec<(VariantId, NodeAccount)>),
    /// Online orders to be picked changed.
    Picks,
    /// Products, prices, barcodes or promotions changed.
    Catalog,
    /// Printers, or what waits for them, changed.
    Print,
    /// Baskets were parked or recalled.
    Parked,
}

impl std::ops::Deref for Shop {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl Shop {
    /// Opens the shop in a folder of its own, and makes it when there is none.
    ///
    /// # Errors
    /// When another process serves it, when its file is damaged or newer than this program, or when the disk refuses.
    pub async fn open(
        folder: &Path,
        parts: Parts,
        fingerprint: Option<String>,
    ) -> anyhow::Result<Self> {
        let folder = folder.to_owned();
        tokio::task::spawn_blocking(move || Self::open_blocking(&folder, parts, fingerprint))
            .await?
    }

    fn open_blocking(
        folder: &Path,
        parts: Parts,
        fingerprint: Option<String>,
    ) -> anyhow::Result<Self> {
        make_folder(folder)?;
        let lock = db::lock(folder)?;
        backup::go_on(folder)?;
        epoch::go_on(folder, parts.clock.now())?;
        let keys = Keys::open(folder, parts.random.as_ref(), fingerprint)?;
        let (file, connection) = db::open(folder, lock)?;
        let readers = Readers::open(&file)?;
        let node = OnceLock::new();
        if let Some(known) = node::db::node_on_disk(&connection)? {
            node.get_or_init(|| known);
        }
        let boot = uuid_v7(parts.security_clock.as_ref(), parts.random.as_ref());
        let place = node::head_on_disk(&connection)?;
        let trail = Trail::default();
        trail.push(place);
        let (head, identity) = (watch::Sender::new(place), watch::Sender::new(0));
        let live = broadcast::Sender::new(LIVE_BACKLOG);
        let sessions = Sessions::default();
        let listener = {
            let (head, trail, identity, live, sessions) = (
                head.clone(),
                trail.clone(),
                identity.clone(),
                live.clone(),
                sessions.clone(),
            );
            Box::new(move |changes: Vec<Change>| {
                for change in changes {
                    tell(change, &head, &trail, &identity, &live, &sessions);
                }
            })
        };
        let is_short = watch::Sender::new(false);
        let relief = crate::disk::relief(folder.to_owned(), is_short.clone());
        let writer = Writer::start(connection, Arc::clone(&parts.clock), listener, relief)?;
        Ok(Self(Arc::new(Inner {
            writer,
            readers,
            parts,
            keys,
            sessions,
            head,
            trail,
            identity,
            link: watch::Sender::new(Link::default()),
            signals: Arc::default(),
            promotions: Kept::default(),
            memory: node::Memory::default(),
            carrier: OnceLock::new(),
            folder: folder.to_owned(),
            space: watch::Sender::default(),
            is_short,
            live,
            is_tls: std::sync::atomic::AtomicBool::new(false),
            is_authored: std::sync::atomic::AtomicBool::new(false),
            places: httpkit::server::places::Places::new(MOST_LISTENING, MOST_LISTENING_OF_ONE),
            stopping: watch::Sender::new(false),
            node,
            boot,
            _file: file,
        })))
    }

    /// Runs `work` in the next commit of the one writer; on disk when this returns (sync.md, D1).
    pub(crate) async fn write<T, E>(
        &self,
        work: impl Fn(&Tx<'_>, Timestamp) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.writer.write(work).await
    }

    /// Runs `work` on one consistent view.
    pub(crate) async fn read<T, E>(
        &self,
        work: impl FnOnce(&Snapshot<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let now = db::whole_milliseconds(self.parts.clock.now());
        self.readers.read(now, work).await
    }

    /// The node, once it belongs to a company.
    #[must_use]
    pub fn node_id(&self) -> Option<NodeId> {
        self.node.get().copied()
    }

    /// The node belongs to a company from now on.
    pub(crate) fn set_node_id(&self, node: NodeId, epoch: i64) {
        self.node.get_or_init(|| node);
        self.head.send_modify(|place| place.epoch = epoch);
    }

    /// Where the node's log stands, once it is a node.
    #[must_use]
    pub fn place(&self) -> Option<wire::recovery::Head> {
        let place = *self.head.borrow();
        self.node_id().map(|node| wire::recovery::Head {
            node: node.as_uuid(),
            epoch: place.epoch,
            seq: place.seq,
            hash: place.hash,
        })
    }

    /// Whether the disk failed under a write.
    pub(crate) fn is_readonly(&self) -> bool {
        self.writer.is_broken()
    }

    /// Writes that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.writer.waiting()
    }

    /// Finishes every write that waits and closes the file. Later writes are refused.
    pub async fn close(&self) {
        self.readers.close().await;
        let shop = self.clone();
        if tokio::task::spawn_blocking(move || shop.writer.stop())
            .await
            .is_err()
        {
            tracing::error!("The shop could not be closed in order");
        }
    }

    /// A new id of this shop.
    #[must_use]
    pub fn new_id<T>(&self) -> Id<T> {
        Id::from_uuid(uuid_v7(
            self.parts.clock.as_ref(),
            self.parts.random.as_ref(),
        ))
    }
}

/// What is not with the cloud yet is nobody else's to read (pitfall 61).
fn make_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))
}

fn tell(
    change: Change,
    head: &watch::Sender<Place>,
    trail: &Trail,
    identity: &watch::Sender<u64>,
    live: &broadcast::Sender<Live>,
    sessions: &Sessions,
) {
    match change {
        Change::Recorded(seq, hash) => {
            head.send_modify(|place| (place.seq, place.hash) = (seq, hash));
            trail.push(*head.borrow());
        }
        Change::Node => identity.send_modify(|changes| *changes += 1),
        Change::Staff => sessions.forget_all(),
        // Nobody listening is nothing wrong.
        Change::Stock(items) => drop(live.send(Live::Stock(items))),
        Change::Picks => drop(live.send(Live::Picks)),
        Change::Catalog | Change::Promotions => drop(live.send(Live::Catalog)),
        Change::Print => drop(live.send(Live::Print)),
        Change::Parked => drop(live.send(Live::Parked)),
    }
}
