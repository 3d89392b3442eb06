//! Rights over HTTP.
use httpkit::problem::Problem;
use retail::rights::RightsError;

/// A rule of the accounts that a caller has not kept: its checks come before, so only a bug gets here.
pub(crate) fn of_rule(error: RightsError) -> Problem {
    Problem::internal(&error)
}
