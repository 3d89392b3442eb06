//! The rules of the protocol, and the ways in which a mutant breaks them.

/// One way to break the protocol, or a misfortune that it does not claim to survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Flaw {
    /// Accept books every event of a push, also those below `last_seq`.
    PushedTwiceTwice,
    /// An event id may be booked again in another epoch.
    BookedPerEpoch,
    /// A node takes a message below its cursor again.
    GrantedTwiceTwice,
    /// The hash of a repeated number is not compared.
    HashIgnored,
    /// Goods leave before the sale is on disk.
    HandOverBeforeFsync,
    /// A restored backup just continues.
    RestoreContinues,
    /// A backup is restored only when the cloud has everything.
    RestoreWhenSynced,
    /// A grant that takes long is cancelled.
    GrantTimesOut,
    /// A new node takes its rights from the cloud's mirror instead of a count.
    EnrolFromMirror,
    /// Rights of a silent node go back to the cloud after a while.
    Lease,
    /// Events of a fenced epoch still move rights.
    DeadEpochCounts,
    /// No second copy of the log.
    NoWitness,
    /// The disk can be cloned and both run.
    Clone,
    /// A clone finds out that it is on other hardware and does not sell.
    CloneNotices,
    /// The cloud may promise units for which it holds no right.
    CloudOverdraws,
    /// The cloud acknowledges before it has committed.
    AckBeforeCommit,
    /// Nobody replaces a node.
    NoReplacement,
    /// Tills still use the replaced node.
    TillsIgnoreFence,
    /// A cloud restored from a backup just continues.
    CloudContinues,
    /// A grant of the lost future is taken.
    IncarnationIgnored,
    /// The step to a new incarnation is not an event.
    RebaseUnlogged,
    /// The replay from the witness leaves out sales.
    ReplaySkips,
    /// A credit of rights is not an event.
    CreditUnlogged,

    /// Not of the protocol but of the check: only promises and bookings are judged, so that a mutant shows what it does
    /// to people and not first what it does to the accounts.
    AmountsUnchecked,

    /// Cancelling lowers `claim_bound` although the unit stays the cloud's.
    CancelLowersClaimBound,
    /// Expiry is told to the node, which lowers `claim_bound`.
    ExpiryLowersClaimBound,
    /// Taking a pick task, not the pick, lowers `claim_bound`.
    TaskLowersClaimBound,
    /// The pick does not lower `claim_bound`.
    PickKeepsClaimBound,
    /// A return does not raise `claim_bound`.
    ReturnKeepsClaimBound,
    /// A paid order is cancelled at the cloud alone: its unit is free at once.
    CancelAtOnce,
    /// A promise is broken at the cloud alone: its unit is free at once.
    BreakAtOnce,
    /// A paid order expires like a hold.
    PaidOrderExpires,
    /// An order whose hold expired is claimed without a new right.
    ClaimAfterExpiry,
    /// Putting a picked unit back credits the node and the cloud.
    UnpickCreditsBoth,
    /// A picked unit is put back in the books without a look whether it is there.
    UnpickUnseen,
    /// A task that comes again is picked again.
    TaskTakenAgain,
    /// A unit is found although the cloud may claim it.
    FoundDespiteClaims,
    /// A picked unit counts as found.
    FoundWhilePicked,
    /// An ungraded unit counts as found.
    FoundWhileUnsellable,
    /// A count ignores what the cloud may claim.
    CountIgnoresClaims,
    /// A count includes the picked units.
    CountIncludesPicked,
    /// A count forgets what was sold while it went on.
    CountForgetsSales,
    /// A count below the claims makes no debt.
    ShortageForgotten,
    /// A grant leaves the cloud's rights as they are.
    GrantWithoutDebit,
    /// A return leaves the node's rights as they are.
    ReturnWithoutDebit,
    /// A borrowed unit is credited from the reply and again from the stream.
    BorrowCreditedTwice,
    /// An override is booked like a sale from nothing, without debt.
    OverrideUncounted,
    /// An override lowers `claim_bound` at the node.
    OverrideLowersClaimBound,
    /// A grant does not pay debt.
    CreditIgnoresDebt,
    /// The cloud settles by giving up a right without telling the node.
    SettledUntold,
    /// A new node starts where the dead one stopped reading and takes its grants.
    GrantOutlivesEpoch,
    /// The snapshot counts grants that the fence voided.
    SnapshotCountsVoidGrants,
    /// The snapshot forgets grants to the new epoch.
    SnapshotForgetsGrants,
    /// The snapshot forgets promised units.
    SnapshotForgetsPromised,
    /// The snapshot forgets the cloud's unsold rights.
    SnapshotForgetsRights,
    /// A fence frees the units of the orders that are being cancelled.
    FenceReleases,
    /// A new node releases the unit of an order that its predecessor may have picked.
    ReleaseUncounted,
    /// A new node picks for an order that its predecessor may have picked, before it has counted.
    PickUncounted,
    /// A restored cloud gives the epoch that follows the last one it knows.
    EpochReused,
    /// A restored cloud enrols a node before the one that it has forgotten was fenced.
    EnrolWhileFrozen,
    /// A restored cloud whose node is lost as well keeps its rights as restored.
    OldRightsTrusted,
    /// A restored cloud whose node is lost as well believes the picks that it knows of.
    OldPicksTrusted,
    /// Re-basing gives the cloud everything up to `claim_bound`, also what is promised.
    RebaseForgetsPromised,
    /// Re-basing keeps the cloud's rights as restored.
    RebaseKeepsRights,
    /// Re-basing forgets the pick tasks of the lost future, which the node still has.
    RebaseForgetsTasks,
    /// An order is debited at one location and picked at the other.
    PickElsewhere,
    /// A unit is shipped to the other location without a debit.
    ShippedWithoutDebit,
    /// The receiver books what was shipped, not what came.
    ReceivedAsShipped,
}

/// The protocol, or a mutant of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rules(u128);

impl Rules {
    /// The rules, broken in these ways.
    pub fn broken(flaws: &[Flaw]) -> Self {
        Self(flaws.iter().fold(0, |all, flaw| all | 1 << *flaw as u8))
    }

    /// Whether they are broken in this way.
    pub const fn have(self, flaw: Flaw) -> bool {
        self.0 >> flaw as u8 & 1 == 1
    }
}
