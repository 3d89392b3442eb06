//! HTTP plumbing of both sides: problem documents, sessions, paging, tracing, metrics, shutdown.
//!
//! It knows no word of retail.
use std::sync::Arc;

pub mod access;
pub mod acme;
pub mod assets;
pub mod clock;
pub mod csv;
pub mod docs;
pub mod door;
pub mod extract;
pub mod metrics;
pub mod page;
pub mod problem;
pub mod random;
pub mod server;
pub mod session;
pub mod shutdown;
pub mod tls;

/// What a server takes from its surroundings: time, randomness and the built pages.
#[derive(Clone)]
pub struct Parts {
    /// Business time; a demo runs it faster.
    pub clock: Arc<dyn clock::Clock>,
    /// Time for sessions, lock-outs and leases: the system's, whatever the business clock does.
    pub security_clock: Arc<dyn clock::Clock>,
    /// Ids, tokens and jitter.
    pub random: Arc<dyn random::Random>,
    /// The built web pages.
    pub assets: Arc<dyn assets::Assets>,
}

impl Parts {
    /// The machine's clock and randomness, and no pages.
    #[must_use]
    pub fn system() -> Self {
        Self {
            clock: Arc::new(clock::SystemClock),
            security_clock: Arc::new(clock::SystemClock),
            random: Arc::new(random::SystemRandom),
            assets: Arc::new(assets::NoAssets),
        }
    }
}
