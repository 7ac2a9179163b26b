//! One desktop program for a profile: a second start hands over what it was started with, and ends.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio::io::BufReader;
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{sleep, timeout};

use crate::endpoint::{Listener, Mark, Peer, Purpose, connect};
use crate::lines;

/// Its name in the profile's folder. The system takes the lock back when the process ends, however it ends.
const LOCK: &str = "desktop.lock";
/// The longest command line that is handed over, bytes.
const MOST: u64 = 1024 * 1024;
/// How long the other side may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// The first one may be starting as well.
const RETRY: Duration = Duration::from_millis(50);
/// How long to wait after the system refused a connection, so as not to spin.
const PAUSE: Duration = Duration::from_secs(1);

/// How a program was started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Its command line, with the program's name.
    pub words: Vec<String>,
    /// The folder that it was started in.
    pub from: PathBuf,
}

/// What the second start is told.
#[derive(Debug, Serialize, Deserialize)]
struct Taken;

/// The right to be the one that runs. Dropped, the next one may.
#[derive(Debug)]
pub struct Sole {
    starts: mpsc::UnboundedReceiver<Start>,
    door: Option<(JoinHandle<()>, Mark)>,
    _lock: File,
}

// === impl Sole ===

impl Sole {
    /// Becomes the one that runs on a profile, whose folder is made where it is not there; `None` where one runs already and
    /// has taken over how we were started.
    pub async fn begin(dir: &Path, start: &Start) -> io::Result<Option<Self>> {
        let folder = dir.to_owned();
        match spawn_blocking(move || lock(&folder)).await.map_err(io::Error::other)? {
            Ok(lock) => Ok(Some(Self::open(dir.to_owned(), lock).await)),
            Err(TryLockError::WouldBlock) => hand_over(dir, start).await.map(|()| None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }

    async fn open(dir: PathBuf, lock: File) -> Self {
        let (sender, starts) = mpsc::unbounded_channel();
        let opened = spawn_blocking(move || Listener::open(&dir, Purpose::Desktop)).await;
        let door = match opened.map_err(io::Error::other).flatten() {
            Ok((listener, mark)) => Some((tokio::spawn(receive(listener, sender)), mark)),
            Err(error) => {
                tracing::warn!(%error, "a second start will not be heard");
                None
            }
        };
        Self { starts, door, _lock: lock }
    }

    /// How somebody started the program once more.
    pub async fn next(&mut self) -> Start {
        match self.starts.recv().await {
            Some(start) => start,
            None => std::future::pending().await,
        }
    }
}

impl Drop for Sole {
    fn drop(&mut self) {
        if let Some((task, _)) = &self.door {
            task.abort();
        }
    }
}

fn lock(dir: &Path) -> Result<File, TryLockError> {
    let mut folder = std::fs::DirBuilder::new();
    folder.recursive(true);
    let mut file = OpenOptions::new();
    file.write(true).create(true).truncate(false);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut file, 0o600);
    }
    let file = folder.create(dir).and_then(|()| file.open(dir.join(LOCK))).map_err(TryLockError::Error)?;
    file.try_lock()?;
    Ok(file)
}

async fn receive(mut listener: Listener, to: mpsc::UnboundedSender<Start>) {
    loop {
        match listener.accept().await {
            Ok((stream, Peer::SameUser)) => {
                let mut stream = BufReader::new(stream);
                let line = timeout(PATIENCE, lines::read(&mut stream, MOST)).await;
                let Ok(Ok(Some(line))) = line else { continue };
                let Ok(start) = serde_json::from_slice(&line) else { continue };
                if to.send(start).is_err() {
                    return;
                }
                let _ = timeout(PATIENCE, lines::write(&mut stream, &Taken)).await;
            }
            Ok((_, Peer::OtherUser)) => {}
            Err(error) => {
                tracing::warn!(%error, "a second start was not heard");
                sleep(PAUSE).await;
            }
        }
    }
}

async fn hand_over(dir: &Path, start: &Start) -> io::Result<()> {
    let handed = async {
        let stream = loop {
            match connect(dir, Purpose::Desktop).await {
                Ok(stream) => break stream,
                Err(_) => sleep(RETRY).await,
            }
        };
        let mut stream = BufReader::new(stream);
        lines::write(&mut stream, start).await?;
        match lines::read(&mut stream, MOST).await? {
            Some(line) => serde_json::from_slice::<Taken>(&line).map(drop).map_err(io::Error::from),
            None => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    };
    let silent = || io::Error::new(io::ErrorKind::TimedOut, "Paperwing runs already and does not answer");
    timeout(PATIENCE, handed).await.unwrap_or_else(|_| Err(silent()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn start(word: &str) -> Start {
        Start { words: vec!["paperwing-desktop".to_owned(), word.to_owned()], from: "/somewhere".into() }
    }

    #[tokio::test]
    async fn the_second_hands_over_to_the_first_and_after_its_end_is_the_first() {
        let dir = tempfile::tempdir().unwrap();
        let dir = dir.path().join("profile");
        let mut first = Sole::begin(&dir, &start("one")).await.unwrap().unwrap();
        assert!(Sole::begin(&dir, &start("two")).await.unwrap().is_none());
        assert_eq!(first.next().await, start("two"));
        drop(first);
        assert!(Sole::begin(&dir, &start("three")).await.unwrap().is_some());
    }

    #[tokio::test]
    async fn each_profile_has_its_own() {
        let dirs = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let first = Sole::begin(dirs[0].path(), &start("one")).await.unwrap();
        let second = Sole::begin(dirs[1].path(), &start("two")).await.unwrap();
        assert!(first.is_some() && second.is_some());
    }
}
