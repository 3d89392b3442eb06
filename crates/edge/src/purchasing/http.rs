//! `/v1/suppliers`, `/v1/purchase-quotes` and `/v1/purchases`.
use axum::{Json, extract::DefaultBodyLimit, response::Response};
use httpkit::{
    extract::{Body, Params, PathParams},
    page,
    problem::{Problem, Result},
    routes,
    server::LONG_JSON,
};
use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount,
    id::Id,
    purchasing::{Measure, PaymentKind, PurchaseError, WeightSource},
    quantity::Quantity,
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{
    NewMeasure, NewWeight, RecordError,
    container::http::{self as container, NewContainers, PurchaseContainers},
    db,
    reversal::http::{PurchaseReversal, PurchaseState},
};
use crate::http::{
    Named, Place, Unit,
    access::{Allowed, Door, may},
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(suppliers))
        .routes(routes!(quote))
        .routes(routes!(record, get))
        .routes(routes!(list))
        .merge(container::routes())
        .merge(super::reversal::http::routes())
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// From whom goods are bought.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Supplier {
    id: Uuid,
    name: String,
    /// Our short code for them.
    code: String,
}

/// Suppliers by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SupplierList {
    items: Vec<Supplier>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct SupplierParams {
    /// Part of a name or of a code.
    q: Option<String>,
}

/// List suppliers by name
#[utoipa::path(get, path = "/v1/suppliers", operation_id = "list_suppliers", tag = "purchases", params(SupplierParams), responses(
    (status = 200, body = SupplierList),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
))]
async fn suppliers(
    allowed: Allowed<may::PurchaseCreate>,
    Params(params): Params<SupplierParams>,
) -> Result<Json<SupplierList>> {
    let found = super::suppliers(&allowed.shop, params.q.as_deref().unwrap_or_default()).await?;
    let items = found.into_iter().map(|supplier| Supplier {
        id: supplier.id.as_uuid(),
        name: supplier.name,
        code: supplier.code,
    });
    Ok(Json(SupplierList {
        items: items.collect(),
    }))
}

/// Where a weight came from; a typed one is flagged on the ticket.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SourceCode {
    Scale,
    Manual,
}

/// A weighing in grams: gross, and `tare` or `containers`.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub(crate) struct Weight {
    gross: i64,
    /// Typed by hand: flagged on the ticket. 0: nothing but the goods was on the scale.
    tare: Option<i64>,
    /// What the goods were weighed in.
    containers: Option<NewContainers>,
    source: SourceCode,
}

impl Weight {
    fn named(self, line: usize) -> Result<NewWeight> {
        Ok(NewWeight {
            gross: Quantity::new(self.gross),
            tare: container::new_tare(line, self.tare, self.containers)?,
            source: match self.source {
                SourceCode::Scale => WeightSource::Scale,
                SourceCode::Manual => WeightSource::Manual,
            },
        })
    }
}

/// What the buyer put in: `quantity` or `weight`.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PurchaseLine {
    variant_id: Uuid,
    /// Base units, when counted.
    quantity: Option<i64>,
    /// Grams, when weighed.
    weight: Option<Weight>,
    /// Decimal, major units per `cost_quantity` base units.
    #[schema(value_type = String, example = "2.40")]
    unit_cost: Decimal,
    cost_quantity: i64,
}

fn new_lines(lines: Vec<PurchaseLine>) -> Result<Vec<super::NewLine>> {
    lines
        .into_iter()
        .enumerate()
        .map(|(at, line)| {
            let measure = match (line.quantity, line.weight) {
                (Some(quantity), None) => NewMeasure::Counted(Quantity::new(quantity)),
                (None, Some(weight)) => NewMeasure::Weighed(weight.named(at)?),
                (Some(_), Some(_)) | (None, None) => {
                    return Err(on_line(
                        "purchase.measure_unclear",
                        at,
                        "quantity",
                        format!("line {at}: either a quantity or a weight is needed"),
                    ));
                }
            };
            Ok(super::NewLine {
                variant: Id::from_uuid(line.variant_id),
                measure,
                unit_cost: line.unit_cost,
                cost_quantity: line.cost_quantity,
            })
        })
        .collect()
}

/// A purchase to be priced.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PurchaseBasket {
    lines: Vec<PurchaseLine>,
    /// The purchase that it shall stand in the place of: its containers count as they were then.
    corrects: Option<Uuid>,
}

/// One line with its sum.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PurchaseQuoteLine {
    variant_id: Uuid,
    name: String,
    unit: Unit,
    /// Base units that go into stock.
    quantity: i64,
    /// Grams, when it was weighed.
    #[schema(required)]
    gross: Option<i64>,
    #[schema(required)]
    tare: Option<i64>,
    #[schema(required)]
    net: Option<i64>,
    #[schema(required)]
    source: Option<SourceCode>,
    /// What the tare is made of; null: it was typed, or nothing but the goods was on the scale.
    #[schema(required)]
    containers: Option<PurchaseContainers>,
    /// The tare was typed by hand.
    manual_tare: bool,
    /// Decimal, major units per `cost_quantity` base units.
    unit_cost: String,
    cost_quantity: i64,
    cost_minor: i64,
}

impl From<super::Line> for PurchaseQuoteLine {
    fn from(line: super::Line) -> Self {
        let weight = match line.measure {
            Measure::Counted(_) => None,
            Measure::Weighed(weight) => Some(weight),
        };
        Self {
            containers: PurchaseContainers::of(&line),
            manual_tare: weight.is_some_and(|weight| weight.tare.is_typed()),
            variant_id: line.variant.as_uuid(),
            name: line.name,
            unit: line.unit.into(),
            quantity: line.quantity.base_units(),
            gross: weight.map(|weight| weight.gross.base_units()),
            tare: weight.map(|weight| weight.tare.grams().base_units()),
            net: weight.map(|_| line.quantity.base_units()),
            source: weight.map(|weight| match weight.source {
                WeightSource::Scale => SourceCode::Scale,
                WeightSource::Manual => SourceCode::Manual,
            }),
            unit_cost: line.cost.major().to_string(),
            cost_quantity: line.cost.per(),
            cost_minor: line.total.minor(),
        }
    }
}

/// A priced purchase.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PurchaseQuote {
    lines: Vec<PurchaseQuoteLine>,
    total_minor: i64,
}

/// How a supplier is paid.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaymentCode {
    /// Out of the drawer.
    Cash,
    /// To be settled later.
    Account,
}

impl From<PaymentKind> for PaymentCode {
    fn from(kind: PaymentKind) -> Self {
        match kind {
            PaymentKind::Cash => Self::Cash,
            PaymentKind::Account => Self::Account,
        }
    }
}

/// What the supplier gets.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
pub(crate) struct SupplierPayment {
    kind: PaymentCode,
    amount_minor: i64,
}

/// A purchase.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewPurchase {
    shift_id: Uuid,
    supplier_id: Uuid,
    /// The supplier's own document number.
    supplier_document: Option<String>,
    lines: Vec<PurchaseLine>,
    payment: SupplierPayment,
}

impl NewPurchase {
    /// The purchase under the id that the station has made for it.
    pub(crate) fn named(self, id: Uuid) -> Result<super::NewPurchase> {
        Ok(super::NewPurchase {
            id: Id::from_uuid(id),
            shift: Id::from_uuid(self.shift_id),
            supplier: Id::from_uuid(self.supplier_id),
            document: self.supplier_document,
            lines: new_lines(self.lines)?,
            payment: match self.payment.kind {
                PaymentCode::Cash => PaymentKind::Cash,
                PaymentCode::Account => PaymentKind::Account,
            },
            paid: Amount::from_minor(self.payment.amount_minor),
        })
    }
}

/// What the supplier takes away.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PurchaseTicket {
    id: Uuid,
    ticket_number: String,
    location: Place,
    register: Named,
    supplier: Supplier,
    #[schema(required)]
    supplier_document: Option<String>,
    staff: Named,
    shift_id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    closed_at: Timestamp,
    #[schema(value_type = String, format = Date)]
    business_date: Date,
    lines: Vec<PurchaseQuoteLine>,
    total_minor: i64,
    payment: SupplierPayment,
    /// The number of the purchase's event at this node.
    seq: i64,
    /// How it was voided or replaced; null: it counts.
    #[schema(required)]
    reversal: Option<PurchaseReversal>,
    /// How it came to stand in the place of another; null: it does not.
    #[schema(required)]
    replaces: Option<PurchaseReversal>,
}

impl From<super::Ticket> for PurchaseTicket {
    fn from(ticket: super::Ticket) -> Self {
        Self {
            id: ticket.id.as_uuid(),
            ticket_number: ticket.number,
            location: Place {
                id: ticket.location.as_uuid(),
                name: ticket.location_name,
                code: ticket.location_code,
                address: ticket.address,
            },
            register: Named {
                id: ticket.register.as_uuid(),
                name: ticket.register_name,
            },
            supplier: Supplier {
                id: ticket.supplier.as_uuid(),
                name: ticket.supplier_name,
                code: ticket.supplier_code,
            },
            supplier_document: ticket.document,
            staff: Named {
                id: ticket.staff.as_uuid(),
                name: ticket.staff_name,
            },
            shift_id: ticket.shift.as_uuid(),
            closed_at: ticket.closed_at,
            business_date: ticket.business_date,
            lines: ticket.lines.into_iter().map(Into::into).collect(),
            total_minor: ticket.total.minor(),
            payment: SupplierPayment {
                kind: ticket.payment.into(),
                amount_minor: ticket.total.minor(),
            },
            seq: ticket.seq,
            reversal: ticket.reversal.map(Into::into),
            replaces: ticket.replaces.map(Into::into),
        }
    }
}

/// Price a purchase
///
/// Nothing is recorded.
#[utoipa::path(post, path = "/v1/purchase-quotes", operation_id = "quote_purchase", tag = "purchases", request_body = PurchaseBasket, responses(
    (status = 200, body = PurchaseQuote),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`purchase.unknown`: there is none to correct"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`purchase.too_many_lines` {max}, \
        `purchase.variant_unknown` {line}, `purchase.measure_unclear` {line}, `purchase.quantity_out_of_range` {line, max}, \
        `purchase.tare_unclear` {line}, `purchase.container_unknown` {line}, `purchase.container_retired` {line, name}, \
        `purchase.container_count` {line, max}, `purchase.gross_out_of_range` {line, max}, \
        `purchase.net_not_positive` {line, gross, tare}, `purchase.not_by_weight` {line, unit}, `purchase.cost_invalid` {line}, \
        `purchase.cost_out_of_range` {line}, `body.invalid`"),
))]
async fn quote(
    allowed: Allowed<may::PurchaseCreate>,
    Body(basket): Body<PurchaseBasket>,
) -> Result<Json<PurchaseQuote>> {
    let lines = new_lines(basket.lines)?;
    let corrects = basket.corrects.map(Id::from_uuid);
    let quote = super::quote(&allowed.shop, &allowed.actor, lines, corrects).await?;
    Ok(Json(PurchaseQuote {
        lines: quote.lines.into_iter().map(Into::into).collect(),
        total_minor: quote.total.minor(),
    }))
}

/// Record a purchase
///
/// Goods in, cost and money out as one fact, on disk before it is answered. Repeating the same id and content answers
/// 200 with the first ticket.
#[utoipa::path(put, path = "/v1/purchases/{id}", operation_id = "record_purchase", tag = "purchases",
    params(("id" = Uuid, Path, description = "made by the station")), request_body = NewPurchase, responses(
    (status = 201, body = PurchaseTicket),
    (status = 200, body = PurchaseTicket, description = "It had been recorded before; this is the first ticket"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`purchase.id_reused`, `shift.closed`, `shift.other_register`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`purchase.no_lines`, `purchase.supplier_unknown`, \
        `purchase.document_too_long` {max}, `purchase.payment_differs` {total_minor}, `shift.unknown`, and those of a quote"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "`store.busy`, `store.readonly`, `store.unavailable`"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn record(
    allowed: Allowed<may::PurchaseCreate>,
    PathParams(id): PathParams<Uuid>,
    Body(purchase): Body<NewPurchase>,
) -> Result<Response> {
    let purchase = purchase.named(id)?;
    let recorded = super::record(&allowed.shop, &allowed.actor, purchase).await?;
    Ok(crate::http::recorded(recorded, PurchaseTicket::from))
}

/// Get a purchase's ticket
#[utoipa::path(get, path = "/v1/purchases/{id}", operation_id = "get_purchase", tag = "purchases", params(("id" = Uuid, Path)), responses(
    (status = 200, body = PurchaseTicket),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`purchase.unknown`"),
))]
async fn get(
    allowed: Allowed<may::PurchaseRead>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<PurchaseTicket>> {
    let found = super::get(&allowed.shop, Id::from_uuid(id)).await?;
    Ok(Json(found.into()))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListParams {
    cursor: Option<String>,
    limit: Option<i64>,
}

/// A purchase in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PurchaseSummary {
    id: Uuid,
    ticket_number: String,
    #[schema(value_type = String, format = DateTime)]
    closed_at: Timestamp,
    total_minor: i64,
    lines: i64,
    supplier: String,
    staff: String,
    state: PurchaseState,
}

/// Purchases, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PurchaseList {
    items: Vec<PurchaseSummary>,
    #[schema(required)]
    next: Option<String>,
}

/// List the purchases of this shop, newest first
#[utoipa::path(get, path = "/v1/purchases", operation_id = "list_purchases", tag = "purchases", params(ListParams), responses(
    (status = 200, body = PurchaseList),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`cursor.invalid`"),
))]
async fn list(
    allowed: Allowed<may::PurchaseRead>,
    Params(params): Params<ListParams>,
) -> Result<Json<PurchaseList>> {
    let before = page::decode::<i64>(params.cursor.as_deref())?;
    let limit = page::clamp_limit(params.limit, page::DEFAULT_LIMIT);
    let purchases = allowed
        .shop
        .read(move |at| db::list(at, before, limit))
        .await?;
    let is_full = i64::try_from(purchases.len()).is_ok_and(|rows| rows == limit);
    let next = purchases
        .last()
        .filter(|_| is_full)
        .map(|last| page::encode(&last.seq));
    let items = purchases.into_iter().map(|purchase| PurchaseSummary {
        id: purchase.id.as_uuid(),
        ticket_number: purchase.number,
        closed_at: purchase.closed_at,
        total_minor: purchase.total.minor(),
        lines: purchase.lines,
        supplier: purchase.supplier_name,
        staff: purchase.staff_name,
        state: purchase.state.into(),
    });
    Ok(Json(PurchaseList {
        items: items.collect(),
        next,
    }))
}

impl From<RecordError> for Problem {
    fn from(error: RecordError) -> Self {
        let title = error.to_string();
        match error {
            RecordError::Purchase(refusal) => of_purchase(&refusal, title),
            RecordError::UnknownVariant { line } => {
                on_line("purchase.variant_unknown", line, "variant_id", title)
            }
            RecordError::Container { line, refusal } => container::of_refusal(line, refusal, title),
            RecordError::Cost { line, .. } => {
                on_line("purchase.cost_invalid", line, "unit_cost", title)
            }
            RecordError::UnknownSupplier => {
                Self::invalid("purchase.supplier_unknown", "supplier_id", title)
            }
            RecordError::DocumentTooLong => {
                Self::invalid("purchase.document_too_long", "supplier_document", title)
                    .figure("max", super::MAX_DOCUMENT)
            }
            RecordError::PaymentDiffers { total } => {
                Self::invalid("purchase.payment_differs", "payment.amount_minor", title)
                    .figure("total_minor", total.minor())
            }
            RecordError::Rights(error) => crate::rights::http::of_rule(error),
            RecordError::Reversal(error) => error.into(),
            RecordError::Approval(error) => error.into(),
            RecordError::IdReused => Self::conflict("purchase.id_reused", title),
            RecordError::Unknown => Self::not_found("purchase.unknown", title),
            RecordError::Shift(error) => crate::shift::http::of_reference(error),
            RecordError::Denied(error) => error.into(),
            RecordError::Unenrolled(error) => error.into(),
            RecordError::Db(error) => error.into(),
        }
    }
}

pub(super) fn on_line(code: &'static str, line: usize, field: &str, title: String) -> Problem {
    Problem::invalid(code, format!("lines[{line}].{field}"), title).figure("line", line)
}

fn of_purchase(refusal: &PurchaseError, title: String) -> Problem {
    match *refusal {
        PurchaseError::NoLines => Problem::invalid("purchase.no_lines", "lines", title),
        PurchaseError::TooManyLines { max } => {
            Problem::invalid("purchase.too_many_lines", "lines", title).figure("max", max)
        }
        PurchaseError::QuantityOutOfRange { line, max } => {
            on_line("purchase.quantity_out_of_range", line, "quantity", title)
                .figure("max", max.base_units())
        }
        PurchaseError::GrossOutOfRange { line, max } => {
            on_line("purchase.gross_out_of_range", line, "weight.gross", title)
                .figure("max", max.base_units())
        }
        PurchaseError::NetNotPositive {
            line,
            gross,
            tare,
            count,
        } => {
            let field = count.map_or("weight.tare", |_| "weight.containers.count");
            on_line("purchase.net_not_positive", line, field, title)
                .figure("gross", gross.base_units())
                .figure("tare", tare.base_units())
        }
        PurchaseError::NotByWeight { line, unit } => {
            on_line("purchase.not_by_weight", line, "weight", title).figure("unit", unit)
        }
        PurchaseError::CostOutOfRange { line } => {
            on_line("purchase.cost_out_of_range", line, "unit_cost", title)
        }
    }
}
