//! What grows in Thailand and is bought by weight: prices by month, harvests by month. Authored figures.
use retail::{
    catalog::{Barcode, CategoryId, VariantId},
    price::Price,
    purchasing::container::Containers,
    quantity::{Quantity, Unit},
};
use rust_decimal::Decimal;

use crate::{
    chain::{Category, Container, Origin, Product, Variant},
    id::named,
};

/// Something that farmers bring.
#[derive(Debug)]
pub(super) struct Crop {
    pub(super) sku: &'static str,
    name: &'static str,
    shelf: &'static str,
    /// Of a kilogram in an average month.
    pub(super) satang: i64,
    /// By month, in thousandths of it.
    pub(super) price: [i64; 12],
    /// How much is brought, by month, in shares.
    pub(super) harvest: [i64; 12],
    /// What a farmer brings at once, least and most.
    pub(super) kilograms: (i64, i64),
    /// The stations where it grows, by their letters.
    pub(super) regions: &'static [char],
}

const NORTH: &[char] = &['N', 'R'];
const EAST: &[char] = &['E'];
const SOUTH: &[char] = &['S'];
const FRUIT: &str = "ผลไม้ Fruit";
const VEGETABLES: &str = "ผัก Vegetables";
const GRAIN: &str = "ข้าวและพืชไร่ Grain and field crops";
const SPICES: &str = "เครื่องเทศ Herbs and spices";
const EVEN: [i64; 12] = [1_000; 12];
/// Much in the rains, little in the dry months.
const RAINS: [i64; 12] = [
    700, 600, 550, 550, 700, 950, 1_200, 1_350, 1_400, 1_300, 1_050, 850,
];
/// Dear when little is brought.
const DRY: [i64; 12] = [
    1_020, 1_080, 1_180, 1_250, 1_180, 1_020, 930, 880, 860, 880, 930, 980,
];

/// Code, name, grams of an empty one, and the kilograms that it holds.
type Weighed = (&'static str, &'static str, i64, i64);

const CRATE: Weighed = ("CRT25", "ลังพลาสติก Plastic crate", 1_800, 25);
const BASKET: Weighed = ("BSK20", "เข่งไม้ไผ่ Bamboo basket", 2_400, 20);
const SACK: Weighed = ("SCK50", "กระสอบป่าน Jute sack", 900, 50);
const BAG: Weighed = ("BAG25", "ถุงพลาสติกสาน Woven plastic bag", 120, 25);

/// Everything that goods are weighed in.
pub(super) fn containers() -> Vec<Container> {
    [CRATE, BASKET, SACK, BAG]
        .into_iter()
        .map(|(code, name, tare, _)| Container {
            id: named("container", code),
            code,
            name,
            tare,
        })
        .collect()
}

/// Everything that is bought.
pub(super) const CROPS: &[Crop] = &[
    Crop {
        sku: "MGO-NDM",
        name: "มะม่วงน้ำดอกไม้ Nam Dok Mai mango",
        shelf: FRUIT,
        satang: 4_200,
        price: [
            1_350, 1_200, 900, 720, 780, 1_050, 1_250, 1_350, 1_400, 1_420, 1_400, 1_380,
        ],
        harvest: [
            250, 500, 1_300, 2_000, 1_600, 600, 200, 120, 100, 100, 150, 180,
        ],
        kilograms: (40, 320),
        regions: &['N', 'R', 'C', 'U'],
    },
    Crop {
        sku: "DUR-MTG",
        name: "ทุเรียนหมอนทอง Monthong durian",
        shelf: FRUIT,
        satang: 14_500,
        price: [
            1_300, 1_280, 1_180, 980, 860, 840, 900, 980, 1_080, 1_180, 1_260, 1_300,
        ],
        harvest: [10, 30, 300, 1_500, 2_200, 1_600, 700, 400, 150, 60, 20, 10],
        kilograms: (80, 520),
        regions: EAST,
    },
    Crop {
        sku: "MGT-001",
        name: "มังคุด Mangosteen",
        shelf: FRUIT,
        satang: 5_500,
        price: [
            1_500, 1_480, 1_300, 1_050, 780, 700, 820, 1_000, 1_200, 1_350, 1_450, 1_500,
        ],
        harvest: [5, 10, 120, 800, 2_000, 1_800, 900, 500, 200, 60, 10, 5],
        kilograms: (30, 260),
        regions: &['E', 'S'],
    },
    Crop {
        sku: "RMB-001",
        name: "เงาะโรงเรียน Rongrien rambutan",
        shelf: FRUIT,
        satang: 2_900,
        price: [
            1_400, 1_400, 1_300, 1_150, 880, 760, 740, 820, 980, 1_150, 1_300, 1_400,
        ],
        harvest: [
            10, 10, 60, 500, 1_500, 1_900, 1_500, 1_100, 500, 150, 40, 10,
        ],
        kilograms: (40, 300),
        regions: &['E', 'S'],
    },
    Crop {
        sku: "LNG-EDO",
        name: "ลำไยอีดอ E-Daw longan",
        shelf: FRUIT,
        satang: 3_400,
        price: [
            1_150, 1_180, 1_200, 1_200, 1_150, 950, 760, 720, 850, 980, 1_060, 1_100,
        ],
        harvest: [
            250, 180, 120, 120, 250, 800, 2_200, 2_400, 900, 400, 350, 350,
        ],
        kilograms: (60, 480),
        regions: NORTH,
    },
    Crop {
        sku: "ORG-SNT",
        name: "ส้มสายน้ำผึ้ง Sai Nam Phueng orange",
        shelf: FRUIT,
        satang: 3_800,
        price: [
            860, 880, 960, 1_060, 1_150, 1_200, 1_180, 1_120, 1_060, 980, 900, 860,
        ],
        harvest: [
            1_700, 1_500, 900, 450, 250, 200, 220, 300, 450, 800, 1_300, 1_700,
        ],
        kilograms: (40, 280),
        regions: NORTH,
    },
    Crop {
        sku: "BAN-NWA",
        name: "กล้วยน้ำว้า Nam Wa banana",
        shelf: FRUIT,
        satang: 1_450,
        price: DRY,
        harvest: EVEN,
        kilograms: (40, 220),
        regions: &['N', 'R', 'C', 'U', 'E', 'S'],
    },
    Crop {
        sku: "PML-KYW",
        name: "ส้มโอขาวน้ำผึ้ง Khao Nam Phueng pomelo",
        shelf: FRUIT,
        satang: 2_600,
        price: EVEN,
        harvest: RAINS,
        kilograms: (60, 300),
        regions: &['C'],
    },
    Crop {
        sku: "LIM-PAN",
        name: "มะนาวแป้น Paen lime",
        shelf: FRUIT,
        satang: 4_800,
        price: [
            900, 1_250, 1_700, 1_950, 1_400, 850, 680, 640, 680, 740, 780, 820,
        ],
        harvest: RAINS,
        kilograms: (15, 90),
        regions: &['C', 'U', 'S'],
    },
    Crop {
        sku: "COC-OLD",
        name: "มะพร้าวแก่ (เนื้อ) Mature coconut, flesh",
        shelf: FRUIT,
        satang: 1_900,
        price: EVEN,
        harvest: EVEN,
        kilograms: (80, 420),
        regions: SOUTH,
    },
    Crop {
        sku: "CAB-001",
        name: "กะหล่ำปลี Cabbage",
        shelf: VEGETABLES,
        satang: 1_300,
        price: [
            760, 740, 820, 980, 1_150, 1_300, 1_350, 1_320, 1_240, 1_120, 960, 820,
        ],
        harvest: [
            1_600, 1_600, 1_200, 900, 700, 600, 550, 600, 700, 900, 1_200, 1_500,
        ],
        kilograms: (80, 520),
        regions: NORTH,
    },
    Crop {
        sku: "KAL-001",
        name: "คะน้า Chinese kale",
        shelf: VEGETABLES,
        satang: 2_100,
        price: [
            800, 820, 900, 1_050, 1_150, 1_200, 1_180, 1_160, 1_150, 1_120, 960, 840,
        ],
        harvest: EVEN,
        kilograms: (20, 140),
        regions: &['C', 'U', 'R'],
    },
    Crop {
        sku: "TOM-SID",
        name: "มะเขือเทศสีดา Sida tomato",
        shelf: VEGETABLES,
        satang: 2_300,
        price: [
            720, 700, 780, 950, 1_150, 1_280, 1_320, 1_320, 1_260, 1_150, 1_000, 820,
        ],
        harvest: [
            1_600, 1_700, 1_400, 900, 600, 450, 420, 420, 500, 700, 1_000, 1_400,
        ],
        kilograms: (30, 210),
        regions: &['U', 'N'],
    },
    Crop {
        sku: "PUM-001",
        name: "ฟักทอง Pumpkin",
        shelf: VEGETABLES,
        satang: 1_600,
        price: EVEN,
        harvest: EVEN,
        kilograms: (60, 380),
        regions: &['N', 'R', 'U', 'C'],
    },
    Crop {
        sku: "CHI-KNU",
        name: "พริกขี้หนูสวน Bird's eye chilli",
        shelf: SPICES,
        satang: 9_800,
        price: [
            760, 740, 820, 980, 1_180, 1_350, 1_380, 1_250, 1_100, 980, 860, 800,
        ],
        harvest: [
            1_400, 1_400, 1_200, 900, 700, 600, 600, 700, 800, 1_000, 1_200, 1_300,
        ],
        kilograms: (8, 60),
        regions: &['U', 'S', 'C'],
    },
    Crop {
        sku: "GAR-001",
        name: "กระเทียมแห้ง Dried garlic",
        shelf: SPICES,
        satang: 7_600,
        price: [
            1_100, 900, 760, 760, 840, 920, 980, 1_040, 1_100, 1_150, 1_200, 1_180,
        ],
        harvest: [
            300, 900, 2_000, 1_900, 900, 400, 300, 250, 200, 180, 160, 200,
        ],
        kilograms: (30, 180),
        regions: NORTH,
    },
    Crop {
        sku: "SHA-001",
        name: "หอมแดง Shallot",
        shelf: SPICES,
        satang: 4_400,
        price: [
            760, 720, 860, 980, 1_060, 1_120, 1_180, 1_220, 1_200, 1_120, 980, 840,
        ],
        harvest: [
            2_000, 1_900, 1_000, 500, 350, 300, 250, 250, 300, 450, 900, 1_600,
        ],
        kilograms: (40, 240),
        regions: &['U'],
    },
    Crop {
        sku: "GIN-001",
        name: "ขิงแก่ Mature ginger",
        shelf: SPICES,
        satang: 3_600,
        price: EVEN,
        harvest: [
            1_500, 1_400, 1_000, 600, 400, 350, 400, 500, 700, 1_000, 1_400, 1_600,
        ],
        kilograms: (30, 220),
        regions: &['R'],
    },
    Crop {
        sku: "RIC-HML",
        name: "ข้าวเปลือกหอมมะลิ Jasmine paddy",
        shelf: GRAIN,
        satang: 1_480,
        price: [
            960, 980, 1_010, 1_030, 1_050, 1_060, 1_070, 1_060, 1_040, 1_000, 920, 900,
        ],
        harvest: [
            500, 300, 200, 150, 120, 120, 120, 150, 250, 700, 2_600, 1_800,
        ],
        kilograms: (300, 1_900),
        regions: &['U', 'R'],
    },
    Crop {
        sku: "RIC-GLU",
        name: "ข้าวเปลือกเหนียว Glutinous paddy",
        shelf: GRAIN,
        satang: 1_250,
        price: [
            980, 1_000, 1_020, 1_030, 1_040, 1_050, 1_050, 1_040, 1_020, 980, 920, 930,
        ],
        harvest: [
            400, 250, 180, 150, 120, 120, 120, 150, 250, 600, 2_200, 1_600,
        ],
        kilograms: (250, 1_500),
        regions: &['U', 'N'],
    },
    Crop {
        sku: "CAS-001",
        name: "หัวมันสำปะหลังสด Fresh cassava root",
        shelf: GRAIN,
        satang: 275,
        price: [
            980, 960, 970, 990, 1_010, 1_030, 1_040, 1_040, 1_030, 1_010, 990, 980,
        ],
        harvest: [
            1_700, 1_800, 1_600, 1_000, 600, 400, 350, 350, 450, 700, 1_100, 1_500,
        ],
        kilograms: (600, 3_200),
        regions: &['C', 'U'],
    },
    Crop {
        sku: "MAI-001",
        name: "ข้าวโพดเลี้ยงสัตว์ Feed maize",
        shelf: GRAIN,
        satang: 980,
        price: [
            1_020, 1_040, 1_050, 1_050, 1_060, 1_060, 1_040, 980, 920, 930, 960, 1_000,
        ],
        harvest: [
            350, 250, 200, 200, 200, 250, 500, 1_300, 2_000, 1_800, 1_100, 600,
        ],
        kilograms: (400, 2_400),
        regions: &['R', 'C'],
    },
];

impl Crop {
    /// What so much of it is brought in: as many as it takes, and one that is not full.
    pub(super) fn weighed_in(&self, kilograms: i64) -> Containers {
        let (code, _, tare, holds) = match self.shelf {
            FRUIT => CRATE,
            VEGETABLES => BASKET,
            GRAIN => SACK,
            _ => BAG,
        };
        let count = kilograms / holds + 1;
        Containers::new(named("container", code), Quantity::new(tare), count)
            .expect("no farmer brings a thousand")
    }

    /// Its one variant.
    pub(super) fn variant(&self) -> VariantId {
        named("variant", &format!("buying/{}", self.sku))
    }

    /// As the catalogue has it, at so many satang a kilogram. Produce that nobody has processed bears no VAT.
    pub(super) fn product(&self, number: u64, satang: i64) -> Product {
        Product {
            id: named("product", &format!("buying/{}", self.sku)),
            category: shelf_id(self.shelf),
            name: self.name.to_owned(),
            matrix: None,
            variants: vec![Variant {
                id: self.variant(),
                sku: self.sku.to_owned(),
                name: self.name.to_owned(),
                unit: Unit::Gram,
                price: Price::new(Decimal::new(satang, 2), 1_000).expect("baht a kilogram"),
                tax_bps: 0,
                choices: Vec::new(),
                barcode: Barcode::in_house(88_000 + number).expect("five digits"),
            }],
            origin: Origin::Authored,
        }
    }
}

/// The shelves.
pub(super) fn categories() -> Vec<Category> {
    [FRUIT, VEGETABLES, SPICES, GRAIN]
        .into_iter()
        .map(|name| Category {
            id: shelf_id(name),
            parent: None,
            name: name.to_owned(),
        })
        .collect()
}

fn shelf_id(name: &str) -> CategoryId {
    named("category", &format!("buying/{name}"))
}
