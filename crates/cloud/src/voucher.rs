//! Vouchers: codes that unlock a promotion. A code is of one promotion in the whole chain, is kept in the one form in which
//! people's typing ends up, and never changes; it may be stopped. How often it was used is a matter of rights (ADR 24).
use std::collections::BTreeMap;

use httpkit::problem::Problem;
use jiff::Timestamp;
use retail::promotion::Promotion;
use retail::promotion::condition::Condition;
use retail::promotion::voucher::{CHANCE, MAX_PREFIX, VoucherCode};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::audit::Entry;
use crate::cloud::Cloud;
use crate::db::{Actor, Tx};
use crate::error::Result;
use crate::promotion;

mod db;
pub(crate) mod http;
#[cfg(test)]
mod tests;

/// Codes in one request.
const MOST_CODES: usize = 20_000;
/// The most uses of one code.
const MOST_USES: i64 = 1_000_000_000;
/// How often new codes are thrown for those that were there already.
const MOST_ROUNDS: u32 = 8;
/// The longest name of a segment, and the longest reason.
const LONGEST_TEXT: usize = 200;

/// A code that is there already, or comes twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VoucherDuplicate {
    /// Of the list, from 1.
    line: usize,
    /// As it would be kept.
    code: String,
}

/// A text that is no code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VoucherRefused {
    /// Of the list, from 1.
    line: usize,
    /// As it came, its beginning.
    code: String,
    /// `empty`, `too_long` or `character`.
    reason: String,
}

/// What became of codes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct VouchersMade {
    made: usize,
    duplicates: Vec<VoucherDuplicate>,
    refused: Vec<VoucherRefused>,
}

/// Which codes.
#[derive(Debug, Clone)]
pub(crate) enum Codes {
    /// These, a line each.
    Given(Vec<String>),
    /// So many by chance.
    Made { count: usize, prefix: String },
}

/// Codes as they are asked for.
#[derive(Debug, Clone)]
pub(crate) struct NewVouchers {
    /// Of the request: the same again gets the first answer.
    pub(crate) id: Uuid,
    pub(crate) codes: Codes,
    /// None: any number of times.
    pub(crate) uses: Option<i64>,
    pub(crate) segment: Option<String>,
    pub(crate) patron: Option<Uuid>,
    pub(crate) valid_until: Option<Timestamp>,
}

/// Makes codes of a promotion, or takes them in; what cannot be is said by its line.
pub(crate) async fn make(
    cloud: &Cloud,
    actor: Actor,
    promotion: Uuid,
    new: &NewVouchers,
) -> Result<VouchersMade> {
    check(new)?;
    let (given, refused) = match &new.codes {
        Codes::Given(list) => read(list),
        Codes::Made { .. } => Read::default(),
    };
    let hash = hash(promotion, new);
    cloud
        .tx("make_vouchers", actor, async |tx| {
            let document = promotion::db::newest(tx, promotion).await?;
            let document = document.ok_or_else(promotion::unknown)?;
            // One after the other: what one has made is a duplicate for the next.
            db::lock(tx, promotion).await?;
            if let Some((known, answer)) = db::answer(tx, new.id).await? {
                if known != hash {
                    let title = "Other vouchers were made under this id";
                    return Err(Problem::conflict("voucher.id_reused", title).into());
                }
                return Ok(answer);
            }
            asks_for_voucher(&document)?;
            if let Some(patron) = new.patron
                && !db::has_patron(tx, patron).await?
            {
                let message = "There is no such customer";
                return Err(Problem::invalid("voucher.patron", "patron_id", message).into());
            }
            let mut made = VouchersMade {
                refused: refused.clone(),
                ..VouchersMade::default()
            };
            match &new.codes {
                Codes::Given(_) => take_in(cloud, tx, promotion, new, &given, &mut made).await?,
                Codes::Made { count, prefix } => {
                    throw(cloud, tx, promotion, new, *count, prefix, &mut made).await?;
                }
            }
            made.duplicates.sort_by_key(|one| one.line);
            db::insert_batch(tx, promotion, new.id, &hash, actor.person(), &made).await?;
            Entry::new("voucher.made", promotion)
                .with("made", made.made)
                .with("duplicates", made.duplicates.len())
                .with("refused", made.refused.len())
                .note(cloud, tx)
                .await?;
            Ok(made)
        })
        .await
}

fn check(new: &NewVouchers) -> Result<()> {
    let invalid =
        |code, field: &str, message: &str| Err(Problem::invalid(code, field, message).into());
    let count = match &new.codes {
        Codes::Given(list) => list.len(),
        Codes::Made { count, .. } => *count,
    };
    if count == 0 || count > MOST_CODES {
        let field = match &new.codes {
            Codes::Given(_) => "codes",
            Codes::Made { .. } => "count",
        };
        let problem = Problem::invalid("voucher.count", field, "1 to 20,000 codes at once");
        return Err(problem.figure("max", MOST_CODES).into());
    }
    if new
        .uses
        .is_some_and(|uses| !(1..=MOST_USES).contains(&uses))
    {
        return invalid(
            "voucher.uses",
            "uses_each",
            "A code is good for at least one use",
        );
    }
    let is_no_text = |text: &String| {
        text.trim() != text
            || text.is_empty()
            || text.chars().count() > LONGEST_TEXT
            || text.contains('\0')
    };
    if new.segment.as_ref().is_some_and(is_no_text) {
        return invalid(
            "voucher.segment",
            "segment",
            "A segment has a name of 1 to 200 characters",
        );
    }
    if let Codes::Made { prefix, .. } = &new.codes
        && !prefix.is_empty()
        && !VoucherCode::parse(prefix)
            .is_ok_and(|code| code.as_str().len() <= MAX_PREFIX && code.as_str().is_ascii())
    {
        return invalid(
            "voucher.prefix",
            "prefix",
            "Codes begin with at most 12 letters and digits",
        );
    }
    Ok(())
}

/// A promotion that asks for no voucher would not notice that one was shown.
fn asks_for_voucher(document: &str) -> Result<()> {
    fn asks(condition: &Condition) -> bool {
        match condition {
            Condition::Voucher => true,
            Condition::Any(parts) => parts.iter().any(asks),
            Condition::Not(part) => asks(part),
            Condition::Quantity { .. }
            | Condition::Distinct { .. }
            | Condition::Amount { .. }
            | Condition::Tender(_)
            | Condition::Segment(_)
            | Condition::Member
            | Condition::Purchase(_)
            | Condition::Birthday { .. }
            | Condition::Channel(_)
            | Condition::Location(_)
            | Condition::Hours { .. }
            | Condition::Dates { .. } => false,
        }
    }
    let promotion: Promotion =
        serde_json::from_str(document).map_err(|error| Problem::internal(&error))?;
    if promotion.draft().when.iter().any(asks) {
        return Ok(());
    }
    let title = "The promotion asks for no voucher: add that condition first";
    Err(Problem::conflict("voucher.not_asked_for", title).into())
}

/// What a list says: codes with their lines, and what is none.
type Read = (Vec<(usize, String)>, Vec<VoucherRefused>);

fn read(list: &[String]) -> Read {
    use retail::promotion::voucher::VoucherCodeError as Wrong;
    let (mut codes, mut refused) = Read::default();
    for (place, text) in list.iter().enumerate() {
        let line = place + 1;
        match VoucherCode::parse(text) {
            Ok(code) => codes.push((line, code.as_str().to_owned())),
            Err(wrong) => refused.push(VoucherRefused {
                line,
                code: text
                    .chars()
                    .filter(|one| !one.is_control())
                    .take(LONGEST_TEXT)
                    .collect(),
                reason: match wrong {
                    Wrong::Empty => "empty",
                    Wrong::TooLong => "too_long",
                    Wrong::Character(_) => "character",
                }
                .to_owned(),
            }),
        }
    }
    (codes, refused)
}

/// The codes of a file: the first cell of each line that has one, without a heading.
pub(crate) fn lines(file: &str) -> Vec<String> {
    let file = file.trim_start_matches('\u{feff}');
    let cells = file.lines().map(|line| {
        let cell = line.split([',', ';', '\t']).next().unwrap_or_default();
        cell.trim().trim_matches('"').trim().to_owned()
    });
    let mut lines: Vec<String> = cells.collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    let is_heading =
        |cell: &String| ["code", "codes", "voucher"].contains(&cell.to_lowercase().as_str());
    if lines.first().is_some_and(is_heading) {
        lines.remove(0);
    }
    lines
}

async fn take_in(
    cloud: &Cloud,
    tx: &Tx,
    promotion: Uuid,
    new: &NewVouchers,
    given: &[(usize, String)],
    made: &mut VouchersMade,
) -> Result<()> {
    let mut first = BTreeMap::<&str, usize>::new();
    for (line, code) in given {
        if first.contains_key(code.as_str()) {
            made.duplicates.push(VoucherDuplicate {
                line: *line,
                code: code.clone(),
            });
        } else {
            first.insert(code, *line);
        }
    }
    let codes: Vec<&str> = first.keys().copied().collect();
    let kept = db::insert(cloud, tx, promotion, new, &codes).await?;
    for code in &kept {
        first.remove(code.as_str());
    }
    made.made = kept.len();
    made.duplicates
        .extend(first.into_iter().map(|(code, line)| VoucherDuplicate {
            line,
            code: code.to_owned(),
        }));
    Ok(())
}

/// Makes codes by chance until there are enough: what is there already is thrown again.
async fn throw(
    cloud: &Cloud,
    tx: &Tx,
    promotion: Uuid,
    new: &NewVouchers,
    count: usize,
    prefix: &str,
    made: &mut VouchersMade,
) -> Result<()> {
    let prefix = VoucherCode::parse(prefix).map_or_else(|_| String::new(), |code| code.to_string());
    let random = &cloud.parts().random;
    for _ in 0..MOST_ROUNDS {
        if made.made >= count {
            break;
        }
        let codes: Vec<VoucherCode> = (made.made..count)
            .map(|_| {
                let mut chance = [0; CHANCE];
                random.fill(&mut chance);
                VoucherCode::make(&prefix, chance)
            })
            .collect();
        let mut codes: Vec<&str> = codes.iter().map(VoucherCode::as_str).collect();
        codes.sort_unstable();
        codes.dedup();
        made.made += db::insert(cloud, tx, promotion, new, &codes).await?.len();
    }
    if made.made < count {
        return Err(Problem::internal(&"no codes are left").into());
    }
    Ok(())
}

fn hash(promotion: Uuid, new: &NewVouchers) -> [u8; 32] {
    let mut sha = Sha256::new();
    sha.update(promotion.as_bytes());
    match &new.codes {
        Codes::Given(list) => {
            for code in list {
                sha.update((code.len() as u64).to_be_bytes());
                sha.update(code);
            }
        }
        Codes::Made { count, prefix } => {
            sha.update(b"made");
            sha.update((*count as u64).to_be_bytes());
            sha.update(prefix);
        }
    }
    sha.update(format!(
        "|{:?}|{:?}|{:?}|{:?}",
        new.uses, new.segment, new.patron, new.valid_until
    ));
    sha.finalize().into()
}

/// Nobody may use a code any more; what was used stays used. Repeating it changes nothing.
pub(crate) async fn stop(
    cloud: &Cloud,
    actor: Actor,
    promotion: Uuid,
    id: Uuid,
    reason: &str,
) -> Result<()> {
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > LONGEST_TEXT || reason.contains('\0') {
        let message = "A reason has 1 to 200 characters";
        return Err(Problem::invalid("voucher.reason", "reason", message).into());
    }
    cloud
        .tx("stop_voucher", actor, async |tx| {
            match db::stop(tx, promotion, id, reason).await? {
                Some(true) => {
                    Entry::new("voucher.stopped", id)
                        .with("promotion", promotion.to_string())
                        .because(reason)
                        .note(cloud, tx)
                        .await
                }
                Some(false) => Ok(()),
                None => {
                    Err(Problem::not_found("voucher.unknown", "There is no such voucher").into())
                }
            }
        })
        .await
}

/// A code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Voucher {
    pub(crate) id: Uuid,
    pub(crate) code: String,
    /// How often it may be used; null: any number of times.
    pub(crate) uses_each: Option<i64>,
    /// How often it was used, online and in shops, as far as their events have come; null: it may be used any number of times,
    /// and is not counted.
    pub(crate) used: Option<i64>,
    /// Uses that a shop has asked for and not used: they come back after a quarter of an hour.
    pub(crate) in_shops: i64,
    /// Only for customers of it.
    pub(crate) segment: Option<String>,
    /// Only for this customer.
    pub(crate) patron_id: Option<Uuid>,
    /// Not from then on.
    pub(crate) valid_until: Option<Timestamp>,
    pub(crate) stopped: bool,
    pub(crate) stop_reason: Option<String>,
    pub(crate) made_at: Timestamp,
}
