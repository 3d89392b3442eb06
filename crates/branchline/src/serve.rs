//! Runs the cloud until the process is told to stop.
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::Context;
use clap::Args;
use cloud::{
    Database, Pooler,
    cluster::{Cluster, ClusterError, ClusterOptions, default_home, join},
    mail::{Address, Delivery},
};
use httpkit::{Parts, random::SystemRandom};
use jiff::SignedDuration;
use tokio::signal::unix::{SignalKind, signal};
use url::Url;

use crate::{
    door::{AcmeOptions, DoorOptions},
    log::{self, Sink},
    supervisor,
    web::Built,
};

/// The database in a private cluster.
const DATABASE: &str = "branchline";

/// Where the cloud keeps its data.
#[derive(Debug, Clone, Args)]
pub struct DatabaseOptions {
    /// Folder of the private PostgreSQL, when no database is given
    #[arg(long, env = "BRANCHLINE_DATA")]
    pub data: Option<PathBuf>,
    /// An own database, as the application's role; may lead through a pooler
    #[arg(
        long,
        env = "DATABASE_URL",
        hide_env_values = true,
        requires = "database_owner_url"
    )]
    pub database_url: Option<String>,
    /// The same database directly, as its owner: for migrations
    #[arg(
        long,
        env = "DATABASE_OWNER_URL",
        hide_env_values = true,
        requires = "database_url"
    )]
    pub database_owner_url: Option<String>,
    /// What stands before the database: `none`, or `transaction` for a pooler such as PgBouncer
    #[arg(long, env = "DATABASE_POOLER", default_value = "none")]
    pub pooler: Pooler,
}

/// A database, with the private cluster that it lives in, if it does.
pub struct Opened {
    pub database: Database,
    cluster: Option<Arc<Cluster>>,
}

impl DatabaseOptions {
    /// The folder for what is kept beside the database.
    pub fn home(&self) -> PathBuf {
        self.data.clone().unwrap_or_else(|| default_home("cloud"))
    }

    /// The folder of the private PostgreSQL, unless a database is given.
    pub fn private(&self) -> Option<PathBuf> {
        self.database_url.is_none().then(|| self.postgres())
    }

    fn postgres(&self) -> PathBuf {
        let home = self.data.clone().unwrap_or_else(|| default_home("cloud"));
        home.join("postgres")
    }

    /// Takes the given database, or starts a private PostgreSQL; `joins` one that a running cloud owns.
    ///
    /// # Errors
    /// When there is no PostgreSQL on this machine, with the package to install.
    pub async fn open(&self, joins: bool) -> anyhow::Result<Opened> {
        if let (Some(app), Some(owner)) = (&self.database_url, &self.database_owner_url) {
            let database = Database::by_url(app, owner, self.pooler)?;
            return Ok(Opened {
                database,
                cluster: None,
            });
        }
        let postgres = self.postgres();
        let options = ClusterOptions::durable(&postgres);
        let cluster = match tokio::task::spawn_blocking(move || Cluster::start(options)).await? {
            Ok(cluster) => Arc::new(cluster),
            // A cloud is running on it: an administrator's command joins it.
            Err(ClusterError::InUse { .. }) if joins => {
                let mut owner = join(&postgres)?;
                owner.dbname(DATABASE);
                return Ok(Opened {
                    database: Database::of_superuser(owner),
                    cluster: None,
                });
            }
            Err(error) => return Err(error.into()),
        };
        let database = Database::in_cluster(&cluster, DATABASE).await?;
        Ok(Opened {
            database,
            cluster: Some(cluster),
        })
    }
}

impl Opened {
    /// Stops the private cluster.
    ///
    /// # Errors
    /// When PostgreSQL does not stop.
    pub async fn close(self) -> anyhow::Result<()> {
        if let Some(cluster) = self.cluster {
            tokio::task::spawn_blocking(move || cluster.stop()).await??;
        }
        Ok(())
    }
}

/// How the cloud runs.
#[derive(Debug, Args)]
pub struct CloudOptions {
    #[command(flatten)]
    database: DatabaseOptions,
    /// Where the office and the edges reach it
    #[arg(long, env = "BRANCHLINE_LISTEN", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Redis or Valkey, to share caches and hints between several clouds
    #[arg(long, env = "REDIS_URL", hide_env_values = true)]
    redis_url: Option<String>,
    /// Minutes that an online order holds its units for the payment, when its channel does not say
    #[arg(long, env = "BRANCHLINE_HOLD_MINUTES", default_value_t = 15)]
    hold_minutes: u32,
    /// Milliseconds that a cart waits for units that a connected shop may give back; 0: not at all
    #[arg(long, env = "BRANCHLINE_BORROW_MS", default_value_t = 1_500)]
    borrow_ms: u64,
    /// A proxy in front speaks HTTPS: cookies are for HTTPS alone
    #[arg(long, env = "BRANCHLINE_HTTPS")]
    https: bool,
    /// Where people reach it, for links in e-mails and for identity providers: `https://office.example.com`
    #[arg(long, env = "BRANCHLINE_PUBLIC_URL")]
    public_url: Option<Url>,
    /// Addresses of own proxies, which may say whom they speak for; separated by commas
    #[arg(long, env = "BRANCHLINE_PROXIES", value_delimiter = ',')]
    proxies: Vec<IpAddr>,
    #[command(flatten)]
    door: DoorOptions,
    #[command(flatten)]
    acme: AcmeOptions,
    #[command(flatten)]
    secrets: SecretOptions,
}

/// What opens sealed secrets, and how e-mails leave.
#[derive(Debug, Args)]
struct SecretOptions {
    /// The key with which secrets are sealed: 32 bytes in base64. By default `secret.key` in the data folder
    #[arg(
        long,
        env = "BRANCHLINE_SECRET_KEY",
        hide_env_values = true,
        conflicts_with = "secret_key_file"
    )]
    secret_key: Option<String>,
    /// A file with that key; made when it is missing
    #[arg(long, env = "BRANCHLINE_SECRET_KEY_FILE")]
    secret_key_file: Option<PathBuf>,
    /// A mail server: `smtps://user:password@mail.example.com`. By default e-mails are files in `mail` of the data folder
    #[arg(long, env = "BRANCHLINE_SMTP_URL", hide_env_values = true)]
    smtp_url: Option<String>,
    /// From whom e-mails are
    #[arg(
        long,
        env = "BRANCHLINE_MAIL_FROM",
        default_value = "Branchline <branchline@localhost>"
    )]
    mail_from: String,
}

impl SecretOptions {
    fn key(&self, home: &Path) -> anyhow::Result<cloud::seal::Key> {
        if let Some(text) = &self.secret_key {
            return cloud::seal::Key::parse(text).context("BRANCHLINE_SECRET_KEY");
        }
        let file = self.secret_key_file.clone();
        let file = file.unwrap_or_else(|| home.join("secret.key"));
        cloud::seal::Key::in_file(&file, &SystemRandom)
    }

    fn mail(&self, home: &Path) -> cloud::mail::Options {
        let delivery = match &self.smtp_url {
            Some(url) => Delivery::Smtp(Address(url.clone())),
            None => Delivery::Folder(home.join("mail")),
        };
        cloud::mail::Options {
            delivery,
            from: self.mail_from.clone(),
        }
    }
}

/// Runs the cloud.
///
/// # Errors
/// A taken port, a database that cannot be reached or migrated.
pub async fn cloud(options: CloudOptions) -> anyhow::Result<ExitCode> {
    log::init(&Sink::Stderr)?;
    let home = options.database.home();
    let secret = options.secrets.key(&home)?;
    let mail = options.secrets.mail(&home);
    let acme = options.acme.options(&home)?;
    let host = options.public_url.as_ref().and_then(Url::host_str);
    let door = options.door.door(acme, &options.proxies, host)?;
    let opened = options.database.open(false).await?;
    let config = cloud::Config {
        office: cloud::OfficeOptions {
            redis: options.redis_url,
            https: options.https,
            orders: cloud::order::Options {
                hold: SignedDuration::from_mins(i64::from(options.hold_minutes)),
                borrow: Duration::from_millis(options.borrow_ms),
                ..cloud::order::Options::default()
            },
            public_url: options.public_url,
            proxies: options.proxies,
            secret: Some(secret),
            is_authored: false,
            mail,
        },
        door,
        ..cloud::Config::new(opened.database.clone(), options.listen)
    };
    let running = cloud::start(config, parts()).await?;
    supervisor::ready();
    terminated().await?;
    supervisor::stopping();
    running.stop().await;
    opened.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// The machine's clock and randomness, and the built pages.
pub fn parts() -> Parts {
    Parts {
        assets: Arc::new(Built),
        ..Parts::system()
    }
}

/// Returns when the process is asked to end: Ctrl-C, or a supervisor's SIGTERM.
pub async fn terminated() -> anyhow::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed?,
        _ = terminate.recv() => {}
    }
    tracing::info!("Stopping: finishing what has begun");
    Ok(())
}
