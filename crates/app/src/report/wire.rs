//! The lines that go to and fro.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Status, Told};
pub(super) use crate::lines::{read, write};
use crate::system_proxy::{Granted, Wanted};

/// The form of all lines. Raised with every change of it.
pub(crate) const VERSION: u32 = 1;

/// The longest question, bytes.
pub(crate) const MOST_REQUEST: u64 = 1024;

/// The longest line of an answer, bytes: the state of a list of many thousand proxies.
pub(super) const MOST_ANSWER: u64 = 16 * 1024 * 1024;

/// What is read first, for the rest may be in a form that we do not know.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Head {
    pub(super) version: u32,
}

/// A question with its version.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Request {
    #[serde(flatten)]
    pub(super) head: Head,
    pub(super) ask: Question,
}

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Question {
    /// How things stand.
    Status {
        #[serde(default)]
        detail: Detail,
    },
    /// How Telegram finds the way in.
    Telegram,
    /// What happened.
    Events {
        last: usize,
        #[serde(default)]
        then: Then,
    },
    /// To switch the desktop's proxy setting.
    SystemProxy(Wanted),
}

/// How much of the state to tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Detail {
    /// Everything but where connections lead.
    #[default]
    Summary,
    /// Also each open connection with its target.
    Connections,
}

/// What to do after the events that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Then {
    /// Stop.
    #[default]
    End,
    /// Go on with those that happen.
    Follow,
}

/// One line of an answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Line {
    /// How things stand.
    Status(Box<Status>),
    /// The link that makes Telegram use the session.
    Telegram(String),
    /// One event.
    Told(Told),
    /// What came of a wish.
    SystemProxy(Granted),
    /// So many events came faster than the asker read them.
    Missed(u64),
    /// That was all.
    End,
    /// There is no answer.
    Error(Refusal),
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Refusal {
    /// That was no question.
    BadRequest,
    /// A question in another form than ours.
    Version,
    /// Too many are asking.
    Busy,
    /// The asker is another user.
    OtherUser,
}

// === impl Request ===

impl Request {
    pub(super) fn new(ask: Question) -> Self {
        Self { head: Head { version: VERSION }, ask }
    }
}

// === impl Question ===

impl Question {
    /// What a line asks.
    pub(super) fn parse(line: &[u8]) -> Result<Self, Refusal> {
        let head: Head = parse(line)?;
        if head.version != VERSION {
            return Err(Refusal::Version);
        }
        parse::<Request>(line).map(|request| request.ask)
    }
}

fn parse<T: DeserializeOwned>(line: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(line).map_err(|_| Refusal::BadRequest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::io;

    use super::*;

    #[test]
    fn a_question_is_read_as_it_was_written() {
        for ask in [
            Question::Status { detail: Detail::Connections },
            Question::Events { last: 7, then: Then::Follow },
            Question::Events { last: 0, then: Then::End },
            Question::SystemProxy(Wanted::Off),
        ] {
            let line = serde_json::to_vec(&Request::new(ask)).unwrap();
            assert!(line.len() < 200);
            assert_eq!(Question::parse(&line), Ok(ask));
        }
        let short = br#"{"version":1,"ask":{"status":{}}}"#;
        assert_eq!(Question::parse(short), Ok(Question::Status { detail: Detail::Summary }));
    }

    #[test]
    fn another_version_is_told_from_rubbish() {
        assert_eq!(Question::parse(br#"{"version":2,"ask":["anything"]}"#), Err(Refusal::Version));
        for rubbish in [&b""[..], b"GET / HTTP/1.1", b"{}", br#"{"version":1,"ask":"stop"}"#, &[0xff; 9]] {
            assert_eq!(Question::parse(rubbish), Err(Refusal::BadRequest));
        }
    }

    #[tokio::test]
    async fn lines_are_bounded_and_must_end() {
        let mut bytes = &b"ab\ncd"[..];
        assert_eq!(read(&mut bytes, 3).await.unwrap().unwrap(), b"ab");
        assert_eq!(read(&mut bytes, 9).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(read(&mut &b""[..], 9).await.unwrap(), None);
        assert_eq!(read(&mut &b"abcd\n"[..], 4).await.unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }
}
