//! What is printed, from the rows as they are: documents never change, so a print is the same whenever its turn comes.
use jiff::Timestamp;
use paper::{
    Barcode, Discount, Document, Header, ItemLabel, Kick, Locale, Part, Receipt, ReceiptLine,
    Report, ReportKind, ShelfLabel, Sum, Tender, Ticket, TicketLine, Weighing,
};
use retail::{
    amount::Amount,
    catalog::VariantId,
    location::RegisterId,
    purchasing::{Measure, PaymentKind, WeightSource},
    sale::TenderKind,
    shift::ShiftId,
};

use super::{Job, Printer, What, db};
use crate::{
    catalog,
    db::{DbError, Snapshot},
    node::{self, Site},
    purchasing, sale, shift,
};

/// Seconds after which nobody stands before the drawer any more.
const DRAWER_S: i64 = 30;

/// A document as it is to be sent, or nothing when there is nothing left to print.
pub(super) fn compose(
    at: &Snapshot<'_>,
    job: &Job,
    printer: &Printer,
    now: Timestamp,
) -> Result<Option<Document>, DbError> {
    let Ok(site) = node::site(at)? else {
        return Ok(None);
    };
    let is_fresh = now.as_second() - job.created_at.as_second() < DRAWER_S;
    let kick = (job.opens_drawer && is_fresh).then(|| Part::Kick(Kick::default()));
    if matches!(job.what, What::Drawer(_)) {
        let mut document = Document::new(printer.width);
        document.parts.extend(kick);
        return Ok(Some(document).filter(|document| !document.parts.is_empty()));
    }
    let locale = Locale {
        language: printer.language,
        currency: site.currency,
    };
    let paper = Paper {
        at,
        site: &site,
        locale,
        printer,
        copy: job.copy,
    };
    let Some(mut document) = paper.of(job.what)? else {
        return Ok(None);
    };
    // First, so that the cashier has the change in hand while the paper comes.
    if let Some(kick) = kick {
        document.parts.insert(0, kick);
    }
    document.space(24).cut(printer.has_knife);
    Ok(Some(document))
}

/// The number of what is to be printed, or what else names it; none when it is not here.
pub(super) fn number(at: &Snapshot<'_>, what: What) -> Result<Option<String>, DbError> {
    Ok(match what {
        What::Sale(id) | What::Drawer(id) => {
            sale::db::receipt(at, id)?.map(|receipt| receipt.number)
        }
        What::Purchase(id) => purchasing::db::ticket(at, id)?.map(|ticket| ticket.number),
        What::Shift(id) => shift::db::find(at, id)?.map(|shift| {
            shift
                .z_number
                .map_or_else(|| "X".to_owned(), |number| format!("Z {number}"))
        }),
        What::ShelfLabel(id) | What::ItemLabel(id) => {
            catalog::db::offer(at, id)?.map(|offer| offer.name)
        }
        What::Test => Some(String::new()),
    })
}

struct Paper<'a> {
    at: &'a Snapshot<'a>,
    site: &'a Site,
    locale: Locale,
    printer: &'a Printer,
    copy: u32,
}

impl Paper<'_> {
    fn of(&self, what: What) -> Result<Option<Document>, DbError> {
        let (width, locale) = (self.printer.width, &self.locale);
        Ok(match what {
            What::Sale(id) => match sale::db::receipt(self.at, id)? {
                Some(found) => Some(self.receipt(found)?.document(width, locale)),
                None => None,
            },
            What::Purchase(id) => match purchasing::db::ticket(self.at, id)? {
                Some(found) => Some(self.ticket(found)?.document(width, locale)),
                None => None,
            },
            What::Shift(id) => self
                .report(id)?
                .map(|report| report.document(width, locale)),
            What::ShelfLabel(id) => self.shelf_label(id)?,
            What::ItemLabel(id) => self.item_label(id)?,
            What::Test => {
                let (name, address) = db::place(self.at)?.unwrap_or_default();
                Some(self.header(name, address)?.test_page(width, locale))
            }
            What::Drawer(_) => None,
        })
    }

    fn header(&self, name: String, address: String) -> Result<Header, DbError> {
        let (tax_number, logo) = db::letterhead(self.at)?;
        let logo = logo.and_then(|png| {
            paper::logo(&png, self.printer.width.dots())
                .inspect_err(|error| tracing::warn!(%error, "The logo cannot be printed: {error}"))
                .ok()
        });
        Ok(Header {
            logo,
            name,
            address,
            tax_number,
        })
    }

    fn receipt(&self, sale: sale::Receipt) -> Result<Receipt, DbError> {
        let line = |line: sale::Line| {
            let off = Discount {
                amount: line.discount,
                reason: line.discount_reason,
            };
            ReceiptLine {
                name: line.name,
                quantity: line.quantity,
                unit: line.unit,
                price: line.price,
                discounts: (line.discount != Amount::ZERO)
                    .then_some(off)
                    .into_iter()
                    .collect(),
                total: line.total,
            }
        };
        let tender = |payment: sale::Payment| Tender {
            kind: payment.kind,
            amount: payment.amount,
            reference: payment.reference,
        };
        Ok(Receipt {
            header: self.header(sale.location_name, sale.address)?,
            number: sale.number,
            closed_at: sale.closed_at,
            zone: self.site.zone(),
            register: sale.register_name,
            staff: sale.staff_name,
            lines: sale.lines.into_iter().map(line).collect(),
            subtotal: sale.subtotal,
            discount: sale.discount,
            taxes: sale.taxes,
            total: sale.total,
            tenders: sale.payments.into_iter().map(tender).collect(),
            change: sale.change,
            copy: self.copy,
        })
    }

    fn ticket(&self, bought: purchasing::Ticket) -> Result<Ticket, DbError> {
        let line = |line: purchasing::Line| TicketLine {
            name: line.name,
            quantity: line.quantity,
            unit: line.unit,
            weighing: match line.measure {
                Measure::Counted(_) => None,
                Measure::Weighed(weight) => Some(Weighing {
                    gross: weight.gross,
                    tare: weight.tare,
                    is_manual: weight.source == WeightSource::Manual,
                }),
            },
            unit_cost: line.cost,
            cost: line.total,
        };
        Ok(Ticket {
            header: self.header(bought.location_name, bought.address)?,
            number: bought.number,
            closed_at: bought.closed_at,
            zone: self.site.zone(),
            staff: bought.staff_name,
            supplier: format!("{} ({})", bought.supplier_name, bought.supplier_code),
            supplier_document: bought.document,
            lines: bought.lines.into_iter().map(line).collect(),
            total: bought.total,
            is_cash: bought.payment == PaymentKind::Cash,
            copy: self.copy,
        })
    }

    fn report(&self, id: ShiftId) -> Result<Option<Report>, DbError> {
        let Some(shift) = shift::db::find(self.at, id)? else {
            return Ok(None);
        };
        let (name, address) = db::place(self.at)?.unwrap_or_default();
        let closer = db::closer_of_shift(self.at, id)?.unwrap_or_default();
        let sums = [
            (Sum::Tender(TenderKind::Cash), shift.sums.cash),
            (Sum::Tender(TenderKind::Card), shift.sums.card),
            (Sum::Tender(TenderKind::Coupon), shift.sums.other),
            (Sum::PurchasesPaid, shift.sums.purchases_paid),
        ];
        Ok(Some(Report {
            header: self.header(name, address)?,
            kind: shift
                .z_number
                .map_or(ReportKind::X, |number| ReportKind::Z { number }),
            register: self.register_name(shift.register)?,
            business_date: shift.business_date,
            zone: self.site.zone(),
            opened: (shift.opened_at, shift.opened_by_name),
            closed: shift.closed_at.map(|at| (at, closer)),
            documents: (shift.sums.sales, 0),
            sums: sums
                .into_iter()
                .filter(|(_, amount)| *amount != Amount::ZERO)
                .collect(),
            taxes: Vec::new(),
            float: shift.float,
            expected: shift.expected,
            counted: shift.counted,
            copy: self.copy,
        }))
    }

    fn register_name(&self, register: RegisterId) -> Result<String, DbError> {
        Ok(db::register_name(self.at, register)?.unwrap_or_default())
    }

    fn shelf_label(&self, id: VariantId) -> Result<Option<Document>, DbError> {
        let Some((offer, (sku, code))) =
            catalog::db::offer(self.at, id)?.zip(db::codes(self.at, id)?)
        else {
            return Ok(None);
        };
        let Some(price) = offer.price else {
            return Ok(None);
        };
        let label = ShelfLabel {
            name: offer.name,
            sku,
            price,
            unit: offer.unit,
            content: None,
            barcode: code.as_deref().and_then(Barcode::of),
        };
        Ok(Some(label.document(self.printer.width, &self.locale)))
    }

    fn item_label(&self, id: VariantId) -> Result<Option<Document>, DbError> {
        let Some((offer, (sku, code))) =
            catalog::db::offer(self.at, id)?.zip(db::codes(self.at, id)?)
        else {
            return Ok(None);
        };
        let barcode = Barcode::of(code.as_deref().unwrap_or(&sku));
        let label = ItemLabel {
            name: offer.name,
            price: offer.price.map(|price| (price, offer.unit)),
            sku,
            barcode,
        };
        Ok(Some(label.document(self.printer.width, &self.locale)))
    }
}
