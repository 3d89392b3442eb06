//! What goes wrong in the world, and what is counted so that nothing goes untested.
use std::collections::BTreeMap;

macro_rules! list {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident => $code:literal,)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)+ }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The name on the command line and in reports.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The one of that name.
            #[must_use]
            pub fn by_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.code() == code)
            }
        }
    };
}
pub(crate) use list;

list! {
    /// A fault: of the network, a disk, a clock, a machine, the cloud or a person.
    Fault {
        /// A message never arrives.
        Loss => "loss",
        /// It arrives twice.
        Duplicate => "duplicate",
        /// It arrives after later ones.
        Reorder => "reorder",
        /// It arrives days later.
        LongDelay => "long-delay",
        /// Only its beginning arrives.
        Truncation => "truncation",
        /// Some of its bytes change.
        Corruption => "corruption",
        /// A shop cannot reach the cloud.
        Partition => "partition",
        /// Requests arrive, answers do not.
        HalfOpen => "half-open",
        /// Somebody else's page is the answer.
        CaptivePortal => "captive-portal",
        /// A shop is away for 60 days.
        DarkBranch => "dark-branch",
        /// All shops come back at once.
        ThunderingHerd => "thundering-herd",
        /// The process ends before its write is on disk.
        CrashBeforeWrite => "crash-before-write",
        /// It ends after the write and before the answer.
        CrashAfterWrite => "crash-after-write",
        /// A write that the system had taken, and that a power cut took back.
        LostWrite => "lost-write",
        /// The disk does not confirm a write: the node goes read-only.
        SyncError => "sync-error",
        /// No room on the disk.
        DiskFull => "disk-full",
        /// A stored byte changes.
        BitRot => "bit-rot",
        /// An earlier copy of the disk is put back.
        Restore => "restore",
        /// A copy of the disk starts on another machine.
        CloneElsewhere => "clone-elsewhere",
        /// A copy of the disk starts where nothing tells it apart.
        CloneSame => "clone-same",
        /// The disk is gone.
        DiskDies => "disk-dies",
        /// It is found again.
        OldDiskFound => "old-disk-found",
        /// The shop was given up, and its old node is still alive.
        OldNodeAlive => "old-node-alive",
        /// A till that has not heard of the replacement talks to the old node.
        StaleTill => "stale-till",
        /// The clock jumps by up to ten years.
        ClockJump => "clock-jump",
        /// The clock runs too fast or too slow.
        ClockDrift => "clock-drift",
        /// The clock stands still.
        ClockFrozen => "clock-frozen",
        /// The cloud ends before it commits.
        CloudCrashBefore => "cloud-crash-before",
        /// The cloud ends after its commit and before its answer.
        CloudCrashAfter => "cloud-crash-after",
        /// The cloud comes back from a backup.
        CloudRestore => "cloud-restore",
        /// A body that nobody can read.
        PoisonBody => "poison-body",
        /// A header that nobody can read.
        UnreadableHeader => "unreadable-header",
        /// An event of a version that the cloud does not know yet.
        UnknownVersion => "unknown-version",
        /// A command that the node does not know yet.
        UnknownCommand => "unknown-command",
        /// The same sale is sent twice.
        DoubleClick => "double-click",
        /// Another sale is sent under the same id.
        TwoTabs => "two-tabs",
        /// The payment provider says the same twice.
        DoubleWebhook => "double-webhook",
        /// A payment comes after the hold has ended.
        LatePayment => "late-payment",
        /// A unit leaves without anybody knowing.
        Theft => "theft",
        /// A goods receipt says ten times what came.
        ReceiptTypo => "receipt-typo",
        /// A count is wrong.
        Miscount => "miscount",
        /// A picker does not find what is there, or what is not.
        ShortPick => "short-pick",
        /// A supervisor sells what may be promised.
        Override => "override",
    }
}

/// How often what happened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage {
    faults: BTreeMap<Fault, u64>,
    edges: BTreeMap<String, u64>,
}

impl Coverage {
    pub(crate) fn fired(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub(crate) fn taken(&mut self, edge: &str) {
        if let Some(count) = self.edges.get_mut(edge) {
            *count += 1;
        } else {
            self.edges.insert(edge.to_owned(), 1);
        }
    }

    /// Takes another run's figures in.
    pub fn add(&mut self, other: &Self) {
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        for (edge, count) in &other.edges {
            *self.edges.entry(edge.clone()).or_default() += count;
        }
    }

    /// Each fault with its count; 0 for one that never fired.
    pub fn faults(&self) -> impl Iterator<Item = (Fault, u64)> + '_ {
        let count = |fault: &Fault| self.faults.get(fault).copied().unwrap_or(0);
        Fault::ALL.iter().map(move |fault| (*fault, count(fault)))
    }

    /// Each step of a state machine that was taken, with its count.
    pub fn edges(&self) -> impl Iterator<Item = (&str, u64)> + '_ {
        self.edges
            .iter()
            .map(|(edge, count)| (edge.as_str(), *count))
    }
}
