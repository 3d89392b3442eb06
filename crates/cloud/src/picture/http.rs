//! Endpoints of pictures.
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Json, extract::State};
use httpkit::access::Asks;
use httpkit::{
    extract::{Body, PathParams},
    problem::Problem,
    routes,
};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Gallery, KeptPicture, Upload, db, too_large, unhex};
use crate::cloud::Cloud;
use crate::error::{Error, Result};
use crate::session::{Allowed, CatalogManage, CatalogRead, Everywhere, Viewer};

/// A picture is nothing else: no page, no script, nothing that loads anything.
const ONLY_A_PICTURE: &str = "default-src 'none'; sandbox";
/// Its address says its content, so it never changes. Only for who has asked: shared caches do not know who may.
const FOR_EVER: &str = "private, max-age=31536000, immutable";

/// Endpoints of pictures.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    let uploads = OpenApiRouter::new()
        .routes(routes!(add))
        .layer(DefaultBodyLimit::max(picture::MOST_BYTES));
    OpenApiRouter::new()
        .routes(routes!(list, put))
        .routes(routes!(show))
        .merge(uploads)
}

impl FromRequest<Cloud> for Upload {
    type Rejection = Error;

    /// Waits for its turn before the first byte is read: what waits is with whoever sends it, not in our memory.
    async fn from_request(request: Request, cloud: &Cloud) -> Result<Self> {
        let length = request.headers().get(header::CONTENT_LENGTH);
        let length = length.and_then(|length| length.to_str().ok()?.parse().ok());
        if length.is_some_and(|length: usize| length > picture::MOST_BYTES) {
            return Err(too_large().into());
        }
        let place = cloud.pictures().place().await?;
        let bytes = Bytes::from_request(request, cloud).await;
        let bytes = bytes.map_err(|refusal| match refusal.status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            status => Problem::new(status, "body.malformed", "The request broke off"),
        })?;
        Ok(Self { bytes, place })
    }
}

impl Asks for Upload {}

/// The pictures of a product, in their order. Needs `catalog.read`.
#[utoipa::path(
    get, path = "/v1/products/{product}/pictures", tag = "catalog", operation_id = "list_pictures",
    params(("product" = Uuid, Path, description = "The product")),
    responses(
        (status = 200, description = "Its pictures", body = Gallery),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`product.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<CatalogRead>,
    PathParams(product): PathParams<Uuid>,
) -> Result<Json<Gallery>> {
    Ok(Json(
        super::gallery(&cloud, allowed.actor(), product).await?,
    ))
}

/// Adds a picture behind the others: a JPEG, PNG or WebP as it is, at most 12 MiB and 40 million pixels. Notes of the camera
/// are not kept. May be repeated. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/products/{product}/pictures/{picture}", tag = "catalog", operation_id = "add_picture",
    params(("product" = Uuid, Path, description = "The product"), ("picture" = Uuid, Path, description = "A new id")),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses(
        (status = 200, description = "It is there", body = Gallery),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`product.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`picture.id_reused`; `picture.too_many`: figure `most`", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "`body.too_large`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`, `picture.kind`, `picture.damaged`; `picture.too_many_pixels`: figures `width`, `height`, `most`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`, `picture.busy`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn add(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    PathParams((product, id)): PathParams<(Uuid, Uuid)>,
    file: Upload,
) -> Result<Json<Gallery>> {
    let gallery = super::add(&cloud, allowed.actor(), product, id, file).await?;
    Ok(Json(gallery))
}

/// The pictures of a product as they shall be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewGallery {
    /// The version that was seen. Another one is refused, unless it is so already.
    #[serde(default)]
    version: Option<i64>,
    /// In their order; those that are left out are removed.
    items: Vec<KeptPicture>,
}

/// Says what the pictures of a product show, puts them in an order, and removes those that are left out. Needs
/// `catalog.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/products/{product}/pictures", tag = "catalog", operation_id = "put_pictures",
    params(("product" = Uuid, Path, description = "The product")),
    request_body = NewGallery,
    responses(
        (status = 200, description = "It is so", body = Gallery),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`product.unknown`, `picture.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`catalog.edited_meanwhile`: figures `by`, `at`, `fields`, `version`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `picture.repeated`, `picture.alt`, `picture.choice`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    PathParams(product): PathParams<Uuid>,
    Body(given): Body<NewGallery>,
) -> Result<Json<Gallery>> {
    let actor = allowed.actor();
    let gallery = super::put(&cloud, actor, product, given.version, &given.items).await?;
    Ok(Json(gallery))
}

/// A picture itself. For whoever is signed in.
#[utoipa::path(
    get, path = "/v1/pictures/{hash}", tag = "catalog", operation_id = "show_picture",
    params(("hash" = String, Path, description = "SHA-256 of the file, 64 hexadecimal digits: `small` or `large` of a picture")),
    responses(
        (status = 200, description = "The file; it never changes", body = Vec<u8>, content_type = "image/jpeg"),
        (status = 304, description = "It is what the caller has"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`picture.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    PathParams(hash): PathParams<String>,
    headers: HeaderMap,
) -> Result<Response> {
    let unknown = || Problem::not_found("picture.unknown", "There is no such picture");
    let wanted = unhex(&hash).ok_or_else(unknown)?;
    let tag = format!("\"{hash}\"");
    let known = headers.get_all(header::IF_NONE_MATCH).iter();
    let mut known = known.filter_map(|tags| tags.to_str().ok());
    let is_known = known.any(|tags| tags.contains(&tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let file = cloud
            .read("show_picture", viewer.actor(), async |tx| {
                db::file(tx, &wanted).await
            })
            .await?;
        let jpeg = HeaderValue::from_static("image/jpeg");
        ([(header::CONTENT_TYPE, jpeg)], file.ok_or_else(unknown)?).into_response()
    };
    let out = response.headers_mut();
    out.insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_EVER));
    out.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static(ONLY_A_PICTURE),
    );
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        out.insert(header::ETAG, tag);
    }
    Ok(response)
}
