//! Goods that came back at a shop, as the office has them.
use cloud::{summary, sync::apply_all};
use serde_json::json;
use uuid::Uuid;
use wire::body::{Document as _, ReturnLine, ReturnRecorded, ShiftOpened, Tender};
use wire::event::{Bucket, Money};

use crate::browser::{ADMIN, BOB, Office};
use crate::world::{Node, World, id, one};

/// So much of the first line of a sale that [`Node::sell`] has recorded on the first morning, for cash.
fn bring_back(
    node: &mut Node,
    (sale, number): (Uuid, &str),
    variant: Uuid,
    quantity: i64,
    refund: i64,
) -> Uuid {
    let fact = node.fact();
    let mut header = node.header(fact, ReturnRecorded::KIND, ReturnRecorded::VERSION);
    let mut moved = one(variant, Bucket::N, quantity);
    moved.weak = true;
    header.moves = vec![moved];
    header.money = vec![Money {
        tender: "cash".to_owned(),
        minor: -refund,
    }];
    let body = ReturnRecorded {
        shift: node.shift,
        receipt_number: format!("A1-1-{:06}", header.seq),
        sale,
        sale_number: number.to_owned(),
        sale_date: header.business_date,
        lines: vec![ReturnLine {
            line: 0,
            variant,
            quantity,
            condition: Some("sellable".to_owned()),
            tax_rate_bps: 0,
            total_minor: refund,
        }],
        tenders: vec![Tender {
            kind: "cash".to_owned(),
            amount_minor: refund,
            reference: None,
        }],
        taxes: Vec::new(),
        total_minor: refund,
        policy: "reprice".to_owned(),
        reason: "other".to_owned(),
        note: Some("the customer says so".to_owned()),
        approved_by: None,
        patron: None,
        lost: Vec::new(),
        charged: Vec::new(),
        released: Vec::new(),
        points: 0,
    };
    node.record(&header, &body);
    fact
}

/// A morning on which three were sold for 9.00, and one came back; the sale and the return.
async fn a_day(office: &Office) -> [Uuid; 2] {
    // Sold by the piece.
    let variant = office.world.variants[1];
    let mut node = office.world.node(0).await;
    let header = node.header(node.fact(), ShiftOpened::KIND, ShiftOpened::VERSION);
    let opened = ShiftOpened {
        shift: node.shift,
        float_minor: 10_000,
    };
    node.record(&header, &opened);
    let sale = node.sell(&[(variant, 3, 900)]);
    // Sale and return come in one batch.
    let back = bring_back(&mut node, (sale, "A1-1-000002"), variant, 1, 300);
    node.push_from(&office.world.cloud, 1).await;
    office.apply().await;
    [sale, back]
}

const FIGURES: &str = "select concat_ws('/', d.sales, d.units, d.revenue_minor, h.sales, h.revenue_minor, p.lines, p.quantity,
                              p.revenue_minor)
                         from daily_sales d, hourly_sales h, daily_product p";

#[tokio::test]
async fn revenue_falls_on_the_date_of_the_return_and_the_sale_stays() {
    let office = Office::open().await;
    a_day(&office).await;
    let world = &office.world;
    assert_eq!(world.number("select count(*) from held_event").await, 0);
    assert_eq!(world.text(FIGURES).await, "1/2/600/1/600/1/2/600");
    assert_eq!(
        world
            .text("select concat_ws('/', lines, total_minor) from sale")
            .await,
        "1/900",
        "as it was"
    );
    assert_eq!(
        world
            .text("select concat_ws('/', sold, returned, excess) from sale_line_returned")
            .await,
        "3/1/0"
    );
    assert_eq!(summary::audit(&world.cloud, None, None).await.unwrap(), []);
    world.check_nothing_is_lost().await;
    let [first, last] = ["2000-01-01", "2099-12-31"].map(|date| date.parse().unwrap());
    summary::rebuild(&world.cloud, world.locations[0], first, last)
        .await
        .unwrap();
    assert_eq!(
        world.text(FIGURES).await,
        "1/2/600/1/600/1/2/600",
        "made again"
    );
}

#[tokio::test]
async fn the_office_sees_what_came_back() {
    let office = Office::open().await;
    let [sale, back] = a_day(&office).await;
    let admin = office.signed_in(ADMIN).await;
    let list = admin.read("/v1/returns").await;
    let item = &list["items"][0];
    assert_eq!(
        (
            &item["id"],
            &item["sale_id"],
            &item["total_minor"],
            &item["note"]
        ),
        (
            &json!(back),
            &json!(sale),
            &json!(300),
            &json!("the customer says so")
        ),
        "{list}"
    );
    assert_eq!(
        admin.read("/v1/returns?q=A1-1-000002").await["items"][0]["id"],
        json!(back)
    );
    assert_eq!(admin.read("/v1/returns?q=B").await["items"], json!([]));
    let of = |name: &str| item[name].as_str().unwrap();
    let path = format!(
        "/v1/locations/{}/sales/{}/{sale}",
        of("location_id"),
        of("sale_date")
    );
    let receipt = admin.read(&path).await;
    assert_eq!(
        (
            &receipt["lines"][0]["returned_quantity"],
            &receipt["returns"][0]["id"]
        ),
        (&json!(1), &json!(back)),
        "{receipt}"
    );
    let audit = admin.read("/v1/audit?action=return.recorded").await;
    let entry = &audit["items"][0];
    assert_eq!(
        (&entry["reason"], &entry["detail"]["total_minor"]),
        (&json!("the customer says so"), &json!(300)),
        "{audit}"
    );
    let drawers = admin.read("/v1/drawers").await;
    let drawer = &drawers["items"][0];
    assert_eq!(
        drawer["expected_minor"],
        json!(10_000 + 900 - 300),
        "{drawer}"
    );
    let bob = office.signed_in(BOB).await;
    assert_eq!(
        bob.read("/v1/returns").await["items"],
        json!([]),
        "of another branch"
    );
}

#[tokio::test]
async fn what_comes_back_twice_is_a_case_and_never_refused() {
    let world = World::new().await;
    let variant = world.variants[0];
    let mut node = world.node(0).await;
    let sale = node.sell(&[(variant, 2, 600)]);
    bring_back(&mut node, (sale, "A1-1-000001"), variant, 2, 600);
    node.push_from(&world.cloud, 1).await;
    apply_all(&world.cloud).await.unwrap();
    let right = "select concat_ws('/', sold, returned, excess) from sale_line_returned";
    assert_eq!(world.text(right).await, "2/2/0");
    // A restored node has forgotten that.
    bring_back(&mut node, (sale, "A1-1-000001"), variant, 1, 300);
    bring_back(&mut node, (sale, "A1-1-000001"), variant, 1, 300);
    node.push_from(&world.cloud, 3).await;
    apply_all(&world.cloud).await.unwrap();
    assert_eq!(world.text(right).await, "2/2/2");
    assert_eq!(world.number("select count(*) from held_event").await, 0);
    let case = "select string_agg(concat_ws('/', kind, quantity, state), ', ') from stock_case";
    assert_eq!(world.text(case).await, "returned_twice/2/open");
    assert_eq!(
        world.number("select revenue_minor from daily_sales").await,
        600 - 1_200,
        "the money is gone"
    );
    // The constraint is the last guard.
    let owner = world.owner().await;
    for wrong in [
        "update sale_line_returned set returned = 3",
        "update sale_return set total_minor = 0",
        "delete from sale_return_line",
    ] {
        assert!(owner.batch_execute(wrong).await.is_err(), "{wrong}");
    }
    assert_eq!(summary::audit(&world.cloud, None, None).await.unwrap(), []);
    world.check_nothing_is_lost().await;
}

#[tokio::test]
async fn a_return_waits_for_its_sale_and_for_one_of_its_own_branch() {
    let world = World::new().await;
    let variant = world.variants[0];
    let mut node = world.node(0).await;
    let first = node.shift;
    // Of something that the cloud does not know yet; what comes back is of another shift.
    let sale = node.sell(&[(id(54, 1), 2, 600)]);
    node.shift = id(7, 99);
    bring_back(&mut node, (sale, "A1-1-000001"), variant, 1, 300);
    node.shift = first;
    node.push_from(&world.cloud, 1).await;
    let mut other = world.node(1).await;
    bring_back(&mut other, (sale, "A1-1-000001"), variant, 1, 300);
    other.push_from(&world.cloud, 1).await;
    apply_all(&world.cloud).await.unwrap();
    let held = "select string_agg(kind || ' ' || state || ' ' || reason, ', ' order by kind, reason) from held_event";
    assert_eq!(
        world.text(held).await,
        "return.recorded waiting reference.missing, return.recorded waiting reference.missing, \
         sale.closed waiting reference.missing"
    );
    assert_eq!(world.number("select count(*) from sale_return").await, 0);
    assert_eq!(world.number("select count(*) from daily_sales").await, 0);
}

#[tokio::test]
async fn a_database_with_sales_gets_months_for_returns() {
    let world = World::new().await;
    let months = |table: &str| {
        format!("select count(*) from pg_inherits where inhparent = '{table}'::regclass")
    };
    let sales = world.number(&months("sale")).await;
    for table in ["sale_return", "sale_return_line", "refund_tender"] {
        assert_eq!(world.number(&months(table)).await, sales, "{table}");
    }
    let open = "select count(*) from pg_inherits i join pg_class c on c.oid = i.inhrelid
                 where i.inhparent in ('sale_return'::regclass, 'sale_return_line'::regclass, 'refund_tender'::regclass)
                   and not (c.relrowsecurity and c.relforcerowsecurity)";
    assert_eq!(
        world.number(open).await,
        0,
        "read through their tables alone"
    );
}
