//! Where the log stands, on every answer; and what a till has seen of it, on its requests (decision 25). A request that
//! knows more than the file is not served before that is understood.
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use httpkit::problem::Problem;
use wire::recovery::{HEAD_HEADER, Head, SEEN_HEADER, Verdict};

use super::access;
use crate::{Shop, disk::Level, recovery};

const HEAD: HeaderName = HeaderName::from_static(HEAD_HEADER);
const SEEN: HeaderName = HeaderName::from_static(SEEN_HEADER);
/// What is still written when the disk is nearly full: sales, and what they need.
const WRITTEN_TO_THE_END: [&str; 5] = [
    "/v1/sales",
    "/v1/shifts",
    "/v1/session",
    "/v1/quotes",
    "/v1/edge",
];

/// Compares, serves, and says where the log stands then.
pub(super) async fn told(State(shop): State<Shop>, request: Request, next: Next) -> Response {
    if let Some(seen) = seen(request.headers()) {
        compare(&shop, seen, request.headers()).await;
    }
    let mut response = if may_be_written(&shop, &request) {
        next.run(request).await
    } else {
        too_full().into_response()
    };
    let head = shop
        .place()
        .and_then(|head| HeaderValue::from_str(&head.to_string()).ok());
    if let Some(head) = head {
        response.headers_mut().insert(HEAD, head);
    }
    response
}

fn seen(headers: &HeaderMap) -> Option<Head> {
    headers.get(&SEEN)?.to_str().ok()?.parse().ok()
}

/// Only somebody who is signed in is believed: anybody in the shop's network could say anything.
async fn compare(shop: &Shop, seen: Head, headers: &HeaderMap) {
    let compared = async {
        if recovery::verdict(shop, &seen).await? != Verdict::Fine
            && !access::is_signed_in(shop, headers).await?
        {
            return Ok(());
        }
        recovery::seen(shop, seen).await
    };
    if let Err(error) = compared.await {
        tracing::error!(%error, "What a till has seen could not be compared: {error}");
    }
}

fn may_be_written(shop: &Shop, request: &Request) -> bool {
    let is_read = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    let path = request.uri().path();
    is_read
        || shop.space.borrow().level() != Level::Full
        || WRITTEN_TO_THE_END.iter().any(|it| path.starts_with(it))
}

fn too_full() -> Problem {
    Problem::new(
        StatusCode::INSUFFICIENT_STORAGE,
        "disk.low",
        "The shop's disk is nearly full: only sales are recorded until there is room",
    )
}
