//! SQL of sign-ins, sessions and what a person may do where.
use jiff::Timestamp;
use retail::staff::Permission;
use uuid::Uuid;

use super::permission::{Reached, Viewer, grants};
use super::{Failures, IDLE, LONGEST, USE_KEPT_EVERY};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Somebody who might sign in.
pub(crate) struct Account {
    pub(crate) id: Uuid,
    pub(crate) active: bool,
    pub(crate) password_hash: Option<String>,
}

/// The failures of each subject, in the order given. Locks them until the transaction ends.
pub(crate) async fn failures(
    tx: &Tx,
    subjects: &[Vec<u8>],
    now: Timestamp,
) -> Result<Vec<Failures>> {
    const LOCK: Sql = sql!(
        "insert into sign_in_failure as kept (subject_hash, failures, locked_until, last_at)
         select subject, 0, $2, $2 from unnest($1) as subject order by subject
         on conflict (subject_hash) do update set last_at = kept.last_at
         returning kept.subject_hash, kept.failures, kept.locked_until, kept.last_at",
        ([bytea], timestamptz) -> (bytea, integer, timestamptz, timestamptz)
    );
    let rows = tx.rows(LOCK, &[&subjects, &now]).await?;
    Ok(subjects
        .iter()
        .filter_map(|subject| {
            rows.iter()
                .find(|row| row.get::<_, &[u8]>(0) == subject.as_slice())
        })
        .map(|row| Failures {
            count: row.get(1),
            locked_until: row.get(2),
            last_at: row.get(3),
        })
        .collect())
}

/// Keeps the failures of subjects that [`failures`] has locked.
pub(crate) async fn keep_failures(
    tx: &Tx,
    subjects: &[Vec<u8>],
    failures: &[Failures],
) -> Result<()> {
    const KEEP: Sql = sql!(
        "update sign_in_failure as kept set failures = given.failures, locked_until = given.locked_until, last_at = given.last_at
           from unnest($1, $2, $3, $4) as given (subject_hash, failures, locked_until, last_at)
          where kept.subject_hash = given.subject_hash",
        ([bytea], [integer], [timestamptz], [timestamptz]) -> ()
    );
    let counts: Vec<i32> = failures.iter().map(|one| one.count).collect();
    let until: Vec<Timestamp> = failures.iter().map(|one| one.locked_until).collect();
    let last: Vec<Timestamp> = failures.iter().map(|one| one.last_at).collect();
    Ok(tx.run(KEEP, &[&subjects, &counts, &until, &last]).await?)
}

/// Forgets the failures of an account, the first subject, and takes back the attempt of the address.
pub(crate) async fn forgive(tx: &Tx, subjects: &[Vec<u8>]) -> Result<()> {
    const FORGET: Sql = sql!("delete from sign_in_failure where subject_hash = $1", (bytea) -> ());
    const TAKE_BACK: Sql = sql!(
        "update sign_in_failure set failures = greatest(failures - 1, 0) where subject_hash = $1",
        (bytea) -> ()
    );
    for (place, subject) in subjects.iter().enumerate() {
        let sql = if place == 0 { FORGET } else { TAKE_BACK };
        tx.run(sql, &[subject]).await?;
    }
    Ok(())
}

/// The account of an e-mail in lower case.
pub(crate) async fn account(tx: &Tx, email: &str) -> Result<Option<Account>> {
    const ACCOUNT: Sql = sql!(
        "select s.id, s.active, c.password_hash
           from staff s left join staff_credential c on c.staff_id = s.id where s.email = $1",
        (text) -> (uuid, boolean, text)
    );
    let row = tx.row(ACCOUNT, &[&email]).await?;
    Ok(row.map(|row| Account {
        id: row.get(0),
        active: row.get(1),
        password_hash: row.get(2),
    }))
}

pub(crate) async fn begin(tx: &Tx, id_hash: &[u8; 32], staff: Uuid, now: Timestamp) -> Result<()> {
    const BEGIN: Sql = sql!(
        "insert into session (id_hash, staff_id, created_at, last_seen_at, expires_at) values ($1, $2, $3, $3, $4)",
        (bytea, uuid, timestamptz, timestamptz) -> ()
    );
    let end = now.saturating_add(LONGEST).unwrap_or(now);
    Ok(tx
        .run(BEGIN, &[&id_hash.as_slice(), &staff, &now, &end])
        .await?)
}

/// Ends a session; whose it was.
pub(crate) async fn end(tx: &Tx, id_hash: &[u8; 32]) -> Result<Option<Uuid>> {
    const END: Sql =
        sql!("delete from session where id_hash = $1 returning staff_id", (bytea) -> (uuid));
    let row = tx.row(END, &[&id_hash.as_slice()]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// Removes what is over: sessions, and failures that are forgotten.
pub(crate) async fn end_expired(tx: &Tx, now: Timestamp) -> Result<()> {
    const SESSIONS: Sql = sql!(
        "delete from session where id_hash in (
           select id_hash from session where expires_at <= $1 or last_seen_at <= $2
            order by id_hash limit 100 for update skip locked)",
        (timestamptz, timestamptz) -> ()
    );
    const FAILURES: Sql = sql!(
        "delete from sign_in_failure where subject_hash in (
           select subject_hash from sign_in_failure where last_at < $1
            order by subject_hash limit 100 for update skip locked)",
        (timestamptz) -> ()
    );
    let idle = now.saturating_sub(IDLE).unwrap_or(now);
    let forgotten = now.saturating_sub(super::FORGOTTEN_AFTER).unwrap_or(now);
    tx.all(&[
        call(SESSIONS, &[&now, &idle]),
        call(FAILURES, &[&forgotten]),
    ])
    .await?;
    Ok(())
}

/// Whose session it is and what they may do where, if it is not over. `used`: this counts as use.
pub(crate) async fn viewer(
    tx: &Tx,
    id_hash: [u8; 32],
    now: Timestamp,
    used: bool,
) -> Result<Option<Viewer>> {
    const SESSION: Sql = sql!(
        "select s.id, s.name, coalesce(s.email, '')
           from session join staff s on s.id = session.staff_id
          where session.id_hash = $1 and session.expires_at > $2 and session.last_seen_at > $3 and s.active",
        (bytea, timestamptz, timestamptz) -> (uuid, text, text)
    );
    // By reach, not by permission: a chain has many locations, and a role many permissions.
    const GRANTS: Sql = sql!(
        "select array(select rp.permission from role_permission rp where rp.role_id = any (held.roles)),
                held.location_id is null and held.region_id is null,
                case when held.location_id is not null then array[held.location_id]
                     when held.region_id is not null then array(select id from location where region_id = held.region_id)
                     else array(select id from location) end
           from (select g.location_id, g.region_id, array_agg(distinct g.role_id) as roles
                   from session join staff_grant g on g.staff_id = session.staff_id
                  where session.id_hash = $1 and g.valid_from <= $2 and (g.valid_until is null or g.valid_until > $2)
                  group by g.location_id, g.region_id) held",
        (bytea, timestamptz) -> ([text], boolean, [uuid])
    );
    const USE: Sql = sql!(
        "update session set last_seen_at = $2
          where $5 and id_hash = $1 and expires_at > $2 and last_seen_at > $3 and last_seen_at <= $4",
        (bytea, timestamptz, timestamptz, timestamptz, boolean) -> ()
    );
    let idle = now.saturating_sub(IDLE).unwrap_or(now);
    let kept = now.saturating_sub(USE_KEPT_EVERY).unwrap_or(now);
    let hash = id_hash.as_slice();
    let answers = tx
        .finish(&[
            call(SESSION, &[&hash, &now, &idle]),
            call(GRANTS, &[&hash, &tx.now()]),
            call(USE, &[&hash, &now, &idle, &kept, &used]),
        ])
        .await?;
    Ok(answers[0].first().map(|row| {
        let reached = answers[1].iter().map(|row| Reached {
            permissions: row
                .get::<_, Vec<&str>>(0)
                .into_iter()
                .filter_map(Permission::by_code)
                .collect(),
            everywhere: row.get(1),
            locations: row.get(2),
        });
        Viewer::new(row.get(0), row.get(1), row.get(2), id_hash, grants(reached))
    }))
}

/// Notes who did what to what.
pub(crate) async fn audit(
    tx: &Tx,
    at: Timestamp,
    action: &'static str,
    subject: &str,
) -> Result<()> {
    crate::audit::db::insert(tx, at, &crate::audit::Entry::new(action, subject)).await
}
