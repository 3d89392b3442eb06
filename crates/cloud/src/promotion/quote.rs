//! What a basket costs now and why: a scratch basket of the office, with a draft that does not run yet, and a cart of a web
//! shop. Both ask the function that prices sales.
use std::collections::{BTreeMap, HashMap};

use httpkit::problem::Problem;
use jiff::civil::{Date, DateTime};
use retail::amount::Amount;
use retail::catalog::VariantId;
use retail::currency::Currency;
use retail::location::LocationId;
use retail::order::{Cart, Offer, PlaceError};
use retail::promotion::claim::Counter;
use retail::promotion::goods::{
    BasketLine, Buyer, Context, CustomerId, GiftOffer, Goods, ShippingCharge,
};
use retail::promotion::voucher::{VoucherCode, VoucherId};
use retail::promotion::{Priced, Promotion, PromotionId, Rules, price};
use retail::quantity::Quantity;
use retail::sale::{Item, TenderKind};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;
use wire::reason::{PromotionName, Reasons};

use super::basket::{self, Fact, Standing};
use crate::allowance::Limit;
use crate::allowance::order::{Left, Needs};
use crate::allowance::voucher::{self, Opened, Presented};
use crate::cloud::Cloud;
use crate::company;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::order::offer::{OFFERS, offers};
use crate::order::shown;

pub(crate) mod http;

/// Promotions for members that a cart is tried with.
const MOST_HINTS: usize = 50;
/// Units of a gift that a scratch basket may have: it asks no shelf.
const ENOUGH: Quantity = Quantity::new(1_000_000);

/// A line of a basket, priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct QuoteLine {
    variant_id: Uuid,
    name: String,
    /// Base units.
    quantity: i64,
    /// The base unit.
    unit: String,
    /// At the list price.
    gross_minor: i64,
    /// What promotions took off.
    discount_minor: i64,
    total_minor: i64,
    /// A promotion has added it.
    is_gift: bool,
}

/// A basket, priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CartQuote {
    /// As they came, then the gifts.
    lines: Vec<QuoteLine>,
    /// Of the lines, before discounts.
    subtotal_minor: i64,
    discount_minor: i64,
    /// To pay for the goods.
    total_minor: i64,
    /// Inside the total.
    tax_minor: i64,
    /// What each charge for shipping is now.
    shipping_minor: Vec<i64>,
    /// Points beside the ordinary ones.
    points: i64,
    /// Why, and what nearly applied.
    reasons: Reasons,
    /// The codes that came with it, each once, and what becomes of them.
    vouchers: Vec<QuoteVoucher>,
    /// What is left of the limits of promotions that may have to do with it.
    limits: Vec<QuoteLimit>,
    /// What members would get for it in a shop: nobody knows who buys here.
    for_members: Vec<PromotionName>,
}

impl CartQuote {
    /// For the goods and all charges for shipping.
    pub(crate) fn to_pay_minor(&self) -> i64 {
        self.total_minor + self.shipping_minor.iter().sum::<i64>()
    }
}

/// A code of a cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct QuoteVoucher {
    /// In its one form.
    #[schema(example = "SUMMER1")]
    code: String,
    /// What it opens; null: nothing.
    promotion_id: Option<Uuid>,
    /// That is part of the price: an order would use the code up.
    is_used: bool,
    /// Why it opens nothing; null: it does. `voucher.unknown`, `voucher.ended`, `voucher.not_begun`, `voucher.used`,
    /// `voucher.for_members`, `voucher.not_yours` or `promotion.closed`.
    refused: Option<String>,
}

/// A limit of a promotion.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct QuoteLimit {
    promotion_id: Uuid,
    /// `uses`, `day`, `units`, `budget` or `voucher`.
    counter: String,
    /// What an order may use of it now: uses, units, or minor units of money.
    available: i64,
}

/// Who buys, as a scratch basket says it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Scratch {
    pub(crate) segments: Vec<String>,
    pub(crate) purchases: u32,
    pub(crate) birthday: Option<Date>,
}

/// A scratch basket.
pub(crate) struct Trial<'a> {
    /// What does not run yet, or not so.
    pub(crate) draft: Option<&'a Promotion>,
    /// None of the others.
    pub(crate) only: bool,
    pub(crate) location: Uuid,
    pub(crate) local: DateTime,
    pub(crate) channel: &'a str,
    pub(crate) buyer: Option<Scratch>,
    pub(crate) tenders: &'a [TenderKind],
    /// A voucher of each promotion that asks for one.
    pub(crate) has_vouchers: bool,
    pub(crate) cart: &'a Cart,
}

/// Prices a scratch basket at today's prices. Limits count as untouched, gifts as there.
pub(crate) async fn try_out(cloud: &Cloud, actor: Actor, trial: &Trial<'_>) -> Result<CartQuote> {
    cloud
        .read("try_promotion", actor, async |tx| {
            let standing = Standing::load(tx).await?;
            let rules = rules_of(&standing, trial);
            let gifts = basket::gifts(rules.promotions());
            let shelf = Shelf::load(tx, &standing, trial.cart, &gifts).await?;
            let buyer = trial.buyer.as_ref().map(|scratch| Buyer {
                id: CustomerId::from_uuid(Uuid::nil()),
                segments: scratch.segments.clone(),
                purchases: scratch.purchases,
                birthday: scratch.birthday,
            });
            let vouchers: Vec<(PromotionId, VoucherId)> = rules
                .promotions()
                .iter()
                .filter(|_| trial.has_vouchers)
                .map(|promotion| (promotion.id(), VoucherId::from_uuid(Uuid::nil())))
                .collect();
            let offered = shelf.gifts(&gifts);
            let location = LocationId::from_uuid(trial.location);
            let at = Context {
                channel: trial.channel,
                customer: buyer.as_ref(),
                tenders: trial.tenders,
                vouchers: &vouchers,
                gifts: &offered,
                ..Context::at(shelf.currency, location, trial.local)
            };
            let available = basket::untouched(rules.promotions(), &at);
            let at = Context {
                available: &available,
                ..at
            };
            let priced = shelf.price(trial.cart, &rules, &at)?;
            Ok(shelf.said(&priced, &rules))
        })
        .await
}

/// The promotions that run and the draft, or the draft alone.
fn rules_of(standing: &Standing, trial: &Trial<'_>) -> Rules {
    let draft = trial.draft.map(Promotion::id);
    let running = standing.rules.promotions().iter();
    let others = running.filter(|one| !trial.only && Some(one.id()) != draft);
    Rules::new(others.cloned().chain(trial.draft.cloned()))
}

/// A cart of a web shop.
pub(crate) struct Asked<'a> {
    pub(crate) cart: &'a Cart,
    pub(crate) shipping: &'a [ShippingCharge],
    /// Each once.
    pub(crate) codes: &'a [VoucherCode],
}

/// Prices a cart as an order would be placed now. Nothing is promised, and nothing of limits is taken.
pub(crate) async fn quote(cloud: &Cloud, actor: Actor, asked: &Asked<'_>) -> Result<CartQuote> {
    cloud
        .read("quote_cart", actor, async |tx| {
            // What a cart costs does not depend on whose it is.
            tx.widen("quote");
            let memory = &cloud.orders().promotions;
            let standing = memory.fresh(tx, cloud.security_now()).await?;
            let shelf = Shelf::load(tx, &standing, asked.cart, &[]).await?;
            let rules = &standing.rules;
            let local = standing.local(asked.cart.location, tx.now());
            let location = asked
                .cart
                .location
                .unwrap_or(LocationId::from_uuid(Uuid::nil()));
            let mut presented = voucher::present(tx, asked.codes, rules, local).await?;
            let opened = voucher::opened(&presented);
            let vouchers = shown(&opened);
            let at = Context {
                channel: crate::order::CHANNEL,
                shipping: asked.shipping,
                vouchers: &vouchers,
                ..Context::at(shelf.currency, location, local)
            };
            let needs = Needs::of(rules, &shelf.goods_of(asked.cart), &at, &opened);
            let limits: Vec<Limit> = needs.limits().cloned().collect();
            let left = Left::look(tx, &limits).await?;
            if left.is_closed() {
                for one in &mut presented {
                    one.opens = one.opens.and_then(Opened::while_closed);
                }
            }
            let available = left.available(&needs);
            let at = Context {
                available: &available,
                ..at
            };
            let priced = shelf.price(asked.cart, rules, &at)?;
            Ok(CartQuote {
                vouchers: codes(&presented, &priced),
                limits: limits.iter().map(|one| of_limit(one, &left)).collect(),
                for_members: shelf.for_members(asked.cart, rules, &at)?,
                ..shelf.said(&priced, rules)
            })
        })
        .await
}

fn codes(presented: &[Presented], priced: &Priced) -> Vec<QuoteVoucher> {
    let codes = presented.iter().map(|one| {
        let uses = |opened: Opened| {
            let counter = Counter::Voucher(opened.voucher);
            priced.claims().iter().any(|claim| claim.counter == counter)
        };
        QuoteVoucher {
            code: one.code.to_string(),
            promotion_id: one.opens.ok().map(|opened| opened.promotion.as_uuid()),
            is_used: one.opens.is_ok_and(uses),
            refused: one.opens.err().map(|refusal| refusal.code().to_owned()),
        }
    });
    codes.collect()
}

fn of_limit(limit: &Limit, left: &Left) -> QuoteLimit {
    QuoteLimit {
        promotion_id: limit.promotion,
        counter: limit.kind.trim_start_matches("promotion.").to_owned(),
        available: left.of(limit),
    }
}

/// Prices and facts of the goods of a cart.
struct Shelf {
    offers: HashMap<VariantId, Offer>,
    facts: HashMap<VariantId, Fact>,
    currency: Currency,
}

impl Shelf {
    async fn load(tx: &Tx, standing: &Standing, cart: &Cart, gifts: &[Uuid]) -> Result<Self> {
        let lines = cart.lines.iter().map(|line| line.variant.as_uuid());
        let mut variants: Vec<Uuid> = lines.chain(gifts.iter().copied()).collect();
        variants.sort_unstable();
        variants.dedup();
        let read = offers(&tx.rows(OFFERS, &[&variants, &tx.now()]).await?);
        let company = company::get(tx).await?;
        let currency = Currency::by_code(&company.currency)
            .ok_or_else(|| Problem::internal(&"the company's currency is not known"))?;
        Ok(Self {
            offers: read.iter().map(|one| (one.variant, one.offer)).collect(),
            facts: basket::load_facts(tx, &variants, &standing.categories).await?,
            currency,
        })
    }

    /// What may be given away: what has a price and may be sold.
    fn gifts(&self, variants: &[Uuid]) -> BTreeMap<VariantId, GiftOffer<'_>> {
        let offers = variants.iter().filter_map(|variant| {
            let variant = VariantId::from_uuid(*variant);
            let (offer, fact) = (self.offers.get(&variant)?, self.facts.get(&variant)?);
            let (price, _) = offer.price.filter(|_| offer.is_active)?;
            let item = Item {
                variant,
                unit: offer.unit,
                quantity: Quantity::new(1),
                price,
                discount: Amount::ZERO,
                tax: offer.tax,
            };
            let gift = GiftOffer {
                item,
                goods: &fact.goods,
                available: ENOUGH,
            };
            Some((variant, gift))
        });
        offers.collect()
    }

    /// What is known of the goods of a cart; nothing of what is not in the catalogue.
    fn goods_of(&self, cart: &Cart) -> Vec<&Goods> {
        let facts = cart
            .lines
            .iter()
            .filter_map(|line| self.facts.get(&line.variant));
        facts.map(|fact| &fact.goods).collect()
    }

    fn price(&self, cart: &Cart, rules: &Rules, at: &Context<'_>) -> Result<Priced> {
        let offer = |variant| self.offers.get(&variant).copied();
        let items = retail::order::items(cart, offer).map_err(|refusal| refused(&refusal))?;
        let lines = items.iter().enumerate().map(|(line, item)| {
            let fact = self.facts.get(&item.variant);
            fact.map(|fact| BasketLine {
                item: *item,
                goods: &fact.goods,
                is_reduced: false,
            })
            .ok_or_else(|| refused(&PlaceError::UnknownVariant { line }))
        });
        let lines = lines.collect::<std::result::Result<Vec<_>, Problem>>()?;
        Ok(price(&lines, rules, at).map_err(|refusal| basket::unpriceable(&refusal))?)
    }

    /// What members would get for a cart, each promotion alone and with limits as untouched.
    fn for_members(
        &self,
        cart: &Cart,
        rules: &Rules,
        at: &Context<'_>,
    ) -> Result<Vec<PromotionName>> {
        let mut hints = Vec::new();
        let members = rules.promotions().iter().filter_map(Promotion::for_anybody);
        for promotion in members.take(MOST_HINTS) {
            let available = basket::untouched([&promotion], at);
            let at = Context {
                available: &available,
                ..at.clone()
            };
            let name = PromotionName {
                id: promotion.id().as_uuid(),
                version: promotion.version(),
                name: promotion.draft().name.clone(),
                labels: promotion.draft().labels.clone(),
            };
            let priced = self.price(cart, &Rules::new([promotion]), &at)?;
            if priced.trace.has_fired(0) {
                hints.push(name);
            }
        }
        Ok(hints)
    }

    fn said(&self, priced: &Priced, rules: &Rules) -> CartQuote {
        let gifts_from = priced.sale.lines.len() - priced.gifts;
        let lines = priced.sale.lines.iter().enumerate().map(|(place, line)| {
            let fact = self.facts.get(&line.item.variant);
            QuoteLine {
                variant_id: line.item.variant.as_uuid(),
                name: fact.map(|fact| fact.name.clone()).unwrap_or_default(),
                quantity: line.item.quantity.base_units(),
                unit: line.item.unit.code().to_owned(),
                gross_minor: line.gross.minor(),
                discount_minor: line.item.discount.minor(),
                total_minor: line.total.minor(),
                is_gift: place >= gifts_from,
            }
        });
        CartQuote {
            lines: lines.collect(),
            subtotal_minor: priced.sale.subtotal.minor(),
            discount_minor: priced.sale.discount.minor(),
            total_minor: priced.sale.total.minor(),
            tax_minor: priced.sale.tax().minor(),
            shipping_minor: priced
                .shipping
                .iter()
                .map(|charge| charge.minor())
                .collect(),
            points: priced.points,
            reasons: basket::reasons(&priced.trace, rules),
            vouchers: Vec::new(),
            limits: Vec::new(),
            for_members: Vec::new(),
        }
    }
}

fn refused(refusal: &PlaceError) -> Problem {
    crate::order::refused(refusal)
}
