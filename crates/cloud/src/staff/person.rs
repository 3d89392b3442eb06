//! People at the head office: who works here, what each may do where and since when, and that they stop when they go.
use httpkit::problem::Problem;
use jiff::Timestamp;
use retail::staff::{Limit, Permission};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::effective::{Place, Standing};
use crate::audit::{Entry, refusal};
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;
use crate::role;
use crate::session::Viewer;

pub(crate) mod db;

/// The longest name.
const LONGEST_NAME: usize = 120;
/// The longest e-mail address (RFC 5321).
const LONGEST_EMAIL: usize = 254;
/// The longest reason.
const LONGEST_REASON: usize = 500;
/// The most grants that come with a new person.
const MOST_GRANTS: usize = 50;

/// A member of staff.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a field of its own in the API"
)]
pub(crate) struct Person {
    pub(crate) id: Uuid,
    pub(crate) name: String,
    /// Signs in at the office with it; null: tills only.
    pub(crate) email: Option<String>,
    /// Works here.
    pub(crate) active: bool,
    /// When they were dismissed; null while they work here.
    pub(crate) dismissed_at: Option<Timestamp>,
    /// Why.
    pub(crate) dismissed_reason: Option<String>,
    /// Has a password for the office.
    pub(crate) has_password: bool,
    /// Has a PIN for tills.
    pub(crate) has_pin: bool,
    pub(crate) created_at: Timestamp,
    /// Whoever asks may see and end their sessions. Said of one person, not in a list.
    pub(crate) manages_sessions: bool,
    /// Their roles where this person may see people, also those that are over or have not begun.
    pub(crate) grants: Vec<PersonGrant>,
}

/// A role that a person has somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct PersonGrant {
    pub(crate) id: Uuid,
    pub(crate) role_id: Uuid,
    pub(crate) role_name: String,
    /// Where; null with `region_id` null: in the whole chain.
    pub(crate) location_id: Option<Uuid>,
    pub(crate) region_id: Option<Uuid>,
    /// What people call the place; null: the whole chain.
    pub(crate) place_name: Option<String>,
    /// Null: from the beginning.
    pub(crate) valid_from: Option<Timestamp>,
    /// Null: until further notice.
    pub(crate) valid_until: Option<Timestamp>,
    /// `in_force`, `future` or `over`.
    pub(crate) state: String,
    /// The identity provider whose groups give it; null: given by hand.
    pub(crate) provider_id: Option<Uuid>,
}

/// A person as they shall be.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonChange {
    /// What people call them.
    pub(crate) name: String,
    /// Signs in at the office with it; null: tills only.
    #[serde(default)]
    pub(crate) email: Option<String>,
    /// What a new person may do where. Left out for somebody who is here already: see `/grants`.
    #[serde(default)]
    pub(crate) grants: Vec<FirstGrant>,
}

/// A grant of a new person.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct FirstGrant {
    /// Made by the client.
    pub(crate) id: Uuid,
    #[serde(flatten)]
    pub(crate) grant: GrantChange,
}

/// A grant as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
pub(crate) struct GrantChange {
    pub(crate) role_id: Uuid,
    /// Where; at most one of the two; neither: in the whole chain.
    #[serde(default)]
    pub(crate) location_id: Option<Uuid>,
    #[serde(default)]
    pub(crate) region_id: Option<Uuid>,
    /// Business time; null: from the beginning.
    #[serde(default)]
    pub(crate) valid_from: Option<Timestamp>,
    /// Null: until further notice.
    #[serde(default)]
    pub(crate) valid_until: Option<Timestamp>,
    /// Why, for the audit.
    #[serde(default)]
    pub(crate) reason: String,
}

/// One change of people, roles or grants at a time: who gives what they have must have it when it is given.
pub(crate) async fn lock(tx: &Tx) -> Result<()> {
    db::lock(tx).await
}

/// What somebody may do now.
pub(crate) async fn standing(tx: &Tx, staff: Uuid) -> Result<Standing> {
    db::standing(tx, staff).await
}

/// What somebody may do now by what they have shown who they are: a program with a token no more than its scopes say.
pub(crate) async fn standing_of(tx: &Tx, viewer: &Viewer) -> Result<Standing> {
    let within = viewer.permissions();
    let mut standing = standing(tx, viewer.id()).await?;
    standing
        .held
        .retain(|held| within.contains(&held.permission.code()));
    Ok(standing)
}

/// How many people can change roles and people in the whole chain, for good.
pub(crate) async fn administrators(tx: &Tx) -> Result<i64> {
    db::administrators(tx).await
}

/// Refuses a change after which nobody is left who could take it back.
pub(crate) async fn check_administrators(tx: &Tx, before: i64) -> Result<()> {
    if before > 0 && administrators(tx).await? == 0 {
        let title = "Nobody would be left who may manage roles and people";
        return Err(Problem::conflict("staff.last_administrator", title).into());
    }
    Ok(())
}

/// A name that can be one.
pub(crate) fn name(given: &str, field: &str) -> std::result::Result<String, Problem> {
    let name = given.trim();
    let fits = !name.is_empty() && name.chars().count() <= LONGEST_NAME;
    if !fits || name.chars().any(char::is_control) {
        let message = "A name has 1 to 120 characters";
        return Err(Problem::invalid("staff.name", field, message));
    }
    Ok(name.to_owned())
}

fn email(given: Option<&str>) -> std::result::Result<Option<String>, Problem> {
    let Some(given) = given.map(str::trim).filter(|given| !given.is_empty()) else {
        return Ok(None);
    };
    let email = given.to_lowercase();
    let parts = email.split_once('@');
    let fits = email.len() <= LONGEST_EMAIL
        && parts
            .is_some_and(|(who, host)| !who.is_empty() && !host.is_empty() && !host.contains('@'))
        && !email
            .chars()
            .any(|one| one.is_whitespace() || one.is_control());
    if !fits {
        let message = "This is no e-mail address";
        return Err(Problem::invalid("staff.email", "email", message));
    }
    Ok(Some(email))
}

fn reason(given: &str) -> std::result::Result<(), Problem> {
    if given.chars().count() > LONGEST_REASON {
        let message = "A reason has at most 500 characters";
        return Err(Problem::invalid("staff.reason", "reason", message));
    }
    Ok(())
}

fn unknown() -> Problem {
    Problem::not_found("staff.unknown", "There is no such person")
}

/// Whether somebody may see a person who works, or has worked, at these places: what belongs to the whole chain is seen
/// only by those who see all of it.
pub(crate) fn sees(seer: &Standing, places: &[Place], permission: Permission) -> bool {
    let reaches = |place: Place| seer.covers(permission, Limit::NONE, place);
    reaches(Place::Chain)
        || places
            .iter()
            .filter(|place| **place != Place::Chain)
            .any(|place| {
                let locations = seer.map.locations(*place);
                locations
                    .into_iter()
                    .any(|location| reaches(Place::Location(location)))
            })
}

/// Who acts, on whom: both as they stand now, in a transaction that sees all people and changes alone.
struct Encounter {
    actor: Standing,
    /// None: there is nobody of that id yet.
    other: Option<Standing>,
    /// Where the other works, has worked or will work.
    places: Vec<Place>,
}

impl Encounter {
    async fn begin(tx: &Tx, viewer: &Viewer, staff: Uuid) -> Result<Self> {
        tx.widen("people");
        lock(tx).await?;
        let actor = standing_of(tx, viewer).await?;
        let other = if db::exists(tx, staff).await? {
            Some(db::standing_ever(tx, staff).await?)
        } else {
            None
        };
        let places = db::places(tx, staff).await?;
        Ok(Self {
            actor,
            other,
            places,
        })
    }

    /// The person, if the actor may manage them. Whoever may not even see them is told that there is nobody.
    fn managed(&self) -> Result<&Standing> {
        let other = self.other.as_ref().ok_or_else(unknown)?;
        if !sees(&self.actor, &self.places, Permission::StaffManage) {
            return Err(unknown().into());
        }
        self.actor.check_manages(other)?;
        Ok(other)
    }
}

/// Enters a person, or changes them. True when they are new.
pub(crate) async fn put(
    cloud: &Cloud,
    viewer: &Viewer,
    id: Uuid,
    change: &PersonChange,
) -> Result<bool> {
    let person_name = name(&change.name, "name")?;
    let address = email(change.email.as_deref())?;
    if change.grants.len() > MOST_GRANTS {
        let message = "At most 50 grants";
        return Err(Problem::invalid("staff.grants", "grants", message).into());
    }
    let is_new = cloud
        .tx("put_person", viewer.actor(), async |tx| {
            let meeting = Encounter::begin(tx, viewer, id).await?;
            let is_new = meeting.other.is_none();
            if is_new {
                let everywhere =
                    meeting
                        .actor
                        .covers(Permission::StaffManage, Limit::NONE, Place::Chain);
                if change.grants.is_empty() && !everywhere {
                    let message = "A new person needs a role where you manage people";
                    return Err(Problem::invalid("staff.grant_missing", "grants", message).into());
                }
            } else {
                meeting.managed()?;
            }
            let before = db::facts(tx, id).await?;
            let administrators = administrators(tx).await?;
            db::put(tx, id, &person_name, address.as_deref()).await?;
            for first in &change.grants {
                give(cloud, tx, Some(&meeting.actor), id, first.id, &first.grant).await?;
            }
            check_administrators(tx, administrators).await?;
            let action = if is_new {
                "staff.created"
            } else {
                "staff.changed"
            };
            Entry::new(action, id)
                .at(change
                    .grants
                    .first()
                    .and_then(|first| first.grant.location_id))
                .change(before, db::facts(tx, id).await?)
                .note(cloud, tx)
                .await?;
            Ok(is_new)
        })
        .await
        .map_err(|error| {
            error.if_duplicate("staff.email_taken", "Somebody else has this e-mail address")
        })?;
    cloud.office().wake();
    Ok(is_new)
}

/// Enters a person or renames them in a transaction that is under way, as `giver` may; without one as the head office's
/// own programs do. Who sees all people, and changes them alone, has to be seen to before.
pub(crate) async fn take_in(
    cloud: &Cloud,
    tx: &Tx,
    giver: Option<&Standing>,
    id: Uuid,
    called: &str,
    address: Option<&str>,
) -> Result<()> {
    let person_name = name(called, "name")?;
    let address = email(address)?;
    let before = db::facts(tx, id).await?;
    let is_new = before.is_none();
    if let Some(giver) = giver {
        if is_new {
            manages(giver, Place::Chain)?;
        } else {
            check_managed(tx, giver, id).await?;
        }
    }
    let address = match (address, &before) {
        (None, Some(kept)) => kept["email"].as_str().map(str::to_owned),
        (address, _) => address,
    };
    db::put(tx, id, &person_name, address.as_deref()).await?;
    let action = if is_new {
        "staff.created"
    } else {
        "staff.changed"
    };
    Entry::new(action, id)
        .change(before, db::facts(tx, id).await?)
        .note(cloud, tx)
        .await
}

/// Refuses when somebody may not manage a person.
pub(crate) async fn check_managed(tx: &Tx, giver: &Standing, staff: Uuid) -> Result<()> {
    let places = db::places(tx, staff).await?;
    if !sees(giver, &places, Permission::StaffManage) {
        return Err(unknown().into());
    }
    Ok(giver.check_manages(&db::standing_ever(tx, staff).await?)?)
}

/// Gives a role somewhere, or changes that grant.
pub(crate) async fn put_grant(
    cloud: &Cloud,
    viewer: &Viewer,
    staff: Uuid,
    grant: Uuid,
    change: &GrantChange,
) -> Result<()> {
    cloud
        .tx("put_grant", viewer.actor(), async |tx| {
            let meeting = Encounter::begin(tx, viewer, staff).await?;
            meeting.managed()?;
            let administrators = administrators(tx).await?;
            give(cloud, tx, Some(&meeting.actor), staff, grant, change).await?;
            check_administrators(tx, administrators).await
        })
        .await?;
    cloud.office().wake();
    Ok(())
}

/// Gives a role somewhere as `giver` may; without one as the head office's own programs do.
pub(crate) async fn give(
    cloud: &Cloud,
    tx: &Tx,
    giver: Option<&Standing>,
    staff: Uuid,
    id: Uuid,
    change: &GrantChange,
) -> Result<()> {
    reason(&change.reason)?;
    if change.location_id.is_some() && change.region_id.is_some() {
        let message = "A grant is for a location, for a region, or for the whole chain";
        return Err(Problem::invalid("grant.place", "region_id", message).into());
    }
    if let (Some(from), Some(until)) = (change.valid_from, change.valid_until)
        && until <= from
    {
        let message = "It would end before it begins";
        return Err(Problem::invalid("grant.period", "valid_until", message).into());
    }
    if change.valid_from.is_none() && change.valid_until.is_some_and(|until| until <= tx.now()) {
        let message = "It would be over already";
        return Err(Problem::invalid("grant.period", "valid_until", message).into());
    }
    let place = Place::of(change.location_id, change.region_id);
    if let Some(giver) = giver {
        manages(giver, place)?;
    }
    let role = role::db::get(tx, change.role_id)
        .await?
        .ok_or_else(|| Problem::invalid("role.unknown", "role_id", "There is no such role"))?;
    if let Some(giver) = giver {
        giver.check_gift(role::gift_of(&role), place)?;
    }
    let before = db::grant(tx, id).await?;
    if let Some(before) = &before {
        if before.staff != staff {
            return Err(unknown_grant().into());
        }
        if before.provider.is_some() {
            return Err(provided().into());
        }
        // Whoever moves a grant takes away what it gave.
        giver.map_or(Ok(()), |giver| manages(giver, before.place))?;
    } else if !db::place_exists(tx, place).await? {
        return Err(unknown_place(place).into());
    }
    db::put_grant(tx, staff, id, change).await?;
    let action = if before.is_some() {
        "grant.changed"
    } else {
        "grant.given"
    };
    let after = db::grant(tx, id).await?;
    Entry::new(action, staff)
        .at(change.location_id)
        .change(before.map(|one| one.said), after.map(|one| one.said))
        .because(&change.reason)
        .with("grant", id.to_string())
        .note(cloud, tx)
        .await
}

/// Refuses when somebody could not give these roles at these places by hand.
pub(crate) async fn check_gifts(tx: &Tx, giver: Uuid, gifts: &[(Uuid, Place)]) -> Result<()> {
    let giver = standing(tx, giver).await?;
    for &(role, place) in gifts {
        manages(&giver, place)?;
        let role = role::db::get(tx, role)
            .await?
            .ok_or_else(|| Problem::invalid("role.unknown", "role_id", "There is no such role"))?;
        giver.check_gift(role::gift_of(&role), place)?;
    }
    Ok(())
}

fn manages(giver: &Standing, place: Place) -> std::result::Result<(), Problem> {
    if giver.covers(Permission::StaffManage, Limit::NONE, place) {
        return Ok(());
    }
    // A foreign place and an unknown one get the same answer.
    match place {
        Place::Chain => giver.check_gift([(Permission::StaffManage, Limit::NONE)], place),
        Place::Region(_) | Place::Location(_) => Err(unknown_place(place)),
    }
}

/// Ends a grant now. One that has not begun is taken back as if it had never been.
pub(crate) async fn end_grant(
    cloud: &Cloud,
    viewer: &Viewer,
    staff: Uuid,
    grant: Uuid,
    why: &str,
) -> Result<()> {
    reason(why)?;
    cloud
        .tx("end_grant", viewer.actor(), async |tx| {
            let meeting = Encounter::begin(tx, viewer, staff).await?;
            let before = db::grant(tx, grant)
                .await?
                .filter(|before| before.staff == staff)
                .ok_or_else(unknown_grant)?;
            // A foreign grant and an unknown one get the same answer.
            let own = meeting
                .actor
                .covers(Permission::StaffManage, Limit::NONE, before.place);
            if !own {
                return Err(unknown_grant().into());
            }
            meeting.managed()?;
            if before.provider.is_some() {
                return Err(provided().into());
            }
            let administrators = administrators(tx).await?;
            db::end_grant(tx, grant).await?;
            check_administrators(tx, administrators).await?;
            let after = db::grant(tx, grant).await?;
            Entry::new("grant.ended", staff)
                .at(before.place.columns().0)
                .change(Some(before.said), after.map(|one| one.said))
                .because(why)
                .with("grant", grant.to_string())
                .note(cloud, tx)
                .await
        })
        .await?;
    cloud.office().wake();
    Ok(())
}

/// Dismisses somebody, or takes them back. Their sessions end at once, here and in the shops at their next contact.
pub(crate) async fn set_active(
    cloud: &Cloud,
    viewer: &Viewer,
    staff: Uuid,
    active: bool,
    why: &str,
) -> Result<()> {
    reason(why)?;
    if staff == viewer.id() {
        let title = "Nobody dismisses themselves";
        return Err(Problem::conflict("staff.self", title).into());
    }
    cloud
        .tx("set_activity", viewer.actor(), async |tx| {
            Encounter::begin(tx, viewer, staff).await?.managed()?;
            let before = db::facts(tx, staff).await?;
            let administrators = administrators(tx).await?;
            db::set_active(tx, staff, active, why.trim()).await?;
            if !active {
                super::db::end_sessions(tx, staff).await?;
            }
            check_administrators(tx, administrators).await?;
            let action = if active {
                "staff.taken_back"
            } else {
                "staff.dismissed"
            };
            Entry::new(action, staff)
                .change(before, db::facts(tx, staff).await?)
                .because(why)
                .note(cloud, tx)
                .await
        })
        .await?;
    cloud.office().wake();
    Ok(())
}

/// Sets a PIN for tills; the shops learn it at their next contact.
pub(crate) async fn set_pin(cloud: &Cloud, viewer: &Viewer, staff: Uuid, pin: &str) -> Result<()> {
    let hash = super::pin_hash(cloud, pin).await?;
    cloud
        .tx("set_pin_of", viewer.actor(), async |tx| {
            Encounter::begin(tx, viewer, staff).await?.managed()?;
            super::db::put_secrets(tx, staff, None, Some(&hash)).await?;
            // What it is stays a secret of the person.
            Entry::new("staff.pin_set", staff).note(cloud, tx).await
        })
        .await
}

/// A grant as it is, with what the audit says about it.
pub(crate) struct KeptGrant {
    pub(crate) staff: Uuid,
    pub(crate) place: Place,
    pub(crate) provider: Option<Uuid>,
    pub(crate) said: Value,
}

impl KeptGrant {
    pub(crate) fn said(grant: &GrantChange, role: &str) -> Value {
        json!({
            "role": role, "role_id": grant.role_id, "location_id": grant.location_id, "region_id": grant.region_id,
            "valid_from": grant.valid_from, "valid_until": grant.valid_until,
        })
    }
}

fn unknown_grant() -> Problem {
    Problem::not_found("grant.unknown", "This person has no such grant")
}

fn provided() -> Problem {
    Problem::conflict(
        "grant.provided",
        "An identity provider gives this: change its groups",
    )
}

fn unknown_place(place: Place) -> Problem {
    match place {
        Place::Region(_) => Problem::not_found("region.unknown", "There is no such region"),
        Place::Location(location) => refusal::foreign(location),
        Place::Chain => Problem::not_found("location.unknown", "There is no such location"),
    }
}
