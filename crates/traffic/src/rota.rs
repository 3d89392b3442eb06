//! Who stands at which till: two shifts a day, made from the trade that falls into them. Authored; the sources name no staff.
use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use retail::{
    amount::Amount,
    location::{CUT_OFF_HOUR, LocationId, RegisterId},
    shift::ShiftId,
    staff::StaffId,
};

use crate::{
    chain::{Location, Role, Shift, Staff},
    id::dated,
};

/// When the late shift takes over, local time.
const LATE_HOUR: i8 = 15;
/// A till is opened a little before its first customer and counted a little after its last.
const AROUND_MINUTES: i64 = 5;

/// The shifts of one location.
pub(crate) struct Rota {
    location: LocationId,
    code: &'static str,
    registers: Vec<RegisterId>,
    zone: TimeZone,
    staff: Vec<StaffId>,
    float: Amount,
    /// When the late shift takes over; without one, a till has one shift a day.
    late_hour: Option<i8>,
    turns: BTreeMap<(Date, bool, usize), Turn>,
}

struct Turn {
    first: Timestamp,
    last: Timestamp,
    cash: Amount,
}

impl Rota {
    /// An empty rota for those of `staff` who stand at the tills of `location`.
    pub(crate) fn new(location: &Location, staff: &[Staff], zone: TimeZone, float: Amount) -> Self {
        let at_tills = |person: &&Staff| {
            person.location == Some(location.id)
                && matches!(person.role, Role::Cashier | Role::Buyer)
        };
        Self {
            location: location.id,
            code: location.code,
            registers: location
                .registers
                .iter()
                .map(|register| register.id)
                .collect(),
            zone,
            staff: staff
                .iter()
                .filter(at_tills)
                .map(|person| person.id)
                .collect(),
            float,
            late_hour: Some(LATE_HOUR),
            turns: BTreeMap::new(),
        }
    }

    /// The same with one shift a day at each till.
    pub(crate) fn without_late_shift(self) -> Self {
        Self {
            late_hour: None,
            ..self
        }
    }

    /// Takes something that happened at a register into its shift; `cash` is what the drawer gains by it.
    pub(crate) fn record(
        &mut self,
        register: usize,
        date: Date,
        at: Timestamp,
        cash: Amount,
    ) -> ShiftId {
        let (_, late_from, _) = self.bounds(date);
        let key = (date, at >= late_from, register);
        let turn = self.turns.entry(key).or_insert(Turn {
            first: at,
            last: at,
            cash: Amount::ZERO,
        });
        turn.first = turn.first.min(at);
        turn.last = turn.last.max(at);
        turn.cash += cash;
        self.id(key)
    }

    /// The shifts, by date.
    pub(crate) fn shifts(&self) -> Vec<Shift> {
        self.turns
            .iter()
            .map(|(&key, turn)| self.shift(key, turn))
            .collect()
    }

    fn shift(&self, key: (Date, bool, usize), turn: &Turn) -> Shift {
        let (date, late, register) = key;
        let (early_from, late_from, ends) = self.bounds(date);
        let (from, until) = if late {
            (late_from, ends)
        } else {
            (early_from, late_from)
        };
        let around = AROUND_MINUTES.minutes();
        let day = usize::try_from(date.day_of_year()).expect("a day is positive");
        Shift {
            id: self.id(key),
            location: self.location,
            register: self.registers[register],
            staff: self.staff[(day + register + 2 * usize::from(late)) % self.staff.len()],
            business_date: date,
            opens_at: turn
                .first
                .saturating_sub(around)
                .expect("minutes")
                .max(from),
            closes_at: turn
                .last
                .saturating_add(around)
                .expect("minutes")
                .min(until - 1.second()),
            float: self.float,
            counted: self.float + turn.cash,
        }
    }

    fn id(&self, (date, late, register): (Date, bool, usize)) -> ShiftId {
        let (early_from, late_from, _) = self.bounds(date);
        let name = format!("{}/{register}/{date}/{late}", self.code);
        dated(if late { late_from } else { early_from }, "shift", &name)
    }

    /// When the early and the late shift of a business date begin, and when the date is over.
    fn bounds(&self, date: Date) -> (Timestamp, Timestamp, Timestamp) {
        let instant = |date: Date, hour| {
            self.zone
                .to_timestamp(date.at(hour, 0, 0, 0))
                .expect("a date of our time in a known zone")
        };
        let ends = instant(date.saturating_add(1.day()), CUT_OFF_HOUR);
        (
            instant(date, CUT_OFF_HOUR),
            self.late_hour.map_or(ends, |hour| instant(date, hour)),
            ends,
        )
    }
}
