//! `/v1/purchases/{id}/voids` and `/v1/purchases/{id}/corrections`.
use axum::{extract::DefaultBodyLimit, response::Response};
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
    server::LONG_JSON,
};
use jiff::Timestamp;
use retail::{id::Id, purchasing::reversal::MAX_REASON};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{NewReversal, Reversal, ReversalError, State};
use crate::{
    http::access::{Allowed, Door, may},
    purchasing::http::{NewPurchase, PaymentCode, PurchaseTicket},
    staff::http::SecondPerson,
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(void))
        .routes(routes!(correct))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// Where a purchase stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PurchaseState {
    /// It counts.
    Recorded,
    /// It was taken back whole.
    Voided,
    /// Another one stands in its place.
    Replaced,
}

impl From<State> for PurchaseState {
    fn from(state: State) -> Self {
        match state {
            State::Recorded => Self::Recorded,
            State::Voided => Self::Voided,
            State::Replaced => Self::Replaced,
        }
    }
}

/// How a purchase was taken back.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PurchaseReversal {
    /// Of the void, or of the purchase that stands in its place.
    id: Uuid,
    /// `voided` or `replaced`.
    state: PurchaseState,
    /// Of the void or of the correction.
    ticket_number: String,
    /// What was taken back.
    purchase_id: Uuid,
    purchase_number: String,
    staff: String,
    /// Who let it be, when it was not the buyer alone.
    #[schema(required)]
    approved_by: Option<String>,
    reason: String,
    #[schema(value_type = String, format = DateTime)]
    reversed_at: Timestamp,
    /// What the purchase cost,
    total_minor: i64,
    /// and how it was paid.
    payment_kind: PaymentCode,
}

impl From<Reversal> for PurchaseReversal {
    fn from(reversal: Reversal) -> Self {
        Self {
            id: reversal.id,
            state: State::of(true, reversal.replacement.is_some()).into(),
            ticket_number: reversal.number,
            purchase_id: reversal.purchase.as_uuid(),
            purchase_number: reversal.purchase_number,
            staff: reversal.staff_name,
            approved_by: reversal.approved_by,
            reason: reversal.reason,
            reversed_at: reversal.at,
            total_minor: reversal.total.minor(),
            payment_kind: reversal.payment.into(),
        }
    }
}

/// A purchase that is to be voided.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewPurchaseVoid {
    shift_id: Uuid,
    /// Why, at most 200 letters.
    reason: String,
    /// Who lets it be, when the buyer may not, or not so far, alone.
    approval: Option<SecondPerson>,
}

/// What a purchase should have been.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewPurchaseCorrection {
    /// As it should have been recorded, in the open shift.
    purchase: NewPurchase,
    /// Why, at most 200 letters.
    reason: String,
    /// Who lets it be, when the buyer may not, or not so far, alone.
    approval: Option<SecondPerson>,
}

/// Void a purchase
///
/// A document of its own: what the purchase brought goes out of stock, what it cost comes back, as cash into the drawer of
/// this shift or from the supplier's account. Needs `purchase.void`, of the buyer or of somebody with a PIN: 403 and
/// `cash.approval_missing` say that one is needed. Goods that are sold or promised cannot go back: correct the purchase
/// instead. Repeating the same id and content answers 200.
#[utoipa::path(put, path = "/v1/purchases/{id}/voids/{void_id}", operation_id = "void_purchase", tag = "purchases",
    params(("id" = Uuid, Path, description = "the purchase"), ("void_id" = Uuid, Path, description = "made by the station")),
    request_body = NewPurchaseVoid, responses(
    (status = 201, body = PurchaseTicket, description = "The ticket of the purchase, with how it was voided"),
    (status = 200, body = PurchaseTicket, description = "It had been voided so before"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`, `pin.wrong` {tries_left}"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`purchase.unknown`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`purchase.reversed` {number}, `purchase.not_free` {variant_id, name, unit, needed, free}, \
        `cash.approval_missing` {limit_minor}, `cash.approval_same_person`, `cash.approval_too_far` {limit_minor}, `purchase.id_reused`, `shift.closed`, \
        `shift.other_register`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`purchase.reversal_reason` {max}, `shift.unknown`, `body.invalid`"),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "`pin.locked` {retry_after_s}"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn void(
    allowed: Allowed<may::PurchaseCreate>,
    PathParams((purchase, id)): PathParams<(Uuid, Uuid)>,
    Body(asked): Body<NewPurchaseVoid>,
) -> Result<Response> {
    let new = NewReversal {
        id,
        purchase: Id::from_uuid(purchase),
        shift: Id::from_uuid(asked.shift_id),
        reason: asked.reason,
        replacement: None,
        approval: asked.approval.map(Into::into),
    };
    let recorded = super::reverse(&allowed.shop, &allowed.actor, new).await?;
    Ok(crate::http::recorded(recorded, PurchaseTicket::from))
}

/// Correct a purchase
///
/// A new purchase in the place of the first, as one document: stock, cost and money change by the difference. Needs
/// `purchase.void`, as a void does. Repeating the same id and content answers 200 with the first ticket.
#[utoipa::path(put, path = "/v1/purchases/{id}/corrections/{correction_id}", operation_id = "correct_purchase", tag = "purchases",
    params(("id" = Uuid, Path, description = "the purchase"),
        ("correction_id" = Uuid, Path, description = "made by the station: the id of the purchase that stands in its place")),
    request_body = NewPurchaseCorrection, responses(
    (status = 201, body = PurchaseTicket, description = "The ticket of the purchase that stands in its place"),
    (status = 200, body = PurchaseTicket, description = "It had been corrected so before"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`, `pin.wrong` {tries_left}"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`purchase.unknown`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`purchase.reversed` {number}, `purchase.not_free` {variant_id, name, unit, needed, free}, \
        `cash.approval_missing` {limit_minor}, `cash.approval_same_person`, `cash.approval_too_far` {limit_minor}, `purchase.id_reused`, `shift.closed`, \
        `shift.other_register`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`purchase.reversal_reason` {max}, `purchase.nothing_changes`, \
        and those of a purchase"),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "`pin.locked` {retry_after_s}"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn correct(
    allowed: Allowed<may::PurchaseCreate>,
    PathParams((purchase, id)): PathParams<(Uuid, Uuid)>,
    Body(asked): Body<NewPurchaseCorrection>,
) -> Result<Response> {
    let replacement = asked.purchase.named(id)?;
    let new = NewReversal {
        id,
        purchase: Id::from_uuid(purchase),
        shift: replacement.shift,
        reason: asked.reason,
        replacement: Some(replacement),
        approval: asked.approval.map(Into::into),
    };
    let recorded = super::reverse(&allowed.shop, &allowed.actor, new).await?;
    Ok(crate::http::recorded(recorded, PurchaseTicket::from))
}

impl From<ReversalError> for Problem {
    fn from(error: ReversalError) -> Self {
        let title = error.to_string();
        match error {
            ReversalError::Reason => {
                Self::invalid("purchase.reversal_reason", "reason", title).figure("max", MAX_REASON)
            }
            ReversalError::Already { number } => {
                Self::conflict("purchase.reversed", title).figure("number", number)
            }
            ReversalError::NothingChanges => {
                Self::invalid("purchase.nothing_changes", "purchase", title)
            }
            ReversalError::NotFree {
                variant,
                name,
                unit,
                needed,
                free,
            } => Self::conflict("purchase.not_free", title)
                .figure("variant_id", variant.as_uuid().to_string())
                .figure("name", name)
                .figure("unit", unit.code())
                .figure("needed", needed.base_units())
                .figure("free", free.base_units()),
        }
    }
}
