use std::collections::HashMap;

use axum::{
    Router,
    body::Body,
    extract::{Request, WebSocketUpgrade},
    http::{Response, StatusCode},
    routing::{get, post},
};
use http_body_util::BodyExt;
use serde::Deserialize;
use tower::ServiceExt;

use super::{LayerOptions, layered};
use crate::{extract, problem::Problem};

#[derive(Deserialize)]
struct Basket {
    lines: Vec<Line>,
}

#[derive(Deserialize)]
struct Line {
    quantity: i64,
}

fn router() -> Router {
    let router =
        Router::new()
            .route("/panic", get(|| async { panic!("a bug") as () }))
            .route(
                "/slow",
                get(|| async { tokio::time::sleep(std::time::Duration::from_mins(1)).await }),
            )
            .route(
                "/basket",
                post(|extract::Body(basket): extract::Body<Basket>| async move {
                    basket
                        .lines
                        .iter()
                        .map(|line| line.quantity)
                        .sum::<i64>()
                        .to_string()
                }),
            )
            .route(
                "/named/{name}",
                get(
                    |_: extract::PathParams<String>,
                     _: extract::Params<HashMap<String, String>>| async {},
                ),
            )
            .route("/socket", get(|_: WebSocketUpgrade| async {}))
            .route("/any", post(|_: extract::Body<serde_json::Value>| async {}))
            .route(
                "/teapot",
                get(|| async {
                    Problem::unavailable("store.unavailable", "The database does not answer", 2)
                        .figure("n", 1)
                }),
            );
    layered(
        router,
        LayerOptions {
            timeout: std::time::Duration::from_millis(50),
            body_limit: 1_000,
            hsts: false,
        },
    )
}

/// Sends a request and gives the status and the problem's code and first field.
async fn check(request: Request, status: StatusCode, expected: &str) -> Response<Body> {
    let response = router().oneshot(request).await.unwrap();
    assert_eq!(response.status(), status);
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let problem: Problem = serde_json::from_slice(&bytes).unwrap();
    let field = problem.errors.first().map_or("", |error| &error.field);
    assert_eq!(format!("{} {field}", problem.code).trim(), expected);
    assert_eq!(parts.headers["content-type"], "application/problem+json");
    assert_eq!(
        Some(parts.headers["x-request-id"].to_str().unwrap()),
        problem.request_id.as_deref()
    );
    Response::from_parts(parts, Body::empty())
}

fn get_request(path: &str) -> Request {
    Request::get(path).body(Body::empty()).unwrap()
}

fn post_request(body: impl Into<Body>) -> Request {
    Request::post("/basket")
        .header("content-type", "application/json")
        .body(body.into())
        .unwrap()
}

#[tokio::test]
async fn every_refusal_is_a_problem() {
    use StatusCode as S;
    check(get_request("/panic"), S::INTERNAL_SERVER_ERROR, "internal").await;
    check(get_request("/slow"), S::GATEWAY_TIMEOUT, "timeout").await;
    check(get_request("/nothing"), S::NOT_FOUND, "path.unknown").await;
    check(
        get_request("/basket"),
        S::METHOD_NOT_ALLOWED,
        "method.not_allowed",
    )
    .await;
    check(get_request("/socket"), S::BAD_REQUEST, "header.invalid").await;
    check(post_request("{"), S::BAD_REQUEST, "body.malformed").await;
    check(
        post_request(r#"{"lines":[{"quantity":"two"}]}"#),
        S::UNPROCESSABLE_ENTITY,
        "body.invalid lines[0].quantity",
    )
    .await;
    check(
        post_request(" ".repeat(2_000)),
        S::PAYLOAD_TOO_LARGE,
        "body.too_large",
    )
    .await;
    let mut foreign = post_request(r#"{"lines":[]}"#);
    foreign
        .headers_mut()
        .insert("sec-fetch-site", "cross-site".parse().unwrap());
    check(foreign, S::FORBIDDEN, "csrf").await;
    let response = check(
        get_request("/teapot"),
        S::SERVICE_UNAVAILABLE,
        "store.unavailable",
    )
    .await;
    assert_eq!(response.headers()["retry-after"], "2");
    assert_eq!(response.headers()["x-frame-options"], "DENY");
    assert_eq!(response.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn no_text_has_the_character_that_no_database_keeps() {
    const S: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;
    check(get_request("/named/a%00b"), S, "path.invalid path").await;
    check(get_request("/named/a?q=a%00b"), S, "query.invalid query").await;
    for (body, field) in [
        (r#""a\u0000""#, ""),
        (r#"{"lines":[{"why":"a\u0000"}]}"#, "lines[0].why"),
        (r#"{"a":{"b\u0000":1}}"#, "a.b\u{fffd}"),
    ] {
        let mut request = post_request(body);
        *request.uri_mut() = "/any".parse().unwrap();
        check(request, S, format!("body.invalid {field}").trim()).await;
    }
    let mut request = post_request(r#"{"why":"\u0001"}"#);
    *request.uri_mut() = "/any".parse().unwrap();
    let response = router().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_request_of_our_own_passes() {
    let mut request = post_request(r#"{"lines":[{"quantity":2},{"quantity":3}]}"#);
    request
        .headers_mut()
        .insert("x-request-id", "till-7".parse().unwrap());
    let response = router().oneshot(request).await.unwrap();
    assert_eq!(
        (
            response.status(),
            response.headers()["x-request-id"].to_str().unwrap()
        ),
        (StatusCode::OK, "till-7")
    );
}
