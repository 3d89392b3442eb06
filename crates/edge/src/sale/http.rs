//! `/v1/quotes` and `/v1/sales`.
use axum::{Json, extract::DefaultBodyLimit, response::Response};
use httpkit::{
    extract::{Body, Params, PathParams},
    page,
    problem::{Problem, Result},
    routes,
    server::LONG_JSON,
};
use jiff::{Timestamp, civil::Date};
use retail::{amount::Amount, id::Id, quantity::Quantity, sale::TenderKind, tax::TaxLine};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;
use wire::reason::Reasons;

use super::{
    Payment, db,
    shortage::http::{Approval, ShortageAnswer, answered},
};
use crate::http::{
    Named, Place, Unit,
    access::{Allowed, Door, may},
};
use crate::{
    patron::http::Patron,
    promotion::{Moment, http::UselessVoucher},
};

pub(crate) mod refusal;

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(quote))
        .routes(routes!(close, get))
        .routes(routes!(list))
        .merge(super::approval::http::routes())
        .merge(super::void::http::routes())
        .merge(super::parked::http::routes())
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// What the cashier put in.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct BasketLine {
    variant_id: Uuid,
    /// Base units.
    quantity: i64,
    /// Another price than the list's, in major units per the variant's `price_quantity`. Needs `price.override` and a reason.
    #[schema(value_type = Option<String>, example = "1.99")]
    unit_price: Option<Decimal>,
    price_reason: Option<String>,
    /// Taken off the line. Needs `discount.line` and a reason.
    #[serde(default)]
    discount_minor: i64,
    discount_reason: Option<String>,
    /// Taken off the line as a share of it, in basis points, instead of an amount. Needs `discount.line` and a reason.
    discount_bps: Option<i64>,
    /// A word for this line, of `approve_line`: price, discount and reasons are its own, and no permission is needed.
    approval_id: Option<Uuid>,
}

impl From<BasketLine> for super::BasketLine {
    fn from(line: BasketLine) -> Self {
        Self {
            variant: Id::from_uuid(line.variant_id),
            quantity: Quantity::new(line.quantity),
            unit_price: line.unit_price,
            price_reason: line.price_reason,
            discount: Amount::from_minor(line.discount_minor),
            discount_reason: line.discount_reason,
            discount_bps: line.discount_bps,
            approval: line.approval_id,
        }
    }
}

/// A basket to be priced.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Basket {
    /// Of the sale that it becomes: words for lines count for that one alone.
    sale_id: Option<Uuid>,
    /// Without what promotions add: the edge adds that itself.
    lines: Vec<BasketLine>,
    /// Who buys: a promotion may be theirs alone.
    patron_id: Option<Uuid>,
    /// How it will be paid, as far as that is known.
    #[serde(default)]
    tenders: Vec<TenderCode>,
    /// The vouchers that were shown, of `show_voucher`.
    #[serde(default)]
    vouchers: Vec<Uuid>,
    /// When the basket was begun: a promotion that has ended since may have a time of grace.
    #[schema(value_type = Option<String>, format = DateTime)]
    begun_at: Option<Timestamp>,
}

/// One line with its sums.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct QuoteLine {
    /// From 0.
    line: usize,
    variant_id: Uuid,
    name: String,
    /// Base units.
    quantity: i64,
    unit: Unit,
    /// Decimal, major units per `price_quantity` base units, as charged.
    #[schema(example = "1.99")]
    unit_price: String,
    price_quantity: i64,
    #[schema(required)]
    price_reason: Option<String>,
    gross_minor: i64,
    discount_minor: i64,
    /// The part of it that promotions gave; the rest is a person's.
    promoted_minor: i64,
    /// A promotion has added it.
    is_gift: bool,
    #[schema(required)]
    discount_reason: Option<String>,
    /// Who let the price or the discount be, by a word of theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    approved_by: Option<Uuid>,
    tax_rate_bps: i64,
    total_minor: i64,
}

fn lines(lines: Vec<super::Line>) -> Vec<QuoteLine> {
    lines
        .into_iter()
        .enumerate()
        .map(|(at, line)| QuoteLine {
            line: at,
            variant_id: line.variant.as_uuid(),
            name: line.name,
            quantity: line.quantity.base_units(),
            unit: line.unit.into(),
            unit_price: line.price.major().to_string(),
            price_quantity: line.price.per(),
            price_reason: line.price_reason,
            gross_minor: line.gross.minor(),
            discount_minor: line.discount.minor(),
            promoted_minor: line.promoted.minor(),
            is_gift: line.is_gift,
            discount_reason: line.discount_reason,
            approved_by: line.approved_by.map(retail::staff::StaffId::as_uuid),
            tax_rate_bps: line.tax.basis_points(),
            total_minor: line.total.minor(),
        })
        .collect()
}

/// What one tax rate comes to.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the contract's")]
pub(crate) struct Tax {
    /// Basis points.
    rate_bps: i64,
    /// Without the tax.
    base_minor: i64,
    tax_minor: i64,
}

pub(crate) fn taxes(taxes: &[TaxLine]) -> Vec<Tax> {
    taxes
        .iter()
        .map(|tax| Tax {
            rate_bps: tax.rate.basis_points(),
            base_minor: (tax.gross - tax.tax).minor(),
            tax_minor: tax.tax.minor(),
        })
        .collect()
}

/// A priced basket.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Quote {
    /// In the order of scanning, then what promotions add.
    lines: Vec<QuoteLine>,
    subtotal_minor: i64,
    discount_minor: i64,
    /// The part of it that promotions gave.
    promoted_minor: i64,
    tax_minor: i64,
    taxes: Vec<Tax>,
    total_minor: i64,
    /// What a customer is likely to hand over, the exact amount first.
    suggested_cash_minor: Vec<i64>,
    /// What promotions did, and why; none: there were none to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Reasons>,
    /// Vouchers that were shown and give nothing, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    useless_vouchers: Vec<UselessVoucher>,
}

/// How a customer pays.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TenderCode {
    Cash,
    Card,
    Coupon,
}

impl From<TenderCode> for TenderKind {
    fn from(code: TenderCode) -> Self {
        match code {
            TenderCode::Cash => Self::Cash,
            TenderCode::Card => Self::Card,
            TenderCode::Coupon => Self::Coupon,
        }
    }
}

impl From<TenderKind> for TenderCode {
    fn from(kind: TenderKind) -> Self {
        match kind {
            TenderKind::Cash => Self::Cash,
            TenderKind::Card => Self::Card,
            TenderKind::Coupon => Self::Coupon,
        }
    }
}

/// One payment.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Tender {
    pub(crate) kind: TenderCode,
    /// Handed over.
    pub(crate) amount_minor: i64,
    /// The terminal's or the coupon's own number.
    pub(crate) reference: Option<String>,
}

/// A paid basket.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewSale {
    shift_id: Uuid,
    /// Who buys, of `find_patron` or `register_patron`; one who is not known any more is left out.
    patron_id: Option<Uuid>,
    /// The vouchers that were shown, of `show_voucher`; one that opens nothing any more is left out.
    #[serde(default)]
    vouchers: Vec<Uuid>,
    /// When the basket was begun.
    #[schema(value_type = Option<String>, format = DateTime)]
    begun_at: Option<Timestamp>,
    /// Without what promotions add: the edge adds that itself.
    lines: Vec<BasketLine>,
    tenders: Vec<Tender>,
    /// The total that the till has shown: refused with `sale.total_changed` when it is another now.
    expected_total_minor: Option<i64>,
    /// Answers to `stock.shortage`; those about variants that are not short are ignored.
    #[serde(default)]
    shortages: Vec<ShortageAnswer>,
    /// A supervisor's word, when an answer is `override`.
    #[serde(rename = "override")]
    approval: Option<Approval>,
}

/// What the customer takes away.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the names are the contract's")]
pub(crate) struct Receipt {
    id: Uuid,
    receipt_number: String,
    location: Place,
    register: Named,
    staff: Named,
    /// Who bought, when the till knew them.
    #[serde(skip_serializing_if = "Option::is_none")]
    patron: Option<Patron>,
    shift_id: Uuid,
    #[schema(value_type = String, format = DateTime)]
    closed_at: Timestamp,
    #[schema(value_type = String, format = Date)]
    business_date: Date,
    lines: Vec<QuoteLine>,
    subtotal_minor: i64,
    discount_minor: i64,
    /// The part of it that promotions gave.
    promoted_minor: i64,
    tax_minor: i64,
    taxes: Vec<Tax>,
    total_minor: i64,
    tenders: Vec<Tender>,
    change_minor: i64,
    /// The number of the sale's event at this node.
    seq: i64,
    /// What promotions did, and why; none: there were none to ask.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Reasons>,
}

pub(crate) fn receipt(receipt: super::Receipt) -> Receipt {
    Receipt {
        promoted_minor: receipt.promoted().minor(),
        reasons: receipt.reasons,
        id: receipt.id.as_uuid(),
        receipt_number: receipt.number,
        location: Place {
            id: receipt.location.as_uuid(),
            name: receipt.location_name,
            code: receipt.location_code,
            address: receipt.address,
        },
        register: Named {
            id: receipt.register.as_uuid(),
            name: receipt.register_name,
        },
        staff: Named {
            id: receipt.staff.as_uuid(),
            name: receipt.staff_name,
        },
        patron: receipt.patron.map(Into::into),
        shift_id: receipt.shift.as_uuid(),
        closed_at: receipt.closed_at,
        business_date: receipt.business_date,
        lines: lines(receipt.lines),
        subtotal_minor: receipt.subtotal.minor(),
        discount_minor: receipt.discount.minor(),
        tax_minor: receipt.tax.minor(),
        taxes: taxes(&receipt.taxes),
        total_minor: receipt.total.minor(),
        tenders: receipt
            .payments
            .into_iter()
            .map(|payment| Tender {
                kind: payment.kind.into(),
                amount_minor: payment.amount.minor(),
                reference: payment.reference,
            })
            .collect(),
        change_minor: receipt.change.minor(),
        seq: receipt.seq,
    }
}

/// Price a basket
///
/// Nothing is recorded; the edge is the only one that computes.
#[utoipa::path(post, path = "/v1/quotes", operation_id = "quote_sale", tag = "sales", request_body = Basket, responses(
    (status = 200, body = Quote),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}, `permission.limit` {permission, line, max_bps}"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`sale.too_many_lines` {max}, `sale.variant_unknown` {line}, \
        `sale.not_for_sale` {line}, `sale.quantity_out_of_range` {line, max}, `sale.discount_out_of_range` {line, gross_minor}, \
        `sale.price_invalid` {line}, `sale.reason_missing` {line}, `sale.sum_too_large` {line}, `sale.discount_invalid` {line}, \
        `sale.approval_mismatch` {line}, `body.invalid`"),
))]
async fn quote(
    allowed: Allowed<may::SaleCreate>,
    Body(basket): Body<Basket>,
) -> Result<Json<Quote>> {
    let sale = basket.sale_id.map(Id::from_uuid);
    let lines_of_it = basket.lines.into_iter().map(Into::into).collect();
    let moment = Moment {
        patron: basket.patron_id.map(Id::from_uuid),
        tenders: basket.tenders.into_iter().map(Into::into).collect(),
        vouchers: basket.vouchers.into_iter().map(Id::from_uuid).collect(),
        begun: basket.begun_at,
    };
    let (shop, actor) = (&allowed.shop, &allowed.actor);
    let quote = super::quote(shop, actor, sale, lines_of_it, moment).await?;
    Ok(Json(Quote {
        lines: lines(quote.lines),
        subtotal_minor: quote.subtotal.minor(),
        discount_minor: quote.discount.minor(),
        promoted_minor: quote.promoted.minor(),
        reasons: quote.reasons,
        useless_vouchers: quote.useless.into_iter().map(Into::into).collect(),
        tax_minor: quote.tax.minor(),
        taxes: taxes(&quote.taxes),
        total_minor: quote.total.minor(),
        suggested_cash_minor: quote
            .suggested_cash
            .into_iter()
            .map(Amount::minor)
            .collect(),
    }))
}

/// Close a sale
///
/// On disk before it is answered. Repeating the same id and content answers 200 with the first receipt, whatever the
/// answers about shortages are. What the till has no right to sell is borrowed from the head office when it can be
/// reached; what is still missing then is asked for with 409 `stock.shortage`.
#[utoipa::path(put, path = "/v1/sales/{id}", operation_id = "close_sale", tag = "sales", params(("id" = Uuid, Path, description = "made by the till")),
    request_body = NewSale, responses(
    (status = 201, body = Receipt),
    (status = 200, body = Receipt, description = "It had been closed before; this is the first receipt"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`, `pin.wrong` {tries_left}: the supervisor's"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}, `permission.limit` {permission, line, max_bps}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`sale.id_reused`, `shift.closed`, `shift.other_register`, `node.unenrolled`, \
        `stock.shortage` {shortages: see Shortage}, `stock.override_allowance` {allowance, used}"),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "`pin.locked` {retry_after_s}: the supervisor's"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`sale.no_lines`, `sale.underpaid` {due_minor}, \
        `sale.change_exceeds_cash` {change_minor, cash_minor}, `sale.total_changed` {total_minor}, `sale.too_many_tenders` {max}, \
        `sale.tender_out_of_range` {tender, max_minor}, `sale.reference_too_long` {tender}, `stock.override_unsigned`, `stock.override_reason`, `stock.count_out_of_range` {line, max}, \
        `shift.unknown`, and those of a quote"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "`store.busy`, `store.readonly`, `store.unavailable`"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn close(
    allowed: Allowed<may::SaleCreate>,
    PathParams(id): PathParams<Uuid>,
    Body(sale): Body<NewSale>,
) -> Result<Response> {
    let sale = super::NewSale {
        id: Id::from_uuid(id),
        shift: Id::from_uuid(sale.shift_id),
        patron: sale.patron_id.map(Id::from_uuid),
        vouchers: sale.vouchers.into_iter().map(Id::from_uuid).collect(),
        begun: sale.begun_at,
        lines: sale.lines.into_iter().map(Into::into).collect(),
        payments: sale
            .tenders
            .into_iter()
            .map(|tender| Payment {
                kind: tender.kind.into(),
                amount: Amount::from_minor(tender.amount_minor),
                reference: tender.reference,
            })
            .collect(),
        expected_total: sale.expected_total_minor.map(Amount::from_minor),
        answers: sale.shortages.iter().filter_map(answered).collect(),
        approval: sale.approval.map(Into::into),
    };
    let recorded = super::close(&allowed.shop, &allowed.actor, sale).await?;
    Ok(crate::http::recorded(recorded, receipt))
}

/// Get a receipt
#[utoipa::path(get, path = "/v1/sales/{id}", operation_id = "get_sale", tag = "sales", params(("id" = Uuid, Path)), responses(
    (status = 200, body = Receipt),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`sale.unknown`"),
))]
async fn get(
    allowed: Allowed<may::SaleRead>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<Receipt>> {
    let found = super::get(&allowed.shop, Id::from_uuid(id)).await?;
    Ok(Json(receipt(found)))
}

/// Where a list goes on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ListParams {
    /// Only those whose receipt's number has this in it.
    #[serde(default)]
    q: String,
    /// Only those of this customer.
    patron_id: Option<Uuid>,
    cursor: Option<String>,
    limit: Option<i64>,
}

/// A sale in a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SaleSummary {
    id: Uuid,
    receipt_number: String,
    #[schema(value_type = String, format = DateTime)]
    closed_at: Timestamp,
    total_minor: i64,
    /// What the customer got back for goods of it.
    refunded_minor: i64,
    lines: i64,
    staff: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    patron: Option<Patron>,
}

/// Sales, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SaleList {
    items: Vec<SaleSummary>,
    #[schema(required)]
    next: Option<String>,
}

/// List the sales of this shop, newest first
#[utoipa::path(get, path = "/v1/sales", operation_id = "list_sales", tag = "sales", params(ListParams), responses(
    (status = 200, body = SaleList),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`cursor.invalid`"),
))]
async fn list(
    allowed: Allowed<may::SaleRead>,
    Params(params): Params<ListParams>,
) -> Result<Json<SaleList>> {
    let before = page::decode::<i64>(params.cursor.as_deref())?;
    let limit = page::clamp_limit(params.limit, page::DEFAULT_LIMIT);
    let asked = db::Asked {
        number: params.q.trim().to_uppercase(),
        patron: params.patron_id.map(Id::from_uuid),
        before,
        limit,
    };
    let sales = allowed.shop.read(move |at| db::list(at, &asked)).await?;
    let is_full = i64::try_from(sales.len()).is_ok_and(|rows| rows == limit);
    let next = sales
        .last()
        .filter(|_| is_full)
        .map(|last| page::encode(&last.seq));
    let items = sales
        .into_iter()
        .map(|sale| SaleSummary {
            id: sale.id.as_uuid(),
            receipt_number: sale.number,
            closed_at: sale.closed_at,
            total_minor: sale.total.minor(),
            refunded_minor: sale.refunded.minor(),
            lines: sale.lines,
            staff: sale.staff_name,
            patron: sale.patron.map(Into::into),
        })
        .collect();
    Ok(Json(SaleList { items, next }))
}
