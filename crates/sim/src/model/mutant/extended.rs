//! The mutants of what a shop, its orders and a second location add.

use super::super::check::{
    BOUND_TOO_HIGH, BOUND_TOO_LOW, DEBT, NOT_A_FOLD, NOT_CONSERVED, OVERSELL, SET_APART_GONE,
};
use super::super::configuration::{
    BOTH_LOST, CLOUD_RESTORED, DEBTS, ORDERS, OVERRIDES, REPLACEMENT, RESTORED, SET_APART, SHELF,
    TWO_LOCATIONS,
};
use super::super::rules::Flaw;
use super::{Mutant, mutant};
/// Mutants of what a shop, its orders and a second location add.
pub const ALL: [Mutant; 47] = {
    use Flaw::{
        BorrowCreditedTwice, BreakAtOnce, CancelAtOnce, CancelLowersClaimBound, ClaimAfterExpiry,
        CountForgetsSales, CountIgnoresClaims, CountIncludesPicked, CreditIgnoresDebt,
        CreditUnlogged, EnrolFromMirror, EnrolWhileFrozen, EpochReused, ExpiryLowersClaimBound,
        FenceReleases, FoundDespiteClaims, FoundWhilePicked, FoundWhileUnsellable,
        GrantOutlivesEpoch, GrantWithoutDebit, OldPicksTrusted, OldRightsTrusted,
        OverrideLowersClaimBound, OverrideUncounted, PaidOrderExpires, PickElsewhere,
        PickKeepsClaimBound, PickUncounted, RebaseForgetsPromised, RebaseForgetsTasks,
        RebaseKeepsRights, ReceivedAsShipped, ReleaseUncounted, RestoreContinues,
        ReturnKeepsClaimBound, ReturnWithoutDebit, SettledUntold, ShippedWithoutDebit,
        ShortageForgotten, SnapshotCountsVoidGrants, SnapshotForgetsGrants,
        SnapshotForgetsPromised, SnapshotForgetsRights, TaskLowersClaimBound, TaskTakenAgain,
        UnpickCreditsBoth, UnpickUnseen,
    };
    [
        mutant(
            "claim_bound lowered by a cancellation",
            &[CancelLowersClaimBound],
            ORDERS,
            BOUND_TOO_LOW,
        ),
        mutant(
            "claim_bound lowered by an expiry",
            &[ExpiryLowersClaimBound],
            ORDERS,
            BOUND_TOO_LOW,
        ),
        mutant(
            "claim_bound lowered by a pick task",
            &[TaskLowersClaimBound],
            ORDERS,
            BOUND_TOO_LOW,
        ),
        mutant(
            "claim_bound not lowered by a pick",
            &[PickKeepsClaimBound],
            ORDERS,
            BOUND_TOO_HIGH,
        ),
        mutant(
            "claim_bound not raised by a return",
            &[ReturnKeepsClaimBound],
            ORDERS,
            BOUND_TOO_LOW,
        ),
        mutant(
            "paid order cancelled at the cloud alone",
            &[CancelAtOnce],
            ORDERS,
            NOT_CONSERVED,
        ),
        mutant(
            "paid order expires and gives the right back",
            &[PaidOrderExpires],
            ORDERS,
            NOT_CONSERVED,
        ),
        mutant(
            "order claimed after its hold expired, no new right",
            &[ClaimAfterExpiry],
            ORDERS,
            NOT_CONSERVED,
        ),
        mutant(
            "un-pick credits node and cloud",
            &[UnpickCreditsBoth],
            ORDERS,
            NOT_CONSERVED,
        ),
        mutant(
            "return answered without debiting",
            &[ReturnWithoutDebit],
            ORDERS,
            NOT_CONSERVED,
        ),
        mutant(
            "un-pick of a unit that nobody looked for",
            &[UnpickUnseen],
            REPLACEMENT,
            NOT_CONSERVED,
        ),
        mutant(
            "a picked unit taken for a found one",
            &[FoundWhilePicked],
            SET_APART,
            OVERSELL,
        ),
        mutant(
            "an ungraded unit taken for a found one",
            &[FoundWhileUnsellable],
            SET_APART,
            SET_APART_GONE,
        ),
        mutant(
            "count includes the picked units",
            &[CountIncludesPicked],
            SET_APART,
            NOT_CONSERVED,
        ),
        mutant(
            "found although claim_bound > 0",
            &[FoundDespiteClaims],
            SHELF,
            NOT_CONSERVED,
        ),
        mutant(
            "count ignores claim_bound",
            &[CountIgnoresClaims],
            SHELF,
            NOT_CONSERVED,
        ),
        mutant(
            "count forgets what was sold meanwhile",
            &[CountForgetsSales],
            SHELF,
            NOT_CONSERVED,
        ),
        mutant(
            "short count without debt",
            &[ShortageForgotten],
            SHELF,
            NOT_CONSERVED,
        ),
        mutant(
            "borrow answered without debiting",
            &[GrantWithoutDebit],
            SHELF,
            NOT_CONSERVED,
        ),
        mutant(
            "borrowed unit credited from reply and stream",
            &[BorrowCreditedTwice],
            SHELF,
            NOT_CONSERVED,
        ),
        mutant(
            "grant credited outside the log",
            &[CreditUnlogged],
            SHELF,
            NOT_A_FOLD,
        ),
        mutant(
            "override without its own counter",
            &[OverrideUncounted],
            OVERRIDES,
            NOT_CONSERVED,
        ),
        mutant(
            "override lowers claim_bound",
            &[OverrideLowersClaimBound],
            OVERRIDES,
            BOUND_TOO_LOW,
        ),
        mutant("grant does not pay debt", &[CreditIgnoresDebt], DEBTS, DEBT),
        mutant(
            "debt settled without telling the node",
            &[SettledUntold],
            OVERRIDES,
            NOT_CONSERVED,
        ),
        mutant(
            "promise broken at the cloud alone",
            &[BreakAtOnce],
            OVERRIDES,
            NOT_CONSERVED,
        ),
        mutant(
            "grant honoured by the fenced epoch's successor",
            &[GrantOutlivesEpoch],
            REPLACEMENT,
            BOUND_TOO_LOW,
        ),
        mutant(
            "snapshot counts void grants",
            &[SnapshotCountsVoidGrants],
            REPLACEMENT,
            BOUND_TOO_HIGH,
        ),
        mutant(
            "snapshot forgets grants to the new epoch",
            &[SnapshotForgetsGrants],
            REPLACEMENT,
            BOUND_TOO_LOW,
        ),
        mutant(
            "snapshot forgets promised units",
            &[SnapshotForgetsPromised],
            REPLACEMENT,
            BOUND_TOO_LOW,
        ),
        mutant(
            "snapshot forgets unsold rights",
            &[SnapshotForgetsRights],
            REPLACEMENT,
            BOUND_TOO_LOW,
        ),
        mutant(
            "new node keeps the rights of the dead one",
            &[EnrolFromMirror],
            REPLACEMENT,
            NOT_CONSERVED,
        ),
        mutant(
            "fence frees what was being cancelled",
            &[FenceReleases],
            REPLACEMENT,
            NOT_CONSERVED,
        ),
        mutant(
            "new node releases before it has counted",
            &[ReleaseUncounted],
            REPLACEMENT,
            NOT_CONSERVED,
        ),
        mutant(
            "new node picks before it has counted",
            &[PickUncounted],
            REPLACEMENT,
            NOT_CONSERVED,
        ),
        mutant(
            "restored node continues with orders open",
            &[RestoreContinues],
            RESTORED,
            NOT_CONSERVED,
        ),
        mutant(
            "PITR: promised orders not subtracted",
            &[RebaseForgetsPromised],
            CLOUD_RESTORED,
            NOT_CONSERVED,
        ),
        mutant(
            "PITR: rights kept as restored",
            &[RebaseKeepsRights],
            CLOUD_RESTORED,
            NOT_CONSERVED,
        ),
        mutant(
            "PITR: tasks of the lost future forgotten",
            &[RebaseForgetsTasks],
            CLOUD_RESTORED,
            NOT_CONSERVED,
        ),
        mutant(
            "a repeated pick task is picked again",
            &[TaskTakenAgain],
            CLOUD_RESTORED,
            NOT_CONSERVED,
        ),
        mutant(
            "restored cloud enrols before it has fenced",
            &[EnrolWhileFrozen],
            BOTH_LOST,
            NOT_CONSERVED,
        ),
        mutant(
            "restored cloud gives an epoch again",
            &[EpochReused],
            BOTH_LOST,
            BOUND_TOO_HIGH,
        ),
        mutant(
            "cloud and node lost: known picks believed",
            &[OldPicksTrusted],
            BOTH_LOST,
            SET_APART_GONE,
        ),
        mutant(
            "cloud and node lost: rights kept as restored",
            &[OldRightsTrusted],
            BOTH_LOST,
            NOT_CONSERVED,
        ),
        mutant(
            "debited at one location, picked at the other",
            &[PickElsewhere],
            TWO_LOCATIONS,
            NOT_CONSERVED,
        ),
        mutant(
            "unit shipped without a debit",
            &[ShippedWithoutDebit],
            TWO_LOCATIONS,
            NOT_CONSERVED,
        ),
        mutant(
            "received as shipped, not as it came",
            &[ReceivedAsShipped],
            TWO_LOCATIONS,
            NOT_CONSERVED,
        ),
    ]
};
