//! SQL of the audit.
use jiff::Timestamp;
use serde_json::Value;
use tokio_postgres::Row;
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};
use uuid::Uuid;

use super::{ACTIONS, Entry, ORIGIN};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// Adds an entry. Only one of `access.refused` may be there already, for this hour.
pub(crate) async fn insert(tx: &Tx, at: Timestamp, entry: &Entry) -> Result<()> {
    const INSERT: Sql = sql!(
        "insert into audit (at, actor, action, subject, location_id, before, after, reason, detail, address, session_id)
         values ($1, coalesce('staff:' || $2::text, actor()), $3, $4, $5, $6, $7, $8, $9, $10,
                 (select id from session where id_hash = $11))
         on conflict do nothing",
        (timestamptz, uuid, text, text, uuid, jsonb, jsonb, text, jsonb, text, bytea) -> ()
    );
    debug_assert!(
        super::is_documented(entry.action),
        "{} is not in ACTIONS",
        entry.action
    );
    let origin = ORIGIN.try_with(Clone::clone).unwrap_or_default();
    let address = origin.address.map(|address| address.to_string());
    let session = origin.session.as_ref().map(<[u8; 32]>::as_slice);
    let detail = Value::Object(entry.detail.clone());
    Ok(tx
        .run(
            INSERT,
            &[
                &at,
                &entry.staff,
                &entry.action,
                &entry.subject,
                &entry.location,
                &entry.before,
                &entry.after,
                &entry.reason,
                &detail,
                &address,
                &session,
            ],
        )
        .await?)
}

/// Adds entries that are about no location, in one statement.
pub(crate) async fn insert_all(tx: &Tx, at: Timestamp, entries: &[Entry]) -> Result<()> {
    const INSERT: Sql = sql!(
        "insert into audit (at, actor, action, subject, before, after, detail, address, session_id)
         select $1, actor(), given.action, given.subject, given.before, given.after, given.detail, $7,
                (select id from session where id_hash = $8)
           from unnest($2, $3, $4, $5, $6) as given (action, subject, before, after, detail)",
        (timestamptz, [text], [text], [jsonb], [jsonb], [jsonb], text, bytea) -> ()
    );
    let documented = entries
        .iter()
        .all(|entry| super::is_documented(entry.action));
    debug_assert!(documented, "an action is not in ACTIONS");
    let origin = ORIGIN.try_with(Clone::clone).unwrap_or_default();
    let address = origin.address.map(|address| address.to_string());
    let session = origin.session.as_ref().map(<[u8; 32]>::as_slice);
    let actions: Vec<&str> = entries.iter().map(|one| one.action).collect();
    let subjects: Vec<&str> = entries.iter().map(|one| one.subject.as_str()).collect();
    let before: Vec<&Option<Value>> = entries.iter().map(|one| &one.before).collect();
    let after: Vec<&Option<Value>> = entries.iter().map(|one| &one.after).collect();
    let details: Vec<Value> = entries
        .iter()
        .map(|one| Value::Object(one.detail.clone()))
        .collect();
    Ok(tx
        .run(
            INSERT,
            &[
                &at, &actions, &subjects, &before, &after, &details, &address, &session,
            ],
        )
        .await?)
}

/// Whether there is such a location.
pub(super) async fn is_location(tx: &Tx, location: Uuid) -> Result<bool> {
    const IS: Sql = sql!("select 1 from location where id = $1", (uuid) -> (integer));
    Ok(tx.row(IS, &[&location]).await?.is_some())
}

/// What is looked for; nothing: everything that may be seen.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Entries about no location too, and of all locations.
    pub(super) everywhere: bool,
    /// Where the person may read.
    pub(super) locations: Vec<Uuid>,
    pub(super) location: Option<Uuid>,
    pub(super) staff: Option<Uuid>,
    /// A code, or the beginning of one that ends with a dot.
    pub(super) action: Option<String>,
    pub(super) subject: Option<String>,
    pub(super) event: Option<Uuid>,
    pub(super) from: Option<Timestamp>,
    pub(super) until: Option<Timestamp>,
    pub(super) flagged: bool,
    /// A text in the subject, the reason, or somebody's name.
    pub(super) text: Option<String>,
}

/// An entry as the office reads it.
#[derive(Debug, Clone, serde::Serialize, utoipa::ToSchema)]
pub(crate) struct AuditEntry {
    /// Newest highest.
    pub(crate) id: i64,
    /// When it was noted, by the system's clock.
    pub(crate) at: Timestamp,
    /// When it happened at the shop, by its clock; null: at `at`.
    pub(crate) happened_at: Option<Timestamp>,
    /// The shop's business date.
    #[schema(value_type = Option<String>, format = Date)]
    pub(crate) business_date: Option<jiff::civil::Date>,
    /// `staff:<id>`, `token:<id>`, `node:<id>`, `channel:<id>`, `customer:<id>` or `service:<name>`.
    pub(crate) actor: String,
    /// What people call who did it.
    pub(crate) actor_name: Option<String>,
    /// Stable code: `role.changed`.
    #[schema(schema_with = action)]
    pub(crate) action: String,
    /// What it was done to.
    pub(crate) subject: String,
    /// The person, if that is one.
    pub(crate) subject_name: Option<String>,
    /// Where; null: about no location.
    pub(crate) location_id: Option<Uuid>,
    pub(crate) location_name: Option<String>,
    /// At which register.
    pub(crate) register_id: Option<Uuid>,
    /// What was before, as far as it differs.
    #[schema(value_type = Option<Object>)]
    pub(crate) before: Option<Value>,
    /// What is after.
    #[schema(value_type = Option<Object>)]
    pub(crate) after: Option<Value>,
    /// Why, as they said.
    pub(crate) reason: Option<String>,
    /// The address that the request came from.
    pub(crate) address: Option<String>,
    pub(crate) session_id: Option<Uuid>,
    /// The node's event that tells it.
    pub(crate) event_id: Option<Uuid>,
    pub(crate) node_id: Option<Uuid>,
    /// What is odd about it: `dismissed` (no longer worked here then), `not_permitted` (had no such permission there
    /// then), `unknown` (nobody that we know).
    pub(crate) flags: Vec<String>,
    /// What else belongs to it.
    #[schema(value_type = Object)]
    pub(crate) detail: Value,
}

fn action() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("What was done. More may be added."))
        .enum_values(Some(ACTIONS.iter().copied()))
        .build()
}

/// Entries before `before`, newest first.
pub(super) async fn list(
    tx: &Tx,
    wanted: &Wanted,
    before: Option<i64>,
    limit: i64,
) -> Result<Vec<AuditEntry>> {
    const LIST: Sql = sql!(
        "select a.id, a.at, a.happened_at, a.business_date, a.actor, who.name, a.action, a.subject, whom.name,
                a.location_id, l.name, a.register_id, a.before, a.after, a.reason, a.address, a.session_id, a.event_id,
                a.node_id, a.flags, a.detail
           from audit a
           left join staff who on who.id = case when a.actor like 'staff:%' then substr(a.actor, 7)::uuid
             when a.actor like 'token:%' then (select t.staff_id from api_token t where t.id = substr(a.actor, 7)::uuid) end
           left join staff whom on whom.id = case
             when a.action ~ '^(staff|session|grant)\\.' and a.subject ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'
             then a.subject::uuid end
           left join location l on l.id = a.location_id
          where ($1 or a.location_id = any ($2))
            and ($3::uuid is null or a.location_id = $3)
            and ($4::uuid is null or a.actor = 'staff:' || $4::text)
            and ($5::text is null or a.action = $5 or right($5, 1) = '.' and starts_with(a.action, $5))
            and ($6::text is null or a.subject = $6)
            and ($7::uuid is null or a.event_id = $7)
            and ($8::timestamptz is null or coalesce(a.happened_at, a.at) >= $8)
            and ($9::timestamptz is null or coalesce(a.happened_at, a.at) < $9)
            and (not $10 or a.flags <> '{}')
            and ($11::text is null or position(lower($11) in lower(concat_ws(' ', a.subject, a.reason, who.name, whom.name, a.action))) > 0)
            and ($12::bigint is null or a.id < $12)
          order by a.id desc limit $13",
        (boolean, [uuid], uuid, uuid, text, text, uuid, timestamptz, timestamptz, boolean, text, bigint, bigint)
          -> (bigint, timestamptz, timestamptz, date, text, text, text, text, text, uuid, text, uuid, jsonb, jsonb, text,
              text, uuid, uuid, uuid, [text], jsonb)
    );
    let rows = tx
        .rows(
            LIST,
            &[
                &wanted.everywhere,
                &wanted.locations,
                &wanted.location,
                &wanted.staff,
                &wanted.action,
                &wanted.subject,
                &wanted.event,
                &wanted.from,
                &wanted.until,
                &wanted.flagged,
                &wanted.text,
                &before,
                &limit,
            ],
        )
        .await?;
    Ok(rows.iter().map(entry).collect())
}

fn entry(row: &Row) -> AuditEntry {
    AuditEntry {
        id: row.get(0),
        at: row.get(1),
        happened_at: row.get(2),
        business_date: row.get(3),
        actor: row.get(4),
        actor_name: row.get(5),
        action: row.get(6),
        subject: row.get(7),
        subject_name: row.get(8),
        location_id: row.get(9),
        location_name: row.get(10),
        register_id: row.get(11),
        before: row.get(12),
        after: row.get(13),
        reason: row.get(14),
        address: row.get(15),
        session_id: row.get(16),
        event_id: row.get(17),
        node_id: row.get(18),
        flags: row.get(19),
        detail: row.get(20),
    }
}
