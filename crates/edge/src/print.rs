//! Printing: what a shop's printers are, and a queue that no sale waits for. A document is queued in the transaction that
//! records it, sent by a task of its own, and never printed twice without saying that it is a copy.
use httpkit::{problem::Problem, random::uuid_v7};
use jiff::Timestamp;
use paper::{Language, Width};
use retail::{
    cash::MovementId, catalog::VariantId, id::Id, location::RegisterId, purchasing::PurchaseId,
    returns::ReturnId, sale::SaleId, shift::ShiftId, staff::StaffId,
};
use uuid::Uuid;
use wire::body::ReceiptReprinted;

use crate::{
    Shop,
    db::{Change, DbError, Tx},
    node::{self, Unenrolled},
    outbox,
    refusal::Recorded,
    staff::Actor,
};

mod compose;
pub(crate) mod db;
pub(crate) mod http;
mod worker;

pub(crate) use worker::run;

/// Letters of a host's name at the most.
const MAX_HOST: usize = 253;
/// Letters of a tax number at the most.
const MAX_TAX_NUMBER: usize = 30;
/// Prints that may wait at one shop: above it somebody has to look at the printers first.
const MAX_OPEN: i64 = 500;

/// A network printer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Printer {
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) width: Width,
    pub(crate) language: Language,
    pub(crate) has_drawer: bool,
    pub(crate) has_knife: bool,
    pub(crate) is_automatic: bool,
}

/// What a print shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Sale(SaleId),
    /// What a customer takes away who has brought goods back.
    Return(ReturnId),
    Purchase(PurchaseId),
    /// The document that voided a purchase.
    PurchaseVoid(Uuid),
    /// The figures of an open shift.
    XReport(ShiftId),
    /// The document that ended one.
    ZReport(ShiftId),
    /// The slip of cash that went in or out.
    Cash(MovementId),
    ShelfLabel(VariantId),
    ItemLabel(VariantId),
    /// Nothing: the drawer opens.
    Drawer(SaleId),
    Test,
}

impl What {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Sale(_) => "sale",
            Self::Return(_) => "return",
            Self::Purchase(_) => "purchase",
            Self::PurchaseVoid(_) => "purchase_void",
            Self::XReport(_) => "x_report",
            Self::ZReport(_) => "z_report",
            Self::Cash(_) => "cash",
            Self::ShelfLabel(_) => "shelf_label",
            Self::ItemLabel(_) => "item_label",
            Self::Drawer(_) => "drawer",
            Self::Test => "test",
        }
    }

    pub(crate) fn subject(self) -> Uuid {
        match self {
            Self::Sale(id) | Self::Drawer(id) => id.as_uuid(),
            Self::Return(id) => id.as_uuid(),
            Self::Purchase(id) => id.as_uuid(),
            Self::PurchaseVoid(id) => id,
            Self::XReport(id) | Self::ZReport(id) => id.as_uuid(),
            Self::Cash(id) => id.as_uuid(),
            Self::ShelfLabel(id) | Self::ItemLabel(id) => id.as_uuid(),
            Self::Test => Uuid::nil(),
        }
    }

    pub(crate) fn by_code(code: &str, subject: Uuid) -> Option<Self> {
        Some(match code {
            "sale" => Self::Sale(Id::from_uuid(subject)),
            "return" => Self::Return(Id::from_uuid(subject)),
            "purchase" => Self::Purchase(Id::from_uuid(subject)),
            "purchase_void" => Self::PurchaseVoid(subject),
            "x_report" => Self::XReport(Id::from_uuid(subject)),
            "z_report" => Self::ZReport(Id::from_uuid(subject)),
            "cash" => Self::Cash(Id::from_uuid(subject)),
            "shelf_label" => Self::ShelfLabel(Id::from_uuid(subject)),
            "item_label" => Self::ItemLabel(Id::from_uuid(subject)),
            "drawer" => Self::Drawer(Id::from_uuid(subject)),
            "test" => Self::Test,
            _ => return None,
        })
    }

    /// Whether a second print of it has to say that it is a copy.
    const fn is_counted(self) -> bool {
        matches!(
            self,
            Self::Sale(_)
                | Self::Return(_)
                | Self::Purchase(_)
                | Self::PurchaseVoid(_)
                | Self::ZReport(_)
                | Self::Cash(_)
        )
    }
}

/// Where a print stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// Its turn has not come, or the printer is not ready: nothing of it is on paper.
    Waiting,
    /// It is being sent.
    Printing,
    /// Done.
    Printed,
    /// It has begun and did not end well: a person decides.
    Failed,
    /// A person has decided against it.
    Skipped,
}

impl State {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Printing => "printing",
            Self::Printed => "printed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    pub(crate) fn by_code(code: &str) -> Option<Self> {
        [
            Self::Waiting,
            Self::Printing,
            Self::Printed,
            Self::Failed,
            Self::Skipped,
        ]
        .into_iter()
        .find(|state| state.code() == code)
    }
}

/// One print in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) id: Uuid,
    pub(crate) what: What,
    pub(crate) copy: u32,
    pub(crate) printer: RegisterId,
    pub(crate) opens_drawer: bool,
    pub(crate) state: State,
    pub(crate) reason: Option<String>,
    pub(crate) is_uncertain: bool,
    pub(crate) created_at: Timestamp,
}

/// What a person decides about a print that did not end well, or waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// Print it, marked as a copy when some of it may be on paper already.
    Again,
    /// Do not print it.
    Skip,
    /// Print it at another register.
    Move(RegisterId),
}

/// Why something cannot be printed or set.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrintError {
    #[error("this register has no printer")]
    NoPrinter,
    #[error("there is no such register")]
    UnknownRegister,
    #[error("there is nothing of this id to print")]
    UnknownSubject,
    #[error("there is no such print")]
    Unknown,
    #[error("it has been printed before; a copy is another operation")]
    PrintedBefore,
    #[error("this print is being sent, or done")]
    NotOpen,
    #[error("{MAX_OPEN} prints wait already")]
    QueueFull,
    #[error("the id stands for another print")]
    IdReused,
    #[error("{field} is not what a printer has")]
    Invalid { field: &'static str },
    #[error(transparent)]
    Logo(#[from] paper::LogoError),
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Queues what a register prints of a document by itself, in the transaction that records the document.
pub(crate) fn after(
    tx: &Tx<'_>,
    actor: &Actor,
    what: What,
    is_cash: bool,
    id: Uuid,
) -> Result<(), DbError> {
    let Some(printer) = db::printer(tx, actor.register)? else {
        return Ok(());
    };
    let opens_drawer = printer.has_drawer && is_cash;
    let what = match what {
        what if printer.is_automatic => what,
        What::Sale(sale) if opens_drawer => What::Drawer(sale),
        _ => return Ok(()),
    };
    let order = Order {
        id,
        what,
        printer: actor.register,
        staff: actor.staff,
        copy: 0,
        opens_drawer,
    };
    // A queue that nobody looks at does not stop a sale.
    if db::open_count(tx)? < MAX_OPEN {
        db::insert(tx, &order)?;
        tx.announce(Change::Print);
    }
    Ok(())
}

/// Queues the slip of cash that went in or out, and opens the drawer: the money is in somebody's hand.
pub(crate) fn slip(
    tx: &Tx<'_>,
    actor: &Actor,
    movement: MovementId,
    id: Uuid,
) -> Result<(), DbError> {
    at_own_printer(tx, actor, What::Cash(movement), id, true)
}

/// Queues the ticket of a void or a correction, or the receipt of a return; where cash goes in or out, the drawer opens.
pub(crate) fn reversal(
    tx: &Tx<'_>,
    actor: &Actor,
    what: What,
    id: Uuid,
    has_cash: bool,
) -> Result<(), DbError> {
    at_own_printer(tx, actor, what, id, has_cash)
}

/// Queues the Z report of a shift that was closed.
pub(crate) fn report(tx: &Tx<'_>, actor: &Actor, shift: ShiftId, id: Uuid) -> Result<(), DbError> {
    at_own_printer(tx, actor, What::ZReport(shift), id, false)
}

/// Queues a paper that goes with an act, where the register has a printer; whether it prints receipts by itself or not.
fn at_own_printer(
    tx: &Tx<'_>,
    actor: &Actor,
    what: What,
    id: Uuid,
    kicks: bool,
) -> Result<(), DbError> {
    let Some(printer) = db::printer(tx, actor.register)? else {
        return Ok(());
    };
    if db::open_count(tx)? < MAX_OPEN {
        let order = Order {
            id,
            what,
            printer: actor.register,
            staff: actor.staff,
            copy: 0,
            opens_drawer: kicks && printer.has_drawer,
        };
        db::insert(tx, &order)?;
        tx.announce(Change::Print);
    }
    Ok(())
}

/// A print that is to be queued.
pub(crate) struct Order {
    pub(crate) id: Uuid,
    pub(crate) what: What,
    pub(crate) printer: RegisterId,
    pub(crate) staff: StaffId,
    pub(crate) copy: u32,
    pub(crate) opens_drawer: bool,
}

/// Queues a print that somebody asks for. Repeating the same id gives the first answer.
pub(crate) async fn order(
    shop: &Shop,
    actor: &Actor,
    id: Uuid,
    what: What,
    printer: Option<RegisterId>,
    wants_copy: bool,
) -> Result<Recorded<Job>, PrintError> {
    let (actor, event) = (actor.clone(), new_uuid(shop));
    shop.write(move |tx, _| {
        if let Some(job) = db::job(tx, id)? {
            return if job.what == what {
                Ok(Recorded::Repeated(job))
            } else {
                Err(PrintError::IdReused)
            };
        }
        let printer = printer.unwrap_or(actor.register);
        db::printer(tx, printer)?.ok_or(PrintError::NoPrinter)?;
        let number = compose::number(tx, what)?.ok_or(PrintError::UnknownSubject)?;
        if db::open_count(tx)? >= MAX_OPEN {
            return Err(PrintError::QueueFull);
        }
        let before = db::printed_before(tx, what)?;
        let copy = if what.is_counted() { before } else { 0 };
        if copy > 0 && !wants_copy {
            return Err(PrintError::PrintedBefore);
        }
        if copy > 0 {
            tell_of_copy(tx, &actor, what, &number, copy, event)?;
        }
        let order = Order {
            id,
            what,
            printer,
            staff: actor.staff,
            copy,
            opens_drawer: false,
        };
        db::insert(tx, &order)?;
        tx.announce(Change::Print);
        db::job(tx, id)?
            .map(Recorded::First)
            .ok_or(PrintError::Unknown)
    })
    .await
}

/// The head office hears of every copy.
fn tell_of_copy(
    tx: &Tx<'_>,
    actor: &Actor,
    what: What,
    number: &str,
    copy: u32,
    id: Uuid,
) -> Result<(), PrintError> {
    let mut site = node::site(tx)??;
    let body = ReceiptReprinted {
        what: what.code().to_owned(),
        document: what.subject(),
        number: number.to_owned(),
        copy: i64::from(copy),
    };
    let mut event = outbox::Event::of(id, site.open_business_date(tx.now), &body);
    (event.staff, event.register) = (Some(actor.staff), Some(actor.register));
    outbox::append(tx, &mut site, event)?;
    Ok(())
}

/// A person decides about a print. What has been decided already is not done again.
pub(crate) async fn decide(
    shop: &Shop,
    actor: &Actor,
    id: Uuid,
    decision: Decision,
) -> Result<Job, PrintError> {
    let (actor, event) = (actor.clone(), new_uuid(shop));
    shop.write(move |tx, _| {
        let job = db::job(tx, id)?.ok_or(PrintError::Unknown)?;
        match (decision, job.state) {
            (Decision::Skip, State::Waiting | State::Failed) => {
                db::set_state(tx, id, State::Skipped, None, job.is_uncertain)?;
            }
            (Decision::Skip, State::Skipped) | (Decision::Again, State::Waiting) => return Ok(job),
            (Decision::Again | Decision::Move(_), State::Waiting | State::Failed) => {
                let printer = match decision {
                    Decision::Move(register) => register,
                    Decision::Again | Decision::Skip => job.printer,
                };
                db::printer(tx, printer)?.ok_or(PrintError::NoPrinter)?;
                let mut copy = job.copy;
                if job.is_uncertain && job.what.is_counted() {
                    copy = db::printed_before(tx, job.what)?;
                    let number =
                        compose::number(tx, job.what)?.ok_or(PrintError::UnknownSubject)?;
                    tell_of_copy(tx, &actor, job.what, &number, copy, event)?;
                }
                db::wait_again(tx, id, printer, copy)?;
            }
            _ => return Err(PrintError::NotOpen),
        }
        tx.announce(Change::Print);
        db::job(tx, id)?.ok_or(PrintError::Unknown)
    })
    .await
}

/// Sets the printer of a register, or takes it away.
pub(crate) async fn set_printer(
    shop: &Shop,
    actor: &Actor,
    register: RegisterId,
    printer: Option<Printer>,
) -> Result<(), PrintError> {
    if let Some(printer) = &printer {
        check_host(&printer.host)?;
    }
    let staff = actor.staff;
    shop.write(move |tx, _| {
        if db::register_name(tx, register)?.is_none() {
            return Err(PrintError::UnknownRegister);
        }
        match &printer {
            Some(printer) => db::set_printer(tx, register, printer, staff)?,
            None => db::remove_printer(tx, register)?,
        }
        tx.announce(Change::Print);
        Ok(())
    })
    .await
}

/// A name or an address of a network, and nothing that leads elsewhere.
fn check_host(host: &str) -> Result<(), PrintError> {
    let is_letter = |letter: u8| letter.is_ascii_alphanumeric() || b".-_:".contains(&letter);
    if (1..=MAX_HOST).contains(&host.len()) && host.bytes().all(is_letter) {
        Ok(())
    } else {
        Err(PrintError::Invalid { field: "host" })
    }
}

/// Sets what stands at the head of every paper.
pub(crate) async fn set_letterhead(
    shop: &Shop,
    tax_number: Option<String>,
    logo: Option<Vec<u8>>,
) -> Result<(), PrintError> {
    let is_short = |text: &String| {
        text.chars().count() <= MAX_TAX_NUMBER && !text.chars().any(char::is_control)
    };
    if !tax_number.as_ref().is_none_or(is_short) {
        return Err(PrintError::Invalid {
            field: "tax_number",
        });
    }
    if let Some(logo) = &logo {
        paper::logo(logo, Width::MM80.dots())?;
    }
    shop.write(move |tx, _| db::set_letterhead(tx, tax_number.as_deref(), logo.as_deref()))
        .await?;
    Ok(())
}

/// A new bare id of this shop.
pub(crate) fn new_uuid(shop: &Shop) -> Uuid {
    uuid_v7(shop.parts.clock.as_ref(), shop.parts.random.as_ref())
}

impl From<PrintError> for Problem {
    fn from(error: PrintError) -> Self {
        let title = error.to_string();
        match error {
            PrintError::NoPrinter => Self::conflict("print.no_printer", title),
            PrintError::UnknownRegister => Self::not_found("register.unknown", title),
            PrintError::UnknownSubject => Self::not_found("print.nothing", title),
            PrintError::Unknown => Self::not_found("print.unknown", title),
            PrintError::PrintedBefore => Self::conflict("print.printed_before", title),
            PrintError::NotOpen => Self::conflict("print.not_open", title),
            PrintError::QueueFull => {
                Self::conflict("print.queue_full", title).figure("max", MAX_OPEN)
            }
            PrintError::IdReused => Self::conflict("print.id_reused", title),
            PrintError::Invalid { field } => {
                Self::invalid("printer.invalid", field, title).figure("field", field)
            }
            PrintError::Logo(paper::LogoError::NotPng) => {
                Self::invalid("logo.not_png", "logo", title)
            }
            PrintError::Logo(paper::LogoError::TooLarge | paper::LogoError::TooManyPixels) => {
                Self::invalid("logo.too_large", "logo", title).figure("max", paper::MAX_LOGO_BYTES)
            }
            PrintError::Unenrolled(error) => error.into(),
            PrintError::Db(error) => error.into(),
        }
    }
}
