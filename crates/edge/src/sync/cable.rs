//! The cable to the cloud, as something that can be pulled at any time: while it is, nothing is carried.
use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::watch;

use super::carrier::{Answer, Carrier, Carry, Lost, Outgoing};

/// Whether it is plugged in. Clones are the same cable.
#[derive(Clone)]
pub(crate) struct Cable(watch::Sender<bool>);

impl Cable {
    pub(crate) fn new(up: bool) -> Self {
        Self(watch::Sender::new(up))
    }

    pub(crate) fn set(&self, up: bool) {
        self.0
            .send_if_modified(|is_up| std::mem::replace(is_up, up) != up);
    }

    /// Waits until it is up.
    pub(super) async fn up(&self) {
        // The sender lives as long as this does.
        let _ = self.0.subscribe().wait_for(|up| *up).await;
    }

    /// What `work` comes to while the cable stays in. `None` when it is out, or is pulled meanwhile: the work ends there,
    /// also when the cable is in again before anybody looks.
    pub(super) async fn carry<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut changes = self.0.subscribe();
        if !*changes.borrow_and_update() {
            return None;
        }
        tokio::select! {
            biased;
            _ = changes.changed() => None,
            done = work => Some(done),
        }
    }

    /// The same carrier, over this cable.
    pub(crate) fn over(&self, carrier: Carrier) -> Carrier {
        Carrier(Arc::new(Over {
            cable: self.clone(),
            carrier,
        }))
    }
}

struct Over {
    cable: Cable,
    carrier: Carrier,
}

impl Carry for Over {
    fn carry(&self, request: Outgoing) -> BoxFuture<'static, Result<Answer, Lost>> {
        let (cable, carrier) = (self.cable.clone(), self.carrier.clone());
        Box::pin(async move {
            let answer = cable.carry(async { carrier.0.carry(request).await }).await;
            answer.unwrap_or_else(|| Err(Lost("the cable is pulled".to_owned())))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Duration};

    use super::Cable;

    #[tokio::test]
    async fn a_pull_ends_what_is_under_way_even_when_it_is_short() {
        let cable = Cable::new(true);
        assert_eq!(cable.carry(async { 1 }).await, Some(1));
        let under_way = tokio::spawn({
            let cable = cable.clone();
            async move { cable.carry(pending::<()>()).await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        cable.set(false);
        cable.set(true);
        assert_eq!(under_way.await.unwrap(), None);
        cable.set(false);
        assert_eq!(cable.carry(async { 1 }).await, None);
        let waiting = tokio::spawn({
            let cable = cable.clone();
            async move { cable.up().await }
        });
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert!(!waiting.is_finished());
        cable.set(true);
        waiting.await.unwrap();
    }
}
