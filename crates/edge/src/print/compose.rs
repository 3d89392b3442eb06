//! What is printed, from the rows as they are: documents never change, so a print is the same whenever its turn comes.
use jiff::Timestamp;
use paper::{
    Barcode, CashSlip, Containers, Discount, Document, DrawerFigures, Header, ItemLabel, Kick,
    Language, Locale, Part, Receipt, ReceiptLine, Report, ReportKind, ReturnReceipt,
    ReturnReceiptLine, ShelfLabel, Sold, Tender, Ticket, TicketKind, TicketLine, Weighing,
};
use retail::{
    amount::Amount,
    catalog::VariantId,
    location::RegisterId,
    purchasing::{Measure, PaymentKind, Tare, WeightSource},
    report::Figure,
    returns::Condition,
    sale::TenderKind,
    shift::ShiftId,
    tax::{TaxLine, TaxRate},
};
use uuid::Uuid;
use wire::{body::ZReportMade, reason::Reasons};

use super::{Job, Printer, What, db};
use crate::{
    cash, catalog,
    db::{DbError, Snapshot},
    node::{self, Site},
    purchasing::{self, reversal::Reversal},
    report, returns, sale, shift,
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
        What::Return(id) => returns::db::find(at, id)?.map(|returned| returned.number),
        What::Purchase(id) => purchasing::db::ticket(at, id)?.map(|ticket| ticket.number),
        What::PurchaseVoid(id) => voided(at, id)?.map(|void| void.number),
        What::XReport(id) => shift::db::find(at, id)?
            .filter(|shift| shift.closed_at.is_none())
            .map(|_| "X".to_owned()),
        What::ZReport(id) => report::db::z_of(at, id)?.map(|z| format!("Z {}", z.number)),
        What::Cash(id) => cash::db::find(at, id)?.map(|moved| {
            let site = node::site(at).ok().and_then(Result::ok);
            site.map_or_else(String::new, |site| {
                shown(site.currency, moved.movement.amount)
            })
        }),
        What::ShelfLabel(id) | What::ItemLabel(id) => {
            catalog::db::offer(at, id)?.map(|offer| offer.name)
        }
        What::Test => Some(String::new()),
    })
}

/// A void, by its id.
fn voided(at: &Snapshot<'_>, id: Uuid) -> Result<Option<Reversal>, DbError> {
    let found = purchasing::reversal::db::by_id(at, id)?;
    Ok(found.filter(|found| found.replacement.is_none()))
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
            What::Return(id) => match returns::db::find(self.at, id)? {
                Some(found) => Some(self.returned(found)?.document(width, locale)),
                None => None,
            },
            What::Purchase(id) => match purchasing::db::ticket(self.at, id)? {
                Some(found) => Some(self.ticket(found)?.document(width, locale)),
                None => None,
            },
            What::PurchaseVoid(id) => self
                .void_ticket(id)?
                .map(|found| found.document(width, locale)),
            What::XReport(id) | What::ZReport(id) => self
                .report(id, what)?
                .map(|report| report.document(width, locale)),
            What::Cash(id) => match cash::db::find(self.at, id)? {
                Some(moved) => Some(self.slip(moved)?.document(width, locale)),
                None => None,
            },
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
        let language = self.locale.language;
        let saved = sale.promoted();
        let reasons = sale.reasons.as_ref();
        let line = |(at, line): (usize, &sale::Line)| ReceiptLine {
            name: line.name.clone(),
            quantity: line.quantity,
            unit: line.unit,
            price: line.price,
            discounts: discounts(at, line, reasons, language),
            total: line.total,
        };
        let lines = sale.lines.iter().enumerate().map(line).collect();
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
            customer: sale.patron.map(|patron| masked(&patron.name, &patron.tail)),
            saved,
            lines,
            subtotal: sale.subtotal,
            discount: sale.discount,
            taxes: sale.taxes,
            total: sale.total,
            tenders: sale.payments.into_iter().map(tender).collect(),
            change: sale.change,
            copy: self.copy,
        })
    }

    fn returned(&self, back: returns::Returned) -> Result<ReturnReceipt, DbError> {
        let line = |line: returns::ReturnedLine| ReturnReceiptLine {
            name: line.name,
            quantity: line.quantity,
            unit: line.unit,
            is_damaged: line.condition == Some(Condition::Damaged),
            total: line.total,
        };
        let tender = |payment: sale::Payment| Tender {
            kind: payment.kind,
            amount: payment.amount,
            reference: payment.reference,
        };
        let language = self.locale.language.code();
        let lost = back.lost.into_iter().map(|lost| {
            let name = lost.called.map(|called| {
                let label = called.labels.get(language).cloned();
                label.unwrap_or(called.name)
            });
            (name.unwrap_or_default(), lost.amount)
        });
        let charged = back.charged.into_iter();
        Ok(ReturnReceipt {
            header: self.header(back.location_name, back.address)?,
            number: back.number,
            returned_at: back.at,
            zone: self.site.zone(),
            of: back.sale_number,
            sold_at: back.sold_at,
            register: back.register_name,
            staff: back.staff_name,
            approved_by: back.approved_by,
            customer: back.patron.map(|patron| masked(&patron.name, &patron.tail)),
            reason: back.reason,
            note: back.note,
            lines: back.lines.into_iter().map(line).collect(),
            lost: lost.collect(),
            charged: charged.map(|one| (one.name, one.amount)).collect(),
            taxes: back.taxes.iter().map(tax).collect(),
            total: back.total,
            tenders: back.payments.into_iter().map(tender).collect(),
            copy: self.copy,
        })
    }

    /// The ticket of a void: what the purchase said, the other way round.
    fn void_ticket(&self, id: Uuid) -> Result<Option<Ticket>, DbError> {
        let Some(void) = voided(self.at, id)? else {
            return Ok(None);
        };
        let Some(bought) = purchasing::db::ticket(self.at, void.purchase)? else {
            return Ok(None);
        };
        let ticket = self.ticket(bought)?;
        Ok(Some(Ticket {
            number: void.number,
            closed_at: void.at,
            staff: void.staff_name,
            kind: TicketKind::Void {
                of: void.purchase_number,
                reason: void.reason,
                approved_by: void.approved_by,
            },
            ..ticket
        }))
    }

    fn ticket(&self, bought: purchasing::Ticket) -> Result<Ticket, DbError> {
        let kind = match (bought.reversal, bought.replaces) {
            (Some(reversal), _) => TicketKind::TakenBack {
                by: reversal.number,
            },
            (None, Some(of)) => TicketKind::Correction {
                paid_before: (of.payment == PaymentKind::Cash).then_some(of.total),
                of: of.purchase_number,
                reason: of.reason,
                approved_by: of.approved_by,
            },
            (None, None) => TicketKind::Purchase,
        };
        let line = |line: purchasing::Line| TicketLine {
            name: line.name,
            quantity: line.quantity,
            unit: line.unit,
            weighing: match line.measure {
                Measure::Counted(_) => None,
                Measure::Weighed(weight) => Some(Weighing {
                    gross: weight.gross,
                    tare: weight.tare.grams(),
                    is_manual: weight.source == WeightSource::Manual,
                    is_tare_typed: weight.tare.is_typed(),
                    containers: match weight.tare {
                        Tare::Typed(_) => None,
                        Tare::Containers(of) => Some(Containers {
                            name: line.container.unwrap_or_default(),
                            each: of.each(),
                            count: of.count(),
                        }),
                    },
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
            kind,
            copy: self.copy,
        })
    }

    fn report(&self, id: ShiftId, what: What) -> Result<Option<Report>, DbError> {
        let Some(shift) = shift::db::find(self.at, id)? else {
            return Ok(None);
        };
        // An X report whose turn comes after the closing says nothing that the Z report does not say.
        let found = report::of(self.at, self.site, &shift)?;
        let (found, kind) = match (found, what) {
            (Some(report::Report::X(content, at)), What::XReport(_)) => {
                (content, ReportKind::X { at })
            }
            (Some(report::Report::Z(content)), What::ZReport(_)) => {
                let number = content.number;
                (content, ReportKind::Z { number })
            }
            _ => return Ok(None),
        };
        let (name, address) = db::place(self.at)?.unwrap_or_default();
        let is_z = matches!(kind, ReportKind::Z { .. });
        let closed = is_z.then(|| (found.closed_at, found.closed_by_name.clone()));
        let totals = (
            Amount::from_minor(found.grand_total_before_minor),
            Amount::from_minor(found.grand_total_minor),
        );
        Ok(Some(Report {
            header: self.header(name, address)?,
            kind,
            register: found.register_name.clone(),
            business_date: shift.business_date,
            zone: self.site.zone(),
            opened: (found.opened_at, found.opened_by_name.clone()),
            closed,
            approved_by: found.approved_by_name.clone(),
            sold: sold(&found),
            drawer: drawer(&found, is_z),
            grand_total: is_z.then_some(totals),
            copy: self.copy,
        }))
    }

    fn slip(&self, moved: cash::Moved) -> Result<CashSlip, DbError> {
        let (name, address) = db::place(self.at)?.unwrap_or_default();
        let register = shift::db::find(self.at, moved.shift)?.map(|shift| shift.register);
        let register = match register {
            Some(register) => self.register_name(register)?,
            None => String::new(),
        };
        Ok(CashSlip {
            header: self.header(name, address)?,
            kind: moved.movement.kind,
            register,
            moved_at: moved.at,
            zone: self.site.zone(),
            amount: moved.movement.amount,
            reason: moved.movement.reason,
            note: moved.movement.note,
            staff: moved.staff_name,
            approved_by: moved.approved_by,
            copy: self.copy,
        })
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

/// What was taken off a line: by each promotion, as it is called in the shop's language, and by a person.
fn discounts(
    at: usize,
    line: &sale::Line,
    reasons: Option<&Reasons>,
    language: Language,
) -> Vec<Discount> {
    let label = |promotion: u16| {
        let named = reasons?.promotions.get(usize::from(promotion))?;
        let label = named.labels.get(language.code()).unwrap_or(&named.name);
        Some(label.clone()).filter(|label| !label.is_empty())
    };
    let mut discounts: Vec<Discount> = reasons
        .into_iter()
        .flat_map(|reasons| &reasons.fired)
        .filter(|fired| usize::from(fired.line) == at && fired.gave_minor != 0)
        .map(|fired| Discount {
            amount: Amount::from_minor(fired.gave_minor),
            reason: label(fired.promotion),
        })
        .collect();
    let said: Amount = discounts.iter().map(|discount| discount.amount).sum();
    if said != line.promoted {
        let gifts = reasons.into_iter().flat_map(|reasons| &reasons.gifts);
        let mut gifts = gifts.filter(|gift| gift.line.is_some_and(|line| usize::from(line) == at));
        discounts.push(Discount {
            amount: line.promoted - said,
            reason: gifts.next().and_then(|gift| label(gift.promotion)),
        });
    }
    if line.discount != line.promoted {
        discounts.push(Discount {
            amount: line.discount - line.promoted,
            reason: line.discount_reason.clone(),
        });
    }
    discounts
}

/// An amount as a list of prints shows it.
fn shown(currency: retail::currency::Currency, amount: Amount) -> String {
    let locale = Locale {
        language: paper::Language::English,
        currency,
    };
    locale.amount(amount)
}

fn tax(tax: &wire::body::Tax) -> TaxLine {
    TaxLine {
        rate: TaxRate::from_basis_points(tax.rate_bps).unwrap_or_default(),
        gross: Amount::from_minor(tax.gross_minor),
        tax: Amount::from_minor(tax.tax_minor),
    }
}

fn sold(z: &ZReportMade) -> Sold {
    let figure = |count, minor| Figure {
        count,
        amount: Amount::from_minor(minor),
    };
    let tenders = z.tenders.iter().filter_map(|one| {
        TenderKind::by_code(&one.kind).map(|kind| (kind, figure(one.count, one.minor)))
    });
    let departments = z.categories.iter().map(|one| {
        let name = (!one.name.is_empty()).then(|| one.name.clone());
        (name, figure(one.count, one.minor))
    });
    Sold {
        sales: z.sales,
        receipts: z.first_receipt.clone().zip(z.last_receipt.clone()),
        gross: Amount::from_minor(z.gross_minor),
        discounts: report::figure(z.discounts),
        other_prices: report::figure(z.other_prices),
        returns: report::figure(z.returns),
        total: Amount::from_minor(z.total_minor),
        taxes: z.taxes.iter().map(tax).collect(),
        tenders: tenders.collect(),
        departments: departments.collect(),
    }
}

fn drawer(z: &ZReportMade, is_z: bool) -> DrawerFigures {
    let cash = z.tenders.iter().filter(|one| one.kind == "cash");
    let pieces = z.pieces.iter().filter(|_| is_z);
    DrawerFigures {
        float: Amount::from_minor(z.float_minor),
        cash: cash.map(|one| Amount::from_minor(one.minor)).sum(),
        purchases: Figure {
            count: z.purchases.count,
            amount: Amount::from_minor(z.purchases_paid_minor),
        },
        paid_in: report::figure(z.paid_in),
        paid_out: report::figure(z.paid_out),
        purchases_back: report::figure(z.purchases_back),
        drops: report::figure(z.drops),
        expected: Amount::from_minor(z.expected_minor),
        counted: is_z.then_some(Amount::from_minor(z.counted_minor)),
        pieces: pieces
            .map(|one| (Amount::from_minor(one.value_minor), one.count))
            .collect(),
        reason: z.difference_reason.clone().filter(|_| is_z),
    }
}

/// A customer as a paper says them that anybody may find: `N. T. Lan ···567`.
fn masked(name: &str, tail: &str) -> String {
    match (name, tail) {
        (name, "") => name.to_owned(),
        ("", tail) => format!("···{tail}"),
        (name, tail) => format!("{name} ···{tail}"),
    }
}
