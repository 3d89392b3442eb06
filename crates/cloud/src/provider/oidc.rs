//! The protocol of `OpenID` Connect: discovery, the code flow with PKCE and nonce, and what an ID token has to be.
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use axum::http::StatusCode;
use httpkit::problem::Problem;
use httpkit::random;
use jiff::{SignedDuration, Timestamp};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClaimName, CoreClaimType,
    CoreClientAuthMethod, CoreErrorResponseType, CoreGenderClaim, CoreGrantType, CoreJsonWebKey,
    CoreJweContentEncryptionAlgorithm, CoreJweKeyManagementAlgorithm, CoreJwsSigningAlgorithm,
    CoreResponseMode, CoreResponseType, CoreRevocableToken, CoreRevocationErrorResponse,
    CoreSubjectIdentifierType, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AdditionalClaims, AdditionalProviderMetadata, AuthType, AuthorizationCode,
    ClaimsVerificationError, Client, ClientId, ClientSecret, CsrfToken, EmptyExtraTokenFields,
    EndSessionUrl, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse,
    IdTokenClaims, IdTokenFields, IssuerUrl, LogoutRequest, Nonce, OAuth2TokenResponse,
    PkceCodeChallenge, PkceCodeVerifier, PostLogoutRedirectUrl, ProviderMetadata, RedirectUrl,
    Scope, StandardErrorResponse, StandardTokenResponse, TokenResponse as _, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use url::Url;
use uuid::Uuid;

use super::Provider;
use crate::cloud::Cloud;
use crate::error::Result;

/// The longest that a provider may take to answer.
const WAIT: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const MOST_BYTES: usize = 1 << 20;
/// How far the clocks of a provider and of this machine may differ.
pub(crate) const SKEW: SignedDuration = SignedDuration::from_secs(60);
/// The age beyond which an ID token is not the answer to what was asked just now.
const OLDEST: SignedDuration = SignedDuration::from_mins(10);
/// How long what a provider says about itself is believed.
const KEPT_FOR: SignedDuration = SignedDuration::from_hours(1);
/// Keys that nobody knows make a provider be asked again, at most this often.
const ASKED_AGAIN: SignedDuration = SignedDuration::from_secs(5);

/// Signatures that only the provider can make: none with a secret that is shared, and never `none`.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Classes of authentication that stand for several factors.
const SEVERAL_FACTORS: [&str; 3] = [
    "mfa",
    "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
    "https://refeds.org/profile/mfa",
];

/// What a provider says about itself besides the usual.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct More {
    /// Where it signs people out.
    end_session_endpoint: Option<EndSessionUrl>,
    /// It names itself in its answers (RFC 9207).
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl AdditionalProviderMetadata for More {}

/// Claims that are not standard, such as groups.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Extra {
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl AdditionalClaims for Extra {}

type Metadata = ProviderMetadata<
    More,
    CoreAuthDisplay,
    CoreClientAuthMethod,
    CoreClaimName,
    CoreClaimType,
    CoreGrantType,
    CoreJweContentEncryptionAlgorithm,
    CoreJweKeyManagementAlgorithm,
    CoreJsonWebKey,
    CoreResponseMode,
    CoreResponseType,
    CoreSubjectIdentifierType,
>;

type Answer = StandardTokenResponse<
    IdTokenFields<
        Extra,
        EmptyExtraTokenFields,
        CoreGenderClaim,
        CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm,
    >,
    CoreTokenType,
>;

type Relying = Client<
    Extra,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    Answer,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

type Claims = IdTokenClaims<Extra, CoreGenderClaim>;

/// What providers said about themselves, and the connections to them.
pub(crate) struct Memory {
    client: reqwest::Client,
    known: Mutex<HashMap<Uuid, Arc<Known>>>,
}

struct Known {
    metadata: Metadata,
    /// It was made for this one; the settings may change.
    issuer: String,
    asked_at: Timestamp,
}

impl Memory {
    pub(crate) fn new() -> anyhow::Result<Self> {
        // A redirect could lead into the inner network.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(WAIT)
            .build()?;
        Ok(Self {
            client,
            known: Mutex::default(),
        })
    }

    fn get(
        &self,
        provider: &Provider,
        now: Timestamp,
        at_most: SignedDuration,
    ) -> Option<Arc<Known>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let one = known.get(&provider.id)?;
        let age = one.asked_at.duration_until(now);
        (one.issuer == provider.issuer && !age.is_negative() && age < at_most)
            .then(|| Arc::clone(one))
    }

    fn put(&self, provider: &Provider, known: &Arc<Known>) {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        all.insert(provider.id, Arc::clone(known));
    }
}

/// Why a provider gave no answer. Says nothing of what was sent.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Away(String);

/// One request to a provider, with a bounded answer.
async fn send(
    client: reqwest::Client,
    request: HttpRequest,
) -> std::result::Result<HttpResponse, Away> {
    let away = |error: reqwest::Error| Away(error.without_url().to_string());
    let request = reqwest::Request::try_from(request.map(reqwest::Body::from)).map_err(away)?;
    let mut answer = client.execute(request).await.map_err(away)?;
    let mut builder = openidconnect::http::Response::builder().status(answer.status());
    for (name, value) in answer.headers() {
        builder = builder.header(name, value);
    }
    let mut body = Vec::new();
    while let Some(part) = answer.chunk().await.map_err(away)? {
        if body.len() + part.len() > MOST_BYTES {
            return Err(Away(format!(
                "the answer is longer than {MOST_BYTES} bytes"
            )));
        }
        body.extend_from_slice(&part);
    }
    builder.body(body).map_err(|error| Away(error.to_string()))
}

/// What a provider says about itself, not older than `at_most`.
async fn known(cloud: &Cloud, provider: &Provider, at_most: SignedDuration) -> Result<Arc<Known>> {
    let (memory, now) = (&cloud.office().providers, cloud.security_now());
    if let Some(known) = memory.get(provider, now, at_most) {
        return Ok(known);
    }
    let client = memory.client.clone();
    let http = move |request| send(client.clone(), request);
    let issuer =
        IssuerUrl::new(provider.issuer.clone()).map_err(|error| unreachable(provider, &error))?;
    let metadata = Metadata::discover_async(issuer, &http)
        .await
        .map_err(|error| unreachable(provider, &error))?;
    let known = Arc::new(Known {
        metadata,
        issuer: provider.issuer.clone(),
        asked_at: now,
    });
    memory.put(provider, &known);
    Ok(known)
}

fn relying(known: &Known, provider: &Provider, secret: Option<String>, redirect: &Url) -> Relying {
    let metadata = known.metadata.clone();
    let in_body = metadata
        .token_endpoint_auth_methods_supported()
        .is_some_and(|known| {
            known.contains(&CoreClientAuthMethod::ClientSecretPost)
                && !known.contains(&CoreClientAuthMethod::ClientSecretBasic)
        });
    let id = ClientId::new(provider.client_id.clone());
    let client = Relying::from_provider_metadata(metadata, id, secret.map(ClientSecret::new))
        .set_redirect_uri(RedirectUrl::from_url(redirect.clone()));
    if in_body {
        client.set_auth_type(AuthType::RequestBody)
    } else {
        client
    }
}

/// A sign-in on its way to a provider.
pub(super) struct Begun {
    pub(super) url: Url,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// Where the browser is sent, and what has to be remembered until it is back.
pub(super) async fn begin(cloud: &Cloud, provider: &Provider, redirect: &Url) -> Result<Begun> {
    let known = known(cloud, provider, KEPT_FOR).await?;
    let new = || random::token(&*cloud.parts().random);
    let (state, nonce, verifier) = (new(), new(), new());
    let challenge =
        PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.clone()));
    let client = relying(&known, provider, None, redirect);
    let (given_state, given_nonce) = (CsrfToken::new(state.clone()), Nonce::new(nonce.clone()));
    let mut request = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || given_state,
            move || given_nonce,
        )
        .set_pkce_challenge(challenge);
    for scope in &provider.scopes {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    let (url, _, _) = request.url();
    Ok(Begun {
        url,
        state,
        nonce,
        verifier,
    })
}

/// What came back with the browser.
pub(super) struct Back<'a> {
    pub(super) code: &'a str,
    /// Who says that it answers (RFC 9207).
    pub(super) iss: Option<&'a str>,
    pub(super) nonce: &'a str,
    pub(super) verifier: String,
    pub(super) redirect: &'a Url,
}

/// Somebody as a provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) subject: String,
    /// In lower case, and only if the provider says that it is theirs.
    pub(crate) verified_email: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) groups: Vec<String>,
    /// The provider says that it has asked for several factors.
    pub(crate) with_factor: bool,
    /// Tells the provider whom to sign out.
    pub(crate) id_token: String,
}

/// Turns the code into somebody: exchanges it, and verifies the ID token.
pub(super) async fn finish(
    cloud: &Cloud,
    provider: &Provider,
    secret: Option<String>,
    back: Back<'_>,
) -> Result<Identity> {
    let known = known(cloud, provider, KEPT_FOR).await?;
    is_from(&known, provider, back.iss)?;
    let client = relying(&known, provider, secret.clone(), back.redirect);
    let connection = cloud.office().providers.client.clone();
    let http = move |request| send(connection.clone(), request);
    let answer = client
        .exchange_code(AuthorizationCode::new(back.code.to_owned()))
        .map_err(|error| unreachable(provider, &error))?
        .set_pkce_verifier(PkceCodeVerifier::new(back.verifier))
        .request_async(&http)
        .await
        .map_err(|error| wrong(provider, &format!("the code was not taken: {error}")))?;
    let nonce = Nonce::new(back.nonce.to_owned());
    let now = cloud.security_now();
    let claims = match verified(&client, &answer, &nonce, now) {
        // A key that nobody knows: the provider may have new ones.
        Err(ClaimsVerificationError::SignatureVerification(_)) => {
            let fresh = self::known(cloud, provider, ASKED_AGAIN).await?;
            let client = relying(&fresh, provider, secret, back.redirect);
            verified(&client, &answer, &nonce, now)
        }
        other => other,
    };
    let claims = claims.map_err(|error| wrong(provider, &error))?;
    let info = told(&client, &answer, &claims, provider, &http).await?;
    let id_token = answer
        .id_token()
        .map(ToString::to_string)
        .unwrap_or_default();
    Ok(identity(provider, &claims, info.as_ref(), id_token))
}

/// The answer is that provider's, if it says so or would not say: no other one's is mixed in (RFC 9207).
fn is_from(known: &Known, provider: &Provider, iss: Option<&str>) -> Result<()> {
    let says_so = known
        .metadata
        .additional_metadata()
        .authorization_response_iss_parameter_supported;
    match iss {
        Some(iss) if iss == provider.issuer => Ok(()),
        None if !says_so => Ok(()),
        _ => Err(wrong(provider, &"the answer is another provider's").into()),
    }
}

fn verified(
    client: &Relying,
    answer: &Answer,
    nonce: &Nonce,
    now: Timestamp,
) -> std::result::Result<Claims, ClaimsVerificationError> {
    let token = answer
        .id_token()
        .ok_or_else(|| ClaimsVerificationError::Other("there is no ID token".to_owned()))?;
    let lenient = SystemTime::from(now.saturating_sub(SKEW).unwrap_or(now));
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(SIGNATURES)
        .set_time_fn(move || lenient.into())
        .set_issue_time_verifier_fn(move |issued| is_recent(issued.into(), now));
    let claims = token.claims(&verifier, nonce)?;
    let other = |text: &str| Err(ClaimsVerificationError::Other(text.to_owned()));
    if claims
        .authorized_party()
        .is_some_and(|party| party != client.client_id())
    {
        return other("it was made for another client");
    }
    let not_before = claims
        .additional_claims()
        .rest
        .get("nbf")
        .and_then(Value::as_i64);
    let latest = now.saturating_add(SKEW).unwrap_or(now).as_second();
    if not_before.is_some_and(|second| second > latest) {
        return other("it is not good yet");
    }
    if let Some(expected) = claims.access_token_hash() {
        let algorithm = token
            .signing_alg()
            .map_err(ClaimsVerificationError::SignatureVerification)?;
        let key = token
            .signing_key(&verifier)
            .map_err(ClaimsVerificationError::SignatureVerification)?;
        let actual =
            openidconnect::AccessTokenHash::from_token(answer.access_token(), algorithm, key);
        if actual.is_ok_and(|actual| actual != *expected) {
            return other("it belongs to another access token");
        }
    }
    Ok(claims.clone())
}

/// An ID token is made for this sign-in: not long ago, and not later than now.
fn is_recent(issued: SystemTime, now: Timestamp) -> std::result::Result<(), String> {
    let age = Timestamp::try_from(issued)
        .map_err(|error| error.to_string())?
        .duration_until(now);
    if age > OLDEST || age < -SKEW {
        return Err(format!("issued {} s ago", age.as_secs()));
    }
    Ok(())
}

type Info = UserInfoClaims<Extra, CoreGenderClaim>;

/// What the provider tells about the person apart from the ID token, if that does not say enough.
async fn told<E, F>(
    client: &Relying,
    answer: &Answer,
    claims: &Claims,
    provider: &Provider,
    http: &(impl Fn(HttpRequest) -> F + Send + Sync),
) -> Result<Option<Info>>
where
    E: std::error::Error + Send + Sync + 'static,
    F: Future<Output = std::result::Result<HttpResponse, E>> + Send + 'static,
{
    let has_groups = provider
        .group_claim
        .as_ref()
        .is_none_or(|claim| claims.additional_claims().rest.contains_key(claim));
    if client.user_info_url().is_none()
        || (claims.email().is_some() && claims.name().is_some() && has_groups)
    {
        return Ok(None);
    }
    let request = client
        .user_info(
            answer.access_token().clone(),
            Some(claims.subject().clone()),
        )
        .map_err(|error| unreachable(provider, &error))?;
    let info: Info = request.request_async(http).await.map_err(|error| {
        wrong(
            provider,
            &format!("it says nothing about the person: {error}"),
        )
    })?;
    Ok(Some(info))
}

fn identity(
    provider: &Provider,
    claims: &Claims,
    info: Option<&Info>,
    id_token: String,
) -> Identity {
    let by_token = claims
        .email()
        .map(|email| (email.as_str().to_owned(), claims.email_verified()));
    let by_info = || {
        let info = info?;
        Some((info.email()?.as_str().to_owned(), info.email_verified()))
    };
    let verified_email = by_token
        .or_else(by_info)
        .filter(|(_, verified)| *verified == Some(true))
        .map(|(email, _)| email.trim().to_lowercase())
        .filter(|email| provider.vouches_for(email));
    let name = claims.name().or_else(|| info.and_then(|info| info.name()));
    let name = name
        .and_then(|names| names.get(None))
        .map(|name| name.as_str().trim().to_owned());
    let groups = provider.group_claim.as_ref().and_then(|claim| {
        let of = |extra: &Extra| extra.rest.get(claim).map(groups);
        of(claims.additional_claims()).or_else(|| of(info?.additional_claims()))
    });
    Identity {
        subject: claims.subject().to_string(),
        verified_email,
        name: name.filter(|name| !name.is_empty()),
        groups: groups.unwrap_or_default(),
        with_factor: says_several_factors(claims),
        id_token,
    }
}

/// Whether the ID token says that several factors were asked for: by `amr` (RFC 8176), or by a class in `acr`.
fn says_several_factors(claims: &Claims) -> bool {
    let mut methods = claims.auth_method_refs().into_iter().flatten();
    let class = claims.auth_context_ref();
    methods.any(|method| method.as_str() == "mfa")
        || class.is_some_and(|class| SEVERAL_FACTORS.contains(&class.as_str()))
}

/// A list of names, or one name.
fn groups(claim: &Value) -> Vec<String> {
    let one = claim.as_str().map(str::to_owned);
    let many = claim.as_array().into_iter().flatten();
    many.filter_map(|group| group.as_str().map(str::to_owned))
        .chain(one)
        .collect()
}

/// Where the browser goes so that the provider signs the person out too; none when it cannot.
pub(super) async fn sign_out_url(
    cloud: &Cloud,
    provider: &Provider,
    id_token: &str,
    back_to: &Url,
) -> Result<Option<Url>> {
    let known = known(cloud, provider, KEPT_FOR).await?;
    let Some(endpoint) = known
        .metadata
        .additional_metadata()
        .end_session_endpoint
        .clone()
    else {
        return Ok(None);
    };
    let mut url = LogoutRequest::from(endpoint)
        .set_client_id(ClientId::new(provider.client_id.clone()))
        .set_post_logout_redirect_uri(PostLogoutRedirectUrl::from_url(back_to.clone()))
        .http_get_url();
    url.query_pairs_mut().append_pair("id_token_hint", id_token);
    Ok(Some(url))
}

fn unreachable(provider: &Provider, error: &dyn std::fmt::Display) -> Problem {
    tracing::warn!(provider = provider.code, %error, "The provider `{}` is away: {error}", provider.code);
    Problem::unavailable(
        "provider.unreachable",
        "The identity provider does not answer",
        10,
    )
}

pub(super) fn wrong(provider: &Provider, error: &dyn std::fmt::Display) -> Problem {
    tracing::warn!(provider = provider.code, %error, "An answer of `{}` was refused: {error}", provider.code);
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "provider.answer",
        "The answer of the identity provider is not right",
    )
}
