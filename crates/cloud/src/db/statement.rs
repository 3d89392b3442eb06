//! Statements as constants that say their types, so that one test can prepare all of them.
use tokio_postgres::types::{ToSql, Type};

/// A statement with the types of its parameters and columns. Only types that PostgreSQL has built in: others make
/// the driver look them up with named statements, which a pooler breaks.
#[derive(Debug, Clone, Copy)]
pub struct Sql {
    /// The text.
    pub text: &'static str,
    /// Types of `$1`, `$2`, …
    pub params: &'static [Kind],
    /// Types of the columns of the answer.
    pub columns: &'static [Kind],
}

macro_rules! kinds {
    ($($word:tt $kind:ident $pg:ident,)+) => {
        /// A type on the wire.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        #[expect(missing_docs, reason = "the names are those of the types")]
        pub enum Kind { $($kind,)+ }

        impl Kind {
            /// As the driver calls it.
            pub const fn pg(self) -> Type {
                match self { $(Self::$kind => Type::$pg,)+ }
            }

            /// By the word that `sql!` takes.
            pub fn by_word(word: &str) -> Option<Self> {
                $(if word == stringify!($word) { return Some(Self::$kind); })+
                None
            }
        }

        /// The type of that name: `uuid`, or `[uuid]` for an array.
        macro_rules! kind {
            $(($word) => { $crate::db::Kind::$kind };)+
        }
        pub(crate) use kind;
    };
}

kinds! {
    uuid Uuid UUID,
    text Text TEXT,
    bytea Bytea BYTEA,
    boolean Boolean BOOL,
    smallint Smallint INT2,
    integer Integer INT4,
    bigint Bigint INT8,
    numeric Numeric NUMERIC,
    date Date DATE,
    timestamptz Timestamptz TIMESTAMPTZ,
    timestamp Timestamp TIMESTAMP,
    jsonb Jsonb JSONB,
    [uuid] Uuids UUID_ARRAY,
    [text] Texts TEXT_ARRAY,
    [bytea] Byteas BYTEA_ARRAY,
    [boolean] Booleans BOOL_ARRAY,
    [smallint] Smallints INT2_ARRAY,
    [integer] Integers INT4_ARRAY,
    [bigint] Bigints INT8_ARRAY,
    [numeric] Numerics NUMERIC_ARRAY,
    [date] Dates DATE_ARRAY,
    [timestamptz] Timestamptzs TIMESTAMPTZ_ARRAY,
    [jsonb] Jsonbs JSONB_ARRAY,
}

/// A statement: `sql!("select …", (uuid, [bigint]) -> (text))`.
macro_rules! sql {
    ($text:literal, ($($param:tt),* $(,)?) -> ($($column:tt),* $(,)?)) => {
        $crate::db::Sql {
            text: $text,
            params: &[$($crate::db::kind!($param)),*],
            columns: &[$($crate::db::kind!($column)),*],
        }
    };
}
pub(crate) use sql;

/// A statement with its parameters, for a flush of several.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The statement.
    pub sql: Sql,
    /// `$1`, `$2`, …
    pub params: &'a [&'a (dyn ToSql + Sync)],
}

/// A [`Call`].
pub(crate) const fn call<'a>(sql: Sql, params: &'a [&'a (dyn ToSql + Sync)]) -> Call<'a> {
    Call { sql, params }
}
