//! Lists in pages: an opaque cursor says where to go on.
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Serialize, de::DeserializeOwned};

use crate::problem::Problem;

/// Rows in a page when the client does not say.
pub const DEFAULT_LIMIT: i64 = 50;
/// The most rows in a page.
pub const MAX_LIMIT: i64 = 500;

/// A position as opaque text.
///
/// # Panics
/// Never: a position is plain data.
#[must_use]
pub fn encode(position: &impl Serialize) -> String {
    URL_SAFE_NO_PAD.encode(serde_json::to_vec(position).expect("a position is plain data"))
}

/// Reads a position back; none without a cursor.
///
/// # Errors
/// 422 `cursor.invalid`.
pub fn decode<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
        return Ok(None);
    };
    URL_SAFE_NO_PAD
        .decode(cursor)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .map(Some)
        .ok_or_else(|| {
            Problem::invalid("cursor.invalid", "cursor", "This cursor is not one of ours")
        })
}

/// The page size to use for what the client asked for.
#[must_use]
pub fn clamp_limit(asked: Option<i64>, default: i64) -> i64 {
    asked.unwrap_or(default).clamp(1, MAX_LIMIT)
}

/// Cuts a page, of which one row more was asked for, to its size. Gives the cursor after its last row when there was
/// more.
pub fn cut<T>(items: &mut Vec<T>, rows: i64, cursor: impl Fn(&T) -> String) -> Option<String> {
    let rows = usize::try_from(rows).unwrap_or(usize::MAX);
    if items.len() <= rows {
        return None;
    }
    items.truncate(rows);
    items.last().map(cursor)
}

#[cfg(test)]
mod tests {
    use super::{clamp_limit, cut, decode, encode};

    #[test]
    fn a_page_goes_on_only_where_there_is_more() {
        for (found, left, next) in [(2, 2, None), (3, 3, None), (4, 3, Some("3"))] {
            let mut items: Vec<i32> = (1..=found).collect();
            let cursor = cut(&mut items, 3, ToString::to_string);
            assert_eq!((items.len(), cursor.as_deref()), (left, next));
        }
    }

    #[test]
    fn a_cursor_comes_back_and_a_forged_one_is_refused() {
        let cursor = encode(&("2026-11-22", 7));
        assert_eq!(
            decode::<(String, i64)>(Some(&cursor)),
            Ok(Some(("2026-11-22".to_owned(), 7)))
        );
        assert_eq!(decode::<i64>(None), Ok(None));
        assert_eq!(
            decode::<(String, i64)>(Some("zzz")).unwrap_err().code,
            "cursor.invalid"
        );
    }

    #[test]
    fn a_page_is_never_empty_nor_endless() {
        assert_eq!(
            [None, Some(0), Some(10_000)].map(|asked| clamp_limit(asked, 50)),
            [50, 1, 500]
        );
    }
}
