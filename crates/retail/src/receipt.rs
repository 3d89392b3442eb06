//! Receipt numbers: gapless per register and epoch, readable on paper (decision 28, pitfalls 28 and 29).
use std::fmt;

/// A receipt or ticket number: register prefix, epoch, counter.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ReceiptNumber {
    prefix: String,
    epoch: i64,
    counter: i64,
}

impl ReceiptNumber {
    /// The number after `last` in the series of this register and epoch; the first is 1.
    #[must_use]
    pub fn after(prefix: &str, epoch: i64, last: i64) -> Self {
        Self {
            prefix: prefix.to_owned(),
            epoch,
            counter: last + 1,
        }
    }

    /// The counter, to be kept as the new last one in the transaction of the sale.
    #[must_use]
    pub const fn counter(&self) -> i64 {
        self.counter
    }
}

impl fmt::Display for ReceiptNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}-{:06}", self.prefix, self.epoch, self.counter)
    }
}

#[cfg(test)]
mod tests {
    use super::ReceiptNumber;

    #[test]
    fn numbers_follow_each_other_and_grow_past_six_digits() {
        assert_eq!(ReceiptNumber::after("A1", 1, 0).to_string(), "A1-1-000001");
        assert_eq!(
            ReceiptNumber::after("A1", 2, 999_999).to_string(),
            "A1-2-1000000"
        );
    }
}
