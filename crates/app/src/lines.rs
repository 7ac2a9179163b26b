//! Lines of JSON between programs of ours.

use std::io;

use serde::Serialize;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// One line without its end; `None` at the end of all. A longer one than `most` bytes is an error, and so is one that
/// breaks off.
pub(crate) async fn read(from: &mut (impl AsyncBufRead + Unpin), most: u64) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    from.take(most).read_until(b'\n', &mut line).await?;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) if line.len() as u64 + 1 >= most => Err(io::ErrorKind::FileTooLarge.into()),
        Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// One line, all at once.
pub(crate) async fn write(to: &mut (impl AsyncWrite + Unpin), line: &impl Serialize) -> io::Result<()> {
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    to.write_all(&bytes).await?;
    to.flush().await
}
