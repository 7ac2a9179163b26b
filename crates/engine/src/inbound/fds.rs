//! How many connections this process can hold.

/// What is kept aside for everything that is no connection.
const RESERVED: u64 = 64;
/// A client, its proxy, and now and then a second attempt or a pipe. Whoever runs out of these falls back to less.
const PER_CONNECTION: u64 = 3;
/// Where the system sets no limit, memory should.
const MOST: u64 = 100_000;

/// Raises the limit on open files as far as the system lets us, and tells how many connections fit.
pub(crate) fn raise_limit() -> usize {
    let files = open_files().unwrap_or(MOST * PER_CONNECTION);
    let connections = files.saturating_sub(RESERVED) / PER_CONNECTION;
    usize::try_from(connections.clamp(16, MOST)).unwrap_or(usize::MAX)
}

#[cfg(unix)]
fn open_files() -> Option<u64> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let limit = getrlimit(Resource::Nofile);
    let raise_to = |current: Option<u64>| {
        setrlimit(Resource::Nofile, Rlimit { current, maximum: limit.maximum }).is_ok().then_some(current)
    };
    // macOS says "no limit" and then refuses more than OPEN_MAX, which is this.
    let modest = Some(limit.maximum.unwrap_or(u64::MAX).min(10_240));
    raise_to(limit.maximum).or_else(|| raise_to(modest)).unwrap_or(limit.current)
}

#[cfg(not(unix))]
fn open_files() -> Option<u64> {
    None
}
