use tokio_postgres::{Client, NoTls};

use super::db::{NEWEST, NUMBERED};
use crate::cluster::testing::TestDatabase;

/// Two years of sales at five locations: what a list must not read.
const HISTORY: &str = "
    insert into location select ('018bcfe5-6801-7000-8000-00000000000' || n)::uuid, 'L' || n, 'L' || n, 'shop', 'edge',
        'UTC', '', '2026-01-01' from generate_series(1, 5) n;
    select ensure_month((date '2024-03-01' + make_interval(months => n))::date) from generate_series(0, 24) n;
    insert into sale
      select ('018bcfe5-6801-7000-8000-00000000000' || n)::uuid, date '2024-03-05' + d, md5(n || '/' || d || '/' || i)::uuid,
             '018bcfe5-6801-7000-8000-000000000009', 1, d * 20 + i, 'till', null, null, null,
             '018bcfe5-6801-7000-8000-000000000008', 'L' || n || '-1-' || lpad((d * 20 + i)::text, 6, '0'),
             timestamptz '2024-03-05 08:00Z' + make_interval(days => d, mins => i), 8, 0, 1, 1, 100, 0, 7, 100, 0, '[]',
             '2026-03-01', '2026-03-01'
        from generate_series(1, 5) n, generate_series(0, 719) d, generate_series(1, 20) i;
    insert into tender
      select location_id, business_date, id, 0, 'cash', 100, null from sale;
    analyze";

async fn connect(database: &TestDatabase) -> Client {
    let (client, connection) = database.config().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// The plan as it is when the values are not known, which is the worst that a prepared statement can get.
async fn plan(client: &Client, types: &str, statement: &str, values: &str) -> Vec<String> {
    let text = format!(
        "set branchline.now = '2026-03-02T00:00:00Z'; set plan_cache_mode = force_generic_plan;
         prepare hot ({types}) as {statement}"
    );
    client.batch_execute(&text).await.unwrap();
    let rows = client
        .simple_query(&format!(
            "explain (analyze, costs off, timing off, summary off) execute hot({values})"
        ))
        .await
        .unwrap();
    client.batch_execute("deallocate hot").await.unwrap();
    rows.iter()
        .filter_map(|row| match row {
            tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        })
        .collect()
}

/// Rows that the nodes of a plan over `table` gave, whatever the partition.
fn rows_read(plan: &[String], table: &str) -> u64 {
    plan.iter()
        .filter(|line| !line.contains("Bitmap Index Scan"))
        .filter(|line| {
            line.contains(&format!(" on {table}_2")) || line.contains(&format!(" on {table} "))
        })
        .filter_map(|line| {
            let actual = line.split("actual rows=").nth(1)?;
            let (rows, rest) = actual.split_once(" loops=")?;
            let loops = rest.trim_end_matches(')');
            Some(rows.parse::<u64>().ok()? * loops.parse::<u64>().ok()?)
        })
        .sum()
}

const TYPES: &str = "uuid[], date, date, date, timestamptz, uuid, bigint";
const LOCATIONS: &str =
    "array['018bcfe5-6801-7000-8000-000000000001', '018bcfe5-6801-7000-8000-000000000002',
    '018bcfe5-6801-7000-8000-000000000003']::uuid[]";

#[tokio::test]
async fn a_page_of_sales_reads_a_page_of_each_location_and_no_history() {
    let name = format!("cloud_history_{}", crate::schema_fingerprint());
    let database = TestDatabase::create(&name, async |config| {
        crate::migrate(&config).await?;
        let (client, connection) = config.connect(NoTls).await?;
        let running = tokio::spawn(connection);
        client
            .batch_execute("set branchline.now = '2026-03-02T00:00:00Z'")
            .await?;
        client.batch_execute(HISTORY).await?;
        drop(client);
        running.await??;
        Ok::<(), anyhow::Error>(())
    })
    .await
    .unwrap();
    let client = connect(&database).await;
    let newest = format!(
        "{LOCATIONS}, '0001-01-01', '9999-12-31', '9999-12-31', 'infinity', '{}', 51",
        uuid::Uuid::max()
    );
    let paged = format!(
        "{LOCATIONS}, '2024-01-01', '2026-12-31', '2025-06-10', '2025-06-10 08:10Z', '{}', 51",
        uuid::Uuid::max()
    );
    for values in [newest, paged] {
        let plan = plan(&client, TYPES, NEWEST.text, &values).await;
        let shown = plan.join("\n");
        assert!(!shown.contains("Seq Scan on sale"), "{shown}");
        let read = rows_read(&plan, "sale");
        // Three locations, 51 rows each, and the first of each month where an index begins.
        assert!(
            (51..=3 * (51 + 30)).contains(&read),
            "{read} rows of sales\n{shown}"
        );
        let read = rows_read(&plan, "tender");
        assert!((1..=51).contains(&read), "{read} rows of tenders\n{shown}");
    }
    let max = uuid::Uuid::max();
    let values = format!(
        "{LOCATIONS}, '0001-01-01', '9999-12-31', '9999-12-31', 'infinity', '{max}', 51, 'L1-1-01234', 'L1-1-01234z'"
    );
    let plan = plan(
        &client,
        &format!("{TYPES}, text, text"),
        NUMBERED.text,
        &values,
    )
    .await;
    let read = rows_read(&plan, "sale");
    assert_eq!(read, 10, "{}", plan.join("\n"));
}
