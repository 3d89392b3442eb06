//! Prometheus metrics of the process, and who may read them.
use std::{net::IpAddr, sync::OnceLock};

use axum::{
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

use crate::{problem::Problem, session::hash};

/// Where they are read.
pub const PATH: &str = "/metrics";
/// A shorter token could be guessed.
pub const SHORTEST_TOKEN: usize = 16;
/// By these a proxy says that it speaks for somebody else.
const FORWARDED: [&str; 3] = ["forwarded", "x-forwarded-for", "x-real-ip"];

/// Buckets of every `*_seconds` histogram: without them an exporter makes summaries, which cannot be added up.
const SECONDS: [f64; 13] = [
    0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// Installs the recorder once for the process and gives access to it.
///
/// # Panics
/// When another recorder was installed by other means.
pub fn handle() -> &'static PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE.get_or_init(|| {
        PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)
            .and_then(PrometheusBuilder::install_recorder)
            .expect("the only recorder of the process")
    })
}

/// `GET /metrics`.
#[expect(clippy::unused_async, reason = "a handler is async")]
pub async fn scrape() -> Response {
    let text = handle().render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// Who may read the metrics: whoever asks from this machine itself, or brings the token.
#[derive(Debug, Clone, Default)]
pub struct Readers {
    /// What is kept of the token.
    token: Option<[u8; 32]>,
}

impl Readers {
    /// Also whoever brings this token; none when it is too short.
    #[must_use]
    pub fn by_token(token: &str) -> Option<Self> {
        (token.len() >= SHORTEST_TOKEN).then(|| Self {
            token: Some(hash(token)),
        })
    }

    /// Whether a request from an address may read them. A proxy on this machine speaks for others.
    #[must_use]
    pub fn admit(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let speaks_for_others = FORWARDED.iter().any(|name| headers.contains_key(*name));
        if peer.to_canonical().is_loopback() && !speaks_for_others {
            return true;
        }
        let given = headers.get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        // Hashes are compared: how long that takes says nothing of the token.
        given.is_some_and(|given| self.token == Some(hash(given)))
    }
}

/// The answer to everybody else.
#[must_use]
pub fn refused() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "metrics.token",
        "The metrics are for this machine itself, or for whoever brings their token",
    )
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderName, HeaderValue};

    use super::Readers;

    #[test]
    fn metrics_are_for_this_machine_or_for_a_token() {
        let with_token = Readers::by_token("0123456789abcdef").unwrap();
        let check = |readers: &Readers, peer: &str, header: (&'static str, &str), expected| {
            let mut headers = HeaderMap::new();
            let name = HeaderName::from_static(header.0);
            headers.insert(name, HeaderValue::from_str(header.1).unwrap());
            let admitted = readers.admit(peer.parse().unwrap(), &headers);
            assert_eq!(admitted, expected, "{peer} {header:?}");
        };
        let nothing = ("accept", "*/*");
        let right = ("authorization", "Bearer 0123456789abcdef");
        for local in ["127.0.0.1", "127.8.0.1", "::1", "::ffff:127.0.0.1"] {
            check(&Readers::default(), local, nothing, true);
        }
        for elsewhere in ["203.0.113.9", "10.0.0.1", "::ffff:10.0.0.1"] {
            check(&Readers::default(), elsewhere, nothing, false);
            check(&Readers::default(), elsewhere, right, false);
            check(&with_token, elsewhere, nothing, false);
            check(&with_token, elsewhere, right, true);
            check(
                &with_token,
                elsewhere,
                ("authorization", "Bearer 0123456789abcdeF"),
                false,
            );
            check(
                &with_token,
                elsewhere,
                ("authorization", "0123456789abcdef"),
                false,
            );
        }
        for forwarded in ["forwarded", "x-forwarded-for", "x-real-ip"] {
            check(&with_token, "127.0.0.1", (forwarded, "127.0.0.1"), false);
        }
        assert!(Readers::by_token("0123456789abcde").is_none());
    }
}
