//! `branchline demo --storm`: the heart in two minutes. The last units of one product are sold at once by the web and by
//! two shops, one of them cut off; then the cable is back, every promise is kept, and the database says whether it holds.
use std::{cell::Cell, sync::Arc, time::Duration};

use anyhow::ensure;
use futures_util::future::{join_all, try_join_all};
use httpkit::clock::{Clock, Stopwatch, SystemClock};
use retail::quantity::Unit;
use traffic::chain::{Chain, Variant};
use uuid::Uuid;

use super::{
    screen::{Voice, thousands},
    serve::Running,
};

mod buyer;
mod check;
mod figure;
mod screen;
mod shop;

use buyer::{Channel, Office};
use check::Books;
pub(super) use check::Verdict;
use figure::{Figures, Phase};
use shop::{Shop, Till};

/// Units on each shelf when it begins.
const SHELF: i64 = 150;
/// Of those, what the shop that will be cut off has given to the web before.
const GIVEN: i64 = 40;
/// Buyers on the web who press Pay at the same moment.
const BUYERS: usize = 24;
/// Tills of a shop that sell at once.
const TILLS: usize = 2;
/// Between two sales of a till, and between two waves of buyers, when somebody looks on.
const SALE: Duration = Duration::from_millis(350);
const WAVE: Duration = Duration::from_millis(1_500);
/// So long a sentence stands before the next thing happens.
const TO_READ: Duration = Duration::from_secs(6);
/// Without anybody who looks on, it sells this much faster.
const HURRY: u32 = 4;
/// How often what is shown is looked at again, and how often the office goes through its ledgers meanwhile.
const LOOK: Duration = Duration::from_millis(250);
const CHECK: u32 = 8;
/// Characters of a product's name that fit anywhere.
const SHORT: usize = 24;
/// It begins when somebody has opened the page, at the latest after this.
const TO_OPEN: Duration = Duration::from_secs(45);
/// The longest that orders may take to come down to their shop, and completeness to come up.
const PATIENCE: Duration = Duration::from_mins(1);

/// What tills and buyers were told: sales by shop, and paid orders.
#[derive(Default)]
struct Told {
    sales: [Vec<Uuid>; 2],
    orders: Vec<Uuid>,
}

/// One storm.
pub(super) struct Storm<'a> {
    running: &'a Running,
    voice: Voice,
    /// Nobody looks on: no pauses.
    is_quick: bool,
    product: &'a Variant,
    shops: [Shop<'a>; 2],
    office: Office,
    web: Channel,
    books: Books,
    figures: Arc<Figures>,
    page: screen::Page,
}

impl<'a> Storm<'a> {
    /// Prepares one on a demo that is up and settled.
    pub(super) async fn prepare(
        running: &'a Running,
        chain: &'a Chain,
        voice: Voice,
        is_quick: bool,
    ) -> anyhow::Result<Self> {
        let books = Books::open(&running.database).await?;
        let product = product(chain, &books).await?;
        let shops = Shop::both(chain, &running.addresses.shops)?;
        let office = Office::sign_in(&running.addresses.office, chain).await?;
        let web = office.channel().await?;
        let names = [shops[0].name(), shops[1].name()];
        let figures = Arc::new(Figures::new(&product.name, names, BUYERS, SHELF));
        let page = screen::Page::serve(Arc::clone(&figures), running.next_port()?).await?;
        Ok(Self {
            running,
            voice,
            is_quick,
            product,
            shops,
            office,
            web,
            books,
            figures,
            page,
        })
    }

    /// Where one can watch it.
    pub(super) fn page(&self) -> &str {
        &self.page.address
    }

    /// Plays it to the end. An invariant that does not hold is no error but the verdict.
    pub(super) async fn play(&self) -> anyhow::Result<Verdict> {
        tokio::select! {
            verdict = self.acts() => verdict,
            never = self.look_on() => match never {},
        }
    }

    async fn acts(&self) -> anyhow::Result<Verdict> {
        self.begin().await?;
        let before = self.before().await?;
        let mut told = Told::default();
        self.cut(&mut told).await?;
        self.come_back(&mut told).await?;
        self.keep_promises(&told).await?;
        self.judge(&before, &told).await
    }

    /// Waits for somebody to look on.
    async fn begin(&self) -> anyhow::Result<()> {
        if self.is_quick {
            return Ok(());
        }
        self.voice.say(&format!(
            "  It begins when this page is open, or in {} s:\n\n      {}\n",
            TO_OPEN.as_secs(),
            self.page.address
        ));
        // Nobody came: it is told here.
        let _ = tokio::time::timeout(TO_OPEN, self.figures.is_watched()).await;
        Ok(())
    }

    /// Fills both shelves; the second shop gives some of its units to the web.
    async fn before(&self) -> anyhow::Result<check::Before> {
        let [first, second] = &self.shops;
        let variant = self.product.id.as_uuid();
        for shop in &self.shops {
            shop.manager().await?.count(variant, SHELF).await?;
        }
        second.manager().await?.give(variant, GIVEN).await?;
        self.running.settle(self.voice).await?;
        self.figures.change(|state| state.shops[1].given = GIVEN);
        self.say(
            Phase::Calm,
            &format!(
                "1. {} units of {}: {SHELF} at {}, {SHELF} at {}.\n     {} has given {GIVEN} of them to the web.",
                2 * SHELF,
                self.product.name,
                first.name(),
                second.name(),
                second.name(),
            ),
        )
        .await;
        self.books.before(variant).await
    }

    /// The second shop is cut off; everybody sells until nobody can.
    async fn cut(&self, told: &mut Told) -> anyhow::Result<()> {
        let [first, second] = &self.shops;
        self.running.set_link(second.place, false);
        self.figures.change(|state| state.shops[1].up = false);
        self.say(
            Phase::Cut,
            &format!(
                "2. {} is cut off. It sells on; so do {} and the web, {BUYERS} buyers at a time.",
                second.name(),
                first.name()
            ),
        )
        .await;
        let is_over = Cell::new(false);
        let tills = async {
            let both = (0..2).map(|number| self.sell_out(number));
            let sold = try_join_all(both).await;
            is_over.set(true);
            sold
        };
        let (sold, orders) = tokio::try_join!(tills, self.rush(&is_over))?;
        for (sales, more) in told.sales.iter_mut().zip(sold) {
            sales.extend(more);
        }
        told.orders.extend(orders);
        self.voice.say(&format!("     {}", self.figures.tally()));
        self.say(
            Phase::SoldOut,
            &format!(
                "3. Sold out. What still stands at {} is paid for on the web: its tills do not\n\
                 \x20    know the buyers, only that these units are not theirs to sell.",
                second.name()
            ),
        )
        .await;
        Ok(())
    }

    /// The tills of a shop sell until each is refused.
    async fn sell_out(&self, number: usize) -> anyhow::Result<Vec<Uuid>> {
        let tills = (0..TILLS).map(|till| async move {
            let till = self.shops[number].till(till).await?;
            self.sell(&till, number).await
        });
        let sold = try_join_all(tills).await?;
        Ok(sold.concat())
    }

    async fn sell(&self, till: &Till, number: usize) -> anyhow::Result<Vec<Uuid>> {
        let variant = self.product.id.as_uuid();
        let mut sold = Vec::new();
        while let Some(sale) = till.sell(variant).await? {
            sold.push(sale);
            self.figures.change(|state| state.shops[number].sold += 1);
            self.pause(SALE).await;
        }
        self.figures
            .change(|state| state.shops[number].refused += 1);
        Ok(sold)
    }

    /// Waves of buyers until the tills are done and nobody gets anything any more.
    async fn rush(&self, is_over: &Cell<bool>) -> anyhow::Result<Vec<Uuid>> {
        let mut orders = Vec::new();
        loop {
            let was_over = is_over.get();
            let bought = self.wave().await?;
            if was_over && bought.is_empty() {
                return Ok(orders);
            }
            orders.extend(bought);
            self.pause(WAVE).await;
        }
    }

    /// Buyers who all press Pay at once, one unit each.
    async fn wave(&self) -> anyhow::Result<Vec<Uuid>> {
        let variant = self.product.id.as_uuid();
        let wave = join_all((0..BUYERS).map(|_| self.web.buy(variant))).await;
        let answers = wave.into_iter().collect::<anyhow::Result<Vec<_>>>()?;
        let bought: Vec<Uuid> = answers.into_iter().flatten().collect();
        self.figures.change(|state| {
            state.web.sold += count(&bought);
            state.web.refused += count(&[(); BUYERS]) - count(&bought);
        });
        Ok(bought)
    }

    /// The cable is back: everything arrives, and nothing can be sold once more.
    async fn come_back(&self, told: &mut Told) -> anyhow::Result<()> {
        let [_, second] = &self.shops;
        self.running.set_link(second.place, true);
        self.figures.change(|state| state.shops[1].up = true);
        let watch = Stopwatch::start();
        self.running.settle(self.voice).await?;
        self.say(
            Phase::Back,
            &format!(
                "4. {} is back: its {} sales were in the office after {} ms.\n     Once more everybody tries to buy.",
                second.name(),
                thousands(count(&told.sales[1])),
                watch.elapsed().as_millis()
            ),
        )
        .await;
        let nobody = Cell::new(true);
        let tills = try_join_all((0..2).map(|number| self.sell_out(number)));
        let (sold, orders) = tokio::try_join!(tills, self.rush(&nobody))?;
        for (sales, more) in told.sales.iter_mut().zip(sold) {
            sales.extend(more);
        }
        told.orders.extend(orders);
        Ok(())
    }

    /// Every order that was paid is picked from the shelf and handed over.
    async fn keep_promises(&self, told: &Told) -> anyhow::Result<()> {
        self.say(
            Phase::Picking,
            &format!(
                "5. The shops pick the {} orders of the web, with those paid while {} was away.",
                count(&told.orders),
                self.shops[1].name()
            ),
        )
        .await;
        let watch = Stopwatch::start();
        let mut left = told.orders.len();
        while left > 0 {
            for (number, shop) in self.shops.iter().enumerate() {
                let till = shop.till(0).await?;
                let picked = till.pick(&told.orders).await?;
                left = left.saturating_sub(picked);
                let picked = i64::try_from(picked)?;
                self.figures
                    .change(|state| state.shops[number].picked += picked);
            }
            ensure!(
                watch.elapsed() < PATIENCE,
                "{left} paid orders have not come to the shops that are to pick them"
            );
            tokio::time::sleep(LOOK).await;
        }
        self.running.settle(self.voice).await
    }

    /// Asks the database, and the office for its own invariants, once all shops are complete up to now.
    async fn judge(&self, before: &check::Before, told: &Told) -> anyhow::Result<Verdict> {
        let end = SystemClock.now();
        let watch = Stopwatch::start();
        let complete_to = async || anyhow::Ok(self.office.invariants().await?.complete_to);
        while complete_to().await?.is_none_or(|to| to < end) {
            ensure!(
                watch.elapsed() < PATIENCE,
                "the office does not become complete"
            );
            tokio::time::sleep(LOOK).await;
        }
        let office = self.office.check().await?;
        let variant = self.product.id.as_uuid();
        let places = [&self.shops[0], &self.shops[1]].map(Shop::location);
        let books = self.books.after(variant, places, told).await?;
        let verdict = Verdict::of(before, &books, told, office, SHELF);
        self.figures.change(|state| {
            state.phase = Phase::Judged;
            state.verdict = Some(verdict.clone());
        });
        let names = [self.shops[0].name(), self.shops[1].name()];
        self.voice
            .raw(&verdict.told(&self.product.name, names, &self.figures.refusals()));
        Ok(verdict)
    }

    /// Keeps the terminal and the page up to date with what shops and office say themselves.
    async fn look_on(&self) -> std::convert::Infallible {
        let mut looks = 0_u32;
        loop {
            for (number, shop) in self.shops.iter().enumerate() {
                if let Ok(pending) = self.running.pending_at(&shop.address).await {
                    self.figures
                        .change(|state| state.shops[number].pending = pending);
                }
            }
            let office = if looks.is_multiple_of(CHECK) {
                self.office.check().await
            } else {
                self.office.invariants().await
            };
            if let Ok(office) = office {
                self.figures.change(|state| state.office = Some(office));
            }
            if self.figures.phase() == Phase::Cut {
                self.voice.hint(&format!("     {}", self.figures.tally()));
            }
            looks = looks.wrapping_add(1);
            tokio::time::sleep(LOOK).await;
        }
    }

    async fn say(&self, phase: Phase, text: &str) {
        self.figures.change(|state| state.phase = phase);
        self.voice.say(&format!("  {text}"));
        if !self.is_quick {
            tokio::time::sleep(TO_READ).await;
        }
    }

    async fn pause(&self, long: Duration) {
        let long = if self.is_quick { long / HURRY } else { long };
        tokio::time::sleep(long).await;
    }
}

fn count<T>(of: &[T]) -> i64 {
    i64::try_from(of.len()).unwrap_or(i64::MAX)
}

/// Something that is sold by the piece and of which nothing is promised: an earlier storm may have been stopped halfway.
async fn product<'a>(chain: &'a Chain, books: &Books) -> anyhow::Result<&'a Variant> {
    let variants = chain.products.iter().flat_map(|product| &product.variants);
    for variant in
        variants.filter(|variant| variant.unit == Unit::Piece && variant.name.len() <= SHORT)
    {
        if books.is_free(variant.id.as_uuid()).await? {
            return Ok(variant);
        }
    }
    anyhow::bail!("everything that the chain sells is promised to somebody")
}
