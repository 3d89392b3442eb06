//! The audit: who did what to what, where, when and why, and what was before and after. Entries are only ever added.
//! What was done at a shop comes with its events; what is done here is noted in the transaction that does it.
use std::fmt::Display;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::session;

pub(crate) mod db;
pub(crate) mod http;
pub(crate) mod refusal;

/// People in one answer from which on reading them is noted: an export, not a look-up.
pub(crate) const MANY_PEOPLE: usize = 20;

/// Every act that is noted, by its stable code, sorted. The document of the API lists them, and the office has words for
/// each; a code never changes and never goes.
pub(crate) const ACTIONS: &[&str] = &[
    "access.refused",
    "approval.approved",
    "approval.expired",
    "approval.rejected",
    "approval.requested",
    "approval.withdrawn",
    "audit.exported",
    "brand.changed",
    "case.closed",
    "cash.dropped",
    "cash.exported",
    "cash.paid_in",
    "cash.paid_out",
    "category.changed",
    "channel.created",
    "cloud.restored",
    "container.changed",
    "customer_session.created",
    "customer_session.ended",
    "day.completed",
    "enrolment_code.issued",
    "event.corrected",
    "grant.by_provider",
    "grant.changed",
    "grant.ended",
    "grant.given",
    "identity.linked",
    "import.done",
    "invitation.accepted",
    "invitation.created",
    "invitation.revoked",
    "job.retried",
    "location.changed",
    "node.adopted",
    "node.enrolled",
    "node.event_retried",
    "node.events_retried",
    "node.fenced",
    "node.forked",
    "node.unfrozen",
    "order.cancelled",
    "order.claimed",
    "order.handed_over",
    "order.handed_over_at_shop",
    "order.picked",
    "order.picked_at_shop",
    "order.recovered",
    "password.changed",
    "patron.changed",
    "patron.created",
    "patron.erased",
    "patron.listed",
    "patron.merged",
    "patron.registered",
    "price.changed",
    "price_list.changed",
    "product.changed",
    "product.created",
    "product.pictured",
    "promotion.changed",
    "promotion.created",
    "promotion.started",
    "promotion.stopped",
    "provider.changed",
    "provider.removed",
    "purchase.corrected",
    "purchase.recorded",
    "purchase.voided",
    "receipt.reprinted",
    "recovery_code.used",
    "recovery_codes.renewed",
    "region.changed",
    "region.removed",
    "return.recorded",
    "rights.granted",
    "role.changed",
    "role.created",
    "sale.closed",
    "sale.discount_approved",
    "sale.discounted",
    "sale.line_voided",
    "sale.overridden",
    "sale.price_approved",
    "sale.price_overridden",
    "sale.voided",
    "session.all_revoked",
    "session.created",
    "session.ended",
    "session.factor_given",
    "session.factor_refused",
    "session.pin_locked",
    "session.refused",
    "session.revoked",
    "shift.closed",
    "shift.counted",
    "shift.difference",
    "shift.opened",
    "staff.changed",
    "staff.created",
    "staff.created_by_provider",
    "staff.dismissed",
    "staff.listed",
    "staff.pin_set",
    "staff.taken_back",
    "stock.counted",
    "stock.counted_at_till",
    "stock.found",
    "stock.opened",
    "supplier.changed",
    "supplier_account.exported",
    "supplier_document.recorded",
    "supplier_document.reversed",
    "tax.changed",
    "till.configured",
    "token.created",
    "token.revoked",
    "totp.begun",
    "totp.confirmed",
    "totp.removed",
    "voucher.exported",
    "voucher.locked",
    "voucher.made",
    "voucher.stopped",
];

/// Whether an act has a place in the documents, and so words in the office.
pub(crate) fn is_documented(action: &str) -> bool {
    ACTIONS.binary_search(&action).is_ok()
}

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
struct Origin {
    address: Option<IpAddr>,
    /// The hash under which the session is kept.
    session: Option<[u8; 32]>,
    seen: Arc<Seen>,
}

/// What is found out about a request while it is answered.
#[derive(Debug, Default)]
struct Seen {
    /// Who asks.
    actor: OnceLock<Actor>,
    /// The location that they named and may not see.
    tried: OnceLock<Uuid>,
}

tokio::task_local! {
    static ORIGIN: Origin;
}

/// Remembers where the request comes from while it is answered, so that every entry says it, and lets a refusal be noted.
pub(crate) async fn remember_origin(
    State(cloud): State<Cloud>,
    request: Request,
    next: Next,
) -> Response {
    let address = session::visitor::address_of(&cloud, request.extensions(), request.headers());
    let token = session::http::token(&cloud, request.headers());
    let origin = Origin {
        address: address.map(|address| address.to_canonical()),
        session: token.as_deref().map(httpkit::session::hash),
        seen: Arc::default(),
    };
    let operation = refusal::operation(&request);
    let response = ORIGIN.scope(origin.clone(), next.run(request)).await;
    if let Some(operation) = operation {
        refusal::look(&cloud, origin, operation, &response);
    }
    response
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

    /// Notes many acts at once, each about no location and without a reason.
    pub(crate) async fn note_all(cloud: &Cloud, tx: &Tx, entries: &[Self]) -> Result<()> {
        db::insert_all(tx, cloud.security_now(), entries).await
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

    use super::{ACTIONS, difference, is_documented};

    /// What the sources say is an act: `Entry::new("role.changed", …)`.
    fn named_in(source: &str) -> impl Iterator<Item = &str> {
        // Not as one text, or this would be a source that notes something.
        let texts = source.split(concat!("Entry::", "new(")).skip(1);
        texts.filter_map(|text| text.trim_start().strip_prefix('"')?.split('"').next())
    }

    fn check(folder: &std::path::Path, named: &mut usize) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                check(&path, named);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let source = std::fs::read_to_string(&path).unwrap();
                for action in named_in(&source) {
                    *named += 1;
                    assert!(
                        is_documented(action),
                        "{action} of {} is not in ACTIONS",
                        path.display()
                    );
                }
            }
        }
    }

    #[test]
    fn every_act_that_the_sources_note_is_documented() {
        assert!(ACTIONS.is_sorted(), "looked up by halves");
        let mut named = 0;
        check(
            &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
            &mut named,
        );
        assert!(named >= 15, "only {named} were found");
    }

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
