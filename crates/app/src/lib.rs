//! What a person does with Paperwing, once, without a face: import, list, test, connect, switch, share.
//!
//! Faces (a terminal, a window) call these functions and show what they give: no function here prints, asks or reads
//! standard input. A [`Session`] is a running connection; everything else is a moment's work on a [`Profile`].

pub mod demo;
mod edit;
mod endpoint;
mod error;
mod event;
mod import;
mod lines;
mod list;
mod names;
mod open;
mod picture;
pub mod pilot;
pub mod practice;
mod random;
mod reload;
pub mod report;
mod session;
mod share;
pub mod sole;
mod subscription;
mod support;
pub mod system_proxy;
mod test;
mod trouble;
mod verdict;
pub mod window;

pub use paperwing_engine::{Cause, DEFAULT_PORT, Failure, Health, ListenError, Snapshot, Stage};
pub use paperwing_link as link;
pub use paperwing_profile::{
    Choice, Entry, HealthRecord, KeyKind, KeyOptions, Merged, OpenMode, PASSPHRASE_VAR, PassphraseNeed, Profile,
    ProfileError, SecretError, Subscription, Trust, Usage, Warning,
};
#[cfg(all(unix, not(target_os = "macos")))]
pub use paperwing_system::login::command_word;
pub use paperwing_system::login::own_program;

pub use edit::{Removed, choose, remove, rename};
pub use error::{Error, Fault};
pub use event::{Event, Reason};
pub use import::{Candidate, Found, Known, Preview, Source, Whence, add, read, read_here, tell};
pub use list::{Listing, Row, listing};
pub use open::{dir, open};
pub use picture::PictureError;
pub use reload::{Reload, after_change};
pub use session::{Listed, Session, Upstreams};
pub use share::{Qr, link_of, qr};
pub use subscription::{Refreshed, add_subscription, refresh, remove_subscription};
pub use support::support_here;
pub use test::{
    DEFAULT_PAGE, Outcome, Seeking, Subject, Tested, first_that_works, practice_subjects, remember, subjects,
    subjects_of, test,
};
pub use trouble::{AppError, Code};
pub use verdict::Verdict;
