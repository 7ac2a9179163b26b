//! Whether the system's keyring is locked. Asking that opens nothing, so the person is not bothered with a question.

#[cfg(target_os = "linux")]
mod linux;

/// Tells when a keyring is opened that was found to be locked. Sleeps until then.
#[derive(Debug, Default)]
pub struct Lock {
    #[cfg(target_os = "linux")]
    ear: linux::Ear,
}

// === impl Lock ===

impl Lock {
    /// Waits until it is opened, and where it is called again until it is opened once more; for ever where nobody tells. May be
    /// dropped and called anew.
    pub async fn opened(&mut self) {
        #[cfg(target_os = "linux")]
        self.ear.opened().await;
        // The keyrings of other systems are opened by the login.
        #[cfg(not(target_os = "linux"))]
        std::future::pending::<()>().await;
    }
}
