//! Compares the cloud's books with the input files: revenue and purchases by day, units by product, summaries with rows.
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::{Display, Write as _},
    time::Duration,
};

use anyhow::Context;
use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount, catalog::VariantId, currency::Currency, location::LocationId,
    quantity::Quantity,
};
use tokio_postgres::{Client, NoTls};
use traffic::{chain::Chain, figures::Figures};
use uuid::Uuid;

use super::screen::thousands;

/// What was recorded last may still be on its way: differences are looked at again until then.
const PATIENCE: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(500);
/// Differences that are printed; the rest is counted.
const SHOWN: usize = 40;

/// What the comparison has found.
pub(super) struct Report {
    /// For people.
    pub(super) text: String,
    /// Nothing differs.
    pub(super) is_equal: bool,
}

/// The books as the cloud has them.
#[derive(Default)]
struct Books {
    figures: Figures,
    by_hand: ByHand,
    /// Days or products whose summary is not the sum of its rows.
    wrong_summaries: i64,
}

/// What visitors have recorded: it stands in no input file.
#[derive(Default)]
struct ByHand {
    sales: i64,
    revenue: Amount,
    purchases: i64,
    spent: Amount,
    /// Purchases that were voided or replaced, and what they had cost.
    taken_back: i64,
    returned: Amount,
}

/// Compares everything that was replayed up to `until`.
pub(super) async fn check(
    database: &tokio_postgres::Config,
    chain: &Chain,
    expected: &Figures,
    until: Timestamp,
) -> anyhow::Result<Report> {
    let (client, connection) = database
        .connect(NoTls)
        .await
        .context("connect to the demo's database")?;
    let connection = tokio::spawn(connection);
    let mut waited = Duration::ZERO;
    let report = loop {
        let books = books(&client, chain, until).await?;
        let differences = differences(chain, expected, &books.figures);
        let is_equal = differences.is_empty() && books.wrong_summaries == 0;
        if is_equal || waited >= PATIENCE {
            let text = told(chain, expected, &books, &differences, until);
            break Report { text, is_equal };
        }
        tokio::time::sleep(PAUSE).await;
        waited += PAUSE;
    };
    drop(client);
    // The connection ends with its client; how it ended changes nothing any more.
    let _ = connection.await;
    Ok(report)
}

const SALES: &str = "select id, location_id, business_date, total_minor from sale";
const SALE_LINES: &str = "select sale_id, variant_id, quantity from sale_line";
const PURCHASES: &str = "select id, location_id, business_date, total_minor from purchase";
const PURCHASE_LINES: &str = "select purchase_id, variant_id, quantity from purchase_line";
const TAKEN_BACK: &str =
    "select count(*), coalesce(sum(total_minor), 0)::bigint from purchase_reversal";

/// Every summary and every balance of stock beside the sum of its rows; what differs is counted.
const WRONG_SUMMARIES: &str = "
with kept as (
  select 's' as kind, location_id, business_date, null::uuid as variant_id, sales as number, revenue_minor as amount from daily_sales
  union all
  select 'p', location_id, business_date, null, purchases, total_minor from daily_purchase
  union all
  select 'v', location_id, business_date, variant_id, quantity, revenue_minor from daily_product
  union all
  select 'b', location_id, business_date, variant_id, quantity, cost_minor from daily_product_purchase
  union all
  select 'h' || hour, location_id, business_date, null, sales, revenue_minor from hourly_sales
  union all
  select 'i' || hour, location_id, business_date, null, purchases, total_minor from hourly_purchase
  union all
  select 'o', location_id, null, variant_id, on_hand, 0 from stock_balance where on_hand <> 0
), sold as (
  select location_id, business_date, local_hour, 1 as documents, total_minor from sale
  union all
  select location_id, business_date, local_hour, 0, -total_minor from sale_return
), sold_line as (
  select location_id, business_date, variant_id, quantity, total_minor from sale_line
  union all
  select location_id, business_date, variant_id, -quantity, -total_minor from sale_return_line
), bought as (
  select location_id, business_date, local_hour, 1 as documents, total_minor from purchase
  union all
  select location_id, business_date, local_hour, -1, -total_minor from purchase_reversal
), bought_line as (
  select location_id, business_date, variant_id, quantity, cost_minor from purchase_line
  union all
  select r.location_id, r.business_date, l.variant_id, -l.quantity, -l.cost_minor
    from purchase_reversal r
    join purchase_line l on l.location_id = r.location_id and l.business_date = r.purchase_date and l.purchase_id = r.purchase_id
), raw as (
  select 's' as kind, location_id, business_date, null::uuid as variant_id, sum(documents)::bigint as number,
         sum(total_minor)::bigint as amount
    from sold group by location_id, business_date
  union all
  select 'p', location_id, business_date, null, sum(documents)::bigint, sum(total_minor)::bigint
    from bought group by location_id, business_date
  union all
  select 'v', location_id, business_date, variant_id, sum(quantity)::bigint, sum(total_minor)::bigint
    from sold_line group by location_id, business_date, variant_id
  union all
  select 'b', location_id, business_date, variant_id, sum(quantity)::bigint, sum(cost_minor)::bigint
    from bought_line group by location_id, business_date, variant_id
  union all
  select 'h' || local_hour, location_id, business_date, null, sum(documents)::bigint, sum(total_minor)::bigint
    from sold group by location_id, business_date, local_hour
  union all
  select 'i' || local_hour, location_id, business_date, null, sum(documents)::bigint, sum(total_minor)::bigint
    from bought group by location_id, business_date, local_hour
  union all
  select 'o', location_id, null, variant_id, sum(quantity)::bigint, 0 from stock_movement
   where bucket not in ('D', 'T') group by location_id, variant_id having sum(quantity) <> 0
)
select count(*) from (
  (select * from kept except all select * from raw) union all (select * from raw except all select * from kept)
) as differing";

async fn books(client: &Client, chain: &Chain, until: Timestamp) -> anyhow::Result<Books> {
    let mut books = Books::default();
    let sales = chain
        .baskets
        .iter()
        .map(|basket| (basket.id.as_uuid(), basket.at <= until));
    let sales: BTreeMap<Uuid, bool> = sales.collect();
    for row in client.query(SALES, &[]).await? {
        let total = Amount::from_minor(row.get(3));
        match sales.get(&row.get(0)) {
            Some(true) => *books.figures.revenue.entry(day(&row)).or_default() += total,
            Some(false) => {}
            None => {
                books.by_hand.sales += 1;
                books.by_hand.revenue += total;
            }
        }
    }
    let purchases = chain
        .purchases
        .iter()
        .map(|purchase| (purchase.id.as_uuid(), purchase.at <= until));
    let purchases: BTreeMap<Uuid, bool> = purchases.collect();
    for row in client.query(PURCHASES, &[]).await? {
        let total = Amount::from_minor(row.get(3));
        match purchases.get(&row.get(0)) {
            Some(true) => *books.figures.spent.entry(day(&row)).or_default() += total,
            Some(false) => {}
            None => {
                books.by_hand.purchases += 1;
                books.by_hand.spent += total;
            }
        }
    }
    // The files have none: whatever was taken back, a visitor did it.
    let taken_back = client.query_one(TAKEN_BACK, &[]).await?;
    books.by_hand.taken_back = taken_back.get(0);
    books.by_hand.returned = Amount::from_minor(taken_back.get(1));
    books.figures.sold = units(client, SALE_LINES, &sales).await?;
    books.figures.bought = units(client, PURCHASE_LINES, &purchases).await?;
    books.wrong_summaries = client.query_one(WRONG_SUMMARIES, &[]).await?.get(0);
    Ok(books)
}

fn day(row: &tokio_postgres::Row) -> (LocationId, Date) {
    (LocationId::from_uuid(row.get(1)), row.get(2))
}

async fn units(
    client: &Client,
    lines: &str,
    documents: &BTreeMap<Uuid, bool>,
) -> anyhow::Result<BTreeMap<VariantId, Quantity>> {
    let mut units = BTreeMap::<VariantId, Quantity>::new();
    for row in client.query(lines, &[]).await? {
        if documents.get(&row.get(0)) == Some(&true) {
            let sum = units.entry(VariantId::from_uuid(row.get(1))).or_default();
            *sum = *sum + Quantity::new(row.get(2));
        }
    }
    Ok(units)
}

fn differences(chain: &Chain, expected: &Figures, found: &Figures) -> Vec<String> {
    let locations: BTreeMap<_, _> = chain
        .locations
        .iter()
        .map(|location| (location.id, location.name))
        .collect();
    let variants: BTreeMap<_, _> = chain
        .products
        .iter()
        .flat_map(|product| &product.variants)
        .map(|variant| (variant.id, variant.name.as_str()))
        .collect();
    let day = |&(location, date): &(LocationId, Date)| {
        format!("{} {date}", locations.get(&location).unwrap_or(&"?"))
    };
    let product = |variant: &VariantId| format!("{}, units", variants.get(variant).unwrap_or(&"?"));
    [
        between(&expected.revenue, &found.revenue, |key| {
            format!("{}, revenue", day(key))
        }),
        between(&expected.spent, &found.spent, |key| {
            format!("{}, purchases", day(key))
        }),
        between(&expected.sold, &found.sold, product),
        between(&expected.bought, &found.bought, product),
    ]
    .concat()
}

fn between<K: Ord, V: PartialEq + Display>(
    expected: &BTreeMap<K, V>,
    found: &BTreeMap<K, V>,
    name: impl Fn(&K) -> String,
) -> Vec<String> {
    let shown = |value: Option<&V>| value.map_or_else(|| "nothing".to_owned(), ToString::to_string);
    let keys: BTreeSet<&K> = expected.keys().chain(found.keys()).collect();
    keys.into_iter()
        .map(|key| (key, expected.get(key), found.get(key)))
        .filter(|(_, expected, found)| expected != found)
        .map(|(key, expected, found)| {
            format!(
                "{}: {} in the files, {} in the cloud",
                name(key),
                shown(expected),
                shown(found)
            )
        })
        .collect()
}

fn told(
    chain: &Chain,
    expected: &Figures,
    books: &Books,
    differences: &[String],
    until: Timestamp,
) -> String {
    let source = if chain.is_authored {
        "The authored trade"
    } else {
        "The input files"
    };
    let mut text = format!(
        "\n  {source} beside the cloud's books, up to {}\n\n",
        until.strftime("%Y-%m-%d %H:%M UTC")
    );
    let mut line =
        |content: &str| writeln!(text, "{}", content.trim_end()).expect("a string takes it");
    let source = if chain.is_authored { "trade" } else { "files" };
    line(&row("", "days", source, "cloud"));
    let currency = Currency::by_code(chain.currency);
    let money = |amount| money(amount, currency);
    for (name, days, files, cloud) in money_rows(chain, expected, &books.figures) {
        line(&row(&name, &days.to_string(), &money(files), &money(cloud)));
    }
    for (what, files, cloud) in [
        ("units sold", &expected.sold, &books.figures.sold),
        ("units bought", &expected.bought, &books.figures.bought),
    ] {
        let sum = |units: &BTreeMap<VariantId, Quantity>| {
            thousands(units.values().copied().sum::<Quantity>().base_units())
        };
        let name = format!("{what}, {} products", thousands(count(files.len())));
        line(&row(&name, "", &sum(files), &sum(cloud)));
    }
    line("");
    line(&left_out(chain, &books.by_hand, until));
    line(&format!(
        "  Summaries that are not the sum of their rows: {}",
        none_or(books.wrong_summaries)
    ));
    line(&format!(
        "  Differences by day and product: {}",
        none_or(count(differences.len()))
    ));
    for difference in differences.iter().take(SHOWN) {
        line(&format!("    {difference}"));
    }
    if differences.len() > SHOWN {
        line(&format!("    and {} more", differences.len() - SHOWN));
    }
    text
}

fn row(name: &str, days: &str, files: &str, cloud: &str) -> String {
    format!("  {name:<32} {days:>6} {files:>14} {cloud:>14}")
}

/// Revenue and purchases by location: name, days, what the files say, what the cloud says.
fn money_rows(
    chain: &Chain,
    expected: &Figures,
    found: &Figures,
) -> Vec<(String, usize, Amount, Amount)> {
    let mut rows = Vec::new();
    for location in &chain.locations {
        let of = |days: &BTreeMap<(LocationId, Date), Amount>| {
            let days = days.iter().filter(|((at, _), _)| *at == location.id);
            let amounts: Vec<Amount> = days.map(|(_, amount)| *amount).collect();
            (amounts.len(), amounts.into_iter().sum::<Amount>())
        };
        for (what, files, cloud) in [
            ("revenue", &expected.revenue, &found.revenue),
            ("purchases", &expected.spent, &found.spent),
        ] {
            let ((days, files), (_, cloud)) = (of(files), of(cloud));
            if days > 0 {
                rows.push((format!("{}, {what}", location.name), days, files, cloud));
            }
        }
    }
    rows
}

fn left_out(chain: &Chain, by_hand: &ByHand, until: Timestamp) -> String {
    let currency = Currency::by_code(chain.currency);
    let rejected = chain.rejected.iter().filter(|row| row.at <= until).count();
    let mut text = format!(
        "  Left out: {rejected} recorded lines of quantity 0 (branchline demo --rejected lists them)"
    );
    if by_hand.sales > 0 {
        write!(
            text,
            "; {} sales made by hand, {}",
            by_hand.sales,
            money(by_hand.revenue, currency)
        )
        .expect("a string takes it");
    }
    if by_hand.purchases > 0 {
        write!(
            text,
            "; {} purchases made by hand, {}",
            by_hand.purchases,
            money(by_hand.spent, currency)
        )
        .expect("a string takes it");
    }
    if by_hand.taken_back > 0 {
        write!(
            text,
            "; {} purchases voided or corrected by hand, {}",
            by_hand.taken_back,
            money(by_hand.returned, currency)
        )
        .expect("a string takes it");
    }
    text
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

fn none_or(number: i64) -> String {
    if number == 0 {
        "none".to_owned()
    } else {
        thousands(number)
    }
}

/// `1234567` cents as `12,345.67`, and as many dong as `1,234,567`.
fn money(amount: Amount, currency: Option<Currency>) -> String {
    let minor = amount.minor();
    if currency.is_some_and(|currency| currency.exponent == 0) {
        return thousands(minor);
    }
    format!("{}.{:02}", thousands(minor / 100), (minor % 100).abs())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use retail::{amount::Amount, currency::Currency};

    use super::{between, money};

    #[test]
    fn what_is_missing_on_either_side_is_a_difference() {
        let amounts = |pairs: &[(u8, i64)]| -> BTreeMap<u8, Amount> {
            pairs
                .iter()
                .map(|&(key, minor)| (key, Amount::from_minor(minor)))
                .collect()
        };
        let (files, cloud) = (
            amounts(&[(1, 100), (2, 200), (3, 300)]),
            amounts(&[(1, 100), (2, 250), (4, 400)]),
        );
        assert_eq!(
            between(&files, &cloud, ToString::to_string),
            [
                "2: 2.00 in the files, 2.50 in the cloud",
                "3: 3.00 in the files, nothing in the cloud",
                "4: nothing in the files, 4.00 in the cloud",
            ]
        );
        let shown = |code| money(Amount::from_minor(123_456_705), Currency::by_code(code));
        assert_eq!(shown("USD"), "1,234,567.05");
        assert_eq!(shown("VND"), "123,456,705");
    }
}
