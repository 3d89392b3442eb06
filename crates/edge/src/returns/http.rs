//! `/v1/sales/{id}/returns`, its quotes, and receipts by their number.
use std::collections::BTreeMap;

use axum::{Json, extract::DefaultBodyLimit, response::Response};
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
    server::LONG_JSON,
};
use jiff::{Timestamp, civil::Date};
use retail::{
    amount::Amount,
    id::Id,
    quantity::Quantity,
    returns::{self as rule, ReasonError, RefundError},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{BackLine, CameBack, NewReturn, ReturnError, Returned};
use crate::{
    http::{
        Named, Unit,
        access::{Allowed, Door, may},
    },
    patron::http::Patron,
    sale::{
        Payment,
        http::{Receipt, Tax, Tender, TenderCode, receipt, refusal::of_basket},
    },
    staff::http::SecondPerson,
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(by_number))
        .routes(routes!(quote))
        .routes(routes!(list))
        .routes(routes!(record))
        .layer(DefaultBodyLimit::max(LONG_JSON))
}

/// What state goods are in that come back.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Condition {
    /// They stand on the shelf again.
    Sellable,
    /// They are put aside.
    Damaged,
}

impl From<Condition> for rule::Condition {
    fn from(condition: Condition) -> Self {
        match condition {
            Condition::Sellable => Self::Sellable,
            Condition::Damaged => Self::Damaged,
        }
    }
}

impl From<rule::Condition> for Condition {
    fn from(condition: rule::Condition) -> Self {
        match condition {
            rule::Condition::Sellable => Self::Sellable,
            rule::Condition::Damaged => Self::Damaged,
        }
    }
}

/// Something that comes back. Of one line some may be sellable and some damaged: twice the same line.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewReturnLine {
    /// Its place on the sale, from 0.
    line: usize,
    /// Base units.
    quantity: i64,
    condition: Condition,
}

fn back(lines: Vec<NewReturnLine>) -> Vec<BackLine> {
    let lines = lines.into_iter().map(|one| BackLine {
        line: one.line,
        quantity: Quantity::new(one.quantity),
        condition: one.condition.into(),
    });
    lines.collect()
}

/// Goods whose refund is asked for.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ReturnBasket {
    lines: Vec<NewReturnLine>,
}

/// What is given for a line of the sale.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineRefund {
    /// Its place on the sale, from 0.
    line: usize,
    refund_minor: i64,
}

/// A discount that the goods lose which the customer keeps.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LostDiscount {
    promotion_id: Uuid,
    /// What the office calls the promotion; empty when it is not known here.
    name: String,
    /// What receipts call it, by language.
    labels: BTreeMap<String, String>,
    /// How much more the kept goods cost without it.
    amount_minor: i64,
}

impl From<super::Lost> for LostDiscount {
    fn from(lost: super::Lost) -> Self {
        let called = lost.called.map(|called| (called.name, called.labels));
        let (name, labels) = called.unwrap_or_default();
        Self {
            promotion_id: lost.promotion,
            name,
            labels,
            amount_minor: lost.amount.minor(),
        }
    }
}

/// A gift that is kept without its cause, and costs its price.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ChargedGift {
    /// Its place on the sale, from 0.
    line: usize,
    name: String,
    amount_minor: i64,
}

impl From<super::Charged> for ChargedGift {
    fn from(charged: super::Charged) -> Self {
        Self {
            line: charged.line,
            name: charged.name,
            amount_minor: charged.amount.minor(),
        }
    }
}

/// How a refund is worked out.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RefundPolicy {
    /// What was paid, less what the goods that are kept would have cost.
    Reprice,
    /// The share that was paid for what comes back.
    ProRata,
}

impl From<rule::Policy> for RefundPolicy {
    fn from(policy: rule::Policy) -> Self {
        match policy {
            rule::Policy::Reprice => Self::Reprice,
            rule::Policy::ProRata => Self::ProRata,
        }
    }
}

/// What a return comes to, and why.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReturnQuote {
    /// What the customer gets.
    refund_minor: i64,
    /// The same by line of the sale. A line that came back earlier may get more now.
    lines: Vec<LineRefund>,
    tax_minor: i64,
    taxes: Vec<Tax>,
    lost: Vec<LostDiscount>,
    charged: Vec<ChargedGift>,
    policy: RefundPolicy,
    /// How it would be given: to the card that it was paid by, the rest in cash.
    tenders: Vec<Tender>,
    /// The most of it that may go to a card.
    card_most_minor: i64,
}

impl From<super::Quote> for ReturnQuote {
    fn from(quote: super::Quote) -> Self {
        let lines = quote.lines.iter().map(|&(line, refund)| LineRefund {
            line,
            refund_minor: refund.minor(),
        });
        let tenders = quote.suggested.iter().map(|tender| Tender {
            kind: tender.kind.into(),
            amount_minor: tender.amount.minor(),
            reference: None,
        });
        Self {
            refund_minor: quote.refund.minor(),
            lines: lines.collect(),
            tax_minor: quote.taxes.iter().map(|tax| tax.tax.minor()).sum(),
            taxes: crate::sale::http::taxes(&quote.taxes),
            lost: quote.lost.into_iter().map(Into::into).collect(),
            charged: quote.charged.into_iter().map(Into::into).collect(),
            policy: quote.policy.into(),
            tenders: tenders.collect(),
            card_most_minor: quote.card.minor(),
        }
    }
}

/// Goods that are taken back.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewSaleReturn {
    shift_id: Uuid,
    lines: Vec<NewReturnLine>,
    /// `unwanted`, `size`, `defective`, `wrong_item`, `price` or `other`; with `other` the note says it.
    reason: String,
    /// At most 200 letters.
    note: Option<String>,
    /// How the refund is given: `cash` or `card`, no more to a card than came from one. Together what the quote has said.
    tenders: Vec<Tender>,
    /// Who lets it be, when the cashier may not, or not so far, alone.
    approval: Option<SecondPerson>,
}

/// One line of a return.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReturnedLine {
    /// Its place on the sale, from 0.
    line: usize,
    variant_id: Uuid,
    name: String,
    /// Base units; 0: it came back before, and gets more now.
    quantity: i64,
    unit: Unit,
    #[schema(required)]
    condition: Option<Condition>,
    total_minor: i64,
}

/// A return, as on its receipt.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SaleReturn {
    id: Uuid,
    /// Of this document, in the register's series of receipts.
    receipt_number: String,
    sale_id: Uuid,
    sale_number: String,
    register: Named,
    staff: String,
    /// Who let it be, when it was not the cashier alone.
    #[schema(required)]
    approved_by: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patron: Option<Patron>,
    #[schema(value_type = String, format = DateTime)]
    returned_at: Timestamp,
    #[schema(value_type = String, format = Date)]
    business_date: Date,
    reason: String,
    #[schema(required)]
    note: Option<String>,
    lines: Vec<ReturnedLine>,
    tax_minor: i64,
    lost: Vec<LostDiscount>,
    charged: Vec<ChargedGift>,
    total_minor: i64,
    tenders: Vec<Tender>,
    /// The number of its event at this node.
    seq: i64,
}

impl From<Returned> for SaleReturn {
    fn from(returned: Returned) -> Self {
        let lines = returned.lines.into_iter().map(|line| ReturnedLine {
            line: line.line,
            variant_id: line.variant.as_uuid(),
            name: line.name,
            quantity: line.quantity.base_units(),
            unit: line.unit.into(),
            condition: line.condition.map(Into::into),
            total_minor: line.total.minor(),
        });
        let tenders = returned.payments.into_iter().map(|payment| Tender {
            kind: payment.kind.into(),
            amount_minor: payment.amount.minor(),
            reference: payment.reference,
        });
        Self {
            id: returned.id.as_uuid(),
            receipt_number: returned.number,
            sale_id: returned.sale.as_uuid(),
            sale_number: returned.sale_number,
            register: Named {
                id: returned.register.as_uuid(),
                name: returned.register_name,
            },
            staff: returned.staff_name,
            approved_by: returned.approved_by,
            patron: returned.patron.map(Into::into),
            returned_at: returned.at,
            business_date: returned.business_date,
            reason: returned.reason,
            note: returned.note,
            lines: lines.collect(),
            tax_minor: returned.taxes.iter().map(|tax| tax.tax_minor).sum(),
            lost: returned.lost.into_iter().map(Into::into).collect(),
            charged: returned.charged.into_iter().map(Into::into).collect(),
            total_minor: returned.total.minor(),
            tenders: tenders.collect(),
            seq: returned.seq,
        }
    }
}

/// What has come back of a line of a sale.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LineCameBack {
    /// Its place on the sale, from 0.
    line: usize,
    /// Base units.
    returned_quantity: i64,
    refunded_minor: i64,
}

/// What has come back of a sale.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SaleReturns {
    /// Each line of the sale.
    lines: Vec<LineCameBack>,
    /// The oldest first.
    items: Vec<SaleReturn>,
}

/// Find a sale by the number on its receipt
///
/// As it is typed, or as a scanner reads it off the receipt's code.
#[utoipa::path(get, path = "/v1/receipts/{number}", operation_id = "find_receipt", tag = "returns",
    params(("number" = String, Path)), responses(
    (status = 200, body = Receipt),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`sale.unknown`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`return.other_shop`: the number is of another branch, or of the web shop"),
))]
async fn by_number(
    allowed: Allowed<may::SaleRead>,
    PathParams(number): PathParams<String>,
) -> Result<Json<Receipt>> {
    let found = super::by_number(&allowed.shop, &number).await?;
    Ok(Json(receipt(found)))
}

/// Work out a refund
///
/// What the customer gets for these goods, and why: the sale is priced again without them, under the promotions of then.
/// Nothing is recorded.
#[utoipa::path(post, path = "/v1/sales/{id}/return-quotes", operation_id = "quote_return", tag = "returns",
    params(("id" = Uuid, Path, description = "the sale")), request_body = ReturnBasket, responses(
    (status = 200, body = ReturnQuote),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`sale.unknown`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`return.no_version` {promotion_id, version}: \
        a promotion of the sale is not known here, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`return.no_lines`, `return.too_many_lines` {max}, \
        `return.no_such_line` {line}, `return.quantity_out_of_range` {line, most}, `body.invalid`"),
))]
async fn quote(
    allowed: Allowed<may::SaleCreate>,
    PathParams(sale): PathParams<Uuid>,
    Body(asked): Body<ReturnBasket>,
) -> Result<Json<ReturnQuote>> {
    let sale = Id::from_uuid(sale);
    let quote = super::quote(&allowed.shop, &allowed.actor, sale, back(asked.lines)).await?;
    Ok(Json(quote.into()))
}

/// List what has come back of a sale
#[utoipa::path(get, path = "/v1/sales/{id}/returns", operation_id = "list_returns", tag = "returns",
    params(("id" = Uuid, Path, description = "the sale")), responses(
    (status = 200, body = SaleReturns),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`sale.unknown`"),
))]
async fn list(
    allowed: Allowed<may::SaleRead>,
    PathParams(sale): PathParams<Uuid>,
) -> Result<Json<SaleReturns>> {
    let (lines, items) = super::of_sale(&allowed.shop, Id::from_uuid(sale)).await?;
    let lines = lines.into_iter().enumerate();
    let lines = lines.map(|(line, CameBack { quantity, refunded })| LineCameBack {
        line,
        returned_quantity: quantity.base_units(),
        refunded_minor: refunded.minor(),
    });
    Ok(Json(SaleReturns {
        lines: lines.collect(),
        items: items.into_iter().map(Into::into).collect(),
    }))
}

/// Take goods back
///
/// A document of its own: the goods go back on the shelf or are put aside, the refund leaves the drawer of this shift or
/// goes to a card. Each unit comes back once. Needs `return.create`, of the cashier or of somebody with a PIN: 403 and
/// `cash.approval_missing` say that one is needed. Repeating the same id and content answers 200.
#[utoipa::path(put, path = "/v1/sales/{id}/returns/{return_id}", operation_id = "record_return", tag = "returns",
    params(("id" = Uuid, Path, description = "the sale"), ("return_id" = Uuid, Path, description = "made by the till")),
    request_body = NewSaleReturn, responses(
    (status = 201, body = SaleReturn),
    (status = 200, body = SaleReturn, description = "It had been recorded before"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`, `pin.wrong` {tries_left}"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`sale.unknown`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`cash.approval_missing` {limit_minor}, `cash.approval_same_person`, \
        `cash.approval_too_far` {limit_minor}, `return.id_reused`, `return.no_version` {promotion_id, version}, `shift.closed`, `shift.other_register`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`return.refund_changed` {refund_minor}, `return.tender_kind` {tender}, \
        `return.tender_empty` {tender}, `return.card_most` {most_minor}, `return.too_many_tenders` {max}, `return.reference_too_long` {tender}, \
        `return.reason_unknown`, `return.note_missing`, `return.note_unfit` {max}, `shift.unknown`, and those of a quote"),
    (status = 429, body = Problem, content_type = "application/problem+json", description = "`pin.locked` {retry_after_s}"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn record(
    allowed: Allowed<may::SaleCreate>,
    PathParams((sale, id)): PathParams<(Uuid, Uuid)>,
    Body(asked): Body<NewSaleReturn>,
) -> Result<Response> {
    let payments = asked.tenders.into_iter().map(|tender| Payment {
        kind: TenderCode::into(tender.kind),
        amount: Amount::from_minor(tender.amount_minor),
        reference: tender.reference,
    });
    let new = NewReturn {
        id: Id::from_uuid(id),
        sale: Id::from_uuid(sale),
        shift: Id::from_uuid(asked.shift_id),
        lines: back(asked.lines),
        reason: asked.reason,
        note: asked.note,
        payments: payments.collect(),
        approval: asked.approval.map(Into::into),
    };
    let recorded = super::record(&allowed.shop, &allowed.actor, new).await?;
    Ok(crate::http::recorded(recorded, SaleReturn::from))
}

impl From<ReturnError> for Problem {
    fn from(error: ReturnError) -> Self {
        let title = error.to_string();
        match error {
            ReturnError::UnknownSale => Self::not_found("sale.unknown", title),
            ReturnError::OtherShop => Self::conflict("return.other_shop", title),
            ReturnError::NoLines => Self::invalid("return.no_lines", "lines", title),
            ReturnError::TooManyLines { max } => {
                Self::invalid("return.too_many_lines", "lines", title).figure("max", max)
            }
            ReturnError::Rule(refusal) => of_rule(refusal, title),
            ReturnError::Reason(refusal) => of_reason(refusal, title),
            ReturnError::Refund(refusal) => of_refund(refusal, title),
            ReturnError::ReferenceTooLong { tender } => Self::invalid(
                "return.reference_too_long",
                format!("tenders[{tender}].reference"),
                title,
            )
            .figure("tender", tender),
            ReturnError::Approval(error) => error.into(),
            ReturnError::IdReused => Self::conflict("return.id_reused", title),
            ReturnError::Rights(error) => crate::rights::http::of_rule(error),
            ReturnError::Shift(error) => crate::shift::http::of_reference(error),
            ReturnError::Denied(error) => error.into(),
            ReturnError::Unenrolled(error) => error.into(),
            ReturnError::Db(error) => error.into(),
        }
    }
}

fn of_rule(refusal: rule::ReturnError, title: String) -> Problem {
    match refusal {
        rule::ReturnError::NoLine { line } => {
            Problem::invalid("return.no_such_line", "lines", title).figure("line", line)
        }
        rule::ReturnError::QuantityOutOfRange { line, most } => {
            Problem::invalid("return.quantity_out_of_range", "lines", title)
                .figure("line", line)
                .figure("most", most.base_units())
        }
        rule::ReturnError::NoVersion { promotion, version } => {
            Problem::conflict("return.no_version", title)
                .figure("promotion_id", promotion.as_uuid().to_string())
                .figure("version", version)
        }
        rule::ReturnError::Price(refusal) => of_basket(&refusal, title),
    }
}

fn of_reason(refusal: ReasonError, title: String) -> Problem {
    match refusal {
        ReasonError::Unknown => Problem::invalid("return.reason_unknown", "reason", title),
        ReasonError::NoteMissing => Problem::invalid("return.note_missing", "note", title),
        ReasonError::NoteUnfit { max } => {
            Problem::invalid("return.note_unfit", "note", title).figure("max", max)
        }
    }
}

fn of_refund(refusal: RefundError, title: String) -> Problem {
    let of = |code, tender: usize| {
        Problem::invalid(code, format!("tenders[{tender}]"), title.clone()).figure("tender", tender)
    };
    match refusal {
        RefundError::Differs { refund } => {
            Problem::invalid("return.refund_changed", "tenders", title)
                .figure("refund_minor", refund.minor())
        }
        RefundError::Kind { tender } => of("return.tender_kind", tender),
        RefundError::Empty { tender } => of("return.tender_empty", tender),
        RefundError::TooMany { max } => {
            Problem::invalid("return.too_many_tenders", "tenders", title).figure("max", max)
        }
        RefundError::BeyondCard { most } => Problem::invalid("return.card_most", "tenders", title)
            .figure("most_minor", most.minor()),
    }
}
