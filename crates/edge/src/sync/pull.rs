//! Pulls reference data, feed by feed, until there is no more: on start, when woken, and every minute.
use std::time::Duration;

use wire::reference::{Feed, FeedPage};

use super::{
    Signals,
    client::{Client, ClientError},
};
use crate::{
    Shop,
    reference::{self, ApplyError},
};

/// Between two pulls that nobody has asked for.
const EVERY: Duration = Duration::from_mins(1);
/// The first pause after a failure; it doubles up to [`EVERY`].
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Entities of a page: small, so that a sale does not wait long behind it.
const LIMIT: usize = 200;
/// Pages of one feed in one pull at the most; the rest comes with the next.
const MAX_PAGES: usize = 10_000;

#[derive(Debug, thiserror::Error)]
enum PullError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Apply(#[from] ApplyError),
    #[error(transparent)]
    Db(#[from] crate::DbError),
}

/// Pulls until it is dropped.
pub(super) async fn run(shop: &Shop, client: &Client, signals: &Signals) {
    let mut pause = FIRST_PAUSE;
    loop {
        let rest = match everything(shop, client).await {
            Ok(entities) => {
                if entities > 0 {
                    tracing::info!(entities, "Took in {entities} entities of reference data");
                }
                pause = FIRST_PAUSE;
                EVERY
            }
            Err(error) => {
                match &error {
                    // The pushes tell that the cloud is away.
                    PullError::Client(_) => {
                        tracing::debug!(%error, "Reference data did not come: {error}");
                    }
                    PullError::Apply(_) | PullError::Db(_) => {
                        tracing::error!(%error, "Reference data could not be taken in: {error}");
                    }
                }
                let rest = pause;
                pause = (pause * 2).min(EVERY);
                rest
            }
        };
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            () = signals.reference.notified() => {}
        }
    }
}

async fn everything(shop: &Shop, client: &Client) -> Result<usize, PullError> {
    let mut entities = 0;
    for feed in Feed::ALL {
        entities += one(shop, client, feed).await?;
    }
    Ok(entities)
}

async fn one(shop: &Shop, client: &Client, feed: Feed) -> Result<usize, PullError> {
    let mut entities = 0;
    for _ in 0..MAX_PAGES {
        let cursor = reference::cursor(shop, feed).await?.unwrap_or_default();
        let path = format!(
            "/v1/nodes/{}/reference?feed={}&cursor={}&limit={LIMIT}",
            client.node,
            feed.code(),
            in_url(&cursor)
        );
        let page: FeedPage = client.get(&path).await?;
        let more = page.more;
        entities += page.items.len();
        if page.cursor != cursor || !page.items.is_empty() {
            reference::apply(shop, feed, page).await?;
        }
        if !more {
            break;
        }
    }
    Ok(entities)
}

/// A cursor is opaque: whatever stands in it, the address carries it unchanged.
fn in_url(text: &str) -> String {
    use std::fmt::Write;
    text.bytes().fold(String::new(), |mut url, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            url.push(char::from(byte));
        } else {
            write!(url, "%{byte:02X}").expect("a string takes everything");
        }
        url
    })
}

#[cfg(test)]
mod tests {
    use super::in_url;

    #[test]
    fn a_cursor_stays_what_it_is_in_a_url() {
        assert_eq!(in_url("aZ0-_~/+=&?%"), "aZ0-_~%2F%2B%3D%26%3F%25");
    }
}
