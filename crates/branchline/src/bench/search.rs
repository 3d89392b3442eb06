//! A keystroke in the till's search, over 100,000 SKUs, beside the scan that a simple till makes.
use std::time::Duration;

use httpkit::{
    clock::Stopwatch,
    random::{Random, SeededRandom, number},
};
use rusqlite::{Connection, OpenFlags};

use super::{
    figure::{Figure, Target, percentile_ms},
    shop::Shop,
};

const SKUS: usize = 100_000;
/// A key answers before the finger leaves it.
const KEYSTROKE_P99_MS: f64 = 10.0;
/// Letters that a cashier types before the list is short enough.
const LONGEST: usize = 9;

/// `search.keystroke_p50` and `search.keystroke_p99`: HTTP included, one cashier typing.
pub async fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let words = if quick { 40 } else { 300 };
    let shop = Shop::start(SKUS, 1).await?;
    let mut tills = shop.tills().await?;
    let till = tills.remove(0);
    let scan = Connection::open_with_flags(shop.database(), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let random = SeededRandom::new(29);
    let (mut answered, mut scanned) = (Vec::new(), Vec::new());
    for _ in 0..words {
        let name = &shop.names[pick(&random, shop.names.len())];
        for typed in keystrokes(name, &random) {
            answered.push(till.search(&typed).await?);
            // Every seventh is enough for a reference that takes far longer.
            if answered.len() % 7 == 0 {
                scanned.push(scan_for(&scan, &typed)?);
            }
        }
    }
    shop.stop().await?;
    let reference = "reference: a LIKE scan of the same rows, without HTTP";
    Ok(vec![
        Figure::new(
            "search.keystroke_p50",
            (percentile_ms(&mut answered, 50), "ms"),
            (Some(percentile_ms(&mut scanned, 50)), reference),
            Target::AtMost(KEYSTROKE_P99_MS),
        ),
        Figure::new(
            "search.keystroke_p99",
            (percentile_ms(&mut answered, 99), "ms"),
            (Some(percentile_ms(&mut scanned, 99)), reference),
            Target::AtMost(KEYSTROKE_P99_MS),
        ),
    ])
}

/// What is in the field after each key, when somebody types a name from the beginning of one of its words.
fn keystrokes(name: &str, random: &dyn Random) -> Vec<String> {
    let words: Vec<&str> = name.split(' ').collect();
    let typed: Vec<char> = words[pick(random, words.len())..]
        .join(" ")
        .chars()
        .take(LONGEST)
        .collect();
    (1..=typed.len())
        .map(|length| typed[..length].iter().collect())
        .collect()
}

fn scan_for(connection: &Connection, typed: &str) -> anyhow::Result<Duration> {
    let watch = Stopwatch::start();
    let mut statement = connection
        .prepare_cached("select id, name from variant where active = 1 and name like '%' || ?1 || '%' order by name limit 24")?;
    let found = statement
        .query_map([typed], |row| row.get::<_, String>(1))?
        .count();
    std::hint::black_box(found);
    Ok(watch.elapsed())
}

fn pick(random: &dyn Random, of: usize) -> usize {
    usize::try_from(number(random) % (of as u64)).unwrap_or(0)
}
