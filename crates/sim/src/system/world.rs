//! The world: shops with their shelves, machines and tills, the cloud, what is on its way between them, and the truth
//! that no computer in it can see.
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::Arc,
};

use jiff::Timestamp;
use uuid::Uuid;
use wire::recovery::Head as Seen;

use super::{
    audit::{Books, Entry, Spot},
    cloud::{Cluster, Door, Head},
    ids::{TILLS, VARIANTS, made},
    machine::Machine,
    network::Flight,
    options::Options,
    template::{self, START, Template},
    till::Basket,
};
use crate::protocol::{
    Link, Violation,
    fault::{Coverage, Fault},
    rng::{Rng, mix},
};

/// A till: who is signed in there, what it remembers of its node, and a sale that nobody has confirmed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Till {
    pub cookie: Option<String>,
    pub seen: Option<Seen>,
    pub pending: Option<Basket>,
}

/// What a machine knew before an old copy of its disk took its place.
#[derive(Debug, Clone)]
pub(crate) struct Truth {
    pub books: Books,
    pub log: Vec<Entry>,
}

/// A shop as it really is.
#[derive(Debug)]
pub(crate) struct Site {
    /// Sellable units, by variant.
    pub shelf: [i64; VARIANTS],
    /// Units in labelled boxes, by reservation.
    pub boxes: BTreeMap<Uuid, (usize, i64)>,
    /// Units that people have made wrong: stolen, mistyped, miscounted, sold by a second copy of the node.
    pub excused: [i64; VARIANTS],
    /// Promised units that an epoch before took from the shelf unheard, by reservation, until a count or its end.
    pub owed: BTreeMap<Uuid, (usize, i64)>,
    /// The machine that serves it.
    pub machine: usize,
    /// Machines that did, or copies.
    pub old: Vec<usize>,
    pub tills: [Till; TILLS],
    pub link: Link,
    /// Two machines have the same history and go on.
    pub forked: bool,
    pub truth: Option<Truth>,
    /// It needs a new epoch.
    pub given_up: bool,
}

/// A receipt in a customer's hand.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub place: usize,
    pub total: i64,
    pub number: String,
    pub machine: usize,
    /// The only copy of it was on a disk that was written over.
    pub lost: bool,
}

/// What the customer of an online order knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Known {
    Placed,
    Paid,
    Over,
}

/// An online order, as its customer knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bought {
    pub known: Known,
    pub lines: Vec<(usize, i64)>,
    /// Holds that were over when it was paid.
    pub placed_at: i64,
}

/// Everything.
pub(crate) struct World {
    pub options: Options,
    pub rng: Rng,
    pub step: u64,
    pub now: i64,
    pub head: Head,
    pub door: Arc<Door>,
    pub channel_key: String,
    /// Copies of the cloud's database, oldest first, with the incarnation that they are of.
    pub backups: Vec<String>,
    pub sites: Vec<Site>,
    pub machines: Vec<Machine>,
    pub flights: Vec<Flight>,
    pub orders: BTreeMap<Uuid, Bought>,
    pub receipts: BTreeMap<Uuid, Receipt>,
    /// Sales whose record a disk has damaged.
    pub rotten: BTreeSet<Uuid>,
    /// The cloud was restored and nobody has said so; its incarnation then.
    pub silent: Option<i64>,
    pub coverage: Coverage,
    pub hash: u64,
    pub requests: u64,
    made: u8,
    pub quiet: bool,
    pub trace: Option<Vec<String>>,
    /// Where events were last looked at, by machine and epoch.
    pub noted: BTreeMap<usize, (i64, i64)>,
    folder: tempfile::TempDir,
    folders: usize,
    /// What the tables said when they were last read.
    pub spots: Vec<Spot>,
}

impl World {
    /// A world over copies of the template; the shelves are counted and the first goods given to the online channel.
    pub(crate) async fn new(
        template: &Template,
        cluster: &Arc<Cluster>,
        name: &str,
        options: Options,
        traces: bool,
    ) -> anyhow::Result<Self> {
        template::begin(template, cluster, name).await?;
        let door = Arc::new(Door::default());
        let head = Head::start(
            Arc::clone(cluster),
            name.to_owned(),
            Timestamp::from_millisecond(START)?,
            mix(options.seed),
            Arc::clone(&door),
        )
        .await?;
        let mut world = Self {
            rng: Rng::of(options.seed, 0),
            step: 0,
            now: START,
            head,
            door,
            channel_key: template.channel_key.clone(),
            backups: Vec::new(),
            sites: Vec::new(),
            machines: Vec::new(),
            flights: Vec::new(),
            orders: BTreeMap::new(),
            receipts: BTreeMap::new(),
            rotten: BTreeSet::new(),
            silent: None,
            coverage: Coverage::default(),
            hash: 0,
            requests: 0,
            // Apart from what the first step makes.
            made: 128,
            quiet: false,
            trace: traces.then(Vec::new),
            noted: BTreeMap::new(),
            folder: template::scratch()?,
            folders: 0,
            spots: Vec::new(),
            options,
        };
        for place in 0..world.options.shops {
            world.open_shop(template, place).await?;
        }
        Ok(world)
    }

    async fn open_shop(&mut self, template: &Template, place: usize) -> anyhow::Result<()> {
        let folder = self.new_folder();
        template.copy_shop(place, &folder)?;
        let seed = mix(self.options.seed ^ mix(place as u64));
        let mut machine = Machine::new(place, folder, seed, &self.door);
        machine.start(self.now).await?;
        self.machines.push(machine);
        let stock = self.options.stock;
        self.sites.push(Site {
            shelf: [stock; VARIANTS],
            boxes: BTreeMap::new(),
            excused: [0; VARIANTS],
            owed: BTreeMap::new(),
            machine: self.machines.len() - 1,
            old: Vec::new(),
            tills: std::array::from_fn(|_| Till::default()),
            link: Link::default(),
            forked: false,
            truth: None,
            given_up: false,
        });
        self.opening(place).await
    }

    /// A folder that no machine has yet.
    pub(crate) fn new_folder(&mut self) -> PathBuf {
        self.folders += 1;
        self.folder.path().join(self.folders.to_string())
    }

    /// A new id of this step.
    pub(crate) fn id(&mut self) -> Uuid {
        self.made = self.made.wrapping_add(1);
        made(self.step + 1, self.made)
    }

    pub(crate) fn begin_step(&mut self, step: u64) {
        (self.step, self.made) = (step, 0);
    }

    /// Whether a fault that happens so often in a thousand happens now; counted when it does.
    pub(crate) fn strikes(&mut self, fault: Fault, per_mille: u64) -> bool {
        if !self.may(fault) || !self.rng.chance(per_mille) {
            return false;
        }
        self.fires(fault);
        true
    }

    /// Counts a fault that happens.
    pub(crate) fn fires(&mut self, fault: Fault) {
        self.coverage.fired(fault);
        self.say(|| format!("FAULT {}", fault.code()));
    }

    /// Whether a fault may happen in this run.
    pub(crate) fn may(&self, fault: Fault) -> bool {
        !self.quiet && !self.options.without.contains(&fault)
    }

    /// A line of the trace.
    pub(crate) fn say(&mut self, line: impl FnOnce() -> String) {
        if let Some(trace) = &mut self.trace {
            trace.push(format!("{:>5}  {}", self.step, line()));
        }
    }

    /// Takes something into the hash that must repeat.
    pub(crate) fn note(&mut self, number: u64) {
        self.hash = mix(self.hash ^ number);
    }

    pub(crate) fn note_bytes(&mut self, bytes: &[u8]) {
        let folded = bytes
            .iter()
            .fold(0_u64, |sum, byte| sum.wrapping_mul(31) ^ u64::from(*byte));
        self.note(folded);
    }

    /// An answer of the cloud; of a problem its code, because each carries the number of its request.
    pub(crate) fn note_answer(&mut self, status: u16, body: &[u8]) {
        self.note(u64::from(status));
        if status < 400 {
            self.note_bytes(body);
            return;
        }
        let problem: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let code = problem["code"].as_str().unwrap_or_default();
        self.note_bytes(code.as_bytes());
    }

    /// What is not as it must be.
    pub(crate) fn broken<T>(
        &self,
        rule: &'static str,
        detail: impl Into<String>,
    ) -> anyhow::Result<T> {
        Err(Violation {
            step: self.step,
            rule,
            detail: detail.into(),
        }
        .into())
    }

    /// Units in the hands of customers whose sale nobody has confirmed; not those of one till.
    pub(crate) fn in_hand(&self, place: usize, variant: usize, but: Option<usize>) -> i64 {
        let tills = self.sites[place].tills.iter().enumerate();
        tills
            .filter(|(till, _)| Some(*till) != but)
            .filter_map(|(_, till)| till.pending.as_ref())
            .flat_map(|basket| &basket.lines)
            .filter(|(of, _)| *of == variant)
            .map(|(_, quantity)| *quantity)
            .sum()
    }

    /// Units of a variant that the books may have too many, for reasons outside the protocol.
    pub(crate) fn slack(&self, place: usize, variant: usize, books: &Books) -> i64 {
        let site = &self.sites[place];
        let owed: i64 = site
            .owed
            .iter()
            .filter(|(_, (of, _))| *of == variant)
            .filter(|(id, _)| {
                let pick = books.picks.get(id);
                pick.is_none_or(|pick| pick.state != "cancelled")
            })
            .map(|(_, (_, units))| *units)
            .sum();
        site.excused[variant] + owed
    }

    /// The number of the machine that serves a shop.
    pub(crate) fn serves(&self, place: usize) -> usize {
        self.sites[place].machine
    }

    /// What stands in a machine's file.
    pub(crate) fn books(&self, machine: usize) -> anyhow::Result<Books> {
        super::audit::books(&self.machines[machine].folder)
    }

    /// The clocks of the cloud and of all machines show what they believe now.
    pub(crate) fn tick(&mut self, now: i64) {
        self.now = now;
        self.head
            .clock
            .set(Timestamp::from_millisecond(now).unwrap_or_default());
        for machine in &self.machines {
            machine.tick(now);
        }
    }

    /// Ends everything, so that nothing of it stays.
    pub(crate) async fn close(mut self) -> anyhow::Result<Self> {
        for machine in &mut self.machines {
            machine.stop().await;
        }
        self.head.end();
        for backup in std::mem::take(&mut self.backups) {
            self.head.cluster().remove(&backup).await?;
        }
        self.head.cluster().remove(self.head.name()).await?;
        Ok(self)
    }
}
