//! The kinds of jobs that there are, and what each does.
use jiff::Timestamp;
use serde_json::Value;

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, Tx, sql};
use crate::error::Result;
use crate::job::Turn;
use crate::{approval, backup, import, invariant, mail, partition, promotion, summary};

/// Minutes in a day.
const DAILY: i64 = 24 * 60;

macro_rules! kinds {
    ($($(#[$doc:meta])+ $name:ident = $code:literal $(every $minutes:expr)?,)+) => {
        /// What a job does.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Kind { $($(#[$doc])+ $name,)+ }

        impl Kind {
            /// Every kind that there is.
            pub const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// The name in the database and in the office.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// Minutes between its scheduled runs, counted from midnight UTC; none: it has no schedule.
            pub fn every_minutes(self) -> Option<i64> {
                match self { $(Self::$name => [$($minutes)?].first().copied(),)+ }
            }
        }
    };
}

kinds! {
    /// Compares figures and balances with the raw rows, and makes figures that differ again.
    SummaryAudit = "summary.audit" every DAILY,
    /// Makes the months ahead.
    PartitionEnsure = "partition.ensure" every DAILY,
    /// Deletes sessions, sign-ins under way, failures, ticks and live messages that are over.
    SessionSweep = "session.sweep" every 60,
    /// Publishes prices and grants that began or ended.
    ReferenceDue = "reference.due" every 1,
    /// Takes what goods have cost into the catalogue, where it has changed.
    CostPublish = "cost.publish" every 60,
    /// Closes requests about which nobody has decided in time.
    ApprovalLapse = "approval.lapse" every 1,
    /// Notes how far a synchronous standby goes.
    BackupStandby = "backup.standby" every 1,
    /// Checks what must hold, as far as that is cheap.
    InvariantCheck = "invariant.check" every 1,
    /// Checks what must hold, every step of the cloud's accounts included.
    InvariantLedger = "invariant.ledger" every DAILY,
    /// Takes a file in.
    ImportRun = "import.run",
    /// Tries a draft of a promotion on past sales.
    PromotionPreview = "promotion.preview",
    /// Sends an e-mail.
    MailSend = "mail.send",
}

impl Kind {
    /// The kind of that name.
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|known| known.code() == code)
    }

    pub(super) async fn run(self, cloud: &Cloud, payload: &Value) -> Result<Turn> {
        match self {
            Self::SummaryAudit => summary::audit_by(cloud, payload).await?,
            Self::PartitionEnsure => partition::ensure_ahead(cloud).await?,
            Self::SessionSweep => sweep(cloud).await?,
            Self::ReferenceDue => publish_due(cloud).await?,
            Self::CostPublish => promotion::cost::publish(cloud).await?,
            Self::ApprovalLapse => approval::lapse(cloud).await?,
            Self::BackupStandby => backup::note_standby(cloud).await?,
            Self::InvariantCheck => invariant::check(cloud, false).await?,
            Self::InvariantLedger => invariant::check(cloud, true).await?,
            Self::ImportRun => import::run_by(cloud, payload).await?,
            Self::PromotionPreview => return promotion::preview::run_by(cloud, payload).await,
            Self::MailSend => mail::deliver(cloud, payload).await?,
        }
        Ok(Turn::Done)
    }

    /// Its job was given up: who waits for it hears of it, in the same transaction.
    pub(super) async fn given_up(self, tx: &Tx, payload: &Value, now: Timestamp) -> Result<()> {
        if self == Self::PromotionPreview {
            return promotion::preview::given_up(tx, payload, now).await;
        }
        Ok(())
    }
}

/// What is over is deleted; the evidence (audit, inbox, ledgers) never is.
async fn sweep(cloud: &Cloud) -> Result<()> {
    const SESSIONS: Sql = sql!("delete from session where expires_at < $1", (timestamptz) -> ());
    const FAILURES: Sql =
        sql!("delete from sign_in_failure where last_at < $1", (timestamptz) -> ());
    const ATTEMPTS: Sql =
        sql!("delete from login_attempt where expires_at < $1", (timestamptz) -> ());
    const CHALLENGES: Sql =
        sql!("delete from sign_in_challenge where expires_at < $1", (timestamptz) -> ());
    const LINKS: Sql =
        sql!("delete from customer_login where expires_at < $1", (timestamptz) -> ());
    const CUSTOMERS: Sql =
        sql!("delete from customer_session where expires_at < $1", (timestamptz) -> ());
    const TICKS: Sql = sql!("delete from cron_tick where tick < $1", (timestamptz) -> ());
    const MESSAGES: Sql = sql!("delete from live_event where at < $1", (timestamptz) -> ());
    let now = cloud.security_now();
    let day_ago = now - jiff::SignedDuration::from_hours(24);
    let week_ago = now - jiff::SignedDuration::from_hours(24 * 7);
    // Messages carry business time.
    let messages_before: Timestamp = cloud.now() - jiff::SignedDuration::from_hours(24);
    cloud
        .tx("sweep", Actor::Service("job"), async |tx| {
            for over in [SESSIONS, ATTEMPTS, CHALLENGES, LINKS, CUSTOMERS] {
                tx.run(over, &[&now]).await?;
            }
            tx.run(FAILURES, &[&day_ago]).await?;
            tx.run(TICKS, &[&week_ago]).await?;
            Ok(tx.run(MESSAGES, &[&messages_before]).await?)
        })
        .await
}

/// Publishes what the passage of business time has changed since the last time that this was done.
async fn publish_due(cloud: &Cloud) -> Result<()> {
    const LAST: Sql = sql!("select max(tick) from cron_tick where name = 'reference.published'", () -> (timestamptz));
    const PUBLISH: Sql = sql!("select publish_due($1)::text", (timestamptz) -> (text));
    const DONE: Sql = sql!(
        "insert into cron_tick (name, tick) values ('reference.published', $1) on conflict do nothing",
        (timestamptz) -> ()
    );
    let a_day = jiff::SignedDuration::from_hours(24);
    cloud
        .tx("publish_due", Actor::Service("reference"), async |tx| {
            let last: Option<Timestamp> = tx.row(LAST, &[]).await?.and_then(|row| row.get(0));
            let since = last.unwrap_or(tx.now() - a_day).min(tx.now());
            tx.run(PUBLISH, &[&since]).await?;
            Ok(tx.run(DONE, &[&tx.now()]).await?)
        })
        .await
}
