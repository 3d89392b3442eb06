//! Reference data: the shop's copy of what the cloud owns, taken in page by page. Replay is harmless.
use serde::de::DeserializeOwned;
use wire::reference::{
    CategoryState, ContainerState, Entity, Feed, FeedPage, LocationState, PATRON_KEY, PatronState,
    PromotionState, StaffState, SupplierState, VariantState,
};

use crate::{
    Shop, catalog,
    db::{Change, DbError, Tx},
    patron, promotion, staff,
};

pub(crate) mod db;

/// Why a page could not be taken in.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The cloud speaks of something that this version does not know; the feed waits for an upgrade.
    #[error("{feed} {id}: {error}")]
    Unreadable {
        /// The feed.
        feed: &'static str,
        /// The entity.
        id: uuid::Uuid,
        /// What is wrong.
        error: String,
    },
    /// The disk's.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Takes in a page with its cursor, in one transaction.
///
/// # Errors
/// [`ApplyError`]; nothing of the page is kept then.
pub async fn apply(shop: &Shop, feed: Feed, page: FeedPage) -> Result<(), ApplyError> {
    let keys = shop.clone();
    let has_rules = feed == Feed::Promotion && !page.items.is_empty();
    shop.write(move |tx, _| {
        for entity in &page.items {
            one(tx, &keys, feed, entity)?;
        }
        db::set_cursor(tx, feed, &page.cursor)?;
        if !page.items.is_empty() {
            match feed {
                Feed::Location => tx.announce(Change::Node),
                Feed::Staff => tx.announce(Change::Staff),
                Feed::Category | Feed::Variant => tx.announce(Change::Catalog),
                Feed::Promotion => tx.announce(Change::Promotions),
                Feed::Supplier | Feed::Patron | Feed::Container => {}
            }
        }
        Ok::<_, ApplyError>(())
    })
    .await?;
    if has_rules {
        // Read here, so that no customer waits for it.
        let kept = shop.promotions.clone();
        shop.read(move |at| kept.at(at).map(drop)).await?;
    }
    Ok(())
}

/// Up to where a feed was taken in.
pub(crate) async fn cursor(shop: &Shop, feed: Feed) -> Result<Option<String>, DbError> {
    shop.read(move |at| db::cursor(at, feed)).await
}

fn one(tx: &Tx<'_>, shop: &Shop, feed: Feed, entity: &Entity) -> Result<(), ApplyError> {
    let done = match feed {
        Feed::Location => match state::<LocationState>(feed, entity)? {
            Some(state) => db::put_location(tx, entity, &state),
            None => Ok(()),
        },
        Feed::Staff => match state::<StaffState>(feed, entity)? {
            Some(state) => {
                let pin = pin_verifier(shop, feed, entity, &state)?;
                staff::db::put(tx, entity, &state, pin.as_ref())
            }
            None => staff::db::retire(tx, entity),
        },
        Feed::Category => match state::<CategoryState>(feed, entity)? {
            Some(state) => db::put_category(tx, entity, &state),
            None => Ok(()),
        },
        Feed::Variant => match state::<VariantState>(feed, entity)? {
            Some(state) => catalog::put(tx, entity, &state),
            None => catalog::db::retire(tx, entity),
        },
        Feed::Promotion => match state::<PromotionState>(feed, entity)? {
            Some(state) => promotion::db::put(tx, entity, &state),
            None => promotion::db::retire(tx, entity),
        },
        Feed::Supplier => match state::<SupplierState>(feed, entity)? {
            Some(state) => db::put_supplier(tx, entity, &state),
            None => db::retire_supplier(tx, entity),
        },
        Feed::Container => match state::<ContainerState>(feed, entity)? {
            Some(state) => db::put_container(tx, entity, &state),
            None => db::retire_container(tx, entity),
        },
        Feed::Patron => match state::<PatronState>(feed, entity)? {
            Some(state) if entity.id == PATRON_KEY => {
                let key = state.key.as_deref().and_then(wire::patron::key_of);
                let key = key.ok_or_else(|| unreadable(feed, entity, &"this is no key"))?;
                patron::db::put_key(tx, &key)
            }
            Some(state) => patron::db::put(tx, entity, &state),
            None => patron::db::forget(tx, entity),
        },
    };
    done.map_err(ApplyError::Db)
}

fn pin_verifier(
    shop: &Shop,
    feed: Feed,
    entity: &Entity,
    state: &StaffState,
) -> Result<Option<staff::pin::Verifier>, ApplyError> {
    state
        .pin_hash
        .as_deref()
        .map(|phc| staff::pin::Verifier::wrap(phc, &shop.keys))
        .transpose()
        .map_err(|error| unreadable(feed, entity, &error))
}

fn state<T: DeserializeOwned>(feed: Feed, entity: &Entity) -> Result<Option<T>, ApplyError> {
    entity
        .state
        .as_ref()
        .map(T::deserialize)
        .transpose()
        .map_err(|error| unreadable(feed, entity, &error))
}

fn unreadable(feed: Feed, entity: &Entity, error: &dyn std::fmt::Display) -> ApplyError {
    ApplyError::Unreadable {
        feed: feed.code(),
        id: entity.id,
        error: error.to_string(),
    }
}
