//! Enrolment: a one-time code from the office makes this edge a node of the company; another one, after the node was
//! declared lost or its file had split, begins its next epoch on a fresh file.
use std::{path::Path, time::Duration};

use anyhow::{Context, bail};
use httpkit::{Parts, problem::Problem};
use retail::{currency::Currency, location::NodeId};
use wire::{
    batch::Credit,
    enrol::{Enrol, Enrolled, Rejoin},
    signature,
};

use super::{Exchange, Next, carrier, client::Client, push, trust};
use crate::{
    Shop, epoch,
    node::{self, Cause, State},
};

/// How long the cloud may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Makes the shop a node of the company that issued `code`; from then on it pushes and pulls by itself.
///
/// A node that a restored cloud has forgotten makes itself known again, with its own id and epoch.
///
/// # Errors
/// When the shop is a node already that the cloud knows, when the cloud cannot be reached, or when it does not take
/// the code.
pub async fn enrol(shop: &Shop, cloud_url: &str, code: &str) -> anyhow::Result<Enrolled> {
    let cloud_url = cloud_url.trim_end_matches('/');
    let state = shop.read(node::db::state).await?;
    if let Some(node) = shop.node_id()
        && !is_forgotten(shop, cloud_url).await?
    {
        bail!("this shop is node {node} of a company already");
    }
    let request = request(shop, code, rejoin(&state));
    let enrolled = ask(shop, cloud_url, &request).await?;
    if shop.node_id().is_some() {
        return rejoined(shop, &state, enrolled, cloud_url).await;
    }
    adopt(shop, enrolled.clone(), Some(cloud_url.to_owned())).await?;
    Ok(enrolled)
}

/// Enrols the edge whose folder this is, whatever its state: a fresh one becomes a node; one whose epoch is over, or
/// that may not trust its file, begins the next epoch and keeps the old file beside the new one; one that the cloud
/// has forgotten makes itself known again. Being killed at any point loses nothing: the same command goes on.
///
/// # Errors
/// When the node is well and known, when the cloud cannot be reached, or when it does not take the code.
pub async fn enrol_folder(
    folder: &Path,
    parts: Parts,
    cloud_url: &str,
    code: &str,
) -> anyhow::Result<Enrolled> {
    let shop = Shop::open(folder, parts.clone(), None).await?;
    node::check_machine(&shop).await?;
    let state = shop.read(node::db::state).await?;
    let outcome = if needs_an_epoch(&shop, &state, cloud_url).await? {
        next_epoch(&shop, &state, cloud_url.trim_end_matches('/'), code).await
    } else {
        let enrolled = enrol(&shop, cloud_url, code).await;
        shop.close().await;
        return enrolled;
    };
    shop.close().await;
    drop(shop);
    let enrolled = outcome?;
    // The swap happens where the next start would do it after a kill.
    Shop::open(folder, parts, None).await?.close().await;
    Ok(enrolled)
}

/// Whether only a new epoch helps: by what the file says, or by what the cloud says about it.
async fn needs_an_epoch(shop: &Shop, state: &State, cloud_url: &str) -> anyhow::Result<bool> {
    if state.node.is_none() {
        return Ok(false);
    }
    if state.restricted.is_some() {
        return Ok(true);
    }
    let told = probe(shop, cloud_url).await?;
    if told == Some(Told::Unknown) {
        return Ok(false);
    }
    let state = shop.read(node::db::state).await?;
    Ok(state
        .restricted
        .is_some_and(|restricted| restricted.cause != Cause::Rollback || state.seen.is_none()))
}

/// Whether the cloud does not know this node.
async fn is_forgotten(shop: &Shop, cloud_url: &str) -> anyhow::Result<bool> {
    Ok(probe(shop, cloud_url).await? == Some(Told::Unknown))
}

/// What the cloud says to a heartbeat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Told {
    Known,
    Unknown,
}

async fn probe(shop: &Shop, cloud_url: &str) -> anyhow::Result<Option<Told>> {
    use carrier::Carry;
    let client = Client::at(shop, cloud_url)?;
    let state = shop.read(node::db::state).await?;
    let request = push::batch(shop, &state, state.last_seq + 1, Credit::default()).await?;
    let result = client.carry(request.clone()).await;
    let heard = carrier::read::<wire::batch::Reply>(result.clone());
    let told = match &heard {
        Ok(_) => Some(Told::Known),
        Err(trouble) if trouble.is_unknown() => Some(Told::Unknown),
        Err(trouble) if trouble.is_heard() => Some(Told::Known),
        Err(_) => None,
    };
    // What it means for the file is decided where it always is.
    let exchange = Exchange::new(shop);
    if let Next::Send(_) = exchange.next(Duration::ZERO).await {
        exchange.answered(Duration::ZERO, request, result).await;
    }
    Ok(told)
}

fn rejoin(state: &State) -> Option<Rejoin> {
    state.node.map(|node| Rejoin {
        node: node.as_uuid(),
        epoch: state.epoch,
    })
}

fn request(shop: &Shop, code: &str, rejoin: Option<Rejoin>) -> Enrol {
    Enrol {
        code: code.trim().to_owned(),
        public_key: signature::public_key_text(&shop.keys.signing.verifying_key()),
        fingerprint: shop.keys.fingerprint.clone(),
        version: crate::VERSION.to_owned(),
        rejoin,
    }
}

async fn ask(shop: &Shop, cloud_url: &str, request: &Enrol) -> anyhow::Result<Enrolled> {
    let client = trust::client(&shop.folder)?.timeout(PATIENCE).build()?;
    let response = client
        .post(format!("{cloud_url}/v1/enrol"))
        .json(request)
        .send()
        .await
        .with_context(|| format!("the cloud at {cloud_url} cannot be reached"))?;
    let status = response.status();
    if !status.is_success() {
        let told = response.json::<Problem>().await.ok();
        let told = told.map_or_else(
            || status.to_string(),
            |problem| format!("{} ({})", problem.title, problem.code),
        );
        bail!("the cloud did not take the code: {told}");
    }
    let enrolled: Enrolled = response
        .json()
        .await
        .context("the cloud's answer cannot be read")?;
    if Currency::by_code(&enrolled.currency).is_none() {
        bail!(
            "the currency {} is not known to this version",
            enrolled.currency
        );
    }
    Ok(enrolled)
}

/// The cloud knows the node again: it goes on with its own file.
async fn rejoined(
    shop: &Shop,
    state: &State,
    enrolled: Enrolled,
    cloud_url: &str,
) -> anyhow::Result<Enrolled> {
    if (enrolled.node_id, enrolled.epoch) != (state.id(), state.epoch) {
        bail!(
            "the cloud knows this shop as node {} in epoch {}, this edge is node {} in epoch {}",
            enrolled.node_id,
            enrolled.epoch,
            state.id(),
            state.epoch
        );
    }
    let url = cloud_url.to_owned();
    shop.write(move |tx, _| node::db::set_cloud_url(tx, &url))
        .await?;
    tracing::info!("The cloud knows this node again");
    Ok(enrolled)
}

/// Asks for the next epoch under a fresh key, and leaves behind what the swap of the files needs.
async fn next_epoch(
    shop: &Shop,
    state: &State,
    cloud_url: &str,
    code: &str,
) -> anyhow::Result<Enrolled> {
    let fresh = epoch::fresh_key(&shop.folder, shop.parts.random.as_ref())?;
    let ask_for = Enrol {
        public_key: signature::public_key_text(&fresh.signing.verifying_key()),
        fingerprint: fresh.fingerprint.clone(),
        ..request(shop, code, None)
    };
    let enrolled = ask(shop, cloud_url, &ask_for).await?;
    if enrolled.node_id == state.id() && enrolled.epoch <= state.epoch {
        bail!(
            "the cloud did not begin a new epoch: it answers {}",
            enrolled.epoch
        );
    }
    epoch::prepare(shop, state, &enrolled, cloud_url, fresh.fingerprint).await?;
    Ok(enrolled)
}

/// Takes on an identity that the cloud has given.
pub(crate) async fn adopt(
    shop: &Shop,
    enrolled: Enrolled,
    cloud_url: Option<String>,
) -> anyhow::Result<()> {
    if Currency::by_code(&enrolled.currency).is_none() {
        bail!(
            "the currency {} is not known to this version",
            enrolled.currency
        );
    }
    let node = NodeId::from_uuid(enrolled.node_id);
    let epoch = enrolled.epoch;
    let fingerprint = shop.keys.fingerprint.clone();
    let is_new = shop
        .write(move |tx, _| epoch::begin(tx, &enrolled, cloud_url.as_deref(), &fingerprint))
        .await?;
    if !is_new {
        bail!("this shop is a node of a company already");
    }
    shop.set_node_id(node, epoch);
    tracing::info!(node = %node, "Enrolled as node {node}");
    Ok(())
}
