use ed25519_dalek::SigningKey;
use expect_test::{Expect, expect};
use uuid::Uuid;

use super::{Batch, PROTOCOL};
use crate::{
    event::{
        Hash, Record,
        tests::{body, header},
    },
    signature::{public_key, public_key_text, sign, verify},
};

fn batch(first_seq: i64, count: i64) -> Batch {
    let mut prev = Hash::GENESIS;
    let events = (first_seq..first_seq + count)
        .map(|seq| {
            let record = Record::seal(&header(seq, prev), &body());
            prev = record.hash;
            record
        })
        .collect();
    Batch {
        proto: PROTOCOL,
        node: Uuid::from_u128(1),
        epoch: 1,
        boot: Uuid::nil(),
        first_seq,
        events,
        prev: None,
        head_seq: first_seq + count - 1,
        acked_seq: 0,
        incarnation: 1,
        r_cursor: 0,
        clock: "2026-11-22T10:00:00Z".parse().unwrap(),
        version: "0.1.0".to_owned(),
    }
}

#[track_caller]
fn check(spoil: impl FnOnce(&mut Batch), expected: &Expect) {
    let mut batch = batch(5, 3);
    spoil(&mut batch);
    expected.assert_eq(&match batch.open() {
        Ok(opened) => {
            opened
                .iter()
                .fold(format!("{} events", opened.len()), |told, one| {
                    match &one.header {
                        Ok(_) => told,
                        Err(error) => format!("{told}; {}: {error}", one.seq),
                    }
                })
        }
        Err(error) => error.to_string(),
    });
}

#[test]
fn opening() {
    check(|_| (), &expect!["3 events"]);
    check(|batch| batch.events.clear(), &expect!["0 events"]);
    check(
        |batch| batch.proto = 9,
        &expect!["protocol 9 is not spoken here"],
    );
    check(
        |batch| batch.first_seq = 6,
        &expect!["event 0 is not number 6 of this node and epoch"],
    );
    check(
        |batch| batch.epoch = 2,
        &expect!["event 0 is not number 5 of this node and epoch"],
    );
    check(
        |batch| drop(batch.events.remove(1)),
        &expect!["event 1 is not number 6 of this node and epoch"],
    );
    check(
        |batch| batch.events[1].body.push(' '),
        &expect!["3 events; 6: the hash does not fit the record"],
    );
    check(
        |batch| batch.events[2] = Record::seal(&header(7, Hash::GENESIS), &body()),
        &expect!["event 2 does not follow the one before it: the chain is broken"],
    );
    check(
        |batch| batch.events = vec![batch.events[0].clone(); 501],
        &expect!["a batch has at most 500 events"],
    );
}

#[test]
fn a_batch_survives_its_own_json() {
    let batch = batch(1, 2);
    let json = serde_json::to_string(&batch).unwrap();
    assert_eq!(serde_json::from_str::<Batch>(&json).unwrap(), batch);
}

#[test]
fn a_signature_covers_the_method_the_address_and_the_body() {
    let key = SigningKey::from_bytes(&[7; 32]);
    let public = public_key(&public_key_text(&key.verifying_key())).unwrap();
    let signature = sign(&key, "POST", "/v1/nodes/1/events", b"body");
    let check = |method, path, body: &[u8], signature: &str| {
        verify(&public, method, path, body, signature).is_ok()
    };
    assert!(check("POST", "/v1/nodes/1/events", b"body", &signature));
    assert!(!check("GET", "/v1/nodes/1/events", b"body", &signature));
    assert!(!check("POST", "/v1/nodes/2/events", b"body", &signature));
    assert!(!check("POST", "/v1/nodes/1/events", b"bodY", &signature));
    assert!(!check("POST", "/v1/nodes/1/events", b"body", "AAAA"));
    assert!(public_key("AAAA").is_err());
}
