//! Which authority the cloud's certificate may come from, when the world does not know it.
use std::{fs, io::ErrorKind, path::Path};

use anyhow::{Context, bail};

/// Beside the database, so that a backup of the folder has it too.
const FILE: &str = "cloud-ca.pem";

/// Keeps an authority (PEM) in the shop's folder: from now on the cloud's certificate may come from it.
///
/// # Errors
/// A file that cannot be read or holds no certificate, a folder that cannot be written.
pub fn keep(folder: &Path, authority: &Path) -> anyhow::Result<()> {
    let told = authority.display();
    let pem = fs::read(authority).with_context(|| format!("the authority {told}"))?;
    certificates(&pem).with_context(|| format!("the authority {told}"))?;
    fs::create_dir_all(folder)?;
    fs::write(folder.join(FILE), pem)?;
    Ok(())
}

/// An HTTP client that believes the kept authority beside those of the world, and goes nowhere else than it is sent.
pub(super) fn client(folder: &Path) -> anyhow::Result<reqwest::ClientBuilder> {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let path = folder.join(FILE);
    let pem = match fs::read(&path) {
        Ok(pem) => pem,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(builder),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    let certificates = certificates(&pem).with_context(|| path.display().to_string())?;
    Ok(certificates
        .into_iter()
        .fold(builder, reqwest::ClientBuilder::add_root_certificate))
}

fn certificates(pem: &[u8]) -> anyhow::Result<Vec<reqwest::Certificate>> {
    let certificates = reqwest::Certificate::from_pem_bundle(pem)?;
    if certificates.is_empty() {
        bail!(
            "it holds no certificate: it must be PEM, beginning with -----BEGIN CERTIFICATE-----"
        );
    }
    Ok(certificates)
}
