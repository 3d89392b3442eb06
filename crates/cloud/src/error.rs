//! What goes wrong in an operation, and the one place where that becomes a response.
use axum::response::{IntoResponse, Response};
use httpkit::problem::Problem;

use crate::db::DbError;

/// What an operation returns.
pub type Result<T> = std::result::Result<T, Error>;

/// A refusal that the client is told, or a database that does not answer.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database's.
    #[error(transparent)]
    Db(#[from] DbError),
    /// A refusal with its code.
    #[error("{}: {}", .0.code, .0.title)]
    Problem(Box<Problem>),
}

/// Seconds after which a client may ask a database again that was not there.
const RETRY_S: u32 = 2;

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl Error {
    /// Whether running the transaction again may help at once.
    pub(crate) const fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }

    /// Whether the statement itself or the data refused, so that waiting does not help.
    pub(crate) const fn is_refused(&self) -> bool {
        matches!(self, Self::Db(DbError::Refused(_)))
    }

    /// A refusal of its own where a unique constraint refused.
    pub(crate) fn if_duplicate(self, code: &'static str, title: &str) -> Self {
        match self {
            Self::Db(error) if error.is_duplicate() => Problem::conflict(code, title).into(),
            other => other,
        }
    }

    /// The constraint of the database that refused it, if that is why.
    pub(crate) fn constraint(&self) -> Option<&str> {
        match self {
            Self::Db(error) => error.constraint(),
            Self::Problem(_) => None,
        }
    }

    /// What the client is told.
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Problem(problem) => *problem,
            Self::Db(DbError::Refused(error)) => Problem::internal(&DbError::Refused(error)),
            Self::Db(error @ (DbError::Unavailable(_) | DbError::Conflict(_))) => {
                tracing::warn!(%error, "Answered 503: {error}");
                Problem::unavailable(
                    "store.unavailable",
                    "The database is not available",
                    RETRY_S,
                )
            }
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        self.into_problem().into_response()
    }
}
