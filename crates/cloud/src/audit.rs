//! The audit: who did what to what, where, when and why, and what was before and after. Entries are only ever added.
//! What was done at a shop comes with its events; what is done here is noted in the transaction that does it.
use std::fmt::Display;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;
use crate::session;

pub(crate) mod db;
pub(crate) mod http;

/// People in one answer from which on reading them is noted: an export, not a look-up.
pub(crate) const MANY_PEOPLE: usize = 20;

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
struct Origin {
    address: Option<IpAddr>,
    /// The hash under which the session is kept.
    session: Option<[u8; 32]>,
}

tokio::task_local! {
    static ORIGIN: Origin;
}

/// Remembers where the request comes from while it is answered, so that every entry says it.
pub(crate) async fn remember_origin(
    State(cloud): State<Cloud>,
    request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let token = session::http::token(&cloud, request.headers());
    let origin = Origin {
        address: peer.map(|ConnectInfo(peer)| peer.ip().to_canonical()),
        session: token.as_deref().map(httpkit::session::hash),
    };
    ORIGIN.scope(origin, next.run(request)).await
}

/// What is noted about an act.
#[derive(Debug)]
pub(crate) struct Entry {
    action: &'static str,
    subject: String,
    location: Option<Uuid>,
    before: Option<Value>,
    after: Option<Value>,
    reason: Option<String>,
    /// Who, when that is not the transaction's actor.
    staff: Option<Uuid>,
    detail: Map<String, Value>,
}

impl Entry {
    /// An act, by its stable code, and what it was done to.
    pub(crate) fn new(action: &'static str, subject: impl Display) -> Self {
        Self {
            action,
            subject: subject.to_string(),
            location: None,
            before: None,
            after: None,
            reason: None,
            staff: None,
            detail: Map::new(),
        }
    }

    /// Where it was done; who may read the audit there sees it.
    pub(crate) fn at(mut self, location: impl Into<Option<Uuid>>) -> Self {
        self.location = location.into();
        self
    }

    /// What was before and what is after, as far as they differ.
    pub(crate) fn change(mut self, before: Option<Value>, after: Option<Value>) -> Self {
        let (before, after) = difference(before, after);
        self.before = before;
        self.after = after;
        self
    }

    /// Why; nothing when nothing is said.
    pub(crate) fn because(mut self, reason: &str) -> Self {
        let reason = reason.trim();
        self.reason = (!reason.is_empty()).then(|| reason.replace('\0', "\u{fffd}"));
        self
    }

    /// It is that person's act, although somebody else lets it happen now.
    pub(crate) fn asked_by(mut self, staff: Uuid) -> Self {
        self.staff = Some(staff);
        self
    }

    /// Something else that belongs to it.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.detail.insert(name.to_owned(), value.into());
        self
    }

    /// Notes it, at the instant of the security clock.
    pub(crate) async fn note(&self, cloud: &Cloud, tx: &Tx) -> Result<()> {
        db::insert(tx, cloud.security_now(), self).await
    }
}

/// Both without what they have in common. Anything that is no object is kept whole.
fn difference(before: Option<Value>, after: Option<Value>) -> (Option<Value>, Option<Value>) {
    match (before, after) {
        (Some(Value::Object(mut before)), Some(Value::Object(mut after))) => {
            let same: Vec<String> = before
                .iter()
                .filter(|(name, value)| after.get(*name) == Some(value))
                .map(|(name, _)| name.clone())
                .collect();
            for name in same {
                before.remove(&name);
                after.remove(&name);
            }
            (Some(Value::Object(before)), Some(Value::Object(after)))
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::difference;

    #[test]
    fn what_did_not_change_is_left_out() {
        let before = json!({"name": "Lan", "email": "lan@example.org", "active": true});
        let after = json!({"name": "Lan Anh", "email": "lan@example.org", "active": true});
        assert_eq!(
            difference(Some(before), Some(after)),
            (
                Some(json!({"name": "Lan"})),
                Some(json!({"name": "Lan Anh"}))
            )
        );
        assert_eq!(difference(None, Some(json!(1))), (None, Some(json!(1))));
    }
}
