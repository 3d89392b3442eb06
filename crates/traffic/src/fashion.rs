//! A fashion chain of twelve branches in Hanoi and Ho Chi Minh City, in sizes and colours, with two years of history.
//!
//! All of it is authored: no company, person, style or figure of it exists. What it follows is the year of such a chain
//! in Vietnam (`season`), so that days, weeks and years can be compared.
use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use retail::{
    amount::Amount,
    catalog::VariantId,
    currency::Currency,
    location::LocationId,
    quantity::Quantity,
    sale::{Tender, TenderKind},
};

use crate::{
    chain::{Basket, Chain, Line, Location, Opening, Shift, Staff, Supplier},
    dice::Dice,
    id::{dated, named},
    rota::Rota,
    window::Window,
};

mod branch;
mod season;
mod style;
mod words;

use branch::{BRANCHES, Branch};
use style::Style;

/// In which time the branches live.
pub const TIME_ZONE: &str = "Asia/Ho_Chi_Minh";
/// Days of the trade when nothing is said: two years and a little, so that every day has one a year before.
pub const DAYS: i64 = 735;
/// The name of the company.
const NAME: &str = "Lam Chiều & North Alley";
/// ISO 4217 code of all amounts.
const CURRENCY: &str = "VND";

/// Cash at the opening of a till.
const FLOAT: Amount = Amount::from_minor(2_000_000);
/// The branches open at this hour.
const OPENS: i64 = 9;
/// How many customers come in each hour from then on, in shares.
const HOURS: [i64; 13] = [3, 7, 9, 8, 6, 6, 7, 9, 12, 14, 12, 8, 3];
/// How many products a customer takes, in shares, from one on.
const LINES: [i64; 4] = [48, 32, 14, 6];
/// From so many customers on a branch opens its second till.
const BUSY: i64 = 9;
/// Lines of one count.
const COUNT_LINES: usize = 500;
/// Prices after a discount are whole thousands.
const THOUSAND: i64 = 1_000;

/// The chain with the trade of `window`.
#[must_use]
pub fn chain(window: Window) -> Chain {
    let locations: Vec<Location> = BRANCHES.iter().map(Branch::location).collect();
    let staff = branch::staff();
    let styles = style::styles(window);
    let mut trade = Trade::new(&styles);
    for (branch, location) in BRANCHES.iter().zip(&locations) {
        trade.of_branch(branch, location, &staff, window);
    }
    let Trade {
        mut baskets,
        mut openings,
        mut shifts,
        ..
    } = trade;
    baskets.sort_by_key(|basket| (basket.at, basket.id));
    shifts.sort_by_key(|shift| (shift.opens_at, shift.id));
    openings.sort_by_key(|opening| (opening.at, opening.id));
    Chain {
        id: named::<Chain>("company", NAME).as_uuid(),
        company: NAME,
        currency: CURRENCY,
        time_zone: TIME_ZONE,
        is_authored: true,
        anchor: window.anchor,
        live_from: window.live_from(),
        locations,
        staff,
        categories: style::categories(),
        products: styles.into_iter().map(|style| style.product).collect(),
        suppliers: suppliers(),
        containers: Vec::new(),
        openings,
        shifts,
        baskets,
        purchases: Vec::new(),
        rejected: Vec::new(),
    }
}

/// Who sews for the chain. Authored, and not bought from at a till.
fn suppliers() -> Vec<Supplier> {
    [
        ("X01", "Xưởng may Hoa Sữa (demo)"),
        ("X02", "Dệt lụa Bến Thuyền (demo)"),
        ("X03", "May mặc Cầu Đất (demo)"),
    ]
    .into_iter()
    .map(|(code, name)| Supplier {
        id: named("supplier", &format!("fashion/{code}")),
        code,
        name,
    })
    .collect()
}

/// Everything that happens, and what is needed to make it.
struct Trade<'a> {
    styles: &'a [Style],
    /// By date and whether in Hanoi: how likely each style is taken, added up.
    weights: BTreeMap<(Date, bool), Vec<i64>>,
    zone: TimeZone,
    currency: Currency,
    baskets: Vec<Basket>,
    openings: Vec<Opening>,
    shifts: Vec<Shift>,
    number: u64,
}

/// What a branch has sold of a variant, and the first day that it may have stood there.
type Sold = BTreeMap<(Date, VariantId), i64>;

/// A day of a branch.
struct Day<'a> {
    branch: &'a Branch,
    location: LocationId,
    date: Date,
    dice: Dice,
}

impl<'a> Trade<'a> {
    fn new(styles: &'a [Style]) -> Self {
        Self {
            styles,
            weights: BTreeMap::new(),
            zone: TimeZone::get(TIME_ZONE).expect("the time zone database is part of the binary"),
            currency: Currency::by_code(CURRENCY).expect("the dong is a currency"),
            baskets: Vec::new(),
            openings: Vec::new(),
            shifts: Vec::new(),
            number: 0,
        }
    }

    fn of_branch(&mut self, branch: &Branch, location: &Location, staff: &[Staff], window: Window) {
        let mut rota = Rota::new(location, staff, self.zone.clone(), FLOAT).without_late_shift();
        let mut sold = Sold::new();
        let first = branch.opened(window).max(window.from);
        let mut date = first;
        while date <= window.anchor {
            let day = Day {
                branch,
                location: location.id,
                date,
                dice: Dice::of(&format!("{}/{date}", branch.code)),
            };
            self.day(day, window, &mut rota, &mut sold);
            date = date.saturating_add(1.day());
        }
        let shifts = rota.shifts();
        let begins = shifts.iter().map(|shift| shift.opens_at).min();
        if let Some(begins) = begins {
            self.stock(branch, location.id, &sold, first, begins);
        }
        self.shifts.extend(shifts);
    }

    fn day(&mut self, mut day: Day<'_>, window: Window, rota: &mut Rota, sold: &mut Sold) {
        let customers = day
            .dice
            .about(day.branch.customers(day.date, window) * season::customers(day.date) / 1_000);
        let mut times: Vec<i64> = (0..customers).map(|_| second(&mut day.dice)).collect();
        times.sort_unstable();
        for (nth, second) in times.into_iter().enumerate() {
            let register = usize::from(customers >= BUSY && nth % 3 == 2);
            self.visit(&mut day, nth, second, register, rota, sold);
        }
    }

    fn visit(
        &mut self,
        day: &mut Day<'_>,
        nth: usize,
        second: i64,
        register: usize,
        rota: &mut Rota,
        sold: &mut Sold,
    ) {
        let midnight = day.date.at(0, 0, 0, 0);
        let midnight = self
            .zone
            .to_timestamp(midnight)
            .expect("a date of our time");
        // Two customers of the same second stand behind each other.
        let at = midnight + (second + i64::try_from(nth).unwrap_or(0)).seconds();
        let name = format!("fashion/{}/{}/{nth}", day.branch.code, day.date);
        let (lines, total) = self.lines(day, sold);
        if lines.is_empty() {
            return;
        }
        let (tender, cash) = self.tender(&mut day.dice, total);
        self.number += 1;
        self.baskets.push(Basket {
            id: dated(at, "sale", &name),
            shift: rota.record(register, day.date, at, cash),
            location: day.location,
            at,
            business_date: day.date,
            source: self.number,
            lines,
            tenders: vec![tender],
            total,
        });
    }

    /// What a customer takes, and what that costs.
    fn lines(&mut self, day: &mut Day<'_>, sold: &mut Sold) -> (Vec<Line>, Amount) {
        let styles = self.styles;
        let is_north = day.branch.is_north;
        let date = day.date;
        let weights = self.weights.entry((date, is_north)).or_insert_with(|| {
            let sum = |sum: &mut i64, style: &Style| {
                *sum += style.weight(date, is_north);
                Some(*sum)
            };
            styles.iter().scan(0, sum).collect()
        });
        let (mut lines, mut total) = (Vec::<Line>::new(), Amount::ZERO);
        if weights.last().is_none_or(|sum| *sum == 0) {
            return (lines, total);
        }
        for _ in 0..=day.dice.weighted(&LINES) {
            let style = &styles[day.dice.cumulated(weights)];
            let variant = &style.product.variants[day.dice.weighted(&style.shares)];
            let quantity = if day.dice.below(100) < 4 { 2 } else { 1 };
            if lines.iter().any(|line| line.variant == variant.id) {
                continue;
            }
            let gross = style.price * quantity;
            let cheaper = style.discount(date);
            let off = cheaper.map_or(0, |(percent, _)| {
                gross * percent / 100 / THOUSAND * THOUSAND
            });
            *sold.entry((style.launch, variant.id)).or_default() += quantity;
            total += Amount::from_minor(gross - off);
            lines.push(Line {
                variant: variant.id,
                quantity: Quantity::new(quantity),
                price: None,
                discount: Amount::from_minor(off),
                discount_reason: cheaper.filter(|_| off > 0).map(|(_, reason)| reason),
            });
        }
        (lines, total)
    }

    /// Two of three pay by card or transfer. The cash that stays in the drawer is the second.
    fn tender(&self, dice: &mut Dice, total: Amount) -> (Tender, Amount) {
        if dice.below(100) < 66 {
            let tender = Tender {
                kind: TenderKind::Card,
                amount: total,
            };
            return (tender, Amount::ZERO);
        }
        let likely = self.currency.suggested_cash(total);
        let tender = Tender {
            kind: TenderKind::Cash,
            amount: likely[dice.place(likely.len())],
        };
        (tender, total)
    }

    /// Counts what has come: before the first day what there is, later each collection on the morning of its day. It is
    /// what will be sold and a little more, so that nothing goes below zero.
    fn stock(
        &mut self,
        branch: &Branch,
        location: LocationId,
        sold: &Sold,
        first: Date,
        begins: Timestamp,
    ) {
        let mut arrivals = BTreeMap::<Date, Vec<(VariantId, Quantity)>>::new();
        for (&(launch, variant), &sold) in sold {
            let spare = (sold / 6).max(2);
            arrivals
                .entry(launch.max(first))
                .or_default()
                .push((variant, Quantity::new(sold + spare)));
        }
        for (date, lines) in arrivals {
            let at = if date == first {
                begins - 1.minute()
            } else {
                let morning = date.at(8, 0, 0, 0);
                self.zone.to_timestamp(morning).expect("a date of our time")
            };
            for (part, lines) in lines.chunks(COUNT_LINES).enumerate() {
                let name = format!("fashion/{}/{date}/{part}", branch.code);
                self.openings.push(Opening {
                    id: dated(at, "count", &name),
                    location,
                    at,
                    lines: lines.to_vec(),
                });
            }
        }
    }
}

/// A second of the day at which somebody comes.
fn second(dice: &mut Dice) -> i64 {
    let hour = i64::try_from(dice.weighted(&HOURS)).unwrap_or(0);
    let minute = if hour == 0 {
        dice.between(30, 59)
    } else {
        dice.below(60)
    };
    ((OPENS + hour) * 60 + minute) * 60 + dice.below(40)
}

#[cfg(test)]
mod tests;
