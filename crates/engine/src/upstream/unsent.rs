//! What a protocol says before the client's first bytes.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Sleep, sleep};

/// The words in which a proxy is told of a target, held back until the client has said something too: both then leave
/// in one packet, as a program that speaks for itself sends them. Where the client waits for the target to speak first
/// they leave alone, a little later.
#[derive(Debug)]
pub(super) struct Unsent {
    words: Vec<u8>,
    alarm: Pin<Box<Sleep>>,
}

/// How long a client may take for its first bytes. Those that have something to say have it ready.
const MOMENT: Duration = Duration::from_millis(100);

impl Unsent {
    pub(super) fn new(words: Vec<u8>) -> Self {
        Self { words, alarm: Box::pin(sleep(MOMENT)) }
    }

    /// Ready when they may not wait any longer.
    pub(super) fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        self.alarm.as_mut().poll(cx)
    }

    /// The words.
    pub(super) fn into_words(self) -> Vec<u8> {
        self.words
    }
}
