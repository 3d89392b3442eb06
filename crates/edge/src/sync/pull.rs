//! Reference data, a page of a feed at a time: on start, when woken, and every minute.
use wire::{
    patron::{Letters, LettersTaken, MAX_LETTERS},
    reference::{Feed, FeedPage},
};

use super::{
    Trouble,
    carrier::{About, Answer, Lane, Lost, Outgoing, read},
    exchange::{Done, Judged},
};
use crate::{
    Shop,
    db::DbError,
    node::State,
    patron,
    reference::{self, ApplyError},
};

/// Entities of a page: small, so that a sale does not wait long behind it.
const LIMIT: usize = 200;

/// Asks for the next page of a feed. Before it asks for customers, it tells of its own.
pub(super) async fn page(shop: &Shop, state: &State, feed: Feed) -> Result<Outgoing, DbError> {
    if feed == Feed::Patron
        && !shop.signals.were_letters_refused()
        && let Some(letters) = letters(shop, state).await?
    {
        return Ok(letters);
    }
    let cursor = reference::cursor(shop, feed).await?.unwrap_or_default();
    let node = state.id();
    let path = format!(
        "/v1/nodes/{node}/reference?feed={}&cursor={}&limit={LIMIT}",
        feed.code(),
        in_url(&cursor)
    );
    let about = About::Reference { feed, cursor };
    Ok(Outgoing::signed(
        &shop.keys.signing,
        node,
        Lane::Reference,
        "GET",
        path,
        Vec::new(),
        about,
    ))
}

/// What the cloud has to be told of customers that were entered here; none when it has all of it.
async fn letters(shop: &Shop, state: &State) -> Result<Option<Outgoing>, DbError> {
    let letters = shop.read(|at| patron::db::letters(at, MAX_LETTERS)).await?;
    if letters.is_empty() {
        return Ok(None);
    }
    let ids = letters.iter().map(|letter| letter.patron).collect();
    let body = serde_json::to_vec(&Letters { letters })
        .map_err(|error| crate::db::unreadable(0, error))?;
    let node = state.id();
    Ok(Some(Outgoing::signed(
        &shop.keys.signing,
        node,
        Lane::Reference,
        "POST",
        format!("/v1/nodes/{node}/patrons"),
        body,
        About::Letters { ids },
    )))
}

/// The cloud has letters: they are forgotten here. One that does not take them, whatever the reason, is asked again with
/// the next pull; this one goes on, or what it cannot take would keep prices and people away from the shop.
pub(super) async fn told(
    shop: &Shop,
    ids: &[uuid::Uuid],
    result: Result<Answer, Lost>,
) -> Result<Done, Judged> {
    match read::<LettersTaken>(result) {
        Ok(_) => {}
        Err(Trouble::Refused { code, message }) if code != "node.fenced" => {
            tracing::warn!(code, "Customers stay to be told of: {message}");
            shop.signals.letters_refused();
            return Ok(Done::More);
        }
        Err(Trouble::Failing(message) | Trouble::Later { message, .. }) => {
            tracing::warn!("Customers stay to be told of: {message}");
            shop.signals.letters_refused();
            return Ok(Done::More);
        }
        Err(trouble) => return Err(trouble.into()),
    }
    let ids = ids.to_vec();
    shop.write(move |tx, _| {
        ids.iter()
            .try_for_each(|id| patron::db::forget_letter(tx, *id))
    })
    .await?;
    Ok(Done::More)
}

/// Takes a page in. A feed that this version cannot read waits for an upgrade; the others go on.
pub(super) async fn answered(
    shop: &Shop,
    feed: Feed,
    cursor: &str,
    result: Result<Answer, Lost>,
) -> Result<Done, Judged> {
    let page: FeedPage = match read(result) {
        // A cloud that is older than this shop: the other feeds go on.
        Err(Trouble::Refused { code, .. }) if code == "feed.unknown" => return Ok(Done::Nothing),
        read => read?,
    };
    let (more, entities) = (page.more, page.items.len());
    let is_news = page.cursor != cursor || entities > 0;
    if is_news {
        match reference::apply(shop, feed, page).await {
            Ok(()) => {}
            Err(ApplyError::Db(error)) => return Err(error.into()),
            Err(error @ ApplyError::Unreadable { .. }) => {
                tracing::error!(%error, "Reference data could not be taken in: {error}");
                return Ok(Done::Nothing);
            }
        }
    }
    if entities > 0 {
        tracing::info!(
            entities,
            feed = feed.code(),
            "Took in {entities} entities of {}",
            feed.code()
        );
    }
    // A page that brings nothing new says nothing about more.
    Ok(if more && is_news {
        Done::More
    } else {
        Done::Nothing
    })
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
