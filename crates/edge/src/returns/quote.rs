//! What a return is worked out from: the sale as it was priced, and what came back of it before.
use std::collections::BTreeMap;

use retail::{
    amount::Amount,
    catalog::VariantId,
    promotion::{
        Rules,
        goods::{BasketLine, Context, Goods, local_time},
        trace::{FORMAT, Search, Trace},
    },
    quantity::Quantity,
    returns::{self as rule, Back, Condition, PaidBack, Policy, Sold, SoldLine},
    sale::{Item, SaleId, TenderKind},
    staff::Permission,
    tax::{TaxLine, TaxRate},
};

use uuid::Uuid;
use wire::reason::PromotionName;

use super::{BackLine, CameBack, Charged, Lost, Quote, ReturnError, db};
use crate::{
    Shop,
    db::{DbError, Snapshot},
    node::{self, Site},
    promotion,
    sale::{self, Receipt},
    staff::{self, Actor},
};

/// How refunds are worked out here.
pub(super) const POLICY: Policy = Policy::Reprice;

/// A sale that goods come back from.
pub(super) struct Basis {
    pub(super) receipt: Receipt,
    /// By line of the sale.
    pub(super) came_back: Vec<CameBack>,
    /// What promotions ask about the goods of each line.
    goods: Vec<Goods>,
    refunded_taxes: Vec<TaxLine>,
    refunded_by_card: Amount,
    trace: Trace,
    rules: Rules,
}

impl Basis {
    /// The sale; none when it is not of this shop.
    pub(super) fn load(at: &Snapshot<'_>, sale: SaleId) -> Result<Option<Self>, DbError> {
        let Some(receipt) = sale::db::receipt(at, sale)? else {
            return Ok(None);
        };
        let before = db::came_back(at, sale)?;
        let came_back = (0..receipt.lines.len()).map(|line| {
            let known = before.get(&line);
            known.copied().unwrap_or_default()
        });
        let told = receipt.promotions.as_ref();
        let trace = told.map_or_else(untraced, |told| told.trace.clone());
        Ok(Some(Self {
            came_back: came_back.collect(),
            goods: promotion::goods_of(at, receipt.lines.iter().map(|line| line.variant))?,
            refunded_taxes: refunded_taxes(&db::taxes(at, sale)?),
            refunded_by_card: db::refunded_by(at, sale, TenderKind::Card)?,
            rules: promotion::rules_of(at, &trace)?,
            trace,
            receipt,
        }))
    }

    /// What a return comes to.
    pub(super) fn quote(&self, site: &Site, back: &[BackLine]) -> Result<rule::Quote, ReturnError> {
        if back.is_empty() {
            return Err(ReturnError::NoLines);
        }
        if back.len() > rule::MAX_LINES {
            let max = rule::MAX_LINES;
            return Err(ReturnError::TooManyLines { max });
        }
        let lines: Vec<SoldLine<'_>> = self.lines().collect();
        let sold = Sold {
            lines: &lines,
            taxes: &self.receipt.taxes,
            refunded_taxes: &self.refunded_taxes,
            trace: &self.trace,
        };
        let back: Vec<Back> = back
            .iter()
            .map(|one| Back {
                line: one.line,
                quantity: one.quantity,
            })
            .collect();
        let local = local_time(self.receipt.closed_at, &site.zone());
        let context = Context::at(site.currency, site.location, local);
        Ok(rule::quote(sold, &back, &self.rules, &context, POLICY)?)
    }

    fn lines(&self) -> impl Iterator<Item = SoldLine<'_>> {
        let all = self.receipt.lines.iter().zip(&self.goods);
        all.zip(&self.came_back)
            .map(|((line, goods), came_back)| SoldLine {
                line: BasketLine {
                    item: Item {
                        variant: line.variant,
                        unit: line.unit,
                        quantity: line.quantity,
                        price: line.price,
                        // What a person gave; what promotions gave is worked out again.
                        discount: line.discount - line.promoted,
                        tax: line.tax,
                    },
                    goods,
                    is_reduced: line.price_reason.is_some(),
                },
                total: line.total,
                is_gift: line.is_gift,
                returned: came_back.quantity,
                refunded: came_back.refunded,
            })
    }

    /// What was paid by card and has not gone back.
    pub(super) fn card(&self) -> Amount {
        let paid = self.receipt.payments.iter();
        let paid = paid.filter(|payment| payment.kind == TenderKind::Card);
        paid.map(|payment| payment.amount).sum::<Amount>() - self.refunded_by_card
    }

    /// What comes back of each variant: to be sold again, and damaged.
    pub(super) fn goods_of(&self, back: &[BackLine]) -> BTreeMap<VariantId, [Quantity; 2]> {
        let mut goods = BTreeMap::<VariantId, [Quantity; 2]>::new();
        for one in back {
            let Some(sold) = self.receipt.lines.get(one.line) else {
                continue;
            };
            let sums = goods.entry(sold.variant).or_default();
            let sum = match one.condition {
                Condition::Sellable => &mut sums[0],
                Condition::Damaged => &mut sums[1],
            };
            *sum = *sum + one.quantity;
        }
        goods
    }

    fn named(&self, quote: rule::Quote) -> Quote {
        let card = self.card().max(Amount::ZERO);
        let paid = PaidBack {
            refund: quote.refund,
            card,
        };
        let lost = quote.lost.iter().map(|&(id, amount)| Lost {
            promotion: id.as_uuid(),
            called: called(&self.receipt, id.as_uuid()),
            amount,
        });
        let charged = quote.charged.iter().map(|&(line, amount)| Charged {
            line,
            name: self
                .receipt
                .lines
                .get(line)
                .map_or_else(String::new, |line| line.name.clone()),
            amount,
        });
        Quote {
            refund: quote.refund,
            suggested: rule::suggested(paid),
            card,
            lost: lost.collect(),
            charged: charged.collect(),
            lines: quote.lines,
            taxes: quote.taxes,
            policy: POLICY,
        }
    }
}

/// What a promotion of a sale was called then; none when that is not known here.
pub(super) fn called(receipt: &Receipt, promotion: Uuid) -> Option<PromotionName> {
    let reasons = receipt.reasons.iter();
    let mut names = reasons.flat_map(|reasons| &reasons.promotions);
    names.find(|known| known.id == promotion).cloned()
}

/// What a customer would get, without recording anything.
///
/// # Errors
/// [`ReturnError`] names the line to put right.
pub(crate) async fn quote(
    shop: &Shop,
    actor: &Actor,
    sale: SaleId,
    lines: Vec<BackLine>,
) -> Result<Quote, ReturnError> {
    staff::require(actor, Permission::SaleCreate)?;
    shop.read(move |at| {
        let site = node::site(at)??;
        let basis = Basis::load(at, sale)?.ok_or(ReturnError::UnknownSale)?;
        let quote = basis.quote(&site, &lines)?;
        Ok(basis.named(quote))
    })
    .await
}

/// The reasons of a sale that no promotion had to do with.
const fn untraced() -> Trace {
    Trace {
        format: FORMAT,
        search: Search::Exact,
        promotions: Vec::new(),
        fired: Vec::new(),
        gifts: Vec::new(),
        shipping: Vec::new(),
        points: Vec::new(),
        beaten: Vec::new(),
        near: Vec::new(),
        exhausted: Vec::new(),
        claims: Vec::new(),
    }
}

/// What was refunded before, by rate.
fn refunded_taxes(taxes: &[wire::body::Tax]) -> Vec<TaxLine> {
    let mut by_rate = BTreeMap::<TaxRate, (Amount, Amount)>::new();
    for tax in taxes {
        let rate = TaxRate::from_basis_points(tax.rate_bps).unwrap_or_default();
        let sum = by_rate.entry(rate).or_default();
        sum.0 += Amount::from_minor(tax.gross_minor);
        sum.1 += Amount::from_minor(tax.tax_minor);
    }
    let lines = by_rate.into_iter();
    lines
        .map(|(rate, (gross, tax))| TaxLine { rate, gross, tax })
        .collect()
}
