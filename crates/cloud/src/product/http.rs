//! Endpoints of products.
use axum::extract::DefaultBodyLimit;
use axum::{Json, extract::State};
use httpkit::{
    extract::{Body, Params, PathParams},
    page,
    problem::Problem,
    routes,
    server::LONG_JSON,
};
use retail::catalog::matrix;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::list::{self, FoundVariant, ProductSummary};
use super::{Product, ProductContent, ProductOption};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, CatalogManage, CatalogRead, Everywhere};

/// Codes that are looked up at once.
const MOST_CODES: usize = 5_000;

/// Endpoints of products.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    let long = OpenApiRouter::new()
        .routes(routes!(put))
        .layer(DefaultBodyLimit::max(LONG_JSON));
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(make_matrix))
        .routes(routes!(find_variants))
        .merge(long)
}

/// Which products.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Beginnings of words of names, brand, SKUs, barcodes and suppliers' codes; accents do not matter.
    #[serde(default)]
    q: String,
    /// Only this category and those below it.
    category: Option<Uuid>,
    /// Only this brand.
    brand: Option<Uuid>,
    /// Only what this supplier has.
    supplier: Option<Uuid>,
    /// Only with this tag.
    tag: Option<String>,
    /// `active`, the default: with a variant that is sold; `retired`: without one; `all`.
    #[serde(default)]
    #[param(inline)]
    state: list::State,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// A page of products.
#[derive(Serialize, ToSchema)]
struct ProductPage {
    items: Vec<ProductSummary>,
    /// Goes on after the last one; null at the end.
    next: Option<String>,
}

/// Products by name. Needs `catalog.read`.
#[utoipa::path(
    get, path = "/v1/products", tag = "catalog", params(Filter), operation_id = "list_products",
    responses(
        (status = 200, description = "A page of products", body = ProductPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<CatalogRead>,
    Params(filter): Params<Filter>,
) -> Result<Json<ProductPage>> {
    let rows = page::clamp_limit(filter.limit, page::DEFAULT_LIMIT);
    let asked = list::Asked {
        after: page::decode(filter.cursor.as_deref())?,
        q: filter.q,
        category: filter.category,
        brand: filter.brand,
        supplier: filter.supplier,
        tag: filter.tag,
        state: filter.state,
        limit: rows + 1,
    };
    let mut items = cloud
        .read("list_products", allowed.actor(), async |tx| {
            list::page(tx, &asked).await
        })
        .await?;
    Ok(Json(ProductPage {
        next: page::cut(&mut items, rows, |last| page::encode(&last.position)),
        items,
    }))
}

/// A product with its variants and their prices. Needs `catalog.read`.
#[utoipa::path(
    get, path = "/v1/products/{product}", tag = "catalog", operation_id = "show_product",
    params(("product" = Uuid, Path, description = "The product")),
    responses(
        (status = 200, description = "The product", body = Product),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`product.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Allowed<CatalogRead>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<Product>> {
    let product = cloud
        .read("show_product", allowed.actor(), async |tx| {
            super::shown(tx, id).await
        })
        .await?;
    Ok(Json(product))
}

/// A product as it shall be.
#[derive(Deserialize, ToSchema)]
struct NewProduct {
    /// The version that was seen; null: it is new. Another one is refused, unless it is so already.
    #[serde(default)]
    version: Option<i64>,
    #[serde(flatten)]
    content: ProductContent,
}

/// Enters a product with its variants, or changes it. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/products/{product}", tag = "catalog", operation_id = "put_product",
    params(("product" = Uuid, Path, description = "The product; a new id makes a new one")),
    request_body = NewProduct,
    responses(
        (status = 200, description = "It is so", body = Product),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`product.unknown`, `category.unknown`, `brand.unknown`, `tax.unknown`, `supplier.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`catalog.edited_meanwhile`: figures `by`, `at`, `fields`, `version`; `variant.sku_taken`, `barcode.taken`, `variant.elsewhere`: figures `value`, `sku`, `name`, `product_id`; `variant.options_taken`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `catalog.name`, `product.description`, `product.tags`, `product.options`, `product.variants`, `variant.sku`, `variant.repeated`, `variant.choice`, `variant.options_taken`, `variant.unit`, `variant.unit_frozen`, `variant.quantity`, `variant.minimum`, `variant.suppliers`, `barcode.unreadable`, `barcode.check_digit` with figure `expected`, `barcode.repeated`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewProduct>,
) -> Result<Json<Product>> {
    let product = super::put(&cloud, allowed.actor(), id, given.version, &given.content).await?;
    Ok(Json(product))
}

/// Options of which a matrix is made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMatrix {
    options: Vec<ProductOption>,
    /// How SKUs are made: `TS-{size}-{colour}` or `TS-{1}-{2}`; what it does not name is put behind it.
    sku: String,
}

/// A cell of a matrix.
#[derive(Serialize, ToSchema)]
struct Cell {
    /// A choice of each option.
    options: Vec<String>,
    sku: String,
    /// Whether another variant has this SKU.
    taken: bool,
}

/// A matrix.
#[derive(Serialize, ToSchema)]
struct Matrix {
    /// The last option changes fastest.
    cells: Vec<Cell>,
}

/// Makes the variants of options, without keeping them. Needs `catalog.manage` in the whole chain.
#[utoipa::path(
    post, path = "/v1/products/matrix", tag = "catalog", operation_id = "make_matrix",
    request_body = NewMatrix,
    responses(
        (status = 200, description = "The cells", body = Matrix),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `product.options`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn make_matrix(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CatalogManage>,
    Body(given): Body<NewMatrix>,
) -> Result<Json<Matrix>> {
    let options = super::choices(&given.options);
    let cells = matrix::cells(&options).map_err(|error| super::wrong_options(&error))?;
    let skus: Vec<String> = cells
        .iter()
        .map(|cell| matrix::sku(given.sku.trim(), &options, cell))
        .collect();
    let taken = cloud
        .read("make_matrix", allowed.actor(), async |tx| {
            super::db::taken_skus(tx, &skus).await
        })
        .await?;
    let cells = cells.into_iter().zip(skus).map(|(options, sku)| Cell {
        options,
        taken: taken.contains(&sku),
        sku,
    });
    Ok(Json(Matrix {
        cells: cells.collect(),
    }))
}

/// SKUs and barcodes, as people have them in lists.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Codes {
    /// At most 5,000.
    codes: Vec<String>,
}

/// What codes stand for.
#[derive(Serialize, ToSchema)]
struct FoundVariants {
    /// In the order of the codes, without those that stand for nothing.
    items: Vec<FoundVariant>,
}

/// Finds variants by SKU or barcode, thousands at once. Needs `catalog.read`.
#[utoipa::path(
    post, path = "/v1/variants/find", tag = "catalog", operation_id = "find_variants",
    request_body = Codes,
    responses(
        (status = 200, description = "Those that are there", body = FoundVariants),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `variant.too_many_codes` with figure `max`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn find_variants(
    State(cloud): State<Cloud>,
    allowed: Allowed<CatalogRead>,
    Body(given): Body<Codes>,
) -> Result<Json<FoundVariants>> {
    if given.codes.len() > MOST_CODES {
        let title = "Too many codes to look up at once";
        let problem = Problem::invalid("variant.too_many_codes", "codes", title);
        return Err(problem.figure("max", MOST_CODES).into());
    }
    let items = cloud
        .read("find_variants", allowed.actor(), async |tx| {
            list::find(tx, &given.codes).await
        })
        .await?;
    Ok(Json(FoundVariants { items }))
}
