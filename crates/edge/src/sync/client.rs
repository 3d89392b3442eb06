//! Signed requests to the cloud.
use std::time::Duration;

use httpkit::problem::Problem;
use reqwest::{Method, Response, StatusCode, header};
use uuid::Uuid;
use wire::signature::{self, NODE_HEADER, SIGNATURE_HEADER};

use crate::{Shop, db::DbError, node};

/// How long the cloud may take to answer a push or a page.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);

/// The way to the cloud, for one node.
pub(super) struct Client {
    http: reqwest::Client,
    /// Without a time limit: for what stays open.
    open: reqwest::Client,
    shop: Shop,
    url: String,
    pub(super) node: Uuid,
    pub(super) epoch: i64,
}

/// Why there is no answer that can be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    /// Nothing came back in time, or what came back cannot be read.
    #[error("the cloud does not answer: {0}")]
    Silent(String),
    /// The cloud asks to come back later.
    #[error("the cloud is busy: {message}")]
    Later {
        /// In that many seconds.
        seconds: i64,
        /// What it says.
        message: String,
    },
    /// The cloud refuses.
    #[error("the cloud refuses: {0}")]
    Refused(String),
}

impl Client {
    /// `None` until the shop is enrolled and knows where the cloud is.
    pub(super) async fn new(shop: &Shop) -> anyhow::Result<Option<Self>> {
        let state = shop.read(node::db::state).await?;
        let (Some(node), Some(url)) = (state.node, state.cloud_url) else {
            return Ok(None);
        };
        let builder = || {
            reqwest::Client::builder()
                .connect_timeout(CONNECT)
                .user_agent(concat!("branchline-edge/", env!("CARGO_PKG_VERSION")))
        };
        Ok(Some(Self {
            http: builder().timeout(PATIENCE).build()?,
            open: builder().build()?,
            shop: shop.clone(),
            url,
            node: node.as_uuid(),
            epoch: state.epoch,
        }))
    }

    /// Posts a JSON body and reads a JSON answer.
    pub(super) async fn post<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
        body: Vec<u8>,
    ) -> Result<T, ClientError> {
        let request = self
            .request(&self.http, Method::POST, path, &body)
            .header(header::CONTENT_TYPE, "application/json")
            .body(body);
        answer(request.send().await.map_err(silent)?).await
    }

    /// Reads a JSON answer.
    pub(super) async fn get<T: serde::de::DeserializeOwned>(
        &self,
        path: &str,
    ) -> Result<T, ClientError> {
        let request = self.request(&self.http, Method::GET, path, &[]);
        answer(request.send().await.map_err(silent)?).await
    }

    /// A request that stays open, for the caller to finish.
    pub(super) fn open(&self, path: &str) -> reqwest::RequestBuilder {
        self.request(&self.open, Method::GET, path, &[])
    }

    fn request(
        &self,
        client: &reqwest::Client,
        method: Method,
        path: &str,
        body: &[u8],
    ) -> reqwest::RequestBuilder {
        let signature = signature::sign(&self.shop.keys.signing, method.as_str(), path, body);
        client
            .request(method, format!("{}{path}", self.url))
            .header(NODE_HEADER, self.node.to_string())
            .header(SIGNATURE_HEADER, signature)
    }
}

async fn answer<T: serde::de::DeserializeOwned>(response: Response) -> Result<T, ClientError> {
    let status = response.status();
    if status.is_success() {
        return response.json().await.map_err(silent);
    }
    let seconds = response
        .headers()
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.parse().ok());
    let told = response.json::<Problem>().await.map_or_else(
        |_| status.to_string(),
        |problem| format!("{} ({})", problem.title, problem.code),
    );
    Err(match (status, seconds) {
        (_, Some(seconds)) => ClientError::Later {
            seconds,
            message: told,
        },
        (status, None) if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
            ClientError::Silent(told)
        }
        _ => ClientError::Refused(told),
    })
}

/// The innermost cause says what happened; the outer ones repeat the address.
fn silent(error: reqwest::Error) -> ClientError {
    let mut cause: &dyn std::error::Error = &error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    ClientError::Silent(cause.to_string())
}

impl From<DbError> for ClientError {
    fn from(error: DbError) -> Self {
        Self::Silent(error.to_string())
    }
}
