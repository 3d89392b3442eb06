//! Search as you type: trigrams for three letters and more, a table of word beginnings for one and two.
use std::collections::BTreeSet;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

use super::db;
use crate::db::{DbError, Snapshot, Tx};

/// Often traded variants are looked at first, so that they are found first.
const MOST_TRADED: usize = 300;
/// Words of what was typed that count; the rest narrows nothing.
const WORDS: usize = 8;
/// Letters of what was typed that count.
const LETTERS: usize = 64;

/// Text without case and accents: "Cà phê Đen" is found by "ca phe den". Thai keeps its vowels and tone marks.
pub(crate) fn fold(text: &str) -> String {
    let is_accent = |letter: &char| ('\u{300}'..='\u{36f}').contains(letter);
    let letters = text
        .nfkd()
        .filter(|letter| !is_accent(letter))
        .flat_map(char::to_lowercase);
    let mut folded = String::with_capacity(text.len());
    for letter in letters {
        match letter {
            'đ' | 'ð' => folded.push('d'),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            'ß' => folded.push_str("ss"),
            'æ' => folded.push_str("ae"),
            'œ' => folded.push_str("oe"),
            _ if letter.is_alphanumeric() || is_combining_mark(letter) => folded.push(letter),
            _ if folded.ends_with(' ') || folded.is_empty() => {}
            _ => folded.push(' '),
        }
    }
    folded.truncate(folded.trim_end().len());
    folded
}

/// Numbers of the variants that fit, best first: own code or barcode, then what is traded often, then by name.
pub(super) fn numbers(at: &Snapshot<'_>, folded: &str, limit: usize) -> Result<Vec<i64>, DbError> {
    if folded.is_empty() {
        return most_traded_then_any(at, limit);
    }
    let typed: String = folded.chars().take(LETTERS).collect();
    let words: Vec<&str> = typed
        .split(' ')
        .filter(|word| !word.is_empty())
        .take(WORDS)
        .collect();
    let mut found = Found::new(limit);
    found.add(db::by_code(at, &typed.replace(' ', ""))?);
    found.add(
        db::most_traded(at, MOST_TRADED)?
            .into_iter()
            .filter(|(_, text)| words.iter().all(|word| fits(text, word)))
            .map(|(no, _)| no),
    );
    if !found.is_full() {
        found.add(db::by_beginning(at, &typed, limit)?);
    }
    if !found.is_full() {
        found.add(indexed(at, &words, limit)?);
    }
    Ok(found.numbers)
}

/// Whether a word that was typed is found in a name: short ones only where a word begins, as in the index.
fn fits(text: &str, word: &str) -> bool {
    if letters(word) >= 3 {
        return text.contains(word);
    }
    text.split(' ').any(|in_text| {
        in_text.starts_with(word) || (in_text.chars().any(runs_on) && in_text.contains(word))
    })
}

fn indexed(at: &Snapshot<'_>, words: &[&str], limit: usize) -> Result<Vec<i64>, DbError> {
    let (long, short): (Vec<&str>, Vec<&str>) = words.iter().partition(|word| letters(word) >= 3);
    if long.is_empty() {
        return match short.as_slice() {
            [] => Ok(Vec::new()),
            [only] => db::by_gram(at, only, limit),
            [first, second, ..] => db::by_two_grams(at, first, second, limit),
        };
    }
    let phrase = long
        .iter()
        .map(|word| format!("\"{word}\""))
        .collect::<Vec<_>>()
        .join(" ");
    short.first().map_or_else(
        || db::by_trigrams(at, &phrase, limit),
        |gram| db::by_trigrams_and_gram(at, &phrase, gram, limit),
    )
}

fn most_traded_then_any(at: &Snapshot<'_>, limit: usize) -> Result<Vec<i64>, DbError> {
    let mut found = Found::new(limit);
    found.add(db::most_traded(at, limit)?.into_iter().map(|(no, _)| no));
    if !found.is_full() {
        found.add(db::first_by_name(at, limit)?);
    }
    Ok(found.numbers)
}

struct Found {
    numbers: Vec<i64>,
    limit: usize,
}

impl Found {
    fn new(limit: usize) -> Self {
        Self {
            numbers: Vec::with_capacity(limit),
            limit,
        }
    }

    fn add(&mut self, numbers: impl IntoIterator<Item = i64>) {
        for no in numbers {
            if self.is_full() {
                return;
            }
            if !self.numbers.contains(&no) {
                self.numbers.push(no);
            }
        }
    }

    fn is_full(&self) -> bool {
        self.numbers.len() >= self.limit
    }
}

/// Brings both indexes from the words before to those after.
pub(super) fn reindex(
    tx: &Tx<'_>,
    no: i64,
    before: Option<&str>,
    after: Option<&str>,
) -> Result<(), DbError> {
    if let Some(before) = before {
        db::forget_words(tx, no)?;
        for (gram, place) in grams(before) {
            db::forget_gram(tx, &gram, place, no)?;
        }
    }
    if let Some(after) = after {
        db::index_words(tx, no, after)?;
        for (gram, place) in grams(after) {
            db::index_gram(tx, &gram, place, no)?;
        }
    }
    Ok(())
}

/// The beginnings of one and two letters of every word, and every such run in scripts that put no spaces.
fn grams(folded: &str) -> BTreeSet<(String, i64)> {
    let mut grams = BTreeSet::new();
    for (index, word) in folded.split(' ').enumerate() {
        let place = i64::from(index > 0);
        let word: Vec<char> = word.chars().collect();
        let starts = if word.iter().copied().any(runs_on) {
            word.len()
        } else {
            1
        };
        for start in 0..starts.min(word.len()) {
            let place = place.max(i64::from(start > 0));
            for end in start + 1..=(start + 2).min(word.len()) {
                grams.insert((word[start..end].iter().collect(), place));
            }
        }
    }
    grams
}

/// Scripts without spaces between words: Thai to Myanmar, Khmer, kana and Han.
fn runs_on(letter: char) -> bool {
    matches!(letter, '\u{e00}'..='\u{109f}' | '\u{1780}'..='\u{17ff}' | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}')
}

fn letters(word: &str) -> usize {
    word.chars().count()
}

#[cfg(test)]
mod tests;
