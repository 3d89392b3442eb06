//! What somebody may do where, with the grant that it comes from, and what follows: nobody gives what they do not have,
//! nobody manages somebody who may do more than themselves, and the last administrator stays one.
use std::collections::HashMap;

use axum::http::StatusCode;
use httpkit::problem::Problem;
use jiff::Timestamp;
use retail::staff::{Limit, Permission, Scope};
use uuid::Uuid;

/// Where a grant counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// At all locations, whatever there will be.
    Chain,
    /// At the locations of a region, as it has them at the time.
    Region(Uuid),
    /// At one location.
    Location(Uuid),
}

impl Place {
    /// The place of a row: at most one of the two is there.
    pub(crate) fn of(location: Option<Uuid>, region: Option<Uuid>) -> Self {
        match (location, region) {
            (Some(location), _) => Self::Location(location),
            (None, Some(region)) => Self::Region(region),
            (None, None) => Self::Chain,
        }
    }

    /// Its location and its region, as a row has them.
    pub(crate) const fn columns(self) -> (Option<Uuid>, Option<Uuid>) {
        match self {
            Self::Chain => (None, None),
            Self::Region(region) => (None, Some(region)),
            Self::Location(location) => (Some(location), None),
        }
    }
}

/// Which region each location is in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Map(pub(crate) HashMap<Uuid, Option<Uuid>>);

impl Map {
    /// Whether `wide` has all of `narrow` for ever.
    pub(crate) fn includes(&self, wide: Place, narrow: Place) -> bool {
        match (wide, narrow) {
            (Place::Chain, _) => true,
            (Place::Region(region), Place::Location(location)) => {
                self.0.get(&location).copied().flatten() == Some(region)
            }
            (wide, narrow) => wide == narrow,
        }
    }

    /// The locations of a place, sorted.
    pub(crate) fn locations(&self, place: Place) -> Vec<Uuid> {
        let locations = self.0.keys().copied();
        let mut found: Vec<Uuid> = locations
            .filter(|&location| self.includes(place, Place::Location(location)))
            .collect();
        found.sort_unstable();
        found
    }
}

/// A permission that a grant in force gives somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) permission: Permission,
    pub(crate) limit: Limit,
    pub(crate) place: Place,
    pub(crate) grant: Uuid,
    pub(crate) role: Uuid,
    pub(crate) role_name: String,
    pub(crate) until: Option<Timestamp>,
}

/// Everything that somebody holds, and where the locations are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Standing {
    pub(crate) held: Vec<Held>,
    pub(crate) map: Map,
}

impl Standing {
    /// Whether this permission is held so far in all of a place.
    pub(crate) fn covers(&self, permission: Permission, limit: Limit, place: Place) -> bool {
        // What counts in the whole chain alone is nothing elsewhere, so it is no more than what is had there.
        self.held.iter().any(|held| {
            held.permission == permission
                && self.map.includes(held.place, place)
                && held.limit.covers(limit)
        })
    }

    /// How far somebody goes with a permission at a location; none: they do not have it there.
    pub(crate) fn limit(&self, permission: Permission, location: Uuid) -> Option<Limit> {
        let at = Place::Location(location);
        let there = self
            .held
            .iter()
            .filter(|held| held.permission == permission && self.map.includes(held.place, at));
        there.map(|held| held.limit).reduce(Limit::or)
    }

    /// Refuses to give these permissions at a place when one of them is not had there.
    pub(crate) fn check_gift(
        &self,
        gift: impl IntoIterator<Item = (Permission, Limit)>,
        place: Place,
    ) -> Result<(), Problem> {
        let beyond = gift
            .into_iter()
            .find(|&(permission, limit)| !self.covers(permission, limit, place));
        match beyond {
            None => Ok(()),
            Some((permission, _)) => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "grant.beyond_own",
                "Nobody gives what they do not have",
            )
            .figure("permission", permission.code())),
        }
    }

    /// Refuses to manage somebody who may do something that this person may not, or works where this person may not
    /// manage people.
    pub(crate) fn check_manages(&self, other: &Self) -> Result<(), Problem> {
        let beyond = other.held.iter().find(|held| {
            let manages = self.covers(Permission::StaffManage, Limit::NONE, held.place);
            !manages || !self.covers(held.permission, held.limit, held.place)
        });
        match beyond {
            None => Ok(()),
            Some(held) => Err(Problem::new(
                StatusCode::FORBIDDEN,
                "staff.beyond_own",
                "This person may do something that you may not",
            )
            .figure("permission", held.permission.code())),
        }
    }

    /// What is held at each location, or in the whole chain for what counts only there: each permission once, by the
    /// widest limit, with every grant that it comes from.
    pub(crate) fn effective(&self) -> Vec<Effective> {
        let mut found = HashMap::<(Permission, Option<Uuid>), Effective>::new();
        for held in &self.held {
            let places: Vec<Option<Uuid>> = match (held.permission.scope(), held.place) {
                (Scope::Chain, Place::Chain) => vec![None],
                (Scope::Chain, _) => Vec::new(),
                (Scope::Location, place) => {
                    self.map.locations(place).into_iter().map(Some).collect()
                }
            };
            for location in places {
                found
                    .entry((held.permission, location))
                    .and_modify(|one| {
                        one.limit = one.limit.or(held.limit);
                        one.grants.push(held.grant);
                    })
                    .or_insert_with(|| Effective {
                        permission: held.permission,
                        location,
                        limit: held.limit,
                        grants: vec![held.grant],
                    });
            }
        }
        let mut found: Vec<Effective> = found.into_values().collect();
        found.sort_unstable_by_key(|one| (one.permission, one.location));
        found
    }
}

/// What somebody may do somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Effective {
    pub(crate) permission: Permission,
    /// None: in the whole chain.
    pub(crate) location: Option<Uuid>,
    pub(crate) limit: Limit,
    /// Which grants say so.
    pub(crate) grants: Vec<Uuid>,
}

#[cfg(test)]
mod tests {
    use super::{Held, Limit, Map, Permission, Place, Standing, Uuid};

    const A: Uuid = Uuid::from_u128(0xa);
    const B: Uuid = Uuid::from_u128(0xb);
    const NORTH: Uuid = Uuid::from_u128(0x17);

    fn standing(held: &[(Permission, Option<i64>, Place)]) -> Standing {
        let held = held
            .iter()
            .map(|&(permission, max_bps, place)| Held {
                permission,
                limit: Limit {
                    max_bps,
                    max_minor: None,
                },
                place,
                grant: Uuid::nil(),
                role: Uuid::nil(),
                role_name: String::new(),
                until: None,
            })
            .collect();
        let map = Map([(A, Some(NORTH)), (B, None)].into_iter().collect());
        Standing { held, map }
    }

    #[test]
    fn nobody_gives_what_they_do_not_have() {
        use Permission::{PriceOverride as Price, SaleRead};
        let (a, north) = (Place::Location(A), Place::Region(NORTH));
        let none = Limit::NONE;
        let tenth = Limit {
            max_bps: Some(1_000),
            max_minor: None,
        };
        let half = Limit {
            max_bps: Some(5_000),
            max_minor: None,
        };
        for (held, gift, place, expected) in [
            (
                vec![(SaleRead, None, Place::Chain)],
                (SaleRead, none),
                north,
                true,
            ),
            (vec![(SaleRead, None, north)], (SaleRead, none), a, true),
            (vec![(SaleRead, None, a)], (SaleRead, none), north, false),
            (
                vec![(SaleRead, None, a)],
                (SaleRead, none),
                Place::Location(B),
                false,
            ),
            (
                vec![(SaleRead, None, a)],
                (SaleRead, none),
                Place::Chain,
                false,
            ),
            (vec![(Price, Some(1_000), a)], (Price, tenth), a, true),
            (vec![(Price, Some(1_000), a)], (Price, half), a, false),
            (vec![(Price, Some(1_000), a)], (Price, none), a, false),
            (vec![], (SaleRead, none), a, false),
        ] {
            let answer = standing(&held).check_gift([gift], place);
            assert_eq!(
                answer.is_ok(),
                expected,
                "{held:?} gives {gift:?} at {place:?}"
            );
        }
    }

    #[test]
    fn nobody_manages_who_may_do_more() {
        use Permission::{SaleRead, StaffManage};
        let a = Place::Location(A);
        let manager = standing(&[(StaffManage, None, a), (SaleRead, None, a)]);
        for (other, expected) in [
            (vec![(SaleRead, None, a)], true),
            (vec![], true),
            (vec![(SaleRead, None, Place::Location(B))], false),
            (vec![(SaleRead, None, Place::Chain)], false),
            (vec![(Permission::RoleManage, None, a)], false),
        ] {
            let answer = manager.check_manages(&standing(&other));
            assert_eq!(answer.is_ok(), expected, "{other:?}");
        }
    }

    #[test]
    fn what_counts_in_the_chain_alone_is_nothing_at_a_location() {
        let held = [
            (Permission::JobRead, None, Place::Location(A)),
            (Permission::SaleRead, None, Place::Region(NORTH)),
        ];
        let effective = standing(&held).effective();
        let said: Vec<_> = effective
            .iter()
            .map(|one| (one.permission.code(), one.location))
            .collect();
        assert_eq!(said, [("sale.read", Some(A))]);
    }
}
