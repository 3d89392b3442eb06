//! PINs: argon2id as the cloud made it, its output bound to this node's key, so that a copied file opens nothing.
use argon2::{Algorithm, Argon2, Params, PasswordHash, Version, password_hash::SaltString};

use crate::node::Keys;

/// What a PIN is checked against. A stolen database without the node's key file is worthless for guessing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verifier {
    /// The argon2id string without its hash: parameters and salt.
    pub(crate) salt: String,
    /// HMAC of the hash under the node's pepper.
    pub(crate) mac: [u8; 32],
}

/// The verifier that came from the cloud, or the one that is stored, is not an argon2id one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the PIN verifier is not an argon2id string")]
pub(crate) struct BadVerifier;

/// The longest output that is taken: argon2id strings have 32 bytes.
const LONGEST: usize = 64;

impl Verifier {
    /// Binds an argon2id string of the cloud to this node.
    pub(crate) fn wrap(phc: &str, keys: &Keys) -> Result<Self, BadVerifier> {
        let parsed = PasswordHash::new(phc).map_err(|_| BadVerifier)?;
        let output = parsed.hash.ok_or(BadVerifier)?;
        if parsed.algorithm != argon2::ARGON2ID_IDENT || output.len() > LONGEST {
            return Err(BadVerifier);
        }
        let salt = PasswordHash {
            hash: None,
            ..parsed
        };
        // The length of the output is needed to make it again.
        Ok(Self {
            salt: format!("{}|{salt}", output.len()),
            mac: keys.peppered(output.as_bytes()),
        })
    }

    /// Whether this is the PIN. Slow on purpose: call it off the async threads.
    pub(crate) fn accepts(&self, pin: &str, keys: &Keys) -> Result<bool, BadVerifier> {
        let (length, phc) = self.salt.split_once('|').ok_or(BadVerifier)?;
        let length: usize = length.parse().map_err(|_| BadVerifier)?;
        let parsed = PasswordHash::new(phc).map_err(|_| BadVerifier)?;
        let params = Params::try_from(&parsed).map_err(|_| BadVerifier)?;
        let salt = SaltString::from_b64(parsed.salt.ok_or(BadVerifier)?.as_str())
            .map_err(|_| BadVerifier)?;
        let mut salt_bytes = [0; LONGEST];
        let salt = salt.decode_b64(&mut salt_bytes).map_err(|_| BadVerifier)?;
        let mut output = [0; LONGEST];
        let output = output.get_mut(..length).ok_or(BadVerifier)?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(pin.as_bytes(), salt, output)
            .map_err(|_| BadVerifier)?;
        Ok(same(&keys.peppered(output), &self.mac))
    }
}

/// Compares in constant time.
fn same(left: &[u8; 32], right: &[u8; 32]) -> bool {
    left.iter()
        .zip(right)
        .fold(0, |difference, (left, right)| difference | (left ^ right))
        == 0
}
