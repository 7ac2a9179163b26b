//! One session with an SSH server.

use std::borrow::Cow;
use std::fmt;
use std::net::Shutdown;
use std::sync::Arc;
use std::time::Duration;

use paperwing_link::{Proxy, Ssh};
use russh::client::{self, Config, Handle};
use russh::keys::{Algorithm, EcdsaCurve};
use russh::{ChannelOpenFailure, Error, Preferred, SshId};
use socket2::SockRef;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

use super::auth::log_in;
use super::host_key::Witness;
use super::stream::SshStream;
use super::ties::{Ties, look_after};
use crate::outcome::{Cause, Failure, Garbage, Local, Stage, TargetFailure};
use crate::target::{Target, TargetHost};
use crate::upstream::progress::Progress;
use crate::upstream::tcp::{self, Surroundings};

/// What is kept at most of a channel whose reader is slow, in messages of up to 32 KiB, before the whole session waits.
const KEPT: usize = 512;
/// How much a server may send of a channel before it must wait for us, in bytes.
const WINDOW: u32 = 2 * 1024 * 1024;
/// A channel that is not open after so long makes us ask for a sign of life, for so long.
const DOUBT: Duration = Duration::from_secs(3);

/// A session that is logged in.
pub(in crate::upstream) struct Session {
    handle: Handle<Witness>,
    /// Another handle of the same socket, with which the session is ended whatever it is waiting for.
    socket: std::net::TcpStream,
    ties: Arc<Ties>,
}

// === impl Session ===

impl Session {
    pub(super) async fn open(
        proxy: &Proxy,
        ssh: &Ssh,
        surroundings: &Surroundings,
        progress: &Progress,
    ) -> Result<Arc<Self>, Failure> {
        let (tcp, socket) = with_second(tcp::connect(&proxy.host, proxy.port, surroundings, progress).await?)?;
        progress.enter(Stage::Greet);
        let host_keys = &surroundings.sessions.host_keys;
        let expected = host_keys.expected(proxy, ssh);
        let is_new = expected.is_none();
        let witness = Witness::new(expected);
        let shown = Arc::clone(&witness.shown);
        let mut handle = client::connect_stream(Arc::new(config()), tcp, witness)
            .await
            .map_err(|error| Failure::new(Stage::Greet, cause(&error)))?;
        surroundings.met(proxy, socket.peer_addr());
        if let (true, Some(key)) = (is_new, shown.get()) {
            host_keys.learn(proxy, key);
        }
        progress.enter(Stage::Auth);
        log_in(&mut handle, ssh).await?;
        let session = Arc::new(Self { handle, socket, ties: Arc::default() });
        tokio::spawn(look_after(Arc::downgrade(&session), Arc::clone(&session.ties)));
        Ok(session)
    }

    /// Whether it still stands, as far as this computer knows.
    pub(in crate::upstream) fn is_open(&self) -> bool {
        !self.handle.is_closed() && !self.ties.is_dead()
    }

    /// Asks for a channel to a target (RFC 4254, 7.2).
    pub(in crate::upstream) async fn ask(self: &Arc<Self>, target: &Target) -> Result<SshStream, Failure> {
        let tie = self.ties.tie();
        let host = match &target.host {
            TargetHost::Ip(ip) => ip.to_string(),
            TargetHost::Domain(name) => name.to_string(),
        };
        // Where the connection comes from is nobody's business.
        let opening = self.handle.channel_open_direct_tcpip(host, target.port.get().into(), "127.0.0.1", 0);
        let opened = tokio::select! {
            opened = opening => opened,
            () = self.silence() => {
                self.end();
                return Err(Failure::new(Stage::Greet, Cause::Silent));
            }
        };
        match opened {
            Ok(channel) => Ok(SshStream::new(channel.into_stream(), Arc::clone(self), tie)),
            Err(Error::ChannelOpenFailure(why)) => {
                Err(Failure::new(Stage::Request, Cause::Target(target_failure(&why))))
            }
            // The session is gone, and with it every answer: that is no word about the target.
            Err(_) => Err(Failure::new(Stage::Greet, Cause::Closed)),
        }
    }

    /// Ends when the server has given no sign of life.
    async fn silence(&self) {
        loop {
            sleep(DOUBT).await;
            if timeout(DOUBT, self.ping()).await.is_err() && !self.ties.cut_stuck() {
                return;
            }
        }
    }

    pub(super) async fn ping(&self) {
        // A session that has ended answers with an error, at once; whoever asks looks at `is_open` next.
        let _ = self.handle.send_ping().await;
    }

    /// Ends it with all its channels, whatever it is waiting for.
    pub(super) fn end(&self) {
        self.ties.die();
        let _ = self.socket.shutdown(Shutdown::Both);
    }

    pub(super) fn ties(&self) -> &Arc<Ties> {
        &self.ties
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.end();
        self.ties.wake();
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("is_open", &self.is_open()).finish_non_exhaustive()
    }
}

/// The connection, and a second handle of its socket.
fn with_second(tcp: TcpStream) -> Result<(TcpStream, std::net::TcpStream), Failure> {
    let io = |error| Failure::from_io(Stage::Connect, &error);
    let second = SockRef::from(&tcp).try_clone().map_err(io)?;
    Ok((tcp, second.into()))
}

fn config() -> Config {
    // No RSA: its only implementation in Rust leaks the key through its timing.
    let ecdsa = |curve| Algorithm::Ecdsa { curve };
    let keys =
        vec![Algorithm::Ed25519, ecdsa(EcdsaCurve::NistP256), ecdsa(EcdsaCurve::NistP384), ecdsa(EcdsaCurve::NistP521)];
    Config {
        // What nearly everybody says.
        client_id: SshId::Standard(Cow::Borrowed("SSH-2.0-OpenSSH_9.9")),
        window_size: WINDOW,
        channel_buffer_size: KEPT,
        preferred: Preferred { key: Cow::Owned(keys), ..Preferred::default() },
        ..Config::default()
    }
}

fn cause(error: &Error) -> Cause {
    match error {
        Error::IO(error) => Cause::from(error),
        Error::UnknownKey => Cause::HostKeyChanged,
        Error::Disconnect | Error::HUP | Error::SendError => Cause::Closed,
        Error::ConnectionTimeout | Error::KeepaliveTimeout | Error::InactivityTimeout => Cause::Silent,
        Error::Join(_) => Cause::Local(Local::OutOfResources),
        _ => Cause::Garbage(Garbage::Other),
    }
}

fn target_failure(why: &ChannelOpenFailure) -> TargetFailure {
    match why {
        ChannelOpenFailure::AdministrativelyProhibited => TargetFailure::NotAllowed,
        ChannelOpenFailure::ConnectFailed => TargetFailure::HostUnreachable,
        ChannelOpenFailure::UnknownChannelType => TargetFailure::CommandNotSupported,
        _ => TargetFailure::General,
    }
}
