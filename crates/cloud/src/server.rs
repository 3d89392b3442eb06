//! What serves: the router, the workers, and their graceful end.
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Json, Router, routing::get};
use httpkit::door::{self, Door};
use httpkit::problem::Problem;
use httpkit::server::{LayerOptions, bind, layered};
use httpkit::{Parts, assets, docs, metrics, routes};
use tokio::task::JoinSet;
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::access::Schemes;
use crate::cloud::Cloud;
use crate::db::{Actor, Database, Sql, check_role, migrate, patiently, sql};
use crate::error::Result;
use crate::{audit, enrolment, job, office, order, partition, seal, session, sync};

/// The longest that requests and batches may take to finish at the end.
const GRACE: Duration = Duration::from_secs(10);
/// Workers of stage 2 when nothing is said: one per core of a small machine.
const APPLY_WORKERS: usize = 2;
/// The largest request body: a picture. Each route says how much of it is for itself.
const BODY_LIMIT: usize = picture::MOST_BYTES;

/// How a cloud is set up.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where it listens; port 0 takes a free one.
    pub addr: SocketAddr,
    /// Its database.
    pub database: Database,
    /// What concerns the office.
    pub office: office::Options,
    /// TLS, and how many may come in.
    pub door: door::Options,
    /// Workers that apply events; none: this instance only serves.
    pub apply_workers: usize,
}

impl Config {
    /// A cloud over a database, with defaults for the rest.
    pub fn new(database: Database, addr: SocketAddr) -> Self {
        Self {
            addr,
            database,
            office: office::Options::default(),
            door: door::Options::default(),
            apply_workers: APPLY_WORKERS,
        }
    }
}

/// A cloud that serves.
pub struct Running {
    /// Where it listens.
    pub addr: SocketAddr,
    /// Its operations, for the same process.
    pub cloud: Cloud,
    tasks: JoinSet<()>,
}

/// Migrates the database and looks whether it can be worked with. Can be done again.
async fn open(config: &Config, office: &office::Options, parts: Parts) -> anyhow::Result<Cloud> {
    migrate::migrate(&config.database.owner).await?;
    let cloud = Cloud::open(&config.database, office, parts)?;
    check_role(&cloud).await?;
    if config.office.secret.is_some() {
        seal::check(&cloud).await?;
    }
    partition::ensure_ahead(&cloud)
        .await
        .context("make the months ahead")?;
    sync::retry_all(&cloud).await?;
    Ok(cloud)
}

/// Migrates the database, then serves and works. A database that is away is waited for, for a minute.
pub async fn start(config: Config, parts: Parts) -> anyhow::Result<Running> {
    metrics::handle();
    let door = Door::new(&config.door, Arc::clone(&parts.security_clock)).await?;
    let office = office::Options {
        https: config.office.https || door.is_tls(),
        ..config.office.clone()
    };
    let cloud = patiently(async || open(&config, &office, parts.clone()).await).await?;
    let listener = bind(config.addr).await?;
    let addr = listener.local_addr()?;
    let scheme = door.scheme();
    cloud.office().listens_at(scheme, addr);
    if office.https && office.public_url.is_none() {
        tracing::warn!(
            "Links in e-mails lead to {addr}: set BRANCHLINE_PUBLIC_URL to where people reach this"
        );
    }
    let router = router(&cloud, cloud.office().https);
    let mut tasks = JoinSet::new();
    let shutdown = cloud.shutdown();
    for _ in 0..config.apply_workers {
        tasks.spawn(sync::work(cloud.clone(), shutdown.clone()));
    }
    tasks.spawn(sync::watch(cloud.clone(), shutdown.clone()));
    tasks.spawn(sync::watch_commands(cloud.clone(), shutdown.clone()));
    tasks.spawn(sync::settle(cloud.clone(), shutdown.clone()));
    tasks.spawn(sync::apply_salvaged(cloud.clone(), shutdown.clone()));
    tasks.spawn(job::work(cloud.clone(), shutdown.clone()));
    tasks.spawn(office::run(cloud.clone(), shutdown.clone()));
    tasks.spawn(order::work(cloud.clone(), shutdown.clone()));
    tasks.spawn(audit::refusal::work(cloud.clone(), shutdown.clone()));
    tasks.spawn(async move {
        if let Err(error) = door.serve(listener, router, shutdown).await {
            tracing::error!(%error, "The server ended: {error}");
        }
    });
    tracing::info!(%addr, "The cloud serves at {scheme}://{addr}");
    Ok(Running { addr, cloud, tasks })
}

impl Running {
    /// Stops: no new request, the ones in progress and the workers' batches are finished.
    pub async fn stop(mut self) {
        self.cloud.begin_shutdown();
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, all).await.is_err() {
            tracing::warn!("Not everything had ended after {} s", GRACE.as_secs());
        }
        self.tasks.shutdown().await;
        self.cloud.close();
    }
}

#[derive(OpenApi)]
#[openapi(modifiers(&Schemes), info(
    title = "Branchline cloud",
    description = "All shops: office, reports, and what nodes push and pull. Amounts are integers in minor units of the \
        company's currency, quantities integers in base units, instants RFC 3339 in UTC. Problems are \
        `application/problem+json` with a stable `code`."
))]
struct Document;

/// The document of the API, as it is served at `/v1/openapi.json`.
pub fn openapi() -> utoipa::openapi::OpenApi {
    docs::complete(api().into_openapi())
}

fn api() -> OpenApiRouter<Cloud> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(office::router())
        .merge(enrolment::http::router())
        .merge(sync::router())
        .routes(routes!(health))
        .routes(routes!(ready))
}

/// Every page and operation, for whoever listens in another way. `https`: people reach it so, and nothing else is for
/// them.
pub fn router(cloud: &Cloud, https: bool) -> Router {
    let (api, document) = api().split_for_parts();
    let router = docs::mount(api, docs::complete(document))
        .route("/metrics", get(scrape))
        .route("/", get(async || Redirect::temporary("/office")))
        .merge(assets::pages(
            &cloud.parts().assets,
            "office.html",
            &["/office", "/office/{*rest}"],
        ))
        .merge(assets::more_pages(
            &cloud.parts().assets,
            "shop.html",
            &["/shop", "/shop/{*rest}"],
        ))
        .layer(axum::middleware::from_fn_with_state(
            cloud.clone(),
            audit::remember_origin,
        ))
        .layer(axum::middleware::from_fn_with_state(
            cloud.clone(),
            session::guess::slowed,
        ))
        .with_state(cloud.clone());
    layered(
        router,
        LayerOptions {
            body_limit: BODY_LIMIT,
            hsts: https,
            ..LayerOptions::default()
        },
    )
}

/// Whether the process lives.
#[utoipa::path(get, path = "/health", tag = "operation", responses((status = 200, description = "It lives")))]
async fn health() -> Json<serde_json::Value> {
    Json(serde_json::json!({ "status": "ok" }))
}

/// Whether it can serve: the database answers and has this build's schema.
#[utoipa::path(
    get, path = "/ready", tag = "operation",
    responses(
        (status = 200, description = "It can serve"),
        (status = 503, body = Problem, description = "`store.unavailable`, `store.schema`"),
    )
)]
async fn ready(State(cloud): State<Cloud>) -> Result<Json<serde_json::Value>> {
    const SCHEMA: Sql =
        sql!("select coalesce(max(version), 0) from refinery_schema_history", () -> (integer));
    let schema = cloud
        .tx("ready", Actor::Service("ready"), async |tx| {
            Ok(tx
                .row(SCHEMA, &[])
                .await?
                .map_or(0, |row| row.get::<_, i32>(0)))
        })
        .await?;
    if schema < migrate::newest() {
        return Err(Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "store.schema",
            "The database has an older schema than this build",
        )
        .into());
    }
    Ok(Json(
        serde_json::json!({ "status": "ready", "schema": schema }),
    ))
}

/// `GET /metrics`: what is counted as it happens, and how much waits as the database says now.
async fn scrape(State(cloud): State<Cloud>) -> Response {
    match sync::backlog(&cloud).await {
        Ok(()) => ::metrics::gauge!("cloud_database_up").set(1.0),
        Err(error) => {
            tracing::debug!(%error, "No queue figures for the metrics: {error}");
            ::metrics::gauge!("cloud_database_up").set(0.0);
        }
    }
    metrics::scrape().await.into_response()
}
