//! SQL of customers that tills have entered. Who they are comes in a letter, before or after.
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::sync::apply::Queue;
use crate::sync::apply::rows::{Param, Rows};

const ENTER: Sql = sql!(
    "insert into patron (id, registered_in, registered_by, registered_at)
     select given.id, $1, given.staff_id, given.at
       from unnest($2, $3, $4, $5, $6, $7) as given (business_date, id, event_id, staff_id, at, marketing)
     on conflict (id) do update set registered_at = excluded.registered_at, registered_by = excluded.registered_by",
    (uuid, [date], [uuid], [uuid], [uuid], [timestamptz], [boolean]) -> ()
);

const CONSENT: Sql = sql!(
    "insert into patron_consent (id, patron_id, granted, said_at, how, said_in, noted_by)
     select given.event_id, given.id, given.marketing, given.at, 'till', $1, given.staff_id
       from unnest($2, $3, $4, $5, $6, $7) as given (business_date, id, event_id, staff_id, at, marketing)
      where given.marketing is not null
     on conflict do nothing",
    (uuid, [date], [uuid], [uuid], [uuid], [timestamptz], [boolean]) -> ()
);

/// A no stays a no, and one who was forgotten is asked nothing any more.
const SAY: Sql = sql!(
    "update patron kept
        set marketing = case when kept.marketing = false or said.granted = false then false else true end,
            version = kept.version + 1
       from (select coalesce(a.patron_id, given.id) as id, bool_and(given.marketing) as granted
               from unnest($1, $2) as given (id, marketing)
               left join patron_alias a on a.alias = given.id
              where given.marketing is not null
              group by 1) said
      where kept.id = said.id and kept.erased_at is null",
    ([uuid], [boolean]) -> ()
);

/// Sales to customers, counted under the id that they go by now; locked in one order, because other shops count too.
const BOUGHT: Sql = sql!(
    "with bought as (
       select coalesce(a.patron_id, given.id) as id, count(*) as sales
         from unnest($1) as given (id) left join patron_alias a on a.alias = given.id
        where given.id is not null group by 1
     ), locked as (
       select p.id from patron p join bought on bought.id = p.id
        where p.erased_at is null order by p.id for no key update of p
     )
     update patron p set purchases = p.purchases + bought.sales
       from bought join locked on locked.id = bought.id
      where p.id = bought.id",
    ([uuid]) -> ()
);

pub(super) async fn write(tx: &Tx, queue: Queue, rows: &Rows) -> Result<()> {
    enter(tx, queue, rows).await?;
    let bought = rows.sale.patrons();
    if bought.iter().all(Option::is_none) {
        return Ok(());
    }
    Ok(tx.run(BOUGHT, &[&bought]).await?)
}

async fn enter(tx: &Tx, queue: Queue, rows: &Rows) -> Result<()> {
    if rows.patron.is_empty() {
        return Ok(());
    }
    let shared: [Param<'_>; 1] = [&queue.location];
    let params = rows.patron.params(&shared);
    let said = rows.patron.said();
    tx.all(&[
        call(ENTER, &params),
        call(CONSENT, &params),
        call(SAY, &said),
    ])
    .await?;
    Ok(())
}
