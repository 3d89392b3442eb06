//! Papers of three shops.
use jiff::tz::TimeZone;
use paper::{Discount, Header, Language, Locale, Receipt, ReceiptLine, Tender};
use retail::{
    amount::Amount,
    currency::Currency,
    price::Price,
    quantity::{Quantity, Unit},
    sale::TenderKind,
    tax::{TaxLine, TaxRate},
};

pub fn locale(language: Language, currency: &str) -> Locale {
    Locale {
        language,
        currency: Currency::by_code(currency).expect("a currency"),
    }
}

struct Shop {
    header: [&'static str; 3],
    zone: &'static str,
    number: &'static str,
    people: [&'static str; 2],
    customer: Option<&'static str>,
    tax_bps: i64,
    /// Name, quantity, unit, price, per, discount and its reason.
    lines: &'static [(
        &'static str,
        i64,
        Unit,
        &'static str,
        i64,
        i64,
        &'static str,
    )],
    paid: i64,
}

pub fn tax_line(gross: Amount, bps: i64) -> TaxLine {
    TaxLine {
        rate: TaxRate::from_basis_points(bps).expect("a rate"),
        gross,
        tax: Amount::from_minor(gross.minor() * bps / (10_000 + bps)),
    }
}

fn receipt(shop: &Shop, currency: Currency) -> Receipt {
    let line = |(name, quantity, unit, price, per, off, reason): &(
        &str,
        i64,
        Unit,
        &str,
        i64,
        i64,
        &str,
    )| {
        let price = Price::new(price.parse().expect("a price"), *per).expect("a price");
        let gross = price
            .extend(Quantity::new(*quantity), currency)
            .expect("a sum");
        let off = Amount::from_minor(*off);
        let discount = Discount {
            amount: off,
            reason: Some((*reason).to_owned()),
        };
        ReceiptLine {
            name: (*name).to_owned(),
            quantity: Quantity::new(*quantity),
            unit: *unit,
            price,
            discounts: (off != Amount::ZERO)
                .then_some(discount)
                .into_iter()
                .collect(),
            total: gross - off,
        }
    };
    let lines: Vec<ReceiptLine> = shop.lines.iter().map(line).collect();
    let total: Amount = lines.iter().map(|line| line.total).sum();
    let discount: Amount = lines
        .iter()
        .flat_map(|line| &line.discounts)
        .map(|off| off.amount)
        .sum();
    let tax = tax_line(total, shop.tax_bps);
    let [name, address, tax_number] = shop.header.map(str::to_owned);
    let paid = Amount::from_minor(shop.paid);
    Receipt {
        header: Header {
            logo: None,
            name,
            address,
            tax_number: Some(tax_number),
        },
        number: shop.number.to_owned(),
        closed_at: "2026-11-22T10:30:00Z".parse().expect("an instant"),
        zone: TimeZone::get(shop.zone).expect("a zone"),
        register: shop.people[0].to_owned(),
        staff: shop.people[1].to_owned(),
        customer: shop.customer.map(str::to_owned),
        subtotal: total + discount,
        discount,
        saved: Amount::ZERO,
        taxes: vec![tax],
        total,
        lines,
        tenders: vec![Tender {
            kind: TenderKind::Cash,
            amount: paid,
            reference: None,
        }],
        change: paid - total,
        copy: 0,
    }
}

pub fn english() -> (Receipt, Locale) {
    let locale = locale(Language::English, "USD");
    let shop = Shop {
        header: [
            "Riverside Grocery",
            "12 Quay Street, Portland, OR 97201",
            "93-1234567",
        ],
        zone: "America/Los_Angeles",
        number: "R1-1-000042",
        people: ["Till 1", "Ana Flores"],
        customer: None,
        tax_bps: 825,
        lines: &[
            ("Bananas", 1_236, Unit::Gram, "1.52", 1_000, 0, ""),
            (
                "Extra virgin olive oil, first cold pressing, in a bottle of dark glass",
                1,
                Unit::Piece,
                "14.99",
                1,
                300,
                "Damaged box",
            ),
            ("Sparkling water 0.5 l", 12, Unit::Piece, "0.45", 1, 0, ""),
        ],
        paid: 3_000,
    };
    (receipt(&shop, locale.currency), locale)
}

pub fn vietnamese() -> (Receipt, Locale) {
    let locale = locale(Language::Vietnamese, "VND");
    let shop = Shop {
        header: [
            "Cửa hàng Hoàng Diệu",
            "25 phố Lý Thường Kiệt, phường Cửa Nam, Hà Nội",
            "0101234567",
        ],
        zone: "Asia/Ho_Chi_Minh",
        number: "HN1-1-000123",
        people: ["Quầy 2", "Nguyễn Thị Phượng"],
        customer: Some("N. T. Lan ···567"),
        tax_bps: 800,
        lines: &[
            (
                "Cà phê sữa đá Trung Nguyên hộp 20 gói",
                2,
                Unit::Piece,
                "62500",
                1,
                12_500,
                "Khuyến mãi cuối tuần",
            ),
            (
                "Nước mắm Phú Quốc 40 độ đạm, chai thủy tinh",
                1,
                Unit::Piece,
                "89000",
                1,
                0,
                "",
            ),
            ("Gạo tẻ thơm ST25", 5_250, Unit::Gram, "32000", 1_000, 0, ""),
        ],
        paid: 500_000,
    };
    (receipt(&shop, locale.currency), locale)
}

pub fn thai() -> (Receipt, Locale) {
    let locale = locale(Language::Thai, "THB");
    let shop = Shop {
        header: [
            "ร้านสยามการค้า",
            "99/1 ถนนเจริญกรุง แขวงสัมพันธวงศ์ เขตสัมพันธวงศ์ กรุงเทพมหานคร 10100",
            "0105551234567",
        ],
        zone: "Asia/Bangkok",
        number: "BK1-1-000007",
        people: ["เครื่อง 1", "สมหญิง ใจดี"],
        customer: Some("สมหญิง จ. ···678"),
        tax_bps: 700,
        lines: &[
            (
                "น้ำปลาแท้ตราปลาหมึกขวดแก้วขนาดเจ็ดร้อยมิลลิลิตร",
                2,
                Unit::Piece,
                "35.50",
                1,
                0,
                "",
            ),
            (
                "ข้าวหอมมะลิใหม่ร้อยเปอร์เซ็นต์",
                5_000,
                Unit::Gram,
                "42",
                1_000,
                1_000,
                "ส่วนลดสมาชิก",
            ),
            ("กาแฟเย็นที่นี่", 1, Unit::Piece, "45", 1, 0, ""),
        ],
        paid: 50_000,
    };
    (receipt(&shop, locale.currency), locale)
}
