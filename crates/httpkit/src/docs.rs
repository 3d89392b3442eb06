//! The API's own documentation, served with everything it needs: no content comes from elsewhere.
use axum::{Json, Router, http::StatusCode, routing::get};
use utoipa::openapi::{
    Components, Content, OpenApi, Ref, RefOr, Response, ResponseBuilder,
    path::{Operation, PathItem},
};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The media type of every error.
const PROBLEM: &str = "application/problem+json";
const JSON: &str = "application/json";

/// Serves the document at `/v1/openapi.json` and a browser for it at `/docs`.
pub fn mount<S: Clone + Send + Sync + 'static>(router: Router<S>, api: OpenApi) -> Router<S> {
    let document = Json(api);
    router
        .route("/v1/openapi.json", get(move || async move { document }))
        .merge(SwaggerUi::new("/docs").config(Config::from("/v1/openapi.json")))
}

/// What the layers and extractors around a handler answer, so that no operation says it by itself.
struct Shared {
    status: StatusCode,
    name: &'static str,
    description: &'static str,
    of: fn(&Asked<'_>) -> bool,
}

/// An operation, as far as it decides what can be answered to it.
struct Asked<'a> {
    operation: &'a Operation,
    /// It changes nothing, so it may come from another site.
    is_safe: bool,
}

impl Asked<'_> {
    fn has_body(&self) -> bool {
        self.operation.request_body.is_some()
    }

    fn has_json(&self) -> bool {
        let body = self.operation.request_body.as_ref();
        body.is_some_and(|body| match body {
            RefOr::T(body) => body.content.contains_key(JSON),
            RefOr::Ref(_) => true,
        })
    }

    fn has_parameters(&self) -> bool {
        self.operation
            .parameters
            .as_ref()
            .is_some_and(|all| !all.is_empty())
    }

    fn is_guarded(&self) -> bool {
        self.operation
            .security
            .as_ref()
            .is_some_and(|ways| !ways.is_empty())
    }
}

const SHARED: [Shared; 9] = [
    Shared {
        status: StatusCode::BAD_REQUEST,
        name: "Malformed",
        description: "`body.malformed`: the body is no JSON; `header.invalid`: not a request that this address understands",
        of: |asked| asked.has_body(),
    },
    Shared {
        status: StatusCode::UNAUTHORIZED,
        name: "Unknown",
        description: "`session.missing`: nobody is signed in, or no more",
        of: |asked| asked.is_guarded(),
    },
    Shared {
        status: StatusCode::FORBIDDEN,
        name: "Refused",
        description: "`csrf`: the request comes from a page of another site; `permission.denied`; figures `permission`",
        of: |asked| !asked.is_safe || asked.is_guarded(),
    },
    Shared {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        name: "TooLarge",
        description: "`body.too_large`",
        of: |asked| asked.has_body(),
    },
    Shared {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        name: "MediaType",
        description: "`body.media_type`: the body must be `application/json`",
        of: |asked| asked.has_json(),
    },
    Shared {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        name: "Invalid",
        description: "`path.invalid`, `query.invalid`, `body.invalid`: `errors` names the fields",
        of: |asked| asked.has_json() || asked.has_parameters(),
    },
    Shared {
        status: StatusCode::TOO_MANY_REQUESTS,
        name: "TooMany",
        description: "`session.guesses`: too many wrong keys or signatures came from there; figures `retry_after_s`, also as `Retry-After`",
        // Whoever brings a wrong key is slowed down wherever they come, also where none is asked for.
        of: |_| true,
    },
    Shared {
        status: StatusCode::SERVICE_UNAVAILABLE,
        name: "Unavailable",
        description: "It cannot answer now; `Retry-After` says when to try again",
        of: |_| true,
    },
    Shared {
        status: StatusCode::GATEWAY_TIMEOUT,
        name: "Timeout",
        description: "`timeout`: the answer took too long",
        of: |_| true,
    },
];

/// The document with what every operation can answer because of what stands around it.
#[must_use]
pub fn complete(mut api: OpenApi) -> OpenApi {
    for item in api.paths.paths.values_mut() {
        for (operation, is_safe) in operations(item) {
            answered_as_problems(operation);
            let asked = Asked { operation, is_safe };
            let missing: Vec<_> = SHARED.iter().filter(|shared| (shared.of)(&asked)).collect();
            for shared in missing {
                let status = shared.status.as_str().to_owned();
                operation
                    .responses
                    .responses
                    .entry(status)
                    .or_insert_with(|| Ref::from_response_name(shared.name).into());
            }
        }
    }
    let components = api.components.get_or_insert_with(Components::new);
    for shared in &SHARED {
        let answer = ResponseBuilder::new()
            .description(shared.description)
            .content(
                PROBLEM,
                Content::new(Some(Ref::from_schema_name("Problem"))),
            );
        components
            .responses
            .insert(shared.name.to_owned(), answer.build().into());
    }
    api
}

/// Every problem is told as one, whatever the operation has written down.
fn answered_as_problems(operation: &mut Operation) {
    for answer in operation.responses.responses.values_mut() {
        let RefOr::T(Response { content, .. }) = answer else {
            continue;
        };
        let is_problem = |content: &RefOr<Content>| {
            matches!(
                content,
                RefOr::T(Content { schema: Some(RefOr::Ref(schema)), .. }) if schema.ref_location.ends_with("/Problem")
            )
        };
        if content.get(JSON).is_some_and(is_problem)
            && let Some(problem) = content.shift_remove(JSON)
        {
            content.insert(PROBLEM.to_owned(), problem);
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (&mut Operation, bool)> {
    let PathItem {
        get,
        put,
        post,
        delete,
        patch,
        ..
    } = item;
    let safe = get.iter_mut().map(|operation| (operation, true));
    let unsafe_ones = [put, post, delete, patch].into_iter().flatten();
    safe.chain(unsafe_ones.map(|operation| (operation, false)))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    #[test]
    fn every_operation_says_what_the_layers_around_it_answer() {
        let problem = json!({"$ref": "#/components/schemas/Problem"});
        let document = json!({
            "openapi": "3.1.0", "info": {"title": "t", "version": "1"},
            "paths": {
                "/read": {"get": {"responses": {"200": {"description": "ok"}}}},
                "/seen": {"get": {
                    "security": [{"session": ["sale.read"]}],
                    "responses": {"200": {"description": "ok"}},
                }},
                "/write": {"put": {
                    "requestBody": {"content": {"application/json": {"schema": problem}}},
                    "security": [{"session": []}],
                    "responses": {
                        "200": {"description": "ok"},
                        "422": {"description": "mine", "content": {"application/json": {"schema": problem}}},
                    },
                }},
            },
        });
        let document = super::complete(serde_json::from_value(document).unwrap());
        let document = serde_json::to_value(document).unwrap();
        let statuses = |operation: &Value| -> Vec<String> {
            operation["responses"]
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect()
        };
        assert_eq!(
            statuses(&document["paths"]["/read"]["get"]),
            ["200", "429", "503", "504"]
        );
        let seen = statuses(&document["paths"]["/seen"]["get"]);
        assert_eq!(seen, ["200", "401", "403", "429", "503", "504"]);
        let write = &document["paths"]["/write"]["put"];
        let expected = [
            "200", "400", "401", "403", "413", "415", "422", "429", "503", "504",
        ];
        assert_eq!(statuses(write), expected);
        assert_eq!(
            write["responses"]["422"],
            json!({"description": "mine", "content": {"application/problem+json": {"schema": problem}}})
        );
        let shared = &document["components"]["responses"]["TooLarge"];
        assert_eq!(
            shared["content"]["application/problem+json"]["schema"],
            problem
        );
    }
}
