//! What a voucher code stands for, when a shop asks: its promotion, its time, and who may use it. Whether a use is left says
//! the pool, when the right to it is asked for.
use httpkit::problem::Problem;
use uuid::Uuid;
use wire::command::{ResolveVoucher, ResolvedVoucher};

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, sql};
use crate::error::{Error, Result};

/// Looks a code up for a node. Refused with `voucher.unknown`, `voucher.ended`, `voucher.used` or `voucher.not_yours`, and
/// with `voucher.locked` when too many codes of this node were wrong.
pub(crate) async fn resolve(
    cloud: &Cloud,
    node: Uuid,
    asked: &ResolveVoucher,
) -> Result<ResolvedVoucher> {
    let (guesses, now) = (&cloud.office().guesses, cloud.security_now());
    guesses.try_voucher(node, now)?;
    let found = find(cloud, node, asked).await;
    let is_guess = matches!(&found, Err(Error::Problem(problem)) if MISSES.contains(&problem.code.as_str()));
    if !is_guess {
        guesses.forgive_voucher(node);
    }
    found
}

/// What somebody hears who guesses.
const MISSES: [&str; 2] = ["voucher.unknown", "voucher.not_yours"];

async fn find(cloud: &Cloud, node: Uuid, asked: &ResolveVoucher) -> Result<ResolvedVoucher> {
    const RESOLVE: Sql = sql!(
        "with who as (
           select coalesce((select a.patron_id from patron_alias a where a.alias = $2), $2) as id
         )
         select v.id, v.promotion_id, v.uses is not null,
                v.stopped_at is not null or coalesce(v.valid_until <= $3, false) or p.running_version is null,
                coalesce((select a.available < 1 from allowance_pool a where a.kind = 'voucher' and a.key = v.id)
                         and not exists (select from allowance_share s
                                          where s.kind = 'voucher' and s.key = v.id and s.node_id = $4
                                            and s.granting + s.held > 0), false),
                (v.patron_id is null or v.patron_id = who.id
                  or exists (select from patron_alias a where a.alias = v.patron_id and a.patron_id = who.id))
                  and (v.segment is null or exists (select from patron c where c.id = who.id and v.segment = any (c.segments))),
                coalesce((select a.patron_id from patron_alias a where a.alias = v.patron_id), v.patron_id),
                v.segment, v.valid_until
           from voucher v
           join promotion p on p.id = v.promotion_id
          cross join who
          where v.code = $1",
        (text, uuid, timestamptz, uuid) -> (uuid, uuid, boolean, boolean, boolean, boolean, uuid, text, timestamptz)
    );
    let found = cloud
        .read("resolve_voucher", Actor::Node(node), async |tx| {
            Ok(tx
                .row(RESOLVE, &[&asked.code, &asked.patron, &tx.now(), &node])
                .await?)
        })
        .await?;
    let row = found
        .ok_or_else(|| Problem::not_found("voucher.unknown", "Nobody has made such a code"))?;
    let refused = |place: usize| row.get::<_, bool>(place);
    if refused(3) {
        let title = "What this code was for is over";
        return Err(Problem::conflict("voucher.ended", title).into());
    }
    if !refused(5) {
        let title = "This code is for somebody else";
        return Err(Problem::conflict("voucher.not_yours", title).into());
    }
    if refused(4) {
        let title = "This code has been used";
        return Err(Problem::conflict("voucher.used", title).into());
    }
    Ok(ResolvedVoucher {
        voucher: row.get(0),
        promotion: row.get(1),
        limited: row.get(2),
        patron: row.get(6),
        segment: row.get(7),
        until: row.get(8),
    })
}
