//! Whom a provider's answer is about. A person is known by the provider's subject; the first time by an e-mail address
//! that the provider has verified, and never by one that it has not.
use std::collections::BTreeSet;

use axum::http::StatusCode;
use httpkit::problem::Problem;
use jiff::Timestamp;
use uuid::Uuid;

use super::{GroupRole, Identity, Provider, Unknown};
use crate::cloud::Cloud;
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;
use crate::{customer, invitation, session};

/// The member of staff: known, linked by e-mail, invited, or new, as the provider is set up. Their groups count from now.
pub(super) async fn staff(
    cloud: &Cloud,
    tx: &Tx,
    provider: &Provider,
    identity: &Identity,
) -> Result<Uuid> {
    let now = cloud.security_now();
    let staff = match known(tx, provider.id, &identity.subject).await? {
        Some((staff, true)) => staff,
        Some((_, false)) => return Err(not_allowed().into()),
        None => {
            let email = identity.verified_email.as_deref().ok_or_else(unverified)?;
            let staff = by_email(cloud, tx, provider, identity, email).await?;
            link(tx, provider.id, &identity.subject, staff, email, now).await?;
            session::db::audit(tx, now, "identity.linked", &staff.to_string()).await?;
            staff
        }
    };
    if provider.group_claim.is_some() {
        follow_groups(cloud, tx, provider, staff, &identity.groups).await?;
    }
    Ok(staff)
}

async fn by_email(
    cloud: &Cloud,
    tx: &Tx,
    provider: &Provider,
    identity: &Identity,
    email: &str,
) -> Result<Uuid> {
    const BY_EMAIL: Sql = sql!(
        "select s.id, s.active, exists (select from external_identity where provider_id = $2 and staff_id = s.id)
           from staff s where s.email = $1",
        (text, uuid) -> (uuid, boolean, boolean)
    );
    if let Some(row) = tx.row(BY_EMAIL, &[&email, &provider.id]).await? {
        // The provider knows this person by another subject: the address was given to somebody else.
        return match (row.get(1), row.get(2)) {
            (true, false) => Ok(row.get(0)),
            _ => Err(not_allowed().into()),
        };
    }
    let name = identity.name.as_deref().unwrap_or(email);
    match provider.unknown {
        Unknown::Refuse => Err(not_allowed().into()),
        Unknown::Invitation => invitation::accept_by_email(cloud, tx, email, name)
            .await?
            .ok_or_else(|| not_allowed().into()),
        Unknown::Create => create(cloud, tx, provider, email, name).await,
    }
}

async fn create(
    cloud: &Cloud,
    tx: &Tx,
    provider: &Provider,
    email: &str,
    name: &str,
) -> Result<Uuid> {
    let staff = cloud.id();
    add(tx, staff, email, name).await?;
    if let Some(role) = provider.default_role {
        give(cloud, tx, staff, role, (None, None), None).await?;
    }
    session::db::audit(
        tx,
        cloud.security_now(),
        "staff.created_by_provider",
        &staff.to_string(),
    )
    .await?;
    Ok(staff)
}

/// Enters a person who signs in by a provider or has accepted an invitation.
pub(crate) async fn add(tx: &Tx, staff: Uuid, email: &str, name: &str) -> Result<()> {
    const ADD: Sql = sql!(
        "insert into staff (id, name, email, created_at) values ($1, $2, lower($3), $4)",
        (uuid, text, text, timestamptz) -> ()
    );
    Ok(tx.run(ADD, &[&staff, &name, &email, &tx.now()]).await?)
}

/// Gives a role at a location, in a region or in the whole chain.
pub(crate) async fn give(
    cloud: &Cloud,
    tx: &Tx,
    staff: Uuid,
    role: Uuid,
    place: (Option<Uuid>, Option<Uuid>),
    provider: Option<Uuid>,
) -> Result<()> {
    const GIVE: Sql = sql!(
        "insert into staff_grant (id, staff_id, role_id, location_id, region_id, valid_from, provider_id)
         values ($1, $2, $3, $4, $5, $6, $7)",
        (uuid, uuid, uuid, uuid, uuid, timestamptz, uuid) -> ()
    );
    let (location, region) = place;
    Ok(tx
        .run(
            GIVE,
            &[
                &cloud.id(),
                &staff,
                &role,
                &location,
                &region,
                &tx.now(),
                &provider,
            ],
        )
        .await?)
}

type Held = (Uuid, Option<Uuid>, Option<Uuid>);

/// Roles by the groups that the provider names now: new ones begin, others that it gave end. What was given by hand stays.
async fn follow_groups(
    cloud: &Cloud,
    tx: &Tx,
    provider: &Provider,
    staff: Uuid,
    groups: &[String],
) -> Result<()> {
    const HELD: Sql = sql!(
        "select id, role_id, location_id, region_id from staff_grant
          where staff_id = $1 and provider_id = $2 and (valid_until is null or valid_until > $3)",
        (uuid, uuid, timestamptz) -> (uuid, uuid, uuid, uuid)
    );
    const FRESH: Sql = sql!("delete from staff_grant where id = any ($1) and valid_from >= $2", ([uuid], timestamptz) -> ());
    const END: Sql = sql!("update staff_grant set valid_until = $2 where id = any ($1)", ([uuid], timestamptz) -> ());
    let is_named = |one: &&GroupRole| groups.contains(&one.group);
    let wanted: BTreeSet<Held> = provider
        .groups
        .iter()
        .filter(is_named)
        .map(|one| (one.role, one.location, one.region))
        .collect();
    let now = tx.now();
    let mut held = BTreeSet::<Held>::new();
    let mut over = Vec::<Uuid>::new();
    for row in tx.rows(HELD, &[&staff, &provider.id, &now]).await? {
        let one = (row.get(1), row.get(2), row.get(3));
        if !wanted.contains(&one) || !held.insert(one) {
            over.push(row.get(0));
        }
    }
    if !over.is_empty() {
        tx.all(&[call(FRESH, &[&over, &now]), call(END, &[&over, &now])])
            .await?;
    }
    for &(role, location, region) in wanted.difference(&held) {
        give(
            cloud,
            tx,
            staff,
            role,
            (location, region),
            Some(provider.id),
        )
        .await?;
    }
    if !over.is_empty() || wanted != held {
        session::db::audit(
            tx,
            cloud.security_now(),
            "grant.by_provider",
            &staff.to_string(),
        )
        .await?;
    }
    Ok(())
}

/// Whom a provider knows by this subject, and whether they still work here.
async fn known(tx: &Tx, provider: Uuid, subject: &str) -> Result<Option<(Uuid, bool)>> {
    const KNOWN: Sql = sql!(
        "select s.id, s.active from external_identity e join staff s on s.id = e.staff_id
          where e.provider_id = $1 and e.subject = $2",
        (uuid, text) -> (uuid, boolean)
    );
    let row = tx.row(KNOWN, &[&provider, &subject]).await?;
    Ok(row.map(|row| (row.get(0), row.get(1))))
}

async fn link(
    tx: &Tx,
    provider: Uuid,
    subject: &str,
    staff: Uuid,
    email: &str,
    now: Timestamp,
) -> Result<()> {
    const LINK: Sql = sql!(
        "insert into external_identity (provider_id, subject, staff_id, email, linked_at) values ($1, $2, $3, $4, $5)",
        (uuid, text, uuid, text, timestamptz) -> ()
    );
    Ok(tx
        .run(LINK, &[&provider, &subject, &staff, &email, &now])
        .await?)
}

/// The customer: known, or by a verified e-mail address; whoever buys for the first time is new.
pub(super) async fn customer(
    cloud: &Cloud,
    tx: &Tx,
    provider: &Provider,
    identity: &Identity,
) -> Result<Uuid> {
    const KNOWN: Sql = sql!(
        "select c.id, c.active from customer_identity e join customer c on c.id = e.customer_id
          where e.provider_id = $1 and e.subject = $2",
        (uuid, text) -> (uuid, boolean)
    );
    const LINK: Sql = sql!(
        "insert into customer_identity (provider_id, subject, customer_id, email, linked_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing returning customer_id",
        (uuid, text, uuid, text, timestamptz) -> (uuid)
    );
    if let Some(row) = tx.row(KNOWN, &[&provider.id, &identity.subject]).await? {
        return if row.get(1) {
            Ok(row.get(0))
        } else {
            Err(not_allowed().into())
        };
    }
    let email = identity.verified_email.as_deref().ok_or_else(unverified)?;
    let name = identity.name.as_deref().unwrap_or_default();
    let customer = customer::db::by_email(tx, cloud.id(), email, name).await?;
    let customer = customer.ok_or_else(not_allowed)?;
    let now = cloud.security_now();
    let linked = tx
        .row(
            LINK,
            &[&provider.id, &identity.subject, &customer, &email, &now],
        )
        .await?;
    // Not linked: the provider knows this customer by another subject.
    linked
        .map(|row| row.get(0))
        .ok_or_else(|| not_allowed().into())
}

fn unverified() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "provider.email_unverified",
        "The identity provider has not verified an e-mail address of this person",
    )
}

fn not_allowed() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "provider.not_allowed",
        "This person may not sign in here",
    )
}
