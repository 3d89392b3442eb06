//! Endpoints of the audit.
use std::borrow::Cow;

use axum::{
    Json,
    extract::State,
    response::{IntoResponse, Response},
};
use httpkit::{csv, extract::Params, page, problem::Problem, routes};
use jiff::{Timestamp, Unit, tz::TimeZone};
use retail::staff::Permission;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::db::{self, AuditEntry, Wanted};
use super::{Entry, refusal};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, AuditRead, Viewer};

/// The most entries in an export; more are asked for by narrower filters.
const MOST_EXPORTED: usize = 20_000;
/// The longest text that is looked for.
const LONGEST_TEXT: usize = 100;

/// Endpoints of the audit.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Which entries, and where to go on.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// Only about this location.
    location_id: Option<Uuid>,
    /// Only what this person did.
    staff_id: Option<Uuid>,
    /// Only this act, `role.changed`; with a dot at the end all that begin so, `role.`.
    action: Option<String>,
    /// Only what was done to this.
    subject: Option<String>,
    /// Only what this event of a node tells.
    event_id: Option<Uuid>,
    /// Not before this instant; offline acts by when they happened.
    from: Option<Timestamp>,
    /// Before this instant.
    until: Option<Timestamp>,
    /// Only acts that are odd: of a dismissed person, or without the permission.
    flagged: Option<bool>,
    /// A text in the act, the subject, the reason or a name.
    q: Option<String>,
    /// `csv`: a file with up to 20,000 entries instead of a page.
    format: Option<String>,
    /// IANA name of the zone in which the file says when; UTC when it is left out.
    #[param(example = "Asia/Ho_Chi_Minh")]
    time_zone: Option<String>,
    /// Where to go on, as the page before said it.
    cursor: Option<String>,
    /// Entries in a page: 50 when it is not said, at most 500.
    limit: Option<i64>,
}

/// A page of the audit, newest first.
#[derive(Serialize, ToSchema)]
struct AuditPage {
    items: Vec<AuditEntry>,
    /// Where to go on; null: that was all.
    next_cursor: Option<String>,
}

/// Who did what, where, when and why, newest first. Needs `audit.read`: at a location for what is about it, in the whole
/// chain for the rest.
///
/// As `format=csv` a file that spreadsheets may open: no cell is a formula. An export is itself an entry.
#[utoipa::path(
    get, path = "/v1/audit", tag = "audit", operation_id = "list_audit", params(AuditQuery),
    responses(
        (status = 200, description = "The entries; as `text/csv` with `format=csv`", body = AuditPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`location.unknown`, also for one where the person may not read the audit", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`query.invalid`, `cursor.invalid`, `audit.format`, `audit.time_zone`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn list(
    State(cloud): State<Cloud>,
    viewer: Viewer,
    allowed: Allowed<AuditRead>,
    Params(query): Params<AuditQuery>,
) -> Result<Response> {
    let everywhere = viewer.may_everywhere(Permission::AuditRead);
    if let Some(location) = query.location_id {
        let known = allowed.locations().binary_search(&location).is_ok();
        if !known {
            return Err(refusal::foreign(location).into());
        }
    }
    let is_export = csv::is_asked_for(query.format.as_deref())?;
    let zone = zone(query.time_zone.as_deref())?;
    let wanted = wanted(&query, everywhere, allowed.locations());
    if is_export {
        return export(&cloud, &viewer, &wanted, &zone).await;
    }
    let before: Option<i64> = page::decode(query.cursor.as_deref())?;
    let limit = page::clamp_limit(query.limit, page::DEFAULT_LIMIT);
    let mut items = cloud
        .read("list_audit", viewer.actor(), async |tx| {
            db::list(tx, &wanted, before, limit + 1).await
        })
        .await?;
    let more = i64::try_from(items.len()).is_ok_and(|found| found > limit);
    if more {
        items.pop();
    }
    let next_cursor = items
        .last()
        .filter(|_| more)
        .map(|last| page::encode(&last.id));
    Ok(Json(AuditPage { items, next_cursor }).into_response())
}

fn wanted(query: &AuditQuery, everywhere: bool, locations: &[Uuid]) -> Wanted {
    let text = |given: &Option<String>| {
        given
            .as_deref()
            .map(str::trim)
            .filter(|text| !text.is_empty() && !text.contains('\0'))
            .map(|text| text.chars().take(LONGEST_TEXT).collect::<String>())
    };
    Wanted {
        everywhere,
        locations: locations.to_vec(),
        location: query.location_id,
        staff: query.staff_id,
        action: text(&query.action),
        subject: text(&query.subject),
        event: query.event_id,
        from: query.from,
        until: query.until,
        flagged: query.flagged.unwrap_or(false),
        text: text(&query.q),
    }
}

/// The zone of that name.
fn zone(name: Option<&str>) -> Result<TimeZone> {
    let Some(name) = name else {
        return Ok(TimeZone::UTC);
    };
    TimeZone::get(name).map_err(|_| {
        let message = "This is no IANA time zone";
        Problem::invalid("audit.time_zone", "time_zone", message).into()
    })
}

async fn export(
    cloud: &Cloud,
    viewer: &Viewer,
    wanted: &Wanted,
    zone: &TimeZone,
) -> Result<Response> {
    let table = cloud
        .tx("export_audit", viewer.actor(), async |tx| {
            let (mut rows, mut before) = (0, None);
            let mut table = head();
            while rows < MOST_EXPORTED {
                let page = db::list(tx, wanted, before, page::MAX_LIMIT).await?;
                let Some(last) = page.last() else { break };
                before = Some(last.id);
                rows += page.len();
                for entry in &page {
                    add(&mut table, entry, zone);
                }
            }
            let entry = Entry::new("audit.exported", "audit")
                .at(wanted.location)
                .with("rows", rows)
                .with("filters", format!("{wanted:?}"));
            entry.note(cloud, tx).await?;
            Ok(table)
        })
        .await?;
    Ok(csv::file("audit.csv", table))
}

fn head() -> String {
    let mut table = csv::BYTE_ORDER_MARK.to_owned();
    csv::row(
        &mut table,
        [
            "id",
            "at",
            "happened_at",
            "business_date",
            "actor",
            "actor_name",
            "action",
            "subject",
            "subject_name",
            "location",
            "reason",
            "before",
            "after",
            "address",
            "event_id",
            "flags",
            "detail",
        ],
    );
    table
}

/// A row. Instants are written with the offset of the zone, so that they stay instants: `2026-03-02T20:00:00+07:00`.
fn add(table: &mut String, entry: &AuditEntry, zone: &TimeZone) {
    fn said<T: ToString>(value: Option<&T>) -> Cow<'static, str> {
        value.map_or(Cow::Borrowed(""), |value| Cow::Owned(value.to_string()))
    }
    let when = |at: Timestamp| {
        let at = at.round(Unit::Second).unwrap_or(at);
        at.display_with_offset(zone.to_offset(at)).to_string()
    };
    let cells: [Cow<'_, str>; 17] = [
        entry.id.to_string().into(),
        when(entry.at).into(),
        entry.happened_at.map(when).unwrap_or_default().into(),
        said(entry.business_date.as_ref()),
        entry.actor.as_str().into(),
        said(entry.actor_name.as_ref()),
        entry.action.as_str().into(),
        entry.subject.as_str().into(),
        said(entry.subject_name.as_ref()),
        said(entry.location_name.as_ref()),
        said(entry.reason.as_ref()),
        said(entry.before.as_ref()),
        said(entry.after.as_ref()),
        said(entry.address.as_ref()),
        said(entry.event_id.as_ref()),
        entry.flags.join(" ").into(),
        entry.detail.to_string().into(),
    ];
    csv::row(table, cells.iter().map(AsRef::as_ref));
}
