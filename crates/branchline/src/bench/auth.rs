//! What it costs a request of the office to know who asks and to see only their branches: the session is looked up and
//! row-level security counts, beside the same query of a role that it does not count for, without a session.
use std::time::Duration;

use anyhow::{Context, ensure};
use cloud::db::{Kind, Sql};
use cloud::staff::{self, NewGrant, NewStaff};
use cloud::{Actor, Cloud, Database, OfficeOptions};
use httpkit::{Parts, clock::Stopwatch};
use jiff::civil::Date;
use serde_json::json;
use tokio_postgres::NoTls;
use uuid::Uuid;

use super::company::{self, Seeded};
use super::figure::{Figure, Target, percentile_ms};
use super::home::Home;

/// A chain.
const LOCATIONS: usize = 200;
/// What may be lost per request, whichever is more.
const MOST_MS: f64 = 0.3;
const MOST_PART: f64 = 0.15;
const PASSWORD: &str = "correct horse battery staple";

/// The newest sales of some locations, a page of them.
const SALES: Sql = Sql {
    text: "select page.id, l.name, page.business_date, page.receipt_number, page.total_minor
             from (select s.* from unnest($1) as here (id)
                    cross join lateral (
                      select id, location_id, business_date, receipt_number, closed_at, total_minor from sale
                       where location_id = here.id and business_date <= $2
                       order by business_date desc, closed_at desc, id desc limit 51) s
                    order by s.business_date desc, s.closed_at desc, s.id desc limit 51) page
             join location l on l.id = page.location_id",
    params: &[Kind::Uuids, Kind::Date],
    columns: &[Kind::Uuid, Kind::Text, Kind::Date, Kind::Text, Kind::Bigint],
};
/// The sums of a month by day.
const MONTH: Sql = Sql {
    text: "select day::date, coalesce(s.revenue, 0)::bigint, coalesce(p.total, 0)::bigint
             from generate_series($2::timestamp - interval '29 days', $2::timestamp, interval '1 day') as day
             left join (select business_date, sum(revenue_minor) as revenue from daily_sales
                         where location_id = any ($1) and business_date between $2 - 29 and $2
                         group by business_date) s on s.business_date = day::date
             left join (select business_date, sum(total_minor) as total from daily_purchase
                         where location_id = any ($1) and business_date between $2 - 29 and $2
                         group by business_date) p on p.business_date = day::date
            order by day",
    params: &[Kind::Uuids, Kind::Date],
    columns: &[Kind::Date, Kind::Bigint, Kind::Bigint],
};

/// `auth.*`.
pub async fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let rounds = if quick { 100 } else { 1_500 };
    let bench = Bench::start().await?;
    let (all, one) = (bench.locations.as_slice(), &bench.locations[..1]);
    let cases = [
        ("auth.branch_sales_p50", &bench.manager, one, SALES),
        ("auth.branch_month_p50", &bench.manager, one, MONTH),
        ("auth.chain_sales_p50", &bench.chief, all, SALES),
        ("auth.chain_month_p50", &bench.chief, all, MONTH),
    ];
    let mut figures = Vec::new();
    for (name, asker, locations, sql) in cases {
        let (mut guarded, mut bare) = (Vec::new(), Vec::new());
        for round in 0..rounds + rounds / 10 {
            let ours = bench.ask_as(asker, locations, sql).await?;
            let theirs = bench.ask_bare(locations, sql).await?;
            // The first ones prepare statements and fill caches on both sides.
            if round >= rounds / 10 {
                guarded.push(ours);
                bare.push(theirs);
            }
        }
        figures.push(figure(name, &mut guarded, &mut bare));
    }
    bench.stop().await?;
    Ok(figures)
}

#[expect(
    clippy::float_arithmetic,
    reason = "a measurement is statistics, not money"
)]
fn figure(name: &'static str, guarded: &mut [Duration], bare: &mut [Duration]) -> Figure {
    let (guarded, bare) = (percentile_ms(guarded, 50), percentile_ms(bare, 50));
    Figure::new(
        name,
        (guarded, "ms"),
        (
            Some(bare),
            "reference: the same query without session and row-level security",
        ),
        Target::AtMost(bare + MOST_MS.max(bare * MOST_PART)),
    )
}

struct Bench {
    cloud: cloud::Running,
    /// As a role that row-level security does not count for.
    bare: Cloud,
    locations: Vec<Uuid>,
    manager: Asker,
    chief: Asker,
    home: Home,
}

/// Somebody who is signed in.
struct Asker {
    id: Uuid,
    token: String,
}

impl Bench {
    async fn start() -> anyhow::Result<Self> {
        let (home, database) = Home::open().await?;
        let parts = Parts::system();
        let config = cloud::Config {
            apply_workers: 0,
            ..cloud::Config::new(database.clone(), "127.0.0.1:0".parse()?)
        };
        let cloud = cloud::start(config, parts.clone()).await?;
        let seeded = company::seed(&cloud.cloud, LOCATIONS).await?;
        let bare = Cloud::open(
            &Database {
                app: database.owner.clone(),
                ..database.clone()
            },
            &OfficeOptions::default(),
            parts,
        )?;
        trade(&database.owner, &seeded, today(&cloud.cloud)).await?;
        let locations: Vec<Uuid> = seeded.places.iter().map(|place| place.location).collect();
        let manager = sign_in(&cloud, "manager@example.org", Some(locations[0])).await?;
        let chief = sign_in(&cloud, "chief@example.org", None).await?;
        Ok(Self {
            cloud,
            bare,
            locations,
            manager,
            chief,
            home,
        })
    }

    /// As a request does it: who is it, then the query as them.
    async fn ask_as(
        &self,
        asker: &Asker,
        locations: &[Uuid],
        sql: Sql,
    ) -> anyhow::Result<Duration> {
        let cloud = &self.cloud.cloud;
        let watch = Stopwatch::start();
        let person = cloud::signed_in(cloud, &asker.token).await?;
        let person = person.context("the session is over")?;
        let rows = rows(cloud, Actor::Staff(person), locations, sql).await?;
        let took = watch.elapsed();
        ensure!(person == asker.id && rows > 0, "the wrong answer");
        Ok(took)
    }

    async fn ask_bare(&self, locations: &[Uuid], sql: Sql) -> anyhow::Result<Duration> {
        let watch = Stopwatch::start();
        let rows = rows(&self.bare, Actor::Service("bench"), locations, sql).await?;
        let took = watch.elapsed();
        ensure!(rows > 0, "the wrong answer");
        Ok(took)
    }

    async fn stop(self) -> anyhow::Result<()> {
        self.cloud.stop().await;
        self.home.close().await
    }
}

async fn rows(cloud: &Cloud, actor: Actor, locations: &[Uuid], sql: Sql) -> anyhow::Result<usize> {
    let today = today(cloud);
    let rows = cloud
        .read("bench_auth", actor, async |tx| {
            Ok(tx.rows(sql, &[&locations, &today]).await?.len())
        })
        .await?;
    Ok(rows)
}

fn today(cloud: &Cloud) -> Date {
    cloud.now().to_zoned(jiff::tz::TimeZone::UTC).date()
}

/// A month of sales at every location: the rows that the queries read.
async fn trade(owner: &tokio_postgres::Config, seeded: &Seeded, today: Date) -> anyhow::Result<()> {
    let (client, connection) = owner.connect(NoTls).await?;
    tokio::spawn(connection);
    let staff = seeded.staff;
    client
        .batch_execute(&format!(
            "select ensure_month('{today}'::date - back) from generate_series(0, 31) as back;
             insert into sale (location_id, business_date, id, node_id, epoch, seq, channel, staff_id, shift_id,
               receipt_number, closed_at, local_hour, clock_behind_ms, lines, units, subtotal_minor, discount_minor,
               tax_minor, total_minor, change_minor, taxes, received_at, applied_at)
             select l.id, '{today}'::date - (n % 30), md5(l.id::text || n)::uuid, l.id, 1, n, 'till', '{staff}', l.id,
                    l.code || '-1-' || n, '{today}'::date - (n % 30) + n * interval '1 second', 12, 0, 3, 3, 450, 0, 0, 450, 0,
                    '[]', '{today}'::date, '{today}'::date
               from location l, generate_series(1, 600) n;
             insert into daily_sales
             select location_id, business_date, count(*), sum(lines), sum(units), sum(total_minor), 0, 0
               from sale group by location_id, business_date;
             insert into daily_purchase
             select location_id, business_date, 1, 1000 from daily_sales;
             analyze;"
        ))
        .await?;
    Ok(())
}

/// Makes somebody with a grant for one location or the whole chain, and signs them in at the office.
async fn sign_in(
    cloud: &cloud::Running,
    email: &str,
    location: Option<Uuid>,
) -> anyhow::Result<Asker> {
    let id = cloud.cloud.id();
    let person = NewStaff {
        id,
        name: email.to_owned(),
        email: Some(email.to_owned()),
        password: Some(PASSWORD.to_owned()),
        pin: None,
        grants: vec![NewGrant::new("cashier", location)],
    };
    staff::put(&cloud.cloud, &person).await?;
    let answer = reqwest::Client::new()
        .post(format!("http://{}/v1/session", cloud.addr))
        .json(&json!({ "email": email, "password": PASSWORD }))
        .send()
        .await?
        .error_for_status()?;
    let cookie = answer
        .headers()
        .get(reqwest::header::SET_COOKIE)
        .context("a cookie")?
        .to_str()?;
    let token = cookie
        .split_once('=')
        .and_then(|(_, rest)| rest.split(';').next())
        .context("a token")?;
    Ok(Asker {
        id,
        token: token.to_owned(),
    })
}
