//! Invitations: somebody may join the staff with roles that were chosen beforehand, by a link that was sent to their
//! e-mail address, or by a provider that knows the address. Good once, for seven days, as long as whoever invited may
//! still give these roles.
use httpkit::problem::Problem;
use httpkit::random;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::customer::is_email;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::provider::{Gift, account, gift};
use crate::session::limit::Subjects;
use crate::session::{self, Beginning, Means, StaffManage, Viewer, Visitor};
use crate::{company, mail, staff};

pub(crate) mod db;
pub(crate) mod http;

/// How long an invitation is good.
const LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Roles of one invitation at most.
const MOST_GRANTS: usize = 50;
/// The longest name of a person.
const LONGEST_NAME: usize = 100;

/// A role that comes with an invitation, at a location, in a region or in the whole chain (both null).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct InvitedRole {
    pub(crate) role: Uuid,
    #[serde(default)]
    pub(crate) location: Option<Uuid>,
    #[serde(default)]
    pub(crate) region: Option<Uuid>,
}

impl InvitedRole {
    const fn gift(&self) -> Gift {
        Gift {
            role: self.role,
            location: self.location,
            region: self.region,
        }
    }
}

/// An invitation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Invitation {
    pub(crate) id: Uuid,
    pub(crate) email: String,
    pub(crate) invited_by: Uuid,
    pub(crate) invited_by_name: String,
    pub(crate) grants: Vec<InvitedRole>,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
    pub(crate) accepted_at: Option<Timestamp>,
    /// Who they became.
    pub(crate) staff: Option<Uuid>,
    pub(crate) revoked_at: Option<Timestamp>,
}

impl Invitation {
    fn is_open(&self, now: Timestamp) -> bool {
        self.accepted_at.is_none() && self.revoked_at.is_none() && self.expires_at > now
    }
}

/// Invites somebody: the link goes to them, and to nobody else.
pub(crate) async fn add(
    cloud: &Cloud,
    viewer: &Viewer,
    visitor: &Visitor,
    email: &str,
    grants: &[InvitedRole],
) -> Result<Invitation> {
    let email = email.trim().to_lowercase();
    if !is_email(&email) {
        return Err(
            Problem::invalid("invitation.email", "email", "This is no e-mail address").into(),
        );
    }
    let both = grants
        .iter()
        .any(|one| one.location.is_some() && one.region.is_some());
    if both || grants.is_empty() || grants.len() > MOST_GRANTS {
        let message =
            "An invitation has 1 to 50 roles, each for a location or a region or the chain";
        return Err(Problem::invalid("invitation.grants", "grants", message).into());
    }
    let gifts: Vec<Gift> = grants.iter().map(InvitedRole::gift).collect();
    let ids: Vec<Uuid> = grants.iter().map(|_| cloud.id()).collect();
    let token = random::token(&*cloud.parts().random);
    let hash = httpkit::session::hash(&token);
    // In the fragment, which browsers keep to themselves.
    let link = format!("{}#token={token}", cloud.office().at("/office/invitation")?);
    let now = cloud.security_now();
    let invitation = Invitation {
        id: cloud.id(),
        email,
        invited_by: viewer.id(),
        invited_by_name: viewer.name().to_owned(),
        grants: grants.to_vec(),
        created_at: now,
        expires_at: now.saturating_add(LIFE).unwrap_or(now),
        accepted_at: None,
        staff: None,
        revoked_at: None,
    };
    cloud
        .tx("invite", viewer.actor(), async |tx| {
            gift::check(tx, viewer.id(), &gifts).await?;
            if db::is_staff(tx, &invitation.email).await? {
                return Err(taken());
            }
            db::insert(tx, &invitation, &hash, &ids).await?;
            let company = company::get(tx).await?.name;
            let mail = mail::invitation(visitor.language, &invitation.email, &company, &link);
            mail::send(cloud, tx, &mail).await?;
            session::db::audit(tx, now, "invitation.created", &invitation.id.to_string()).await
        })
        .await?;
    Ok(invitation)
}

fn taken() -> crate::error::Error {
    Problem::conflict(
        "staff.email_taken",
        "Somebody has this e-mail address already",
    )
    .into()
}

/// Invitations, the newest first: everybody's for whoever manages the staff of the whole chain, else one's own.
pub(crate) async fn list(cloud: &Cloud, viewer: &Viewer) -> Result<Vec<Invitation>> {
    let by = owner(viewer);
    cloud
        .read("list_invitations", viewer.actor(), async |tx| {
            db::list(tx, by).await
        })
        .await
}

fn owner(viewer: &Viewer) -> Option<Uuid> {
    viewer
        .everywhere::<StaffManage>()
        .is_err()
        .then(|| viewer.id())
}

/// Revokes an invitation that was not accepted.
pub(crate) async fn revoke(cloud: &Cloud, viewer: &Viewer, id: Uuid) -> Result<()> {
    let (now, by) = (cloud.security_now(), owner(viewer));
    cloud
        .tx("revoke_invitation", viewer.actor(), async |tx| {
            if !db::revoke(tx, id, by, now).await? {
                return Err(unknown().into());
            }
            session::db::audit(tx, now, "invitation.revoked", &id.to_string()).await
        })
        .await
}

fn unknown() -> Problem {
    Problem::not_found(
        "invitation.unknown",
        "This invitation is over, or there was none",
    )
}

/// Whoever accepts, as they fill it in.
pub(crate) struct Joining<'a> {
    pub(crate) token: &'a str,
    pub(crate) name: &'a str,
    pub(crate) password: &'a str,
    pub(crate) visitor: &'a Visitor,
    /// The token of a session that theirs replaces.
    pub(crate) replaces: Option<&'a str>,
}

/// Accepts an invitation: the person, their password and their roles are there, and they are signed in. The session's token.
pub(crate) async fn accept(cloud: &Cloud, joining: &Joining<'_>) -> Result<String> {
    let name = joining.name.trim();
    if name.is_empty() || name.chars().count() > LONGEST_NAME {
        return Err(
            Problem::invalid("invitation.name", "name", "A name has 1 to 100 characters").into(),
        );
    }
    let hash = httpkit::session::hash(joining.token);
    let (now, service) = (cloud.security_now(), Actor::Service("invitation"));
    let subjects = Subjects::link(joining.visitor.address);
    // Looked at before the expensive hash is made.
    let invited = cloud
        .tx("find_invitation", service, async |tx| {
            subjects.count(tx, now).await?;
            Ok(db::by_token(tx, &hash)
                .await?
                .filter(|found| found.is_open(now)))
        })
        .await?
        .ok_or_else(unknown)?
        .email;
    let password = staff::password_hash(cloud, joining.password, &[name, &invited]).await?;
    let means = Means {
        method: "password",
        ..Means::default()
    };
    cloud
        .tx("accept_invitation", service, async |tx| {
            let found = db::by_token(tx, &hash).await?.ok_or_else(unknown)?;
            let staff = join(cloud, tx, &found, name).await?;
            staff::db::put_secrets(tx, staff, Some(&password), None).await?;
            subjects.forgive(tx).await?;
            let beginning = Beginning {
                staff,
                means: &means,
                visitor: joining.visitor,
                replaces: joining.replaces,
            };
            session::begin(cloud, tx, &beginning).await
        })
        .await
        .map_err(|error| {
            error.if_duplicate(
                "staff.email_taken",
                "Somebody has this e-mail address already",
            )
        })
}

/// Accepts the newest open invitation of an address that a provider has verified; none when there is none.
pub(crate) async fn accept_by_email(
    cloud: &Cloud,
    tx: &Tx,
    email: &str,
    name: &str,
) -> Result<Option<Uuid>> {
    let found = db::by_email(tx, email, cloud.security_now()).await?;
    match found {
        Some(found) => Ok(Some(join(cloud, tx, &found, name).await?)),
        None => Ok(None),
    }
}

/// Makes a person of an invitation. Whoever invited must still be able to give these roles.
async fn join(cloud: &Cloud, tx: &Tx, invitation: &Invitation, name: &str) -> Result<Uuid> {
    let now = cloud.security_now();
    let gifts: Vec<Gift> = invitation.grants.iter().map(InvitedRole::gift).collect();
    let may_still = db::is_active(tx, invitation.invited_by).await?
        && gift::check(tx, invitation.invited_by, &gifts).await.is_ok();
    let staff = cloud.id();
    if !may_still || !invitation.is_open(now) {
        return Err(unknown().into());
    }
    account::add(tx, staff, &invitation.email, name).await?;
    // Taken once, whoever else tries at the same time.
    if !db::take(tx, invitation.id, staff, now).await? {
        return Err(unknown().into());
    }
    for one in &gifts {
        account::give(cloud, tx, staff, one.role, (one.location, one.region), None).await?;
    }
    session::db::audit(tx, now, "invitation.accepted", &invitation.id.to_string()).await?;
    Ok(staff)
}
