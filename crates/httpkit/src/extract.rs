//! Extractors whose refusals are problem documents that name the field.
use axum::{
    extract::{FromRequest, FromRequestParts, Path, Query, Request, rejection::JsonRejection},
    http::{StatusCode, request::Parts},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::Problem;

use self::strict::Strict;

mod strict;

/// A JSON body.
#[derive(Debug, Clone, Copy)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // As a value first, so that the second step can say which field is wrong.
        let axum::Json(value) = axum::Json::<Value>::from_request(request, state)
            .await
            .map_err(|rejection| refusal(&rejection))?;
        if let Some(field) = with_nul(&value) {
            return Err(Problem::invalid("body.invalid", field, NUL));
        }
        serde_path_to_error::deserialize(Strict(value))
            .map(Self)
            .map_err(|error| {
                let field = error.path().to_string();
                Problem::invalid("body.invalid", field, error.into_inner().to_string())
            })
    }
}

/// PostgreSQL keeps no text with this character, and nobody types it.
const NUL: &str = "Text has no character U+0000";

/// The path of a text, or of a name, that has it.
fn with_nul(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(items) => items.iter().enumerate().find_map(|(index, item)| {
            with_nul(item).map(|rest| joined(&format!("[{index}]"), &rest))
        }),
        Value::Object(fields) => fields.iter().find_map(|(name, item)| {
            if name.contains('\0') {
                return Some(name.replace('\0', "\u{fffd}"));
            }
            with_nul(item).map(|rest| joined(name, &rest))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn joined(name: &str, rest: &str) -> String {
    let dot = if rest.is_empty() || rest.starts_with('[') {
        ""
    } else {
        "."
    };
    format!("{name}{dot}{rest}")
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
        let query = parts.uri.query().unwrap_or_default();
        if query.contains("%00") {
            return Err(Problem::invalid("query.invalid", "query", NUL));
        }
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
        if parts.uri.path().contains("%00") {
            return Err(Problem::invalid("path.invalid", "path", NUL));
        }
        Path::<T>::from_request_parts(parts, state)
            .await
            .map(|Path(params)| Self(params))
            .map_err(|rejection| Problem::invalid("path.invalid", "path", rejection.body_text()))
    }
}
