//! What Paperwing keeps on disk: settings, the proxy list, secrets, health history and subscriptions.
//!
//! # A profile is one folder (mode 0700, files 0600)
//!
//! | file | for | lost |
//! |---|---|---|
//! | `settings.toml` | hands; never written by the program | defaults hold |
//! | `preferences.json` | the program: what is settled in the window; `settings.toml` outranks it | defaults hold |
//! | `proxies.json` | the program: proxies, subscriptions, the choice, what opens the secrets | gone |
//! | `history.json` | the program: what is remembered of each proxy's health | harms nothing |
//! | `key-ID` | the master key, where the person chose a key file | secrets cannot be read |
//! | `report.sock` | asking a running `up`, where the system has no folder for sockets | nothing |
//! | `*.lock`, `*.holder` | the locks below and who holds them | nothing |
//!
//! A file is replaced whole: written beside, synced, renamed over the old one, the folder synced. A damaged file is
//! renamed to `NAME.damaged-TIME` and named in a [`Warning`]; a file of a newer Paperwing is an error and stays as it is.
//!
//! # Two processes, one profile
//!
//! Two locks, because two things must be exclusive for very different times:
//! - `running.lock` is held by `up` for as long as it runs ([`OpenMode::Run`]). A second `up` is told who holds it.
//!   [`running`] answers who that is and where it listens, for commands that want to go through it.
//! - `write.lock` is held for the milliseconds of one change. Every change takes it, reads `proxies.json` again, applies
//!   itself to what it read and replaces the file, so `import` works while `up` runs and neither undoes the other.
//!
//! Reading takes no lock: files are replaced by rename, so a reader sees the old one or the new one. A running `up`
//! learns of changes by asking [`Profile::changed`] now and then, which looks at two files' metadata, and then
//! [`Profile::reload`]. The locks are advisory ones of the operating system (flock, `LockFileEx`), so a killed process
//! leaves none behind; the `.holder` file beside each says who has it and means nothing when the lock is free.
//!
//! # Secrets
//!
//! A proxy with any secret is stored as its whole link, sealed with XChaCha20-Poly1305 under the profile's master key and
//! bound to the entry's id. Name, protocol, host and port stay readable, so a list can be shown without the key. The key
//! comes into being with the first secret and is asked for when a secret is first needed, see [`KeyOptions`].

mod disk;
mod document;
mod entry;
mod error;
pub mod fetch;
mod gone;
mod history;
mod json;
mod key;
mod link;
mod list;
mod lock;
mod merge;
mod names;
mod place;
mod preferences;
mod profile;
mod settings;
mod subscription;
mod telegram;
mod time;

pub use entry::{Choice, Entry};
pub use error::{Damage, ProfileError, Warning};
pub use gone::Gone;
pub use history::{HealthRecord, History, MOST_NETWORKS, NetworkId, NetworkRecord, Networks, ProxyThere};
pub use key::{KeyKind, KeyOptions, PASSPHRASE_VAR, PassphraseNeed, SecretError, Sought};
pub use link::holds_secret;
pub use list::Added;
pub use lock::{Holder, running};
pub use merge::Merged;
pub use place::default_dir;
pub use preferences::{Language, Preferences, Theme, TrayIcon};
pub use profile::{OpenMode, Profile};
pub use settings::{Doh, FetchThrough, Settings, SettingsError};
pub use subscription::{Leaves, NewSubscription, Subscription, SubscriptionId, SubscriptionNews, Trust, Usage};
pub use telegram::TelegramSetting;
