//! Rows of accounts and of the stock ledger.
use retail::{
    catalog::VariantId,
    quantity::Quantity,
    rights::{Bucket, Move, NodeAccount},
};

use wire::body::Units;

use crate::db::{self, DbError, Snapshot, Sql, Tx, key, sql, uuid_key};

/// The account of a variant, with its newest count.
pub(super) fn account(
    at: &Snapshot<'_>,
    variant: VariantId,
) -> Result<Option<(NodeAccount, i64)>, DbError> {
    const ACCOUNT: Sql = sql!(
        "select node_rights, exportable, claim_bound, debt, picked, unsellable, shipped, counted_seq
           from stock where variant = ?1"
    );
    at.one(ACCOUNT, [key(variant)], |row| {
        Ok((read(row, 0)?, row.get(7)?))
    })
}

/// The account in seven columns from `at`.
pub(crate) fn read(row: &rusqlite::Row<'_>, at: usize) -> rusqlite::Result<NodeAccount> {
    Ok(NodeAccount {
        rights: db::quantity(row, at)?,
        exportable: db::quantity(row, at + 1)?,
        claim_bound: db::quantity(row, at + 2)?,
        debt: db::quantity(row, at + 3)?,
        picked: db::quantity(row, at + 4)?,
        unsellable: db::quantity(row, at + 5)?,
        shipped: db::quantity(row, at + 6)?,
    })
}

/// Writes a movement into the ledger.
pub(super) fn insert_movement(
    tx: &Tx<'_>,
    seq: i64,
    kind: &str,
    variant: VariantId,
    one: Move,
) -> Result<(), DbError> {
    const INSERT_MOVEMENT: Sql = sql!(
        "insert into stock_movement (seq, variant, bucket, weak, quantity, kind) values (?1, ?2, ?3, ?4, ?5, ?6)"
    );
    tx.execute(
        INSERT_MOVEMENT,
        (
            seq,
            key(variant),
            one.bucket.code(),
            one.is_weak,
            one.quantity.base_units(),
            kind,
        ),
    )
    .map(drop)
}

/// What an event makes of an account.
pub(super) struct Row {
    pub(super) variant: VariantId,
    pub(super) before: NodeAccount,
    pub(super) after: NodeAccount,
    pub(super) seq: i64,
    pub(super) is_counted: bool,
    pub(super) is_doubted: bool,
    pub(super) is_trade: bool,
}

/// Writes an account, guarded: only over the row that was read.
pub(super) fn put(tx: &Tx<'_>, row: &Row) -> Result<(), DbError> {
    const PUT: Sql = sql!(
        "insert into stock (variant, node_rights, exportable, claim_bound, debt, picked, unsellable, shipped,
                            moved_seq, counted_seq, doubted_seq, trades)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, iif(?10, ?9, 0), iif(?11, ?9, 0), ?12)
             on conflict (variant) do update
            set node_rights = excluded.node_rights, exportable = excluded.exportable,
                claim_bound = excluded.claim_bound, debt = excluded.debt, picked = excluded.picked,
                unsellable = excluded.unsellable, shipped = excluded.shipped, moved_seq = excluded.moved_seq,
                counted_seq = max(counted_seq, excluded.counted_seq),
                doubted_seq = max(doubted_seq, excluded.doubted_seq), trades = trades + excluded.trades
          where node_rights = ?13 and claim_bound = ?14"
    );
    let changed = tx.execute(
        PUT,
        (
            key(row.variant),
            row.after.rights.base_units(),
            row.after.exportable.base_units(),
            row.after.claim_bound.base_units(),
            row.after.debt.base_units(),
            row.after.picked.base_units(),
            row.after.unsellable.base_units(),
            row.after.shipped.base_units(),
            row.seq,
            row.is_counted,
            row.is_doubted,
            i64::from(row.is_trade),
            row.before.rights.base_units(),
            row.before.claim_bound.base_units(),
        ),
    )?;
    match changed {
        1 => Ok(()),
        other => Err(rusqlite::Error::StatementChangedRows(other).into()),
    }
}

/// Keeps what the office expects of a variant that people are to count.
pub(super) fn put_count_task(tx: &Tx<'_>, seq: i64, line: &Units) -> Result<(), DbError> {
    const PUT_COUNT_TASK: Sql = sql!(
        "insert into count_task (variant, expected, seq) values (?1, max(?2, 0), ?3)
             on conflict (variant) do update set expected = excluded.expected, seq = excluded.seq"
    );
    tx.execute(PUT_COUNT_TASK, (uuid_key(line.variant), line.quantity, seq))
        .map(drop)
}

/// Every account, by variant.
pub(super) fn accounts(at: &Snapshot<'_>) -> Result<Vec<(VariantId, NodeAccount)>, DbError> {
    const ACCOUNTS: Sql = sql!(
        "select variant, node_rights, exportable, claim_bound, debt, picked, unsellable, shipped
           from stock order by variant"
    );
    at.all(ACCOUNTS, [], |row| Ok((db::id(row, 0)?, read(row, 1)?)))
}

/// The sums of the ledger by variant and bucket.
pub(super) fn sums(at: &Snapshot<'_>) -> Result<Vec<(VariantId, Bucket, i64)>, DbError> {
    const SUMS: Sql = sql!(
        "select variant, bucket, sum(quantity) from stock_movement group by variant, bucket order by variant, bucket"
    );
    at.all(SUMS, [], |row| {
        Ok((
            db::id(row, 0)?,
            db::coded(row, 1, Bucket::by_code)?,
            row.get(2)?,
        ))
    })
}

/// Variants whose picked units in the account are not those of the picks, with both.
pub(super) fn picked_otherwise(
    at: &Snapshot<'_>,
) -> Result<Vec<(VariantId, Quantity, Quantity)>, DbError> {
    const PICKED_OTHERWISE: Sql = sql!(
        "select s.variant, s.picked,
                coalesce((select sum(p.picked) from pick p where p.variant = s.variant and p.state = 'picked'), 0) as picks
           from stock s where s.picked <> picks"
    );
    at.all(PICKED_OTHERWISE, [], |row| {
        Ok((
            db::id(row, 0)?,
            db::quantity(row, 1)?,
            db::quantity(row, 2)?,
        ))
    })
}
