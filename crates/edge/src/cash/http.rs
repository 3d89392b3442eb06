//! `/v1/cash`, cash that goes in and out of a shift's drawer, and how the tills of the shop are set up.
use axum::{Json, http::StatusCode, response::Response};
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
};
use jiff::Timestamp;
use retail::{
    amount::Amount,
    cash::{self, MovementError, MovementKind},
    id::Id,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{ApprovalError, CashError, Moved, NewMovement};
use crate::{
    Shop,
    http::{
        Named,
        access::{Allowed, Door, SignedIn, may},
    },
    shift::{self, setting},
    staff::{Actor, http::SecondPerson},
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(show))
        .routes(routes!(set_till))
        .routes(routes!(list))
        .routes(routes!(pay_in))
        .routes(routes!(pay_out))
        .routes(routes!(drop_to_safe))
}

/// What a till has to know to count and to move cash.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CashRules {
    /// Notes and coins of the currency in minor units, the largest first.
    pieces_minor: Vec<i64>,
    /// Codes of the reasons for which cash is paid in; `other` needs a note.
    paid_in_reasons: Vec<&'static str>,
    /// The same for cash that is paid out.
    paid_out_reasons: Vec<&'static str>,
    /// The same for cash that goes to the safe.
    drop_reasons: Vec<&'static str>,
    /// Seconds without a touch after which a till locks; 0: never.
    lock_after_s: i64,
    /// A difference of a drawer above this needs a reason.
    reason_above_minor: i64,
}

/// Get what a till has to know to count and to move cash
#[utoipa::path(get, path = "/v1/cash", operation_id = "get_cash_rules", tag = "cash", responses(
    (status = 200, body = CashRules),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`node.unenrolled`"),
))]
async fn show(signed_in: SignedIn) -> Result<Json<CashRules>> {
    let (currency, setting) = setting::with_currency(&signed_in.shop).await?;
    Ok(Json(CashRules {
        pieces_minor: currency.cash.to_vec(),
        paid_in_reasons: MovementKind::PaidIn.reasons().to_vec(),
        paid_out_reasons: MovementKind::PaidOut.reasons().to_vec(),
        drop_reasons: MovementKind::Drop.reasons().to_vec(),
        lock_after_s: setting.lock_after_s,
        reason_above_minor: setting.reason_above(currency).minor(),
    }))
}

/// How the tills of a shop behave.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct TillSetting {
    /// Seconds without a touch after which a till locks: 0 for never, else 15 to 86400.
    lock_after_s: i64,
    /// A difference of a drawer above this needs a reason; null: the smallest note of the currency.
    reason_above_minor: Option<i64>,
}

/// Set up the tills of the shop
#[utoipa::path(put, path = "/v1/till-settings", operation_id = "set_till_settings", tag = "cash", request_body = TillSetting, responses(
    (status = 204, description = "It is set"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`till.setting_invalid` {field}, `body.invalid`"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn set_till(
    allowed: Allowed<may::TillManage>,
    Body(asked): Body<TillSetting>,
) -> Result<StatusCode> {
    let setting = setting::Setting {
        lock_after_s: asked.lock_after_s,
        reason_above: asked.reason_above_minor.map(Amount::from_minor),
    };
    setting::set(&allowed.shop, &allowed.actor, setting).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Cash that goes in or out.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewCashMovement {
    /// Above zero, whichever way it goes.
    amount_minor: i64,
    /// One of the codes of `/v1/cash`.
    reason: String,
    /// In one's own words, or the number of the bag; needed with the reason `other`.
    note: Option<String>,
    /// When it is more than the person may move alone.
    approval: Option<SecondPerson>,
}

/// Which way cash went.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum CashKind {
    PaidIn,
    PaidOut,
    Drop,
}

impl From<MovementKind> for CashKind {
    fn from(kind: MovementKind) -> Self {
        match kind {
            MovementKind::PaidIn => Self::PaidIn,
            MovementKind::PaidOut => Self::PaidOut,
            MovementKind::Drop => Self::Drop,
        }
    }
}

/// Cash that went in or out of a drawer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CashMovement {
    id: Uuid,
    shift_id: Uuid,
    kind: CashKind,
    amount_minor: i64,
    reason: String,
    #[schema(required)]
    note: Option<String>,
    staff: Named,
    /// The second person.
    #[schema(required)]
    approved_by: Option<String>,
    #[schema(value_type = String, format = DateTime)]
    moved_at: Timestamp,
}

impl From<Moved> for CashMovement {
    fn from(moved: Moved) -> Self {
        Self {
            id: moved.id.as_uuid(),
            shift_id: moved.shift.as_uuid(),
            kind: moved.movement.kind.into(),
            amount_minor: moved.movement.amount.minor(),
            reason: moved.movement.reason.to_owned(),
            note: moved.movement.note,
            staff: Named {
                id: moved.staff.as_uuid(),
                name: moved.staff_name,
            },
            approved_by: moved.approved_by,
            moved_at: moved.at,
        }
    }
}

/// What went in and out of a drawer beside sales and purchases.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CashMovementList {
    /// The oldest first.
    items: Vec<CashMovement>,
}

/// List what went in and out of a shift's drawer beside sales and purchases
#[utoipa::path(get, path = "/v1/shifts/{id}/cash-movements", operation_id = "list_cash_movements", tag = "cash", params(("id" = Uuid, Path)), responses(
    (status = 200, body = CashMovementList),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`shift.unknown`"),
))]
async fn list(
    signed_in: SignedIn,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<CashMovementList>> {
    let items = super::of_shift(&signed_in.shop, Id::from_uuid(id)).await?;
    Ok(Json(CashMovementList {
        items: items.into_iter().map(CashMovement::from).collect(),
    }))
}

async fn moved(
    shop: &Shop,
    actor: &Actor,
    kind: MovementKind,
    (shift, id): (Uuid, Uuid),
    asked: NewCashMovement,
) -> Result<Response> {
    let movement = cash::movement(
        kind,
        Amount::from_minor(asked.amount_minor),
        &asked.reason,
        asked.note.as_deref(),
    )
    .map_err(CashError::from)?;
    let new = NewMovement {
        id: Id::from_uuid(id),
        shift: Id::from_uuid(shift),
        movement,
        approval: asked.approval.map(Into::into),
    };
    let recorded = super::record(shop, actor, new).await?;
    Ok(crate::http::recorded(recorded, CashMovement::from))
}

macro_rules! operation {
    ($(#[$doc:meta])+ $name:ident($path:tt, $operation:tt, $permission:ident, $kind:ident)) => {
        $(#[$doc])+
        #[utoipa::path(put, path = $path, operation_id = $operation, tag = "cash",
            params(("shift" = Uuid, Path), ("id" = Uuid, Path, description = "made by the till")), request_body = NewCashMovement, responses(
            (status = 201, body = CashMovement),
            (status = 200, body = CashMovement, description = "It had been recorded before"),
            (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`, `pin.wrong` {tries_left}"),
            (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
            (status = 409, body = Problem, content_type = "application/problem+json", description = "`cash.approval_missing` {limit_minor}, `cash.approval_same_person`, `cash.approval_too_far` {limit_minor}, `cash.id_reused`, `shift.closed`, `shift.other_register`, `node.unenrolled`"),
            (status = 422, body = Problem, content_type = "application/problem+json", description = "`cash.amount_out_of_range` {max_minor}, `cash.reason_unknown`, `cash.note_missing`, `cash.note_unfit` {max}, `shift.unknown`, `body.invalid`"),
            (status = 429, body = Problem, content_type = "application/problem+json", description = "`pin.locked` {retry_after_s}"),
            (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
        ))]
        async fn $name(
            allowed: Allowed<may::$permission>,
            PathParams(place): PathParams<(Uuid, Uuid)>,
            Body(asked): Body<NewCashMovement>,
        ) -> Result<Response> {
            moved(&allowed.shop, &allowed.actor, MovementKind::$kind, place, asked).await
        }
    };
}

operation! {
    /// Pay cash into the drawer
    ///
    /// Above the person's limit a second person says so too. The drawer opens and a slip is printed.
    pay_in("/v1/shifts/{shift}/paid-in/{id}", "pay_in", CashMove, PaidIn)
}
operation! {
    /// Pay cash out of the drawer
    ///
    /// Above the person's limit a second person says so too. The drawer opens and a slip is printed.
    pay_out("/v1/shifts/{shift}/paid-out/{id}", "pay_out", CashMove, PaidOut)
}
operation! {
    /// Take cash from the drawer to the safe
    ///
    /// The drawer opens and a slip is printed.
    drop_to_safe("/v1/shifts/{shift}/drops/{id}", "drop_to_safe", CashDrop, Drop)
}

impl From<CashError> for Problem {
    fn from(error: CashError) -> Self {
        let title = error.to_string();
        match error {
            CashError::Movement(error) => of_movement(error, title),
            CashError::Approval(error) => error.into(),
            CashError::IdReused => Self::conflict("cash.id_reused", title),
            CashError::Shift(error) => shift::http::of_reference(error),
            CashError::Denied(error) => error.into(),
            CashError::Unenrolled(error) => error.into(),
            CashError::Db(error) => error.into(),
        }
    }
}

fn of_movement(error: MovementError, title: String) -> Problem {
    match error {
        MovementError::AmountOutOfRange { max } => {
            Problem::invalid("cash.amount_out_of_range", "amount_minor", title)
                .figure("max_minor", max.minor())
        }
        MovementError::UnknownReason => Problem::invalid("cash.reason_unknown", "reason", title),
        MovementError::NoteMissing => Problem::invalid("cash.note_missing", "note", title),
        MovementError::NoteUnfit { max } => {
            Problem::invalid("cash.note_unfit", "note", title).figure("max", max)
        }
    }
}

impl From<ApprovalError> for Problem {
    fn from(error: ApprovalError) -> Self {
        let title = error.to_string();
        match error {
            ApprovalError::Missing { limit } => {
                Self::conflict("cash.approval_missing", title).figure("limit_minor", limit.minor())
            }
            ApprovalError::SamePerson => Self::conflict("cash.approval_same_person", title),
            ApprovalError::TooFar { limit } => {
                Self::conflict("cash.approval_too_far", title).figure("limit_minor", limit.minor())
            }
            ApprovalError::Denied(error) => error.into(),
            ApprovalError::Pin(error) => error.into(),
        }
    }
}
