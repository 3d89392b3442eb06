//! Rows of accounts and of the stock ledger.
use retail::{
    catalog::VariantId,
    rights::{Move, NodeAccount},
};

use crate::db::{self, DbError, Snapshot, Sql, Tx, key, sql};

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
