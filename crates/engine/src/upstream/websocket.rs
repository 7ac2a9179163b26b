//! A stream inside a `WebSocket` (RFC 6455): binary messages, whose borders mean nothing.
//!
//! A `WebSocket` ends as a whole: there is no way to say that one side has said everything. So the client's end is not passed
//! on while the target still speaks.

use std::fmt::Write;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use futures_util::{Sink, Stream as _};
use paperwing_link::Host;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::error::ProtocolError;
use tokio_tungstenite::tungstenite::handshake::client::generate_key;
use tokio_tungstenite::tungstenite::http::Request;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::progress::Progress;
use super::stream::Stream;
use crate::outcome::{Cause, Failure, Garbage, Stage};

/// Read at once.
const READ: usize = 16 * 1024;
/// A longer message of a proxy is refused: it would have to be kept whole.
const LONGEST: usize = 1024 * 1024;
/// A message of ours is no longer, and so many may wait for the socket.
const WRITTEN: usize = 32 * 1024;
const WAITING: usize = 4 * WRITTEN;

/// A stream inside a `WebSocket`.
#[derive(Debug)]
pub struct WebSocket {
    inner: WebSocketStream<Stream>,
    unread: Bytes,
    is_over: bool,
}

/// Asks for a `WebSocket` at a path.
pub(super) async fn handshake(
    stream: Stream,
    host: &str,
    path: &str,
    progress: &Progress,
) -> Result<WebSocket, Failure> {
    progress.enter(Stage::Greet);
    let failed = |cause| Failure::new(Stage::Greet, cause);
    let request = Request::get(uri(host, path))
        .header("Host", host)
        .header("User-Agent", "Mozilla/5.0")
        .header("Connection", "Upgrade")
        .header("Upgrade", "websocket")
        .header("Sec-WebSocket-Version", "13")
        .header("Sec-WebSocket-Key", generate_key())
        .body(())
        .map_err(|_| failed(Cause::Unsupported))?;
    let config = WebSocketConfig::default()
        .read_buffer_size(READ)
        .write_buffer_size(0)
        .max_write_buffer_size(WAITING)
        .max_frame_size(Some(LONGEST))
        .max_message_size(Some(LONGEST));
    let (inner, _) =
        client_async_with_config(request, stream, Some(config)).await.map_err(|error| failed(cause(&error)))?;
    Ok(WebSocket { inner, unread: Bytes::new(), is_over: false })
}

/// What stands in the request line is the path only; the rest is there for the library.
fn uri(host: &str, path: &str) -> String {
    let mut uri = format!("ws://{host}");
    for byte in path.bytes() {
        if byte.is_ascii_graphic() && !b"\"<>\\^`{|}#".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(uri, "%{byte:02X}");
        }
    }
    uri
}

/// The `Host` header where the link names none.
pub(super) fn default_host(host: &Host) -> String {
    match host {
        Host::Ip(std::net::IpAddr::V6(ip)) => format!("[{ip}]"),
        other => other.to_string(),
    }
}

fn cause(error: &Error) -> Cause {
    match error {
        Error::Io(error) => Cause::from(error),
        Error::Http(_) => Cause::Garbage(Garbage::Http),
        Error::Capacity(_) | Error::AttackAttempt => Cause::Garbage(Garbage::TooLong),
        Error::Protocol(ProtocolError::HandshakeIncomplete) | Error::ConnectionClosed | Error::AlreadyClosed => {
            Cause::Closed
        }
        _ => Cause::Garbage(Garbage::Other),
    }
}

fn io_error(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        Error::ConnectionClosed | Error::AlreadyClosed => io::ErrorKind::BrokenPipe.into(),
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => io::ErrorKind::UnexpectedEof.into(),
        _ => io::ErrorKind::InvalidData.into(),
    }
}

// === impl WebSocket ===

impl WebSocket {
    pub(super) fn below(&self) -> &Stream {
        self.inner.get_ref()
    }
}

impl AsyncRead for WebSocket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        while this.unread.is_empty() {
            match ready!(Pin::new(&mut this.inner).poll_next(cx)) {
                Some(Ok(Message::Binary(bytes))) => this.unread = bytes,
                // The library answers pings by itself.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed | Error::AlreadyClosed)) | None => {
                    this.is_over = true;
                    return Poll::Ready(Ok(()));
                }
                Some(Ok(Message::Text(_))) => return Poll::Ready(Err(io::ErrorKind::InvalidData.into())),
                Some(Err(error)) => return Poll::Ready(Err(io_error(error))),
            }
        }
        let count = this.unread.len().min(buf.remaining());
        buf.put_slice(&this.unread[..count]);
        this.unread.advance(count);
        if this.unread.is_empty() {
            // It holds on to the buffer that it was cut from.
            this.unread = Bytes::new();
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for WebSocket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.inner).poll_ready(cx)).map_err(io_error)?;
        let count = bytes.len().min(WRITTEN);
        let message = Message::Binary(Bytes::copy_from_slice(&bytes[..count]));
        Pin::new(&mut this.inner).start_send(message).map_err(io_error)?;
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(cx).map_err(io_error)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_over {
            return Pin::new(&mut this.inner).poll_close(cx).map_err(io_error);
        }
        Pin::new(this).poll_flush(cx)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    /// A handshake with a server that reads the request and answers with these bytes, and then closes.
    async fn with_answer(answer: &[u8]) -> Result<WebSocket, Failure> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (mut far, _) = listener.accept().await.unwrap();
        let answer = answer.to_vec();
        let server = tokio::spawn(async move {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(far.read_u8().await.unwrap());
            }
            let _ = far.write_all(&answer).await;
            let _ = far.shutdown().await;
            let _ = far.read_to_end(&mut Vec::new()).await;
        });
        let result = handshake(Stream::Tcp(near), "h.example", "/a b?c=d", &Progress::default()).await;
        server.abort();
        result
    }

    #[tokio::test]
    async fn every_answer_has_its_cause() {
        for (answer, cause) in [
            (&b""[..], Cause::Closed),
            (b"HTTP/1.1 101 Switching", Cause::Closed),
            (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Cause::Garbage(Garbage::Http)),
            (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n", Cause::Garbage(Garbage::Other)),
            (b"SSH-2.0-OpenSSH\r\n\r\n", Cause::Garbage(Garbage::Other)),
        ] {
            let failure = with_answer(answer).await.map(drop).unwrap_err();
            assert_eq!((failure.stage, failure.cause), (Stage::Greet, cause), "{}", String::from_utf8_lossy(answer));
        }
        let endless = [&b"HTTP/1.1 101 Switching Protocols\r\n"[..], &b"A: b\r\n".repeat(100_000)].concat();
        assert!(matches!(with_answer(&endless).await.map(drop).unwrap_err().cause, Cause::Garbage(_)));
    }

    /// What a server behind an accepted handshake sends, and what is read of it.
    async fn after_handshake(sent: &[u8]) -> io::Result<Vec<u8>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (far, _) = listener.accept().await.unwrap();
        let sent = sent.to_vec();
        tokio::spawn(async move {
            let mut far = tokio_tungstenite::accept_async(far).await.unwrap().into_inner();
            let _ = far.write_all(&sent).await;
            let _ = far.shutdown().await;
            let _ = far.read_to_end(&mut Vec::new()).await;
        });
        let mut stream = handshake(Stream::Tcp(near), "h.example", "/", &Progress::default()).await.unwrap();
        let mut got = Vec::new();
        stream.read_to_end(&mut got).await.map(|_| got)
    }

    const CLOSE: &[u8] = &[0x88, 0];

    #[tokio::test]
    async fn messages_become_one_stream_that_ends_with_a_word() {
        let sent = [&[0x82, 3][..], b"one", &[0x89, 1, b'?'], &[0x02, 2], b"tw", &[0x80, 1], b"o", CLOSE].concat();
        assert_eq!(after_handshake(&sent).await.unwrap(), b"onetwo");
        let cut = after_handshake(&sent[..sent.len() - 2]).await.unwrap_err();
        assert_eq!(cut.kind(), io::ErrorKind::UnexpectedEof, "without the word it was cut off");
    }

    #[tokio::test]
    async fn text_masks_and_messages_without_end_are_refused() {
        let two_mebibytes = [&[0x82, 127][..], &(2_u64 << 20).to_be_bytes(), &[0; 64]].concat();
        for sent in [&[0x81, 1, b'x'][..], &[0x82, 0x81, 1, 2, 3, 4, 5], &two_mebibytes] {
            assert_eq!(after_handshake(sent).await.unwrap_err().kind(), io::ErrorKind::InvalidData);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn whatever_comes_ends(
            sent in proptest::collection::vec(any::<u8>(), 0..600),
            is_handshake in any::<bool>(),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                if is_handshake {
                    assert!(with_answer(&sent).await.is_err());
                } else {
                    let _ = after_handshake(&sent).await;
                }
            });
        }
    }
}
