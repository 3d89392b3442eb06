//! Files that move a shop in: good rows go in, bad ones are said by line, column and reason, and the same file again
//! changes nothing.
mod file;
mod kind;

use std::fmt::Write as _;

use cloud::Actor;
use cloud::import::{self, Form, Import, Kind, Told};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::browser::{ADMIN, Office};
use crate::world::{World, id};

const ADA: Actor = Actor::Service("admin");

async fn take(world: &World, number: u64, kind: Kind, file: &[u8], is_dry: bool) -> Import {
    let id = id(90, number);
    import::begin(&world.cloud, ADA, id, kind, "goods.csv")
        .await
        .unwrap();
    import::put_part(&world.cloud, ADA, id, 0, file)
        .await
        .unwrap();
    import::run_here(&world.cloud, ADA, id, is_dry, &Told::default())
        .await
        .unwrap()
}

fn counts(import: &Import) -> [i64; 4] {
    [
        import.created,
        import.changed,
        import.unchanged,
        import.refused,
    ]
}

async fn reasons(world: &World, import: Uuid) -> Vec<String> {
    let table = import::errors(&world.cloud, ADA, import).await.unwrap();
    table.lines().skip(1).map(str::to_owned).collect()
}

const SHIRTS: &str = "Mã hàng;Tên hàng;Nhóm hàng;Đơn vị;VAT;Mã vạch;Giá bán;Size;Màu\n\
    TS-S-DO;Áo thun;Thời trang > Áo;cái;8;4006381333931;129.000;S;Đỏ\n\
    TS-M-DO;Áo thun;Thời trang > Áo;cái;8;;129.000;M;Đỏ\n\
    GAO;Gạo tẻ;Thực phẩm;kg;5;;32.500,5;;\n";

#[tokio::test]
async fn a_file_goes_in_once_and_the_same_again_changes_nothing() {
    let world = World::new().await;
    let tried = take(&world, 1, Kind::Products, SHIRTS.as_bytes(), true).await;
    assert_eq!((counts(&tried), tried.failure), ([3, 0, 0, 0], None));
    assert_eq!(
        world
            .number("select count(*) from variant where sku like 'TS-%'")
            .await,
        0
    );

    // The file that was tried is there still.
    let import = import::run_here(&world.cloud, ADA, id(90, 1), false, &Told::default())
        .await
        .unwrap();
    assert_eq!(
        (counts(&import), import.state.as_str()),
        ([3, 0, 0, 0], "done")
    );
    assert_eq!(import.options["delimiter"], ";");
    let said = world.text("select string_agg(concat_ws(' ', v.sku, v.name, v.unit, v.sold_by, r.state ->> 'unit_price',
            r.state ->> 'price_quantity', r.state ->> 'tax_rate_bps', c.name), '|' order by v.sku)
        from variant v join product p on p.id = v.product_id join category c on c.id = p.category_id
        join reference_entity r on r.entity = v.id where v.sku in ('GAO', 'TS-S-DO', 'TS-M-DO')").await;
    assert_eq!(
        said,
        "GAO Gạo tẻ gram kg 32500.5 1000 500 Thực phẩm|TS-M-DO Áo thun, M, Đỏ piece 129000 1 800 Áo|\
        TS-S-DO Áo thun, S, Đỏ piece 129000 1 800 Áo"
    );
    assert_eq!(
        world
            .number("select count(distinct product_id) from variant where sku like 'TS-%'")
            .await,
        1
    );
    assert_eq!(world.number("select count(*) from product_search where words @@ search_query('ao thun 4006381333931')").await, 1);

    let again = take(&world, 2, Kind::Products, SHIRTS.as_bytes(), false).await;
    assert_eq!(counts(&again), [0, 0, 3, 0]);
    let dearer = SHIRTS.replace("129.000;M", "139.000;M");
    let changed = take(&world, 3, Kind::Products, dearer.as_bytes(), false).await;
    assert_eq!(counts(&changed), [0, 1, 2, 0]);
    // What is given out is taken in as unchanged.
    let table = import::export_table(&world.cloud, ADA, Kind::Products, Form::Csv)
        .await
        .unwrap();
    let round = take(&world, 4, Kind::Products, &table, false).await;
    assert_eq!(
        (counts(&round), reasons(&world, id(90, 4)).await),
        ([0, 0, 15, 0], vec![])
    );
}

#[tokio::test]
async fn bad_rows_are_said_and_the_good_ones_go_in() {
    let world = World::new().await;
    let mut file = "sku,name,barcode,price,unit,supplier\n".to_owned();
    for number in 0..5_000 {
        let _ = writeln!(file, "S{number},Goods {number},,1.99,pcs,");
    }
    file.push_str(
        "S1,Twice,,1,,\nNEW,Wrong digit,4006381333932,1,,\nOLD,Theirs,4006381333931,1,,\n",
    );
    file.push_str("F,\"=HYPERLINK(\"\"x\"\")\",,1,,\nW,Stone,,1,stone,\nP,Price,,1e5,,\nX,Supplier,,1,,NOBODY\n,No code,,1,,\n");
    let theirs = "sku,name,barcode\nTHEIRS,Theirs,4006381333931\n";
    take(&world, 1, Kind::Products, theirs.as_bytes(), false).await;
    let import = take(&world, 2, Kind::Products, file.as_bytes(), false).await;
    assert_eq!(counts(&import), [5_001, 0, 0, 7]);
    assert_eq!(
        reasons(&world, import.id).await,
        [
            "5002,sku,import.repeated,S1",
            "5003,barcode,barcode.check_digit,4006381333932",
            "5004,barcode,barcode.taken,4006381333931",
            "5006,unit,variant.unit,stone",
            "5007,price,import.number,1e5",
            "5008,supplier,supplier.unknown,NOBODY",
            "5009,sku,import.required,",
        ]
    );
    assert_eq!(
        world.text("select name from variant where sku = 'F'").await,
        "=HYPERLINK(\"x\")"
    );
    assert_eq!(world.number("select count(*) from reference_entity where feed = 'variant' and state ->> 'sku' like 'S%'
        and state ->> 'unit_price' = '1.99'").await, 5_012);
}

#[tokio::test]
async fn a_wrong_header_says_what_was_expected_and_what_came() {
    let world = World::new().await;
    let import = take(
        &world,
        1,
        Kind::Products,
        b"artikel,bezeichnung\n1,Tee\n",
        false,
    )
    .await;
    let failure = import.failure.unwrap();
    assert_eq!(
        (import.state.as_str(), &failure["code"]),
        ("failed", &json!("import.header"))
    );
    assert_eq!(
        (&failure["missing"], &failure["found"]),
        (&json!(["sku", "name"]), &json!(["artikel", "bezeichnung"]))
    );
    let told: Told =
        serde_json::from_value(json!({ "columns": { "sku": "Artikel", "name": "Bezeichnung" } }))
            .unwrap();
    let mapped = import::run_here(&world.cloud, ADA, id(90, 1), false, &told)
        .await
        .unwrap();
    assert_eq!(counts(&mapped), [1, 0, 0, 0]);
    assert_eq!(
        take(&world, 2, Kind::Products, b"", false)
            .await
            .failure
            .unwrap()["code"],
        "import.unreadable"
    );
}

#[tokio::test]
async fn categories_that_are_below_themselves_are_refused_and_the_others_stand() {
    let world = World::new().await;
    let file = "code,name,parent\nA,Food,\nB,Fruit,A\nX,Ring,Y\nY,Chain,X\nZ,Below the ring,X\nN,Nowhere,Q\n";
    let import = take(&world, 1, Kind::Categories, file.as_bytes(), false).await;
    assert_eq!(counts(&import), [2, 0, 0, 4]);
    let mut wrong = reasons(&world, import.id).await;
    wrong.sort();
    assert_eq!(
        wrong,
        [
            "4,parent,category.loop,Y",
            "5,parent,category.loop,X",
            "6,parent,category.unknown,X",
            "7,parent,category.unknown,Q"
        ]
    );
    let suppliers = "code,name,phone\nL,Leaf,1\n";
    assert_eq!(
        counts(&take(&world, 2, Kind::Suppliers, suppliers.as_bytes(), false).await),
        [1, 0, 0, 0]
    );
    let again = "code,name\nL,Leaf & Co\n";
    assert_eq!(
        counts(&take(&world, 3, Kind::Suppliers, again.as_bytes(), false).await),
        [0, 1, 0, 0]
    );
    assert_eq!(
        world
            .text("select phone from supplier where code = 'L'")
            .await,
        "1"
    );
    for kind in [Kind::Categories, Kind::Suppliers] {
        let table = import::export_table(&world.cloud, ADA, kind, Form::Csv)
            .await
            .unwrap();
        let number = 10 + u64::from(kind == Kind::Suppliers);
        let round = take(&world, number, kind, &table, false).await;
        assert_eq!(
            [round.created, round.changed, round.refused],
            [0; 3],
            "{kind:?}"
        );
    }
}

#[tokio::test]
async fn the_office_uploads_in_parts() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let path = format!("/v1/imports/{}", id(91, 1));
    let begun = admin
        .put(
            &path,
            json!({ "kind": "products", "file_name": "goods.csv" }),
        )
        .await;
    assert_eq!(
        (begun.0, &begun.1["state"]),
        (200, &json!("uploading")),
        "{begun:?}"
    );
    // The middle of a line is the middle of a file.
    for (place, part) in ["sku,na", "me\nA,Tea\nB,Milk\n"].into_iter().enumerate() {
        import::put_part(
            &office.world.cloud,
            ADA,
            id(91, 1),
            i32::try_from(place).unwrap(),
            part.as_bytes(),
        )
        .await
        .unwrap();
    }
    let started = admin.post(&format!("{path}/start"), Some(json!({}))).await;
    assert_eq!(started.0, 202, "{started:?}");
    let mut done = Value::Null;
    for _ in 0..200 {
        done = admin.read(&path).await;
        if done["state"] == "done" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(
        (&done["state"], &done["created"]),
        (&json!("done"), &json!(2)),
        "{done}"
    );
    let file = admin
        .ask(reqwest::Method::GET, "/v1/exports/products", None)
        .await;
    assert!(file.text().await.unwrap().contains("A,Tea"));
}

#[tokio::test]
async fn what_was_interrupted_goes_on() {
    let office = Office::open().await;
    // As a process leaves it that died after the first row.
    let second = id(91, 2);
    let world = &office.world;
    import::begin(&world.cloud, ADA, second, Kind::Products, "x.csv")
        .await
        .unwrap();
    import::put_part(&world.cloud, ADA, second, 0, b"sku,name\nC,Salt\nD,Oil\n")
        .await
        .unwrap();
    world
        .meddle(&format!(
            "update import set state = 'running', next_row = 1, created = 1 where id = '{second}'"
        ))
        .await;
    import::run(&world.cloud, second).await.unwrap();
    let import = import::show(&world.cloud, ADA, second).await.unwrap();
    assert_eq!(
        (import.state.as_str(), counts(&import)),
        ("done", [2, 0, 0, 0])
    );
    assert_eq!(
        world
            .number("select count(*) from variant where sku in ('C', 'D')")
            .await,
        1
    );
}
