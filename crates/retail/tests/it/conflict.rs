//! What is said to be apart is apart in every basket.
use std::collections::BTreeSet;

use jiff::civil::{DateTime, Time};
use retail::{
    amount::Amount,
    location::LocationId,
    promotion::{
        Priced, Promotion, PromotionId, Rules,
        condition::{Base, Condition, TenderCode},
        conflict::{Categories, Kind, Relation, relation},
        effect::{BasisPoints, Effect, Target},
        goods::{Buyer, Context, CustomerId},
        price,
        selector::Selector,
        voucher::VoucherId,
    },
    sale::TenderKind,
};

use crate::bench::{category, id};
use crate::chance::{Chance, baskets};
use crate::world::World;

const CHANNELS: [&str; 2] = ["till", "web"];
const SEGMENTS: [&str; 3] = ["gold", "staff", "new"];
const PLACES: [&str; 3] = ["here", "there", "elsewhere"];

fn some(chance: &mut Chance, of: &[&str]) -> Vec<String> {
    let mut names = vec![(*chance.one_of(of)).to_owned()];
    names.extend(
        of.iter()
            .filter(|_| chance.once_in(3))
            .map(|&name| name.to_owned()),
    );
    names
}

/// A moment of three weeks, by the hour.
fn moment(chance: &mut Chance) -> DateTime {
    let begin: DateTime = "2026-11-20T00:00:00".parse().expect("a time");
    begin + jiff::SignedDuration::from_hours(chance.between(0, 21 * 24))
}

fn hour(chance: &mut Chance) -> Time {
    Time::constant(
        i8::try_from(chance.between(0, 23)).expect("an hour"),
        0,
        0,
        0,
    )
}

fn condition(chance: &mut Chance, depth: u8) -> Condition {
    if depth < 2 && chance.once_in(4) {
        let part = condition(chance, depth + 1);
        return if chance.once_in(2) {
            Condition::Not(Box::new(part))
        } else {
            Condition::Any(vec![part, condition(chance, depth + 1)])
        };
    }
    match chance.between(0, 11) {
        0 => Condition::Tender(vec![TenderCode(*chance.one_of(TenderKind::ALL))]),
        1 => Condition::Segment(some(chance, &SEGMENTS)),
        2 => Condition::Member,
        3 => Condition::Purchase(chance.count(1, 2)),
        4 => Condition::Birthday {
            before: 40,
            after: 40,
        },
        5 | 6 => Condition::Channel(some(chance, &CHANNELS)),
        7 => Condition::Location(
            some(chance, &PLACES)
                .iter()
                .map(|name| LocationId::from_uuid(id(name)))
                .collect(),
        ),
        8 | 9 => Condition::Hours {
            weekdays: (1..=7).filter(|_| chance.once_in(3)).collect(),
            from: hour(chance),
            until: hour(chance),
        },
        10 => Condition::Voucher,
        _ => {
            let (one, other) = (moment(chance), moment(chance));
            Condition::Dates {
                from: Some(one.min(other)),
                until: chance
                    .once_in(2)
                    .then(|| one.max(other) + jiff::SignedDuration::from_hours(1)),
                grace_minutes: *chance.one_of(&[0, 90]),
            }
        }
    }
}

fn selector(chance: &mut Chance, depth: u8) -> Selector {
    if depth < 3 && chance.once_in(2) {
        let part = selector(chance, depth + 1);
        return match chance.between(0, 2) {
            0 => Selector::Except(Box::new(part)),
            1 => Selector::Any(vec![part, selector(chance, depth + 1)]),
            _ => Selector::Every(vec![part, selector(chance, depth + 1)]),
        };
    }
    match chance.between(0, 5) {
        0 | 1 => Selector::Tags(some(chance, &["x", "y", "z"])),
        2 | 3 => Selector::Categories(vec![category(
            chance.one_of::<&str>(&["food", "drinks", "hot", "wear"]),
        )]),
        4 => Selector::Brands(vec!["own".to_owned()]),
        _ => {
            let least = chance.between(0, 1_000);
            Selector::ListPrice {
                at_least: Some(Amount::from_minor(least)),
                at_most: chance.once_in(2).then(|| Amount::from_minor(least + 200)),
            }
        }
    }
}

/// Gives the world's promotions conditions about the moment, and some of them goods that are hard to tell apart.
fn narrowed(world: &mut World, chance: &mut Chance) {
    for promotion in &mut world.promotions {
        let mut draft = promotion.draft().clone();
        draft
            .when
            .extend((0..chance.between(0, 2)).map(|_| condition(chance, 0)));
        if chance.once_in(2) {
            let target = Target {
                of: selector(chance, 0),
                ..Target::default()
            };
            let off = BasisPoints(1_000);
            draft.effects = vec![Effect::Percent {
                off,
                of: Base::default(),
                target,
            }];
        }
        *promotion = Promotion::new(draft).expect("a promotion");
    }
    for goods in &mut world.goods {
        if goods.categories == [category("food")] {
            let below: &[&[&str]] = &[&["food"], &["drinks", "food"], &["hot", "drinks", "food"]];
            goods.categories = chance
                .one_of(below)
                .iter()
                .map(|name| category(name))
                .collect();
        }
    }
}

fn priced(world: &World, chance: &mut Chance) -> Priced {
    let gifts = world.gifts();
    let local = moment(chance);
    let buyer = Buyer {
        id: CustomerId::from_uuid(id("customer")),
        segments: some(chance, &SEGMENTS),
        purchases: chance.count(0, 1),
        birthday: Some("2000-12-01".parse().expect("a date")),
    };
    let vouchers: Vec<(PromotionId, VoucherId)> = world
        .promotions
        .iter()
        .filter(|_| chance.once_in(2))
        .map(|promotion| (promotion.id(), VoucherId::from_uuid(id("voucher"))))
        .collect();
    let mut available = world.available.clone();
    for &(promotion, voucher) in &vouchers {
        available.insert(
            (
                promotion,
                retail::promotion::claim::Counter::Voucher(voucher),
            ),
            1,
        );
    }
    let tenders: Vec<TenderKind> = TenderKind::ALL
        .iter()
        .copied()
        .filter(|_| chance.once_in(2))
        .collect();
    let context = Context {
        local,
        begun: local - jiff::SignedDuration::from_mins(60 * chance.between(0, 2)),
        location: LocationId::from_uuid(id(chance.one_of::<&str>(&PLACES))),
        channel: chance.one_of::<&str>(&CHANNELS),
        customer: chance.once_in(2).then_some(&buyer),
        tenders: &tenders,
        vouchers: &vouchers,
        available: &available,
        ..world.context(&gifts)
    };
    price(
        &world.basket(),
        &Rules::new(world.promotions.iter().cloned()),
        &context,
    )
    .expect("a basket that can be priced")
}

/// The lines on which a promotion has fired, and whether it did anything.
fn done(priced: &Priced, promotion: &Promotion) -> (BTreeSet<u16>, bool) {
    let trace = &priced.trace;
    let place = trace
        .promotions
        .iter()
        .position(|applied| applied.id == promotion.id());
    let Some(place) = place.and_then(|place| u16::try_from(place).ok()) else {
        return (BTreeSet::new(), false);
    };
    let lines = trace.fired.iter().filter(|fired| fired.promotion == place);
    (
        lines.map(|fired| fired.line).collect(),
        trace.has_fired(place),
    )
}

#[test]
fn what_never_meets_has_never_met() {
    let tree = Categories::new([
        (category("drinks"), category("food")),
        (category("hot"), category("drinks")),
    ]);
    let (mut apart, mut other_goods, mut alone, mut met) = (0, 0, 0, 0);
    let cases = baskets(3_000);
    for seed in 0..cases {
        let chance = &mut Chance::new(seed ^ 0xc0ff_ee00);
        let mut world = World::new(seed);
        narrowed(&mut world, chance);
        let baskets: Vec<Priced> = (0..4).map(|_| priced(&world, chance)).collect();
        for (place, one) in world.promotions.iter().enumerate() {
            for other in &world.promotions[place + 1..] {
                let relation = relation(one, other, &tree);
                for basket in &baskets {
                    let (lines, has_fired) = done(basket, one);
                    let (other_lines, other_has) = done(basket, other);
                    let share = !lines.is_disjoint(&other_lines);
                    let both = has_fired && other_has;
                    let pair = format!("seed {seed}: {one:?} and {other:?}");
                    match relation {
                        Relation::NeverTogether => {
                            apart += 1;
                            assert!(!both, "{pair}");
                        }
                        Relation::OtherGoods => {
                            other_goods += u64::from(both);
                            assert!(!share, "{pair}");
                        }
                        Relation::Meet(meeting) if meeting.kind == Kind::Exclusive => {
                            alone += u64::from(has_fired || other_has);
                            assert!(!both, "{pair}");
                        }
                        Relation::Meet(_) => met += u64::from(share),
                    }
                }
            }
        }
    }
    println!(
        "{cases} shops: {apart} never together, {other_goods} on other lines, {alone} alone, {met} on one line"
    );
    assert!(apart > cases && other_goods > cases / 20 && alone > cases / 10 && met > cases / 10);
}
