//! Every kind of file: it goes in, the same again changes nothing, what is given out is taken in as unchanged, and what
//! is wrong with a row is said.
use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx};
use cloud::Actor;
use cloud::import::{self, Form, Kind};
use cloud::location::{self, NewLocation};
use cloud::staff::{self, NewGrant, NewRole, NewStaff};
use retail::staff::Permission;
use serde_json::json;

use super::{ADA, counts, reasons, take};
use crate::browser::{ADMIN, Office, PASSWORD};
use crate::world::{World, id};

/// A list for Tet, half a year after the stories of the tests begin.
const TET: &str = "2027-01-20T00:00:00Z";

/// Takes a file in and says what became of it: how many are new, changed, as they were and wrong, and the reasons.
async fn check(world: &World, number: u64, kind: Kind, file: &str, expected: &str) {
    let import = take(world, number, kind, file.as_bytes(), false).await;
    assert_eq!(import.failure, None, "{file}");
    let wrong = reasons(world, import.id).await;
    let said = format!("{:?} {}", counts(&import), wrong.join(" | "));
    assert_eq!(said.trim_end(), expected, "{file}");
}

/// What is given out, as CSV and as a workbook that somebody else reads, is the same; and taken in as unchanged.
async fn check_round(world: &World, number: u64, kind: Kind) {
    let form = async |form| {
        import::export_table(&world.cloud, ADA, kind, form)
            .await
            .unwrap()
    };
    let table = form(Form::Csv).await;
    let round = take(world, number, kind, &table, false).await;
    let wrong = reasons(world, round.id).await;
    let changed = [round.created, round.changed, round.refused];
    assert_eq!((changed, wrong), ([0; 3], vec![]), "{kind:?}");

    let mut book = Xlsx::new(Cursor::new(form(Form::Xlsx).await)).unwrap();
    let sheet = book.worksheet_range(kind.code()).unwrap();
    let rows = csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(&table[3..])
        .records()
        .map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect::<Vec<Vec<String>>>();
    assert_eq!(sheet.height(), rows.len(), "{kind:?}");
    for (ours, theirs) in rows.iter().zip(sheet.rows()) {
        for (place, cell) in ours.iter().enumerate() {
            let read = theirs.get(place).unwrap_or(&Data::Empty);
            match read {
                Data::Float(figure) => {
                    let cell: f64 = cell.parse().unwrap();
                    assert_eq!(cell.to_string(), figure.to_string());
                }
                other => assert_eq!(cell.trim_start_matches('\''), other.to_string()),
            }
        }
    }
}

#[tokio::test]
async fn lists_go_in_once() {
    let world = World::new().await;
    for (number, (kind, file, first)) in (1..).zip([
        (Kind::Brands, "thương hiệu\nVinamilk\n=1+1\n", "[2, 0, 0, 0]"),
        (Kind::Brands, "name\nVINAMILK\nvinamilk\n", "[0, 1, 0, 1] 3,name,import.repeated,vinamilk"),
        (Kind::Taxes, "rate,name\n7,Reduced\n\"8.25\",Odd\n", "[1, 1, 0, 0]"),
        (Kind::Taxes, "VAT;tên\n10,5;Mười\n120;Too much\n;None\n", "[1, 0, 0, 2] 3,rate,tax.rate,120 | 4,rate,import.required,"),
        (
            Kind::Containers,
            "mã;tên;bì\nK25;Két nhựa;1.800\nB50;Bao;120\n",
            "[2, 0, 0, 0]",
        ),
        (
            Kind::Containers,
            "code,name,tare,active\nK25,Crate,1800,no\nB50,Bao,120,\nb50,Small,1,\nB50,Twice,1,\nZ,Zero,0,\nT,Too heavy,1000001,\nH,Half,1.5,\nN,None,,\nW,Word,heavy,\nA B,Space,1,\n",
            "[1, 1, 1, 7] 5,code,import.repeated,B50 | 6,tare,container.tare,Z | 7,tare,container.tare,T | 8,tare,container.tare,1.5 | 9,tare,import.required, | 10,tare,import.number,heavy | 11,code,container.code,A B",
        ),
        (
            Kind::PriceLists,
            "code,name,priority,valid_from,valid_until\ntet,Tet,20,2027-01-20,2027-02-20 22:00\nback,Back,30,2027-02-20,2027-01-20\n",
            "[1, 0, 0, 1] 3,valid_until,price_list.ends_first,back",
        ),
        (
            Kind::PriceLists,
            "code,name,priority,valid_from\nsame,Same time,20,2027-02-01\nTET,Capitals,1,\nx,Y,many,\nold,Old,2,31/12/2026\nbad,Bad,3,soon\n",
            "[1, 0, 0, 4] 2,priority,price_list.overlap,same | 3,code,price_list.code,TET | 4,priority,import.number,many | 6,valid_from,import.time,soon",
        ),
        (
            Kind::Locations,
            "code,name,kind,time_zone,registers\nHN,Hà Nội,cửa hàng,Asia/Ho_Chi_Minh,Quầy 1=HN1|Quầy 2=HN2\nW,Warehouse,warehouse,Asia/Ho_Chi_Minh,\n",
            "[2, 0, 0, 0]",
        ),
        (
            Kind::Locations,
            "code,name,kind,time_zone,registers\nHN,Hà Nội 1,warehouse,,\nX,Nowhere,shop,Mars/Base,\nY,No zone,shop,,\nZ,Odd,castle,UTC,\nHN2,Twice,shop,UTC,A=P|B=P\nA,Branch A,shop,,First=A1|Second=A2\n",
            "[0, 1, 0, 4] 2,kind,location.kind_frozen,HN | 3,time_zone,location.time_zone,X | 4,time_zone,import.required, | 5,kind,location.kind,castle",
        ),
    ]) {
        if kind == Kind::Locations && file.contains("P|B=P") {
            // The second one of a prefix renames the first one: a register is found again by it.
            let import = take(&world, number, kind, file.as_bytes(), false).await;
            assert_eq!(counts(&import), [1, 1, 0, 4]);
            let said = reasons(&world, import.id).await.join(" | ");
            assert!(first.ends_with(&said), "{said}");
        } else {
            check(&world, number, kind, file, first).await;
        }
    }
    assert_eq!(
        world.text("select string_agg(r.name || '=' || r.prefix, '|' order by r.prefix) from register r join location l on l.id = r.location_id where l.code = 'A'").await,
        "First=A1|Second=A2"
    );
    // Days are those of the zone that most locations are in: New York's.
    assert_eq!(
        world
            .text("select (valid_from at time zone 'UTC')::text from price_list where code = 'tet'")
            .await,
        "2027-01-20 05:00:00"
    );
    for (number, kind) in (50..).zip([
        Kind::Brands,
        Kind::Taxes,
        Kind::PriceLists,
        Kind::Locations,
        Kind::Containers,
    ]) {
        check_round(&world, number, kind).await;
    }
}

#[tokio::test]
async fn prices_go_in_now_and_for_later() {
    let world = World::new().await;
    let goods = "sku,name,unit,price\nTEA,Tea,piece,2\nRICE,Rice,kg,1.50\n";
    check(&world, 1, Kind::Products, goods, "[2, 0, 0, 0]").await;
    let lists = format!("code,name,priority,valid_from\ntet,Tet,20,{TET}\n");
    check(&world, 2, Kind::PriceLists, &lists, "[1, 0, 0, 0]").await;
    let prices = format!(
        "sku,price,price_list,valid_from\nTEA,2.20,,\nRICE,1.80,standard,2026-12-01T00:00:00Z\nTEA,1.99,tet,{TET}\n"
    );
    check(&world, 3, Kind::Prices, &prices, "[1, 2, 0, 0]").await;
    check(&world, 4, Kind::Prices, &prices, "[0, 0, 3, 0]").await;
    // A price per kilogram is one for 1,000 g, and tills know the one that counts now.
    assert_eq!(
        world.text("select string_agg(concat_ws(' ', r.state ->> 'sku', r.state ->> 'unit_price', r.state ->> 'price_quantity'), '|' order by r.state ->> 'sku')
            from reference_entity r where r.feed = 'variant' and r.state ->> 'sku' in ('TEA', 'RICE')").await,
        "RICE 1.5 1000|TEA 2.2 1"
    );
    let wrong = "sku,price,unit,price_list,valid_from\nNONE,1,,,\nTEA,1,kg,,\nTEA,1,,nowhere,\nTEA,-1,,,\nTEA,3,,,2020-01-01\nTEA,,,,\n";
    check(
        &world,
        5,
        Kind::Prices,
        wrong,
        "[0, 0, 0, 6] 2,sku,variant.unknown,NONE | 3,unit,variant.unit_frozen,TEA | 4,price_list,price_list.unknown,nowhere | \
         5,price,import.number,-1 | 6,valid_from,price.past,2020-01-01T05:00:00Z | 7,price,import.required,",
    )
    .await;
    check_round(&world, 6, Kind::Prices).await;
    assert_eq!(
        world
            .number("select count(*) from audit where action = 'price.changed'")
            .await,
        3
    );
}

#[tokio::test]
async fn opening_stock_is_a_document_that_cannot_double() {
    let world = World::new().await;
    let warehouse = NewLocation {
        id: id(1, 9),
        code: "W".to_owned(),
        name: "Warehouse".to_owned(),
        kind: location::Kind::Warehouse,
        time_zone: "Etc/UTC".to_owned(),
        address: String::new(),
        registers: vec![],
    };
    location::put(&world.cloud, &warehouse).await.unwrap();
    let goods = "sku,name,unit\nTEA,Tea,piece\nRICE,Rice,kg\n";
    check(&world, 1, Kind::Products, goods, "[2, 0, 0, 0]").await;
    world.node(0).await;
    let stock = "branch;sku;số lượng;unit\nW;TEA;40;\nW;RICE;12,5;\nA;TEA;5;dozen\nB;TEA;1;\n";
    let refused = "5,,location.no_node,TEA";
    let tried = take(&world, 2, Kind::Stock, stock.as_bytes(), true).await;
    assert_eq!(counts(&tried), [3, 0, 0, 1]);
    check(
        &world,
        3,
        Kind::Stock,
        stock,
        &format!("[3, 0, 0, 1] {refused}"),
    )
    .await;
    check(
        &world,
        4,
        Kind::Stock,
        stock,
        &format!("[0, 0, 3, 1] {refused}"),
    )
    .await;
    let on_hand = "select string_agg(concat_ws(' ', v.sku, b.on_hand), '|' order by v.sku)
        from stock_balance b join variant v on v.id = b.variant_id where b.location_id = ";
    assert_eq!(
        world.text(&format!("{on_hand} '{}'", warehouse.id)).await,
        "RICE 12500|TEA 40"
    );
    // The shop's node is told once; it takes the first number that it ever had.
    assert_eq!(
        world.number("select count(*) from node_command where kind = 'count' and body ->> 'reason' = 'opening'").await,
        1
    );
    world.check_rights().await;
    let again = "location,sku,quantity,unit\nW,TEA,41,\nW,RICE,1,pair\nW,TEA,1.5,piece\nX,TEA,1,\nW,NONE,1,\nW,RICE,x,\n";
    check(
        &world,
        5,
        Kind::Stock,
        again,
        "[0, 0, 0, 6] 2,quantity,stock.opened,40 | 3,unit,variant.unit_frozen,RICE | 4,sku,import.repeated,TEA | \
         5,location,location.unknown,X | 6,sku,variant.unknown,NONE | 7,quantity,import.number,x",
    )
    .await;
    check_round(&world, 6, Kind::Stock).await;
}

#[tokio::test]
async fn what_has_stock_already_is_counted_and_not_opened() {
    let world = World::new().await;
    let goods = "sku,name,unit\nTEA,Tea,piece\nRICE,Rice,kg\n";
    check(&world, 1, Kind::Products, goods, "[2, 0, 0, 0]").await;
    world
        .meddle(&format!(
            "insert into stock_balance (location_id, variant_id, on_hand) select '{}', id, 3 from variant where sku = 'TEA'",
            world.locations[1]
        ))
        .await;
    world.node(1).await;
    let late = "location,sku,quantity\nB,TEA,1\nB,RICE,1\n";
    check(
        &world,
        7,
        Kind::Stock,
        late,
        "[1, 0, 0, 1] 2,sku,stock.not_empty,TEA",
    )
    .await;
}

#[tokio::test]
async fn people_go_in_with_what_the_importer_may_give() {
    let world = World::new().await;
    let file = "Họ tên;E-mail;Vai trò;Chi nhánh\nLan;LAN@example.com;cashier;A\nLan;lan@example.com;cashier;B\nMinh;;;\nCasey;;administrator;\n";
    check(&world, 1, Kind::Staff, file, "[2, 2, 0, 0]").await;
    check(&world, 2, Kind::Staff, file, "[0, 0, 4, 0]").await;
    check_round(&world, 3, Kind::Staff).await;
    let wrong = "name,email,role,location\nOle,no address,,\nPim,,king,\nQuy,,cashier,Q\nRee,,,A\nMinh,,cashier,A\nMinh,,cashier,A\n";
    check(
        &world,
        4,
        Kind::Staff,
        wrong,
        "[0, 1, 0, 5] 2,email,staff.email,no address | 3,role,role.unknown,Pim | 4,location,location.unknown,Quy | \
         5,role,import.required, | 7,name,import.repeated,Minh",
    )
    .await;
    // Somebody who may manage people gives by a file what they could give by hand.
    let clerk = NewRole {
        id: id(6, 7),
        code: "clerk".to_owned(),
        name: "Clerk".to_owned(),
        permissions: vec![
            Permission::StaffManage,
            Permission::CatalogManage,
            Permission::SaleCreate,
            Permission::ShiftOpen,
        ],
    };
    staff::put_roles(&world.cloud, &[clerk]).await.unwrap();
    let kim = NewStaff {
        id: id(3, 7),
        name: "Kim".to_owned(),
        email: None,
        password: None,
        pin: None,
        grants: vec![NewGrant::new("clerk", None)],
    };
    staff::put(&world.cloud, &kim).await.unwrap();
    let file = "name,role,location\nNam,cashier,A\nOanh,administrator,\nCasey,cashier,\n";
    let (by, import) = (Actor::Staff(kim.id), id(90, 9));
    import::begin(&world.cloud, by, import, Kind::Staff, "x.csv")
        .await
        .unwrap();
    import::put_part(&world.cloud, by, import, 0, file.as_bytes())
        .await
        .unwrap();
    let done = import::run_here(&world.cloud, by, import, false, &import::Told::default())
        .await
        .unwrap();
    assert_eq!(counts(&done), [1, 0, 0, 2]);
    assert_eq!(
        reasons(&world, import).await,
        ["3,,grant.beyond_own,oanh", "4,,staff.beyond_own,casey"]
    );
    assert_eq!(
        world
            .number("select count(*) from staff where name = 'Oanh'")
            .await,
        0
    );
}

#[tokio::test]
async fn a_kind_needs_what_one_needs_to_change_it_by_hand() {
    let office = Office::open().await;
    let clerk = NewRole {
        id: id(6, 8),
        code: "clerk".to_owned(),
        name: "Clerk".to_owned(),
        permissions: vec![Permission::CatalogManage],
    };
    staff::put_roles(&office.world.cloud, &[clerk])
        .await
        .unwrap();
    let person = NewStaff {
        id: id(3, 8),
        name: "Kim".to_owned(),
        email: Some("kim@example.org".to_owned()),
        password: Some(PASSWORD.to_owned()),
        pin: None,
        grants: vec![NewGrant::new("clerk", None)],
    };
    staff::put(&office.world.cloud, &person).await.unwrap();
    let kim = office.signed_in("kim@example.org").await;
    for (number, kind) in (1..).zip(Kind::ALL) {
        let path = format!("/v1/imports/{}", id(92, number));
        let body = json!({ "kind": kind.code(), "file_name": "x.csv" });
        let goods = matches!(
            kind,
            Kind::Products
                | Kind::Categories
                | Kind::Brands
                | Kind::Suppliers
                | Kind::Taxes
                | Kind::Containers
        );
        let expected = if goods { 200 } else { 403 };
        assert_eq!(kim.put(&path, body).await.0, expected, "{kind:?}");
        let export = format!("/v1/exports/{}?form=xlsx", kind.code());
        let answer = kim.ask(reqwest::Method::GET, &export, None).await;
        assert_eq!(answer.status(), expected, "{kind:?}");
    }
    let admin = office.signed_in(ADMIN).await;
    let answer = admin
        .ask(reqwest::Method::GET, "/v1/exports/staff?form=pdf", None)
        .await;
    assert_eq!(answer.status(), 422);
}
