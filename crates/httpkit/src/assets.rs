//! The built web pages: hashed files for ever, the page itself always fresh.
use std::{borrow::Cow, sync::Arc};

use axum::{
    Router,
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// Where the files come from: the binary composes it, so that tests need none.
pub trait Assets: Send + Sync {
    /// The file at a path like `assets/pos-1a2b.js`.
    fn get(&self, path: &str) -> Option<Cow<'static, [u8]>>;
}

/// No pages at all.
#[derive(Debug, Clone, Copy)]
pub struct NoAssets;

impl Assets for NoAssets {
    fn get(&self, _: &str) -> Option<Cow<'static, [u8]>> {
        None
    }
}

/// Serves `/assets/*`, and `html` at every one of `pages` (axum paths such as `/pos` and `/pos/{*rest}`).
pub fn pages<S: Clone + Send + Sync + 'static>(
    assets: &Arc<dyn Assets>,
    html: &'static str,
    pages: &[&str],
) -> Router<S> {
    let files = Arc::clone(assets);
    let router = Router::new().route(
        "/assets/{*path}",
        get(move |Path(path): Path<String>, headers: HeaderMap| {
            let files = Arc::clone(&files);
            async move { file(&*files, &format!("assets/{path}"), &headers, true) }
        }),
    );
    router.merge(more_pages(assets, html, pages))
}

/// Serves one more `html` at every one of `pages`, beside what [`pages`] does.
pub fn more_pages<S: Clone + Send + Sync + 'static>(
    assets: &Arc<dyn Assets>,
    html: &'static str,
    pages: &[&str],
) -> Router<S> {
    let mut router = Router::new();
    for page in pages {
        let files = Arc::clone(assets);
        router = router.route(
            page,
            get(move |headers: HeaderMap| {
                let files = Arc::clone(&files);
                async move { file(&*files, html, &headers, false) }
            }),
        );
    }
    router
}

fn file(assets: &dyn Assets, path: &str, headers: &HeaderMap, immutable: bool) -> Response {
    let accepts_brotli = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| {
            value
                .split(',')
                .any(|coding| coding.trim().starts_with("br"))
        });
    let brotli = accepts_brotli
        .then(|| assets.get(&format!("{path}.br")))
        .flatten();
    let is_brotli = brotli.is_some();
    let Some(bytes) = brotli.or_else(|| assets.get(path)) else {
        return (
            StatusCode::NOT_FOUND,
            "The web pages are not part of this build.\n",
        )
            .into_response();
    };
    let mut response = Response::new(Body::from(bytes));
    let out = response.headers_mut();
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    if let Ok(kind) = HeaderValue::from_str(kind.as_ref()) {
        out.insert(header::CONTENT_TYPE, kind);
    }
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if is_brotli {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
    }
    let cache = if immutable {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    response
}
