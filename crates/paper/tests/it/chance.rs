//! Whatever is put in, the printer gets commands that it knows, no wider than its paper.
use paper::{Align, Barcode, Document, Part, Qr, Size, Style, Typesetter, Width, encode};
use proptest::prelude::*;

use crate::{
    escpresso,
    printer::{self, Command},
};

fn styles() -> impl Strategy<Value = Style> {
    let sizes = prop_oneof![
        Just(Size::Small),
        Just(Size::Normal),
        Just(Size::Large),
        Just(Size::Huge)
    ];
    (sizes, any::<bool>()).prop_map(|(size, is_bold)| Style { size, is_bold })
}

/// Any letters, more of those that are hard: marks without a letter, Thai, other directions, control letters.
fn texts() -> impl Strategy<Value = String> {
    let letters = prop_oneof![
        4 => any::<char>(),
        4 => proptest::char::range('\u{e00}', '\u{e5f}'),
        2 => proptest::char::range('\u{1ea0}', '\u{1ef9}'),
        2 => proptest::char::range('\u{300}', '\u{36f}'),
        2 => proptest::char::range('\u{590}', '\u{6ff}'),
        2 => proptest::char::range('\u{0}', '\u{7f}'),
        1 => proptest::char::range('\u{200b}', '\u{2030}'),
    ];
    proptest::collection::vec(letters, 0..60).prop_map(String::from_iter)
}

fn parts() -> impl Strategy<Value = Part> {
    prop_oneof![
        (
            texts(),
            styles(),
            prop_oneof![Just(Align::Left), Just(Align::Middle), Just(Align::Right)]
        )
            .prop_map(|(text, style, align)| Part::Text { text, style, align }),
        (texts(), texts(), styles()).prop_map(|(left, right, style)| Part::Columns {
            left,
            right,
            style
        }),
        (proptest::collection::vec(texts(), 0..6), styles())
            .prop_map(|(cells, style)| Part::Cells { cells, style }),
        Just(Part::Rule),
        any::<u16>().prop_map(|rows| Part::Space(rows % 300)),
        "[ -~]{1,40}".prop_filter_map("fits", |text| Barcode::of(&text).map(Part::Barcode)),
        texts().prop_filter_map("fits", |text| Qr::new(&text).map(Part::Qr)),
        any::<bool>().prop_map(|has_knife| Part::Cut { has_knife }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_document_is_well_formed(
        parts in proptest::collection::vec(parts(), 0..5),
        width in prop_oneof![Just(Width::MM58), Just(Width::MM80)],
    ) {
        let document = Document { width, parts };
        let bytes = encode(&document, &mut Typesetter::new());
        let commands = printer::read(&bytes).map_err(TestCaseError::fail)?;
        for command in &commands {
            if let Command::Raster { width: raster, .. } = command {
                prop_assert!(*raster <= width.dots());
            }
        }
        let found = escpresso::read(&bytes);
        prop_assert!(!found.iter().any(|found| found.starts_with("text")), "stray letters: {:?}", found);
    }

    #[test]
    fn any_bytes_are_a_logo_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(paper::logo(&bytes, 100).is_err());
    }
}
