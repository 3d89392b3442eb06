//! The way to the cloud over the network.
use std::{str::FromStr, time::Duration};

use futures_util::future::BoxFuture;
use reqwest::{Method, header};

use super::{
    carrier::{Answer, Carry, Lost, Outgoing},
    trust,
};
use crate::{Shop, node};

/// How long the cloud may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// The most bytes of an answer: what the cloud sends is far smaller.
const MAX_ANSWER: usize = 16 << 20;

/// The way to the cloud.
#[derive(Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
}

impl Client {
    /// `None` until the shop is enrolled and knows where the cloud is.
    pub(super) async fn new(shop: &Shop) -> anyhow::Result<Option<Self>> {
        let state = shop.read(node::db::state).await?;
        let (Some(_), Some(url)) = (state.node, state.cloud_url) else {
            return Ok(None);
        };
        Self::at(shop, &url).map(Some)
    }

    /// The way to a cloud at that address.
    pub(super) fn at(shop: &Shop, url: &str) -> anyhow::Result<Self> {
        let http = trust::client(&shop.folder)?
            .connect_timeout(CONNECT)
            .user_agent(concat!("branchline-edge/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self {
            http,
            url: url.trim_end_matches('/').to_owned(),
        })
    }

    /// A request that stays open, for the caller to finish.
    pub(super) fn open(&self, request: Outgoing) -> reqwest::RequestBuilder {
        let method = Method::from_str(request.method).unwrap_or(Method::GET);
        let url = format!("{}{}", self.url, request.path);
        request
            .headers
            .into_iter()
            .fold(self.http.request(method, url), |builder, (name, value)| {
                builder.header(name, value)
            })
            .body(request.body)
    }
}

impl Carry for Client {
    fn carry(&self, request: Outgoing) -> BoxFuture<'static, Result<Answer, Lost>> {
        let request = self.open(request).timeout(PATIENCE);
        Box::pin(async move {
            let mut response = request.send().await.map_err(|error| lost(&error))?;
            let status = response.status().as_u16();
            let retry_after_s = response
                .headers()
                .get(header::RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.parse().ok());
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
                if body.len() + chunk.len() > MAX_ANSWER {
                    return Err(Lost("the answer has no end".to_owned()));
                }
                body.extend_from_slice(&chunk);
            }
            Ok(Answer {
                status,
                retry_after_s,
                body,
            })
        })
    }
}

/// The innermost cause says what happened; the outer ones repeat the address.
fn lost(error: &reqwest::Error) -> Lost {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    Lost(cause.to_string())
}
