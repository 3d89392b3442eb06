//! The six buying stations, their people, and the farmers who come. Authored.
use super::TIME_ZONE;
use crate::{
    chain::{Location, LocationKind, Register, Role, Staff, Supplier},
    id::named,
};

/// A buying station.
#[derive(Debug)]
pub(super) struct Station {
    pub(super) code: &'static str,
    /// Begins the codes of its farmers, and says what grows there.
    pub(super) letter: char,
    name: &'static str,
    address: &'static str,
    /// Farmers of an average day, in thousandths.
    pub(super) farmers: i64,
    /// What it gains in a year, in thousandths.
    pub(super) growth: i64,
    /// Manager and two buyers.
    people: [&'static str; 3],
}

/// All of them, from north to south.
pub(super) static STATIONS: [Station; 6] = [
    Station {
        code: "CNX",
        letter: 'N',
        name: "จุดรับซื้อ สันทราย เชียงใหม่",
        address: "อ.สันทราย จ.เชียงใหม่",
        farmers: 12_400,
        growth: 90,
        people: ["สุดารัตน์ ใจดี", "กิตติพงษ์ แสงทอง", "ปวีณา คำแก้ว"],
    },
    Station {
        code: "CEI",
        letter: 'R',
        name: "จุดรับซื้อ แม่จัน เชียงราย",
        address: "อ.แม่จัน จ.เชียงราย",
        farmers: 9_100,
        growth: 140,
        people: ["วิไลวรรณ ศรีวงศ์", "ธนากร บุญมา", "นฤมล ทองดี"],
    },
    Station {
        code: "UBP",
        letter: 'U',
        name: "จุดรับซื้อ วารินชำราบ อุบลราชธานี",
        address: "อ.วารินชำราบ จ.อุบลราชธานี",
        farmers: 10_600,
        growth: 60,
        people: ["ประภาส โพธิ์งาม", "อรทัย สายบัว", "ชัยวัฒน์ ดวงดี"],
    },
    Station {
        code: "NMA",
        letter: 'C',
        name: "จุดรับซื้อ ปากช่อง นครราชสีมา",
        address: "อ.ปากช่อง จ.นครราชสีมา",
        farmers: 11_300,
        growth: -40,
        people: ["มาลินี พงษ์พันธ์", "สมชาย รักษา", "รัตนา เพชรดี"],
    },
    Station {
        code: "CTI",
        letter: 'E',
        name: "จุดรับซื้อ ท่าใหม่ จันทบุรี",
        address: "อ.ท่าใหม่ จ.จันทบุรี",
        farmers: 10_800,
        growth: 180,
        people: ["ณัฐวุฒิ จันทร์เพ็ญ", "สุภาพร ทรัพย์มาก", "อนุชา ชูศรี"],
    },
    Station {
        code: "URT",
        letter: 'S',
        name: "จุดรับซื้อ พุนพิน สุราษฎร์ธานี",
        address: "อ.พุนพิน จ.สุราษฎร์ธานี",
        farmers: 8_700,
        growth: 50,
        people: ["กนกวรรณ หนูทอง", "ธีรพล แก้วมณี", "จิราพร ช่วยเหลือ"],
    },
];

/// Of an office: name, e-mail and password.
const OFFICE: [(&str, &str, &str); 3] = [
    (
        "สุดารัตน์ ใจดี",
        "sudarat@suanruamjai.example",
        "mango-scale-cnx",
    ),
    (
        "ณัฐวุฒิ จันทร์เพ็ญ",
        "natthawut@suanruamjai.example",
        "mango-scale-cti",
    ),
    (
        "พิมพ์ชนก วัฒนากุล",
        "admin@suanruamjai.example",
        "mango-scale-hq",
    ),
];

/// Farmers and cooperatives by the letter of their station; each says that it is made up.
const FARMERS: [(&str, &str); 30] = [
    ("N01", "สวนลุงคำปัน (demo)"),
    ("N02", "สวนแม่บัวผัน (demo)"),
    ("N03", "สหกรณ์การเกษตรดอยคำ (demo)"),
    ("N04", "ไร่พ่อหลวงอินทร์ (demo)"),
    ("N05", "สวนส้มป้าจันทร์ (demo)"),
    ("R01", "ไร่ขิงลุงสม (demo)"),
    ("R02", "กลุ่มเกษตรกรแม่จัน (demo)"),
    ("R03", "สวนลำไยพ่อทองสุข (demo)"),
    ("R04", "นาป้าศรีนวล (demo)"),
    ("R05", "ไร่ข้าวโพดนายเสริม (demo)"),
    ("U01", "นาพ่อใหญ่บุญมี (demo)"),
    ("U02", "กลุ่มหอมแดงบ้านหนองบัว (demo)"),
    ("U03", "ไร่มันแม่สำลี (demo)"),
    ("U04", "สหกรณ์ข้าวหอมมูล (demo)"),
    ("U05", "สวนพริกนางคำผาย (demo)"),
    ("C01", "ไร่ลุงประยูร (demo)"),
    ("C02", "สวนส้มโอป้าละมัย (demo)"),
    ("C03", "ไร่มันกำนันวิชัย (demo)"),
    ("C04", "กลุ่มผักปากช่อง (demo)"),
    ("C05", "สวนกล้วยนายธงชัย (demo)"),
    ("E01", "สวนทุเรียนเจ๊หมวย (demo)"),
    ("E02", "สวนผู้ใหญ่ประเสริฐ (demo)"),
    ("E03", "วิสาหกิจชุมชนมังคุดท่าใหม่ (demo)"),
    ("E04", "สวนเงาะลุงโชติ (demo)"),
    ("E05", "สวนสองพี่น้อง (demo)"),
    ("S01", "สวนมะพร้าวโกเล็ก (demo)"),
    ("S02", "สวนเงาะป้าสมใจ (demo)"),
    ("S03", "กลุ่มมังคุดพุนพิน (demo)"),
    ("S04", "สวนพริกน้าดำ (demo)"),
    ("S05", "สวนกล้วยบังหมัด (demo)"),
];

impl Station {
    /// The location with its two scales; the last one is the visitor's.
    pub(super) fn location(&self) -> Location {
        let registers = (1..=2).zip(["A", "B"]).map(|(number, letter)| Register {
            id: named("register", &format!("buying/{}/{number}", self.code)),
            name: format!("เครื่องชั่ง {number}"),
            prefix: format!("{}{letter}", self.code),
        });
        Location {
            id: named("location", &format!("buying/{}", self.code)),
            code: self.code,
            name: self.name,
            address: self.address,
            kind: LocationKind::BuyingStation,
            time_zone: TIME_ZONE,
            registers: registers.collect(),
        }
    }
}

/// Everybody who logs in: at each station a manager and two buyers, and who runs the company.
pub(super) fn staff() -> Vec<Staff> {
    let mut staff = Vec::new();
    for station in &STATIONS {
        let location = Some(station.location().id);
        let roles = [
            (Role::BranchManager, "7009"),
            (Role::Buyer, "7001"),
            (Role::Buyer, "7002"),
        ];
        for (name, (role, pin)) in station.people.into_iter().zip(roles) {
            staff.push(person(name, role, location, Some(pin)));
        }
    }
    staff.push(person(OFFICE[2].0, Role::Administrator, None, None));
    staff
}

fn person(
    name: &'static str,
    role: Role,
    location: Option<retail::location::LocationId>,
    pin: Option<&'static str>,
) -> Staff {
    let login = OFFICE.iter().find(|login| login.0 == name);
    Staff {
        id: named("staff", &format!("buying/{name}")),
        name,
        role,
        location,
        pin,
        login: login.map(|login| (login.1, login.2)),
    }
}

/// From whom the stations buy.
pub(super) fn suppliers() -> Vec<Supplier> {
    FARMERS
        .into_iter()
        .map(|(code, name)| Supplier {
            id: named("supplier", &format!("buying/{code}")),
            code,
            name,
        })
        .collect()
}
