//! Roles: sets of permissions with limits, edited at run time. A change is in force at the next request on every
//! instance, and in the shops at their next contact.
use std::collections::BTreeMap;

use httpkit::problem::Problem;
use jiff::Timestamp;
use retail::staff::{Limit, LimitKind, Permission};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::approval::{self, Asked, Request};
use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;
use crate::session::Viewer;
use crate::staff::effective::{Place, Standing};
use crate::staff::person;

pub(crate) mod db;
pub(crate) mod http;

/// The longest code or name.
const LONGEST_NAME: usize = 80;
/// The longest description.
const LONGEST_DESCRIPTION: usize = 500;
/// The most days for which a shop on its own believes a role.
const MOST_OFFLINE_DAYS: i64 = 365;
/// Hundredths of a percent in all of a price.
const WHOLE_BPS: i64 = 10_000;

/// A permission of a role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RolePermission {
    /// Its code.
    #[schema(example = "price.override")]
    pub(crate) code: String,
    /// How far it goes, in basis points off the list's price; null: without limit.
    #[serde(default)]
    pub(crate) max_bps: Option<i64>,
    /// How far it goes, in minor units; null: without limit.
    #[serde(default)]
    pub(crate) max_minor: Option<i64>,
}

/// A role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Role {
    pub(crate) id: Uuid,
    /// Stable short name: `cashier`.
    pub(crate) code: String,
    /// What people call it.
    pub(crate) name: String,
    /// For whom it is.
    pub(crate) description: String,
    /// What it may do, by code.
    pub(crate) permissions: Vec<RolePermission>,
    /// Days after its last contact for which a shop believes this role; plain trade never ends. Null: for ever.
    pub(crate) offline_days: Option<i64>,
    /// Whoever has it gives a second factor at the office, or may do nothing there.
    pub(crate) second_factor: bool,
    /// People who have it now, anywhere.
    pub(crate) people: i64,
    /// When it was last changed; null: it is as it was founded.
    pub(crate) changed_at: Option<Timestamp>,
}

/// A role as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewRole {
    /// Stable short name: `cashier`.
    pub(crate) code: String,
    /// What people call it.
    pub(crate) name: String,
    /// For whom it is.
    #[serde(default)]
    pub(crate) description: String,
    /// All that it may do.
    pub(crate) permissions: Vec<RolePermission>,
    /// Days after its last contact for which a shop believes this role, 1 to 365; null: for ever. Left out: as it is,
    /// or 7 for a new one.
    #[serde(default, with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<i64>)]
    #[expect(clippy::option_option, reason = "null and left out are two things")]
    pub(crate) offline_days: Option<Option<i64>>,
    /// Whether whoever has it gives a second factor at the office. Left out: as it is, or not for a new one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) second_factor: Option<bool>,
    /// Why, for the audit.
    #[serde(default)]
    pub(crate) reason: String,
}

/// Tells a field that is null from one that is left out.
mod given {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        T::deserialize(deserializer).map(Some)
    }

    #[expect(clippy::ref_option, reason = "serde wants it so")]
    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.serialize(serializer)
    }
}

/// A permission with its limit, as the rules have it.
pub(crate) type Gift = BTreeMap<Permission, Limit>;

/// What became of a change.
#[derive(Debug)]
pub(crate) enum Changed {
    /// It is in force.
    Now(Box<Role>),
    /// A second person has to decide.
    Asked(Box<Asked>),
}

/// Enters a role, or changes it. What it may do is changed with a second person where there is one.
pub(crate) async fn put(
    cloud: &Cloud,
    viewer: &Viewer,
    id: Uuid,
    role: &NewRole,
) -> Result<Changed> {
    let changed = cloud
        .tx("put_role", viewer.actor(), async |tx| {
            tx.widen("people");
            person::lock(tx).await?;
            let gift = checked(role)?;
            let before = db::get(tx, id).await?;
            let giver = person::standing_of(tx, viewer).await?;
            check_gift(&giver, before.as_ref(), &gift)?;
            let is_grave = before.as_ref().is_some_and(|before| {
                let no_longer_asks = before.second_factor && role.second_factor == Some(false);
                before.permissions != listed(&gift) || no_longer_asks
            });
            if is_grave {
                let request = Request {
                    action: approval::Action::RoleChange,
                    subject: id.to_string(),
                    payload: serde_json::to_value(role).expect("a role is plain data"),
                    location: None,
                    reason: role.reason.clone(),
                };
                if let Some(asked) =
                    approval::ask_if_needed(cloud, tx, viewer.id(), request).await?
                {
                    return Ok(Changed::Asked(Box::new(asked)));
                }
            }
            apply(cloud, tx, viewer.id(), id, role).await?;
            let role = db::get(tx, id).await?.ok_or_else(unknown)?;
            Ok(Changed::Now(Box::new(role)))
        })
        .await
        .map_err(|error| error.if_duplicate("role.code_taken", "Another role has this code"))?;
    cloud.office().wake();
    Ok(changed)
}

/// Does it, for whoever has asked. Refused when that person may not do it any more.
pub(crate) async fn apply(
    cloud: &Cloud,
    tx: &Tx,
    asked_by: Uuid,
    id: Uuid,
    role: &NewRole,
) -> Result<()> {
    let gift = checked(role)?;
    let before = db::get(tx, id).await?;
    let giver = person::standing(tx, asked_by).await?;
    check_gift(&giver, before.as_ref(), &gift)?;
    let administrators = person::administrators(tx).await?;
    db::put(tx, id, role, &gift).await?;
    if let Some(days) = role.offline_days {
        db::put_offline_days(tx, id, days).await?;
    }
    person::check_administrators(tx, administrators).await?;
    let after = db::get(tx, id).await?;
    let action = if before.is_some() {
        "role.changed"
    } else {
        "role.created"
    };
    let said = |role: Option<Role>| {
        role.map(|role| {
            serde_json::json!({
                "code": role.code, "name": role.name, "description": role.description,
                "permissions": role.permissions, "offline_days": role.offline_days,
                "second_factor": role.second_factor,
            })
        })
    };
    Entry::new(action, id)
        .change(said(before), said(after))
        .because(&role.reason)
        .asked_by(asked_by)
        .note(cloud, tx)
        .await
}

/// Whoever changes a role may do, in the whole chain, what they add to it.
fn check_gift(giver: &Standing, before: Option<&Role>, gift: &Gift) -> Result<()> {
    let had = before.map(gift_of).unwrap_or_default();
    let added = gift.iter().filter(|(permission, limit)| {
        had.get(permission)
            .is_none_or(|before| !before.covers(**limit))
    });
    let manages = giver.covers(Permission::RoleManage, Limit::NONE, Place::Chain);
    if !manages {
        return Err(approval::no_longer(Permission::RoleManage).into());
    }
    giver.check_gift(
        added.map(|(permission, limit)| (*permission, *limit)),
        Place::Chain,
    )?;
    Ok(())
}

/// What a role gives.
pub(crate) fn gift_of(role: &Role) -> Gift {
    let known = role.permissions.iter().filter_map(|one| {
        let limit = Limit {
            max_bps: one.max_bps,
            max_minor: one.max_minor,
        };
        Some((Permission::by_code(&one.code)?, limit))
    });
    known.collect()
}

fn listed(gift: &Gift) -> Vec<RolePermission> {
    let mut listed: Vec<RolePermission> = gift
        .iter()
        .map(|(permission, limit)| RolePermission {
            code: permission.code().to_owned(),
            max_bps: limit.max_bps,
            max_minor: limit.max_minor,
        })
        .collect();
    listed.sort_by(|one, other| one.code.cmp(&other.code));
    listed
}

fn checked(role: &NewRole) -> std::result::Result<Gift, Problem> {
    let is_code = |text: &str| {
        !text.is_empty()
            && text.len() <= LONGEST_NAME
            && text
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    if !is_code(&role.code) {
        let message = "A code has small letters, digits and _";
        return Err(Problem::invalid("role.code", "code", message));
    }
    person::name(&role.name, "name")?;
    if role.description.chars().count() > LONGEST_DESCRIPTION || role.description.contains('\0') {
        let message = "A description has at most 500 characters";
        return Err(Problem::invalid("role.description", "description", message));
    }
    if let Some(Some(days)) = role.offline_days
        && !(1..=MOST_OFFLINE_DAYS).contains(&days)
    {
        let message = "Between 1 and 365 days";
        return Err(Problem::invalid(
            "role.offline_days",
            "offline_days",
            message,
        ));
    }
    let mut gift = Gift::new();
    for (place, one) in role.permissions.iter().enumerate() {
        let field = format!("permissions[{place}]");
        let Some(permission) = Permission::by_code(&one.code) else {
            let message = "There is no such permission";
            return Err(
                Problem::invalid("permission.unknown", format!("{field}.code"), message)
                    .figure("permission", one.code.as_str()),
            );
        };
        let limit = limit(permission, one).ok_or_else(|| {
            let message = "This permission has no such limit";
            Problem::invalid("permission.limit_invalid", field.as_str(), message)
                .figure("permission", permission.code())
        })?;
        if gift.insert(permission, limit).is_some() {
            let message = "A permission is there twice";
            return Err(Problem::invalid("permission.repeated", field, message)
                .figure("permission", permission.code()));
        }
    }
    Ok(gift)
}

fn limit(permission: Permission, given: &RolePermission) -> Option<Limit> {
    let fits = match permission.limit_kind() {
        Some(LimitKind::BasisPoints) => {
            given.max_minor.is_none()
                && given
                    .max_bps
                    .is_none_or(|bps| (0..=WHOLE_BPS).contains(&bps))
        }
        Some(LimitKind::Minor) => {
            given.max_bps.is_none() && given.max_minor.is_none_or(|minor| minor >= 0)
        }
        None => given.max_bps.is_none() && given.max_minor.is_none(),
    };
    fits.then_some(Limit {
        max_bps: given.max_bps,
        max_minor: given.max_minor,
    })
}

pub(crate) fn unknown() -> Problem {
    Problem::not_found("role.unknown", "There is no such role")
}
