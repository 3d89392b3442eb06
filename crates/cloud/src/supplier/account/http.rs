//! Endpoints of suppliers' accounts.
use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use httpkit::{
    csv,
    extract::{Body, Params, PathParams},
    page,
    problem::Problem,
    routes,
};
use jiff::{civil::Date, tz::TimeZone};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::db::{Asked, AskedEntries, EntryPosition, Places, Position};
use super::{
    COMPANY, Done, Kind, Method, NewDocument, SupplierAccountDetail, SupplierAccountPage,
    SupplierEntry, SupplierEntryPage, db, unknown_supplier,
};
use crate::audit::Entry;
use crate::audit::refusal;
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, PurchaseRead, SupplierPay};

/// Entries in one file at the most.
const MOST_EXPORTED: i64 = 20_000;

/// Endpoints of suppliers' accounts.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show))
        .routes(routes!(entries))
        .routes(routes!(record))
        .routes(routes!(reverse))
}

/// Which accounts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Filter {
    /// Only this location; the zero id: only what is of the whole company.
    location: Option<Uuid>,
    /// A part of the supplier's name or code; accents do not matter.
    #[serde(default)]
    q: String,
    /// Only those with something owed, or paid in advance.
    #[serde(default)]
    open: bool,
    /// `name`, or `owed`: the most first. By default `owed`.
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// How accounts are sorted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SupplierAccountSort)]
enum Sort {
    /// The most first, then by name.
    #[default]
    Owed,
    /// By name.
    Name,
}

fn as_of(cloud: &Cloud) -> Date {
    cloud.now().to_zoned(TimeZone::UTC).date()
}

/// Suppliers with what is owed to them at the locations that the person may see, and since when. What is of the whole
/// company is seen by whoever sees all. Needs `purchase.read`.
#[utoipa::path(
    get, path = "/v1/supplier-accounts", tag = "purchase", params(Filter), operation_id = "list_supplier_accounts",
    responses(
        (status = 200, description = "A page of accounts", body = SupplierAccountPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    allowed: Allowed<PurchaseRead>,
    Params(filter): Params<Filter>,
) -> Result<Json<SupplierAccountPage>> {
    let rows = page::clamp_limit(filter.limit, page::DEFAULT_LIMIT);
    let after: Option<Position> = page::decode(filter.cursor.as_deref())?;
    let actor = allowed.actor();
    let places = Places::of(allowed, filter.location)?;
    let asked = Asked {
        places: &places,
        q: &filter.q,
        by_owed: filter.sort == Sort::Owed,
        only_open: filter.open,
        after,
        limit: rows + 1,
        as_of: as_of(&cloud),
    };
    let (mut found, (owed_minor, advance_minor)) = cloud
        .read("list_supplier_accounts", actor, async |tx| {
            db::list(tx, &asked).await
        })
        .await?;
    Ok(Json(SupplierAccountPage {
        next: page::cut(&mut found, rows, |(_, position)| page::encode(position)),
        items: found.into_iter().map(|(one, _)| one).collect(),
        owed_minor,
        advance_minor,
        as_of: asked.as_of,
    }))
}

/// Where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Place {
    /// Only this location; the zero id: only what is of the whole company.
    location: Option<Uuid>,
}

/// The account of a supplier: what is owed where, and since when. Needs `purchase.read`.
#[utoipa::path(
    get, path = "/v1/supplier-accounts/{supplier}", tag = "purchase", operation_id = "show_supplier_account",
    params(("supplier" = Uuid, Path, description = "The supplier"), Place),
    responses(
        (status = 200, description = "The account", body = SupplierAccountDetail),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`supplier.unknown`, `location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`, `query.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Allowed<PurchaseRead>,
    PathParams(supplier): PathParams<Uuid>,
    Params(place): Params<Place>,
) -> Result<Json<SupplierAccountDetail>> {
    let actor = allowed.actor();
    let places = Places::of(allowed, place.location)?;
    let found = cloud
        .read("show_supplier_account", actor, async |tx| {
            db::detail(tx, &places, supplier, as_of(&cloud)).await
        })
        .await?;
    Ok(Json(found.ok_or_else(unknown_supplier)?))
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct EntryFilter {
    /// Only this location; the zero id: only what is of the whole company.
    location: Option<Uuid>,
    /// First date.
    from: Option<Date>,
    /// Last date.
    to: Option<Date>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
    /// `csv`: a file with up to 20,000 entries instead of a page.
    format: Option<String>,
}

impl EntryFilter {
    fn asked<'a>(
        &self,
        places: &'a Places,
        supplier: Uuid,
        limit: i64,
    ) -> Result<AskedEntries<'a>> {
        let after: Option<EntryPosition> = page::decode(self.cursor.as_deref())?;
        Ok(AskedEntries {
            places,
            supplier,
            from: self.from.unwrap_or(Date::constant(1, 1, 1)),
            to: self.to.unwrap_or(Date::constant(9999, 12, 31)),
            after,
            limit,
        })
    }
}

/// Everything that happened with a supplier, the newest first, with what was owed after each: purchases, also those that
/// were paid at once, what was taken back, payments, credit notes. Needs `purchase.read`.
///
/// As `format=csv` a file that spreadsheets may open: no cell is a formula. An export is an entry of the audit.
#[utoipa::path(
    get, path = "/v1/supplier-accounts/{supplier}/entries", tag = "purchase", operation_id = "list_supplier_entries",
    params(("supplier" = Uuid, Path, description = "The supplier"), EntryFilter),
    responses(
        (status = 200, description = "A page of entries; as `text/csv` with `format=csv`. None for a supplier that nobody knows", body = SupplierEntryPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`, `query.invalid`, `cursor.invalid`, `audit.format`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn entries(
    State(cloud): State<Cloud>,
    allowed: Allowed<PurchaseRead>,
    PathParams(supplier): PathParams<Uuid>,
    Params(filter): Params<EntryFilter>,
) -> Result<Response> {
    let actor = allowed.actor();
    let places = Places::of(allowed, filter.location)?;
    if csv::is_asked_for(filter.format.as_deref())? {
        let asked = filter.asked(&places, supplier, MOST_EXPORTED)?;
        let items = cloud
            .tx("export_supplier_account", actor, async |tx| {
                let items = db::entries(tx, &asked).await?;
                Entry::new("supplier_account.exported", supplier)
                    .at(filter.location.filter(|location| *location != COMPANY))
                    .with("rows", items.len())
                    .note(&cloud, tx)
                    .await?;
                Ok(items)
            })
            .await?;
        return Ok(csv::file("supplier-account.csv", table(&items)));
    }
    let rows = page::clamp_limit(filter.limit, page::DEFAULT_LIMIT);
    let asked = filter.asked(&places, supplier, rows + 1)?;
    let mut items = cloud
        .read("list_supplier_entries", actor, async |tx| {
            db::entries(tx, &asked).await
        })
        .await?;
    let next = page::cut(&mut items, rows, |last| {
        page::encode(&EntryPosition(
            last.business_date,
            last.at,
            last.id,
            last.kind.clone(),
        ))
    });
    Ok(Json(SupplierEntryPage { items, next }).into_response())
}

/// Amounts are in minor units, as everywhere in the API. The oldest first, as statements are.
fn table(items: &[SupplierEntry]) -> String {
    let mut table = csv::BYTE_ORDER_MARK.to_owned();
    csv::row(
        &mut table,
        [
            "business_date",
            "location",
            "kind",
            "number",
            "reference",
            "payment",
            "amount_minor",
            "owed_minor",
            "balance_minor",
            "note",
            "staff",
            "id",
            "reverses",
        ],
    );
    for item in items.iter().rev() {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let cells = [
            item.business_date.to_string(),
            text(&item.location_name),
            item.kind.clone(),
            text(&item.number),
            text(&item.reference),
            text(&item.payment),
            item.amount_minor.to_string(),
            item.owed_minor.to_string(),
            item.balance_minor.to_string(),
            text(&item.note),
            item.staff.clone(),
            item.id.to_string(),
            item.reverses.map(|id| id.to_string()).unwrap_or_default(),
        ];
        csv::row(&mut table, cells.iter().map(String::as_str));
    }
    table
}

/// A payment, a credit note or an opening balance.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SupplierDocumentContent {
    /// Whose account at the supplier; null: the company's as a whole.
    location_id: Option<Uuid>,
    kind: Kind,
    /// As the document says; not in the future.
    business_date: Date,
    /// More than nothing. An opening balance below zero: paid in advance.
    amount_minor: i64,
    /// Of a payment, and of nothing else.
    #[serde(default)]
    method: Option<Method>,
    /// The bank's or the supplier's number of it.
    #[serde(default)]
    reference: Option<String>,
    #[serde(default)]
    note: Option<String>,
}

/// Whoever may write there, or the refusal.
fn at(allowed: Allowed<SupplierPay>, location: Option<Uuid>) -> Result<Allowed<SupplierPay>> {
    match location {
        None if allowed.is_everywhere() => Ok(allowed),
        // The company has an account that this person does not see.
        None => Err(refusal::foreign(COMPANY).into()),
        Some(_) => allowed.only(location),
    }
}

/// Writes a document into the account of a supplier. Needs `supplier.pay` at the location, or in the whole chain for what
/// is of the company. Repeating it changes nothing; it can only be reversed.
#[utoipa::path(
    put, path = "/v1/supplier-accounts/{supplier}/documents/{id}", tag = "purchase",
    operation_id = "put_supplier_document", request_body = SupplierDocumentContent,
    params(
        ("supplier" = Uuid, Path, description = "The supplier"),
        ("id" = Uuid, Path, description = "Made by the client"),
    ),
    responses(
        (status = 200, description = "It is in the account; with `warnings`", body = Done),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`supplier.unknown`, `location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`id.reused`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `supplier_document.amount`, `supplier_document.date`, `supplier_document.method`, `supplier_document.text`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn record(
    State(cloud): State<Cloud>,
    allowed: Allowed<SupplierPay>,
    PathParams((supplier, id)): PathParams<(Uuid, Uuid)>,
    Body(given): Body<SupplierDocumentContent>,
) -> Result<Json<Done>> {
    let allowed = at(allowed, given.location_id)?;
    let document = NewDocument {
        id,
        supplier,
        location: given.location_id,
        kind: given.kind,
        date: given.business_date,
        amount_minor: given.amount_minor,
        method: given.method,
        reference: given.reference,
        note: given.note,
    };
    super::record(&cloud, allowed.actor(), &document)
        .await
        .map(Json)
}

/// Why a document counts no longer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SupplierDocumentReversal {
    /// Where the document is; null: it is the company's.
    location_id: Option<Uuid>,
    reason: String,
}

/// Takes a payment, a credit note or an opening balance back, by an entry of today. Needs `supplier.pay` at the location,
/// or in the whole chain for what is of the company. Repeating it changes nothing.
#[utoipa::path(
    put, path = "/v1/supplier-accounts/{supplier}/documents/{id}/reversal", tag = "purchase",
    operation_id = "reverse_supplier_document", request_body = SupplierDocumentReversal,
    params(
        ("supplier" = Uuid, Path, description = "The supplier"),
        ("id" = Uuid, Path, description = "The document"),
    ),
    responses(
        (status = 200, description = "It counts no longer", body = Done),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`supplier_document.unknown`, also for a purchase: its branch voids it; `location.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`supplier_document.reversed`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `supplier_document.reason`, `supplier_document.text`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn reverse(
    State(cloud): State<Cloud>,
    allowed: Allowed<SupplierPay>,
    PathParams((supplier, id)): PathParams<(Uuid, Uuid)>,
    Body(given): Body<SupplierDocumentReversal>,
) -> Result<Json<Done>> {
    let allowed = at(allowed, given.location_id)?;
    let location = given.location_id.unwrap_or(COMPANY);
    let of = (supplier, location, id);
    super::reverse(&cloud, allowed.actor(), of, &given.reason)
        .await
        .map(Json)
}
