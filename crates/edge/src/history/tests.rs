use std::{path::Path, sync::Arc};

use httpkit::{Parts, clock::ManualClock};
use jiff::{Timestamp, ToSpan};
use retail::{
    amount::Amount,
    purchasing::{PaymentKind, WeightSource},
    quantity::Quantity,
    sale::TenderKind,
    shift::ShiftId,
};
use wire::event::{Header, Record};

use super::{Deed, Past, PastError, enter};
use crate::{
    Shop, outbox,
    purchasing::{self, NewLine, NewMeasure, NewPurchase, NewTare, NewWeight},
    sale::{self, BasketLine, NewSale, Payment, SaleError, parked::Leaving},
    shift, staff,
    stock::{self, CountReason},
    testkit::{self, Stock},
};

const BEGIN: &str = "2026-03-02T13:00:00Z";

struct World {
    shop: Shop,
    clock: Arc<ManualClock>,
    actor: Arc<staff::Actor>,
}

async fn world(folder: &Path) -> World {
    let begin: Timestamp = BEGIN.parse().unwrap();
    let clock = Arc::new(ManualClock::at(begin));
    let parts = Parts {
        clock: clock.clone(),
        ..Parts::system()
    };
    let shop = Shop::open(folder, parts, None).await.unwrap();
    testkit::fill(&shop, &Stock::default()).await.unwrap();
    let actor = staff::actor(&shop, testkit::manager_id(), testkit::register_id(1));
    let actor = Arc::new(actor.await.unwrap().unwrap());
    World { shop, clock, actor }
}

fn sale(shift: ShiftId, day: usize, sku: &str, minor: i64, off: i64) -> NewSale {
    let lines = vec![BasketLine {
        variant: testkit::variant_id(sku),
        quantity: Quantity::new(2),
        unit_price: None,
        price_reason: None,
        discount: Amount::from_minor(off),
        discount_reason: (off > 0).then(|| "end of season".to_owned()),
        discount_bps: None,
        approval: None,
    }];
    NewSale {
        patron: None,
        vouchers: Vec::new(),
        begun: None,
        id: testkit::id(&format!("sale/{day}/{sku}")),
        shift,
        answers: NewSale::all_found(&lines),
        lines,
        payments: vec![Payment {
            kind: TenderKind::Cash,
            amount: Amount::from_minor(minor + 50),
            reference: None,
        }],
        expected_total: Some(Amount::from_minor(minor)),
        approval: None,
    }
}

fn purchase(shift: ShiftId, day: usize) -> NewPurchase {
    let weight = NewWeight {
        gross: Quantity::new(21_800),
        tare: NewTare::Containers {
            container: testkit::container_id("CRATE"),
            count: 1,
        },
        source: WeightSource::Scale,
    };
    NewPurchase {
        id: testkit::id(&format!("purchase/{day}")),
        shift,
        supplier: testkit::supplier_id(),
        document: None,
        lines: vec![NewLine {
            variant: testkit::variant_id("APPLES"),
            measure: NewMeasure::Weighed(weight),
            unit_cost: "1.20".parse().unwrap(),
            cost_quantity: 1_000,
        }],
        payment: PaymentKind::Cash,
        paid: Amount::from_minor(2_400),
    }
}

/// Three days of a shop.
fn days() -> Vec<(Timestamp, Deed)> {
    let begin: Timestamp = BEGIN.parse().unwrap();
    let counted = ["COLA", "MILK"].map(|sku| (testkit::variant_id(sku), Quantity::new(40)));
    let mut deeds = vec![(
        begin,
        Deed::Count {
            id: testkit::id("opening"),
            lines: counted.to_vec(),
        },
    )];
    for day in 0..3 {
        let shift: ShiftId = testkit::id(&format!("shift/{day}"));
        let at = |minutes: i64| {
            let hours = i64::try_from(day).unwrap() * 24;
            begin + (hours * 60 + minutes).minutes()
        };
        let float = Amount::from_minor(10_000);
        deeds.extend([
            (at(5), Deed::Open { id: shift, float }),
            (at(9), Deed::Sell(sale(shift, day, "COLA", 300, 0))),
            (at(10), Deed::Sell(sale(shift, day, "MILK", 148, 50))),
            (at(11), Deed::Buy(purchase(shift, day))),
            (
                at(600),
                Deed::Close {
                    id: shift,
                    counted: Amount::from_minor(8_048),
                    events: [testkit::id::<()>("unknown yet").as_uuid(); 2],
                },
            ),
        ]);
    }
    deeds
}

/// As a till does it: one by one, each in a commit of its own.
async fn perform(world: &World, at: Timestamp, deed: Deed) {
    world.clock.set(at);
    let World { shop, actor, .. } = world;
    match deed {
        Deed::Count { id, lines } => {
            let counting = stock::count(shop, actor, id, lines, CountReason::Opening);
            counting.await.map(drop).unwrap();
        }
        Deed::Open { id, float } => shift::open(shop, actor, id, float).await.map(drop).unwrap(),
        Deed::Sell(sale) => sale::close(shop, actor, sale).await.map(drop).unwrap(),
        Deed::Buy(bought) => purchasing::record(shop, actor, bought)
            .await
            .map(drop)
            .unwrap(),
        Deed::Close { id, counted, .. } => {
            let closure = shift::Closure {
                id,
                counted,
                reason: None,
                approval: None,
                leaving: Leaving::Refused,
            };
            shift::close(shop, actor, closure).await.map(drop).unwrap();
        }
    }
}

async fn log(shop: &Shop) -> Vec<Record> {
    shop.read(|at| outbox::db::from(at, 1, 1_000))
        .await
        .unwrap()
}

#[tokio::test]
async fn the_past_is_what_tills_would_have_recorded_byte_for_byte() {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let by_tills = world(first.path()).await;
    for (at, deed) in days() {
        perform(&by_tills, at, deed).await;
    }
    let expected = log(&by_tills.shop).await;
    let is_close = |deed: &Deed| matches!(deed, Deed::Close { .. });
    let closed = days().iter().filter(|(_, deed)| is_close(deed)).count();
    // A shift that is closed has its Z report too.
    assert_eq!(expected.len(), days().len() + closed);

    // The till chose the ids of the closings by chance.
    let mut ids = expected.iter().map(|record| {
        let header: Header = serde_json::from_str(&record.header).unwrap();
        header.id
    });
    let at_once = world(second.path()).await;
    let past: Vec<Past> = days()
        .into_iter()
        .map(|(at, mut deed)| {
            let first = ids.next().unwrap();
            if let Deed::Close { events, .. } = &mut deed {
                *events = [first, ids.next().unwrap()];
            }
            Past {
                at,
                actor: Arc::clone(&at_once.actor),
                deed,
            }
        })
        .collect();
    enter(&at_once.shop, past.clone()).await.unwrap();
    assert_eq!(log(&at_once.shop).await, expected);
    // A restart enters a part of it again.
    enter(&at_once.shop, past).await.unwrap();
    assert_eq!(log(&at_once.shop).await, expected);
    assert_eq!(crate::rights::audit(&at_once.shop).await.unwrap(), []);
    by_tills.shop.close().await;
    at_once.shop.close().await;
}

#[tokio::test]
async fn what_a_till_would_refuse_takes_all_of_its_part_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let world = world(folder.path()).await;
    let past: Vec<Past> = days()
        .into_iter()
        .map(|(at, mut deed)| {
            if let Deed::Sell(sale) = &mut deed {
                sale.expected_total = Some(Amount::from_minor(1));
            }
            Past {
                at,
                actor: Arc::clone(&world.actor),
                deed,
            }
        })
        .collect();
    let refused = enter(&world.shop, past).await.unwrap_err();
    assert!(
        matches!(refused, PastError::Sale(SaleError::TotalChanged { .. })),
        "{refused}"
    );
    assert_eq!(log(&world.shop).await, []);
    world.shop.close().await;
}
