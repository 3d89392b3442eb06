//! Calls that are banned where clippy does not look: in SQL text, and prints in library crates.
//!
//! Time, ids and randomness are parameters of every statement: a replayed day and the simulation
//! could not set them otherwise.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};

use super::Finding;
use super::tree::{Tree, crate_of, is_test};

/// Words of SQL that ask the server for the time.
const CLOCK_WORDS: [&str; 5] = [
    "current_timestamp",
    "current_date",
    "current_time",
    "localtimestamp",
    "localtime",
];
/// Functions of SQL that ask the server for the time, an id or randomness.
const FUNCTIONS: [&str; 8] = [
    "now",
    "clock_timestamp",
    "statement_timestamp",
    "transaction_timestamp",
    "timeofday",
    "unixepoch",
    "gen_random_uuid",
    "uuid_generate_v4",
];
/// What makes a text in Rust a statement of SQL.
const STATEMENTS: [&str; 9] = [
    "select",
    "insert",
    "update",
    "delete",
    "create",
    "alter",
    "with",
    "where",
    "returning",
];

/// Crates whose output is their callers' business.
const LIBRARIES: [&str; 6] = ["retail", "wire", "httpkit", "edge", "cloud", "traffic"];
const PRINTS: [&str; 5] = ["println", "print", "eprintln", "eprint", "dbg"];

pub fn check(tree: &Tree) -> Vec<Finding> {
    let rust = tree
        .ending(".rs")
        .filter(|(path, _)| crate_of(path) != Some("xtask"))
        .flat_map(|(path, text)| in_rust(path, text));
    let sql = tree.ending(".sql").flat_map(|(path, text)| {
        let lines = text.lines().enumerate();
        lines.filter_map(move |(number, line)| {
            banned_in_sql(line).map(|what| at(path, number + 1, &what))
        })
    });
    rust.chain(sql).collect()
}

fn at(path: &str, line: usize, what: &str) -> Finding {
    Finding::at(path, line, format!("{what} in SQL: pass it as a parameter"))
}

fn in_rust(path: &str, text: &str) -> Vec<Finding> {
    let Ok(tokens) = text.parse::<TokenStream>() else {
        return Vec::new();
    }; // said by the words' rule
    let mut findings = Vec::new();
    texts_in(tokens, &mut |text, first_line| {
        if !is_sql(text) {
            return;
        }
        for (number, line) in text.lines().enumerate() {
            findings.extend(banned_in_sql(line).map(|what| at(path, first_line + number, &what)));
        }
    });
    if let Ok(file) = syn::parse_file(text) {
        let mut said = Said {
            path,
            library: is_library(path),
            findings: &mut findings,
        };
        said.visit_file(&file);
    }
    findings
}

fn is_library(path: &str) -> bool {
    crate_of(path).is_some_and(|name| LIBRARIES.contains(&name))
        && path.contains("/src/")
        && !is_test(path)
}

/// Calls `each` with every string in the tokens and its first line, also inside macros, but not with doc comments.
fn texts_in(tokens: TokenStream, each: &mut impl FnMut(&str, usize)) {
    let mut before = [String::new(), String::new()];
    for token in tokens {
        match &token {
            TokenTree::Group(group) => texts_in(group.stream(), each),
            TokenTree::Literal(literal) if before != ["doc", "="] => {
                if let syn::Lit::Str(text) = syn::Lit::new(literal.clone()) {
                    each(&text.value(), literal.span().start().line);
                }
            }
            _ => {}
        }
        before.rotate_left(1);
        before[1] = match token {
            TokenTree::Group(_) => String::new(),
            other => other.to_string(),
        };
    }
}

fn is_sql(text: &str) -> bool {
    words(text).any(|(word, _)| STATEMENTS.contains(&word.as_str()))
}

/// The first banned call in one line of SQL.
fn banned_in_sql(line: &str) -> Option<String> {
    let code = line.split("--").next().unwrap_or_default();
    if code.contains("'now'") {
        return Some("'now'".to_owned());
    }
    words(code).find_map(|(word, called)| {
        let banned =
            CLOCK_WORDS.contains(&word.as_str()) || called && FUNCTIONS.contains(&word.as_str());
        banned.then_some(word)
    })
}

/// The words of a line in lower case, each with whether it is called.
fn words(code: &str) -> impl Iterator<Item = (String, bool)> {
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_';
    let mut rest = code;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches(|letter| !is_word(letter));
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        rest = after;
        Some((word.to_lowercase(), after.trim_start().starts_with('(')))
    })
}

/// Looks for prints in libraries and for tests that are switched off.
struct Said<'a> {
    path: &'a str,
    library: bool,
    findings: &'a mut Vec<Finding>,
}

impl<'ast> Visit<'ast> for Said<'_> {
    fn visit_macro(&mut self, node: &'ast syn::Macro) {
        if let Some(name) = node.path.get_ident()
            && self.library
            && PRINTS.iter().any(|print| name == print)
        {
            let text = format!("{name}! in a library: log it with tracing, or return it");
            self.findings
                .push(Finding::at(self.path, name.span().start().line, text));
        }
        visit::visit_macro(self, node);
    }

    fn visit_item_mod(&mut self, node: &'ast syn::ItemMod) {
        let library = self.library;
        self.library &= !node
            .attrs
            .iter()
            .any(|attribute| attribute.path().is_ident("cfg"));
        visit::visit_item_mod(self, node);
        self.library = library;
    }

    fn visit_attribute(&mut self, node: &'ast syn::Attribute) {
        if let Some(name) = node.path().get_ident()
            && name == "ignore"
        {
            let text = "a test that never runs proves nothing: mend it or remove it";
            self.findings
                .push(Finding::at(self.path, name.span().start().line, text));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(path: &str, text: &str) -> Vec<String> {
        check(&Tree::with(&[(path, text)]))
            .into_iter()
            .map(|finding| finding.place)
            .collect()
    }

    #[test]
    fn the_servers_clock_is_banned_in_sql_files() {
        let text = "\
create table a (made_at timestamptz default now());
select current_timestamp;
select datetime('now');
insert into a values (gen_random_uuid());
select now from a; -- now() is banned
select known(1), nowhere(2);
";
        assert_eq!(
            places("m.sql", text),
            ["m.sql:1", "m.sql:2", "m.sql:3", "m.sql:4"]
        );
    }

    #[test]
    fn and_in_the_sql_of_rust_also_inside_macros() {
        let text = r#"
const A: Sql = sql!("select id
    from sale where closed_at < now()", () -> ());
fn f() { tx.execute("delete from session where expires_at < CURRENT_TIMESTAMP"); }
/// Like `select now()`, but injected.
fn g() { clock.now(); let text = "the shop is open now (again)"; }
"#;
        assert_eq!(
            places("crates/cloud/src/sale/db.rs", text),
            [
                "crates/cloud/src/sale/db.rs:3",
                "crates/cloud/src/sale/db.rs:4",
            ]
        );
    }

    #[test]
    fn libraries_do_not_print() {
        let text = "fn f() { println!(); }\n#[cfg(test)] mod tests { fn f() { println!(); } }";
        assert_eq!(
            places("crates/edge/src/sale.rs", text),
            ["crates/edge/src/sale.rs:1"]
        );
        assert_eq!(
            places("crates/branchline/src/demo.rs", text),
            Vec::<String>::new()
        );
        assert_eq!(
            places("crates/edge/tests/it/sale.rs", text),
            Vec::<String>::new()
        );
    }

    #[test]
    fn tests_are_not_switched_off() {
        assert_eq!(
            places(
                "crates/edge/src/sale/tests.rs",
                "#[test]\n#[ignore]\nfn t() {}"
            ),
            ["crates/edge/src/sale/tests.rs:2"]
        );
    }
}
