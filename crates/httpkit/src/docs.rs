//! The API's own documentation, served with everything it needs: no content comes from elsewhere.
use axum::{Json, Router, routing::get};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::{Config, SwaggerUi};

/// Serves the document at `/v1/openapi.json` and a browser for it at `/docs`.
pub fn mount<S: Clone + Send + Sync + 'static>(router: Router<S>, api: OpenApi) -> Router<S> {
    let document = Json(api);
    router
        .route("/v1/openapi.json", get(move || async move { document }))
        .merge(SwaggerUi::new("/docs").config(Config::from("/v1/openapi.json")))
}
