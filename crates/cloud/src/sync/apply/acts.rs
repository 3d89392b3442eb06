//! What people did at a shop while nobody looked, for the audit: overrides, other prices, discounts, counts, found units
//! drawers that do not add up and PINs that were tried too often, always; anything else when whoever did it was dismissed, or had no permission for it
//! there at that time (sync.md 2.14, row 17).
use std::collections::BTreeSet;

use jiff::{Timestamp, civil::Date};
use retail::staff::Permission;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::body::{
    BasketVoided, Body, CashDropped, CashMoved, CashPaidIn, CashPaidOut, CountLine, PinLocked,
    PurchaseReversal, ReceiptReprinted, ReturnRecorded, SaleClosed, ShiftClosed, StockCounted,
    Units, VoucherLocked,
};
use wire::event::Header;

/// Lines of a document that an entry shows.
const MOST_LINES: usize = 50;
/// The longest reason that is put together of several lines.
const LONGEST_REASON: usize = 500;

/// Somebody did something.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Act {
    pub(super) event: Uuid,
    pub(super) staff: Option<Uuid>,
    /// What they needed for it.
    pub(super) permission: Permission,
    pub(super) action: &'static str,
    pub(super) subject: Uuid,
    pub(super) register: Option<Uuid>,
    pub(super) date: Date,
    /// By the node's clock.
    pub(super) at: Timestamp,
    pub(super) reason: Option<String>,
    pub(super) before: Option<Value>,
    pub(super) after: Option<Value>,
    pub(super) detail: Value,
    /// Noted whoever did it; else only when something is odd about it.
    pub(super) always: bool,
}

impl Act {
    fn plain(header: &Header, action: &'static str, permission: Permission, subject: Uuid) -> Self {
        Self {
            event: header.id,
            staff: header.staff,
            permission,
            action,
            subject,
            register: header.register,
            date: header.business_date,
            at: header.at,
            reason: None,
            before: None,
            after: None,
            detail: json!({}),
            always: false,
        }
    }

    fn noted(self, detail: Value) -> Self {
        Self {
            detail,
            always: true,
            ..self
        }
    }

    fn because(self, reason: &str) -> Self {
        let reason = reason.replace('\0', "\u{fffd}");
        let reason: String = reason.chars().take(LONGEST_REASON).collect();
        Self {
            reason: Some(reason).filter(|reason| !reason.is_empty()),
            ..self
        }
    }
}

/// What an event says that somebody did.
pub(super) fn of(header: &Header, body: &Body) -> Vec<Act> {
    let plain = |action, permission, subject| Act::plain(header, action, permission, subject);
    match body {
        Body::SaleClosed(sale) => of_sale(header, sale),
        Body::ReturnRecorded(returned) => vec![of_return(header, returned)],
        Body::SaleOverridden(sold) => {
            let detail = json!({ "cashier": header.staff, "lines": units(&sold.lines) });
            let act = plain("sale.overridden", Permission::StockOverride, sold.sale);
            let act = act.because(&sold.reason).noted(detail);
            vec![Act {
                staff: Some(sold.supervisor),
                ..act
            }]
        }
        Body::StockFound(found) => {
            let act = plain("stock.found", Permission::SaleCreate, found.sale);
            vec![act.noted(json!({ "lines": units(&found.lines) }))]
        }
        Body::StockCounted(count) => vec![of_count(header, count)],
        Body::ShiftClosed(shift) => vec![of_closing(header, shift)],
        Body::CashPaidIn(_)
        | Body::CashPaidOut(_)
        | Body::CashDropped(_)
        | Body::ShiftCounted(_)
        | Body::TillConfigured(_) => of_drawer(header, body).into_iter().collect(),
        Body::ShiftOpened(shift) => {
            vec![plain("shift.opened", Permission::ShiftOpen, shift.shift)]
        }
        Body::PurchaseRecorded(_) | Body::PurchaseVoided(_) | Body::PurchaseCorrected(_) => {
            of_purchase(header, body).into_iter().collect()
        }
        Body::OrderPicked(picked) => {
            vec![plain(
                "order.picked_at_shop",
                Permission::OrderPick,
                picked.order,
            )]
        }
        Body::OrderHandedOver(order) => {
            vec![plain(
                "order.handed_over_at_shop",
                Permission::OrderPick,
                order.order,
            )]
        }
        Body::PinLocked(locked) => vec![of_lock(header, locked)],
        Body::VoucherLocked(locked) => vec![of_guesses(header, locked)],
        Body::ReceiptReprinted(copy) => vec![of_copy(header, copy)],
        Body::BasketVoided(voided) => vec![of_void(header, voided)],
        Body::PatronRegistered(entered) => {
            let act = plain("patron.registered", Permission::SaleCreate, entered.patron);
            vec![act.noted(json!({ "marketing": entered.marketing }))]
        }
        // Nobody's acts, or refused ones; a Z report is what its closing says.
        Body::WriteRefused(_)
        | Body::ZReportMade(_)
        | Body::AllowanceCredited(_)
        | Body::AllowanceReturned(_)
        | Body::GrantCredited(_)
        | Body::RightsReturned(_)
        | Body::PickReceived(_)
        | Body::PickCancelled(_)
        | Body::EpochOpened(_)
        | Body::CloudRebased(_)
        | Body::NodeRestricted(_)
        | Body::ClockConfirmed(_) => Vec::new(),
    }
}

/// What was done at a buying station.
fn of_purchase(header: &Header, body: &Body) -> Option<Act> {
    match body {
        Body::PurchaseRecorded(_) => Some(Act::plain(
            header,
            "purchase.recorded",
            Permission::PurchaseCreate,
            header.id,
        )),
        Body::PurchaseVoided(voided) => {
            let act = of_reversal(header, "purchase.voided", &voided.reversal);
            Some(act.noted(numbered(header, &voided.ticket_number)))
        }
        Body::PurchaseCorrected(corrected) => {
            let purchase = &corrected.purchase;
            let act = of_reversal(header, "purchase.corrected", &corrected.reversal);
            let lines = purchase.lines.iter();
            let lines = lines.map(|line| (line.variant, line.quantity, line.cost_minor));
            let after = said_of(
                (purchase.supplier, &purchase.payment_kind),
                purchase.total_minor,
                lines,
            );
            Some(Act {
                after: Some(after),
                ..act.noted(numbered(header, &purchase.ticket_number))
            })
        }
        _ => None,
    }
}

/// The number of a void or a correction, and who stood at the station.
fn numbered(header: &Header, number: &str) -> Value {
    json!({ "number": number.replace('\0', "\u{fffd}"), "buyer": header.staff })
}

/// A purchase that was taken back is told of whoever let it be.
fn of_reversal(header: &Header, action: &'static str, reversal: &PurchaseReversal) -> Act {
    let lines = reversal.lines.iter();
    let lines = lines.map(|line| (line.variant, line.quantity, line.cost_minor));
    let mut before = said_of(
        (reversal.supplier, &reversal.payment_kind),
        reversal.total_minor,
        lines,
    );
    before["number"] = json!(reversal.ticket_number.replace('\0', "\u{fffd}"));
    let act = Act::plain(header, action, Permission::PurchaseVoid, reversal.purchase);
    Act {
        staff: reversal.approved_by.or(header.staff),
        before: Some(before),
        ..act.because(&reversal.reason)
    }
}

/// What a purchase says, as far as an entry shows it.
fn said_of(
    (supplier, payment): (Uuid, &str),
    total: i64,
    lines: impl Iterator<Item = (Uuid, i64, i64)>,
) -> Value {
    let lines = lines.take(MOST_LINES).map(|(variant, quantity, cost)| {
        json!({ "variant": variant, "quantity": quantity, "cost_minor": cost })
    });
    json!({
        "supplier": supplier, "payment": payment.replace('\0', "\u{fffd}"), "total_minor": total,
        "lines": lines.collect::<Vec<Value>>(),
    })
}

fn of_copy(header: &Header, copy: &ReceiptReprinted) -> Act {
    Act::plain(
        header,
        "receipt.reprinted",
        Permission::ReceiptReprint,
        copy.document,
    )
    .noted(json!({ "what": copy.what, "number": copy.number, "copy": copy.copy }))
}

/// What was done with a drawer beside sales, and with the tills.
fn of_drawer(header: &Header, body: &Body) -> Option<Act> {
    let plain = |action, permission, subject| Act::plain(header, action, permission, subject);
    match body {
        Body::CashPaidIn(CashPaidIn(moved)) => {
            Some(of_cash(header, moved, "cash.paid_in", Permission::CashMove))
        }
        Body::CashPaidOut(CashPaidOut(moved)) => Some(of_cash(
            header,
            moved,
            "cash.paid_out",
            Permission::CashMove,
        )),
        Body::CashDropped(CashDropped(moved)) => {
            Some(of_cash(header, moved, "cash.dropped", Permission::CashDrop))
        }
        Body::ShiftCounted(count) => {
            let act = plain("shift.counted", Permission::ShiftClose, count.shift);
            let detail = json!({ "number": count.number, "counted_minor": count.counted_minor });
            // A first count is what everybody does; one that is counted again is looked at.
            Some(Act {
                always: count.number > 1,
                detail,
                ..act
            })
        }
        Body::TillConfigured(set) => {
            let act = plain("till.configured", Permission::TillManage, header.id);
            let detail = json!({
                "lock_after_s": set.lock_after_s, "reason_above_minor": set.reason_above_minor,
            });
            Some(act.noted(detail))
        }
        _ => None,
    }
}

fn of_count(header: &Header, count: &StockCounted) -> Act {
    let (action, permission) = match count.reason.as_str() {
        "till" => ("stock.counted_at_till", Permission::SaleCreate),
        _ => ("stock.counted", Permission::StockCount),
    };
    let differing = count
        .lines
        .iter()
        .filter(|line| line.expected != line.counted);
    let differing: Vec<&CountLine> = differing.collect();
    let said = |which: fn(&CountLine) -> i64| {
        let lines = differing.iter().take(MOST_LINES);
        let lines = lines.map(|line| (line.variant.to_string(), which(line).into()));
        Some(Value::Object(lines.collect()))
    };
    let detail = json!({
        "reason": count.reason.replace('\0', "\u{fffd}"), "lines": count.lines.len(), "differing": differing.len(),
    });
    Act {
        before: said(|line| line.expected),
        after: said(|line| line.counted),
        ..Act::plain(header, action, permission, header.id).noted(detail)
    }
}

/// Somebody tried PINs, and nobody knows who: it is told of the node, and of whom was tried.
fn of_lock(header: &Header, locked: &PinLocked) -> Act {
    let detail = json!({
        "wrong_of_person": locked.wrong_of_person, "wrong_at_register": locked.wrong_at_register,
        "person_s": locked.person_s, "register_s": locked.register_s,
    });
    Act {
        staff: None,
        ..Act::plain(
            header,
            "session.pin_locked",
            Permission::SaleCreate,
            locked.staff,
        )
        .noted(detail)
    }
}

/// Somebody who is signed in tried codes of vouchers.
fn of_guesses(header: &Header, locked: &VoucherLocked) -> Act {
    let detail = json!({ "wrong": locked.wrong, "wait_s": locked.wait_s });
    Act::plain(header, "voucher.locked", Permission::SaleCreate, header.id).noted(detail)
}

fn of_closing(header: &Header, shift: &ShiftClosed) -> Act {
    let plain = |action| Act::plain(header, action, Permission::ShiftClose, shift.shift);
    let difference = shift.counted_minor.saturating_sub(shift.expected_minor);
    if difference == 0 {
        return plain("shift.closed");
    }
    let mut detail = json!({ "difference_minor": difference, "sales": shift.sales });
    if let Some(second) = shift.approved_by {
        detail["approved_by"] = json!(second);
    }
    let act =
        plain("shift.difference").because(shift.difference_reason.as_deref().unwrap_or_default());
    Act {
        before: Some(json!({ "expected_minor": shift.expected_minor })),
        after: Some(json!({ "counted_minor": shift.counted_minor })),
        ..act.noted(detail)
    }
}

/// Cash that went in or out beside sales is always looked at.
fn of_cash(
    header: &Header,
    moved: &CashMoved,
    action: &'static str,
    permission: Permission,
) -> Act {
    let mut detail = json!({ "amount_minor": moved.amount_minor, "reason": moved.reason.replace('\0', "\u{fffd}") });
    if let Some(second) = moved.approved_by {
        detail["approved_by"] = json!(second);
    }
    Act::plain(header, action, permission, moved.shift)
        .because(moved.note.as_deref().unwrap_or_default())
        .noted(detail)
}

/// What was taken out of a basket. It is told of whoever let it be: of the supervisor, when there was one.
fn of_void(header: &Header, voided: &BasketVoided) -> Act {
    let action = if voided.whole {
        "sale.voided"
    } else {
        "sale.line_voided"
    };
    let lines = voided.lines.iter().take(MOST_LINES);
    let lines = lines.map(|line| {
        json!({ "variant": line.variant, "quantity": line.quantity, "total_minor": line.total_minor })
    });
    let detail = json!({
        "cashier": header.staff, "total_minor": voided.total_minor, "count": voided.lines.len(),
        "lines": lines.collect::<Vec<Value>>(),
    });
    Act {
        staff: voided.approved_by.or(header.staff),
        ..Act::plain(header, action, Permission::SaleVoid, voided.sale)
            .because(&voided.reason)
            .noted(detail)
    }
}

/// Goods that came back. It is told of whoever let it be: of the second person, when there was one.
fn of_return(header: &Header, returned: &ReturnRecorded) -> Act {
    let text = |text: &str| text.replace('\0', "\u{fffd}");
    let lines = returned.lines.iter().take(MOST_LINES).map(|line| {
        json!({
            "variant": line.variant, "quantity": line.quantity, "total_minor": line.total_minor,
            "condition": line.condition.as_deref().map(text),
        })
    });
    let tenders =
        returned.tenders.iter().take(MOST_LINES).map(
            |tender| json!({ "kind": text(&tender.kind), "amount_minor": tender.amount_minor }),
        );
    let detail = json!({
        "cashier": header.staff, "receipt_number": text(&returned.receipt_number), "sale": returned.sale,
        "sale_number": text(&returned.sale_number), "total_minor": returned.total_minor,
        "reason": text(&returned.reason), "count": returned.lines.len(), "lines": lines.collect::<Vec<Value>>(),
        "tenders": tenders.collect::<Vec<Value>>(),
    });
    let act = Act::plain(
        header,
        "return.recorded",
        Permission::ReturnCreate,
        header.id,
    );
    Act {
        staff: returned.approved_by.or(header.staff),
        ..act
            .because(returned.note.as_deref().unwrap_or_default())
            .noted(detail)
    }
}

/// Lines of a sale that are cheaper, with the reasons; and who let the first of them be.
#[derive(Default)]
struct Cheaper<'a> {
    lines: Vec<Value>,
    reasons: BTreeSet<&'a str>,
    by: Option<Uuid>,
}

impl<'a> Cheaper<'a> {
    fn add(&mut self, line: Value, reason: &'a str, by: Option<Uuid>) {
        self.lines.push(line);
        self.reasons.insert(reason);
        self.by = self.by.or(by);
    }
}

fn of_sale(header: &Header, sale: &SaleClosed) -> Vec<Act> {
    let plain = |action, permission| Act::plain(header, action, permission, header.id);
    let mut acts = vec![plain("sale.closed", Permission::SaleCreate)];
    // What somebody else let be is told of them, and apart.
    let mut overridden = [Cheaper::default(), Cheaper::default()];
    let mut discounted = [Cheaper::default(), Cheaper::default()];
    for (number, line) in (1..).zip(&sale.lines) {
        let by = line.approved_by.filter(|by| Some(*by) != header.staff);
        let whose = usize::from(by.is_some());
        if let Some(reason) = &line.price_reason {
            let said = json!({
                "line": number, "variant": line.variant, "quantity": line.quantity, "unit_price": line.unit_price,
                "price_version": line.price_version,
            });
            overridden[whose].add(said, reason, by);
        }
        if line.discount_minor != 0 {
            let said = json!({
                "line": number, "variant": line.variant, "gross_minor": line.gross_minor,
                "discount_minor": line.discount_minor,
            });
            let reason = line.discount_reason.as_deref().unwrap_or_default();
            discounted[whose].add(said, reason, by);
        }
    }
    let mut add = |action, permission, cheaper: Cheaper<'_>| {
        if cheaper.lines.is_empty() {
            return;
        }
        let reasons: Vec<&str> = cheaper.reasons.into_iter().collect();
        let count = cheaper.lines.len();
        let shown: Vec<Value> = cheaper.lines.into_iter().take(MOST_LINES).collect();
        let mut detail = json!({
            "receipt_number": sale.receipt_number.replace('\0', "\u{fffd}"), "total_minor": sale.total_minor,
            "count": count, "lines": shown,
        });
        let mut act = plain(action, permission).because(&reasons.join("; "));
        if let Some(by) = cheaper.by {
            detail["cashier"] = json!(header.staff);
            act.staff = Some(by);
        }
        acts.push(act.noted(detail));
    };
    let [own, approved] = overridden;
    add("sale.price_overridden", Permission::PriceOverride, own);
    add("sale.price_approved", Permission::PriceOverride, approved);
    let [own, approved] = discounted;
    add("sale.discounted", Permission::DiscountLine, own);
    add("sale.discount_approved", Permission::DiscountLine, approved);
    acts
}

fn units(lines: &[Units]) -> Value {
    let lines = lines.iter().take(MOST_LINES);
    lines
        .map(|line| json!({ "variant": line.variant, "quantity": line.quantity }))
        .collect()
}
