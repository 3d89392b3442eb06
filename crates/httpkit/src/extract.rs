//! Extractors whose refusals are problem documents that name the field.
use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::JsonRejection},
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;

use crate::problem::Problem;

/// A JSON body.
#[derive(Debug, Clone, Copy)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // As a value first, so that the second step can say which field is wrong.
        let axum::Json(value) = axum::Json::<serde_json::Value>::from_request(request, state)
            .await
            .map_err(|rejection| refusal(&rejection))?;
        serde_path_to_error::deserialize(value)
            .map(Self)
            .map_err(|error| {
                let field = error.path().to_string();
                Problem::invalid("body.invalid", field, error.into_inner().to_string())
            })
    }
}

fn refusal(rejection: &JsonRejection) -> Problem {
    let (code, title) = match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ("body.too_large", "The request is too large"),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => {
            ("body.media_type", "The request must be application/json")
        }
        _ => ("body.malformed", "The request is not valid JSON"),
    };
    Problem::new(rejection.status(), code, title).detail(rejection.body_text())
}

/// The query of the URL.
#[derive(Debug, Clone, Copy)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Query::<T>::from_request_parts(parts, state)
            .await
            .map(|Query(params)| Self(params))
            .map_err(|rejection| Problem::invalid("query.invalid", "query", rejection.body_text()))
    }
}

/// The parameters in the URL's path. What is no id is not found.
#[derive(Debug, Clone, Copy)]
pub struct PathParams<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for PathParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(params)| Self(params))
            .map_err(|rejection| Problem::invalid("path.invalid", "path", rejection.body_text()))
    }
}
