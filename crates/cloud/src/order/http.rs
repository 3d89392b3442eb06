//! Endpoints of orders, for channels and for staff.
use std::sync::Arc;

use axum::{
    Json,
    extract::{DefaultBodyLimit, FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use httpkit::{
    access::{Asks, Guard},
    extract::{Body, Params, PathParams},
    page,
    problem::Problem,
    routes,
    server::LONG_JSON,
};
use jiff::SignedDuration;
use retail::amount::Amount;
use retail::catalog::VariantId;
use retail::location::LocationId;
use retail::order::{Cart, Line, PlaceError};
use retail::promotion::voucher::VoucherCode;
use retail::quantity::Quantity;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::pick::Picked;
use super::refusal::{price_changed, refused};
use super::step::Order;
use super::view::{OrderDetail, OrderPage, Position, db::Asked};
use super::{LONGEST_HOLD, NewOrder, Outcome, Placed, Placer, step, view};
use crate::channel;
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::{Error, Result};
use crate::promotion;
use crate::promotion::quote::http::ShippingFee;
use crate::session::{Allowed, OrderManage, OrderPick, OrderRead};

/// Characters of a customer's name.
const LONGEST_CUSTOMER: usize = 200;
/// Codes of one cart.
const MOST_VOUCHERS: usize = 10;

/// Endpoints of orders.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(put, show))
        .routes(routes!(list))
        .routes(routes!(claim))
        .routes(routes!(cancel))
        .routes(routes!(pick))
        .routes(routes!(hand_over))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// Who may do something to orders: a channel to its own, staff to those of their locations.
#[derive(Debug)]
pub(crate) enum Caller {
    Channel(Uuid),
    Staff(Allowed<OrderManage>),
}

impl Caller {
    pub(crate) fn actor(&self) -> Actor {
        match self {
            Self::Channel(id) => Actor::Channel(*id),
            Self::Staff(allowed) => allowed.actor(),
        }
    }

    /// Whether the order is one of theirs.
    pub(super) fn may(&self, order: &Order) -> bool {
        match self {
            Self::Channel(id) => order.channel == Some(*id),
            Self::Staff(allowed) => order
                .promises
                .iter()
                .any(|promise| allowed.locations().contains(&promise.location)),
        }
    }

    fn placer(&self) -> Placer {
        match self {
            Self::Channel(id) => Placer::Channel(*id),
            Self::Staff(allowed) => match allowed.actor() {
                Actor::Staff(id) | Actor::Token { staff: id, .. } => Placer::Staff(id),
                Actor::Node(_) | Actor::Channel(_) | Actor::Customer(_) | Actor::Service(_) => {
                    Placer::Staff(Uuid::nil())
                }
            },
        }
    }
}

impl FromRequestParts<Cloud> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        if channel::has_key(&parts.headers) {
            let channel = channel::Caller::from_request_parts(parts, cloud).await?;
            return Ok(Self::Channel(channel.0));
        }
        Ok(Self::Staff(
            Allowed::from_request_parts(parts, cloud).await?,
        ))
    }
}

impl Asks for Caller {
    fn guard() -> Guard {
        channel::Caller::guard().or(Allowed::<OrderManage>::guard())
    }
}

/// An order as it is placed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PutOrder {
    /// As it is called out at the counter.
    #[serde(default)]
    customer: String,
    /// Where it is picked up; none: from wherever it is.
    location_id: Option<Uuid>,
    /// What is wanted, all of it or nothing.
    lines: Vec<PutLine>,
    /// Codes of vouchers, as they were typed; at most 10.
    #[serde(default)]
    vouchers: Vec<String>,
    /// How it is brought, when it is not picked up.
    shipping: Option<ShippingFee>,
    /// What the customer was shown to pay, for the goods and for bringing them: the order is refused when it costs anything
    /// else. Nothing said: it is placed at what it costs.
    expected_total_minor: Option<i64>,
    /// How long units are held for the payment; 15 minutes when nothing is said, a day at most.
    hold_minutes: Option<u32>,
}

/// A line of a cart.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PutLine {
    variant_id: Uuid,
    /// Base units.
    quantity: i64,
}

/// Places an order: all of it is promised, or nothing. What it uses of limited promotions and vouchers is taken with it, and
/// given back when nothing of it is delivered. With a channel's key (`Authorization: Bearer …`), or by staff
/// with `order.manage`. Repeating it gives the first answer; a refusal is not kept, so the same id may try again.
///
/// When units are missing that a connected shop may give back, the answer takes up to 1.5 s.
#[utoipa::path(
    put, path = "/v1/orders/{id}", tag = "order", operation_id = "put_order", request_body = PutOrder,
    params(("id" = Uuid, Path, description = "Made by the client")),
    responses(
        (status = 201, description = "Its units are promised", body = Placed),
        (status = 200, description = "It was placed before", body = Placed),
        (status = 401, description = "`session.missing`, `channel.key`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`order.out_of_stock`; figures `variant`, `wanted`, `available` of the first and `shortages` of all; `order.id_reused`; `order.price_changed`: it does not cost `expected_total_minor`; figures `expected_minor`, `total_minor` and `quote`, what `quote_cart` says now; by the field `vouchers[0]`: `voucher.used`, `voucher.ended`, `voucher.not_begun`, `voucher.for_members`, `voucher.not_yours`, `promotion.closed`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `order.no_lines`, `order.too_many_lines`, `order.variant_unknown`, `order.not_for_sale`, `order.quantity`, `order.sum_too_large`; figures `line`; `order.shipping`; by the field `vouchers[0]`: `voucher.malformed`, `voucher.unknown`; `voucher.too_many`: figure `max`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`busy`, `store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    mut caller: Caller,
    PathParams(id): PathParams<Uuid>,
    Body(asked): Body<PutOrder>,
) -> Result<(StatusCode, Json<Arc<Placed>>)> {
    if let Caller::Staff(allowed) = caller {
        caller = Caller::Staff(allowed.only(asked.location_id)?);
    }
    let order = new_order(&cloud, id, caller.placer(), asked).await?;
    match super::place(&cloud, order.clone()).await? {
        Outcome::Placed(placed) => Ok((StatusCode::CREATED, Json(placed))),
        Outcome::Repeated(placed) => Ok((StatusCode::OK, Json(placed))),
        Outcome::Reused => {
            Err(Problem::conflict("order.id_reused", "Another order has this id").into())
        }
        Outcome::Refused(PlaceError::PriceChanged { expected, .. }) => {
            let codes: Vec<_> = order.vouchers.into_iter().map(|one| one.code).collect();
            let asked = promotion::quote::Asked {
                cart: &order.cart,
                shipping: order.shipping.as_slice(),
                codes: &codes,
            };
            let quote = promotion::quote::quote(&cloud, caller.actor(), &asked).await?;
            Err(price_changed(expected, &quote).into())
        }
        Outcome::Refused(refusal) => Err(refused(&refusal).into()),
    }
}

async fn new_order(cloud: &Cloud, id: Uuid, placer: Placer, asked: PutOrder) -> Result<NewOrder> {
    let customer = asked.customer.trim();
    if customer.chars().count() > LONGEST_CUSTOMER || customer.contains('\0') {
        return Err(Problem::invalid("order.customer", "customer", "This name is too long").into());
    }
    let hold = match asked.hold_minutes {
        None => cloud.orders().options.hold,
        Some(minutes) => SignedDuration::from_mins(i64::from(minutes)).min(LONGEST_HOLD),
    };
    let lines = asked.lines.iter().map(|line| Line {
        variant: VariantId::from_uuid(line.variant_id),
        quantity: Quantity::new(line.quantity),
    });
    let location = asked.location_id.map(LocationId::from_uuid);
    let codes = codes(&asked.vouchers)?;
    Ok(NewOrder {
        id,
        placer,
        customer: customer.to_owned(),
        cart: Cart {
            lines: lines.collect(),
            location,
        },
        shipping: asked
            .shipping
            .map(|fee| fee.charge("shipping"))
            .transpose()?,
        vouchers: cloud.orders().present(cloud, &codes, location).await?,
        expected: asked.expected_total_minor.map(Amount::from_minor),
        hold,
    })
}

/// The codes of a cart in their one form, each once.
pub(crate) fn codes(texts: &[String]) -> Result<Vec<VoucherCode>> {
    if texts.len() > MOST_VOUCHERS {
        let problem = Problem::invalid(
            "voucher.too_many",
            "vouchers",
            "A cart has at most 10 codes",
        );
        return Err(problem.figure("max", MOST_VOUCHERS).into());
    }
    let mut codes = Vec::<VoucherCode>::with_capacity(texts.len());
    for (place, text) in texts.iter().enumerate() {
        let code = VoucherCode::parse(text).map_err(|error| {
            let field = format!("vouchers[{place}]");
            Problem::invalid("voucher.malformed", field, error.to_string())
        })?;
        if !codes.contains(&code) {
            codes.push(code);
        }
    }
    Ok(codes)
}

/// Which orders.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only in this state.
    state: Option<String>,
    /// Only with something from this location.
    location: Option<Uuid>,
    /// The number, or part of the customer's name.
    #[serde(default)]
    q: String,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// Orders with something from the locations that the person may see, newest first. Needs `order.read`.
#[utoipa::path(
    get, path = "/v1/orders", tag = "order", params(Filter), operation_id = "list_orders",
    responses(
        (status = 200, description = "A page of orders", body = OrderPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<OrderRead>,
    Params(filter): Params<Filter>,
) -> Result<Json<OrderPage>> {
    let allowed = allowed.only(filter.location)?;
    let rows = page::clamp_limit(filter.limit, page::DEFAULT_LIMIT);
    let after: Option<Position> = page::decode(filter.cursor.as_deref())?;
    let mut items = cloud
        .read("list_orders", allowed.actor(), async |tx| {
            let asked = Asked {
                locations: allowed.locations(),
                state: filter.state.as_deref().filter(|state| !state.is_empty()),
                q: filter.q.trim(),
                after: after.clone(),
                limit: rows + 1,
            };
            view::db::list(tx, &asked).await
        })
        .await?;
    let next = page::cut(&mut items, rows, |last| {
        page::encode(&Position(last.placed_at, last.id))
    });
    Ok(Json(OrderPage { items, next }))
}

/// Who may look at an order.
enum Reader {
    Channel(Uuid),
    Staff(Allowed<OrderRead>),
}

impl FromRequestParts<Cloud> for Reader {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, cloud: &Cloud) -> Result<Self> {
        if channel::has_key(&parts.headers) {
            let channel = channel::Caller::from_request_parts(parts, cloud).await?;
            return Ok(Self::Channel(channel.0));
        }
        Ok(Self::Staff(
            Allowed::from_request_parts(parts, cloud).await?,
        ))
    }
}

impl Asks for Reader {
    fn guard() -> Guard {
        channel::Caller::guard().or(Allowed::<OrderRead>::guard())
    }
}

/// An order. A channel sees its own; staff need `order.read` where something of it comes from.
#[utoipa::path(
    get, path = "/v1/orders/{id}", tag = "order", operation_id = "show_order",
    params(("id" = Uuid, Path, description = "The order")),
    responses(
        (status = 200, description = "The order", body = OrderDetail),
        (status = 401, description = "`session.missing`, `channel.key`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`order.unknown`, also for one that the asker may not see", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    reader: Reader,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<OrderDetail>> {
    let actor = match &reader {
        Reader::Channel(id) => Actor::Channel(*id),
        Reader::Staff(allowed) => allowed.actor(),
    };
    let found = cloud
        .read("show_order", actor, async |tx| {
            view::db::detail(tx, id).await
        })
        .await?;
    let is_theirs = |channel: Option<Uuid>, detail: &OrderDetail| match &reader {
        Reader::Channel(id) => channel == Some(*id),
        Reader::Staff(allowed) => detail
            .reservations
            .iter()
            .any(|one| allowed.locations().contains(&one.location_id)),
    };
    let (_, detail) = found
        .filter(|(channel, detail)| is_theirs(*channel, detail))
        .ok_or_else(step::unknown)?;
    Ok(Json(detail))
}

/// A payment.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Claim {
    /// The payment's own number.
    #[schema(example = "pi_3Nx")]
    payment: String,
}

/// The order was paid: its units are claimed, and the shops are told to pick them. After the hold its units are
/// promised anew, or the payment has to be given back. Repeating the same payment gives the first answer.
#[utoipa::path(
    post, path = "/v1/orders/{id}/claim", tag = "order", operation_id = "claim_order", request_body = Claim,
    params(("id" = Uuid, Path, description = "The order")),
    responses(
        (status = 200, description = "The order", body = Placed),
        (status = 401, description = "`session.missing`, `channel.key`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`order.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`order.hold_expired`, `order.cancelled`, `order.paid_already`; figures `refund`: true, the payment has to be given back", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `order.payment`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn claim(
    State(cloud): State<Cloud>,
    caller: Caller,
    PathParams(id): PathParams<Uuid>,
    Body(claim): Body<Claim>,
) -> Result<Json<Placed>> {
    let payment = text(&claim.payment, "order.payment", "payment")?;
    Ok(Json(
        super::claim::claim(&cloud, &caller, id, payment).await?,
    ))
}

/// A cancellation.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Cancellation {
    /// Why, for people.
    reason: String,
}

/// Cancels an order. What no shop was told of is free at once; else its state is `cancelling` until the shops have
/// answered. Repeating it changes nothing.
#[utoipa::path(
    post, path = "/v1/orders/{id}/cancellation", tag = "order", operation_id = "cancel_order", request_body = Cancellation,
    params(("id" = Uuid, Path, description = "The order")),
    responses(
        (status = 200, description = "The order", body = Placed),
        (status = 401, description = "`session.missing`, `channel.key`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`order.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`order.handed_over`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `order.reason`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn cancel(
    State(cloud): State<Cloud>,
    caller: Caller,
    PathParams(id): PathParams<Uuid>,
    Body(cancellation): Body<Cancellation>,
) -> Result<Json<Placed>> {
    let reason = text(&cancellation.reason, "order.reason", "reason")?;
    Ok(Json(
        super::cancel::cancel(&cloud, &caller, id, reason).await?,
    ))
}

/// What was picked.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Pickings {
    /// Where; a location without a node.
    location_id: Uuid,
    lines: Vec<Picking>,
}

/// Units of a reservation that were on the shelf.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Picking {
    reservation_id: Uuid,
    /// Base units; less than promised is a short pick.
    picked: i64,
}

/// Reservations were picked at a location without a node. Needs `order.pick` there. Repeating it changes nothing.
#[utoipa::path(
    post, path = "/v1/orders/{id}/pickings", tag = "order", operation_id = "pick_order", request_body = Pickings,
    params(("id" = Uuid, Path, description = "The order")),
    responses(
        (status = 200, description = "The order", body = Placed),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`order.unknown`, `order.reservation_unknown`, `location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`location.has_edge`: its own station picks", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `order.picked_quantity`; figures `promised`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn pick(
    State(cloud): State<Cloud>,
    allowed: Allowed<OrderPick>,
    PathParams(id): PathParams<Uuid>,
    Body(pickings): Body<Pickings>,
) -> Result<Json<Placed>> {
    let location = pickings.location_id;
    let allowed = allowed.only(Some(location))?;
    let picked: Vec<Picked> = pickings
        .lines
        .iter()
        .map(|line| Picked {
            reservation: line.reservation_id,
            quantity: line.picked,
        })
        .collect();
    Ok(Json(
        super::pick::pick(&cloud, &allowed, id, location, &picked).await?,
    ))
}

/// Where the customer got it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Handover {
    /// Where; a location without a node.
    location_id: Uuid,
}

/// The customer, or the carrier, has what was picked at a location without a node. Needs `order.pick` there.
#[utoipa::path(
    post, path = "/v1/orders/{id}/handovers", tag = "order", operation_id = "hand_over_order", request_body = Handover,
    params(("id" = Uuid, Path, description = "The order")),
    responses(
        (status = 200, description = "The order", body = Placed),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`order.unknown`, `location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`order.not_picked`, `location.has_edge`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn hand_over(
    State(cloud): State<Cloud>,
    allowed: Allowed<OrderPick>,
    PathParams(id): PathParams<Uuid>,
    Body(handover): Body<Handover>,
) -> Result<Json<Placed>> {
    let location = handover.location_id;
    let allowed = allowed.only(Some(location))?;
    Ok(Json(
        super::pick::hand_over(&cloud, &allowed, id, location).await?,
    ))
}

/// A short text that somebody has to give.
fn text<'a>(given: &'a str, code: &'static str, field: &str) -> Result<&'a str> {
    let given = given.trim();
    if given.is_empty() || given.chars().count() > LONGEST_CUSTOMER || given.contains('\0') {
        return Err(Problem::invalid(code, field, "Between 1 and 200 characters").into());
    }
    Ok(given)
}
