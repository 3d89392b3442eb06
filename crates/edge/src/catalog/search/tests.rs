use super::{fits, fold, grams};

#[test]
fn folding() {
    for (text, expected) in [
        ("Cà phê sữa ĐÁ", "ca phe sua da"),
        ("  Crème-Brûlée  (2×125 g)", "creme brulee 2 125 g"),
        ("น้ำปลา", "น\u{e49}\u{e4d}าปลา"),
        ("STRASSE straße Øl", "strasse strasse ol"),
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
