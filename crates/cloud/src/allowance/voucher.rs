//! What a voucher code stands for, when a shop or a cart asks: its promotion, its time, and who may use it. Whether a use is
//! left says the pool, when the right to it is asked for.
use std::collections::HashMap;

use httpkit::problem::Problem;
use jiff::civil::DateTime;
use retail::id::Id;
use retail::promotion::voucher::{self, Time, VoucherCode, VoucherId, VoucherRefusal, Whose};
use retail::promotion::{PromotionId, Rules};
use uuid::Uuid;
use wire::command::{ResolveVoucher, ResolvedVoucher};

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::{Error, Result};
use crate::promotion;

/// What a code opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Opened {
    /// Of which it is a voucher.
    pub promotion: PromotionId,
    /// The voucher.
    pub voucher: VoucherId,
    /// How often it may be used; none: any number of times.
    pub uses: Option<i64>,
}

impl Opened {
    /// What it opens while nothing limited may be used online.
    pub(crate) fn while_closed(self) -> std::result::Result<Self, VoucherRefusal> {
        match self.uses {
            Some(_) => Err(VoucherRefusal::Closed),
            None => Ok(self),
        }
    }
}

/// A code that came with a cart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Presented {
    /// As it was typed, in its one form.
    pub code: VoucherCode,
    /// What it opens for whoever has it, or why nothing.
    pub opens: std::result::Result<Opened, VoucherRefusal>,
}

/// What those that open something open.
pub(crate) fn opened(presented: &[Presented]) -> Vec<Opened> {
    let opened = presented.iter().filter_map(|one| one.opens.ok());
    opened.collect()
}

/// Looks the codes of a cart up. Who buys is not known (ADR 27): a code for members opens nothing.
pub(crate) async fn present(
    tx: &Tx,
    codes: &[VoucherCode],
    rules: &Rules,
    local: DateTime,
) -> Result<Vec<Presented>> {
    const PRESENTED: Sql = sql!(
        "select v.code, v.id, v.promotion_id, v.uses, v.segment is not null, v.patron_id is not null,
                v.stopped_at is not null or coalesce(v.valid_until <= $2, false) or p.running_version is null,
                a.available
           from voucher v
           join promotion p on p.id = v.promotion_id
           left join allowance_pool a on a.kind = 'voucher' and a.key = v.id
          where v.code = any ($1)",
        ([text], timestamptz) -> (text, uuid, uuid, bigint, boolean, boolean, boolean, bigint)
    );
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let texts: Vec<&str> = codes.iter().map(VoucherCode::as_str).collect();
    let rows = tx.rows(PRESENTED, &[&texts, &tx.now()]).await?;
    let known: HashMap<&str, &tokio_postgres::Row> =
        rows.iter().map(|row| (row.get(0), row)).collect();
    let presented = codes.iter().map(|code| {
        let opens = known
            .get(code.as_str())
            .ok_or(VoucherRefusal::Unknown)
            .and_then(|row| {
                let opened = Opened {
                    promotion: Id::from_uuid(row.get(2)),
                    voucher: Id::from_uuid(row.get(1)),
                    uses: row.get(3),
                };
                // One that was started this second is not here yet: its dates are asked when it is priced.
                let rule = rules.get(opened.promotion);
                let (from, until) =
                    rule.map_or((None, None), |rule| promotion::bounds(rule.draft()));
                let available: Option<i64> = row.get(7);
                code.opens_online(&voucher::Presented {
                    time: if row.get(6) || until.is_some_and(|until| until <= local) {
                        Time::Over
                    } else if from.is_some_and(|from| from > local) {
                        Time::Before
                    } else {
                        Time::Now
                    },
                    whose: match (row.get(4), row.get(5)) {
                        (true, _) => Whose::Segment,
                        (false, true) => Whose::Customer,
                        (false, false) => Whose::Anybody,
                    },
                    uses: opened.uses,
                    left: opened.uses.map(|uses| available.unwrap_or(uses)),
                })
                .map(|()| opened)
            });
        Presented {
            code: code.clone(),
            opens,
        }
    });
    Ok(presented.collect())
}

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
    let is_guess =
        matches!(&found, Err(Error::Problem(problem)) if MISSES.contains(&problem.code.as_str()));
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
                (v.patron_id is null or v.patron_id is not distinct from who.id
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
