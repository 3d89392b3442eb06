//! Events from eight nodes, accepted and applied by a real cloud, beside bare set-based SQL of the same rows.
use std::time::Duration;

use anyhow::{Context, ensure};
use ed25519_dalek::SigningKey;
use httpkit::{Parts, clock::Stopwatch, random::uuid_v7};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;
use wire::enrol::{Enrol, Enrolled};

use super::{
    company::{self, Seeded},
    figure::{Figure, Target, median},
    home::Home,
    node::Node,
};

const NODES: usize = 8;
const ACCEPTED: f64 = 15_000.0;
const APPLIED: f64 = 5_000.0;
/// The longest that the queue may take to empty after a round.
const PATIENCE: Duration = Duration::from_mins(2);

/// `ingest.accepted` and `ingest.applied`.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a measurement is statistics, not money"
)]
pub async fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let (rounds, sales) = if quick { (2, 500) } else { (5, 2_500) };
    let mut bench = Bench::start().await?;
    let (mut accepted, mut applied, mut bare_accepted, mut bare_applied) =
        (vec![], vec![], vec![], vec![]);
    for round in 0..=rounds {
        let took = bench.push(sales).await?;
        let bare = bench.copy().await?;
        // The first round fills caches on both sides.
        if round > 0 {
            let rate = |duration: Duration| took.events as f64 / duration.as_secs_f64();
            accepted.push(rate(took.accepted));
            applied.push(rate(took.applied));
            bare_accepted.push(rate(bare.accepted));
            bare_applied.push(rate(bare.applied));
        }
    }
    bench.stop().await?;
    Ok(vec![
        Figure::new(
            "ingest.accepted",
            (median(&mut accepted), "/s"),
            (
                Some(median(&mut bare_accepted)),
                "reference: bare SQL, same rows, batches of 500",
            ),
            Target::AtLeast(ACCEPTED),
        ),
        Figure::new(
            "ingest.applied",
            (median(&mut applied), "/s"),
            (
                Some(median(&mut bare_applied)),
                "from the first push to the empty queue; reference: bare SQL",
            ),
            Target::AtLeast(APPLIED),
        ),
    ])
}

struct Bench {
    cloud: cloud::Running,
    base: String,
    http: reqwest::Client,
    nodes: Vec<Node>,
    variants: Vec<Uuid>,
    database: tokio_postgres::Config,
    watcher: Client,
    home: Home,
}

struct Took {
    events: usize,
    accepted: Duration,
    applied: Duration,
}

struct Bare {
    accepted: Duration,
    applied: Duration,
}

impl Bench {
    async fn start() -> anyhow::Result<Self> {
        let (home, database) = Home::open().await?;
        let owner = database.owner.clone();
        let parts = Parts::system();
        let config = cloud::Config::new(database, "127.0.0.1:0".parse()?);
        let cloud = cloud::start(config, parts.clone()).await?;
        let base = format!("http://{}", cloud.addr);
        let seeded = company::seed(&cloud.cloud, NODES).await?;
        let http = reqwest::Client::new();
        let mut nodes = Vec::new();
        for place in &seeded.places {
            nodes.push(
                enrol(
                    &cloud.cloud,
                    &http,
                    &base,
                    &parts,
                    place.location,
                    place.register,
                    &seeded,
                )
                .await?,
            );
        }
        let watcher = connect(&owner).await?;
        watcher.batch_execute(BARE_TABLES).await?;
        Ok(Self {
            cloud,
            base,
            http,
            nodes,
            variants: seeded.variants,
            database: owner,
            watcher,
            home,
        })
    }

    /// Every node pushes its sales at the same time; waits until all of them are applied.
    async fn push(&mut self, sales: usize) -> anyhow::Result<Took> {
        let queues: Vec<_> = self
            .nodes
            .iter_mut()
            .map(|node| node.batches(sales, &self.variants))
            .collect();
        let events = queues.iter().flatten().map(|batch| batch.events).sum();
        let watch = Stopwatch::start();
        let pushing: Vec<_> = queues
            .into_iter()
            .map(|batches| {
                let (http, base) = (self.http.clone(), self.base.clone());
                tokio::spawn(async move {
                    for batch in batches {
                        batch.push(&http, &base).await?;
                    }
                    anyhow::Ok(())
                })
            })
            .collect();
        for node in pushing {
            node.await??;
        }
        let accepted = watch.elapsed();
        while self.queued().await? > 0 {
            ensure!(watch.elapsed() < PATIENCE, "the queue did not empty");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        Ok(Took {
            events,
            accepted,
            applied: watch.elapsed(),
        })
    }

    async fn queued(&self) -> anyhow::Result<i64> {
        let row = self
            .watcher
            .query_one(
                "select coalesce(sum(s.last_seq - coalesce(a.frontier, 0)), 0)::bigint,
                        (select count(*) from held_event)
                   from node_stream s left join node_apply a on a.node_id = s.node_id and a.epoch = s.epoch",
                &[],
            )
            .await?;
        ensure!(row.get::<_, i64>(1) == 0, "events could not be applied");
        Ok(row.get(0))
    }

    /// The rows of the last round once more, by bare SQL from as many connections as there were nodes.
    async fn copy(&mut self) -> anyhow::Result<Bare> {
        let mut staged = Vec::new();
        for node in &self.nodes {
            staged.push(Staged::new(connect(&self.database).await?, node.id, node.location).await?);
        }
        let (staged, accepted) = run_all(staged, ACCEPT).await?;
        let (_, applied) = run_all(staged, APPLY).await?;
        self.watcher
            .batch_execute("truncate bare.done; insert into bare.done select node_id, last_seq from public.node_stream")
            .await?;
        Ok(Bare {
            accepted,
            applied: accepted + applied,
        })
    }

    async fn stop(self) -> anyhow::Result<()> {
        drop(self.watcher);
        self.cloud.stop().await;
        self.home.close().await
    }
}

const BARE_TABLES: &str = "
    create schema bare;
    create table bare.inbox (like public.inbox including all);
    create table bare.booked (like public.booked including all);
    create table bare.stock_movement (like public.stock_movement including all);
    create table bare.stock_balance (like public.stock_balance including all) with (fillfactor = 50);
    create table bare.sale (like public.sale including all);
    create table bare.sale_line (like public.sale_line including all);
    create table bare.tender (like public.tender including all);
    create table bare.daily_product (like public.daily_product including all) with (fillfactor = 60);
    create table bare.done (node_id uuid primary key, seq bigint not null);
    insert into bare.done select node_id, 0 from public.node_stream;";

/// Rows of one node's last round, by batch: read before the clock runs, so that only writing is measured.
const STAGE: &str = "
    create temp table event as select ((seq - $FIRST) / 500)::int as batch, i as r from public.inbox i
     where location_id = '$LOCATION' and node_id = '$NODE' and seq >= $FIRST;
    create temp table sold as select ((seq - $FIRST) / 500)::int as batch, s as r, s.business_date, s.id
      from public.sale s where location_id = '$LOCATION' and seq >= $FIRST;
    create index on sold (business_date, id);
    analyze sold;
    create temp table moved as select batch, m as r from sold join public.stock_movement m
        on m.location_id = '$LOCATION' and m.business_date = sold.business_date and m.event_id = sold.id;
    create temp table line as select batch, l as r from sold join public.sale_line l
        on l.location_id = '$LOCATION' and l.business_date = sold.business_date and l.sale_id = sold.id;
    create temp table paid as select batch, t as r from sold join public.tender t
        on t.location_id = '$LOCATION' and t.business_date = sold.business_date and t.sale_id = sold.id;
    create index on event (batch); create index on sold (batch); create index on moved (batch);
    create index on line (batch); create index on paid (batch);
    analyze event; analyze sold; analyze moved; analyze line; analyze paid;";

/// What accepting one batch writes.
const ACCEPT: &str = "begin;
    insert into bare.inbox select (r).* from event where batch = $BATCH;
    insert into bare.booked select (r).location_id, (r).event_id from event where batch = $BATCH;
    insert into bare.stock_movement select (r).* from moved where batch = $BATCH;
    insert into bare.stock_balance as b (location_id, variant_id, on_hand)
    select (r).location_id, (r).variant_id, sum((r).quantity) from moved where batch = $BATCH group by 1, 2 order by 2
        on conflict (location_id, variant_id) do update set on_hand = b.on_hand + excluded.on_hand;
    commit";

/// What applying one batch writes.
const APPLY: &str = "begin;
    insert into bare.sale select (r).* from sold where batch = $BATCH;
    insert into bare.sale_line select (r).* from line where batch = $BATCH;
    insert into bare.tender select (r).* from paid where batch = $BATCH;
    insert into bare.daily_product as d (location_id, business_date, variant_id, lines, quantity, revenue_minor)
    select (r).location_id, (r).business_date, (r).variant_id, count(*), sum((r).quantity), sum((r).total_minor)
      from line where batch = $BATCH group by 1, 2, 3
        on conflict (location_id, business_date, variant_id) do update
       set lines = d.lines + excluded.lines, quantity = d.quantity + excluded.quantity,
           revenue_minor = d.revenue_minor + excluded.revenue_minor;
    commit";

/// One node's rows, ready to be written by bare SQL.
struct Staged {
    client: Client,
    batches: i32,
}

impl Staged {
    async fn new(client: Client, node: Uuid, location: Uuid) -> anyhow::Result<Self> {
        let row = client
            .query_one("select seq from bare.done where node_id = $1", &[&node])
            .await?;
        let first = row.get::<_, i64>(0) + 1;
        let stage = STAGE
            .replace("$NODE", &node.to_string())
            .replace("$LOCATION", &location.to_string())
            .replace("$FIRST", &first.to_string());
        client.batch_execute(&stage).await?;
        let row = client
            .query_one("select coalesce(max(batch), -1) + 1 from event", &[])
            .await?;
        Ok(Self {
            client,
            batches: row.get(0),
        })
    }

    async fn run(self, statements: &str) -> anyhow::Result<Self> {
        for batch in 0..self.batches {
            self.client
                .batch_execute(&statements.replace("$BATCH", &batch.to_string()))
                .await?;
        }
        Ok(self)
    }
}

async fn run_all(
    staged: Vec<Staged>,
    statements: &'static str,
) -> anyhow::Result<(Vec<Staged>, Duration)> {
    let watch = Stopwatch::start();
    let running: Vec<_> = staged
        .into_iter()
        .map(|node| tokio::spawn(node.run(statements)))
        .collect();
    let mut staged = Vec::new();
    for node in running {
        staged.push(node.await??);
    }
    Ok((staged, watch.elapsed()))
}

async fn connect(config: &tokio_postgres::Config) -> anyhow::Result<Client> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn enrol(
    cloud: &cloud::Cloud,
    http: &reqwest::Client,
    base: &str,
    parts: &Parts,
    location: Uuid,
    register: Uuid,
    seeded: &Seeded,
) -> anyhow::Result<Node> {
    let mut secret = [0; 32];
    parts.random.fill(&mut secret);
    let key = SigningKey::from_bytes(&secret);
    let request = Enrol {
        code: company::enrolment_code(cloud, location).await?,
        public_key: wire::signature::public_key_text(&key.verifying_key()),
        fingerprint: uuid_v7(&*parts.clock, &*parts.random).to_string(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        rejoin: None,
    };
    let answer = http
        .post(format!("{base}/v1/enrol"))
        .json(&request)
        .send()
        .await?;
    let text = answer.text().await?;
    let enrolled: Enrolled =
        serde_json::from_str(&text).with_context(|| format!("enrol: {text}"))?;
    Ok(Node::new(
        enrolled.node_id,
        key,
        location,
        register,
        seeded.staff,
        parts.clock.now(),
    ))
}
