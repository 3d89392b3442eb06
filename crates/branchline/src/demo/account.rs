//! What the head office of the demo has paid its suppliers. Authored: no source says who was paid when.
use std::collections::BTreeMap;

use cloud::supplier::account::{self, Kind, Method, NewDocument};
use cloud::{Actor, Cloud};
use futures_util::future::try_join_all;
use jiff::civil::{self, Date};
use jiff::{Timestamp, ToSpan, tz::TimeZone};
use retail::purchasing::PaymentKind;
use traffic::chain::Chain;
use uuid::Uuid;

/// Payments at a time.
const AT_ONCE: usize = 4;
/// Days after the end of a quarter on which it is paid.
const TERM_DAYS: i32 = 14;
/// One account in so many waits for its last quarter's money.
const LATE: u8 = 4;

/// Whose account at which branch, and the first day of a quarter.
type Quarter = (Uuid, Uuid, Date);

/// Pays every quarter that is over, two weeks after its end; some of the last ones are late.
pub(super) async fn pay(cloud: &Cloud, chain: &Chain, until: Timestamp) -> anyhow::Result<()> {
    for some in payments(chain, until).chunks(AT_ONCE) {
        let paid = some
            .iter()
            .map(|payment| account::record(cloud, Actor::Service("demo"), payment));
        try_join_all(paid).await?;
    }
    Ok(())
}

fn first_day(date: Date) -> Date {
    let month = (date.month() - 1) / 3 * 3 + 1;
    civil::date(date.year(), month, 1)
}

fn payments(chain: &Chain, until: Timestamp) -> Vec<NewDocument> {
    let today = until.to_zoned(TimeZone::UTC).date();
    let mut owed = BTreeMap::<Quarter, i64>::new();
    let bought = chain.purchases.iter().filter(|one| one.at < until);
    for one in bought.filter(|one| one.payment == PaymentKind::Account) {
        let (supplier, location) = (one.supplier.as_uuid(), one.location.as_uuid());
        let key = (supplier, location, first_day(one.business_date));
        *owed.entry(key).or_default() += one.total.minor();
    }
    let last = |date: Date| first_day(date).saturating_add(3.months());
    let newest = owed
        .keys()
        .map(|key| key.2)
        .filter(|first| last(*first) <= today)
        .max();
    owed.into_iter()
        .map(|(key, minor)| (key, last(key.2).saturating_add(TERM_DAYS.days()), minor))
        .filter(|((_, _, _), date, _)| *date < today)
        .filter(|((supplier, location, first), ..)| {
            let [.., one] = supplier.into_bytes();
            let [.., other] = location.into_bytes();
            Some(*first) != newest || one.wrapping_add(other) % LATE != 0
        })
        .map(
            |((supplier, location, first), date, amount_minor)| NewDocument {
                id: Uuid::new_v5(&supplier, format!("{location}/{first}").as_bytes()),
                supplier,
                location: Some(location),
                kind: Kind::Payment,
                date,
                amount_minor,
                method: Some(Method::BankTransfer),
                reference: Some(format!("{}-Q{}", first.year(), (first.month() + 2) / 3)),
                note: None,
            },
        )
        .collect()
}
