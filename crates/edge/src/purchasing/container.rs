//! Containers at a buying station: what an empty one weighs is known here, not typed there. A line says which and how many.
use retail::{
    purchasing::{
        Measure, Tare, Weight, WeightSource,
        container::{ContainerError, ContainerId, Containers, MAX_COUNT},
    },
    quantity::Quantity,
};

use super::{Line, RecordError};
use crate::{
    Shop,
    db::{DbError, Snapshot, unreadable},
};

mod db;
pub(crate) mod http;

/// How much was taken in, as the buyer put it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewMeasure {
    /// Counted, in base units.
    Counted(Quantity),
    /// Weighed, in grams.
    Weighed(NewWeight),
}

/// A weighing, as the buyer put it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewWeight {
    /// Goods and containers.
    pub gross: Quantity,
    /// The containers alone.
    pub tare: NewTare,
    /// Where the gross weight came from.
    pub source: WeightSource,
}

/// What is to be taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NewTare {
    /// Grams that were typed.
    Typed(Quantity),
    /// So many of a container; what they weigh is looked up.
    Containers {
        /// Which.
        container: ContainerId,
        /// How many.
        count: i64,
    },
}

/// Why goods were not weighed in these containers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ContainerRefusal {
    /// Not on the list of this shop.
    #[error("there is no such container")]
    Unknown,
    /// Not for new purchases any more.
    #[error("{name} is no longer used")]
    Retired {
        /// What it is called.
        name: String,
    },
    /// None, or more than anybody counts.
    #[error("there are 1 to {MAX_COUNT} containers on a line")]
    Count,
}

/// A container of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) id: ContainerId,
    pub(crate) name: String,
    pub(crate) code: String,
    /// Of an empty one.
    pub(crate) tare: Quantity,
    pub(crate) is_active: bool,
}

/// Containers that are in use, by name.
pub(crate) async fn list(shop: &Shop) -> Result<Vec<Listed>, DbError> {
    shop.read(db::list).await
}

/// A measure with its tare, and what the container is called. One that the purchase in `before` was weighed in keeps the
/// name and the weight of then, in use still or not: a correction does not weigh again.
pub(super) fn measured(
    at: &Snapshot<'_>,
    line: usize,
    measure: NewMeasure,
    before: &[Line],
) -> Result<(Measure, Option<String>), RecordError> {
    let new = match measure {
        NewMeasure::Counted(quantity) => return Ok((Measure::Counted(quantity), None)),
        NewMeasure::Weighed(new) => new,
    };
    let (tare, name) = match new.tare {
        NewTare::Typed(grams) => (Tare::Typed(grams), None),
        NewTare::Containers { container, count } => {
            let refused = |refusal| RecordError::Container { line, refusal };
            let (each, name) = match of_then(before, container) {
                Some(known) => known,
                None => of_now(at, container)?.map_err(refused)?,
            };
            let containers = Containers::new(container, each, count);
            let containers = containers.map_err(|error| match error {
                ContainerError::Count => refused(ContainerRefusal::Count),
                // The table has no such row.
                ContainerError::Tare => DbError::from(unreadable(0, error)).into(),
            })?;
            (Tare::Containers(containers), Some(name))
        }
    };
    let weight = Weight {
        gross: new.gross,
        tare,
        source: new.source,
    };
    Ok((Measure::Weighed(weight), name))
}

fn of_then(before: &[Line], container: ContainerId) -> Option<(Quantity, String)> {
    before.iter().find_map(|line| match line.measure {
        Measure::Weighed(Weight {
            tare: Tare::Containers(containers),
            ..
        }) if containers.id() == container => Some((
            containers.each(),
            line.container.clone().unwrap_or_default(),
        )),
        Measure::Weighed(_) | Measure::Counted(_) => None,
    })
}

type Known = Result<(Quantity, String), ContainerRefusal>;

fn of_now(at: &Snapshot<'_>, container: ContainerId) -> Result<Known, DbError> {
    Ok(match db::find(at, container)? {
        None => Err(ContainerRefusal::Unknown),
        Some(found) if !found.is_active => Err(ContainerRefusal::Retired { name: found.name }),
        Some(found) => Ok((found.tare, found.name)),
    })
}
