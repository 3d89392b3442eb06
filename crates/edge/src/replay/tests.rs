use std::{collections::BTreeMap, path::Path, sync::Arc};

use httpkit::Parts;
use proptest::prelude::*;
use retail::{
    amount::Amount,
    cash::MovementKind,
    catalog::VariantId,
    purchasing::{PaymentKind, WeightSource},
    quantity::Quantity,
    returns::Condition,
    sale::TenderKind,
    shift::ShiftId,
};
use serde_json::{Value, json};
use uuid::Uuid;
use wire::{command::Message, reference::Feed};

use super::record;
use crate::{
    DbError, Shop, cash, node, order, outbox,
    purchasing::{self, NewMeasure, NewTare, NewWeight, reversal::NewReversal},
    returns, rights,
    sale::{self, Answered, Approval, BasketLine, NewSale, Payment, TillAnswer},
    shift,
    staff::{self, Actor},
    stock::{self, CountReason},
    testkit,
};

const SKUS: [&str; 4] = ["COLA", "MILK", "APPLES", "AVOCADO"];

/// Something that happens in a shop.
#[derive(Debug, Clone)]
enum Happening {
    Sell(Vec<(usize, i64)>, u8, i64),
    Buy(usize, i64, bool),
    /// So much of a line of the newest sale comes back, damaged or not.
    Return(i64, bool),
    /// Takes the newest purchase back, or replaces it by one of so many.
    TakeBack(Option<(usize, i64, bool)>),
    Count(usize, i64, bool),
    Give(usize, i64),
    Grant(usize, i64),
    /// Units of a promotion that is limited.
    Allow(i64),
    AskToPick(usize, i64),
    Pick(i64),
    HandOver,
    CancelPick(bool),
    OfficeCounts(usize, i64),
    CloseAndOpen,
    ReuseAnId,
}

fn happening() -> impl Strategy<Value = Happening> {
    let sku = 0_usize..SKUS.len();
    let few = 1_i64..9;
    prop_oneof![
        4 => (prop::collection::vec((sku.clone(), few.clone()), 1..4), 0_u8..4, 0_i64..30)
            .prop_map(|(lines, answer, counted)| Happening::Sell(lines, answer, counted)),
        2 => (sku.clone(), few.clone(), any::<bool>())
            .prop_map(|(sku, n, by_scale)| Happening::Buy(sku, n, by_scale)),
        3 => (few.clone(), any::<bool>()).prop_map(|(n, damaged)| Happening::Return(n, damaged)),
        2 => prop::option::of((sku.clone(), few.clone(), any::<bool>())).prop_map(Happening::TakeBack),
        2 => (sku.clone(), 0_i64..20, any::<bool>())
            .prop_map(|(sku, n, opening)| Happening::Count(sku, n, opening)),
        2 => (sku.clone(), few.clone()).prop_map(|(sku, n)| Happening::Give(sku, n)),
        2 => (sku.clone(), few.clone()).prop_map(|(sku, n)| Happening::Grant(sku, n)),
        1 => few.clone().prop_map(Happening::Allow),
        2 => (sku.clone(), few.clone()).prop_map(|(sku, n)| Happening::AskToPick(sku, n)),
        2 => (0_i64..9).prop_map(Happening::Pick),
        1 => Just(Happening::HandOver),
        1 => any::<bool>().prop_map(Happening::CancelPick),
        1 => (sku, 0_i64..9).prop_map(|(sku, n)| Happening::OfficeCounts(sku, n)),
        1 => Just(Happening::CloseAndOpen),
        1 => Just(Happening::ReuseAnId),
    ]
}

/// A shop with somebody at a till.
struct World {
    shop: Shop,
    actor: Actor,
    shift: ShiftId,
    idx: i64,
    picks: Vec<(Uuid, Uuid)>,
    last_sale: Option<sale::NewSale>,
    purchases: Vec<purchasing::NewPurchase>,
}

impl World {
    async fn open(folder: &Path, epoch: i64) -> Self {
        let shop = Shop::open(folder, Parts::system(), None).await.unwrap();
        testkit::fill(&shop, &stock_of(epoch)).await.unwrap();
        let limited =
            json!({ "effects": [{ "percent": { "off": 1000 } }], "limits": { "units": 100 } });
        let limited = testkit::promotion("FLASH", 1, &limited, &[]);
        testkit::apply(&shop, Feed::Promotion, vec![limited])
            .await
            .unwrap();
        let actor = staff::actor(&shop, testkit::manager_id(), testkit::register_id(1))
            .await
            .unwrap()
            .unwrap();
        let shift = shop.new_id();
        shift::open(&shop, &actor, shift, Amount::from_minor(5_000))
            .await
            .unwrap();
        Self {
            shop,
            actor,
            shift,
            idx: 0,
            picks: Vec::new(),
            last_sale: None,
            purchases: Vec::new(),
        }
    }

    /// Cash in, out and to the safe, then a count and another setting of the tills.
    async fn move_cash(&self) {
        for kind in MovementKind::ALL {
            let movement = retail::cash::movement(
                kind,
                Amount::from_minor(250),
                retail::cash::OTHER,
                Some("some"),
            );
            let new = cash::NewMovement {
                id: self.shop.new_id(),
                shift: self.shift,
                movement: movement.unwrap(),
                approval: None,
            };
            cash::record(&self.shop, &self.actor, new).await.unwrap();
        }
        let new = shift::count::NewCount {
            id: self.shop.new_id(),
            shift: self.shift,
            counted: Amount::from_minor(7_000),
            pieces: vec![retail::cash::Pieces {
                value: Amount::from_minor(1_000),
                count: 7,
            }],
        };
        shift::count::record(&self.shop, &self.actor, new)
            .await
            .unwrap();
        let setting = shift::setting::Setting {
            lock_after_s: 60,
            reason_above: Some(Amount::from_minor(100)),
        };
        shift::setting::set(&self.shop, &self.actor, setting)
            .await
            .unwrap();
    }

    /// Does it; what cannot be done is refused and leaves nothing.
    async fn step(&mut self, happening: Happening) {
        match happening {
            Happening::Sell(lines, answer, counted) => self.sell(lines, answer, counted).await,
            Happening::Buy(sku, n, by_scale) => self.buy(sku, n, by_scale).await,
            Happening::Return(n, damaged) => self.bring_back(n, damaged).await,
            Happening::TakeBack(instead) => self.take_back(instead).await,
            Happening::Count(sku, n, opening) => {
                let reason = if opening {
                    CountReason::Opening
                } else {
                    CountReason::Count
                };
                let lines = vec![(variant(sku), Quantity::new(n))];
                let id = self.shop.new_id();
                drop(stock::count(&self.shop, &self.actor, id, lines, reason).await);
            }
            Happening::Give(sku, n) => {
                let id = self.shop.new_id::<()>().as_uuid();
                let lines = vec![(variant(sku), Quantity::new(n))];
                drop(rights::give(&self.shop, &self.actor, id, lines).await);
            }
            Happening::CloseAndOpen => {
                self.move_cash().await;
                let closure = shift::Closure {
                    id: self.shift,
                    counted: Amount::from_minor(7_000),
                    reason: Some("as it is".to_owned()),
                    approval: None,
                    leaving: sale::parked::Leaving::Refused,
                };
                shift::close(&self.shop, &self.actor, closure)
                    .await
                    .unwrap();
                self.shift = self.shop.new_id();
                shift::open(&self.shop, &self.actor, self.shift, Amount::ZERO)
                    .await
                    .unwrap();
            }
            Happening::ReuseAnId => {
                if let Some(mut sale) = self.last_sale.clone() {
                    sale.payments[0].reference = Some("another".to_owned());
                    drop(sale::close(&self.shop, &self.actor, sale).await);
                }
            }
            Happening::Grant(..)
            | Happening::Allow(_)
            | Happening::AskToPick(..)
            | Happening::Pick(_)
            | Happening::HandOver
            | Happening::CancelPick(_)
            | Happening::OfficeCounts(..) => self.serve(happening).await,
        }
    }

    /// What the cloud asks for, and orders.
    async fn serve(&mut self, happening: Happening) {
        match happening {
            Happening::Grant(sku, n) => {
                let line = json!({ "variant": variant(sku).as_uuid(), "quantity": n });
                self.command("grant", json!({ "lines": [line], "reason": "manual" }))
                    .await;
            }
            Happening::Allow(n) => {
                let key = testkit::promotion_id("FLASH").as_uuid();
                let line = json!({ "kind": "promotion.units", "key": key, "quantity": n });
                self.command("allow", json!({ "lines": [line], "reason": "borrow" }))
                    .await;
            }
            Happening::AskToPick(sku, n) => {
                let order = self.shop.new_id::<()>().as_uuid();
                let reservation = self.shop.new_id::<()>().as_uuid();
                self.picks.push((order, reservation));
                let line = json!({ "reservation": reservation, "variant": variant(sku).as_uuid(), "quantity": n });
                let body = json!({ "order": order, "order_number": "W-1", "customer": "Ana", "lines": [line] });
                self.command("pick", body).await;
            }
            Happening::Pick(n) => {
                let Some(&(order, reservation)) = self.picks.last() else {
                    return;
                };
                let picking = order::Picking {
                    order,
                    event: self.shop.new_id::<()>().as_uuid(),
                    lines: vec![order::Found {
                        reservation,
                        picked: Quantity::new(n),
                    }],
                    counted: SKUS
                        .iter()
                        .map(|sku| (testkit::variant_id(sku), Quantity::new(12)))
                        .collect(),
                };
                drop(order::pick(&self.shop, &self.actor, picking).await);
            }
            Happening::HandOver => {
                if let Some(&(order, _)) = self.picks.last() {
                    let event = self.shop.new_id::<()>().as_uuid();
                    drop(order::hand_over(&self.shop, &self.actor, order, event).await);
                }
            }
            Happening::CancelPick(broken) => {
                if let Some(&(_, reservation)) = self.picks.last() {
                    let reason = if broken { "broken" } else { "cancelled" };
                    let body = json!({ "reservations": [reservation], "reason": reason });
                    self.command("cancel_pick", body).await;
                }
            }
            Happening::OfficeCounts(sku, n) => {
                let line = json!({ "variant": variant(sku).as_uuid(), "quantity": n });
                self.command("count", json!({ "reason": "opening", "lines": [line] }))
                    .await;
            }
            Happening::Sell(..)
            | Happening::Buy(..)
            | Happening::Return(..)
            | Happening::TakeBack(..)
            | Happening::Count(..)
            | Happening::Give(..)
            | Happening::CloseAndOpen
            | Happening::ReuseAnId => {}
        }
    }

    async fn command(&mut self, kind: &str, body: Value) {
        self.idx += 1;
        let message = Message {
            idx: self.idx,
            id: self.shop.new_id::<()>().as_uuid(),
            kind: kind.to_owned(),
            body,
        };
        testkit::deliver(&self.shop, vec![message]).await.unwrap();
    }

    async fn sell(&mut self, lines: Vec<(usize, i64)>, answer: u8, counted: i64) {
        let counted = Quantity::new(counted);
        let answer = [
            TillAnswer::Found,
            TillAnswer::Counted(counted),
            TillAnswer::Override(None),
            TillAnswer::Override(Some(counted)),
        ][usize::from(answer)];
        let lines: Vec<BasketLine> = lines
            .into_iter()
            .map(|(sku, n)| BasketLine {
                variant: variant(sku),
                quantity: Quantity::new(n),
                unit_price: None,
                price_reason: None,
                discount: Amount::ZERO,
                discount_reason: None,
                discount_bps: None,
                approval: None,
            })
            .collect();
        let sale = NewSale {
            patron: Some(testkit::patron_id()),
            vouchers: Vec::new(),
            begun: None,
            id: self.shop.new_id(),
            shift: self.shift,
            answers: lines
                .iter()
                .map(|line| Answered {
                    variant: line.variant,
                    answer,
                })
                .collect(),
            lines,
            payments: vec![Payment {
                kind: TenderKind::Cash,
                amount: Amount::from_minor(10_000),
                reference: None,
            }],
            expected_total: None,
            approval: Some(Approval {
                by: crate::staff::SecondPerson {
                    staff: testkit::manager_id(),
                    pin: testkit::PIN.to_owned(),
                },
                reason: "last ones".to_owned(),
            }),
        };
        if sale::close(&self.shop, &self.actor, sale.clone())
            .await
            .is_ok()
        {
            self.last_sale = Some(sale);
        }
    }

    /// Refused when nothing is left to come back.
    async fn bring_back(&mut self, n: i64, damaged: bool) {
        let Some(sale) = self.last_sale.as_ref().map(|sale| sale.id) else {
            return;
        };
        let condition = if damaged {
            Condition::Damaged
        } else {
            Condition::Sellable
        };
        let lines = vec![returns::BackLine {
            line: 0,
            quantity: Quantity::new(n),
            condition,
        }];
        let quote = returns::quote(&self.shop, &self.actor, sale, lines.clone()).await;
        let Ok(quote) = quote else {
            return;
        };
        let new = returns::NewReturn {
            id: self.shop.new_id(),
            sale,
            shift: self.shift,
            lines,
            reason: "size".to_owned(),
            note: damaged.then(|| "torn".to_owned()),
            payments: quote
                .suggested
                .iter()
                .map(|tender| Payment {
                    kind: tender.kind,
                    amount: tender.amount,
                    reference: None,
                })
                .collect(),
            approval: None,
        };
        returns::record(&self.shop, &self.actor, new.clone())
            .await
            .unwrap();
        let again = returns::record(&self.shop, &self.actor, new).await;
        assert!(matches!(again, Ok(crate::Recorded::Repeated(_))));
    }

    async fn purchase(&self, sku: usize, n: i64, by_scale: bool) -> purchasing::NewPurchase {
        // Pieces are counted, goods by weight are weighed.
        let measure = if sku < 2 {
            NewMeasure::Counted(Quantity::new(n))
        } else {
            // Odd ones in two crates.
            let (grams, tare) = if n % 2 == 1 {
                let container = testkit::container_id("CRATE");
                (
                    2 * 1_800,
                    NewTare::Containers {
                        container,
                        count: 2,
                    },
                )
            } else {
                (1, NewTare::Typed(Quantity::new(1)))
            };
            NewMeasure::Weighed(NewWeight {
                gross: Quantity::new(n + grams),
                tare,
                source: if by_scale {
                    WeightSource::Scale
                } else {
                    WeightSource::Manual
                },
            })
        };
        let line = purchasing::NewLine {
            variant: variant(sku),
            measure,
            unit_cost: 2.into(),
            cost_quantity: 1,
        };
        let quote = purchasing::quote(&self.shop, &self.actor, vec![line], None).await;
        purchasing::NewPurchase {
            id: self.shop.new_id(),
            shift: self.shift,
            supplier: testkit::supplier_id(),
            document: by_scale.then(|| "D-1".to_owned()),
            lines: vec![line],
            payment: if by_scale {
                PaymentKind::Cash
            } else {
                PaymentKind::Account
            },
            paid: quote.unwrap().total,
        }
    }

    async fn buy(&mut self, sku: usize, n: i64, by_scale: bool) {
        let purchase = self.purchase(sku, n, by_scale).await;
        purchasing::record(&self.shop, &self.actor, purchase.clone())
            .await
            .unwrap();
        self.purchases.push(purchase);
    }

    /// The newest purchase that counts; refused when it was sold on.
    async fn take_back(&mut self, instead: Option<(usize, i64, bool)>) {
        let Some(newest) = self.purchases.pop() else {
            return;
        };
        let replacement = match instead {
            Some((sku, n, by_scale)) => Some(self.purchase(sku, n, by_scale).await),
            None => None,
        };
        let id = replacement
            .as_ref()
            .map_or_else(|| self.shop.new_id::<()>().as_uuid(), |it| it.id.as_uuid());
        let new = NewReversal {
            id,
            purchase: newest.id,
            shift: self.shift,
            reason: "weighed wrongly".to_owned(),
            replacement: replacement.clone(),
            approval: None,
        };
        let taken = purchasing::reversal::reverse(&self.shop, &self.actor, new.clone()).await;
        if taken.is_ok() {
            let again = purchasing::reversal::reverse(&self.shop, &self.actor, new).await;
            assert!(matches!(again, Ok(crate::Recorded::Repeated(_))));
            self.purchases.extend(replacement);
        } else {
            self.purchases.push(newest);
        }
    }
}

fn variant(sku: usize) -> VariantId {
    testkit::variant_id(SKUS[sku])
}

fn stock_of(epoch: i64) -> testkit::Stock {
    testkit::Stock {
        epoch,
        claims: if epoch > 1 {
            vec![(variant(0), 6), (variant(2), 5)]
        } else {
            Vec::new()
        },
        ..testkit::Stock::default()
    }
}

/// A fresh file of the same node, brought forward by these records.
async fn replayed(folder: &Path, epoch: i64, records: Vec<wire::event::Record>) -> Shop {
    let shop = Shop::open(folder, Parts::system(), None).await.unwrap();
    // As a backup has it: a file of this epoch without any event.
    testkit::fill(&shop, &stock_of(1)).await.unwrap();
    let file = rusqlite::Connection::open(folder.join("shop.db")).unwrap();
    file.execute("update node_state set epoch = ?1", [epoch])
        .unwrap();
    let records = Arc::new(records);
    shop.write(move |tx, _| {
        let mut site = node::site(tx)?.map_err(|_| DbError::Stopped)?;
        for one in records.iter() {
            record(tx, &mut site, &one.open().unwrap(), one)?;
        }
        Ok::<_, DbError>(())
    })
    .await
    .unwrap();
    shop
}

/// Every table that the log tells of, row by row. What no event says is left out: the hash of a request, and what this
/// process knows of its till and its cloud.
fn tables(folder: &Path) -> BTreeMap<String, Vec<String>> {
    const NOT_OF_THE_LOG: [&str; 8] = [
        "request_hash",
        "fingerprint",
        "acked",
        "safe",
        "last_contact",
        "clock_offset_ms",
        "mode",
        "cloud_url",
    ];
    let file = rusqlite::Connection::open(folder.join("shop.db")).unwrap();
    let names = "select name from sqlite_master where type = 'table' and name in
        ('node_state', 'outbox', 'shift', 'number_series', 'sale', 'sale_line', 'tender', 'sale_return', 'sale_return_line', 'refund_tender', 'sale_override', 'purchase',
         'purchase_line', 'purchase_reversal', 'stock', 'stock_movement', 'stock_count', 'stock_count_line', 'count_task', 'command', 'pick',
         'refused_write', 'allowance', 'allowance_movement')";
    let names: Vec<String> = file
        .prepare(names)
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(names.len(), 24, "{names:?}");
    let rows = |name: &str| {
        let columns: Vec<String> = file
            .prepare("select name from pragma_table_xinfo(?1)")
            .unwrap()
            .query_map([name], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap();
        let shown: Vec<String> = columns
            .iter()
            .filter(|column| !NOT_OF_THE_LOG.contains(&column.as_str()))
            .map(|column| format!("'{column}=' || quote({column})"))
            .collect();
        let query = format!(
            "select {} from {name} order by 1",
            shown.join(" || ' ' || ")
        );
        file.prepare(&query)
            .unwrap()
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    };
    names
        .iter()
        .map(|name| (name.clone(), rows(name)))
        .collect()
}

async fn everything_comes_back(happenings: Vec<Happening>, epoch: i64) {
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut world = World::open(first.path(), epoch).await;
    for happening in happenings {
        world.step(happening).await;
    }
    let found = rights::audit(&world.shop).await.unwrap();
    assert_eq!(found, [], "the shop and its log say the same");
    let records = world
        .shop
        .read(|at| outbox::db::from(at, 1, 100_000))
        .await
        .unwrap();
    let again = replayed(second.path(), epoch, records).await;
    assert_eq!(rights::audit(&again).await.unwrap(), []);
    // A repeat of what came back from the log is a repeat.
    if let Some(sale) = world.last_sale {
        let repeated = sale::close(&again, &world.actor, sale).await.unwrap();
        assert!(matches!(repeated, crate::Recorded::Repeated(_)));
    }
    world.shop.close().await;
    again.close().await;
    let (before, after) = (tables(first.path()), tables(second.path()));
    for (name, rows) in before {
        assert_eq!(rows, after[&name], "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn a_shop_is_what_its_log_says(
        happenings in prop::collection::vec(happening(), 1..40),
        epoch in 1_i64..3,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(everything_comes_back(happenings, epoch));
    }
}
