//! Fixed prices against what goods cost today. A fixed price never raises one: where it is not below the list's it does nothing,
//! which whoever composes it should know.
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use httpkit::{extract::Body, problem::Problem, routes, server::LONG_JSON};
use retail::amount::Amount;
use retail::promotion::{Promotion, conflict::Categories, effect::Effect, selector::Selector};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::conflict::{SAMPLE, Shelf};
use super::{Composed, basket, promotion_of};
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;
use crate::session::{Allowed, PromotionRead};

/// Endpoints of what a draft should be warned of.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(warnings))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// A draft that may do less than it says.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct WarningsAsked {
    /// As in `put_promotion`.
    #[schema(value_type = Object)]
    draft: Composed,
}

/// A fixed price that is not below the price of some goods.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PromotionWarning)]
pub(crate) struct Warning {
    /// Always `price_above`.
    kind: String,
    /// Where it stands in the draft.
    #[schema(example = "effects[0].price")]
    field: String,
    /// The fixed price.
    price_minor: i64,
    /// How many of the goods cost no more than that today.
    goods: usize,
    /// Of so many that have a price and are sold; beyond 2,000 the others are not looked at.
    of: usize,
    /// Names of some.
    sample: Vec<String>,
}

/// What a draft says and will not do: a fixed price that is not below today's price of goods. Where it is so for all of them,
/// `put_promotion` refuses the draft. Needs `promotion.read`.
#[utoipa::path(
    post, path = "/v1/promotions/warnings", tag = "promotion", operation_id = "list_promotion_warnings", request_body = WarningsAsked,
    responses(
        (status = 200, description = "What to look at, in the order of the draft", body = Vec<Warning>),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`; by the field of the draft: `promotion.draft`, `promotion.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn warnings(
    State(cloud): State<Cloud>,
    allowed: Allowed<PromotionRead>,
    Body(asked): Body<WarningsAsked>,
) -> Result<Json<Vec<Warning>>> {
    let draft = promotion_of(Uuid::nil(), 1, &asked.draft)?;
    let found = cloud
        .read("promotion_warnings", allowed.actor(), async |tx| {
            Ok(of(tx, &draft).await?.into_iter().map(|one| one.0))
        })
        .await?;
    Ok(Json(found.collect()))
}

/// Refuses a draft with a fixed price that lowers nothing.
pub(super) async fn check(tx: &Tx, draft: &Promotion) -> Result<()> {
    let warnings = of(tx, draft).await?.into_iter();
    let mut in_vain =
        warnings.filter(|(warning, is_whole)| *is_whole && warning.goods == warning.of);
    let Some((warning, _)) = in_vain.next() else {
        return Ok(());
    };
    let message = "All of these goods cost no more than that already";
    Err(
        Problem::invalid("promotion.price_above", warning.field, message)
            .figure("price_minor", warning.price_minor)
            .figure("goods", warning.sample)
            .into(),
    )
}

/// Fixed prices that are not below the price of some goods, each with whether all of the goods were looked at.
async fn of(tx: &Tx, draft: &Promotion) -> Result<Vec<(Warning, bool)>> {
    let effects = draft.draft().effects.iter().enumerate();
    let fixed: Vec<(usize, Amount, i64, &Selector)> = effects
        .filter_map(|(place, effect)| match effect {
            Effect::Price { price, per, target } => Some((place, *price, *per, &target.of)),
            Effect::Percent { .. }
            | Effect::Amount { .. }
            | Effect::Tiers { .. }
            | Effect::Bundle { .. }
            | Effect::Spread { .. }
            | Effect::Gift { .. }
            | Effect::Shipping { .. }
            | Effect::Points { .. } => None,
        })
        .collect();
    if fixed.is_empty() {
        return Ok(Vec::new());
    }
    let categories = basket::categories(tx).await?;
    let mut found = Vec::new();
    for (place, price, per, selector) in fixed {
        found.extend(above(tx, (place, price, per), selector, &categories).await?);
    }
    Ok(found)
}

async fn above(
    tx: &Tx,
    (place, price, per): (usize, Amount, i64),
    selector: &Selector,
    categories: &Categories,
) -> Result<Option<(Warning, bool)>> {
    let shelf = Shelf::load(tx, &[selector], categories).await?;
    let price_minor = price.minor();
    let is_above = |unit: &Decimal| {
        let list = unit.checked_mul(Decimal::from(per));
        list.is_some_and(|list| list <= Decimal::from(price_minor))
    };
    let goods: Vec<&str> = shelf
        .goods
        .iter()
        .filter(|(_, unit)| is_above(unit))
        .map(|(fact, _)| fact.name.as_str())
        .collect();
    let warning = Warning {
        kind: "price_above".to_owned(),
        field: format!("effects[{place}].price"),
        price_minor,
        goods: goods.len(),
        of: shelf.goods.len(),
        sample: goods
            .iter()
            .take(SAMPLE)
            .map(|name| (*name).to_owned())
            .collect(),
    };
    Ok((!goods.is_empty()).then_some((warning, shelf.is_whole)))
}
