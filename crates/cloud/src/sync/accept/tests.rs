use uuid::Uuid;
use wire::batch::Reply;
use wire::event::{Hash, Header, Hlc, Record};

use super::{Decision, NodeState, Opened, Stream, decide};

/// A log of `events` events; its hashes by number, from 0.
fn log(events: i64) -> (Vec<Opened>, Vec<Hash>) {
    let mut hashes = vec![Hash::GENESIS];
    let opened = (1..=events).map(|seq| {
        let header = Header {
            v: 1,
            node: Uuid::nil(),
            epoch: 1,
            seq,
            id: Uuid::nil(),
            kind: "sale.closed".to_owned(),
            ver: 1,
            hlc: Hlc::default(),
            at: jiff::Timestamp::UNIX_EPOCH,
            clock_behind_ms: 0,
            business_date: jiff::civil::date(2026, 3, 2),
            location: Uuid::nil(),
            register: None,
            staff: None,
            aggregate: Uuid::nil(),
            moves: Vec::new(),
            claims: Vec::new(),
            money: Vec::new(),
            prev: hashes[hashes.len() - 1],
        };
        let record = Record::seal(&header, &seq);
        hashes.push(record.hash);
        Opened { header, record }
    });
    let opened: Vec<Opened> = opened.collect();
    (opened, hashes)
}

/// A cloud that holds `held` events gets events `from..=to` of the same log.
fn outcome(
    held: usize,
    from: usize,
    to: usize,
    change: impl FnOnce(&mut Stream, &mut NodeState),
) -> String {
    let (opened, hashes) = log(9);
    let mut stream = Stream {
        location: Uuid::nil(),
        epoch: 1,
        status: "active".to_owned(),
        last_seq: i64::try_from(held).unwrap(),
        last_hash: hashes[held],
        safe_seq: 0,
        last_event_at: None,
        backlog: 0,
        incarnation: 3,
        quarantined: Vec::new(),
    };
    let mut state = NodeState {
        epoch: 1,
        boot: Uuid::nil(),
        first_seq: i64::try_from(from).unwrap(),
        head_seq: 9,
        r_cursor: 0,
        clock: jiff::Timestamp::UNIX_EPOCH,
        version: String::new(),
    };
    change(&mut stream, &mut state);
    let pushed = &opened[from - 1..to];
    match decide(&stream, &state, pushed) {
        Decision::Take { from } => format!("take {}", pushed.len() - from),
        Decision::Compare { seq, .. } => format!("compare {seq}"),
        Decision::Fork { seq } => format!("fork at {seq}"),
        Decision::Answer(Reply::Gap { expected }) => format!("gap, expected {expected}"),
        Decision::Answer(Reply::Fenced { reason, .. }) => format!("fenced: {reason}"),
        Decision::Answer(Reply::Rebase {
            incarnation,
            last_seq,
        }) => format!("rebase {incarnation} from {last_seq}"),
        Decision::Answer(other) => format!("{other:?}"),
    }
}

#[track_caller]
fn check(held: usize, from: usize, to: usize, expected: &str) {
    assert_eq!(
        outcome(held, from, to, |_, _| {}),
        expected,
        "{held} held, {from}..={to} pushed"
    );
}

#[test]
fn what_is_taken_of_a_batch() {
    check(0, 1, 5, "take 5");
    check(5, 6, 9, "take 4");
    check(5, 6, 5, "take 0"); // a heartbeat
    check(5, 1, 5, "take 0");
    check(5, 3, 9, "take 4");
    check(5, 1, 3, "compare 3");
    check(5, 7, 9, "gap, expected 6");
    check(0, 2, 1, "gap, expected 1");
}

#[test]
fn another_history_is_a_fork() {
    let other = |stream: &mut Stream, _: &mut NodeState| stream.last_hash = Hash([9; 32]);
    assert_eq!(outcome(5, 6, 9, other), "fork at 5");
    assert_eq!(outcome(5, 3, 9, other), "fork at 5");
    assert_eq!(outcome(0, 1, 3, other), "fork at 0");
}

#[test]
fn an_epoch_that_is_not_the_live_one_takes_nothing() {
    assert_eq!(
        outcome(5, 6, 9, |_, state| state.epoch = 0),
        "fenced: this epoch is over"
    );
    assert_eq!(
        outcome(5, 6, 9, |_, state| state.epoch = 2),
        "rebase 3 from 5"
    );
    let retired = |stream: &mut Stream, _: &mut NodeState| stream.status = "retired".to_owned();
    assert_eq!(outcome(5, 6, 9, retired), "fenced: this epoch is retired");
}
