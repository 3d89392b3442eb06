//! Words that this project does not use in the names it gives. GLOSSARY.md has those it does.

use syn::visit::{self, Visit};

use super::Finding;
use super::tree::{Tree, crate_of};

/// The word, and what to say for it.
const BANNED: [(&str, &str); 12] = [
    (
        "store",
        "a shop is a location; keeping is record or save; the database is db",
    ),
    ("stores", "shops are locations"),
    ("outlet", "a shop is a location"),
    ("tenant", "one deployment is one company"),
    ("vendor", "who sells to us is the supplier"),
    ("inventory", "it is stock: on hand, movement, count"),
    ("terminal", "a selling point is a register"),
    ("helper", "name what it does"),
    ("helpers", "name what they do"),
    ("util", "name what it does"),
    ("utils", "name what they do"),
    ("misc", "name what it is"),
];

/// The binary talks to a real one, in which the demo runs.
const ALLOWED: [(&str, &str); 1] = [("branchline", "terminal")];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let rust = tree
        .ending(".rs")
        .flat_map(|(path, text)| in_rust(path, text));
    let sql = tree
        .ending(".sql")
        .flat_map(|(path, text)| in_sql(path, text));
    rust.chain(sql).collect()
}

fn in_rust(path: &str, text: &str) -> Vec<Finding> {
    let file = match syn::parse_file(text) {
        Ok(file) => file,
        Err(error) => {
            return vec![Finding::at(
                path,
                error.span().start().line,
                format!("does not parse: {error}"),
            )];
        }
    };
    let mut given = Given {
        names: Vec::new(),
        of_a_trait: false,
    };
    given.visit_file(&file);
    given
        .names
        .into_iter()
        .filter_map(|(name, line)| Some(Finding::at(path, line, objection(path, &name)?)))
        .collect()
}

fn in_sql(path: &str, text: &str) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("--").next().unwrap_or_default();
        // Text in quotes is a value, not a name.
        for part in code.split('\'').step_by(2) {
            let names = part.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
            findings.extend(
                names
                    .filter_map(|name| objection(path, name))
                    .map(|text| Finding::at(path, number + 1, text)),
            );
        }
    }
    findings
}

fn objection(path: &str, name: &str) -> Option<String> {
    let words = words_of(name);
    let is_allowed =
        |word: &str| crate_of(path).is_some_and(|crate_name| ALLOWED.contains(&(crate_name, word)));
    let (banned, instead) = BANNED
        .iter()
        .find(|(banned, _)| words.iter().any(|word| word == banned) && !is_allowed(banned))?;
    Some(format!("`{name}` says {banned}: {instead}"))
}

/// `StockLedger` and `stock_ledger` are both stock, ledger.
fn words_of(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for letter in name.chars() {
        if letter == '_' || letter.is_uppercase() && !words.last().is_some_and(String::is_empty) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut()
            && letter != '_'
        {
            word.extend(letter.to_lowercase());
        }
    }
    words
}

/// Collects the names that the file gives, as against those that it uses.
struct Given {
    names: Vec<(String, usize)>,
    /// Whether the methods being visited implement a trait.
    of_a_trait: bool,
}

impl Given {
    fn note(&mut self, name: &syn::Ident) {
        self.names
            .push((name.to_string(), name.span().start().line));
    }
}

macro_rules! notes {
    ($($visit:ident, $node:ty, $name:ident;)*) => {
        $(fn $visit(&mut self, node: &'ast $node) {
            self.note(&node.$name);
            visit::$visit(self, node);
        })*
    };
}

impl<'ast> Visit<'ast> for Given {
    notes! {
        visit_item_struct, syn::ItemStruct, ident;
        visit_item_enum, syn::ItemEnum, ident;
        visit_item_trait, syn::ItemTrait, ident;
        visit_item_type, syn::ItemType, ident;
        visit_item_mod, syn::ItemMod, ident;
        visit_item_const, syn::ItemConst, ident;
        visit_item_static, syn::ItemStatic, ident;
        visit_variant, syn::Variant, ident;
        visit_pat_ident, syn::PatIdent, ident;
    }

    fn visit_signature(&mut self, node: &'ast syn::Signature) {
        if !self.of_a_trait {
            self.note(&node.ident);
        }
        visit::visit_signature(self, node);
    }

    fn visit_field(&mut self, node: &'ast syn::Field) {
        if let Some(name) = &node.ident {
            self.note(name);
        }
        visit::visit_field(self, node);
    }

    fn visit_item_impl(&mut self, node: &'ast syn::ItemImpl) {
        // The methods of a trait have the names that the trait gave them.
        let outer = std::mem::replace(&mut self.of_a_trait, node.trait_.is_some());
        visit::visit_item_impl(self, node);
        self.of_a_trait = outer;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &str, text: &str) -> Vec<String> {
        check(&Tree::with(&[(path, text)]))
            .into_iter()
            .map(|finding| finding.place)
            .collect()
    }

    #[test]
    fn names_that_are_given_are_checked() {
        let text = "\
struct SaleStore;
enum Kind { Outlet }
fn store_sale(vendor: u8) {}
fn f() { let inventory = 1; }
struct S { tenant_id: u8 }
mod utils {}
";
        assert_eq!(
            lines("a.rs", text),
            [
                "a.rs:1", "a.rs:2", "a.rs:3", "a.rs:3", "a.rs:4", "a.rs:5", "a.rs:6"
            ]
        );
    }

    #[test]
    fn names_that_are_used_and_longer_words_are_not() {
        let text = "\
fn f(flag: &AtomicBool) { flag.store(true, Ordering::Relaxed); let restored = \"store\"; }
struct StoredEvent { terminals: u8 }
impl Sink for StoredEvent { fn store(&self, event: u8) {} }
";
        assert_eq!(lines("a.rs", text), Vec::<String>::new());
    }

    #[test]
    fn sql_names_are_checked_and_its_texts_are_not() {
        let text = "create table store_hours ( -- of a store\n  kind text check (kind in ('store')),\n  vendor uuid\n);\n";
        assert_eq!(
            lines("crates/cloud/migrations/V001__x.sql", text),
            [
                "crates/cloud/migrations/V001__x.sql:1",
                "crates/cloud/migrations/V001__x.sql:3",
            ]
        );
    }

    #[test]
    fn a_file_that_does_not_parse_is_a_finding() {
        assert_eq!(lines("a.rs", "fn ("), ["a.rs:1"]);
    }
}
