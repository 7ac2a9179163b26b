//! The side of the running session: sleeps until somebody asks.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use paperwing_engine::Engine;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{JoinHandle, JoinSet, spawn_blocking};
use tokio::time::{sleep, timeout};

use super::book::Book;
use super::wire::{self, Line, Question, Refusal, Then};
use super::{Status, Told};
use crate::endpoint::{Listener, Mark, Peer, Purpose};
use crate::system_proxy::Inbox;

/// So many may ask at the same time: each costs a descriptor and some memory.
const MOST_ASKERS: usize = 16;
/// How long a question may take to come, and somebody who has the whole answer to go.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait after the system refused a connection, so as not to spin.
const PAUSE: Duration = Duration::from_secs(1);

/// What there is to tell of.
#[derive(Clone)]
pub(crate) struct Facts {
    pub(crate) engine: Engine,
    pub(crate) book: Arc<Book>,
    pub(crate) since: SystemTime,
    pub(crate) wishes: Inbox,
}

/// Answers until it is dropped.
#[derive(Debug)]
pub(crate) struct Server {
    task: JoinHandle<()>,
    _mark: Mark,
}

// === impl Server ===

impl Server {
    /// Opens the endpoint of a profile, whose running lock the caller holds.
    pub(crate) async fn open(dir: PathBuf, facts: Facts) -> io::Result<Self> {
        let opened = spawn_blocking(move || Listener::open(&dir, Purpose::Report)).await;
        let (listener, mark) = opened.unwrap_or_else(|_| Err(io::ErrorKind::Interrupted.into()))?;
        Ok(Self { task: tokio::spawn(serve(listener, facts)), _mark: mark })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut listener: Listener, facts: Facts) {
    let mut askers = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = askers.join_next() => continue,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "nobody can ask for a moment");
                sleep(PAUSE).await;
                continue;
            }
        };
        let refusal = match peer {
            Peer::OtherUser => Some(Refusal::OtherUser),
            Peer::SameUser if askers.len() >= MOST_ASKERS => Some(Refusal::Busy),
            Peer::SameUser => None,
        };
        match refusal {
            Some(refusal) => refuse(stream, refusal).await,
            None => drop(askers.spawn(attend(stream, facts.clone()))),
        }
    }
}

/// One line fits into the buffer of a fresh connection, so this waits for nobody.
async fn refuse(mut stream: impl AsyncWrite + Unpin, refusal: Refusal) {
    let _ = wire::write(&mut stream, &Line::Error(refusal)).await;
}

/// Hears one question, answers it, and lets the asker go first: a pipe loses what was not read when it is closed.
pub(super) async fn attend(stream: impl AsyncRead + AsyncWrite, facts: Facts) {
    let (from, mut to) = tokio::io::split(stream);
    let mut from = BufReader::with_capacity(256, from);
    let said = match timeout(PATIENCE, wire::read(&mut from, wire::MOST_REQUEST)).await {
        Ok(Ok(Some(line))) => answer(&mut to, &mut from, &line, &facts).await,
        Ok(Ok(None)) => return,
        Ok(Err(_)) | Err(_) => wire::write(&mut to, &Line::Error(Refusal::BadRequest)).await,
    };
    if said.is_ok() && to.shutdown().await.is_ok() {
        let _ = timeout(PATIENCE, gone(&mut from)).await;
    }
}

async fn answer(
    to: &mut (impl AsyncWrite + Unpin),
    from: &mut (impl AsyncRead + Unpin),
    line: &[u8],
    facts: &Facts,
) -> io::Result<()> {
    match Question::parse(line) {
        Err(refusal) => return wire::write(to, &Line::Error(refusal)).await,
        Ok(Question::Status { detail }) => {
            let status = Status::now(&facts.engine, &facts.book, facts.since, detail);
            wire::write(to, &Line::Status(Box::new(status))).await?;
        }
        Ok(Question::SystemProxy(wanted)) => {
            let granted = facts.wishes.put(wanted).await;
            wire::write(to, &Line::SystemProxy(granted)).await?;
        }
        Ok(Question::Telegram) => {
            let told = facts.book.telegram().map(|link| link.reveal().to_owned()).unwrap_or_default();
            wire::write(to, &Line::Telegram(told)).await?;
        }
        Ok(Question::Events { last, then }) => {
            let (told, news) = facts.book.read(last);
            for told in told {
                wire::write(to, &Line::Told(told)).await?;
            }
            if then == Then::Follow {
                return tokio::select! {
                    followed = follow(to, news) => followed,
                    () = gone(from) => Err(io::ErrorKind::NotConnected.into()),
                };
            }
        }
    }
    wire::write(to, &Line::End).await
}

/// A reader who does not read holds up nobody else; what they miss is counted.
async fn follow(
    to: &mut (impl AsyncWrite + Unpin),
    mut news: tokio::sync::broadcast::Receiver<Told>,
) -> io::Result<()> {
    loop {
        match news.recv().await {
            Ok(told) => wire::write(to, &Line::Told(told)).await?,
            Err(RecvError::Lagged(missed)) => wire::write(to, &Line::Missed(missed)).await?,
            Err(RecvError::Closed) => return wire::write(to, &Line::End).await,
        }
    }
}

/// Waits until the other side has closed. What it still sends is none of our business.
async fn gone(from: &mut (impl AsyncRead + Unpin)) {
    let mut rest = [0; 256];
    while from.read(&mut rest).await.is_ok_and(|read| read > 0) {}
}
