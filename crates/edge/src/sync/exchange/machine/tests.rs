use std::time::Duration;

use wire::{batch::Reply, event::Hash};

use super::{Done, Lane, Machine, Turn, View, Wake};

const VIEW: View = View {
    epoch: 1,
    last_seq: 10,
    acked: 4,
    is_behind: false,
    is_over: false,
    has_past: false,
    has_room: true,
};

fn ack(seq: i64) -> Reply {
    Reply::Ack {
        ack_seq: seq,
        ack_hash: Hash::GENESIS,
        safe_seq: 0,
        credit: wire::batch::Credit::default(),
        server_time: "2026-11-22T10:00:00Z".parse().unwrap(),
        quarantined: Vec::new(),
    }
}

fn said(turn: &Turn) -> String {
    match turn {
        Turn::Rest(rest) => format!("rest {} ms", rest.as_millis()),
        Turn::Again(_) => "the same again".to_owned(),
        Turn::Batch { from, .. } => format!("events from {from}"),
        Turn::Records => "records".to_owned(),
        Turn::Own { from } => format!("own salvage from {from}"),
        Turn::Commands => "commands".to_owned(),
        Turn::Reference(feed) => feed.code().to_owned(),
        Turn::Past => "past epoch".to_owned(),
    }
}

/// Everything that is asked for when each answer comes before the next question, with a cloud that takes all.
fn script(machine: &mut Machine, view: &View, turns: usize) -> Vec<String> {
    let now = Duration::from_secs(1);
    let mut view = *view;
    let mut all = Vec::new();
    for _ in 0..turns {
        let turn = machine.turn(&view, now);
        all.push(said(&turn));
        match &turn {
            Turn::Rest(_) => break,
            Turn::Batch { .. } => {
                machine.heard();
                machine.agreed();
                machine.push.on_reply(&ack(view.last_seq), view.last_seq);
                view.acked = view.last_seq;
            }
            Turn::Own { .. } => machine.push.resume(view.last_seq),
            Turn::Records => {
                machine.heard();
                view.is_behind = false;
            }
            _ => {}
        }
        let done = match turn.lane() {
            Lane::Push => Done::Pause(Duration::ZERO),
            _ => Done::Nothing,
        };
        machine.finished(turn.lane(), now, done, 7);
    }
    all
}

#[test]
fn events_then_commands_then_every_feed_then_rest() {
    let mut machine = Machine::new(0);
    assert_eq!(
        script(&mut machine, &VIEW, 20),
        [
            "events from 5",
            "commands",
            "location",
            "staff",
            "category",
            "variant",
            "promotion",
            "supplier",
            "patron",
            "container",
            "rest 5000 ms"
        ]
    );
}

#[test]
fn a_node_that_went_back_asks_for_records_first_and_takes_no_command_before_it_was_compared() {
    let mut machine = Machine::new(0);
    let view = View {
        is_behind: true,
        ..VIEW
    };
    let asked = script(&mut machine, &view, 4);
    assert_eq!(asked[..3], ["records", "events from 5", "commands"]);
}

#[test]
fn an_epoch_that_is_over_shows_that_it_lives_uploads_and_takes_no_commands() {
    let mut machine = Machine::new(0);
    let view = View {
        is_over: true,
        has_past: true,
        ..VIEW
    };
    let asked = script(&mut machine, &view, 20);
    assert_eq!(asked[0], "events from 11", "a heartbeat");
    assert!(!asked.contains(&"commands".to_owned()), "{asked:?}");
    assert!(asked.contains(&"past epoch".to_owned()), "{asked:?}");
}

#[test]
fn what_a_cloud_has_confirmed_before_it_was_restored_is_handed_in_again_once() {
    let now = Duration::from_secs(1);
    let mut machine = Machine::new(0);
    let view = View {
        is_over: true,
        ..VIEW
    };
    let mut handed_in = |incarnation| {
        machine.turn(&view, now);
        machine.fenced_in(incarnation, 1);
        machine.finished(Lane::Push, now, Done::Pause(Duration::ZERO), 7);
        let turn = said(&machine.turn(&view, now));
        machine.push.resume(view.last_seq);
        machine.finished(Lane::Push, now, Done::Pause(Duration::ZERO), 7);
        machine.heartbeat = Duration::ZERO;
        turn
    };
    assert_eq!(handed_in(1), "own salvage from 5");
    assert_eq!(handed_in(2), "own salvage from 1", "restored since");
    assert!(!handed_in(2).starts_with("own salvage"));
    assert_eq!(handed_in(3), "own salvage from 1", "restored again");
}

#[test]
fn a_disk_that_is_nearly_full_takes_no_reference_data() {
    let mut machine = Machine::new(0);
    let view = View {
        has_room: false,
        ..VIEW
    };
    let asked = script(&mut machine, &view, 20);
    assert_eq!(asked[..2], ["events from 5", "commands"]);
    assert_eq!(asked.len(), 3, "{asked:?}");
}

#[test]
fn one_request_of_each_lane_is_on_its_way_and_a_hint_in_between_is_not_lost() {
    let now = Duration::from_secs(1);
    let mut machine = Machine::new(0);
    machine.heard();
    machine.agreed();
    machine.push.resume(10);
    machine.heartbeat = Duration::from_mins(1);
    let view = View {
        acked: 10,
        epoch: 0,
        ..VIEW
    };
    assert_eq!(said(&machine.turn(&view, now)), "commands");
    assert_ne!(
        said(&machine.turn(&view, now)),
        "commands",
        "one is on its way"
    );
    machine.woken(Wake::Commands);
    machine.finished(Lane::Commands, now, Done::Nothing, 7);
    assert_eq!(
        said(&machine.turn(&view, now)),
        "commands",
        "asked again for the hint"
    );
}
