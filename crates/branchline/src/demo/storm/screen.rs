//! The page on which one watches the storm: the figures as they change, in the visitor's language.
use std::{net::SocketAddr, sync::Arc};

use anyhow::Context;
use axum::{
    Json, Router,
    extract::State,
    http::header,
    response::{Html, IntoResponse},
    routing::get,
};
use httpkit::shutdown::{Shutdown, Trigger};

use super::figure::{self, Figures};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");
/// What the page brings with it, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; \
    frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The page, served until this is dropped.
pub(super) struct Page {
    pub(super) address: String,
    _end: Trigger,
}

impl Page {
    pub(super) async fn serve(figures: Arc<Figures>, listen: SocketAddr) -> anyhow::Result<Self> {
        let listener = httpkit::server::bind(listen)
            .await
            .context("serve the storm's page")?;
        let address = format!("http://{}", listener.local_addr()?);
        let router = Router::new()
            .route("/", get(page))
            .route(
                "/page.css",
                get(async || ([(header::CONTENT_TYPE, "text/css")], STYLE)),
            )
            .route(
                "/page.js",
                get(async || ([(header::CONTENT_TYPE, "text/javascript")], SCRIPT)),
            )
            .route("/state", get(state))
            .with_state(figures);
        let router = httpkit::server::layered(router, httpkit::server::LayerOptions::default());
        let (end, shutdown) = Shutdown::new();
        tokio::spawn(httpkit::server::serve(listener, router, shutdown));
        Ok(Self { address, _end: end })
    }
}

async fn page() -> impl IntoResponse {
    ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE))
}

async fn state(State(figures): State<Arc<Figures>>) -> Json<figure::State> {
    Json(figures.look())
}
