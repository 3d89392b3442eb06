//! Files that move a shop in, from the command line.
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, bail};
use clap::Args;
use cloud::Cloud;
use cloud::import::{self, Import, Told};
use serde_json::Value;
use uuid::Uuid;

use super::ACTOR;

/// How much of a file goes into the database at once.
const PART: usize = 1 << 20;
/// How often it is said how far it is.
const TELL: Duration = Duration::from_secs(1);
/// Refused rows that are printed.
const SHOWN: usize = 20;

/// What to take in.
#[derive(Debug, Args)]
pub struct ImportOptions {
    /// A CSV: columns by comma, semicolon or tab; UTF-8, UTF-16, Windows-1258 or Windows-874
    file: PathBuf,
    /// What it is about: `locations`, `categories`, `brands`, `suppliers`, `containers`, `taxes`, `products`, `price_lists`,
    /// `prices`, `stock` or `staff`
    #[arg(long, value_parser = kind, default_value = "products")]
    kind: import::Kind,
    /// Only try it: nothing is kept
    #[arg(long)]
    dry_run: bool,
    /// How it is written, if the guess is wrong: `utf-8`, `windows-1258`, …
    #[arg(long)]
    encoding: Option<String>,
    /// What stands before decimals, `.` or `,`, if the guess is wrong
    #[arg(long)]
    decimal: Option<char>,
    /// In which time zone days and times are meant, if not that of most locations: `Asia/Bangkok`, …
    #[arg(long)]
    time_zone: Option<String>,
    /// Where the refused rows are written to
    #[arg(long)]
    errors: Option<PathBuf>,
}

/// What to write.
#[derive(Debug, Args)]
pub struct ExportOptions {
    /// What it is about: `products`, `prices` and so on, as for an import
    #[arg(value_parser = kind)]
    kind: import::Kind,
    /// Where to: a CSV, or a workbook if it ends with `.xlsx`
    file: PathBuf,
}

fn kind(name: &str) -> Result<import::Kind, String> {
    import::Kind::by_code(name).ok_or_else(|| {
        let known: Vec<&str> = import::Kind::ALL.iter().map(|kind| kind.code()).collect();
        format!("one of {}", known.join(", "))
    })
}

/// Takes a file in; says every second how far it is.
pub async fn run(cloud: &Cloud, id: Uuid, options: ImportOptions) -> anyhow::Result<()> {
    let content =
        std::fs::read(&options.file).with_context(|| format!("read {}", options.file.display()))?;
    let name = options.file.file_name().unwrap_or_default();
    import::begin(cloud, ACTOR, id, options.kind, &name.to_string_lossy()).await?;
    for (place, part) in (0..).zip(content.chunks(PART)) {
        import::put_part(cloud, ACTOR, id, place, part).await?;
    }
    let told = Told {
        encoding: options.encoding,
        decimal: options.decimal,
        time_zone: options.time_zone,
        ..Told::default()
    };
    let telling = tokio::spawn({
        let cloud = cloud.clone();
        async move {
            loop {
                tokio::time::sleep(TELL).await;
                if let Ok(now) = import::show(&cloud, ACTOR, id).await {
                    eprintln!("{} of {} rows", now.next_row, now.rows);
                }
            }
        }
    });
    let outcome = import::run_here(cloud, ACTOR, id, options.dry_run, &told).await;
    telling.abort();
    let import = outcome?;
    if let Some(failure) = &import.failure {
        bail!(
            "{} was not taken in: {}",
            options.file.display(),
            why_not(failure)
        );
    }
    tell(cloud, &import, options.errors).await
}

/// Why the whole file is refused, for a person at a command line.
fn why_not(failure: &Value) -> String {
    let names = |field: &str| -> String {
        let listed = failure.get(field).and_then(Value::as_array);
        let texts = listed.into_iter().flatten().filter_map(Value::as_str);
        texts.collect::<Vec<_>>().join(", ")
    };
    match failure.get("code").and_then(Value::as_str) {
        Some("import.header") => format!(
            "it lacks the columns: {}. It has: {:?}. Known are: {}",
            names("missing"),
            names("found"),
            names("expected")
        ),
        Some("import.empty") => "it has a header and no rows".to_owned(),
        Some("import.unreadable") => "it cannot be read as a table".to_owned(),
        Some("import.quote") => {
            let line = failure.get("at").and_then(Value::as_u64).unwrap_or(1);
            format!("a quote that is opened in line {line} is never closed")
        }
        _ => failure.to_string(),
    }
}

async fn tell(cloud: &Cloud, import: &Import, errors: Option<PathBuf>) -> anyhow::Result<()> {
    let Import {
        created,
        changed,
        unchanged,
        refused,
        ..
    } = import;
    let trial = if import.is_dry {
        " (a trial: nothing was kept)"
    } else {
        ""
    };
    println!(
        "created: {created}, changed: {changed}, unchanged: {unchanged}, refused: {refused}{trial}"
    );
    if *refused == 0 {
        return Ok(());
    }
    let table = import::errors(cloud, ACTOR, import.id).await?;
    match errors {
        Some(file) => {
            std::fs::write(&file, table).with_context(|| format!("write {}", file.display()))?;
            println!("The refused rows are in {}", file.display());
        }
        None => table
            .lines()
            .take(SHOWN + 1)
            .for_each(|line| println!("{line}")),
    }
    Ok(())
}

/// Writes a kind as a CSV or a workbook.
pub async fn export(cloud: &Cloud, options: ExportOptions) -> anyhow::Result<()> {
    let is_book = options.file.extension().is_some_and(|end| end == "xlsx");
    let form = if is_book {
        import::Form::Xlsx
    } else {
        import::Form::Csv
    };
    let table = import::export_table(cloud, ACTOR, options.kind, form).await?;
    std::fs::write(&options.file, table)
        .with_context(|| format!("write {}", options.file.display()))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::why_not;

    #[test]
    fn a_file_is_refused_in_words() {
        let cases = [
            (
                json!({"code": "import.header", "missing": ["sku", "name"], "found": ["article", "cost"], "expected": ["sku", "name", "price"]}),
                r#"it lacks the columns: sku, name. It has: "article, cost". Known are: sku, name, price"#,
            ),
            (
                json!({"code": "import.empty"}),
                "it has a header and no rows",
            ),
            (
                json!({"code": "import.unreadable"}),
                "it cannot be read as a table",
            ),
            (
                json!({"code": "import.quote", "at": 7}),
                "a quote that is opened in line 7 is never closed",
            ),
            (
                json!({"code": "import.other", "rows": 3}),
                r#"{"code":"import.other","rows":3}"#,
            ),
        ];
        for (failure, said) in cases {
            assert_eq!(why_not(&failure), said);
        }
    }
}
