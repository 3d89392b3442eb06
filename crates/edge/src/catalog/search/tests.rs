use proptest::prelude::*;

use super::{fits, fold, grams};

#[test]
fn folding() {
    for (text, expected) in [
        ("Cà phê sữa ĐÁ", "ca phe sua da"),
        ("  Crème-Brûlée  (2×125 g)", "creme brulee 2 125 g"),
        ("น้ำปลา", "น\u{e49}\u{e4d}าปลา"),
        ("STRASSE straße STRAẞE Øl", "strasse strasse strasse ol"),
        ("Ｃｏｌａ", "cola"),
    ] {
        assert_eq!(fold(text), expected, "{text}");
    }
}

#[test]
fn short_words_fit_where_a_word_begins() {
    for (text, word, expected) in [
        ("coca cola", "co", true),
        ("coca cola", "ca", false),
        ("coca cola", "ola", true),
        ("นมสด", "สด", true),
    ] {
        assert_eq!(fits(text, word), expected, "{text} {word}");
    }
}

#[test]
fn the_grams_are_the_beginnings_of_words() {
    let grams: Vec<String> = grams("red ox")
        .into_iter()
        .map(|(gram, place)| format!("{gram}{place}"))
        .collect();
    assert_eq!(grams, ["o1", "ox1", "r0", "re0"]);
}

proptest! {
    #[test]
    fn folding_twice_changes_nothing(text in "\\PC{0,40}") {
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded);
    }

    #[test]
    fn both_ways_to_find_a_short_word_agree(text in "[a-zA-Zéđ ก-ฮ]{1,30}", typed in "[a-zก-ฮ]{1,2}") {
        let folded = fold(&text);
        let is_indexed = grams(&folded).iter().any(|(gram, _)| *gram == typed);
        prop_assert_eq!(is_indexed, fits(&folded, &typed), "{:?} {:?}", folded, typed);
    }
}
