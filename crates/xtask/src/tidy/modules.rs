//! Module names: one noun of the shop, the same in every crate, or one of the few structural names.

use super::Finding;
use super::tree::{Tree, crate_of};

/// The list of all names, one file for people to read and extend.
pub const NAMES: &str = "crates/xtask/names.txt";

pub fn check(tree: &Tree) -> Vec<Finding> {
    let Some(list) = tree.text(NAMES) else {
        return vec![Finding::new(NAMES, "the list of module names is missing")];
    };
    let names = Names::parse(list);
    let mut findings = dead(tree);
    for (path, _) in tree.ending(".rs") {
        let Some((crate_name, below)) = crate_of(path)
            .zip(path.split_once("/src/"))
            .map(|(name, (_, below))| (name, below))
        else {
            continue;
        };
        for segment in below.trim_end_matches(".rs").split('/') {
            if !names.allow(crate_name, segment) {
                findings.push(Finding::new(
                    path,
                    format!("`{segment}` is not a noun of the shop listed in {NAMES}"),
                ));
            }
        }
    }
    findings
}

/// Files that no module declares are dead: the compiler never sees them.
fn dead(tree: &Tree) -> Vec<Finding> {
    let sources = tree
        .ending(".rs")
        .filter(|(path, _)| path.contains("/src/"));
    sources
        .filter(|(path, _)| declared(tree, path) == Some(false))
        .map(|(path, _)| Finding::new(path, "no module declares this file"))
        .collect()
}

/// Whether the module above declares it; `None` for the root of a crate.
fn declared(tree: &Tree, path: &str) -> Option<bool> {
    let (folder, name) = path.strip_suffix(".rs")?.rsplit_once('/')?;
    let above = if folder.ends_with("/src") {
        if name == "lib" || name == "main" {
            return None;
        }
        vec![format!("{folder}/lib.rs"), format!("{folder}/main.rs")]
    } else {
        vec![format!("{folder}.rs")]
    };
    let text: String = above.iter().filter_map(|path| tree.text(path)).collect();
    let declarations = [format!("mod {name};"), format!("mod {name} {{")];
    Some(
        declarations
            .iter()
            .any(|declaration| text.contains(declaration)),
    )
}

struct Names<'a> {
    /// Section, name.
    listed: Vec<(&'a str, &'a str)>,
}

impl<'a> Names<'a> {
    fn parse(text: &'a str) -> Self {
        let mut section = "";
        let mut listed = Vec::new();
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                section = name;
            } else {
                listed.extend(line.split_whitespace().map(|name| (section, name)));
            }
        }
        Self { listed }
    }

    /// `everywhere` names are for all crates, the others for the crate that heads their section.
    fn allow(&self, crate_name: &str, name: &str) -> bool {
        self.listed.iter().any(|(section, listed)| {
            *listed == name && (section.starts_with("everywhere") || *section == crate_name)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "[everywhere: nouns]\nsale shift # the till's\n[everywhere: structure]\nlib db http tests\n[httpkit]\nclock\n";

    /// The findings about names, for a file in a crate that declares everything.
    fn check_one(path: &str) -> usize {
        let tree = Tree::with(&[(NAMES, LIST), (path, "")]);
        check(&tree).len() - dead(&tree).len()
    }

    #[test]
    fn only_listed_names_pass() {
        for (path, findings) in [
            ("crates/edge/src/lib.rs", 0),
            ("crates/edge/src/sale.rs", 0),
            ("crates/edge/src/sale/db.rs", 0),
            ("crates/httpkit/src/clock.rs", 0),
            ("crates/edge/src/clock.rs", 1),
            ("crates/edge/src/utils.rs", 1),
            ("crates/cloud/src/sale_manager/repository.rs", 2),
            ("crates/cloud/tests/it/anything.rs", 0),
        ] {
            assert_eq!(check_one(path), findings, "{path}");
        }
    }

    #[test]
    fn a_file_that_no_module_declares_is_dead() {
        let tree = Tree::with(&[
            ("crates/edge/src/lib.rs", "pub mod sale;\nmod shift { }"),
            ("crates/edge/src/sale.rs", "pub(crate) mod db;\n"),
            ("crates/edge/src/sale/db.rs", ""),
            ("crates/edge/src/sale/http.rs", ""),
            ("crates/edge/src/shift.rs", ""),
            ("crates/edge/src/stock.rs", ""),
            ("crates/edge/tests/it/main.rs", ""),
        ]);
        let places: Vec<_> = dead(&tree)
            .into_iter()
            .map(|finding| finding.place)
            .collect();
        assert_eq!(
            places,
            ["crates/edge/src/sale/http.rs", "crates/edge/src/stock.rs"]
        );
    }

    #[test]
    fn a_missing_list_is_a_finding() {
        assert_eq!(check(&Tree::default()).len(), 1);
    }
}
