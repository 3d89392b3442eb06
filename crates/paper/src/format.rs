//! Amounts, quantities and instants as people of a language write them: exactly as the pages show them.
//!
//! The pages take these rules from the browser's `Intl`; `tests/it/shown.txt` has examples that both sides are held to.
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use retail::{
    amount::Amount,
    currency::Currency,
    price::Price,
    quantity::{Quantity, Unit},
    tax::TaxRate,
};
use rust_decimal::Decimal;

use crate::Language;

/// Between a number and its unit: a space at which no line ends.
const NO_BREAK: &str = "\u{a0}";
/// Digits after the point of a measured quantity in the unit that people use.
const MEASURED_DIGITS: u32 = 3;
/// Years that the Thai calendar is ahead.
const BUDDHIST_YEARS: i16 = 543;

/// How a shop's people read.
#[derive(Debug, Clone, Copy)]
pub struct Locale {
    /// Their language.
    pub language: Language,
    /// The company's currency.
    pub currency: Currency,
}

impl Locale {
    /// `$12.34`, `1.250.000 ₫`, `฿99.50`.
    #[must_use]
    pub fn amount(&self, amount: Amount) -> String {
        let exponent = self.currency.exponent;
        let major = Decimal::from_i128_with_scale(i128::from(amount.minor()), exponent);
        self.money(major, exponent)
    }

    /// A price in major units, with as many digits as it has and at least the currency's.
    #[must_use]
    pub fn price(&self, major: Decimal) -> String {
        self.money(major, major.scale().max(self.currency.exponent))
    }

    /// What a price is for: `kg`, `100 g`; empty when it is for one piece.
    #[must_use]
    pub fn basis(&self, price: Price, unit: Unit) -> String {
        match unit {
            Unit::Piece if price.per() == 1 => String::new(),
            Unit::Piece => self.quantity(Quantity::new(price.per()), unit),
            Unit::Gram | Unit::Millilitre | Unit::Millimetre if price.per() == 1000 => {
                self.measure(unit, true).to_owned()
            }
            Unit::Gram | Unit::Millilitre | Unit::Millimetre => {
                self.quantity(Quantity::new(price.per()), unit)
            }
        }
    }

    /// `3`, `1.25 kg`, `250 g`.
    #[must_use]
    pub fn quantity(&self, quantity: Quantity, unit: Unit) -> String {
        let units = quantity.base_units();
        if unit == Unit::Piece {
            return self.number(Decimal::from(units), 0);
        }
        let is_large = units.unsigned_abs() >= 1000;
        let scale = if is_large { MEASURED_DIGITS } else { 0 };
        let number = Decimal::from_i128_with_scale(i128::from(units), scale).normalize();
        let (number, name) = (
            self.number(number, number.scale()),
            self.measure(unit, is_large),
        );
        format!("{number} {name}")
    }

    /// `7%`, `7,25%`.
    #[must_use]
    pub fn rate(&self, rate: TaxRate) -> String {
        let percent = Decimal::from_i128_with_scale(i128::from(rate.basis_points()), 2).normalize();
        format!("{}%", self.number(percent, percent.scale()))
    }

    /// A day and a time in the shop's zone: `Nov 22, 2026, 17:30`.
    #[must_use]
    pub fn instant(&self, at: Timestamp, zone: &TimeZone) -> String {
        let local = at.to_zoned(zone.clone());
        let time = format!("{:02}:{:02}", local.hour(), local.minute());
        let date = self.date(local.date());
        match self.language {
            Language::English => format!("{date}, {time}"),
            Language::Vietnamese => format!("{time} {date}"),
            Language::Thai => format!("{date} {time}"),
        }
    }

    /// A date without a zone: `Nov 22, 2026`.
    #[must_use]
    pub fn date(&self, date: Date) -> String {
        let (day, year) = (date.day(), date.year());
        let month = usize::from(date.month().unsigned_abs()).saturating_sub(1);
        match self.language {
            Language::English => format!("{} {day}, {year}", ENGLISH_MONTHS[month]),
            Language::Vietnamese => format!("{day} thg {}, {year}", month + 1),
            Language::Thai => format!("{day} {} {}", THAI_MONTHS[month], year + BUDDHIST_YEARS),
        }
    }

    fn money(&self, major: Decimal, digits: u32) -> String {
        let sign = if major.is_sign_negative() && !major.is_zero() {
            "-"
        } else {
            ""
        };
        let number = self.number(major.abs(), digits);
        let symbol = self.symbol();
        // A symbol that is a word stands apart.
        let space = if symbol.ends_with(|letter: char| letter.is_ascii_alphabetic()) {
            NO_BREAK
        } else {
            ""
        };
        match self.language {
            Language::Vietnamese => format!("{sign}{number}{NO_BREAK}{symbol}"),
            Language::English | Language::Thai => format!("{sign}{symbol}{space}{number}"),
        }
    }

    fn number(&self, number: Decimal, digits: u32) -> String {
        let (group, point) = match self.language {
            Language::Vietnamese => ('.', ','),
            Language::English | Language::Thai => (',', '.'),
        };
        let shown = format!("{:.*}", digits as usize, number.abs());
        let (whole, fraction) = shown.split_once('.').unwrap_or((&shown, ""));
        let mut text = String::with_capacity(shown.len() + shown.len() / 3 + 1);
        if number.is_sign_negative() && !number.is_zero() {
            text.push('-');
        }
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                text.push(group);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(point);
            text.push_str(fraction);
        }
        text
    }

    fn symbol(&self) -> &'static str {
        match (self.currency.code, self.language) {
            ("USD", Language::English) => "$",
            ("USD", Language::Vietnamese | Language::Thai) => "US$",
            ("EUR", _) => "€",
            ("GBP", _) => "£",
            ("JPY", _) => "¥",
            ("VND", _) => "₫",
            ("THB", Language::Vietnamese | Language::Thai) => "฿",
            (code, _) => code,
        }
    }

    const fn measure(&self, unit: Unit, is_large: bool) -> &'static str {
        let is_thai = matches!(self.language, Language::Thai);
        match (unit, is_large, is_thai) {
            (Unit::Piece, ..) => "",
            (Unit::Gram, true, false) => "kg",
            (Unit::Gram, false, false) => "g",
            (Unit::Gram, true, true) => "กก.",
            (Unit::Gram, false, true) => "ก.",
            (Unit::Millilitre, true, false) => "L",
            (Unit::Millilitre, false, false) => "mL",
            (Unit::Millilitre, true, true) => "ล.",
            (Unit::Millilitre, false, true) => "มล.",
            (Unit::Millimetre, true, false) => "m",
            (Unit::Millimetre, false, false) => "mm",
            (Unit::Millimetre, true, true) => "ม.",
            (Unit::Millimetre, false, true) => "มม.",
        }
    }
}

const ENGLISH_MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const THAI_MONTHS: [&str; 12] = [
    "ม.ค.",
    "ก.พ.",
    "มี.ค.",
    "เม.ย.",
    "พ.ค.",
    "มิ.ย.",
    "ก.ค.",
    "ส.ค.",
    "ก.ย.",
    "ต.ค.",
    "พ.ย.",
    "ธ.ค.",
];
