//! Endpoints of approvals.
use axum::{Json, extract::State};
use httpkit::{
    extract::{Body, Params, PathParams},
    page,
    problem::Problem,
    routes,
};
use jiff::Timestamp;
use retail::staff::Permission;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Approval, Decision, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{ApprovalDecide, Viewer, Wider};

/// The longest comment.
const LONGEST_COMMENT: usize = 500;

/// Endpoints of approvals.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(decide))
}

/// Which approvals.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ApprovalQuery {
    /// Only those in this state; left out or `all`: all.
    #[param(inline)]
    state: Option<StateWord>,
    /// Where to go on, as the page before said it.
    cursor: Option<String>,
    /// Rows in a page: 50 when it is not said, at most 500.
    limit: Option<i64>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum StateWord {
    /// Whatever it is.
    All,
    /// Waits for somebody.
    Open,
    /// Done.
    Approved,
    /// A second person said no.
    Rejected,
    /// Whoever asked took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
}

impl StateWord {
    const fn code(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::Open => Some("open"),
            Self::Approved => Some("approved"),
            Self::Rejected => Some("rejected"),
            Self::Withdrawn => Some("withdrawn"),
            Self::Expired => Some("expired"),
        }
    }
}

/// A page of approvals, newest first.
#[derive(Serialize, ToSchema)]
struct ApprovalPage {
    items: Vec<Approval>,
    /// Where to go on; null: that was all.
    next_cursor: Option<String>,
}

/// What was asked for by this person, and what this person may decide about (`approval.decide` there), newest first.
#[utoipa::path(
    get, path = "/v1/approvals", tag = "approval", operation_id = "list_approvals", params(ApprovalQuery),
    responses(
        (status = 200, description = "The approvals", body = ApprovalPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    of_others: Wider<ApprovalDecide>,
    Params(query): Params<ApprovalQuery>,
) -> Result<Json<ApprovalPage>> {
    let allowed = of_others.allowed();
    let before: Option<(Timestamp, Uuid)> = page::decode(query.cursor.as_deref())?;
    let limit = page::clamp_limit(query.limit, page::DEFAULT_LIMIT);
    let wanted = db::Wanted {
        viewer: viewer.id(),
        everywhere: viewer.may_everywhere(Permission::ApprovalDecide),
        locations: allowed.locations(),
        state: query.state.and_then(StateWord::code),
        now: cloud.security_now(),
        before,
        limit: limit + 1,
    };
    let mut items = cloud
        .read("list_approvals", viewer.actor(), async |tx| {
            db::list(tx, &wanted).await
        })
        .await?;
    let more = i64::try_from(items.len()).is_ok_and(|found| found > limit);
    if more {
        items.pop();
    }
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|last| page::encode(&(last.requested_at, last.id)));
    Ok(Json(ApprovalPage { items, next_cursor }))
}

/// What somebody says about it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDecision {
    /// `approve`, or `reject`; from whoever asked `reject` withdraws it.
    #[schema(example = "approve")]
    decision: Said,
    /// Why, for the audit.
    #[serde(default)]
    comment: String,
}

/// A decision's word.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DecisionWord)]
enum Said {
    /// Do it.
    Approve,
    /// Leave it.
    Reject,
}

/// Decides, and does at once what was asked when it is approved. Needs `approval.decide` there, and is not for whoever
/// asked, who may only withdraw it.
///
/// What was asked for is refused now for the same reasons as at first; it stays open then.
#[utoipa::path(
    post, path = "/v1/approvals/{approval}/decision", tag = "approval", operation_id = "decide_approval",
    params(("approval" = Uuid, Path, description = "What was asked")),
    request_body = NewDecision,
    responses(
        (status = 200, description = "Decided, and done if it was approved", body = Approval),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`approval.own`; `permission.denied`, `grant.beyond_own`: whoever asked may not do it any more", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`approval.unknown`, also for one that this person may not decide about", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`approval.closed`; figures `state`. Or why it cannot be done now: `staff.last_administrator`, `role.code_taken`, `count.below_promised`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `approval.comment`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn decide(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    _of_others: Wider<ApprovalDecide>,
    PathParams(approval): PathParams<Uuid>,
    Body(given): Body<NewDecision>,
) -> Result<Json<Approval>> {
    if given.comment.chars().count() > LONGEST_COMMENT {
        let message = "A comment has at most 500 characters";
        return Err(Problem::invalid("approval.comment", "comment", message).into());
    }
    let decision = match given.decision {
        Said::Approve => Decision::Approve,
        Said::Reject => Decision::Reject,
    };
    let decided = super::decide(&cloud, &viewer, approval, decision, &given.comment).await?;
    Ok(Json(decided))
}
