//! The WebSocket of live messages.
use std::sync::Arc;
use std::time::Duration;

use axum::{
    extract::{
        State, WebSocketUpgrade,
        ws::{
            CloseFrame, Message as Frame, Utf8Bytes, WebSocket, close_code,
            rejection::WebSocketUpgradeRejection,
        },
    },
    http::{HeaderMap, StatusCode},
    response::Response,
};
use httpkit::{extract::Params, problem::Problem, routes};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use tokio::sync::{broadcast, watch};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;

use super::{Message, PAGE, db, read};
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;
use crate::session::Viewer;

/// How often an open page's session is looked at whatever is told: sessions end by their time.
const LOOK_AT_SESSION: Duration = Duration::from_secs(3);
/// The shortest wait for a grant, should the clock stand still.
const SHORTEST_WAIT: Duration = Duration::from_millis(5);
/// How often an open page has to show that it is there.
const PING: Duration = Duration::from_secs(20);
/// The longest that a page may take to accept a message.
const SEND: Duration = Duration::from_secs(5);
/// The most that a page is told of what it missed; beyond that it asks again for everything.
const MOST_MISSED: i64 = 5_000;
/// Pages say nothing; whoever says much is not one.
const MOST_SAID: usize = 4 << 10;
/// When somebody with too many open pages may try again.
const BUSY_S: u32 = 10;
/// Who reads messages.
const LIVE: Actor = Actor::Service("live");

/// Endpoints of live messages.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(connect))
}

/// Where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Resume {
    /// The `cursor` of the last message that was seen: what came after it is sent first.
    after: Option<i64>,
}

/// Live messages of the locations that the person may see, as a WebSocket. The client sends nothing.
///
/// The first message is `{"type":"hello","at":…,"cursor":n}`. Then come `sale` (needs `sale.read`), `purchase`
/// (`purchase.read`), `overview` (`report.revenue` or `report.purchases`; carries the figures that the person may see,
/// absolute, of one location and business date), `node` and `held` (`node.read`), `stock` and `case` (`stock.read`) and
/// `order` (`order.read`), each with an increasing integer `cursor`. `stock` has all accounts of the variants that
/// changed at one location, about four times a second at most, and `more` when there were too many for a message.
/// Of many at once only the newest may be told: lists are asked by HTTP. `?after=<cursor>` resumes where the page
/// was; `{"type":"reset","cursor":n}` says that too much was missed: ask again for everything.
/// The connection closes with 1008 when the session has ended, 1013 when the client is too slow, 1001 when the
/// server goes down.
#[utoipa::path(
    get, path = "/v1/live", tag = "live", operation_id = "follow_live", params(Resume),
    responses(
        (status = 101, description = "Messages follow"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`csrf`: asked for by a page of another site", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`live.too_many`: the person has 30 pages open, or everybody 3,000; `session.guesses`", body = Problem, content_type = "application/problem+json"),
        (status = 426, description = "`websocket.required`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn connect(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    Params(resume): Params<Resume>,
    headers: HeaderMap,
    upgrade: std::result::Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response> {
    if !httpkit::server::is_same_origin(&headers) {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "csrf",
            "This request came from another site",
        )
        .into());
    }
    let upgrade = upgrade.map_err(|_| {
        Problem::new(
            StatusCode::UPGRADE_REQUIRED,
            "websocket.required",
            "This address speaks WebSocket",
        )
    })?;
    // Asked for before the upgrade, so that a database that is away is told as such.
    if cloud.office().live.sent.borrow().is_none() {
        return Err(Problem::unavailable(
            "store.unavailable",
            "Live messages have not begun yet",
            1,
        )
        .into());
    }
    let place = cloud.office().live.places.enter(&viewer.id());
    let place = place.ok_or_else(|| {
        Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "live.too_many",
            "Too many pages are open: close some",
        )
        .retry_after(BUSY_S)
    })?;
    // Subscribed before the answer, and before the past is read: what is committed from now on is told.
    let messages = cloud.office().live.messages.subscribe();
    let sent = cloud.office().live.sent.borrow().unwrap_or_default();
    Ok(upgrade
        .max_message_size(MOST_SAID)
        .on_upgrade(move |socket| async move {
            metrics::gauge!("cloud_live_connections").increment(1);
            let page = Page {
                cloud,
                viewer,
                socket,
                sent,
                changes_at: None,
            };
            let end = page.serve(messages, resume.after).await;
            drop(place);
            metrics::gauge!("cloud_live_connections").decrement(1);
            metrics::counter!("cloud_live_closed_total", "why" => end).increment(1);
        }))
}

/// Waits for an instant of the business clock; for ever when there is none.
async fn until(cloud: &Cloud, at: Option<Timestamp>) {
    match at {
        Some(at) => {
            let wait = Duration::try_from(at.duration_since(cloud.now()));
            tokio::time::sleep(wait.unwrap_or(SHORTEST_WAIT).max(SHORTEST_WAIT)).await;
        }
        None => std::future::pending().await,
    }
}

async fn is_closed(closed: &mut watch::Receiver<bool>) {
    // An error means that the office is gone, which is the end as well.
    let _ = closed.wait_for(|closed| *closed).await;
}

/// An open page.
struct Page {
    cloud: Cloud,
    viewer: Viewer,
    socket: WebSocket,
    /// The newest place when it was opened.
    sent: i64,
    /// When a grant of the person begins or ends next.
    changes_at: Option<Timestamp>,
}

/// Why a page is no longer open, for metrics.
type End = &'static str;

impl Page {
    async fn serve(
        mut self,
        messages: broadcast::Receiver<Arc<Message>>,
        after: Option<i64>,
    ) -> End {
        match self.send_all(messages, after).await {
            Ok(()) => "left",
            Err(end) => end,
        }
    }

    /// Sends until the page leaves (`Ok`) or has to go.
    async fn send_all(
        &mut self,
        mut messages: broadcast::Receiver<Arc<Message>>,
        after: Option<i64>,
    ) -> std::result::Result<(), End> {
        let cloud = self.cloud.clone();
        let live = &cloud.office().live;
        let mut ended = live.ended.subscribe();
        let mut closed = live.closed.subscribe();
        let mut seen = self.greet(after).await?;
        self.look_at_grants(seen).await?;
        let mut look = tokio::time::interval(LOOK_AT_SESSION);
        let mut ping = tokio::time::interval(PING);
        let mut is_there = true;
        loop {
            tokio::select! {
                message = messages.recv() => match message {
                    Ok(message) if message.place <= seen => {}
                    Ok(message) => {
                        seen = message.place;
                        if message.changes_access_of(&self.viewer) {
                            self.look_at_grants(seen).await?;
                        } else if let Some(text) = message.for_viewer(&self.viewer) {
                            self.send(Frame::Text(text)).await?;
                        }
                    }
                    Err(_) => return Err(self.close(close_code::AGAIN, "slow").await),
                },
                said = self.socket.recv() => match said {
                    Some(Ok(Frame::Close(_)) | Err(_)) | None => return Ok(()),
                    Some(Ok(_)) => is_there = true,
                },
                () = until(&cloud, self.changes_at) => self.look_at_grants(seen).await?,
                _ = look.tick() => self.look_at_session(seen).await?,
                Ok(()) = ended.changed() => self.look_at_session(seen).await?,
                _ = ping.tick() => {
                    if !std::mem::take(&mut is_there) {
                        return Err("gone");
                    }
                    self.send(Frame::Ping(axum::body::Bytes::new())).await?;
                }
                () = is_closed(&mut closed) => return Err(self.close(close_code::AWAY, "shutdown").await),
            }
        }
    }

    /// Says hello and what was missed after `after`. Returns the place up to which the page has seen everything.
    async fn greet(&mut self, after: Option<i64>) -> std::result::Result<i64, End> {
        let at = self.cloud.now();
        let start = after.unwrap_or(self.sent);
        self.say(
            json!({
                "type": "hello", "at": at, "cursor": start,
                "permissions": self.viewer.permissions(), "location_ids": self.viewer.locations(),
            })
            .to_string()
            .into(),
        )
        .await?;
        let Some(mut seen) = after else {
            return Ok(self.sent);
        };
        let kept = self
            .cloud
            .read("live_kept", LIVE, async |tx| db::kept(tx).await)
            .await;
        let kept = self.or_close(kept).await?;
        if seen < kept.from || seen > kept.newest || kept.newest - seen > MOST_MISSED {
            self.say(
                json!({"type": "reset", "cursor": kept.newest})
                    .to_string()
                    .into(),
            )
            .await?;
            return Ok(kept.newest);
        }
        loop {
            let rows = self
                .cloud
                .read("live_missed", self.viewer.actor(), async |tx| {
                    db::after(tx, seen, PAGE).await
                })
                .await;
            let rows = self.or_close(rows).await?;
            let Some(last) = rows.last().map(|row| row.place) else {
                return Ok(seen);
            };
            seen = last;
            let missed: Vec<Utf8Bytes> = read(rows)
                .filter_map(|message| message.for_viewer(&self.viewer))
                .collect();
            for text in missed {
                self.say(text).await?;
            }
        }
    }

    /// The answer, or the end when the database is away: the page comes back and goes on where it was.
    async fn or_close<T>(&mut self, answer: Result<T>) -> std::result::Result<T, End> {
        match answer {
            Ok(answer) => Ok(answer),
            Err(_) => Err(self.close(close_code::AGAIN, "database").await),
        }
    }

    /// Closes when the session has ended; says what the person may do now when that has changed. Messages that come after
    /// `seen` are sent by what they may then.
    async fn look_at_session(&mut self, seen: i64) -> std::result::Result<(), End> {
        match self.viewer.again(&self.cloud).await {
            Ok(Some(viewer)) => {
                let is_the_same = viewer.may_the_same_as(&self.viewer);
                self.viewer = viewer;
                if is_the_same {
                    return Ok(());
                }
                let (permissions, locations) = (self.viewer.permissions(), self.viewer.locations());
                let text = json!({
                    "type": "session", "cursor": seen, "permissions": permissions, "location_ids": locations,
                });
                self.say(text.to_string().into()).await
            }
            Ok(None) => Err(self.close(close_code::POLICY, "session").await),
            // The database is away: nothing new is sent meanwhile either.
            Err(_) => Ok(()),
        }
    }

    /// The same, and when a grant begins or ends next: the page is told then, not some time after.
    async fn look_at_grants(&mut self, seen: i64) -> std::result::Result<(), End> {
        self.look_at_session(seen).await?;
        let staff = self.viewer.id();
        let next = self
            .cloud
            .read("next_grant_change", self.viewer.actor(), async |tx| {
                db::next_grant_change(tx, staff).await
            })
            .await;
        // The database is away: the next look by time notices what has changed.
        self.changes_at = next.unwrap_or_default();
        Ok(())
    }

    async fn say(&mut self, text: Utf8Bytes) -> std::result::Result<(), End> {
        self.send(Frame::Text(text)).await
    }

    async fn send(&mut self, frame: Frame) -> std::result::Result<(), End> {
        match tokio::time::timeout(SEND, self.socket.send(frame)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_)) => Err("gone"),
            Err(_) => Err("slow"),
        }
    }

    async fn close(&mut self, code: u16, why: End) -> End {
        let frame = Frame::Close(Some(CloseFrame {
            code,
            reason: why.into(),
        }));
        // It is closed either way.
        let _ = self.send(frame).await;
        why
    }
}
