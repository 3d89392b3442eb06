//! A line as a parked basket keeps it: what the cashier put in, and the list's price of then.
use retail::{amount::Amount, catalog::VariantId, price::Price, quantity::Quantity};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    db::{DbError, unreadable},
    sale::BasketLine,
};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptLine {
    variant: Uuid,
    quantity: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unit_price: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    price_reason: Option<String>,
    #[serde(default)]
    discount_minor: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    discount_reason: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    discount_bps: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    approval: Option<Uuid>,
    /// The list's price, and the base units that it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list: Option<(String, i64)>,
}

impl KeptLine {
    pub(super) fn of(line: &BasketLine, list: Option<Price>) -> Self {
        Self {
            variant: line.variant.as_uuid(),
            quantity: line.quantity.base_units(),
            unit_price: line.unit_price.map(|price| price.to_string()),
            price_reason: line.price_reason.clone(),
            discount_minor: line.discount.minor(),
            discount_reason: line.discount_reason.clone(),
            discount_bps: line.discount_bps,
            approval: line.approval,
            list: list.map(|list| (list.major().to_string(), list.per())),
        }
    }

    pub(super) fn line(&self) -> Result<BasketLine, DbError> {
        Ok(BasketLine {
            variant: VariantId::from_uuid(self.variant),
            quantity: Quantity::new(self.quantity),
            unit_price: self.unit_price.as_deref().map(decimal).transpose()?,
            price_reason: self.price_reason.clone(),
            discount: Amount::from_minor(self.discount_minor),
            discount_reason: self.discount_reason.clone(),
            discount_bps: self.discount_bps,
            approval: self.approval,
        })
    }

    /// The list's price of then.
    pub(super) fn list(&self) -> Result<Option<Price>, DbError> {
        let Some((major, per)) = &self.list else {
            return Ok(None);
        };
        let price = Price::new(decimal(major)?, *per);
        Ok(Some(price.map_err(|error| unreadable(0, error))?))
    }
}

fn decimal(text: &str) -> Result<Decimal, DbError> {
    Ok(text
        .parse::<Decimal>()
        .map_err(|error| unreadable(0, error))?)
}
