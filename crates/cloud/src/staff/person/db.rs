//! SQL of people and their grants.
use std::collections::HashMap;

use jiff::Timestamp;
use retail::staff::{Limit, Permission};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{GrantChange, KeptGrant, Person, PersonGrant};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::staff::effective::{Held, Map, Place, Standing};

/// Lets one transaction at a time change who may do what.
pub(super) async fn lock(tx: &Tx) -> Result<()> {
    const LOCK: Sql = sql!(
        "select pg_advisory_xact_lock(hashtextextended('branchline.people', 0)) is null",
        () -> (boolean)
    );
    Ok(tx.run(LOCK, &[]).await?)
}

/// What somebody may do now.
pub(super) async fn standing(tx: &Tx, staff: Uuid) -> Result<Standing> {
    held(tx, staff, true).await
}

/// The same with grants that have not begun yet, and whether they work here or not: whoever manages them has to have all
/// of it.
pub(super) async fn standing_ever(tx: &Tx, staff: Uuid) -> Result<Standing> {
    held(tx, staff, false).await
}

async fn held(tx: &Tx, staff: Uuid, now: bool) -> Result<Standing> {
    const HELD: Sql = sql!(
        "select rp.permission, rp.max_bps::bigint, rp.max_minor, g.location_id, g.region_id, g.id, r.id, r.name,
                g.valid_until
           from staff_grant g
           join staff s on s.id = g.staff_id
           join role r on r.id = g.role_id
           join role_permission rp on rp.role_id = r.id
          where g.staff_id = $1 and (s.active and g.valid_from <= moment() or not $2)
            and (g.valid_until is null or g.valid_until > moment())
          order by rp.permission, g.id",
        (uuid, boolean) -> (text, bigint, bigint, uuid, uuid, uuid, uuid, text, timestamptz)
    );
    const MAP: Sql = sql!("select id, region_id from location", () -> (uuid, uuid));
    let answers = tx
        .all(&[call(HELD, &[&staff, &now]), call(MAP, &[])])
        .await?;
    let held = answers[0].iter().filter_map(|row| {
        Some(Held {
            permission: Permission::by_code(row.get(0))?,
            limit: Limit {
                max_bps: row.get(1),
                max_minor: row.get(2),
            },
            place: Place::of(row.get(3), row.get(4)),
            grant: row.get(5),
            role: row.get(6),
            role_name: row.get(7),
            until: row.get(8),
        })
    });
    let places: HashMap<Uuid, Option<Uuid>> = answers[1]
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    Ok(Standing {
        held: held.collect(),
        map: Map(places),
    })
}

pub(super) async fn administrators(tx: &Tx) -> Result<i64> {
    const ADMINISTRATORS: Sql = sql!(
        "select count(*) from staff s
          where s.active and s.email is not null
            and (select count(distinct rp.permission) from staff_grant g join role_permission rp on rp.role_id = g.role_id
                  where g.staff_id = s.id and g.location_id is null and g.region_id is null
                    and g.valid_from <= moment() and g.valid_until is null
                    and rp.permission in ('staff.manage', 'role.manage')) = 2",
        () -> (bigint)
    );
    let row = tx.row(ADMINISTRATORS, &[]).await?;
    Ok(row.map_or(0, |row| row.get(0)))
}

pub(super) async fn exists(tx: &Tx, staff: Uuid) -> Result<bool> {
    const EXISTS: Sql = sql!("select true from staff where id = $1", (uuid) -> (boolean));
    Ok(tx.row(EXISTS, &[&staff]).await?.is_some())
}

/// Where somebody works, has worked or will work.
pub(crate) async fn places(tx: &Tx, staff: Uuid) -> Result<Vec<Place>> {
    const PLACES: Sql = sql!(
        "select distinct location_id, region_id from staff_grant where staff_id = $1",
        (uuid) -> (uuid, uuid)
    );
    let rows = tx.rows(PLACES, &[&staff]).await?;
    Ok(rows
        .iter()
        .map(|row| Place::of(row.get(0), row.get(1)))
        .collect())
}

/// What the audit says about a person.
pub(super) async fn facts(tx: &Tx, staff: Uuid) -> Result<Option<Value>> {
    const FACTS: Sql = sql!(
        "select name, email, active from staff where id = $1",
        (uuid) -> (text, text, boolean)
    );
    let row = tx.row(FACTS, &[&staff]).await?;
    Ok(row.map(|row| {
        json!({
            "name": row.get::<_, String>(0),
            "email": row.get::<_, Option<String>>(1),
            "active": row.get::<_, bool>(2),
        })
    }))
}

pub(super) async fn put(tx: &Tx, id: Uuid, name: &str, email: Option<&str>) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into staff (id, name, email, created_at) values ($1, $2, $3, $4)
         on conflict (id) do update set name = excluded.name, email = excluded.email",
        (uuid, text, text, timestamptz) -> ()
    );
    Ok(tx.run(PUT, &[&id, &name, &email, &tx.now()]).await?)
}

pub(super) async fn set_active(tx: &Tx, staff: Uuid, active: bool, why: &str) -> Result<()> {
    const SET: Sql = sql!(
        "update staff set active = $2, dismissed_at = case when $2 then null else moment() end,
                dismissed_reason = case when $2 then null else nullif($3, '') end
          where id = $1 and active <> $2",
        (uuid, boolean, text) -> ()
    );
    let why = why.replace('\0', "\u{fffd}");
    Ok(tx.run(SET, &[&staff, &active, &why]).await?)
}

pub(super) async fn grant(tx: &Tx, id: Uuid) -> Result<Option<KeptGrant>> {
    const GRANT: Sql = sql!(
        "select g.staff_id, g.location_id, g.region_id, g.provider_id, g.role_id, r.code,
                nullif(g.valid_from, '-infinity'), g.valid_until
           from staff_grant g join role r on r.id = g.role_id where g.id = $1",
        (uuid) -> (uuid, uuid, uuid, uuid, uuid, text, timestamptz, timestamptz)
    );
    let row = tx.row(GRANT, &[&id]).await?;
    Ok(row.map(|row| {
        let kept = GrantChange {
            role_id: row.get(4),
            location_id: row.get(1),
            region_id: row.get(2),
            valid_from: row.get(6),
            valid_until: row.get(7),
            reason: String::new(),
        };
        KeptGrant {
            staff: row.get(0),
            place: Place::of(kept.location_id, kept.region_id),
            provider: row.get(3),
            said: KeptGrant::said(&kept, row.get(5)),
        }
    }))
}

/// Whether there is such a place.
pub(super) async fn place_exists(tx: &Tx, place: Place) -> Result<bool> {
    const EXISTS: Sql = sql!(
        "select ($1::uuid is null or exists (select from location where id = $1))
            and ($2::uuid is null or exists (select from region where id = $2))",
        (uuid, uuid) -> (boolean)
    );
    let (location, region) = place.columns();
    let row = tx.row(EXISTS, &[&location, &region]).await?;
    Ok(row.is_some_and(|row| row.get(0)))
}

pub(super) async fn put_grant(tx: &Tx, staff: Uuid, id: Uuid, grant: &GrantChange) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into staff_grant (id, staff_id, role_id, location_id, region_id, valid_from, valid_until)
         values ($1, $2, $3, $4, $5, coalesce($6, '-infinity'), $7)
         on conflict (id) do update set role_id = excluded.role_id, location_id = excluded.location_id,
           region_id = excluded.region_id, valid_from = excluded.valid_from, valid_until = excluded.valid_until",
        (uuid, uuid, uuid, uuid, uuid, timestamptz, timestamptz) -> ()
    );
    Ok(tx
        .run(
            PUT,
            &[
                &id,
                &staff,
                &grant.role_id,
                &grant.location_id,
                &grant.region_id,
                &grant.valid_from,
                &grant.valid_until,
            ],
        )
        .await?)
}

/// Ends a grant at this instant, and removes one that has not begun: what it was stays in the audit.
pub(super) async fn end_grant(tx: &Tx, id: Uuid) -> Result<()> {
    const END: Sql = sql!(
        "update staff_grant set valid_until = moment()
          where id = $1 and valid_from < moment() and (valid_until is null or valid_until > moment())",
        (uuid) -> ()
    );
    const REMOVE: Sql = sql!(
        "delete from staff_grant where id = $1 and valid_from >= moment()",
        (uuid) -> ()
    );
    tx.all(&[call(END, &[&id]), call(REMOVE, &[&id])]).await?;
    Ok(())
}

/// Which people a list has.
#[derive(Debug, Default)]
pub(crate) struct Wanted<'a> {
    /// Everybody may be seen.
    pub(crate) everywhere: bool,
    /// People who work there may be seen.
    pub(crate) locations: &'a [Uuid],
    /// Only this one.
    pub(crate) id: Option<Uuid>,
    /// Only who has a grant that reaches this location.
    pub(crate) location: Option<Uuid>,
    /// Only who has this role.
    pub(crate) role: Option<Uuid>,
    /// Only who works here, or who does not.
    pub(crate) active: Option<bool>,
    /// A text in the name or the e-mail address.
    pub(crate) text: Option<&'a str>,
    /// After this name and id.
    pub(crate) after: Option<(String, Uuid)>,
    pub(crate) limit: i64,
}

/// People by name, with their grants where they may be seen.
pub(crate) async fn list(tx: &Tx, wanted: &Wanted<'_>) -> Result<Vec<Person>> {
    const LIST: Sql = sql!(
        "select s.id, s.name, s.email, s.active, s.dismissed_at, s.dismissed_reason, c.password_hash is not null,
                c.pin_hash is not null, s.created_at
           from staff s left join staff_credential c on c.staff_id = s.id
          where ($1 or exists (
                   select from staff_grant g left join location l on l.region_id = g.region_id
                    where g.staff_id = s.id and (g.location_id = any ($2) or l.id = any ($2))))
            and ($3::uuid is null or s.id = $3)
            and ($4::uuid is null or exists (
                   select from staff_grant g left join location l on l.region_id = g.region_id
                    where g.staff_id = s.id and (g.valid_until is null or g.valid_until > moment())
                      and (g.location_id = $4 or l.id = $4 or g.location_id is null and g.region_id is null)))
            and ($5::uuid is null or exists (
                   select from staff_grant g
                    where g.staff_id = s.id and g.role_id = $5 and (g.valid_until is null or g.valid_until > moment())))
            and ($6::boolean is null or s.active = $6)
            and ($7::text is null or position(lower($7) in lower(concat_ws(' ', s.name, s.email))) > 0)
            and ($8::text is null or (s.name, s.id) > ($8, $9))
          order by s.name, s.id limit $10",
        (boolean, [uuid], uuid, uuid, uuid, boolean, text, text, uuid, bigint)
          -> (uuid, text, text, boolean, timestamptz, text, boolean, boolean, timestamptz)
    );
    let (name, id) = wanted.after.clone().unzip();
    let rows = tx
        .rows(
            LIST,
            &[
                &wanted.everywhere,
                &wanted.locations,
                &wanted.id,
                &wanted.location,
                &wanted.role,
                &wanted.active,
                &wanted.text,
                &name,
                &id,
                &wanted.limit,
            ],
        )
        .await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.get(0)).collect();
    let mut grants = grants(tx, wanted, &ids).await?;
    Ok(rows
        .iter()
        .map(|row| Person {
            id: row.get(0),
            name: row.get(1),
            email: row.get(2),
            active: row.get(3),
            dismissed_at: row.get(4),
            dismissed_reason: row.get(5),
            has_password: row.get(6),
            has_pin: row.get(7),
            created_at: row.get(8),
            manages_sessions: false,
            grants: grants.remove(&row.get(0)).unwrap_or_default(),
        })
        .collect())
}

async fn grants(
    tx: &Tx,
    wanted: &Wanted<'_>,
    staff: &[Uuid],
) -> Result<HashMap<Uuid, Vec<PersonGrant>>> {
    const GRANTS: Sql = sql!(
        "select g.staff_id, g.id, g.role_id, r.name, g.location_id, g.region_id, coalesce(l.name, region.name),
                nullif(g.valid_from, '-infinity'), g.valid_until,
                case when g.valid_until <= moment() then 'over' when g.valid_from > moment() then 'future'
                     else 'in_force' end, g.provider_id
           from staff_grant g
           join role r on r.id = g.role_id
           left join location l on l.id = g.location_id
           left join region on region.id = g.region_id
          where g.staff_id = any ($3)
            and ($1 or g.location_id = any ($2)
              or g.region_id in (select region_id from location where id = any ($2)))
          order by g.staff_id, g.valid_until is not null, r.name, g.id",
        (boolean, [uuid], [uuid])
          -> (uuid, uuid, uuid, text, uuid, uuid, text, timestamptz, timestamptz, text, uuid)
    );
    let rows = tx
        .rows(GRANTS, &[&wanted.everywhere, &wanted.locations, &staff])
        .await?;
    let mut found = HashMap::<Uuid, Vec<PersonGrant>>::new();
    for row in &rows {
        let valid: (Option<Timestamp>, Option<Timestamp>) = (row.get(7), row.get(8));
        found.entry(row.get(0)).or_default().push(PersonGrant {
            id: row.get(1),
            role_id: row.get(2),
            role_name: row.get(3),
            location_id: row.get(4),
            region_id: row.get(5),
            place_name: row.get(6),
            valid_from: valid.0,
            valid_until: valid.1,
            state: row.get(9),
            provider_id: row.get(10),
        });
    }
    Ok(found)
}
