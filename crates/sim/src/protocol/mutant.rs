//! Rules of the protocol that can be broken on purpose: the simulation must find each of them.
use super::fault::list;

list! {
    /// One broken rule. Each stands beside the line that keeps it.
    Mutant {
        /// The cloud books what it has booked.
        NoDedupeBySeq => "no-dedupe-by-seq",
        /// A fact is not recognised across epochs.
        NoUniqueEventId => "no-unique-event-id",
        /// A node takes a grant whenever it comes.
        NoCursorOnGrants => "no-cursor-on-grants",
        /// A grant is taken back when the node does not answer.
        GrantCancelledOnTimeout => "grant-cancelled-on-timeout",
        /// The rights of a silent node are taken back.
        LeaseReclaim => "lease-reclaim",
        /// A node that was restored from a copy goes on.
        RestoredNodeContinues => "restored-node-continues",
        /// The cloud does not compare histories.
        HashNotCompared => "hash-not-compared",
        /// A new epoch begins with the rights that the cloud thinks the node had.
        ReenrolFromMirror => "reenrol-from-mirror",
        /// Events of a dead epoch move rights.
        DeadEpochHasEffects => "dead-epoch-has-effects",
        /// The customer leaves before the sale is on disk.
        HandOverBeforeSync => "hand-over-before-sync",
        /// The cloud acknowledges before its commit.
        AckBeforeCommit => "ack-before-commit",
        /// The cloud promises what it does not have.
        CloudBelowItsRights => "cloud-below-its-rights",
        /// A restored cloud goes on.
        RestoredCloudContinues => "restored-cloud-continues",
        /// A restored cloud numbers its messages as before.
        NoIncarnation => "no-incarnation",
        /// A node follows a restored cloud without an event.
        RebaseNotLogged => "rebase-not-logged",
        /// Cancelling an order lowers what the cloud may claim.
        CancellationLowersClaims => "cancellation-lowers-claims",
        /// A unit on the pick shelf is taken for a found one.
        PickedTakenForFound => "picked-taken-for-found",
        /// A count gives the node what the cloud may claim.
        CountIgnoresClaims => "count-ignores-claims",
        /// A payment claims an order whose hold has ended.
        ExpiredHoldClaimed => "expired-hold-claimed",
        /// A paid order that is cancelled gives its right back at once.
        CancelAtOnce => "cancel-at-once",
        /// A till talks to any node that answers.
        TillForgetsEpoch => "till-forgets-epoch",
        /// The claims of a new epoch leave out what is promised.
        SnapshotWithoutPromises => "snapshot-without-promises",
        /// A restored node trusts the claims in its old file.
        RestoredClaimsTrusted => "restored-claims-trusted",
        /// A replay leaves out an event.
        ReplaySkips => "replay-skips",
        /// A node that follows a restored cloud does not say what it has still to pick.
        OpenPicksForgotten => "open-picks-forgotten",
        /// A location is opened for promises before its node has followed.
        UnfrozenTooEarly => "unfrozen-too-early",
        /// A request to borrow that is repeated borrows again.
        BorrowTwice => "borrow-twice",
        /// A fact that was booked before moves no stock.
        RepeatedFactMovesNothing => "repeated-fact-moves-nothing",
        /// A found unit is not asked about claims.
        FoundIgnoresClaims => "found-ignores-claims",
        /// An over epoch is uploaded once, also when the cloud has lost it.
        SalvageOnce => "salvage-once",
        /// A cloud does not look how far a node has read its stream.
        StreamNotCompared => "stream-not-compared",
        /// A restored cloud keeps holds that nobody has paid.
        HoldsOutliveRestore => "holds-outlive-restore",
        /// A cancellation that nobody will answer stays open after a restore.
        UnansweredCancellation => "unanswered-cancellation",
        /// Opening stock from the head office replaces a count.
        OpeningOverCount => "opening-over-count",
        /// A replay leaves out what it cannot read.
        ReplayWithoutBody => "replay-without-body",
        /// A node that went back pushes what it has written since, and tills forget what they had seen.
        RestrictedPushes => "restricted-pushes",
        /// A new epoch after a restore takes a number that the lost future has used.
        EpochReused => "epoch-reused",
        /// A cancellation that a dead node has not answered gives its right back to the cloud.
        VoidReleased => "void-released",
        /// A cancelled pick of an uncounted variant gives its right back to the cloud.
        UncountedReleased => "uncounted-released",
        /// A disk is not compared with its hashes.
        RotNotSeen => "rot-not-seen",
        /// A promise that an override has broken is not settled.
        DebtForgotten => "debt-forgotten",
    }
}
