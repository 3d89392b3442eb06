//! The mutants of the protocol: what must be found, and by which check.

use super::check::{DUPLICATE, LOST, NEGATIVE, NOT_CONSERVED, OVERSELL};
use super::configuration::{Configuration, DURABILITY, TRANSFERS_AND_PITR};
use super::rules::Flaw;

pub mod extended;

/// A way to break the protocol that the checker must find.
#[derive(Debug, Clone, Copy)]
pub struct Mutant {
    /// What is wrong with it, in words.
    pub name: &'static str,
    /// The rules that it breaks; the first gives it away.
    pub flaws: &'static [Flaw],
    /// Where it shows.
    pub configuration: Configuration,
    /// What shows.
    pub expected: &'static str,
}

const fn mutant(
    name: &'static str,
    flaws: &'static [Flaw],
    configuration: Configuration,
    expected: &'static str,
) -> Mutant {
    Mutant {
        name,
        flaws,
        configuration,
        expected,
    }
}

/// Mutants of the transfer of rights, of durability and of recovery; the last two are faults of the environment that no
/// software can survive (sync.md 2.15, T4).
pub const CLASSIC: [Mutant; 19] = {
    use Flaw::{
        AckBeforeCommit, AmountsUnchecked, BookedPerEpoch, Clone, CloudContinues, CloudOverdraws,
        DeadEpochCounts, EnrolFromMirror, GrantTimesOut, GrantedTwiceTwice, HandOverBeforeFsync,
        HashIgnored, IncarnationIgnored, Lease, NoReplacement, NoWitness, PushedTwiceTwice,
        RebaseUnlogged, ReplaySkips, RestoreContinues, RestoreWhenSynced, TillsIgnoreFence,
    };
    const AT: Configuration = TRANSFERS_AND_PITR;
    [
        mutant(
            "no up-dedupe by seq",
            &[PushedTwiceTwice],
            AT,
            NOT_CONSERVED,
        ),
        mutant(
            "no unique event id across epochs",
            &[BookedPerEpoch],
            AT,
            DUPLICATE,
        ),
        mutant(
            "no down-dedupe by cursor",
            &[GrantedTwiceTwice],
            AT,
            NEGATIVE,
        ),
        mutant(
            "grant cancelled on time-out",
            &[GrantTimesOut],
            AT,
            NOT_CONSERVED,
        ),
        mutant("rights reclaimed by lease", &[Lease], AT, NOT_CONSERVED),
        mutant(
            "node backup restored and just continued",
            &[RestoreContinues],
            AT,
            NOT_CONSERVED,
        ),
        mutant(
            "seq reuse after restore, hash not compared",
            &[
                HashIgnored,
                RestoreContinues,
                RestoreWhenSynced,
                NoWitness,
                NoReplacement,
                AmountsUnchecked,
            ],
            AT,
            LOST,
        ),
        mutant(
            "re-enrol from mirror instead of count",
            &[EnrolFromMirror],
            AT,
            NOT_CONSERVED,
        ),
        mutant(
            "dead epoch still has effects",
            &[DeadEpochCounts],
            AT,
            NOT_CONSERVED,
        ),
        mutant(
            "hand-over before fsync",
            &[HandOverBeforeFsync, NoWitness, AmountsUnchecked],
            DURABILITY,
            LOST,
        ),
        mutant(
            "ack before cloud commit",
            &[AckBeforeCommit, NoWitness],
            DURABILITY,
            LOST,
        ),
        mutant("no witness + disk loss", &[NoWitness], AT, LOST),
        mutant(
            "cloud may go below its rights",
            &[CloudOverdraws],
            AT,
            NOT_CONSERVED,
        ),
        mutant(
            "cloud restored from backup, just continued",
            &[CloudContinues],
            AT,
            NOT_CONSERVED,
        ),
        mutant(
            "PITR without new incarnation on grants",
            &[IncarnationIgnored],
            AT,
            NOT_CONSERVED,
        ),
        mutant(
            "re-base not logged (lost by replay)",
            &[RebaseUnlogged],
            AT,
            NOT_CONSERVED,
        ),
        mutant(
            "witness replay skips records",
            &[ReplaySkips],
            AT,
            NOT_CONSERVED,
        ),
        mutant(
            "FAULT replaced node still serves tills",
            &[TillsIgnoreFence],
            AT,
            OVERSELL,
        ),
        mutant("FAULT disk image cloned, both sell", &[Clone], AT, OVERSELL),
    ]
};
