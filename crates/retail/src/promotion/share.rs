//! Sharing whole minor units out, when nobody may get more than a cap.

/// Shares `total` over `weights` in whole units, nobody beyond `caps`; what one cannot take goes to the others by weight.
///
/// Largest remainder first, the earlier on a tie. The parts add up to `total`, or to the sum of the caps if that is less.
/// Those without weight take only what nobody else can.
pub(crate) fn within(total: i64, weights: &[i64], caps: &[i64]) -> Vec<i64> {
    debug_assert_eq!(weights.len(), caps.len(), "each has a weight and a cap");
    let mut parts = vec![0; caps.len()];
    let mut left = total.min(caps.iter().sum()).max(0);
    let mut open: Vec<usize> = (0..caps.len()).filter(|&i| caps[i] > 0).collect();
    while left > 0 {
        let equal = open.iter().all(|&i| weights[i] <= 0);
        let weight = |i: usize| {
            if equal {
                1
            } else {
                i128::from(weights[i].max(0))
            }
        };
        let sum: i128 = open.iter().map(|&i| weight(i)).sum();
        let share = |i: usize| i128::from(left) * weight(i);
        let (full, rest): (Vec<usize>, Vec<usize>) = open
            .iter()
            .partition(|&&i| share(i) >= i128::from(caps[i]) * sum);
        if full.is_empty() {
            let mut exact: Vec<(usize, i64, i128)> = rest
                .iter()
                .map(|&i| (i, narrow(share(i) / sum), share(i) % sum))
                .collect();
            let mut over = left - exact.iter().map(|one| one.1).sum::<i64>();
            exact.sort_by_key(|&(i, _, remainder)| (std::cmp::Reverse(remainder), i));
            for (i, part, _) in exact {
                let extra = i64::from(over > 0);
                parts[i] = part + extra;
                over -= extra;
            }
            return parts;
        }
        for i in full {
            parts[i] = caps[i];
            left -= caps[i];
        }
        open = rest;
    }
    parts
}

/// A share of an `i64` fits into one.
fn narrow(part: i128) -> i64 {
    i64::try_from(part).unwrap_or(i64::MAX)
}

/// `value * numerator / denominator`, half up.
pub(crate) fn portion(value: i64, numerator: i64, denominator: i64) -> i64 {
    let exact = i128::from(value) * i128::from(numerator);
    let denominator = i128::from(denominator);
    narrow((2 * exact + denominator).div_euclid(2 * denominator))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{portion, within};

    #[test]
    fn what_one_cannot_take_goes_to_the_others() {
        assert_eq!(within(2_000, &[5_000, 2_000], &[500, 2_000]), [500, 1_500]);
        // Cup 10, keyboard 20 (not below 19), mouse 50 (fixed), headphones 30 (not below 26): 12.00 off.
        assert_eq!(
            within(1_200, &[1_000, 2_000, 5_000, 3_000], &[1_000, 100, 0, 400]),
            [700, 100, 0, 400]
        );
        assert_eq!(within(10, &[1, 1], &[3, 3]), [3, 3]);
        assert_eq!(within(100, &[1, 1, 1], &[50, 50, 50]), [34, 33, 33]);
        assert_eq!(within(3, &[0, 0], &[9, 9]), [2, 1]);
        assert_eq!(within(0, &[1], &[1]), [0]);
    }

    #[test]
    fn half_a_unit_is_rounded_up() {
        assert_eq!(portion(5, 5_000, 10_000), 3);
        assert_eq!(portion(199, 1_000, 10_000), 20);
        assert_eq!(portion(4, 1_000, 10_000), 0);
    }

    proptest! {
        #[test]
        fn nothing_is_lost_and_nobody_gets_too_much(
            total in 0_i64..10_000,
            given in prop::collection::vec((0_i64..1_000, 0_i64..2_000), 1..12),
        ) {
            let (weights, caps): (Vec<i64>, Vec<i64>) = given.into_iter().unzip();
            let parts = within(total, &weights, &caps);
            prop_assert_eq!(parts.iter().sum::<i64>(), total.min(caps.iter().sum()));
            prop_assert!(parts.iter().zip(&caps).all(|(part, cap)| (0..=*cap).contains(part)));
        }
    }
}
