//! SQL of sign-ins, sessions and what a person may do where.
use jiff::Timestamp;
use retail::staff::Permission;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::limit::{FORGOTTEN_AFTER, Failures};
use super::permission::{Credential, Grant, Reached, Viewer, grants};
use super::{Beginning, Ended, IDLE, LONGEST, USE_KEPT_EVERY};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Somebody who might sign in.
pub(crate) struct Account {
    pub(crate) id: Uuid,
    pub(crate) active: bool,
    pub(crate) password_hash: Option<String>,
    /// A second factor is asked for.
    pub(crate) has_factor: bool,
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

/// Forgets the failures of an account, or takes back one try of an address.
pub(crate) async fn forgive(tx: &Tx, subject: &[u8], all: bool) -> Result<()> {
    const FORGET: Sql = sql!("delete from sign_in_failure where subject_hash = $1", (bytea) -> ());
    const TAKE_BACK: Sql = sql!(
        "update sign_in_failure set failures = greatest(failures - 1, 0) where subject_hash = $1",
        (bytea) -> ()
    );
    Ok(tx
        .run(if all { FORGET } else { TAKE_BACK }, &[&subject])
        .await?)
}

/// The account of an e-mail in lower case.
pub(crate) async fn account(tx: &Tx, email: &str) -> Result<Option<Account>> {
    const ACCOUNT: Sql = sql!(
        "select s.id, s.active, c.password_hash, t.confirmed_at is not null
           from staff s
           left join staff_credential c on c.staff_id = s.id
           left join staff_totp t on t.staff_id = s.id
          where s.email = $1",
        (text) -> (uuid, boolean, text, boolean)
    );
    let row = tx.row(ACCOUNT, &[&email]).await?;
    Ok(row.map(|row| Account {
        id: row.get(0),
        active: row.get(1),
        password_hash: row.get(2),
        has_factor: row.get(3),
    }))
}

/// Whether somebody has a password.
pub(super) async fn has_password(tx: &Tx, staff: Uuid) -> Result<bool> {
    const HAS: Sql = sql!(
        "select 1 from staff_credential where staff_id = $1 and password_hash is not null",
        (uuid) -> (integer)
    );
    Ok(tx.row(HAS, &[&staff]).await?.is_some())
}

pub(crate) async fn begin(
    tx: &Tx,
    id_hash: &[u8; 32],
    id: Uuid,
    id_token_sealed: Option<&[u8]>,
    beginning: &Beginning<'_>,
    now: Timestamp,
) -> Result<()> {
    const BEGIN: Sql = sql!(
        "insert into session (id_hash, id, staff_id, method, provider_id, id_token_sealed, mfa_at, address, user_agent,
                              created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11)",
        (bytea, uuid, uuid, text, uuid, bytea, timestamptz, text, text, timestamptz, timestamptz) -> ()
    );
    let end = now.saturating_add(LONGEST).unwrap_or(now);
    let (means, visitor) = (beginning.means, beginning.visitor);
    let factor_at = means.with_factor.then_some(now);
    let params: [&(dyn ToSql + Sync); 11] = [
        &id_hash.as_slice(),
        &id,
        &beginning.staff,
        &means.method,
        &means.provider,
        &id_token_sealed,
        &factor_at,
        &visitor.address_text(),
        &visitor.user_agent,
        &now,
        &end,
    ];
    Ok(tx.run(BEGIN, &params).await?)
}

/// Ends a session; whose it was.
pub(crate) async fn end(tx: &Tx, id_hash: &[u8; 32]) -> Result<Option<Ended>> {
    const END: Sql = sql!(
        "delete from session where id_hash = $1 returning staff_id, id, provider_id, id_token_sealed",
        (bytea) -> (uuid, uuid, uuid, bytea)
    );
    let row = tx.row(END, &[&id_hash.as_slice()]).await?;
    Ok(row.map(|row| Ended {
        staff: row.get(0),
        session: row.get(1),
        provider: row.get(2),
        id_token_sealed: row.get(3),
    }))
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
    let forgotten = now.saturating_sub(FORGOTTEN_AFTER).unwrap_or(now);
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
    const VIEWER: Sql = sql!(
        "select staff_id, name, email, session_id, since, permissions, everywhere, locations, owes_factor
           from viewer_of_session($1, $2, $3, $4, $5, $6)",
        (bytea, timestamptz, timestamptz, timestamptz, boolean, timestamptz)
            -> (uuid, text, text, uuid, timestamptz, [text], boolean, [uuid], boolean)
    );
    let idle = now.saturating_sub(IDLE).unwrap_or(now);
    let kept = now.saturating_sub(USE_KEPT_EVERY).unwrap_or(now);
    let hash = id_hash.as_slice();
    let rows = tx
        .rows(VIEWER, &[&hash, &now, &idle, &kept, &used, &tx.now()])
        .await?;
    Ok(rows.first().map(|row| {
        let by = Credential::Session {
            hash: id_hash,
            id: row.get(3),
            since: row.get(4),
        };
        let viewer = Viewer::new(row.get(0), row.get(1), row.get(2), by, granted(&rows, None));
        if rows.iter().any(|row| row.get(8)) {
            viewer.owing_factor()
        } else {
            viewer
        }
    }))
}

/// What the reaches in rows give, cut to the scopes of a token.
fn granted(rows: &[Row], scopes: Option<&[String]>) -> Vec<Grant> {
    let is_in_scope =
        |code: &&str| scopes.is_none_or(|scopes| scopes.iter().any(|scope| scope == code));
    grants(rows.iter().map(|row| {
        Reached {
            permissions: row
                .get::<_, Vec<&str>>("permissions")
                .into_iter()
                .filter(is_in_scope)
                .filter_map(Permission::by_code)
                .collect(),
            everywhere: row.get("everywhere"),
            locations: row.get("locations"),
        }
    }))
}

/// Whose API token it is and what it may do where, if it is good. This counts as use.
pub(crate) async fn token_viewer(
    tx: &Tx,
    hash: [u8; 32],
    now: Timestamp,
) -> Result<Option<Viewer>> {
    const VIEWER: Sql = sql!(
        "select staff_id, name, email, token_id, scopes, permissions, everywhere, locations
           from viewer_of_token($1, $2, $3, $4)",
        (bytea, timestamptz, timestamptz, timestamptz)
            -> (uuid, text, text, uuid, [text], [text], boolean, [uuid])
    );
    let kept = now.saturating_sub(USE_KEPT_EVERY).unwrap_or(now);
    let key = hash.as_slice();
    let rows = tx.rows(VIEWER, &[&key, &now, &kept, &tx.now()]).await?;
    Ok(rows.first().map(|row| {
        let by = Credential::Token {
            hash,
            id: row.get(3),
        };
        let scopes: Vec<String> = row.get(4);
        Viewer::new(
            row.get(0),
            row.get(1),
            row.get(2),
            by,
            granted(&rows, Some(&scopes)),
        )
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
