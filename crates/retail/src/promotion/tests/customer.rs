//! What is told of promotions for members to whoever is not known.
use serde_json::{Value, json};

use super::{promotion, three_for_two};
use crate::promotion::Limits;

#[test]
fn what_members_get_is_told_and_how_the_company_sees_them_is_not() {
    let asked = |when: Value, limits: Value| {
        let fields = json!({ "when": when, "effects": [three_for_two()], "limits": limits });
        let anybody = promotion("321", &fields).unwrap().for_anybody();
        anybody.map(|anybody| (anybody.draft().when.len(), anybody.draft().limits.clone()))
    };
    let none = Limits::default();
    let hours = json!({ "hours": { "from": "18:00:00", "until": "21:00:00" } });
    let kept = Some((1, none.clone()));
    assert_eq!(asked(json!(["member", hours]), json!({})), kept);
    assert_eq!(asked(json!([{ "purchase": 1 }, hours]), json!({})), kept);
    let birthday = json!({ "birthday": { "before": 3, "after": 3 } });
    assert_eq!(
        asked(json!([{ "any": [birthday, "voucher"] }, hours]), json!({})),
        kept
    );
    let per_customer = json!({ "uses_per_customer": 2 });
    assert_eq!(asked(json!(["member", hours]), per_customer.clone()), kept);
    for not_told in [
        json!([hours]),
        json!(["member", { "segment": ["rich"] }]),
        json!([{ "any": ["member", { "segment": ["rich"] }] }]),
        json!([{ "not": "member" }]),
    ] {
        assert_eq!(asked(not_told.clone(), json!({})), None, "{not_told}");
    }
    let secret = json!(["member", { "segment": ["rich"] }]);
    assert_eq!(asked(secret, per_customer), None);
}
