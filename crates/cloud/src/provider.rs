//! Identity providers: people sign in where they have an account already, by `OpenID` Connect. Several stand side by
//! side; each serves one realm, the staff's or the customers'.
use httpkit::problem::Problem;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::session::{self, Viewer};

pub(crate) mod account;
pub(crate) mod db;
pub(crate) mod gift;
pub(crate) mod http;
pub(crate) mod login;
mod oidc;

pub(crate) use gift::Gift;
pub(crate) use oidc::{Identity, Memory};

/// Names, scopes and the like are not longer.
const MOST_CHARACTERS: usize = 200;
/// Groups, scopes or domains of a provider at most.
const MOST_ENTRIES: usize = 200;

/// Whom a provider is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Realm {
    /// The office.
    Staff,
    /// The online shop.
    Customer,
}

impl Realm {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Customer => "customer",
        }
    }

    fn by_code(code: &str) -> Self {
        if code == "customer" {
            Self::Customer
        } else {
            Self::Staff
        }
    }
}

/// What happens to a person whom nobody knows yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unknown {
    /// They do not get in.
    Refuse,
    /// They get in when their e-mail address was invited.
    Invitation,
    /// They become staff, with the default role.
    Create,
}

impl Unknown {
    const fn code(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Invitation => "invitation",
            Self::Create => "create",
        }
    }

    fn by_code(code: &str) -> Self {
        match code {
            "invitation" => Self::Invitation,
            "create" => Self::Create,
            _ => Self::Refuse,
        }
    }
}

/// A provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = IdentityProvider)]
pub(crate) struct Provider {
    pub(crate) id: Uuid,
    /// Stands in addresses.
    #[schema(example = "company-sso")]
    pub(crate) code: String,
    /// On the button.
    #[schema(example = "Company account")]
    pub(crate) name: String,
    /// Exactly as its ID tokens say it.
    #[schema(example = "https://login.example.com")]
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// Whether a secret is kept; it is never shown.
    pub(crate) has_secret: bool,
    /// Asked for besides `openid`.
    pub(crate) scopes: Vec<String>,
    pub(crate) realm: Realm,
    pub(crate) unknown: Unknown,
    /// The role that new people get in the whole chain.
    pub(crate) default_role: Option<Uuid>,
    /// The claim that names groups.
    #[schema(example = "groups")]
    pub(crate) group_claim: Option<String>,
    /// What groups mean.
    pub(crate) groups: Vec<GroupRole>,
    /// Domains of e-mail addresses that it may vouch for; none: all.
    pub(crate) domains: Vec<String>,
    pub(crate) active: bool,
    /// Where the provider sends people back to: has to be entered there.
    #[schema(example = "https://office.example.com/v1/session/oidc/company-sso/callback")]
    pub(crate) callback: String,
    pub(crate) changed_at: Timestamp,
    #[serde(skip)]
    pub(crate) secret_sealed: Option<Vec<u8>>,
}

/// A group of a provider means a role, at a location, in a region or in the whole chain (both null).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct GroupRole {
    #[schema(example = "branch-managers")]
    pub(crate) group: String,
    pub(crate) role: Uuid,
    #[serde(default)]
    pub(crate) location: Option<Uuid>,
    #[serde(default)]
    pub(crate) region: Option<Uuid>,
}

impl Provider {
    /// Whether an e-mail address is in a domain of this provider's.
    pub(crate) fn vouches_for(&self, email: &str) -> bool {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.domains.is_empty() || self.domains.iter().any(|known| known == domain)
    }

    fn secret(&self, cloud: &Cloud) -> Result<Option<String>> {
        let sealed = self.secret_sealed.as_deref();
        sealed
            .map(|sealed| cloud.unseal_text(&place(self.id), sealed))
            .transpose()
    }

    fn callback(&self, cloud: &Cloud) -> Result<Url> {
        callback(cloud, self.realm, &self.code)
    }
}

fn callback(cloud: &Cloud, realm: Realm, code: &str) -> Result<Url> {
    let path = match realm {
        Realm::Staff => format!("/v1/session/oidc/{code}/callback"),
        Realm::Customer => format!("/v1/shop/oidc/{code}/callback"),
    };
    cloud.office().at(&path)
}

fn place(provider: Uuid) -> String {
    format!("identity_provider/{provider}")
}

/// A provider as it is entered.
#[derive(Deserialize, ToSchema)]
#[schema(as = NewIdentityProvider)]
pub(crate) struct NewProvider {
    /// Lower-case letters, digits and dashes; stands in addresses.
    #[schema(example = "company-sso")]
    code: String,
    #[schema(example = "Company account")]
    name: String,
    /// `https`; `http` only on this machine.
    #[schema(example = "https://login.example.com")]
    issuer: String,
    client_id: String,
    /// Kept sealed. Null: the one that is there stays.
    #[serde(default)]
    client_secret: Option<String>,
    #[serde(default)]
    scopes: Vec<String>,
    realm: Realm,
    unknown: Unknown,
    #[serde(default)]
    default_role: Option<Uuid>,
    #[serde(default)]
    group_claim: Option<String>,
    #[serde(default)]
    groups: Vec<GroupRole>,
    #[serde(default)]
    domains: Vec<String>,
    active: bool,
}

impl NewProvider {
    /// Every role that it may give, and where.
    fn gifts(&self) -> impl Iterator<Item = Gift> {
        let by_group = self.groups.iter().map(|group| Gift {
            role: group.role,
            location: group.location,
            region: group.region,
        });
        let by_default = self.default_role.map(|role| Gift {
            role,
            location: None,
            region: None,
        });
        by_group.chain(by_default)
    }

    fn check(&self) -> Result<()> {
        let is_code = self
            .code
            .starts_with(|first: char| first.is_ascii_lowercase())
            && self.code.len() <= 40
            && self
                .code
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let invalid = |field: &str, message: &str| {
            Err(Problem::invalid("provider.invalid", field, message).into())
        };
        if !is_code {
            return invalid(
                "code",
                "A code has lower-case letters, digits and dashes, and begins with a letter",
            );
        }
        let named = [
            ("name", &self.name),
            ("client_id", &self.client_id),
            ("issuer", &self.issuer),
        ];
        if let Some((field, _)) = named.iter().find(|(_, text)| !is_short(text)) {
            return invalid(field, "This has 1 to 200 characters");
        }
        let lists = [("scopes", &self.scopes), ("domains", &self.domains)];
        if let Some((field, _)) = lists
            .iter()
            .find(|(_, list)| list.len() > MOST_ENTRIES || !list.iter().all(|one| is_short(one)))
        {
            return invalid(field, "There are at most 200, of 1 to 200 characters each");
        }
        if self.groups.len() > MOST_ENTRIES || !self.groups.iter().all(|one| is_short(&one.group)) {
            return invalid(
                "groups",
                "There are at most 200, of 1 to 200 characters each",
            );
        }
        if self
            .groups
            .iter()
            .any(|group| group.location.is_some() && group.region.is_some())
        {
            return invalid("groups", "A role is for a location or for a region");
        }
        if !is_issuer(&self.issuer) {
            return invalid(
                "issuer",
                "An issuer is an https address without query and fragment",
            );
        }
        if self.realm == Realm::Customer && (self.default_role.is_some() || !self.groups.is_empty())
        {
            return invalid("realm", "Customers have no roles");
        }
        Ok(())
    }
}

fn is_short(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= MOST_CHARACTERS
}

/// An address that nobody between can read or change: HTTPS, or this very machine.
fn is_issuer(issuer: &str) -> bool {
    let Ok(url) = Url::parse(issuer) else {
        return false;
    };
    let is_here = match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => return false,
    };
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    is_safe && url.query().is_none() && url.fragment().is_none() && url.username().is_empty()
}

/// Enters a provider, or changes it. A new secret is sealed; without one the secret that is there stays.
pub(crate) async fn put(
    cloud: &Cloud,
    viewer: &Viewer,
    id: Uuid,
    new: &NewProvider,
) -> Result<Provider> {
    new.check()?;
    let gifts: Vec<Gift> = new.gifts().collect();
    let secret = new
        .client_secret
        .as_ref()
        .filter(|secret| !secret.is_empty());
    let sealed = secret.map(|secret| cloud.seal(&place(id), secret.as_bytes()));
    let group_ids: Vec<Uuid> = new.groups.iter().map(|_| cloud.id()).collect();
    let now = cloud.security_now();
    cloud
        .tx("put_provider", viewer.actor(), async |tx| {
            gift::check(tx, viewer.id(), &gifts).await?;
            db::put(tx, id, new, sealed.as_deref(), now).await?;
            db::replace_groups(tx, id, &group_ids, &new.groups).await?;
            session::db::audit(tx, now, "provider.changed", &id.to_string()).await?;
            one(cloud, tx, id).await
        })
        .await
        .map_err(|error| {
            error.if_duplicate("provider.code_taken", "Another provider has this code")
        })
}

async fn one(cloud: &Cloud, tx: &Tx, id: Uuid) -> Result<Provider> {
    let found = db::by_id(tx, id).await?.ok_or_else(unknown)?;
    shown(cloud, found)
}

/// With the address that has to be entered at the provider.
fn shown(cloud: &Cloud, mut provider: Provider) -> Result<Provider> {
    provider.callback = provider.callback(cloud)?.to_string();
    Ok(provider)
}

/// All providers, by name.
pub(crate) async fn list(cloud: &Cloud, actor: Actor) -> Result<Vec<Provider>> {
    let found = cloud
        .read("list_providers", actor, async |tx| db::list(tx).await)
        .await?;
    found.into_iter().map(|one| shown(cloud, one)).collect()
}

/// Removes a provider; whoever is signed in by it is signed out.
pub(crate) async fn remove(cloud: &Cloud, actor: Actor, id: Uuid) -> Result<()> {
    let now = cloud.security_now();
    cloud
        .tx("remove_provider", actor, async |tx| {
            if !db::remove(tx, id).await? {
                return Err(unknown().into());
            }
            session::db::audit(tx, now, "provider.removed", &id.to_string()).await
        })
        .await?;
    cloud.office().live.look_again();
    Ok(())
}

fn unknown() -> Problem {
    Problem::not_found("provider.unknown", "There is no such identity provider")
}

#[cfg(test)]
mod tests {
    use super::is_issuer;

    #[test]
    fn an_issuer_is_reached_safely() {
        for (issuer, expected) in [
            ("https://login.example.com", true),
            ("https://login.example.com/realms/staff", true),
            ("http://127.0.0.1:4000", true),
            ("http://localhost:4000/oidc", true),
            ("http://login.example.com", false),
            ("https://login.example.com?x=1", false),
            ("https://ann@login.example.com", false),
            ("file:///etc/passwd", false),
            ("javascript:alert(1)", false),
            ("", false),
        ] {
            assert_eq!(is_issuer(issuer), expected, "{issuer}");
        }
    }
}
