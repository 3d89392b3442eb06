//! Payment: what was held becomes claimed, and the nodes are told to pick it.
use std::collections::BTreeMap;

use axum::http::StatusCode;
use httpkit::problem::Problem;
use retail::rights::ReservationState;
use uuid::Uuid;

use super::http::Caller;
use super::{Placed, source, step};
use crate::allowance;
use crate::cloud::Cloud;
use crate::db::Tx;
use crate::error::Result;

/// An order was paid. Its hold may be over: then its units are promised anew where they can be, else the payment has
/// to be given back: a claim without a right does not exist.
///
/// Repeating the same payment gives the first answer.
pub(super) async fn claim(
    cloud: &Cloud,
    caller: &Caller,
    id: Uuid,
    payment: &str,
) -> Result<Placed> {
    let (placed, told) = cloud
        .tx("claim_order", caller.actor(), async |tx| {
            let order = step::lock_seen(tx, id).await?;
            let mut order = order
                .filter(|order| caller.may(order))
                .ok_or_else(step::unknown)?;
            let told = match order.payment.as_deref() {
                Some(first) if first == payment => Vec::new(),
                Some(first) => return Err(paid_already(first).into()),
                None => pay(cloud, tx, &mut order, payment).await?,
            };
            if matches!(caller, Caller::Staff(_)) && !told.is_empty() {
                let (at, subject) = (cloud.security_now(), id.to_string());
                crate::session::db::audit(tx, at, "order.claimed", &subject).await?;
            }
            Ok((step::shown(tx, id).await?, told))
        })
        .await?;
    for location in told {
        cloud.sync().wake_commands(location);
    }
    Ok(placed)
}

async fn pay(cloud: &Cloud, tx: &Tx, order: &mut step::Order, payment: &str) -> Result<Vec<Uuid>> {
    match order.state.as_str() {
        // Also when the hold is over and nobody has ended it yet: the units are still there.
        "held" => {
            let moved: BTreeMap<Uuid, ReservationState> = order
                .promises
                .iter()
                .filter(|promise| promise.state == ReservationState::Held)
                .map(|promise| (promise.id, ReservationState::Claimed))
                .collect();
            step::take(tx, std::slice::from_mut(order), &moved, None).await?;
        }
        "expired" => {
            let missing = source::wanted(tx, order).await?;
            if let Err(short) = source::promise_anew(cloud, tx, order, &missing, &[]).await? {
                let figures = super::refusal::shortages(&short);
                return Err(give_back(
                    "order.hold_expired",
                    "The hold is over, and not all is there any more",
                )
                .figure("shortages", figures)
                .into());
            }
            // After the goods, as everybody locks them.
            if !allowance::order::take_again(tx, order.id).await? {
                return Err(give_back(
                    "order.hold_expired",
                    "The hold is over, and what made it cheaper is used up",
                )
                .figure("exhausted", true)
                .into());
            }
        }
        // Found again after the cloud was restored: the payment is told only now.
        "claimed" | "picked" | "handed_over" => {
            step::pay(tx, order.id, payment).await?;
            return Ok(Vec::new());
        }
        _ => {
            return Err(give_back(
                "order.cancelled",
                "The order was cancelled before it was paid",
            )
            .figure("state", order.state.clone())
            .into());
        }
    }
    step::pay(tx, order.id, payment).await?;
    order.close_reason = None;
    step::derive(tx, std::slice::from_mut(order), None).await?;
    step::send_picks(
        cloud,
        tx,
        order,
        &order.by_location(ReservationState::Claimed),
    )
    .await
}

fn give_back(code: &'static str, title: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, title).figure("refund", true)
}

fn paid_already(payment: &str) -> Problem {
    Problem::conflict(
        "order.paid_already",
        "Another payment has paid for this order",
    )
    .figure("payment", payment)
    .figure("refund", true)
}
