//! Endpoints of API tokens.
use axum::{Json, extract::State, http::StatusCode, response::IntoResponse};
use httpkit::{
    extract::{Body, Params, PathParams},
    problem::Problem,
    routes,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Asked, Token, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{self, Present, TokenManage, Wider};

/// Endpoints of API tokens.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list, add))
        .routes(routes!(revoke))
}

/// Tokens.
#[derive(Serialize, ToSchema)]
struct TokenList {
    items: Vec<Token>,
}

/// Whose tokens.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// Everybody's, not only one's own: needs `token.manage` in the whole chain.
    #[serde(default)]
    all: bool,
}

/// API tokens, the newest first.
#[utoipa::path(
    get, path = "/v1/tokens", tag = "identity", operation_id = "list_tokens", params(Whose),
    responses(
        (status = 200, description = "The tokens", body = TokenList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`; `session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    me: Present,
    of_others: Wider<TokenManage>,
    Params(whose): Params<Whose>,
) -> Result<Json<TokenList>> {
    if whose.all {
        of_others.everywhere()?;
    }
    let staff = (!whose.all).then(|| me.id());
    let items = cloud
        .read("list_tokens", me.actor(), async |tx| {
            db::list(tx, staff).await
        })
        .await?;
    Ok(Json(TokenList { items }))
}

/// A token as it is asked for.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewApiToken)]
struct NewToken {
    #[schema(example = "Nightly export")]
    name: String,
    /// Permission codes, of those that one has.
    #[schema(example = json!(["sale.read"]))]
    scopes: Vec<String>,
    /// 1 to 366; by default 90.
    #[serde(default)]
    days: Option<i32>,
}

/// A new token with its secret.
#[derive(Serialize, ToSchema)]
#[schema(as = ApiTokenSecret)]
struct TokenSecret {
    #[serde(flatten)]
    token: Token,
    /// Sent as `Authorization: Bearer …`; shown only here.
    #[schema(example = "blt_…")]
    secret: String,
}

/// Makes an API token. Its secret is shown only here. It may do what its scopes say, as far as its person may.
#[utoipa::path(
    post, path = "/v1/tokens", tag = "identity", operation_id = "add_token", request_body = NewToken,
    responses(
        (status = 201, description = "The token with its secret", body = TokenSecret),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`token.too_many`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `token.name`, `token.days`, `token.scopes`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn add(
    State(cloud): State<Cloud>,
    me: Present,
    Body(new): Body<NewToken>,
) -> Result<impl IntoResponse> {
    let asked = Asked {
        name: &new.name,
        scopes: &new.scopes,
        days: new.days,
    };
    let (token, secret) = super::add(&cloud, me.viewer(), &asked).await?;
    Ok((
        StatusCode::CREATED,
        session::http::private(None),
        Json(TokenSecret { token, secret }),
    ))
}

/// Revokes an API token: one's own, or with `token.manage` in the whole chain anybody's.
#[utoipa::path(
    delete, path = "/v1/tokens/{id}", tag = "identity", operation_id = "revoke_token",
    params(("id" = Uuid, Path, description = "The token")),
    responses(
        (status = 204, description = "It is good no more"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`token.unknown`, also for another person's", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn revoke(
    State(cloud): State<Cloud>,
    me: Present,
    of_others: Wider<TokenManage>,
    PathParams(id): PathParams<Uuid>,
) -> Result<StatusCode> {
    let anyones = of_others.everywhere().is_ok();
    super::revoke(&cloud, me.viewer(), id, anyones).await?;
    Ok(StatusCode::NO_CONTENT)
}
