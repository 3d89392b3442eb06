//! The till's dialog as tills write and read it.
use retail::{id::Id, quantity::Quantity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{Answered, Lacking, TillAnswer};
use crate::{http::Unit, staff::SecondPerson};

/// What is known about goods in a customer's hand that the till has no right to sell.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct ShortageAnswer {
    variant_id: Uuid,
    answer: AnswerCode,
    /// So many are on the shelf, with those in the customer's hand and without picked ones. With `counted` always, with
    /// `override` when somebody has counted.
    counted: Option<i64>,
}

/// `found`: nobody else can own them. `counted`: so many are on the shelf. `override`: a supervisor sells what may be
/// promised online.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum AnswerCode {
    Found,
    Counted,
    Override,
}

/// A supervisor's word.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Approval {
    staff_id: Uuid,
    pin: String,
    reason: String,
}

impl std::fmt::Debug for Approval {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Approval")
            .field("staff_id", &self.staff_id)
            .finish_non_exhaustive()
    }
}

impl From<Approval> for super::Approval {
    fn from(approval: Approval) -> Self {
        Self {
            by: SecondPerson {
                staff: Id::from_uuid(approval.staff_id),
                pin: approval.pin,
            },
            reason: approval.reason,
        }
    }
}

/// A count without its number says nothing: it is asked again.
pub(in crate::sale) fn answered(answer: &ShortageAnswer) -> Option<Answered> {
    let counted = answer.counted.map(Quantity::new);
    Some(Answered {
        variant: Id::from_uuid(answer.variant_id),
        answer: match answer.answer {
            AnswerCode::Found => TillAnswer::Found,
            AnswerCode::Counted => TillAnswer::Counted(counted?),
            AnswerCode::Override => TillAnswer::Override(counted),
        },
    })
}

/// What the till has no right to sell, as the figure `shortages` of `stock.shortage` says it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Shortage {
    /// The first line of the basket that sells it, from 0.
    line: usize,
    variant_id: Uuid,
    name: String,
    unit: Unit,
    /// What the whole basket takes of it, base units.
    needed: i64,
    /// What the till may sell.
    rights: i64,
    /// What may be promised online.
    claim_bound: i64,
    /// Units that it could be instead: picked, returned and not graded, shipped.
    elsewhere: i64,
    /// Nobody else can own it: one tap.
    may_be_found: bool,
    /// A count of the shelf of more than this proves that enough is free; null when no count does.
    #[schema(required)]
    count_above: Option<i64>,
}

impl From<&Lacking> for Shortage {
    fn from(lacking: &Lacking) -> Self {
        let shortage = lacking.shortage;
        Self {
            line: lacking.line,
            variant_id: lacking.variant.as_uuid(),
            name: lacking.name.clone(),
            unit: lacking.unit.into(),
            needed: shortage.needed.base_units(),
            rights: shortage.rights.base_units(),
            claim_bound: shortage.claim_bound.base_units(),
            elsewhere: shortage.elsewhere.base_units(),
            may_be_found: shortage.may_be_found(),
            count_above: shortage.proof().map(|proof| proof.base_units() - 1),
        }
    }
}
