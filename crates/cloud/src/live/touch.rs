//! Messages about what changes often: stock, orders, cases and held events. Triggers note what was touched in the
//! transaction that does it; one instance at a time makes one message for each location of all that was noted since
//! the last one. Selling and checkout never wait for it, and what is committed is told, whoever dies in between.
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::Result;

/// How often what was touched is told: a page draws no faster than somebody reads.
const EVERY: Duration = Duration::from_millis(250);
/// The pause after the database was not there.
const PAUSE: Duration = Duration::from_secs(1);
/// How long an instance has the turn after it last took it.
const TURN: SignedDuration = SignedDuration::from_secs(5);
/// Changes in one round: a catch-up of weeks is told in several.
const MOST_TOUCHED: i32 = 2_000;
const ACTOR: Actor = Actor::Service("live");

/// Tells what was touched, for ever. Gives the turn away when the instance stops.
pub(crate) async fn tell_touched(cloud: &Cloud) {
    let holder = cloud.id();
    loop {
        let told = tokio::select! {
            told = tell(cloud, holder) => told,
            () = cloud.closing() => break,
        };
        let pause = match told {
            Ok(0) => EVERY,
            Ok(_) => {
                cloud.office().wake();
                EVERY
            }
            Err(error) => {
                tracing::warn!(%error, "What has changed is told later: {error}");
                PAUSE
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = cloud.closing() => break,
        }
    }
    // Without it the next instance takes over when the turn is up.
    let _ = cloud
        .tx("live_turn_over", ACTOR, async |tx| {
            give_up(tx, holder).await
        })
        .await;
}

/// One round: how many changes were told, none while it is another instance's turn.
async fn tell(cloud: &Cloud, holder: Uuid) -> Result<i32> {
    const ANY: Sql = sql!("select exists (select 1 from live_touch)", () -> (boolean));
    const TELL: Sql = sql!("select tell_touched($1)", (integer) -> (integer));
    let now = cloud.security_now();
    cloud
        .tx("live_touched", ACTOR, async |tx| {
            let any = tx.row(ANY, &[]).await?.is_some_and(|row| row.get(0));
            if !any || !take_turn(tx, holder, now).await? {
                return Ok(0);
            }
            let row = tx.row(TELL, &[&MOST_TOUCHED]).await?;
            Ok(row.map_or(0, |row| row.get(0)))
        })
        .await
}

/// Takes the turn or goes on having it. Whoever has it has locked the row until the round is over.
async fn take_turn(tx: &Tx, holder: Uuid, now: Timestamp) -> Result<bool> {
    const TAKE: Sql = sql!(
        "update live_teller set holder = $1, until = $2 where holder = $1 or until <= $3 returning true",
        (uuid, timestamptz, timestamptz) -> (boolean)
    );
    Ok(tx
        .row(TAKE, &[&holder, &(now + TURN), &now])
        .await?
        .is_some())
}

async fn give_up(tx: &Tx, holder: Uuid) -> Result<()> {
    const GIVE_UP: Sql = sql!(
        "update live_teller set until = '-infinity' where holder = $1",
        (uuid) -> ()
    );
    Ok(tx.run(GIVE_UP, &[&holder]).await?)
}
