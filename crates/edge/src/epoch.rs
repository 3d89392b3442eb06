//! The end of one epoch of a shop and the beginning of the next: a fresh file and a fresh key take the place of the old
//! ones, which stay beside them until the cloud has every event. Being killed between any two steps loses nothing: the
//! next start goes on where this one was.
use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use ed25519_dalek::SigningKey;
use httpkit::random::Random;
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use wire::{enrol::Enrolled, event::Hlc};

use crate::{
    Shop,
    db::{self, DbError, Tx},
    node::{self, State},
    rights,
    sync::salvage::{self, PastEpoch},
};

/// What is to be done, from the cloud's answer until it is done.
const PLAN: &str = "epoch.json";
/// The key of the next epoch.
const NEXT_KEY: &str = "node.key.next";
/// The file of the next epoch, whole.
const NEXT_FILE: &str = "shop.db.next";
/// The same while it is being written.
const UNFINISHED: &str = "shop.db.unfinished";

/// The next epoch, as the cloud has answered, and what it takes over from the last.
#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    enrolled: Enrolled,
    cloud_url: String,
    fingerprint: String,
    business_date: Option<Date>,
    hlc: Hlc,
    /// Epochs that are over, with the one that ends now.
    past: Vec<PastEpoch>,
}

/// A key that no epoch uses yet.
pub(crate) struct FreshKey {
    pub(crate) signing: SigningKey,
    /// What ties a node with this key to its machine.
    pub(crate) fingerprint: String,
}

/// The key of the next epoch. The same one when asked again, so that a repeated enrolment is the same.
pub(crate) fn fresh_key(folder: &Path, random: &dyn Random) -> anyhow::Result<FreshKey> {
    let path = folder.join(NEXT_KEY);
    let seed = node::key::read_or_make(&path, random)?;
    Ok(FreshKey {
        signing: SigningKey::from_bytes(&seed),
        fingerprint: node::key::fingerprint_of(&path)?,
    })
}

/// Makes the node part of a company, in the epoch that the cloud says; `false` when it is already.
pub(crate) fn begin(
    tx: &Tx<'_>,
    enrolled: &Enrolled,
    cloud_url: Option<&str>,
    fingerprint: &str,
) -> Result<bool, DbError> {
    if !node::db::enrol(tx, enrolled, cloud_url, fingerprint)? {
        return Ok(false);
    }
    if enrolled.epoch > 1
        && let Ok(mut site) = node::site(tx)?
    {
        rights::open_epoch(tx, &mut site, &enrolled.claims)?;
    }
    Ok(true)
}

/// Writes down what the cloud has answered: from here on, the next start begins the epoch.
pub(crate) async fn prepare(
    shop: &Shop,
    state: &State,
    enrolled: &Enrolled,
    cloud_url: &str,
    fingerprint: String,
) -> anyhow::Result<()> {
    let now = shop.read(node::db::state).await?;
    let mut past = shop.read(salvage::all).await?;
    past.push(PastEpoch {
        file: free_name(&shop.folder, state.epoch),
        node: state.id(),
        epoch: state.epoch,
        last_seq: now.last_seq,
        kept: now.acked.min(now.last_seq),
        incarnation: now.incarnation,
    });
    let plan = Plan {
        enrolled: enrolled.clone(),
        cloud_url: cloud_url.to_owned(),
        fingerprint,
        business_date: now.newest_business_date,
        hlc: now.hlc,
        past,
    };
    let text = serde_json::to_vec_pretty(&plan).expect("a plan is plain data");
    let unfinished = shop.folder.join("epoch.json.unfinished");
    fs::write(&unfinished, text)?;
    fs::File::open(&unfinished)?.sync_all()?;
    fs::rename(&unfinished, shop.folder.join(PLAN))?;
    sync_folder(&shop.folder)
}

/// A name that no file beside the shop's has.
fn free_name(folder: &Path, epoch: i64) -> String {
    let first = format!("shop-epoch-{epoch}");
    let others = (2..=i32::MAX).map(|nth| format!("shop-epoch-{epoch}-{nth}"));
    std::iter::once(first.clone())
        .chain(others)
        .find(|name| !folder.join(format!("{name}.db")).exists())
        .unwrap_or(first)
}

/// Goes on with an epoch that has been prepared, from wherever it was left. The folder is locked.
pub(crate) fn go_on(folder: &Path, now: Timestamp) -> anyhow::Result<()> {
    let plan = folder.join(PLAN);
    let text = match fs::read(&plan) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", plan.display())),
    };
    let prepared: Plan = serde_json::from_slice(&text)
        .with_context(|| format!("{} cannot be read", plan.display()))?;
    swap(folder, &prepared, now).context("the next epoch of this shop could not be begun")?;
    fs::remove_file(&plan)?;
    sync_folder(folder)?;
    tracing::info!("Epoch {} of this shop begins", prepared.enrolled.epoch);
    Ok(())
}

fn swap(folder: &Path, plan: &Plan, now: Timestamp) -> anyhow::Result<()> {
    let (file, next) = (folder.join("shop.db"), folder.join(NEXT_FILE));
    let (key, next_key) = (folder.join("node.key"), folder.join(NEXT_KEY));
    let old = &plan.past.last().context("the plan names no epoch")?.file;
    let has_begun = !next.exists() && !next_key.exists();
    if has_begun {
        return Ok(());
    }
    if !next.exists() && !folder.join(format!("{old}.db")).exists() {
        build(folder, plan, now)?;
    }
    if next.exists() && file.exists() {
        db::fold(&file)?;
        fs::rename(&file, folder.join(format!("{old}.db")))?;
        sync_folder(folder)?;
    }
    if next_key.exists() {
        let old_key = folder.join(format!("{old}.key"));
        if key.exists() && !old_key.exists() {
            fs::rename(&key, old_key)?;
            sync_folder(folder)?;
        }
        fs::rename(&next_key, &key)?;
        sync_folder(folder)?;
    }
    if next.exists() {
        fs::rename(&next, &file)?;
    }
    sync_folder(folder)
}

/// Writes the file of the next epoch beside the old one.
fn build(folder: &Path, plan: &Plan, now: Timestamp) -> anyhow::Result<()> {
    let unfinished = folder.join(UNFINISHED);
    remove(&unfinished)?;
    let connection = db::create(&unfinished)?;
    db::alone(&connection, now, |tx| {
        node::db::take_over(tx, plan.business_date, plan.hlc)?;
        for past in &plan.past {
            salvage::remember(tx, past)?;
        }
        begin(tx, &plan.enrolled, Some(&plan.cloud_url), &plan.fingerprint).map(drop)
    })?;
    connection.close().map_err(|(_, error)| error)?;
    db::fold(&unfinished)?;
    fs::rename(&unfinished, folder.join(NEXT_FILE))?;
    sync_folder(folder)
}

fn remove(path: &PathBuf) -> anyhow::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

/// A rename is on disk when its folder is.
pub(crate) fn sync_folder(folder: &Path) -> anyhow::Result<()> {
    fs::File::open(folder)?.sync_all()?;
    Ok(())
}
