//! The last units of a variant: 200 buyers at once for 20 units and for 1, through the HTTP API, by one cloud and by
//! two on one database. Exactly so many are sold, in every round.
use std::collections::BTreeMap;

use anyhow::ensure;
use httpkit::Parts;

use super::checkout::{Bench, Buyer};
use super::figure::{Figure, Target};

const BUYERS: usize = 200;
const ROUNDS: usize = 100;
const QUICK_ROUNDS: usize = 5;

/// `last_unit.*`: rounds in which not exactly so many were sold.
///
/// # Errors
/// When something cannot be started, or a buyer is answered with something else than yes or no.
#[expect(
    clippy::cast_precision_loss,
    reason = "a measurement is statistics, not money"
)]
pub async fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let rounds = if quick { QUICK_ROUNDS } else { ROUNDS };
    let bench = Bench::with(2).await?;
    let mut figures = Vec::new();
    for (name, units, processes) in [
        ("last_unit.twenty", 20, 1),
        ("last_unit.one", 1, 1),
        ("last_unit.twenty_two_clouds", 20, 2),
        ("last_unit.one_two_clouds", 1, 2),
    ] {
        let mut wrong = 0_usize;
        for _ in 0..rounds {
            wrong += usize::from(!round(&bench, units, processes).await?);
        }
        figures.push(Figure::new(
            name,
            (wrong as f64, "wrong"),
            (Some(rounds as f64), "reference: rounds; 200 buyers in each"),
            Target::AtMost(0.0),
        ));
    }
    bench.stop().await?;
    Ok(figures)
}

/// Whether exactly so many were sold.
async fn round(bench: &Bench, units: i64, processes: usize) -> anyhow::Result<bool> {
    let variant = bench.variants[0];
    bench.stock(variant, units).await?;
    let mut buyers = Vec::new();
    let now_ms = u64::try_from(Parts::system().clock.now().as_millisecond())?;
    for number in 0..BUYERS {
        let cloud = &bench.clouds[number % processes];
        let seed = now_ms.wrapping_mul(1_000) + number as u64;
        buyers.push(Buyer::connect(cloud.addr, &bench.key, seed).await?);
    }
    let body = format!(r#"{{"customer":"","lines":[{{"variant_id":"{variant}","quantity":1}}]}}"#);
    let buying: Vec<_> = buyers
        .into_iter()
        .map(|mut buyer| {
            let path = format!("/v1/orders/{}", buyer.id(now_ms));
            let body = body.clone();
            tokio::spawn(async move {
                let answer = buyer.put(&path, &body).await?;
                ensure!(matches!(answer.status, 201 | 409), "{}", buyer.text());
                anyhow::Ok(answer.status)
            })
        })
        .collect();
    let mut answers = BTreeMap::<u16, i64>::new();
    for buyer in buying {
        *answers.entry(buyer.await??).or_default() += 1;
    }
    let sold = answers.get(&201).copied().unwrap_or(0);
    Ok(sold == units && bench.promised(variant).await? == (units, 0))
}
