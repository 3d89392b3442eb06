use expect_test::{Expect, expect};

use super::{Outcome, Push, Step};
use crate::{
    batch::{Credit, Reply},
    event::Hash,
};

fn ack(seq: i64) -> Reply {
    Reply::Ack {
        ack_seq: seq,
        ack_hash: Hash::GENESIS,
        safe_seq: 0,
        credit: Credit {
            max_events: 100,
            ..Credit::default()
        },
        server_time: "2026-11-22T10:00:00Z".parse().unwrap(),
        quarantined: Vec::new(),
    }
}

/// A node with 10 events of which 4 are known to be at the cloud gets a reply; what does it do next?
#[track_caller]
fn check(reply: &Reply, expected: &Expect) {
    let mut push = Push::new(4);
    let outcome = push.on_reply(reply, 10);
    let next = match push.next(10) {
        Step::Send { from, credit } => format!("send from {from}, at most {}", credit.max_events),
        Step::Idle => "idle".to_owned(),
        Step::Stopped(stop) => format!("{stop:?}"),
    };
    let outcome = match outcome {
        Outcome::Acked { seq, .. } => format!("acked {seq}"),
        other => format!("{other:?}"),
    };
    expected.assert_eq(&format!("{outcome}; {next}"));
}

#[test]
fn replies() {
    check(&ack(7), &expect!["acked 7; send from 8, at most 100"]);
    check(&ack(10), &expect!["acked 10; idle"]);
    check(
        &ack(11),
        &expect![
            "Stopped; Behind { seq: 11, hash: 0000000000000000000000000000000000000000000000000000000000000000 }"
        ],
    );
    check(
        &Reply::Gap { expected: 2 },
        &expect!["Rewound; send from 2, at most 500"],
    );
    check(
        &Reply::Gap { expected: 12 },
        &expect!["Stopped; Fork { seq: 12 }"],
    );
    check(
        &Reply::Busy { retry_ms: 5 },
        &expect!["Pause(1000); send from 5, at most 500"],
    );
    check(
        &Reply::Fork { seq: 3 },
        &expect!["Stopped; Fork { seq: 3 }"],
    );
    check(
        &Reply::Upgrade { min_proto: 2 },
        &expect!["Stopped; Upgrade { min_proto: 2 }"],
    );
    check(
        &Reply::Rebase {
            incarnation: 2,
            last_seq: 1,
        },
        &expect!["Stopped; Rebase { incarnation: 2, last_seq: 1 }"],
    );
}

#[test]
fn pauses_grow_with_full_jitter_up_to_five_minutes() {
    let mut push = Push::new(0);
    let longest: Vec<i64> = (0..12)
        .map(|_| match push.on_failure(u64::MAX - 1) {
            Outcome::Pause(pause) => pause,
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(
        longest.iter().all(|pause| (250..300_000).contains(pause)),
        "{longest:?}"
    );
    let mut push = Push::new(0);
    assert_eq!(
        push.on_failure(0),
        Outcome::Pause(250),
        "never at once: others want to reconnect too"
    );
    push.on_reply(&ack(0), 0);
    assert_eq!(
        push.on_failure(999),
        Outcome::Pause(999),
        "an answer starts the pauses anew"
    );
}

#[test]
fn a_credit_out_of_bounds_is_not_believed() {
    let mut push = Push::new(0);
    let credit = Credit {
        max_events: 0,
        max_bytes: usize::MAX,
        min_interval_ms: -1,
    };
    let Reply::Ack {
        ack_seq,
        ack_hash,
        safe_seq,
        server_time,
        quarantined,
        ..
    } = ack(0)
    else {
        panic!()
    };
    push.on_reply(
        &Reply::Ack {
            ack_seq,
            ack_hash,
            safe_seq,
            credit,
            server_time,
            quarantined,
        },
        1,
    );
    let Step::Send { credit, .. } = push.next(1) else {
        panic!()
    };
    assert_eq!(
        (credit.max_events, credit.max_bytes, credit.min_interval_ms),
        (1, super::super::batch::MAX_BYTES, 0)
    );
}
