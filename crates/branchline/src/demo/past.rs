//! Steps of the timeline as a shop enters them when they are past.
use edge::{
    history::Deed,
    purchasing::{NewLine, NewMeasure, NewPurchase, NewTare, NewWeight},
    sale::{BasketLine, NewSale, Payment},
};
use retail::purchasing::WeightSource;
use traffic::chain::{Basket, Bought, PRICE_REASON, Purchase, Shift};
use uuid::Uuid;

use super::timeline::Step;

/// What a step does.
pub(super) fn deed(step: Step<'_>) -> Deed {
    match step {
        Step::Count(opening) => Deed::Count {
            id: retail::id::Id::from_uuid(opening.id.as_uuid()),
            lines: opening.lines.clone(),
        },
        Step::Open(shift) => Deed::Open {
            id: shift.id,
            float: shift.float,
        },
        Step::Sell(basket) => Deed::Sell(sale(basket)),
        Step::Buy(purchase) => Deed::Buy(bought(purchase)),
        Step::Close(shift) => Deed::Close {
            id: shift.id,
            counted: shift.counted,
            events: [b"closed".as_slice(), b"report"].map(|what| closing(shift, what)),
        },
    }
}

fn sale(basket: &Basket) -> NewSale {
    let lines = basket.lines.iter().map(|line| BasketLine {
        variant: line.variant,
        quantity: line.quantity,
        unit_price: line.price.map(retail::price::Price::major),
        price_reason: line.price.map(|_| PRICE_REASON.to_owned()),
        discount: line.discount,
        discount_reason: line.discount_reason.map(str::to_owned),
        discount_bps: None,
        approval: None,
    });
    let lines: Vec<BasketLine> = lines.collect();
    let payments = basket.tenders.iter().map(|tender| Payment {
        kind: tender.kind,
        amount: tender.amount,
        reference: None,
    });
    NewSale {
        patron: None,
        vouchers: Vec::new(),
        begun: None,
        id: basket.id,
        shift: basket.shift,
        answers: NewSale::all_found(&lines),
        lines,
        payments: payments.collect(),
        expected_total: Some(basket.total),
        approval: None,
    }
}

fn bought(purchase: &Purchase) -> NewPurchase {
    NewPurchase {
        id: purchase.id,
        shift: purchase.shift,
        supplier: purchase.supplier,
        document: None,
        lines: purchase.lines.iter().map(line).collect(),
        payment: purchase.payment,
        paid: purchase.total,
    }
}

fn line(line: &Bought) -> NewLine {
    let measure = match line.containers {
        Some(containers) => NewMeasure::Weighed(NewWeight {
            gross: line.quantity + containers.tare(),
            tare: NewTare::Containers {
                container: containers.id(),
                count: containers.count(),
            },
            source: WeightSource::Scale,
        }),
        None => NewMeasure::Counted(line.quantity),
    };
    NewLine {
        variant: line.variant,
        measure,
        unit_cost: line.cost.major(),
        cost_quantity: line.cost.per(),
    }
}

/// The id of what a shift's closing makes: the same at every start.
fn closing(shift: &Shift, what: &[u8]) -> Uuid {
    let shift_id = shift.id.as_uuid();
    let mut bytes = *Uuid::new_v5(&shift_id, what).as_bytes();
    // Time and version are those of a UUIDv7 of the closing.
    let millis = u64::try_from(shift.closes_at.as_millisecond()).unwrap_or_default();
    bytes[..6].copy_from_slice(&millis.to_be_bytes()[2..]);
    bytes[6] = 0x70 | (bytes[6] & 0x0f);
    Uuid::from_bytes(bytes)
}
