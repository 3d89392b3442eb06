//! `/v1/parked-baskets`.
use axum::{Json, extract::DefaultBodyLimit, http::StatusCode, response::Response};
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
    server::LONG_JSON,
};
use jiff::Timestamp;
use retail::{amount::Amount, basket::Change, id::Id};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{MAX_NAME, NewParked, ParkError, Parked, Recalled, RecalledLine, StillParked};
use crate::{
    http::{
        Unit,
        access::{Allowed, Door, may},
    },
    patron::http::Patron,
    promotion::http::ShownVoucher,
    sale::http::BasketLine,
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(park))
        .routes(routes!(recall))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// A basket that is to wait.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewParkedBasket {
    /// Of the sale that it becomes.
    sale_id: Uuid,
    shift_id: Uuid,
    /// Who buys.
    patron_id: Option<Uuid>,
    /// The vouchers that were shown, of `show_voucher`.
    #[serde(default)]
    vouchers: Vec<Uuid>,
    /// When it was begun.
    #[schema(value_type = Option<String>, format = DateTime)]
    begun_at: Option<Timestamp>,
    /// What it is found by, at most 80 letters; may be empty.
    #[serde(default)]
    name: String,
    lines: Vec<BasketLine>,
}

/// The id of a basket that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParkedId {
    id: Uuid,
}

/// A basket that waits.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParkedBasket {
    id: Uuid,
    sale_id: Uuid,
    name: String,
    /// Where it was parked.
    register: String,
    /// By whom.
    staff: String,
    #[schema(value_type = String, format = DateTime)]
    parked_at: Timestamp,
    lines: i64,
    /// At the prices of then.
    total_minor: i64,
    /// It was recalled at the till that asks, and is not finished there.
    here: bool,
}

impl From<Parked> for ParkedBasket {
    fn from(parked: Parked) -> Self {
        Self {
            id: parked.id,
            sale_id: parked.sale.as_uuid(),
            name: parked.name,
            register: parked.register_name,
            staff: parked.staff_name,
            parked_at: parked.since,
            lines: parked.line_count,
            total_minor: parked.total.minor(),
            here: parked.is_here,
        }
    }
}

/// Baskets that wait in this shop.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ParkedList {
    items: Vec<ParkedBasket>,
}

/// What has become of a line's price while its basket was parked.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LineChange {
    Price,
    NotForSale,
}

/// A line of a basket that was recalled.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecalledBasketLine {
    variant_id: Uuid,
    name: String,
    unit: Unit,
    /// Base units.
    quantity: i64,
    /// The list's price of now, decimal, major units per `price_quantity` base units; empty: it is no longer sold here.
    #[schema(example = "1.99")]
    list_price: String,
    price_quantity: i64,
    /// The list's price when it was parked, when it is another now.
    #[schema(required)]
    list_price_before: Option<String>,
    #[schema(required)]
    changed: Option<LineChange>,
    #[schema(required)]
    unit_price: Option<String>,
    #[schema(required)]
    price_reason: Option<String>,
    discount_minor: i64,
    #[schema(required)]
    discount_bps: Option<i64>,
    #[schema(required)]
    discount_reason: Option<String>,
    #[schema(required)]
    approval_id: Option<Uuid>,
}

impl From<RecalledLine> for RecalledBasketLine {
    fn from(recalled: RecalledLine) -> Self {
        let (line, price) = (recalled.line, recalled.price);
        let before = match recalled.changed {
            Some(Change::Price { before, .. }) => Some(before.major().to_string()),
            Some(Change::NotForSale) | None => None,
        };
        Self {
            variant_id: line.variant.as_uuid(),
            name: recalled.name,
            unit: recalled.unit.into(),
            quantity: line.quantity.base_units(),
            list_price: price
                .map(|price| price.major().to_string())
                .unwrap_or_default(),
            price_quantity: price.map_or(1, retail::price::Price::per),
            list_price_before: before,
            changed: recalled.changed.map(|changed| match changed {
                Change::Price { .. } => LineChange::Price,
                Change::NotForSale => LineChange::NotForSale,
            }),
            unit_price: line.unit_price.map(|price| price.to_string()),
            price_reason: line.price_reason,
            discount_minor: line.discount.minor(),
            discount_bps: line.discount_bps,
            discount_reason: line.discount_reason,
            approval_id: line.approval,
        }
    }
}

/// A basket that this till has again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecalledBasket {
    id: Uuid,
    /// Of the sale that it becomes: the same as before it was parked.
    sale_id: Uuid,
    name: String,
    /// Who buys, if they are still known.
    #[serde(skip_serializing_if = "Option::is_none")]
    patron: Option<Patron>,
    /// The vouchers that were shown and still open something.
    vouchers: Vec<ShownVoucher>,
    /// When it was begun.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    begun_at: Option<Timestamp>,
    lines: Vec<RecalledBasketLine>,
    /// When it was parked.
    total_before_minor: i64,
    /// At the prices of now; null: it has to be put right before it can be priced.
    #[schema(required)]
    total_minor: Option<i64>,
}

impl From<Recalled> for RecalledBasket {
    fn from(recalled: Recalled) -> Self {
        Self {
            id: recalled.id,
            sale_id: recalled.sale.as_uuid(),
            name: recalled.name,
            patron: recalled.patron.map(Into::into),
            vouchers: recalled.vouchers.into_iter().map(Into::into).collect(),
            begun_at: recalled.begun,
            lines: recalled.lines.into_iter().map(Into::into).collect(),
            total_before_minor: recalled.total_before.minor(),
            total_minor: recalled.total.map(Amount::minor),
        }
    }
}

/// List the baskets that wait in this shop, the oldest first
///
/// With those that were recalled at this register and not finished there: a till that has lost its memory recalls them
/// again.
#[utoipa::path(get, path = "/v1/parked-baskets", operation_id = "list_parked_baskets", tag = "sales", responses(
    (status = 200, body = ParkedList),
))]
async fn list(allowed: Allowed<may::SaleCreate>) -> Result<Json<ParkedList>> {
    let parked = super::list(&allowed.shop, allowed.actor.register).await?;
    Ok(Json(ParkedList {
        items: parked.into_iter().map(Into::into).collect(),
    }))
}

/// Let a basket wait, for any till of the shop
///
/// On disk before it is answered. It holds no stock and no rights.
#[utoipa::path(put, path = "/v1/parked-baskets/{id}", operation_id = "park_basket", tag = "sales", params(("id" = Uuid, Path, description = "made by the till")),
    request_body = NewParkedBasket, responses(
    (status = 201, body = ParkedId),
    (status = 200, body = ParkedId, description = "It had been parked before"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}, `permission.limit` {permission, line, max_bps}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`parked.waits_already`, `parked.too_many` {max}, `sale.already_sold`, `sale.id_reused`, `shift.closed`, `shift.other_register`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`parked.name_too_long` {max}, `sale.no_lines`, `shift.unknown`, and those of a quote"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn park(
    allowed: Allowed<may::SaleCreate>,
    PathParams(id): PathParams<Uuid>,
    Body(parked): Body<NewParkedBasket>,
) -> Result<Response> {
    let parked = NewParked {
        id,
        sale: Id::from_uuid(parked.sale_id),
        shift: Id::from_uuid(parked.shift_id),
        patron: parked.patron_id.map(Id::from_uuid),
        vouchers: parked.vouchers.into_iter().map(Id::from_uuid).collect(),
        begun: parked.begun_at,
        name: parked.name,
        lines: parked.lines.into_iter().map(Into::into).collect(),
    };
    let recorded = super::park(&allowed.shop, &allowed.actor, parked).await?;
    Ok(crate::http::recorded(recorded, |id| ParkedId { id }))
}

/// Recall a basket to the register that is signed in at
///
/// One register gets it; another is told which has it. Repeating it at the same register answers the same, until it is
/// sold, voided or parked anew. Prices are those of now, and what has changed is said.
#[utoipa::path(post, path = "/v1/parked-baskets/{id}/recall", operation_id = "recall_basket", tag = "sales", params(("id" = Uuid, Path)), responses(
    (status = 200, body = RecalledBasket),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`parked.unknown`: there is none, or something has become of it"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`parked.taken` {register, staff, at}: another register has it"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn recall(
    allowed: Allowed<may::SaleCreate>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<RecalledBasket>> {
    let recalled = super::recall(&allowed.shop, &allowed.actor, id).await?;
    Ok(Json(recalled.into()))
}

impl From<ParkError> for Problem {
    fn from(error: ParkError) -> Self {
        let title = error.to_string();
        match error {
            ParkError::Unknown => Self::not_found("parked.unknown", title),
            ParkError::NameTooLong => {
                Self::invalid("parked.name_too_long", "name", title).figure("max", MAX_NAME)
            }
            ParkError::TooMany { max } => {
                Self::conflict("parked.too_many", title).figure("max", max)
            }
            ParkError::WaitsAlready => Self::conflict("parked.waits_already", title),
            ParkError::Taken {
                register,
                staff,
                at,
            } => Self::new(StatusCode::CONFLICT, "parked.taken", title)
                .figure("register", register)
                .figure("staff", staff)
                .figure("at", at.to_string()),
            ParkError::Sale(error) => error.into(),
            ParkError::Db(error) => error.into(),
        }
    }
}

impl From<StillParked> for Problem {
    fn from(still: StillParked) -> Self {
        let title = still.to_string();
        let baskets: Vec<Value> = still
            .baskets
            .iter()
            .map(|basket| {
                json!({
                    "id": basket.id,
                    "name": basket.name,
                    "staff": basket.staff_name,
                    "parked_at": basket.since.to_string(),
                    "total_minor": basket.total.minor(),
                })
            })
            .collect();
        Self::conflict("shift.parked_baskets", title)
            .figure("count", still.baskets.len())
            .figure("baskets", baskets)
    }
}
