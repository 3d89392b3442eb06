use uuid::Uuid;

use super::db::Placed;
use super::{Message, Parts, newest};

fn placed(place: i64, payload: &str) -> Placed {
    Placed {
        place,
        location: Uuid::from_u128(1),
        permission: "report.revenue".to_owned(),
        payload: payload.to_owned(),
    }
}

#[test]
fn only_the_newest_figures_of_a_day_and_state_of_a_node_are_sent_and_every_sale() {
    let figures =
        |date: &str| format!(r#"{{"type":"overview","location_id":"a","business_date":"{date}"}}"#);
    let rows = vec![
        placed(1, &figures("2026-11-21")),
        placed(2, r#"{"type":"sale","id":"s1"}"#),
        placed(3, &figures("2026-11-22")),
        placed(4, r#"{"type":"sale","id":"s1"}"#),
        placed(5, &figures("2026-11-21")),
        placed(6, r#"{"type":"node","id":"n"}"#),
        placed(7, r#"{"type":"node","id":"n"}"#),
        placed(8, "not ours"),
    ];
    let places: Vec<i64> = newest(rows).iter().map(|row| row.place).collect();
    assert_eq!(places, [2, 3, 4, 5, 7, 8]);
}

#[test]
fn figures_come_in_what_each_kind_of_viewer_may_see() {
    let payload = r#"{"type":"overview","revenue_minor":1,"sales":2,"units":3,"purchases_minor":4,"purchases":5}"#;
    let message = Message::read(9, Uuid::nil(), "report.revenue", payload).unwrap();
    let Parts::Figures {
        both,
        revenue,
        purchases,
    } = message.parts
    else {
        panic!("an overview has parts");
    };
    assert!(
        both.contains(r#""revenue_minor":1"#)
            && both.contains(r#""purchases":5"#)
            && both.contains(r#""cursor":9"#)
    );
    assert!(
        revenue.contains("revenue_minor") && !revenue.contains("purchases"),
        "{revenue}"
    );
    assert!(
        !purchases.contains("revenue")
            && !purchases.contains("sales")
            && !purchases.contains("units"),
        "{purchases}"
    );
}

#[test]
fn what_is_no_message_is_left_out() {
    assert!(Message::read(1, Uuid::nil(), "no.permission", "{}").is_none());
    assert!(Message::read(1, Uuid::nil(), "node.read", "not JSON").is_none());
}
