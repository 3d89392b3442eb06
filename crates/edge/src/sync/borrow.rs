//! Borrowing: rights that a till lacks and the cloud may have unsold, while the customer waits. Never longer than a
//! moment, and never in the way of a sale.
use std::time::Duration;

use retail::{catalog::VariantId, quantity::Quantity};
use uuid::Uuid;
use wire::command::{Ask, Borrow, Commands, Line, ResolveVoucher, ResolvedVoucher};

use super::{
    Trouble,
    carrier::{About, Carrier, Lane, Outgoing, read},
    command,
};
use crate::{Shop, node};

/// How long a till waits for it.
const BUDGET: Duration = Duration::from_millis(1_500);
/// Pages of commands that may stand before the grant.
const MAX_PAGES: usize = 20;

/// What borrowing came to. What was taken stands in the shop's accounts; so look again at those.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Borrowed {
    /// The cloud has granted some or all of it.
    Taken,
    /// The cloud has nothing to give.
    Nothing,
    /// There is no link, or no answer in time; what was granted comes with the next commands.
    Unreachable,
}

/// Asks the cloud for what a sale lacks. Repeating it for the same sale and lines borrows once.
pub async fn borrow(shop: &Shop, sale: Uuid, lines: &[(VariantId, Quantity)]) -> Borrowed {
    let mut lines: Vec<Line> = lines
        .iter()
        .map(|(variant, quantity)| Line {
            variant: variant.as_uuid(),
            quantity: quantity.base_units(),
        })
        .collect();
    lines.sort_by_key(|line| line.variant);
    let id = name(sale, &lines);
    within(shop, id, lines, Vec::new()).await
}

/// Asks the cloud for what a basket could use of limits. Each id is asked for once.
pub(crate) async fn allowances(shop: &Shop, id: Uuid, wanted: Vec<Ask>) -> Borrowed {
    within(shop, id, Vec::new(), wanted).await
}

/// Asks the cloud what a voucher code stands for, while the customer waits.
pub(crate) async fn resolve_voucher(
    shop: &Shop,
    asked: &ResolveVoucher,
) -> Result<ResolvedVoucher, Trouble> {
    let silent = || Trouble::Silent("there is no line".to_owned());
    let carrier = shop.carrier.get().cloned().ok_or_else(silent)?;
    if !shop.link.borrow().connected || !shop.memory.is_asked() {
        return Err(silent());
    }
    let node = shop.node_id().ok_or_else(silent)?;
    let request = Outgoing::signed(
        &shop.keys.signing,
        node.as_uuid(),
        Lane::Borrow,
        "POST",
        format!("/v1/nodes/{node}/vouchers"),
        serde_json::to_vec(asked).expect("what is asked is plain data"),
        About::Borrow,
    );
    let answer = tokio::time::timeout(BUDGET, carrier.0.carry(request)).await;
    read(answer.map_err(|_| silent())?)
}

async fn within(shop: &Shop, id: Uuid, lines: Vec<Line>, allowances: Vec<Ask>) -> Borrowed {
    let Some(carrier) = shop.carrier.get().cloned() else {
        return Borrowed::Unreachable;
    };
    let is_empty = lines.is_empty() && allowances.is_empty();
    if !shop.link.borrow().connected || !shop.memory.is_asked() || is_empty {
        return Borrowed::Unreachable;
    }
    let attempt = attempt(shop, &carrier, id, (lines, allowances));
    let borrowed = tokio::time::timeout(BUDGET, attempt).await;
    let borrowed = borrowed.unwrap_or(Borrowed::Unreachable);
    if borrowed == Borrowed::Unreachable {
        shop.signals.commands();
    }
    borrowed
}

/// The grant's id: the same sale that lacks the same asks for the same grant.
fn name(sale: Uuid, lines: &[Line]) -> Uuid {
    let mut text = Vec::with_capacity(24 * lines.len());
    for line in lines {
        text.extend_from_slice(line.variant.as_bytes());
        text.extend_from_slice(&line.quantity.to_be_bytes());
    }
    Uuid::new_v5(&sale, &text)
}

async fn attempt(
    shop: &Shop,
    carrier: &Carrier,
    id: Uuid,
    (lines, allowances): (Vec<Line>, Vec<Ask>),
) -> Borrowed {
    let Ok(state) = shop.read(node::db::state).await else {
        return Borrowed::Unreachable;
    };
    if state.is_over() || state.is_behind() {
        return Borrowed::Nothing;
    }
    let Some(node) = state.node else {
        return Borrowed::Unreachable;
    };
    let ask = Borrow {
        id,
        epoch: state.epoch,
        r_cursor: state.r_cursor,
        lines,
        allowances,
    };
    let body = serde_json::to_vec(&ask).expect("what is asked is plain data");
    let path = format!("/v1/nodes/{node}/borrow");
    let mut request = Outgoing::signed(
        &shop.keys.signing,
        node.as_uuid(),
        Lane::Borrow,
        "POST",
        path,
        body,
        About::Borrow,
    );
    for _ in 0..MAX_PAGES {
        let page: Commands = match read(carrier.0.carry(request).await) {
            Ok(page) => page,
            Err(trouble) if trouble.is_heard() => return Borrowed::Nothing,
            Err(_) => return Borrowed::Unreachable,
        };
        let is_there = page.messages.iter().any(|message| message.id == id);
        let more = page.more && !page.messages.is_empty();
        // Recalls are answered by the regular pull.
        let page = Commands {
            recalls: Vec::new(),
            ..page
        };
        match command::take(shop, page).await {
            Ok(None) if is_there => return Borrowed::Taken,
            Ok(None) if more => {}
            Ok(_) => return Borrowed::Nothing,
            Err(_) => return Borrowed::Unreachable,
        }
        let Ok(state) = shop.read(node::db::state).await else {
            return Borrowed::Unreachable;
        };
        request = Outgoing {
            lane: Lane::Borrow,
            about: About::Borrow,
            ..command::page(shop, &state)
        };
    }
    Borrowed::Unreachable
}
