//! Runs of seeds: each worker has a thread, a runtime and databases of its own.
use std::{
    collections::BTreeSet,
    ops::Range,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use super::{cloud::Cluster, mutant::Mutant, options::Options, template::Template, world::World};
use crate::protocol::{
    Violation,
    run::{Outcome, Summary},
};

/// What workers share: the prepared company.
pub struct Prepared {
    template: Template,
    cluster: Arc<Cluster>,
}

/// A runtime for one worker.
///
/// # Errors
/// The system's.
pub fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
}

impl Prepared {
    /// Prepares the company.
    ///
    /// # Errors
    /// When there is no PostgreSQL here, or nothing can be written.
    pub async fn new() -> anyhow::Result<Self> {
        Ok(Self {
            template: Template::prepare().await?,
            cluster: Arc::new(Cluster::of_the_run().await?),
        })
    }

    /// Runs a world to its end. Steps in `skipped` do nothing but let time pass.
    pub async fn run(
        &self,
        worker: usize,
        options: &Options,
        skipped: &BTreeSet<u64>,
        traces: bool,
    ) -> Outcome {
        let name = format!("system_{}_{worker}", std::process::id());
        let world = World::new(
            &self.template,
            &self.cluster,
            &name,
            options.clone(),
            traces,
        )
        .await;
        let mut world = match world {
            Ok(world) => world,
            Err(error) => return failed(&error),
        };
        let lived = lived(&mut world, skipped).await;
        let step = world.step;
        match world.close().await {
            Err(error) => failed(&error),
            Ok(world) => Outcome {
                steps: step,
                hash: world.hash,
                coverage: world.coverage,
                violation: lived.err().map(|error| violation(&error, step)),
                trace: world.trace.unwrap_or_default(),
            },
        }
    }
}

/// Runs the seeds, each once, and stops soon after one has failed.
///
/// # Errors
/// When nothing can be prepared.
pub fn seeds(range: Range<u64>, mutant: Option<Mutant>, workers: usize) -> anyhow::Result<Summary> {
    let preparing = runtime()?;
    let prepared = preparing.block_on(Prepared::new())?;
    let (next, end) = (AtomicU64::new(range.start), AtomicU64::new(range.end));
    let total = Mutex::new(Summary::default());
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..workers.max(1))
            .map(|worker| {
                scope.spawn({
                    let (prepared, next, end, total) = (&prepared, &next, &end, &total);
                    move || work(prepared, worker, mutant, next, end, total)
                })
            })
            .collect();
        for thread in threads {
            match thread.join() {
                Ok(worked) => worked?,
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        anyhow::Ok(())
    })?;
    Ok(total.into_inner().unwrap_or_else(PoisonError::into_inner))
}

fn work(
    prepared: &Prepared,
    worker: usize,
    mutant: Option<Mutant>,
    next: &AtomicU64,
    end: &AtomicU64,
    total: &Mutex<Summary>,
) -> anyhow::Result<()> {
    let runtime = runtime()?;
    let mut own = Summary::default();
    loop {
        let seed = next.fetch_add(1, Ordering::Relaxed);
        if seed >= end.load(Ordering::Relaxed) {
            break;
        }
        let options = Options::of(seed, mutant);
        let outcome = runtime.block_on(prepared.run(worker, &options, &BTreeSet::new(), false));
        own.take(seed, outcome);
        if own.failed.is_some() {
            end.fetch_min(seed, Ordering::Relaxed);
            break;
        }
    }
    total
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .join(own);
    Ok(())
}

async fn lived(world: &mut World, skipped: &BTreeSet<u64>) -> anyhow::Result<()> {
    world.check().await?;
    for step in 0..world.options.steps {
        world.advance(step, skipped.contains(&step)).await?;
    }
    world.heal().await
}

/// A rule that did not hold, or a failure where none may be.
fn violation(error: &anyhow::Error, step: u64) -> Violation {
    error
        .downcast_ref::<Violation>()
        .cloned()
        .unwrap_or_else(|| Violation {
            step,
            rule: "failure",
            detail: format!("{error:#}"),
        })
}

fn failed(error: &anyhow::Error) -> Outcome {
    Outcome {
        steps: 0,
        hash: 0,
        coverage: crate::protocol::fault::Coverage::default(),
        violation: Some(violation(error, 0)),
        trace: Vec::new(),
    }
}
