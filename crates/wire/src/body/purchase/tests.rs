use super::{Containers, PurchaseLine, Weight};

/// Reads a line and says it again: what was ever recorded keeps its bytes.
#[track_caller]
fn check(bytes: &str) -> PurchaseLine {
    let line: PurchaseLine = serde_json::from_str(bytes).unwrap();
    assert_eq!(serde_json::to_string(&line).unwrap(), bytes);
    line
}

#[test]
fn a_line_from_before_containers_keeps_its_bytes() {
    let line = check(
        r#"{"variant":"00000000-0000-0000-0000-000000000001","quantity":12000,"weight":{"gross":12500,"tare":500,"manual":true},"unit_cost":"2.40","cost_quantity":1000,"cost_minor":2880}"#,
    );
    let weight = line.weight.unwrap();
    assert_eq!((weight.containers, weight.manual_tare), (None, false));
    check(
        r#"{"variant":"00000000-0000-0000-0000-000000000001","quantity":3,"unit_cost":"1","cost_quantity":1,"cost_minor":300}"#,
    );
}

#[test]
fn a_line_says_its_containers() {
    let line = check(
        r#"{"variant":"00000000-0000-0000-0000-000000000001","quantity":16000,"weight":{"gross":52000,"tare":36000,"manual":true,"containers":{"container":"00000000-0000-0000-0000-000000000002","name":"Crate","each":1800,"count":20}},"unit_cost":"2.40","cost_quantity":1000,"cost_minor":3840}"#,
    );
    assert_eq!(
        line.weight,
        Some(Weight {
            gross: 52_000,
            tare: 36_000,
            manual: true,
            containers: Some(Containers {
                container: uuid::Uuid::from_u128(2),
                name: "Crate".to_owned(),
                each: 1_800,
                count: 20,
            }),
            manual_tare: false,
        })
    );
    check(
        r#"{"variant":"00000000-0000-0000-0000-000000000001","quantity":12000,"weight":{"gross":12500,"tare":500,"manual":false,"manual_tare":true},"unit_cost":"2.40","cost_quantity":1000,"cost_minor":2880}"#,
    );
}
