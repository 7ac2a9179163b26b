//! The side of whoever asks.

use std::future::Future;
use std::io;
use std::path::Path;
use std::time::Duration;

use paperwing_link::Secret;
use tokio::io::BufReader;
use tokio::time::timeout;

use super::wire::{self, Detail, Line, Question, Refusal, Request, Then};
use super::{Status, Told};
use crate::Error;
use crate::endpoint::{self, Purpose, Stream};
use crate::system_proxy::{Granted, Wanted};

/// How long a session that is well may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the running session was asked in vain.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// It opened no socket, or not yet.
    #[error("it has no socket (what it printed at its start says why)")]
    NoSocket,
    /// It is of another version.
    #[error("it is of another version (stop it and start it again)")]
    OtherVersion,
    /// Too many ask.
    #[error("too many are asking it already (close one and try again)")]
    Busy,
    /// It says that we are another user.
    #[error("it belongs to another user")]
    OtherUser,
    /// No answer in time.
    #[error("it does not answer (Ctrl-Z stops a program like that, `fg` lets it go on)")]
    Silent,
    /// The answer broke off.
    #[error("it ended while it answered")]
    CutShort,
}

/// Something heard of what happened.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// An event.
    Told(Told),
    /// So many events came faster than they were read.
    Missed(u64),
}

/// Events that are being told.
#[derive(Debug)]
pub struct Listening {
    answers: Answers,
    then: Then,
}

#[derive(Debug)]
struct Answers {
    stream: BufReader<Stream>,
    /// Who is asked, for errors.
    running: String,
}

/// How things stand in the session that runs on a profile.
pub async fn status(dir: &Path, detail: Detail) -> Result<Status, Error> {
    let mut answers = Answers::to(dir, Question::Status { detail }).await?;
    match answers.soon().await? {
        Some(Line::Status(status)) => Ok(*status),
        None => Err(answers.vain(AskError::CutShort)),
        Some(_) => Err(answers.vain(AskError::OtherVersion)),
    }
}

/// Asks the session that runs on a profile to switch the desktop's proxy setting.
pub(crate) async fn system_proxy(dir: &Path, wanted: Wanted) -> Result<Granted, Error> {
    let mut answers = Answers::to(dir, Question::SystemProxy(wanted)).await?;
    match answers.soon().await? {
        Some(Line::SystemProxy(granted)) => Ok(granted),
        None => Err(answers.vain(AskError::CutShort)),
        Some(_) => Err(answers.vain(AskError::OtherVersion)),
    }
}

/// The link that makes Telegram ask whether it should use the session that runs on a profile. It holds a secret.
pub async fn telegram(dir: &Path) -> Result<Secret, Error> {
    let mut answers = Answers::to(dir, Question::Telegram).await?;
    match answers.soon().await? {
        Some(Line::Telegram(link)) => Ok(Secret::new(link)),
        None => Err(answers.vain(AskError::CutShort)),
        Some(_) => Err(answers.vain(AskError::OtherVersion)),
    }
}

/// What happened in the session that runs on a profile: its last events, oldest first.
pub async fn events(dir: &Path, last: usize, then: Then) -> Result<Listening, Error> {
    let answers = Answers::to(dir, Question::Events { last, then }).await?;
    Ok(Listening { answers, then })
}

// === impl Listening ===

impl Listening {
    /// The next one; `None` after the last, or, for those who follow, when the session has ended.
    pub async fn next(&mut self) -> Result<Option<Heard>, Error> {
        let line = match self.then {
            Then::End => self.answers.soon().await?,
            Then::Follow => self.answers.next().await?,
        };
        match (line, self.then) {
            (Some(Line::Told(told)), _) => Ok(Some(Heard::Told(told))),
            (Some(Line::Missed(missed)), _) => Ok(Some(Heard::Missed(missed))),
            (Some(Line::End), _) | (None, Then::Follow) => Ok(None),
            (None, Then::End) => Err(self.answers.vain(AskError::CutShort)),
            (Some(Line::Status(_) | Line::SystemProxy(_) | Line::Telegram(_) | Line::Error(_)), _) => {
                Err(self.answers.vain(AskError::OtherVersion))
            }
        }
    }
}

// === impl Answers ===

impl Answers {
    async fn to(dir: &Path, question: Question) -> Result<Self, Error> {
        let running = paperwing_profile::running(dir).ok_or(Error::NotRunning)?.to_string();
        let vain = |why| Error::AskedInVain { running: running.clone(), why };
        let stream = in_time(endpoint::connect(dir, Purpose::Report)).await.map_err(|error| match error.kind() {
            io::ErrorKind::TimedOut => vain(AskError::Silent),
            _ => vain(AskError::NoSocket),
        })?;
        let mut answers = Self { stream: BufReader::new(stream), running };
        // Whoever refuses us may have closed already, and their reason is still there to be read.
        let _ = wire::write(&mut answers.stream, &Request::new(question)).await;
        Ok(answers)
    }

    /// The next line, which should be on its way.
    async fn soon(&mut self) -> Result<Option<Line>, Error> {
        let line = in_time(wire::read(&mut self.stream, wire::MOST_ANSWER)).await;
        self.understand(line)
    }

    /// The next line, whenever it comes.
    async fn next(&mut self) -> Result<Option<Line>, Error> {
        let line = wire::read(&mut self.stream, wire::MOST_ANSWER).await;
        self.understand(line)
    }

    fn understand(&self, line: io::Result<Option<Vec<u8>>>) -> Result<Option<Line>, Error> {
        let why = match line {
            Ok(None) => return Ok(None),
            Ok(Some(line)) => match serde_json::from_slice(&line) {
                Ok(Line::Error(Refusal::Busy)) => AskError::Busy,
                Ok(Line::Error(Refusal::OtherUser)) => AskError::OtherUser,
                Ok(Line::Error(Refusal::BadRequest | Refusal::Version)) | Err(_) => AskError::OtherVersion,
                Ok(line) => return Ok(Some(line)),
            },
            Err(error) if error.kind() == io::ErrorKind::TimedOut => AskError::Silent,
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => AskError::OtherVersion,
            Err(_) => AskError::CutShort,
        };
        Err(self.vain(why))
    }

    fn vain(&self, why: AskError) -> Error {
        Error::AskedInVain { running: self.running.clone(), why }
    }
}

async fn in_time<T>(asked: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(PATIENCE, asked).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}
