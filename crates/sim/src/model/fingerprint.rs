//! The 128-bit fingerprint by which a state is known to have been seen.
//!
//! Two different states with one fingerprint would hide one of them. Among the 37 million states of the large bound that
//! has a probability below one in 10^23.

use std::hash::{Hash, Hasher};

const FIRST: u64 = 0x9e37_79b9_7f4a_7c15;
const SECOND: u64 = 0xbf58_476d_1ce4_e5b9;

/// The fingerprint of a state, never zero.
pub fn of(state: &impl Hash) -> u128 {
    let mut lanes = Lanes {
        left: SECOND,
        right: FIRST,
    };
    state.hash(&mut lanes);
    lanes.fingerprint() | 1
}

/// Two multiply-and-fold hashes of the same words with different constants.
struct Lanes {
    left: u64,
    right: u64,
}

/// The product of two words, its halves folded into one.
const fn fold(left: u64, right: u64) -> u64 {
    let product = (left as u128).wrapping_mul(right as u128);
    (product >> 64) as u64 ^ left.wrapping_mul(right)
}

impl Lanes {
    const fn word(&mut self, word: u64) {
        self.left = fold(self.left ^ word, FIRST).wrapping_add(self.right);
        self.right = fold(self.right.rotate_left(23) ^ word, SECOND);
    }

    fn fingerprint(&self) -> u128 {
        let left = fold(self.left ^ FIRST, SECOND);
        let right = fold(self.right ^ SECOND, FIRST ^ left);
        u128::from(left) << 64 | u128::from(right)
    }
}

impl Hasher for Lanes {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last[..rest.len()].copy_from_slice(rest);
            self.word(u64::from_le_bytes(last));
        }
    }

    fn write_u8(&mut self, byte: u8) {
        self.word(u64::from(byte));
    }

    fn write_u16(&mut self, word: u16) {
        self.word(u64::from(word));
    }

    fn write_u32(&mut self, word: u32) {
        self.word(u64::from(word));
    }

    fn write_u64(&mut self, word: u64) {
        self.word(word);
    }

    fn write_usize(&mut self, word: usize) {
        self.word(word as u64);
    }

    fn finish(&self) -> u64 {
        self.left ^ self.right
    }
}
