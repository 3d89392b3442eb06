//! `/v1/picks`.
use axum::{Json, extract::DefaultBodyLimit, response::Response};
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
    server::LONG_JSON,
};
use jiff::Timestamp;
use retail::{id::Id, quantity::Quantity};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Found, OrderError, Picking, State};
use crate::http::{
    Unit,
    access::{Allowed, Door, may},
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(pick))
        .routes(routes!(hand_over))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// What has become of an order or of a reservation here.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PickState {
    Open,
    Picked,
    Short,
    Cancelled,
    HandedOver,
}

impl From<State> for PickState {
    fn from(state: State) -> Self {
        match state {
            State::Open => Self::Open,
            State::Picked => Self::Picked,
            State::Short => Self::Short,
            State::Cancelled => Self::Cancelled,
            State::HandedOver => Self::HandedOver,
        }
    }
}

/// One reservation of an order.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PickLine {
    reservation_id: Uuid,
    variant_id: Uuid,
    sku: String,
    name: String,
    unit: Unit,
    #[schema(required)]
    barcode: Option<String>,
    /// Promised, base units.
    quantity: i64,
    /// Taken from the shelf, base units.
    picked: i64,
    state: PickState,
}

/// An online order as far as it is picked here.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PickOrder {
    order_id: Uuid,
    order_number: String,
    customer: String,
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// `open` until everything is picked, `picked` until it is handed over.
    state: PickState,
    lines: Vec<PickLine>,
}

impl From<super::Order> for PickOrder {
    fn from(order: super::Order) -> Self {
        Self {
            order_id: order.id,
            state: order.state().into(),
            order_number: order.number,
            customer: order.customer,
            received_at: order.received_at,
            lines: order
                .lines
                .into_iter()
                .map(|line| PickLine {
                    reservation_id: line.reservation,
                    variant_id: line.variant.as_uuid(),
                    sku: line.sku,
                    name: line.name,
                    unit: line.unit.into(),
                    barcode: line.barcode,
                    quantity: line.quantity.base_units(),
                    picked: line.picked.base_units(),
                    state: line.state.into(),
                })
                .collect(),
        }
    }
}

/// Orders with something to do.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PickList {
    items: Vec<PickOrder>,
}

/// List the online orders to be picked or handed over, the longest waiting first
#[utoipa::path(get, path = "/v1/picks", operation_id = "list_picks", tag = "orders", responses(
    (status = 200, body = PickList),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
))]
async fn list(allowed: Allowed<may::OrderPick>) -> Result<Json<PickList>> {
    let orders = super::waiting(&allowed.shop).await?;
    let items = orders.into_iter().map(Into::into).collect();
    Ok(Json(PickList { items }))
}

/// What was found of a reservation.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PickedLine {
    reservation_id: Uuid,
    /// Base units that were there: 0 is an answer.
    picked: i64,
}

/// What was counted on the shelf before picking.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PickCount {
    variant_id: Uuid,
    /// Base units, without picked ones.
    counted: i64,
}

/// What people did for an order.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewPicking {
    /// Reservations that are not named stay open.
    lines: Vec<PickedLine>,
    /// Answers to `pick.count_first`.
    #[serde(default)]
    counted: Vec<PickCount>,
}

/// Record what was picked for an order
///
/// When fewer were there than were promised the shelf is empty: the shop's own rights are void until a count.
#[utoipa::path(put, path = "/v1/picks/{order}/picking/{id}", operation_id = "record_picking", tag = "orders",
    params(("order" = Uuid, Path), ("id" = Uuid, Path, description = "made by the client")),
    request_body = NewPicking, responses(
    (status = 201, body = PickOrder),
    (status = 200, body = PickOrder, description = "It had been recorded before"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`order.unknown`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`pick.id_reused`, `pick.not_open` {line, state}, \
        `pick.count_first` {variants}, `pick.restricted`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`pick.no_lines`, `pick.too_many_lines` {max}, \
        `pick.twice` {line}, `pick.reservation_unknown` {line}, `pick.quantity_out_of_range` {line, max}, `pick.count_out_of_range` {max}"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn pick(
    allowed: Allowed<may::OrderPick>,
    PathParams((order, event)): PathParams<(Uuid, Uuid)>,
    Body(picking): Body<NewPicking>,
) -> Result<Response> {
    let lines = picking.lines.iter().map(|line| Found {
        reservation: line.reservation_id,
        picked: Quantity::new(line.picked),
    });
    let counted = picking.counted.iter();
    let picking = Picking {
        order,
        event,
        lines: lines.collect(),
        counted: counted
            .map(|count| {
                (
                    Id::from_uuid(count.variant_id),
                    Quantity::new(count.counted),
                )
            })
            .collect(),
    };
    let recorded = super::pick(&allowed.shop, &allowed.actor, picking).await?;
    Ok(crate::http::recorded(recorded, PickOrder::from))
}

/// Hand an order to the customer
#[utoipa::path(put, path = "/v1/picks/{order}/handover/{id}", operation_id = "record_handover", tag = "orders",
    params(("order" = Uuid, Path), ("id" = Uuid, Path, description = "made by the client")), responses(
    (status = 201, body = PickOrder),
    (status = 200, body = PickOrder, description = "It had been recorded before"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`order.unknown`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`pick.id_reused`, `pick.still_open` {open}, \
        `pick.nothing_picked`, `node.unenrolled`"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn hand_over(
    allowed: Allowed<may::OrderPick>,
    PathParams((order, event)): PathParams<(Uuid, Uuid)>,
) -> Result<Response> {
    let recorded = super::hand_over(&allowed.shop, &allowed.actor, order, event).await?;
    Ok(crate::http::recorded(recorded, PickOrder::from))
}

impl From<OrderError> for Problem {
    fn from(error: OrderError) -> Self {
        let title = error.to_string();
        let on_line = |code, line: usize, field: &str| {
            Self::invalid(code, format!("lines[{line}].{field}"), title.clone())
                .figure("line", line)
        };
        match error {
            OrderError::Unknown => Self::not_found("order.unknown", title),
            OrderError::NoLines => Self::invalid("pick.no_lines", "lines", title),
            OrderError::TooManyLines => {
                Self::invalid("pick.too_many_lines", "lines", title).figure("max", super::MAX_LINES)
            }
            OrderError::Twice { line } => on_line("pick.twice", line, "reservation_id"),
            OrderError::UnknownReservation { line } => {
                on_line("pick.reservation_unknown", line, "reservation_id")
            }
            OrderError::QuantityOutOfRange { line, max } => {
                on_line("pick.quantity_out_of_range", line, "picked")
                    .figure("max", max.base_units())
            }
            OrderError::NotOpen { line, state } => Self::conflict("pick.not_open", title)
                .figure("line", line)
                .figure("state", state.code()),
            OrderError::CountFirst { variants } => {
                let variants: Vec<Value> = variants
                    .iter()
                    .map(|variant| variant.as_uuid().to_string().into())
                    .collect();
                Self::conflict("pick.count_first", title).figure("variants", variants)
            }
            OrderError::CountOutOfRange { max } => {
                Self::invalid("pick.count_out_of_range", "counted", title)
                    .figure("max", max.base_units())
            }
            OrderError::Restricted => Self::conflict("pick.restricted", title),
            OrderError::StillOpen { open } => {
                Self::conflict("pick.still_open", title).figure("open", open)
            }
            OrderError::NothingPicked => Self::conflict("pick.nothing_picked", title),
            OrderError::IdReused => Self::conflict("pick.id_reused", title),
            OrderError::Rights(error) => crate::rights::http::of_rule(error),
            OrderError::Denied(error) => error.into(),
            OrderError::Unenrolled(error) => error.into(),
            OrderError::Db(error) => error.into(),
        }
    }
}
