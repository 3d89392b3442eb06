//! People of a file: found again by their e-mail address, or by their name. A row gives a role somewhere; nothing is
//! taken away, and nobody gives by a file what they could not give by hand. Secrets are not in files.
use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::kind::Kind;
use super::plan::{Good, Outcome};
use super::row::{Cells, Wrong};
use crate::cloud::Cloud;
use crate::db::{Sql, Tx, sql};
use crate::error::{Error, Result};
use crate::role;
use crate::staff::effective::Standing;
use crate::staff::person::{self, GrantChange};

/// Somebody, and a role that they have somewhere.
pub(super) struct StaffRow {
    name: String,
    email: Option<String>,
    role: Option<String>,
    /// Nothing: the whole chain.
    location: Option<String>,
}

/// By what it is found again, and the person.
pub(super) fn read(cells: &Cells<'_>) -> std::result::Result<(String, StaffRow), Wrong> {
    let said = |name: &str| cells.said(name).map(str::to_lowercase);
    let row = StaffRow {
        name: cells.needed("name")?,
        email: said("email"),
        role: said("role"),
        location: cells.said("location").map(str::to_owned),
    };
    if row.role.is_none() && row.location.is_some() {
        return Err(cells.wrong("role", "import.required"));
    }
    let who = row.email.clone().unwrap_or_else(|| row.name.to_lowercase());
    let place = row.location.clone().unwrap_or_default();
    let role = row.role.clone().unwrap_or_default();
    Ok((format!("{who}\u{1f}{role}\u{1f}{place}"), row))
}

struct Known {
    id: Uuid,
    name: String,
    active: bool,
}

/// Who and what is there.
struct Around {
    by_email: BTreeMap<String, usize>,
    /// Several people may be called the same.
    by_name: BTreeMap<String, Vec<usize>>,
    people: Vec<Known>,
    /// By code and by name.
    roles: BTreeMap<String, Uuid>,
    locations: BTreeMap<String, Uuid>,
    /// Who has which role where, in the whole chain or at a location.
    grants: BTreeSet<(Uuid, Uuid, Option<Uuid>)>,
}

impl Around {
    async fn of(tx: &Tx) -> Result<Self> {
        const PEOPLE: Sql = sql!(
            "select id, name, coalesce(email, ''), active from staff",
            () -> (uuid, text, text, boolean)
        );
        const LOCATIONS: Sql = sql!("select code, id from location", () -> (text, uuid));
        const GRANTS: Sql = sql!(
            "select staff_id, role_id, location_id from staff_grant
              where region_id is null and (valid_until is null or valid_until > moment())",
            () -> (uuid, uuid, uuid)
        );
        let mut around = Self {
            by_email: BTreeMap::new(),
            by_name: BTreeMap::new(),
            people: Vec::new(),
            roles: BTreeMap::new(),
            locations: BTreeMap::new(),
            grants: BTreeSet::new(),
        };
        for row in tx.rows(PEOPLE, &[]).await? {
            let known = Known {
                id: row.get(0),
                name: row.get(1),
                active: row.get(3),
            };
            around.add(known, row.get(2));
        }
        for role in role::db::list(tx).await? {
            around.roles.insert(role.name.to_lowercase(), role.id);
            around.roles.insert(role.code.to_lowercase(), role.id);
        }
        for row in tx.rows(LOCATIONS, &[]).await? {
            around.locations.insert(row.get(0), row.get(1));
        }
        for row in tx.rows(GRANTS, &[]).await? {
            around.grants.insert((row.get(0), row.get(1), row.get(2)));
        }
        Ok(around)
    }

    fn add(&mut self, known: Known, email: &str) {
        let place = self.people.len();
        let called = self.by_name.entry(known.name.to_lowercase());
        called.or_default().push(place);
        if !email.is_empty() {
            self.by_email.insert(email.to_lowercase(), place);
        }
        self.people.push(known);
    }

    /// Whom a row is about, nobody when they are new; and what they get.
    fn wanted(&self, row: &StaffRow) -> std::result::Result<Wanted, (&'static str, &'static str)> {
        let named = self.by_name.get(&row.name.to_lowercase());
        let person = match (&row.email, named.map_or(&[][..], Vec::as_slice)) {
            (Some(email), _) => self.by_email.get(email).copied(),
            (None, []) => None,
            (None, [one]) => Some(*one),
            (None, _) => return Err(("name", "staff.ambiguous")),
        };
        if person.is_some_and(|place| !self.people[place].active) {
            return Err(("name", "staff.not_active"));
        }
        let role = row.role.as_ref().map(|role| self.roles.get(role).copied());
        let location = row.location.as_ref();
        let location = location.map(|code| self.locations.get(code).copied());
        if location == Some(None) {
            return Err(("location", "location.unknown"));
        }
        let location = location.flatten();
        let grant = match role {
            None => None,
            Some(None) => return Err(("role", "role.unknown")),
            Some(Some(role)) => {
                let has = |place: usize| {
                    let person = self.people[place].id;
                    self.grants.contains(&(person, role, location))
                };
                (!person.is_some_and(has)).then_some((role, location))
            }
        };
        Ok(Wanted { person, grant })
    }
}

struct Wanted {
    person: Option<usize>,
    grant: Option<(Uuid, Option<Uuid>)>,
}

pub(super) async fn apply(
    cloud: &Cloud,
    tx: &Tx,
    by: Option<Uuid>,
    good: Vec<&Good<StaffRow>>,
    outcome: &mut Outcome,
) -> Result<()> {
    tx.widen("people");
    person::lock(tx).await?;
    let giver = match by {
        Some(staff) => Some(person::standing(tx, staff).await?),
        None => None,
    };
    let mut around = Around::of(tx).await?;
    for row in good {
        let wanted = match around.wanted(&row.of) {
            Ok(wanted) => wanted,
            Err((field, code)) => {
                outcome.refuse(row, field, code, &row.of.name);
                continue;
            }
        };
        let kept = wanted.person.map(|place| &around.people[place]);
        let is_renamed = kept.is_some_and(|kept| kept.name != row.of.name);
        let is_new = kept.is_none();
        if !is_new && !is_renamed && wanted.grant.is_none() {
            outcome.unchanged += 1;
            continue;
        }
        let id = kept.map_or_else(|| cloud.id(), |kept| kept.id);
        tx.savepoint().await?;
        let done = write(
            cloud,
            tx,
            giver.as_ref(),
            id,
            is_new,
            is_renamed,
            row,
            &wanted,
        )
        .await;
        match &done {
            Ok(()) => tx.keep_savepoint().await?,
            Err(Error::Problem(_)) => tx.back_to_savepoint().await?,
            Err(Error::Db(_)) => return done,
        }
        if done.is_ok() {
            around
                .grants
                .extend(wanted.grant.map(|(role, location)| (id, role, location)));
            if is_new {
                let known = Known {
                    id,
                    name: row.of.name.clone(),
                    active: true,
                };
                around.add(known, row.of.email.as_deref().unwrap_or_default());
            }
        }
        outcome.count(Kind::Staff, row, is_new, done)?;
    }
    tx.narrow();
    Ok(())
}

#[expect(
    clippy::too_many_arguments,
    reason = "who, whom, and what of it is new"
)]
async fn write(
    cloud: &Cloud,
    tx: &Tx,
    giver: Option<&Standing>,
    id: Uuid,
    is_new: bool,
    is_renamed: bool,
    row: &Good<StaffRow>,
    wanted: &Wanted,
) -> Result<()> {
    if is_new || is_renamed {
        let email = row.of.email.as_deref();
        person::take_in(cloud, tx, giver, id, &row.of.name, email).await?;
    } else if let Some(giver) = giver {
        person::check_managed(tx, giver, id).await?;
    }
    let Some((role_id, location_id)) = wanted.grant else {
        return Ok(());
    };
    let change = GrantChange {
        role_id,
        location_id,
        region_id: None,
        valid_from: None,
        valid_until: None,
        reason: String::new(),
    };
    person::give(cloud, tx, giver, id, cloud.id(), &change).await
}
