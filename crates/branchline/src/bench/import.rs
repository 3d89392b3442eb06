//! 200,000 products taken in from a file, and the same file again, beside the bare rows written by set-based SQL into the
//! same tables without triggers.
use std::fmt::Write as _;
use std::time::Duration;

use anyhow::ensure;
use cloud::Actor;
use cloud::import::{self, Import, Kind, Told};
use httpkit::{Parts, clock::Stopwatch};
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use super::company;
use super::figure::{Figure, Target};
use super::home::Home;

const ROWS: usize = 200_000;
const ROWS_QUICK: usize = 5_000;
/// A shop that moves in has its goods while the coffee is made.
const MOST_S: f64 = 60.0;
/// How much of the file goes into the database at once.
const PART: usize = 1 << 20;
const BENCH: Actor = Actor::Service("bench");

/// `import.products` and `import.again`.
pub async fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let rows = if quick { ROWS_QUICK } else { ROWS };
    let bench = Bench::start().await?;
    let file = file(rows);
    let (first, took) = bench.take(1, &file).await?;
    ensure!(
        usize::try_from(first.created)? == rows,
        "not all rows went in: {first:?}"
    );
    let (again, repeated) = bench.take(2, &file).await?;
    ensure!(
        usize::try_from(again.unchanged)? == rows,
        "the same file changed something: {again:?}"
    );
    let bare = bench.copy().await?;
    bench.stop().await?;
    let figure = |name, took: Duration, explained| {
        Figure::new(
            name,
            (took.as_secs_f64(), "s"),
            (Some(bare.as_secs_f64()), explained),
            Target::AtMost(MOST_S),
        )
    };
    Ok(vec![
        figure(
            "import.products",
            took,
            "a product, a variant, a barcode and a price for each row; reference: the bare rows of all tables, set-based",
        ),
        figure("import.again", repeated, "the same file: nothing changes"),
    ])
}

/// A row for each product, as an old machine writes it.
fn file(rows: usize) -> Vec<u8> {
    let mut file = "sku,name,category,brand,unit,tax,barcode,price,supplier\n".to_owned();
    for row in 0..rows {
        let digits = format!("21{row:010}");
        let _ = writeln!(
            file,
            "G-{row:06},Goods number {row} of the {}th shelf,Food > Shelf {},Brand {},pcs,7,{digits}{},{}.{:02},",
            row % 997,
            row % 200,
            row % 500,
            check_digit(&digits),
            row % 90 + 1,
            row % 100,
        );
    }
    file.into_bytes()
}

fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip([3, 1].into_iter().cycle())
        .map(|(digit, weight)| u32::from(digit - b'0') * weight)
        .sum();
    (10 - sum % 10) % 10
}

/// The same rows once more, in the order in which an import writes them, with all indexes.
const BARE: [(&str, &str); 7] = [
    ("category", ""),
    ("brand", ""),
    ("product", ""),
    ("variant", ""),
    ("barcode", ""),
    ("price", ""),
    ("reference_entity", "where feed = 'variant'"),
];

struct Bench {
    cloud: cloud::Running,
    watcher: Client,
    home: Home,
}

impl Bench {
    async fn start() -> anyhow::Result<Self> {
        let (home, database) = Home::open().await?;
        let owner = database.owner.clone();
        let config = cloud::Config::new(database, "127.0.0.1:0".parse()?);
        let cloud = cloud::start(config, Parts::system()).await?;
        company::seed(&cloud.cloud, 1).await?;
        let (watcher, connection) = owner.connect(NoTls).await?;
        tokio::spawn(connection);
        Ok(Self {
            cloud,
            watcher,
            home,
        })
    }

    async fn take(&self, number: u128, file: &[u8]) -> anyhow::Result<(Import, Duration)> {
        let cloud = &self.cloud.cloud;
        let id = Uuid::from_u128(number);
        let watch = Stopwatch::start();
        import::begin(cloud, BENCH, id, Kind::Products, "bench.csv").await?;
        for (place, part) in (0..).zip(file.chunks(PART)) {
            import::put_part(cloud, BENCH, id, place, part).await?;
        }
        let import = import::run_here(cloud, BENCH, id, false, &Told::default()).await?;
        Ok((import, watch.elapsed()))
    }

    /// One transaction, as a person who knows SQL would do it once.
    async fn copy(&self) -> anyhow::Result<Duration> {
        let tables: String = BARE.iter().fold(String::new(), |mut text, (table, _)| {
            let _ = write!(
                text,
                "create table bare.{table} (like public.{table} including all);"
            );
            text
        });
        self.watcher
            .batch_execute(&format!("create schema bare; {tables}"))
            .await?;
        let watch = Stopwatch::start();
        let rows: String = BARE.iter().fold(String::new(), |mut text, (table, which)| {
            let _ = write!(
                text,
                "insert into bare.{table} overriding system value select * from public.{table} {which};"
            );
            text
        });
        self.watcher
            .batch_execute(&format!("begin; {rows} commit"))
            .await?;
        Ok(watch.elapsed())
    }

    async fn stop(self) -> anyhow::Result<()> {
        drop(self.watcher);
        self.cloud.stop().await;
        self.home.close().await
    }
}
