//! SQL of customers whom the chain knows.
use jiff::Timestamp;
use jiff::civil::Date;
use uuid::Uuid;

use super::http::{Consent, Patron, PatronSale};
use super::letter::Told;
use super::{Birthday, PatronContent};
use crate::db::{Sql, Tx, sql};
use crate::error::Result;

/// The chain's key, if there is one.
pub(super) async fn key(tx: &Tx) -> Result<Option<String>> {
    const KEY: Sql = sql!("select key from patron_key", () -> (text));
    Ok(tx.row(KEY, &[]).await?.map(|row| row.get(0)))
}

pub(super) async fn insert_key(tx: &Tx, key: &str) -> Result<()> {
    const INSERT_KEY: Sql = sql!(
        "insert into patron_key (key) values ($1) on conflict do nothing",
        (text) -> ()
    );
    Ok(tx.run(INSERT_KEY, &[&key]).await?)
}

/// The zones that the chain's shops are in.
pub(super) async fn zones(tx: &Tx) -> Result<Vec<String>> {
    const ZONES: Sql = sql!("select distinct time_zone from location", () -> (text));
    let rows = tx.rows(ZONES, &[]).await?;
    Ok(rows.iter().map(|row| row.get(0)).collect())
}

/// A customer as they are.
pub(super) struct Before {
    pub(super) version: i64,
    pub(super) content: PatronContent,
    pub(super) is_told: bool,
    pub(super) erased_at: Option<Timestamp>,
    /// Forgotten, or somebody else by now.
    pub(super) is_gone: bool,
}

/// A customer; nobody else changes them until the end of the transaction.
pub(super) async fn content(tx: &Tx, id: Uuid) -> Result<Option<Before>> {
    const CONTENT: Sql = sql!(
        "select version, name, phone, email, note, marketing, is_told, erased_at,
                exists (select from patron_alias a where a.alias = patron.id), segments, birth_month, birth_day
           from patron where id = $1 for update",
        (uuid) -> (bigint, text, text, text, text, boolean, boolean, timestamptz, boolean, [text], smallint, smallint)
    );
    let row = tx.row(CONTENT, &[&id]).await?;
    Ok(row.map(|row| {
        let erased_at: Option<Timestamp> = row.get(7);
        let is_alias: bool = row.get(8);
        Before {
            version: row.get(0),
            content: PatronContent {
                name: row.get(1),
                phone: row.get(2),
                email: row.get(3),
                note: row.get(4),
                marketing: row.get(5),
                segments: row.get(9),
                birthday: birthday(&row, 10),
            },
            is_told: row.get(6),
            erased_at,
            is_gone: is_alias || erased_at.is_some(),
        }
    }))
}

/// The birthday in two columns, month first.
fn birthday(row: &tokio_postgres::Row, month: usize) -> Option<Birthday> {
    let (month, day): (Option<i16>, Option<i16>) = (row.get(month), row.get(month + 1));
    Some(Birthday {
        month: i8::try_from(month?).ok()?,
        day: i8::try_from(day?).ok()?,
    })
}

/// Who has a number.
pub(super) async fn by_phone(tx: &Tx, phone: &str) -> Result<Option<Uuid>> {
    const BY_PHONE: Sql = sql!("select id from patron where phone = $1", (text) -> (uuid));
    Ok(tx.row(BY_PHONE, &[&phone]).await?.map(|row| row.get(0)))
}

/// As [`by_phone`]; nobody changes or forgets them until the end of the transaction.
pub(super) async fn hold_phone(tx: &Tx, phone: &str) -> Result<Option<Uuid>> {
    const HOLD_PHONE: Sql =
        sql!("select id from patron where phone = $1 for update", (text) -> (uuid));
    Ok(tx.row(HOLD_PHONE, &[&phone]).await?.map(|row| row.get(0)))
}

/// Nobody else gives this number to anybody until the end of the transaction.
pub(super) async fn lock_phone(tx: &Tx, phone: &str) -> Result<()> {
    const LOCK: Sql = sql!(
        "select pg_advisory_xact_lock(hashtextextended($1, 24))::text",
        (text) -> (text)
    );
    Ok(tx.run(LOCK, &[&phone]).await?)
}

/// A row as it shall be.
pub(super) struct Row<'a> {
    pub(super) id: Uuid,
    pub(super) version: i64,
    pub(super) content: &'a PatronContent,
    pub(super) found_by: Option<&'a str>,
    pub(super) shown: String,
    pub(super) by: Option<Uuid>,
}

pub(super) async fn put(tx: &Tx, row: &Row<'_>) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into patron (id, version, name, phone, email, note, marketing, phone_key, shown, is_told, registered_at,
                             registered_by, words, segments, birth_month, birth_day)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, true, $10, $11, search_words($3), $12, $13, $14)
         on conflict (id) do update
           set version = excluded.version, name = excluded.name, phone = excluded.phone, email = excluded.email,
               note = excluded.note, marketing = excluded.marketing, phone_key = excluded.phone_key,
               shown = excluded.shown, words = excluded.words, is_told = true,
               segments = excluded.segments, birth_month = excluded.birth_month, birth_day = excluded.birth_day",
        (
            uuid, bigint, text, text, text, text, boolean, text, text, timestamptz, uuid, [text], smallint, smallint
        ) -> ()
    );
    let PatronContent {
        name,
        phone,
        email,
        note,
        marketing,
        segments,
        birthday,
    } = row.content;
    let month = birthday.map(|birthday| i16::from(birthday.month));
    let day = birthday.map(|birthday| i16::from(birthday.day));
    Ok(tx
        .run(
            PUT,
            &[
                &row.id,
                &row.version,
                name,
                phone,
                email,
                note,
                marketing,
                &row.found_by,
                &row.shown,
                &tx.now(),
                &row.by,
                segments,
                &month,
                &day,
            ],
        )
        .await?)
}

/// What was said about advertising in the office.
pub(super) async fn consent(
    tx: &Tx,
    id: Uuid,
    patron: Uuid,
    granted: bool,
    by: Option<Uuid>,
) -> Result<()> {
    const CONSENT: Sql = sql!(
        "insert into patron_consent (id, patron_id, granted, said_at, how, noted_by)
         values ($1, $2, $3, $4, 'office', $5)",
        (uuid, uuid, boolean, timestamptz, uuid) -> ()
    );
    Ok(tx
        .run(CONSENT, &[&id, &patron, &granted, &tx.now(), &by])
        .await?)
}

/// A shop speaks of a customer whose event has not come yet.
pub(super) async fn announce(tx: &Tx, id: Uuid, location: Uuid) -> Result<()> {
    const ANNOUNCE: Sql = sql!(
        "insert into patron (id, registered_at, registered_in) values ($1, $2, $3) on conflict do nothing",
        (uuid, timestamptz, uuid) -> ()
    );
    Ok(tx.run(ANNOUNCE, &[&id, &tx.now(), &location]).await?)
}

/// Keeps what a letter says. One who was forgotten stays so.
pub(super) async fn tell(
    tx: &Tx,
    id: Uuid,
    told: &Told,
    phone: Option<(&str, &str)>,
) -> Result<()> {
    const TELL: Sql = sql!(
        "update patron set version = version + 1, is_told = true, name = $2, shown = $3, email = $4, note = $5, phone = $6,
                phone_key = $7, words = search_words($2)
          where id = $1 and erased_at is null",
        (uuid, text, text, text, text, text, text) -> ()
    );
    let (phone, found_by) = phone.unzip();
    Ok(tx
        .run(
            TELL,
            &[
                &id,
                &told.name,
                &told.shown,
                &told.email,
                &told.note,
                &phone,
                &found_by,
            ],
        )
        .await?)
}

/// Two records are one person from now on. What the other has said and this one has not is kept; a no stays a no.
pub(super) async fn merge(tx: &Tx, alias: Uuid, into: Uuid, told: &Told) -> Result<()> {
    const ALIAS: Sql = sql!(
        "insert into patron_alias (alias, patron_id, merged_at) values ($1, $2, $3)",
        (uuid, uuid, timestamptz) -> ()
    );
    const KEEP: Sql = sql!(
        "update patron kept
            set version = kept.version + 1,
                email = coalesce(kept.email, $3),
                note = case when kept.note = '' then $4 else kept.note end,
                marketing = case when kept.marketing = false or other.marketing = false then false
                                 else coalesce(kept.marketing, other.marketing) end,
                segments = array(select distinct unnest(kept.segments || other.segments) order by 1),
                birth_month = coalesce(kept.birth_month, other.birth_month),
                birth_day = case when kept.birth_month is null then other.birth_day else kept.birth_day end,
                purchases = kept.purchases + other.purchases
           from patron other
          where kept.id = $2 and other.id = $1",
        (uuid, uuid, text, text) -> ()
    );
    const SETTLE: Sql = sql!(
        "update patron set version = version + 1, is_told = true where id = $1",
        (uuid) -> ()
    );
    tx.run(ALIAS, &[&alias, &into, &tx.now()]).await?;
    tx.run(KEEP, &[&alias, &into, &told.email, &told.note])
        .await?;
    Ok(tx.run(SETTLE, &[&alias]).await?)
}

/// Forgets who somebody is; when.
pub(super) async fn erase(tx: &Tx, id: Uuid) -> Result<Timestamp> {
    const ERASE: Sql = sql!(
        "update patron set version = version + 1, erased_at = $2, is_told = true, name = '', shown = '', phone = null,
                phone_key = null, email = null, note = '', marketing = false, words = '', segments = '{}', birth_month = null,
                birth_day = null, purchases = 0
          where id = $1 returning erased_at",
        (uuid, timestamptz) -> (timestamptz)
    );
    let row = tx.row(ERASE, &[&id, &tx.now()]).await?;
    Ok(row.map_or(tx.now(), |row| row.get(0)))
}

/// What customers are looked for by.
pub(super) enum By<'a> {
    All,
    /// The beginnings of words of the name.
    Words(&'a str),
    /// The end of the number.
    Digits(&'a str),
}

/// Which customers are listed.
pub(super) struct Wanted<'a> {
    pub(super) by: By<'a>,
    pub(super) after: Option<(Timestamp, Uuid)>,
    pub(super) limit: i64,
}

/// Customers, the newest first, without those who were forgotten or are somebody else by now. A statement for each
/// question: each goes by an index of its own, also when its plan is made without seeing what is asked. What is found is found first
/// (`offset 0`): a rare name would else be looked for through all customers by their age.
pub(super) async fn list(tx: &Tx, wanted: &Wanted<'_>) -> Result<Vec<Patron>> {
    const ALL: Sql = sql!(
        "select p.id, p.version, p.name, p.phone, p.email, p.note, p.marketing, p.registered_at, l.name, p.is_told, p.erased_at,
                p.segments, p.birth_month, p.birth_day
           from patron p left join location l on l.id = p.registered_in
          where p.erased_at is null and not exists (select from patron_alias a where a.alias = p.id)
            and (p.registered_at, p.id) < ($1, $2)
          order by p.registered_at desc, p.id desc limit $3",
        (timestamptz, uuid, bigint)
          -> (uuid, bigint, text, text, text, text, boolean, timestamptz, text, boolean, timestamptz,
            [text], smallint, smallint)
    );
    const BY_WORDS: Sql = sql!(
        "select p.id, p.version, p.name, p.phone, p.email, p.note, p.marketing, p.registered_at, l.name, p.is_told, p.erased_at,
                p.segments, p.birth_month, p.birth_day
           from (select found.id, found.registered_at
                   from (select f.id, f.registered_at from patron f
                          where f.words @@ (select search_query($4))
                            and (f.registered_at, f.id) < ($1, $2) offset 0) found
                  order by found.registered_at desc, found.id desc limit $3) listed
           join patron p on p.id = listed.id left join location l on l.id = p.registered_in
          order by listed.registered_at desc, listed.id desc",
        (timestamptz, uuid, bigint, text)
          -> (uuid, bigint, text, text, text, text, boolean, timestamptz, text, boolean, timestamptz,
            [text], smallint, smallint)
    );
    const BY_DIGITS: Sql = sql!(
        "select p.id, p.version, p.name, p.phone, p.email, p.note, p.marketing, p.registered_at, l.name, p.is_told, p.erased_at,
                p.segments, p.birth_month, p.birth_day
           from (select found.id, found.registered_at
                   from (select f.id, f.registered_at from patron f
                          where f.phone is not null and reverse(f.phone) collate \"C\" >= reverse($4)
                            and reverse(f.phone) collate \"C\" < reverse($4) || ':'
                            and (f.registered_at, f.id) < ($1, $2) offset 0) found
                  order by found.registered_at desc, found.id desc limit $3) listed
           join patron p on p.id = listed.id left join location l on l.id = p.registered_in
          order by listed.registered_at desc, listed.id desc",
        (timestamptz, uuid, bigint, text)
          -> (uuid, bigint, text, text, text, text, boolean, timestamptz, text, boolean, timestamptz,
            [text], smallint, smallint)
    );
    let (at, id) = wanted.after.unwrap_or((Timestamp::MAX, Uuid::max()));
    let rows = match &wanted.by {
        By::All => tx.rows(ALL, &[&at, &id, &wanted.limit]).await?,
        By::Words(text) => tx.rows(BY_WORDS, &[&at, &id, &wanted.limit, text]).await?,
        By::Digits(text) => tx.rows(BY_DIGITS, &[&at, &id, &wanted.limit, text]).await?,
    };
    Ok(rows.iter().map(one).collect())
}

fn one(row: &tokio_postgres::Row) -> Patron {
    Patron {
        id: row.get(0),
        version: row.get(1),
        content: PatronContent {
            name: row.get(2),
            phone: row.get(3),
            email: row.get(4),
            note: row.get(5),
            marketing: row.get(6),
            segments: row.get(11),
            birthday: birthday(row, 12),
        },
        registered_at: row.get(7),
        registered_in: row.get(8),
        is_complete: row.get(9),
        erased_at: row.get(10),
        is_masked: false,
    }
}

/// Under whose id somebody is kept: their own, or that of who they turned out to be.
pub(super) async fn one_of(tx: &Tx, id: Uuid) -> Result<Option<Patron>> {
    const ONE: Sql = sql!(
        "select p.id, p.version, p.name, p.phone, p.email, p.note, p.marketing, p.registered_at, l.name, p.is_told, p.erased_at,
                p.segments, p.birth_month, p.birth_day
           from patron p left join location l on l.id = p.registered_in
          where p.id = coalesce((select patron_id from patron_alias where alias = $1), $1)",
        (uuid) -> (uuid, bigint, text, text, text, text, boolean, timestamptz, text, boolean, timestamptz,
            [text], smallint, smallint)
    );
    Ok(tx.row(ONE, &[&id]).await?.as_ref().map(one))
}

/// Records that turned out to be this person, the first merged first.
pub(super) async fn aliases(tx: &Tx, id: Uuid) -> Result<Vec<(Uuid, Timestamp)>> {
    const ALIASES: Sql = sql!(
        "select alias, merged_at from patron_alias where patron_id = $1 order by merged_at, alias",
        (uuid) -> (uuid, timestamptz)
    );
    let rows = tx.rows(ALIASES, &[&id]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// What they have said about advertising, the newest first.
pub(super) async fn consents(tx: &Tx, ids: &[Uuid]) -> Result<Vec<Consent>> {
    const CONSENTS: Sql = sql!(
        "select c.granted, c.said_at, c.how, l.name
           from patron_consent c left join location l on l.id = c.said_in
          where c.patron_id = any ($1) order by c.said_at desc, c.id",
        ([uuid]) -> (boolean, timestamptz, text, text)
    );
    let rows = tx.rows(CONSENTS, &[&ids]).await?;
    Ok(rows
        .iter()
        .map(|row| Consent {
            granted: row.get(0),
            said_at: row.get(1),
            how: row.get(2),
            location: row.get(3),
        })
        .collect())
}

/// What they bought at the locations that are given, the newest first.
pub(super) async fn sales(
    tx: &Tx,
    ids: &[Uuid],
    locations: &[Uuid],
    limit: i64,
) -> Result<Vec<PatronSale>> {
    const SALES: Sql = sql!(
        "select s.id, s.location_id, l.name, s.business_date, s.receipt_number, s.closed_at, s.lines, s.total_minor
           from sale s join location l on l.id = s.location_id
          where s.customer_id = any ($1) and s.location_id = any ($2)
          order by s.business_date desc, s.closed_at desc, s.id limit $3",
        ([uuid], [uuid], bigint) -> (uuid, uuid, text, date, text, timestamptz, integer, bigint)
    );
    let rows = tx.rows(SALES, &[&ids, &locations, &limit]).await?;
    Ok(rows
        .iter()
        .map(|row| PatronSale {
            id: row.get(0),
            location_id: row.get(1),
            location_name: row.get(2),
            business_date: row.get::<_, Date>(3),
            receipt_number: row.get(4),
            closed_at: row.get(5),
            lines: row.get(6),
            total_minor: row.get(7),
        })
        .collect())
}
