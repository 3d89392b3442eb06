//! The role that the application has in the database: row-level security counts for it, whatever it asks.
use anyhow::{Context as _, bail};

use super::{Actor, Sql, sql};
use crate::cloud::Cloud;

/// Refuses a role that goes around row-level security, or that may take one that does.
pub(crate) async fn check_role(cloud: &Cloud) -> anyhow::Result<()> {
    const ROLE: Sql = sql!(
        "select current_user::text,
                exists (select from pg_roles r
                         where (r.rolsuper or r.rolbypassrls) and pg_has_role(current_user, r.oid, 'member')),
                pg_has_role(current_user, 'branchline_owner', 'member'),
                pg_has_role(current_user, 'branchline_app', 'usage')",
        () -> (text, boolean, boolean, boolean)
    );
    let row = cloud
        .tx("role", Actor::Service("role"), async |tx| {
            Ok(tx.row(ROLE, &[]).await?)
        })
        .await?
        .context("the database does not say who we are")?;
    let name: String = row.get(0);
    let advice = "let DATABASE_URL name branchline_app, or a login that is granted branchline_app and nothing else";
    if row.get(1) {
        bail!(
            "the role `{name}` of DATABASE_URL is a superuser or bypasses row-level security, so that branches would \
             not be kept apart: {advice}"
        );
    }
    if row.get(2) {
        bail!(
            "the role `{name}` of DATABASE_URL is a member of branchline_owner, which sees every branch: {advice}"
        );
    }
    if !row.get::<_, bool>(3) {
        bail!("the role `{name}` of DATABASE_URL may not use the tables: {advice}");
    }
    Ok(())
}
