//! The twelve branches of the fashion chain and their people. Authored.
use jiff::{ToSpan, civil::Date};

use super::TIME_ZONE;
use crate::{
    chain::{Location, LocationKind, Register, Role, Staff},
    id::named,
    window::Window,
};

/// A branch.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) code: &'static str,
    name: &'static str,
    address: &'static str,
    pub(super) is_north: bool,
    /// Customers of an average day, in thousandths.
    size: i64,
    /// What it gains in a year, in thousandths.
    growth: i64,
    /// How many days before the last one it was opened; `None` when it was always there.
    opened: Option<i64>,
    /// Manager and cashiers.
    people: [&'static str; 3],
}

const fn branch(
    (code, name, address): (&'static str, &'static str, &'static str),
    (size, growth): (i64, i64),
    opened: Option<i64>,
    people: [&'static str; 3],
) -> Branch {
    Branch {
        code,
        name,
        address,
        is_north: matches!(code.as_bytes()[0], b'H'),
        size,
        growth,
        opened,
        people,
    }
}

/// All of them, Hanoi first.
pub(super) static BRANCHES: [Branch; 12] = [
    branch(
        ("HN1", "Hàng Bông", "Phường Hoàn Kiếm, Hà Nội"),
        (10_400, 60),
        None,
        ["Nguyễn Thị Thu Hà", "Trần Minh Anh", "Lê Hoàng Nam"],
    ),
    branch(
        ("HN2", "Kim Mã", "Phường Giảng Võ, Hà Nội"),
        (7_600, 110),
        None,
        ["Phạm Quỳnh Chi", "Đỗ Thùy Dương", "Vũ Đức Long"],
    ),
    branch(
        ("HN3", "Cầu Giấy", "Phường Cầu Giấy, Hà Nội"),
        (8_900, 140),
        None,
        ["Hoàng Thị Bích Ngọc", "Bùi Khánh Linh", "Đặng Quang Huy"],
    ),
    branch(
        ("HN4", "Hà Đông", "Phường Hà Đông, Hà Nội"),
        (5_600, 90),
        None,
        ["Ngô Thị Mai", "Dương Hải Yến", "Phan Tuấn Kiệt"],
    ),
    branch(
        ("HN5", "Long Biên", "Phường Long Biên, Hà Nội"),
        (5_100, -70),
        None,
        ["Lý Thị Thanh Hương", "Trịnh Bảo Ngân", "Hồ Việt Anh"],
    ),
    branch(
        ("HN6", "Tây Hồ", "Phường Tây Hồ, Hà Nội"),
        (4_800, 200),
        Some(420),
        ["Mai Phương Thảo", "Cao Diệu Linh", "Đinh Gia Bảo"],
    ),
    branch(
        ("SG1", "Nguyễn Trãi", "Phường Chợ Quán, TP. Hồ Chí Minh"),
        (11_200, 80),
        None,
        ["Võ Thị Kim Ngân", "Huỳnh Ngọc Trâm", "Nguyễn Hữu Phước"],
    ),
    branch(
        ("SG2", "Lê Văn Sỹ", "Phường Nhiêu Lộc, TP. Hồ Chí Minh"),
        (8_300, 50),
        None,
        ["Trương Mỹ Duyên", "Lâm Thảo Vy", "Châu Quốc Thịnh"],
    ),
    branch(
        ("SG3", "Thảo Điền", "Phường An Khánh, TP. Hồ Chí Minh"),
        (6_700, 170),
        None,
        ["Đoàn Ngọc Hân", "Tạ Yến Nhi", "Phùng Anh Khoa"],
    ),
    branch(
        ("SG4", "Phú Mỹ Hưng", "Phường Tân Mỹ, TP. Hồ Chí Minh"),
        (7_200, 120),
        None,
        ["Lương Thị Cẩm Tú", "Kiều Minh Thư", "Tô Thành Đạt"],
    ),
    branch(
        ("SG5", "Gò Vấp", "Phường Hạnh Thông, TP. Hồ Chí Minh"),
        (6_100, 30),
        None,
        ["Hà Thị Tuyết Nhung", "Quách Thu Trang", "Thái Hoàng Phúc"],
    ),
    branch(
        ("SG6", "Bình Thạnh", "Phường Thạnh Mỹ Tây, TP. Hồ Chí Minh"),
        (5_300, 260),
        Some(160),
        ["Từ Thị Hồng Nhung", "Vương Gia Hân", "La Chí Cường"],
    ),
];

/// Of an office: name, branch (empty: everywhere), e-mail and password.
const OFFICE: [(&str, &str, &str, &str); 3] = [
    (
        "Nguyễn Thị Thu Hà",
        "HN1",
        "ha@lamchieu.example",
        "lotus-silk-hn1",
    ),
    (
        "Võ Thị Kim Ngân",
        "SG1",
        "ngan@lamchieu.example",
        "lotus-silk-sg1",
    ),
    (
        "Đào Thanh Tùng",
        "",
        "admin@lamchieu.example",
        "lotus-silk-hq",
    ),
];

impl Branch {
    /// The location with its three tills; the last one is the visitor's.
    pub(super) fn location(&self) -> Location {
        let registers = (1..=3)
            .zip(["A", "B", "C"])
            .map(|(number, letter)| Register {
                id: named("register", &format!("fashion/{}/{number}", self.code)),
                name: format!("Quầy {number}"),
                prefix: format!("{}{letter}", self.code),
            });
        Location {
            id: named("location", &format!("fashion/{}", self.code)),
            code: self.code,
            name: self.name,
            address: self.address,
            kind: LocationKind::Shop,
            time_zone: TIME_ZONE,
            registers: registers.collect(),
        }
    }

    /// Its first day.
    pub(super) fn opened(&self, window: Window) -> Date {
        self.opened
            .map_or(Date::MIN, |days| window.anchor.saturating_sub(days.days()))
    }

    /// Customers of an average day at that time, in thousandths. Half a year after its opening a branch is known.
    pub(super) fn customers(&self, date: Date, window: Window) -> i64 {
        let back = i64::from((window.anchor - date).get_days());
        let grown = 1_000 - self.growth * back / 365;
        let age = i64::from((date - self.opened(window)).get_days());
        let known = (500 + age * 500 / 180).clamp(0, 1_000);
        self.size * grown / 1_000 * known / 1_000
    }
}

/// Everybody who logs in: at each branch a manager and two at the tills, and who runs the company.
pub(super) fn staff() -> Vec<Staff> {
    let mut staff = Vec::new();
    for branch in &BRANCHES {
        let location = Some(branch.location().id);
        let roles = [
            (Role::BranchManager, "1009"),
            (Role::Cashier, "1001"),
            (Role::Cashier, "1002"),
        ];
        for (name, (role, pin)) in branch.people.into_iter().zip(roles) {
            let login = OFFICE.iter().find(|login| login.0 == name);
            staff.push(Staff {
                id: named("staff", &format!("fashion/{name}")),
                name,
                role,
                location,
                pin: Some(pin),
                login: login.map(|login| (login.2, login.3)),
            });
        }
    }
    let people = OFFICE.iter().filter(|login| login.1.is_empty());
    staff.extend(people.map(|&(name, _, email, password)| Staff {
        id: named("staff", &format!("fashion/{name}")),
        name,
        role: Role::Administrator,
        location: None,
        pin: None,
        login: Some((email, password)),
    }));
    staff
}
