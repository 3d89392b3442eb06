//! A sign-in by a provider: to it, and back. `state` is good once, for ten minutes, in the browser that began it.
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use httpkit::problem::Problem;
use httpkit::random;
use httpkit::session::{SameSite, clear, cookie, hash, read};
use jiff::SignedDuration;
use url::Url;
use uuid::Uuid;

use super::oidc::{self, Back};
use super::{Identity, Provider, Realm, db};
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::Result;
use crate::session::Visitor;
use crate::session::limit::Subjects;

pub(crate) mod http;

/// How long somebody may take at the provider.
const LIFE: SignedDuration = SignedDuration::from_mins(10);
/// Letters of `state` that name the cookie, so that several tabs may be on their way at once.
const NAMED: usize = 12;
/// The longest path to return to.
const LONGEST_RETURN: usize = 1_000;
/// The longest `error` of a provider that goes to the log.
const LONGEST_ERROR: usize = 80;

const SERVICE: Actor = Actor::Service("sign_in");

/// Where the browser goes, and the cookie by which it is known when it is back.
pub(super) struct Begun {
    pub(super) url: Url,
    pub(super) cookie: HeaderValue,
}

/// Begins a sign-in.
pub(super) async fn begin(
    cloud: &Cloud,
    realm: Realm,
    code: &str,
    visitor: &Visitor,
    return_to: Option<&str>,
) -> Result<Begun> {
    let return_to = own_path(cloud, realm, return_to)?;
    let provider = find(cloud, realm, code).await?;
    let (subjects, now) = (Subjects::login(visitor.address), cloud.security_now());
    cloud
        .tx("count_login", SERVICE, async |tx| {
            subjects.count(tx, now).await
        })
        .await?;
    let begun = oidc::begin(cloud, &provider, &provider.callback(cloud)?).await?;
    let browser = random::token(&*cloud.parts().random);
    let state = hash(&begun.state);
    let sealed = cloud.seal(&place(&state), begun.verifier.as_bytes());
    cloud
        .tx("begin_login", SERVICE, async |tx| {
            let attempt = db::Attempt {
                state: &state,
                browser: &hash(&browser),
                provider: provider.id,
                nonce: &begun.nonce,
                verifier_sealed: &sealed,
                return_to: &return_to,
                expires_at: now.saturating_add(LIFE).unwrap_or(now),
            };
            db::begin_attempt(tx, &attempt, now).await
        })
        .await?;
    let name = cookie_name(cloud, &begun.state);
    Ok(Begun {
        url: begun.url,
        // Lax: the browser comes back from another site.
        cookie: cookie(
            &name,
            &browser,
            cloud.office().https,
            SameSite::Lax,
            LIFE.as_secs(),
        ),
    })
}

/// What the provider sent with the browser.
#[derive(Debug, Default)]
pub(super) struct Answer {
    pub(super) state: Option<String>,
    pub(super) code: Option<String>,
    pub(super) iss: Option<String>,
    pub(super) error: Option<String>,
}

/// Somebody is back.
pub(super) struct Returned {
    pub(super) provider: Provider,
    pub(super) identity: Identity,
    pub(super) return_to: String,
}

/// Ends a sign-in: takes what was remembered, exchanges the code, and verifies who it is.
pub(super) async fn finish(
    cloud: &Cloud,
    realm: Realm,
    code: &str,
    headers: &HeaderMap,
    answer: Answer,
) -> Result<Returned> {
    let provider = find(cloud, realm, code).await?;
    let state = answer.state.as_deref().ok_or_else(over)?;
    let browser = read(headers, &cookie_name(cloud, state)).ok_or_else(over)?;
    let (state, browser, now) = (hash(state), hash(&browser), cloud.security_now());
    let remembered = cloud
        .tx("finish_login", SERVICE, async |tx| {
            db::take_attempt(tx, &state, &browser, provider.id, now).await
        })
        .await?
        .ok_or_else(over)?;
    if let Some(error) = answer.error {
        return Err(refused(&provider, &error).into());
    }
    let back = Back {
        code: answer.code.as_deref().ok_or_else(over)?,
        iss: answer.iss.as_deref(),
        nonce: &remembered.nonce,
        verifier: cloud.unseal_text(&place(&state), &remembered.verifier_sealed)?,
        redirect: &provider.callback(cloud)?,
    };
    let identity = oidc::finish(cloud, &provider, provider.secret(cloud)?, back).await?;
    Ok(Returned {
        provider,
        identity,
        return_to: remembered.return_to,
    })
}

/// Forgets the cookie of a sign-in.
pub(super) fn forget(cloud: &Cloud, state: &str) -> HeaderValue {
    clear(&cookie_name(cloud, state), cloud.office().https)
}

/// Where the browser goes so that the provider signs the person out too. Its failure keeps nobody signed in here.
pub(crate) async fn sign_out_url(cloud: &Cloud, provider: Uuid, id_token: &str) -> Option<String> {
    let found = cloud
        .tx("sign_out_provider", SERVICE, async |tx| {
            db::by_id(tx, provider).await
        })
        .await;
    let provider = found.ok().flatten().filter(|provider| provider.active)?;
    let back_to = cloud.office().at(home(provider.realm)).ok()?;
    let url = oidc::sign_out_url(cloud, &provider, id_token, &back_to)
        .await
        .ok()??;
    Some(url.to_string())
}

async fn find(cloud: &Cloud, realm: Realm, code: &str) -> Result<Provider> {
    let found = cloud
        .tx("find_provider", SERVICE, async |tx| {
            db::by_code(tx, realm, code).await
        })
        .await?;
    Ok(found.ok_or_else(super::unknown)?)
}

fn place(state: &[u8; 32]) -> String {
    format!("login_attempt/{}", URL_SAFE_NO_PAD.encode(state))
}

/// Every sign-in has a cookie of its own.
fn cookie_name(cloud: &Cloud, state: &str) -> String {
    let name: String = state
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .take(NAMED)
        .collect();
    let prefix = if cloud.office().https { "__Host-" } else { "" };
    format!("{prefix}branchline_login_{name}")
}

/// Where people of a realm are at home.
pub(super) const fn home(realm: Realm) -> &'static str {
    match realm {
        Realm::Staff => "/office",
        Realm::Customer => "/shop",
    }
}

/// A page of our own to return to, and nothing else: whoever makes a link does not choose where it ends.
fn own_path(cloud: &Cloud, realm: Realm, return_to: Option<&str>) -> Result<String> {
    let Some(path) = return_to.filter(|path| !path.is_empty()) else {
        return Ok(home(realm).to_owned());
    };
    if is_own(path, home(realm)) && cloud.office().at(path).is_ok() {
        return Ok(path.to_owned());
    }
    Err(Problem::invalid("session.return_to", "return_to", "This is no page of ours").into())
}

fn is_own(path: &str, home: &str) -> bool {
    let after = path.strip_prefix(home);
    let is_page = after.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#']));
    // Browsers read a backslash as a slash, and skip tabs and breaks.
    let is_plain = path
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    is_page
        && is_plain
        && path.len() <= LONGEST_RETURN
        && !path.contains("..")
        && !path.contains("//")
}

fn over() -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "provider.state",
        "This sign-in is over, or was begun elsewhere",
    )
}

fn refused(provider: &Provider, error: &str) -> Problem {
    let error: String = error
        .chars()
        .filter(char::is_ascii_graphic)
        .take(LONGEST_ERROR)
        .collect();
    tracing::info!(
        provider = provider.code,
        error,
        "The provider `{}` answered {error}",
        provider.code
    );
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "provider.refused",
        "The identity provider did not let this person in",
    )
}

/// The page of a realm, told why nobody is signed in.
pub(super) fn page_with(realm: Realm, problem: &Problem) -> (StatusCode, HeaderMap) {
    let mut url = form(&problem.code);
    url.insert_str(0, &format!("{}?problem=", home(realm)));
    redirect(&url)
}

/// Codes are plain; this keeps them so.
fn form(code: &str) -> String {
    code.chars()
        .filter(|letter| letter.is_ascii_lowercase() || matches!(letter, '.' | '_'))
        .collect()
}

/// Sends the browser on.
pub(super) fn redirect(to: &str) -> (StatusCode, HeaderMap) {
    let mut headers = HeaderMap::new();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // The address that is left has a code in it.
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    if let Ok(to) = HeaderValue::from_str(to) {
        headers.insert(header::LOCATION, to);
    }
    (StatusCode::SEE_OTHER, headers)
}

#[cfg(test)]
mod tests {
    use super::is_own;

    #[test]
    fn one_returns_to_pages_of_ours_alone() {
        for (path, expected) in [
            ("/office", true),
            ("/office/stock?location=7#top", true),
            ("/officer", false),
            ("/v1/session", false),
            ("//evil.example", false),
            ("/office//evil.example", false),
            ("/office/\\evil.example", false),
            ("/office/../v1/session", false),
            ("https://evil.example/office", false),
            ("/\\evil.example", false),
            ("/office\t/x", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            assert_eq!(is_own(path, "/office"), expected, "{path:?}");
        }
    }
}
