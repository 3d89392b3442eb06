//! Endpoints of people and their grants.
use axum::{
    Json,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use httpkit::{
    extract::{Body, Params, PathParams},
    page,
    problem::Problem,
    routes,
};
use retail::staff::{Limit, Permission};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::effective::{Effective, Place};
use super::person::{self, GrantChange, Person, PersonChange, PersonGrant, db};
use crate::audit::{Entry, MANY_PEOPLE, refusal};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, StaffManage, StaffRead, Viewer, list};

/// Endpoints of people and their grants.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(show, put))
        .routes(routes!(set_activity))
        .routes(routes!(put_grant, end_grant))
        .routes(routes!(set_pin))
        .routes(routes!(effective))
}

/// Which people, and where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct StaffQuery {
    /// A text in the name or the e-mail address.
    q: Option<String>,
    /// Only who works at this location, or everywhere.
    location_id: Option<Uuid>,
    /// Only who has this role.
    role_id: Option<Uuid>,
    /// Only who works here, or who was dismissed.
    active: Option<bool>,
    /// Where to go on, as the page before said it.
    cursor: Option<String>,
    /// People in a page: 50 when it is not said, at most 500.
    limit: Option<i64>,
}

/// A page of people, by name.
#[derive(Serialize, ToSchema)]
struct PersonPage {
    items: Vec<Person>,
    /// Where to go on; null: that was all.
    next_cursor: Option<String>,
}

/// People who work, or worked, where this person may see people, by name. Needs `staff.read`. Reading many of them at once
/// is an entry of the audit.
#[utoipa::path(
    get, path = "/v1/staff", tag = "staff", operation_id = "list_people", params(StaffQuery),
    responses(
        (status = 200, description = "The people", body = PersonPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`, also for one whose people this person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    allowed: Allowed<StaffRead>,
    Params(query): Params<StaffQuery>,
) -> Result<Json<PersonPage>> {
    let known = |location| allowed.locations().binary_search(&location).is_ok();
    if let Some(location) = query.location_id.filter(|location| !known(*location)) {
        return Err(refusal::foreign(location).into());
    }
    let limit = page::clamp_limit(query.limit, page::DEFAULT_LIMIT);
    let text = query.q.as_deref().map(str::trim);
    let wanted = db::Wanted {
        everywhere: viewer.may_everywhere(Permission::StaffRead),
        locations: allowed.locations(),
        location: query.location_id,
        role: query.role_id,
        active: query.active,
        text: text.filter(|text| !text.is_empty() && !text.contains('\0')),
        after: page::decode(query.cursor.as_deref())?,
        limit: limit + 1,
        ..db::Wanted::default()
    };
    let mut items = cloud
        .tx("list_people", viewer.actor(), async |tx| {
            let items = db::list(tx, &wanted).await?;
            if items.len() >= MANY_PEOPLE {
                let entry = Entry::new("staff.listed", "staff")
                    .at(query.location_id)
                    .with("people", items.len())
                    .with("query", query.q.clone());
                entry.note(&cloud, tx).await?;
            }
            Ok(items)
        })
        .await?;
    let more = i64::try_from(items.len()).is_ok_and(|found| found > limit);
    if more {
        items.pop();
    }
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|last| page::encode(&(&last.name, last.id)));
    Ok(Json(PersonPage { items, next_cursor }))
}

async fn person(cloud: &Cloud, viewer: &Viewer, id: Uuid) -> Result<Person> {
    let allowed = viewer.allowed::<StaffRead>();
    let wanted = db::Wanted {
        everywhere: viewer.may_everywhere(Permission::StaffRead),
        locations: allowed.locations(),
        id: Some(id),
        limit: 1,
        ..db::Wanted::default()
    };
    let found = cloud
        .read("get_person", viewer.actor(), async |tx| {
            let Some(mut person) = db::list(tx, &wanted).await?.pop() else {
                return Ok(None);
            };
            person.manages_sessions = list::manages(tx, viewer, id).await? == Some(true);
            Ok(Some(person))
        })
        .await?;
    Ok(found.ok_or_else(unknown)?)
}

fn unknown() -> Problem {
    Problem::not_found("staff.unknown", "There is no such person")
}

/// A person, with their grants where this person may see people. Needs `staff.read` where they work.
#[utoipa::path(
    get, path = "/v1/staff/{staff}", tag = "staff", operation_id = "get_person",
    params(("staff" = Uuid, Path, description = "The person")),
    responses(
        (status = 200, description = "The person", body = Person),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`staff.unknown`, also for one that this person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    _allowed: Allowed<StaffRead>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<Person>> {
    Ok(Json(person(&cloud, &viewer, id).await?))
}

/// Enters a person, or changes name and e-mail address. Needs `staff.manage` wherever they work, and everything that they
/// may do: nobody manages somebody who may do more.
///
/// A new person gets the grants that come with them; without any, `staff.manage` in the whole chain is needed.
#[utoipa::path(
    put, path = "/v1/staff/{staff}", tag = "staff", operation_id = "put_person",
    params(("staff" = Uuid, Path, description = "The person; a new id makes a new one")),
    request_body = PersonChange,
    responses(
        (status = 200, description = "Changed", body = Person),
        (status = 201, description = "Entered", body = Person),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`, `staff.beyond_own`, `grant.beyond_own`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`staff.unknown`, `location.unknown`, `region.unknown`, `grant.unknown`; also for what this person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`staff.email_taken`, `staff.last_administrator`, `grant.provided`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `staff.name`, `staff.email`, `staff.grants`, `staff.grant_missing`, `staff.reason`, `grant.place`, `grant.period`, `role.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    _allowed: Allowed<StaffManage>,
    PathParams(id): PathParams<Uuid>,
    Body(change): Body<PersonChange>,
) -> Result<Response> {
    let is_new = person::put(&cloud, &viewer, id, &change).await?;
    let status = if is_new {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(managed(&cloud, id).await?)).into_response())
}

/// A person as whoever has just managed them sees them.
async fn managed(cloud: &Cloud, id: Uuid) -> Result<Person> {
    let wanted = db::Wanted {
        everywhere: true,
        id: Some(id),
        limit: 1,
        ..db::Wanted::default()
    };
    let actor = crate::db::Actor::Service("people");
    let found = cloud
        .read("get_managed_person", actor, async |tx| {
            Ok(db::list(tx, &wanted).await?.pop())
        })
        .await?;
    Ok(found.ok_or_else(unknown)?)
}

/// Whether somebody works here.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Activity {
    /// False dismisses them.
    active: bool,
    /// Why, for the audit.
    #[serde(default)]
    reason: String,
}

/// Dismisses a person, or takes them back. Needs what changing them needs. Their sessions end at once, and at tills at the
/// shop's next contact; what a shop still lets them do until then is flagged in the audit.
#[utoipa::path(
    put, path = "/v1/staff/{staff}/activity", tag = "staff", operation_id = "set_activity",
    params(("staff" = Uuid, Path, description = "The person")),
    request_body = Activity,
    responses(
        (status = 200, description = "It is so", body = Person),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`, `staff.beyond_own`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`staff.unknown`, also for one that this person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`staff.self`, `staff.last_administrator`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `staff.reason`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn set_activity(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    _allowed: Allowed<StaffManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<Activity>,
) -> Result<Json<Person>> {
    person::set_active(&cloud, &viewer, id, given.active, &given.reason).await?;
    Ok(Json(managed(&cloud, id).await?))
}

/// Gives a role at a location, in a region or in the whole chain, or changes such a grant. Needs `staff.manage` there and
/// everything that the role may do there: nobody gives what they do not have.
#[utoipa::path(
    put, path = "/v1/staff/{staff}/grants/{grant}", tag = "staff", operation_id = "put_staff_grant",
    params(
        ("staff" = Uuid, Path, description = "The person"),
        ("grant" = Uuid, Path, description = "The grant; a new id makes a new one"),
    ),
    request_body = GrantChange,
    responses(
        (status = 200, description = "It is so", body = Person),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`, `staff.beyond_own`, `grant.beyond_own`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`staff.unknown`, `location.unknown`, `region.unknown`, `grant.unknown`; also for what this person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`staff.last_administrator`, `grant.provided`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `role.unknown`, `grant.place`, `grant.period`, `staff.reason`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put_grant(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    _allowed: Allowed<StaffManage>,
    PathParams((staff, grant)): PathParams<(Uuid, Uuid)>,
    Body(change): Body<GrantChange>,
) -> Result<Json<Person>> {
    person::put_grant(&cloud, &viewer, staff, grant, &change).await?;
    Ok(Json(managed(&cloud, staff).await?))
}

/// Why it ends.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct Why {
    /// For the audit.
    reason: Option<String>,
}

/// Ends a grant now; one that has not begun is taken back. Needs what giving it needs.
#[utoipa::path(
    delete, path = "/v1/staff/{staff}/grants/{grant}", tag = "staff", operation_id = "end_staff_grant",
    params(
        ("staff" = Uuid, Path, description = "The person"),
        ("grant" = Uuid, Path, description = "The grant"),
        Why,
    ),
    responses(
        (status = 204, description = "It is over"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`, `staff.beyond_own`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`staff.unknown`, `grant.unknown`; also for what this person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`staff.last_administrator`, `grant.provided`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`, `query.invalid`, `staff.reason`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn end_grant(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    _allowed: Allowed<StaffManage>,
    PathParams((staff, grant)): PathParams<(Uuid, Uuid)>,
    Params(why): Params<Why>,
) -> Result<StatusCode> {
    let why = why.reason.unwrap_or_default();
    person::end_grant(&cloud, &viewer, staff, grant, &why).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A PIN for tills.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPin {
    /// Four to eight digits that are not all the same.
    pin: String,
}

/// Sets a person's PIN for tills. Needs what changing them needs. Shops learn it at their next contact.
#[utoipa::path(
    put, path = "/v1/staff/{staff}/pin", tag = "staff", operation_id = "set_pin",
    params(("staff" = Uuid, Path, description = "The person")),
    request_body = NewPin,
    responses(
        (status = 204, description = "It is set"),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`, `staff.beyond_own`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`staff.unknown`, also for one that this person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `staff.pin`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn set_pin(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    _allowed: Allowed<StaffManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewPin>,
) -> Result<StatusCode> {
    person::set_pin(&cloud, &viewer, id, &given.pin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What a person may do somewhere, and which grants say so.
#[derive(Serialize, ToSchema)]
struct EffectivePermission {
    /// Stable code.
    permission: &'static str,
    /// Null: in the whole chain.
    location_id: Option<Uuid>,
    /// The limit in basis points; null: none.
    max_bps: Option<i64>,
    /// The limit in minor units; null: none.
    max_minor: Option<i64>,
    /// Ids of the grants that it comes from.
    grants: Vec<Uuid>,
}

/// What a person may do now, where, and why.
#[derive(Serialize, ToSchema)]
struct EffectivePermissions {
    /// Works here; who does not may do nothing.
    active: bool,
    /// Each permission with each location, or once for what counts in the whole chain alone.
    items: Vec<EffectivePermission>,
    /// The grants that say so.
    grants: Vec<PersonGrant>,
}

/// What a person may do now, at which locations, and from which grant: "what can Lan see?". Needs `staff.read` where they
/// work; says only what concerns locations whose people this person may see.
#[utoipa::path(
    get, path = "/v1/staff/{staff}/effective", tag = "staff", operation_id = "get_effective_permissions",
    params(("staff" = Uuid, Path, description = "The person")),
    responses(
        (status = 200, description = "What they may do", body = EffectivePermissions),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`staff.unknown`, also for one that this person may not see", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn effective(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    _allowed: Allowed<StaffRead>,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<EffectivePermissions>> {
    let whom = person(&cloud, &viewer, id).await?;
    let (seer, other) = cloud
        .read("effective_permissions", viewer.actor(), async |tx| {
            tx.widen("people");
            let seer = person::standing_of(tx, &viewer).await?;
            Ok((seer, person::standing(tx, id).await?))
        })
        .await?;
    let is_shown = |one: &Effective| {
        let place = Place::of(one.location, None);
        seer.covers(Permission::StaffRead, Limit::NONE, place)
    };
    let items = other.effective().into_iter().filter(is_shown);
    let grants = whom.grants.into_iter();
    Ok(Json(EffectivePermissions {
        active: whom.active,
        items: items
            .map(|one| EffectivePermission {
                permission: one.permission.code(),
                location_id: one.location,
                max_bps: one.limit.max_bps,
                max_minor: one.limit.max_minor,
                grants: one.grants,
            })
            .collect(),
        grants: grants.filter(|grant| grant.state == "in_force").collect(),
    }))
}
