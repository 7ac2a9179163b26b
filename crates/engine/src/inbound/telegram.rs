//! The port for Telegram: a proxy of Telegram's own kind, with a secret of its own, behind which stand those of the list.
//!
//! What Telegram says is decrypted with our secret and encrypted with that of the proxy that carries it; nothing of it is
//! looked at but the lengths of the first messages. Whoever does not know our secret is not answered, and nothing that is
//! not Telegram's transport gets to a proxy.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout};

use super::accept::take_in;
use crate::failover::{Carried, Dialer};
use crate::live::{Connection, Listed, Live};
use crate::mtproto::{self, Call, Caller, DATA_CENTRE, FirstFrame, Frames, INIT, Key, Keys, MOST_FLIGHT};
use crate::relay::{IdleLimits, Progress, Relay};
use crate::upstream::Stream;

/// How long a client may take to say that it knows the secret.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long it may take to say something after that.
const FIRST_MESSAGE: Duration = Duration::from_mins(1);
/// Room for a usual first message.
const ROOM: usize = 2048;

/// What every connection needs.
#[derive(Clone)]
pub(crate) struct TelegramDoor {
    pub(crate) secret: Arc<Key>,
    pub(crate) dialer: Arc<Dialer>,
    pub(crate) live: Arc<Live>,
    pub(crate) idle: IdleLimits,
    /// One permit for each connection there is room for.
    pub(crate) room: Arc<Semaphore>,
}

/// A client that has said what it wants first.
struct Asked {
    dc: i16,
    keys: Keys,
    flight: Vec<u8>,
}

/// A connection that only has to be carried from here on.
struct Joined {
    relay: Relay,
    progress: Arc<Progress>,
    listed: Listed,
}

/// Takes connections in until it is dropped; the connections end with it.
pub(crate) async fn accept(listener: TcpListener, door: TelegramDoor) {
    take_in(listener, &Arc::clone(&door.room), |client, permit| serve(client, door.clone(), permit)).await;
}

/// Asks a data centre who it is, through one proxy after another until one answers: Telegram begins with that one.
pub(crate) async fn find_one_that_works(dialer: Arc<Dialer>) {
    dialer.ask_data_centre(DATA_CENTRE).await;
}

/// One client from its first byte to its last.
async fn serve(client: TcpStream, door: TelegramDoor, permit: OwnedSemaphorePermit) {
    // In a box of its own, so that a connection that is being carried does not hold the memory of what came before.
    if let Some(Joined { relay, progress, listed }) = Box::pin(join(client, door)).await {
        tokio::select! {
            ended = relay.run(progress) => tracing::debug!(?ended, "carried"),
            // Dropping the relay resets both sides, and Telegram connects anew.
            () = listed.closed() => {}
        }
    }
    drop(permit);
}

async fn join(mut client: TcpStream, door: TelegramDoor) -> Option<Joined> {
    #[cfg(not(target_os = "linux"))]
    let _ = client.set_nodelay(true);
    let asked = match ask(&mut client, &door.secret).await {
        Ok(asked) => asked,
        Err(error) => {
            tracing::debug!(%error, "nothing that Telegram says");
            return None;
        }
    };
    let dc = asked.dc;
    let (carried, caller, mut keys) = dial(&mut client, asked, &door.dialer).await?;
    // Should its proxy have been judged meanwhile (`carried.is_judged`), it stays all the same: a data centre's answer just came
    // through it, so unlike a proxy that only said "connected" it is known to carry this very connection.
    let Stream::Mtproto(mut stream) = carried.stream else { return None };
    let progress = Arc::new(Progress::new(carried.meters));
    let taken = stream.taken();
    progress.note(taken as u64, 0, Instant::now());
    if !carried.early.is_empty() {
        door.dialer.first_byte(carried.proxy);
    }
    let mut to_client = carried.early.to_vec();
    keys.down.apply(&mut to_client);
    stream.face(keys, &caller.said()[taken..]);
    let target = mtproto::target(dc)?;
    let connection = Connection { number: 0, target, proxy: carried.proxy, progress: Arc::clone(&progress) };
    let listed = door.live.add(connection);
    let relay = Relay {
        client,
        upstream: Stream::Mtproto(stream),
        to_upstream: Bytes::new(),
        to_client: to_client.into(),
        limits: door.idle,
    };
    Some(Joined { relay, progress, listed })
}

/// Hears the client until its first message is whole, or longer than what can be said twice.
async fn ask(client: &mut TcpStream, secret: &Key) -> io::Result<Asked> {
    let mut init = [0; INIT];
    timeout(HANDSHAKE, client.read_exact(&mut init)).await??;
    let unknown = io::Error::new(io::ErrorKind::PermissionDenied, "another secret, or something else than Telegram");
    let (dc, mut keys) = mtproto::accept_init(&init, secret).ok_or(unknown)?;
    let mut flight = Vec::with_capacity(ROOM);
    let first_message = async {
        loop {
            let heard = flight.len();
            flight.reserve(ROOM);
            if client.read_buf(&mut flight).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            keys.up.apply(&mut flight[heard..]);
            match Frames::of(&flight).first {
                FirstFrame::Unfinished if flight.len() < MOST_FLIGHT => {}
                FirstFrame::Unfinished | FirstFrame::Whole => return Ok::<_, io::Error>(()),
                FirstFrame::Nonsense => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
    };
    timeout(FIRST_MESSAGE, first_message).await??;
    Ok(Asked { dc, keys, flight })
}

/// Finds a proxy through which an answer comes, and hears meanwhile what else the client says.
async fn dial(client: &mut TcpStream, asked: Asked, dialer: &Arc<Dialer>) -> Option<(Carried, Caller, Keys)> {
    let Asked { dc, mut keys, flight } = asked;
    let (caller, call) = Call::new(dc, flight);
    let mut dialing = pin!(dialer.dial_telegram(call));
    let mut more = Vec::new();
    let mut goes_on = true;
    let carried = loop {
        goes_on = goes_on && caller.said().len() < MOST_FLIGHT;
        more.reserve(ROOM);
        tokio::select! {
            carried = &mut dialing => break carried,
            heard = client.read_buf(&mut more), if goes_on => match heard {
                Ok(0) => goes_on = false,
                Ok(_) => {
                    keys.up.apply(&mut more);
                    caller.say(&more);
                    more.clear();
                }
                Err(_) => return None,
            },
        }
    };
    match carried {
        Ok(carried) => Some((carried, caller, keys)),
        Err(refusal) => {
            tracing::debug!(?refusal, "not carried");
            None
        }
    }
}

#[cfg(test)]
mod tests;
