//! Endpoints of previews.
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use httpkit::{
    extract::{Body, PathParams},
    problem::Problem,
    routes,
    server::LONG_JSON,
};
use jiff::civil::Date;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{NewPreview, PromotionPreview, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::promotion::Composed;
use crate::session::{Allowed, PromotionRead};

/// Endpoints of previews.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(put, show))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// A draft, and the past on which it is tried.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PutPreview {
    /// As in `put_promotion`.
    #[schema(value_type = Object)]
    draft: Composed,
    /// Of what it is a version: it takes the place of the one that runs.
    promotion_id: Option<Uuid>,
    /// First business date.
    from: Date,
    /// Last business date, at most a year later.
    until: Date,
    /// Only this location; none: all at which the person has `promotion.read`.
    location_id: Option<Uuid>,
}

/// Begins to try a draft on past sales: each is priced without and with it, by the promotions that run now and the list prices
/// that counted then; the work goes on in the background. The draft's limits count, those of others have nothing left, vouchers
/// were shown by nobody. The same again changes nothing. Needs `promotion.read`.
#[utoipa::path(
    put, path = "/v1/promotion-previews/{preview}", tag = "promotion", operation_id = "put_promotion_preview",
    params(("preview" = Uuid, Path, description = "Made by the client")), request_body = PutPreview,
    responses(
        (status = 202, description = "How it stands", body = PromotionPreview),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`preview.id_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `preview.days`: figure `max`; by the field of the draft: `promotion.draft`, `promotion.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Allowed<PromotionRead>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<PutPreview>,
) -> Result<(StatusCode, Json<PromotionPreview>)> {
    let allowed = allowed.only(given.location_id)?;
    let new = NewPreview {
        id,
        draft: &given.draft,
        promotion: given.promotion_id,
        from: given.from,
        until: given.until,
        locations: allowed.locations(),
    };
    super::begin(&cloud, allowed.actor(), &new).await?;
    let preview = found(&cloud, &allowed, id).await?;
    Ok((StatusCode::ACCEPTED, Json(preview)))
}

/// How a preview stands: its sums grow until it is `done`, and never change then. For whoever has `promotion.read` at all its
/// branches.
#[utoipa::path(
    get, path = "/v1/promotion-previews/{preview}", tag = "promotion", operation_id = "show_promotion_preview",
    params(("preview" = Uuid, Path, description = "The preview")),
    responses(
        (status = 200, description = "How it stands", body = PromotionPreview),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`preview.unknown`, also for one of foreign branches", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Allowed<PromotionRead>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<PromotionPreview>> {
    Ok(Json(found(&cloud, &allowed, id).await?))
}

async fn found(
    cloud: &Cloud,
    allowed: &Allowed<PromotionRead>,
    id: Uuid,
) -> Result<PromotionPreview> {
    cloud
        .read("show_preview", allowed.actor(), async |tx| {
            let preview = db::show(tx, allowed.locations(), id).await?;
            let unknown = || Problem::not_found("preview.unknown", "There is no such preview");
            Ok(preview.ok_or_else(unknown)?)
        })
        .await
}
