//! Programs that go through Paperwing.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;

use crate::net::connect;
use crate::process::{Finished, run, tool};

/// curl with nothing but what is asked for here, and a bound.
pub fn curl(words: &[&str]) -> Command {
    let mut command = tool("curl");
    // -q: whoever runs the tests may have a .curlrc.
    command.args(["-q", "-sS", "--max-time", "100", "--connect-timeout", "60"]).args(words);
    command
}

/// Asks for a page through a proxy.
pub fn fetch(proxy: &str, url: &str) -> Finished {
    run(curl(&["--fail", "-x", proxy, url]))
}

/// The status with which a page is answered; 000 if there is no answer.
pub fn status(proxy: &str, url: &str) -> String {
    run(curl(&["-o", "/dev/null", "-w", "%{http_code}", "-x", proxy, url])).text()
}

/// A SOCKS5 request for an IPv4 address (RFC 1928, 4), preceded by the greeting.
pub fn socks5_request(to: SocketAddr) -> Vec<u8> {
    let SocketAddr::V4(to) = to else { panic!("an IPv4 address") };
    let mut request = vec![5, 1, 0, 5, 1, 0, 1];
    request.extend(to.ip().octets());
    request.extend(to.port().to_be_bytes());
    request
}

/// Opens a SOCKS5 connection, greeting and request in one piece. The error is the reply code.
pub fn socks5(proxy: SocketAddr, to: SocketAddr) -> Result<TcpStream, u8> {
    let mut stream = connect(proxy);
    stream.write_all(&socks5_request(to)).expect("it takes what is sent");
    socks5_reply(&mut stream)?;
    Ok(stream)
}

/// Reads the answers to [`socks5_request`].
pub fn socks5_reply(stream: &mut TcpStream) -> Result<(), u8> {
    let mut answer = [0; 6];
    stream.read_exact(&mut answer).expect("an answer to greeting and request");
    assert_eq!([answer[0], answer[1], answer[2], answer[4]], [5, 0, 5, 0], "{answer:?}");
    let bound = match answer[5] {
        1 => 4,
        4 => 16,
        other => panic!("address type {other}"),
    };
    stream.read_exact(&mut vec![0; bound + 2]).expect("the whole answer");
    if answer[3] == 0 { Ok(()) } else { Err(answer[3]) }
}

/// Says something to an echo server and hears it again.
#[track_caller]
pub fn assert_echoes(stream: &mut TcpStream, words: &[u8]) {
    stream.write_all(words).expect("it takes what is sent");
    let mut heard = vec![0; words.len()];
    stream.read_exact(&mut heard).expect("the echo");
    assert_eq!(heard, words);
}
