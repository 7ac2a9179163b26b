//! The profile's passphrase, where it needs one: asked for in a window rather than in a terminal.

use std::rc::Rc;

use paperwing_link::Secret;
use paperwing_profile::KeyOptions;

use super::cockpit::Answer;
use super::{Cockpit, Passphrase};

// === impl Cockpit ===

impl Cockpit {
    /// Opens the profile's key with a passphrase, which is kept in memory and nowhere else until the program ends.
    pub async fn unlock(self: Rc<Self>, passphrase: Passphrase) -> Answer<()> {
        let keys = KeyOptions::new().passphrase(Some(Secret::new(passphrase.0)));
        let given = keys.clone();
        self.with_profile(move |profile| Ok(profile.unlock(given).map_err(paperwing_profile::ProfileError::from)?))
            .await?;
        self.keys.replace(keys.clone());
        // A session has a profile of its own, and takes up the proxies that it left out.
        if let Some(flight) = &*self.flight.borrow() {
            flight.use_keys(keys);
        }
        // What could not be told of sealed proxies can be told now.
        self.refresh_list().await
    }
}
