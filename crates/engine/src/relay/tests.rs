#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;

use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::direction::Method;
use super::*;

mod endings;
mod tls;

/// A relay that is running, and what stands on both sides of it.
struct Bench {
    client: TcpStream,
    target: TcpStream,
    progress: Arc<Progress>,
    relay: JoinHandle<Ended>,
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Copy,
    #[cfg(target_os = "linux")]
    Splice,
    Auto,
}

#[cfg(target_os = "linux")]
const WAYS: [Way; 3] = [Way::Copy, Way::Splice, Way::Auto];
#[cfg(not(target_os = "linux"))]
const WAYS: [Way; 2] = [Way::Copy, Way::Auto];

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let (near, far) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
    (near.unwrap(), far.unwrap().0)
}

/// Small buffers in the kernel, so that little data is enough to fill them.
async fn narrow_pair() -> (TcpStream, TcpStream) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(16 * 1024).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let listener = socket.listen(8).unwrap();
    let near = TcpSocket::new_v4().unwrap();
    near.set_send_buffer_size(16 * 1024).unwrap();
    near.set_recv_buffer_size(16 * 1024).unwrap();
    let (near, far) = tokio::join!(near.connect(listener.local_addr().unwrap()), listener.accept());
    let far = far.unwrap().0;
    socket2::SockRef::from(&far).set_send_buffer_size(16 * 1024).unwrap();
    (near.unwrap(), far)
}

fn relay(client: TcpStream, upstream: Stream) -> Relay {
    let (to_upstream, to_client) = (Bytes::new(), Bytes::new());
    Relay { client, upstream, to_upstream, to_client, limits: IdleLimits::default() }
}

fn start(relay: Relay, way: Way) -> (Arc<Progress>, JoinHandle<Ended>) {
    let progress = Arc::new(Progress::new([]));
    let mut carrying = Carrying::new(relay, progress.clone());
    let method = match way {
        Way::Copy => Method::AlwaysCopy,
        #[cfg(target_os = "linux")]
        Way::Splice => Method::AlwaysSplice,
        Way::Auto => return (progress, tokio::spawn(carrying.run())),
    };
    carrying.up.force(method);
    carrying.down.force(method);
    (progress, tokio::spawn(carrying.run()))
}

async fn set_up(way: Way) -> Bench {
    let (client, inner_client) = pair().await;
    let (upstream, target) = pair().await;
    let (progress, relay) = start(relay(inner_client, Stream::Tcp(upstream)), way);
    Bench { client, target, progress, relay }
}

async fn set_up_narrow(way: Way) -> Bench {
    let (client, inner_client) = narrow_pair().await;
    let (upstream, target) = narrow_pair().await;
    let (progress, relay) = start(relay(inner_client, Stream::Tcp(upstream)), way);
    Bench { client, target, progress, relay }
}

fn noise(seed: u64, len: usize) -> Vec<u8> {
    let mut state = seed | 1;
    std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    })
    .flatten()
    .take(len)
    .collect()
}

/// Writes everything in pieces of these sizes (over and over), then says that it is done.
async fn send(mut to: impl tokio::io::AsyncWrite + Unpin, bytes: Vec<u8>, pieces: Vec<usize>) {
    let mut rest = &bytes[..];
    for piece in pieces.into_iter().cycle() {
        if rest.is_empty() {
            break;
        }
        let (now, later) = rest.split_at(piece.min(rest.len()));
        to.write_all(now).await.unwrap();
        rest = later;
    }
    to.shutdown().await.unwrap();
}

async fn receive(mut from: impl tokio::io::AsyncRead + Unpin) -> Vec<u8> {
    let mut bytes = Vec::new();
    from.read_to_end(&mut bytes).await.unwrap();
    bytes
}

/// Sends both ways at once and gives what arrived: (at the target, at the client).
async fn exchange(bench: Bench, up: Vec<u8>, down: Vec<u8>, pieces: Vec<usize>) -> (Vec<u8>, Vec<u8>, Ended) {
    let (client_reads, client_writes) = bench.client.into_split();
    let (target_reads, target_writes) = bench.target.into_split();
    let ((), (), at_target, at_client) = tokio::join!(
        send(client_writes, up, pieces.clone()),
        send(target_writes, down, pieces),
        receive(target_reads),
        receive(client_reads),
    );
    (at_target, at_client, bench.relay.await.unwrap())
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn what_goes_in_comes_out_both_ways(
        up in 0_usize..3_000_000,
        down in 0_usize..3_000_000,
        pieces in prop::collection::vec(1_usize..200_000, 1..8),
        seed: u64,
        way in prop::sample::select(&WAYS[..]),
    ) {
        runtime().block_on(async {
            let (up, down) = (noise(seed, up), noise(seed.rotate_left(9), down));
            let (at_target, at_client, ended) =
                exchange(set_up(way).await, up.clone(), down.clone(), pieces).await;
            prop_assert!(at_target == up, "{} bytes of {} arrived at the target", at_target.len(), up.len());
            prop_assert!(at_client == down, "{} bytes of {} arrived at the client", at_client.len(), down.len());
            prop_assert_eq!(ended, Ended { up: up.len() as u64, down: down.len() as u64, why: Why::Finished });
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn single_bytes_and_narrow_sockets_change_nothing() {
    for way in WAYS {
        let (up, down) = (noise(1, 400_000), noise(2, 1_000_000));
        let bench = set_up_narrow(way).await;
        let (at_target, at_client, ended) = exchange(bench, up.clone(), down.clone(), vec![1, 7, 50_000]).await;
        assert!(at_target == up && at_client == down, "{way:?}");
        assert_eq!(ended.why, Why::Finished);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn fifty_at_once_on_several_threads() {
    let mut all = tokio::task::JoinSet::new();
    for seed in 1..=50_u64 {
        let way = WAYS[usize::try_from(seed).unwrap() % WAYS.len()];
        all.spawn(async move {
            let (up, down) = (noise(seed, 700_000), noise(seed + 100, 1_500_000));
            let (at_target, at_client, _) =
                exchange(set_up(way).await, up.clone(), down.clone(), vec![100_000, 3]).await;
            at_target == up && at_client == down
        });
    }
    assert!(all.join_all().await.into_iter().all(|same| same));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn without_a_pipe_to_be_had_bytes_are_copied() {
    let _held: Vec<_> = std::iter::from_fn(splice::Pipe::take).collect();
    let (up, down) = (noise(7, 1_000_000), noise(8, 2_000_000));
    let (at_target, at_client, ended) =
        exchange(set_up(Way::Splice).await, up.clone(), down.clone(), vec![300_000]).await;
    assert!(at_target == up && at_client == down);
    assert_eq!(ended.why, Why::Finished);
}

#[tokio::test]
async fn bytes_beyond_the_handshakes_go_first() {
    let (mut client, inner_client) = pair().await;
    let (upstream, mut target) = pair().await;
    let mut joined = relay(inner_client, Stream::Tcp(upstream));
    joined.to_upstream = Bytes::from_static(b"hello, ");
    joined.to_client = Bytes::from_static(b"220 ");
    let (_, relay) = start(joined, Way::Auto);
    client.write_all(b"target").await.unwrap();
    target.write_all(b"ready").await.unwrap();
    client.shutdown().await.unwrap();
    target.shutdown().await.unwrap();
    assert_eq!(receive(target).await, b"hello, target");
    assert_eq!(receive(client).await, b"220 ready");
    assert_eq!(relay.await.unwrap(), Ended { up: 13, down: 9, why: Why::Finished });
}

/// Writes until nothing more is taken, and gives how much was.
async fn fill(from: &TcpStream) -> usize {
    let chunk = vec![7; 64 * 1024];
    let mut taken = 0;
    loop {
        match from.try_write(&chunk) {
            Ok(written) => taken += written,
            Err(error) => {
                assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
                // The relay and the kernel get the time to take more, if they would.
                let more = tokio::time::timeout(Duration::from_millis(300), from.writable());
                if more.await.is_err() {
                    return taken;
                }
            }
        }
    }
}

#[tokio::test]
async fn a_slow_reader_slows_its_writer_and_fills_no_memory() {
    for way in WAYS {
        let bench = set_up_narrow(way).await;
        let taken = fill(&bench.target).await;
        // Four narrow socket buffers, which the kernel doubles, and one chunk or one pipe.
        assert!(taken < 1024 * 1024, "{way:?}: {taken} bytes were taken of a writer whose reader reads nothing");
        assert!(!bench.relay.is_finished());
        drop(bench.target);
        assert_eq!(receive(bench.client).await.len(), taken, "{way:?}");
    }
}

#[tokio::test]
async fn a_full_way_does_not_stop_the_other() {
    for way in WAYS {
        let mut bench = set_up_narrow(way).await;
        fill(&bench.target).await;
        bench.client.write_all(b"still heard").await.unwrap();
        let mut heard = [0; 11];
        bench.target.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"still heard");
    }
}

#[tokio::test]
async fn others_can_watch_while_it_runs() {
    let (mut client, inner_client) = pair().await;
    let (upstream, mut target) = pair().await;
    let of_all = Arc::new(Meter::default());
    let progress = Arc::new(Progress::new([of_all.clone()]));
    let running = tokio::spawn(relay(inner_client, Stream::Tcp(upstream)).run(progress.clone()));
    assert_eq!((progress.first_down(), progress.last_up()), (None, None));
    client.write_all(b"four").await.unwrap();
    target.read_exact(&mut [0; 4]).await.unwrap();
    target.write_all(b"eleven more").await.unwrap();
    client.read_exact(&mut [0; 11]).await.unwrap();
    // The figures are noted when the turn is over, which may be after the bytes were read here.
    while progress.carried().down() < 11 {
        tokio::task::yield_now().await;
    }
    assert_eq!((progress.carried().up(), progress.carried().down()), (4, 11));
    assert_eq!((of_all.up(), of_all.down()), (4, 11));
    assert!(progress.first_down() >= progress.last_up() && progress.last_up().is_some());
    assert!(!running.is_finished());
    running.abort();
}

#[tokio::test]
async fn one_bulk_connection_does_not_starve_another() {
    // On one thread: the bulk side is always ready, in both kinds.
    for way in WAYS {
        let bulk = set_up(way).await;
        let (mut reads, bulk_client) = (bulk.client, bulk.target);
        let pouring = tokio::spawn(async move {
            let chunk = vec![1; 256 * 1024];
            let mut to = bulk_client;
            while to.write_all(&chunk).await.is_ok() {}
        });
        let draining = tokio::spawn(async move {
            let mut buffer = vec![0; 256 * 1024];
            while reads.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
        });
        let mut small = set_up(way).await;
        for _ in 0..100 {
            let before = bulk.progress.carried().down();
            small.client.write_all(b"?").await.unwrap();
            small.target.read_exact(&mut [0]).await.unwrap();
            let meanwhile = bulk.progress.carried().down() - before;
            assert!(meanwhile < 256 * 1024 * 1024, "{way:?}: {meanwhile} bytes went by before one small one");
        }
        pouring.abort();
        draining.abort();
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_bulk_transfer_is_handed_to_the_kernel_and_a_quiet_one_taken_back() {
    let mut method = Method::Copy { full: 0 };
    for chunk in [65_536, 65_536, 100, 65_536, 65_536] {
        method.saw(chunk);
    }
    assert!(matches!(method, Method::Copy { .. }));
    method.saw(65_536);
    assert!(matches!(method, Method::Splice { .. }));
    for chunk in [1, 1, 1, 200_000, 1, 1, 1] {
        method.saw(chunk);
    }
    assert!(matches!(method, Method::Splice { .. }));
    method.saw(1);
    assert!(matches!(method, Method::Copy { .. }));
}

#[test]
fn an_idle_connection_is_small() {
    runtime().block_on(async {
        let (_client, inner_client) = pair().await;
        let (upstream, _target) = pair().await;
        let running = relay(inner_client, Stream::Tcp(upstream)).run(Arc::new(Progress::new([])));
        assert!(size_of_val(&running) <= 512, "{} bytes", size_of_val(&running));
    });
}
