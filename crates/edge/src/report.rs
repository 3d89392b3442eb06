//! X and Z reports of a shift: its figures so far, and the document that ends it.
use std::collections::BTreeMap;

use jiff::Timestamp;
use retail::{
    amount::Amount,
    catalog::CategoryId,
    location::RegisterId,
    report::{Figure, Sums},
    shift::ShiftId,
    staff::StaffId,
};
use uuid::Uuid;
use wire::body::{Tax, ZCategory, ZFigure, ZReportMade, ZTender};

use crate::{
    Shop,
    db::{DbError, Snapshot, Tx},
    node::{self, Site, Unenrolled},
    outbox,
    replay::Facts,
    shift::{self, Shift, ShiftError},
    staff::Actor,
};

pub(crate) mod db;
pub(crate) mod http;

/// Departments that are climbed to at the most: deeper is a loop.
const MOST_LEVELS: usize = 32;
/// Z reports in the list of a shop.
const LISTED: i64 = 100;

/// A report as somebody sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Report {
    /// The figures of an open shift at an instant. The numbers of its end are not said yet.
    X(Box<ZReportMade>, Timestamp),
    /// The document of a closed one.
    Z(Box<ZReportMade>),
}

/// A Z report in the list of a shop.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    pub(crate) register: RegisterId,
    pub(crate) business_date: jiff::civil::Date,
    pub(crate) content: ZReportMade,
}

/// Why there is no report.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReportError {
    #[error("there is no such shift")]
    UnknownShift,
    #[error("this shift was closed without a report")]
    None,
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The report of a shift: X while it is open, Z after.
///
/// # Errors
/// [`ReportError`], or the disk's.
pub(crate) async fn get(shop: &Shop, id: ShiftId) -> Result<Report, ReportError> {
    shop.read(move |at| {
        let site = node::site(at)??;
        let shift = shift::db::find(at, id)?.ok_or(ReportError::UnknownShift)?;
        of(at, &site, &shift)?.ok_or(ReportError::None)
    })
    .await
}

/// Z reports of the shop, the newest first.
///
/// # Errors
/// The disk's.
pub(crate) async fn list(shop: &Shop) -> Result<Vec<Summary>, DbError> {
    shop.read(|at| db::newest(at, LISTED)).await
}

/// The report of a shift; none for one that was closed before there were Z reports.
pub(crate) fn of(at: &Snapshot<'_>, site: &Site, shift: &Shift) -> Result<Option<Report>, DbError> {
    if shift.closed_at.is_some() {
        return Ok(db::z_of(at, shift.id)?.map(|z| Report::Z(Box::new(z))));
    }
    let figures = figures(at, site, shift)?;
    Ok(Some(Report::X(Box::new(figures), at.now)))
}

/// Makes the Z report of a shift that has just been closed, in its transaction. Its event's bytes are the document.
pub(crate) fn make(
    tx: &Tx<'_>,
    site: &mut Site,
    actor: &Actor,
    id: ShiftId,
    number: i64,
    event: Uuid,
) -> Result<(), ShiftError> {
    let shift = shift::db::find(tx, id)?.ok_or(ShiftError::Unknown)?;
    let mut z = figures(tx, site, &shift)?;
    z.number = number;
    z.closed_by = actor.staff.as_uuid();
    z.closed_by_name.clone_from(&actor.name);
    let seq = outbox::append(
        tx,
        site,
        outbox::Event {
            register: Some(actor.register),
            staff: Some(actor.staff),
            aggregate: id.as_uuid(),
            ..outbox::Event::of(event, shift.business_date, &z)
        },
    )?;
    Ok(db::insert(tx, site.epoch, shift.register, seq, &z)?)
}

/// Keeps a Z report again that a replayed event says.
pub(crate) fn replay(
    tx: &Tx<'_>,
    site: &Site,
    facts: &Facts,
    z: &ZReportMade,
) -> Result<(), DbError> {
    match facts.register {
        Some(register) => db::insert(tx, site.epoch, register, facts.seq, z),
        None => Ok(()),
    }
}

/// What a shift comes to. For an open one, the instant is now, and the drawer counts as what it should be.
fn figures(at: &Snapshot<'_>, site: &Site, shift: &Shift) -> Result<ZReportMade, DbError> {
    let sums = sums(at, shift.id)?;
    let expected = shift.drawer().expected();
    let counted = shift.counted.unwrap_or(expected);
    let before = db::grand_total(at, shift.register, site.epoch)?;
    let (first, last) = db::receipts(at, shift.id)?;
    let movements = db::movements(at, shift.id)?;
    let moved = |kind: &str| on_the_wire(movements.get(kind).copied().unwrap_or_default());
    let approved_by_name = match shift.approved_by {
        Some(second) => Some(db::staff_name(at, second)?),
        None => None,
    };
    Ok(ZReportMade {
        shift: shift.id.as_uuid(),
        number: 0,
        register_name: db::register_name(at, shift.register)?,
        currency: site.currency.code.to_owned(),
        opened_at: shift.opened_at,
        opened_by: shift.opened_by.as_uuid(),
        opened_by_name: shift.opened_by_name.clone(),
        closed_at: shift.closed_at.unwrap_or(at.now),
        closed_by: Uuid::nil(),
        closed_by_name: String::new(),
        approved_by: shift.approved_by.map(StaffId::as_uuid),
        approved_by_name,
        sales: sums.sales,
        first_receipt: first,
        last_receipt: last,
        gross_minor: sums.gross.minor(),
        discounts: on_the_wire(sums.discounts),
        other_prices: on_the_wire(sums.other_prices),
        returns: on_the_wire(sums.returns),
        total_minor: sums.total.minor(),
        taxes: taxes(&sums),
        tenders: tenders(&sums),
        categories: departments(at, &sums)?,
        purchases: on_the_wire(db::purchases(at, shift.id)?),
        purchases_paid_minor: shift.sums.purchases_paid.minor(),
        purchases_back: on_the_wire(Figure {
            count: db::reversals(at, shift.id)?,
            amount: shift.sums.purchases_back,
        }),
        paid_in: moved("paid_in"),
        paid_out: moved("paid_out"),
        drops: moved("drop"),
        float_minor: shift.float.minor(),
        expected_minor: expected.minor(),
        counted_minor: counted.minor(),
        difference_minor: (counted - expected).minor(),
        difference_reason: shift.difference_reason.clone(),
        counts: shift::db::counts(at, shift.id)?,
        pieces: shift::count::last_pieces(at, shift.id, counted)?,
        grand_total_before_minor: before.minor(),
        grand_total_minor: (before + sums.total).minor(),
    })
}

fn sums(at: &Snapshot<'_>, shift: ShiftId) -> Result<Sums, DbError> {
    let mut sums = Sums::default();
    for document in db::documents(at, shift)? {
        sums.add(&document);
    }
    for document in db::returns(at, shift)? {
        sums.add(&document);
    }
    Ok(sums)
}

fn on_the_wire(figure: Figure) -> ZFigure {
    ZFigure {
        count: figure.count,
        minor: figure.amount.minor(),
    }
}

/// A figure of a report as the rules have it.
pub(crate) const fn figure(figure: ZFigure) -> Figure {
    Figure {
        count: figure.count,
        amount: Amount::from_minor(figure.minor),
    }
}

fn taxes(sums: &Sums) -> Vec<Tax> {
    let taxes = sums.taxes.iter().map(|tax| Tax {
        rate_bps: tax.rate.basis_points(),
        gross_minor: tax.gross.minor(),
        tax_minor: tax.tax.minor(),
    });
    taxes.collect()
}

fn tenders(sums: &Sums) -> Vec<ZTender> {
    let tenders = sums.tenders.iter().map(|(kind, figure)| ZTender {
        kind: kind.code().to_owned(),
        count: figure.count,
        minor: figure.amount.minor(),
    });
    tenders.collect()
}

/// By the shelf that a category's shelf stands in at the very top, the largest first.
fn departments(at: &Snapshot<'_>, sums: &Sums) -> Result<Vec<ZCategory>, DbError> {
    let shelves = db::categories(at)?;
    let mut by_top = BTreeMap::<Option<CategoryId>, Figure>::new();
    for (category, figure) in &sums.categories {
        let sum = by_top
            .entry(category.map(|category| top(&shelves, category)))
            .or_default();
        sum.count += figure.count;
        sum.amount += figure.amount;
    }
    let mut departments: Vec<ZCategory> = by_top
        .into_iter()
        .map(|(category, figure)| ZCategory {
            category: category.map(CategoryId::as_uuid),
            name: category
                .and_then(|category| shelves.get(&category))
                .map_or_else(String::new, |(name, _)| name.clone()),
            count: figure.count,
            minor: figure.amount.minor(),
        })
        .collect();
    departments.sort_by(|one, other| (other.minor, &one.name).cmp(&(one.minor, &other.name)));
    Ok(departments)
}

fn top(
    shelves: &BTreeMap<CategoryId, (String, Option<CategoryId>)>,
    category: CategoryId,
) -> CategoryId {
    let mut top = category;
    for _ in 0..MOST_LEVELS {
        match shelves.get(&top).and_then(|(_, parent)| *parent) {
            Some(parent) if shelves.contains_key(&parent) => top = parent,
            _ => break,
        }
    }
    top
}
