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
        pending: 0,
        filled: 0,
    };
    state.hash(&mut lanes);
    lanes.fingerprint() | 1
}

/// Two multiply-and-fold hashes of the same words with different constants. A state is mostly small numbers, so they are
/// put together to whole words first.
struct Lanes {
    left: u64,
    right: u64,
    /// Numbers that do not make up a word yet, and how many bits of it they take.
    pending: u64,
    filled: u32,
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

    /// Adds a number of so many bits; it never goes over the end of a word.
    const fn add(&mut self, number: u64, bits: u32) {
        if self.filled + bits > u64::BITS {
            self.word(self.pending);
            (self.pending, self.filled) = (0, 0);
        }
        self.pending |= number << self.filled;
        self.filled += bits;
    }

    fn fingerprint(mut self) -> u128 {
        self.word(self.pending);
        let left = fold(self.left ^ FIRST, SECOND);
        let right = fold(self.right ^ SECOND, FIRST ^ left);
        u128::from(left) << 64 | u128::from(right)
    }
}

impl Hasher for Lanes {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u8(*byte);
        }
    }

    fn write_u8(&mut self, number: u8) {
        self.add(u64::from(number), u8::BITS);
    }

    fn write_u16(&mut self, number: u16) {
        self.add(u64::from(number), u16::BITS);
    }

    fn write_u32(&mut self, number: u32) {
        self.add(u64::from(number), u32::BITS);
    }

    fn write_u64(&mut self, number: u64) {
        self.word(number);
    }

    /// The length of a list or the number of a variant: a byte, unless it is large.
    fn write_usize(&mut self, number: usize) {
        match u8::try_from(number) {
            Ok(small) if small < u8::MAX => self.write_u8(small),
            Ok(_) | Err(_) => {
                self.write_u8(u8::MAX);
                self.word(number as u64);
            }
        }
    }

    fn finish(&self) -> u64 {
        self.left ^ self.right ^ self.pending
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn what_differs_has_another_fingerprint() {
        let states: Vec<(u8, Option<u8>, Vec<u16>)> = (0..200_u8)
            .flat_map(|number| {
                let long = vec![u16::from(number); 300];
                [
                    (number, None, Vec::new()),
                    (number, Some(number), Vec::new()),
                    (0, Some(number), vec![0]),
                    (0, None, vec![u16::from(number), 0]),
                    (1, None, vec![0, u16::from(number)]),
                    (2, None, long),
                ]
            })
            .collect();
        for (index, state) in states.iter().enumerate() {
            for other in &states[..index] {
                assert_eq!(
                    of(state) == of(other),
                    state == other,
                    "{state:?} and {other:?}"
                );
            }
        }
    }
}
