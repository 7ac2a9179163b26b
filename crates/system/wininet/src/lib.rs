//! Two calls of Windows' own that no crate wraps safely: telling running programs that the proxy setting is another one, and
//! hearing that a key of the registry changed. This is all the `unsafe` there is. Empty on other systems.

#[cfg(windows)]
mod calls;

#[cfg(windows)]
pub use self::calls::{Notice, tell_programs};
