//! Endpoints of customers whom the chain knows.
use axum::{Json, extract::State};
use httpkit::{
    extract::{Body, PathParams},
    page,
    problem::Problem,
    routes,
};
use jiff::{Timestamp, civil::Date};
use retail::staff::Permission;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use uuid::Uuid;

use super::{PatronContent, db, unknown};
use crate::audit::{Entry, MANY_PEOPLE};
use crate::cloud::Cloud;
use crate::error::Result;
use crate::session::{Allowed, CustomerManage, CustomerRead, Everywhere, SaleRead, Viewer};

/// Sales on the page of one customer.
const MOST_SALES: i64 = 100;
/// Digits of a number that somebody sees who may not see it whole.
const SEEN_DIGITS: usize = 3;
/// Digits that say they know a number: with fewer, they could find it out one digit after the other.
const KNOWN_DIGITS: usize = 8;

/// Endpoints of customers.
pub(crate) fn routes() -> OpenApiRouter<Cloud> {
    OpenApiRouter::new()
        .routes(routes!(search))
        .routes(routes!(show, put))
        .routes(routes!(erase))
}

/// A customer.
#[derive(Clone, Serialize, ToSchema)]
pub(crate) struct Patron {
    pub(crate) id: Uuid,
    /// Counts changes.
    pub(crate) version: i64,
    #[serde(flatten)]
    pub(crate) content: PatronContent,
    /// Only the last digits of the number are shown, and no address, no note and no birthday: `customer.contact` is missing.
    #[serde(rename = "masked")]
    pub(crate) is_masked: bool,
    pub(crate) registered_at: Timestamp,
    /// The location; null: in the office, or nobody knows any more.
    pub(crate) registered_in: Option<String>,
    /// False: the shop that entered them has not told who they are yet.
    #[serde(rename = "complete")]
    pub(crate) is_complete: bool,
    /// They asked to be forgotten.
    pub(crate) erased_at: Option<Timestamp>,
}

/// Whether somebody may see numbers, addresses and notes whole.
fn sees_whole(viewer: &Viewer) -> bool {
    let mut grants = viewer.grants().iter();
    grants.any(|grant| grant.permission == Permission::CustomerContact)
        || viewer.may_everywhere(Permission::CustomerManage)
}

impl Patron {
    /// As somebody may see it.
    fn seen_by(mut self, viewer: &Viewer) -> Self {
        if sees_whole(viewer) {
            return self;
        }
        self.is_masked = true;
        self.content.phone = self.content.phone.map(|phone| {
            let tail = phone.len().saturating_sub(SEEN_DIGITS);
            format!("···{}", &phone[tail..])
        });
        self.content.email = None;
        self.content.note = String::new();
        self.content.birthday = None;
        self
    }
}

/// Which customers. In a body, so that a number stands in no log.
#[derive(Deserialize, ToSchema)]
struct PatronSearch {
    /// The beginnings of words of the name, accents do not matter; or the number, or at least its last three digits.
    /// Without `customer.contact` the last three exactly, or at least eight: fewer find nobody.
    #[serde(default)]
    q: String,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows in a page: 1 to 500, by default 50.
    limit: Option<i64>,
}

/// Customers.
#[derive(Serialize, ToSchema)]
struct PatronPage {
    items: Vec<Patron>,
    /// Goes on after the last one; null at the end.
    next: Option<String>,
}

/// The end of a number that is looked for; none: it is a name.
fn digits_of(q: &str) -> Option<String> {
    let is_number = |letter: char| letter.is_ascii_digit() || " +-.()/".contains(letter);
    let digits: String = q.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    (q.chars().all(is_number) && digits.len() >= SEEN_DIGITS).then(|| digits.to_owned())
}

/// Customers of the chain, the newest first. Needs `customer.read`; reading many is noted in the audit.
#[utoipa::path(
    post, path = "/v1/patron-searches", tag = "customer", operation_id = "search_patrons", request_body = PatronSearch,
    responses(
        (status = 200, description = "A page of customers", body = PatronPage),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `cursor.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn search(
    State(cloud): State<Cloud>,
    allowed: Allowed<CustomerRead>,
    viewer: Viewer,
    Body(asked): Body<PatronSearch>,
) -> Result<Json<PatronPage>> {
    let rows = page::clamp_limit(asked.limit, page::DEFAULT_LIMIT);
    let q = asked.q.trim();
    let digits = digits_of(q);
    let guesses = |digits: &String| (SEEN_DIGITS + 1..KNOWN_DIGITS).contains(&digits.len());
    if digits.as_ref().is_some_and(guesses) && !sees_whole(&viewer) {
        return Ok(Json(PatronPage {
            items: Vec::new(),
            next: None,
        }));
    }
    let wanted = db::Wanted {
        by: match &digits {
            Some(digits) => db::By::Digits(digits),
            None if q.is_empty() => db::By::All,
            None => db::By::Words(q),
        },
        after: page::decode(asked.cursor.as_deref())?,
        limit: rows + 1,
    };
    let mut found = cloud
        .tx("search_patrons", allowed.actor(), async |tx| {
            let found = db::list(tx, &wanted).await?;
            // Who goes on through pages reads many as well, however small they are.
            if found.len() >= MANY_PEOPLE || asked.cursor.is_some() {
                Entry::new("patron.listed", "patrons")
                    .with("people", found.len())
                    .note(&cloud, tx)
                    .await?;
            }
            Ok(found)
        })
        .await?;
    let next = page::cut(&mut found, rows, |last| {
        page::encode(&(last.registered_at, last.id))
    });
    Ok(Json(PatronPage {
        next,
        items: found.into_iter().map(|one| one.seen_by(&viewer)).collect(),
    }))
}

/// What somebody has said about advertising.
#[derive(Serialize, ToSchema)]
pub(crate) struct Consent {
    pub(crate) granted: bool,
    pub(crate) said_at: Timestamp,
    /// `till` or `office`.
    pub(crate) how: String,
    pub(crate) location: Option<String>,
}

/// A record that turned out to be this person.
#[derive(Serialize, ToSchema)]
struct PatronAlias {
    id: Uuid,
    merged_at: Timestamp,
}

/// What somebody bought.
#[derive(Serialize, ToSchema)]
pub(crate) struct PatronSale {
    pub(crate) id: Uuid,
    pub(crate) location_id: Uuid,
    pub(crate) location_name: String,
    pub(crate) business_date: Date,
    pub(crate) receipt_number: String,
    pub(crate) closed_at: Timestamp,
    pub(crate) lines: i32,
    pub(crate) total_minor: i64,
}

/// The page of one customer.
#[derive(Serialize, ToSchema)]
struct PatronDetail {
    #[serde(flatten)]
    patron: Patron,
    consents: Vec<Consent>,
    aliases: Vec<PatronAlias>,
    /// At the locations where the person who asks may see sales, the newest first, at most 100.
    sales: Vec<PatronSale>,
}

/// A customer with what they bought. Needs `customer.read`; sales are those of the locations where one has `sale.read`. The
/// id of a record that was merged answers with who it turned out to be.
#[utoipa::path(
    get, path = "/v1/patrons/{patron}", tag = "customer", operation_id = "show_patron",
    params(("patron" = Uuid, Path, description = "The customer")),
    responses(
        (status = 200, description = "The customer", body = PatronDetail),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`patron.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`path.invalid`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn show(
    State(cloud): State<Cloud>,
    allowed: Allowed<CustomerRead>,
    viewer: Viewer,
    PathParams(id): PathParams<Uuid>,
) -> Result<Json<PatronDetail>> {
    let sales: Allowed<SaleRead> = viewer.allowed();
    let detail = cloud
        .read("show_patron", allowed.actor(), async |tx| {
            let patron = db::one_of(tx, id).await?.ok_or_else(unknown)?;
            let aliases = db::aliases(tx, patron.id).await?;
            let mut ids = vec![patron.id];
            ids.extend(aliases.iter().map(|alias| alias.0));
            Ok(PatronDetail {
                consents: db::consents(tx, &ids).await?,
                sales: db::sales(tx, &ids, sales.locations(), MOST_SALES).await?,
                aliases: aliases
                    .into_iter()
                    .map(|(id, merged_at)| PatronAlias { id, merged_at })
                    .collect(),
                patron,
            })
        })
        .await?;
    Ok(Json(PatronDetail {
        patron: detail.patron.seen_by(&viewer),
        ..detail
    }))
}

/// A customer. As they shall be.
#[derive(Deserialize, ToSchema)]
struct NewPatronContent {
    /// The version that was seen; null: they are new.
    #[serde(default)]
    version: Option<i64>,
    #[serde(flatten)]
    content: PatronContent,
}

/// What became of a change.
#[derive(Serialize, ToSchema)]
struct PatronVersion {
    id: Uuid,
    /// The version that it has now.
    version: i64,
}

/// Enters a customer, or changes one. Needs `customer.manage` in the whole chain.
#[utoipa::path(
    put, path = "/v1/patrons/{patron}", tag = "customer", operation_id = "put_patron",
    params(("patron" = Uuid, Path, description = "Their id; a new one makes a new one")),
    request_body = NewPatronContent,
    responses(
        (status = 200, description = "It is so", body = PatronVersion),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`patron.unknown`: also one who was forgotten or merged", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "`patron.known`: figure `patron_id`; `catalog.edited_meanwhile`: figures `by`, `at`, `fields`, `version`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `patron.name`, `patron.phone`: figures `reason`, `country`; `patron.email`, `patron.note`, `patron.segments`, `patron.birthday`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn put(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CustomerManage>,
    PathParams(id): PathParams<Uuid>,
    Body(given): Body<NewPatronContent>,
) -> Result<Json<PatronVersion>> {
    let version = super::put(&cloud, allowed.actor(), id, given.version, &given.content).await?;
    Ok(Json(PatronVersion { id, version }))
}

/// Why somebody is forgotten.
#[derive(Deserialize, ToSchema)]
struct Erasure {
    /// Without saying who: it stays in the audit.
    #[serde(default)]
    reason: String,
}

/// Somebody was forgotten.
#[derive(Serialize, ToSchema)]
struct Erased {
    id: Uuid,
    erased_at: Timestamp,
}

/// Forgets a customer: name, number, address and note go, here and in the shops; their sales stay, of nobody. Needs
/// `customer.manage` in the whole chain. Repeating it answers the same.
#[utoipa::path(
    post, path = "/v1/patrons/{patron}/erasure", tag = "customer", operation_id = "erase_patron",
    params(("patron" = Uuid, Path, description = "The customer")), request_body = Erasure,
    responses(
        (status = 200, description = "They are forgotten", body = Erased),
        (status = 401, description = "`session.missing`", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "`permission.denied`; figures `permission`", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "`patron.unknown`", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "`body.invalid`, `path.invalid`, `patron.reason`", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "`store.unavailable`", body = Problem, content_type = "application/problem+json"),
    )
)]
async fn erase(
    State(cloud): State<Cloud>,
    allowed: Everywhere<CustomerManage>,
    PathParams(id): PathParams<Uuid>,
    Body(erasure): Body<Erasure>,
) -> Result<Json<Erased>> {
    let erased_at = super::erase(&cloud, allowed.actor(), id, &erasure.reason).await?;
    Ok(Json(Erased { id, erased_at }))
}

#[cfg(test)]
mod tests {
    use super::digits_of;

    #[test]
    fn digits_are_the_end_of_a_number_and_anything_else_is_a_name() {
        assert_eq!(digits_of("090 123-4567").as_deref(), Some("901234567"));
        assert_eq!(digits_of("+84 901").as_deref(), Some("84901"));
        assert_eq!(digits_of("567").as_deref(), Some("567"));
        assert_eq!(digits_of("56"), None);
        assert_eq!(digits_of("Lan 567"), None);
        assert_eq!(digits_of(""), None);
    }
}
