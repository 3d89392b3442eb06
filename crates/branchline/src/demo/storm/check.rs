//! The verdict: what tills and buyers were told, against what the cloud's database has.
use anyhow::Context;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

use super::{Told, count};
use crate::demo::screen::thousands;

/// Nothing of a variant is given to the web, under way, promised or picked, and none of it is owed.
const FREE: &str = "
select not exists (select from cloud_rights where resource_id = $1 and available + granting + promised > 0)
   and not exists (select from stock_balance where variant_id = $1 and (claim_bound > 0 or debt > 0))
   and not exists (select from reservation where variant_id = $1 and state = 'picked')";

/// Units of a variant that are sold by tills, and that are promised or handed over online, by location.
const UNITS: &str = "
select l.id,
       (select coalesce(sum(s.quantity), 0)::bigint from sale_line s
         where s.location_id = l.id and s.variant_id = $1),
       (select coalesce(sum(r.quantity), 0)::bigint from reservation r
         where r.location_id = l.id and r.variant_id = $1
           and r.state in ('held', 'claimed', 'cancelling', 'picked', 'handed_over'))
  from location l";

/// Which of these sales and orders the books have.
const SALES: &str =
    "select count(distinct sale_id) from sale_line where variant_id = $1 and sale_id = any ($2)";
const ORDERS: &str = "
select count(distinct o.id) from online_order o join reservation r on r.order_id = o.id
 where r.variant_id = $1 and o.id = any ($2) and r.state = 'handed_over'";

/// What is on hand of a variant in the two shops, as the cloud has it.
const ON_HAND: &str = "
select coalesce(sum(on_hand), 0)::bigint from stock_balance where variant_id = $1 and location_id = any ($2)";

/// How a moment is told.
const TIME: &str = "%Y-%m-%d %H:%M:%S UTC";

/// The cloud's database, as its owner.
pub(super) struct Books {
    client: Client,
    connection: JoinHandle<Result<(), tokio_postgres::Error>>,
}

impl Drop for Books {
    fn drop(&mut self) {
        self.connection.abort();
    }
}

/// Units sold and promised, by location.
pub(super) type Before = Vec<(Uuid, i64, i64)>;

/// What the books say afterwards.
pub(super) struct After {
    places: [Uuid; 2],
    units: Before,
    sales: i64,
    orders: i64,
    on_hand: i64,
}

impl Books {
    pub(super) async fn open(database: &tokio_postgres::Config) -> anyhow::Result<Self> {
        let (client, connection) = database
            .connect(NoTls)
            .await
            .context("connect to the demo's database")?;
        let connection = tokio::spawn(connection);
        Ok(Self { client, connection })
    }

    /// Whether nothing of it is promised to anybody.
    pub(super) async fn is_free(&self, variant: Uuid) -> anyhow::Result<bool> {
        Ok(self.client.query_one(FREE, &[&variant]).await?.get(0))
    }

    pub(super) async fn before(&self, variant: Uuid) -> anyhow::Result<Before> {
        let rows = self.client.query(UNITS, &[&variant]).await?;
        let units = rows.iter().map(|row| (row.get(0), row.get(1), row.get(2)));
        Ok(units.collect())
    }

    pub(super) async fn after(
        &self,
        variant: Uuid,
        places: [Uuid; 2],
        told: &Told,
    ) -> anyhow::Result<After> {
        let sales = told.sales.concat();
        let found = async |query: &str, ids: &[Uuid]| {
            let row = self.client.query_one(query, &[&variant, &ids]).await?;
            anyhow::Ok(row.get(0))
        };
        Ok(After {
            places,
            units: self.before(variant).await?,
            sales: found(SALES, &sales).await?,
            orders: found(ORDERS, &told.orders).await?,
            on_hand: found(ON_HAND, &places).await?,
        })
    }
}

/// The office's own invariants, as it serves them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Invariants {
    holds: bool,
    oversold: i64,
    lost: i64,
    doubled: i64,
    accepted: i64,
    applied: i64,
    waiting: i64,
    quarantined: i64,
    queued: i64,
    on_their_way: i64,
    /// Everything before it is in the office.
    pub(super) complete_to: Option<Timestamp>,
}

/// What came of it, every figure from the database.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(in crate::demo) struct Verdict {
    /// Every counter that must be zero is, and every unit is accounted for.
    pub(in crate::demo) holds: bool,
    /// Units that were there.
    units: i64,
    /// Sold by the tills of each shop.
    shops: [i64; 2],
    /// Sold on the web.
    web: i64,
    /// Still on the shelves.
    left: i64,
    /// Units that were sold or promised beyond what was there, and what the office's checks find.
    oversold: i64,
    /// What somebody was told and the books do not have, and missing receipt numbers.
    lost: i64,
    /// What the books have and nobody was told, and receipt numbers that came twice.
    doubled: i64,
    office: Invariants,
}

impl Verdict {
    /// Judges what the books have gained.
    pub(super) fn of(
        before: &Before,
        after: &After,
        told: &Told,
        office: Invariants,
        shelf: i64,
    ) -> Self {
        let gained = |at: &Uuid| {
            let units = |of: &Before| of.iter().find(|(place, ..)| place == at).copied();
            let (_, sold, promised) = units(&after.units).unwrap_or_default();
            let (_, sold_before, promised_before) = units(before).unwrap_or_default();
            (sold - sold_before, promised - promised_before)
        };
        let all: Vec<(i64, i64)> = after.units.iter().map(|(at, ..)| gained(at)).collect();
        let in_books: i64 = all.iter().map(|(sold, promised)| sold + promised).sum();
        let web = all.iter().map(|(_, promised)| promised).sum();
        let shops = after.places.map(|at| gained(&at).0);
        let beyond = after.places.iter().map(|at| {
            let (sold, promised) = gained(at);
            (sold + promised - shelf).max(0)
        });
        let was_told =
            told.sales.iter().map(|sales| count(sales)).sum::<i64>() + count(&told.orders);
        let found = after.sales + after.orders;
        let units = 2 * shelf;
        let oversold = beyond.sum::<i64>() + office.oversold;
        let lost = was_told - found + office.lost;
        let doubled = in_books - found + office.doubled;
        Self {
            holds: [oversold, lost, doubled] == [0; 3]
                && [office.waiting, office.quarantined, office.queued] == [0; 3]
                && office.holds
                && in_books + after.on_hand == units,
            units,
            shops,
            web,
            left: after.on_hand,
            oversold,
            lost,
            doubled,
            office,
        }
    }

    /// For the terminal.
    pub(super) fn told(&self, product: &str, shops: [&str; 2], refusals: &[i64; 2]) -> String {
        let office = &self.office;
        let complete = office
            .complete_to
            .map_or_else(|| "unknown".to_owned(), |at| at.strftime(TIME).to_string());
        let [first, second] = self.shops;
        format!(
            "\n  {product}, from the cloud's database\n\
             \n    {:>6}  were there\n    {first:>6}  sold by {}\n    {second:>6}  sold by {}, without a connection\n\
             \x20   {:>6}  sold on the web, picked and handed over\n    {:>6}  left\n\
             \x20   {:>6}  times somebody was told \"sold out\": {} on the web, {} at tills\n\
             \n    {:>6}  oversold\n    {:>6}  lost\n    {:>6}  doubled\n\
             \n    records: accepted {} = applied {} + waiting {} + set aside {} + queued {}\n\
             \x20   complete to {complete}\n\n  {}\n\n",
            self.units,
            shops[0],
            shops[1],
            self.web,
            self.left,
            refusals.iter().sum::<i64>(),
            refusals[0],
            refusals[1],
            self.oversold,
            self.lost,
            self.doubled,
            thousands(office.accepted),
            thousands(office.applied),
            office.waiting,
            office.quarantined,
            office.queued,
            if self.holds {
                "IT HOLDS: every unit was sold once, every sale is there, every promise was kept."
            } else {
                "IT DOES NOT HOLD. The office's page Integrity and demo.log say where."
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{After, Invariants, Verdict};
    use crate::demo::storm::Told;

    const PLACES: [Uuid; 2] = [Uuid::from_u128(1), Uuid::from_u128(2)];

    /// Ten units on each of two shelves: 14 were sold by tills and 6 on the web, and so say the books.
    fn right() -> (After, Told, Invariants) {
        let ids = |from: u128, to: u128| (from..to).map(Uuid::from_u128).collect();
        let after = After {
            places: PLACES,
            units: vec![(PLACES[0], 106, 4), (PLACES[1], 8, 2)],
            sales: 14,
            orders: 6,
            on_hand: 0,
        };
        let told = Told {
            sales: [ids(10, 16), ids(20, 28)],
            orders: ids(30, 36),
        };
        let office = Invariants {
            holds: true,
            oversold: 0,
            lost: 0,
            doubled: 0,
            accepted: 40,
            applied: 40,
            waiting: 0,
            quarantined: 0,
            queued: 0,
            on_their_way: 0,
            complete_to: None,
        };
        (after, told, office)
    }

    fn judged(change: impl FnOnce(&mut After, &mut Told, &mut Invariants)) -> (bool, [i64; 3]) {
        let (mut after, mut told, mut office) = right();
        change(&mut after, &mut told, &mut office);
        let before = vec![(PLACES[0], 100, 0), (PLACES[1], 0, 0)];
        let verdict = Verdict::of(&before, &after, &told, office, 10);
        (
            verdict.holds,
            [verdict.oversold, verdict.lost, verdict.doubled],
        )
    }

    #[test]
    fn whatever_is_wrong_in_the_books_is_told() {
        assert_eq!(judged(|_, _, _| {}), (true, [0, 0, 0]));
        // A sale that a till was told of is not there.
        let lost = judged(|after, _, _| {
            after.units[1].1 -= 1;
            after.sales -= 1;
        });
        assert_eq!(lost, (false, [0, 1, 0]));
        // One is there twice: then more was sold than there was, too.
        let doubled = judged(|after, _, _| after.units[0].1 += 1);
        assert_eq!(doubled, (false, [1, 0, 1]));
        // More buyers than units were told that they have bought.
        let oversold = judged(|after, told, _| {
            after.units[1].2 += 1;
            after.orders += 1;
            told.orders.push(Uuid::from_u128(36));
        });
        assert_eq!(oversold, (false, [1, 0, 0]));
        // A unit has vanished from the shelf.
        let gone = judged(|after, told, _| {
            after.units[0].1 -= 1;
            after.sales -= 1;
            told.sales[0].pop();
        });
        assert_eq!(gone, (false, [0, 0, 0]));
        // The office finds something itself, or has not taken everything in.
        assert!(!judged(|_, _, office| office.holds = false).0);
        assert!(!judged(|_, _, office| office.queued = 1).0);
        assert_eq!(
            judged(|_, _, office| office.doubled = 2),
            (false, [0, 0, 2])
        );
    }
}
