//! A Unix socket, for its owner only, in `$XDG_RUNTIME_DIR/paperwing`; where there is none, in the profile's folder.

use std::fs::{DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tokio::net::{UnixListener, UnixStream};

use super::place::{self, Peer, Purpose};

/// One end of a connection.
pub(crate) type Stream = UnixStream;
/// One end of a connection, on the side of whoever is reached.
pub(crate) type Served = UnixStream;

/// The longest path of a socket, bytes: the smallest `sun_path` of the systems we know (macOS), less the zero at its end.
const LONGEST_PATH: usize = 103;

/// Takes connections.
#[derive(Debug)]
pub(crate) struct Listener(UnixListener);

/// Keeps the socket findable; removes it when dropped.
#[derive(Debug)]
pub(crate) struct Mark(PathBuf);

// === impl Listener ===

impl Listener {
    /// Opens the socket. What a dead predecessor left is replaced, so the caller must hold the profile's lock for this purpose.
    /// Touches the disk.
    pub(crate) fn open(dir: &Path, purpose: Purpose) -> io::Result<(Self, Mark)> {
        let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
        Self::bind(path(runtime.as_deref(), dir, purpose))
    }

    fn bind(path: PathBuf) -> io::Result<(Self, Mark)> {
        if !fits(&path) {
            return Err(io::Error::new(io::ErrorKind::InvalidFilename, "the folder's path is too long for a socket"));
        }
        if path.symlink_metadata().is_ok_and(|found| found.file_type().is_socket()) {
            std::fs::remove_file(&path)?;
        }
        let listener = UnixListener::bind(&path)?;
        let mark = Mark(path);
        // Whoever came in before this is still asked who they are.
        std::fs::set_permissions(&mark.0, Permissions::from_mode(0o600))?;
        Ok((Self(listener), mark))
    }

    /// The next one who asks.
    pub(crate) async fn accept(&mut self) -> io::Result<(Served, Peer)> {
        let (stream, _) = self.0.accept().await?;
        let peer = peer(&stream)?;
        Ok((stream, peer))
    }
}

impl Drop for Mark {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Connects to whoever is there for a profile. Not found where nobody is.
pub(crate) async fn connect(dir: &Path, purpose: Purpose) -> io::Result<Stream> {
    // A program started by the system may have been given a place that the person's shell does not name.
    let usual = PathBuf::from(format!("/run/user/{}", own_user()));
    let runtime = [std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from), Some(usual)].into_iter().flatten();
    let name = place::name(dir, purpose)?;
    let mut paths: Vec<_> = runtime.map(|runtime| in_folder(&runtime, &name)).collect();
    paths.push(dir.join(purpose.in_profile()));
    for path in paths.iter().filter(|path| fits(path)) {
        let Ok(stream) = UnixStream::connect(path).await else { continue };
        if peer(&stream)? == Peer::SameUser {
            return Ok(stream);
        }
    }
    Err(io::ErrorKind::NotFound.into())
}

/// Where the socket belongs: in the folder that the system has for such things, or else with the profile.
fn path(runtime: Option<&Path>, dir: &Path, purpose: Purpose) -> PathBuf {
    runtime.and_then(|runtime| in_runtime_dir(runtime, dir, purpose)).unwrap_or_else(|| dir.join(purpose.in_profile()))
}

/// The path in a folder of ours that is made where it is not there yet; `None` where that does not do.
fn in_runtime_dir(runtime: &Path, dir: &Path, purpose: Purpose) -> Option<PathBuf> {
    let path = in_folder(runtime, &place::name(dir, purpose).ok()?);
    if !runtime.is_absolute() || !fits(&path) {
        return None;
    }
    let folder = path.parent()?;
    let made = DirBuilder::new().mode(0o700).create(folder);
    match made {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return None,
        _ => {}
    }
    let found = folder.symlink_metadata().ok()?;
    let is_ours = found.is_dir() && found.uid() == own_user() && found.permissions().mode() & 0o777 == 0o700;
    is_ours.then_some(path)
}

fn in_folder(runtime: &Path, name: &str) -> PathBuf {
    runtime.join("paperwing").join(format!("{name}.sock"))
}

fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= LONGEST_PATH
}

/// The system says who made the other end; neither side can choose what it says.
fn peer(stream: &UnixStream) -> io::Result<Peer> {
    let user = stream.peer_cred()?.uid();
    Ok(if user == own_user() { Peer::SameUser } else { Peer::OtherUser })
}

fn own_user() -> u32 {
    rustix::process::geteuid().as_raw()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn mode(path: &Path) -> u32 {
        path.metadata().unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn the_systems_folder_is_used_where_ours_in_it_is_for_nobody_else() {
        let (runtime, profile) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let path = || path(Some(runtime.path()), profile.path(), Purpose::Report);
        let ours = runtime.path().join("paperwing");
        assert_eq!(path().parent(), Some(ours.as_path()));
        assert_eq!(mode(&ours), 0o700);
        assert_eq!(path().parent(), Some(ours.as_path()));

        std::fs::set_permissions(&ours, Permissions::from_mode(0o755)).unwrap();
        assert_eq!(path(), profile.path().join("report.sock"));
        std::fs::remove_dir(&ours).unwrap();
        std::os::unix::fs::symlink(profile.path(), &ours).unwrap();
        assert_eq!(path(), profile.path().join("report.sock"));
    }

    #[test]
    fn without_the_systems_folder_or_with_too_long_a_one_the_socket_lies_in_the_profile() {
        let dir = tempfile::tempdir().unwrap();
        let long = dir.path().join("x".repeat(90));
        std::fs::create_dir(&long).unwrap();
        for runtime in [None, Some(long.as_path()), Some(Path::new("relative")), Some(&dir.path().join("none"))] {
            assert_eq!(path(runtime, dir.path(), Purpose::Report), dir.path().join("report.sock"));
        }
        assert!(std::fs::read_dir(&long).unwrap().next().is_none());
    }

    #[tokio::test]
    async fn the_socket_is_its_owners_only_and_goes_with_its_mark() {
        let dir = tempfile::tempdir().unwrap();
        let (mut listener, mark) = Listener::open(dir.path(), Purpose::Report).unwrap();
        let path = mark.0.clone();
        assert_eq!(mode(&path), 0o600);
        let (connected, accepted) = tokio::join!(connect(dir.path(), Purpose::Report), listener.accept());
        assert!(connected.is_ok());
        assert_eq!(accepted.unwrap().1, Peer::SameUser);
        drop(mark);
        assert!(!path.exists());
        assert!(connect(dir.path(), Purpose::Report).await.is_err());
    }

    #[tokio::test]
    async fn what_a_killed_session_left_is_replaced_but_nothing_else_is() {
        let dir = tempfile::tempdir().unwrap();
        let path = Listener::open(dir.path(), Purpose::Report).unwrap().1.0.clone();
        drop(UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        assert!(connect(dir.path(), Purpose::Report).await.is_err());
        let (_listener, mark) = Listener::open(dir.path(), Purpose::Report).unwrap();
        connect(dir.path(), Purpose::Report).await.unwrap();
        drop(mark);

        std::fs::write(&path, "something else").unwrap();
        assert!(Listener::open(dir.path(), Purpose::Report).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"something else");
    }

    #[tokio::test]
    async fn a_path_that_no_socket_can_have_is_an_error_that_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let error = Listener::bind(dir.path().join("x".repeat(120))).unwrap_err();
        assert!(error.to_string().contains("too long"), "{error}");
    }
}
