use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
    mpsc,
};

use httpkit::clock::SystemClock;

use super::*;
use crate::db::{Sql, sql};

/// What a test job does: keep a refused write under a number, which any table without rules could be.
fn keep(tx: &Tx<'_>, number: u8) -> Result<(), DbError> {
    const KEEP: Sql = sql!("insert into feed_cursor (feed, cursor) values (?1, 'x')");
    tx.execute(KEEP, [number.to_string()]).map(drop)
}

type Work = fn(&Tx<'_>) -> Result<(), DbError>;

struct Bench {
    writer: Arc<Writer>,
    told: Arc<Mutex<Vec<Change>>>,
    file: crate::db::File,
    _folder: tempfile::TempDir,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let (file, connection) =
        crate::db::open(folder.path(), crate::db::lock(folder.path()).unwrap()).unwrap();
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = {
        let told = Arc::clone(&told);
        Box::new(move |changes: Vec<Change>| told.lock().unwrap().extend(changes))
    };
    let writer = Writer::start(
        connection,
        Arc::new(SystemClock),
        listener,
        Box::new(|| false),
    )
    .unwrap();
    Bench {
        writer: Arc::new(writer),
        told,
        file,
        _folder: folder,
    }
}

impl Bench {
    fn kept(&self) -> Vec<String> {
        let reader = self.file.reader().unwrap();
        let mut rows = reader
            .prepare("select feed from feed_cursor order by cast(feed as integer)")
            .unwrap();
        rows.query_map([], |row| row.get(0))
            .unwrap()
            .collect::<Result<_, _>>()
            .unwrap()
    }

    /// Holds the writer until the sender is dropped, so that what is sent meanwhile shares one commit.
    async fn hold(&self) -> mpsc::Sender<()> {
        let (release, held) = mpsc::channel::<()>();
        let held = Mutex::new(held);
        let (begun, has_begun) = oneshot::channel();
        let begun = Mutex::new(Some(begun));
        let writer = Arc::clone(&self.writer);
        tokio::spawn(async move {
            writer
                .write(move |_, _| {
                    if let Some(begun) = begun.lock().unwrap().take() {
                        begun.send(()).unwrap();
                    }
                    let _ = held.lock().unwrap().recv();
                    Ok::<_, DbError>(())
                })
                .await
        });
        has_begun.await.unwrap();
        release
    }
}

#[tokio::test]
async fn a_failing_job_takes_no_neighbour_with_it() {
    let bench = bench();
    let release = bench.hold().await;
    let jobs: Vec<_> = (0..10_u8)
        .map(|number| {
            let writer = Arc::clone(&bench.writer);
            tokio::spawn(async move {
                writer
                    .write(move |tx, _| {
                        keep(tx, number)?;
                        tx.announce(Change::Recorded(
                            i64::from(number),
                            wire::event::Hash::GENESIS,
                        ));
                        match number {
                            3 => Err(DbError::IdTaken),
                            7 => panic!("a bug in one job"),
                            _ => Ok(number),
                        }
                    })
                    .await
            })
        })
        .collect();
    while bench.writer.waiting() < 11 {
        tokio::task::yield_now().await;
    }
    drop(release);
    let mut answers = Vec::new();
    for job in jobs {
        answers.push(job.await.unwrap().map_err(|error| error.to_string()));
    }
    let failed: Vec<usize> = (0..10).filter(|&job| answers[job].is_err()).collect();
    assert_eq!(failed, [3, 7], "{answers:?}");
    assert_eq!(bench.kept(), ["0", "1", "2", "4", "5", "6", "8", "9"]);
    bench.writer.stop();
    let told: Vec<i64> = bench
        .told
        .lock()
        .unwrap()
        .iter()
        .map(|change| match change {
            Change::Recorded(number, _) => *number,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(told, [0, 1, 2, 4, 5, 6, 8, 9]);
}

#[tokio::test]
async fn a_job_that_fills_the_disk_fails_alone() {
    let bench = bench();
    let runs = Arc::new(AtomicUsize::new(0));
    let writer = Arc::clone(&bench.writer);
    let limit = |pages: Option<i64>| writer.write(move |tx, _| tx.limit_pages(pages));
    let room: i64 = bench
        .writer
        .write(|tx, _| {
            tx.one(sql!("pragma page_count"), [], |row| row.get(0))
                .map(Option::unwrap_or_default)
        })
        .await
        .unwrap();
    limit(Some(room + 4)).await.unwrap();

    let release = bench.hold().await;
    let mut jobs = Vec::new();
    for number in 0..3_u8 {
        let (writer, runs) = (Arc::clone(&bench.writer), Arc::clone(&runs));
        jobs.push(tokio::spawn(async move {
            writer
                .write(move |tx, _| {
                    runs.fetch_add(1, Ordering::Relaxed);
                    keep(tx, number)?;
                    if number == 1 {
                        const FILL: Sql =
                            sql!("insert into feed_cursor (feed, cursor) values ('big', ?1)");
                        tx.execute(FILL, ["x".repeat(1 << 20)])?;
                    }
                    Ok::<_, DbError>(())
                })
                .await
        }));
    }
    while bench.writer.waiting() < 4 {
        tokio::task::yield_now().await;
    }
    drop(release);
    let mut answers = Vec::new();
    for job in jobs {
        answers.push(job.await.unwrap().map_err(|error| error.to_string()));
    }
    assert_eq!(
        answers,
        [Ok(()), Err("the disk is full".to_owned()), Ok(())]
    );
    assert_eq!(bench.kept(), ["0", "2"]);

    // With space again, it goes on as if nothing had been.
    limit(None).await.unwrap();
    bench.writer.write(|tx, _| keep(tx, 9)).await.unwrap();
    assert_eq!(bench.kept(), ["0", "2", "9"]);
    bench.writer.stop();
}

#[tokio::test]
async fn what_waits_at_the_end_is_still_written_and_later_work_is_refused() {
    let bench = bench();
    let release = bench.hold().await;
    let writer = Arc::clone(&bench.writer);
    let waiting = tokio::spawn(async move { writer.write(|tx, _| keep(tx, 1)).await });
    while bench.writer.waiting() < 2 {
        tokio::task::yield_now().await;
    }
    let writer = Arc::clone(&bench.writer);
    let stopping = std::thread::spawn(move || writer.stop());
    drop(release);
    waiting.await.unwrap().unwrap();
    stopping.join().unwrap();
    let late = bench.writer.write(|tx, _| keep(tx, 2)).await;
    assert!(matches!(late, Err(DbError::Stopped)), "{late:?}");
    assert_eq!(bench.kept(), ["1"]);
}

#[tokio::test]
async fn a_full_queue_says_so_at_once() {
    let bench = bench();
    let release = bench.hold().await;
    let mut jobs = Vec::new();
    for _ in 0..QUEUE {
        let writer = Arc::clone(&bench.writer);
        jobs.push(tokio::spawn(async move {
            writer.write(|_, _| Ok::<_, DbError>(())).await
        }));
    }
    while bench.writer.waiting() < QUEUE + 1 {
        tokio::task::yield_now().await;
    }
    let refused = bench.writer.write(|_, _| Ok::<_, DbError>(())).await;
    assert!(matches!(refused, Err(DbError::Busy)), "{refused:?}");
    drop(release);
    for job in jobs {
        job.await.unwrap().unwrap();
    }
    bench.writer.stop();
}

#[tokio::test]
async fn a_failing_disk_makes_the_shop_read_only_until_it_is_started_again() {
    let bench = bench();
    let release = bench.hold().await;
    let work: [Work; 2] = [
        |tx| keep(tx, 1),
        |tx| {
            keep(tx, 2)?;
            let failure = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
            tx.noted(Err(rusqlite::Error::SqliteFailure(failure, None)))
        },
    ];
    let jobs = work.map(|work| {
        let writer = Arc::clone(&bench.writer);
        tokio::spawn(async move { writer.write(move |tx, _| work(tx)).await })
    });
    while bench.writer.waiting() < 3 {
        tokio::task::yield_now().await;
    }
    drop(release);
    for job in jobs {
        let answer = job.await.unwrap();
        assert!(matches!(answer, Err(DbError::ReadOnly)), "{answer:?}");
    }
    assert!(bench.writer.is_broken());
    let later = bench.writer.write(|tx, _| keep(tx, 3)).await;
    assert!(matches!(later, Err(DbError::ReadOnly)), "{later:?}");
    assert_eq!(bench.kept(), Vec::<String>::new());
    assert_eq!(*bench.told.lock().unwrap(), [Change::Node]);
    bench.writer.stop();
}
