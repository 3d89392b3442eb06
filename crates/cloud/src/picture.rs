//! Pictures of products: what somebody uploads is made small, upright and anonymous, and kept under the hash of its bytes.
//! Few are in memory at once, and one is decoded at a time.
use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use httpkit::problem::Problem;
use picture::{PictureError, Renditions};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::product;

mod db;
pub(crate) mod http;

/// The most pictures of a product.
const MOST_PICTURES: usize = 20;
/// The longest description of what is to be seen, in characters.
const LONGEST_ALT: usize = 500;
/// Uploads in memory at once.
const AT_ONCE: usize = 4;
/// How long an upload waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// Seconds after which somebody may ask again who has not got a turn.
const RETRY_S: u32 = 5;

/// What pictures share in memory: how many may be there at once.
pub(crate) struct Memory {
    taking: Arc<Semaphore>,
    decoding: Arc<Semaphore>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            taking: Arc::new(Semaphore::new(AT_ONCE)),
            decoding: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Memory {
    /// A place for one more upload.
    async fn place(&self) -> std::result::Result<OwnedSemaphorePermit, Problem> {
        let place = Arc::clone(&self.taking).acquire_owned();
        if let Ok(Ok(place)) = tokio::time::timeout(PATIENCE, place).await {
            return Ok(place);
        }
        let title = "Many pictures are being taken in: try again in a moment";
        Err(Problem::unavailable("picture.busy", title, RETRY_S))
    }
}

/// A picture of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct ProductPicture {
    pub(crate) id: Uuid,
    /// What is to be seen, for who does not see it.
    pub(crate) alt: String,
    /// Of variants with this choice alone; null: of all.
    pub(crate) choice: Option<String>,
    /// The smaller file, at most 192 pixels a side: `/v1/pictures/{small}`.
    pub(crate) small: String,
    /// The larger file, at most 1,024 pixels a side.
    pub(crate) large: String,
    /// Pixels of the larger file.
    pub(crate) width: i32,
    /// Pixels of the larger file.
    pub(crate) height: i32,
}

/// The pictures of a product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Gallery {
    /// Counts its changes; null: there never was a picture.
    pub(crate) version: Option<i64>,
    /// In their order.
    pub(crate) items: Vec<ProductPicture>,
}

/// What is said of a picture that is there.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptPicture {
    pub(crate) id: Uuid,
    /// What is to be seen, for who does not see it; at most 500 characters.
    #[serde(default)]
    pub(crate) alt: String,
    /// Of variants with this choice of one of the product's options alone; null: of all.
    #[serde(default)]
    pub(crate) choice: Option<String>,
}

/// The pictures of a product as they are.
pub(crate) async fn gallery(cloud: &Cloud, actor: Actor, product: Uuid) -> Result<Gallery> {
    cloud
        .read("list_pictures", actor, async |tx| {
            check_product(tx, product).await?;
            db::gallery(tx, product).await
        })
        .await
}

async fn check_product(tx: &Tx, product: Uuid) -> Result<()> {
    if db::is_product(tx, product).await? {
        return Ok(());
    }
    Err(product::unknown().into())
}

/// Adds a picture behind the others. The same id with the same file again changes nothing.
pub(crate) async fn add(
    cloud: &Cloud,
    actor: Actor,
    product: Uuid,
    id: Uuid,
    file: Upload,
) -> Result<Gallery> {
    let source: [u8; 32] = Sha256::digest(&file.bytes).into();
    // What was taken in already, and what cannot be, is said before anything is decoded.
    let known = cloud
        .read("look_for_picture", actor, async |tx| {
            check_product(tx, product).await?;
            let known = is_known(tx, product, id, &source).await?;
            Ok(if known {
                Some(db::gallery(tx, product).await?)
            } else {
                None
            })
        })
        .await?;
    if let Some(gallery) = known {
        return Ok(gallery);
    }
    let made = make(cloud, file).await?;
    cloud
        .tx("add_picture", actor, async |tx| {
            db::lock(tx, product).await?;
            let before = db::gallery(tx, product).await?;
            if is_known(tx, product, id, &source).await? {
                return Ok(before);
            }
            if before.items.len() >= MOST_PICTURES {
                let title = "A product has at most 20 pictures";
                return Err(Problem::conflict("picture.too_many", title)
                    .figure("most", MOST_PICTURES)
                    .into());
            }
            let small = db::keep(tx, &made.small).await?;
            let large = db::keep(tx, &made.large).await?;
            db::add(tx, product, id, [&source, &small, &large]).await?;
            noted(cloud, tx, product, &before).await
        })
        .await
}

/// Whether the id has been used for this file and product; refused when for another one.
async fn is_known(tx: &Tx, product: Uuid, id: Uuid, source: &[u8; 32]) -> Result<bool> {
    match db::used(tx, id).await? {
        None => Ok(false),
        Some((of, file)) if of == product && file == source => Ok(true),
        Some(_) => {
            let title = "This id was used for another picture";
            Err(Problem::conflict("picture.id_reused", title).into())
        }
    }
}

/// Puts the pictures in this order and says what they show; those that are left out are removed.
pub(crate) async fn put(
    cloud: &Cloud,
    actor: Actor,
    product: Uuid,
    seen: Option<i64>,
    wanted: &[KeptPicture],
) -> Result<Gallery> {
    cloud
        .tx("put_pictures", actor, async |tx| {
            db::lock(tx, product).await?;
            check_product(tx, product).await?;
            let before = db::gallery(tx, product).await?;
            let wanted = checked(wanted, &db::choices(tx, product).await?, &before)?;
            let as_is = before.items.iter().map(|one| KeptPicture {
                id: one.id,
                alt: one.alt.clone(),
                choice: one.choice.clone(),
            });
            if as_is.eq(wanted.iter().cloned()) {
                return Ok(before);
            }
            if seen != before.version {
                return Err(edited_meanwhile(tx, product, &before).await?.into());
            }
            if let Some(place) = unknown(&wanted, &before) {
                let field = format!("items[{place}].id");
                let title = "This product has no such picture";
                return Err(Problem::not_found("picture.unknown", title)
                    .field(field, "picture.unknown", title)
                    .into());
            }
            db::arrange(tx, product, &wanted).await?;
            noted(cloud, tx, product, &before).await
        })
        .await
}

/// As for what the product itself says, whose changes are counted apart.
async fn edited_meanwhile(tx: &Tx, product: Uuid, now: &Gallery) -> Result<Problem> {
    let title = "Somebody else has changed the pictures meanwhile";
    let mut problem = Problem::conflict("catalog.edited_meanwhile", title)
        .figure("version", now.version)
        .figure("fields", "pictures");
    if let Some((by, at)) = db::last_change(tx, product).await? {
        problem = problem.figure("by", by).figure("at", at.to_string());
    }
    Ok(problem)
}

fn unknown(wanted: &[KeptPicture], before: &Gallery) -> Option<usize> {
    wanted
        .iter()
        .position(|one| before.items.iter().all(|known| known.id != one.id))
}

/// What is wanted as it will be kept, or what is wrong with it.
fn checked(
    given: &[KeptPicture],
    choices: &[String],
    before: &Gallery,
) -> std::result::Result<Vec<KeptPicture>, Problem> {
    let mut wanted: Vec<KeptPicture> = Vec::with_capacity(given.len());
    for (place, one) in given.iter().enumerate() {
        if wanted.iter().any(|other| other.id == one.id) {
            let field = format!("items[{place}].id");
            let message = "A picture is there twice";
            return Err(Problem::invalid("picture.repeated", field, message));
        }
        let alt = one.alt.trim();
        if alt.chars().count() > LONGEST_ALT || alt.chars().any(char::is_control) {
            let field = format!("items[{place}].alt");
            let message = "What is to be seen is said in at most 500 characters";
            return Err(Problem::invalid("picture.alt", field, message));
        }
        // A choice that the product has lost since stays until somebody changes it.
        let known = before.items.iter().find(|known| known.id == one.id);
        let is_kept = known.is_some_and(|known| known.choice == one.choice);
        let choice = one.choice.as_ref();
        if choice.is_some_and(|choice| !is_kept && !choices.contains(choice)) {
            let field = format!("items[{place}].choice");
            let message = "This product has no option with such a choice";
            return Err(Problem::invalid("picture.choice", field, message));
        }
        wanted.push(KeptPicture {
            alt: alt.to_owned(),
            ..one.clone()
        });
    }
    Ok(wanted)
}

/// Counts the change and notes it.
async fn noted(cloud: &Cloud, tx: &Tx, product: Uuid, before: &Gallery) -> Result<Gallery> {
    db::count_change(tx, product).await?;
    let after = db::gallery(tx, product).await?;
    // Not `version`: that is the product's.
    let said = |gallery: &Gallery| json!({ "gallery": gallery.version, "pictures": gallery.items });
    Entry::new("product.pictured", product)
        .change(before.version.map(|_| said(before)), Some(said(&after)))
        .note(cloud, tx)
        .await?;
    Ok(after)
}

/// A file as it came, and its place among those that may be in memory.
pub(crate) struct Upload {
    pub(crate) bytes: axum::body::Bytes,
    place: OwnedSemaphorePermit,
}

/// Decodes and encodes away from the threads that answer, one picture at a time.
async fn make(cloud: &Cloud, file: Upload) -> Result<Renditions> {
    let turn = Arc::clone(&cloud.pictures().decoding).acquire_owned().await;
    // Both stay taken until the work is done, also when nobody waits for it any more.
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let _place = file.place;
        picture::renditions(&file.bytes)
    });
    match made.await {
        Ok(made) => made.map_err(|error| refused(error).into()),
        Err(error) => {
            tracing::warn!(%error, "A picture could not be decoded: {error}");
            Err(refused(PictureError::Damaged).into())
        }
    }
}

fn refused(error: PictureError) -> Problem {
    let title = error.to_string();
    match error {
        PictureError::TooLarge => too_large(),
        PictureError::TooManyPixels { width, height } => {
            Problem::invalid("picture.too_many_pixels", "body", title)
                .figure("width", width)
                .figure("height", height)
                .figure("most", picture::MOST_PIXELS)
        }
        PictureError::Kind => Problem::invalid("picture.kind", "body", title),
        PictureError::Damaged => Problem::invalid("picture.damaged", "body", title),
    }
}

fn too_large() -> Problem {
    let title = "A picture has at most 12 MiB";
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body.too_large", title)
        .figure("most", picture::MOST_BYTES)
}

/// As it stands in addresses.
fn hex(hash: &[u8]) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != 64 || !text.bytes().all(is_hex) {
        return None;
    }
    let mut hash = [0; 32];
    for (place, byte) in hash.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(place * 2..place * 2 + 2)?, 16).ok()?;
    }
    Some(hash)
}
