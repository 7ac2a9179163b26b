//! A stream that begins with words of the proxy's protocol, and is nothing but the stream below it afterwards.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::stream::Stream;
use super::unsent::Unsent;
use super::vless::Header;

/// A stream whose first words are not the client's or not the target's.
#[derive(Debug)]
pub struct Prefaced {
    stream: Stream,
    unsent: Option<Unsent>,
    /// Words and first bytes that the stream below had no room for, and how many of them have left since.
    rest: Vec<u8>,
    left: usize,
    answer: Answer,
    /// What the proxy says before the target's bytes, while it comes.
    header: Option<Header>,
}

/// What stands before the target's bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Nothing,
    Vless,
}

// === impl Prefaced ===

impl Prefaced {
    pub(super) fn new(stream: Stream, words: Vec<u8>, answer: Answer) -> Self {
        let header = (answer == Answer::Vless).then(Header::default);
        Self { stream, unsent: Some(Unsent::new(words)), rest: Vec::new(), left: 0, answer, header }
    }

    pub(super) fn below(&self) -> &Stream {
        &self.stream
    }

    /// Whether all words were said, on both sides.
    pub(super) fn is_over(&self) -> bool {
        self.unsent.is_none() && self.rest.is_empty() && self.header.is_none()
    }

    pub(super) fn is_unproven(&self) -> bool {
        self.answer == Answer::Nothing
    }

    pub(super) fn into_below(self) -> Stream {
        self.stream
    }

    /// Says the words, and these bytes behind them.
    fn say(&mut self, bytes: &[u8]) {
        if let Some(unsent) = self.unsent.take() {
            self.rest = unsent.into_words();
            self.rest.extend_from_slice(bytes);
        }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.left < self.rest.len() {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, &self.rest[self.left..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.left += count,
            }
        }
        (self.rest, self.left) = (Vec::new(), 0);
        Poll::Ready(Ok(()))
    }

    /// Sends what waits, and lets the stream below send it.
    fn poll_send_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_send(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }
}

impl AsyncRead for Prefaced {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.unsent.as_mut().is_some_and(|unsent| unsent.poll_due(cx).is_ready()) {
            this.say(&[]);
        }
        if !this.rest.is_empty()
            && let Poll::Ready(Err(error)) = this.poll_send_all(cx)
        {
            return Poll::Ready(Err(error));
        }
        loop {
            let Some(header) = &mut this.header else { return Pin::new(&mut this.stream).poll_read(cx, buf) };
            let from = buf.filled().len();
            ready!(Pin::new(&mut this.stream).poll_read(cx, buf))?;
            let read = buf.filled().len() - from;
            if read == 0 {
                return Poll::Ready(Ok(()));
            }
            let mut bytes = &buf.filled()[from..];
            let taken = header.take(&mut bytes);
            let over = bytes.len();
            match taken {
                Ok(true) => this.header = None,
                Ok(false) => {}
                Err(_) => {
                    buf.set_filled(from);
                    return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
                }
            }
            let whole = from + read;
            buf.filled_mut().copy_within(whole - over..whole, from);
            buf.set_filled(from + over);
            if over > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for Prefaced {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        /// As much of the client's first bytes goes with the words.
        const MOST: usize = 16 * 1024;
        let this = self.get_mut();
        if this.unsent.is_some() && !bytes.is_empty() {
            let first = &bytes[..bytes.len().min(MOST)];
            this.say(first);
            // What does not leave now leaves with the next call, whichever it is.
            if let Poll::Ready(Err(error)) = this.poll_send(cx) {
                return Poll::Ready(Err(error));
            }
            return Poll::Ready(Ok(first.len()));
        }
        ready!(this.poll_send(cx))?;
        Pin::new(&mut this.stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_mut().poll_send_all(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.say(&[]);
        ready!(this.poll_send_all(cx))?;
        Pin::new(&mut this.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;

    async fn pair(answer: Answer) -> (Prefaced, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let far = listener.accept().await.unwrap().0;
        (Prefaced::new(Stream::Tcp(near), b"words".to_vec(), answer), far)
    }

    #[tokio::test]
    async fn the_words_leave_with_the_clients_first_bytes_and_nothing_is_left_of_them() {
        let (mut stream, mut far) = pair(Answer::Vless).await;
        stream.write_all(b"+first").await.unwrap();
        let mut heard = [0; 11];
        far.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"words+first");
        assert!(!stream.is_over(), "the proxy has yet to say its own");
        far.write_all(b"\x00\x02..bytes").await.unwrap();
        let mut back = [0; 5];
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(&back, b"bytes");
        assert!(matches!(Stream::Prefaced(Box::new(stream)).settled(), Stream::Tcp(_)));
    }

    #[tokio::test(start_paused = true)]
    async fn the_words_leave_alone_where_the_client_waits_or_has_nothing_to_say() {
        let (mut stream, mut far) = pair(Answer::Nothing).await;
        let read = tokio::spawn(async move { stream.read_u8().await });
        let mut heard = [0; 5];
        far.read_exact(&mut heard).await.unwrap();
        assert_eq!(&heard, b"words");
        far.write_all(b"2").await.unwrap();
        assert_eq!(read.await.unwrap().unwrap(), b'2');

        let (mut stream, mut far) = pair(Answer::Nothing).await;
        stream.shutdown().await.unwrap();
        let mut heard = Vec::new();
        far.read_to_end(&mut heard).await.unwrap();
        assert_eq!(heard, b"words");
    }

    #[tokio::test]
    async fn an_answer_may_be_cut_anywhere() {
        let whole = b"\x00\x03...answer";
        for cut in 0..whole.len() {
            let (mut stream, mut far) = pair(Answer::Vless).await;
            stream.write_all(b"x").await.unwrap();
            far.write_all(&whole[..cut]).await.unwrap();
            far.shutdown().await.unwrap();
            let mut got = Vec::new();
            stream.read_to_end(&mut got).await.unwrap();
            assert_eq!(got, &whole[..cut][cut.min(5)..], "cut at {cut}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn whatever_a_stranger_answers_is_passed_on_only_behind_a_header(
            answer in proptest::collection::vec(any::<u8>(), 0..600),
        ) {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let (mut stream, mut far) = pair(Answer::Vless).await;
                stream.write_all(b"x").await.unwrap();
                far.write_all(&answer).await.unwrap();
                far.shutdown().await.unwrap();
                let mut got = Vec::new();
                let ended = stream.read_to_end(&mut got).await;
                if let Err(error) = ended {
                    assert_eq!((error.kind(), answer[0] == 0), (io::ErrorKind::InvalidData, false));
                    return;
                }
                let header = 2 + usize::from(answer.get(1).copied().unwrap_or(0));
                assert_eq!(got, answer.get(header..).unwrap_or_default());
            });
        }
    }
}
