//! Secrets that have to be read again are sealed before they are kept: AES-256-GCM, with a key that is not in the
//! database. What was sealed for one row opens nowhere else.
use std::fmt;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use base64::{Engine, engine::general_purpose::STANDARD};
use httpkit::problem::Problem;
use httpkit::random::Random;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

use crate::cloud::Cloud;
use crate::db::{Actor, Sql, sql};
use crate::error::Result;

/// Bytes of a key.
pub const KEY_BYTES: usize = 32;
/// The first byte of what is sealed: how it was done.
const VERSION: u8 = 1;

/// The key with which secrets are sealed.
#[derive(Clone)]
pub struct Key([u8; KEY_BYTES]);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(…)")
    }
}

impl Key {
    /// A key by its bytes.
    pub const fn from_bytes(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// A new key.
    pub fn generate(random: &dyn Random) -> Self {
        let mut bytes = [0; KEY_BYTES];
        random.fill(&mut bytes);
        Self(bytes)
    }

    /// A key as it stands in a setting or a file: 32 bytes in base64.
    ///
    /// # Errors
    /// Anything else; the text is not in the message.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let bytes = STANDARD.decode(text.trim()).ok();
        match bytes.and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => Ok(Self(bytes)),
            None => bail!("the secret key is not {KEY_BYTES} bytes in base64"),
        }
    }

    /// The key in a file, which is made with a new one when it is missing. Nobody else may read it.
    ///
    /// # Errors
    /// A file that others may read, or that holds no key; the disk's.
    pub fn in_file(path: &Path, random: &dyn Random) -> anyhow::Result<Self> {
        let doing = || format!("the secret key in {}", path.display());
        match std::fs::read_to_string(path) {
            Ok(text) => {
                ensure!(
                    is_private(path)?,
                    "{} may be read by others: chmod 600",
                    path.display()
                );
                Self::parse(&text).with_context(doing)
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let key = Self::generate(random);
                key.write(path).with_context(doing)?;
                Ok(key)
            }
            Err(error) => Err(error).with_context(doing),
        }
    }

    fn write(&self, path: &Path) -> std::io::Result<()> {
        use std::os::unix::fs::OpenOptionsExt as _;
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(path)?;
        writeln!(file, "{}", STANDARD.encode(self.0))?;
        file.sync_all()
    }

    fn cipher(&self) -> LessSafeKey {
        let key =
            UnboundKey::new(&AES_256_GCM, &self.0).expect("a key has the length of this cipher's");
        LessSafeKey::new(key)
    }

    /// Seals a secret for one row: `place` is its table and id.
    pub fn seal(&self, random: &dyn Random, place: &str, secret: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE_LEN];
        random.fill(&mut nonce);
        let mut sealed = secret.to_vec();
        self.cipher()
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(place),
                &mut sealed,
            )
            .expect("a secret is shorter than 64 GB");
        [&[VERSION], nonce.as_slice(), &sealed].concat()
    }

    /// Opens what was sealed for that row; none when the key, the row or the bytes are others.
    pub fn open(&self, place: &str, sealed: &[u8]) -> Option<Vec<u8>> {
        let (&version, rest) = sealed.split_first()?;
        let (nonce, sealed) = rest.split_at_checked(NONCE_LEN)?;
        if version != VERSION {
            return None;
        }
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut bytes = sealed.to_vec();
        let secret = self
            .cipher()
            .open_in_place(nonce, Aad::from(place), &mut bytes)
            .ok()?;
        Some(secret.to_vec())
    }
}

fn is_private(path: &Path) -> std::io::Result<bool> {
    use std::os::unix::fs::PermissionsExt as _;
    // Neither the group nor others.
    Ok(std::fs::metadata(path)?
        .permissions()
        .mode()
        .trailing_zeros()
        >= 6)
}

impl Cloud {
    /// Seals a secret for one row: `place` is its table and id.
    pub(crate) fn seal(&self, place: &str, secret: &[u8]) -> Vec<u8> {
        self.office()
            .secret
            .seal(&*self.parts().random, place, secret)
    }

    /// Opens what was sealed for that row.
    pub(crate) fn unseal(&self, place: &str, sealed: &[u8]) -> Result<Vec<u8>> {
        let secret = self.office().secret.open(place, sealed);
        Ok(secret
            .ok_or_else(|| Problem::internal(&format!("{place} was sealed with another key")))?)
    }

    /// As [`Cloud::unseal`], for text.
    pub(crate) fn unseal_text(&self, place: &str, sealed: &[u8]) -> Result<String> {
        let secret = self.unseal(place, sealed)?;
        Ok(String::from_utf8(secret).map_err(|error| Problem::internal(&error.utf8_error()))?)
    }
}

/// What the check seals.
const CHECK: &[u8] = b"the key of this database";
/// For which row.
const CHECK_PLACE: &str = "seal_check";

/// Whether the key is the one that this database was sealed with; the first one is remembered.
pub(crate) async fn check(cloud: &Cloud) -> anyhow::Result<()> {
    const KEEP: Sql = sql!(
        "insert into seal_check (sealed) values ($1) on conflict (one) do nothing",
        (bytea) -> ()
    );
    const KEPT: Sql = sql!("select sealed from seal_check", () -> (bytea));
    let sealed = cloud.seal(CHECK_PLACE, CHECK);
    let kept: Vec<u8> = cloud
        .tx("check_seal", Actor::Service("seal"), async |tx| {
            tx.run(KEEP, &[&sealed]).await?;
            Ok(tx
                .row(KEPT, &[])
                .await?
                .map_or_else(Vec::new, |row| row.get(0)))
        })
        .await?;
    let opened = cloud.office().secret.open(CHECK_PLACE, &kept);
    ensure!(
        opened.is_some(),
        "the secrets in this database were sealed with another key: BRANCHLINE_SECRET_KEY, or the file secret.key, \
         is not the one that belongs to it"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use httpkit::random::SeededRandom;

    use super::Key;

    #[test]
    fn a_secret_opens_only_where_it_was_sealed() {
        let random = SeededRandom::new(1);
        let key = Key::generate(&random);
        let sealed = key.seal(&random, "staff_totp/1", b"secret");
        assert_eq!(
            key.open("staff_totp/1", &sealed).as_deref(),
            Some(b"secret".as_slice())
        );
        assert_eq!(key.open("staff_totp/2", &sealed), None);
        assert_eq!(Key::generate(&random).open("staff_totp/1", &sealed), None);
        assert_ne!(
            key.seal(&random, "staff_totp/1", b"secret"),
            sealed,
            "never the same twice"
        );
    }

    #[test]
    fn a_changed_byte_is_noticed() {
        let random = SeededRandom::new(1);
        let key = Key::generate(&random);
        let sealed = key.seal(&random, "a/1", b"secret");
        for place in 0..sealed.len() {
            let mut forged = sealed.clone();
            forged[place] ^= 1;
            assert_eq!(key.open("a/1", &forged), None, "byte {place}");
        }
        assert_eq!(key.open("a/1", &sealed[..10]), None);
        assert_eq!(key.open("a/1", &[]), None);
    }

    #[test]
    fn a_file_keeps_its_key_and_is_refused_when_others_may_read_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/secret.key");
        let random = SeededRandom::new(1);
        let sealed = Key::in_file(&path, &random)
            .unwrap()
            .seal(&random, "a/1", b"secret");
        assert!(
            Key::in_file(&path, &random)
                .unwrap()
                .open("a/1", &sealed)
                .is_some()
        );
        let permissions = std::fs::metadata(&path).unwrap().permissions();
        assert_eq!(permissions.mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let refused = Key::in_file(&path, &random).unwrap_err().to_string();
        assert!(refused.contains("chmod 600"), "{refused}");
    }

    #[test]
    fn a_key_never_shows_itself() {
        assert_eq!(format!("{:?}", Key::from_bytes([7; 32])), "Key(…)");
        let refused = Key::parse("hunter2").unwrap_err().to_string();
        assert!(!refused.contains("hunter2"), "{refused}");
    }
}
