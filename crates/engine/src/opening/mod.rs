//! From "connected" to the first byte back.
//!
//! A proxy that says "connected" may still carry nothing. Until the first byte comes back, what the client sends is kept
//! (at most 16 KiB); if the proxy hangs up, or is silent for too long, and what was sent may be sent twice, it is sent
//! through another proxy, and the client never hears of it. Bytes that came from one proxy are never continued from
//! another: with the first one this phase is over.

mod first_bytes;
mod flight;

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use paperwing_link::ProxyId;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

use self::first_bytes::{Step, Waiting};
use self::flight::{is_no_answer, may_be_repeated};
use crate::failover::{Carried, Dialer};
use crate::live::{Listed, Word};
use crate::outcome::{Blame, Cause, Failure, Garbage, Stage};
use crate::relay::{Progress, reset_on_close};
use crate::target::Target;

/// A connection that has its first byte, or that can no longer be moved.
#[derive(Debug)]
pub(crate) struct Opened {
    pub(crate) carried: Carried,
    /// What it has carried so far.
    pub(crate) progress: Arc<Progress>,
    /// What the client sent and the proxy did not get yet.
    pub(crate) to_upstream: Bytes,
    /// What the proxy sent and the client did not get yet.
    pub(crate) to_client: Bytes,
}

/// What was agreed on before the first byte: who carries, and what the client already sent.
pub(crate) struct Agreed<'a> {
    pub(crate) target: &'a Target,
    pub(crate) carried: Carried,
    pub(crate) progress: Arc<Progress>,
    pub(crate) early: Bytes,
}

/// Waits for the first byte. `None` where the client is gone or has been told of the end. The list of connections is told
/// when another proxy carries.
pub(crate) async fn open(
    client: &mut TcpStream,
    agreed: Agreed<'_>,
    dialer: &Arc<Dialer>,
    listed: &Listed,
    idle: Duration,
) -> Option<Opened> {
    let Agreed { target, mut carried, progress, early } = agreed;
    if !carried.early.is_empty() {
        // The target spoke first, and what the client already sent can follow.
        let to_client = std::mem::take(&mut carried.early);
        dialer.first_byte(carried.proxy);
        return Some(Opened { carried, progress, to_upstream: early, to_client });
    }
    let (waiting, began) = (Waiting::new(early), Instant::now());
    let mut opening = Opening { waiting, target, dialer, listed, progress, failed: Vec::new(), began, idle };
    opening.run(client, carried).await
}

struct Opening<'a> {
    waiting: Waiting,
    target: &'a Target,
    dialer: &'a Arc<Dialer>,
    listed: &'a Listed,
    progress: Arc<Progress>,
    /// Proxies that said "connected" and carried nothing.
    failed: Vec<(ProxyId, Failure)>,
    began: Instant,
    idle: Duration,
}

/// Nothing came back.
const SILENCE: Failure = Failure::new(Stage::FirstByte, Cause::Silent);

/// What came back was not said by the target.
const STRANGER: Failure = Failure::new(Stage::FirstByte, Cause::Garbage(Garbage::Other));

/// Another proxy that was sent the same flight, with its first bytes.
type Second = Pin<Box<dyn Future<Output = Option<(Carried, Bytes)>> + Send>>;

/// How long a flight that may be sent twice waits for its answer before another proxy gets it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Patience {
    /// As long as is enough where no first byte comes through the proxy for anybody.
    Hush,
    /// As long as a slow target may take.
    Full,
    /// Another proxy was asked, and did not answer either. As long as nobody's answer tells of no proxy yet.
    Asked,
    /// For ever: that was told.
    Endless,
}

impl Patience {
    /// Whether another proxy was asked already.
    fn is_over(self) -> bool {
        matches!(self, Self::Asked | Self::Endless)
    }
}

impl Opening<'_> {
    async fn run(&mut self, client: &mut TcpStream, mut carried: Carried) -> Option<Opened> {
        let mut patience = Patience::Hush;
        if carried.is_judged {
            carried = self.leave(carried).await;
        }
        loop {
            let limit = self.limit(patience, &carried);
            let step = tokio::select! {
                biased;
                word = self.listed.told() => match word {
                    Word::Judged => Step::Judged,
                    Word::Close => Step::Idle,
                },
                step = self.waiting.step(client, &mut carried, &self.progress, limit, self.idle) => step,
            };
            match step {
                Step::FirstBytes(bytes) if self.may_be_a_strangers(&carried, &bytes) => {
                    match self.replace(carried, STRANGER).await {
                        Ok(next) => carried = next,
                        // Nobody says otherwise.
                        Err(ended) => return Some(self.first_bytes(ended, bytes)),
                    }
                }
                Step::FirstBytes(bytes) => return Some(self.first_bytes(carried, bytes)),
                Step::Ended(failure) if failure.blame() == Blame::Proxy => {
                    self.dialer.answered_wrongly(carried.proxy, failure);
                    match self.replace(carried, failure).await {
                        Ok(next) => carried = next,
                        Err(ended) => return self.over(client, ended, failure),
                    }
                }
                Step::Ended(failure) => match self.replace(carried, failure).await {
                    Ok(next) => carried = next,
                    Err(ended) => return self.over(client, ended, failure),
                },
                Step::Silent if patience == Patience::Hush && !self.is_hush(&carried) => patience = Patience::Full,
                Step::Silent if patience == Patience::Asked => {
                    patience = Patience::Endless;
                    self.failed.push((carried.proxy, SILENCE));
                    self.unheard();
                }
                Step::Judged if patience.is_over() || !self.waiting.waits_for_answer() => {
                    carried = self.leave(carried).await;
                }
                Step::Silent | Step::Judged => {
                    patience = Patience::Asked;
                    match self.race(carried).await {
                        Ok(opened) => return Some(opened),
                        Err(Some(unanswered)) => carried = unanswered,
                        Err(None) => {
                            reset_on_close(client);
                            return None;
                        }
                    }
                }
                Step::NoLongerMovable => return Some(self.hand_over(carried, Bytes::new())),
                Step::ClientGone => return None,
                Step::Idle => {
                    reset_on_close(client);
                    return None;
                }
            }
        }
    }

    /// Whether somebody else than the target may have answered: a web server, to which a Trojan proxy hands those whose password
    /// it does not know.
    fn may_be_a_strangers(&self, carried: &Carried, bytes: &[u8]) -> bool {
        carried.stream.is_unproven() && is_no_answer(self.waiting.flight(), bytes)
    }

    fn limit(&self, patience: Patience, carried: &Carried) -> Duration {
        match patience {
            Patience::Hush => carried.patience_in_a_hush(self.dialer.rules()),
            Patience::Full => carried.patience(self.dialer.rules()),
            Patience::Asked => self.dialer.rules().unanswered,
            Patience::Endless => self.idle,
        }
    }

    fn is_hush(&self, carried: &Carried) -> bool {
        self.dialer.is_hush(carried.proxy, self.target, self.waiting.sent_at())
    }

    /// The proxy is known to bring nothing. If nothing was sent through it, another takes its place, where there is one.
    async fn leave(&mut self, judged: Carried) -> Carried {
        if !self.waiting.flight().is_empty() {
            return judged;
        }
        let tried = self.failed.iter().map(|(proxy, _)| *proxy).chain([judged.proxy]).collect();
        match self.dialer.dial_again(self.target.clone(), tried).await {
            Ok(next) => {
                self.waiting.rewind();
                self.moved_to(&next);
                next
            }
            Err(_) => judged,
        }
    }

    fn first_bytes(&self, carried: Carried, bytes: Bytes) -> Opened {
        self.dialer.first_byte(carried.proxy);
        // Where another proxy brings the same kind of answer, the target gives it.
        let is_no_answer = is_no_answer(self.waiting.flight(), &bytes);
        for (silent, failure) in self.failed.iter().filter(|(_, failure)| !is_no_answer || *failure != STRANGER) {
            self.dialer.carried_elsewhere(*silent, *failure, self.target);
        }
        self.hand_over(carried, bytes)
    }

    fn hand_over(&self, carried: Carried, to_client: Bytes) -> Opened {
        Opened { carried, progress: Arc::clone(&self.progress), to_upstream: self.waiting.unsent(), to_client }
    }

    fn moved_to(&mut self, carried: &Carried) {
        self.progress = Arc::new(Progress::new(carried.meters.clone()));
        self.listed.moved(carried.proxy, Arc::clone(&self.progress));
    }

    /// The proxy hung up: the same flight goes through another, if it may.
    async fn replace(&mut self, ended: Carried, failure: Failure) -> Result<Carried, Carried> {
        self.failed.push((ended.proxy, failure));
        // Where two of them hang up alike it is the target that does; and so it is where a client that has nothing to say yet
        // has waited for long: servers close connections that nobody uses.
        if self.failed.len() > 1 || self.is_unused(&ended) || !may_be_repeated(self.waiting.flight()) {
            return Err(ended);
        }
        let tried: Vec<ProxyId> = self.failed.iter().map(|(proxy, _)| *proxy).collect();
        match self.dialer.dial_again(self.target.clone(), tried).await {
            Ok(next) => {
                self.waiting.rewind();
                self.moved_to(&next);
                Ok(next)
            }
            Err(_) => Err(ended),
        }
    }

    /// Whether a client that has nothing to say yet has waited for long.
    fn is_unused(&self, carried: &Carried) -> bool {
        self.waiting.flight().is_empty() && self.waiting.quiet() > carried.patience(self.dialer.rules())
    }

    /// Nobody brought anything. For one target that says little.
    fn unheard(&self) {
        self.dialer.unheard(&self.failed, self.target, self.began);
    }

    /// Nobody else could carry it either, so the end is the target's own and the client gets it as it came.
    fn over(&self, client: &TcpStream, ended: Carried, failure: Failure) -> Option<Opened> {
        if !self.is_unused(&ended) {
            self.unheard();
        }
        if failure.cause == Cause::Closed {
            return Some(self.hand_over(ended, Bytes::new()));
        }
        reset_on_close(client);
        None
    }

    /// The proxy is silent: another gets the same flight, and whichever answers first carries. With an error, nobody has
    /// answered, and the first proxy's stream is given back if it still stands.
    async fn race(&mut self, mut first: Carried) -> Result<Opened, Option<Carried>> {
        let mut second = self.second(first.proxy);
        let deadline = Instant::now() + self.dialer.rules().race;
        let mut first_stands = true;
        let ended = loop {
            tokio::select! {
                step = first_bytes::from(&mut first.stream), if first_stands => match step {
                    Ok(bytes) => return Ok(self.first_bytes(first, bytes)),
                    Err(_) => first_stands = false,
                },
                answer = timeout(deadline - Instant::now(), &mut second) => break answer.ok().flatten(),
            }
        };
        match ended {
            Some((carried, bytes)) => {
                self.failed.push((first.proxy, SILENCE));
                self.waiting.all_sent();
                self.moved_to(&carried);
                self.progress.note(self.waiting.flight().len() as u64, 0, Instant::now());
                Ok(self.first_bytes(carried, bytes))
            }
            None => Err(first_stands.then_some(first)),
        }
    }

    fn second(&self, first: ProxyId) -> Second {
        let (dialer, target) = (Arc::clone(self.dialer), self.target.clone());
        let flight = Bytes::copy_from_slice(self.waiting.flight());
        let tried = self.failed.iter().map(|(proxy, _)| *proxy).chain([first]).collect();
        Box::pin(async move {
            let mut carried = dialer.dial_again(target, tried).await.ok()?;
            carried.stream.write_all(&flight).await.ok()?;
            carried.stream.flush().await.ok()?;
            let bytes = if carried.early.is_empty() {
                first_bytes::from(&mut carried.stream).await.ok()?
            } else {
                std::mem::take(&mut carried.early)
            };
            Some((carried, bytes))
        })
    }
}
