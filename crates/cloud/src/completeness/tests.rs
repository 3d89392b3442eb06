//! When a business day can be signed off, line by line.
use expect_test::{Expect, expect};
use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{DayFacts, NodeFacts, blockers, over_at};

const DAY: Date = Date::constant(2026, 3, 2);

/// `now 14:00 | node told 13:59 has 9 of 12 | day shift 1 queued 2`: times are of the day after, New York.
fn check(text: &str, expected: &Expect) {
    let zone = TimeZone::get("America/New_York").unwrap();
    let at = |word: &str| -> Timestamp {
        let (date, time) = word
            .strip_prefix('-')
            .map_or((Date::constant(2026, 3, 3), word), |time| (DAY, time));
        let time: jiff::civil::Time = time.parse().unwrap();
        date.to_datetime(time)
            .to_zoned(zone.clone())
            .unwrap()
            .timestamp()
    };
    let mut now = at("12:00");
    let mut node = None;
    let mut day = DayFacts::default();
    for part in text.split(" | ") {
        let words: Vec<&str> = part.split(' ').collect();
        let number = |place: usize| words[place].parse::<i64>().unwrap();
        match words[0] {
            "now" => now = at(words[1]),
            "node" => {
                node = Some(NodeFacts {
                    is_active: true,
                    ..NodeFacts::default()
                });
            }
            _ => {}
        }
        for place in (1..words.len())
            .step_by(2)
            .filter(|place| place + 1 < words.len())
        {
            let facts = node.get_or_insert_default();
            match words[place] {
                "told" => facts.complete_to = Some(at(words[place + 1])),
                "last" => facts.last_seq = number(place + 1),
                "head" => facts.head_seq = number(place + 1),
                "missing" => facts.missing_from = Some(number(place + 1)),
                "opened" => facts.newest_date = Some(words[place + 1].parse().unwrap()),
                "is" if words[place + 1] == "fenced" => facts.is_active = false,
                "is" => facts.is_frozen = true,
                "shifts" => day.open_shifts = number(place + 1),
                "queued" => day.queued = number(place + 1),
                "waiting" => day.waiting = number(place + 1),
                "quarantined" => day.quarantined = number(place + 1),
                "salvage" => day.salvage = number(place + 1),
                _ => {}
            }
        }
    }
    let node = if text.contains("node") { node } else { None };
    let told: Vec<String> = blockers(DAY, over_at(DAY, &zone), now, node.as_ref(), &day)
        .iter()
        .map(|one| {
            let range = one.from.zip(one.to);
            let range = range.map_or_else(String::new, |(from, to)| format!(" {from}-{to}"));
            format!("{:?} {}{range}", one.code, one.count)
        })
        .collect();
    expected.assert_eq(&told.join(", "));
}

#[test]
fn a_day_is_over_when_a_later_one_was_opened_or_the_node_has_told_all_after_its_end() {
    check("node opened 2026-03-03 last 9 head 12", &expect![[""]]);
    check("node told 04:00 last 9 head 9", &expect![[""]]);
    check("node told 03:59 last 9 head 9", &expect!["Offline 0"]);
    check(
        "now 03:59 | node told 03:58 last 9 head 9",
        &expect!["NotOver 0"],
    );
    // A clock that is ahead does not end the day.
    check(
        "now 03:59 | node told 05:00 last 9 head 9",
        &expect!["NotOver 0"],
    );
    check(
        "node opened 2026-03-02 told -23:00 last 9 head 9",
        &expect!["Offline 0"],
    );
    check("node last 0 head 0", &expect!["Offline 0"]);
}

#[test]
fn what_is_missing_is_named() {
    check(
        "node told -23:00 last 9 head 12",
        &expect!["OnTheirWay 3 10-12"],
    );
    check(
        "node last 9 head 12 missing 10",
        &expect!["Missing 3 10-12"],
    );
    check("node is fenced last 9 head 12", &expect!["Fenced 0"]);
    check("node is fenced opened 2026-03-03", &expect![[""]]);
    check("node is frozen opened 2026-03-03", &expect!["Frozen 0"]);
}

#[test]
fn open_shifts_and_events_that_are_not_applied_stand_in_the_way() {
    check("node told 05:00 shifts 1", &expect!["ShiftOpen 1"]);
    check(
        "node opened 2026-03-03 queued 2 waiting 1 quarantined 3 salvage 4",
        &expect!["Queued 2, Waiting 1, Quarantined 3, Salvage 4"],
    );
}

#[test]
fn a_location_without_a_node_has_only_its_clock() {
    check("now 12:00", &expect![[""]]);
    check("now 03:00", &expect!["NotOver 0"]);
}
