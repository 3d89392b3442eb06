//! How the tills of a shop behave: when they lock, and which difference of a drawer needs a reason.
use retail::{amount::Amount, currency::Currency, shift::MAX_CASH, staff::Permission};
use wire::body::TillConfigured;

use crate::{
    Shop,
    db::{DbError, Snapshot, Sql, Tx, sql},
    node::{self, Unenrolled},
    outbox,
    staff::{self, Actor, Denied},
};

/// Seconds without a touch after which a till locks, when nobody has said otherwise.
const LOCK_AFTER_S: i64 = 300;
/// Seconds: below it a till would lock under the cashier's hands, above it never.
const LOCKS: std::ops::RangeInclusive<i64> = 15..=86_400;

/// The setting of a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Setting {
    /// Seconds without a touch; 0: a till never locks by itself.
    pub(crate) lock_after_s: i64,
    /// A difference above this needs a reason; none: the smallest note.
    pub(crate) reason_above: Option<Amount>,
}

impl Default for Setting {
    fn default() -> Self {
        Self {
            lock_after_s: LOCK_AFTER_S,
            reason_above: None,
        }
    }
}

impl Setting {
    /// A difference above this needs a reason.
    pub(crate) fn reason_above(self, currency: Currency) -> Amount {
        self.reason_above
            .unwrap_or_else(|| currency.small_difference())
    }

    fn check(self) -> Result<(), SettingError> {
        if self.lock_after_s != 0 && !LOCKS.contains(&self.lock_after_s) {
            return Err(SettingError::Invalid {
                field: "lock_after_s",
            });
        }
        match self.reason_above {
            Some(above) if above.is_negative() || above > MAX_CASH => Err(SettingError::Invalid {
                field: "reason_above_minor",
            }),
            _ => Ok(()),
        }
    }
}

/// Why tills are not set up so.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingError {
    #[error("{field} is out of range")]
    Invalid { field: &'static str },
    #[error(transparent)]
    Denied(#[from] Denied),
    #[error(transparent)]
    Unenrolled(#[from] Unenrolled),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// The shop's setting, and its currency.
pub(crate) async fn with_currency(shop: &Shop) -> Result<(Currency, Setting), SettingError> {
    shop.read(|at| {
        let site = node::site(at)??;
        Ok((site.currency, of(at)?))
    })
    .await
}

/// Sets the tills up. The head office hears of it; setting the same again changes nothing.
pub(crate) async fn set(shop: &Shop, actor: &Actor, setting: Setting) -> Result<(), SettingError> {
    staff::require(actor, Permission::TillManage)?;
    setting.check()?;
    let (actor, id) = (actor.clone(), shop.new_id::<()>().as_uuid());
    shop.write(move |tx, _| {
        let mut site = node::site(tx)??;
        if of(tx)? == setting {
            return Ok(());
        }
        let body = TillConfigured {
            lock_after_s: setting.lock_after_s,
            reason_above_minor: setting.reason_above.map(Amount::minor),
        };
        let mut event = outbox::Event::of(id, site.open_business_date(tx.now), &body);
        (event.staff, event.register) = (Some(actor.staff), Some(actor.register));
        outbox::append(tx, &mut site, event)?;
        Ok(put(tx, setting)?)
    })
    .await
}

/// Sets the tills up again as a replayed event says.
pub(crate) fn replay(tx: &Tx<'_>, configured: &TillConfigured) -> Result<(), DbError> {
    let setting = Setting {
        lock_after_s: configured.lock_after_s,
        reason_above: configured.reason_above_minor.map(Amount::from_minor),
    };
    put(tx, setting)
}

/// The shop's setting.
pub(crate) fn of(at: &Snapshot<'_>) -> Result<Setting, DbError> {
    const OF: Sql = sql!("select lock_after_s, reason_above_minor from till_setting");
    let found = at.one(OF, [], |row| {
        Ok(Setting {
            lock_after_s: row.get(0)?,
            reason_above: row.get::<_, Option<i64>>(1)?.map(Amount::from_minor),
        })
    })?;
    Ok(found.unwrap_or_default())
}

fn put(tx: &Tx<'_>, setting: Setting) -> Result<(), DbError> {
    const PUT: Sql = sql!(
        "insert into till_setting (one, lock_after_s, reason_above_minor) values (1, ?1, ?2)
         on conflict (one) do update
            set lock_after_s = excluded.lock_after_s, reason_above_minor = excluded.reason_above_minor"
    );
    let reason_above = setting.reason_above.map(Amount::minor);
    tx.execute(PUT, (setting.lock_after_s, reason_above))
        .map(drop)
}

impl From<SettingError> for httpkit::problem::Problem {
    fn from(error: SettingError) -> Self {
        let title = error.to_string();
        match error {
            SettingError::Invalid { field } => {
                Self::invalid("till.setting_invalid", field, title).figure("field", field)
            }
            SettingError::Denied(error) => error.into(),
            SettingError::Unenrolled(error) => error.into(),
            SettingError::Db(error) => error.into(),
        }
    }
}
