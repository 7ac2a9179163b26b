//! What the program that stays and the process of its window say to each other: lines of JSON over the window's standard input
//! and output, so that there is nothing that anybody else could connect to, and each side hears of the other's end.
//!
//! A window costs more memory than everything else together, so it has a process of its own, which is there while somebody
//! looks at it.

mod order;
mod passed;

use std::io;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::io::{AsyncBufRead, AsyncWrite};

pub use self::order::{Desk, Order, Page, Use, answer};
pub use self::passed::Passed;
use crate::lines;
use crate::pilot::{AppError, Read, State};

/// What the window says.
#[derive(Debug, Serialize, Deserialize)]
pub enum FromWindow {
    /// The page can be seen and listens: it is to get the state from now on.
    Ready,
    /// The page wants something. The answer has the same number.
    Ask {
        /// Which question it is.
        number: u64,
        /// What it wants.
        order: Box<Order>,
    },
    /// The person wants to close the window.
    CloseRequested,
    /// It is out of sight.
    Hidden,
    /// It is in sight again.
    Shown,
}

/// What the window is told.
#[derive(Debug, Serialize, Deserialize)]
pub enum ToWindow {
    /// What came of a question.
    Answer {
        /// Which.
        number: u64,
        /// What it was answered, as the page gets it.
        answer: Result<Box<RawValue>, Passed<AppError>>,
    },
    /// The state.
    State(Passed<State>),
    /// Something was handed over: its preview.
    PasteLink(Passed<Read>),
    /// To ask the person whether to quit: there is nothing to close to.
    AskClose,
    /// To show a view.
    ShowView(View),
    /// To be in sight.
    Show,
    /// To be out of sight.
    Hide,
    /// To be in sight where it is not, and the other way round.
    Toggle,
}

/// A view of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum View {
    /// The first one.
    Main,
    /// Ways to add proxies.
    Add,
    /// What happened.
    Activity,
    /// Settings.
    Settings,
}

/// The longest line, bytes: a list of many thousand proxies.
const MOST: u64 = 64 * 1024 * 1024;

/// Reads a line without its end; `None` at the end of all.
pub async fn read(from: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    lines::read(from, MOST).await
}

/// Writes a line, all at once.
pub async fn write(to: &mut (impl AsyncWrite + Unpin), line: &impl Serialize) -> io::Result<()> {
    lines::write(to, line).await
}
