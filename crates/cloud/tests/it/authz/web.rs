//! Hiding is never the only guard: whatever the pages show by permission, an operation refuses without it, and the
//! matrix asks it by people who lack it.
use std::path::Path;

use retail::staff::Permission;

use super::{Operation, Who, operations};

/// The office's own code, without its tests.
fn code(folder: &Path) -> String {
    let mut all = String::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() {
            all.push_str(&code(&path));
        } else if path
            .extension()
            .is_some_and(|kind| kind == "ts" || kind == "tsx")
            && !name.contains(".test.")
        {
            all.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
    all
}

/// Whether every way of a person into the operation asks for the permission, or for it or another.
fn asks(operation: &Operation, permission: &str) -> bool {
    let of_people = |(scheme, _): &&(String, Vec<String>)| scheme == "session";
    let mut ways = operation.ways.iter().filter(of_people);
    let needs = |needed: &[String]| needed.iter().any(|needed| needed == permission);
    ways.clone().all(|(_, needed)| !needed.is_empty()) && ways.any(|(_, needed)| needs(needed))
        || needs(&operation.wider)
}

#[test]
fn what_the_office_hides_is_refused_as_well() {
    let office = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/src/office");
    let (code, operations) = (code(&office), operations());
    let named = |permission: &&Permission| code.contains(&format!("\"{}\"", permission.code()));
    let hidden: Vec<_> = Permission::ALL.iter().filter(named).collect();
    assert!(
        hidden.len() > 20,
        "only {hidden:?}: the pages ask otherwise now"
    );
    for permission in hidden.iter().map(|permission| permission.code()) {
        assert!(
            operations
                .iter()
                .any(|operation| asks(operation, permission)),
            "the office hides something without {permission}, and no operation asks for it"
        );
        let lack_it = [Who::CashierA, Who::NarrowToken];
        assert!(
            lack_it.iter().all(|who| !who.may(permission)),
            "{permission} is never refused"
        );
    }
}
