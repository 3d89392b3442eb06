//! Checks the shop against its own log: the chain of events, the ledger, the accounts and the picks say the same.
use std::collections::BTreeMap;

use retail::{
    catalog::VariantId,
    promotion::claim::is_allowance,
    quantity::Quantity,
    rights::{Bucket, Move, NodeAccount},
};
use wire::{
    body::{Body, Document as _, PurchaseCorrected, PurchaseVoided, StockCounted},
    event::{Hash, Header, Record},
};

use super::db;
use crate::{
    Shop, allowance,
    db::{DbError, Snapshot},
    node, outbox,
};

/// Records that are read at a time.
const PAGE: usize = 1_000;
/// Findings after which it is clear that something is wrong.
const MOST_FINDINGS: usize = 100;

/// Something that does not fit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// `chain`, `ledger`, `account`, `evidence`, `picked`, `allowance`, `place`.
    pub code: &'static str,
    /// For people.
    pub text: String,
}

/// Checks that `stock` is the fold of `stock_movement` and of the headers in the outbox, that the chain is whole, and
/// that picks and the place in the stream of commands fit. Nothing found: an empty list.
///
/// # Errors
/// The disk's.
pub async fn audit(shop: &Shop) -> Result<Vec<Finding>, DbError> {
    shop.read(whole).await
}

/// The same, at an instant that somebody else chooses.
pub(crate) fn whole(at: &Snapshot<'_>) -> Result<Vec<Finding>, DbError> {
    Audit::new().finish(at)
}

/// A check in slices: records never change, so that they can be taken beside the sales; what stands beside them is
/// compared at one instant, with the records that came meanwhile.
pub(crate) struct Audit {
    fold: Fold,
    /// The number of the next record.
    next: i64,
}

impl Audit {
    pub(crate) const fn new() -> Self {
        Self {
            fold: Fold::new(),
            next: 1,
        }
    }

    /// The number of the next record.
    pub(crate) const fn next(&self) -> i64 {
        self.next
    }

    /// Takes the records that follow.
    pub(crate) fn take(&mut self, records: &[Record]) {
        for record in records {
            self.fold.take(self.next, record);
            self.next += 1;
        }
    }

    /// Takes what is left of the log, and compares it with everything else.
    pub(crate) fn finish(mut self, at: &Snapshot<'_>) -> Result<Vec<Finding>, DbError> {
        loop {
            let records = outbox::db::from(at, self.next, PAGE)?;
            if records.is_empty() {
                break;
            }
            self.take(&records);
        }
        compare(at, self.fold, self.next - 1)
    }
}

fn compare(at: &Snapshot<'_>, mut fold: Fold, last_seq: i64) -> Result<Vec<Finding>, DbError> {
    let state = node::db::state(at)?;
    if (state.last_seq, state.head) != (last_seq, fold.head) {
        fold.find(
            "chain",
            format!(
                "the head says event {}, the log ends at {last_seq}",
                state.last_seq
            ),
        );
    }
    let (incarnation, idx) = fold.place;
    let is_in_place = idx == state.r_cursor && incarnation.is_none_or(|it| it == state.incarnation);
    if !is_in_place {
        fold.find(
            "place",
            format!(
                "the place in the stream of commands is {}, the log says otherwise",
                state.r_cursor
            ),
        );
    }
    ledger(at, &mut fold)?;
    accounts(at, &mut fold)?;
    for (variant, booked, picked) in db::picked_otherwise(at)? {
        fold.find(
            "picked",
            format!("{variant}: the account has {booked} picked units, the picks {picked}"),
        );
    }
    allowances(at, &mut fold)?;
    Ok(fold.findings)
}

/// Every balance of a limit is the sum of its movements, and what the headers say.
fn allowances(at: &Snapshot<'_>, fold: &mut Fold) -> Result<(), DbError> {
    let sums: BTreeMap<allowance::Key, i64> = allowance::db::sums(at)?.into_iter().collect();
    let balances: BTreeMap<allowance::Key, i64> = allowance::db::balances(at)?
        .into_iter()
        .map(|balance| ((balance.kind, balance.key), balance.available))
        .collect();
    let said = std::mem::take(&mut fold.allowances);
    for key in said.keys().chain(sums.keys()).chain(balances.keys()) {
        let (said, sum, balance) = (said.get(key), sums.get(key), balances.get(key));
        if said != balance || sum != balance {
            let (kind, key) = key;
            fold.find(
                "allowance",
                format!("{kind} {key}: {balance:?} are left, the movements come to {sum:?}, the log says {said:?}"),
            );
        }
    }
    Ok(())
}

/// What the log says, event by event.
struct Fold {
    head: Hash,
    accounts: BTreeMap<VariantId, NodeAccount>,
    /// The incarnation, once the log has said one, and the newest message of the cloud.
    place: (Option<i64>, i64),
    /// What is left of limits.
    allowances: BTreeMap<allowance::Key, i64>,
    findings: Vec<Finding>,
}

impl Fold {
    const fn new() -> Self {
        Self {
            head: Hash::GENESIS,
            accounts: BTreeMap::new(),
            place: (None, 0),
            allowances: BTreeMap::new(),
            findings: Vec::new(),
        }
    }

    fn find(&mut self, code: &'static str, text: String) {
        if self.findings.len() < MOST_FINDINGS {
            self.findings.push(Finding { code, text });
        }
    }

    fn take(&mut self, seq: i64, record: &Record) {
        let header = match record.open() {
            Ok(header) => header,
            Err(error) => return self.find("chain", format!("event {seq}: {error}")),
        };
        if (header.seq, header.prev) != (seq, self.head) {
            self.find(
                "chain",
                format!("event {seq} does not follow the one before"),
            );
        }
        self.head = record.hash;
        if let Some(incarnation) = header.incarnation {
            self.place = (Some(incarnation), 0);
        }
        if let Some(idx) = header.command {
            self.place.1 = idx;
        }
        for (variant, moves) in moves_of(&header) {
            if let Err(error) = self.accounts.entry(variant).or_default().apply(&moves) {
                self.find("ledger", format!("event {seq}, {variant}: {error}"));
            }
        }
        for claim in &header.claims {
            if is_allowance(&claim.kind) {
                let left = self.allowances.entry((claim.kind.clone(), claim.key));
                let left = left.or_default();
                *left = left.saturating_add(claim.quantity);
            }
        }
        let has_evidence = [
            StockCounted::KIND,
            PurchaseVoided::KIND,
            PurchaseCorrected::KIND,
        ];
        if !has_evidence.contains(&header.kind.as_str()) {
            return;
        }
        let Ok(body) = Body::read(&header.kind, header.ver, &record.body) else {
            return;
        };
        if let Body::StockCounted(count) = &body {
            for variant in counted(count) {
                self.accounts.entry(variant).or_default().verify();
            }
        }
        for (variant, quantity) in weakened(&body) {
            self.accounts.entry(variant).or_default().weaken(quantity);
        }
    }
}

/// What an event says about each variant.
pub(crate) fn moves_of(header: &Header) -> BTreeMap<VariantId, Vec<Move>> {
    let mut moves = BTreeMap::<VariantId, Vec<Move>>::new();
    for one in &header.moves {
        let variant = VariantId::from_uuid(one.variant);
        moves.entry(variant).or_default().push(one.as_rule());
    }
    moves
}

/// The variants that a count has counted. Nodes from before rights wrote what they found as a count.
pub(crate) fn counted(count: &StockCounted) -> Vec<VariantId> {
    if count.reason == "found" {
        return Vec::new();
    }
    let lines = count.lines.iter();
    lines
        .map(|line| VariantId::from_uuid(line.variant))
        .collect()
}

/// Units with strong evidence that an event has taken out, by variant.
pub(crate) fn weakened(body: &Body) -> Vec<(VariantId, Quantity)> {
    let reversal = match body {
        Body::PurchaseVoided(voided) => &voided.reversal,
        Body::PurchaseCorrected(corrected) => &corrected.reversal,
        _ => return Vec::new(),
    };
    let units = reversal.weakened.iter();
    units
        .map(|one| {
            (
                VariantId::from_uuid(one.variant),
                Quantity::new(one.quantity),
            )
        })
        .collect()
}

/// Every balance is the sum of its movements.
fn ledger(at: &Snapshot<'_>, fold: &mut Fold) -> Result<(), DbError> {
    let mut sums = BTreeMap::<VariantId, BTreeMap<&str, i64>>::new();
    for (variant, bucket, sum) in db::sums(at)? {
        sums.entry(variant).or_default().insert(bucket.code(), sum);
    }
    for (variant, account) in db::accounts(at)? {
        let sums = sums.remove(&variant).unwrap_or_default();
        for bucket in Bucket::ALL {
            let sum = sums.get(bucket.code()).copied().unwrap_or_default();
            let balance = balance(account, bucket);
            if sum != balance {
                let letter = bucket.code();
                fold.find(
                    "ledger",
                    format!("{variant}: {letter} is {balance}, its movements come to {sum}"),
                );
            }
        }
    }
    for variant in sums.into_keys() {
        fold.find("ledger", format!("{variant} has movements and no account"));
    }
    Ok(())
}

/// Every account is what the log makes of it, its evidence too.
fn accounts(at: &Snapshot<'_>, fold: &mut Fold) -> Result<(), DbError> {
    let mut folded = std::mem::take(&mut fold.accounts);
    for (variant, account) in db::accounts(at)? {
        let said = folded.remove(&variant).unwrap_or_default();
        let is_same = NodeAccount {
            exportable: account.exportable,
            ..said
        } == account;
        if !is_same {
            fold.find(
                "account",
                format!("{variant}: the account is not what the log says"),
            );
        } else if said.exportable != account.exportable {
            fold.find(
                "evidence",
                format!(
                    "{variant}: {} units may be exported, the log says {}",
                    account.exportable, said.exportable
                ),
            );
        }
    }
    for (variant, said) in folded {
        if said != NodeAccount::default() {
            fold.find(
                "account",
                format!("{variant} is in the log and has no account"),
            );
        }
    }
    Ok(())
}

const fn balance(account: NodeAccount, bucket: Bucket) -> i64 {
    match bucket {
        Bucket::Node => account.rights,
        Bucket::Cloud => account.claim_bound,
        Bucket::Debt => account.debt,
        Bucket::Picked => account.picked,
        Bucket::Unsellable => account.unsellable,
        Bucket::Shipped => account.shipped,
    }
    .base_units()
}

#[cfg(test)]
mod tests;
