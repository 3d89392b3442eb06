//! A draft on past sales: each basket is priced twice by the function that prices sales, without the draft and with it, from the
//! list prices that its lines had. A worker takes a page of sales at a time, and keeps how far it is together with the sums.
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use httpkit::problem::Problem;
use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, ToSpan};
use retail::amount::Amount;
use retail::catalog::VariantId;
use retail::currency::Currency;
use retail::location::LocationId;
use retail::promotion::claim::Counter;
use retail::promotion::goods::{BasketLine, Buyer, Context};
use retail::promotion::{Priced, Promotion, PromotionId, Rules, price};
use retail::sale::{Item, TenderKind};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::basket::Fact;
use super::{Composed, promotion_of};
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;
use crate::job::{self, NewJob};

mod db;
pub(crate) mod http;

/// Sales in one page.
const PAGE: i64 = 400;
/// The most days of one preview.
const MOST_DAYS: i32 = 366;
/// Sales that are shown as examples: those to which the draft would have given most.
const EXAMPLES: usize = 10;

/// A sale to which the draft would have given something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct PreviewExample {
    sale_id: Uuid,
    receipt_number: String,
    business_date: Date,
    location_id: Uuid,
    /// By how much it would have been cheaper.
    gave_minor: i64,
}

/// What a draft would have done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Sums {
    seen: i64,
    touched: i64,
    gave_minor: i64,
    before_minor: i64,
    units: i64,
    taken_minor: i64,
    /// Touched sales, and what they would have got.
    by_day: BTreeMap<Date, (i64, i64)>,
    examples: Vec<PreviewExample>,
}

impl Sums {
    /// Keeps a sale as an example if few would have got more.
    fn show(&mut self, sale: &Past, gave_minor: i64) {
        self.examples.push(PreviewExample {
            sale_id: sale.id,
            receipt_number: sale.receipt_number.clone(),
            business_date: sale.date,
            location_id: sale.location,
            gave_minor,
        });
        self.examples.sort_by_key(|one| {
            (
                std::cmp::Reverse(one.gave_minor),
                one.business_date,
                one.sale_id,
            )
        });
        self.examples.truncate(EXAMPLES);
    }
}

/// What is asked.
pub(crate) struct NewPreview<'a> {
    pub(crate) id: Uuid,
    pub(crate) draft: &'a Composed,
    /// Of what the draft is a version.
    pub(crate) promotion: Option<Uuid>,
    pub(crate) from: Date,
    pub(crate) until: Date,
    /// Sorted; where the person may see promotions, as far as they were asked for.
    pub(crate) locations: &'a [Uuid],
}

/// Begins a preview. The same again changes nothing.
pub(crate) async fn begin(cloud: &Cloud, actor: Actor, new: &NewPreview<'_>) -> Result<()> {
    let days = new.from.until(new.until).map_or(-1, |span| span.get_days());
    if !(0..MOST_DAYS).contains(&days) {
        let message = "A preview is of 1 to 366 days";
        return Err(Problem::invalid("preview.days", "until", message)
            .figure("max", MOST_DAYS)
            .into());
    }
    let promotion = promotion_of(new.promotion.unwrap_or(new.id), 1, new.draft)?;
    let document = serde_json::to_string(&promotion).expect("a promotion is plain data");
    let hash = hash(&document, new);
    let by = actor.person().unwrap_or(Uuid::nil());
    let job = NewJob {
        kind: job::Kind::PromotionPreview,
        payload: json!({ "preview": new.id }),
        dedupe_key: Some(format!("preview:{}", new.id)),
        run_at: cloud.security_now(),
    };
    let now = cloud.security_now();
    let is_same = cloud
        .tx("begin_preview", actor, async |tx| {
            if db::insert(tx, new, &document, &hash, by, now).await? {
                job::enqueue(tx, &job).await?;
                return Ok(true);
            }
            Ok(db::hash(tx, new.id)
                .await?
                .is_some_and(|known| known == hash))
        })
        .await?;
    if !is_same {
        let title = "Another preview has this id";
        return Err(Problem::conflict("preview.id_reused", title).into());
    }
    Ok(())
}

/// Whoever asks again for the same gets the first answer; the branches are those of the first time.
fn hash(document: &str, new: &NewPreview<'_>) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update(document.as_bytes());
    sha.update(new.from.to_string());
    sha.update(new.until.to_string());
    for location in new.locations {
        sha.update(location.as_bytes());
    }
    sha.finalize().into()
}

/// The job's.
pub(crate) async fn run_by(cloud: &Cloud, payload: &Value) -> Result<()> {
    let id = payload["preview"].as_str().and_then(|id| id.parse().ok());
    match id {
        Some(id) => run(cloud, id).await,
        None => Ok(()),
    }
}

/// Goes on from where it is, until its end. Two workers do not count a sale twice: a page is kept only by whoever is first.
async fn run(cloud: &Cloud, id: Uuid) -> Result<()> {
    let begun = cloud
        .read("claim_preview", Actor::Service("preview"), async |tx| {
            db::begun(tx, id).await
        })
        .await?;
    let Some(begun) = begun.filter(|begun| begun.state == "running") else {
        return Ok(());
    };
    let Some(trial) = Trial::of(&begun) else {
        return end(cloud, id, "failed").await;
    };
    let trial = Arc::new(trial);
    // As the person whose preview it is: the database shows nothing that they may not see.
    let actor = Actor::Staff(begun.by);
    loop {
        let Some(at) = cloud
            .read("preview_place", Actor::Service("preview"), async |tx| {
                db::place(tx, id).await
            })
            .await?
        else {
            return Ok(());
        };
        if at.date > begun.until {
            return end(cloud, id, "done").await;
        }
        let page = cloud
            .read("preview_page", actor, async |tx| {
                db::page(tx, &begun.locations, &at, PAGE).await
            })
            .await?;
        let next = page.next(&at);
        let (trial, sums) = (Arc::clone(&trial), at.sums.clone());
        // Pricing is work for a processor: other requests go on meanwhile.
        let sums = tokio::task::spawn_blocking(move || trial.take(&page, sums))
            .await
            .map_err(|error| Problem::internal(&error))?;
        cloud
            .tx("keep_preview", Actor::Service("preview"), async |tx| {
                db::keep(tx, id, &at, &next, &sums).await
            })
            .await?;
    }
}

async fn end(cloud: &Cloud, id: Uuid, state: &'static str) -> Result<()> {
    let now = cloud.security_now();
    cloud
        .tx("end_preview", Actor::Service("preview"), async |tx| {
            db::end(tx, id, state, now).await
        })
        .await
}

/// Up to where a preview is, with the sums until there.
struct Place {
    date: Date,
    location: Uuid,
    sale: Uuid,
    sums: Sums,
}

/// What follows a place.
struct Next {
    date: Date,
    location: Uuid,
    sale: Uuid,
}

/// A preview as it was begun.
struct Begun {
    state: String,
    document: String,
    others: Vec<String>,
    locations: Vec<Uuid>,
    until: Date,
    by: Uuid,
    currency: String,
}

/// A past sale: what is needed to price it again.
struct Past {
    id: Uuid,
    location: Uuid,
    date: Date,
    receipt_number: String,
    local: DateTime,
    channel: String,
    buyer: Option<Buyer>,
    tenders: Vec<TenderKind>,
    lines: Vec<PastLine>,
}

struct PastLine {
    item: Item,
    is_reduced: bool,
}

impl Past {
    /// Its lines as the engine takes them; none: something is not known any more.
    fn basket<'a>(&self, facts: &'a HashMap<VariantId, Fact>) -> Option<Vec<BasketLine<'a>>> {
        let lines = self.lines.iter().map(|line| {
            Some(BasketLine {
                item: line.item,
                goods: &facts.get(&line.item.variant)?.goods,
                is_reduced: line.is_reduced,
            })
        });
        lines.collect()
    }
}

/// Some past sales of one day, and what is known of their goods.
struct Page {
    sales: Vec<Past>,
    facts: HashMap<VariantId, Fact>,
    is_last: bool,
}

impl Page {
    /// Where the page after this one begins: at the end of a day, the next day.
    fn next(&self, at: &Place) -> Next {
        match self.sales.last().filter(|_| !self.is_last) {
            Some(last) => Next {
                date: at.date,
                location: last.location,
                sale: last.id,
            },
            None => Next {
                date: at.date.saturating_add(1.day()),
                location: Uuid::nil(),
                sale: Uuid::nil(),
            },
        }
    }
}

/// The draft, and the rules with and without it.
struct Trial {
    draft: Promotion,
    without: Rules,
    with: Rules,
    currency: Currency,
}

impl Trial {
    /// None: a document cannot be read by this program.
    fn of(begun: &Begun) -> Option<Self> {
        let draft: Promotion = serde_json::from_str(&begun.document).ok()?;
        let others = begun.others.iter();
        let others: Option<Vec<Promotion>> = others
            .map(|document| serde_json::from_str(document).ok())
            .collect();
        let others: Vec<Promotion> = others?
            .into_iter()
            .filter(|other| other.id() != draft.id())
            .collect();
        Some(Self {
            without: Rules::new(others.clone()),
            with: Rules::new(others.into_iter().chain([draft.clone()])),
            currency: Currency::by_code(&begun.currency)?,
            draft,
        })
    }

    /// Prices the sales of a page and adds what the draft would have done.
    fn take(&self, page: &Page, mut sums: Sums) -> Sums {
        for sale in &page.sales {
            sums.seen += 1;
            self.add(sale, &page.facts, &mut sums);
        }
        sums
    }

    fn add(&self, sale: &Past, facts: &HashMap<VariantId, Fact>, sums: &mut Sums) {
        let Some(lines) = sale.basket(facts).filter(|lines| !lines.is_empty()) else {
            return;
        };
        let nothing = BTreeMap::new();
        let at = Context {
            channel: &sale.channel,
            customer: sale.buyer.as_ref(),
            tenders: &sale.tenders,
            available: &nothing,
            ..Context::at(
                self.currency,
                LocationId::from_uuid(sale.location),
                sale.local,
            )
        };
        let left = self.left(&at, sale.date, sums);
        let with = Context {
            available: &left,
            ..at.clone()
        };
        // What cannot be priced any more, because its goods have changed, is as it was.
        let (Ok(before), Ok(after)) = (
            price(&lines, &self.without, &at),
            price(&lines, &self.with, &with),
        ) else {
            return;
        };
        sums.before_minor += before.sale.total.minor();
        let Some(place) = fired(&after, self.draft.id()) else {
            return;
        };
        let gave = before.sale.total.minor() - after.sale.total.minor();
        sums.touched += 1;
        sums.gave_minor += gave;
        sums.units += after.trace.units(place);
        sums.taken_minor += after.trace.by_promotion(self.draft.id()).minor();
        let day = sums.by_day.entry(sale.date).or_default();
        *day = (day.0 + 1, day.1 + gave);
        sums.show(sale, gave);
    }

    /// What the sales before have left of the draft's limits. What a customer has had is not known here, and vouchers were
    /// shown by nobody.
    fn left(
        &self,
        at: &Context<'_>,
        date: Date,
        sums: &Sums,
    ) -> BTreeMap<(PromotionId, Counter), i64> {
        let today = sums.by_day.get(&date).map_or(0, |day| day.0);
        let mut left = super::basket::untouched([&self.draft], at);
        for ((_, counter), quantity) in &mut left {
            *quantity -= match counter {
                Counter::Uses => sums.touched,
                Counter::Day => today,
                Counter::Units => sums.units,
                Counter::Budget => sums.taken_minor,
                Counter::Customer | Counter::Voucher(_) => 0,
            };
        }
        left
    }
}

/// The place of a promotion in the trace, if it did something.
fn fired(priced: &Priced, id: PromotionId) -> Option<u16> {
    let place = priced
        .trace
        .promotions
        .iter()
        .position(|one| one.id == id)?;
    let place = u16::try_from(place).ok()?;
    priced.trace.has_fired(place).then_some(place)
}

/// A line as it was sold, without what promotions took off.
fn line(item: Item, promoted: i64, is_reduced: bool) -> PastLine {
    let own = Amount::from_minor((item.discount.minor() - promoted).max(0));
    PastLine {
        item: Item {
            discount: own,
            ..item
        },
        is_reduced,
    }
}

/// How a preview stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PromotionPreview {
    id: Uuid,
    /// `running`, `done` or `failed`.
    state: String,
    /// Sales that were looked at.
    receipts_seen: i64,
    receipts_total: i64,
    /// Sales in which the draft would have done something.
    touched: i64,
    /// By how much the sales would have been cheaper.
    gave_minor: i64,
    /// What all of them cost by the promotions that run, without the draft.
    before_minor: i64,
    /// That the draft would have used.
    units: i64,
    by_day: Vec<PreviewDay>,
    /// Those to which it would have given most.
    examples: Vec<PreviewExample>,
    /// First business date.
    from: Date,
    /// Last business date.
    until: Date,
    /// Branches that were looked at.
    locations: i64,
    begun_at: Timestamp,
    ended_at: Option<Timestamp>,
}

/// A day of a preview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct PreviewDay {
    /// Business date.
    date: Date,
    touched: i64,
    gave_minor: i64,
}
