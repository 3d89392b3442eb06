//! Endpoints of vouchers.
use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use httpkit::{
    csv,
    extract::{Body, Params, PathParams},
    page,
    problem::Problem,
    routes,
};
use jiff::Timestamp;
use retail::promotion::voucher::{VoucherCode, VoucherCodeError};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::db::{self, Asked};
use super::{Codes, NewVouchers, Voucher, VouchersMade};
use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::promotion;
use crate::session::{Everywhere, PromotionManage};

/// Bytes of a request with codes.
const MOST_BYTES: usize = 2 << 20;
/// Rows of an export.
const MOST_EXPORTED: i64 = 100_000;

/// Endpoints of vouchers.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(stop))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
}

/// Codes to be made or taken in: `codes`, `file` or `count`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PostVouchers {
    /// Of this request, made by the client: the same again gets the first answer.
    id: Uuid,
    /// One text for each line; spaces, dashes and small letters say nothing.
    codes: Option<Vec<String>>,
    /// A file: the first column of each line; a heading `code` is left out.
    file: Option<String>,
    /// So many by chance, of letters and digits that nobody mixes up, with a check character.
    count: Option<usize>,
    /// How those begin; at most 12 letters and digits.
    #[serde(default)]
    prefix: String,
    /// How often each may be used, in all shops together; null: any number of times.
    uses_each: Option<i64>,
    /// Only for customers of this segment.
    segment: Option<String>,
    /// Only for this customer.
    patron_id: Option<Uuid>,
    /// Not from then on.
    valid_until: Option<Timestamp>,
}

/// Makes vouchers of a promotion, or takes codes in: up to 20,000 at once. What is there already, in the whole chain, and what
/// is no code is said by its line; the others are made. Needs `promotion.manage` in the whole chain.
#[utoipa::path(
    post, path = "/v1/promotions/{promotion}/vouchers", tag = "promotion", operation_id = "make_vouchers",
    params(("promotion" = Uuid, Path, description = "The promotion")), request_body = PostVouchers,
    responses(
        (status = 200, description = "What became of them", body = VouchersMade),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`promotion.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`voucher.not_asked_for`: the promotion has no condition `voucher`; `voucher.id_reused`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `voucher.count`: figure `max`; `voucher.source`, `voucher.uses`, `voucher.segment`, `voucher.patron`, `voucher.prefix`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn make(
    State(cloud): State<Cloud>,
    allowed: Everywhere<PromotionManage>,
    PathParams(promotion): PathParams<Uuid>,
    Body(given): Body<PostVouchers>,
) -> Result<Json<VouchersMade>> {
    let codes = match (given.codes, given.file, given.count) {
        (Some(codes), None, None) => Codes::Given(codes),
        (None, Some(file), None) => Codes::Given(super::lines(&file)),
        (None, None, Some(count)) => Codes::Made {
            count,
            prefix: given.prefix,
        },
        _ => {
            let message = "Give codes, or a file, or how many";
            return Err(Problem::invalid("voucher.source", "codes", message).into());
        }
    };
    let new = NewVouchers {
        id: given.id,
        codes,
        uses: given.uses_each,
        segment: given.segment,
        patron: given.patron_id,
        valid_until: given.valid_until,
    };
    let made = super::make(&cloud, allowed.actor(), promotion, &new).await?;
    Ok(Json(made))
}

/// Which vouchers.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// How the code begins; spaces, dashes and small letters say nothing. What no code can begin with finds none.
    #[serde(default)]
    q: String,
    /// `next` of the page before.
    after: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
    /// `csv`: a file with up to 100,000 vouchers instead of a page.
    format: Option<String>,
}

/// A page of vouchers.
#[derive(Serialize, ToSchema)]
struct VoucherPage {
    items: Vec<Voucher>,
    /// Goes on after the last one; null at the end.
    next: Option<String>,
}

/// Vouchers of a promotion, in the order in which they were made: whoever has a code can use it, so this needs
/// `promotion.manage` in the whole chain. As `format=csv` a file that spreadsheets may open: no cell is a formula. An export is
/// an entry of the audit.
#[utoipa::path(
    get, path = "/v1/promotions/{promotion}/vouchers", tag = "promotion", operation_id = "list_vouchers",
    params(("promotion" = Uuid, Path, description = "The promotion"), Filter),
    responses(
        (status = 200, description = "A page of vouchers; as `text/csv` with `format=csv`", body = VoucherPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`promotion.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`, `query.invalid`, `cursor.invalid`, `audit.format`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Everywhere<PromotionManage>,
    PathParams(promotion): PathParams<Uuid>,
    Params(filter): Params<Filter>,
) -> Result<Response> {
    let is_export = csv::is_asked_for(filter.format.as_deref())?;
    let rows = if is_export {
        MOST_EXPORTED
    } else {
        page::clamp_limit(filter.limit, page::DEFAULT_LIMIT)
    };
    let after = page::decode(filter.after.as_deref())?;
    let asked = prefix(&filter.q).map(|prefix| Asked {
        promotion,
        prefix,
        after,
        limit: rows + 1,
    });
    let mut items = cloud
        .tx("list_vouchers", allowed.actor(), async |tx| {
            let known = promotion::db::newest(tx, promotion).await?;
            known.ok_or_else(promotion::unknown)?;
            let items = match &asked {
                Some(asked) => db::page(tx, asked).await?,
                None => Vec::new(),
            };
            if is_export {
                let entry = Entry::new("voucher.exported", promotion).with("rows", items.len());
                entry.note(&cloud, tx).await?;
            }
            Ok(items)
        })
        .await?;
    let next = page::cut(&mut items, rows, |last| page::encode(&last.id));
    if is_export {
        return Ok(csv::file("vouchers.csv", table(&items)));
    }
    Ok(Json(VoucherPage { items, next }).into_response())
}

/// How the codes begin that are looked for, in their one form; empty: anyhow. None: no code begins so.
fn prefix(q: &str) -> Option<String> {
    match VoucherCode::parse(q) {
        Ok(code) => Some(code.to_string()),
        Err(VoucherCodeError::Empty) => Some(String::new()),
        Err(VoucherCodeError::TooLong | VoucherCodeError::Character(_)) => None,
    }
}

fn table(items: &[Voucher]) -> String {
    let mut table = csv::BYTE_ORDER_MARK.to_owned();
    let heading = [
        "code",
        "uses_each",
        "used",
        "segment",
        "patron_id",
        "valid_until",
        "stopped",
        "made_at",
    ];
    csv::row(&mut table, heading);
    for item in items {
        let cells = [
            item.code.clone(),
            item.uses_each
                .map(|uses| uses.to_string())
                .unwrap_or_default(),
            item.used.map(|used| used.to_string()).unwrap_or_default(),
            item.segment.clone().unwrap_or_default(),
            item.patron_id.map(|id| id.to_string()).unwrap_or_default(),
            item.valid_until
                .map(|at| at.to_string())
                .unwrap_or_default(),
            item.stopped.to_string(),
            item.made_at.to_string(),
        ];
        csv::row(&mut table, cells.iter().map(String::as_str));
    }
    table
}

/// Why it is stopped.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct StopVoucher {
    /// 1 to 200 characters; it stays in the audit.
    reason: String,
}

/// Stops a voucher: nobody may use its code any more. Repeating it changes nothing. Needs `promotion.manage` in the whole
/// chain.
#[utoipa::path(
    post, path = "/v1/promotions/{promotion}/vouchers/{voucher}/stop", tag = "promotion", operation_id = "stop_voucher",
    params(
        ("promotion" = Uuid, Path, description = "The promotion"),
        ("voucher" = Uuid, Path, description = "The voucher"),
    ),
    request_body = StopVoucher,
    responses(
        (status = 204, description = "It is stopped"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`voucher.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `voucher.reason`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn stop(
    State(cloud): State<Cloud>,
    allowed: Everywhere<PromotionManage>,
    PathParams((promotion, voucher)): PathParams<(Uuid, Uuid)>,
    Body(given): Body<StopVoucher>,
) -> Result<StatusCode> {
    super::stop(&cloud, allowed.actor(), promotion, voucher, &given.reason).await?;
    Ok(StatusCode::NO_CONTENT)
}
