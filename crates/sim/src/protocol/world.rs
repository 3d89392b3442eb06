//! The world: shops with their shelves, tills and nodes, the cloud, what is on its way between them, and the truth that
//! no computer in it can see.
use std::collections::BTreeMap;

use uuid::Uuid;
use wire::{
    batch::Batch,
    command::Commands,
    event::{Hash, Header},
    push::Push,
    recovery::Head,
};

use super::{
    accept::Answer,
    cloud::{Cloud, Reservation},
    counter::Basket,
    fault::{Coverage, Fault},
    ids::made,
    mutant::Mutant,
    node::{Disk, PickState},
    options::Options,
    rng::{Rng, mix},
};

/// Milliseconds of a day.
pub(crate) const DAY: i64 = 86_400_000;

/// Something that must not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// In which step.
    pub step: u64,
    /// Which rule does not hold.
    pub rule: &'static str,
    /// The figures.
    pub detail: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { step, rule, detail } = self;
        write!(f, "{rule} in step {step}: {detail}")
    }
}

impl std::error::Error for Violation {}

/// A clock that is not the truth.
#[derive(Debug, Clone, Default)]
pub(crate) struct DeviceClock {
    pub offset: i64,
    /// Parts in a million.
    pub drift: i64,
    pub frozen: Option<i64>,
}

impl DeviceClock {
    pub(crate) fn at(&self, now: i64) -> i64 {
        let runs = now + now / 1_000_000 * self.drift + self.offset;
        self.frozen.unwrap_or(runs).clamp(0, 200 * 365 * DAY)
    }
}

/// A machine with a node's file.
#[derive(Debug)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one thing that can be the matter with a machine"
)]
pub(crate) struct Device {
    pub disk: Disk,
    pub snapshots: Vec<Disk>,
    pub machine: u64,
    pub key: u64,
    pub up: bool,
    pub read_only: bool,
    pub push: Push,
    /// The cloud has confirmed since the start that it holds no more than this machine.
    pub greeted: bool,
    /// The push that is outstanding: its number, when it was sent.
    pub sent: Option<(u64, i64)>,
    pub pause: i64,
    pub clock: DeviceClock,
    /// The program knows every command.
    pub newer: bool,
    /// Nobody can read it any more.
    pub destroyed: bool,
    /// The newest event that was uploaded after its epoch was over, and the incarnation of the cloud that has it.
    pub salvaged: (i64, i64),
}

impl Device {
    pub(crate) fn new(disk: Disk, machine: u64, key: u64) -> Self {
        let push = Push::new(disk.acked);
        Self {
            disk,
            snapshots: Vec::new(),
            machine,
            key,
            up: true,
            read_only: false,
            push,
            greeted: false,
            sent: None,
            pause: 0,
            clock: DeviceClock::default(),
            newer: false,
            destroyed: false,
            salvaged: (0, 0),
        }
    }
}

/// A till: what it remembers of its node, and a sale that nobody has confirmed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Till {
    pub seen: Option<Head>,
    pub pending: Option<Basket>,
}

/// The way from a shop to the cloud.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Link {
    /// Each until then.
    pub cut: i64,
    pub half_open: i64,
    pub captive: i64,
}

/// A shop as it really is.
#[derive(Debug)]
pub(crate) struct Site {
    /// Sellable units, by variant.
    pub shelf: Vec<i64>,
    /// Units in labelled boxes, by reservation.
    pub boxes: BTreeMap<Uuid, (usize, i64)>,
    /// Units that people have made wrong: stolen, mistyped, miscounted, sold by a second copy of the node.
    pub excused: Vec<i64>,
    /// Promised units that an epoch before took from the shelf unheard, by reservation, until a count or its end.
    pub owed: BTreeMap<Uuid, (usize, i64)>,
    /// The machine that serves it.
    pub device: usize,
    /// Machines that did.
    pub old: Vec<usize>,
    pub tills: [Till; 2],
    pub link: Link,
    /// Two machines have the same history and go on.
    pub forked: bool,
    /// What the machine knew before an old copy of its disk was put back.
    pub truth: Option<Disk>,
    /// It needs a new epoch.
    pub given_up: bool,
}

impl Site {
    /// What is in boxes goes back to the shelf, but for orders that `stay`.
    pub(crate) fn unbox(&mut self, stay: impl Fn(&Uuid) -> bool) {
        let loose = &mut self.shelf;
        self.boxes.retain(|id, (variant, units)| {
            let stays = stay(id);
            if !stays {
                loose[*variant] += *units;
            }
            stays
        });
    }
}

/// A message on its way.
#[derive(Debug, Clone)]
pub(crate) struct Flight {
    pub due: i64,
    pub number: u64,
    pub device: usize,
    pub load: Load,
}

/// What is on its way.
#[derive(Debug, Clone)]
pub(crate) enum Load {
    Push(u64, Box<Batch>),
    Pull(i64),
    Answer(u64, Answer),
    Page(Commands),
    /// Something that is no answer.
    Garbage(u64),
}

/// A receipt in a customer's hand.
#[derive(Debug, Clone)]
pub(crate) struct Receipt {
    pub place: usize,
    pub total: i64,
    pub device: usize,
    /// The only copy of it was on a disk that was written over.
    pub lost: bool,
}

/// What the customer of an online order knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    Placed,
    Paid,
    Over,
}

/// Everything.
pub(crate) struct World {
    pub options: Options,
    pub seed: u64,
    pub rng: Rng,
    pub step: u64,
    pub now: i64,
    pub cloud: Cloud,
    pub backups: Vec<Cloud>,
    pub sites: Vec<Site>,
    pub devices: Vec<Device>,
    pub flights: Vec<Flight>,
    pub orders: BTreeMap<Uuid, Known>,
    pub receipts: BTreeMap<Uuid, Receipt>,
    /// Sales whose record a disk has damaged.
    pub rotten: std::collections::BTreeSet<Uuid>,
    /// What customers know of promises that a restored cloud has lost.
    pub lost: Vec<(Uuid, Reservation)>,
    /// The cloud was restored and nobody has said so.
    pub silent: bool,
    /// Headers that cannot be read, as they were meant.
    pub garbled: BTreeMap<[u8; 32], Header>,
    pub coverage: Coverage,
    pub hash: u64,
    pub requests: u64,
    pub made: u8,
    pub quiet: bool,
    pub trace: Option<Vec<String>>,
    /// Places that something has happened at.
    pub dirty: Vec<bool>,
}

impl World {
    pub(crate) fn new(options: Options, traces: bool) -> Self {
        let (shops, variants) = (options.shops, options.variants);
        let mut world = Self {
            seed: options.seed,
            rng: Rng::of(options.seed, 0),
            step: 0,
            now: 1_795_000_000_000,
            cloud: Cloud::new(shops, variants, options.mutant),
            backups: Vec::new(),
            sites: Vec::new(),
            devices: Vec::new(),
            flights: Vec::new(),
            orders: BTreeMap::new(),
            receipts: BTreeMap::new(),
            rotten: std::collections::BTreeSet::new(),
            lost: Vec::new(),
            silent: false,
            garbled: BTreeMap::new(),
            coverage: Coverage::default(),
            hash: 0,
            requests: 0,
            made: 0,
            quiet: false,
            trace: traces.then(Vec::new),
            dirty: vec![true; shops],
            options,
        };
        for place in 0..shops {
            world.open_shop(place);
        }
        world
    }

    /// A shop with goods on its shelf that the head office has told it of.
    fn open_shop(&mut self, place: usize) {
        let variants = self.options.variants;
        let machine = mix(place as u64);
        let disk = Disk::new(place, machine, 1, 1, variants);
        let key = super::cloud::key_of(place, 1);
        self.devices.push(Device::new(disk, machine, key));
        let stock = self.options.stock;
        self.sites.push(Site {
            shelf: vec![stock; variants],
            boxes: BTreeMap::new(),
            excused: vec![0; variants],
            owed: BTreeMap::new(),
            device: self.devices.len() - 1,
            old: Vec::new(),
            tills: [Till::default(), Till::default()],
            link: Link::default(),
            forked: false,
            truth: None,
            given_up: false,
        });
        let lines = (0..variants).map(|variant| wire::command::Line {
            variant: super::ids::variant_id(variant),
            quantity: stock,
        });
        let opening = wire::command::SetStock {
            reason: "opening".to_owned(),
            lines: lines.collect(),
        };
        let id = made(0, u8::try_from(place).unwrap_or(0));
        self.cloud
            .command(place, id, &wire::command::Command::Count(opening));
    }

    pub(crate) fn is(&self, mutant: Mutant) -> bool {
        self.options.mutant == Some(mutant)
    }

    /// A new id of this step.
    pub(crate) fn id(&mut self) -> Uuid {
        self.made = self.made.wrapping_add(1);
        made(self.step + 1, self.made)
    }

    /// Whether a fault that happens so often in a thousand happens now; counted when it does.
    pub(crate) fn strikes(&mut self, fault: Fault, per_mille: u64) -> bool {
        if self.quiet || self.options.without.contains(&fault) || !self.rng.chance(per_mille) {
            return false;
        }
        self.coverage.fired(fault);
        self.say(|| format!("FAULT {}", fault.code()));
        true
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

    pub(crate) fn note_hash(&mut self, hash: &Hash) {
        let mut bytes = [0; 8];
        bytes.copy_from_slice(&hash.0[..8]);
        self.note(u64::from_le_bytes(bytes));
    }

    pub(crate) fn note_text(&mut self, text: &str) {
        let folded = text
            .bytes()
            .fold(0_u64, |sum, byte| sum.wrapping_mul(31) ^ u64::from(byte));
        self.note(folded);
    }

    pub(crate) fn broken<T>(
        &self,
        rule: &'static str,
        detail: impl Into<String>,
    ) -> Result<T, Violation> {
        Err(Violation {
            step: self.step,
            rule,
            detail: detail.into(),
        })
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
    pub(crate) fn slack(&self, place: usize, variant: usize) -> i64 {
        let site = &self.sites[place];
        let picks = &self.devices[site.device].disk.picks;
        let owed: i64 = site
            .owed
            .iter()
            .filter(|(_, (of, _))| *of == variant)
            .filter(|(id, _)| {
                let pick = picks.get(id);
                pick.is_none_or(|pick| pick.state != PickState::Cancelled)
            })
            .map(|(_, (_, units))| *units)
            .sum();
        site.excused[variant] + owed
    }

    /// The time that a machine believes in.
    pub(crate) fn clock(&self, device: usize) -> i64 {
        self.devices[device].clock.at(self.now)
    }
}
