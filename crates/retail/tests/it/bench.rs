//! A basket and its promotions, put together by name.
use std::collections::BTreeMap;

use retail::{
    amount::Amount,
    catalog::VariantId,
    currency::Currency,
    location::LocationId,
    price::Price,
    promotion::{
        Combination, Draft, Format, Limits, Priced, Promotion, PromotionId, Rules,
        claim::Counter,
        condition::Condition,
        effect::Effect,
        goods::{BasketLine, Buyer, Context, CustomerId, Goods, ShippingCharge},
        price,
        voucher::VoucherId,
    },
    quantity::{Quantity, Unit},
    sale::Item,
    tax::{TaxRate, TaxRule},
};
use rust_decimal::Decimal;
use uuid::Uuid;

pub use retail::testkit::{category, id, product};

pub fn cents(amount: Decimal) -> Amount {
    Amount::round_half_up(amount * Decimal::from(100)).expect("an amount")
}

/// A line, with what is known of its goods.
pub struct Line {
    pub name: String,
    pub goods: Goods,
    pub price: Price,
    pub quantity: i64,
    pub tax: TaxRate,
    /// Is the price lower than it was, before any promotion of ours?
    pub is_reduced: bool,
}

impl Line {
    pub fn new(name: &str, price: Price, quantity: i64) -> Self {
        Self {
            name: name.to_owned(),
            goods: Goods::new(VariantId::from_uuid(id(name)), product(name)),
            price,
            quantity,
            tax: TaxRate::ZERO,
            is_reduced: false,
        }
    }
}

/// Everything that an example says.
#[derive(Default)]
pub struct Bench {
    pub lines: Vec<Line>,
    pub promotions: Vec<Promotion>,
    pub segments: Vec<String>,
    pub purchases: u32,
    pub vouchers: Vec<(PromotionId, VoucherId)>,
    pub available: BTreeMap<(PromotionId, Counter), i64>,
    pub shipping: Vec<ShippingCharge>,
    pub tax: TaxRule,
    /// None: the web shop.
    pub channel: Option<String>,
}

impl Bench {
    /// Adds a promotion whose id is its place.
    pub fn promote(
        &mut self,
        name: &str,
        when: Vec<Condition>,
        effects: Vec<Effect>,
        combination: Combination,
        limits: Limits,
    ) -> Result<PromotionId, String> {
        let place = u128::try_from(self.promotions.len()).unwrap_or_default() + 1;
        let draft = Draft {
            format: Format,
            id: PromotionId::from_uuid(Uuid::from_u128(place)),
            version: 1,
            name: name.to_owned(),
            labels: BTreeMap::new(),
            when,
            effects,
            combination,
            limits,
        };
        let promotion = Promotion::new(draft).map_err(|error| error.to_string())?;
        // What is said must survive the form in which it is kept.
        let json = serde_json::to_string(&promotion).map_err(|error| error.to_string())?;
        let read: Promotion = serde_json::from_str(&json).map_err(|error| error.to_string())?;
        assert_eq!(read, promotion, "the JSON says the same");
        self.promotions.push(read);
        Ok(promotion.id())
    }

    pub fn price(&self) -> Result<Priced, String> {
        let lines: Vec<BasketLine<'_>> = self.lines.iter().map(basket_line).collect();
        let customer = Buyer {
            id: CustomerId::from_uuid(id("customer")),
            segments: self.segments.clone(),
            purchases: self.purchases,
            birthday: None,
        };
        let usd = Currency::by_code("USD").expect("a currency");
        let local = jiff::civil::date(2026, 11, 23).at(12, 0, 0, 0);
        let context = Context {
            customer: Some(&customer),
            vouchers: &self.vouchers,
            available: &self.available,
            shipping: &self.shipping,
            tax: self.tax,
            channel: self.channel.as_deref().unwrap_or("web"),
            ..Context::at(usd, LocationId::from_uuid(id("here")), local)
        };
        let rules = Rules::new(self.promotions.iter().cloned());
        price(&lines, &rules, &context).map_err(|error| error.to_string())
    }

    /// What promotions took off the lines of that name.
    pub fn off(&self, priced: &Priced, name: &str) -> Amount {
        let lines = self.lines.iter().zip(&priced.sale.lines);
        lines
            .filter(|(line, _)| line.name == name)
            .map(|(_, priced)| priced.item.discount)
            .sum()
    }
}

fn basket_line(line: &Line) -> BasketLine<'_> {
    BasketLine {
        item: Item {
            variant: line.goods.variant,
            unit: Unit::Piece,
            quantity: Quantity::new(line.quantity),
            price: line.price,
            discount: Amount::ZERO,
            tax: line.tax,
        },
        goods: &line.goods,
        is_reduced: line.is_reduced,
    }
}
