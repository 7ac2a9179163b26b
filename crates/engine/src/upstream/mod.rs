//! The protocols in which a proxy is asked to carry a connection. One file per protocol; none knows of clients.

mod address;
pub(crate) mod datagrams;
mod http;
mod layers;
pub(crate) mod mtproto;
mod names;
mod pinned;
mod prefaced;
mod program;
mod progress;
mod shadowsocks;
mod socks4;
mod socks5;
mod ssh;
mod stream;
mod tcp;
mod tls;
mod trojan;
mod unsent;
mod vless;
mod websocket;

use std::sync::Arc;

use bytes::Bytes;
use paperwing_link::{Program, Protocol, Proxy};

pub(crate) use datagrams::Datagrams;
pub use mtproto::MtprotoStream;
pub(crate) use names::{Opinion, SecondOpinion};
pub use program::is_installed;
pub use progress::Progress;
#[cfg(target_os = "linux")]
pub(crate) use shadowsocks::Interrupted;
#[cfg(target_os = "linux")]
pub(crate) use shadowsocks::ShadowsocksStream;
pub use ssh::SshStream;
pub(crate) use ssh::are_alike;
pub use stream::Stream;
pub use tcp::Surroundings;
pub(crate) use tls::secure;

use self::layers::{Layers, NOT_CARRIED};
use self::prefaced::{Answer, Prefaced};
use self::program::Door;
use self::ssh::Session;
use crate::outcome::{Cause, Failure, Garbage, Stage};
use crate::received::Received;
use crate::target::Target;

/// A connection that a proxy agreed to carry.
#[derive(Debug)]
pub struct Connected {
    /// From here on, bytes to and from the target.
    pub stream: Stream,
    /// What the target already sent, read together with the proxy's last answer.
    pub early: Bytes,
}

/// A connection to a proxy that waits to be told of a target: opened, secured, greeted, logged in.
#[derive(Debug)]
pub struct Ready(Way);

/// What leads to a proxy.
#[derive(Debug)]
enum Way {
    /// A connection of its own, and what the proxy said beyond its last answer.
    Own(Stream, Received),
    /// A session that connections share.
    Shared(Arc<Session>),
}

/// Asks a proxy to carry a connection to a target, and marks each stage as it begins.
///
/// It sets no time limit of its own: whoever calls it knows how long is too long, and [`Progress`] tells where the
/// attempt stood when that one lost patience. Names of targets go to the proxy as they are.
pub async fn connect(
    proxy: &Proxy,
    target: &Target,
    surroundings: &Surroundings,
    progress: &Progress,
) -> Result<Connected, Failure> {
    let ready = prepare(proxy, surroundings, progress).await?;
    let is_shared = matches!(ready.0, Way::Shared(_));
    match request(ready, proxy, target, progress).await {
        // A session that ended since it was last used tells nothing; a new one will.
        Err(Failure { stage: Stage::Greet, cause: Cause::Closed }) if is_shared => {
            let ready = prepare(proxy, surroundings, progress).await?;
            request(ready, proxy, target, progress).await
        }
        Ok(connected) => {
            if let Some(socket) = connected.stream.socket() {
                surroundings.met(proxy, socket.peer_addr());
            }
            Ok(connected)
        }
        Err(failure) => Err(failure),
    }
}

/// Goes as far as a proxy's protocol allows without a target.
pub async fn prepare(proxy: &Proxy, surroundings: &Surroundings, progress: &Progress) -> Result<Ready, Failure> {
    if let Protocol::Ssh(it) = &proxy.protocol {
        return surroundings
            .sessions
            .get(proxy, it, surroundings, progress)
            .await
            .map(|session| Ready(Way::Shared(session)));
    }
    let door = match program::needed(proxy) {
        Some(program) => Some(surroundings.programs.connect(program, proxy, progress).await?),
        None => None,
    };
    if let Some(Door { mut stream, login: Some(login) }) = door {
        let mut received = Received::at_most(socks5::MOST);
        socks5::greet(&mut stream, &mut received, Some(&login), progress).await?;
        return Ok(Ready(Way::Own(Stream::Tcp(stream), received)));
    }
    let layers = Layers::of(&proxy.protocol).filter(|_| is_carried(&proxy.protocol)).ok_or(NOT_CARRIED)?;
    let mut received = Received::at_most(http::MOST);
    let tcp = match door {
        Some(Door { stream, .. }) => stream,
        None => tcp::connect(&proxy.host, proxy.port, surroundings, progress).await?,
    };
    let mut stream = layers.over(tcp, proxy, progress).await?;
    if let Protocol::Socks5(login) = &proxy.protocol {
        received = Received::at_most(socks5::MOST);
        socks5::greet(&mut stream, &mut received, login.as_ref(), progress).await?;
    }
    Ok(Ready(Way::Own(stream, received)))
}

/// Asks for a target over a connection that is ready. Where the protocol does not tell what came of it, that is not waited
/// for.
pub async fn request(ready: Ready, proxy: &Proxy, target: &Target, progress: &Progress) -> Result<Connected, Failure> {
    progress.enter(Stage::Request);
    let (mut stream, received) = match ready.0 {
        Way::Own(stream, received) => (stream, received),
        Way::Shared(session) => {
            let stream = Stream::Ssh(Box::new(session.ask(target).await?));
            return Ok(Connected { stream, early: Bytes::new() });
        }
    };
    let early = match &proxy.protocol {
        _ if program::needed(proxy) == Some(Program::Shoes) => {
            socks5::ask(&mut stream, received, target).await.map_err(of_the_proxy)?
        }
        Protocol::Socks5(_) => socks5::ask(&mut stream, received, target).await?,
        Protocol::Socks4 { user } | Protocol::Socks4a { user } => {
            socks4::ask(&mut stream, received, user.as_deref(), target).await?
        }
        Protocol::Http(login) | Protocol::Https { login, .. } => {
            http::ask(&mut stream, received, login.as_ref(), target).await?
        }
        protocol => return silent(stream, protocol, target),
    };
    Ok(Connected { stream, early })
}

/// What a program beside ours says of a request. The protocols that it speaks answer nothing, so it can only mean the proxy.
fn of_the_proxy(failure: Failure) -> Failure {
    match failure.cause {
        Cause::Target(_) | Cause::Closed | Cause::Reset => Failure::new(Stage::Connect, Cause::Unreachable),
        _ => failure,
    }
}

/// Protocols that answer nothing: the connection counts as carried, and the first byte has to prove it.
fn silent(stream: Stream, protocol: &Protocol, target: &Target) -> Result<Connected, Failure> {
    let stream = match (protocol, stream) {
        (Protocol::Shadowsocks(it), Stream::Tcp(tcp)) => {
            Stream::Shadowsocks(Box::new(shadowsocks::ask(tcp, it, target)?))
        }
        (Protocol::Trojan(it), stream) => prefaced(stream, trojan::request(it, target), Answer::Nothing),
        (Protocol::Vless(it), stream) => prefaced(stream, vless::request(it, target), Answer::Vless),
        _ => return Err(NOT_CARRIED),
    };
    Ok(Connected { stream, early: Bytes::new() })
}

fn prefaced(stream: Stream, words: Vec<u8>, answer: Answer) -> Stream {
    Stream::Prefaced(Box::new(Prefaced::new(stream, words, answer)))
}

impl Ready {
    /// Whether the proxy still holds the connection open, as far as this computer knows.
    pub fn is_open(&mut self) -> bool {
        match &mut self.0 {
            Way::Own(stream, received) => received.bytes().is_empty() && stream.is_quiet(),
            Way::Shared(session) => session.is_open(),
        }
    }
}

/// Whether this version can carry connections in a protocol.
pub fn is_carried(protocol: &Protocol) -> bool {
    match protocol {
        Protocol::Socks5(_)
        | Protocol::Socks4 { .. }
        | Protocol::Socks4a { .. }
        | Protocol::Http(_)
        | Protocol::Https { .. }
        | Protocol::Ssh(_) => true,
        Protocol::Shadowsocks(it) => shadowsocks::is_carried(it),
        Protocol::Trojan(_) | Protocol::Vless(_) => Layers::of(protocol).is_some(),
        _ => false,
    }
}

/// Turns an I/O error into a failure at a stage.
fn failed(stage: Stage) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::from_io(stage, &error)
}

/// Names what answers with this first byte where a SOCKS version was due.
fn name_garbage(first: u8) -> Cause {
    Cause::Garbage(match first {
        b'H' | b'<' => Garbage::Http,
        0x14..=0x17 => Garbage::Tls,
        _ => Garbage::Other,
    })
}

#[cfg(test)]
mod tests;
