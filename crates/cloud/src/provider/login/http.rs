//! Endpoints of signing in by a provider. The browser follows links here: what goes wrong is told by the page that it
//! is sent to, as `?problem=<code>`.
use axum::{
    Json,
    extract::State,
    http::{HeaderMap, StatusCode, header},
};
use httpkit::{
    extract::{Params, PathParams},
    problem::Problem,
    routes,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use super::{Answer, Returned, begin, finish, forget, page_with, redirect};
use crate::cloud::Cloud;
use crate::customer;
use crate::db::Actor;
use crate::error::{Error, Result};
use crate::provider::{Realm, account, db};
use crate::session::limit::Subjects;
use crate::session::{self, Beginning, Means, Visitor};

/// Endpoints of signing in by a provider.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(go))
        .routes(routes!(back))
        .routes(routes!(list_for_customers))
        .routes(routes!(go_as_customer))
        .routes(routes!(back_as_customer))
}

/// A way to sign in.
#[derive(Serialize, ToSchema)]
struct ProviderButton {
    #[schema(example = "company-sso")]
    code: String,
    #[schema(example = "Company account")]
    name: String,
}

/// Ways to sign in besides a password.
#[derive(Serialize, ToSchema)]
struct ProviderButtons {
    items: Vec<ProviderButton>,
}

async fn buttons(cloud: &Cloud, realm: Realm) -> Result<Json<ProviderButtons>> {
    let found = cloud
        .read("list_buttons", Actor::Service("sign_in"), async |tx| {
            db::buttons(tx, realm).await
        })
        .await?;
    let items = found
        .into_iter()
        .map(|(code, name)| ProviderButton { code, name });
    Ok(Json(ProviderButtons {
        items: items.collect(),
    }))
}

/// Providers by which staff may sign in.
#[utoipa::path(
    get, path = "/v1/session/providers", tag = "session", operation_id = "list_sign_in_providers",
    responses(
        (status = 200, description = "The providers", body = ProviderButtons),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(State(cloud): State<Cloud>) -> Result<Json<ProviderButtons>> {
    buttons(&cloud, Realm::Staff).await
}

/// Providers by which customers may sign in.
#[utoipa::path(
    get, path = "/v1/shop/providers", tag = "shop", operation_id = "list_shop_providers",
    responses(
        (status = 200, description = "The providers", body = ProviderButtons),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list_for_customers(State(cloud): State<Cloud>) -> Result<Json<ProviderButtons>> {
    buttons(&cloud, Realm::Customer).await
}

/// Where to go afterwards.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Go {
    /// A page of the office, or of the shop for customers; by default its first.
    #[param(example = "/office/stock")]
    return_to: Option<String>,
}

/// Sends the browser to a provider, to sign in to the office.
#[utoipa::path(
    get, path = "/v1/session/oidc/{provider}", tag = "session", operation_id = "sign_in_by_provider",
    params(("provider" = String, Path, description = "Its code"), Go),
    responses(
        (status = 303, description = "To the provider; or to the office with `?problem=`: `provider.unreachable`, `session.locked`"),
        (status = 404, description = "`provider.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`session.return_to`: no page of the office; `query.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn go(
    State(cloud): State<Cloud>,
    PathParams(provider): PathParams<String>,
    visitor: Visitor,
    Params(asked): Params<Go>,
) -> Result<(StatusCode, HeaderMap)> {
    to_provider(&cloud, Realm::Staff, &provider, &visitor, &asked).await
}

/// Sends the browser to a provider, to sign in to the online shop.
#[utoipa::path(
    get, path = "/v1/shop/oidc/{provider}", tag = "shop", operation_id = "sign_in_customer_by_provider",
    params(("provider" = String, Path, description = "Its code"), Go),
    responses(
        (status = 303, description = "To the provider; or to the shop with `?problem=`: `provider.unreachable`, `session.locked`"),
        (status = 404, description = "`provider.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`session.return_to`: no page of the shop; `query.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn go_as_customer(
    State(cloud): State<Cloud>,
    PathParams(provider): PathParams<String>,
    visitor: Visitor,
    Params(asked): Params<Go>,
) -> Result<(StatusCode, HeaderMap)> {
    to_provider(&cloud, Realm::Customer, &provider, &visitor, &asked).await
}

/// What keeps a browser from being sent to a provider, and is no fault of whoever made the link.
const TOLD_BY_A_PAGE: [&str; 2] = ["provider.unreachable", "session.locked"];

async fn to_provider(
    cloud: &Cloud,
    realm: Realm,
    provider: &str,
    visitor: &Visitor,
    asked: &Go,
) -> Result<(StatusCode, HeaderMap)> {
    match begin(cloud, realm, provider, visitor, asked.return_to.as_deref()).await {
        Ok(begun) => {
            let (status, mut headers) = redirect(begun.url.as_str());
            headers.append(header::SET_COOKIE, begun.cookie);
            Ok((status, headers))
        }
        Err(Error::Problem(problem)) if TOLD_BY_A_PAGE.contains(&problem.code.as_str()) => {
            Ok(page_with(realm, &problem))
        }
        Err(error) => Err(error),
    }
}

/// What the provider says.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Back {
    /// Names the sign-in that was begun.
    state: Option<String>,
    /// Exchanged for who it is.
    code: Option<String>,
    /// Who answers (RFC 9207).
    iss: Option<String>,
    /// Why nobody was let in.
    error: Option<String>,
}

impl From<Back> for Answer {
    fn from(back: Back) -> Self {
        Self {
            state: back.state,
            code: back.code,
            iss: back.iss,
            error: back.error,
        }
    }
}

/// Where a provider sends the browser back to: begins the session.
#[utoipa::path(
    get, path = "/v1/session/oidc/{provider}/callback", tag = "session", operation_id = "return_from_provider",
    params(("provider" = String, Path, description = "Its code"), Back),
    responses(
        (status = 303, description = "To the page, signed in; or to the office with `?problem=`: `provider.state`, `provider.refused`, `provider.answer`, `provider.email_unverified`, `provider.not_allowed`, `provider.unreachable`, `provider.unknown`, `session.locked`, `store.unavailable`"),
        (status = 422, description = "`query.invalid`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn back(
    State(cloud): State<Cloud>,
    PathParams(provider): PathParams<String>,
    visitor: Visitor,
    headers: HeaderMap,
    Params(back): Params<Back>,
) -> (StatusCode, HeaderMap) {
    let state = back.state.clone().unwrap_or_default();
    let outcome = enter(&cloud, &provider, &visitor, &headers, back.into()).await;
    if matches!(&outcome, Err(Error::Problem(problem)) if NOTED.contains(&problem.code.as_str())) {
        note_refusal(&cloud, &provider).await;
    }
    answered(&cloud, Realm::Staff, &state, outcome)
}

/// Where a provider sends a customer's browser back to: begins the session of the shop.
#[utoipa::path(
    get, path = "/v1/shop/oidc/{provider}/callback", tag = "shop", operation_id = "return_customer_from_provider",
    params(("provider" = String, Path, description = "Its code"), Back),
    responses(
        (status = 303, description = "To the page, signed in; or to the shop with `?problem=`: `provider.state`, `provider.refused`, `provider.answer`, `provider.email_unverified`, `provider.not_allowed`, `provider.unreachable`, `provider.unknown`, `session.locked`, `store.unavailable`"),
        (status = 422, description = "`query.invalid`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn back_as_customer(
    State(cloud): State<Cloud>,
    PathParams(provider): PathParams<String>,
    visitor: Visitor,
    headers: HeaderMap,
    Params(back): Params<Back>,
) -> (StatusCode, HeaderMap) {
    let state = back.state.clone().unwrap_or_default();
    let outcome = enter_shop(&cloud, &provider, &visitor, &headers, back.into()).await;
    answered(&cloud, Realm::Customer, &state, outcome)
}

/// Refusals of somebody whom a provider has sent.
const NOTED: [&str; 3] = [
    "provider.answer",
    "provider.email_unverified",
    "provider.not_allowed",
];

/// Notes that somebody was not let in. Nobody waits for it, and nothing depends on it.
async fn note_refusal(cloud: &Cloud, provider: &str) {
    let now = cloud.security_now();
    let subject = format!("provider:{provider}");
    let noted = cloud
        .tx("refuse_login", Actor::Service("sign_in"), async |tx| {
            session::db::audit(tx, now, "session.refused", &subject).await
        })
        .await;
    if let Err(error) = noted {
        tracing::warn!(%error, "A refused sign-in was not noted: {error}");
    }
}

/// The page to go to, and the cookie of the session.
type Entered = (String, header::HeaderValue);

/// Counts whoever comes back by their address, as long as it is not known that somebody sent them.
async fn back_from(
    cloud: &Cloud,
    realm: Realm,
    code: &str,
    visitor: &Visitor,
    headers: &HeaderMap,
    answer: Answer,
) -> Result<Returned> {
    let (service, now) = (Actor::Service("sign_in"), cloud.security_now());
    let subjects = Subjects::link(visitor.address);
    cloud
        .tx("count_return", service, async |tx| {
            subjects.count(tx, now).await
        })
        .await?;
    let returned = finish(cloud, realm, code, headers, answer).await?;
    cloud
        .tx("forgive_return", service, async |tx| {
            subjects.forgive(tx).await
        })
        .await?;
    Ok(returned)
}

async fn enter(
    cloud: &Cloud,
    code: &str,
    visitor: &Visitor,
    headers: &HeaderMap,
    answer: Answer,
) -> Result<Entered> {
    let returned = back_from(cloud, Realm::Staff, code, visitor, headers, answer).await?;
    let replaces = session::http::token(cloud, headers);
    let means = Means {
        method: "oidc",
        provider: Some(returned.provider.id),
        id_token: Some(returned.identity.id_token.clone()),
        with_factor: returned.identity.with_factor,
    };
    let token = cloud
        .tx("enter_by_provider", Actor::Service("sign_in"), async |tx| {
            let staff = account::staff(cloud, tx, &returned.provider, &returned.identity).await?;
            Subjects::login(visitor.address).forgive(tx).await?;
            let beginning = Beginning {
                staff,
                means: &means,
                visitor,
                replaces: replaces.as_deref(),
            };
            session::begin(cloud, tx, &beginning).await
        })
        .await?;
    // What somebody may do may have changed with their groups.
    cloud.office().live.look_again();
    Ok((
        returned.return_to,
        session::http::session_cookie(cloud, &token),
    ))
}

async fn enter_shop(
    cloud: &Cloud,
    code: &str,
    visitor: &Visitor,
    headers: &HeaderMap,
    answer: Answer,
) -> Result<Entered> {
    let returned = back_from(cloud, Realm::Customer, code, visitor, headers, answer).await?;
    let replaces = customer::http::token(cloud, headers);
    let means = Means {
        method: "oidc",
        provider: Some(returned.provider.id),
        id_token: Some(returned.identity.id_token.clone()),
        with_factor: false,
    };
    let token = cloud
        .tx(
            "enter_shop_by_provider",
            Actor::Service("sign_in"),
            async |tx| {
                let customer =
                    account::customer(cloud, tx, &returned.provider, &returned.identity).await?;
                customer::begin(cloud, tx, customer, &means, visitor, replaces.as_deref()).await
            },
        )
        .await?;
    Ok((
        returned.return_to,
        customer::http::session_cookie(cloud, &token),
    ))
}

fn answered(
    cloud: &Cloud,
    realm: Realm,
    state: &str,
    outcome: Result<Entered>,
) -> (StatusCode, HeaderMap) {
    let (status, mut headers) = match outcome {
        Ok((page, cookie)) => {
            let (status, mut headers) = redirect(&page);
            headers.append(header::SET_COOKIE, cookie);
            (status, headers)
        }
        Err(error) => page_with(realm, &error.into_problem()),
    };
    if !state.is_empty() {
        headers.append(header::SET_COOKIE, forget(cloud, state));
    }
    (status, headers)
}
