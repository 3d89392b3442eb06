//! `/v1/edge`: what the shop is and how it stands with the cloud.
use std::sync::atomic::Ordering;

use axum::{Json, http::StatusCode};
use httpkit::{
    problem::{Problem, Result},
    routes,
};
use jiff::{Timestamp, civil::Date};
use retail::currency::Currency;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Books, LinkProblemKind, Mode, SKEW_MS, State, clock, db};
use crate::{
    Shop,
    db::DbError,
    http::access::{Allowed, Door, Public, may},
    outbox,
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(edge))
        .routes(routes!(clock_confirmation))
}

/// What the node may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ModeCode {
    Normal,
    /// The machine is not the one that was enrolled. It sells.
    Restricted,
    /// The disk failed: nothing can be recorded.
    Readonly,
    Unenrolled,
}

/// The shop that the node serves; empty until it is enrolled.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EdgeLocation {
    id: Uuid,
    code: String,
    name: String,
    kind: String,
    time_zone: String,
}

/// A selling point of the shop.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Register {
    pub(super) id: Uuid,
    pub(super) name: String,
    pub(super) prefix: String,
}

/// How the shop stands with the cloud.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Sync {
    connected: bool,
    #[schema(value_type = Option<String>, format = DateTime, required)]
    last_contact: Option<Timestamp>,
    /// Events that the cloud has not confirmed.
    pending: i64,
    epoch: i64,
    /// The newest event on this node's disk.
    last_seq: i64,
    acked_seq: i64,
    /// What is wrong, for people.
    #[schema(required)]
    problem: Option<String>,
    /// What kind of problem that is.
    #[schema(required)]
    problem_kind: Option<LinkProblemKind>,
    /// Sales that only this disk has.
    at_risk: i64,
    /// The cloud has a second copy of events up to here.
    safe_seq: i64,
    /// How often the cloud was restored from a backup, as far as this node follows it.
    incarnation: i64,
    /// Something of the cloud waits for a newer version of this program.
    upgrade: bool,
    /// Where the log stands, as in the header `x-branchline-head`.
    #[schema(required)]
    head: Option<String>,
}

/// Why the node may not trust its own rights. It sells.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RestrictedNode {
    /// `machine`, `rollback`, `fork` or `fenced`.
    cause: &'static str,
    /// What has happened.
    detail: String,
    /// What to do.
    advice: &'static str,
}

/// The disk of the shop's folder.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Disk {
    free_bytes: i64,
    total_bytes: i64,
    /// `ok`, `warn`, or `full`: then only sales are recorded.
    state: &'static str,
}

/// The node's clock.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EdgeClock {
    /// Off by more than two minutes: a manager should look at it. Selling goes on.
    skewed: bool,
    /// The cloud's clock less this one.
    #[schema(required)]
    offset_ms: Option<i64>,
    /// How far it is behind what this node has seen before.
    behind_ms: i64,
    /// Somebody should confirm the date.
    to_confirm: bool,
}

/// The promotions that the shop has.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EdgePromotions {
    /// Those that run, whenever their dates and hours are.
    running: usize,
    /// Those of them that this version of the program cannot read: they give nothing here until it is upgraded.
    unreadable: usize,
}

/// The node and its shop.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct EdgeInfo {
    #[schema(required)]
    node_id: Option<Uuid>,
    location: EdgeLocation,
    currency: String,
    currency_exponent: u32,
    version: String,
    mode: ModeCode,
    #[schema(required)]
    restricted: Option<RestrictedNode>,
    disk: Disk,
    books: Books,
    #[schema(value_type = String, format = DateTime)]
    now: Timestamp,
    /// The open business date.
    #[schema(value_type = Option<String>, format = Date, required)]
    business_date: Option<Date>,
    registers: Vec<Register>,
    promotions: EdgePromotions,
    sync: Sync,
    clock: EdgeClock,
    /// Drills are not there yet.
    training: bool,
    /// The company and its figures are made up, as in a demo.
    authored: bool,
}

/// Get the state of the node and its shop
#[utoipa::path(get, path = "/v1/edge", operation_id = "get_edge", tag = "edge", responses((status = 200, body = EdgeInfo)))]
async fn edge(Public(shop): Public) -> Result<Json<EdgeInfo>> {
    let kept = shop.promotions.clone();
    let (state, location, registers, at_risk, now) = shop
        .read(move |at| {
            kept.at(at)?;
            let state = db::state(at)?;
            let location = state
                .location
                .map(|id| db::location(at, id))
                .transpose()?
                .flatten();
            let at_risk = db::sales_after(at, state.acked)?;
            Ok::<_, DbError>((state, location, db::registers(at)?, at_risk, at.now))
        })
        .await?;
    let sync = sync(&shop, &state, at_risk);
    let link = shop.link.borrow().clone();
    let offset_ms = link.clock_offset_ms.or(state.clock_offset_ms);
    let behind_ms = outbox::behind_ms(state.hlc.ms, now);
    let known = clock::Known::of(&shop, &state);
    let to_confirm = known.asks(now);
    let exponent = state.currency.as_deref().and_then(Currency::by_code);
    Ok(Json(EdgeInfo {
        node_id: state.node.map(retail::location::NodeId::as_uuid),
        location: location.unwrap_or_else(|| nowhere(&state)),
        currency: state.currency.clone().unwrap_or_default(),
        currency_exponent: exponent.map_or(2, |currency| currency.exponent),
        version: crate::VERSION.to_owned(),
        mode: mode(&shop, state.mode),
        restricted: state.restricted.map(|restricted| RestrictedNode {
            cause: restricted.cause.code(),
            detail: restricted.detail,
            advice: restricted.cause.advice(),
        }),
        disk: disk(&shop),
        books: shop.memory.books(),
        now,
        business_date: state.newest_business_date,
        registers,
        promotions: EdgePromotions {
            running: shop.promotions.running(),
            unreadable: shop.promotions.unreadable(),
        },
        sync,
        clock: EdgeClock {
            skewed: behind_ms > SKEW_MS || offset_ms.is_some_and(|offset| offset.abs() > SKEW_MS),
            offset_ms,
            behind_ms,
            to_confirm,
        },
        training: false,
        authored: shop.is_authored.load(Ordering::Relaxed),
    }))
}

/// Confirm that the date is right although the clock looks wrong
#[utoipa::path(post, path = "/v1/edge/clock-confirmation", operation_id = "confirm_clock", tag = "edge", responses(
    (status = 204, description = "Confirmed"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`node.unenrolled`"),
))]
async fn clock_confirmation(allowed: Allowed<may::ShiftClose>) -> Result<StatusCode> {
    clock::confirm(&allowed.shop, &allowed.actor).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn disk(shop: &Shop) -> Disk {
    let space = *shop.space.borrow();
    Disk {
        free_bytes: i64::try_from(space.free).unwrap_or(i64::MAX),
        total_bytes: i64::try_from(space.total).unwrap_or(i64::MAX),
        state: space.level().code(),
    }
}

fn mode(shop: &Shop, mode: Mode) -> ModeCode {
    if shop.is_readonly() {
        return ModeCode::Readonly;
    }
    match mode {
        Mode::Unenrolled => ModeCode::Unenrolled,
        Mode::Normal => ModeCode::Normal,
        Mode::Restricted => ModeCode::Restricted,
        Mode::Readonly => ModeCode::Readonly,
    }
}

/// Before the location's own row has come.
fn nowhere(state: &State) -> EdgeLocation {
    EdgeLocation {
        id: state
            .location
            .map_or(Uuid::nil(), retail::location::LocationId::as_uuid),
        code: String::new(),
        name: String::new(),
        kind: String::new(),
        time_zone: "UTC".to_owned(),
    }
}

/// How the shop stands with the cloud: what this process knows, else what the disk does.
pub(super) fn sync(shop: &Shop, state: &State, at_risk: i64) -> Sync {
    let link = shop.link.borrow().clone();
    let acked = link.acked.unwrap_or(state.acked);
    let upgrade = link.upgrade() || shop.promotions.unreadable() > 0;
    Sync {
        connected: link.connected,
        last_contact: link.last_contact.or(state.last_contact),
        pending: (state.last_seq - acked).max(0),
        epoch: state.epoch,
        last_seq: state.last_seq,
        acked_seq: acked,
        problem_kind: link.problem.as_ref().map(|problem| problem.kind),
        problem: link.problem.map(|problem| problem.text),
        at_risk,
        safe_seq: link.safe.unwrap_or(state.safe).max(state.safe),
        incarnation: state.incarnation,
        upgrade,
        head: shop.place().map(|head| head.to_string()),
    }
}

pub(super) fn location_row(
    id: Uuid,
    code: String,
    name: String,
    kind: String,
    time_zone: String,
) -> EdgeLocation {
    EdgeLocation {
        id,
        code,
        name,
        kind,
        time_zone,
    }
}
