//! `GET /answer/ID/LENGTH` at once, `GET /late/ID/LENGTH` after five seconds, `GET /file/ID/LENGTH` at the pace of a
//! download.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;

use crate::sign::Answer;

/// How late a late page is.
pub const LATE: Duration = Duration::from_secs(5);
/// 64 KiB each 12 ms: 5 MiB a second.
const PACE: (usize, Duration) = (64, Duration::from_millis(12));
const MOST_HEAD: usize = 16 << 10;

pub(super) async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, via: u32) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() > MOST_HEAD || stream.read_buf(&mut head).await? == 0 {
            return Err(io::ErrorKind::InvalidData.into());
        }
    }
    let text = String::from_utf8_lossy(&head);
    let path = text.strip_prefix("GET ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let mut parts = path.split('/').skip(1);
    let (how, id, length) = (parts.next(), number(parts.next())?, number(parts.next())?);
    let length = usize::try_from(length).map_err(|_| io::ErrorKind::InvalidData)?;
    let answer = Answer::new(via, id, length);
    if how == Some("late") {
        sleep(LATE).await;
    }
    let (at_once, pause) = if how == Some("file") { PACE } else { (PACE.0, Duration::ZERO) };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).await?;
    let blocks: Vec<usize> = (0..length.div_ceil(crate::sign::BLOCK)).collect();
    for some in blocks.chunks(at_once) {
        let bytes: Vec<u8> = some.iter().flat_map(|&index| answer.block(index)).collect();
        stream.write_all(&bytes).await?;
        if !pause.is_zero() {
            sleep(pause).await;
        }
    }
    stream.shutdown().await
}

fn number(part: Option<&str>) -> io::Result<u64> {
    part.and_then(|part| part.parse().ok()).ok_or_else(|| io::ErrorKind::InvalidData.into())
}
