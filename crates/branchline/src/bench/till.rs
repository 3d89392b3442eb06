//! A sale at a till over HTTP, beside the bare SQLite transaction of the same rows.
use std::time::Duration;

use httpkit::clock::Stopwatch;

use super::{
    bare::Bare,
    client::Till,
    figure::{Figure, Target, median, percentile_ms},
    shop::Shop,
};

const TILLS: usize = 16;
/// Units of each variant at the start: more than a run sells.
const ON_THE_SHELF: i64 = 1_000_000;
/// What HTTP and our code may add to the bare transaction.
const OVERHEAD_MS: f64 = 0.5;

/// `till.overhead_p50` at one till and `till.rate_16` at sixteen.
#[expect(
    clippy::float_arithmetic,
    reason = "a measurement is statistics, not money"
)]
pub async fn measure(quick: bool) -> anyhow::Result<Vec<Figure>> {
    let (rounds, sales) = if quick { (3, 60) } else { (7, 400) };
    let shop = Shop::start(1_000, TILLS).await?;
    let mut tills = shop.tills().await?;
    tills[0].stock(&shop.variants, ON_THE_SHELF).await?;
    tills[0].sell(&shop.variants, shop.price_minor).await?;
    let mut bare = Bare::like(&shop.database(), &shop.folder().join("bare.db"))?;

    let (mut alone, mut plain, mut added) = (vec![], vec![], vec![]);
    for round in 0..rounds {
        // Whoever comes second finds the disk busy with what the first has left: they take turns.
        let bare_first = round % 2 == 0;
        let before = if bare_first {
            Some(bare_round(&mut bare, sales)?.0)
        } else {
            None
        };
        let mut took = Vec::with_capacity(sales);
        for _ in 0..sales {
            took.push(tills[0].sell(&shop.variants, shop.price_minor).await?);
        }
        let p50 = percentile_ms(&mut took, 50);
        let bare_p50 = match before {
            Some(before) => before,
            None => bare_round(&mut bare, sales)?.0,
        };
        plain.push(bare_p50);
        alone.push(p50);
        added.push(p50 - bare_p50);
    }
    let (mut together, mut one_by_one) = (vec![], vec![]);
    for _ in 0..rounds {
        one_by_one.push(bare_round(&mut bare, sales)?.1);
        together.push(rate_together(&mut tills, &shop, sales).await?);
    }
    shop.stop().await?;
    let (alone, plain) = (median(&mut alone), median(&mut plain));
    Ok(vec![
        Figure::new(
            "till.sale_p50",
            (alone, "ms"),
            (Some(plain), "reference: bare transaction, p50"),
            Target::AtMost(plain + OVERHEAD_MS),
        ),
        Figure::new(
            "till.overhead_p50",
            (median(&mut added), "ms"),
            (Some(plain), "reference: bare transaction, p50"),
            Target::AtMost(OVERHEAD_MS),
        ),
        Figure::new(
            "till.rate_16",
            (median(&mut together), "/s"),
            (
                Some(median(&mut one_by_one)),
                "reference: bare transactions one by one",
            ),
            Target::Reference,
        ),
    ])
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a measurement is statistics, not money"
)]
fn bare_round(bare: &mut Bare, sales: usize) -> anyhow::Result<(f64, f64)> {
    let watch = Stopwatch::start();
    let mut took = (0..sales)
        .map(|_| bare.sell())
        .collect::<Result<Vec<Duration>, _>>()?;
    let rate = sales as f64 / watch.elapsed().as_secs_f64();
    Ok((percentile_ms(&mut took, 50), rate))
}

#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a measurement is statistics, not money"
)]
async fn rate_together(tills: &mut Vec<Till>, shop: &Shop, sales: usize) -> anyhow::Result<f64> {
    let each = sales.div_ceil(4);
    let count = tills.len() * each;
    let watch = Stopwatch::start();
    let selling: Vec<_> = tills
        .drain(..)
        .map(|mut till| {
            let (variants, price_minor) = (shop.variants.clone(), shop.price_minor);
            tokio::spawn(async move {
                for _ in 0..each {
                    till.sell(&variants, price_minor).await?;
                }
                anyhow::Ok(till)
            })
        })
        .collect();
    for till in selling {
        tills.push(till.await??);
    }
    Ok(count as f64 / watch.elapsed().as_secs_f64())
}
