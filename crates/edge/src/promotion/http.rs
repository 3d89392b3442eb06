//! `/v1/baskets/{sale}/vouchers`.
use std::collections::BTreeMap;

use axum::{Json, http::StatusCode};
use httpkit::{
    extract::{Params, PathParams},
    problem::{Problem, Result},
    routes,
};
use jiff::Timestamp;
use retail::{
    id::Id,
    promotion::voucher::{MAX_CODE, VoucherCodeError, VoucherId},
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{
    Moment,
    voucher::{self, Opened, Useless, VoucherError},
};
use crate::http::access::{Allowed, Door, may};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(show))
}

/// A voucher that opens a promotion. It counts for the baskets that name it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownVoucher {
    voucher_id: Uuid,
    promotion_id: Uuid,
    /// What the office calls the promotion.
    name: String,
    /// What receipts call it, by language.
    labels: BTreeMap<String, String>,
}

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ShownTo {
    /// Who buys, if known: some codes are for some customers.
    patron_id: Option<Uuid>,
    /// When the basket was begun: a promotion that has ended since may have a time of grace.
    #[param(value_type = Option<String>, format = DateTime)]
    begun_at: Option<Timestamp>,
}

/// Show a voucher
///
/// Reads a code as it was typed or scanned: spaces, dashes and small letters say nothing. Nothing is used up: the sale does
/// that. A code that this shop does not know is looked up at the head office, which sends the right to one use of it.
#[utoipa::path(put, path = "/v1/baskets/{sale}/vouchers/{code}", operation_id = "show_voucher", tag = "sales", params(
    ("sale" = Uuid, Path, description = "of the sale that the basket becomes"), ("code" = String, Path, description = "as it was typed"), ShownTo), responses(
    (status = 200, body = ShownVoucher),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`voucher.unknown`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`voucher.ended`, `voucher.used`, `voucher.not_yours`, `voucher.not_here`: its promotion does not run in this shop, `sale.already_sold`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`voucher.malformed` {reason: empty, too_long or character; max}"),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "`voucher.locked` {retry_after_s}: too many codes of this person were wrong"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "`voucher.offline`: this shop does not know the code, and nobody else can be asked"),
))]
async fn show(
    allowed: Allowed<may::SaleCreate>,
    PathParams((sale, code)): PathParams<(Uuid, String)>,
    Params(shown): Params<ShownTo>,
) -> Result<Json<ShownVoucher>> {
    let sale = Id::from_uuid(sale);
    let moment = Moment {
        patron: shown.patron_id.map(Id::from_uuid),
        begun: shown.begun_at,
        ..Moment::default()
    };
    let opened = voucher::show(&allowed.shop, &allowed.actor, sale, moment, &code).await?;
    Ok(Json(opened.into()))
}

impl From<Opened> for ShownVoucher {
    fn from(opened: Opened) -> Self {
        Self {
            voucher_id: opened.voucher.as_uuid(),
            promotion_id: opened.promotion.as_uuid(),
            name: opened.name,
            labels: opened.labels,
        }
    }
}

/// A voucher that was shown and gives nothing.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UselessVoucher {
    voucher_id: Uuid,
    /// `ended`; `not_yours`: it is for somebody else; `not_here`: its promotion does not run in this shop; `unknown`: its code
    /// has to be shown again.
    reason: &'static str,
}

impl From<(VoucherId, Useless)> for UselessVoucher {
    fn from((voucher, useless): (VoucherId, Useless)) -> Self {
        Self {
            voucher_id: voucher.as_uuid(),
            reason: useless.code(),
        }
    }
}

impl From<VoucherError> for Problem {
    fn from(error: VoucherError) -> Self {
        let title = error.to_string();
        match error {
            VoucherError::Code(error) => {
                let reason = match error {
                    VoucherCodeError::Empty => "empty",
                    VoucherCodeError::TooLong => "too_long",
                    VoucherCodeError::Character(_) => "character",
                };
                Self::invalid("voucher.malformed", "code", title)
                    .figure("reason", reason)
                    .figure("max", MAX_CODE)
            }
            VoucherError::Ended => Self::conflict("voucher.ended", title),
            VoucherError::NotHere => Self::conflict("voucher.not_here", title),
            VoucherError::Locked { retry_after_s } => {
                let seconds = u32::try_from(retry_after_s).unwrap_or(u32::MAX);
                Self::new(StatusCode::TOO_MANY_REQUESTS, "voucher.locked", title)
                    .figure("retry_after_s", retry_after_s)
                    .retry_after(seconds)
            }
            VoucherError::Used => Self::conflict("voucher.used", title),
            VoucherError::NotYours => Self::conflict("voucher.not_yours", title),
            VoucherError::Unknown => Self::not_found("voucher.unknown", title),
            VoucherError::Offline => {
                Self::new(StatusCode::SERVICE_UNAVAILABLE, "voucher.offline", title)
            }
            VoucherError::AlreadySold => Self::conflict("sale.already_sold", title),
            VoucherError::Denied(error) => error.into(),
            VoucherError::Unenrolled(error) => error.into(),
            VoucherError::Db(error) => error.into(),
        }
    }
}
