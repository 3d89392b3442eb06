//! With which promotions a draft meets, told before it runs: how they go together is a matter of `retail`, and which goods both
//! are about is looked up in the catalogue.
use std::collections::HashMap;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use httpkit::{extract::Body, problem::Problem, routes, server::LONG_JSON};
use jiff::civil::DateTime;
use retail::catalog::{CategoryId, VariantId};
use retail::promotion::conflict::{self, Categories, Kind, Meeting, Relation};
use retail::promotion::{Promotion, selector::Selector};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::basket::{self, Fact, Standing};
use super::{Composed, promotion_of};
use crate::cloud::Cloud;
use crate::company;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::order::offer::{OFFERS, offers};
use crate::session::{Allowed, PromotionRead};

/// Goods of the draft that are looked at.
const MOST_GOODS: i64 = 2_000;
/// Goods that are named at one place.
pub(super) const SAMPLE: usize = 5;

/// Endpoints of conflicts.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(conflicts))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// A draft that may meet others.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ConflictsAsked {
    /// As in `put_promotion`.
    #[schema(value_type = Object)]
    draft: Composed,
    /// Of what it is a version: it does not meet itself.
    promotion_id: Option<Uuid>,
}

/// What two promotions share.
#[derive(Debug, Serialize, ToSchema)]
struct ConflictShared {
    /// Names of some goods of both; empty: it is not about the same goods.
    variants_sample: Vec<String>,
    /// When both may count, by the branch's clock; null: always.
    #[schema(value_type = Option<String>)]
    from: Option<DateTime>,
    #[schema(value_type = Option<String>)]
    until: Option<DateTime>,
}

/// A promotion that a draft meets.
#[derive(Debug, Serialize, ToSchema)]
struct PromotionConflict {
    promotion_id: Uuid,
    name: String,
    /// `exclusive`: one takes the basket alone; `same_group`: a unit serves one of them; `never_beside`: the later one takes only
    /// what nothing has reduced; `stacks`: both apply.
    kind: String,
    shared: ConflictShared,
    /// `priority`, `best` for the customer, or `both` apply.
    decided_by: String,
}

/// Running promotions, and those that wait for their dates, which a draft may meet in one basket: how they go together, when,
/// and for which goods. Conditions on the basket and limits are not looked at. Needs `promotion.read`.
#[utoipa::path(
    post, path = "/v1/promotions/conflicts", tag = "promotion", operation_id = "list_promotion_conflicts", request_body = ConflictsAsked,
    responses(
        (status = 200, description = "Whom it meets, by id", body = Vec<PromotionConflict>),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`; by the field of the draft: `promotion.draft`, `promotion.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn conflicts(
    State(cloud): State<Cloud>,
    allowed: Allowed<PromotionRead>,
    Body(asked): Body<ConflictsAsked>,
) -> Result<Json<Vec<PromotionConflict>>> {
    let draft = promotion_of(asked.promotion_id.unwrap_or(Uuid::nil()), 1, &asked.draft)?;
    let found = cloud
        .read("promotion_conflicts", allowed.actor(), async |tx| {
            let standing = Standing::load(tx).await?;
            of(tx, &standing, &draft).await
        })
        .await?;
    Ok(Json(found))
}

async fn of(tx: &Tx, standing: &Standing, draft: &Promotion) -> Result<Vec<PromotionConflict>> {
    let others = standing.rules.promotions().iter();
    let meeting: Vec<(&Promotion, Meeting)> = others
        .filter(|other| other.id() != draft.id())
        .filter_map(
            |other| match conflict::relation(draft, other, &standing.categories) {
                Relation::Meet(meeting) => Some((other, meeting)),
                Relation::NeverTogether | Relation::OtherGoods => None,
            },
        )
        .collect();
    if meeting.is_empty() {
        return Ok(Vec::new());
    }
    let shelf = Shelf::load(tx, &conflict::goods(draft), &standing.categories).await?;
    let found = meeting.into_iter().filter_map(|(other, meeting)| {
        let variants_sample = shelf.shared(other);
        // Every one of the draft's goods was looked at, and the other is about none of them.
        let is_about_goods = meeting.kind != Kind::Exclusive
            && !conflict::goods(draft).is_empty()
            && !conflict::goods(other).is_empty();
        if is_about_goods && variants_sample.is_empty() && shelf.is_whole {
            return None;
        }
        Some(PromotionConflict {
            promotion_id: other.id().as_uuid(),
            name: other.draft().name.clone(),
            kind: meeting.kind.code().to_owned(),
            decided_by: meeting.decided_by.code().to_owned(),
            shared: ConflictShared {
                variants_sample,
                from: meeting.from,
                until: meeting.until,
            },
        })
    });
    Ok(found.collect())
}

/// Goods that a draft is about, with what one unit or pack costs, by name.
pub(super) struct Shelf {
    /// Minor units of money for one base unit.
    pub(super) goods: Vec<(Fact, Decimal)>,
    /// There are no others.
    pub(super) is_whole: bool,
}

impl Shelf {
    /// Goods that one of the selectors is about, at today's prices.
    pub(super) async fn load(
        tx: &Tx,
        selectors: &[&Selector],
        categories: &Categories,
    ) -> Result<Self> {
        let variants = about(tx, selectors).await?;
        let is_whole = i64::try_from(variants.len()).is_ok_and(|count| count < MOST_GOODS);
        let exponent = company::get(tx).await?.currency_exponent();
        let minor = Decimal::from(10_i64.pow(exponent));
        let read = offers(&tx.rows(OFFERS, &[&variants, &tx.now()]).await?);
        let prices: HashMap<VariantId, Decimal> = read
            .iter()
            .filter_map(|one| {
                let (price, _) = one.offer.price?;
                let minor = price.major().checked_mul(minor)?;
                Some((one.variant, minor.checked_div(Decimal::from(price.per()))?))
            })
            .collect();
        let facts = basket::load_facts(tx, &variants, categories).await?;
        let goods = facts.into_values().filter_map(|fact| {
            let unit = *prices.get(&fact.goods.variant)?;
            let is_about = selectors.iter().any(|of| of.matches(&fact.goods, unit));
            is_about.then_some((fact, unit))
        });
        let mut goods: Vec<(Fact, Decimal)> = goods.collect();
        goods.sort_by(|(one, _), (other, _)| one.name.cmp(&other.name));
        Ok(Self { goods, is_whole })
    }

    /// Names of some goods that another promotion is about too.
    fn shared(&self, other: &Promotion) -> Vec<String> {
        let selectors = conflict::goods(other);
        let shared = self.goods.iter().filter(|(fact, unit)| {
            selectors
                .iter()
                .any(|selector| selector.matches(&fact.goods, *unit))
        });
        shared
            .take(SAMPLE)
            .map(|(fact, _)| fact.name.clone())
            .collect()
    }
}

/// What at least one of must hold of goods for a selector to be about them.
#[derive(Default)]
struct Keys {
    products: Vec<Uuid>,
    variants: Vec<Uuid>,
    categories: Vec<Uuid>,
    brands: Vec<String>,
    tags: Vec<String>,
}

impl Keys {
    /// Adds what a selector is about; false: it may be anything.
    fn add(&mut self, selector: &Selector) -> bool {
        match selector {
            Selector::All | Selector::ListPrice { .. } | Selector::Except(_) => return false,
            Selector::Products(ids) => self.products.extend(ids.iter().map(|id| id.as_uuid())),
            Selector::Variants(ids) => self.variants.extend(ids.iter().map(|id| id.as_uuid())),
            Selector::Categories(ids) => {
                self.categories
                    .extend(ids.iter().copied().map(CategoryId::as_uuid));
            }
            Selector::Brands(names) => self.brands.extend(names.iter().cloned()),
            Selector::Tags(names) => self.tags.extend(names.iter().cloned()),
            Selector::Any(parts) => return parts.iter().all(|part| self.add(part)),
            Selector::Every(parts) => {
                return parts.iter().any(|part| {
                    let mut own = Self::default();
                    let is_narrow = own.add(part);
                    if is_narrow {
                        self.join(own);
                    }
                    is_narrow
                });
            }
        }
        true
    }

    fn join(&mut self, other: Self) {
        self.products.extend(other.products);
        self.variants.extend(other.variants);
        self.categories.extend(other.categories);
        self.brands.extend(other.brands);
        self.tags.extend(other.tags);
    }
}

/// Variants that may be sold and that selectors may be about.
async fn about(tx: &Tx, selectors: &[&Selector]) -> Result<Vec<Uuid>> {
    const ABOUT: Sql = sql!(
        "with recursive below as (
           select unnest($3) as id union select c.id from category c join below b on c.parent = b.id)
         select v.id from variant v join product p on p.id = v.product_id left join brand b on b.id = p.brand_id
          where v.active and ($6 or p.id = any ($1) or v.id = any ($2) or p.category_id in (select id from below)
                or b.name = any ($4) or p.tags && $5)
          order by v.id limit $7",
        ([uuid], [uuid], [uuid], [text], [text], boolean, bigint) -> (uuid)
    );
    let mut keys = Keys::default();
    let is_anything = !selectors.iter().all(|selector| keys.add(selector));
    let rows = tx
        .rows(
            ABOUT,
            &[
                &keys.products,
                &keys.variants,
                &keys.categories,
                &keys.brands,
                &keys.tags,
                &is_anything,
                &MOST_GOODS,
            ],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}
