//! What the pilot shows a face, as it crosses over to one that is not written in Rust.
//!
//! Times are ms since 1970 (`at`) or ms (`…_ms`); sizes are bytes; ids are opaque texts. With the feature `specta` every
//! type here has a TypeScript twin.

mod adding;
mod cause;
mod list;
mod settings;
mod state;
mod told;

pub use adding::{
    AddHow, Added, Candidate, Draft, DraftProblem, Further, Known, Origin, Preview, Qr, Read, Shared, Skipped, Warning,
};
pub use cause::Cause;
pub use list::{Health, Reason, Removed, Row, RowHealth, Subscription, Support, Verdict};
pub use paperwing_profile::{Language, Theme, TrayIcon};
pub use settings::{About, Keyring, LinkScheme, LocalLogin, Passphrase, Settings};
pub use state::{Notice, NoticeCode, Phase, Pick, PracticeProxy, Sample, State, SystemProxy};
pub use told::{Connection, Event, Told};

pub use crate::import::Whence;
pub use crate::trouble::{AppError, Code};
