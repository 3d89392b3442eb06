//! Endpoints of promotions.
use axum::extract::DefaultBodyLimit;
use axum::{Json, extract::State};
use httpkit::{
    extract::{Body, Params, PathParams},
    page,
    problem::Problem,
    routes,
    server::LONG_JSON,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::list::{self, PromotionSummary};
use super::{Author, Composed, db, unknown};
use crate::allowance::quota::{self, Quota};
use crate::catalog::history::{self, RecordHistory};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{
    Allowed, Everywhere, PromotionBelowCost, PromotionManage, PromotionRead, Wider,
};

/// What the audit says of promotions: whoever reads them may know it.
const ACTS: [&str; 4] = [
    "promotion.changed",
    "promotion.created",
    "promotion.started",
    "promotion.stopped",
];

/// Endpoints of promotions.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    let long = OpenApiRouter::new()
        .routes(routes!(put))
        .layer(DefaultBodyLimit::max(LONG_JSON));
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(show_version))
        .routes(routes!(changes))
        .routes(routes!(start))
        .routes(routes!(stop))
        .merge(long)
        .merge(super::quote::http::routes())
        .merge(super::conflict::routes())
        .merge(super::preview::http::routes())
        .merge(super::price::routes())
        .merge(super::report::routes())
}

/// Which promotions.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only those that are this now.
    #[param(inline)]
    state: Option<list::State>,
    /// Beginnings of words of the name and the labels; accents do not matter.
    #[serde(default)]
    q: String,
    /// `next` of the page before.
    after: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// A page of promotions.
#[derive(Serialize, ToSchema)]
struct PromotionPage {
    items: Vec<PromotionSummary>,
    /// Goes on after the last one; null at the end.
    next: Option<String>,
}

/// Promotions, what changed last first. Needs `promotion.read`; use is that of the locations where one has it.
#[utoipa::path(
    get, path = "/v1/promotions", tag = "promotion", params(Filter), operation_id = "list_promotions",
    responses(
        (status = 200, description = "A page of promotions", body = PromotionPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<PromotionRead>,
    Params(filter): Params<Filter>,
) -> Result<Json<PromotionPage>> {
    let rows = page::clamp_limit(filter.limit, page::DEFAULT_LIMIT);
    let asked = list::Asked {
        state: filter.state,
        q: filter.q.trim(),
        after: page::decode(filter.after.as_deref())?,
        limit: rows + 1,
        locations: allowed.locations(),
    };
    let mut items = cloud
        .read("list_promotions", allowed.actor(), async |tx| {
            list::page(tx, &asked).await
        })
        .await?;
    let next = page::cut(&mut items, rows, |last| {
        page::encode(&(last.changed_at, last.id))
    });
    Ok(Json(PromotionPage { items, next }))
}

/// A version of a promotion.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct PromotionVersion {
    /// Counts from 1.
    pub(super) version: i64,
    /// When it was saved.
    pub(super) at: Timestamp,
    /// Who has saved it; null: nobody in person.
    pub(super) by: Option<Uuid>,
    pub(super) by_name: String,
    /// When it was last started; null: never.
    pub(super) started_at: Option<Timestamp>,
}

/// A promotion with its newest draft.
#[derive(Serialize, ToSchema)]
struct PromotionDetail {
    id: Uuid,
    /// The newest.
    version: i64,
    /// The one by which shops price; null: none.
    running_version: Option<i64>,
    /// `draft`, `running`, `scheduled`, `ended` or `stopped`.
    state: String,
    /// The newest version: `name`, `labels`, `when`, `effects`, `combination`, `limits`.
    #[schema(value_type = Object)]
    draft: Composed,
    /// The newest first; the last 200.
    versions: Vec<PromotionVersion>,
    /// When it was last started.
    started_at: Option<Timestamp>,
    /// Null: it runs, or never did.
    stopped_at: Option<Timestamp>,
    stop_reason: Option<String>,
    /// Saved, started or stopped.
    changed_at: Timestamp,
    /// Sales that used it, at the branches of whoever asks.
    receipts: i64,
    /// What it took off there, all told.
    gave_minor: i64,
    /// What is left of its limits on uses, units and money, once it was started.
    quotas: Vec<Quota>,
}

/// A promotion. Needs `promotion.read`.
#[utoipa::path(
    get, path = "/v1/promotions/{promotion}", tag = "promotion", operation_id = "show_promotion",
    params(("promotion" = Uuid, Path, description = "The promotion")),
    responses(
        (status = 200, description = "The promotion", body = PromotionDetail),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`promotion.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Allowed<PromotionRead>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<PromotionDetail>> {
    let detail = cloud
        .read("show_promotion", allowed.actor(), async |tx| {
            let stand = db::stand(tx, id, allowed.locations()).await?;
            let stand = stand.ok_or_else(unknown)?;
            Ok(PromotionDetail {
                id,
                draft: db::composed(tx, id, stand.version).await?,
                versions: db::versions(tx, id).await?,
                version: stand.version,
                running_version: stand.running_version,
                state: stand.state,
                started_at: stand.started_at,
                stopped_at: stand.stopped_at,
                stop_reason: stand.stop_reason,
                changed_at: stand.changed_at,
                receipts: stand.receipts,
                gave_minor: stand.gave_minor,
                quotas: quota::of(tx, id).await?,
            })
        })
        .await?;
    Ok(Json(detail))
}

/// What a version said.
#[derive(Serialize, ToSchema)]
struct PromotionDraft {
    id: Uuid,
    version: i64,
    /// As it was saved.
    #[schema(value_type = Object)]
    draft: Composed,
}

/// A version of a promotion: versions never change. Needs `promotion.read`.
#[utoipa::path(
    get, path = "/v1/promotions/{promotion}/versions/{version}", tag = "promotion", operation_id = "show_promotion_version",
    params(
        ("promotion" = Uuid, Path, description = "The promotion"),
        ("version" = i64, Path, description = "The version"),
    ),
    responses(
        (status = 200, description = "The version", body = PromotionDraft),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`promotion.unknown`: also one without such a version", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show_version(
    State(cloud): State<Cloud>,
    allowed: Allowed<PromotionRead>,
    PathParams((id, version)): PathParams<(Uuid, i64)>,
) -> Result<Json<PromotionDraft>> {
    let draft = cloud
        .read("show_promotion_version", allowed.actor(), async |tx| {
            let document = db::document(tx, id, version).await?;
            document.ok_or_else(unknown)?;
            db::composed(tx, id, version).await
        })
        .await?;
    Ok(Json(PromotionDraft { id, version, draft }))
}

/// Who saved, started and stopped a promotion, and what they changed. Needs `promotion.read`.
#[utoipa::path(
    get, path = "/v1/promotions/{promotion}/changes", tag = "promotion", operation_id = "list_promotion_changes",
    params(("promotion" = Uuid, Path, description = "The promotion")),
    responses(
        (status = 200, description = "Its history", body = RecordHistory),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn changes(
    State(cloud): State<Cloud>,
    allowed: Allowed<PromotionRead>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<RecordHistory>> {
    let items = cloud
        .read("list_promotion_changes", allowed.actor(), async |tx| {
            history::list(tx, id, &ACTS).await
        })
        .await?;
    Ok(Json(RecordHistory { items }))
}

/// A promotion, as it shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPromotion {
    /// The newest version that was seen; null: it is new.
    #[serde(default)]
    expected_version: Option<i64>,
    /// `name`, `labels`, `when`, `effects`, `combination`, `limits`, in the form of ADR 24.
    #[schema(value_type = Object)]
    draft: Composed,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
struct PromotionSaved {
    id: Uuid,
    /// The newest version now.
    version: i64,
}

/// Saves a promotion as a new version; starts nothing. The content of the newest version again makes none. Needs
/// `promotion.manage` in the whole chain, and `promotion.below_cost` for one that may sell below cost.
#[utoipa::path(
    put, path = "/v1/promotions/{promotion}", tag = "promotion", operation_id = "put_promotion",
    params(("promotion" = Uuid, Path, description = "The promotion; a new id makes a new one")),
    request_body = NewPromotion,
    responses(
        (status = 200, description = "It is so", body = PromotionSaved),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`; with a field when it is about selling below cost", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`promotion.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`catalog.edited_meanwhile`: figures `by`, `at`, `fields`, `version`; `promotion.raced`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`; by the field of the draft: `promotion.draft`, `promotion.invalid`, `promotion.unknown_product` and `promotion.unknown_location` with figures `kind` and `id`, or `name` of a brand or tag; `promotion.price_above`: a fixed price that lowers nothing, figures `price_minor`, `goods`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<PromotionManage>,
    wider: Wider<PromotionBelowCost>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewPromotion>,
) -> Result<Json<PromotionSaved>> {
    let author = Author {
        actor: allowed.actor(),
        may_sell_below_cost: wider.everywhere().is_ok(),
    };
    let version = super::put(&cloud, author, id, given.expected_version, &given.draft).await?;
    Ok(Json(PromotionSaved { id, version }))
}

/// What is started.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Start {
    /// By which version shops shall price.
    version: i64,
}

/// How a promotion stands.
#[derive(Serialize, ToSchema)]
struct PromotionStand {
    id: Uuid,
    version: i64,
    running_version: Option<i64>,
    /// `draft`, `running`, `scheduled`, `ended` or `stopped`.
    state: String,
}

async fn stand(cloud: &Cloud, actor: crate::db::Actor, id: Uuid) -> Result<Json<PromotionStand>> {
    let stand = cloud
        .read("promotion_stand", actor, async |tx| {
            db::stand(tx, id, &[])
                .await?
                .ok_or_else(|| unknown().into())
        })
        .await?;
    Ok(Json(PromotionStand {
        id,
        version: stand.version,
        running_version: stand.running_version,
        state: stand.state,
    }))
}

/// Starts a version, or lets it take the place of the one that runs: connected shops know at once. Within its own dates.
/// Needs `promotion.manage` in the whole chain.
#[utoipa::path(
    post, path = "/v1/promotions/{promotion}/start", tag = "promotion", operation_id = "start_promotion",
    params(("promotion" = Uuid, Path, description = "The promotion")), request_body = Start,
    responses(
        (status = 200, description = "It runs, or waits for its dates", body = PromotionStand),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`promotion.unknown`, `promotion.unknown_version`: figure `version`, the newest", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`promotion.ended`: figure `ends_at`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn start(
    State(cloud): State<Cloud>,
    allowed: Everywhere<PromotionManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<Start>,
) -> Result<Json<PromotionStand>> {
    super::start(&cloud, allowed.actor(), id, given.version).await?;
    stand(&cloud, allowed.actor(), id).await
}

/// Why it is stopped.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Stop {
    /// 1 to 200 characters; it stays in the audit.
    reason: String,
}

/// Stops a promotion: connected shops know at once, others with their next pull. Needs `promotion.manage` in the whole
/// chain.
#[utoipa::path(
    post, path = "/v1/promotions/{promotion}/stop", tag = "promotion", operation_id = "stop_promotion",
    params(("promotion" = Uuid, Path, description = "The promotion")), request_body = Stop,
    responses(
        (status = 200, description = "It is stopped", body = PromotionStand),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`promotion.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`promotion.not_started`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `promotion.reason`: figure `max`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn stop(
    State(cloud): State<Cloud>,
    allowed: Everywhere<PromotionManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<Stop>,
) -> Result<Json<PromotionStand>> {
    super::stop(&cloud, allowed.actor(), id, &given.reason).await?;
    stand(&cloud, allowed.actor(), id).await
}
