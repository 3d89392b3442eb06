//! SQL of identity providers and of whom they know.
use jiff::Timestamp;
use tokio_postgres::{Row, types::ToSql};
use uuid::Uuid;

use super::{GroupRole, NewProvider, Provider, Realm, Unknown};
use crate::db::{Sql, Tx, call, sql};
use crate::error::Result;

pub(super) async fn put(
    tx: &Tx,
    id: Uuid,
    new: &NewProvider,
    sealed: Option<&[u8]>,
    now: Timestamp,
) -> Result<()> {
    const PUT: Sql = sql!(
        "insert into identity_provider as kept (id, code, name, issuer, client_id, client_secret_sealed, scopes, realm, unknown,
                                                default_role_id, group_claim, domains, active, created_at, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)
         on conflict (id) do update
           set code = excluded.code, name = excluded.name, issuer = excluded.issuer, client_id = excluded.client_id,
               client_secret_sealed = coalesce(excluded.client_secret_sealed, kept.client_secret_sealed),
               scopes = excluded.scopes, realm = excluded.realm, unknown = excluded.unknown,
               default_role_id = excluded.default_role_id, group_claim = excluded.group_claim, domains = excluded.domains,
               active = excluded.active, changed_at = excluded.changed_at",
        (uuid, text, text, text, text, bytea, [text], text, text, uuid, text, [text], boolean, timestamptz) -> ()
    );
    let domains: Vec<String> = new
        .domains
        .iter()
        .map(|one| one.trim().to_lowercase())
        .collect();
    let claim = new.group_claim.as_deref().filter(|claim| !claim.is_empty());
    let params: [&(dyn ToSql + Sync); 14] = [
        &id,
        &new.code,
        &new.name,
        &new.issuer,
        &new.client_id,
        &sealed,
        &new.scopes,
        &new.realm.code(),
        &new.unknown.code(),
        &new.default_role,
        &claim,
        &domains,
        &new.active,
        &now,
    ];
    Ok(tx.run(PUT, &params).await?)
}

pub(super) async fn replace_groups(
    tx: &Tx,
    provider: Uuid,
    ids: &[Uuid],
    groups: &[GroupRole],
) -> Result<()> {
    const TAKE: Sql = sql!("delete from provider_group where provider_id = $1", (uuid) -> ());
    const GIVE: Sql = sql!(
        "insert into provider_group (id, provider_id, group_name, role_id, location_id, region_id)
         select given.id, $1, given.name, given.role, given.location, given.region
           from unnest($2, $3, $4, $5, $6) as given (id, name, role, location, region)",
        (uuid, [uuid], [text], [uuid], [uuid], [uuid]) -> ()
    );
    let names: Vec<&str> = groups.iter().map(|one| one.group.as_str()).collect();
    let roles: Vec<Uuid> = groups.iter().map(|one| one.role).collect();
    let locations: Vec<Option<Uuid>> = groups.iter().map(|one| one.location).collect();
    let regions: Vec<Option<Uuid>> = groups.iter().map(|one| one.region).collect();
    tx.all(&[
        call(TAKE, &[&provider]),
        call(
            GIVE,
            &[&provider, &ids, &names, &roles, &locations, &regions],
        ),
    ])
    .await?;
    Ok(())
}

fn provider(row: &Row, groups: Vec<GroupRole>) -> Provider {
    let secret_sealed: Option<Vec<u8>> = row.get(5);
    Provider {
        id: row.get(0),
        code: row.get(1),
        name: row.get(2),
        issuer: row.get(3),
        client_id: row.get(4),
        has_secret: secret_sealed.is_some(),
        secret_sealed,
        scopes: row.get(6),
        realm: Realm::by_code(row.get(7)),
        unknown: Unknown::by_code(row.get(8)),
        default_role: row.get(9),
        group_claim: row.get(10),
        domains: row.get(11),
        active: row.get(12),
        changed_at: row.get(13),
        groups,
        callback: String::new(),
    }
}

pub(super) async fn by_id(tx: &Tx, id: Uuid) -> Result<Option<Provider>> {
    const BY_ID: Sql = sql!(
        "select id, code, name, issuer, client_id, client_secret_sealed, scopes, realm, unknown, default_role_id, group_claim,
                domains, active, changed_at
           from identity_provider where id = $1",
        (uuid) -> (uuid, text, text, text, text, bytea, [text], text, text, uuid, text, [text], boolean, timestamptz)
    );
    let Some(row) = tx.row(BY_ID, &[&id]).await? else {
        return Ok(None);
    };
    Ok(Some(provider(&row, groups(tx, id).await?)))
}

/// The active provider of that code in a realm.
pub(super) async fn by_code(tx: &Tx, realm: Realm, code: &str) -> Result<Option<Provider>> {
    const BY_CODE: Sql = sql!(
        "select id, code, name, issuer, client_id, client_secret_sealed, scopes, realm, unknown, default_role_id, group_claim,
                domains, active, changed_at
           from identity_provider where code = $1 and realm = $2 and active",
        (text, text) -> (uuid, text, text, text, text, bytea, [text], text, text, uuid, text, [text], boolean, timestamptz)
    );
    let Some(row) = tx.row(BY_CODE, &[&code, &realm.code()]).await? else {
        return Ok(None);
    };
    let groups = groups(tx, row.get(0)).await?;
    Ok(Some(provider(&row, groups)))
}

async fn groups(tx: &Tx, provider: Uuid) -> Result<Vec<GroupRole>> {
    const GROUPS: Sql = sql!(
        "select group_name, role_id, location_id, region_id from provider_group where provider_id = $1 order by group_name, id",
        (uuid) -> (text, uuid, uuid, uuid)
    );
    let rows = tx.rows(GROUPS, &[&provider]).await?;
    Ok(rows
        .iter()
        .map(|row| GroupRole {
            group: row.get(0),
            role: row.get(1),
            location: row.get(2),
            region: row.get(3),
        })
        .collect())
}

pub(super) async fn list(tx: &Tx) -> Result<Vec<Provider>> {
    const LIST: Sql = sql!("select id from identity_provider order by name, id", () -> (uuid));
    let mut found = Vec::new();
    for row in tx.rows(LIST, &[]).await? {
        found.extend(by_id(tx, row.get(0)).await?);
    }
    Ok(found)
}

/// Code and name of the active providers of a realm, for buttons.
pub(crate) async fn buttons(tx: &Tx, realm: Realm) -> Result<Vec<(String, String)>> {
    const BUTTONS: Sql = sql!(
        "select code, name from identity_provider where realm = $1 and active order by name, id",
        (text) -> (text, text)
    );
    let rows = tx.rows(BUTTONS, &[&realm.code()]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// Removes a provider; its sessions go with it, and what its groups gave ends. False when there is none.
pub(super) async fn remove(tx: &Tx, id: Uuid) -> Result<bool> {
    const GRANTS: Sql = sql!("delete from staff_grant where provider_id = $1", (uuid) -> ());
    const REMOVE: Sql =
        sql!("delete from identity_provider where id = $1 returning id", (uuid) -> (uuid));
    let answers = tx
        .all(&[call(GRANTS, &[&id]), call(REMOVE, &[&id])])
        .await?;
    Ok(!answers[1].is_empty())
}

/// A sign-in that has gone to a provider.
pub(super) struct Attempt<'a> {
    pub(super) state: &'a [u8; 32],
    pub(super) browser: &'a [u8; 32],
    pub(super) provider: Uuid,
    pub(super) nonce: &'a str,
    pub(super) verifier_sealed: &'a [u8],
    pub(super) return_to: &'a str,
    pub(super) expires_at: Timestamp,
}

pub(super) async fn begin_attempt(tx: &Tx, attempt: &Attempt<'_>, now: Timestamp) -> Result<()> {
    const BEGIN: Sql = sql!(
        "insert into login_attempt (state_hash, browser_hash, provider_id, nonce, verifier_sealed, return_to, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        (bytea, bytea, uuid, text, bytea, text, timestamptz) -> ()
    );
    const OVER: Sql = sql!("delete from login_attempt where expires_at <= $1", (timestamptz) -> ());
    let params: [&(dyn ToSql + Sync); 7] = [
        &attempt.state.as_slice(),
        &attempt.browser.as_slice(),
        &attempt.provider,
        &attempt.nonce,
        &attempt.verifier_sealed,
        &attempt.return_to,
        &attempt.expires_at,
    ];
    tx.all(&[call(OVER, &[&now]), call(BEGIN, &params)]).await?;
    Ok(())
}

/// What was remembered of a sign-in.
pub(super) struct Remembered {
    pub(super) nonce: String,
    pub(super) verifier_sealed: Vec<u8>,
    pub(super) return_to: String,
}

/// Takes a sign-in that is back: once, by the browser that began it, and from the provider that it went to.
pub(super) async fn take_attempt(
    tx: &Tx,
    state: &[u8; 32],
    browser: &[u8; 32],
    provider: Uuid,
    now: Timestamp,
) -> Result<Option<Remembered>> {
    const TAKE: Sql = sql!(
        "delete from login_attempt
          where state_hash = $1 and browser_hash = $2 and provider_id = $3 and expires_at > $4
         returning nonce, verifier_sealed, return_to",
        (bytea, bytea, uuid, timestamptz) -> (text, bytea, text)
    );
    let row = tx
        .row(
            TAKE,
            &[&state.as_slice(), &browser.as_slice(), &provider, &now],
        )
        .await?;
    Ok(row.map(|row| Remembered {
        nonce: row.get(0),
        verifier_sealed: row.get(1),
        return_to: row.get(2),
    }))
}
