//! `/v1/patrons`.
use axum::{Json, http::StatusCode, response::Response};
use httpkit::{
    extract::{Body, PathParams},
    problem::{Problem, Result},
    routes,
};
use retail::{
    id::Id,
    patron::{LONGEST_NAME, LONGEST_NOTE},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{NewPatron, PatronError, Shown};
use crate::http::access::{Allowed, Door, may};

pub(crate) fn routes() -> OpenApiRouter<Door> {
    OpenApiRouter::new()
        .routes(routes!(find))
        .routes(routes!(register))
}

/// A customer, as little of them as tells one from another.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Patron {
    id: Uuid,
    /// The last word of the name, and the others by their first letter.
    name: String,
    /// The last digits of the phone number.
    phone_tail: String,
}

impl From<Shown> for Patron {
    fn from(shown: Shown) -> Self {
        Self {
            id: shown.id.as_uuid(),
            name: shown.name,
            phone_tail: shown.tail,
        }
    }
}

/// A number as it was typed. In a body, so that it stands in no log.
#[derive(Deserialize, ToSchema)]
pub(crate) struct PatronLookup {
    /// As the shop's country writes it, or with `+` and a country.
    phone: String,
}

/// Who has a number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PatronFound {
    /// Null: nobody whom this shop knows.
    #[schema(required)]
    patron: Option<Patron>,
}

/// Find a customer by phone
///
/// Answered by the shop alone, with the internet or without it.
#[utoipa::path(post, path = "/v1/patron-lookups", operation_id = "find_patron", tag = "customers", request_body = PatronLookup, responses(
    (status = 200, body = PatronFound),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`patron.no_key`: the head office has not been reached since customers are known"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`patron.phone` {reason: not_digits, no_country, too_short or too_long; country}, `body.invalid`"),
))]
async fn find(
    allowed: Allowed<may::SaleCreate>,
    Body(asked): Body<PatronLookup>,
) -> Result<Json<PatronFound>> {
    let found = super::find(&allowed.shop, &allowed.actor, asked.phone).await?;
    Ok(Json(PatronFound {
        patron: found.map(Into::into),
    }))
}

/// A customer that a cashier enters.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewPatronBody {
    shift_id: Uuid,
    /// As the shop's country writes it, or with `+` and a country.
    phone: String,
    /// At most 80 letters.
    name: String,
    email: Option<String>,
    /// At most 500 letters.
    #[serde(default)]
    note: String,
    /// Whether they want advertising; null: nobody has asked.
    marketing: Option<bool>,
}

/// Enter a customer
///
/// On disk before it is answered. The number and the name go to the head office and are kept here only until they are
/// there; what stays is what a till finds and shows somebody by.
#[utoipa::path(put, path = "/v1/patrons/{id}", operation_id = "register_patron", tag = "customers", params(("id" = Uuid, Path, description = "made by the till")),
    request_body = NewPatronBody, responses(
    (status = 201, body = Patron),
    (status = 200, body = Patron, description = "They had been entered before"),
    (status = 401, body = Problem, content_type = "application/problem+json", description = "`session.missing`"),
    (status = 403, body = Problem, content_type = "application/problem+json", description = "`permission.denied` {permission}"),
    (status = 409, body = Problem, content_type = "application/problem+json", description = "`patron.known` {patron_id}: who has the number, `patron.id_reused`, `patron.no_key`, \
        `shift.closed`, `shift.other_register`, `node.unenrolled`"),
    (status = 422, body = Problem, content_type = "application/problem+json", description = "`patron.phone` {reason, country}, `patron.name` {max}, `patron.email`, `patron.note` {max}, \
        `shift.unknown`, `body.invalid`"),
    (status = 503, body = Problem, content_type = "application/problem+json", description = "`store.busy`, `store.readonly`, `store.unavailable`"),
    (status = 507, body = Problem, content_type = "application/problem+json", description = "`disk.full`: nothing was recorded"),
))]
async fn register(
    allowed: Allowed<may::SaleCreate>,
    PathParams(id): PathParams<Uuid>,
    Body(new): Body<NewPatronBody>,
) -> Result<Response> {
    let new = NewPatron {
        id: Id::from_uuid(id),
        shift: Id::from_uuid(new.shift_id),
        phone: new.phone,
        name: new.name,
        email: new.email,
        note: new.note,
        marketing: new.marketing,
    };
    let recorded = super::register(&allowed.shop, &allowed.actor, new).await?;
    Ok(crate::http::recorded(recorded, Patron::from))
}

impl From<PatronError> for Problem {
    fn from(error: PatronError) -> Self {
        let title = error.to_string();
        match error {
            PatronError::Phone { error, country } => {
                let country = country.map_or("", retail::patron::Country::code);
                Self::invalid("patron.phone", "phone", title)
                    .figure("reason", error.code())
                    .figure("country", country)
            }
            PatronError::Name => {
                Self::invalid("patron.name", "name", title).figure("max", LONGEST_NAME)
            }
            PatronError::Email => Self::invalid("patron.email", "email", title),
            PatronError::Note => {
                Self::invalid("patron.note", "note", title).figure("max", LONGEST_NOTE)
            }
            PatronError::NoKey => Self::conflict("patron.no_key", title),
            PatronError::Known { patron } => Self::new(StatusCode::CONFLICT, "patron.known", title)
                .figure("patron_id", patron.to_string()),
            PatronError::IdReused => Self::conflict("patron.id_reused", title),
            PatronError::Shift(error) => crate::shift::http::of_reference(error),
            PatronError::Denied(error) => error.into(),
            PatronError::Unenrolled(error) => error.into(),
            PatronError::Db(error) => error.into(),
        }
    }
}
