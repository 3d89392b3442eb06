//! What is known of a purchase that an event takes back: it has to be there, as the event says, and only once.
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use uuid::Uuid;
use wire::body::{Body, PurchaseRecorded, PurchaseReversal, ReversedLine};

use super::plan::Read;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// A purchase as far as a reversal has to fit it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Original {
    payment: String,
    total: i64,
    /// In the order of the ticket.
    lines: Vec<ReversedLine>,
}

impl Original {
    fn recorded(purchase: &PurchaseRecorded) -> Self {
        let lines = purchase.lines.iter().map(|line| ReversedLine {
            variant: line.variant,
            quantity: line.quantity,
            cost_minor: line.cost_minor,
        });
        Self {
            payment: purchase.payment_kind.clone(),
            total: purchase.total_minor,
            lines: lines.collect(),
        }
    }

    fn claimed(reversal: &PurchaseReversal) -> Self {
        Self {
            payment: reversal.payment_kind.clone(),
            total: reversal.total_minor,
            lines: reversal.lines.clone(),
        }
    }
}

/// What a body takes back.
pub(super) fn taken_back(body: &Body) -> Option<&PurchaseReversal> {
    match body {
        Body::PurchaseVoided(voided) => Some(&voided.reversal),
        Body::PurchaseCorrected(corrected) => Some(&corrected.reversal),
        _ => None,
    }
}

/// Purchases, and which of them were taken back.
#[derive(Debug, Clone, Default)]
pub(super) struct Purchases {
    there: BTreeMap<Uuid, Original>,
    reversed: BTreeSet<Uuid>,
}

/// Why a purchase is not taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Objection {
    /// It is not there yet.
    Missing,
    /// It was taken back before.
    Reversed,
    /// It says something else.
    Differs,
}

impl Purchases {
    /// What an event adds, when it becomes rows.
    pub(super) fn note(&mut self, id: Uuid, body: &Body) {
        let recorded = match body {
            Body::PurchaseRecorded(purchase) => Some(purchase),
            Body::PurchaseCorrected(corrected) => Some(&corrected.purchase),
            _ => None,
        };
        if let Some(purchase) = recorded {
            self.there.insert(id, Original::recorded(purchase));
        }
        if let Some(reversal) = taken_back(body) {
            self.reversed.insert(reversal.purchase);
        }
    }

    /// The event has not become rows after all.
    pub(super) fn forget(&mut self, id: Uuid, body: &Body) {
        self.there.remove(&id);
        if let Some(reversal) = taken_back(body) {
            self.reversed.remove(&reversal.purchase);
        }
    }

    /// Whether what is known here, or `before` in the same batch, speaks against a reversal.
    pub(super) fn objection(
        &self,
        before: &Self,
        reversal: &PurchaseReversal,
    ) -> Option<Objection> {
        let id = &reversal.purchase;
        let Some(original) = self.there.get(id).or_else(|| before.there.get(id)) else {
            return Some(Objection::Missing);
        };
        if self.reversed.contains(id) || before.reversed.contains(id) {
            Some(Objection::Reversed)
        } else if *original != Original::claimed(reversal) {
            Some(Objection::Differs)
        } else {
            None
        }
    }
}

/// The purchases that a batch takes back, as the database has them.
pub(super) async fn look_up(tx: &Tx, location: Uuid, batch: &[Read]) -> Result<Purchases> {
    const ORIGINALS: Sql = sql!(
        "select p.id, p.payment_kind, p.total_minor, exists (
                  select from purchase_reversal r where r.location_id = p.location_id and r.purchase_id = p.id),
                array(select l.variant_id from purchase_line l where l.location_id = p.location_id
                         and l.business_date = p.business_date and l.purchase_id = p.id order by l.line),
                array(select l.quantity from purchase_line l where l.location_id = p.location_id
                         and l.business_date = p.business_date and l.purchase_id = p.id order by l.line),
                array(select l.cost_minor from purchase_line l where l.location_id = p.location_id
                         and l.business_date = p.business_date and l.purchase_id = p.id order by l.line)
           from unnest($2, $3) as given (business_date, id)
           join purchase p on p.location_id = $1 and p.business_date = given.business_date and p.id = given.id",
        (uuid, [date], [uuid]) -> (uuid, text, bigint, boolean, [uuid], [bigint], [bigint])
    );
    let bodies = batch
        .iter()
        .filter_map(|read| read.as_ref().ok()?.1.as_ref().ok());
    let wanted: BTreeMap<Uuid, Date> = bodies
        .filter_map(taken_back)
        .map(|reversal| (reversal.purchase, reversal.business_date))
        .collect();
    let mut found = Purchases::default();
    if wanted.is_empty() {
        return Ok(found);
    }
    let dates: Vec<Date> = wanted.values().copied().collect();
    let ids: Vec<Uuid> = wanted.keys().copied().collect();
    for row in tx.rows(ORIGINALS, &[&location, &dates, &ids]).await? {
        let id: Uuid = row.get(0);
        let (variants, quantities, costs): (Vec<Uuid>, Vec<i64>, Vec<i64>) =
            (row.get(4), row.get(5), row.get(6));
        let lines = variants.into_iter().zip(quantities).zip(costs);
        let original = Original {
            payment: row.get(1),
            total: row.get(2),
            lines: lines
                .map(|((variant, quantity), cost_minor)| ReversedLine {
                    variant,
                    quantity,
                    cost_minor,
                })
                .collect(),
        };
        found.there.insert(id, original);
        if row.get(3) {
            found.reversed.insert(id);
        }
    }
    Ok(found)
}
