//! `/v1/live`: what tills are told as it happens. Only hints and figures; what they miss they ask for.
use std::time::Duration;

use axum::{
    extract::{
        WebSocketUpgrade,
        ws::{Message, WebSocket},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use httpkit::problem::Problem;
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;
use uuid::Uuid;

use super::{
    db,
    http::{Sync, sync},
};
use crate::{Shop, db::DbError, http::access::SignedIn, shop::Live};

/// Between two messages about the same thing: a till needs no more.
const PACE: Duration = Duration::from_millis(200);
/// A till that says nothing for that long is asked whether it is there.
const PING: Duration = Duration::from_secs(20);
/// Tills say nothing; whoever says much is none.
const MOST_SAID: usize = 4 << 10;
/// When somebody with too many open pages may try again.
const BUSY_S: u32 = 10;

#[derive(Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Told {
    Sync {
        #[serde(flatten)]
        sync: Sync,
    },
    Stock {
        items: Vec<Units>,
    },
    Picks,
    Catalog,
    Prints,
    Parked,
}

#[derive(Serialize)]
struct Units {
    variant_id: Uuid,
    #[serde(flatten)]
    account: crate::stock::http::Account,
}

/// Opens the stream for somebody who is signed in.
pub(crate) async fn listen(
    signed_in: SignedIn,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    if !httpkit::server::is_same_origin(&headers) {
        let title = "This request came from another site";
        return Problem::new(StatusCode::FORBIDDEN, "csrf", title).into_response();
    }
    let shop = signed_in.shop;
    let Some(place) = shop.places.enter(&signed_in.actor.staff.as_uuid()) else {
        let title = "Too many pages are open: close some";
        return Problem::new(StatusCode::TOO_MANY_REQUESTS, "live.too_many", title)
            .retry_after(BUSY_S)
            .into_response();
    };
    let upgrade = upgrade.max_message_size(MOST_SAID);
    upgrade.on_upgrade(move |socket| async move {
        // A till that has gone away is no error.
        let _ = tell(socket, &shop).await;
        drop(place);
    })
}

async fn tell(mut socket: WebSocket, shop: &Shop) -> Result<(), axum::Error> {
    let mut live = shop.live.subscribe();
    let mut head = shop.head.subscribe();
    let mut link = shop.link.subscribe();
    let mut stopping = shop.stopping.subscribe();
    let mut ping = tokio::time::interval(PING);
    let mut told = None;
    tell_sync(&mut socket, shop, &mut told).await?;
    loop {
        tokio::select! {
            message = live.recv() => match message {
                Ok(Live::Stock(items)) => send(&mut socket, &stock(items)).await?,
                Ok(Live::Print) => send(&mut socket, &Told::Prints).await?,
                Ok(Live::Parked) => send(&mut socket, &Told::Parked).await?,
                Ok(Live::Picks) => send(&mut socket, &Told::Picks).await?,
                // Whoever missed something asks again for what it shows.
                Ok(Live::Catalog) | Err(RecvError::Lagged(_)) => send(&mut socket, &Told::Catalog).await?,
                Err(RecvError::Closed) => return Ok(()),
            },
            changed = async { tokio::select! { it = head.changed() => it, it = link.changed() => it } } => {
                if changed.is_err() {
                    return Ok(());
                }
                tokio::time::sleep(PACE).await;
                head.mark_unchanged();
                link.mark_unchanged();
                tell_sync(&mut socket, shop, &mut told).await?;
            }
            _ = ping.tick() => socket.send(Message::Ping(Vec::new().into())).await?,
            _ = stopping.changed() => return socket.send(Message::Close(None)).await,
            message = socket.recv() => match message {
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                Some(message) => drop(message?),
            },
        }
    }
}

async fn tell_sync(
    socket: &mut WebSocket,
    shop: &Shop,
    told: &mut Option<Sync>,
) -> Result<(), axum::Error> {
    let standing = shop.read(|at| {
        let state = db::state(at)?;
        let at_risk = db::sales_after(at, state.acked)?;
        Ok::<_, DbError>((state, at_risk))
    });
    let Ok((state, at_risk)) = standing.await else {
        return Ok(());
    };
    let sync = sync(shop, &state, at_risk);
    if told.as_ref() == Some(&sync) {
        return Ok(());
    }
    *told = Some(sync.clone());
    send(socket, &Told::Sync { sync }).await
}

fn stock(items: Vec<(retail::catalog::VariantId, retail::rights::NodeAccount)>) -> Told {
    let items = items.into_iter().map(|(variant, account)| Units {
        variant_id: variant.as_uuid(),
        account: account.into(),
    });
    Told::Stock {
        items: items.collect(),
    }
}

async fn send(socket: &mut WebSocket, told: &Told) -> Result<(), axum::Error> {
    let text = serde_json::to_string(told).expect("a message is plain data");
    socket.send(Message::Text(text.into())).await
}
