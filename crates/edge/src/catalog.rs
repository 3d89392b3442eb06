//! The catalogue of the shop: what can be sold, found by typing or by scanning.
use retail::{
    amount::Amount,
    catalog::{Barcode, BarcodeError, VariantId},
    price::Price,
    quantity::{Quantity, Unit},
    rights::NodeAccount,
    tax::TaxRate,
};
use wire::reference::{Entity, VariantState};

use crate::{
    Shop,
    db::{DbError, Tx},
};

pub(crate) mod db;
pub(crate) mod http;
mod search;

pub(crate) use search::fold;

/// A variant as the till sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    /// Its id.
    pub id: VariantId,
    /// Our own code.
    pub sku: String,
    /// Product and variant in one name.
    pub name: String,
    /// Its category's name.
    pub category: Option<String>,
    /// Its base unit.
    pub unit: Unit,
    /// The list price; `None`: not for sale here.
    pub price: Option<Price>,
    /// The version of the list price.
    pub price_version: i64,
    /// The tax that the price includes.
    pub tax: TaxRate,
    /// The book's stock, and whose it is.
    pub account: NodeAccount,
    /// One of its barcodes.
    pub barcode: Option<String>,
    /// May be sold and bought.
    pub active: bool,
}

/// What a line on a document needs to know of a variant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer {
    pub(crate) name: String,
    pub(crate) unit: Unit,
    /// The list price; `None`: not for sale here.
    pub(crate) price: Option<Price>,
    pub(crate) price_version: i64,
    pub(crate) tax: TaxRate,
    pub(crate) active: bool,
}

/// What a scan found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The variant.
    pub variant: Variant,
    /// Base units that one scan stands for (decision 14).
    pub quantity: Quantity,
    /// What that many cost.
    pub price: Option<Amount>,
}

/// Why a scan found nothing.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// It is no barcode.
    #[error(transparent)]
    Barcode(#[from] BarcodeError),
    /// No variant of this shop has it.
    #[error("no product has the barcode {code}")]
    Unknown {
        /// What was scanned.
        code: String,
    },
    /// The disk's.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Finds the variant of a barcode, in any of the forms of its GTIN.
///
/// # Errors
/// [`ScanError`] tells a misread code from an unknown one.
pub async fn scan(shop: &Shop, text: String) -> Result<Scan, ScanError> {
    let barcode = Barcode::parse(&text)?;
    shop.read(move |at| {
        let mut found = None;
        for form in barcode.equivalents() {
            found = db::by_barcode(at, &form)?;
            if found.is_some() {
                break;
            }
        }
        let (variant, quantity) = found.ok_or_else(|| ScanError::Unknown {
            code: barcode.as_str().to_owned(),
        })?;
        let currency = crate::node::site(at)?.ok().map(|site| site.currency);
        let price = variant
            .price
            .zip(currency)
            .and_then(|(price, currency)| price.extend(quantity, currency));
        Ok(Scan {
            variant,
            quantity,
            price,
        })
    })
    .await
}

/// Finds variants by what was typed so far; with nothing typed, what this shop trades most.
///
/// # Errors
/// The disk's.
pub async fn find(shop: &Shop, text: &str, limit: usize) -> Result<Vec<Variant>, DbError> {
    let text = fold(text);
    shop.read(move |at| {
        search::numbers(at, &text, limit)?
            .into_iter()
            .filter_map(|no| db::by_number(at, no).transpose())
            .collect()
    })
    .await
}

/// Takes in a variant with its barcodes and search words, unless a newer version is there.
pub(crate) fn put(tx: &Tx<'_>, entity: &Entity, state: &VariantState) -> Result<(), DbError> {
    let folded = fold(&format!("{} {}", state.name, state.sku));
    let before = db::search_text(tx, entity.id)?;
    let Some(no) = db::put(tx, entity, state, &folded)? else {
        return Ok(());
    };
    db::put_barcodes(tx, entity.id, &state.barcodes)?;
    let before = before
        .filter(|(_, is_indexed)| *is_indexed)
        .map(|(text, _)| text);
    let after = state.active.then_some(folded);
    if before != after {
        search::reindex(tx, no, before.as_deref(), after.as_deref())?;
    }
    Ok(())
}
