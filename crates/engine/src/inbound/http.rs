//! HTTP as a client speaks it to a proxy: CONNECT, and plain requests by absolute URI (RFC 9112, 3.2).
//!
//! Requests in origin form are refused: only a web page that takes this port for a web server sends them.

use base64::prelude::{BASE64_STANDARD, Engine};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use zeroize::Zeroizing;

use super::gate::Gate;
use super::pages::{self, Page};
use super::reply::{Reply, close_heard};
use super::{NoRequest, Request};
use crate::received::Received;
use crate::target::Target;

const MOST_HEADERS: usize = 128;

/// What the head of a first request asks for.
enum Asked {
    Tunnel(Target),
    Forward,
}

/// Reads the head of the first request.
pub(super) async fn read_request(
    stream: &mut TcpStream,
    mut received: Received,
    gate: &Gate,
) -> Result<Request, NoRequest> {
    let refused = loop {
        match parse(received.bytes(), gate) {
            Ok(Some((Asked::Forward, _))) => return Ok(Request::Forward(received.rest())),
            Ok(Some((Asked::Tunnel(target), length))) => {
                received.take(length);
                return Ok(Request::Tunnel { target, reply: Reply::HttpConnect, early: received.rest() });
            }
            Ok(None) => {}
            Err(page) => break page,
        }
        match received.more(stream).await {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::FileTooLarge => break pages::HEAD_TOO_LARGE,
            Err(error) => return Err(error.into()),
        }
    };
    stream.write_all(&refused.to_bytes()).await?;
    close_heard(stream).await?;
    Err(NoRequest::Refused(refused.title))
}

/// What a head asks for and its length; nothing yet where it is not whole.
fn parse(received: &[u8], gate: &Gate) -> Result<Option<(Asked, usize)>, Page> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let length = match request.parse(received) {
        Ok(httparse::Status::Complete(length)) => length,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(_) => return Err(pages::BAD_REQUEST),
    };
    let (method, uri) = (request.method.unwrap_or_default(), request.path.unwrap_or_default());
    let is_connect = method == "CONNECT";
    if !is_connect && !is_absolute(uri) {
        return Err(pages::NOT_A_WEB_SERVER);
    }
    let credentials = request
        .headers
        .iter()
        .find(|header| header.name.eq_ignore_ascii_case("proxy-authorization"))
        .map(|header| header.value);
    if !admits(gate, credentials) {
        return Err(pages::LOGIN_NEEDED);
    }
    if !is_connect {
        return Ok(Some((Asked::Forward, length)));
    }
    let target = Target::parse_authority(uri).map_err(|_| pages::BAD_REQUEST)?;
    if gate.is_loop(&target) {
        return Err(pages::LOOP);
    }
    Ok(Some((Asked::Tunnel(target), length)))
}

/// Whether a URI is one that a proxy is asked for, whatever its scheme.
fn is_absolute(uri: &str) -> bool {
    uri.split_once("://")
        .is_some_and(|(scheme, _)| !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// Whether Basic credentials (RFC 7617), if any are due, are the right ones.
pub(super) fn admits(gate: &Gate, credentials: Option<&[u8]>) -> bool {
    if gate.login.is_none() {
        return true;
    }
    let decoded = credentials.and_then(|value| {
        let (scheme, encoded) = std::str::from_utf8(value).ok()?.split_once(' ')?;
        scheme.eq_ignore_ascii_case("basic").then(|| BASE64_STANDARD.decode(encoded.trim()).ok().map(Zeroizing::new))?
    });
    let pair = decoded.as_ref().and_then(|pair| {
        let colon = pair.iter().position(|byte| *byte == b':')?;
        Some((&pair[..colon], &pair[colon + 1..]))
    });
    pair.is_some_and(|(user, password)| gate.admits(user, password))
}
