//! The figures that an event says, and which of them no shop has.
use wire::body::{
    BasketVoided, Body, CashDropped, CashPaidIn, CashPaidOut, PurchaseRecorded, PurchaseReversal,
    ReturnRecorded, SaleClosed, SaleOverridden, StockFound, ZReportMade,
};

/// The most minor units that an amount of one event may be: above it something wrote nonsense, and sums might wrap.
const MAX_MINOR: i64 = 1_000_000_000_000_000;
/// The most base units on a line, for the same reason.
const MAX_QUANTITY: i64 = 1_000_000_000_000;

/// Amounts in minor units, and quantities.
type Figures = (Vec<i64>, Vec<i64>);

/// Which figure of a body no shop has.
pub(super) fn nonsense(body: &Body) -> Option<&'static str> {
    let (amounts, quantities) = figures(body);
    if amounts
        .iter()
        .any(|minor| !(-MAX_MINOR..=MAX_MINOR).contains(minor))
    {
        return Some("an amount is out of range");
    }
    quantities
        .iter()
        .any(|quantity| !(-MAX_QUANTITY..=MAX_QUANTITY).contains(quantity))
        .then_some("a quantity is out of range")
}

fn figures(body: &Body) -> Figures {
    match body {
        Body::ShiftOpened(shift) => (vec![shift.float_minor], Vec::new()),
        Body::ShiftClosed(shift) => (
            vec![shift.expected_minor, shift.counted_minor],
            vec![shift.sales],
        ),
        Body::CashPaidIn(_)
        | Body::CashPaidOut(_)
        | Body::CashDropped(_)
        | Body::ShiftCounted(_)
        | Body::ZReportMade(_)
        | Body::TillConfigured(_) => of_drawer(body),
        Body::SaleClosed(sale) => (sale_amounts(sale), sale_quantities(sale)),
        Body::ReturnRecorded(returned) => of_return(returned),
        Body::PurchaseRecorded(purchase) => of_purchase(purchase),
        Body::PurchaseVoided(voided) => of_reversal(&voided.reversal),
        Body::PurchaseCorrected(corrected) => {
            let (mut amounts, mut quantities) = of_purchase(&corrected.purchase);
            let (more, further) = of_reversal(&corrected.reversal);
            amounts.extend(more);
            quantities.extend(further);
            (amounts, quantities)
        }
        Body::StockCounted(count) => {
            let lines = count.lines.iter();
            (
                Vec::new(),
                lines
                    .flat_map(|line| [line.expected, line.counted])
                    .collect(),
            )
        }
        Body::StockFound(StockFound { lines, .. })
        | Body::SaleOverridden(SaleOverridden { lines, .. }) => {
            (Vec::new(), lines.iter().map(|line| line.quantity).collect())
        }
        Body::OrderPicked(picked) => {
            let lines = picked.lines.iter();
            (
                Vec::new(),
                lines
                    .flat_map(|line| [line.promised, line.picked])
                    .collect(),
            )
        }
        Body::BasketVoided(voided) => of_void(voided),
        // What they say is in the header.
        Body::WriteRefused(_)
        | Body::PatronRegistered(_)
        | Body::AllowanceCredited(_)
        | Body::AllowanceReturned(_)
        | Body::GrantCredited(_)
        | Body::RightsReturned(_)
        | Body::PickReceived(_)
        | Body::PickCancelled(_)
        | Body::OrderHandedOver(_)
        | Body::EpochOpened(_)
        | Body::CloudRebased(_)
        | Body::NodeRestricted(_)
        | Body::ReceiptReprinted(_)
        | Body::ClockConfirmed(_)
        | Body::VoucherLocked(_)
        | Body::PinLocked(_) => Figures::default(),
    }
}

fn of_return(returned: &ReturnRecorded) -> Figures {
    let lines = returned.lines.iter();
    let amounts = lines.clone().map(|line| line.total_minor);
    let tenders = returned.tenders.iter().map(|tender| tender.amount_minor);
    let taxes = returned.taxes.iter().map(|tax| tax.tax_minor);
    let all = [returned.total_minor].into_iter().chain(amounts);
    (
        all.chain(tenders).chain(taxes).collect(),
        lines.map(|line| line.quantity).collect(),
    )
}

fn of_purchase(purchase: &PurchaseRecorded) -> Figures {
    let costs = purchase.lines.iter().map(|line| line.cost_minor);
    let quantities = purchase.lines.iter().map(|line| line.quantity);
    (
        costs.chain([purchase.total_minor]).collect(),
        quantities.collect(),
    )
}

fn of_reversal(reversal: &PurchaseReversal) -> Figures {
    let costs = reversal.lines.iter().map(|line| line.cost_minor);
    let quantities = reversal.lines.iter().map(|line| line.quantity);
    (
        costs.chain([reversal.total_minor]).collect(),
        quantities.collect(),
    )
}

/// What is said of a drawer.
fn of_drawer(body: &Body) -> Figures {
    match body {
        Body::CashPaidIn(CashPaidIn(moved))
        | Body::CashPaidOut(CashPaidOut(moved))
        | Body::CashDropped(CashDropped(moved)) => (vec![moved.amount_minor], Vec::new()),
        Body::ShiftCounted(count) => (
            vec![count.counted_minor],
            count.pieces.iter().map(|one| one.count).collect(),
        ),
        Body::ZReportMade(z) => (z_amounts(z), vec![z.number, z.sales, z.counts]),
        Body::TillConfigured(set) => (
            set.reason_above_minor.into_iter().collect(),
            vec![set.lock_after_s],
        ),
        _ => Figures::default(),
    }
}

fn z_amounts(z: &ZReportMade) -> Vec<i64> {
    vec![
        z.gross_minor,
        z.total_minor,
        z.float_minor,
        z.expected_minor,
        z.counted_minor,
        z.difference_minor,
        z.paid_in.minor,
        z.paid_out.minor,
        z.drops.minor,
        z.purchases_paid_minor,
        z.purchases_back.minor,
    ]
}

fn of_void(voided: &BasketVoided) -> Figures {
    let lines = voided.lines.iter();
    let amounts = lines.clone().map(|line| line.total_minor);
    (
        amounts.chain([voided.total_minor]).collect(),
        lines.map(|line| line.quantity).collect(),
    )
}

/// What the trace says that promotions gave.
fn given(sale: &SaleClosed) -> impl Iterator<Item = i64> {
    let traces = sale.promotions.iter().map(|promoted| &promoted.trace);
    traces.flat_map(|trace| {
        let goods = trace.fired.iter().map(|one| one.gave.minor());
        goods.chain(trace.shipping.iter().map(|one| one.gave.minor()))
    })
}

fn sale_quantities(sale: &SaleClosed) -> Vec<i64> {
    let fired = sale.promotions.iter().flat_map(|one| &one.trace.fired);
    let lines = sale.lines.iter().map(|line| line.quantity);
    lines.chain(fired.map(|one| one.units)).collect()
}

fn sale_amounts(sale: &SaleClosed) -> Vec<i64> {
    let lines = sale.lines.iter();
    [
        sale.subtotal_minor,
        sale.discount_minor,
        sale.total_minor,
        sale.change_minor,
    ]
    .into_iter()
    .chain(lines.flat_map(|line| {
        [
            line.gross_minor,
            line.discount_minor,
            line.promoted_minor,
            line.total_minor,
        ]
    }))
    .chain(given(sale))
    .chain(sale.tenders.iter().map(|tender| tender.amount_minor))
    .chain(sale.taxes.iter().map(|tax| tax.tax_minor))
    .collect()
}
