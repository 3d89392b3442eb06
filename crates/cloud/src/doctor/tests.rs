use super::*;

fn at(text: &str) -> Timestamp {
    format!("2026-03-02T{text}:00Z").parse().unwrap()
}

/// A node that is well at noon.
fn well() -> db::Node {
    db::Node {
        location: "Shop".to_owned(),
        epoch: 2,
        status: "active".to_owned(),
        suspect: None,
        restricted: None,
        is_frozen: false,
        has_followed: false,
        on_their_way: 0,
        complete_to: Some(at("11:59")),
        last_seen: Some(at("11:59")),
        clock_offset_ms: Some(20),
        version: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// How bad it is, what is said of it, and where to read on.
fn said(change: impl FnOnce(&mut db::Node)) -> String {
    let mut node = well();
    change(&mut node);
    about(&node, at("12:00")).map_or_else(String::new, |found| {
        format!("{:?} {} {}", found.severity, found.text, found.guide)
    })
}

#[test]
fn nothing_is_said_of_a_node_that_is_well() {
    assert_eq!(said(|_| {}), "");
    assert_eq!(
        said(|node| node.on_their_way = 3),
        "",
        "they have only just been recorded"
    );
}

#[test]
fn what_must_be_done_names_where_it_is_described() {
    assert_eq!(
        said(|node| node.status = "fenced".to_owned()),
        "Act Shop: its computer was declared lost (epoch 2) and has no successor recovery.md#the-computer-is-dead"
    );
    assert_eq!(
        said(|node| {
            node.status = "fenced_fork".to_owned();
            node.suspect = Some("event 13 differs".to_owned());
        }),
        "Act Shop: two copies of its disk were at work (event 13 differs); both were stopped in epoch 2 \
         recovery.md#the-disk-was-copied"
    );
    assert_eq!(
        said(|node| node.restricted = Some("rollback".to_owned())),
        "Act Shop: it has lost sales that nobody else has; every sale there needs a supervisor \
         recovery.md#an-old-file-was-put-back"
    );
    assert_eq!(
        said(|node| node.is_frozen = true),
        "Act Shop: frozen since the cloud was restored; the shop has not been heard since \
         recovery.md#the-cloud-was-restored"
    );
}

#[test]
fn a_node_that_is_heard_of_and_does_not_deliver_is_stuck() {
    let stuck = said(|node| {
        node.on_their_way = 3;
        node.complete_to = Some(at("11:48"));
    });
    assert_eq!(
        stuck,
        "Act Shop: is connected, and 3 of its events do not arrive office.md#how-complete-is-it"
    );
    let silent = said(|node| {
        node.on_their_way = 3;
        node.last_seen = Some(at("12:00") - SignedDuration::from_hours(25));
    });
    assert!(
        silent.starts_with("Look Shop: not heard of for 25 h"),
        "{silent}"
    );
}
