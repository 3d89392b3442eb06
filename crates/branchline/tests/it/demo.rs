//! The demo as a visitor starts it: it loads real trade, serves it, and its books equal the input files.
use std::{
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use httpkit::clock::Stopwatch;
use serde_json::Value;

/// A folder that PostgreSQL's unprivileged user may enter.
pub fn folder() -> tempfile::TempDir {
    let folder = tempfile::Builder::new()
        .prefix("branchline-demo-")
        .tempdir()
        .unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// The command on a folder, on free ports.
pub fn demo(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_branchline"));
    command
        .args(["demo", "--port", "0", "--data"])
        .arg(folder)
        .args(arguments);
    command
}

/// A running demo, with what it has told about itself.
struct Running {
    process: Child,
    told: Value,
}

impl Running {
    fn start(folder: &Path) -> Self {
        let mut process = demo(folder, &["--history", "2", "--no-replay", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        Self { process, told }
    }

    fn signal(mut self, signal: &str) {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
        self.process.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, unless an assertion failed before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn check(folder: &Path) -> (Output, String) {
    let output = demo(folder, &["--check"]).output().unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    (output, text)
}

#[test]
fn the_books_equal_the_input_files_also_after_a_kill() {
    let folder = folder();
    let running = Running::start(folder.path());
    assert_eq!(running.told["locations"].as_array().unwrap().len(), 3);
    let (beside, text) = check(folder.path());
    assert!(beside.status.success(), "beside a running demo: {text}");
    running.signal("-KILL");

    let watch = Stopwatch::start();
    let again = Running::start(folder.path());
    let seconds = watch.elapsed().as_secs();
    assert!(seconds < 10, "the second start took {seconds} s");
    again.signal("-INT");

    let (alone, text) = check(folder.path());
    assert!(alone.status.success(), "{text}");
    assert!(
        text.contains("Differences by day and product: none"),
        "{text}"
    );
    assert!(
        text.contains("Shop 292, revenue") && text.contains("Avocado station, purchases"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_sold_is_listed() {
    let folder = folder();
    let output = demo(folder.path(), &["--rejected"]).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), 285);
    assert!(text.contains("quantity 0"), "{text}");
}

#[test]
fn an_authored_chain_has_its_books_in_order_and_a_folder_of_its_own() {
    let folder = folder();
    let check = |chain: &str| {
        let arguments = ["--chain", chain, "--history", "1", "--check"];
        let output = demo(folder.path(), &arguments).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        (output, text)
    };
    let (output, text) = check("buying");
    assert!(output.status.success(), "{text}");
    for part in [
        "The authored trade beside the cloud's books",
        "Summaries that are not the sum of their rows: none",
        "Differences by day and product: none",
    ] {
        assert!(text.contains(part), "{text}");
    }
    let (refused, _) = check("fashion");
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("home of the buying chain"), "{said}");
}
