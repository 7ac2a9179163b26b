//! Where those who connect to a proxy are let in, refused, or left standing.

use std::io;
use std::iter;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use socket2::{SockRef, Socket};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::{Inner, serve};
use crate::mood::Mood;

/// So many may wait to be let in.
const QUEUE: i32 = 1024;

pub(super) fn open(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(QUEUE.unsigned_abs())
}

/// Lets in whom the mood of the moment lets in, until the runtime ends.
pub(super) async fn keep(inner: Arc<Inner>, listener: TcpListener) {
    let mut moods = inner.mood.subscribe();
    let mut listener = Some(listener);
    loop {
        let mood = *moods.borrow_and_update();
        match (mood, &listener) {
            (Mood::Refuse, _) => {
                listener = None;
                if moods.changed().await.is_err() {
                    return;
                }
            }
            (_, None) => {
                listener = open(inner.address).ok();
                if listener.is_none() {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            (Mood::Blackhole, Some(open)) => {
                let stuck = plug(open, inner.address).await;
                if moods.changed().await.is_err() {
                    return;
                }
                unplug(open);
                drop(stuck);
            }
            (_, Some(open)) => tokio::select! {
                changed = moods.changed() => if changed.is_err() { return },
                accepted = open.accept() => if let Ok((client, _)) = accepted {
                    inner.log().accepted.push(Instant::now());
                    tokio::spawn(serve::serve(Arc::clone(&inner), client));
                },
            },
        }
    }
}

/// Lets nobody in any more, without the kernel's firewall: the queue has one place from now on, which is taken, and the kernel
/// drops what does not fit in. The door itself stays where it is: a new one would refuse who comes between the two. Returns who
/// must be kept, because they would be reset if they went away.
async fn plug(listener: &TcpListener, address: SocketAddr) -> (Vec<Socket>, Vec<TcpStream>) {
    let _ = SockRef::from(listener).listen(0);
    let (queued, mut plugs) = (queued(listener), Vec::new());
    while let Ok(Ok(stream)) = tokio::time::timeout(Duration::from_millis(50), TcpStream::connect(address)).await {
        plugs.push(stream);
    }
    (queued, plugs)
}

/// The other way round. Who waited to be let in is reset.
fn unplug(listener: &TcpListener) {
    let _ = SockRef::from(listener).listen(QUEUE);
    drop(queued(listener));
}

fn queued(listener: &TcpListener) -> Vec<Socket> {
    iter::from_fn(|| SockRef::from(listener).accept().ok()).map(|(socket, _)| socket).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Knocks without a pause. Whether each was let in or left standing.
    async fn knock(address: SocketAddr, times: usize) -> io::Result<()> {
        for _ in 0..times {
            if let Ok(knocked) = tokio::time::timeout(Duration::from_millis(20), TcpStream::connect(address)).await {
                knocked?;
            }
        }
        Ok(())
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_door_that_is_plugged_meanwhile_refuses_nobody() {
        for _ in 0..20 {
            let listener = open(([127, 0, 0, 1], 0).into()).expect("a free port");
            let address = listener.local_addr().expect("it listens");
            let clients: Vec<_> = (0..4).map(|_| tokio::spawn(knock(address, 5))).collect();
            let _stuck = plug(&listener, address).await;
            for client in clients {
                client.await.expect("no panic").expect("neither refused nor reset");
            }
        }
    }

    #[tokio::test]
    async fn a_plugged_door_lets_nobody_in_until_it_is_unplugged() {
        let listener = open(([127, 0, 0, 1], 0).into()).expect("a free port");
        let address = listener.local_addr().expect("it listens");
        let stuck = plug(&listener, address).await;
        let knocked = tokio::time::timeout(Duration::from_millis(50), TcpStream::connect(address)).await;
        assert!(knocked.is_err(), "nobody answers");
        unplug(&listener);
        drop(stuck);
        TcpStream::connect(address).await.expect("somebody answers again");
        listener.accept().await.expect("and lets in");
    }
}
