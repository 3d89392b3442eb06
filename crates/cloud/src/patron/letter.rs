//! What shops tell of the customers that they have entered. Two shops that entered one person while they were on their own
//! end with one: the letter that comes first keeps the number, and the other's record is an alias of it from then on.
use retail::patron::{self, LONGEST_NAME, LONGEST_NOTE, Phone};
use uuid::Uuid;
use wire::patron::{Letter, MAX_LETTERS};

use super::db;
use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::customer::is_email;
use crate::db::{Actor, Tx};
use crate::error::Result;

/// Takes letters of a node; how many. What is in one that cannot be kept is left out: no letter comes back to its shop.
pub(crate) async fn take(
    cloud: &Cloud,
    node: Uuid,
    location: Uuid,
    letters: &[Letter],
) -> Result<usize> {
    let letters = &letters[..letters.len().min(MAX_LETTERS)];
    for letter in letters {
        let taken = cloud
            .tx("take_patron", Actor::Node(node), async |tx| {
                take_one(cloud, tx, location, letter).await
            })
            .await;
        match taken {
            Err(error) if error.is_refused() => {
                tracing::error!(patron = %letter.patron, %error, "A customer cannot be kept: {error}");
            }
            taken => taken?,
        }
    }
    Ok(letters.len())
}

async fn take_one(cloud: &Cloud, tx: &Tx, location: Uuid, letter: &Letter) -> Result<()> {
    let phone = Phone::parse(&letter.phone, None).ok();
    if let Some(phone) = &phone {
        // Two letters about one number wait for each other.
        db::lock_phone(tx, phone.as_str()).await?;
    }
    db::announce(tx, letter.patron, location).await?;
    let Some(before) = db::content(tx, letter.patron).await? else {
        return Ok(());
    };
    if before.is_told {
        return Ok(());
    }
    let told = Told::of(letter);
    let Some(phone) = phone else {
        return db::tell(tx, letter.patron, &told, None).await;
    };
    if let Some(known) = db::hold_phone(tx, phone.as_str()).await? {
        db::merge(tx, letter.patron, known, &told).await?;
        return Entry::new("patron.merged", known)
            .at(location)
            .with("alias", letter.patron.to_string())
            .note(cloud, tx)
            .await;
    }
    let found_by = super::found_by(cloud, tx, phone.as_str()).await?;
    db::tell(tx, letter.patron, &told, Some((phone.as_str(), &found_by))).await
}

/// What a letter says that can be kept.
pub(super) struct Told {
    pub(super) name: String,
    pub(super) shown: String,
    pub(super) email: Option<String>,
    pub(super) note: String,
}

impl Told {
    fn of(letter: &Letter) -> Self {
        let is_plain = |letter: &char| !letter.is_control();
        let name: String = letter
            .name
            .chars()
            .filter(is_plain)
            .take(LONGEST_NAME)
            .collect();
        let name = patron::name(&name).unwrap_or_default();
        Self {
            shown: patron::shown(&name),
            name,
            email: letter.email.clone().filter(|email| is_email(email)),
            note: letter
                .note
                .replace('\0', "")
                .chars()
                .take(LONGEST_NOTE)
                .collect(),
        }
    }
}
