//! Files as they come: written by other machines in other letters, cut off, empty, too large.
use std::fmt::Write;

use cloud::import::{self, Kind, Told};
use encoding_rs::WINDOWS_1258;
use serde_json::json;

use super::{ADA, counts, reasons, take};
use crate::browser::{ADMIN, Office};
use crate::world::{World, id};

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// What it is, the file, and what becomes of it: how many are new, changed, as they were and wrong, with the reasons.
type Case = (&'static str, Vec<u8>, &'static str);

fn letters() -> Vec<Case> {
    let (vietnamese, _, _) = WINDOWS_1258.encode("sku;name\nV1;C\u{e0} ph\u{ea}\n");
    vec![
        (
            "mark",
            b"\xef\xbb\xbfsku,name\nB1,Tea\n".to_vec(),
            "[1, 0, 0, 0]",
        ),
        (
            "semicolons",
            b"sku;name;price\nS1;Tea;1,50\n".to_vec(),
            "[1, 0, 0, 0]",
        ),
        ("tabs", b"sku\tname\nT-1\tTea\n".to_vec(), "[1, 0, 0, 0]"),
        ("Windows-1258", vietnamese.into_owned(), "[1, 0, 0, 0]"),
        (
            "UTF-16",
            utf16("\u{feff}sku,name\nU1,Tr\u{e0}\n"),
            "[1, 0, 0, 0]",
        ),
        (
            "UTF-16 without a mark",
            utf16("sku,name\nU2,Tea\n"),
            "[1, 0, 0, 0]",
        ),
        (
            "formulas",
            b"sku,name\n=F1,'=cmd|' /C calc'!A0\n".to_vec(),
            "[1, 0, 0, 0]",
        ),
        (
            "old Macintosh",
            b"sku,name\rM1,Tea\rM2,Milk\r".to_vec(),
            "[2, 0, 0, 0]",
        ),
        (
            "Windows",
            b"sku,name\r\nW1,\"Tea,\r\nhot\"\r\n".to_vec(),
            "[0, 0, 0, 1] 2,name,catalog.name,\"Tea, | hot\"",
        ),
    ]
}

fn wrong() -> Vec<Case> {
    let mut ten_thousand = "sku,name,barcode\n".to_owned();
    for row in 0..10_000 {
        let written = match row {
            17 => writeln!(ten_thousand, "T17,Wrong digit,4006381333932"),
            4_000 => writeln!(ten_thousand, "T4000,,"),
            9_998 => writeln!(ten_thousand, "T1,Twice,"),
            _ => writeln!(ten_thousand, "T{row},Goods {row},"),
        };
        written.unwrap();
    }
    vec![
        (
            "a barcode twice, and somebody else's",
            b"sku,name,barcode\nD1,A,96385074\nD2,B,96385074\nD3,C,4006381333931\n".to_vec(),
            "[1, 0, 0, 2] 3,barcode,barcode.repeated,96385074 | 4,barcode,barcode.taken,4006381333931",
        ),
        (
            "a comma too many",
            b"sku,name\nC1,Tea,black\n".to_vec(),
            "[0, 0, 0, 1] 2,,import.columns,",
        ),
        (
            "three bad rows in 10,000",
            ten_thousand.into_bytes(),
            "[9997, 0, 0, 3] 19,barcode,barcode.check_digit,4006381333932 | 4002,name,import.required, | 10000,sku,import.repeated,T1",
        ),
        ("empty", vec![], "import.unreadable"),
        ("header only", b"sku,name\n\n".to_vec(), "import.empty"),
        ("no name", b"sku,price\nA,1\n".to_vec(), "import.header"),
        (
            "cut off",
            b"sku,name\nQ1,Tea\nQ2,\"Milk\nQ3,Salt\n".to_vec(),
            "import.quote",
        ),
        (
            "a picture",
            b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(),
            "import.header",
        ),
    ]
}

#[tokio::test]
async fn a_file_is_read_as_it_comes() {
    let world = World::new().await;
    let theirs = "sku,name,barcode\nTHEIRS,Theirs,4006381333931\n";
    take(&world, 1, Kind::Products, theirs.as_bytes(), false).await;
    for (number, (what, file, expected)) in (10..).zip(letters().into_iter().chain(wrong())) {
        let import = take(&world, number, Kind::Products, &file, false).await;
        let said = if let Some(failure) = &import.failure {
            failure["code"].as_str().unwrap().to_owned()
        } else {
            let wrong = reasons(&world, import.id).await.join(" | ");
            format!("{:?} {wrong}", counts(&import))
        };
        assert_eq!(said.trim_end(), expected, "{what}");
    }
    assert_eq!(
        world.text("select string_agg(name, '|' order by sku) from variant where sku in ('V1', 'U1', '=F1')").await,
        "=cmd|' /C calc'!A0|Tr\u{e0}|C\u{e0} ph\u{ea}"
    );
    assert_eq!(
        world
            .number("select count(*) from variant where sku like 'Q%'")
            .await,
        0
    );
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_before_it_is_kept() {
    let office = Office::open().await;
    let admin = office.signed_in(ADMIN).await;
    let path = format!("/v1/imports/{}", id(93, 1));
    let body = json!({ "kind": "products", "file_name": "huge.csv" });
    assert_eq!(admin.put(&path, body).await.0, 200);
    let part = vec![b'x'; 3 << 20];
    let cloud = &office.world.cloud;
    let refused = import::put_part(cloud, ADA, id(93, 1), 0, &part).await;
    assert_eq!(refused.unwrap_err().into_problem().code, "import.part");
    // As if 204 MiB were there.
    office
        .meddle(&format!(
            "insert into import_part (import_id, place, content)
             select '{}', place, convert_to(repeat('x', 34 << 20), 'utf8') from generate_series(1, 6) place",
            id(93, 1)
        ))
        .await;
    let refused = import::put_part(cloud, ADA, id(93, 1), 0, &vec![b'x'; 2 << 20]).await;
    assert_eq!(refused.unwrap_err().into_problem().code, "import.too_large");
    let told = Told {
        encoding: Some("klingon".to_owned()),
        ..Told::default()
    };
    let other = id(93, 2);
    import::begin(cloud, ADA, other, Kind::Brands, "x.csv")
        .await
        .unwrap();
    import::put_part(cloud, ADA, other, 0, b"name\nX\n")
        .await
        .unwrap();
    let import = import::run_here(cloud, ADA, other, false, &told)
        .await
        .unwrap();
    assert_eq!(import.failure.unwrap()["code"], "import.unreadable");
}
