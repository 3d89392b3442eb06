//! Endpoints of channels.
use axum::{Json, extract::State, http::StatusCode};
use httpkit::{extract::Body, problem::Problem, routes};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use super::{Channel, db};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{ChannelManage, Everywhere};

/// Endpoints of channels.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(list, add))
}

/// Channels.
#[derive(Serialize, ToSchema)]
struct ChannelList {
    items: Vec<Channel>,
}

/// A channel as it is made.
#[derive(Deserialize, ToSchema)]
struct NewChannel {
    #[schema(example = "Web shop")]
    name: String,
}

/// A new channel with its key.
#[derive(Serialize, ToSchema)]
struct ChannelKey {
    #[serde(flatten)]
    channel: Channel,
    /// Sent as `Authorization: Bearer …`; shown only here.
    key: String,
}

/// All channels, by name. Needs `channel.manage` in the whole chain.
#[utoipa::path(
    get, path = "/v1/channels", tag = "order", operation_id = "list_channels",
    responses(
        (status = 200, description = "The channels", body = ChannelList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Everywhere<ChannelManage>,
) -> Result<Json<ChannelList>> {
    let items = cloud
        .read("list_channels", allowed.actor(), async |tx| {
            db::list(tx).await
        })
        .await?;
    Ok(Json(ChannelList { items }))
}

/// Makes a channel. Its key is shown only here. Needs `channel.manage` in the whole chain.
#[utoipa::path(
    post, path = "/v1/channels", tag = "order", operation_id = "add_channel", request_body = NewChannel,
    responses(
        (status = 201, description = "The channel with its key", body = ChannelKey),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`channel.name_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `channel.name`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn add(
    State(cloud): State<Cloud>,
    allowed: Everywhere<ChannelManage>,
    Body(asked): Body<NewChannel>,
) -> Result<(StatusCode, Json<ChannelKey>)> {
    let (channel, key) = super::add(&cloud, allowed.actor(), &asked.name).await?;
    Ok((StatusCode::CREATED, Json(ChannelKey { channel, key })))
}
