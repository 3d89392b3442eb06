//! One line per situation: what is held, what is pushed, what is decided.
use super::{Decision, Offer, Place, Status, decide};
use crate::{
    batch::Opened,
    event::{
        Hash, Record,
        tests::{body, header},
    },
};

/// A log of events 1 to 9; its hashes by number, from 0.
fn log() -> (Vec<Opened>, Vec<Hash>) {
    let mut hashes = vec![Hash::GENESIS];
    let opened = (1..=9)
        .map(|seq| {
            let header = header(seq, hashes[hashes.len() - 1]);
            let record = Record::seal(&header, &body());
            hashes.push(record.hash);
            Opened {
                seq,
                header: Ok(header),
                record,
            }
        })
        .collect();
    (opened, hashes)
}

/// A cloud that holds `held` events gets events `from..=to` of the same log; `change` spoils something.
fn outcome(
    held: usize,
    from: usize,
    to: usize,
    change: impl FnOnce(&mut Place, &mut Offer),
) -> Decision {
    let (opened, hashes) = log();
    let mut place = Place {
        epoch: 2,
        status: Status::Active,
        last_seq: i64::try_from(held).unwrap(),
        last_hash: hashes[held],
        incarnation: 3,
        frozen: false,
    };
    let mut offer = Offer {
        epoch: 2,
        first_seq: i64::try_from(from).unwrap(),
        prev: Some(hashes[from - 1]),
        acked_seq: place.last_seq.min(5),
        incarnation: 3,
    };
    change(&mut place, &mut offer);
    decide(&place, &offer, &opened[from - 1..to])
}

#[test]
fn what_is_taken_of_a_push() {
    let hashes = log().1;
    for (held, from, to, expected) in [
        (0, 1, 5, Decision::Take { from: 0 }),
        (5, 6, 9, Decision::Take { from: 0 }),
        (5, 6, 5, Decision::Take { from: 0 }), // a heartbeat
        (5, 1, 5, Decision::Take { from: 5 }), // everything again
        (5, 3, 9, Decision::Take { from: 3 }), // half of it again
        (
            5,
            1,
            3,
            Decision::Compare {
                seq: 3,
                hash: hashes[3],
            },
        ),
        (
            5,
            4,
            3,
            Decision::Compare {
                seq: 3,
                hash: hashes[3],
            },
        ), // a heartbeat of a node that went back
        (5, 1, 0, Decision::Take { from: 0 }), // or lost everything
        (5, 7, 9, Decision::Gap { expected: 6 }),
        (0, 2, 1, Decision::Gap { expected: 1 }),
    ] {
        assert_eq!(
            outcome(held, from, to, |_, _| ()),
            expected,
            "{held} held, {from}..={to}"
        );
    }
}

#[test]
fn another_history_is_a_fork() {
    let other = |place: &mut Place, _: &mut Offer| place.last_hash = Hash([9; 32]);
    for (held, from, to) in [(5, 6, 9), (5, 3, 9), (5, 6, 5)] {
        assert_eq!(
            outcome(held, from, to, other),
            Decision::Fork { seq: 5 },
            "{held} held, {from}..={to}"
        );
    }
    let old_node = |place: &mut Place, offer: &mut Offer| {
        place.last_hash = Hash([9; 32]);
        offer.prev = None;
    };
    assert_eq!(outcome(5, 6, 9, old_node), Decision::Fork { seq: 5 });
}

#[test]
fn a_dead_epoch_goes_to_salvage() {
    assert_eq!(
        outcome(5, 6, 9, |_, offer| offer.epoch = 1),
        Decision::Salvage
    );
    for status in [Status::Fenced, Status::FencedFork, Status::Retired] {
        assert_eq!(
            outcome(5, 6, 9, |place, _| place.status = status),
            Decision::Salvage
        );
    }
}

#[test]
fn a_cloud_that_was_restored_notices() {
    // The node was acknowledged more than the cloud holds.
    assert_eq!(
        outcome(5, 8, 9, |_, offer| offer.acked_seq = 7),
        Decision::WentBack { beyond: 3 }
    );
    // It knows of a later incarnation, or of a later epoch of itself.
    assert_eq!(
        outcome(5, 6, 9, |_, offer| offer.incarnation = 4),
        Decision::WentBack { beyond: 4 }
    );
    assert_eq!(
        outcome(5, 6, 9, |_, offer| offer.epoch = 3),
        Decision::WentBack { beyond: 3 }
    );
}

#[test]
fn a_node_rebases_before_anything_is_taken() {
    assert_eq!(
        outcome(5, 6, 9, |_, offer| offer.incarnation = 2),
        Decision::Rebase
    );
    let forgotten = |incarnation| {
        move |place: &mut Place, offer: &mut Offer| {
            place.frozen = true;
            (offer.epoch, offer.incarnation) = (3, incarnation);
        }
    };
    assert_eq!(outcome(5, 6, 9, forgotten(2)), Decision::Rebase);
    assert_eq!(outcome(5, 6, 9, forgotten(3)), Decision::Adopt { epoch: 3 });
}
