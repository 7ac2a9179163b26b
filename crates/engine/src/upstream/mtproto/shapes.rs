//! Which shape of hello each disguised proxy took.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use paperwing_link::{Host, Port};

use super::client_hello::Shape;

/// So many proxies are kept in mind.
const MOST: usize = 1024;

/// See the module. Kept for as long as the program runs.
#[derive(Debug, Default)]
pub(crate) struct Shapes(Mutex<HashMap<(Host, Port), Shape>>);

impl Shapes {
    pub(super) fn of(&self, host: &Host, port: Port) -> Option<Shape> {
        self.all().get(&(host.clone(), port)).copied()
    }

    pub(super) fn learn(&self, host: &Host, port: Port, shape: Shape) {
        let mut all = self.all();
        if all.len() >= MOST {
            all.clear();
        }
        all.insert((host.clone(), port), shape);
    }

    pub(super) fn forget(&self, host: &Host, port: Port) {
        self.all().remove(&(host.clone(), port));
    }

    fn all(&self) -> MutexGuard<'_, HashMap<(Host, Port), Shape>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
