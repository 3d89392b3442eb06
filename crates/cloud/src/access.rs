//! How somebody shows who they are, as the document of the API says it.
use utoipa::Modify;
use utoipa::openapi::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use wire::signature::SIGNATURE_HEADER;

/// Adds the schemes that extractors name. The permissions that an operation needs stand in its requirements.
pub(crate) struct Schemes;

impl Modify for Schemes {
    fn modify(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_default();
        let cookie = |name: &str, text: &str| {
            SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(name, text)))
        };
        let bearer = |text: &str| {
            let mut scheme = Http::new(HttpAuthScheme::Bearer);
            scheme.description = Some(text.to_owned());
            SecurityScheme::Http(scheme)
        };
        let signature = ApiKeyValue::with_description(
            SIGNATURE_HEADER,
            "A node's Ed25519 signature over method, address and body, with the key of its epoch",
        );
        components.add_security_schemes_from_iter([
            (
                "session",
                cookie(
                    "__Host-branchline",
                    "Somebody of the staff who has signed in",
                ),
            ),
            (
                "token",
                bearer("An API token, which may do what its scopes say and its person may"),
            ),
            ("channel", bearer("The key of a sales channel")),
            ("node", SecurityScheme::ApiKey(ApiKey::Header(signature))),
            (
                "customer",
                cookie(
                    "__Host-shop",
                    "A customer of the online shop who has signed in",
                ),
            ),
        ]);
    }
}
