//! What a purchase says: in its event, and as the content that its id stands for.
use retail::{
    amount::Amount,
    purchasing::{Measure, Tare, WeightSource},
};
use serde_json::{Value, json};
use wire::body;

use super::{Line, NewMeasure, NewPurchase, NewTare, NewWeight};

/// The body of its event.
pub(super) fn body(
    purchase: &NewPurchase,
    lines: &[Line],
    total: Amount,
    number: &str,
) -> body::PurchaseRecorded {
    body::PurchaseRecorded {
        shift: purchase.shift.as_uuid(),
        ticket_number: number.to_owned(),
        supplier: purchase.supplier.as_uuid(),
        supplier_document: purchase.document.clone(),
        lines: lines
            .iter()
            .map(|line| body::PurchaseLine {
                variant: line.variant.as_uuid(),
                quantity: line.quantity.base_units(),
                weight: weight(line),
                unit_cost: line.cost.major().to_string(),
                cost_quantity: line.cost.per(),
                cost_minor: line.total.minor(),
            })
            .collect(),
        payment_kind: purchase.payment.code().to_owned(),
        total_minor: total.minor(),
    }
}

fn weight(line: &Line) -> Option<body::Weight> {
    let weight = match line.measure {
        Measure::Counted(_) => return None,
        Measure::Weighed(weight) => weight,
    };
    Some(body::Weight {
        gross: weight.gross.base_units(),
        tare: weight.tare.grams().base_units(),
        manual: weight.source == WeightSource::Manual,
        containers: match weight.tare {
            Tare::Typed(_) => None,
            Tare::Containers(containers) => Some(body::Containers {
                container: containers.id().as_uuid(),
                name: line.container.clone().unwrap_or_default(),
                each: containers.each().base_units(),
                count: containers.count(),
            }),
        },
        manual_tare: weight.tare.is_typed(),
    })
}

/// What a purchase says, whoever sends it. Without containers it is what it always was: a repeat is known again.
pub(super) fn content(purchase: &NewPurchase) -> Value {
    let lines: Vec<Value> = purchase
        .lines
        .iter()
        .map(|line| {
            let (quantity, weight) = match line.measure {
                NewMeasure::Counted(quantity) => (Some(quantity.base_units()), None),
                NewMeasure::Weighed(weight) => (None, Some(weighed(weight))),
            };
            json!({
                "variant_id": line.variant.as_uuid(),
                "quantity": quantity,
                "weight": weight,
                "unit_cost": line.unit_cost.normalize().to_string(),
                "cost_quantity": line.cost_quantity,
            })
        })
        .collect();
    json!({
        "shift_id": purchase.shift.as_uuid(),
        "supplier_id": purchase.supplier.as_uuid(),
        "supplier_document": purchase.document,
        "lines": lines,
        "payment": { "kind": purchase.payment.code(), "amount_minor": purchase.paid.minor() },
    })
}

fn weighed(weight: NewWeight) -> Value {
    let (gross, source) = (weight.gross.base_units(), weight.source.code());
    match weight.tare {
        NewTare::Typed(tare) => {
            json!({ "gross": gross, "tare": tare.base_units(), "source": source })
        }
        NewTare::Containers { container, count } => json!({
            "gross": gross,
            "containers": { "container_id": container.as_uuid(), "count": count },
            "source": source,
        }),
    }
}
