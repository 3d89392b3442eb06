//! The endpoints that nodes call. Every request is signed.
use std::time::Duration;

use axum::Json;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use httpkit::extract::Params;
use httpkit::problem::Problem;
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;
use wire::batch::{Batch, Reply};
use wire::reference::{Feed, FeedPage};

use super::accept::{Received, accept};
use super::request::{MAX_REQUEST_BYTES, Signed};
use crate::cloud::Cloud;
use crate::error::Result;

/// How often an idle socket is checked.
const PING: Duration = Duration::from_secs(20);
/// The longest that a socket may take to swallow a hint.
const SEND: Duration = Duration::from_secs(5);

pub(crate) fn router() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(push))
        .routes(routes!(pull))
        .routes(routes!(wake))
        .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
}

/// A push: see `wire::batch::Batch`.
#[derive(ToSchema)]
#[schema(as = Batch)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct BatchSchema {
    proto: u16,
    node: Uuid,
    epoch: i64,
    boot: Uuid,
    /// Number of the first event, or the next free one when there is none.
    first_seq: i64,
    /// `{h: header JSON, b: body JSON, x: SHA-256 over both}`; none in a heartbeat.
    #[schema(value_type = Vec<Object>)]
    events: (),
    head_seq: i64,
    r_cursor: i64,
    #[schema(value_type = String, format = DateTime)]
    clock: (),
    version: String,
}

/// The answer to a push, by `reply`: `ack`, `gap`, `fork`, `fenced`, `rebase`, `upgrade`, `busy`.
#[derive(ToSchema)]
#[schema(as = Reply)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct ReplySchema {
    reply: String,
}

/// A page of a feed: see `wire::reference::FeedPage`.
#[derive(ToSchema)]
#[schema(as = FeedPage)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct FeedPageSchema {
    /// `{id, version, state}`; `state` is null when the entity is no longer for this shop.
    #[schema(value_type = Vec<Object>)]
    items: (),
    /// Where to go on.
    cursor: String,
    /// More is there now.
    more: bool,
}

/// Takes events of a node onto disk, or a heartbeat. Repeating it changes nothing.
#[utoipa::path(
    post, path = "/v1/nodes/{node}/events", tag = "node", params(("node" = Uuid, Path)), request_body = BatchSchema,
    responses(
        (status = 200, body = ReplySchema),
        (status = 401, body = Problem, description = "`node.signature`; nothing is kept"),
        (status = 413, body = Problem, description = "`body.too_large`, `batch.too_many_events`"),
        (status = 422, body = Problem, description = "`body.invalid`, `batch.node`, `batch.first_seq`, \
            `batch.record`, `batch.out_of_place`, `batch.chain_broken`; nothing is kept, the node is marked"),
        (status = 503, body = Problem, description = "`store.unavailable`"),
    )
)]
async fn push(State(cloud): State<Cloud>, signed: Signed) -> Result<Json<Reply>> {
    let batch: Batch = serde_json::from_slice(&signed.body)
        .map_err(|error| Problem::invalid("body.invalid", "body", error.to_string()))?;
    let received = Received {
        node: signed.node,
        location: signed.location,
        batch,
    };
    Ok(Json(accept(&cloud, received).await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Pull {
    /// `location`, `staff`, `category`, `variant` or `supplier`; pulled in this order.
    feed: String,
    /// Where to go on; none: from the start.
    cursor: Option<String>,
    /// Entities at most.
    limit: Option<i64>,
}

/// The next page of a feed: the newest state of each entity that changed, for this node's location.
#[utoipa::path(
    get, path = "/v1/nodes/{node}/reference", tag = "node", params(("node" = Uuid, Path), Pull),
    responses(
        (status = 200, body = FeedPageSchema),
        (status = 401, body = Problem, description = "`node.signature`"),
        (status = 404, body = Problem, description = "`feed.unknown`"),
        (status = 422, body = Problem, description = "`cursor.invalid`, `query.invalid`"),
        (status = 503, body = Problem, description = "`store.unavailable`, `company.missing`"),
    )
)]
async fn pull(
    State(cloud): State<Cloud>,
    Params(pull): Params<Pull>,
    signed: Signed,
) -> Result<Json<FeedPage>> {
    let feed = Feed::by_code(&pull.feed)
        .ok_or_else(|| Problem::not_found("feed.unknown", "There is no such feed"))?;
    let page = super::reference::page(
        &cloud,
        signed.node,
        signed.location,
        feed,
        pull.cursor.as_deref(),
        pull.limit,
    );
    Ok(Json(page.await?))
}

/// A WebSocket that carries nothing but `{"wake":"reference"}`: pull now. A lost hint costs a few seconds, no data.
#[utoipa::path(
    get, path = "/v1/nodes/{node}/wake", tag = "node", params(("node" = Uuid, Path)),
    responses(
        (status = 101, description = "The hints"),
        (status = 401, body = Problem, description = "`node.signature`"),
    )
)]
async fn wake(State(cloud): State<Cloud>, upgrade: Upgrade) -> Response {
    let Upgrade { signed, upgrade } = upgrade;
    upgrade.on_upgrade(move |socket| hint(cloud, signed.location, socket))
}

/// A signed request that wants a WebSocket.
struct Upgrade {
    signed: Signed,
    upgrade: WebSocketUpgrade,
}

impl axum::extract::FromRequest<Cloud> for Upgrade {
    type Rejection = Response;

    async fn from_request(
        request: axum::extract::Request,
        cloud: &Cloud,
    ) -> std::result::Result<Self, Response> {
        use axum::extract::FromRequestParts;
        use axum::response::IntoResponse;
        let (mut parts, body) = request.into_parts();
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, cloud)
            .await
            .map_err(IntoResponse::into_response)?;
        let request = axum::extract::Request::from_parts(parts, body);
        let signed = Signed::from_request(request, cloud)
            .await
            .map_err(IntoResponse::into_response)?;
        Ok(Self { signed, upgrade })
    }
}

async fn hint(cloud: Cloud, location: Uuid, mut socket: WebSocket) {
    let mut changed = cloud.sync().changed.subscribe();
    // What changed before this socket was open is asked for at once.
    let mut next = Some(Message::Text(r#"{"wake":"reference"}"#.into()));
    loop {
        if let Some(message) = next.take() {
            let sent = tokio::time::timeout(SEND, socket.send(message)).await;
            if !matches!(sent, Ok(Ok(()))) {
                return;
            }
        }
        next = tokio::select! {
            hint = changed.recv() => {
                let is_ours = match hint {
                    Ok(what) => what.is_none_or(|what| what == location),
                    Err(RecvError::Lagged(_)) => true,
                    Err(RecvError::Closed) => return,
                };
                is_ours.then(|| Message::Text(r#"{"wake":"reference"}"#.into()))
            }
            () = tokio::time::sleep(PING) => Some(Message::Ping(Vec::new().into())),
            () = cloud.closing() => return,
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => None,
            },
        };
    }
}
