//! The endpoints that nodes call. Every request is signed.
use std::time::Duration;

use axum::Json;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use httpkit::access::{Asks, Guard};
use httpkit::{extract::Params, problem::Problem, routes};
use serde::Deserialize;
use tokio::sync::broadcast::error::RecvError;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;
use wire::batch::{Batch, Reply};
use wire::command::{Borrow, Commands, ResolveVoucher, ResolvedVoucher};
use wire::patron::{Letters, LettersTaken};
use wire::recovery::{Records, Salvage, Salvaged};
use wire::reference::{Feed, FeedPage};

use super::accept::{Received, accept};
use super::command;
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
        .routes(routes!(commands))
        .routes(routes!(borrow))
        .routes(routes!(voucher))
        .routes(routes!(records))
        .routes(routes!(salvage))
        .routes(routes!(pull))
        .routes(routes!(wake))
        .routes(routes!(patrons))
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
    /// Hash of the event before the first; none before the first of all.
    prev: Option<String>,
    head_seq: i64,
    /// The newest event that the cloud has ever acknowledged to it.
    #[schema(required = false)]
    acked_seq: i64,
    /// The cloud's incarnation that it has adopted.
    #[schema(required = false)]
    incarnation: i64,
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
    let batch: Batch = read(&signed)?;
    signed.of_epoch(batch.epoch)?;
    let received = Received {
        node: signed.node,
        location: signed.location,
        batch,
    };
    Ok(Json(accept(&cloud, received).await?))
}

fn read<T: serde::de::DeserializeOwned>(signed: &Signed) -> Result<T> {
    let body = serde_json::from_slice(&signed.body);
    Ok(body.map_err(|error| Problem::invalid("body.invalid", "body", error.to_string()))?)
}

/// A page of commands: see `wire::command::Commands`.
#[derive(ToSchema)]
#[schema(as = Commands)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct CommandsSchema {
    epoch: i64,
    incarnation: i64,
    /// `{idx, id, kind, body}`, dense.
    #[schema(value_type = Vec<Object>)]
    messages: (),
    more: bool,
    /// `{variant, quantity}`: what the cloud would like back.
    #[schema(value_type = Vec<Object>)]
    recalls: (),
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Place {
    /// The node's epoch.
    epoch: i64,
    /// The cloud's incarnation that it has adopted.
    incarnation: i64,
    /// The newest command that it has taken.
    after: i64,
}

/// The next commands of the node's stream. Of another epoch or incarnation than the stream's: none, and which one is.
#[utoipa::path(
    get, path = "/v1/nodes/{node}/commands", tag = "node", operation_id = "list_node_commands",
    params(("node" = Uuid, Path), Place),
    responses(
        (status = 200, body = CommandsSchema),
        (status = 401, body = Problem, description = "`node.signature`, `node.unknown`"),
        (status = 403, body = Problem, description = "`node.fenced`"),
        (status = 503, body = Problem, description = "`store.unavailable`"),
    )
)]
async fn commands(
    State(cloud): State<Cloud>,
    Params(place): Params<Place>,
    signed: Signed,
) -> Result<Json<Commands>> {
    signed.alive()?;
    let from = command::From {
        node: signed.node,
        location: signed.location,
        epoch: place.epoch,
        incarnation: place.incarnation,
        after: place.after,
    };
    Ok(Json(command::page(&cloud, from).await?))
}

/// A request for rights: see `wire::command::Borrow`.
#[derive(ToSchema)]
#[schema(as = Borrow)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct BorrowSchema {
    /// Becomes the id of the grant.
    id: Uuid,
    epoch: i64,
    r_cursor: i64,
    /// `{variant, quantity}`.
    #[schema(value_type = Vec<Object>)]
    lines: (),
    /// `{promotion, counter, subject: {customer?, date}, quantity}`: what a basket could use of limits beyond what the
    /// node has.
    #[schema(value_type = Vec<Object>, required = false)]
    allowances: (),
}

/// Grants what a till lacks, as far as the cloud has it unsold here or free of a limit, and answers the stream from the node's place on.
/// Repeating the id gives the same grant; when nothing is available there is none.
#[utoipa::path(
    post, path = "/v1/nodes/{node}/borrow", tag = "node", operation_id = "borrow_rights",
    params(("node" = Uuid, Path)), request_body = BorrowSchema,
    responses(
        (status = 200, body = CommandsSchema),
        (status = 401, body = Problem, description = "`node.signature`, `node.unknown`"),
        (status = 403, body = Problem, description = "`node.fenced`"),
        (status = 409, body = Problem, description = "`location.closed`: the cloud was restored just now"),
        (status = 422, body = Problem, description = "`body.invalid`"),
        (status = 503, body = Problem, description = "`store.unavailable`"),
    )
)]
async fn borrow(State(cloud): State<Cloud>, signed: Signed) -> Result<Json<Commands>> {
    signed.alive()?;
    let asked: Borrow = read(&signed)?;
    signed.of_epoch(asked.epoch)?;
    let page = command::borrow(&cloud, signed.node, signed.location, asked);
    Ok(Json(page.await?))
}

/// A voucher code that a till was shown: see `wire::command::ResolveVoucher`.
#[derive(ToSchema)]
#[schema(as = ResolveVoucher)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct ResolveVoucherSchema {
    /// Capital letters and digits.
    code: String,
    /// Who buys, if known.
    patron: Option<Uuid>,
}

/// What a code stands for: see `wire::command::ResolvedVoucher`.
#[derive(ToSchema)]
#[schema(as = ResolvedVoucher)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct ResolvedVoucherSchema {
    voucher: Uuid,
    promotion: Uuid,
    /// Its uses are counted: the right to one is borrowed.
    limited: bool,
    /// It is only for this customer.
    patron: Option<Uuid>,
    /// It is only for customers of this segment.
    segment: Option<String>,
    /// It counts no more from then on.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: (),
}

/// Says what a voucher code stands for, and whether this customer may use it. Uses nothing up.
#[utoipa::path(
    post, path = "/v1/nodes/{node}/vouchers", tag = "node", operation_id = "resolve_voucher",
    params(("node" = Uuid, Path)), request_body = ResolveVoucherSchema,
    responses(
        (status = 200, body = ResolvedVoucherSchema),
        (status = 401, body = Problem, description = "`node.signature`, `node.unknown`"),
        (status = 403, body = Problem, description = "`node.fenced`"),
        (status = 404, body = Problem, description = "`voucher.unknown`"),
        (status = 409, body = Problem, description = "`voucher.ended`, `voucher.used`, `voucher.not_yours`"),
        (status = 422, body = Problem, description = "`body.invalid`"),
        (status = 429, body = Problem, description = "`voucher.locked`: too many codes of this node were wrong; figures `retry_after_s`"),
        (status = 503, body = Problem, description = "`store.unavailable`"),
    )
)]
async fn voucher(State(cloud): State<Cloud>, signed: Signed) -> Result<Json<ResolvedVoucher>> {
    signed.alive()?;
    let asked: ResolveVoucher = read(&signed)?;
    let found = crate::allowance::voucher::resolve(&cloud, signed.node, &asked);
    Ok(Json(found.await?))
}

/// Records of a node: see `wire::recovery::Records`.
#[derive(ToSchema)]
#[schema(as = Records)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct RecordsSchema {
    /// `{h, b, x}`, byte for byte.
    #[schema(value_type = Vec<Object>)]
    events: (),
    last_seq: i64,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Range {
    /// The node's epoch.
    epoch: i64,
    /// The first number.
    from: i64,
    /// Records at most.
    limit: i64,
}

/// What the cloud holds of the node's own records, for a node whose disk went back.
#[utoipa::path(
    get, path = "/v1/nodes/{node}/records", tag = "node", operation_id = "list_node_records",
    params(("node" = Uuid, Path), Range),
    responses(
        (status = 200, body = RecordsSchema),
        (status = 401, body = Problem, description = "`node.signature`, `node.unknown`"),
        (status = 403, body = Problem, description = "`node.fenced`"),
        (status = 503, body = Problem, description = "`store.unavailable`"),
    )
)]
async fn records(
    State(cloud): State<Cloud>,
    Params(range): Params<Range>,
    signed: Signed,
) -> Result<Json<Records>> {
    signed.alive()?;
    signed.of_epoch(range.epoch)?;
    let (node, location) = (signed.node, signed.location);
    let Range { epoch, from, limit } = range;
    let records = command::records(&cloud, node, location, epoch, from, limit);
    Ok(Json(records.await?))
}

/// Records of an epoch that is over: see `wire::recovery::Salvage`.
#[derive(ToSchema)]
#[schema(as = Salvage)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct SalvageSchema {
    epoch: i64,
    first_seq: i64,
    /// `{h, b, x}`.
    #[schema(value_type = Vec<Object>)]
    events: (),
}

/// What was kept: see `wire::recovery::Salvaged`.
#[derive(ToSchema)]
#[schema(as = Salvaged)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct SalvagedSchema {
    kept: i64,
    known: i64,
    last_seq: i64,
}

/// Takes the records of an epoch that is over: their money is booked once, their stock is left alone. Repeating it
/// changes nothing. Signed with the key of that epoch.
#[utoipa::path(
    post, path = "/v1/nodes/{node}/salvage", tag = "node", operation_id = "salvage_records",
    params(("node" = Uuid, Path)), request_body = SalvageSchema,
    responses(
        (status = 200, body = SalvagedSchema),
        (status = 401, body = Problem, description = "`node.signature`, `node.unknown`"),
        (status = 409, body = Problem, description = "`node.epoch_alive`"),
        (status = 413, body = Problem, description = "`body.too_large`"),
        (status = 422, body = Problem, description = "`body.invalid`, `batch.first_seq`, `salvage.out_of_place`"),
        (status = 503, body = Problem, description = "`store.unavailable`"),
    )
)]
async fn salvage(State(cloud): State<Cloud>, signed: Signed) -> Result<Json<Salvaged>> {
    let upload: Salvage = read(&signed)?;
    signed.of_epoch(upload.epoch)?;
    let salvaged = super::salvage::take(&cloud, signed.node, signed.location, upload);
    Ok(Json(salvaged.await?))
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Pull {
    /// `location`, `staff`, `category`, `variant`, `supplier` or `patron`; pulled in this order.
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
    signed.alive()?;
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

/// Letters about customers: see `wire::patron::Letters`.
#[derive(ToSchema)]
#[schema(as = PatronLetters)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct LettersSchema {
    /// `{patron, phone, name, email, note}`, at most 50.
    #[schema(value_type = Vec<Object>)]
    letters: (),
}

/// How many were taken: see `wire::patron::LettersTaken`.
#[derive(ToSchema)]
#[schema(as = PatronLettersTaken)]
#[expect(dead_code, reason = "documents the message of the wire")]
struct LettersTakenSchema {
    taken: usize,
}

/// Takes what the node knows of the customers that it has entered, beside its events. Repeating it changes nothing.
#[utoipa::path(
    post, path = "/v1/nodes/{node}/patrons", tag = "node", operation_id = "take_patrons",
    params(("node" = Uuid, Path)), request_body = LettersSchema,
    responses(
        (status = 200, body = LettersTakenSchema),
        (status = 401, body = Problem, description = "`node.signature`, `node.unknown`"),
        (status = 403, body = Problem, description = "`node.fenced`"),
        (status = 413, body = Problem, description = "`body.too_large`"),
        (status = 422, body = Problem, description = "`body.invalid`"),
        (status = 503, body = Problem, description = "`store.unavailable`"),
    )
)]
async fn patrons(State(cloud): State<Cloud>, signed: Signed) -> Result<Json<LettersTaken>> {
    signed.alive()?;
    let Letters { letters } = read(&signed)?;
    let taken = crate::patron::letter::take(&cloud, signed.node, signed.location, &letters);
    Ok(Json(LettersTaken {
        taken: taken.await?,
    }))
}

/// A WebSocket that carries nothing but `{"wake":"reference"}` or `{"wake":"commands"}`: pull now. A lost hint costs a few seconds, no data.
#[utoipa::path(
    get, path = "/v1/nodes/{node}/wake", tag = "node", params(("node" = Uuid, Path)),
    responses(
        (status = 101, description = "The hints"),
        (status = 401, body = Problem, description = "`node.signature`, `node.unknown`"),
        (status = 403, body = Problem, description = "`node.fenced`"),
        (status = 426, body = Problem, description = "`websocket.required`"),
    )
)]
async fn wake(State(cloud): State<Cloud>, upgrade: Upgrade) -> Response {
    let Upgrade { signed, upgrade } = upgrade;
    if let Err(refusal) = signed.alive() {
        return refusal.into_response();
    }
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
        let (mut parts, body) = request.into_parts();
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, cloud)
            .await
            .map_err(|_| {
                Problem::new(
                    StatusCode::UPGRADE_REQUIRED,
                    "websocket.required",
                    "This address speaks WebSocket",
                )
                .into_response()
            });
        let request = axum::extract::Request::from_parts(parts, body);
        let signed = Signed::from_request(request, cloud)
            .await
            .map_err(IntoResponse::into_response)?;
        // Whoever is not a node is told nothing else.
        Ok(Self {
            signed,
            upgrade: upgrade?,
        })
    }
}

impl Asks for Upgrade {
    fn guard() -> Guard {
        Signed::guard()
    }
}

/// What a node is woken for.
const REFERENCE: &str = r#"{"wake":"reference"}"#;
const COMMANDS: &str = r#"{"wake":"commands"}"#;

async fn hint(cloud: Cloud, location: Uuid, mut socket: WebSocket) {
    let mut changed = cloud.sync().changed.subscribe();
    let mut commands = cloud.sync().commands.subscribe();
    // What changed before this socket was open is asked for at once.
    let mut next = vec![text(COMMANDS), text(REFERENCE)];
    loop {
        while let Some(message) = next.pop() {
            let sent = tokio::time::timeout(SEND, socket.send(message)).await;
            if !matches!(sent, Ok(Ok(()))) {
                return;
            }
        }
        let message = tokio::select! {
            hint = changed.recv() => match ours(hint, |what| what.is_none_or(|what| what == location)) {
                Some(is_ours) => is_ours.then(|| text(REFERENCE)),
                None => return,
            },
            hint = commands.recv() => match ours(hint, |what| what == location) {
                Some(is_ours) => is_ours.then(|| text(COMMANDS)),
                None => return,
            },
            () = tokio::time::sleep(PING) => Some(Message::Ping(Vec::new().into())),
            () = cloud.closing() => return,
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => None,
            },
        };
        next.extend(message);
    }
}

fn text(hint: &'static str) -> Message {
    Message::Text(hint.into())
}

/// Whether a hint is for this socket; one that was missed may have been. None: there will be no more.
fn ours<T>(
    hint: std::result::Result<T, RecvError>,
    is_ours: impl FnOnce(T) -> bool,
) -> Option<bool> {
    match hint {
        Ok(what) => Some(is_ours(what)),
        Err(RecvError::Lagged(_)) => Some(true),
        Err(RecvError::Closed) => None,
    }
}
