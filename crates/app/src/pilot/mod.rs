//! What a program does that stays: it holds the profile, connects and disconnects, tests, keeps previews and what was
//! removed, and shows it all in one state. Once, and without a face.
//!
//! Everything happens on one thread of the pilot's own, which carries the traffic too, so a face never blocks on it and
//! nothing here needs a lock. [`Pilot`] is the way to that thread; [`Cockpit`] is what is on it.

#![allow(clippy::unused_async, reason = "every use case is asked for in the same way")]

mod brief;
mod cockpit;
mod connecting;
mod convert;
mod flight;
mod forms;
mod health;
mod listing;
mod log;
mod network;
mod reading;
mod seen;
mod settling;
mod shelf;
mod steward;
mod subscribing;
mod telling;
mod testing;
mod traffic;
mod unlocking;
mod watching;

#[cfg(test)]
mod tests;

use std::rc::Rc;

use tokio::sync::{mpsc, oneshot, watch};

pub use brief::Brief;
pub use cockpit::{Cockpit, Place};
pub use seen::*;
pub use watching::Sink;

type Order = Box<dyn FnOnce(Rc<Cockpit>) + Send>;

/// The way to the pilot's thread. Clones lead to the same one; it ends when the last is dropped.
#[derive(Clone, Debug)]
pub struct Pilot {
    orders: mpsc::UnboundedSender<Order>,
    brief: watch::Receiver<Brief>,
}

// === impl Pilot ===

impl Pilot {
    /// Starts the thread. What an earlier run left behind in the system's proxy setting is put back there first.
    pub fn start(place: Place) -> std::io::Result<Self> {
        let (orders, inbox) = mpsc::unbounded_channel();
        let (news, brief) = watch::channel(Brief::default());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        std::thread::Builder::new().name("pilot".to_owned()).spawn(move || {
            let local = tokio::task::LocalSet::new();
            local.block_on(&runtime, obey(Cockpit::new(place, news), inbox));
            // A thread that waits for a keyring must not keep the program from ending.
            runtime.shutdown_background();
        })?;
        Ok(Self { orders, brief })
    }

    /// Has something done on the pilot's thread. Orders run side by side, so a slow one holds up no other.
    pub async fn ask<T, F>(&self, order: F) -> Result<T, AppError>
    where
        F: AsyncFnOnce(Rc<Cockpit>) -> Result<T, AppError> + Send + 'static,
        T: Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let order: Order = Box::new(move |cockpit| {
            tokio::task::spawn_local(async move {
                let _ = answer.send(order(cockpit).await);
            });
        });
        let _ = self.orders.send(order);
        answered.await.unwrap_or_else(|_| Err(AppError::stopped()))
    }

    /// The state in brief; changes can be waited for.
    pub fn brief(&self) -> watch::Receiver<Brief> {
        self.brief.clone()
    }

    /// Ends everything: puts the system's proxy setting back, closes the port, writes down what was learnt. Returns when
    /// that is done.
    pub async fn finish(&self) {
        let finished = self.ask(async |cockpit| {
            let _ = Rc::clone(&cockpit).disconnect().await;
            cockpit.land().await;
            Ok(())
        });
        let _ = finished.await;
    }
}

async fn obey(cockpit: Cockpit, mut inbox: mpsc::UnboundedReceiver<Order>) {
    let cockpit = Rc::new(cockpit);
    tokio::task::spawn_local(Rc::clone(&cockpit).begin_stewardship());
    let _ = cockpit.refresh_list().await;
    while let Some(order) = inbox.recv().await {
        order(Rc::clone(&cockpit));
    }
}
