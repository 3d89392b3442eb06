//! The node's key, and what ties it to its machine.
use std::{
    fs,
    io::{Read, Write},
    os::unix::fs::{MetadataExt, OpenOptionsExt},
    path::Path,
};

use anyhow::{Context, bail};
use ed25519_dalek::SigningKey;
use hmac::{Hmac, Mac};
use httpkit::random::Random;
use sha2::{Digest, Sha256};
use wire::event::Hash;

/// The node's secret and what ties it to its machine. The file stays on this machine and out of backups.
pub(crate) struct Keys {
    pub(crate) signing: SigningKey,
    pepper: [u8; 32],
    pub(crate) fingerprint: String,
}

impl Keys {
    /// Reads the key file, or makes it: readable by its owner alone.
    pub(crate) fn open(
        folder: &Path,
        random: &dyn Random,
        fingerprint: Option<String>,
    ) -> anyhow::Result<Self> {
        let path = folder.join("node.key");
        if folder.join("shop.db").exists() && !path.exists() {
            bail!(
                "the key file {} is missing: this shop cannot speak for itself without it",
                path.display()
            );
        }
        let seed = read_or_make(&path, random)?;
        let fingerprint = match fingerprint {
            Some(fingerprint) => fingerprint,
            None => fingerprint_of(&path)?,
        };
        Ok(Self {
            signing: SigningKey::from_bytes(&seed),
            pepper: hmac(&seed, b"branchline pin pepper 1"),
            fingerprint,
        })
    }

    /// Binds a secret to this node: worthless without the key file (decision 27).
    pub(crate) fn peppered(&self, secret: &[u8]) -> [u8; 32] {
        hmac(&self.pepper, secret)
    }
}

/// Reads a key file, or makes it: readable by its owner alone.
pub(crate) fn read_or_make(path: &Path, random: &dyn Random) -> anyhow::Result<[u8; 32]> {
    let mut seed = [0; 32];
    match fs::File::open(path) {
        Ok(mut file) => file
            .read_exact(&mut seed)
            .with_context(|| format!("the key file {} is cut short", path.display()))?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            random.fill(&mut seed);
            let mut file = fs::File::options()
                .write(true)
                .create_new(true)
                .mode(0o600)
                .open(path)
                .with_context(|| format!("cannot write the key file {}", path.display()))?;
            file.write_all(&seed)?;
            file.sync_all()?;
        }
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    }
    Ok(seed)
}

fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Key file inode, file system and machine (decision 13): changes when the disk is copied or moves.
pub(crate) fn fingerprint_of(key_file: &Path) -> anyhow::Result<String> {
    let metadata = fs::metadata(key_file)?;
    let mut sha = Sha256::new();
    sha.update(metadata.ino().to_be_bytes());
    for part in [
        file_system_id(metadata.dev()),
        fs::read_to_string("/etc/machine-id").ok(),
        fs::read_to_string("/sys/class/dmi/id/product_uuid").ok(),
    ]
    .into_iter()
    .flatten()
    {
        sha.update(part.trim().as_bytes());
        sha.update([0]);
    }
    Ok(Hash(sha.finalize().into()).to_string())
}

/// The UUID of the file system on that device, where the system names it.
fn file_system_id(device: u64) -> Option<String> {
    fs::read_dir("/dev/disk/by-uuid")
        .ok()?
        .filter_map(Result::ok)
        .find(|entry| fs::metadata(entry.path()).is_ok_and(|found| found.rdev() == device))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
}
