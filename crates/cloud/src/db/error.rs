//! What a database says instead of an answer, sorted by what can be done about it.
use std::time::Duration;

use tokio_postgres::error::SqlState;

use crate::error::Error;

/// How often a database is asked for that is away, and how long after each: a minute in all.
const TRIES: u32 = 120;
const PAUSE: Duration = Duration::from_millis(500);

/// A failed statement or connection.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// It cannot be reached, restarts, or has no connection free. Comes back by itself.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// Two transactions were in each other's way: run this one again.
    #[error("the transaction must run again: {0}")]
    Conflict(tokio_postgres::Error),
    /// The statement was refused because of what it says or what it would do to the data.
    #[error("{}", worded(.0))]
    Refused(tokio_postgres::Error),
}

fn worded(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(
        || error.to_string(),
        |told| format!("{} ({})", told.message(), told.code().code()),
    )
}

impl DbError {
    /// Whether running the transaction again may help at once.
    pub const fn is_conflict(&self) -> bool {
        matches!(self, Self::Conflict(_))
    }

    /// The constraint that refused it, if that is why.
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Refused(error) => error.as_db_error()?.constraint(),
            Self::Unavailable(_) | Self::Conflict(_) => None,
        }
    }

    /// Whether a unique constraint refused it.
    pub fn is_duplicate(&self) -> bool {
        matches!(self, Self::Refused(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION))
    }
}

impl From<tokio_postgres::Error> for DbError {
    fn from(error: tokio_postgres::Error) -> Self {
        if passes(&error) {
            return Self::Unavailable(worded(&error));
        }
        let code = error.code();
        if code == Some(&SqlState::T_R_SERIALIZATION_FAILURE)
            || code == Some(&SqlState::T_R_DEADLOCK_DETECTED)
        {
            return Self::Conflict(error);
        }
        Self::Refused(error)
    }
}

/// Whether the database is away, and comes back by itself.
fn passes(error: &tokio_postgres::Error) -> bool {
    match error.code() {
        // Classes 08 (connection), 53 (resources) and 57 (the operator stops it).
        Some(code) => matches!(&code.code()[..2], "08" | "53" | "57"),
        // Without an answer of the server the connection is to blame, or a value that does not fit its type.
        None => !is_conversion(error),
    }
}

/// Whether something failed because the database is away.
fn is_away(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let of_driver = cause.downcast_ref::<tokio_postgres::Error>();
        let ours = cause.downcast_ref::<Error>().and_then(|error| match error {
            Error::Db(error) => Some(error),
            Error::Problem(_) => None,
        });
        let ours = ours.or_else(|| cause.downcast_ref::<DbError>());
        of_driver.is_some_and(passes)
            || ours.is_some_and(|error| matches!(error, DbError::Unavailable(_)))
    })
}

/// Does what can be done again, for as long as the database is away: it may start later than its clients, and restart while
/// they start.
///
/// # Errors
/// What is no fault of the connection; and that the database does not come.
pub(crate) async fn patiently<T>(
    mut attempt: impl AsyncFnMut() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    for tried in 1..TRIES {
        match attempt().await {
            Err(error) if is_away(&error) => {
                if tried == 1 {
                    tracing::warn!("Waiting for the database: {error:#}");
                }
                tokio::time::sleep(PAUSE).await;
            }
            other => return other,
        }
    }
    attempt().await
}

/// The driver tells these apart only in words.
fn is_conversion(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    text.starts_with("error serializing") || text.starts_with("error deserializing")
}
