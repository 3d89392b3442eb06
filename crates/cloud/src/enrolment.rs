//! Enrolment: a one-time code turns a fresh edge into a node of the company.
use axum::http::StatusCode;
use ed25519_dalek::VerifyingKey;
use httpkit::problem::Problem;
use httpkit::random::Random;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use wire::command::Line;
use wire::enrol::{Enrol, Enrolled, Rejoin};

use crate::cloud::Cloud;
use crate::company;
use crate::db::{Actor, Tx};
use crate::error::{Error, Result};
use crate::sync::{lock_node, recovery};

mod db;
pub(crate) mod http;

/// How long a code may be used.
pub const VALID_FOR: SignedDuration = SignedDuration::from_mins(10);
/// Epochs that a node may have had in a future that a restored cloud has lost.
const EPOCHS_LOST: i64 = 1_000;
/// Digits and letters that nobody confuses (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of a code: 60 bits.
const CODE_CHARACTERS: usize = 12;
/// Characters between dashes.
const GROUP: usize = 4;

/// A code as it is shown once, to be typed at the edge.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = EnrolmentCode)]
pub struct Code {
    /// The code.
    #[schema(example = "7K3M-Q9TX-R2FD")]
    pub code: String,
    /// When it stops working.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

/// Issues a code for a location. The code itself is kept nowhere.
pub async fn issue(cloud: &Cloud, actor: Actor, location: Uuid) -> Result<Code> {
    let code = new_code(&*cloud.parts().random);
    let now = cloud.security_now();
    let expires_at = now + VALID_FOR;
    cloud
        .tx("issue_enrolment_code", actor, async |tx| {
            if !db::location_takes_node(tx, location).await? {
                return Err(Problem::not_found(
                    "location.unknown",
                    "There is no such location with a node",
                )
                .into());
            }
            db::keep_code(tx, &hash(&code), location, now, expires_at).await
        })
        .await?;
    Ok(Code { code, expires_at })
}

/// Turns a fresh edge into a node: the first of its location, the next epoch of one that is over, or again one that a
/// restored cloud has forgotten. Repeating it with the same key answers the same.
pub async fn enrol(cloud: &Cloud, request: &Enrol) -> Result<Enrolled> {
    let key = wire::signature::public_key(&request.public_key).map_err(|_| {
        Problem::invalid(
            "enrolment.public_key",
            "public_key",
            "This is no Ed25519 public key",
        )
    })?;
    recovery::ensure_months(cloud).await?;
    let node = cloud.id();
    let now = cloud.security_now();
    let enrolled = cloud
        .tx("enrol", Actor::Service("enrol"), async |tx| {
            let code = db::lock_code(tx, &hash(&request.code))
                .await?
                .ok_or_else(|| {
                    Problem::not_found("enrolment.code_unknown", "This code is not known")
                })?;
            if let Some((first, epoch)) = code.became {
                // The answer was lost on its way: the same edge asks again.
                let is_same = db::has_key(tx, first, epoch, key.as_bytes()).await?;
                if !is_same {
                    return Err(gone("enrolment.code_used", "This code was used already"));
                }
                let claims = match epoch {
                    db::FIRST_EPOCH => Vec::new(),
                    _ => recovery::claims(tx, code.location_id).await?,
                };
                return answer(tx, first, epoch, code.location_id, claims).await;
            }
            if code.expires_at <= now {
                return Err(gone("enrolment.code_expired", "This code has expired"));
            }
            let place = db::lock_location(tx, code.location_id).await?;
            let (node, epoch, claims) = match (place, request.rejoin) {
                (place, Some(rejoin)) => {
                    rejoin_as(cloud, tx, place, code.location_id, rejoin, request, &key).await?
                }
                (Some(place), None) if place.is_active => {
                    return Err(Problem::conflict(
                        "enrolment.location_has_node",
                        "This location has a node; only one may write its stock",
                    )
                    .into());
                }
                (Some(place), None) => replace(cloud, tx, place.node, request, &key).await?,
                (None, None) => {
                    let epoch = db::FIRST_EPOCH;
                    db::insert_node(tx, node, epoch, code.location_id, key.as_bytes(), request)
                        .await?;
                    (node, epoch, Vec::new())
                }
            };
            db::use_code(tx, &hash(&request.code), node, epoch, now).await?;
            answer(tx, node, epoch, code.location_id, claims).await
        })
        .await?;
    cloud.sync().forget_keys(enrolled.node_id);
    cloud.sync().wake_commands(enrolled.location.id);
    Ok(enrolled)
}

/// The next epoch of a node that is over, on a new machine.
async fn replace(
    cloud: &Cloud,
    tx: &Tx,
    node: Uuid,
    request: &Enrol,
    key: &VerifyingKey,
) -> Result<(Uuid, i64, Vec<Line>)> {
    let stream = lock_node(tx, node).await?;
    // A restored cloud does not know how many epochs the lost future had: it leaves them their numbers.
    let lost = stream.place.incarnation - db::enrolled_in(tx, node).await?;
    let epoch = stream.place.epoch + 1 + lost.max(0) * EPOCHS_LOST;
    db::insert_key(tx, node, epoch, key.as_bytes(), request).await?;
    let begin = recovery::Begin::Replaced;
    let claims = recovery::begin_epoch(cloud, tx, node, &stream, epoch, begin).await?;
    Ok((node, epoch, claims))
}

/// A node that a restored cloud has forgotten, or an epoch of it: it is known again, and its pushes do the rest.
async fn rejoin_as(
    cloud: &Cloud,
    tx: &Tx,
    place: Option<db::Place>,
    location: Uuid,
    rejoin: Rejoin,
    request: &Enrol,
    key: &VerifyingKey,
) -> Result<(Uuid, i64, Vec<Line>)> {
    let Rejoin { node, epoch } = rejoin;
    match place {
        Some(place) if place.node != node => {
            return Err(Problem::conflict(
                "enrolment.location_has_node",
                "This location has another node; only one may write its stock",
            )
            .into());
        }
        Some(_) => {
            let stream = lock_node(tx, node).await?;
            if epoch <= stream.place.epoch {
                return Err(Problem::conflict(
                    "enrolment.epoch_over",
                    "This epoch is over or has its key: enrol without joining again",
                )
                .into());
            }
            db::insert_key(tx, node, epoch, key.as_bytes(), request).await?;
        }
        None if db::node_exists(tx, node).await? => {
            return Err(Problem::conflict(
                "enrolment.node_elsewhere",
                "This node belongs to another location",
            )
            .into());
        }
        None => {
            db::insert_node(tx, node, epoch, location, key.as_bytes(), request).await?;
            // Whoever knows a node that the cloud does not proves that the cloud was restored.
            db::freeze(tx, node, cloud.security_now()).await?;
        }
    }
    Ok((node, epoch, Vec::new()))
}

async fn answer(
    tx: &Tx,
    node: Uuid,
    epoch: i64,
    location: Uuid,
    claims: Vec<Line>,
) -> Result<Enrolled> {
    let company = company::get(tx).await?;
    let found = crate::location::db::list(tx, &[location]).await?;
    let place = found
        .into_iter()
        .next()
        .ok_or_else(|| Problem::not_found("location.unknown", "There is no such location"))?;
    Ok(Enrolled {
        node_id: node,
        epoch,
        incarnation: company.incarnation,
        location: wire::enrol::Location {
            id: place.id,
            code: place.code,
            name: place.name,
            kind: place.kind,
            time_zone: place.time_zone,
        },
        currency: company.currency,
        claims,
    })
}

fn gone(code: &'static str, title: &str) -> Error {
    Problem::new(StatusCode::GONE, code, title).into()
}

fn new_code(random: &dyn Random) -> String {
    let mut bytes = [0; CODE_CHARACTERS];
    random.fill(&mut bytes);
    let mut code = String::with_capacity(CODE_CHARACTERS + CODE_CHARACTERS / GROUP);
    for (place, byte) in bytes.iter().enumerate() {
        if place > 0 && place % GROUP == 0 {
            code.push('-');
        }
        code.push(char::from(ALPHABET[usize::from(byte % 32)]));
    }
    code
}

/// Over the code as it is meant: without dashes and spaces, and with the letters that people mistake put right.
fn hash(code: &str) -> Vec<u8> {
    let meant: String = code
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|one| match one.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        })
        .collect();
    Sha256::digest(meant).to_vec()
}

#[cfg(test)]
mod tests {
    use httpkit::random::SeededRandom;

    use super::{hash, new_code};

    #[test]
    fn a_code_is_found_however_it_is_typed() {
        let code = new_code(&SeededRandom::new(1));
        assert_eq!(code.len(), 14, "{code}");
        assert_eq!(hash(&code), hash(&code.to_lowercase().replace('-', " ")));
        assert_eq!(hash("0O1I-L"), hash("00111"));
        assert_ne!(hash(&code), hash(&new_code(&SeededRandom::new(2))));
    }
}
