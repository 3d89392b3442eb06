//! The shop's HTTP interface: the till's API, its live messages, and what operators look at.
use std::sync::Arc;

use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use httpkit::problem::Problem;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use crate::{
    Shop, cash, catalog, db::DbError, node, order, promotion, purchasing, report, rights, sale,
    shift, staff, stock,
};

use access::Schemes;

pub(crate) mod access;
mod head;
mod health;

/// Something with a name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Named {
    pub(crate) id: Uuid,
    pub(crate) name: String,
}

/// Where something happened.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Place {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    /// Its short code.
    pub(crate) code: String,
    pub(crate) address: String,
}

/// The base unit of a variant.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    Piece,
    Gram,
    Millilitre,
    Millimetre,
}

impl From<retail::quantity::Unit> for Unit {
    fn from(unit: retail::quantity::Unit) -> Self {
        match unit {
            retail::quantity::Unit::Piece => Self::Piece,
            retail::quantity::Unit::Gram => Self::Gram,
            retail::quantity::Unit::Millilitre => Self::Millilitre,
            retail::quantity::Unit::Millimetre => Self::Millimetre,
        }
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Branchline edge",
        description = "One shop: its tills, its stock, its people. Money is in minor units, quantities in base units, \
                   instants in RFC 3339. Every refusal is a problem document with a stable `code`. A write carries an \
                   id made by the client: repeating it answers 200 with the first result, other content under the \
                   same id is refused with 409."
    ),
    components(schemas(sale::shortage::http::Shortage)),
    modifiers(&Schemes)
)]
struct Document;

fn api() -> OpenApiRouter<access::Door> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(node::http::routes())
        .merge(staff::http::routes())
        .merge(catalog::http::routes())
        .merge(shift::http::routes())
        .merge(cash::http::routes())
        .merge(report::http::routes())
        .merge(sale::http::routes())
        .merge(crate::returns::http::routes())
        .merge(promotion::http::routes())
        .merge(crate::patron::http::routes())
        .merge(purchasing::http::routes())
        .merge(stock::http::routes())
        .merge(order::http::routes())
        .merge(rights::http::routes())
        .merge(crate::print::http::routes())
}

/// The API's own description.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    httpkit::docs::complete(api().into_openapi())
}

/// Every page and operation of the shop.
pub(crate) fn router(shop: &Shop) -> Router {
    let (api, document) = api().split_for_parts();
    let pages = ["/", "/pos", "/pos/{*page}", "/buy", "/buy/{*page}"];
    let router = api
        .route("/v1/live", get(node::live::listen))
        .route("/health", get(health::alive))
        .route("/ready", get(health::ready))
        .route("/metrics", get(health::metrics))
        .with_state(access::Door::new(shop.clone()))
        .merge(httpkit::assets::pages(
            &Arc::clone(&shop.parts.assets),
            "pos.html",
            &pages,
        ))
        .layer(axum::middleware::from_fn_with_state(
            shop.clone(),
            head::told,
        ));
    httpkit::server::layered(
        httpkit::docs::mount(router, httpkit::docs::complete(document)),
        httpkit::server::LayerOptions {
            hsts: access::is_tls(shop),
            ..httpkit::server::LayerOptions::default()
        },
    )
}

impl From<DbError> for Problem {
    fn from(error: DbError) -> Self {
        match error {
            DbError::DiskFull => Self::new(
                StatusCode::INSUFFICIENT_STORAGE,
                "disk.full",
                "The shop's disk is full: nothing was recorded",
            ),
            DbError::ReadOnly => Self::unavailable(
                "store.readonly",
                "The shop's disk failed: nothing can be recorded until the shop is started again",
                60,
            ),
            DbError::Busy => Self::unavailable("store.busy", "Too many writes are waiting", 1),
            DbError::Stopped => Self::unavailable("store.unavailable", "The shop is stopping", 5),
            DbError::IdTaken => Self::conflict("id.taken", "This id stands for something else"),
            DbError::Panicked | DbError::Sqlite(_) => Self::internal(&error),
        }
    }
}

impl From<crate::node::Unenrolled> for Problem {
    fn from(_: crate::node::Unenrolled) -> Self {
        Self::conflict("node.unenrolled", "This shop is not part of a company yet")
    }
}

impl From<crate::staff::Denied> for Problem {
    fn from(denied: crate::staff::Denied) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "permission.denied",
            format!("This needs the permission {}", denied.permission.code()),
        )
        .figure("permission", denied.permission.code())
    }
}

impl From<node::clock::ConfirmError> for Problem {
    fn from(error: node::clock::ConfirmError) -> Self {
        use node::clock::ConfirmError;
        match error {
            ConfirmError::Denied(denied) => denied.into(),
            ConfirmError::Unenrolled(error) => error.into(),
            ConfirmError::Db(error) => error.into(),
        }
    }
}

/// 201 for what was recorded now, 200 for a repeat.
pub(crate) fn recorded<T, J: Serialize>(
    recorded: crate::refusal::Recorded<T>,
    json: impl FnOnce(T) -> J,
) -> Response {
    match recorded {
        crate::refusal::Recorded::First(value) => {
            (StatusCode::CREATED, axum::Json(json(value))).into_response()
        }
        crate::refusal::Recorded::Repeated(value) => axum::Json(json(value)).into_response(),
    }
}
