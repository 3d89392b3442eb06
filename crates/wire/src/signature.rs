//! Requests of a node are signed with its Ed25519 key. Nothing here depends on a clock or a certificate date, so a
//! dead clock battery cannot stop sync (sync.md 2.9); what is replayed changes nothing, because every write is idempotent.
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, Signer, SigningKey, Verifier, VerifyingKey};
use sha2::{Digest, Sha256};

/// Header that names the node.
pub const NODE_HEADER: &str = "branchline-node";
/// Header that carries the signature, base64.
pub const SIGNATURE_HEADER: &str = "branchline-signature";

/// A request did not come from the node that it names, or was changed on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature does not fit the request")]
pub struct BadSignature;

/// Signs a request; the text goes into [`SIGNATURE_HEADER`].
#[must_use]
pub fn sign(key: &SigningKey, method: &str, path_and_query: &str, body: &[u8]) -> String {
    STANDARD.encode(key.sign(&message(method, path_and_query, body)).to_bytes())
}

/// Checks a request against the key that the node was enrolled with.
///
/// # Errors
/// [`BadSignature`], without saying what was wrong.
pub fn verify(
    key: &VerifyingKey,
    method: &str,
    path_and_query: &str,
    body: &[u8],
    signature: &str,
) -> Result<(), BadSignature> {
    let bytes = STANDARD.decode(signature).map_err(|_| BadSignature)?;
    let signature = Signature::from_slice(&bytes).map_err(|_| BadSignature)?;
    key.verify(&message(method, path_and_query, body), &signature)
        .map_err(|_| BadSignature)
}

/// Reads a public key as an enrolment carries it.
///
/// # Errors
/// [`BadSignature`] when it is none.
pub fn public_key(base64: &str) -> Result<VerifyingKey, BadSignature> {
    let bytes = STANDARD.decode(base64).map_err(|_| BadSignature)?;
    let bytes: [u8; 32] = bytes.try_into().map_err(|_| BadSignature)?;
    VerifyingKey::from_bytes(&bytes).map_err(|_| BadSignature)
}

/// A public key as an enrolment carries it.
#[must_use]
pub fn public_key_text(key: &VerifyingKey) -> String {
    STANDARD.encode(key.to_bytes())
}

fn message(method: &str, path_and_query: &str, body: &[u8]) -> Vec<u8> {
    let digest = Sha256::digest(body);
    let mut message = format!("branchline-request-1\n{method}\n{path_and_query}\n").into_bytes();
    message.extend_from_slice(&digest);
    message
}
