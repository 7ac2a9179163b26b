//! The operating system's side of Paperwing: its proxy setting, its networks, sleep and wake, starting at login, whether its
//! keyring is locked. Knows nothing of proxies but an address to point at.

mod disk;
pub mod keyring;
pub mod login;
pub mod network;
pub mod setting;
