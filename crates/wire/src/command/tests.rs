use serde_json::json;
use uuid::Uuid;

use super::{Admission, CancelPick, Command, Cursor, Grant, Line, Message, Pick, SetStock};

fn grant() -> Command {
    Command::Grant(Grant {
        lines: vec![Line {
            variant: Uuid::nil(),
            quantity: 2,
        }],
        reason: "borrow".to_owned(),
    })
}

fn message(idx: i64, command: &Command) -> Message {
    let (kind, body) = command.write();
    Message {
        idx,
        id: Uuid::nil(),
        kind: kind.to_owned(),
        body,
    }
}

#[test]
fn a_message_is_taken_once_and_in_order() {
    let cursor = Cursor {
        epoch: 2,
        incarnation: 1,
        idx: 4,
    };
    for (epoch, incarnation, idx, expected) in [
        (2, 1, 5, Admission::Take(grant())),
        (2, 1, 4, Admission::Repeated),
        (2, 1, 1, Admission::Repeated),
        (2, 1, 6, Admission::Gap),
        (1, 1, 5, Admission::Foreign),
        (2, 2, 5, Admission::Foreign),
    ] {
        let admitted = cursor.admit(epoch, incarnation, &message(idx, &grant()));
        assert_eq!(admitted, expected, "{epoch} {incarnation} {idx}");
    }
}

#[test]
fn what_cannot_be_understood_is_not_skipped() {
    let cursor = Cursor {
        epoch: 1,
        incarnation: 1,
        idx: 0,
    };
    let mut newer = message(1, &grant());
    newer.kind = "teleport".to_owned();
    assert_eq!(cursor.admit(1, 1, &newer), Admission::Unknown);
    let mut broken = message(1, &grant());
    broken.body = json!({ "lines": 7 });
    assert_eq!(cursor.admit(1, 1, &broken), Admission::Unknown);
}

#[test]
fn commands_are_read_as_they_are_written() {
    for command in [
        grant(),
        Command::Pick(Pick {
            order: Uuid::nil(),
            order_number: "W-1".to_owned(),
            customer: String::new(),
            lines: Vec::new(),
        }),
        Command::CancelPick(CancelPick {
            reservations: vec![Uuid::nil()],
            reason: "cancelled".to_owned(),
        }),
        Command::Count(SetStock {
            reason: "opening".to_owned(),
            lines: Vec::new(),
        }),
    ] {
        assert_eq!(message(1, &command).read(), Some(command));
    }
}
