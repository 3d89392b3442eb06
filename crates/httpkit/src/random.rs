//! The one place that asks the machine for randomness; ids and tokens are made from what is handed in.
use std::sync::atomic::{AtomicU64, Ordering};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::clock::Clock;

/// Where randomness comes from.
pub trait Random: Send + Sync {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator, fit for keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the randomness that is injected"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system has randomness");
    }
}

/// The same bytes for the same seed (`SplitMix64`, Steele et al. 2014). For tests and simulation, never for keys.
#[derive(Debug)]
pub struct SeededRandom(AtomicU64);

impl SeededRandom {
    /// A generator that begins at `seed`.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        for chunk in bytes.chunks_mut(8) {
            let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            chunk.copy_from_slice(&z.to_le_bytes()[..chunk.len()]);
        }
    }
}

/// A `UUIDv7` (RFC 9562 5.7): milliseconds of the clock, then randomness.
#[must_use]
pub fn uuid_v7(clock: &dyn Clock, random: &dyn Random) -> Uuid {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    let ms = u64::try_from(clock.now().as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(ms, &bytes).into_uuid()
}

/// A number for jitter.
#[must_use]
pub fn number(random: &dyn Random) -> u64 {
    let mut bytes = [0; 8];
    random.fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// 256 random bits as URL-safe text: a session or an API token.
#[must_use]
pub fn token(random: &dyn Random) -> String {
    let mut bytes = [0; 32];
    random.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Random, SeededRandom, SystemRandom, token, uuid_v7};
    use crate::clock::ManualClock;

    #[test]
    fn an_id_carries_its_time_and_version() {
        let clock = ManualClock::at("2026-11-22T10:00:00Z".parse().unwrap());
        let id = uuid_v7(&clock, &SeededRandom::new(7));
        assert_eq!(id.get_version_num(), 7);
        let (seconds, _) = id.get_timestamp().unwrap().to_unix();
        assert_eq!(seconds, 1_795_341_600);
    }

    #[test]
    fn a_seed_repeats_and_the_system_does_not() {
        let bytes = |random: &dyn Random| {
            let mut bytes = [0; 19];
            random.fill(&mut bytes);
            bytes
        };
        assert_eq!(bytes(&SeededRandom::new(1)), bytes(&SeededRandom::new(1)));
        assert_ne!(bytes(&SeededRandom::new(1)), bytes(&SeededRandom::new(2)));
        assert_ne!(token(&SystemRandom), token(&SystemRandom));
    }
}
