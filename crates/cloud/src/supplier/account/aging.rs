//! How old is what is owed. What is paid settles the oldest first, so what is left is of the newest purchases.
use serde::Serialize;
use utoipa::ToSchema;

/// What is owed, by its age in days, in minor units.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = SupplierAging)]
#[expect(
    clippy::struct_field_names,
    reason = "as the API says them, where no type stands beside them"
)]
pub(crate) struct Aging {
    pub(crate) days_0_30: i64,
    pub(crate) days_31_60: i64,
    pub(crate) days_61_90: i64,
    pub(crate) days_over_90: i64,
}

impl Aging {
    /// Of `owed`, when so much was bought on account in the last 30, 31-60 and 61-90 days. What is left is older.
    pub(crate) fn of(owed: i64, bought: [i64; 3]) -> Self {
        let mut left = owed.max(0);
        let [days_0_30, days_31_60, days_61_90] = bought.map(|bought| {
            let part = left.min(bought.max(0));
            left -= part;
            part
        });
        Self {
            days_0_30,
            days_31_60,
            days_61_90,
            days_over_90: left,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Aging;

    #[test]
    fn what_is_paid_settles_the_oldest_first() {
        // (owed, bought by age, what is left by age)
        for (owed, bought, left) in [
            (0, [500, 500, 500], [0, 0, 0, 0]),
            (-300, [500, 0, 0], [0, 0, 0, 0]),
            (400, [500, 500, 500], [400, 0, 0, 0]),
            (1_100, [500, 500, 500], [500, 500, 100, 0]),
            (2_000, [500, 500, 500], [500, 500, 500, 500]),
            (700, [0, 0, 0], [0, 0, 0, 700]),
        ] {
            let aging = Aging::of(owed, bought);
            let Aging {
                days_0_30,
                days_31_60,
                days_61_90,
                days_over_90,
            } = aging;
            assert_eq!(
                [days_0_30, days_31_60, days_61_90, days_over_90],
                left,
                "{owed} of {bought:?}"
            );
            assert_eq!(left.iter().sum::<i64>(), owed.max(0));
        }
    }
}
