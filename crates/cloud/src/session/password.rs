//! Changing one's own password.
use axum::{extract::State, http::StatusCode};
use httpkit::{extract::Body, problem::Problem, routes};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use super::limit::Subjects;
use super::{Present, Visitor, db, list};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::staff;

/// The endpoint of one's password.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(change))
}

/// The password now, and the one from now on.
#[derive(Deserialize, ToSchema)]
struct NewPassword {
    current: String,
    /// 8 to 1,000 characters, of any kind; none that many people have, and not one's own name, e-mail or the company's.
    new: String,
}

/// Changes one's password. All other sessions end.
#[utoipa::path(
    put, path = "/v1/me/password", tag = "session", operation_id = "change_my_password", request_body = NewPassword,
    responses(
        (status = 204, description = "Changed"),
        (status = 401, description = "`session.missing`; `session.credentials`: the current password is wrong", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`session.required`: a token may not do this", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `staff.password`, `password.common`, `password.about_you`", body = Problem, content_type = "application/problem+json"),
        (status = 429, description = "`session.locked`: too many tries; figures `retry_after_s`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn change(
    State(cloud): State<Cloud>,
    me: Present,
    visitor: Visitor,
    Body(given): Body<NewPassword>,
) -> Result<StatusCode> {
    let now = cloud.security_now();
    let subjects = Subjects::account(me.email(), visitor.address);
    let account = cloud
        .tx("count_password", me.actor(), async |tx| {
            subjects.count(tx, now).await?;
            db::account(tx, me.email()).await
        })
        .await?;
    let hash = account.and_then(|account| account.password_hash);
    let right = match hash {
        Some(hash) => super::verify(&cloud, &given.current, hash).await?,
        None => false,
    };
    if !right {
        return Err(Problem::new(
            StatusCode::UNAUTHORIZED,
            "session.credentials",
            "The current password is wrong",
        )
        .into());
    }
    let hash = staff::password_hash(&cloud, &given.new, &[me.name(), me.email()]).await?;
    cloud
        .tx("change_password", me.actor(), async |tx| {
            subjects.forgive(tx).await?;
            staff::db::put_secrets(tx, me.id(), Some(&hash), None).await?;
            list::db::end_others(tx, me.id(), me.session()).await?;
            db::audit(tx, now, "password.changed", &me.id().to_string()).await
        })
        .await?;
    cloud.office().live.look_again();
    Ok(StatusCode::NO_CONTENT)
}
