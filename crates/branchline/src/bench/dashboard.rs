//! The overview as an owner's browser asks for it: 200 branches, two years, 5,000 variants, millions of sale lines
//! behind it. Uncached and cached, beside the same figures added up from the raw rows by plain SQL.
use std::time::Duration;

use anyhow::{Context, ensure};
use cloud::staff::{self, NewGrant, NewStaff};
use httpkit::{Parts, clock::Stopwatch};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls};

use super::{
    company,
    figure::{Figure, Target, percentile_ms},
    home::Home,
};

const LOCATIONS: usize = 200;
const VARIANTS: u128 = 5_000;
const DAYS: i64 = 730;
/// Lines of a sale.
const LINES: i64 = 3;
const MILLION: i64 = 1_000_000;
const FULL_MILLIONS: i64 = 10;
const QUICK_MILLIONS: i64 = 1;

/// An answer that nobody has asked for before.
const UNCACHED_MS: f64 = 50.0;
/// One that somebody has.
const CACHED_MS: f64 = 10.0;
const PASSWORD: &str = "correct horse battery staple";

/// `dashboard.*`.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a measurement is statistics, not money"
)]
pub async fn measure(quick: bool, millions: Option<i64>) -> anyhow::Result<Vec<Figure>> {
    let millions = millions.unwrap_or(if quick { QUICK_MILLIONS } else { FULL_MILLIONS });
    let (asked, references) = if quick { (60, 2) } else { (300, 5) };
    let bench = Bench::start(millions * MILLION).await?;
    let before = bench.scans().await?;
    let mut uncached = bench.ask_for_days(asked, None).await?;
    let mut branch = bench.ask_for_days(asked, Some(0)).await?;
    let scans = bench.scans().await? - before;
    let mut cached = bench.ask_again(asked * 3).await?;
    let mut raw = Vec::new();
    for back in 0..references {
        raw.push(
            bench
                .raw(bench.today.saturating_sub((1 + back * 9).days()))
                .await?,
        );
    }
    bench.compare().await?;
    let raw_p50 = percentile_ms(&mut raw, 50);
    let rows = bench.rows().await?;
    bench.stop().await?;
    let figure = |name, samples: &mut [Duration], percent, bound| {
        let explained = "reference: the same figures from raw rows, plain SQL, median";
        let value = percentile_ms(samples, percent);
        Figure::new(name, (value, "ms"), (Some(raw_p50), explained), bound)
    };
    Ok(vec![
        Figure::new(
            "dashboard.raw_lines",
            (rows as f64 / MILLION as f64, "million"),
            (None, "sale lines behind the summaries"),
            Target::AtLeast(millions as f64 * 0.95),
        ),
        figure(
            "dashboard.uncached_p50",
            &mut uncached,
            50,
            Target::AtMost(UNCACHED_MS),
        ),
        figure(
            "dashboard.uncached_p99",
            &mut uncached,
            99,
            Target::AtMost(UNCACHED_MS),
        ),
        figure(
            "dashboard.branch_p99",
            &mut branch,
            99,
            Target::AtMost(UNCACHED_MS),
        ),
        figure(
            "dashboard.cached_p99",
            &mut cached,
            99,
            Target::AtMost(CACHED_MS),
        ),
        Figure::new(
            "dashboard.scans",
            (scans as f64, "scans"),
            (
                None,
                "sequential scans of summaries and raw rows (over 1 MB) meanwhile",
            ),
            Target::AtMost(0.0),
        ),
    ])
}

struct Bench {
    cloud: cloud::Running,
    http: reqwest::Client,
    owner: Client,
    today: Date,
    branch: uuid::Uuid,
    home: Home,
}

impl Bench {
    async fn start(lines: i64) -> anyhow::Result<Self> {
        let (home, database) = Home::open().await?;
        let config = cloud::Config {
            apply_workers: 0,
            ..cloud::Config::new(database.clone(), "127.0.0.1:0".parse()?)
        };
        let cloud = cloud::start(config, Parts::system()).await?;
        let seeded = company::seed_with(&cloud.cloud, LOCATIONS, VARIANTS).await?;
        let today = cloud.cloud.now().to_zoned(TimeZone::UTC).date();
        let (owner, connection) = database.owner.connect(NoTls).await?;
        tokio::spawn(connection);
        trade(&owner, today, lines).await?;
        let http = sign_in(&cloud).await?;
        Ok(Self {
            cloud,
            http,
            owner,
            today,
            branch: seeded.places[0].location,
            home,
        })
    }

    async fn ask(&self, date: Date, branch: bool) -> anyhow::Result<(Duration, Value)> {
        let branch = if branch {
            format!("&location={}", self.branch)
        } else {
            String::new()
        };
        let url = format!("http://{}/v1/overview?date={date}{branch}", self.cloud.addr);
        let watch = Stopwatch::start();
        let answer = self.http.get(url).send().await?.error_for_status()?;
        let bytes = answer.bytes().await?;
        Ok((watch.elapsed(), serde_json::from_slice(&bytes)?))
    }

    /// Another day each time: none of them is in the cache. The first ones warm the server up.
    async fn ask_for_days(
        &self,
        count: i64,
        branch: Option<usize>,
    ) -> anyhow::Result<Vec<Duration>> {
        let mut samples = Vec::new();
        for back in 0..count + count / 10 {
            let date = self.today.saturating_sub((2 + back).days());
            let (took, told) = self.ask(date, branch.is_some()).await?;
            ensure!(
                told["revenue_minor"].as_i64() > Some(0),
                "no revenue on {date}"
            );
            if back >= count / 10 {
                samples.push(took);
            }
        }
        Ok(samples)
    }

    async fn ask_again(&self, count: i64) -> anyhow::Result<Vec<Duration>> {
        let date = self.today.saturating_sub(1.day());
        self.ask(date, false).await?;
        let mut samples = Vec::new();
        for _ in 0..count {
            samples.push(self.ask(date, false).await?.0);
        }
        Ok(samples)
    }

    /// What a report without summaries does.
    async fn raw(&self, date: Date) -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        for statement in RAW {
            self.owner.query(*statement, &[&date]).await?;
        }
        Ok(watch.elapsed())
    }

    /// The page says what the raw rows say.
    async fn compare(&self) -> anyhow::Result<()> {
        const DAY: &str =
            "select sum(total_minor)::bigint, count(*) from sale where business_date = $1";
        let date = self.today.saturating_sub(364.days());
        let row = self.owner.query_one(DAY, &[&date]).await?;
        let (_, told) = self.ask(date, false).await?;
        let (_, year_later) = self.ask(self.today, false).await?;
        let revenue = json!(row.get::<_, i64>(0));
        ensure!(
            told["revenue_minor"] == revenue
                && told["sales"] == json!(row.get::<_, i64>(1))
                && year_later["year_before"]["revenue_minor"] == revenue,
            "the overview of {date} is not what the raw rows add up to"
        );
        Ok(())
    }

    /// Sequential scans of summaries and of trade so far, partitions included. To read a table of a hundred pages as
    /// it lies is right, so only those of more than a mebibyte count.
    async fn scans(&self) -> anyhow::Result<i64> {
        const SCANS: &str = "select coalesce(sum(seq_scan), 0)::bigint from pg_stat_user_tables
              where relname ~ '^(daily_|hourly_|sale|purchase|stock_movement|stock_balance)'
                and pg_relation_size(relid) > 1048576";
        // The server tells its statistics a little later than it gathers them.
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        Ok(self.owner.query_one(SCANS, &[]).await?.get(0))
    }

    async fn rows(&self) -> anyhow::Result<i64> {
        const ROWS: &str = "select sum(lines)::bigint from daily_product";
        Ok(self.owner.query_one(ROWS, &[]).await?.get(0))
    }

    async fn stop(self) -> anyhow::Result<()> {
        drop(self.owner);
        self.cloud.stop().await;
        self.home.close().await
    }
}

/// The figures of a day without any summary: by branch, a week and a year before, by hour, of 28 days and those a year
/// before, the best sellers, and the same of purchases.
const RAW: &[&str] = &[
    "select location_id, sum(total_minor), count(*), sum(units) from sale where business_date = $1 group by location_id",
    "select sum(total_minor), count(*) from sale where business_date = $1::date - 7",
    "select sum(total_minor), count(*) from sale where business_date = $1::date - 364",
    "select local_hour, sum(total_minor), count(*) from sale where business_date = $1 group by local_hour",
    "select business_date, sum(total_minor) from sale
      where business_date between $1::date - 28 and $1 or business_date between $1::date - 392 and $1::date - 364 group by business_date",
    "select variant_id, sum(quantity), sum(total_minor) as revenue from sale_line where business_date = $1
      group by variant_id order by revenue desc, variant_id limit 10",
    "select location_id, sum(total_minor), count(*) from purchase where business_date = $1 group by location_id",
    "select business_date, sum(total_minor) from purchase
      where business_date between $1::date - 28 and $1 or business_date between $1::date - 392 and $1::date - 364 group by business_date",
    "select variant_id, business_date, sum(quantity), sum(cost_minor) as cost from purchase_line
      where business_date between $1::date - 27 and $1 group by variant_id, business_date",
];

/// Two years of trade, month by month: raw rows first, then their sums by the functions that audit them.
async fn trade(owner: &Client, today: Date, lines: i64) -> anyhow::Result<()> {
    let from = today.saturating_sub((DAYS - 1).days());
    let places = i64::try_from(LOCATIONS)?;
    // Rounded up: a little more rather than less.
    let sales = (lines + DAYS * places * LINES - 1) / (DAYS * places * LINES);
    owner.batch_execute(NUMBERED).await?;
    let mut month = from;
    while month <= today {
        let next = month.first_of_month().saturating_add(1.month());
        let last = next.saturating_sub(1.day()).min(today);
        let text = MONTH_OF_TRADE
            .replace("$FROM", &format!("date '{month}'"))
            .replace("$TO", &format!("date '{last}'"))
            .replace("$FIRST", &format!("date '{from}'"))
            .replace("$SALES", &sales.to_string());
        let entered = owner.batch_execute(&text).await;
        entered.with_context(|| format!("the trade of {month}"))?;
        eprintln!("  dashboard: trade up to {last}");
        month = next;
    }
    owner
        .batch_execute(
            "insert into summary_version select id, 1 from location on conflict do nothing",
        )
        .await?;
    // What the server does by itself sooner or later.
    owner.batch_execute("vacuum analyze").await?;
    Ok(())
}

/// Locations and variants by number. One of ten locations is a buying station too.
const NUMBERED: &str = "
    create temp table place as select row_number() over (order by code) - 1 as n, id from location;
    create temp table goods as select row_number() over (order by sku) - 1 as n, id, 100 + (row_number() over (order by sku) * 37) % 900 as minor
      from variant;
    create unique index on goods (n); analyze place; analyze goods;";

/// A month of it. Few products sell often, most seldom.
const MONTH_OF_TRADE: &str = "
    select ensure_month($FROM);
    create temp table sold as
    select place.id as location_id, day::date as business_date,
           md5('s' || place.n || '/' || day::date || '/' || k)::uuid as id, k, i as line, goods.id as variant_id, goods.minor
      from place cross join generate_series($FROM::timestamp, $TO, '1 day') as day
     cross join generate_series(1, $SALES) as k cross join generate_series(0, 2) as i
     cross join lateral (select (place.n * 7919 + (day::date - $FIRST) * 104729 + k * 1299709 + i * 611953) % 10007 as h) chance
      join goods on goods.n = chance.h * chance.h / 20028;
    insert into sale (location_id, business_date, id, node_id, epoch, seq, channel, shift_id, receipt_number, closed_at,
      local_hour, clock_behind_ms, lines, units, subtotal_minor, discount_minor, tax_minor, total_minor, change_minor, taxes,
      received_at, applied_at)
    select location_id, business_date, id, location_id, 1, min(k), 'till', location_id, left(id::text, 8), business_date + min(k) * interval '20 minutes',
           8 + min(k) % 13, 0, 3, 3, sum(minor), 0, 0, sum(minor), 0, '[]', business_date, business_date
      from sold group by location_id, business_date, id order by location_id, business_date, id;
    insert into sale_line (location_id, business_date, sale_id, line, variant_id, quantity, unit_price, price_quantity,
      price_version, gross_minor, discount_minor, tax_rate_bps, total_minor, units)
    select location_id, business_date, id, line, variant_id, 1, minor / 100.0, 1, 1, minor, 0, 0, minor, 1 from sold;
    drop table sold;
    insert into purchase (location_id, business_date, id, node_id, epoch, seq, shift_id, ticket_number, supplier_id, closed_at,
      local_hour, clock_behind_ms, lines, payment_kind, total_minor, received_at, applied_at)
    select place.id, day::date, md5('p' || place.n || '/' || day::date || '/' || k)::uuid, place.id, 1, k, place.id, 'P' || k,
           place.id, day, 6 + k % 9, 0, 2, 'cash', 300 * k, day, day
      from place cross join generate_series($FROM::timestamp, $TO, '1 day') as day cross join generate_series(1, 12) as k
     where place.n % 10 = 0;
    insert into purchase_line (location_id, business_date, purchase_id, line, variant_id, quantity, unit_cost, cost_quantity, cost_minor)
    select p.location_id, p.business_date, p.id, i, goods.id, 2, 0.75, 1, p.total_minor / 2
      from purchase p cross join generate_series(0, 1) as i
      join goods on goods.n = (p.seq * 17 + i * 5 + (p.business_date - $FIRST)) % 300
     where p.business_date between $FROM and $TO;
    insert into daily_sales select r.* from (select array_agg(id) as ids from place) a, raw_daily_sales(a.ids, $FROM, $TO) r;
    insert into hourly_sales select r.* from (select array_agg(id) as ids from place) a, raw_hourly_sales(a.ids, $FROM, $TO) r;
    insert into daily_product select r.* from (select array_agg(id) as ids from place) a, raw_daily_product(a.ids, $FROM, $TO) r;
    insert into daily_purchase select r.* from (select array_agg(id) as ids from place) a, raw_daily_purchase(a.ids, $FROM, $TO) r;
    insert into hourly_purchase select r.* from (select array_agg(id) as ids from place) a, raw_hourly_purchase(a.ids, $FROM, $TO) r;
    insert into daily_product_purchase
    select r.* from (select array_agg(id) as ids from place) a, raw_daily_product_purchase(a.ids, $FROM, $TO) r;";

/// A browser of somebody who sees the whole chain.
async fn sign_in(cloud: &cloud::Running) -> anyhow::Result<reqwest::Client> {
    let chief = NewStaff {
        id: cloud.cloud.id(),
        name: "Chief".to_owned(),
        email: Some("chief@example.org".to_owned()),
        password: Some(PASSWORD.to_owned()),
        pin: None,
        grants: vec![NewGrant::new("cashier", None)],
    };
    staff::put(&cloud.cloud, &chief).await?;
    let http = reqwest::Client::builder().cookie_store(true).build()?;
    http.post(format!("http://{}/v1/session", cloud.addr))
        .json(&json!({ "email": "chief@example.org", "password": PASSWORD }))
        .send()
        .await?
        .error_for_status()?;
    Ok(http)
}
