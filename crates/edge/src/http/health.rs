//! What operators and supervisors ask.
use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use httpkit::problem::Problem;

use super::access::Public;
use crate::{db::DbError, node};

/// `GET /health`: the process answers.
pub(super) async fn alive(_: Public) -> &'static str {
    "ok\n"
}

/// `GET /ready`: reads and writes can be taken.
pub(super) async fn ready(Public(shop): Public) -> Result<Response, Problem> {
    if shop.is_readonly() {
        return Err(DbError::ReadOnly.into());
    }
    shop.read(node::db::state).await?;
    Ok((StatusCode::OK, "ready\n").into_response())
}

/// `GET /metrics`: Prometheus text.
pub(super) async fn metrics(Public(shop): Public) -> Result<Response, Problem> {
    let state = shop.read(node::db::state).await?;
    let link = shop.link.borrow().clone();
    let label = access_label(&shop);
    let acked = link.acked.unwrap_or(state.acked);
    let gauge = |value: i64| f64::from(i32::try_from(value).unwrap_or(i32::MAX));
    let waiting = i64::try_from(shop.waiting()).unwrap_or(i64::MAX);
    metrics::gauge!("edge_write_queue", "node" => label.clone()).set(gauge(waiting));
    metrics::gauge!("edge_pending_events", "node" => label.clone())
        .set(gauge(state.last_seq - acked));
    let age = link
        .last_contact
        .or(state.last_contact)
        .map(|at| shop.parts.clock.now().as_second() - at.as_second());
    if let Some(age) = age {
        metrics::gauge!("edge_last_contact_age_seconds", "node" => label.clone()).set(gauge(age));
    }
    metrics::gauge!("edge_connected", "node" => label).set(if link.connected { 1.0 } else { 0.0 });
    Ok(httpkit::metrics::scrape().await)
}

fn access_label(shop: &crate::Shop) -> String {
    shop.node_id()
        .map_or_else(|| "unenrolled".to_owned(), |node| node.to_string())
}
