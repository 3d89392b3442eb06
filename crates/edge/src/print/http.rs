//! `/v1/printers`, `/v1/prints`, and prints of sales, purchases, shifts and variants.
use axum::{Json, http::StatusCode, response::Response};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
};
use jiff::Timestamp;
use paper::{Language, Width};
use retail::{id::Id, location::RegisterId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{Decision, Job, PrintError, State, What, compose, db};
use crate::{
    db::{DbError, Snapshot},
    http::{
        Named,
        access::{Allowed, Door, SignedIn, may},
    },
};

mod label;

/// Bytes of a request that brings a logo: its PNG in base64.
const MAX_LETTERHEAD: usize = 1 << 20;

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(printers))
        .routes(routes!(set_printer, remove_printer))
        .routes(routes!(print_test))
        .routes(routes!(prints))
        .routes(routes!(decide))
        .routes(routes!(print_sale))
        .routes(routes!(copy_sale))
        .routes(routes!(print_return))
        .routes(routes!(copy_return))
        .routes(routes!(print_purchase))
        .routes(routes!(copy_purchase))
        .routes(routes!(print_purchase_void))
        .routes(routes!(copy_purchase_void))
        .routes(routes!(print_x_report))
        .routes(routes!(print_z_report))
        .routes(routes!(copy_z_report))
        .merge(label::routes())
        .merge(
            OpenApiRouter::new()
                .routes(routes!(letterhead, set_letterhead))
                .layer(axum::extract::DefaultBodyLimit::max(MAX_LETTERHEAD)),
        )
}

/// Paper of 58 or 80 mm.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaperWidth {
    Mm58,
    Mm80,
}

/// A language that paper is printed in.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PaperLanguage {
    En,
    Vi,
    Th,
}

/// A network printer.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Printer {
    /// Its name or address in the shop's network.
    host: String,
    /// 9100 for nearly all.
    port: u16,
    width: PaperWidth,
    language: PaperLanguage,
    /// A drawer is plugged into it: it opens for cash.
    has_drawer: bool,
    /// It cuts the paper.
    has_knife: bool,
    /// Every receipt and ticket, without being asked.
    is_automatic: bool,
}

impl TryFrom<Printer> for super::Printer {
    type Error = PrintError;
    fn try_from(printer: Printer) -> std::result::Result<Self, PrintError> {
        if printer.port == 0 {
            return Err(PrintError::Invalid { field: "port" });
        }
        Ok(Self {
            host: printer.host,
            port: printer.port,
            width: match printer.width {
                PaperWidth::Mm58 => Width::MM58,
                PaperWidth::Mm80 => Width::MM80,
            },
            language: match printer.language {
                PaperLanguage::En => Language::English,
                PaperLanguage::Vi => Language::Vietnamese,
                PaperLanguage::Th => Language::Thai,
            },
            has_drawer: printer.has_drawer,
            has_knife: printer.has_knife,
            is_automatic: printer.is_automatic,
        })
    }
}

impl From<super::Printer> for Printer {
    fn from(printer: super::Printer) -> Self {
        Self {
            host: printer.host,
            port: printer.port,
            width: if printer.width == Width::MM58 {
                PaperWidth::Mm58
            } else {
                PaperWidth::Mm80
            },
            language: match printer.language {
                Language::English => PaperLanguage::En,
                Language::Vietnamese => PaperLanguage::Vi,
                Language::Thai => PaperLanguage::Th,
            },
            has_drawer: printer.has_drawer,
            has_knife: printer.has_knife,
            is_automatic: printer.is_automatic,
        }
    }
}

/// A register with its printer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrinterOfRegister {
    register: Named,
    #[schema(required)]
    printer: Option<Printer>,
}

/// Every register of the shop.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrinterList {
    items: Vec<PrinterOfRegister>,
}

/// List the printers of the shop
#[utoipa::path(get, path = "/v1/printers", operation_id = "list_printers", tag = "printing", responses(
    (status = 200, body = PrinterList),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
))]
async fn printers(signed_in: SignedIn) -> Result<Json<PrinterList>> {
    let stations = signed_in.shop.read(db::stations).await?;
    let items = stations.into_iter().map(|station| PrinterOfRegister {
        register: Named {
            id: station.register.as_uuid(),
            name: station.name,
        },
        printer: station.printer.map(Into::into),
    });
    Ok(Json(PrinterList {
        items: items.collect(),
    }))
}

/// Set the printer of a register
#[utoipa::path(put, path = "/v1/printers/{register_id}", operation_id = "set_printer", tag = "printing", params(("register_id" = Uuid, Path)),
    request_body = Printer, responses(
    (status = 204, description = "It is set"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`register.unknown`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`printer.invalid` {field}, `body.invalid`"),
))]
async fn set_printer(
    allowed: Allowed<may::PrinterManage>,
    PathParams(register): PathParams<Uuid>,
    Body(printer): Body<Printer>,
) -> Result<StatusCode> {
    let printer = super::Printer::try_from(printer)?;
    super::set_printer(
        &allowed.shop,
        &allowed.actor,
        Id::from_uuid(register),
        Some(printer),
    )
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Take the printer of a register away
///
/// What waited for it is for a person to move or to skip.
#[utoipa::path(delete, path = "/v1/printers/{register_id}", operation_id = "remove_printer", tag = "printing", params(("register_id" = Uuid, Path)), responses(
    (status = 204, description = "It has none"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`register.unknown`"),
))]
async fn remove_printer(
    allowed: Allowed<may::PrinterManage>,
    PathParams(register): PathParams<Uuid>,
) -> Result<StatusCode> {
    super::set_printer(&allowed.shop, &allowed.actor, Id::from_uuid(register), None).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What stands at the head of every paper beside the shop's name and address.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Letterhead {
    /// The number that the tax office knows the shop by.
    #[schema(required)]
    #[serde(deserialize_with = "Option::deserialize")]
    tax_number: Option<String>,
    /// A PNG in base64, at most 512 KiB. Left out is a mistake, and takes nothing away.
    #[schema(required)]
    #[serde(deserialize_with = "Option::deserialize")]
    logo: Option<String>,
}

/// Get the head of the shop's papers
#[utoipa::path(get, path = "/v1/letterhead", operation_id = "get_letterhead", tag = "printing", responses(
    (status = 200, body = Letterhead),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
))]
async fn letterhead(allowed: Allowed<may::PrinterManage>) -> Result<Json<Letterhead>> {
    let (tax_number, logo) = allowed.shop.read(db::letterhead).await?;
    Ok(Json(Letterhead {
        tax_number,
        logo: logo.map(|png| STANDARD.encode(png)),
    }))
}

/// Set the head of the shop's papers
#[utoipa::path(put, path = "/v1/letterhead", operation_id = "set_letterhead", tag = "printing", request_body = Letterhead, responses(
    (status = 204, description = "It is set"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 413, body = Problem, content_type = "application/problem+json", description = "`body.too_large`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`printer.invalid` {field}, `logo.too_large` {max}, `logo.not_png`, `body.invalid`"),
))]
async fn set_letterhead(
    allowed: Allowed<may::PrinterManage>,
    Body(head): Body<Letterhead>,
) -> Result<StatusCode> {
    let logo = match head.logo {
        Some(text) => Some(
            STANDARD
                .decode(text)
                .map_err(|_| PrintError::Logo(paper::LogoError::NotPng))?,
        ),
        None => None,
    };
    super::set_letterhead(&allowed.shop, head.tax_number, logo).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a print shows.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PrintWhat {
    Sale,
    Return,
    Purchase,
    PurchaseVoid,
    XReport,
    ZReport,
    Cash,
    ShelfLabel,
    ItemLabel,
    Drawer,
    Test,
}

impl From<What> for PrintWhat {
    fn from(what: What) -> Self {
        match what {
            What::Sale(_) => Self::Sale,
            What::Return(_) => Self::Return,
            What::Purchase(_) => Self::Purchase,
            What::PurchaseVoid(_) => Self::PurchaseVoid,
            What::XReport(_) => Self::XReport,
            What::ZReport(_) => Self::ZReport,
            What::Cash(_) => Self::Cash,
            What::ShelfLabel(_) => Self::ShelfLabel,
            What::ItemLabel(_) => Self::ItemLabel,
            What::Drawer(_) => Self::Drawer,
            What::Test => Self::Test,
        }
    }
}

/// Where a print stands.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PrintState {
    Waiting,
    Printing,
    Printed,
    Failed,
    Skipped,
}

impl From<State> for PrintState {
    fn from(state: State) -> Self {
        match state {
            State::Waiting => Self::Waiting,
            State::Printing => Self::Printing,
            State::Printed => Self::Printed,
            State::Failed => Self::Failed,
            State::Skipped => Self::Skipped,
        }
    }
}

/// One print.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Print {
    id: Uuid,
    what: PrintWhat,
    /// Of the sale, purchase, shift or variant.
    subject_id: Uuid,
    /// The number of the document, or the name of the product.
    name: String,
    /// 0: the first print; else which copy it says it is.
    copy: u32,
    /// The register whose printer it is for.
    register: Named,
    state: PrintState,
    /// Why it waits or failed: `off`, `no_paper`, `cover_open`, `knife`, `fault`, `slow`, `lost`, `interrupted`, `no_printer`, `gone`, `late`.
    #[schema(required)]
    reason: Option<String>,
    /// Some of it may be on paper: printed again, it says that it is a copy.
    is_uncertain: bool,
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

fn shown(at: &Snapshot<'_>, job: Job) -> std::result::Result<Print, DbError> {
    Ok(Print {
        id: job.id,
        what: job.what.into(),
        subject_id: job.what.subject(),
        name: compose::number(at, job.what)?.unwrap_or_default(),
        copy: job.copy,
        register: Named {
            id: job.printer.as_uuid(),
            name: db::register_name(at, job.printer)?.unwrap_or_default(),
        },
        state: job.state.into(),
        reason: job.reason,
        is_uncertain: job.is_uncertain,
        created_at: job.created_at,
    })
}

/// What waits or needs a person, the oldest first, then the last ones that are done.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PrintList {
    items: Vec<Print>,
}

/// List what waits for the shop's printers
#[utoipa::path(get, path = "/v1/prints", operation_id = "list_prints", tag = "printing", responses(
    (status = 200, body = PrintList),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
))]
async fn prints(signed_in: SignedIn) -> Result<Json<PrintList>> {
    let items = signed_in.shop.read(|at| {
        let jobs = db::jobs(at)?.into_iter();
        jobs.map(|job| shown(at, job))
            .collect::<std::result::Result<_, DbError>>()
    });
    Ok(Json(PrintList {
        items: items.await?,
    }))
}

/// `again`: print it, as a copy if some of it may be on paper. `skip`: do not. `move`: print it at another register.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DecisionCode {
    Again,
    Skip,
    Move,
}

/// What becomes of a print.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct PrintDecision {
    decision: DecisionCode,
    /// With `move`: whose printer.
    register_id: Option<Uuid>,
}

/// Decide about a print that waits or failed
///
/// A decision that has been taken already changes nothing.
#[utoipa::path(put, path = "/v1/prints/{id}/decision", operation_id = "decide_print", tag = "printing", params(("id" = Uuid, Path)),
    request_body = PrintDecision, responses(
    (status = 200, body = Print),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 404, body = Problem, content_type = "application/problem+json", description = "`print.unknown`"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`print.not_open`, `print.no_printer`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`printer.invalid` {field}, `body.invalid`"),
))]
async fn decide(
    signed_in: SignedIn,
    PathParams(id): PathParams<Uuid>,
    Body(decision): Body<PrintDecision>,
) -> Result<Json<Print>> {
    let decision = match (decision.decision, decision.register_id) {
        (DecisionCode::Again, _) => Decision::Again,
        (DecisionCode::Skip, _) => Decision::Skip,
        (DecisionCode::Move, Some(register)) => Decision::Move(Id::from_uuid(register)),
        (DecisionCode::Move, None) => {
            return Err(PrintError::Invalid {
                field: "register_id",
            }
            .into());
        }
    };
    let job = super::decide(&signed_in.shop, &signed_in.actor, id, decision).await?;
    let print = signed_in.shop.read(move |at| shown(at, job)).await?;
    Ok(Json(print))
}

/// Whose printer is to print.
#[derive(Debug, Default, Deserialize, ToSchema)]
pub(crate) struct PrintAt {
    /// None: that of the register that is signed in at.
    register_id: Option<Uuid>,
}

impl PrintAt {
    fn register(&self) -> Option<RegisterId> {
        self.register_id.map(Id::from_uuid)
    }
}

async fn ordered(
    shop: &crate::Shop,
    actor: &crate::staff::Actor,
    id: Uuid,
    what: What,
    at: &PrintAt,
    wants_copy: bool,
) -> Result<Response> {
    let recorded = super::order(shop, actor, id, what, at.register(), wants_copy).await?;
    let job = match &recorded {
        crate::refusal::Recorded::First(job) | crate::refusal::Recorded::Repeated(job) => {
            job.clone()
        }
    };
    let print = shop.read(move |at| shown(at, job)).await?;
    let recorded = match recorded {
        crate::refusal::Recorded::First(_) => crate::refusal::Recorded::First(print),
        crate::refusal::Recorded::Repeated(_) => crate::refusal::Recorded::Repeated(print),
    };
    Ok(crate::http::recorded(recorded, |print| print))
}

macro_rules! operation {
    ($(#[$doc:meta])+ $name:ident($path:tt, $operation:tt, $permission:ident, $what:expr, $wants_copy:literal)) => {
        $(#[$doc])+
        #[utoipa::path(put, path = $path, operation_id = $operation, tag = "printing",
            params(("id" = Uuid, Path), ("print_id" = Uuid, Path, description = "made by the till")), request_body = PrintAt, responses(
            (status = 201, body = Print),
            (status = 200, body = Print, description = "It had been queued before"),
            (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
            (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
            (status = 404, body = Problem, content_type = "application/problem+json", description = "`print.nothing`: there is nothing of this id"),
            (status = 409, body = Problem, content_type = "application/problem+json", description = "`print.no_printer`, `print.printed_before`, `print.queue_full` {max}, `print.id_reused`"),
            (status = 422, body = Problem, content_type = "application/problem+json", description = "`body.invalid`"),
        ))]
        async fn $name(
            allowed: Allowed<may::$permission>,
            PathParams((id, print_id)): PathParams<(Uuid, Uuid)>,
            Body(at): Body<PrintAt>,
        ) -> Result<Response> {
            let what: fn(Uuid) -> What = $what;
            ordered(&allowed.shop, &allowed.actor, print_id, what(id), &at, $wants_copy).await
        }
    };
}

operation! {
    /// Print the receipt of a sale for the first time
    print_sale("/v1/sales/{id}/prints/{print_id}", "print_sale", SaleRead, |id| What::Sale(Id::from_uuid(id)), false)
}
operation! {
    /// Print the receipt of a sale once more
    ///
    /// It says that it is a copy, and the head office hears of it.
    copy_sale("/v1/sales/{id}/copies/{print_id}", "copy_sale", ReceiptReprint, |id| What::Sale(Id::from_uuid(id)), true)
}
operation! {
    /// Print the ticket of a purchase for the first time
    print_purchase("/v1/purchases/{id}/prints/{print_id}", "print_purchase", PurchaseRead, |id| What::Purchase(Id::from_uuid(id)), false)
}
operation! {
    /// Print the ticket of a purchase once more
    ///
    /// It says that it is a copy, and the head office hears of it.
    copy_purchase("/v1/purchases/{id}/copies/{print_id}", "copy_purchase", ReceiptReprint, |id| What::Purchase(Id::from_uuid(id)), true)
}
operation! {
    /// Print the receipt of a return for the first time
    print_return("/v1/returns/{id}/prints/{print_id}", "print_return", SaleRead, |id| What::Return(Id::from_uuid(id)), false)
}
operation! {
    /// Print the receipt of a return once more
    ///
    /// It says that it is a copy, and the head office hears of it.
    copy_return("/v1/returns/{id}/copies/{print_id}", "copy_return", ReceiptReprint, |id| What::Return(Id::from_uuid(id)), true)
}
operation! {
    /// Print the ticket of a void for the first time
    print_purchase_void("/v1/purchase-voids/{id}/prints/{print_id}", "print_purchase_void", PurchaseRead, What::PurchaseVoid, false)
}
operation! {
    /// Print the ticket of a void once more
    ///
    /// It says that it is a copy, and the head office hears of it.
    copy_purchase_void("/v1/purchase-voids/{id}/copies/{print_id}", "copy_purchase_void", ReceiptReprint, What::PurchaseVoid, true)
}
operation! {
    /// Print the X report of an open shift
    print_x_report("/v1/shifts/{id}/x-reports/{print_id}", "print_x_report", CountSee, |id| What::XReport(Id::from_uuid(id)), true)
}
operation! {
    /// Print the Z report of a closed shift for the first time
    print_z_report("/v1/shifts/{id}/z-reports/{print_id}", "print_z_report", CountSee, |id| What::ZReport(Id::from_uuid(id)), false)
}
operation! {
    /// Print the Z report of a closed shift once more
    ///
    /// It says that it is a copy, and the head office hears of it.
    copy_z_report("/v1/shifts/{id}/z-report-copies/{print_id}", "copy_z_report", CountSee, |id| What::ZReport(Id::from_uuid(id)), true)
}

/// Print a test page at a register's printer
#[utoipa::path(put, path = "/v1/printers/{register_id}/tests/{print_id}", operation_id = "print_test", tag = "printing",
    params(("register_id" = Uuid, Path), ("print_id" = Uuid, Path, description = "made by the till")), responses(
    (status = 201, body = Print),
    (status = 200, body = Print, description = "It had been queued before"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`print.no_printer`, `print.queue_full` {max}, `print.id_reused`"),
))]
async fn print_test(
    allowed: Allowed<may::PrinterManage>,
    PathParams((register, print_id)): PathParams<(Uuid, Uuid)>,
) -> Result<Response> {
    let at = PrintAt {
        register_id: Some(register),
    };
    ordered(
        &allowed.shop,
        &allowed.actor,
        print_id,
        What::Test,
        &at,
        false,
    )
    .await
}
