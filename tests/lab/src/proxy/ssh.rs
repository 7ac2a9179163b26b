//! The server's side of SSH (RFC 4251 to 4254), by russh: one session for many connections, each a channel of its own.
//!
//! What a mood does to bytes, it does to the whole session; what it does to requests, to each channel.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::keys::{HashAlg, PrivateKey};
use russh::server::{Auth, ChannelOpenHandle, Config, Handler, Msg, Session, run_stream};
use russh::{Channel, ChannelOpenFailure};
use socket2::Socket;
use tokio::io::duplex;
use tokio::time::sleep;

use super::client::Client;
use super::handshake::Asked;
use super::serve::answer;
use super::{Inner, LOGIN, carry};
use crate::mood::Mood;
use crate::origin::NAME;

/// Nothing hangs on these keys.
const KEY: [u8; 32] = [7; 32];
const ANOTHER_KEY: [u8; 32] = [9; 32];
const ROOM: usize = 64 << 10;

/// Who looks after one session.
struct Door {
    inner: Arc<Inner>,
    socket: Socket,
    port: u16,
}

/// The host key, as links name it.
pub(super) fn fingerprint() -> String {
    host_key(KEY).fingerprint(HashAlg::Sha256).to_string()
}

/// One session, until either side ends it or the mood does.
pub(super) async fn serve(inner: &Arc<Inner>, mut client: Client) -> io::Result<()> {
    let mut moods = inner.mood.subscribe();
    let (mut near, far) = duplex(ROOM);
    let door = Door { inner: Arc::clone(inner), socket: client.socket().try_clone()?, port: client.port() };
    let config = Arc::new(config(*moods.borrow_and_update()));
    // It ends with its end of the pipe.
    tokio::spawn(async move { run_stream(config, far, door).await?.await });
    let changed = async {
        loop {
            if moods.changed().await.is_err() || moods.borrow().ends_sessions() {
                return;
            }
        }
    };
    let is_over = tokio::select! {
        carried = carry::both_ways(inner, &mut client, &mut near) => return carried,
        () = changed => client.reset_on_close(),
    };
    inner.harm();
    is_over
}

fn host_key(seed: [u8; 32]) -> PrivateKey {
    Ed25519Keypair::from_seed(&seed).into()
}

fn config(mood: Mood) -> Config {
    let key = if mood == Mood::AnotherHostKey { ANOTHER_KEY } else { KEY };
    Config {
        keys: vec![host_key(key)],
        // A proxy takes as long for each answer as it is far away, and no longer.
        auth_rejection_time: Duration::ZERO,
        ..Config::default()
    }
}

// === impl Door ===

impl Handler for Door {
    type Error = russh::Error;

    async fn auth_password(&mut self, user: &str, password: &str) -> Result<Auth, Self::Error> {
        sleep(self.inner.distance).await;
        if (user, password) == (LOGIN.0, self.inner.password()) {
            return Ok(Auth::Accept);
        }
        self.inner.harm();
        Ok(Auth::reject())
    }

    async fn channel_open_direct_tcpip(
        &mut self,
        channel: Channel<Msg>,
        host: &str,
        port: u32,
        _from: &str,
        _from_port: u32,
        opening: ChannelOpenHandle,
        _session: &mut Session,
    ) -> Result<(), Self::Error> {
        let host = if host == NAME { Some(self.inner.origin) } else { host.parse().ok() };
        let (Some(host), Ok(port)) = (host, port.try_into()) else {
            opening.reject(ChannelOpenFailure::ConnectFailed).await;
            return Ok(());
        };
        let asked = Asked { target: SocketAddr::new(host, port), early: Vec::new() };
        let mut client = Client::channel(channel.into_stream(), opening, &self.socket, self.port)?;
        let inner = Arc::clone(&self.inner);
        // The other channels are not to wait for this one.
        tokio::spawn(async move { answer(&inner, &mut client, asked).await });
        Ok(())
    }
}
