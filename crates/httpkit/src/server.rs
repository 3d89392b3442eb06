//! The layers that every request passes, and a listener that names a taken port.
use std::{any::Any, io, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use tokio::net::TcpListener;
use tower_http::{
    catch_panic::CatchPanicLayer, compression::CompressionLayer, csrf::CsrfLayer,
    limit::RequestBodyLimitLayer, set_header::SetResponseHeaderLayer,
};
use tracing::Instrument;
use uuid::Uuid;

use crate::{clock::Stopwatch, problem::Problem, shutdown::Shutdown};

pub mod connection;
pub mod places;

/// The largest JSON body in bytes, where nothing else is said.
pub const JSON: usize = 64 << 10;
/// The largest JSON body that carries a list as long as a shop's longest: a count, a basket, a picking.
pub const LONG_JSON: usize = 512 << 10;

/// How strict the layers are.
#[derive(Debug, Clone, Copy)]
pub struct LayerOptions {
    /// The longest that a request may take; a WebSocket's upgrade counts, its life does not.
    pub timeout: Duration,
    /// The largest request body in bytes; JSON is limited by [`JSON`], or by a `DefaultBodyLimit` of its route.
    pub body_limit: usize,
    /// Sent over TLS only: tell browsers to stay there.
    pub hsts: bool,
}

impl Default for LayerOptions {
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            body_limit: 2 << 20,
            hsts: false,
        }
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Styles may be inline because the chart and dialog libraries set them; scripts never.
const CONTENT_SECURITY_POLICY: &str = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; \
    img-src 'self' data:; connect-src 'self'; frame-src 'none'; frame-ancestors 'none'; base-uri 'none'; \
    form-action 'self'; object-src 'none'";
/// No page of ours uses any of these.
const PERMISSIONS_POLICY: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), \
    geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    publickey-credentials-get=(), serial=(), usb=()";

tokio::task_local! {
    static CURRENT_REQUEST: String;
}

/// The id of the request that is being answered.
#[must_use]
pub fn request_id() -> Option<String> {
    CURRENT_REQUEST.try_with(Clone::clone).ok()
}

/// Puts the layers around a router.
pub fn layered(router: Router, options: LayerOptions) -> Router {
    let timeout = options.timeout;
    let router = router
        .layer(middleware::from_fn(measured))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn(move |request, next| {
            limited(timeout, request, next)
        }))
        .layer(DefaultBodyLimit::max(JSON.min(options.body_limit)))
        .layer(RequestBodyLimitLayer::new(options.body_limit))
        .layer(CsrfLayer::new())
        .layer(middleware::from_fn(plain_refusals_become_problems))
        .layer(CompressionLayer::new());
    let router = security_headers(options)
        .into_iter()
        .fold(router, |router, (name, value)| {
            router.layer(SetResponseHeaderLayer::if_not_present(
                name,
                HeaderValue::from_static(value),
            ))
        });
    router.layer(middleware::from_fn(identified))
}

fn security_headers(options: LayerOptions) -> Vec<(HeaderName, &'static str)> {
    let mut headers = vec![
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("permissions-policy"),
            PERMISSIONS_POLICY,
        ),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        // Pages and their files say otherwise; everything else may be about somebody.
        (header::CACHE_CONTROL, "no-store"),
    ];
    if options.hsts {
        headers.push((
            header::STRICT_TRANSPORT_SECURITY,
            "max-age=31536000; includeSubDomains",
        ));
    }
    headers
}

/// Gives the request an id, a span that carries it, and a line in the log.
async fn identified(request: Request, next: Next) -> Response {
    let id = request
        .headers()
        .get(&REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .filter(|id| {
            (1..=64).contains(&id.len())
                && id
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
        .map_or_else(new_request_id, str::to_owned);
    let span = tracing::info_span!("request", request.id = %id, http.method = %request.method(), http.path = request.uri().path());
    let watch = Stopwatch::start();
    let answer = async {
        let response = next.run(request).await;
        let (status, duration_ms) = (response.status().as_u16(), watch.elapsed_ms());
        tracing::debug!(
            http.status = status,
            duration_ms,
            "Answered {status} in {duration_ms} ms"
        );
        response
    };
    let mut response = CURRENT_REQUEST
        .scope(id.clone(), answer.instrument(span))
        .await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

#[expect(
    clippy::disallowed_methods,
    reason = "a request's id is never business data"
)]
fn new_request_id() -> String {
    Uuid::now_v7().to_string()
}

async fn measured(request: Request, next: Next) -> Response {
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().to_string();
    let watch = Stopwatch::start();
    let response = next.run(request).await;
    let status = response.status().as_u16().to_string();
    metrics::histogram!("http_request_duration_seconds", "method" => method, "route" => route, "status" => status)
        .record(watch.elapsed());
    response
}

async fn limited(timeout: Duration, request: Request, next: Next) -> Response {
    tokio::time::timeout(timeout, next.run(request))
        .await
        .unwrap_or_else(|_| {
            Problem::new(
                StatusCode::GATEWAY_TIMEOUT,
                "timeout",
                "The answer took too long",
            )
            .into_response()
        })
}

fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Problem::internal(&"a handler panicked").into_response()
}

/// What the layers below refuse as plain text is told as a problem, like everything else.
async fn plain_refusals_become_problems(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let is_api = |kind: &HeaderValue| kind.as_bytes().starts_with(b"application/");
    if response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(is_api)
    {
        return response;
    }
    let problem = match response.status() {
        StatusCode::FORBIDDEN => Problem::new(
            StatusCode::FORBIDDEN,
            "csrf",
            "This request came from another site",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            response.status(),
            "body.too_large",
            "The request is too large",
        ),
        StatusCode::METHOD_NOT_ALLOWED => Problem::new(
            response.status(),
            "method.not_allowed",
            "This address does not take that method",
        ),
        StatusCode::BAD_REQUEST => Problem::new(
            response.status(),
            "header.invalid",
            "This is not a request that this address understands",
        ),
        StatusCode::NOT_FOUND if is_empty(&response) => {
            Problem::not_found("path.unknown", "There is nothing at this address")
        }
        _ => return response,
    };
    problem.into_response()
}

fn is_empty(response: &Response<Body>) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_none()
}

/// Whether a WebSocket is asked for by a page of ours, or by no page. Cookies travel with those of foreign pages too;
/// browsers always say whose page it is.
#[must_use]
pub fn is_same_origin(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        return true;
    };
    let origin = origin
        .to_str()
        .ok()
        .and_then(|origin| origin.parse::<Uri>().ok());
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    matches!((origin.as_ref().and_then(Uri::authority), host), (Some(origin), Some(host)) if origin.as_str().eq_ignore_ascii_case(host))
}

/// Listens at an address.
///
/// # Errors
/// A taken port is named in the message.
pub async fn bind(addr: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(addr)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("cannot listen on {addr}: {error}")))
}

/// Serves without TLS until the shutdown, and finishes the requests that have begun.
///
/// # Errors
/// Those of the listener.
pub async fn serve(listener: TcpListener, router: Router, shutdown: Shutdown) -> io::Result<()> {
    let limits = connection::Limits::default();
    connection::serve(listener, router, shutdown, None, limits).await
}

#[cfg(test)]
mod tests;
