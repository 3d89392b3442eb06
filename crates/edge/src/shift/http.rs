//! `/v1/shifts`.
use axum::{Json, http::StatusCode, response::Response};
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
};
use jiff::{Timestamp, civil::Date};
use retail::{amount::Amount, id::Id};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::ShiftError;
use crate::{
    http::{
        Named,
        access::{Allowed, Door, SignedIn, may},
    },
    sale::parked::Leaving,
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(open, get))
        .routes(routes!(close))
}

/// The drawer at the beginning.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct OpenShift {
    /// The register that is signed in at.
    register_id: Uuid,
    /// Cash put in.
    float_minor: i64,
}

/// The drawer at the end, counted blind.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CloseShift {
    counted_minor: i64,
    /// The baskets that are parked in it go to the next shift of the register; without this, they stand in the way.
    #[serde(default)]
    hand_over_parked: bool,
}

/// A till's open-to-close period.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Shift {
    id: Uuid,
    register_id: Uuid,
    #[schema(value_type = String, format = Date)]
    business_date: Date,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    opened_by: Named,
    float_minor: i64,
    #[schema(value_type = Option<String>, format = DateTime, required)]
    closed_at: Option<Timestamp>,
    /// Number of sales.
    sales: i64,
    /// Net of change.
    cash_sales_minor: i64,
    card_sales_minor: i64,
    other_sales_minor: i64,
    /// Cash paid out for purchases.
    purchases_paid_minor: i64,
    /// Null while the shift is open: the count is blind.
    #[schema(required)]
    expected_cash_minor: Option<i64>,
    #[schema(required)]
    counted_minor: Option<i64>,
    /// Counted less expected.
    #[schema(required)]
    over_short_minor: Option<i64>,
    /// The number of the Z report, once it is closed.
    #[schema(required)]
    z_number: Option<i64>,
}

impl From<super::Shift> for Shift {
    fn from(shift: super::Shift) -> Self {
        let over_short = shift
            .counted
            .zip(shift.expected)
            .map(|(counted, expected)| counted - expected);
        Self {
            id: shift.id.as_uuid(),
            register_id: shift.register.as_uuid(),
            business_date: shift.business_date,
            opened_at: shift.opened_at,
            opened_by: Named {
                id: shift.opened_by.as_uuid(),
                name: shift.opened_by_name,
            },
            float_minor: shift.float.minor(),
            closed_at: shift.closed_at,
            sales: shift.sums.sales,
            cash_sales_minor: shift.sums.cash.minor(),
            card_sales_minor: shift.sums.card.minor(),
            other_sales_minor: shift.sums.other.minor(),
            purchases_paid_minor: shift.sums.purchases_paid.minor(),
            expected_cash_minor: shift.expected.map(Amount::minor),
            counted_minor: shift.counted.map(Amount::minor),
            over_short_minor: over_short.map(Amount::minor),
            z_number: shift.z_number,
        }
    }
}

/// Open the shift of the register that is signed in at
///
/// Repeating the same id and float answers 200 with the shift.
#[utoipa::path(put, path = "/v1/shifts/{id}", operation_id = "open_shift", tag = "shifts", params(("id" = Uuid, Path, description = "made by the till")),
    request_body = OpenShift, responses(
    (status = 201, body = Shift),
    (status = 200, body = Shift, description = "It had been opened before"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`shift.already_open` {shift_id}, `shift.other_register`, `shift.id_reused`, `clock.confirm_date` {business_date, newest}, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`shift.cash_out_of_range` {max_minor}"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn open(
    allowed: Allowed<may::ShiftOpen>,
    PathParams(id): PathParams<Uuid>,
    Body(shift): Body<OpenShift>,
) -> Result<Response> {
    if shift.register_id != allowed.actor.register.as_uuid() {
        return Err(ShiftError::OtherRegister.into());
    }
    let float = Amount::from_minor(shift.float_minor);
    let opened = super::open(&allowed.shop, &allowed.actor, Id::from_uuid(id), float).await?;
    Ok(crate::http::recorded(opened, Shift::from))
}

/// Get a shift
#[utoipa::path(get, path = "/v1/shifts/{id}", operation_id = "get_shift", tag = "shifts", params(("id" = Uuid, Path)), responses(
    (status = 200, body = Shift),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`shift.unknown`"),
))]
async fn get(signed_in: SignedIn, PathParams(id): PathParams<Uuid>) -> Result<Json<Shift>> {
    let shift = super::get(&signed_in.shop, Id::from_uuid(id)).await?;
    Ok(Json(shift.into()))
}

/// Close a shift by a blind count
///
/// Repeating the same count answers with the same shift. A shift without a sale closes too.
#[utoipa::path(post, path = "/v1/shifts/{id}/close", operation_id = "close_shift", tag = "shifts", params(("id" = Uuid, Path)), request_body = CloseShift,
    responses(
    (status = 200, body = Shift),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`shift.unknown`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`shift.closed`: with another count; `shift.other_register`; `shift.parked_baskets` {count, baskets: id, name, staff, parked_at, total_minor}"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`shift.cash_out_of_range` {max_minor}"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn close(
    allowed: Allowed<may::ShiftClose>,
    PathParams(id): PathParams<Uuid>,
    Body(count): Body<CloseShift>,
) -> Result<Json<Shift>> {
    let counted = Amount::from_minor(count.counted_minor);
    let leaving = if count.hand_over_parked {
        Leaving::HandedOver
    } else {
        Leaving::Refused
    };
    let id = Id::from_uuid(id);
    let shift = super::close_leaving(&allowed.shop, &allowed.actor, id, counted, leaving).await?;
    Ok(Json(shift.into()))
}

/// The problem when a document names the shift: an unknown one is then bad input, not a missing page.
pub(crate) fn of_reference(error: ShiftError) -> Problem {
    if matches!(error, ShiftError::Unknown) {
        return Problem::invalid("shift.unknown", "shift_id", error.to_string());
    }
    error.into()
}

impl From<ShiftError> for Problem {
    fn from(error: ShiftError) -> Self {
        let title = error.to_string();
        match error {
            ShiftError::Unknown => Self::not_found("shift.unknown", title),
            ShiftError::AlreadyOpen { shift } => {
                Self::conflict("shift.already_open", title).figure("shift_id", shift.to_string())
            }
            ShiftError::Closed => Self::conflict("shift.closed", title),
            ShiftError::OtherRegister => Self::conflict("shift.other_register", title),
            ShiftError::DateJumps(jump) => Self::conflict("clock.confirm_date", title)
                .figure("business_date", jump.date.to_string())
                .figure("newest", jump.newest.to_string()),
            ShiftError::IdReused => Self::conflict("shift.id_reused", title),
            ShiftError::Cash(retail::shift::CashError::OutOfRange { max }) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "shift.cash_out_of_range",
                title,
            )
            .figure("max_minor", max.minor()),
            ShiftError::StillParked(still) => still.into(),
            ShiftError::Denied(error) => error.into(),
            ShiftError::Unenrolled(error) => error.into(),
            ShiftError::Db(error) => error.into(),
        }
    }
}
