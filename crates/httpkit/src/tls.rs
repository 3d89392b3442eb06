//! The server's certificate: from files that may be replaced while it serves, or from an ACME directory.
use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use jiff::Timestamp;
use rustls::{
    ServerConfig,
    crypto::CryptoProvider,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject},
    server::{ClientHello, ParsedCertificate, ResolvesServerCert},
    sign::CertifiedKey,
};
use sha2::{Digest, Sha256};

use crate::{clock::Clock, shutdown::Shutdown};

mod validity;

pub use validity::Validity;

/// HTTP/2, as TLS names it.
pub const HTTP_2: &[u8] = b"h2";
/// HTTP/1.1, as TLS names it.
pub const HTTP_1: &[u8] = b"http/1.1";
/// What an ACME directory asks for when it looks whether a name is ours (RFC 8737).
pub const CHALLENGE: &[u8] = b"acme-tls/1";
/// How often the files are looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Where the certificate and its key lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The certificate, and those between it and the authority, as PEM.
    pub cert: PathBuf,
    /// Its private key, as PEM, without a passphrase.
    pub key: PathBuf,
}

/// Why a certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("{what} {} cannot be read: {error}", path.display())]
    Unreadable {
        /// What it should be.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It holds no certificate.
    #[error("{} holds no certificate: it must be PEM, beginning with -----BEGIN CERTIFICATE-----", .0.display())]
    NoCertificate(PathBuf),
    /// It holds no key.
    #[error("{} holds no private key: it must be PEM, such as -----BEGIN PRIVATE KEY-----", .0.display())]
    NoKey(PathBuf),
    /// It has a passphrase.
    #[error("the private key {} has a passphrase; write it without one: openssl pkey -in {} -out FILE", .0.display(), .0.display())]
    Passphrase(PathBuf),
    /// They are not of one pair.
    #[error("the private key {} does not belong to the certificate {}", key.display(), cert.display())]
    Mismatch {
        /// The certificate.
        cert: PathBuf,
        /// The key.
        key: PathBuf,
    },
    /// Something else.
    #[error("the certificate {} cannot be used: {error}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: rustls::Error,
    },
}

/// A certificate with its key, and how long it is good.
#[derive(Debug, Clone)]
pub struct Pair {
    key: Arc<CertifiedKey>,
    validity: Validity,
}

impl Pair {
    /// Reads a pair. One that has expired is read too: a wrong clock must not keep a shop from opening.
    ///
    /// # Errors
    /// [`TlsError`], in the words of somebody who has to put it right.
    pub fn read(files: &Files) -> Result<Self, TlsError> {
        let cert = read("the certificate", &files.cert)?;
        let key = read("the private key", &files.key)?;
        Self::of(&cert, &key, files)
    }

    /// The pair in these bytes, which came from `files`.
    pub(crate) fn of(cert: &[u8], key: &[u8], files: &Files) -> Result<Self, TlsError> {
        let chain: Vec<_> = CertificateDer::pem_slice_iter(cert)
            .collect::<Result<_, _>>()
            .map_err(|_| TlsError::NoCertificate(files.cert.clone()))?;
        let unusable = |error| TlsError::Unusable {
            path: files.cert.clone(),
            error,
        };
        let validity = chain
            .first()
            .ok_or_else(|| TlsError::NoCertificate(files.cert.clone()))
            .and_then(|first| {
                Validity::of(first).ok_or_else(|| {
                    unusable(rustls::Error::General("it is no X.509 certificate".into()))
                })
            })?;
        let secret = PrivateKeyDer::from_pem_slice(key).map_err(|_| {
            if String::from_utf8_lossy(key).contains("ENCRYPTED") {
                TlsError::Passphrase(files.key.clone())
            } else {
                TlsError::NoKey(files.key.clone())
            }
        })?;
        let key =
            CertifiedKey::from_der(chain, secret, &provider()).map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => TlsError::Mismatch {
                    cert: files.cert.clone(),
                    key: files.key.clone(),
                },
                error => unusable(error),
            })?;
        Ok(Self {
            key: Arc::new(key),
            validity,
        })
    }

    /// From when until when it is good.
    #[must_use]
    pub const fn validity(&self) -> Validity {
        self.validity
    }

    /// Whether it was made for that host.
    #[must_use]
    pub fn is_for(&self, host: &str) -> bool {
        let (Ok(name), Some(first)) = (ServerName::try_from(host), self.key.cert.first()) else {
            return false;
        };
        ParsedCertificate::try_from(first)
            .is_ok_and(|cert| rustls::client::verify_server_name(&cert, &name).is_ok())
    }
}

fn read(what: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    fs::read(path).map_err(|error| TlsError::Unreadable {
        what,
        path: path.to_owned(),
        error,
    })
}

pub(crate) fn provider() -> CryptoProvider {
    rustls::crypto::ring::default_provider()
}

/// The certificate that is shown now. Clones show the same one.
#[derive(Debug, Clone, Default)]
pub struct Certificates(Arc<Shown>);

#[derive(Debug, Default)]
struct Shown {
    current: RwLock<Option<Pair>>,
    /// What a directory is shown that looks whether a name is ours.
    challenges: RwLock<HashMap<String, Arc<CertifiedKey>>>,
}

impl Certificates {
    /// Shows another one from now on. Open connections keep theirs.
    pub fn show(&self, pair: Pair) {
        metrics::gauge!("tls_certificate_expires_timestamp_seconds")
            .set(validity::gauge(pair.validity.until));
        *write(&self.0.current) = Some(pair);
    }

    /// How long the one that is shown is good, if there is one.
    #[must_use]
    pub fn validity(&self) -> Option<Validity> {
        let current = self.0.current.read();
        let current = current.unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(Pair::validity)
    }

    /// Proves to a directory that a name is ours.
    pub(crate) fn challenge(&self, name: &str, proof: CertifiedKey) {
        write(&self.0.challenges).insert(name.to_lowercase(), Arc::new(proof));
    }

    /// The proofs were looked at.
    pub(crate) fn forget_challenges(&self) {
        write(&self.0.challenges).clear();
    }

    /// How connections are encrypted: TLS 1.2 and 1.3, HTTP/2 before HTTP/1.1.
    ///
    /// # Panics
    /// When `ring` cannot do TLS 1.2 and 1.3; it can.
    #[must_use]
    pub fn config(&self, with_challenges: bool) -> Arc<ServerConfig> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(provider()))
            .with_safe_default_protocol_versions()
            .expect("ring does TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_cert_resolver(Arc::clone(&self.0) as Arc<dyn ResolvesServerCert>);
        config.alpn_protocols = vec![HTTP_2.to_vec(), HTTP_1.to_vec()];
        if with_challenges {
            config.alpn_protocols.push(CHALLENGE.to_vec());
        }
        Arc::new(config)
    }
}

fn write<T>(lock: &RwLock<T>) -> std::sync::RwLockWriteGuard<'_, T> {
    lock.write().unwrap_or_else(PoisonError::into_inner)
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let mut protocols = hello.alpn().into_iter().flatten();
        if protocols.next() == Some(CHALLENGE) {
            let challenges = self.challenges.read();
            let challenges = challenges.unwrap_or_else(PoisonError::into_inner);
            return challenges
                .get(&hello.server_name()?.to_lowercase())
                .cloned();
        }
        let current = self.current.read();
        let current = current.unwrap_or_else(PoisonError::into_inner);
        current.as_ref().map(|pair| Arc::clone(&pair.key))
    }
}

/// Says what is wrong with a certificate's time, if anything.
pub fn tell_validity(validity: Validity, now: Timestamp) {
    let Validity { from, until } = validity;
    if now > until {
        tracing::error!(%until, "The TLS certificate expired at {until}: browsers and edges refuse it. Renew it");
    } else if now < from {
        tracing::error!(%from, "The TLS certificate is not good before {from}: look at this machine's clock");
    } else {
        tracing::info!(%until, "The TLS certificate is good until {until}");
    }
}

/// Shows what stands in the files whenever it changes, until the shutdown. A pair that cannot be used is told, and the
/// one before goes on being shown.
pub async fn watch(
    files: Files,
    certificates: Certificates,
    clock: Arc<dyn Clock>,
    shutdown: Shutdown,
) {
    let mut seen = None;
    loop {
        tokio::select! {
            () = shutdown.wait() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        let read = (
            tokio::fs::read(&files.cert).await,
            tokio::fs::read(&files.key).await,
        );
        let (Ok(cert), Ok(key)) = read else {
            // Somebody is writing them just now, or they are gone: what is shown stays.
            continue;
        };
        let now: [u8; 32] = Sha256::new()
            .chain_update(&cert)
            .chain_update(b"\0")
            .chain_update(&key)
            .finalize()
            .into();
        let before = seen.replace(now);
        if before == Some(now) || (before.is_none() && is_shown(&certificates, &cert)) {
            continue;
        }
        match Pair::of(&cert, &key, &files) {
            Ok(pair) => {
                tracing::info!("The TLS certificate was replaced");
                tell_validity(pair.validity(), clock.now());
                certificates.show(pair);
            }
            Err(error) => {
                tracing::error!(%error, "The new TLS certificate is not used: {error}");
            }
        }
    }
}

fn is_shown(certificates: &Certificates, cert: &[u8]) -> bool {
    let first = CertificateDer::pem_slice_iter(cert)
        .next()
        .and_then(Result::ok);
    let current = certificates.0.current.read();
    let current = current.unwrap_or_else(PoisonError::into_inner);
    first.is_some_and(|first| {
        current
            .as_ref()
            .is_some_and(|pair| pair.key.cert.first() == Some(&first))
    })
}

#[cfg(test)]
mod tests;
