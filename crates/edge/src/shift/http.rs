//! `/v1/shifts`.
use axum::{Json, http::StatusCode, response::Response};
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
};
use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount,
    cash::{CountError, Pieces},
    id::Id,
    shift::Asked,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{
    Closure, ShiftError,
    count::{self, Counted, NewCount},
};
use crate::{
    http::{
        Named,
        access::{Allowed, Door, SignedIn, may},
    },
    sale::parked::Leaving,
    staff::{Actor, http::SecondPerson},
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(open, get))
        .routes(routes!(record_count))
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
    /// Why the drawer is off; needed for a difference above what the tills are set up for.
    reason: Option<String>,
    /// For a difference above what the person may close with alone.
    approval: Option<SecondPerson>,
    /// The baskets that are parked in it go to the next shift of the register; without this, they stand in the way.
    #[serde(default)]
    hand_over_parked: bool,
}

/// So many notes or coins of one kind.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CountedPieces {
    /// One of `pieces_minor` of `/v1/cash`.
    value_minor: i64,
    count: i64,
}

/// A blind count of the drawer.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CountDrawer {
    counted_minor: i64,
    /// Notes and coins that come to it; left out when only the sum is known.
    #[serde(default)]
    pieces: Vec<CountedPieces>,
}

/// What closing by a count needs. `nothing`: it fits well enough. `reason`: the drawer is off. `second_person`: it is off
/// by more than the person may close with alone.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CountAsks {
    Nothing,
    Reason,
    SecondPerson,
}

/// A count that was recorded. How far it is off is told to those who may see it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DrawerCount {
    id: Uuid,
    /// The how-manieth of its shift.
    number: i64,
    counted_minor: i64,
    asks: CountAsks,
    /// Null for those without `shift.count_see`.
    #[schema(required)]
    expected_cash_minor: Option<i64>,
    /// Null for those without `shift.count_see`.
    #[schema(required)]
    over_short_minor: Option<i64>,
}

impl DrawerCount {
    fn shown(counted: &Counted, actor: &Actor) -> Self {
        let sees = count::sees(actor);
        Self {
            id: counted.id.as_uuid(),
            number: counted.number,
            counted_minor: counted.amount.minor(),
            asks: match counted.asks {
                Asked::Nothing => CountAsks::Nothing,
                Asked::Reason => CountAsks::Reason,
                Asked::SecondPerson => CountAsks::SecondPerson,
            },
            expected_cash_minor: sees.then(|| counted.expected.minor()),
            over_short_minor: sees.then(|| counted.over_short.minor()),
        }
    }
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
    /// Net of change and of what customers got back. Null for those without `shift.count_see`: with it one could tell what should be in the drawer.
    #[schema(required)]
    cash_sales_minor: Option<i64>,
    card_sales_minor: i64,
    other_sales_minor: i64,
    /// Number of returns.
    returns: i64,
    /// What customers got back; cash and card above are less by it.
    refunded_minor: i64,
    /// Cash paid out for purchases.
    purchases_paid_minor: i64,
    /// Cash that came back for purchases that were voided or replaced.
    purchases_back_minor: i64,
    /// Other cash that was put in.
    paid_in_minor: i64,
    /// Other cash that was spent.
    paid_out_minor: i64,
    /// Cash that was taken to the safe.
    dropped_minor: i64,
    /// Null while the shift is open, because the count is blind, and for those without `shift.count_see`.
    #[schema(required)]
    expected_cash_minor: Option<i64>,
    #[schema(required)]
    counted_minor: Option<i64>,
    /// Counted less expected. Null for those without `shift.count_see`.
    #[schema(required)]
    over_short_minor: Option<i64>,
    /// The number of the Z report, once it is closed.
    #[schema(required)]
    z_number: Option<i64>,
    /// Why the drawer was off, when somebody said so.
    #[schema(required)]
    difference_reason: Option<String>,
}

impl Shift {
    /// The shift as far as somebody may see it.
    pub(crate) fn shown(shift: super::Shift, actor: &Actor) -> Self {
        let sees = count::sees(actor);
        let expected = shift.expected.filter(|_| sees);
        let over_short = shift
            .counted
            .zip(expected)
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
            cash_sales_minor: sees.then(|| shift.sums.cash.minor()),
            card_sales_minor: shift.sums.card.minor(),
            other_sales_minor: shift.sums.other.minor(),
            returns: shift.sums.returns,
            refunded_minor: shift.sums.refunded.minor(),
            purchases_paid_minor: shift.sums.purchases_paid.minor(),
            purchases_back_minor: shift.sums.purchases_back.minor(),
            paid_in_minor: shift.sums.paid_in.minor(),
            paid_out_minor: shift.sums.paid_out.minor(),
            dropped_minor: shift.sums.dropped.minor(),
            expected_cash_minor: expected.map(Amount::minor),
            counted_minor: shift.counted.map(Amount::minor),
            over_short_minor: over_short.map(Amount::minor),
            z_number: shift.z_number,
            difference_reason: shift.difference_reason,
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
    let actor = &allowed.actor;
    Ok(crate::http::recorded(opened, |shift| {
        Shift::shown(shift, actor)
    }))
}

/// Get a shift
#[utoipa::path(get, path = "/v1/shifts/{id}", operation_id = "get_shift", tag = "shifts", params(("id" = Uuid, Path)), responses(
    (status = 200, body = Shift),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`shift.unknown`"),
))]
async fn get(signed_in: SignedIn, PathParams(id): PathParams<Uuid>) -> Result<Json<Shift>> {
    let shift = super::get(&signed_in.shop, Id::from_uuid(id)).await?;
    Ok(Json(Shift::shown(shift, &signed_in.actor)))
}

/// Record a blind count of the drawer
///
/// The shift goes on. Every count is kept; the answer says what closing by it needs, and how far it is off only to those
/// who may see it.
#[utoipa::path(put, path = "/v1/shifts/{shift}/counts/{id}", operation_id = "record_drawer_count", tag = "shifts",
    params(("shift" = Uuid, Path), ("id" = Uuid, Path, description = "made by the till")), request_body = CountDrawer,
    responses(
    (status = 201, body = DrawerCount),
    (status = 200, body = DrawerCount, description = "It had been recorded before"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`shift.closed`, `shift.other_register`, `shift.count_id_reused`, `shift.too_many_counts` {max}, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`shift.cash_out_of_range` {max_minor}, `shift.count_differs` {worth_minor}, `shift.piece_unknown` {value_minor}, `shift.piece_twice` {value_minor}, `shift.piece_out_of_range` {value_minor, max}, `shift.unknown`"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn record_count(
    allowed: Allowed<may::ShiftClose>,
    PathParams((shift, id)): PathParams<(Uuid, Uuid)>,
    Body(asked): Body<CountDrawer>,
) -> Result<Response> {
    let pieces = asked.pieces.iter().map(|pieces| Pieces {
        value: Amount::from_minor(pieces.value_minor),
        count: pieces.count,
    });
    let new = NewCount {
        id: Id::from_uuid(id),
        shift: Id::from_uuid(shift),
        counted: Amount::from_minor(asked.counted_minor),
        pieces: pieces.collect(),
    };
    let counted = count::record(&allowed.shop, &allowed.actor, new)
        .await
        .map_err(of_reference)?;
    let actor = &allowed.actor;
    Ok(crate::http::recorded(counted, |counted| {
        DrawerCount::shown(&counted, actor)
    }))
}

/// Close a shift by a blind count
///
/// Repeating the same count answers with the same shift. A shift without a sale closes too. Its Z report is made with it.
#[utoipa::path(post, path = "/v1/shifts/{id}/close", operation_id = "close_shift", tag = "shifts", params(("id" = Uuid, Path)), request_body = CloseShift,
    responses(
    (status = 200, body = Shift),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`, `pin.wrong` {tries_left}"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`shift.unknown`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`shift.closed`: with another count; `shift.other_register`, `shift.parked_baskets` {count, baskets: id, name, staff, parked_at, total_minor}, `shift.reason_missing`, `cash.approval_missing` {limit_minor}, `cash.approval_same_person`, `cash.approval_too_far` {limit_minor}"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`shift.cash_out_of_range` {max_minor}, `shift.reason_unfit` {max}"),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "`pin.locked` {retry_after_s}"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn close(
    allowed: Allowed<may::ShiftClose>,
    PathParams(id): PathParams<Uuid>,
    Body(asked): Body<CloseShift>,
) -> Result<Json<Shift>> {
    let closure = Closure {
        id: Id::from_uuid(id),
        counted: Amount::from_minor(asked.counted_minor),
        reason: asked.reason,
        approval: asked.approval.map(Into::into),
        leaving: if asked.hand_over_parked {
            Leaving::HandedOver
        } else {
            Leaving::Refused
        },
    };
    let shift = super::close(&allowed.shop, &allowed.actor, closure).await?;
    Ok(Json(Shift::shown(shift, &allowed.actor)))
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
            ShiftError::ReasonMissing => Self::conflict("shift.reason_missing", title),
            ShiftError::ReasonUnfit { max } => {
                Self::invalid("shift.reason_unfit", "reason", title).figure("max", max)
            }
            ShiftError::CountDiffers { worth } => {
                Self::invalid("shift.count_differs", "counted_minor", title)
                    .figure("worth_minor", worth.minor())
            }
            ShiftError::Pieces(error) => of_pieces(error, title),
            ShiftError::TooManyCounts { max } => {
                Self::conflict("shift.too_many_counts", title).figure("max", max)
            }
            ShiftError::CountIdReused => Self::conflict("shift.count_id_reused", title),
            ShiftError::Approval(error) => error.into(),
            ShiftError::Denied(error) => error.into(),
            ShiftError::Unenrolled(error) => error.into(),
            ShiftError::Db(error) => error.into(),
        }
    }
}

fn of_pieces(error: CountError, title: String) -> Problem {
    let (code, value) = match error {
        CountError::NoSuchPiece { value } => ("shift.piece_unknown", value),
        CountError::Twice { value } => ("shift.piece_twice", value),
        CountError::OutOfRange { value, .. } => ("shift.piece_out_of_range", value),
    };
    let problem = Problem::invalid(code, "pieces", title).figure("value_minor", value.minor());
    match error {
        CountError::OutOfRange { max, .. } => problem.figure("max", max),
        CountError::NoSuchPiece { .. } | CountError::Twice { .. } => problem,
    }
}
