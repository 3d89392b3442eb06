//! `/v1/containers`, and containers in the lines of purchases.
use axum::Json;
use httpkit::{
    problem::{Problem, Result},
    routes,
};
use retail::{
    id::Id,
    purchasing::{
        Measure, Tare,
        container::{Containers, MAX_COUNT},
    },
    quantity::Quantity,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{ContainerRefusal, NewTare};
use crate::{
    http::access::{Allowed, Door, may},
    purchasing::{Line, http::on_line},
};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new().routes(routes!(list))
}

/// What goods are weighed in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Container {
    id: Uuid,
    name: String,
    /// Our short code for it.
    code: String,
    /// Grams of an empty one.
    tare: i64,
}

/// Containers by name.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContainerList {
    items: Vec<Container>,
}

/// List the containers that are in use, by name
#[utoipa::path(get, path = "/v1/containers", operation_id = "list_containers", tag = "purchases", responses(
    (status = 200, body = ContainerList),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
))]
async fn list(allowed: Allowed<may::PurchaseCreate>) -> Result<Json<ContainerList>> {
    let found = super::list(&allowed.shop).await?;
    let items = found.into_iter().map(|one| Container {
        id: one.id.as_uuid(),
        name: one.name,
        code: one.code,
        tare: one.tare.base_units(),
    });
    Ok(Json(ContainerList {
        items: items.collect(),
    }))
}

/// So many containers of one kind.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
pub(crate) struct NewContainers {
    container_id: Uuid,
    /// 1 to 1,000.
    count: i64,
}

/// The tare of a line: typed, or by containers.
pub(in crate::purchasing) fn new_tare(
    line: usize,
    tare: Option<i64>,
    containers: Option<NewContainers>,
) -> Result<NewTare> {
    match (tare, containers) {
        (Some(grams), None) => Ok(NewTare::Typed(Quantity::new(grams))),
        (None, Some(containers)) => Ok(NewTare::Containers {
            container: Id::from_uuid(containers.container_id),
            count: containers.count,
        }),
        (Some(_), Some(_)) | (None, None) => {
            let title = format!("line {line}: either a tare or containers are needed");
            Err(on_line("purchase.tare_unclear", line, "weight.tare", title))
        }
    }
}

/// The containers of a line, as they were then.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PurchaseContainers {
    container_id: Uuid,
    name: String,
    /// Grams of an empty one.
    tare: i64,
    count: i64,
}

impl PurchaseContainers {
    pub(in crate::purchasing) fn of(line: &Line) -> Option<Self> {
        let containers: Containers = match line.measure {
            Measure::Counted(_) => return None,
            Measure::Weighed(weight) => match weight.tare {
                Tare::Typed(_) => return None,
                Tare::Containers(containers) => containers,
            },
        };
        Some(Self {
            container_id: containers.id().as_uuid(),
            name: line.container.clone().unwrap_or_default(),
            tare: containers.each().base_units(),
            count: containers.count(),
        })
    }
}

/// Why a line was not weighed so.
pub(in crate::purchasing) fn of_refusal(
    line: usize,
    refusal: ContainerRefusal,
    title: String,
) -> Problem {
    const FIELD: &str = "weight.containers.container_id";
    match refusal {
        ContainerRefusal::Unknown => on_line("purchase.container_unknown", line, FIELD, title),
        ContainerRefusal::Retired { name } => {
            on_line("purchase.container_retired", line, FIELD, title).figure("name", name)
        }
        ContainerRefusal::Count => {
            let field = "weight.containers.count";
            on_line("purchase.container_count", line, field, title).figure("max", MAX_COUNT)
        }
    }
}
