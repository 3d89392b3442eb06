//! The API documents in `docs/api`, written by the binary that serves them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, ensure};

const SIDES: [&str; 2] = ["edge", "cloud"];

/// Writes both documents, or says with `check` whether they are current. Asks `binary`, or without one
/// the binary of this checkout, which is built first.
pub fn run(root: &Path, check: bool, binary: Option<&Path>) -> anyhow::Result<bool> {
    let folder = root.join("docs/api");
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    let mut current = true;
    for side in SIDES {
        let path = folder.join(format!("{side}.json"));
        let fresh = document(root, side, binary)?;
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        if written == fresh {
            continue;
        }
        if check {
            println!(
                "docs/api/{side}.json is not current: run `cargo xtask openapi`, then `npm run api` in web"
            );
            current = false;
        } else {
            std::fs::write(&path, fresh).with_context(|| format!("write {}", path.display()))?;
            println!("Wrote docs/api/{side}.json");
        }
    }
    Ok(current)
}

fn document(root: &Path, side: &str, binary: Option<&Path>) -> anyhow::Result<String> {
    let mut command = if let Some(binary) = binary {
        Command::new(binary)
    } else {
        let mut command = crate::cargo();
        command.args(["run", "--quiet", "--package", "branchline", "--"]);
        command
    };
    let output = command
        .args(["openapi", side])
        .current_dir(root)
        .output()
        .context("run branchline")?;
    ensure!(
        output.status.success(),
        "branchline openapi {side} failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    pretty(&output.stdout).with_context(|| format!("the document of {side}"))
}

/// One member per line, in the order of the names, so that a change of the API is a readable change of the file.
fn pretty(document: &[u8]) -> anyhow::Result<String> {
    let document: serde_json::Value = serde_json::from_slice(document)?;
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_document_is_written_one_member_per_line() {
        let document = super::pretty(br#"{"openapi":"3.1.0"}"#).unwrap();
        assert_eq!(document, "{\n  \"openapi\": \"3.1.0\"\n}\n");
        assert!(super::pretty(b"thread main panicked").is_err());
    }
}
