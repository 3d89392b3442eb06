//! Labels for shelves and items.
use axum::response::Response;
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
};
use retail::id::Id;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Print, PrintAt, What, ordered};
use crate::http::access::{Allowed, Door, may};

pub(super) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(print_label))
}

/// What a label is for.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LabelCode {
    Shelf,
    Item,
}

/// A label that is wanted.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Label {
    label: LabelCode,
    /// None: at the printer of the register that is signed in at.
    register_id: Option<Uuid>,
}

/// Print a label of a variant
#[utoipa::path(put, path = "/v1/variants/{id}/labels/{print_id}", operation_id = "print_label", tag = "printing",
    params(("id" = Uuid, Path), ("print_id" = Uuid, Path, description = "made by the till")), request_body = Label, responses(
    (status = 201, body = Print),
    (status = 200, body = Print, description = "It had been queued before"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`print.nothing`: there is nothing of this id"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`print.no_printer`, `print.queue_full` {max}, `print.id_reused`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`body.invalid`"),
))]
async fn print_label(
    allowed: Allowed<may::StockRead>,
    PathParams((id, print_id)): PathParams<(Uuid, Uuid)>,
    Body(label): Body<Label>,
) -> Result<Response> {
    let variant = Id::from_uuid(id);
    let what = match label.label {
        LabelCode::Shelf => What::ShelfLabel(variant),
        LabelCode::Item => What::ItemLabel(variant),
    };
    let at = PrintAt {
        register_id: label.register_id,
    };
    ordered(&allowed.shop, &allowed.actor, print_id, what, &at, false).await
}
