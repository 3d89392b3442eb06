//! SQL of the second factor.
use jiff::Timestamp;
use uuid::Uuid;

use super::Authenticator;
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// Begins an authenticator. False when there is a confirmed one.
pub(super) async fn begin(tx: &Tx, staff: Uuid, sealed: &[u8], now: Timestamp) -> Result<bool> {
    const BEGIN: Sql = sql!(
        "insert into staff_totp as kept (staff_id, secret_sealed, created_at) values ($1, $2, $3)
         on conflict (staff_id) do update
           set secret_sealed = excluded.secret_sealed, created_at = excluded.created_at, last_step = 0
         where kept.confirmed_at is null
         returning staff_id",
        (uuid, bytea, timestamptz) -> (uuid)
    );
    Ok(tx.row(BEGIN, &[&staff, &sealed, &now]).await?.is_some())
}

/// The person's authenticator; locked until the transaction ends, because a code is good once.
pub(super) async fn authenticator(tx: &Tx, staff: Uuid) -> Result<Option<Authenticator>> {
    const AUTHENTICATOR: Sql = sql!(
        "select secret_sealed, confirmed_at, last_step from staff_totp where staff_id = $1 for update",
        (uuid) -> (bytea, timestamptz, bigint)
    );
    let row = tx.row(AUTHENTICATOR, &[&staff]).await?;
    Ok(row.map(|row| Authenticator {
        secret_sealed: row.get(0),
        confirmed_at: row.get(1),
        last_step: row.get(2),
    }))
}

pub(super) async fn confirm(tx: &Tx, staff: Uuid, step: i64, now: Timestamp) -> Result<()> {
    const CONFIRM: Sql = sql!(
        "update staff_totp set confirmed_at = $3, last_step = $2 where staff_id = $1",
        (uuid, bigint, timestamptz) -> ()
    );
    Ok(tx.run(CONFIRM, &[&staff, &step, &now]).await?)
}

/// Takes the code of a step. False when it, or a later one, was taken before.
pub(super) async fn use_step(tx: &Tx, staff: Uuid, step: i64) -> Result<bool> {
    const USE: Sql = sql!(
        "update staff_totp set last_step = $2 where staff_id = $1 and last_step < $2 returning staff_id",
        (uuid, bigint) -> (uuid)
    );
    Ok(tx.row(USE, &[&staff, &step]).await?.is_some())
}

/// Removes the authenticator and the recovery codes. False when there was none.
pub(crate) async fn remove(tx: &Tx, staff: Uuid) -> Result<bool> {
    const REMOVE: Sql =
        sql!("delete from staff_totp where staff_id = $1 returning staff_id", (uuid) -> (uuid));
    const CODES: Sql = sql!("delete from recovery_code where staff_id = $1", (uuid) -> ());
    let answers = tx
        .all(&[call(REMOVE, &[&staff]), call(CODES, &[&staff])])
        .await?;
    Ok(!answers[0].is_empty())
}

pub(super) async fn replace_recovery_codes(tx: &Tx, staff: Uuid, hashes: &[Vec<u8>]) -> Result<()> {
    const TAKE: Sql = sql!("delete from recovery_code where staff_id = $1", (uuid) -> ());
    const GIVE: Sql = sql!(
        "insert into recovery_code (staff_id, code_hash) select $1, unnest($2)",
        (uuid, [bytea]) -> ()
    );
    tx.all(&[call(TAKE, &[&staff]), call(GIVE, &[&staff, &hashes])])
        .await?;
    Ok(())
}

/// Takes a recovery code. False when it is none, or was used.
pub(super) async fn use_recovery_code(
    tx: &Tx,
    staff: Uuid,
    hash: &[u8],
    now: Timestamp,
) -> Result<bool> {
    const USE: Sql = sql!(
        "update recovery_code set used_at = $3 where staff_id = $1 and code_hash = $2 and used_at is null returning staff_id",
        (uuid, bytea, timestamptz) -> (uuid)
    );
    Ok(tx.row(USE, &[&staff, &hash, &now]).await?.is_some())
}

/// Recovery codes that are still good, and since when the authenticator counts.
pub(super) async fn state(tx: &Tx, staff: Uuid) -> Result<(Option<Timestamp>, i64)> {
    const STATE: Sql = sql!(
        "select (select confirmed_at from staff_totp where staff_id = $1),
                (select count(*) from recovery_code where staff_id = $1 and used_at is null)",
        (uuid) -> (timestamptz, bigint)
    );
    let row = tx.row(STATE, &[&staff]).await?;
    Ok(row.map_or((None, 0), |row| (row.get(0), row.get(1))))
}

pub(super) async fn begin_challenge(
    tx: &Tx,
    hash: &[u8; 32],
    staff: Uuid,
    until: Timestamp,
    now: Timestamp,
) -> Result<()> {
    const BEGIN: Sql = sql!(
        "insert into sign_in_challenge (token_hash, staff_id, expires_at) values ($1, $2, $3)",
        (bytea, uuid, timestamptz) -> ()
    );
    const OVER: Sql =
        sql!("delete from sign_in_challenge where expires_at <= $1", (timestamptz) -> ());
    tx.all(&[
        call(BEGIN, &[&hash.as_slice(), &staff, &until]),
        call(OVER, &[&now]),
    ])
    .await?;
    Ok(())
}

/// Counts a try of a challenge; whose it is, unless it is over.
pub(super) async fn count_challenge(
    tx: &Tx,
    hash: &[u8; 32],
    most: i32,
    now: Timestamp,
) -> Result<Option<Uuid>> {
    const COUNT: Sql = sql!(
        "update sign_in_challenge c set tries = tries + 1
           from staff s
          where c.token_hash = $1 and c.expires_at > $2 and c.tries < $3 and s.id = c.staff_id and s.active
         returning c.staff_id",
        (bytea, timestamptz, integer) -> (uuid)
    );
    let row = tx.row(COUNT, &[&hash.as_slice(), &now, &most]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// Ends a challenge. False when somebody else has.
pub(super) async fn end_challenge(tx: &Tx, hash: &[u8; 32]) -> Result<bool> {
    const END: Sql = sql!(
        "delete from sign_in_challenge where token_hash = $1 returning staff_id",
        (bytea) -> (uuid)
    );
    Ok(tx.row(END, &[&hash.as_slice()]).await?.is_some())
}

pub(super) async fn email(tx: &Tx, staff: Uuid) -> Result<Option<String>> {
    const EMAIL: Sql = sql!("select email from staff where id = $1", (uuid) -> (text));
    let row = tx.row(EMAIL, &[&staff]).await?;
    Ok(row.and_then(|row| row.get(0)))
}
