//! Categories: the shelves of the catalogue, in a tree. A loop is refused by the database.
use httpkit::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::catalog;
use crate::cloud::Cloud;
use crate::db::Actor;
use crate::error::{Error, Result};

pub(crate) mod db;
pub(crate) mod http;

/// A category, as it shall be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct CategoryContent {
    /// What people call it; no other one below the same category is called so.
    pub(crate) name: String,
    /// What another system calls it.
    #[serde(default)]
    pub(crate) code: Option<String>,
    /// The one above; null: it is at the top.
    #[serde(default)]
    pub(crate) parent: Option<Uuid>,
}

/// Enters a category, or changes it.
pub(crate) async fn put(
    cloud: &Cloud,
    actor: Actor,
    id: Uuid,
    seen: Option<i64>,
    given: &CategoryContent,
) -> Result<i64> {
    let wanted = CategoryContent {
        name: catalog::name(&given.name, "name")?,
        code: given
            .code
            .as_deref()
            .map(str::trim)
            .filter(|code| !code.is_empty())
            .map(str::to_owned),
        parent: given.parent,
    };
    cloud
        .tx("put_category", actor, async |tx| {
            let before = db::get(tx, id).await?;
            let Some(version) =
                catalog::next_version(tx, id, before.as_ref(), seen, &wanted, unknown()).await?
            else {
                return Ok(before.map_or(1, |before| before.0));
            };
            db::put(tx, id, version, &wanted).await?;
            let before = before.map(|(version, content)| catalog::said(version, &content));
            Entry::new("category.changed", id)
                .change(before, Some(catalog::said(version, &wanted)))
                .note(cloud, tx)
                .await?;
            Ok(version)
        })
        .await
        .map_err(refused)
}

pub(crate) fn unknown() -> Problem {
    Problem::not_found("category.unknown", "There is no such category")
}

/// What the database refuses of categories.
pub(crate) fn refused(error: Error) -> Error {
    let (code, title) = match error.constraint() {
        Some("category_loop") => ("category.loop", "A category is not below itself"),
        Some("category_name") => ("category.name_taken", "Another one beside it is called so"),
        Some("category_code_key") => ("category.code_taken", "Another category has this code"),
        Some("category_parent_fkey") => return unknown().into(),
        _ => return error,
    };
    Problem::conflict(code, title).into()
}
