//! Endpoints that price a basket and keep nothing.
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use httpkit::{extract::Body, problem::Problem, routes, server::LONG_JSON};
use jiff::civil::{Date, DateTime};
use retail::amount::Amount;
use retail::catalog::VariantId;
use retail::location::LocationId;
use retail::order::{Cart, Line};
use retail::promotion::goods::ShippingCharge;
use retail::quantity::Quantity;
use retail::sale::TenderKind;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Asked, CartQuote, Scratch, Trial};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::order::http::{Caller, codes};
use crate::promotion::{Composed, db, promotion_of, unknown};
use crate::session::{Allowed, PromotionRead};

/// Ways of shipping in one cart.
const MOST_CHARGES: usize = 20;
/// Of the name of one of them, in bytes.
const LONGEST_METHOD: usize = 100;
/// The most that one of them may cost, in minor units.
const LARGEST_CHARGE: i64 = 1_000_000_000_000;

/// Endpoints that price a basket.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(try_out))
        .routes(routes!(quote))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// A line of a basket.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CartLine {
    variant_id: Uuid,
    /// Base units.
    quantity: i64,
}

fn cart(lines: &[CartLine], location: Option<Uuid>) -> Cart {
    let lines = lines.iter().map(|line| Line {
        variant: VariantId::from_uuid(line.variant_id),
        quantity: Quantity::new(line.quantity),
    });
    Cart {
        lines: lines.collect(),
        location: location.map(LocationId::from_uuid),
    }
}

/// Who buys.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ScratchPatron {
    #[serde(default)]
    segments: Vec<String>,
    /// Before this one.
    #[serde(default)]
    purchases: u32,
    /// Month and day count.
    birthday: Option<Date>,
    /// False: nobody known, and what else is said of them does not count.
    #[serde(default)]
    known: bool,
}

/// A scratch basket.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTry {
    /// As in `put_promotion`; none: the newest version of `promotion_id`, or only what runs.
    #[schema(value_type = Option<Object>)]
    draft: Option<Composed>,
    /// Of what the draft is a version: it takes the place of the version that runs.
    promotion_id: Option<Uuid>,
    /// Only the draft, without what runs.
    #[serde(default)]
    only: bool,
    location_id: Uuid,
    /// By the branch's clock.
    #[schema(value_type = String, example = "2026-12-05T18:30:00")]
    local: DateTime,
    /// `till`, `web`, or a marketplace's.
    #[schema(example = "till")]
    channel: String,
    patron: Option<ScratchPatron>,
    /// How it is paid: `cash`, `card`, `coupon`.
    #[serde(default)]
    tenders: Vec<String>,
    /// As if a voucher of each promotion that asks for one had been shown.
    #[serde(default)]
    vouchers: bool,
    lines: Vec<CartLine>,
}

/// What a scratch basket costs at today's prices with a draft, and why. Limits count as untouched, gifts as there; nothing is
/// kept. Needs `promotion.read` at the location.
#[utoipa::path(
    post, path = "/v1/promotions/try", tag = "promotion", operation_id = "try_promotion", request_body = NewTry,
    responses(
        (status = 200, description = "The basket, priced", body = CartQuote),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`, `promotion.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `order.no_lines`, `order.too_many_lines`, `order.variant_unknown`, `order.not_for_sale`, `order.quantity`, `order.sum_too_large`, `promotion.tender`; by the field of the draft: `promotion.draft`, `promotion.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn try_out(
    State(cloud): State<Cloud>,
    allowed: Allowed<PromotionRead>,
    Body(given): Body<NewTry>,
) -> Result<Json<CartQuote>> {
    let allowed = allowed.only(Some(given.location_id))?;
    let id = given.promotion_id.unwrap_or(Uuid::nil());
    let draft = match (&given.draft, given.promotion_id) {
        (Some(draft), _) => Some(promotion_of(id, 1, draft)?),
        (None, Some(id)) => Some(newest(&cloud, &allowed, id).await?),
        (None, None) => None,
    };
    let tenders = tenders(&given.tenders)?;
    let buyer = given.patron.filter(|patron| patron.known);
    let trial = Trial {
        draft: draft.as_ref(),
        only: given.only,
        location: given.location_id,
        local: given.local,
        channel: &given.channel,
        buyer: buyer.map(|patron| Scratch {
            segments: patron.segments,
            purchases: patron.purchases,
            birthday: patron.birthday,
        }),
        tenders: &tenders,
        has_vouchers: given.vouchers,
        cart: &cart(&given.lines, Some(given.location_id)),
    };
    Ok(Json(super::try_out(&cloud, allowed.actor(), &trial).await?))
}

async fn newest(
    cloud: &Cloud,
    allowed: &Allowed<PromotionRead>,
    id: Uuid,
) -> Result<retail::promotion::Promotion> {
    cloud
        .read("newest_promotion", allowed.actor(), async |tx| {
            let document = db::newest(tx, id).await?.ok_or_else(unknown)?;
            Ok(serde_json::from_str(&document).map_err(|error| Problem::internal(&error))?)
        })
        .await
}

fn tenders(codes: &[String]) -> Result<Vec<TenderKind>> {
    let kinds = codes.iter().enumerate().map(|(place, code)| {
        TenderKind::by_code(code).ok_or_else(|| {
            let field = format!("tenders[{place}]");
            Problem::invalid("promotion.tender", field, "There is no such way of paying")
        })
    });
    Ok(kinds.collect::<std::result::Result<_, _>>()?)
}

/// A charge for shipping.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ShippingFee {
    /// The name of the way of shipping, as promotions name it.
    method: String,
    /// Before promotions.
    amount_minor: i64,
}

impl ShippingFee {
    /// As the engine takes it. Refused with `order.shipping`.
    pub(crate) fn charge(&self, field: &str) -> Result<ShippingCharge> {
        let method = self.method.trim();
        if method.is_empty() || method.len() > LONGEST_METHOD {
            let field = format!("{field}.method");
            let message = "A way of shipping has a name of at most 100 letters";
            return Err(Problem::invalid("order.shipping", field, message).into());
        }
        if !(0..=LARGEST_CHARGE).contains(&self.amount_minor) {
            let field = format!("{field}.amount_minor");
            return Err(Problem::invalid("order.shipping", field, "This is no charge").into());
        }
        Ok(ShippingCharge {
            method: method.to_owned(),
            amount: Amount::from_minor(self.amount_minor),
        })
    }
}

/// A cart.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewQuote {
    /// Where it is picked up; none: from wherever it is.
    location_id: Option<Uuid>,
    lines: Vec<CartLine>,
    /// Charges for shipping.
    #[serde(default)]
    shipping: Vec<ShippingFee>,
    /// Codes of vouchers, as they were typed; at most 10.
    #[serde(default)]
    vouchers: Vec<String>,
}

/// What a cart costs now, why, and what nearly applied: the price at which `put_order` would place it. Nothing is promised, and
/// of limits nothing is taken; gifts are not counted on. A code that opens nothing says why, and the cart has its price. With a channel's key (`Authorization: Bearer …`), or by staff with
/// `order.manage`.
#[utoipa::path(
    post, path = "/v1/carts/quote", tag = "order", operation_id = "quote_cart", request_body = NewQuote,
    responses(
        (status = 200, description = "The cart, priced", body = CartQuote),
        (status = 401, description = "`session.missing`, `channel.key`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `order.no_lines`, `order.too_many_lines`, `order.variant_unknown`, `order.not_for_sale`, `order.quantity`, `order.sum_too_large`, `order.shipping`, `voucher.malformed`, `voucher.too_many`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn quote(
    State(cloud): State<Cloud>,
    mut caller: Caller,
    Body(given): Body<NewQuote>,
) -> Result<Json<CartQuote>> {
    if let Caller::Staff(allowed) = caller {
        caller = Caller::Staff(allowed.only(given.location_id)?);
    }
    if given.shipping.len() > MOST_CHARGES {
        let message = "A cart has at most 20 charges for shipping";
        return Err(Problem::invalid("order.shipping", "shipping", message).into());
    }
    let charges = given.shipping.iter().enumerate();
    let shipping = charges
        .map(|(place, fee)| fee.charge(&format!("shipping[{place}]")))
        .collect::<Result<Vec<_>>>()?;
    let asked = Asked {
        cart: &cart(&given.lines, given.location_id),
        shipping: &shipping,
        codes: &codes(&given.vouchers)?,
    };
    Ok(Json(super::quote(&cloud, caller.actor(), &asked).await?))
}
