//! `/v1/stock` and `/v1/counts`.
use axum::{Json, extract::DefaultBodyLimit, http::StatusCode, response::Response};
use httpkit::{
    extract::{Body, Params, PathParams},
    page,
    problem::{Problem, Result},
    routes,
    server::LONG_JSON,
};
use jiff::Timestamp;
use retail::{id::Id, quantity::Quantity, rights::NodeAccount};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{CountError, CountReason};
use crate::http::{
    Unit,
    access::{Allowed, Door, may},
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(count))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Part of a name or an own code.
    q: Option<String>,
    /// Only what somebody should count.
    #[serde(default)]
    to_count: bool,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// The account of a variant in this shop, in base units.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Account {
    /// `node_rights + claim_bound - debt + picked + unsellable`.
    on_hand: i64,
    /// What tills may sell.
    node_rights: i64,
    /// The part of `node_rights` that may be given to the online channel.
    exportable: i64,
    /// What may be promised online.
    claim_bound: i64,
    /// The part of `claim_bound` that has no unit behind it: the cloud pays it back.
    debt: i64,
    /// Picked for online orders, not handed over.
    picked: i64,
    /// Damaged, or returned and not graded.
    unsellable: i64,
    /// On the way to another location; not on hand.
    shipped: i64,
}

impl From<NodeAccount> for Account {
    fn from(account: NodeAccount) -> Self {
        Self {
            on_hand: account.on_hand().base_units(),
            node_rights: account.rights.base_units(),
            exportable: account.exportable.base_units(),
            claim_bound: account.claim_bound.base_units(),
            debt: account.debt.base_units(),
            picked: account.picked.base_units(),
            unsellable: account.unsellable.base_units(),
            shipped: account.shipped.base_units(),
        }
    }
}

/// Stock of one variant.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VariantStock {
    variant_id: Uuid,
    sku: String,
    name: String,
    unit: Unit,
    #[serde(flatten)]
    account: Account,
    /// The shelf has been seen to differ from the book: somebody should count it.
    to_count: bool,
    /// What the head office expects on the shelf, when it has asked for a count.
    #[schema(required)]
    office_expects: Option<i64>,
    /// When it was counted last.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    counted_at: Option<Timestamp>,
}

/// Stock by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StockList {
    items: Vec<VariantStock>,
    #[schema(required)]
    next: Option<String>,
}

/// List the stock of this shop by name
#[utoipa::path(get, path = "/v1/stock", operation_id = "list_stock", tag = "stock", params(ListParams), responses(
    (status = 200, body = StockList),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`cursor.invalid`"),
))]
async fn list(
    allowed: Allowed<may::StockRead>,
    Params(params): Params<ListParams>,
) -> Result<Json<StockList>> {
    let after = page::decode::<(String, Uuid)>(params.cursor.as_deref())?;
    let limit = page::clamp_limit(params.limit, page::DEFAULT_LIMIT);
    let words = params.q.unwrap_or_default();
    let stock = allowed
        .shop
        .read(move |at| super::list(at, &words, params.to_count, after, limit))
        .await?;
    let is_full = i64::try_from(stock.len()).is_ok_and(|rows| rows == limit);
    let next = stock
        .last()
        .filter(|_| is_full)
        .map(|last| page::encode(&(&last.folded, last.variant.as_uuid())));
    let items = stock
        .into_iter()
        .map(|row| VariantStock {
            variant_id: row.variant.as_uuid(),
            sku: row.sku,
            name: row.name,
            unit: row.unit.into(),
            account: row.account.into(),
            to_count: row.is_doubted,
            office_expects: row.office_expects.map(Quantity::base_units),
            counted_at: row.counted_at,
        })
        .collect();
    Ok(Json(StockList { items, next }))
}

/// Why stock is counted.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum ReasonCode {
    Opening,
    Count,
}

/// What was counted of one variant.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CountedLine {
    variant_id: Uuid,
    /// Base units.
    counted: i64,
}

/// A count.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewCount {
    lines: Vec<CountedLine>,
    reason: ReasonCode,
}

/// What a count changed.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CountLine {
    variant_id: Uuid,
    /// What the book said at that instant.
    expected: i64,
    counted: i64,
    difference: i64,
}

/// A recorded count.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Count {
    id: Uuid,
    lines: Vec<CountLine>,
    /// The number of its event at this node.
    seq: i64,
}

impl From<super::Count> for Count {
    fn from(count: super::Count) -> Self {
        let lines = count.lines.into_iter().map(|line| CountLine {
            variant_id: line.variant.as_uuid(),
            expected: line.expected.base_units(),
            counted: line.counted.base_units(),
            difference: (line.counted - line.expected).base_units(),
        });
        Self {
            id: count.id.as_uuid(),
            lines: lines.collect(),
            seq: count.seq,
        }
    }
}

/// Record a count
///
/// Counts the shelf without picked units. What may be promised online comes first; what is beyond it is the shop's own to
/// sell. Repeating the same id and content answers 200 with the first result.
#[utoipa::path(put, path = "/v1/counts/{id}", operation_id = "record_count", tag = "stock", params(("id" = Uuid, Path, description = "made by the client")),
    request_body = NewCount, responses(
    (status = 201, body = Count),
    (status = 200, body = Count, description = "It had been recorded before"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`count.id_reused`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`count.no_lines`, `count.too_many_lines` {max}, \
        `count.twice` {line}, `count.variant_unknown` {line}, `count.quantity_out_of_range` {line, max}"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn count(
    allowed: Allowed<may::StockCount>,
    PathParams(id): PathParams<Uuid>,
    Body(count): Body<NewCount>,
) -> Result<Response> {
    let lines = count
        .lines
        .into_iter()
        .map(|line| (Id::from_uuid(line.variant_id), Quantity::new(line.counted)))
        .collect();
    let reason = match count.reason {
        ReasonCode::Opening => CountReason::Opening,
        ReasonCode::Count => CountReason::Count,
    };
    let recorded = super::count(
        &allowed.shop,
        &allowed.actor,
        Id::from_uuid(id),
        lines,
        reason,
    )
    .await?;
    Ok(crate::http::recorded(recorded, Count::from))
}

impl From<CountError> for Problem {
    fn from(error: CountError) -> Self {
        let title = error.to_string();
        let on_line = |code, line: usize, field: &str| {
            Self::invalid(code, format!("lines[{line}].{field}"), title.clone())
                .figure("line", line)
        };
        match error {
            CountError::NoLines => Self::invalid("count.no_lines", "lines", title),
            CountError::TooManyLines { max } => {
                Self::invalid("count.too_many_lines", "lines", title).figure("max", max)
            }
            CountError::Twice { line } => on_line("count.twice", line, "variant_id"),
            CountError::UnknownVariant { line } => {
                on_line("count.variant_unknown", line, "variant_id")
            }
            CountError::QuantityOutOfRange { line, max } => {
                on_line("count.quantity_out_of_range", line, "counted")
                    .figure("max", max.base_units())
            }
            CountError::Rights(error) => crate::rights::http::of_rule(error),
            CountError::IdReused => Self::new(StatusCode::CONFLICT, "count.id_reused", title),
            CountError::Denied(error) => error.into(),
            CountError::Unenrolled(error) => error.into(),
            CountError::Db(error) => error.into(),
        }
    }
}
