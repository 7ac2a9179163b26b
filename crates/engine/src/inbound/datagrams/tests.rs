use std::net::Ipv4Addr;
use std::sync::Arc;

use paperwing_link::{Proxy, ProxyId};
use proptest::prelude::*;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, mpsc};

use super::*;
use crate::failover::{Dialer, Rules};
use crate::inbound::gate::Gate;
use crate::relay::IdleLimits;
use crate::upstream::Surroundings;

#[test]
fn fragments_and_nonsense_have_no_target() {
    let name = [&[0, 0, 0, 3, 9][..], b"a.example\0\x35question"].concat();
    assert_eq!(target(&name).map(|target| target.to_string()).as_deref(), Some("a.example:53"));
    assert_eq!(target(&[0, 0, 0, 1, 192, 0, 2, 1, 1, 187]).unwrap().to_string(), "192.0.2.1:443");
    let fragment = [&[0, 0, 1][..], &name[3..]].concat();
    for nonsense in [&fragment[..], &name[..14], &[0, 0, 0, 2, 1, 1], &[0, 0, 0, 1, 192, 0, 2, 1, 0, 0], b""] {
        assert_eq!(target(nonsense), None);
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..60)) {
        target(&bytes);
    }
}

/// A SOCKS5 proxy that sends datagrams back to where they come from. Tells of every association that has ended.
async fn proxy() -> (SocketAddr, mpsc::UnboundedReceiver<()>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, ends) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok((mut control, _)) = listener.accept().await {
            let tell = tell.clone();
            tokio::spawn(async move {
                let relay = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
                control.read_exact(&mut [0; 3]).await.unwrap();
                control.write_all(&[5, 0]).await.unwrap();
                control.read_exact(&mut [0; 10]).await.unwrap();
                control.write_all(&reply(relay.local_addr().unwrap())).await.unwrap();
                let echo = async {
                    let mut buffer = vec![0; LONGEST];
                    while let Ok((count, from)) = relay.recv_from(&mut buffer).await {
                        relay.send_to(&buffer[..count], from).await.unwrap();
                    }
                };
                tokio::select! {
                    () = gone(&mut control) => {}
                    () = echo => {}
                }
                let _ = tell.send(());
            });
        }
    });
    (address, ends)
}

/// A client's connection to a port before that proxy, and the socket for its datagrams.
async fn associated(with: SocketAddr) -> (TcpStream, UdpSocket) {
    let surroundings = Arc::new(Surroundings::default());
    let dialer = Dialer::new(Rules::default(), Box::new(|| 0.5), Arc::clone(&surroundings));
    let proxy: Proxy = format!("socks5://{with}").parse().unwrap();
    dialer.set_proxies([(ProxyId(1), proxy, None)]);
    let door = Door {
        gate: Arc::new(Gate { login: None, surroundings }),
        dialer,
        live: Arc::default(),
        idle: IdleLimits::default(),
        room: Arc::new(Semaphore::new(1)),
        associations: Arc::new(Semaphore::new(1)),
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let (accepted, _) = listener.accept().await.unwrap();
    tokio::spawn(async move { serve(accepted, 0, &door).await });
    let mut answer = [0; 10];
    client.read_exact(&mut answer).await.unwrap();
    assert_eq!(answer[..4], [5, 0, 0, 1]);
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = u16::from_be_bytes([answer[8], answer[9]]);
    socket.connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
    (client, socket)
}

async fn exchange(socket: &UdpSocket, port: u16) {
    let datagram = [&[0, 0, 0, 1, 192, 0, 2, 1][..], &port.to_be_bytes(), b"question"].concat();
    socket.send(&datagram).await.unwrap();
    let mut heard = [0; 99];
    let count = socket.recv(&mut heard).await.unwrap();
    assert_eq!(heard[..count], datagram);
}

#[tokio::test]
async fn a_way_is_let_go_a_minute_after_its_last_datagram_and_ten_seconds_after_a_question_for_a_name() {
    for (ports, limit) in [(&[53, 53][..], 10), (&[443], 60), (&[53, 443], 60)] {
        let (address, mut ends) = proxy().await;
        let (client, socket) = associated(address).await;
        for port in ports {
            exchange(&socket, *port).await;
        }
        tokio::time::pause();
        let before = Instant::now();
        ends.recv().await.unwrap();
        let took = before.elapsed();
        tokio::time::resume();
        let expected = Duration::from_secs(limit - 1)..Duration::from_secs(limit + 1);
        assert!(expected.contains(&took), "{ports:?}: {took:?}");
        // The next datagram opens another one.
        exchange(&socket, 443).await;
        drop(client);
        ends.recv().await.unwrap();
    }
}
