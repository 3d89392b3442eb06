//! The storm, as a visitor sees it: stopped halfway, and played to its end on what that left behind.
use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::demo::{demo, folder};

/// A storm that is being played, with what it has told about itself.
struct Running {
    process: Child,
    page: String,
}

impl Running {
    fn start(folder: &Path) -> Self {
        let mut process = demo(folder, &["--storm", "--json"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let page = told["storm"].as_str().unwrap().to_owned();
        Self { process, page }
    }

    /// What the page shows, once it is so.
    async fn until(&self, is_so: impl Fn(&Value) -> bool) -> Value {
        for _ in 0..600 {
            let answer = reqwest::get(format!("{}/state", self.page)).await.unwrap();
            let state: Value = answer.json().await.unwrap();
            if is_so(&state) {
                return state;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("the storm does not get that far");
    }

    fn interrupt(mut self) -> i32 {
        let pid = self.process.id().to_string();
        let killed = Command::new("kill").args(["-INT", &pid]).status().unwrap();
        assert!(killed.success());
        self.process.wait().unwrap().code().unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, unless an assertion failed before.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn a_storm_holds_also_after_one_that_was_stopped_halfway() {
    let folder = folder();
    let running = Running::start(folder.path());
    let page = reqwest::get(&running.page).await.unwrap();
    assert!(page.text().await.unwrap().contains("<!doctype html>"));
    let state = running
        .until(|state| state["shops"][1]["pending"].as_i64() > Some(5))
        .await;
    assert_eq!(state["phase"], "cut", "{state}");
    assert_eq!(state["shops"][1]["up"], false, "{state}");
    assert_eq!(state["verdict"], Value::Null, "{state}");
    assert_eq!(running.interrupt(), 0);

    let output = demo(folder.path(), &["--storm", "--check", "--json"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let verdict: Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let zero = ["oversold", "lost", "doubled", "left"].map(|name| verdict[name].clone());
    assert_eq!(zero, [0, 0, 0, 0].map(|zero| json!(zero)), "{verdict}");
    let sold = |of: &Value| of.as_i64().unwrap();
    let (web, shops) = (&verdict["web"], &verdict["shops"]);
    assert_eq!(
        sold(web) + sold(&shops[0]) + sold(&shops[1]),
        300,
        "{verdict}"
    );
    // What it had given to the web before, the shop that was cut off has not sold.
    assert_eq!((sold(&shops[1]), sold(web) >= 40), (110, true), "{verdict}");
}
