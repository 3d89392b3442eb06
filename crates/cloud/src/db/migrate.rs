//! Migrations and SQL functions, applied by the owner over a direct connection before anything is served.
use anyhow::Context as _;
use retail::staff::Permission;
use sha2::{Digest, Sha256};
use tokio_postgres::{Client, Config, NoTls};

mod embedded {
    refinery::embed_migrations!("./migrations");
}

/// The newest migration of this build.
pub(crate) fn newest() -> i32 {
    let runner = embedded::migrations::runner();
    let versions = runner
        .get_migrations()
        .iter()
        .map(refinery::Migration::version);
    versions.max().map_or(0, |newest| newest)
}

/// Any number that nothing else uses; one process migrates at a time.
const LOCK: i64 = 0x0b4a_6c12;

/// Functions are applied again when their text has changed.
const FUNCTIONS: [(&str, &str); 9] = [
    ("catalog", include_str!("../../functions/catalog.sql")),
    ("invariant", include_str!("../../functions/invariant.sql")),
    ("live", include_str!("../../functions/live.sql")),
    ("partition", include_str!("../../functions/partition.sql")),
    ("people", include_str!("../../functions/people.sql")),
    ("promotion", include_str!("../../functions/promotion.sql")),
    ("reference", include_str!("../../functions/reference.sql")),
    ("summary", include_str!("../../functions/summary.sql")),
    ("supplier", include_str!("../../functions/supplier.sql")),
];

/// A name that changes with the schema, for the templates of tests.
pub fn fingerprint() -> String {
    let mut sha = Sha256::new();
    sha.update(include_str!("roles.sql"));
    for migration in embedded::migrations::runner().get_migrations() {
        sha.update(migration.sql().unwrap_or_default());
    }
    for (_, text) in FUNCTIONS {
        sha.update(text);
    }
    format!("{:x}", sha.finalize())[..16].to_owned()
}

/// Brings the schema up to this build. Does nothing when it is.
pub async fn migrate(owner: &Config) -> anyhow::Result<()> {
    let (mut client, connection) = owner
        .connect(NoTls)
        .await
        .context("connect to the database as its owner")?;
    let running = tokio::spawn(connection);
    client
        .batch_execute(&format!("select pg_advisory_lock({LOCK})"))
        .await?;
    let outcome = run(&mut client).await;
    // The lock goes with the connection.
    drop(client);
    running.await??;
    outcome
}

async fn run(client: &mut Client) -> anyhow::Result<()> {
    client
        .batch_execute(include_str!("roles.sql"))
        .await
        .context("make the roles")?;
    client
        .batch_execute("set client_min_messages = warning; set role branchline_owner")
        .await
        .context("become branchline_owner")?;
    let report = embedded::migrations::runner()
        .run_async(client)
        .await
        .context("migrate the database")?;
    for migration in report.applied_migrations() {
        tracing::info!(%migration, "Applied migration {migration}");
    }
    apply_functions(client).await?;
    let codes: Vec<&str> = Permission::ALL.iter().map(|known| known.code()).collect();
    client
        .execute(
            "insert into permission select unnest($1::text[]) on conflict do nothing",
            &[&codes],
        )
        .await?;
    Ok(())
}

async fn apply_functions(client: &mut Client) -> anyhow::Result<()> {
    for (name, text) in FUNCTIONS {
        let hash = Sha256::digest(text).to_vec();
        let applied = client
            .query_opt(
                "select 1 from function_file where name = $1 and hash = $2",
                &[&name, &hash],
            )
            .await?;
        if applied.is_some() {
            continue;
        }
        let tx = client.transaction().await?;
        tx.batch_execute(text)
            .await
            .with_context(|| format!("apply functions/{name}.sql"))?;
        tx.execute(
            "insert into function_file values ($1, $2) on conflict (name) do update set hash = excluded.hash",
            &[&name, &hash],
        )
        .await?;
        tx.commit().await?;
        tracing::info!(name, "Applied functions/{name}.sql");
    }
    Ok(())
}
