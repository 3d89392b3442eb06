//! Endpoints of background jobs. They belong to no location: only who has the permission in the whole chain sees them.
use axum::{Json, extract::State, http::StatusCode};
use httpkit::{
    extract::{Params, PathParams},
    page,
    problem::Problem,
    routes,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;

use super::db;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Everywhere, JobRead, JobRetry};

/// Endpoints of jobs.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(retry))
}

/// A background job.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Job {
    #[schema(example = "17")]
    pub(crate) id: String,
    pub(crate) kind: String,
    /// `ready`, `running` or `dead`.
    pub(crate) state: String,
    pub(crate) attempts: i32,
    /// By the system's clock.
    pub(crate) run_at: Timestamp,
    /// Of the last try that failed.
    pub(crate) last_error: Option<String>,
}

/// A page of jobs.
#[derive(Serialize, ToSchema)]
struct JobPage {
    items: Vec<Job>,
    /// Goes on after the last one; null at the end.
    next: Option<String>,
}

/// Which jobs.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// Jobs that wait, run or were given up, newest first. Needs `job.read` in the whole chain.
#[utoipa::path(
    get, path = "/v1/jobs", tag = "job", params(Filter), operation_id = "list_jobs",
    responses(
        (status = 200, description = "A page of jobs", body = JobPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Everywhere<JobRead>,
    Params(filter): Params<Filter>,
) -> Result<Json<JobPage>> {
    let before: Option<i64> = page::decode(filter.cursor.as_deref())?;
    let rows = page::clamp_limit(filter.limit, page::DEFAULT_LIMIT);
    let now = cloud.security_now();
    let mut items = cloud
        .read("list_jobs", allowed.actor(), async |tx| {
            db::list(tx, &allowed, before, rows + 1, now).await
        })
        .await?;
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    let is_last = items.len() <= rows;
    items.truncate(rows);
    let last = items
        .last()
        .filter(|_| !is_last)
        .and_then(|job| job.id.parse::<i64>().ok());
    Ok(Json(JobPage {
        next: last.map(|id| page::encode(&id)),
        items,
    }))
}

/// Runs a job again that was given up. Needs `job.retry` in the whole chain.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/retry", tag = "job", operation_id = "retry_job",
    params(("id" = String, Path, description = "The job")),
    responses(
        (status = 202, description = "It runs as soon as a worker is free"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`job.unknown`: there is none, or it was not given up", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn retry(
    State(cloud): State<Cloud>,
    allowed: Everywhere<JobRetry>,
    PathParams(id): PathParams<i64>,
) -> Result<StatusCode> {
    let now = cloud.security_now();
    let found = cloud
        .tx("retry_job", allowed.actor(), async |tx| {
            let found = db::retry(tx, &allowed, id, now).await?;
            if found {
                crate::session::db::audit(tx, now, "job.retried", &id.to_string()).await?;
            }
            Ok(found)
        })
        .await?;
    if found {
        return Ok(StatusCode::ACCEPTED);
    }
    Err(Problem::not_found("job.unknown", "There is no such job to run again").into())
}
