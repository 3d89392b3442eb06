//! SQL of promotions.
use jiff::Timestamp;
use std::collections::BTreeMap;

use jiff::civil::DateTime;
use retail::promotion::{Promotion, PromotionId};
use tokio_postgres::Row;
use uuid::Uuid;

use super::http::PromotionVersion;
use super::reference::Named;
use super::{Composed, bounds, composed_of, mode, sha256};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

/// The most versions in the answer about one promotion, the newest.
const MOST_VERSIONS: i64 = 200;

/// Which versions of a promotion there are.
pub(super) struct Head {
    pub(super) version: i64,
    pub(super) running_version: Option<i64>,
    pub(super) was_started: bool,
}

/// A promotion; nobody else changes it until the end of the transaction.
pub(super) async fn lock(tx: &Tx, id: Uuid) -> Result<Option<Head>> {
    const LOCK: Sql = sql!(
        "select version, running_version, started_version is not null from promotion where id = $1 for update",
        (uuid) -> (bigint, bigint, boolean)
    );
    Ok(tx.row(LOCK, &[&id]).await?.map(|row| Head {
        version: row.get(0),
        running_version: row.get(1),
        was_started: row.get(2),
    }))
}

/// A version, byte for byte.
pub(crate) async fn document(tx: &Tx, id: Uuid, version: i64) -> Result<Option<String>> {
    const DOCUMENT: Sql = sql!(
        "select document from promotion_version where promotion_id = $1 and version = $2",
        (uuid, bigint) -> (text)
    );
    let row = tx.row(DOCUMENT, &[&id, &version]).await?;
    Ok(row.map(|row| row.get(0)))
}

/// The newest version of a promotion, byte for byte; none: there is no such promotion.
pub(crate) async fn newest(tx: &Tx, id: Uuid) -> Result<Option<String>> {
    const NEWEST: Sql = sql!(
        "select v.document from promotion p
           join promotion_version v on v.promotion_id = p.id and v.version = p.version where p.id = $1",
        (uuid) -> (text)
    );
    Ok(tx.row(NEWEST, &[&id]).await?.map(|row| row.get(0)))
}

/// A version that is there, as people compose it.
pub(super) async fn composed(tx: &Tx, id: Uuid, version: i64) -> Result<Composed> {
    let document = document(tx, id, version).await?.unwrap_or_default();
    let promotion: Promotion = serde_json::from_str(&document)
        .map_err(|error| httpkit::problem::Problem::internal(&error))?;
    Ok(composed_of(&promotion))
}

/// A version that is to be kept.
pub(super) struct NewVersion<'a> {
    promotion: &'a Promotion,
    document: String,
    words: String,
}

impl<'a> NewVersion<'a> {
    pub(super) fn of(promotion: &'a Promotion) -> Self {
        let draft = promotion.draft();
        let labels = draft.labels.values().map(String::as_str);
        let words: Vec<&str> = std::iter::once(draft.name.as_str()).chain(labels).collect();
        Self {
            promotion,
            document: serde_json::to_string(promotion).expect("a promotion is plain data"),
            words: words.join(" "),
        }
    }
}

/// Keeps a version, which is the newest from now on.
pub(super) async fn insert_version(tx: &Tx, new: &NewVersion<'_>, by: Option<Uuid>) -> Result<()> {
    const HEAD: Sql = sql!(
        "insert into promotion (id, version, changed_at, words) values ($1, $2, $3, search_words($4))
         on conflict (id) do update set version = excluded.version, changed_at = excluded.changed_at, words = excluded.words",
        (uuid, bigint, timestamptz, text) -> ()
    );
    const VERSION: Sql = sql!(
        "insert into promotion_version (promotion_id, version, document, sha256, made_at, made_by, name, labels, mode,
                                        group_name, priority, starts_at, ends_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        (
            uuid, bigint, text, bytea, timestamptz, uuid, text, jsonb, text, text, integer, timestamp, timestamp
        ) -> ()
    );
    let (id, version) = (new.promotion.id().as_uuid(), new.promotion.version());
    let draft = new.promotion.draft();
    let (mode, group) = mode(&draft.combination.mode);
    let (starts_at, ends_at) = bounds(draft);
    let labels = serde_json::to_value(&draft.labels).expect("labels are plain data");
    let now = tx.now();
    tx.all(&[
        call(HEAD, &[&id, &version, &now, &new.words]),
        call(
            VERSION,
            &[
                &id,
                &version,
                &new.document,
                &sha256(&new.document),
                &now,
                &by,
                &draft.name,
                &labels,
                &mode,
                &group,
                &draft.combination.priority,
                &starts_at,
                &ends_at,
            ],
        ),
    ])
    .await?;
    Ok(())
}

/// Until when a version counts.
pub(super) struct Dates {
    pub(super) ends_at: Option<DateTime>,
    /// Every branch has reached its end.
    pub(super) is_over: bool,
}

/// The dates of a version; none: there is no such version.
pub(super) async fn dates(tx: &Tx, id: Uuid, version: i64) -> Result<Option<Dates>> {
    const DATES: Sql = sql!(
        "select v.ends_at, coalesce(v.ends_at <= clock.last, false)
           from promotion_version v cross join branch_clocks() clock where v.promotion_id = $1 and v.version = $2",
        (uuid, bigint) -> (timestamp, boolean)
    );
    let row = tx.row(DATES, &[&id, &version]).await?;
    Ok(row.map(|row| Dates {
        ends_at: row.get(0),
        is_over: row.get(1),
    }))
}

const RUN: Sql = sql!(
    "insert into promotion_run (promotion_id, version, act, at, by, reason) values ($1, $2, $3, $4, $5, $6)",
    (uuid, bigint, text, timestamptz, uuid, text) -> ()
);

pub(super) async fn start(tx: &Tx, id: Uuid, version: i64, by: Option<Uuid>) -> Result<()> {
    const START: Sql = sql!(
        "update promotion set running_version = $2, started_version = $2, started_at = $3, stopped_at = null,
                stop_reason = null, changed_at = $3
          where id = $1",
        (uuid, bigint, timestamptz) -> ()
    );
    let (now, reason) = (tx.now(), None::<&str>);
    tx.all(&[
        call(START, &[&id, &version, &now]),
        call(RUN, &[&id, &version, &"start", &now, &by, &reason]),
    ])
    .await?;
    Ok(())
}

pub(super) async fn stop(
    tx: &Tx,
    id: Uuid,
    version: i64,
    reason: &str,
    by: Option<Uuid>,
) -> Result<()> {
    const STOP: Sql = sql!(
        "update promotion set running_version = null, stopped_at = $2, stop_reason = $3, changed_at = $2 where id = $1",
        (uuid, timestamptz, text) -> ()
    );
    let now = tx.now();
    tx.all(&[
        call(STOP, &[&id, &now, &reason]),
        call(RUN, &[&id, &version, &"stop", &now, &by, &reason]),
    ])
    .await?;
    Ok(())
}

/// The first of what is named that is not there.
pub(super) async fn first_missing<'a>(tx: &Tx, named: &'a [Named]) -> Result<Option<&'a Named>> {
    const MISSING: Sql = sql!(
        "select given.place from unnest($1, $2, $3) as given (place, kind, name)
          where not case given.kind
                  when 'product' then exists (select from product p where p.id = given.name::uuid)
                  when 'variant' then exists (select from variant v where v.id = given.name::uuid)
                  when 'category' then exists (select from category c where c.id = given.name::uuid)
                  when 'brand' then exists (select from brand b where b.name = given.name)
                  when 'tag' then exists (select from product p where p.tags @> array[given.name])
                  else exists (select from location l where l.id = given.name::uuid) end
          order by given.place limit 1",
        ([bigint], [text], [text]) -> (bigint)
    );
    if named.is_empty() {
        return Ok(None);
    }
    let places: Vec<i64> = (0..).take(named.len()).collect();
    let kinds: Vec<&str> = named.iter().map(|one| one.kind).collect();
    let texts: Vec<&str> = named.iter().map(|one| one.name.as_str()).collect();
    let row = tx.row(MISSING, &[&places, &kinds, &texts]).await?;
    let place = row.and_then(|row| usize::try_from(row.get::<_, i64>(0)).ok());
    Ok(place.and_then(|place| named.get(place)))
}

/// A promotion as it stands.
pub(super) struct Stand {
    pub(super) version: i64,
    pub(super) running_version: Option<i64>,
    pub(super) state: String,
    pub(super) started_at: Option<Timestamp>,
    pub(super) stopped_at: Option<Timestamp>,
    pub(super) stop_reason: Option<String>,
    pub(super) changed_at: Timestamp,
    pub(super) receipts: i64,
    pub(super) gave_minor: i64,
}

/// A promotion as it stands, with what it gave at some branches.
pub(super) async fn stand(tx: &Tx, id: Uuid, locations: &[Uuid]) -> Result<Option<Stand>> {
    const STAND: Sql = sql!(
        "select p.version, p.running_version,
                promotion_state(p.running_version, p.started_version, v.starts_at, v.ends_at, clock.first, clock.last),
                p.started_at, p.stopped_at, p.stop_reason, p.changed_at, used.receipts, used.gave_minor
           from promotion p
           join promotion_version v on v.promotion_id = p.id and v.version = coalesce(p.running_version, p.version)
          cross join branch_clocks() clock
          cross join lateral (
            select coalesce(sum(u.receipts), 0)::bigint as receipts, coalesce(sum(u.gave_minor), 0)::bigint as gave_minor
              from daily_promotion u where u.promotion_id = p.id and u.location_id = any ($2)) used
          where p.id = $1",
        (uuid, [uuid]) -> (bigint, bigint, text, timestamptz, timestamptz, text, timestamptz, bigint, bigint)
    );
    let row = tx.row(STAND, &[&id, &locations]).await?;
    Ok(row.map(|row| Stand {
        version: row.get(0),
        running_version: row.get(1),
        state: row.get(2),
        started_at: row.get(3),
        stopped_at: row.get(4),
        stop_reason: row.get(5),
        changed_at: row.get(6),
        receipts: row.get(7),
        gave_minor: row.get(8),
    }))
}

/// The versions of a promotion, the newest first.
pub(super) async fn versions(tx: &Tx, id: Uuid) -> Result<Vec<PromotionVersion>> {
    const VERSIONS: Sql = sql!(
        "select v.version, v.made_at, v.made_by, coalesce(s.name, ''),
                (select max(r.at) from promotion_run r
                  where r.promotion_id = v.promotion_id and r.version = v.version and r.act = 'start')
           from promotion_version v left join staff s on s.id = v.made_by
          where v.promotion_id = $1 order by v.version desc limit $2",
        (uuid, bigint) -> (bigint, timestamptz, uuid, text, timestamptz)
    );
    let rows = tx.rows(VERSIONS, &[&id, &MOST_VERSIONS]).await?;
    Ok(rows.iter().map(version).collect())
}

fn version(row: &Row) -> PromotionVersion {
    PromotionVersion {
        version: row.get(0),
        at: row.get(1),
        by: row.get(2),
        by_name: row.get(3),
        started_at: row.get(4),
    }
}

/// What promotions are called: name and labels, by promotion and version.
pub(crate) type Names = BTreeMap<(PromotionId, i64), (String, BTreeMap<String, String>)>;

/// The names of versions; those that are not there are left out.
pub(crate) async fn names(tx: &Tx, of: &[(PromotionId, i64)]) -> Result<Names> {
    const NAMES: Sql = sql!(
        "select v.promotion_id, v.version, v.name, v.labels
           from unnest($1, $2) as given (id, version)
           join promotion_version v on v.promotion_id = given.id and v.version = given.version",
        ([uuid], [bigint]) -> (uuid, bigint, text, jsonb)
    );
    if of.is_empty() {
        return Ok(Names::new());
    }
    let ids: Vec<Uuid> = of.iter().map(|one| one.0.as_uuid()).collect();
    let versions: Vec<i64> = of.iter().map(|one| one.1).collect();
    let rows = tx.rows(NAMES, &[&ids, &versions]).await?;
    let one = |row: &Row| {
        let labels = serde_json::from_value(row.get(3)).unwrap_or_default();
        let of = (PromotionId::from_uuid(row.get(0)), row.get(1));
        (of, (row.get(2), labels))
    };
    Ok(rows.iter().map(one).collect())
}
