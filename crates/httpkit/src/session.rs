//! Session cookies: an opaque token at the client, its hash at rest.
use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};

/// What is kept of a token, so that a stolen database signs nobody in.
#[must_use]
pub fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// How far a cookie travels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SameSite {
    /// Only with requests from our own pages.
    Strict,
    /// Also when somebody follows a link to us.
    Lax,
}

/// A `Set-Cookie` for a session. `HttpOnly` always.
///
/// # Panics
/// When `name` or `token` cannot stand in a header; ours can.
#[must_use]
pub fn cookie(
    name: &str,
    token: &str,
    secure: bool,
    same_site: SameSite,
    max_age_s: i64,
) -> HeaderValue {
    let same_site = match same_site {
        SameSite::Strict => "Strict",
        SameSite::Lax => "Lax",
    };
    let secure = if secure { "; Secure" } else { "" };
    let text = format!(
        "{name}={token}; Path=/; HttpOnly; SameSite={same_site}; Max-Age={max_age_s}{secure}"
    );
    HeaderValue::from_str(&text).expect("names and tokens are ASCII")
}

/// A `Set-Cookie` that forgets the session.
#[must_use]
pub fn clear(name: &str, secure: bool) -> HeaderValue {
    cookie(name, "", secure, SameSite::Strict, 0)
}

/// The value of a cookie.
#[must_use]
pub fn read(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, value)| *key == name && !value.is_empty())
        .map(|(_, value)| value.to_owned())
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header};

    use super::{SameSite, cookie, read};

    #[test]
    fn a_cookie_is_read_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("a=1; b=two"));
        headers.append(header::COOKIE, HeaderValue::from_static("c=3"));
        let read = |name| read(&headers, name);
        assert_eq!(
            (read("b").as_deref(), read("c").as_deref(), read("d")),
            (Some("two"), Some("3"), None)
        );
    }

    #[test]
    fn a_session_cookie_is_out_of_reach_of_scripts() {
        let value = cookie("__Host-x", "t", true, SameSite::Lax, 60);
        assert_eq!(
            value,
            "__Host-x=t; Path=/; HttpOnly; SameSite=Lax; Max-Age=60; Secure"
        );
    }
}
