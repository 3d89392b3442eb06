//! SQL of what people did, for the audit.
use std::collections::BTreeSet;

use retail::staff::Permission;
use serde_json::Value;
use uuid::Uuid;

use crate::audit::is_documented;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;
use crate::sync::apply::Queue;
use crate::sync::apply::acts::Act;
use crate::sync::apply::rows::{Param, Rows};

/// Who had a permission at a location all the time since an instant, and has it still: nothing is odd about what they did.
const TRUSTED: Sql = sql!(
    "select given.staff_id, given.permission
       from unnest($2, $3) as given (staff_id, permission)
       join staff s on s.id = given.staff_id and s.active and s.dismissed_at is null
      where exists (
        select from staff_grant g
          join role_permission rp on rp.role_id = g.role_id and rp.permission = given.permission
         where g.staff_id = s.id and g.valid_from <= $4 and g.valid_until is null
           and (g.location_id is null and g.region_id is null or g.location_id = $1
             or g.region_id = (select region_id from location where id = $1)))",
    (uuid, [uuid], [text], timestamptz) -> (uuid, text)
);

const NOTE: Sql = sql!(
    "insert into audit (at, actor, action, subject, location_id, before, after, reason, event_id, node_id, register_id,
       business_date, happened_at, detail, flags)
     select $3, coalesce('staff:' || given.staff_id::text, 'node:' || $2::text), given.action, given.subject, $1,
            given.before::jsonb, given.after::jsonb, given.reason, given.event_id, $2, given.register_id,
            given.business_date, given.at, given.detail::jsonb, odd.flags
       from unnest($4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
         as given (staff_id, permission, action, subject, before, after, reason, event_id, register_id, business_date, at,
                   detail, always)
       left join staff s on s.id = given.staff_id
      cross join lateral (select array_remove(array[
        case when given.staff_id is not null and s.id is null then 'unknown' end,
        case when s.dismissed_at <= given.at then 'dismissed' end,
        case when s.id is not null and not exists (
          select from staff_grant g
           where g.staff_id = s.id and g.valid_from <= given.at and (g.valid_until is null or g.valid_until > given.at)
             and (g.location_id is null and g.region_id is null or g.location_id = $1
               or g.region_id = (select region_id from location where id = $1))
             and (exists (select from role_permission rp
                           where rp.role_id = g.role_id and rp.permission = given.permission)
               or exists (select from role_permission_past past
                           where past.role_id = g.role_id and past.permission = given.permission
                             and past.until > given.at)))
          then 'not_permitted' end], null) as flags) odd
      where given.always or odd.flags <> '{}'
     on conflict (event_id, action) where event_id is not null do nothing",
    (
        uuid, uuid, timestamptz, [uuid], [text], [text], [text], [text], [text], [text], [uuid], [uuid], [date],
        [timestamptz], [text], [boolean]
    ) -> ()
);

/// Notes what is always noted, and what is odd.
pub(super) async fn write(tx: &Tx, queue: Queue, rows: &Rows) -> Result<()> {
    let Some(since) = rows.acts.iter().map(|act| act.at).min() else {
        return Ok(());
    };
    let pairs: BTreeSet<(Uuid, Permission)> = rows
        .acts
        .iter()
        .filter_map(|act| Some((act.staff?, act.permission)))
        .collect();
    let staff: Vec<Uuid> = pairs.iter().map(|pair| pair.0).collect();
    let permissions: Vec<&str> = pairs.iter().map(|pair| pair.1.code()).collect();
    let params: [Param<'_>; 4] = [&queue.location, &staff, &permissions, &since];
    let trusted: BTreeSet<(Uuid, String)> = tx
        .rows(TRUSTED, &params)
        .await?
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let is_trusted = |act: &Act| {
        act.staff
            .is_none_or(|staff| trusted.contains(&(staff, act.permission.code().to_owned())))
    };
    let noted: Vec<&Act> = rows
        .acts
        .iter()
        .filter(|act| act.always || !is_trusted(act))
        .collect();
    if noted.is_empty() {
        return Ok(());
    }
    note(tx, queue, rows, &noted).await
}

async fn note(tx: &Tx, queue: Queue, rows: &Rows, acts: &[&Act]) -> Result<()> {
    fn column<T>(acts: &[&Act], of: impl Fn(&Act) -> T) -> Vec<T> {
        acts.iter().map(|act| of(act)).collect()
    }
    let text = |value: &Option<Value>| value.as_ref().map(ToString::to_string);
    let staff = column(acts, |act| act.staff);
    let permissions = column(acts, |act| act.permission.code());
    let actions = column(acts, |act| act.action);
    debug_assert!(
        actions.iter().all(|action| is_documented(action)),
        "{actions:?} are not all in ACTIONS"
    );
    let subjects = column(acts, |act| act.subject.to_string());
    let before = column(acts, |act| text(&act.before));
    let after = column(acts, |act| text(&act.after));
    let reasons = column(acts, |act| act.reason.clone());
    let events = column(acts, |act| act.event);
    let registers = column(acts, |act| act.register);
    let dates = column(acts, |act| act.date);
    let at = column(acts, |act| act.at);
    let details = column(acts, |act| act.detail.to_string());
    let always = column(acts, |act| act.always);
    let params: [Param<'_>; 16] = [
        &queue.location,
        &queue.node,
        &rows.applied_at,
        &staff,
        &permissions,
        &actions,
        &subjects,
        &before,
        &after,
        &reasons,
        &events,
        &registers,
        &dates,
        &at,
        &details,
        &always,
    ];
    Ok(tx.run(NOTE, &params).await?)
}
