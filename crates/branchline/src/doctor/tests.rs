use std::{collections::BTreeSet, fs, path::Path};

/// The anchors that a page of the guide has, as GitHub makes them of its headings.
fn anchors(page: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/operations");
    let text =
        fs::read_to_string(folder.join(page)).unwrap_or_else(|error| panic!("{page}: {error}"));
    let headings = text.lines().filter_map(|line| line.strip_prefix("## "));
    headings
        .map(|heading| {
            let letters = heading.to_lowercase().replace(' ', "-");
            letters
                .chars()
                .filter(|one| one.is_alphanumeric() || *one == '-')
                .collect()
        })
        .collect()
}

#[test]
fn every_section_that_is_named_is_there() {
    let texts = [
        include_str!("../doctor.rs"),
        include_str!("../../../cloud/src/doctor.rs"),
    ];
    let mut named = BTreeSet::new();
    for text in texts {
        for word in text.split('"') {
            if let Some((page, anchor)) = word.split_once(".md#") {
                named.insert((format!("{page}.md"), anchor.to_owned()));
            }
        }
    }
    assert!(named.len() > 8, "{named:?}");
    for (page, anchor) in named {
        let there = anchors(&page);
        assert!(there.contains(&anchor), "{page} has no {anchor}: {there:?}");
    }
}
