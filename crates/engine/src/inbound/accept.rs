//! Takes connections in, as many as there is room for.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::datagrams;
use super::forward;
use super::gate::Gate;
use super::{Request, read_request};
use crate::failover::{Carried, Dialer};
use crate::live::{Connection, Listed, Live};
use crate::opening::{Agreed, Opened, open};
use crate::relay::{IdleLimits, Progress, Relay};
use crate::target::Target;

/// How long a client may take to say what it wants.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to leave a client waiting when this computer is out of files or memory.
const BREATH: Duration = Duration::from_millis(100);

/// What every connection needs.
#[derive(Clone)]
pub(crate) struct Door {
    pub(crate) gate: Arc<Gate>,
    pub(crate) dialer: Arc<Dialer>,
    pub(crate) live: Arc<Live>,
    pub(crate) idle: IdleLimits,
    /// One permit for each connection there is room for.
    pub(crate) room: Arc<Semaphore>,
    /// One for each association of datagrams.
    pub(crate) associations: Arc<Semaphore>,
}

/// Takes connections in until it is dropped; the connections end with it.
pub(crate) async fn accept(listener: TcpListener, door: Door) {
    take_in(listener, &Arc::clone(&door.room), |client, permit| serve(client, door.clone(), permit)).await;
}

/// The same for whatever is to be done with each.
pub(super) async fn take_in<F>(
    listener: TcpListener,
    room: &Arc<Semaphore>,
    serve: impl Fn(TcpStream, OwnedSemaphorePermit) -> F,
) where
    F: Future<Output = ()> + Send + 'static,
{
    let mut connections = JoinSet::new();
    loop {
        // Waiting for room before accepting leaves the others in the kernel's queue, where they cost nothing.
        let Ok(permit) = Arc::clone(room).acquire_owned().await else { return };
        let accepted = loop {
            tokio::select! {
                accepted = listener.accept() => break accepted,
                Some(_) = connections.join_next() => {}
            }
        };
        match accepted {
            Ok((client, _)) => {
                connections.spawn(serve(client, permit));
            }
            Err(error) => after_failure(&error).await,
        }
    }
}

/// A client that gave up meanwhile is nothing; being out of files passes when connections end.
async fn after_failure(error: &io::Error) {
    if error.kind() != io::ErrorKind::ConnectionAborted {
        tracing::warn!(%error, "cannot take a connection in; waiting");
        sleep(BREATH).await;
    }
}

/// What is left to do for a client once it is known what it wants.
enum Work {
    Carry { carried: Carried, target: Target, early: Bytes },
    Associate(u16),
    Forward(Bytes),
}

/// A connection that only has to be carried from here on.
struct Joined {
    relay: Relay,
    progress: Arc<Progress>,
    listed: Listed,
}

/// One client from its first byte to its last.
async fn serve(client: TcpStream, door: Door, permit: OwnedSemaphorePermit) {
    // In a box of its own, so that a connection that is being carried does not hold the memory of what came before.
    if let Some(Joined { relay, progress, listed }) = Box::pin(join(client, door)).await {
        tokio::select! {
            ended = relay.run(progress) => tracing::debug!(?ended, "carried"),
            // Dropping the relay resets both sides: the application is to connect anew, not to take this for the end.
            () = listed.closed() => {}
        }
    }
    drop(permit);
}

/// Finds out what a client wants, and a proxy that carries it. Plain HTTP is served to its end here.
async fn join(mut client: TcpStream, door: Door) -> Option<Joined> {
    match prepare(&mut client, &door).await? {
        Work::Carry { carried, target, early } => first_byte(client, carried, target, early, &door).await,
        Work::Associate(port) => {
            let _ = datagrams::serve(client, port, &door).await;
            None
        }
        Work::Forward(head) => {
            let tunnel = forward::serve(client, head, door.clone()).await?;
            first_byte(tunnel.client, tunnel.carried, tunnel.target, tunnel.early, &door).await
        }
    }
}

/// Waits for the first byte.
async fn first_byte(
    mut client: TcpStream,
    carried: Carried,
    target: Target,
    early: Bytes,
    door: &Door,
) -> Option<Joined> {
    let progress = Arc::new(Progress::new(carried.meters.clone()));
    let connection =
        Connection { number: 0, target: target.clone(), proxy: carried.proxy, progress: Arc::clone(&progress) };
    let listed = door.live.add(connection);
    let agreed = Agreed { target: &target, carried, progress, early };
    let opened = open(&mut client, agreed, &door.dialer, &listed, door.idle.open).await?;
    let Opened { carried, progress, to_upstream, to_client } = opened;
    let relay = Relay { client, upstream: carried.stream.settled(), to_upstream, to_client, limits: door.idle };
    Some(Joined { relay, progress, listed })
}

async fn prepare(client: &mut TcpStream, door: &Door) -> Option<Work> {
    #[cfg(not(target_os = "linux"))]
    let _ = client.set_nodelay(true);
    let (target, reply, early) = match timeout(HANDSHAKE, read_request(client, &door.gate)).await {
        Ok(Ok(Request::Tunnel { target, reply, early })) => (target, reply, early),
        Ok(Ok(Request::Associate(port))) => return Some(Work::Associate(port)),
        Ok(Ok(Request::Forward(head))) => return Some(Work::Forward(head)),
        Ok(Err(why)) => {
            tracing::debug!(%why, "no request");
            return None;
        }
        Err(_) => {
            tracing::debug!("no request in time");
            return None;
        }
    };
    match door.dialer.dial(target.clone()).await {
        Ok(carried) => {
            reply.succeeded(client).await.ok()?;
            Some(Work::Carry { carried, target, early })
        }
        Err(refusal) => {
            tracing::debug!(?refusal, "not carried");
            let _ = reply.failed(client, &refusal).await;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpSocket;

    use super::*;
    use crate::failover::Rules;
    use crate::upstream::Surroundings;

    /// A person's browser keeps hundreds of connections open that carry nothing.
    #[tokio::test]
    async fn a_connection_does_not_hold_the_memory_of_its_handshakes() {
        let surroundings = Arc::new(Surroundings::default());
        let gate = Arc::new(Gate { login: None, surroundings: Arc::clone(&surroundings) });
        let dialer = Dialer::new(Rules::default(), Box::new(|| 0.5), surroundings);
        let room = Arc::new(Semaphore::new(1));
        let door = Door {
            gate,
            dialer,
            live: Arc::default(),
            idle: IdleLimits::default(),
            room: Arc::clone(&room),
            associations: Arc::new(Semaphore::new(1)),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpSocket::new_v4().unwrap().connect(listener.local_addr().unwrap()).await.unwrap();
        let size = size_of_val(&serve(client, door, room.acquire_owned().await.unwrap()));
        assert!(size <= 1024, "{size} bytes");
    }
}
