use super::{lines, read};

#[test]
fn a_file_is_its_first_column() {
    let codes = |file: &str| lines(file).join("|");
    assert_eq!(
        codes("\u{feff}Code;note\r\nsummer 1;x\r\n\"AB-2\"\r\n\r\n"),
        "summer 1|AB-2"
    );
    assert_eq!(
        codes("A1\n\nB2\n"),
        "A1||B2",
        "a line that is empty keeps its number"
    );
    assert_eq!(codes(""), "");
}

#[test]
fn what_is_no_code_is_said_by_its_line() {
    let list = ["sum mer-1", "", "x@y", &"a".repeat(41)].map(str::to_owned);
    let (codes, refused) = read(&list);
    assert_eq!(codes, [(1, "SUMMER1".to_owned())]);
    let said: Vec<(usize, &str)> = refused
        .iter()
        .map(|one| (one.line, one.reason.as_str()))
        .collect();
    assert_eq!(said, [(2, "empty"), (3, "character"), (4, "too_long")]);
}
