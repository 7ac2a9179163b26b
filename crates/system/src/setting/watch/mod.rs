//! Tells when the setting changes. Sleeps until then.

#[cfg(any(target_os = "macos", windows, test))]
mod bell;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "macos")]
mod macos;
#[cfg(windows)]
mod windows;

use std::future::pending;

#[cfg(target_os = "linux")]
use self::linux::Ear;
#[cfg(target_os = "macos")]
use self::macos::Ear;
#[cfg(windows)]
use self::windows::Ear;
use super::desktop::Sign;

/// Waits for changes of the setting.
#[derive(Debug)]
pub struct Watch {
    sign: Sign,
    ear: Option<Ear>,
}

// === impl Watch ===

impl Watch {
    pub(super) fn new(sign: Sign) -> Self {
        Self { sign, ear: None }
    }

    /// Whether every change is heard from now on.
    #[cfg(all(test, windows))]
    pub(super) fn is_listening(&self) -> bool {
        self.ear.is_some()
    }

    /// Waits for the next change. Where nothing can tell of one, it waits for ever. May be dropped and called anew.
    pub async fn changed(&mut self) {
        match &mut self.ear {
            Some(ear) => ear.changed().await,
            None => match Ear::open(&self.sign).await {
                // What changed before somebody listened has not been heard.
                Ok(ear) => self.ear = Some(ear),
                Err(error) => {
                    tracing::warn!(%error, "changes of the setting will not be seen");
                    pending::<()>().await;
                }
            },
        }
    }
}
