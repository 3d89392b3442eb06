//! Endpoints of customers: the only ones that a customer's session opens.
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use httpkit::{
    extract::{Body, PathParams},
    problem::Problem,
    routes,
    session::{SameSite, clear, cookie, read},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{LONGEST, ShopSession, Shopper};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::provider::login;
use crate::session::{self, Visitor};

/// Endpoints of customers.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(send_link))
        .routes(routes!(sign_in, sign_out))
        .routes(routes!(show))
        .routes(routes!(list, end_others))
        .routes(routes!(end))
        .routes(routes!(show_shop))
}

fn cookie_name(cloud: &Cloud) -> &'static str {
    if cloud.office().https {
        "__Host-shop"
    } else {
        "branchline_shop"
    }
}

/// The token that a request carries.
pub(crate) fn token(cloud: &Cloud, headers: &HeaderMap) -> Option<String> {
    read(headers, cookie_name(cloud))
}

/// The cookie of a session that begins.
pub(crate) fn session_cookie(cloud: &Cloud, token: &str) -> HeaderValue {
    cookie(
        cookie_name(cloud),
        token,
        cloud.office().https,
        SameSite::Lax,
        LONGEST.as_secs(),
    )
}

/// To whom the link goes.
#[derive(Deserialize, ToSchema)]
struct ShopLogin {
    #[schema(example = "ann@example.org")]
    email: String,
}

/// Sends a link to sign in. The answer is always the same, whether the address is known or not.
#[utoipa::path(
    post, path = "/v1/shop/login", tag = "shop", operation_id = "send_shop_link", request_body = ShopLogin,
    responses(
        (status = 202, description = "A link is on its way, unless that address got too many"),
        (status = 422, description = "`customer.email`, `body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`session.locked`: too many links were asked for from there; figures `retry_after_s`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn send_link(
    State(cloud): State<Cloud>,
    visitor: Visitor,
    Body(asked): Body<ShopLogin>,
) -> Result<StatusCode> {
    super::send_link(&cloud, &visitor, &asked.email).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Whose shop it is.
#[derive(Serialize, ToSchema)]
struct Shop {
    #[schema(example = "Branchline Fresh")]
    name: String,
}

/// Whose shop it is, for the head of its pages.
#[utoipa::path(
    get, path = "/v1/shop", tag = "shop", operation_id = "show_shop",
    responses(
        (status = 200, description = "The shop", body = Shop),
        (status = 503, description = "`store.unavailable`, `company.missing`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show_shop(State(cloud): State<Cloud>) -> Result<Json<Shop>> {
    Ok(Json(Shop {
        name: super::shop_name(&cloud).await?,
    }))
}

/// What is in the link.
#[derive(Deserialize, ToSchema)]
struct ShopToken {
    token: String,
}

/// A customer.
#[derive(Serialize, ToSchema)]
struct ShopCustomer {
    id: Uuid,
    email: String,
    /// May be empty.
    name: String,
}

/// Signs a customer in by a link, which is good once, and sets the cookie of the shop.
#[utoipa::path(
    post, path = "/v1/shop/session", tag = "shop", operation_id = "sign_in_customer", request_body = ShopToken,
    responses(
        (status = 204, description = "Signed in"),
        (status = 401, description = "`customer.link_over`: it was used, or is too old", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`session.locked`: too many tries; figures `retry_after_s`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_in(
    State(cloud): State<Cloud>,
    visitor: Visitor,
    headers: HeaderMap,
    Body(given): Body<ShopToken>,
) -> Result<impl IntoResponse> {
    let replaces = token(&cloud, &headers);
    let made = super::sign_in(&cloud, &visitor, &given.token, replaces.as_deref()).await?;
    let cookie = session_cookie(&cloud, &made);
    Ok((StatusCode::NO_CONTENT, session::http::private(Some(cookie))))
}

/// Signs a customer out.
#[utoipa::path(
    delete, path = "/v1/shop/session", tag = "shop", operation_id = "sign_out_customer",
    responses(
        (status = 200, description = "Signed out; go on to the provider, which signs out too", body = session::http::SignedOut),
        (status = 204, description = "Signed out, or nobody was signed in"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn sign_out(State(cloud): State<Cloud>, headers: HeaderMap) -> Result<Response> {
    let mut url = None;
    if let Some(token) = token(&cloud, &headers)
        && let Some((provider, id_token)) = super::sign_out(&cloud, &token).await?
    {
        url = login::sign_out_url(&cloud, provider, &id_token).await;
    }
    let cookie = clear(cookie_name(&cloud), cloud.office().https);
    Ok(session::http::signed_out(url, cookie))
}

/// The customer who is signed in.
#[utoipa::path(
    get, path = "/v1/shop/me", tag = "shop", operation_id = "show_customer",
    responses(
        (status = 200, description = "The customer", body = ShopCustomer),
        (status = 401, description = "`customer.missing`: no customer is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(shopper: Shopper) -> impl IntoResponse {
    let customer = ShopCustomer {
        id: shopper.id,
        email: shopper.email,
        name: shopper.name,
    };
    (session::http::private(None), Json(customer))
}

/// A customer's sessions.
#[derive(Serialize, ToSchema)]
struct ShopSessionList {
    items: Vec<ShopSession>,
}

/// Where the customer is signed in, the last used session first.
#[utoipa::path(
    get, path = "/v1/shop/sessions", tag = "shop", operation_id = "list_shop_sessions",
    responses(
        (status = 200, description = "The sessions", body = ShopSessionList),
        (status = 401, description = "`customer.missing`: no customer is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(State(cloud): State<Cloud>, shopper: Shopper) -> Result<impl IntoResponse> {
    let items = super::sessions(&cloud, &shopper).await?;
    Ok((
        session::http::private(None),
        Json(ShopSessionList { items }),
    ))
}

/// Ends all of the customer's sessions but the one that asks.
#[utoipa::path(
    delete, path = "/v1/shop/sessions", tag = "shop", operation_id = "end_other_shop_sessions",
    responses(
        (status = 204, description = "They have ended"),
        (status = 401, description = "`customer.missing`: no customer is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end_others(State(cloud): State<Cloud>, shopper: Shopper) -> Result<StatusCode> {
    super::end_sessions(&cloud, &shopper, None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends one of the customer's sessions.
#[utoipa::path(
    delete, path = "/v1/shop/sessions/{id}", tag = "shop", operation_id = "end_shop_session",
    params(("id" = Uuid, Path, description = "The session")),
    responses(
        (status = 204, description = "It has ended"),
        (status = 401, description = "`customer.missing`: no customer is signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`session.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end(
    State(cloud): State<Cloud>,
    shopper: Shopper,
    PathParams(id): PathParams<Uuid>,
) -> Result<StatusCode> {
    if super::end_sessions(&cloud, &shopper, Some(id)).await? == 0 {
        return Err(Problem::not_found("session.unknown", "There is no such session").into());
    }
    Ok(StatusCode::NO_CONTENT)
}
