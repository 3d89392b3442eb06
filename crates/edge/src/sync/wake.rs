//! A WebSocket to the cloud that says when to pull. Only a hint: without it, everything still comes, a minute later.
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use futures_util::{SinkExt, StreamExt};
use httpkit::random::number;
use reqwest::{StatusCode, Upgraded, header};
use serde::Deserialize;
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{Message, protocol::Role},
};

use super::{
    Cable, Exchange, Wake,
    carrier::{About, Lane, Outgoing},
    client::Client,
};
use crate::{Shop, node};

/// The longest pause between two attempts; an attempt is cheap, and its success ends the pause of the pushes.
const LONGEST_PAUSE_MS: u64 = 15_000;
/// The shortest pause.
const SHORTEST_PAUSE_MS: u64 = 500;
/// A connection that is silent for that long is given up.
const SILENCE: Duration = Duration::from_secs(45);
/// How often the cloud is asked whether it is there.
const PING: Duration = Duration::from_secs(15);

/// Listens until it is dropped, as long as the cable is in; when it is in again, no pause is waited for.
pub(super) async fn run(shop: &Shop, client: &Client, exchange: &Exchange, cable: &Cable) {
    loop {
        cable.up().await;
        hint(shop, exchange, Wake::Reachable);
        cable.carry(keep(shop, client, exchange)).await;
    }
}

/// Keeps a line open.
async fn keep(shop: &Shop, client: &Client, exchange: &Exchange) {
    let mut longest = SHORTEST_PAUSE_MS * 2;
    loop {
        match connect(shop, client).await {
            Ok(socket) => {
                longest = SHORTEST_PAUSE_MS * 2;
                hint(shop, exchange, Wake::Reachable);
                listen(socket, shop, exchange).await;
            }
            Err(error) => tracing::debug!(%error, "No wake-up line to the cloud: {error}"),
        }
        let jitter = number(shop.parts.random.as_ref()) % (longest - SHORTEST_PAUSE_MS);
        tokio::time::sleep(Duration::from_millis(SHORTEST_PAUSE_MS + jitter)).await;
        longest = (longest * 2).min(LONGEST_PAUSE_MS);
    }
}

fn hint(shop: &Shop, exchange: &Exchange, wake: Wake) {
    exchange.woken(wake);
    shop.signals.changed();
}

/// Upgrades a signed request, so that the line uses the same TLS as everything else.
async fn connect(shop: &Shop, client: &Client) -> anyhow::Result<WebSocketStream<Upgraded>> {
    let mut nonce = [0; 16];
    shop.parts.random.fill(&mut nonce);
    let node = shop.read(node::db::state).await?.id();
    let request = Outgoing::signed(
        &shop.keys.signing,
        node,
        Lane::Commands,
        "GET",
        format!("/v1/nodes/{node}/wake"),
        Vec::new(),
        About::Borrow,
    );
    let response = client
        .open(request)
        .header(header::CONNECTION, "Upgrade")
        .header(header::UPGRADE, "websocket")
        .header(header::SEC_WEBSOCKET_VERSION, "13")
        .header(header::SEC_WEBSOCKET_KEY, STANDARD.encode(nonce))
        .send()
        .await?;
    if response.status() != StatusCode::SWITCHING_PROTOCOLS {
        anyhow::bail!("the cloud answers {}", response.status());
    }
    let upgraded = response.upgrade().await?;
    Ok(WebSocketStream::from_raw_socket(upgraded, Role::Client, None).await)
}

/// What the cloud says on the line.
#[derive(Deserialize)]
struct Told {
    wake: String,
}

/// What a message is a hint of. Whatever else it says, there is something to fetch.
fn hint_of(text: &str) -> Wake {
    match serde_json::from_str::<Told>(text) {
        Ok(told) if told.wake == "commands" => Wake::Commands,
        _ => Wake::Reference,
    }
}

async fn listen(mut socket: WebSocketStream<Upgraded>, shop: &Shop, exchange: &Exchange) {
    let mut ping = tokio::time::interval(PING);
    let mut quiet_until = tokio::time::Instant::now() + SILENCE;
    loop {
        tokio::select! {
            () = tokio::time::sleep_until(quiet_until) => return,
            _ = ping.tick() => {
                if socket.send(Message::Ping(Vec::new().into())).await.is_err() {
                    return;
                }
            }
            message = socket.next() => {
                let Some(Ok(message)) = message else { return };
                quiet_until = tokio::time::Instant::now() + SILENCE;
                if let Message::Text(text) = &message {
                    hint(shop, exchange, hint_of(text));
                }
            }
        }
    }
}
