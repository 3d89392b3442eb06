//! The text files of a checkout, by their path below its root.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

/// Bigger files are data, not something that a person wrote.
const FILE_BYTES_MAX: u64 = 2_000_000;

/// Every text file that git knows or would add.
#[derive(Debug, Default)]
pub struct Tree {
    texts: BTreeMap<String, String>,
    /// Files that are here but not text: a document may name them.
    others: Vec<String>,
}

impl Tree {
    pub fn of(root: &Path) -> anyhow::Result<Self> {
        let listed = Command::new("git")
            .args([
                "ls-files",
                "-z",
                "--cached",
                "--others",
                "--exclude-standard",
            ])
            .current_dir(root)
            .output()
            .context("ask git for the files")?;
        ensure!(
            listed.status.success(),
            "git: {}",
            String::from_utf8_lossy(&listed.stderr)
        );
        let mut tree = Self::default();
        for path in String::from_utf8(listed.stdout)?.split_terminator('\0') {
            let file = root.join(path);
            let Ok(found) = std::fs::symlink_metadata(&file) else {
                continue;
            };
            let text = if found.is_file() && found.len() <= FILE_BYTES_MAX {
                std::fs::read(&file)
                    .ok()
                    .and_then(|bytes| String::from_utf8(bytes).ok())
            } else {
                None
            };
            match text.filter(|text| !text.contains('\0')) {
                Some(text) => {
                    tree.texts.insert(path.to_owned(), text);
                }
                None => tree.others.push(path.to_owned()),
            }
        }
        Ok(tree)
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// Text files whose name ends so.
    pub fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.texts
            .iter()
            .filter(move |(path, _)| path.ends_with(end))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// All files, text or not.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.texts.keys().chain(&self.others).map(String::as_str)
    }

    /// Whether there is such a file, or a folder with files in it.
    pub fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.paths().any(|known| {
            known
                .strip_prefix(path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }

    #[cfg(test)]
    pub fn with(files: &[(&str, &str)]) -> Self {
        let texts = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        Self {
            texts: texts.collect(),
            others: Vec::new(),
        }
    }
}

/// Whether the file holds tests only.
pub fn is_test(path: &str) -> bool {
    path.ends_with("/tests.rs")
        || path.contains("/tests/")
        || path.contains("/testkit")
        || path.contains("/benches/")
}

/// The crate that a path belongs to.
pub fn crate_of(path: &str) -> Option<&str> {
    path.strip_prefix("crates/")?.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::Tree;

    #[test]
    fn a_folder_is_there_when_a_file_is_in_it() {
        let tree = Tree::with(&[("docs/adr/0001-x.md", "")]);
        for (path, there) in [
            ("docs/adr", true),
            ("docs/adr/", true),
            ("docs/adr/0001-x.md", true),
            ("docs/ad", false),
            ("docs/adr/0002-y.md", false),
        ] {
            assert_eq!(tree.has(path), there, "{path}");
        }
    }
}
