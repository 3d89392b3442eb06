//! A basket: what the cashier put in, priced by the list, with other prices and discounts where permitted.
use retail::{
    amount::Amount,
    basket::Reduction,
    catalog::VariantId,
    price::Price,
    promotion::voucher::VoucherId,
    quantity::{Quantity, Unit},
    sale::{Item, SaleId},
    staff::{Permission, StaffId},
    tax::{TaxLine, TaxRate},
};
use rust_decimal::Decimal;
use serde_json::{Value, json};
use uuid::Uuid;
use wire::{body, command::Ask, reason::Reasons};

use super::{MAX_TEXT, NewSale, SaleError, approval};
use crate::{
    Shop, allowance, catalog,
    db::Snapshot,
    node::{self, Site},
    promotion::{self, Kept, Moment, Pricing, Row, Useless},
    staff::{self, Actor},
};

/// One line of a basket as the cashier put it in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BasketLine {
    /// What is sold.
    pub variant: VariantId,
    /// How much, in base units.
    pub quantity: Quantity,
    /// Another price than the list's, in major units for as many base units as the list's. Needs a reason.
    pub unit_price: Option<Decimal>,
    /// Why.
    pub price_reason: Option<String>,
    /// Taken off the line. Needs a reason.
    pub discount: Amount,
    /// Why.
    pub discount_reason: Option<String>,
    /// A share of the line instead of an amount, in basis points. Needs a reason.
    pub discount_bps: Option<i64>,
    /// A word that lets the line be cheaper: price, discount and reasons are its own.
    pub approval: Option<Uuid>,
}

impl BasketLine {
    /// A line at the list's price.
    #[must_use]
    pub fn plain(variant: VariantId, quantity: Quantity) -> Self {
        Self {
            variant,
            quantity,
            unit_price: None,
            price_reason: None,
            discount: Amount::ZERO,
            discount_reason: None,
            discount_bps: None,
            approval: None,
        }
    }

    /// Whether it says itself that it is cheaper.
    pub(super) fn is_reduced(&self) -> bool {
        self.unit_price.is_some() || self.discount != Amount::ZERO || self.discount_bps.is_some()
    }
}

/// One line with its sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// What is sold.
    pub variant: VariantId,
    /// What it is called.
    pub name: String,
    /// How much, in base units.
    pub quantity: Quantity,
    /// The base unit.
    pub unit: Unit,
    /// As charged.
    pub price: Price,
    /// The version of the list price that the shop had.
    pub price_version: i64,
    /// Why another price than the list's was charged.
    pub price_reason: Option<String>,
    /// Price times quantity.
    pub gross: Amount,
    /// Taken off.
    pub discount: Amount,
    /// The part of it that promotions gave; the rest is a person's.
    pub promoted: Amount,
    /// A promotion has added it.
    pub is_gift: bool,
    /// Why a person took something off.
    pub discount_reason: Option<String>,
    /// Who let the price or the discount be, by a word of theirs.
    pub approved_by: Option<StaffId>,
    /// The tax that the price includes.
    pub tax: TaxRate,
    /// What the customer pays for it.
    pub total: Amount,
}

impl Line {
    pub(super) fn on_the_wire(&self) -> body::SaleLine {
        body::SaleLine {
            variant: self.variant.as_uuid(),
            quantity: self.quantity.base_units(),
            unit_price: self.price.major().to_string(),
            price_quantity: self.price.per(),
            price_version: self.price_version,
            price_reason: self.price_reason.clone(),
            gross_minor: self.gross.minor(),
            discount_minor: self.discount.minor(),
            promoted_minor: self.promoted.minor(),
            gift: self.is_gift,
            discount_reason: self.discount_reason.clone(),
            approved_by: self.approved_by.map(StaffId::as_uuid),
            tax_rate_bps: self.tax.basis_points(),
            total_minor: self.total.minor(),
        }
    }
}

/// A priced basket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// The lines in the order of scanning, then what promotions add.
    pub lines: Vec<Line>,
    /// Sum of the lines before discounts.
    pub subtotal: Amount,
    /// Sum of the discounts.
    pub discount: Amount,
    /// The part of it that promotions gave.
    pub promoted: Amount,
    /// All tax inside the total.
    pub tax: Amount,
    /// The same by rate.
    pub taxes: Vec<TaxLine>,
    /// What the customer pays.
    pub total: Amount,
    /// What a customer is likely to hand over.
    pub suggested_cash: Vec<Amount>,
    /// What promotions did, and why; none: there were none to ask.
    pub reasons: Option<Reasons>,
    /// Vouchers that were shown and give nothing, and why.
    pub(crate) useless: Vec<(VoucherId, Useless)>,
    /// What they could use of limits beyond what the shop has.
    pub(crate) wants: Vec<Ask>,
}

/// Prices a basket without recording anything. Words for lines count for the sale that they were given for.
///
/// # Errors
/// [`SaleError`] names the line to put right.
pub async fn quote(
    shop: &Shop,
    actor: &Actor,
    sale: Option<SaleId>,
    lines: Vec<BasketLine>,
    moment: Moment,
) -> Result<Quote, SaleError> {
    staff::require(actor, Permission::SaleCreate)?;
    let once = || {
        let (actor, kept) = (actor.clone(), shop.promotions.clone());
        let (lines, moment) = (lines.clone(), moment.clone());
        shop.read(move |at| quote_in(at, Some(&kept), &actor, sale, &lines, &moment))
    };
    let quote = once().await?;
    // What has come counts at once; without it the basket costs what it costs.
    if !quote.wants.is_empty() && allowance::ask(shop, quote.wants.clone()).await {
        return once().await;
    }
    Ok(quote)
}

/// The same in a view. Without promotions it is priced by the list and by what people gave.
pub(super) fn quote_in(
    at: &Snapshot<'_>,
    promotions: Option<&Kept>,
    actor: &Actor,
    sale: Option<SaleId>,
    lines: &[BasketLine],
    moment: &Moment,
) -> Result<Quote, SaleError> {
    let site = node::site(at)??;
    let till = Till {
        actor,
        sale,
        site: &site,
        promotions,
        moment,
    };
    let (pricing, facts) = priced(at, &till, lines)?;
    Ok(Quote {
        lines: self::lines(&pricing, facts),
        subtotal: pricing.sale.subtotal,
        discount: pricing.sale.discount,
        promoted: pricing.promoted(),
        tax: pricing.sale.tax(),
        total: pricing.sale.total,
        suggested_cash: site.currency.suggested_cash(pricing.sale.total),
        taxes: pricing.sale.taxes,
        reasons: pricing.reasons,
        useless: pricing.useless,
        wants: pricing.wants,
    })
}

/// Who prices which basket, where, and by what.
pub(super) struct Till<'a> {
    pub(super) actor: &'a Actor,
    /// The sale that the basket becomes.
    pub(super) sale: Option<SaleId>,
    pub(super) site: &'a Site,
    /// The promotions that run; none: they are not asked.
    pub(super) promotions: Option<&'a Kept>,
    /// What promotions ask.
    pub(super) moment: &'a Moment,
}

/// The one way in which a basket is priced, for a quote and for a sale: by the list and by what people gave, as far as they
/// may, then by promotions. The facts have a place for every line, gifts too.
pub(super) fn priced(
    at: &Snapshot<'_>,
    till: &Till<'_>,
    lines: &[BasketLine],
) -> Result<(Pricing, Vec<Facts>), SaleError> {
    let (rows, mut facts) = rows(at, till, lines)?;
    let pricing = match till.promotions {
        Some(kept) => promotion::price(at, till.site, kept, &rows, till.moment)?,
        None => promotion::plain(at, till.site, &rows)?,
    };
    check_discounts(till.actor, &pricing, &facts)?;
    let given = pricing.sale.lines.iter().skip(rows.len());
    facts.extend(given.zip(&pricing.gifts).map(|(line, offer)| Facts {
        variant: line.item.variant,
        name: offer.name.clone(),
        unit: offer.unit,
        price_version: offer.price_version,
        price_reason: None,
        discount_reason: None,
        approved_by: None,
    }));
    Ok((pricing, facts))
}

/// What the lines sell and at which price, by the catalogue of this transaction.
fn rows(
    at: &Snapshot<'_>,
    till: &Till<'_>,
    lines: &[BasketLine],
) -> Result<(Vec<Row>, Vec<Facts>), SaleError> {
    if lines.len() > retail::sale::MAX_LINES {
        let max = retail::sale::MAX_LINES;
        return Err(retail::sale::PriceBasketError::TooManyLines { max }.into());
    }
    let mut rows = Vec::with_capacity(lines.len());
    let mut facts = Vec::with_capacity(lines.len());
    for (index, line) in lines.iter().enumerate() {
        let (row, fact) = one(at, till, index, line)?;
        rows.push(row);
        facts.push(fact);
    }
    Ok((rows, facts))
}

fn one(
    at: &Snapshot<'_>,
    till: &Till<'_>,
    index: usize,
    line: &BasketLine,
) -> Result<(Row, Facts), SaleError> {
    let actor = till.actor;
    let word = approval::of(at, till.sale, index, line)?;
    let (line, approved_by) = match &word {
        None => (line, None),
        Some(word) => (&word.line, Some(word.approver)),
    };
    let offer =
        catalog::db::offer(at, line.variant)?.ok_or(SaleError::UnknownVariant { line: index })?;
    let list = offer
        .price
        .filter(|_| offer.active)
        .ok_or(SaleError::NotForSale { line: index })?;
    let typed = line
        .unit_price
        .map(|major| typed_price(index, major, list))
        .transpose()?;
    let (price, price_reason) = match typed {
        Some(price) if price != list => {
            if word.is_none() {
                check_price(actor, index, price, list)?;
            }
            (price, Some(reason(index, line.price_reason.as_deref())?))
        }
        _ => (list, None),
    };
    let reduction = Reduction::typed(line.discount, line.discount_bps)
        .ok_or(SaleError::DiscountInvalid { line: index })?;
    let gross = price.extend(line.quantity, till.site.currency);
    let discount = reduction.of(gross.unwrap_or_default());
    let discount_reason = if reduction == Reduction::Amount(Amount::ZERO) {
        None
    } else {
        if word.is_none() {
            staff::require(actor, Permission::DiscountLine)?;
        }
        Some(reason(index, line.discount_reason.as_deref())?)
    };
    let item = Item {
        variant: line.variant,
        unit: offer.unit,
        quantity: line.quantity,
        price,
        discount,
        tax: offer.tax,
    };
    let row = Row {
        item,
        is_reduced: per_unit(price) < per_unit(list),
    };
    let facts = Facts {
        variant: line.variant,
        name: offer.name,
        unit: offer.unit,
        price_version: offer.price_version,
        price_reason,
        discount_reason,
        approved_by,
    };
    Ok((row, facts))
}

/// Refuses another price than the list's that somebody may not charge.
fn check_price(actor: &Actor, line: usize, price: Price, list: Price) -> Result<(), SaleError> {
    staff::require(actor, Permission::PriceOverride)?;
    let (charged, listed) = (per_unit(price), per_unit(list));
    let part = charged - listed;
    within(actor, Permission::PriceOverride, line, part, listed)
}

/// Major units for one base unit.
fn per_unit(price: Price) -> Decimal {
    price.major() / Decimal::from(price.per())
}

/// Refuses what goes further than somebody may.
fn within(
    actor: &Actor,
    permission: Permission,
    line: usize,
    part: Decimal,
    whole: Decimal,
) -> Result<(), SaleError> {
    match actor.limit(permission).exceeded_by(part, whole) {
        None => Ok(()),
        Some(max_bps) => Err(SaleError::BeyondLimit {
            line,
            permission,
            max_bps,
        }),
    }
}

/// Refuses discounts of people that are a higher share of their line than somebody may give, and that nobody else has let
/// be. What promotions give is nobody's to answer for.
fn check_discounts(actor: &Actor, pricing: &Pricing, facts: &[Facts]) -> Result<(), SaleError> {
    let lines = pricing.sale.lines.iter().zip(&pricing.promoted);
    for (line, ((one, promoted), facts)) in lines.zip(facts).enumerate() {
        if facts.approved_by.is_some() {
            continue;
        }
        let discount = (one.item.discount - *promoted).minor();
        let gross = one.gross.minor();
        let (discount, gross) = (Decimal::from(discount), Decimal::from(gross));
        if !discount.is_zero() {
            within(actor, Permission::DiscountLine, line, discount, gross)?;
        }
    }
    Ok(())
}

fn reason(line: usize, text: Option<&str>) -> Result<String, SaleError> {
    text.map(str::trim)
        .filter(|text| !text.is_empty() && text.chars().count() <= MAX_TEXT)
        .map(str::to_owned)
        .ok_or(SaleError::ReasonMissing { line })
}

/// Puts sums and names together.
pub(super) fn lines(pricing: &Pricing, facts: Vec<Facts>) -> Vec<Line> {
    let bought = pricing.sale.lines.len() - pricing.gifts.len();
    let lines = pricing.sale.lines.iter().zip(&pricing.promoted);
    lines
        .zip(facts)
        .enumerate()
        .map(|(at, ((line, promoted), facts))| Line {
            variant: facts.variant,
            name: facts.name,
            quantity: line.item.quantity,
            unit: facts.unit,
            price: line.item.price,
            price_version: facts.price_version,
            price_reason: facts.price_reason,
            gross: line.gross,
            discount: line.item.discount,
            promoted: *promoted,
            is_gift: at >= bought,
            discount_reason: facts.discount_reason,
            approved_by: facts.approved_by,
            tax: line.item.tax,
            total: line.total,
        })
        .collect()
}

/// What a sale says, whoever sends it: a repeat is told from another sale by this.
pub(super) fn content(sale: &NewSale) -> Value {
    let lines: Vec<Value> = sale.lines.iter().map(line_content).collect();
    let tenders: Vec<Value> = sale
        .payments
        .iter()
        .map(|payment| {
            json!({
                "kind": payment.kind.code(),
                "amount_minor": payment.amount.minor(),
                "reference": payment.reference,
            })
        })
        .collect();
    let mut content =
        json!({ "shift_id": sale.shift.as_uuid(), "lines": lines, "tenders": tenders });
    if let Some(patron) = sale.patron {
        content["patron_id"] = patron.to_string().into();
    }
    if !sale.vouchers.is_empty() {
        content["vouchers"] = vouchers_content(&sale.vouchers);
    }
    content
}

/// The vouchers that a basket names.
pub(super) fn vouchers_content(vouchers: &[VoucherId]) -> Value {
    let ids = vouchers.iter().map(|voucher| voucher.as_uuid().to_string());
    ids.collect::<Vec<_>>().into()
}

/// What a line says. What it does not say is left out, so that it stays what earlier versions kept.
pub(super) fn line_content(line: &BasketLine) -> Value {
    let mut content = json!({
        "variant_id": line.variant.as_uuid(),
        "quantity": line.quantity.base_units(),
        "unit_price": line.unit_price.map(|price| price.normalize().to_string()),
        "price_reason": line.price_reason,
        "discount_minor": line.discount.minor(),
        "discount_reason": line.discount_reason,
    });
    if let Some(bps) = line.discount_bps {
        content["discount_bps"] = bps.into();
    }
    if let Some(approval) = line.approval {
        content["approval_id"] = approval.to_string().into();
    }
    content
}

/// A price that a cashier put in, for the number of base units of the list's.
fn typed_price(line: usize, major: Decimal, list: Price) -> Result<Price, SaleError> {
    Price::new(major, list.per()).map_err(|error| SaleError::Price { line, error })
}

/// What a basket line is about, beside the figures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    variant: VariantId,
    name: String,
    unit: Unit,
    price_version: i64,
    price_reason: Option<String>,
    discount_reason: Option<String>,
    approved_by: Option<StaffId>,
}
