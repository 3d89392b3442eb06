//! What a database says instead of an answer, sorted by what can be done about it.
use tokio_postgres::error::SqlState;

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
        let Some(told) = error.as_db_error() else {
            // Without an answer of the server the connection is to blame, or a value that does not fit its type.
            return if is_conversion(&error) {
                Self::Refused(error)
            } else {
                Self::Unavailable(error.to_string())
            };
        };
        let code = told.code();
        if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED
        {
            return Self::Conflict(error);
        }
        // Classes 08 (connection), 53 (resources) and 57 (the operator stops it) pass by themselves.
        if matches!(&code.code()[..2], "08" | "53" | "57") {
            return Self::Unavailable(worded(&error));
        }
        Self::Refused(error)
    }
}

/// The driver tells these apart only in words.
fn is_conversion(error: &tokio_postgres::Error) -> bool {
    let text = error.to_string();
    text.starts_with("error serializing") || text.starts_with("error deserializing")
}
