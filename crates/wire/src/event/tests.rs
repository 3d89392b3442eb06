use proptest::prelude::*;
use uuid::Uuid;

use super::{Bucket, HEADER_VERSION, Hash, Header, Hlc, Money, Move, Record, RecordError, hash};
use crate::body::{Body, BodyError, Document as _, ShiftOpened};

pub fn header(seq: i64, prev: Hash) -> Header {
    Header {
        v: HEADER_VERSION,
        node: Uuid::from_u128(1),
        epoch: 1,
        seq,
        id: Uuid::from_u128(100 + u128::from(seq.unsigned_abs())),
        kind: ShiftOpened::KIND.to_owned(),
        ver: ShiftOpened::VERSION,
        hlc: Hlc::default().tick(1_795_341_600_000),
        at: "2026-11-22T10:00:00Z".parse().unwrap(),
        clock_behind_ms: 0,
        business_date: "2026-11-22".parse().unwrap(),
        location: Uuid::from_u128(2),
        register: None,
        staff: None,
        aggregate: Uuid::from_u128(3),
        moves: vec![Move {
            variant: Uuid::from_u128(4),
            bucket: Bucket::N,
            quantity: -2,
            weak: false,
        }],
        claims: Vec::new(),
        money: vec![Money {
            tender: "cash".to_owned(),
            minor: 300,
        }],
        command: None,
        incarnation: None,
        prev,
    }
}

pub fn body() -> ShiftOpened {
    ShiftOpened {
        shift: Uuid::from_u128(3),
        float_minor: 10_000,
    }
}

/// The bytes of today's format. A change of this text breaks the chain of every node in the field.
#[test]
fn the_bytes_of_a_record_are_frozen() {
    let record = Record::seal(&header(1, Hash::GENESIS), &body());
    let expected = expect_test::expect![[r#"
        {"v":1,"node":"00000000-0000-0000-0000-000000000001","epoch":1,"seq":1,"id":"00000000-0000-0000-0000-000000000065","type":"shift.opened","ver":1,"hlc":{"ms":1795341600000,"n":0},"at":"2026-11-22T10:00:00Z","business_date":"2026-11-22","location":"00000000-0000-0000-0000-000000000002","aggregate":"00000000-0000-0000-0000-000000000003","moves":[{"variant":"00000000-0000-0000-0000-000000000004","bucket":"N","quantity":-2}],"money":[{"tender":"cash","minor":300}],"prev":"0000000000000000000000000000000000000000000000000000000000000000"}
        {"shift":"00000000-0000-0000-0000-000000000003","float_minor":10000}
        9fe361e3a5806377dc64390bc326e66f25e73c5a8c1a5df7c7b8f73a82e1e01a"#]];
    let shown = format!("{}\n{}\n{}", record.header, record.body, record.hash);
    expected.assert_eq(&shown);
}

#[test]
fn a_record_opens_to_what_was_sealed() {
    let header = header(1, Hash::GENESIS);
    assert_eq!(Record::seal(&header, &body()).open(), Ok(header));
}

#[test]
fn a_hash_is_read_back_from_its_text() {
    let some = hash("header", "body");
    assert_eq!(some.to_string().parse(), Ok(some));
    for text in ["", "zz", &"é".repeat(32), &"0".repeat(65)] {
        assert!(text.parse::<Hash>().is_err(), "{text:?}");
    }
}

proptest! {
    #[test]
    fn any_changed_byte_is_noticed(at in 0_usize..10_000, bit in 0_u8..7) {
        let mut record = Record::seal(&header(1, Hash::GENESIS), &body());
        let in_header = at % (record.header.len() + record.body.len());
        let (text, place) = if in_header < record.header.len() {
            (&mut record.header, in_header)
        } else {
            (&mut record.body, in_header - record.header.len())
        };
        let mut bytes = text.clone().into_bytes();
        bytes[place] ^= 1 << bit;
        prop_assume!(String::from_utf8(bytes.clone()).is_ok());
        *text = String::from_utf8(bytes).unwrap();
        prop_assert_eq!(record.open(), Err(RecordError::Hash));
    }

    #[test]
    fn the_hybrid_clock_only_moves_forward(readings in prop::collection::vec(-5_000_i64..5_000, 1..50)) {
        let mut clock = Hlc::default();
        for now in readings {
            let next = clock.tick(now);
            prop_assert!(next > clock);
            clock = next;
        }
    }
}

#[test]
fn text_does_not_slip_from_the_header_into_the_body() {
    assert_ne!(hash("ab", "c"), hash("a", "bc"));
}

#[test]
fn a_newer_body_waits_and_a_broken_one_does_not() {
    let unknown = Body::read("sale.closed", 99, "{}");
    assert!(
        matches!(unknown, Err(BodyError::Unknown { .. })),
        "{unknown:?}"
    );
    let broken = Body::read("sale.closed", 1, "{}");
    assert!(
        matches!(broken, Err(BodyError::Unreadable { .. })),
        "{broken:?}"
    );
}
