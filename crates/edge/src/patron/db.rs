//! Rows of customers, and the letters about them.
use retail::patron::PatronId;
use rusqlite::Row;
use uuid::Uuid;
use wire::{
    patron::{KEY_BYTES, Letter},
    reference::{Entity, PatronState},
};

use super::Shown;
use crate::db::{self, DbError, Snapshot, Sql, Tx, key, sql, unreadable, uuid_key};

/// The chain's key, if the cloud has sent it.
pub(super) fn key_of_chain(at: &Snapshot<'_>) -> Result<Option<[u8; KEY_BYTES]>, DbError> {
    const KEY: Sql = sql!("select key from patron_key");
    at.one(KEY, [], |row| row.get(0))
}

fn of_row(row: &Row<'_>) -> rusqlite::Result<Shown> {
    Ok(Shown {
        id: db::id(row, 0)?,
        name: row.get(1)?,
        tail: row.get(2)?,
    })
}

/// Who has a number. Of two, the one that the cloud knows.
pub(super) fn by_phone(at: &Snapshot<'_>, phone_key: &str) -> Result<Option<Shown>, DbError> {
    const BY_PHONE: Sql = sql!(
        "select id, name, tail from patron where phone_key = ?1 order by version = 0, id limit 1"
    );
    at.one(BY_PHONE, [phone_key], of_row)
}

/// What the number of a customer is found by, if there is such a customer; empty when it is not here yet.
pub(super) fn phone_of(at: &Snapshot<'_>, id: PatronId) -> Result<Option<String>, DbError> {
    const PHONE_OF: Sql = sql!(
        "select coalesce(p.phone_key, into_p.phone_key, '')
           from patron p left join patron into_p on into_p.id = p.into_patron
          where p.id = ?1"
    );
    at.one(PHONE_OF, [key(id)], |row| row.get(0))
}

/// A customer under the id that is theirs now.
pub(super) fn shown(at: &Snapshot<'_>, id: PatronId) -> Result<Option<Shown>, DbError> {
    const SHOWN: Sql = sql!(
        "select coalesce(into_p.id, p.id), coalesce(into_p.name, p.name), coalesce(into_p.tail, p.tail)
           from patron p left join patron into_p on into_p.id = p.into_patron
          where p.id = ?1"
    );
    at.one(SHOWN, [key(id)], of_row)
}

/// Adds a customer who was entered here.
pub(super) fn insert(tx: &Tx<'_>, patron: &Shown, phone_key: Option<&str>) -> Result<(), DbError> {
    const INSERT: Sql = sql!(
        "insert into patron (id, version, phone_key, name, tail) values (?1, 0, ?2, ?3, ?4)
             on conflict (id) do nothing"
    );
    tx.execute(
        INSERT,
        (key(patron.id), phone_key, &patron.name, &patron.tail),
    )
    .map(drop)
}

/// Keeps what the cloud has to be told.
pub(super) fn insert_letter(tx: &Tx<'_>, letter: &Letter) -> Result<(), DbError> {
    const INSERT_LETTER: Sql = sql!(
        "insert into patron_letter (patron, content) values (?1, ?2)
             on conflict (patron) do update set content = excluded.content"
    );
    let content = serde_json::to_string(letter).map_err(|error| unreadable(1, error))?;
    tx.execute(INSERT_LETTER, (uuid_key(letter.patron), content))
        .map(drop)
}

/// Letters that the cloud does not have yet, the oldest customers first.
pub(crate) fn letters(at: &Snapshot<'_>, limit: usize) -> Result<Vec<Letter>, DbError> {
    const LETTERS: Sql = sql!("select content from patron_letter order by patron limit ?1");
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    at.all(LETTERS, [limit], |row| {
        let content: String = row.get(0)?;
        serde_json::from_str(&content).map_err(|error| unreadable(0, error))
    })
}

/// The cloud has them: here they are forgotten.
pub(crate) fn forget_letter(tx: &Tx<'_>, patron: Uuid) -> Result<(), DbError> {
    const FORGET: Sql = sql!("delete from patron_letter where patron = ?1");
    tx.execute(FORGET, [uuid_key(patron)]).map(drop)
}

/// Takes in the chain's key.
pub(crate) fn put_key(tx: &Tx<'_>, chain: &[u8; KEY_BYTES]) -> Result<(), DbError> {
    const PUT_KEY: Sql = sql!(
        "insert into patron_key (one, key) values (1, ?1) on conflict (one) do update set key = excluded.key"
    );
    tx.execute(PUT_KEY, [chain]).map(drop)
}

/// Takes in a customer, unless a newer version is there.
pub(crate) fn put(tx: &Tx<'_>, entity: &Entity, state: &PatronState) -> Result<(), DbError> {
    const PUT: Sql = sql!(
        "insert into patron (id, version, phone_key, name, tail, into_patron, segments, birthday, purchases)
         values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
             on conflict (id) do update
            set version = excluded.version, phone_key = excluded.phone_key, name = excluded.name, tail = excluded.tail,
                into_patron = excluded.into_patron, segments = excluded.segments, birthday = excluded.birthday,
                purchases = excluded.purchases
          where excluded.version >= patron.version"
    );
    let segments = serde_json::to_string(&state.segments).map_err(|error| unreadable(6, error))?;
    tx.execute(
        PUT,
        (
            uuid_key(entity.id),
            entity.version,
            &state.phone_key,
            &state.name,
            &state.tail,
            state.into.map(uuid_key),
            segments,
            state.birthday.map(|birthday| birthday.to_string()),
            state.purchases,
        ),
    )
    .map(drop)
}

/// They asked to be forgotten: nothing of them stays here, nor what was to be told of them.
pub(crate) fn forget(tx: &Tx<'_>, entity: &Entity) -> Result<(), DbError> {
    const FORGET: Sql = sql!("delete from patron where id = ?1");
    const FORGET_MERGED: Sql = sql!("delete from patron where into_patron = ?1");
    tx.execute(FORGET, [uuid_key(entity.id)])?;
    tx.execute(FORGET_MERGED, [uuid_key(entity.id)])?;
    forget_letter(tx, entity.id)
}
