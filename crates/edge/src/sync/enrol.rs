//! Enrolment: a one-time code from the office makes this edge a node of the company.
use std::time::Duration;

use anyhow::{Context, bail};
use httpkit::problem::Problem;
use retail::{currency::Currency, location::NodeId};
use wire::{
    enrol::{Enrol, Enrolled},
    signature,
};

use crate::{Shop, node};

/// How long the cloud may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Makes the shop a node of the company that issued `code`; from then on it pushes and pulls by itself.
///
/// # Errors
/// When the shop is enrolled already, when the cloud cannot be reached, or when it does not take the code.
pub async fn enrol(shop: &Shop, cloud_url: &str, code: &str) -> anyhow::Result<Enrolled> {
    if let Some(node) = shop.node_id() {
        bail!("this shop is node {node} of a company already");
    }
    let url = format!("{}/v1/enrol", cloud_url.trim_end_matches('/'));
    let request = Enrol {
        code: code.trim().to_owned(),
        public_key: signature::public_key_text(&shop.keys.signing.verifying_key()),
        fingerprint: shop.keys.fingerprint.clone(),
        version: crate::VERSION.to_owned(),
        rejoin: None,
    };
    let client = reqwest::Client::builder().timeout(PATIENCE).build()?;
    let response = client
        .post(&url)
        .json(&request)
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
    adopt(
        shop,
        enrolled.clone(),
        Some(cloud_url.trim_end_matches('/').to_owned()),
    )
    .await?;
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
        .write(move |tx, _| node::db::enrol(tx, &enrolled, cloud_url.as_deref(), &fingerprint))
        .await?;
    if !is_new {
        bail!("this shop is a node of a company already");
    }
    shop.set_node_id(node, epoch);
    tracing::info!(node = %node, "Enrolled as node {node}");
    Ok(())
}
