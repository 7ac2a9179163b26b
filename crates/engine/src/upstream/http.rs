//! HTTP CONNECT (RFC 9110, 9.3.6) with Basic credentials (RFC 7617), sent at once rather than after a 407.

use std::fmt::Write;

use base64::prelude::{BASE64_STANDARD, Engine};
use bytes::Bytes;
use paperwing_link::Login;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

use super::failed;
use crate::outcome::{Cause, Failure, Garbage, Stage, TargetFailure};
use crate::received::Received;
use crate::target::Target;

/// The longest head of an answer that is read.
pub(super) const MOST: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;

/// Asks an HTTP proxy for a tunnel. Returns what the target sent together with the proxy's answer.
pub(super) async fn ask<S>(
    stream: &mut S,
    mut answer: Received,
    login: Option<&Login>,
    target: &Target,
) -> Result<Bytes, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let stage = Stage::Request;
    stream.write_all(request(login, target).as_bytes()).await.map_err(failed(stage))?;
    stream.flush().await.map_err(failed(stage))?;
    loop {
        answer.more(stream).await.map_err(failed(stage))?;
        while let Some(Head { status, length, is_page }) = head(answer.bytes())? {
            answer.take(length);
            match status {
                // Interim answers may come first (RFC 9110, 15.2).
                100..=199 => {}
                200..=299 if is_page => return Err(Failure::new(stage, Cause::Garbage(Garbage::Http))),
                200..=299 => return Ok(answer.rest()),
                _ => return Err(refusal(status, login)),
            }
        }
    }
}

fn request(login: Option<&Login>, target: &Target) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(256));
    // Writing to a string cannot fail.
    let _ = write!(text, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(login) = login {
        let pair = Zeroizing::new(format!("{}:{}", login.user, login.password.reveal()));
        let credentials = Zeroizing::new(BASE64_STANDARD.encode(pair.as_bytes()));
        let _ = write!(text, "Proxy-Authorization: Basic {}\r\n", *credentials);
    }
    text.push_str("\r\n");
    text
}

/// What the head of an answer says.
struct Head {
    status: u16,
    length: usize,
    /// It announces a body. The answer that opens a tunnel has none (RFC 9110, 9.3.6): this is a web page, of a sign-in portal
    /// or of somebody who blocks.
    is_page: bool,
}

/// The head of an answer; nothing yet where it is not whole.
fn head(received: &[u8]) -> Result<Option<Head>, Failure> {
    if received.is_empty() {
        return Ok(None);
    }
    let garbage = |kind| Failure::new(Stage::Request, Cause::Garbage(kind));
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    match response.parse(received) {
        Ok(httparse::Status::Complete(length)) => {
            let is_page = response.headers.iter().any(announces_body);
            Ok(response.code.map(|status| Head { status, length, is_page }))
        }
        Ok(httparse::Status::Partial) => Ok(None),
        Err(httparse::Error::TooManyHeaders) => Err(garbage(Garbage::TooLong)),
        Err(_) => Err(match received[0] {
            0x14..=0x17 => garbage(Garbage::Tls),
            b'<' => garbage(Garbage::Http),
            _ => garbage(Garbage::Other),
        }),
    }
}

fn announces_body(header: &httparse::Header<'_>) -> bool {
    let names = |name: &str| header.name.eq_ignore_ascii_case(name);
    let is_html = header.value.len() >= 9 && header.value[..9].eq_ignore_ascii_case(b"text/html");
    (names("content-length") && header.value != b"0")
        || names("transfer-encoding")
        || (names("content-type") && is_html)
}

fn refusal(status: u16, login: Option<&Login>) -> Failure {
    let cause = match status {
        401 | 407 if login.is_some() => Cause::CredentialsRejected,
        401 | 407 => Cause::CredentialsNeeded,
        403 => Cause::Target(TargetFailure::NotAllowed),
        502 => Cause::Target(TargetFailure::HostUnreachable),
        504 => Cause::Target(TargetFailure::TimedOut),
        500 | 503 | 505..=510 | 512..=599 | 429 => Cause::Target(TargetFailure::General),
        // A web server that knows no CONNECT (400, 404, 405, 501), a redirect to a page, or a network that wants a person to
        // sign in (511, RFC 6585): no proxy at all.
        _ => Cause::Garbage(Garbage::Http),
    };
    let is_login = matches!(cause, Cause::CredentialsRejected | Cause::CredentialsNeeded);
    Failure::new(if is_login { Stage::Auth } else { Stage::Request }, cause)
}
