//! A day in two shops, one of them cut off for a while: afterwards both sides tell the same.
use serde_json::{Value, json};
use sim::{
    shop::Shop,
    world::{COLA, RICE, SUPPLIER, World, id},
};
use uuid::Uuid;

fn sale(shift: Uuid, cola: i64, rice_grams: i64, tenders: &Value) -> Value {
    json!({
        "shift_id": shift,
        "lines": [
            { "variant_id": COLA, "quantity": cola },
            { "variant_id": RICE, "quantity": rice_grams, "discount_minor": 10, "discount_reason": "dented" },
        ],
        "tenders": tenders,
        "shortages": [{ "variant_id": COLA, "answer": "found" }, { "variant_id": RICE, "answer": "found" }],
    })
}

fn purchase(shift: Uuid, total: i64) -> Value {
    json!({
        "shift_id": shift,
        "supplier_id": SUPPLIER,
        "supplier_document": "D-17",
        "lines": [
            { "variant_id": RICE, "weight": { "gross": 12_500, "tare": 500, "source": "scale" }, "unit_cost": "0.80", "cost_quantity": 1_000 },
            { "variant_id": COLA, "quantity": 24, "unit_cost": "0.50", "cost_quantity": 1 },
        ],
        "payment": { "kind": "cash", "amount_minor": total },
    })
}

/// Opens, buys, sells twice, sells the same again, counts, closes. Returns the ids of the sales and the purchase.
async fn trade(shop: &Shop) -> anyhow::Result<(Vec<Uuid>, Uuid)> {
    let shift = shop.open_shift().await?;
    let bought = shop.new_id();
    // 12 kg at 0.80 and 24 at 0.50.
    shop.must_put(
        &format!("/v1/purchases/{bought}"),
        &purchase(shift, 960 + 1_200),
    )
    .await?;
    let mut sales = Vec::new();
    // 3 cola at 1.50, 500 g rice at 3.25/kg = 1.63 less 0.10: 6.03.
    let cash = json!([{ "kind": "cash", "amount_minor": 1_000 }]);
    let split = json!([{ "kind": "coupon", "amount_minor": 100 }, { "kind": "card", "amount_minor": 503, "reference": "T-1" }]);
    for tenders in [&cash, &split] {
        let sold = shop.new_id();
        let body = sale(shift, 3, 500, tenders);
        let first = shop.must_put(&format!("/v1/sales/{sold}"), &body).await?;
        let again = shop.must_put(&format!("/v1/sales/{sold}"), &body).await?;
        assert_eq!(first, again, "a repeat gets the first answer");
        assert_eq!(first["total_minor"], 603);
        sales.push(sold);
    }
    let (status, problem) = shop
        .put(
            &format!("/v1/sales/{}", sales[0]),
            &sale(shift, 1, 500, &cash),
        )
        .await?;
    assert_eq!(
        (status.as_u16(), problem["code"].as_str()),
        (409, Some("sale.id_reused"))
    );
    let counted = json!({ "reason": "count", "lines": [{ "variant_id": COLA, "counted": 20 }] });
    shop.must_put(&format!("/v1/counts/{}", shop.new_id()), &counted)
        .await?;
    // 100.00 float + 6.03 cash - 21.60 paid out = 84.43.
    let closed = shop.close_shift(shift, 8_400).await?;
    assert_eq!(
        (
            closed["expected_cash_minor"].as_i64(),
            closed["over_short_minor"].as_i64()
        ),
        (Some(8_443), Some(-43))
    );
    Ok((sales, bought))
}

/// The fields that both sides must tell alike.
fn told(receipt: &Value) -> Value {
    const FIELDS: [&str; 9] = [
        "id",
        "receipt_number",
        "closed_at",
        "business_date",
        "subtotal_minor",
        "discount_minor",
        "tax_minor",
        "total_minor",
        "change_minor",
    ];
    let lines = receipt["lines"]
        .as_array()
        .expect("lines")
        .iter()
        .map(|line| {
            json!([
                line["variant_id"],
                line["quantity"],
                line["unit_price"],
                line["discount_minor"],
                line["total_minor"]
            ])
        });
    let tenders = receipt["tenders"]
        .as_array()
        .expect("tenders")
        .iter()
        .map(|tender| json!([tender["kind"], tender["amount_minor"], tender["reference"]]));
    json!({
        "fields": FIELDS.map(|field| receipt[field].clone()),
        "lines": lines.collect::<Vec<_>>(),
        "tenders": tenders.collect::<Vec<_>>(),
    })
}

/// Every sale, purchase and balance of a shop reads the same at the office.
async fn compare(world: &World, n: u128, sales: &[Uuid], bought: Uuid) -> anyhow::Result<()> {
    let shop = &world.shops[usize::try_from(n)?];
    let location = id(2, n);
    for sold in sales {
        let here = shop.get(&format!("/v1/sales/{sold}")).await?;
        let date = here["business_date"].as_str().expect("a date");
        let there = world
            .get(&format!("/v1/locations/{location}/sales/{date}/{sold}"))
            .await?;
        assert_eq!(told(&here), told(&there));
        assert_eq!(here["seq"], there["seq"]);
    }
    let here = shop.get(&format!("/v1/purchases/{bought}")).await?;
    let date = here["business_date"].as_str().expect("a date");
    let there = world
        .get(&format!(
            "/v1/locations/{location}/purchases/{date}/{bought}"
        ))
        .await?;
    for field in ["ticket_number", "total_minor", "closed_at", "business_date"] {
        assert_eq!(here[field], there[field], "{field}");
    }
    let on_hand = |stock: &Value, field: &str| -> Vec<(String, i64)> {
        let mut items: Vec<(String, i64)> = stock["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| {
                (
                    item["variant_id"].as_str().expect("an id").to_owned(),
                    item[field].as_i64().expect("a number"),
                )
            })
            .collect();
        items.sort();
        items
    };
    let here = shop.get("/v1/stock").await?;
    let there = world.get(&format!("/v1/stock?location={location}")).await?;
    assert_eq!(on_hand(&here, "on_hand"), on_hand(&there, "total"));
    // 24 bought, 6 sold, then counted 20; 12,000 g bought, 1,000 g sold.
    assert_eq!(
        on_hand(&here, "on_hand"),
        [(COLA.to_string(), 20), (RICE.to_string(), 11_000)]
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_a_shop_wrote_is_what_the_office_reads() -> anyhow::Result<()> {
    let mut world = World::start(2).await?;
    let (sales_0, bought_0) = trade(&world.shops[0]).await?;

    world.stop_cloud().await;
    let (sales_1, bought_1) = trade(&world.shops[1]).await?;
    world.shops[1].restart().await?;
    assert!(
        world.shops[1].get("/v1/edge").await?["sync"]["pending"].as_i64() > Some(0),
        "the shop was cut off"
    );
    world.start_cloud().await?;

    world.settle().await?;
    compare(&world, 0, &sales_0, bought_0).await?;
    compare(&world, 1, &sales_1, bought_1).await?;

    let overview = world.get("/v1/overview").await?;
    assert_eq!(overview["revenue_minor"], 4 * 603);
    assert_eq!(overview["purchases_minor"], 2 * 2_160);
    assert_eq!(overview["sales"], 4);
    world.stop().await
}
