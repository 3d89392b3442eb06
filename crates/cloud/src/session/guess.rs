//! Guessing of keys that nobody types: API tokens, keys of channels, signatures of nodes; and of voucher codes, by the node
//! whose till has sent them. What fits none is counted by the address it came from, in memory, before anything is looked up: the keys are too long to be guessed, but looking
//! for them costs something, and a leaked list of old ones should not be tried at leisure.
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use httpkit::problem::Problem;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use uuid::Uuid;
use wire::signature::NODE_HEADER;

use super::limit::network;
use super::visitor;
use crate::cloud::Cloud;

/// Addresses that are remembered; the rest share one account.
const MOST: usize = 10_000;
/// Wrong keys that are remembered of one address.
const REMEMBERED: usize = 8;
/// Where nodes ask; elsewhere their signature counts for nothing.
const NODES: &str = "/v1/nodes/";

/// What is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    /// A token, or a channel's key.
    Key,
    /// The signature of one node: another node behind the same address goes on.
    Node(Uuid),
    /// Signatures of any nodes.
    Nodes,
    /// Voucher codes of one node.
    Voucher(Uuid),
}

impl What {
    /// Wrong ones that may come at once, and how long until another one may.
    const fn pace(self) -> (i32, SignedDuration) {
        match self {
            Self::Key => (20, SignedDuration::from_secs(10)),
            // A node that a restored cloud has forgotten asks on and on until somebody helps it.
            Self::Node(_) => (60, SignedDuration::from_secs(1)),
            Self::Nodes => (300, SignedDuration::from_millis(200)),
            // Many cashiers, of whom each is slowed at the till before.
            Self::Voucher(_) => (120, SignedDuration::from_secs(5)),
        }
    }
}

type Subject = (Option<IpAddr>, What);
type Kept = HashMap<Subject, Wrong>;

/// What came wrong from somewhere.
#[derive(Debug)]
struct Wrong {
    /// By when all of it is forgiven.
    until: Timestamp,
    /// The last keys, as hashes: a program that goes on with one that has expired guesses nothing.
    keys: Vec<[u8; 32]>,
}

/// What was guessed wrong, and from where.
#[derive(Debug, Default)]
pub(crate) struct Guesses(Mutex<Kept>);

impl Guesses {
    /// How long somebody has to wait before they may try again.
    fn wait(&self, subject: Subject, now: Timestamp) -> Option<SignedDuration> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let subject = room(&kept, subject);
        let (free, each) = subject.1.pace();
        let wrong = kept.get(&subject)?;
        let ahead = each.checked_mul(free - 1).unwrap_or(each);
        Some(now.duration_until(wrong.until) - ahead).filter(SignedDuration::is_positive)
    }

    /// Counts a wrong one, unless it is one of the last again.
    fn count(&self, subject: Subject, key: Option<[u8; 32]>, now: Timestamp) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST {
            kept.retain(|_, wrong| wrong.until > now);
        }
        let subject = room(&kept, subject);
        let wrong = kept.entry(subject).or_insert_with(|| Wrong {
            until: now,
            keys: Vec::new(),
        });
        if let Some(key) = key {
            if wrong.keys.contains(&key) {
                return;
            }
            if wrong.keys.len() == REMEMBERED {
                wrong.keys.remove(0);
            }
            wrong.keys.push(key);
        }
        let (_, each) = subject.1.pace();
        wrong.until = wrong.until.max(now).saturating_add(each).unwrap_or(now);
    }

    /// Counts a voucher code of a node as a wrong one before it is looked up, so that codes that come at the same time
    /// count too; [`Guesses::forgive_voucher`] takes it back.
    ///
    /// # Errors
    /// `voucher.locked` when the node has to wait.
    pub(crate) fn try_voucher(&self, node: Uuid, now: Timestamp) -> Result<(), Problem> {
        let subject = (None, What::Voucher(node));
        if let Some(wait) = self.wait(subject, now) {
            let title = "Too many wrong voucher codes came from this branch: wait a little";
            return Err(refused("voucher.locked", title, wait));
        }
        self.count(subject, None, now);
        Ok(())
    }

    /// It was no guess.
    pub(crate) fn forgive_voucher(&self, node: Uuid) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let subject = room(&kept, (None, What::Voucher(node)));
        let (_, each) = subject.1.pace();
        if let Some(wrong) = kept.get_mut(&subject) {
            wrong.until = wrong.until.saturating_sub(each).unwrap_or(wrong.until);
        }
    }
}

/// Where it is counted: whoever comes when there is no room left shares an account with the others.
fn room(kept: &Kept, subject: Subject) -> Subject {
    if kept.len() >= MOST && !kept.contains_key(&subject) {
        (None, subject.1.shared())
    } else {
        subject
    }
}

impl What {
    /// For whom no room is left.
    const fn shared(self) -> Self {
        match self {
            Self::Key => Self::Key,
            Self::Node(_) | Self::Nodes => Self::Nodes,
            Self::Voucher(_) => Self::Voucher(Uuid::nil()),
        }
    }
}

/// What a request could be guessing, and the key, if it is one.
fn guessed(request: &Request) -> (Vec<What>, Option<[u8; 32]>) {
    let headers = request.headers();
    if let Some(key) = headers.get(header::AUTHORIZATION) {
        return (vec![What::Key], Some(Sha256::digest(key).into()));
    }
    let node = headers.get(NODE_HEADER);
    let node = node.filter(|_| request.uri().path().starts_with(NODES));
    let node = node.map(|node| {
        let node = node.to_str().ok().and_then(|node| node.parse().ok());
        node.unwrap_or_default()
    });
    let what = node.map_or_else(Vec::new, |node| vec![What::Node(node), What::Nodes]);
    (what, None)
}

/// Lets a request with a key pass unless too many wrong ones came from there, and counts it when it is wrong too.
pub(crate) async fn slowed(State(cloud): State<Cloud>, request: Request, next: Next) -> Response {
    let (what, key) = guessed(&request);
    let address = visitor::address_of(&cloud, request.extensions(), request.headers());
    let (Some(address), false) = (address.map(network), what.is_empty()) else {
        return next.run(request).await;
    };
    let guesses = &cloud.office().guesses;
    let now = cloud.security_now();
    let subjects = || what.iter().map(|what| (Some(address), *what));
    let wait = subjects()
        .filter_map(|subject| guesses.wait(subject, now))
        .max();
    if let Some(wait) = wait {
        let title = "Too many wrong keys came from there: wait a little";
        return refused("session.guesses", title, wait).into_response();
    }
    let response = next.run(request).await;
    if response.status() == StatusCode::UNAUTHORIZED {
        subjects().for_each(|subject| guesses.count(subject, key, now));
    }
    response
}

fn refused(code: &'static str, title: &'static str, wait: SignedDuration) -> Problem {
    metrics::counter!("cloud_guesses_refused_total").increment(1);
    let seconds = u32::try_from(wait.unsigned_abs().as_millis().div_ceil(1_000)).unwrap_or(1);
    Problem::new(StatusCode::TOO_MANY_REQUESTS, code, title)
        .figure("retry_after_s", seconds)
        .retry_after(seconds)
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use uuid::Uuid;

    use super::{Guesses, MOST, What};

    #[test]
    fn guessing_gets_slow_and_is_forgiven_with_time() {
        let guesses = Guesses::default();
        let here = (Some("203.0.113.9".parse().unwrap()), What::Key);
        let there = (Some("203.0.113.10".parse().unwrap()), What::Key);
        let start = Timestamp::UNIX_EPOCH;
        for _ in 0..20 {
            assert_eq!(guesses.wait(here, start), None);
            guesses.count(here, None, start);
        }
        assert_eq!(
            guesses.wait(here, start),
            Some(SignedDuration::from_secs(10))
        );
        assert_eq!(guesses.wait(there, start), None);
        let later = start + SignedDuration::from_secs(10);
        assert_eq!(guesses.wait(here, later), None);
        guesses.count(here, None, later);
        assert!(guesses.wait(here, later).is_some());
        assert_eq!(
            guesses.wait(here, later + SignedDuration::from_hours(1)),
            None
        );
    }

    #[test]
    fn a_program_with_an_old_key_guesses_nothing() {
        let guesses = Guesses::default();
        let here = (Some("203.0.113.9".parse().unwrap()), What::Key);
        let now = Timestamp::UNIX_EPOCH;
        for number in 0..100 {
            guesses.count(here, Some([number % 3; 32]), now);
        }
        assert_eq!(guesses.wait(here, now), None);
        for number in 0..20 {
            guesses.count(here, Some([number; 32]), now);
        }
        assert!(guesses.wait(here, now).is_some());
    }

    #[test]
    fn voucher_codes_of_a_node_are_counted_before_they_are_looked_up() {
        let guesses = Guesses::default();
        let (node, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..120 {
            guesses.try_voucher(node, now).unwrap();
        }
        let refused = guesses.try_voucher(node, now).unwrap_err();
        assert_eq!((refused.status, &*refused.code), (429, "voucher.locked"));
        guesses.try_voucher(other, now).unwrap();
        guesses.forgive_voucher(node);
        guesses.try_voucher(node, now).unwrap();
        assert!(guesses.try_voucher(node, now).is_err());
        let later = now + SignedDuration::from_secs(5);
        guesses.try_voucher(node, later).unwrap();
    }

    #[test]
    fn memory_is_bounded_and_strangers_beyond_it_share_an_account() {
        let guesses = Guesses::default();
        let now = Timestamp::UNIX_EPOCH;
        for number in 0..u32::try_from(MOST).unwrap() + 20 {
            let address = std::net::Ipv4Addr::from_bits(number);
            guesses.count((Some(address.into()), What::Key), None, now);
        }
        assert_eq!(guesses.0.lock().unwrap().len(), MOST + 1);
        let stranger = (Some("203.0.113.9".parse().unwrap()), What::Key);
        assert!(guesses.wait(stranger, now).is_some());
        let later = now + SignedDuration::from_hours(1);
        guesses.count(stranger, None, later);
        assert_eq!(guesses.0.lock().unwrap().len(), 1);
    }
}
