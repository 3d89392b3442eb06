//! SQL of vouchers.
use tokio_postgres::Row;
use uuid::Uuid;

use super::{NewVouchers, Voucher, VouchersMade};
use crate::cloud::Cloud;
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// Nobody else makes codes of this promotion until the end of the transaction.
pub(super) async fn lock(tx: &Tx, promotion: Uuid) -> Result<()> {
    const LOCK: Sql =
        sql!("select true from promotion where id = $1 for no key update", (uuid) -> (boolean));
    Ok(tx.run(LOCK, &[&promotion]).await?)
}

/// What was answered to a request, and the hash of what it asked for.
pub(super) async fn answer(tx: &Tx, batch: Uuid) -> Result<Option<(Vec<u8>, VouchersMade)>> {
    const ANSWER: Sql = sql!(
        "select request_hash, answer from voucher_batch where id = $1", (uuid) -> (bytea, jsonb)
    );
    Ok(tx.row(ANSWER, &[&batch]).await?.map(|row| {
        let answer = serde_json::from_value(row.get(1)).unwrap_or_default();
        (row.get(0), answer)
    }))
}

pub(super) async fn has_patron(tx: &Tx, patron: Uuid) -> Result<bool> {
    const KNOWN: Sql = sql!(
        "select true from patron where id = $1 and erased_at is null", (uuid) -> (boolean)
    );
    Ok(tx.row(KNOWN, &[&patron]).await?.is_some())
}

/// Keeps those codes that are new in the chain, and says which.
pub(super) async fn insert(
    cloud: &Cloud,
    tx: &Tx,
    promotion: Uuid,
    new: &NewVouchers,
    codes: &[&str],
) -> Result<Vec<String>> {
    const INSERT: Sql = sql!(
        "insert into voucher (id, promotion_id, batch_id, code, uses, segment, patron_id, valid_until)
         select given.id, $3, $4, given.code, $5, $6, $7, $8 from unnest($1, $2) as given (id, code)
         on conflict (code) do nothing returning code",
        ([uuid], [text], uuid, uuid, bigint, text, uuid, timestamptz) -> (text)
    );
    let ids: Vec<Uuid> = codes.iter().map(|_| cloud.id()).collect();
    let rows = tx
        .rows(
            INSERT,
            &[
                &ids,
                &codes,
                &promotion,
                &new.id,
                &new.uses,
                &new.segment,
                &new.patron,
                &new.valid_until,
            ],
        )
        .await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// Keeps a request and what was answered to it. Vouchers are inserted before, and refer to it at the end of the transaction.
pub(super) async fn insert_batch(
    tx: &Tx,
    promotion: Uuid,
    batch: Uuid,
    hash: &[u8; 32],
    by: Option<Uuid>,
    made: &VouchersMade,
) -> Result<()> {
    const INSERT: Sql = sql!(
        "insert into voucher_batch (id, promotion_id, request_hash, answer, made_at, made_by) values ($1, $2, $3, $4, $5, $6)",
        (uuid, uuid, bytea, jsonb, timestamptz, uuid) -> ()
    );
    let answer = serde_json::to_value(made).expect("plain data");
    let hash = &hash[..];
    Ok(tx
        .run(
            INSERT,
            &[&batch, &promotion, &hash, &answer, &tx.now(), &by],
        )
        .await?)
}

/// True: it is stopped now; false: it was; none: there is no such voucher.
pub(super) async fn stop(tx: &Tx, promotion: Uuid, id: Uuid, reason: &str) -> Result<Option<bool>> {
    const LOCK: Sql = sql!(
        "select stopped_at is null from voucher where id = $1 and promotion_id = $2 for update",
        (uuid, uuid) -> (boolean)
    );
    const STOP: Sql = sql!(
        "update voucher set stopped_at = $2, stop_reason = $3 where id = $1", (uuid, timestamptz, text) -> ()
    );
    let Some(row) = tx.row(LOCK, &[&id, &promotion]).await? else {
        return Ok(None);
    };
    let is_open: bool = row.get(0);
    if is_open {
        tx.run(STOP, &[&id, &tx.now(), &reason]).await?;
    }
    Ok(Some(is_open))
}

/// Which vouchers.
pub(super) struct Asked {
    pub(super) promotion: Uuid,
    /// How the code begins, in its one form; empty: any.
    pub(super) prefix: String,
    pub(super) after: Option<Uuid>,
    pub(super) limit: i64,
}

/// Vouchers of a promotion, in the order in which they were made.
pub(super) async fn page(tx: &Tx, asked: &Asked) -> Result<Vec<Voucher>> {
    const PAGE: Sql = sql!(
        "with listed as materialized (
           select v.* from voucher v
            where v.promotion_id = $1 and v.id > $2 and starts_with(v.code, $3) order by v.id limit $4
         ), shared as (
           select s.key, sum(s.used)::bigint as used, sum(s.granting + s.held)::bigint as out
             from allowance_share s join listed l on l.id = s.key where s.kind = 'voucher' group by s.key
         )
         select v.id, v.code, v.uses, v.segment, v.patron_id, v.valid_until, v.stopped_at is not null, v.stop_reason, b.made_at,
                coalesce(a.online, 0) + coalesce(s.used, 0), coalesce(s.out, 0)
           from listed v join voucher_batch b on b.id = v.batch_id
           left join allowance_pool a on a.kind = 'voucher' and a.key = v.id
           left join shared s on s.key = v.id
          order by v.id",
        (uuid, uuid, text, bigint)
          -> (uuid, text, bigint, text, uuid, timestamptz, boolean, text, timestamptz, bigint, bigint)
    );
    let after = asked.after.unwrap_or(Uuid::nil());
    let rows = tx
        .rows(
            PAGE,
            &[&asked.promotion, &after, &asked.prefix, &asked.limit],
        )
        .await?;
    Ok(rows.iter().map(voucher).collect())
}

fn voucher(row: &Row) -> Voucher {
    let uses_each: Option<i64> = row.get(2);
    Voucher {
        id: row.get(0),
        code: row.get(1),
        uses_each,
        used: uses_each.map(|_| row.get(9)),
        in_shops: row.get(10),
        segment: row.get(3),
        patron_id: row.get(4),
        valid_until: row.get(5),
        stopped: row.get(6),
        stop_reason: row.get(7),
        made_at: row.get(8),
    }
}
