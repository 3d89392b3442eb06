//! The length of files and functions: a ratchet that reports what is long and refuses what grows.

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use super::Finding;
use super::tree::{Tree, is_test};

/// Ceilings above the general ones, each recorded with its reason; they only come down.
pub const RATCHET: &str = "crates/xtask/ratchet.toml";

const FILE_LINES_AIM: usize = 400;
const FILE_LINES_MAX: usize = 600;
const FUNCTION_LINES_AIM: usize = 40;
const FUNCTION_LINES_MAX: usize = 70;
const WORST_SHOWN: usize = 8;

/// Something with a length: `path` for a file, `path::function` for a function.
struct Measured {
    name: String,
    lines: usize,
    line: usize,
}

/// Prints the longest files and functions that are over the aim.
pub fn report(tree: &Tree) {
    for (what, aim, mut measured) in [
        ("files", FILE_LINES_AIM, files(tree)),
        ("functions", FUNCTION_LINES_AIM, functions(tree)),
    ] {
        measured.retain(|one| one.lines > aim);
        measured.sort_by_key(|one| std::cmp::Reverse(one.lines));
        if !measured.is_empty() {
            println!(
                "{} {what} are over {aim} lines; the longest:",
                measured.len()
            );
        }
        for Measured { name, lines, .. } in measured.iter().take(WORST_SHOWN) {
            println!("  {lines:>4}  {name}");
        }
    }
}

pub fn check(tree: &Tree) -> Vec<Finding> {
    let ratchet = tree.text(RATCHET).unwrap_or_default();
    let ceilings: Vec<(&str, usize)> = ratchet.lines().filter_map(parse).collect();
    let mut findings = over(&files(tree), FILE_LINES_MAX, &ceilings);
    findings.extend(over(&functions(tree), FUNCTION_LINES_MAX, &ceilings));
    let measured: Vec<Measured> = files(tree).into_iter().chain(functions(tree)).collect();
    for (name, ceiling) in ceilings {
        match measured.iter().find(|one| one.name == name) {
            None => findings.push(Finding::new(
                RATCHET,
                format!("{name} is gone: remove its line"),
            )),
            Some(one) if one.lines < ceiling => {
                findings.push(Finding::new(
                    RATCHET,
                    format!("{name} came down: lower its line to {}", one.lines),
                ));
            }
            Some(_) => {}
        }
    }
    findings
}

fn over(measured: &[Measured], general: usize, ceilings: &[(&str, usize)]) -> Vec<Finding> {
    let ceiling = |one: &Measured| {
        ceilings
            .iter()
            .find(|(name, _)| *name == one.name)
            .map_or(general, |(_, lines)| *lines)
    };
    measured
        .iter()
        .filter(|one| one.lines > ceiling(one))
        .map(|one| {
            let path = one.name.split("::").next().unwrap_or_default();
            let text = format!(
                "{} has {} lines, {} at most",
                one.name,
                one.lines,
                ceiling(one)
            );
            Finding::at(path, one.line, text)
        })
        .collect()
}

/// `"crates/x/src/y.rs::f" = 80  # why`
fn parse(line: &str) -> Option<(&str, usize)> {
    let (name, rest) = line.strip_prefix('"')?.split_once("\" = ")?;
    let digits = rest.split('#').next()?.trim();
    Some((name, digits.parse().ok()?))
}

/// Source files that people write; tests are tables and may be long.
fn files(tree: &Tree) -> Vec<Measured> {
    let ends = [".rs", ".ts", ".tsx"];
    ends.into_iter()
        .flat_map(|end| tree.ending(end))
        .filter(|(path, _)| {
            !is_test(path)
                && !path.contains(".gen.")
                && !path.contains(".test.")
                && !path.contains("/e2e/")
        })
        .map(|(path, text)| Measured {
            name: path.to_owned(),
            lines: text.lines().count(),
            line: 1,
        })
        .collect()
}

fn functions(tree: &Tree) -> Vec<Measured> {
    let mut functions = Vec::new();
    for (path, text) in tree.ending(".rs") {
        let (Ok(file), Ok(tokens)) = (syn::parse_file(text), text.parse()) else {
            continue; // said by the words' rule
        };
        let mut texts = Vec::new();
        long_texts(tokens, &mut texts);
        let mut functions = Functions {
            path,
            texts: &texts,
            found: &mut functions,
        };
        functions.visit_file(&file);
    }
    functions
}

/// The first and last lines of literals that go over several: statements of SQL, expected answers of tests.
fn long_texts(tokens: TokenStream, found: &mut Vec<(usize, usize)>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => long_texts(group.stream(), found),
            TokenTree::Literal(literal) => {
                let span = literal.span();
                found.push((span.start().line, span.end().line));
            }
            TokenTree::Ident(_) | TokenTree::Punct(_) => {}
        }
    }
    found.retain(|(first, last)| first < last);
}

struct Functions<'a> {
    path: &'a str,
    texts: &'a [(usize, usize)],
    found: &'a mut Vec<Measured>,
}

impl Functions<'_> {
    /// A text counts as one line: what makes a function hard to follow is its code.
    fn note(&mut self, signature: &syn::Signature, block: &syn::Block) {
        let first = signature.fn_token.span().start().line;
        let last = block.span().end().line;
        let within = self
            .texts
            .iter()
            .filter(|(from, to)| first <= *from && *to <= last);
        let of_texts: usize = within.map(|(from, to)| to - from).sum();
        self.found.push(Measured {
            name: format!("{}::{}", self.path, signature.ident),
            lines: last - first + 1 - of_texts,
            line: first,
        });
    }
}

impl<'ast> Visit<'ast> for Functions<'_> {
    fn visit_item_fn(&mut self, node: &'ast syn::ItemFn) {
        self.note(&node.sig, &node.block);
        visit::visit_item_fn(self, node);
    }

    fn visit_impl_item_fn(&mut self, node: &'ast syn::ImplItemFn) {
        self.note(&node.sig, &node.block);
        visit::visit_impl_item_fn(self, node);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn function(lines: usize) -> String {
        format!(
            "/// What it does.\nfn long() {{\n{}}}\n",
            "    step();\n".repeat(lines - 2)
        )
    }

    fn texts(files: &[(&str, &str)]) -> Vec<String> {
        check(&Tree::with(files))
            .into_iter()
            .map(|finding| finding.text)
            .collect()
    }

    #[test]
    fn functions_end_at_seventy_lines() {
        assert_eq!(texts(&[("a.rs", &function(70))]), Vec::<String>::new());
        assert_eq!(
            texts(&[("a.rs", &function(71))]),
            ["a.rs::long has 71 lines, 70 at most"]
        );
    }

    #[test]
    fn a_text_of_many_lines_counts_as_one() {
        let statement = format!("    sql!(\"select 1{}\");\n", "\n        or 1".repeat(60));
        let text = function(69).replacen("    step();\n", &format!("    step();\n{statement}"), 1);
        assert_eq!(texts(&[("a.rs", &text)]), Vec::<String>::new());
        let two = text.replacen("    step();\n", "    step();\n    step();\n", 1);
        assert_eq!(
            texts(&[("a.rs", &two)]),
            ["a.rs::long has 71 lines, 70 at most"]
        );
    }

    #[test]
    fn files_end_at_six_hundred_lines_except_tests() {
        let long = "// line\n".repeat(601);
        assert_eq!(
            texts(&[("crates/edge/src/sale.rs", &long)]),
            ["crates/edge/src/sale.rs has 601 lines, 600 at most"]
        );
        assert_eq!(texts(&[("web/src/pos/SalePage.tsx", &long)]).len(), 1);
        assert_eq!(
            texts(&[("crates/edge/src/sale/tests.rs", &long)]),
            Vec::<String>::new()
        );
        assert_eq!(
            texts(&[("web/src/api/edge.gen.ts", &long)]),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_recorded_ceiling_holds_and_only_comes_down() {
        let ratchet = "# why\n\"a.rs::long\" = 75  # one arm per event\n";
        assert_eq!(
            texts(&[("a.rs", &function(75)), (RATCHET, ratchet)]),
            Vec::<String>::new()
        );
        assert_eq!(
            texts(&[("a.rs", &function(76)), (RATCHET, ratchet)]),
            ["a.rs::long has 76 lines, 75 at most"]
        );
        assert_eq!(
            texts(&[("a.rs", &function(72)), (RATCHET, ratchet)]),
            ["a.rs::long came down: lower its line to 72"]
        );
        assert_eq!(
            texts(&[(RATCHET, ratchet)]),
            ["a.rs::long is gone: remove its line"]
        );
    }
}
