//! Live messages: what apply and accept have written for open pages, sent to those who may see it.
//!
//! Messages are rows, so every instance sends all of them. A place that the database gives them makes one order of
//! them; a page that comes back says the last place it has seen and misses nothing. One task per process reads new
//! messages, when it is woken or every quarter of a second.
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use httpkit::server::places::Places;

use axum::extract::ws::Utf8Bytes;
use retail::staff::Permission;
use serde_json::{Map, Value};
use tokio::sync::{Notify, broadcast, watch};
use uuid::Uuid;

use crate::cache::Shared;
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;
use crate::session::Viewer;

pub(crate) mod db;
pub(crate) mod http;
#[cfg(test)]
mod tests;
mod touch;

pub(crate) use touch::tell_touched;

/// How often new messages are looked for when nobody says that there are any.
const POLL: Duration = Duration::from_millis(250);
/// The same while no page is open.
const POLL_UNSEEN: Duration = Duration::from_secs(1);
/// The pause after the database was not there, or Redis.
const PAUSE: Duration = Duration::from_secs(1);
/// The pause after a full page of messages: browsers draw them.
const BREATH: Duration = Duration::from_millis(50);
/// Messages in one reading.
const PAGE: i64 = 500;
/// Messages that a page may be behind before it is dropped.
const BUFFER: usize = 4_096;
/// Pages that are open at one instance.
const MOST_OPEN: usize = 3_000;
/// Pages that one person has open.
const MOST_OPEN_OF_ONE: usize = 30;
/// Where instances tell each other that there are new messages.
const CHANNEL: &str = "branchline:live";

/// What open pages share in a process.
pub(crate) struct Live {
    /// Somebody committed messages here.
    new: Notify,
    /// The same, for the other instances.
    hint: Notify,
    messages: broadcast::Sender<Arc<Message>>,
    /// Everything up to here was sent; none before the first reading.
    sent: watch::Sender<Option<i64>>,
    /// Grows when sessions have ended: look whether it was yours.
    ended: watch::Sender<u64>,
    closed: watch::Sender<bool>,
    /// Open pages, by person.
    places: Places<Uuid>,
}

/// A message, ready to be sent.
#[derive(Debug)]
pub(crate) struct Message {
    pub(crate) place: i64,
    location: Uuid,
    parts: Parts,
}

#[derive(Debug)]
enum Parts {
    /// What these people may do has changed: their pages look again. It is nobody's to read.
    Access(HashSet<Uuid>),
    /// For those who have the permission.
    Whole(Permission, Utf8Bytes),
    /// Figures of both kinds: everybody gets those that they may see.
    Figures {
        both: Utf8Bytes,
        revenue: Utf8Bytes,
        purchases: Utf8Bytes,
    },
}

const REVENUE_FIELDS: [&str; 3] = ["revenue_minor", "sales", "units"];
const PURCHASE_FIELDS: [&str; 2] = ["purchases_minor", "purchases"];

impl Live {
    pub(crate) fn new() -> Self {
        Self {
            new: Notify::new(),
            hint: Notify::new(),
            messages: broadcast::Sender::new(BUFFER),
            sent: watch::Sender::new(None),
            ended: watch::Sender::new(0),
            closed: watch::Sender::new(false),
            places: Places::new(MOST_OPEN, MOST_OPEN_OF_ONE),
        }
    }

    /// Messages were committed.
    pub(crate) fn wake(&self) {
        self.new.notify_one();
        self.hint.notify_one();
    }

    /// A session has ended: its open pages close.
    pub(crate) fn look_again(&self) {
        self.ended.send_modify(|times| *times += 1);
    }

    /// Closes all open pages.
    pub(crate) fn close(&self) {
        self.closed.send_replace(true);
    }
}

impl Message {
    /// From its row: the payload gets its place as `cursor`. None when it is nothing that we know.
    pub(crate) fn read(
        place: i64,
        location: Uuid,
        permission: &str,
        payload: &str,
    ) -> Option<Self> {
        let mut fields: Map<String, Value> = serde_json::from_str(payload).ok()?;
        if fields.get("type").is_some_and(|kind| kind == "access") {
            let staff = fields.remove("staff")?;
            return Some(Self {
                place,
                location,
                parts: Parts::Access(serde_json::from_value(staff).ok()?),
            });
        }
        let permission = Permission::by_code(permission)?;
        fields.insert("cursor".to_owned(), place.into());
        let parts = if fields.get("type").is_some_and(|kind| kind == "overview") {
            Parts::Figures {
                both: text(&fields),
                revenue: text(&without(&fields, &PURCHASE_FIELDS)),
                purchases: text(&without(&fields, &REVENUE_FIELDS)),
            }
        } else {
            Parts::Whole(permission, text(&fields))
        };
        Some(Self {
            place,
            location,
            parts,
        })
    }

    /// Whether this person may do other things than before.
    pub(crate) fn changes_access_of(&self, viewer: &Viewer) -> bool {
        matches!(&self.parts, Parts::Access(staff) if staff.contains(&viewer.id()))
    }

    /// What this person may see of it.
    pub(crate) fn for_viewer(&self, viewer: &Viewer) -> Option<Utf8Bytes> {
        let may = |permission| {
            // What is about no location is for those who have the permission in the whole chain.
            if self.location.is_nil() {
                viewer.may_everywhere(permission)
            } else {
                viewer.may(permission, self.location)
            }
        };
        let seen = match &self.parts {
            Parts::Access(_) => None,
            Parts::Whole(permission, text) => may(*permission).then_some(text),
            Parts::Figures {
                both,
                revenue,
                purchases,
            } => match (
                may(Permission::ReportRevenue),
                may(Permission::ReportPurchases),
            ) {
                (true, true) => Some(both),
                (true, false) => Some(revenue),
                (false, true) => Some(purchases),
                (false, false) => None,
            },
        };
        seen.cloned()
    }
}

fn text(fields: &Map<String, Value>) -> Utf8Bytes {
    serde_json::to_string(fields)
        .expect("what was read as JSON can be written")
        .into()
}

fn without(fields: &Map<String, Value>, names: &[&str]) -> Map<String, Value> {
    let mut fields = fields.clone();
    fields.retain(|name, _| !names.contains(&name.as_str()));
    fields
}

/// What a newer message of the same page of messages makes needless: figures and states are absolute.
fn superseded_by(payload: &str) -> Option<(String, String, String)> {
    let fields: Map<String, Value> = serde_json::from_str(payload).ok()?;
    let field = |name| {
        fields
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    match field("type").as_str() {
        "overview" => Some((field("type"), field("location_id"), field("business_date"))),
        "node" => Some((field("type"), field("id"), String::new())),
        "held" => Some((field("type"), field("location_id"), String::new())),
        _ => None,
    }
}

/// Leaves out what a newer one in the same reading makes needless, so that a catch-up of weeks stays bearable.
fn newest(rows: Vec<db::Placed>) -> Vec<db::Placed> {
    let mut seen = HashSet::new();
    let mut kept: Vec<db::Placed> = rows
        .into_iter()
        .rev()
        .filter(|row| superseded_by(&row.payload).is_none_or(|subject| seen.insert(subject)))
        .collect();
    kept.reverse();
    kept
}

fn read(rows: Vec<db::Placed>) -> impl Iterator<Item = Message> {
    newest(rows)
        .into_iter()
        .filter_map(|row| Message::read(row.place, row.location, &row.permission, &row.payload))
}

/// Gives new messages their places and sends them, for ever.
pub(crate) async fn send_placed(cloud: &Cloud) {
    let live = &cloud.office().live;
    loop {
        match send_new(cloud, live).await {
            Ok(true) => tokio::time::sleep(BREATH).await,
            Ok(false) => {
                let seen = live.messages.receiver_count() > 0;
                let pause = if seen { POLL } else { POLL_UNSEEN };
                // Either will do: the time is up, or somebody says that there are new ones.
                let _ = tokio::time::timeout(pause, live.new.notified()).await;
            }
            Err(error) => {
                tracing::warn!(%error, "Live messages wait: {error}");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// One reading. Whether there may be more at once.
async fn send_new(cloud: &Cloud, live: &Live) -> Result<bool> {
    let sent = *live.sent.borrow();
    let Some(sent) = sent else {
        // What was written before this process began is not news to anybody who opens a page from now on.
        let head = cloud
            .tx("live_head", Actor::Service("live"), async |tx| {
                db::place_all(tx).await
            })
            .await?;
        live.sent.send_replace(Some(head));
        return Ok(true);
    };
    let rows = cloud
        .tx("live_new", Actor::Service("live"), async |tx| {
            db::place_and_read(tx, sent, PAGE).await
        })
        .await?;
    let Some(last) = rows.last().map(|row| row.place) else {
        return Ok(false);
    };
    let is_full = i64::try_from(rows.len()).is_ok_and(|rows| rows >= PAGE);
    // Said first: a page that begins in between asks for everything anyway, and must not be told too early a place.
    live.sent.send_replace(Some(last));
    for message in read(rows) {
        // Nobody listens: then nobody misses it.
        let _ = live.messages.send(Arc::new(message));
    }
    Ok(is_full)
}

/// Tells the other instances about new messages, and is told by them, for ever. Losing a hint costs a quarter second.
pub(crate) async fn exchange_hints(cloud: &Cloud, shared: &Shared) {
    let live = &cloud.office().live;
    let tell = async {
        loop {
            live.hint.notified().await;
            shared
                .run::<()>(redis::cmd("PUBLISH").arg(CHANNEL).arg(""))
                .await;
        }
    };
    let listen = async {
        loop {
            if let Err(error) = listen(live, shared).await {
                tracing::debug!(%error, "No hints from other instances: {error}");
            }
            metrics::counter!("cloud_redis_failures_total").increment(1);
            tokio::time::sleep(PAUSE).await;
        }
    };
    tokio::join!(tell, listen);
}

async fn listen(live: &Live, shared: &Shared) -> redis::RedisResult<()> {
    use futures_util::StreamExt;
    let mut hints = shared.client().get_async_pubsub().await?;
    hints.subscribe(CHANNEL).await?;
    let mut hints = hints.on_message();
    while hints.next().await.is_some() {
        metrics::counter!("cloud_live_hints_total").increment(1);
        live.new.notify_one();
    }
    Ok(())
}
