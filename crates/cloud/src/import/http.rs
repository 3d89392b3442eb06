//! Endpoints of files that are taken in and given out.
use axum::body::Bytes;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, extract::State};
use httpkit::{
    extract::{Body, Params, PathParams},
    problem::Problem,
    routes,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::db::{self, ImportError};
use super::{Form, Import, Kind, MOST_PART, Told};
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;
use crate::session::{CatalogManage, Everywhere, Viewer};

/// Refused rows in one answer; all of them are in the file of errors.
const MOST_SHOWN: i64 = 500;

/// Endpoints of imports.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    let parts = OpenApiRouter::new()
        .routes(routes!(put_part))
        .layer(DefaultBodyLimit::max(MOST_PART));
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(begin, show))
        .routes(routes!(start))
        .routes(routes!(cancel))
        .routes(routes!(errors))
        .routes(routes!(error_file))
        .routes(routes!(export))
        .merge(parts)
}

/// Imports.
#[derive(Serialize, ToSchema)]
struct ImportList {
    /// The newest first; the last 50.
    items: Vec<Import>,
}

/// Files that were taken in. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    get, path = "/v1/imports", tag = "import", operation_id = "list_imports",
    responses(
        (status = 200, description = "The last ones", body = ImportList),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
) -> Result<Json<ImportList>> {
    let items = cloud
        .read("list_imports", allowed.actor(), async |tx| {
            db::list(tx).await
        })
        .await?;
    Ok(Json(ImportList { items }))
}

/// A file that somebody has.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewImport {
    kind: Kind,
    /// As it is called where it comes from.
    file_name: String,
}

/// Says that a file will come; its parts follow. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/imports/{import}", tag = "import", operation_id = "begin_import",
    params(("import" = Uuid, Path, description = "A new id")),
    request_body = NewImport,
    responses(
        (status = 200, description = "Its parts may come", body = Import),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`; `import.needs_person`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`import.id_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn begin(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    viewer: Viewer,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewImport>,
) -> Result<Json<Import>> {
    may(given.kind, &viewer)?;
    let import = super::begin(&cloud, allowed.actor(), id, given.kind, &given.file_name).await?;
    Ok(Json(import))
}

/// How far a file is. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    get, path = "/v1/imports/{import}", tag = "import", operation_id = "show_import",
    params(("import" = Uuid, Path, description = "The import")),
    responses(
        (status = 200, description = "How far it is", body = Import),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`import.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<Import>> {
    Ok(Json(super::show(&cloud, allowed.actor(), id).await?))
}

/// A part of the file, as it is, from 0 on; at most 2 MiB. May be repeated. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/imports/{import}/parts/{place}", tag = "import", operation_id = "put_import_part",
    params(("import" = Uuid, Path, description = "The import"), ("place" = i32, Path, description = "Which part, from 0")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 204, description = "It is there"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`import.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`import.running`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`body.too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`, `import.part`, `import.too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put_part(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    PathParams((id, place)): PathParams<(Uuid, i32)>,
    content: Bytes,
) -> Result<StatusCode> {
    super::put_part(&cloud, allowed.actor(), id, place, &content).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How it is taken in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Start {
    /// A trial: nothing is kept.
    #[serde(default)]
    is_dry: bool,
    /// What is known about the file; the rest is guessed.
    #[serde(default)]
    told: Told,
}

/// Takes the file in from its beginning, in the background. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    post, path = "/v1/imports/{import}/start", tag = "import", operation_id = "start_import",
    params(("import" = Uuid, Path, description = "The import")),
    request_body = Start,
    responses(
        (status = 202, description = "It begins", body = Import),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`import.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`import.running`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn start(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    viewer: Viewer,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<Start>,
) -> Result<(StatusCode, Json<Import>)> {
    may_see(&cloud, &viewer, id).await?;
    let import = super::start(&cloud, allowed.actor(), id, given.is_dry, &given.told).await?;
    Ok((StatusCode::ACCEPTED, Json(import)))
}

/// Ends it; rows that are in stay. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    post, path = "/v1/imports/{import}/cancel", tag = "import", operation_id = "cancel_import",
    params(("import" = Uuid, Path, description = "The import")),
    responses(
        (status = 200, description = "It ends", body = Import),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`import.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn cancel(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<Import>> {
    Ok(Json(super::cancel(&cloud, allowed.actor(), id).await?))
}

/// Refused rows.
#[derive(Serialize, ToSchema)]
struct ImportErrors {
    /// By line; the first 500.
    items: Vec<ImportError>,
}

/// Which rows were refused, and why. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    get, path = "/v1/imports/{import}/errors", tag = "import", operation_id = "list_import_errors",
    params(("import" = Uuid, Path, description = "The import")),
    responses(
        (status = 200, description = "The first of them", body = ImportErrors),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`import.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn errors(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    viewer: Viewer,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<ImportErrors>> {
    may_see(&cloud, &viewer, id).await?;
    let items = cloud
        .read("list_import_errors", allowed.actor(), async |tx| {
            db::errors(tx, id, MOST_SHOWN).await
        })
        .await?;
    Ok(Json(ImportErrors { items }))
}

/// The refused rows as a CSV. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    get, path = "/v1/imports/{import}/errors.csv", tag = "import", operation_id = "get_import_errors",
    params(("import" = Uuid, Path, description = "The import")),
    responses(
        (status = 200, description = "All that were kept", body = String, content_type = "text/csv"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`import.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn error_file(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    viewer: Viewer,
    PathParams(id): PathParams<Uuid>,
) -> Result<Response> {
    may_see(&cloud, &viewer, id).await?;
    let table = super::errors(&cloud, allowed.actor(), id).await?;
    Ok(file("errors", Form::Csv, table.into_bytes()))
}

/// Whether somebody may take a kind in: what they could do by hand. People are entered by people, not by programs with a
/// token, which may do less than whoever made it.
fn may(kind: Kind, viewer: &Viewer) -> Result<()> {
    kind.check(viewer)?;
    if kind == Kind::Staff && matches!(viewer.actor(), Actor::Token { .. }) {
        let title = "People are taken in by people, not by programs";
        return Err(Problem::new(StatusCode::FORBIDDEN, "import.needs_person", title).into());
    }
    Ok(())
}

/// The same for a file that is there.
async fn may_see(cloud: &Cloud, viewer: &Viewer, id: Uuid) -> Result<()> {
    let import = super::show(cloud, viewer.actor(), id).await?;
    may(
        Kind::by_code(&import.kind).unwrap_or(Kind::Products),
        viewer,
    )
}

fn file(name: &str, form: Form, table: Vec<u8>) -> Response {
    let (kind, end) = match form {
        Form::Csv => ("text/csv; charset=utf-8", "csv"),
        Form::Xlsx => (XLSX, "xlsx"),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}.{end}\""),
        ),
    ];
    (headers, table).into_response()
}

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// How a file is written.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Written {
    /// `csv`, or `xlsx`: a workbook.
    #[serde(default)]
    #[param(inline)]
    form: WrittenAs,
}

#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum WrittenAs {
    #[default]
    Csv,
    Xlsx,
}

/// A kind as a file that is taken in again as unchanged; no cell is a formula. Needs `catalog.manage` in the whole chain, and
/// what changing this kind by hand needs.
#[utoipa::path(
    get, path = "/v1/exports/{kind}", tag = "import", operation_id = "export_catalog",
    params(("kind" = Kind, Path, description = "What"), Written),
    responses(
        (status = 200, description = "The file", content(
            (String = "text/csv"), (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"))),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`, `query.invalid`, `export.too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn export(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    viewer: Viewer,
    PathParams(kind): PathParams<Kind>,
    Params(written): Params<Written>,
) -> Result<Response> {
    kind.check(&viewer)?;
    let form = match written.form {
        WrittenAs::Csv => Form::Csv,
        WrittenAs::Xlsx => Form::Xlsx,
    };
    let table = super::export::table(&cloud, allowed.actor(), kind, form).await?;
    Ok(file(kind.code(), form, table))
}
