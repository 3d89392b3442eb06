//! A graceful end: one trigger, many that wait for it.
use tokio::sync::watch;

/// Fires the shutdown once; dropping it fires too.
#[derive(Debug)]
pub struct Trigger(watch::Sender<bool>);

/// Waits for the shutdown. Clones wait for the same one.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<bool>);

impl Shutdown {
    /// A trigger and what waits for it.
    #[must_use]
    pub fn new() -> (Trigger, Self) {
        let (sender, receiver) = watch::channel(false);
        (Trigger(sender), Self(receiver))
    }

    /// Returns when the trigger was fired or dropped.
    pub async fn wait(&self) {
        let mut receiver = self.0.clone();
        // An error means that the trigger is gone, which is the end as well.
        let _ = receiver.wait_for(|fired| *fired).await;
    }

    /// Whether the end has begun.
    #[must_use]
    pub fn is_fired(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}

impl Trigger {
    /// Begins the end.
    pub fn fire(&self) {
        // Nobody waits any more: then there is nothing to end.
        let _ = self.0.send(true);
    }
}
