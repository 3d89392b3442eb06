//! Certificates from an ACME directory such as Let's Encrypt (RFC 8555), proved over TLS itself (RFC 8737), so that no
//! other port is needed. They are asked for when they are missing or two thirds of their life is over.
use std::{
    fs,
    future::Future,
    io,
    io::Write as _,
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

use axum::body::Bytes;
use http_body_util::BodyExt as _;
use instant_acme::{
    Account, AccountCredentials, AuthorizationStatus, BodyWrapper, BytesResponse, ChallengeType,
    HttpClient, Identifier, NewAccount, NewOrder, OrderStatus, RetryPolicy,
};
use jiff::Timestamp;
use rcgen::{CertificateParams, CustomExtension, DistinguishedName, KeyPair};
use rustls::{pki_types::PrivatePkcs8KeyDer, sign::CertifiedKey};
use sha2::{Digest, Sha256};

use crate::{
    clock::Clock,
    door::DoorError,
    shutdown::Shutdown,
    tls::{Certificates, Files, Pair, Validity, provider, tell_validity},
};

/// Let's Encrypt.
pub const LETS_ENCRYPT: &str = "https://acme-v02.api.letsencrypt.org/directory";
/// How often it is looked whether it is time.
const LOOK: Duration = Duration::from_mins(10);
/// The pause after a failure; it doubles.
const FIRST_PAUSE: Duration = Duration::from_mins(1);
/// The longest pause: directories lock out who asks too often.
const LONGEST_PAUSE: Duration = Duration::from_hours(6);
/// How long a directory may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// What went wrong last, for whoever looks into the folder.
const FAILURE: &str = "failure.txt";

/// What is asked for, and where.
#[derive(Debug, Clone)]
pub struct Options {
    /// The names, the first one first.
    pub domains: Vec<String>,
    /// Whom the directory tells when something is wrong.
    pub email: Option<String>,
    /// The directory's address.
    pub directory: String,
    /// The authority behind the directory's own certificate, as PEM, when the world does not know it.
    pub authority: Option<PathBuf>,
    /// Where account and certificates are kept, for the owner of the process alone.
    pub folder: PathBuf,
}

/// Why there is no new certificate.
#[derive(Debug, thiserror::Error)]
enum AcmeError {
    #[error("the directory refuses: {0}")]
    Acme(#[from] instant_acme::Error),
    #[error(
        "the directory asks for a proof that is not made here: it does not offer tls-alpn-01 for {0}"
    )]
    NoChallenge(String),
    #[error("the directory could not prove {0}: is it this machine, and does port 443 lead here?")]
    NotProved(String),
    #[error("a key or request could not be made: {0}")]
    Make(#[from] rcgen::Error),
    #[error("the proof cannot be shown: {0}")]
    Proof(#[from] rustls::Error),
    #[error("what came cannot be used: {0}")]
    Pair(#[from] crate::tls::TlsError),
    #[error("the folder cannot be written: {0}")]
    Io(#[from] io::Error),
    #[error("the account cannot be read: {0}")]
    Account(#[from] serde_json::Error),
    #[error("no way to the directory: {0}")]
    Http(#[from] reqwest::Error),
}

/// Makes the folder and shows the certificate that is kept there, if there is one.
pub(crate) fn begin(options: &Options, certificates: &Certificates) -> Result<(), DoorError> {
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&options.folder)?;
    client(options).map_err(|error| DoorError::Authority {
        path: options.authority.clone().unwrap_or_default(),
        error: error.to_string(),
    })?;
    let path = options.pair();
    if path.exists() {
        match Pair::read(&files(&path)) {
            Ok(pair) => certificates.show(pair),
            Err(error) => tracing::warn!(%error, "A new certificate is asked for: {error}"),
        }
    }
    Ok(())
}

impl Options {
    /// The certificate and its key, in one file by names.
    fn pair(&self) -> PathBuf {
        let mut names = self.domains.clone();
        names.sort();
        let first = self.domains.first().map_or("none", String::as_str);
        let first = first.replace(['/', '*'], "_");
        self.folder
            .join(format!("{first}-{}.pem", short(&names.join(","))))
    }

    /// The account of one directory.
    fn account(&self) -> PathBuf {
        self.folder
            .join(format!("account-{}.json", short(&self.directory)))
    }
}

fn short(text: &str) -> String {
    let hash = Sha256::digest(text);
    format!(
        "{:08x}",
        u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]])
    )
}

fn files(path: &Path) -> Files {
    Files {
        cert: path.to_owned(),
        key: path.to_owned(),
    }
}

/// How things stand in an ACME folder, for whoever looks after it: the newest certificate's time, and what went wrong.
///
/// # Errors
/// When the folder cannot be read.
pub fn look(folder: &Path) -> io::Result<(Option<Validity>, Option<String>)> {
    let mut newest: Option<Validity> = None;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let is_pair = path.extension().is_some_and(|it| it == "pem");
        let Some(pair) = is_pair.then(|| Pair::read(&files(&path)).ok()).flatten() else {
            continue;
        };
        if newest.is_none_or(|newest| newest.until < pair.validity().until) {
            newest = Some(pair.validity());
        }
    }
    let failure = fs::read_to_string(folder.join(FAILURE)).ok();
    Ok((newest, failure))
}

/// Keeps a good certificate on show until the shutdown.
pub(crate) async fn keep(
    options: Options,
    certificates: Certificates,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
) {
    let mut pause = FIRST_PAUSE;
    loop {
        let wait = if is_due(certificates.validity(), clock.now()) {
            match obtain(&options, &certificates).await {
                Ok(pair) => {
                    tracing::info!("The ACME directory has issued a certificate");
                    tell_validity(pair.validity(), clock.now());
                    certificates.show(pair);
                    pause = FIRST_PAUSE;
                    // It was never there, or is of the past: both are fine.
                    let _ = fs::remove_file(options.folder.join(FAILURE));
                    LOOK
                }
                Err(error) => {
                    tell_failure(&options, &error, clock.now());
                    let wait = pause;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                    wait
                }
            }
        } else {
            LOOK
        };
        certificates.forget_challenges();
        tokio::select! {
            () = shutdown.wait() => return,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

fn tell_failure(options: &Options, error: &AcmeError, now: Timestamp) {
    metrics::counter!("acme_failures_total").increment(1);
    tracing::error!(%error, "No certificate from {}: {error}", options.directory);
    let text = format!("{now} {error}\n");
    if let Err(error) = private(&options.folder.join(FAILURE), text.as_bytes()) {
        tracing::warn!(%error, "The failure could not be noted: {error}");
    }
}

/// Whether it is time for another one: there is none, or two thirds of its life are over.
fn is_due(validity: Option<Validity>, now: Timestamp) -> bool {
    validity.is_none_or(|Validity { from, until }| {
        let life = until.as_second() - from.as_second();
        until.as_second() - now.as_second() <= life / 3
    })
}

async fn obtain(options: &Options, certificates: &Certificates) -> Result<Pair, AcmeError> {
    let account = account(options).await?;
    let names: Vec<_> = options
        .domains
        .iter()
        .map(|name| Identifier::Dns(name.clone()))
        .collect();
    let mut order = account.new_order(&NewOrder::new(&names)).await?;
    let mut authorizations = order.authorizations();
    while let Some(authorization) = authorizations.next().await {
        let mut authorization = authorization?;
        let name = authorization.identifier().to_string();
        match authorization.status {
            AuthorizationStatus::Pending => {}
            AuthorizationStatus::Valid => continue,
            _ => return Err(AcmeError::NotProved(name)),
        }
        let mut challenge = authorization
            .challenge(ChallengeType::TlsAlpn01)
            .ok_or_else(|| AcmeError::NoChallenge(name.clone()))?;
        let digest = challenge.key_authorization().digest();
        certificates.challenge(&name, proof(&name, digest.as_ref())?);
        challenge.set_ready().await?;
    }
    let retries = RetryPolicy::default();
    if order.poll_ready(&retries).await? != OrderStatus::Ready {
        return Err(AcmeError::NotProved(options.domains.join(", ")));
    }
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(options.domains.clone())?;
    params.distinguished_name = DistinguishedName::new();
    order
        .finalize_csr(params.serialize_request(&key)?.der())
        .await?;
    let chain = order.poll_certificate(&retries).await?;
    let text = format!("{}{}", key.serialize_pem(), chain);
    let path = options.pair();
    let pair = Pair::of(text.as_bytes(), text.as_bytes(), &files(&path))?;
    private(&path, text.as_bytes())?;
    Ok(pair)
}

/// What shows a directory that a name is ours.
fn proof(name: &str, digest: &[u8]) -> Result<CertifiedKey, AcmeError> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::new(vec![name.to_owned()])?;
    params.custom_extensions = vec![CustomExtension::new_acme_identifier(digest)];
    let cert = params.self_signed(&key)?;
    let secret = PrivatePkcs8KeyDer::from(key.serialize_der());
    let secret = provider().key_provider.load_private_key(secret.into())?;
    // Not looked at here: what makes it a proof is an extension that others must not accept.
    Ok(CertifiedKey::new(vec![cert.der().clone()], secret))
}

async fn account(options: &Options) -> Result<Account, AcmeError> {
    let path = options.account();
    let builder = Account::builder_with_http(Box::new(Http(client(options)?)));
    if let Ok(text) = fs::read(&path) {
        let credentials: AccountCredentials = serde_json::from_slice(&text)?;
        return Ok(builder.from_credentials(credentials).await?);
    }
    let contact = options
        .email
        .as_ref()
        .map(|email| format!("mailto:{email}"));
    let contact: Vec<&str> = contact.as_deref().into_iter().collect();
    let new = NewAccount {
        contact: &contact,
        terms_of_service_agreed: true,
        only_return_existing: false,
    };
    let (account, credentials) = builder
        .create(&new, options.directory.clone(), None)
        .await?;
    private(&path, &serde_json::to_vec(&credentials)?)?;
    Ok(account)
}

/// Writes a file that only its owner may read, all of it or nothing.
fn private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let new = path.with_extension("new");
    // Left by a crash: its mode may be anything.
    let _ = fs::remove_file(&new);
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&new, path)
}

fn client(options: &Options) -> Result<reqwest::Client, AcmeError> {
    let mut builder = reqwest::Client::builder()
        .timeout(PATIENCE)
        .https_only(true)
        .user_agent(concat!("branchline/", env!("CARGO_PKG_VERSION")));
    if let Some(path) = &options.authority {
        for certificate in reqwest::Certificate::from_pem_bundle(&fs::read(path)?)? {
            builder = builder.add_root_certificate(certificate);
        }
    }
    Ok(builder.build()?)
}

/// The way to the directory: the HTTP client that is there anyway.
struct Http(reqwest::Client);

type Answer = Pin<Box<dyn Future<Output = Result<BytesResponse, instant_acme::Error>> + Send>>;

impl HttpClient for Http {
    fn request(&self, request: axum::http::Request<BodyWrapper<Bytes>>) -> Answer {
        let client = self.0.clone();
        Box::pin(async move {
            let other = |error: reqwest::Error| instant_acme::Error::Other(Box::new(error));
            let (parts, body) = request.into_parts();
            let Ok(body) = body.collect().await;
            let response = client
                .request(parts.method, parts.uri.to_string())
                .headers(parts.headers)
                .body(body.to_bytes())
                .send()
                .await
                .map_err(other)?;
            let (status, headers) = (response.status(), response.headers().clone());
            let bytes = response.bytes().await.map_err(other)?;
            let (mut parts, ()) = axum::http::Response::new(()).into_parts();
            parts.status = status;
            parts.headers = headers;
            Ok(BytesResponse {
                parts,
                body: Box::new(bytes),
            })
        })
    }
}

#[cfg(test)]
mod tests;
