//! A name server (RFC 1035) that knows one name, and says where it is: truly or not.

use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::UdpSocket;
use tokio::sync::watch;

/// The name of the first proxy, where a scenario is about names.
pub const PROXY_NAME: &str = "one.proxies.lab";

const HEADER: usize = 12;
const QUERY_TAIL: usize = 4;

/// Answers until the runtime ends.
pub(crate) async fn serve(at: Ipv4Addr, address: watch::Receiver<Ipv4Addr>) -> std::io::Result<()> {
    let socket = UdpSocket::bind(SocketAddr::new(at.into(), 53)).await?;
    tokio::spawn(async move {
        let mut query = [0; 512];
        while let Ok((length, from)) = socket.recv_from(&mut query).await {
            let address = *address.borrow();
            if let Some(answer) = answer(&query[..length], address) {
                // Whoever asked and went away asks again.
                let _ = socket.send_to(&answer, from).await;
            }
        }
    });
    Ok(())
}

/// The address of [`PROXY_NAME`] for an A query, nothing at all for others about it, and "no such name" for the rest.
fn answer(query: &[u8], address: Ipv4Addr) -> Option<Vec<u8>> {
    let (mut at, mut labels) = (HEADER, Vec::new());
    loop {
        let length = usize::from(*query.get(at)?);
        let label = query.get(at + 1..at + 1 + length)?;
        at += 1 + length;
        if length == 0 {
            break;
        }
        labels.push(String::from_utf8_lossy(label).to_ascii_lowercase());
    }
    let question = query.get(HEADER..at + QUERY_TAIL)?;
    let is_known = labels.join(".") == PROXY_NAME;
    let wants_ipv4 = query.get(at..at + 2)? == [0, 1];
    let answers = u8::from(is_known && wants_ipv4);
    let mut reply = query.get(..2)?.to_vec();
    reply.extend([0x84, if is_known { 0 } else { 3 }, 0, 1, 0, answers, 0, 0, 0, 0]);
    reply.extend(question);
    if answers == 1 {
        // A pointer to the question's name, A, IN, lives for no time, four bytes.
        reply.extend([0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4]);
        reply.extend(address.octets());
    }
    Some(reply)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn query(name: &str, kind: u8) -> Vec<u8> {
        let mut query = vec![7, 7, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0];
        for label in name.split('.') {
            query.push(label.len().try_into().unwrap());
            query.extend(label.as_bytes());
        }
        query.extend([0, 0, kind, 0, 1]);
        query
    }

    #[test]
    fn it_knows_one_name() {
        let address = Ipv4Addr::new(10, 0, 0, 9);
        let known = answer(&query(PROXY_NAME, 1), address).unwrap();
        assert!(known.starts_with(&[7, 7, 0x84, 0]) && known.ends_with(&[0, 4, 10, 0, 0, 9]));
        assert_eq!(answer(&query(PROXY_NAME, 28), address).unwrap()[3], 0);
        assert_eq!(answer(&query("example.org", 1), address).unwrap()[3], 3);
        assert_eq!(answer(&[1, 2, 3], address), None);
    }
}
