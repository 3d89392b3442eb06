//! How the servers' doors are set up on the command line.
use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use clap::Args;
use httpkit::{
    acme, door,
    metrics::{Readers, SHORTEST_TOKEN},
    server::connection::Limits,
    tls::Files,
};

/// TLS, and how many may come in.
#[derive(Debug, Args)]
pub struct DoorOptions {
    /// The certificate for HTTPS, with those between it and the authority (PEM). Looked at every few seconds
    #[arg(long, env = "BRANCHLINE_TLS_CERT", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// Its private key (PEM, without a passphrase)
    #[arg(long, env = "BRANCHLINE_TLS_KEY", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// Another address, without TLS, that sends browsers to the one with TLS: `0.0.0.0:80`
    #[arg(long, env = "BRANCHLINE_HTTP_REDIRECT")]
    http_redirect: Option<SocketAddr>,
    /// Connections at the same time
    #[arg(long, env = "BRANCHLINE_MAX_CONNECTIONS", default_value_t = Limits::default().most)]
    max_connections: usize,
    /// Connections of one address, unless it is a proxy or this machine
    #[arg(long, env = "BRANCHLINE_MAX_CONNECTIONS_PER_ADDRESS", default_value_t = Limits::default().most_of_one)]
    max_connections_per_address: usize,
    /// Who brings this token (`Authorization: Bearer …`) may read /metrics from another machine; 16 characters or more
    #[arg(
        long,
        env = "BRANCHLINE_METRICS_TOKEN",
        hide_env_values = true,
        conflicts_with = "metrics_token_file"
    )]
    metrics_token: Option<String>,
    /// A file with that token
    #[arg(long, env = "BRANCHLINE_METRICS_TOKEN_FILE")]
    metrics_token_file: Option<PathBuf>,
}

/// Certificates from an ACME directory.
#[derive(Debug, Args)]
#[expect(
    clippy::struct_field_names,
    reason = "the fields are named as the options on the command line"
)]
pub struct AcmeOptions {
    /// Get the certificate for this name by ACME; needs port 443 (`--listen 0.0.0.0:443`). Several: separated by commas
    #[arg(
        long,
        env = "BRANCHLINE_ACME_DOMAIN",
        value_delimiter = ',',
        conflicts_with = "tls_cert"
    )]
    acme_domain: Vec<String>,
    /// Whom the directory tells when something is wrong. Giving it agrees to the directory's terms
    #[arg(long, env = "BRANCHLINE_ACME_EMAIL")]
    acme_email: Option<String>,
    /// The directory
    #[arg(long, env = "BRANCHLINE_ACME_DIRECTORY", default_value = acme::LETS_ENCRYPT)]
    acme_directory: String,
    /// The authority behind the directory's own certificate (PEM), when the world does not know it
    #[arg(long, env = "BRANCHLINE_ACME_CA")]
    acme_ca: Option<PathBuf>,
}

impl AcmeOptions {
    /// What is asked for; none when no name was given. Kept in `acme` of the data folder.
    ///
    /// # Errors
    /// A name without an e-mail.
    pub fn options(&self, home: &Path) -> anyhow::Result<Option<acme::Options>> {
        if self.acme_domain.is_empty() {
            return Ok(None);
        }
        if self.acme_email.is_none() {
            bail!(
                "--acme-domain needs --acme-email: whom the directory tells when something is wrong"
            );
        }
        Ok(Some(acme::Options {
            domains: self.acme_domain.clone(),
            email: self.acme_email.clone(),
            directory: self.acme_directory.clone(),
            authority: self.acme_ca.clone(),
            folder: acme_folder(home),
        }))
    }
}

/// Where account and certificates of ACME are kept.
pub fn acme_folder(home: &Path) -> PathBuf {
    home.join("acme")
}

impl DoorOptions {
    /// Who may read the metrics.
    fn metrics(&self) -> anyhow::Result<Readers> {
        let token = match (&self.metrics_token, &self.metrics_token_file) {
            (Some(token), _) => token.clone(),
            (None, Some(file)) => std::fs::read_to_string(file)
                .with_context(|| format!("read the token of the metrics in {}", file.display()))?,
            (None, None) => return Ok(Readers::default()),
        };
        Readers::by_token(token.trim()).with_context(|| {
            format!("the token of the metrics has less than {SHORTEST_TOKEN} characters")
        })
    }

    /// The door that was asked for.
    ///
    /// # Errors
    /// A redirection that leads nowhere.
    pub fn door(
        &self,
        acme: Option<acme::Options>,
        proxies: &[IpAddr],
        host: Option<&str>,
    ) -> anyhow::Result<door::Options> {
        let files = match (&self.tls_cert, &self.tls_key) {
            (Some(cert), Some(key)) => Some(door::Tls::Files(Files {
                cert: cert.clone(),
                key: key.clone(),
            })),
            _ => None,
        };
        let host = host
            .map(str::to_owned)
            .or_else(|| acme.as_ref()?.domains.first().cloned());
        let tls = files.or_else(|| acme.map(door::Tls::Acme));
        if tls.is_none() && self.http_redirect.is_some() {
            bail!("--http-redirect needs TLS: --tls-cert and --tls-key, or --acme-domain");
        }
        Ok(door::Options {
            metrics: self.metrics()?,
            tls,
            redirect: self.http_redirect,
            host,
            limits: Limits {
                most: self.max_connections,
                most_of_one: self.max_connections_per_address,
                proxies: proxies.iter().map(IpAddr::to_canonical).collect(),
                ..Limits::default()
            },
        })
    }
}
