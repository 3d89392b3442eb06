//! Rights and commands of the cloud: each is taken once, its effect, its event and the node's place in one transaction
//! (sync.md, D7).
use retail::{catalog::VariantId, quantity::Quantity};
use wire::command::{Admission, Commands, Cursor, Message, Recall};

use super::{
    carrier::{About, Answer, Lane, Lost, Outgoing, read},
    exchange::{Done, Judged},
};
use crate::{
    Shop,
    db::{DbError, Sql, Tx, sql},
    node::{self, Site, State},
    rights,
};

/// The same, for the exchange: recalls that come with it are answered when the cloud had every earlier return by then.
/// Sales that it does not have yet say nothing about them: a shop that sells without a break lends as well.
pub(super) async fn next(shop: &Shop, state: &State) -> Result<Outgoing, DbError> {
    const OPEN: Sql = sql!(
        "select exists (select 1 from outbox where seq > ?1 and header ->> 'type' = 'rights.returned')"
    );
    let acked = state.acked;
    let is_open: Option<bool> = shop
        .read(move |at| at.one(OPEN, [acked], |row| row.get(0)))
        .await?;
    let about = About::Commands {
        has_returns: is_open == Some(false),
    };
    Ok(Outgoing {
        about,
        ..page(shop, state)
    })
}

/// Asks for what comes after the node's place.
pub(super) fn page(shop: &Shop, state: &State) -> Outgoing {
    let node = state.id();
    let path = format!(
        "/v1/nodes/{node}/commands?epoch={}&incarnation={}&after={}",
        state.epoch, state.incarnation, state.r_cursor
    );
    let about = About::Commands {
        has_returns: state.acked >= state.last_seq,
    };
    Outgoing::signed(
        &shop.keys.signing,
        node,
        Lane::Commands,
        "GET",
        path,
        Vec::new(),
        about,
    )
}

/// Takes the answer.
pub(super) async fn answered(
    shop: &Shop,
    has_returns: bool,
    result: Result<Answer, Lost>,
) -> Result<Done, Judged> {
    let mut page: Commands = read(result)?;
    let more = page.more && !page.messages.is_empty();
    // What was given back and is not with the cloud yet would be given back twice.
    if !has_returns {
        page.recalls.clear();
    }
    Ok(match take(shop, page).await? {
        None if more => Done::More,
        None | Some(Stop::Unknown) => Done::Nothing,
        // Ask again from where the node is now; the push tells about another incarnation.
        Some(Stop::Foreign | Stop::Gap) => Done::Failed,
    })
}

/// Why a page was not taken to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Foreign,
    Gap,
    Unknown,
}

/// Takes the messages of a page that are next, and gives back what the cloud would like to have.
pub(crate) async fn take(shop: &Shop, page: Commands) -> Result<Option<Stop>, DbError> {
    let page = std::sync::Arc::new(page);
    let whole = {
        let page = std::sync::Arc::clone(&page);
        shop.write(move |tx, _| all(tx, &page, page.messages.len()))
            .await
    };
    let taken = match whole {
        // One of them cannot be taken: those before it can.
        Err(DbError::Sqlite(error)) => {
            tracing::error!(%error, "A page of commands could not be taken as a whole: {error}");
            one_by_one(shop, &page).await
        }
        taken => taken,
    }?;
    shop.link.send_if_modified(|link| {
        let waits = taken == Some(Stop::Unknown);
        std::mem::replace(&mut link.waits_for_upgrade, waits) != waits
    });
    if !page.recalls.is_empty() && taken.is_none() {
        let id = shop.new_id::<()>().as_uuid();
        shop.write(move |tx, _| give_back(tx, &page.recalls, id))
            .await?;
    }
    Ok(taken)
}

async fn one_by_one(shop: &Shop, page: &std::sync::Arc<Commands>) -> Result<Option<Stop>, DbError> {
    let mut why = None;
    for count in 1..=page.messages.len() {
        let page = std::sync::Arc::clone(page);
        why = shop.write(move |tx, _| all(tx, &page, count)).await?;
        if why.is_some() {
            break;
        }
    }
    Ok(why)
}

/// Takes the first so many messages; those that were taken before change nothing.
fn all(tx: &Tx<'_>, page: &Commands, count: usize) -> Result<Option<Stop>, DbError> {
    let state = node::db::state(tx)?;
    let Ok(mut site) = node::site(tx)? else {
        return Ok(Some(Stop::Foreign));
    };
    // A node that is not sure of its own past takes nothing on (sync.md, D7).
    if state.is_over() || state.is_behind() {
        return Ok(Some(Stop::Foreign));
    }
    for message in &page.messages[..count] {
        if let Some(stop) = one(tx, &mut site, page, message)? {
            return Ok(Some(stop));
        }
    }
    Ok(None)
}

fn one(
    tx: &Tx<'_>,
    site: &mut Site,
    page: &Commands,
    message: &Message,
) -> Result<Option<Stop>, DbError> {
    let cursor = Cursor {
        epoch: site.epoch,
        incarnation: site.incarnation,
        idx: site.r_cursor,
    };
    match cursor.admit(page.epoch, page.incarnation, message) {
        Admission::Repeated => Ok(None),
        Admission::Take(command) => {
            rights::take_command(tx, site, message, command)?;
            Ok(None)
        }
        Admission::Foreign => Ok(Some(Stop::Foreign)),
        Admission::Gap => Ok(Some(Stop::Gap)),
        Admission::Unknown => {
            tracing::error!(
                idx = message.idx,
                kind = %message.kind,
                "Command {} ({}) is not known to this version: it waits for an upgrade",
                message.idx,
                message.kind
            );
            Ok(Some(Stop::Unknown))
        }
    }
}

/// Gives back what the cloud would like to have, as far as it may be given.
fn give_back(tx: &Tx<'_>, recalls: &[Recall], id: uuid::Uuid) -> Result<(), DbError> {
    let Ok(mut site) = node::site(tx)? else {
        return Ok(());
    };
    let lines: Vec<_> = recalls
        .iter()
        .map(|recall| {
            (
                VariantId::from_uuid(recall.variant),
                Quantity::new(recall.quantity),
            )
        })
        .collect();
    rights::give_back(tx, &mut site, &lines, "recall", id).map(drop)
}
