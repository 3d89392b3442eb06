//! SQL of customers and their sessions.
use jiff::Timestamp;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{IDLE, LONGEST, ShopSession, Shopper};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::session::{Means, USE_KEPT_EVERY, Visitor};

/// Keeps a link that is sent; forgets those that are over.
pub(super) async fn add_login(
    tx: &Tx,
    hash: &[u8; 32],
    email: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<()> {
    const ADD: Sql = sql!(
        "insert into customer_login (token_hash, email, expires_at) values ($1, $2, $3)",
        (bytea, text, timestamptz) -> ()
    );
    const OVER: Sql =
        sql!("delete from customer_login where expires_at <= $1", (timestamptz) -> ());
    tx.all(&[
        call(OVER, &[&now]),
        call(ADD, &[&hash.as_slice(), &email, &until]),
    ])
    .await?;
    Ok(())
}

/// Takes a link; whose it is, unless it is over.
pub(super) async fn take_login(tx: &Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<String>> {
    const TAKE: Sql = sql!(
        "delete from customer_login where token_hash = $1 and expires_at > $2 returning email",
        (bytea, timestamptz) -> (text)
    );
    let row = tx.row(TAKE, &[&hash.as_slice(), &now]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// The customer of an address that is theirs, made when there is none; none when they may not sign in.
pub(crate) async fn by_email(
    tx: &Tx,
    new_id: Uuid,
    email: &str,
    name: &str,
) -> Result<Option<Uuid>> {
    const PUT: Sql = sql!(
        "insert into customer as kept (id, email, name, created_at) values ($1, $2, $3, $4)
         on conflict (email) do update set name = coalesce(nullif(kept.name, ''), excluded.name)
         returning id, active",
        (uuid, text, text, timestamptz) -> (uuid, boolean)
    );
    let row = tx.row(PUT, &[&new_id, &email, &name, &tx.now()]).await?;
    Ok(row.filter(|row| row.get(1)).map(|row| row.get(0)))
}

/// A session as it begins.
pub(super) struct Beginning<'a> {
    pub(super) hash: &'a [u8; 32],
    pub(super) id: Uuid,
    pub(super) customer: Uuid,
    pub(super) means: &'a Means,
    pub(super) sealed: Option<&'a [u8]>,
    pub(super) visitor: &'a Visitor,
}

pub(super) async fn begin(tx: &Tx, beginning: &Beginning<'_>, now: Timestamp) -> Result<()> {
    const BEGIN: Sql = sql!(
        "insert into customer_session (id_hash, id, customer_id, method, provider_id, id_token_sealed, address, user_agent,
                                       created_at, last_seen_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9, $10)",
        (bytea, uuid, uuid, text, uuid, bytea, text, text, timestamptz, timestamptz) -> ()
    );
    const OVER: Sql = sql!(
        "delete from customer_session where expires_at <= $1 or last_seen_at <= $2",
        (timestamptz, timestamptz) -> ()
    );
    let end = now.saturating_add(LONGEST).unwrap_or(now);
    let idle = now.saturating_sub(IDLE).unwrap_or(now);
    let params: [&(dyn ToSql + Sync); 10] = [
        &beginning.hash.as_slice(),
        &beginning.id,
        &beginning.customer,
        &beginning.means.method,
        &beginning.means.provider,
        &beginning.sealed,
        &beginning.visitor.address_text(),
        &beginning.visitor.user_agent,
        &now,
        &end,
    ];
    tx.all(&[call(OVER, &[&now, &idle]), call(BEGIN, &params)])
        .await?;
    Ok(())
}

/// A session that has ended.
pub(super) struct Ended {
    pub(super) customer: Uuid,
    pub(super) session: Uuid,
    pub(super) provider: Option<Uuid>,
    pub(super) sealed: Option<Vec<u8>>,
}

/// Ends a session; whose it was.
pub(super) async fn end(tx: &Tx, hash: &[u8; 32]) -> Result<Option<Ended>> {
    const END: Sql = sql!(
        "delete from customer_session where id_hash = $1 returning customer_id, id, provider_id, id_token_sealed",
        (bytea) -> (uuid, uuid, uuid, bytea)
    );
    let row = tx.row(END, &[&hash.as_slice()]).await?;
    Ok(row.map(|row| Ended {
        customer: row.get(0),
        session: row.get(1),
        provider: row.get(2),
        sealed: row.get(3),
    }))
}

/// Whose session it is, if it is not over.
pub(super) async fn shopper(tx: &Tx, hash: &[u8; 32], now: Timestamp) -> Result<Option<Shopper>> {
    const SHOPPER: Sql = sql!(
        "select c.id, c.email, c.name, s.id from customer_session s join customer c on c.id = s.customer_id
          where s.id_hash = $1 and s.expires_at > $2 and s.last_seen_at > $3 and c.active",
        (bytea, timestamptz, timestamptz) -> (uuid, text, text, uuid)
    );
    const USE: Sql = sql!(
        "update customer_session set last_seen_at = $2
          where id_hash = $1 and expires_at > $2 and last_seen_at > $3 and last_seen_at <= $4",
        (bytea, timestamptz, timestamptz, timestamptz) -> ()
    );
    let idle = now.saturating_sub(IDLE).unwrap_or(now);
    let kept = now.saturating_sub(USE_KEPT_EVERY).unwrap_or(now);
    let hash = hash.as_slice();
    let answers = tx
        .finish(&[
            call(SHOPPER, &[&hash, &now, &idle]),
            call(USE, &[&hash, &now, &idle, &kept]),
        ])
        .await?;
    Ok(answers[0].first().map(|row| Shopper {
        id: row.get(0),
        email: row.get(1),
        name: row.get(2),
        session: row.get(3),
    }))
}

/// A customer's sessions, the last used one first.
pub(super) async fn sessions(
    tx: &Tx,
    shopper: &Shopper,
    now: Timestamp,
) -> Result<Vec<ShopSession>> {
    const LIST: Sql = sql!(
        "select s.id, p.name, s.address, s.user_agent, s.created_at, s.last_seen_at, s.expires_at
           from customer_session s left join identity_provider p on p.id = s.provider_id
          where s.customer_id = $1 and s.expires_at > $2 and s.last_seen_at > $3
          order by s.last_seen_at desc, s.id",
        (uuid, timestamptz, timestamptz) -> (uuid, text, text, text, timestamptz, timestamptz, timestamptz)
    );
    let idle = now.saturating_sub(IDLE).unwrap_or(now);
    let rows = tx.rows(LIST, &[&shopper.id, &now, &idle]).await?;
    Ok(rows
        .iter()
        .map(|row| ShopSession {
            id: row.get(0),
            current: row.get::<_, Uuid>(0) == shopper.session,
            provider: row.get(1),
            address: row.get(2),
            user_agent: row.get(3),
            created_at: row.get(4),
            last_seen_at: row.get(5),
            expires_at: row.get(6),
        })
        .collect())
}

/// Ends one of a customer's sessions, or all but one; how many.
pub(super) async fn end_of(tx: &Tx, customer: Uuid, one: Option<Uuid>, but: Uuid) -> Result<usize> {
    const END: Sql = sql!(
        "delete from customer_session
          where customer_id = $1 and ($2::uuid is null and id <> $3 or id = $2) returning id",
        (uuid, uuid, uuid) -> (uuid)
    );
    Ok(tx.rows(END, &[&customer, &one, &but]).await?.len())
}
