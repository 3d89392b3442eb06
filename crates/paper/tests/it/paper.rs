//! Receipts of three shops and the other papers, from their bytes back to what a customer sees.
use std::{fs, path::PathBuf};

use jiff::tz::TimeZone;
use paper::{
    Barcode, CashSlip, Containers, Document, DrawerFigures, Header, ItemLabel, Kick, Language,
    Locale, Part, Receipt, Report, ReportKind, ReturnReceipt, ReturnReceiptLine, ShelfLabel, Sold,
    Style, Tender, Ticket, TicketKind, TicketLine, Typesetter, Weighing, Width, encode,
};
use retail::{
    amount::Amount,
    price::Price,
    quantity::{Quantity, Unit},
    report::Figure,
    sale::TenderKind,
    tax::{TaxLine, TaxRate},
};

use crate::{escpresso, printer, printer::Picture, sample};

/// The paper against the picture that is kept of it; `UPDATE_EXPECT=1` keeps the new one.
fn check(name: &str, document: &Document) -> Picture {
    let bytes = encode(document, &mut Typesetter::new());
    let commands = printer::read(&bytes).expect("well-formed bytes");
    let picture = Picture::of(&commands, document.width.dots());
    let rows: Vec<u8> = commands
        .iter()
        .filter_map(|command| match command {
            printer::Command::Raster { rows, .. } => Some(rows.clone()),
            _ => None,
        })
        .flatten()
        .collect();
    assert!(
        escpresso::dots(&bytes) == rows,
        "{name}: escpresso sees other dots"
    );
    let kept = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(format!("{name}.png"));
    let png = picture.png();
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&kept, &png).expect("a file");
    }
    let expected = decode(&fs::read(&kept).expect("a picture that is kept"));
    assert!(
        expected == decode(&png),
        "{name}.png is another picture now: look at both"
    );
    picture
}

fn decode(png: &[u8]) -> (u32, Vec<u8>) {
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .expect("a PNG");
    let mut rows = vec![0; reader.output_buffer_size().expect("a size")];
    let frame = reader.next_frame(&mut rows).expect("rows");
    (frame.width, rows)
}

fn whole(receipt: &Receipt, width: Width, locale: &Locale) -> Document {
    let mut document = receipt.document(width, locale);
    document.parts.insert(0, Part::Kick(Kick::default()));
    document.cut(true);
    document
}

#[test]
fn receipts_of_three_shops() {
    for (name, (receipt, locale)) in [
        ("receipt-en", sample::english()),
        ("receipt-vi", sample::vietnamese()),
        ("receipt-th", sample::thai()),
    ] {
        let document = whole(&receipt, Width::MM80, &locale);
        let picture = check(name, &document);
        assert_eq!(printer::scan(&picture, "QRCode"), receipt.number, "{name}");
    }
}

#[test]
fn a_receipt_says_what_promotions_took_off() {
    for (name, label, (mut receipt, locale)) in [
        ("receipt-promotion-en", "3 for 2", sample::english()),
        ("receipt-promotion-vi", "Mua 3 tính 2", sample::vietnamese()),
        ("receipt-promotion-th", "3 จ่าย 2", sample::thai()),
    ] {
        let line = receipt.lines.last_mut().expect("a line");
        let off = Amount::from_minor(line.total.minor() / 4);
        line.total = line.total - off;
        line.discounts.push(paper::Discount {
            amount: off,
            reason: Some(label.to_owned()),
        });
        receipt.total = receipt.total - off;
        receipt.discount += off;
        receipt.change += off;
        receipt.saved = receipt.discount;
        let rate = receipt.taxes[0].rate.basis_points();
        receipt.taxes = vec![sample::tax_line(receipt.total, rate)];
        check(name, &whole(&receipt, Width::MM80, &locale));
    }
}

#[test]
fn narrow_paper_has_the_same() {
    let (mut receipt, locale) = sample::thai();
    receipt.copy = 2;
    let picture = check("receipt-th-58", &whole(&receipt, Width::MM58, &locale));
    assert_eq!(printer::scan(&picture, "QRCode"), receipt.number);
}

#[test]
fn somebody_else_reads_a_receipt_as_it_is_meant() {
    let (receipt, locale) = sample::english();
    let bytes = encode(
        &whole(&receipt, Width::MM80, &locale),
        &mut Typesetter::new(),
    );
    let found = escpresso::read(&bytes);
    let [drawer, raster, qr, cut] = &found[..] else {
        panic!("{found:#?}")
    };
    assert_eq!(drawer, "drawer at pin 0, 25 on, 250 off");
    assert!(raster.starts_with("raster of 576 x "), "{raster}");
    assert_eq!(qr, "QR \"R1-1-000042\" of 6 dots, Center");
    assert_eq!(cut, "FEED & PARTIAL CUT");
}

#[test]
fn the_commands_of_a_receipt() {
    let (receipt, locale) = sample::english();
    let bytes = encode(
        &whole(&receipt, Width::MM80, &locale),
        &mut Typesetter::new(),
    );
    let told = printer::told(&printer::read(&bytes).expect("well-formed bytes"));
    let without_rows: Vec<&str> = told
        .lines()
        .filter(|line| !line.starts_with("raster"))
        .collect();
    assert_eq!(
        without_rows,
        [
            "Initialize",
            "Kick { pin: 0, on: 25, off: 250 }",
            "Align(1)",
            "Symbol { function: 65, data: [50, 0] }",
            "Symbol { function: 67, data: [6] }",
            "Symbol { function: 69, data: [49] }",
            "Symbol { function: 80, data: [48, 82, 49, 45, 49, 45, 48, 48, 48, 48, 52, 50] }",
            "Symbol { function: 81, data: [48] }",
            "Align(0)",
            "Cut { feed: 0 }",
        ]
    );
}

fn header() -> Header {
    Header {
        logo: Some(paper::logo(&crate::paper::round_logo(), 200).expect("a logo")),
        name: "Chợ Mới".to_owned(),
        address: "Quốc lộ 1".to_owned(),
        tax_number: None,
    }
}

/// A grey disk on nothing.
fn round_logo() -> Vec<u8> {
    const SIDE: i64 = 240;
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, 240, 240);
    encoder.set_color(png::ColorType::GrayscaleAlpha);
    let pixels = (0..SIDE * SIDE).flat_map(|at| {
        let (x, y) = (at % SIDE - SIDE / 2, at / SIDE - SIDE / 2);
        let is_inside = x * x + y * y < SIDE * SIDE / 4;
        [
            u8::try_from(at % SIDE).unwrap_or(u8::MAX),
            if is_inside { 255 } else { 0 },
        ]
    });
    let pixels: Vec<u8> = pixels.collect();
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&pixels).expect("pixels");
    writer.finish().expect("an end");
    file
}

fn bought(kind: TicketKind) -> Ticket {
    let line = TicketLine {
        name: "Cà phê nhân".to_owned(),
        quantity: Quantity::new(48_350),
        unit: Unit::Gram,
        weighing: Some(Weighing {
            gross: Quantity::new(49_600),
            tare: Quantity::new(1_250),
            is_manual: true,
            is_tare_typed: false,
            containers: None,
        }),
        unit_cost: Price::new(115_000.into(), 1_000).expect("a price"),
        cost: Amount::from_minor(5_560_250),
    };
    Ticket {
        header: header(),
        number: "B1-1-000009".to_owned(),
        closed_at: "2026-11-22T10:30:00Z".parse().expect("an instant"),
        zone: TimeZone::get("Asia/Ho_Chi_Minh").expect("a zone"),
        staff: "Trần Văn Đức".to_owned(),
        supplier: "Lê Thị Hồng (S017)".to_owned(),
        supplier_document: None,
        lines: vec![line],
        total: Amount::from_minor(5_560_250),
        is_cash: true,
        kind,
        copy: 0,
    }
}

#[test]
fn a_buying_ticket() {
    let locale = sample::locale(Language::Vietnamese, "VND");
    let ticket = bought(TicketKind::Purchase);
    let picture = check("ticket-vi", &ticket.document(Width::MM80, &locale));
    assert_eq!(printer::scan(&picture, "QRCode"), ticket.number);
}

#[test]
fn a_ticket_of_goods_in_containers() {
    for language in Language::ALL {
        let mut ticket = bought(TicketKind::Purchase);
        let weighing = ticket.lines[0].weighing.as_mut().expect("it was weighed");
        weighing.containers = Some(Containers {
            name: "Bao đay".to_owned(),
            each: Quantity::new(250),
            count: 5,
        });
        // The same goods once more, with a tare that nobody has on a list.
        let mut typed = ticket.lines[0].clone();
        typed.weighing = typed.weighing.map(|weighing| Weighing {
            is_tare_typed: true,
            containers: None,
            ..weighing
        });
        ticket.total += typed.cost;
        ticket.lines.push(typed);
        let locale = sample::locale(language, "VND");
        let name = format!("ticket-containers-{}", language.code());
        check(&name, &ticket.document(Width::MM80, &locale));
    }
}

#[test]
fn tickets_that_take_back() {
    let (of, reason) = ("B1-1-000008".to_owned(), "Cân nhầm bao".to_owned());
    let void = bought(TicketKind::Void {
        of: of.clone(),
        reason: reason.clone(),
        approved_by: Some("Nguyễn Thị Hoa".to_owned()),
    });
    let locale = sample::locale(Language::Vietnamese, "VND");
    check("ticket-void-vi", &void.document(Width::MM80, &locale));
    let correction = bought(TicketKind::Correction {
        of,
        paid_before: Some(Amount::from_minor(6_000_000)),
        reason,
        approved_by: None,
    });
    let locale = sample::locale(Language::English, "VND");
    check(
        "ticket-correction-en",
        &correction.document(Width::MM80, &locale),
    );
}

#[test]
fn receipts_of_goods_that_came_back() {
    let line = |name: &str, quantity, total, is_damaged| ReturnReceiptLine {
        name: name.to_owned(),
        quantity: Quantity::new(quantity),
        unit: Unit::Piece,
        is_damaged,
        total: Amount::from_minor(total),
    };
    let tender = |kind, amount| Tender {
        kind,
        amount: Amount::from_minor(amount),
        reference: None,
    };
    let returned = ReturnReceipt {
        header: header(),
        number: "B1-1-000010".to_owned(),
        returned_at: "2026-11-29T10:30:00Z".parse().expect("an instant"),
        zone: TimeZone::get("Asia/Ho_Chi_Minh").expect("a zone"),
        of: "B1-1-000009".to_owned(),
        sold_at: "2026-11-22T10:30:00Z".parse().expect("an instant"),
        register: "Quầy 1".to_owned(),
        staff: "Trần Văn Đức".to_owned(),
        approved_by: Some("Nguyễn Thị Hoa".to_owned()),
        customer: Some("L. T. Hồng ···567".to_owned()),
        reason: "size".to_owned(),
        note: Some("đổi cỡ L không còn".to_owned()),
        lines: vec![
            line("Áo sơ mi trắng, M", 1, 199_000, false),
            line("Thắt lưng da", 1, 0, true),
            line("Quần kaki", 0, 30_000, false),
        ],
        lost: vec![(
            "Mua 2 áo tặng thắt lưng".to_owned(),
            Amount::from_minor(50_000),
        )],
        charged: vec![("Tất cotton".to_owned(), Amount::from_minor(20_000))],
        taxes: vec![TaxLine {
            rate: TaxRate::from_basis_points(800).expect("a rate"),
            gross: Amount::from_minor(229_000),
            tax: Amount::from_minor(16_963),
        }],
        total: Amount::from_minor(229_000),
        tenders: vec![
            tender(TenderKind::Card, 200_000),
            tender(TenderKind::Cash, 29_000),
        ],
        copy: 0,
    };
    let locale = sample::locale(Language::Vietnamese, "VND");
    let picture = check("return-vi", &returned.document(Width::MM80, &locale));
    assert_eq!(printer::scan(&picture, "QRCode"), returned.number);
    let plain = ReturnReceipt {
        approved_by: None,
        lost: Vec::new(),
        charged: Vec::new(),
        copy: 1,
        ..returned
    };
    let locale = sample::locale(Language::Thai, "THB");
    check("return-th-58", &plain.document(Width::MM58, &locale));
}

#[test]
fn a_z_report() {
    let locale = sample::locale(Language::English, "USD");
    let report = Report {
        header: Header {
            name: "Riverside Grocery".to_owned(),
            ..Header::default()
        },
        kind: ReportKind::Z { number: 17 },
        register: "Till 1".to_owned(),
        business_date: jiff::civil::date(2026, 11, 22),
        zone: TimeZone::UTC,
        opened: (
            "2026-11-22T08:00:00Z".parse().expect("an instant"),
            "Ana Flores".to_owned(),
        ),
        closed: Some((
            "2026-11-22T20:05:00Z".parse().expect("an instant"),
            "Ben Okafor".to_owned(),
        )),
        approved_by: Some("Maria Lund".to_owned()),
        sold: sold(),
        drawer: DrawerFigures {
            float: Amount::from_minor(10_000),
            cash: Amount::from_minor(183_250),
            paid_in: figure(1, 5_000),
            paid_out: figure(2, 3_240),
            drops: figure(1, 100_000),
            expected: Amount::from_minor(95_010),
            counted: Some(Amount::from_minor(94_910)),
            pieces: [(10_000, 7), (2_000, 12), (100, 9), (5, 2)]
                .map(|(value, count)| (Amount::from_minor(value), count))
                .to_vec(),
            reason: Some("One note of 1.00 torn".to_owned()),
            ..DrawerFigures::default()
        },
        grand_total: Some((
            Amount::from_minor(81_254_370),
            Amount::from_minor(81_839_735),
        )),
        copy: 0,
    };
    check("report-z", &report.document(Width::MM80, &locale));
}

fn figure(count: i64, minor: i64) -> Figure {
    Figure {
        count,
        amount: Amount::from_minor(minor),
    }
}

fn sold() -> Sold {
    Sold {
        sales: 214,
        receipts: Some(("A1-000101".to_owned(), "A1-000314".to_owned())),
        gross: Amount::from_minor(590_115),
        discounts: figure(11, 4_750),
        other_prices: figure(2, 1_980),
        returns: Figure::default(),
        total: Amount::from_minor(585_365),
        taxes: retail::tax::per_document([
            (
                retail::tax::TaxRate::from_basis_points(700).expect("a rate"),
                Amount::from_minor(485_365),
            ),
            (
                retail::tax::TaxRate::from_basis_points(0).expect("a rate"),
                Amount::from_minor(100_000),
            ),
        ]),
        tenders: vec![
            (TenderKind::Cash, figure(120, 183_250)),
            (TenderKind::Card, figure(94, 402_115)),
        ],
        departments: vec![
            (Some("Grocery".to_owned()), figure(1_204, 485_365)),
            (None, figure(31, 100_000)),
        ],
    }
}

#[test]
fn a_slip_goes_with_the_money() {
    let locale = sample::locale(Language::Vietnamese, "VND");
    let slip = CashSlip {
        header: Header {
            name: "Tạp hóa Hòa Bình".to_owned(),
            ..Header::default()
        },
        kind: retail::cash::MovementKind::PaidOut,
        register: "Quầy 1".to_owned(),
        moved_at: "2026-11-22T08:00:00Z".parse().expect("an instant"),
        zone: TimeZone::UTC,
        amount: Amount::from_minor(185_000),
        reason: "supplies",
        note: Some("Túi rác, giấy in".to_owned()),
        staff: "Nguyễn Thị Lan".to_owned(),
        approved_by: Some("Trần Văn Bình".to_owned()),
        copy: 0,
    };
    check("slip-paid-out", &slip.document(Width::MM58, &locale));
}

#[test]
fn labels_are_scanned() {
    let locale = sample::locale(Language::Thai, "THB");
    let label = ShelfLabel {
        name: "น้ำปลาแท้ตราปลาหมึก 700 มล.".to_owned(),
        sku: "FS-700".to_owned(),
        price: Price::new("35.50".parse().expect("a price"), 1).expect("a price"),
        unit: Unit::Piece,
        content: Some((Quantity::new(700), Unit::Millilitre)),
        barcode: Barcode::ean13("4006381333931"),
    };
    let picture = check("label-shelf", &label.document(Width::MM58, &locale));
    assert_eq!(printer::scan(&picture, "EAN-13"), "4006381333931");
    let item = ItemLabel {
        name: "Blue shirt, long sleeves, size M".to_owned(),
        sku: "SHIRT-BL-M".to_owned(),
        price: None,
        barcode: Barcode::of("SHIRT-BL-M"),
    };
    let picture = check(
        "label-item",
        &item.document(Width::MM58, &sample::locale(Language::English, "USD")),
    );
    assert_eq!(printer::scan(&picture, "Code128"), "SHIRT-BL-M");
}

#[test]
fn a_price_by_measure_is_rounded_as_money() {
    let mut label = ShelfLabel {
        name: String::new(),
        sku: String::new(),
        price: Price::new("1.99".parse().expect("a price"), 1).expect("a price"),
        unit: Unit::Piece,
        content: Some((Quantity::new(330), Unit::Millilitre)),
        barcode: None,
    };
    let shown = |label: &ShelfLabel| match &label
        .document(Width::MM58, &sample::locale(Language::English, "USD"))
        .parts[2]
    {
        Part::Columns { right, .. } => right.clone(),
        other => format!("{other:?}"),
    };
    assert_eq!(shown(&label), "$6.03 / L");
    label.content = Some((Quantity::ZERO, Unit::Gram));
    assert!(
        shown(&label).starts_with("Text"),
        "nothing is said of what is not known"
    );
}

#[test]
fn barcodes_are_checked() {
    for (code, is_ean) in [
        ("4006381333931", true),
        ("4006381333932", false),
        ("400638133393", false),
        ("40063813339३१", false),
    ] {
        assert_eq!(Barcode::ean13(code).is_some(), is_ean, "{code}");
    }
    for (text, fits) in [
        ("", false),
        ("{}~ A", true),
        ("Ä", false),
        ("abcdefghijklmnopqrstuvwxyz", true),
        ("abcdefghijklmnopqrstuvwxyz0", false),
    ] {
        assert_eq!(Barcode::code128(text).is_some(), fits, "{text}");
    }
    let mut document = Document::new(Width::MM80);
    document.part(Part::Barcode(Barcode::of("{A}{{b").expect("ASCII")));
    let bytes = encode(&document, &mut Typesetter::new());
    let picture = Picture::of(&printer::read(&bytes).expect("well-formed bytes"), 576);
    assert_eq!(printer::scan(&picture, "Code128"), "{A}{{b");
}

#[test]
fn a_file_that_is_no_logo_is_refused() {
    use paper::{LogoError, logo};
    assert_eq!(logo(b"GIF89a", 100), Err(LogoError::NotPng));
    assert_eq!(logo(&vec![0; 600 * 1024], 100), Err(LogoError::TooLarge));
    assert_eq!(logo(&round_logo()[..200], 100), Err(LogoError::NotPng));
    // A header that promises 40,000 x 40,000 pixels is not believed.
    let mut huge = Vec::new();
    let mut encoder = png::Encoder::new(&mut huge, 40_000, 40_000);
    encoder.set_color(png::ColorType::Grayscale);
    drop(encoder.write_header().expect("a header"));
    assert_eq!(logo(&huge, 100), Err(LogoError::TooManyPixels));
}

#[test]
fn thai_breaks_between_words() {
    let mut document = Document::new(Width::MM58);
    document.text(
        "ภาษาไทยไม่มีช่องว่างระหว่างคำดังนั้นบรรทัดจึงต้องตัดตามพจนานุกรม",
        Style::PLAIN,
    );
    check("thai-lines", &document);
}
