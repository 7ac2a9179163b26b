//! Bytes both ways, and what stops them on the way.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::watch;
use tokio::time::sleep;

use super::Inner;
use super::client::Client;
use crate::mood::Mood;

const CHUNK: usize = 32 << 10;
/// Throttled bytes come in small pieces, as through a narrow line.
const DRIP: usize = 1 << 10;
const FROZEN: (usize, usize) = (12 << 10, 24 << 10);

pub(super) async fn both_ways(
    inner: &Inner,
    client: &mut Client,
    origin: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> io::Result<()> {
    let port = client.port();
    let (from_client, to_client) = tokio::io::split(client);
    let (from_origin, to_origin) = tokio::io::split(origin);
    let up = up(inner, from_client, to_origin);
    let down = down(inner, from_origin, to_client, frozen_after(port));
    tokio::try_join!(up, down).map(drop)
}

/// Another number for each connection, and the same ones in each run.
fn frozen_after(port: u16) -> usize {
    FROZEN.0 + usize::from(port).wrapping_mul(2_654_435_761) % (FROZEN.1 - FROZEN.0)
}

async fn up(inner: &Inner, mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin) -> io::Result<()> {
    let mut moods = inner.mood.subscribe();
    let mut buffer = vec![0; CHUNK];
    loop {
        let read = from.read(&mut buffer).await?;
        stand_still(inner, &mut moods).await;
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
    }
}

async fn down(
    inner: &Inner,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    frozen_after: usize,
) -> io::Result<()> {
    let mut moods = inner.mood.subscribe();
    let mut buffer = vec![0; CHUNK];
    let mut watched = 0;
    loop {
        let most = if matches!(inner.mood(), Mood::Throttle(_)) { DRIP } else { CHUNK };
        let read = from.read(&mut buffer[..most]).await?;
        stand_still(inner, &mut moods).await;
        match inner.mood() {
            Mood::Freeze => {
                watched += read;
                if watched > frozen_after {
                    let rest = read.saturating_sub(watched - frozen_after);
                    to.write_all(&buffer[..rest]).await?;
                    inner.harm();
                    // For ever: a connection that was frozen does not thaw when its proxy does.
                    return std::future::pending().await;
                }
            }
            Mood::Throttle(rate) => {
                inner.harm();
                sleep(Duration::from_secs(1).mul_f64(f64::from(u32::try_from(read).unwrap_or(0)) / f64::from(rate)))
                    .await;
            }
            _ => {}
        }
        if read == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..read]).await?;
    }
}

async fn stand_still(inner: &Inner, moods: &mut watch::Receiver<Mood>) {
    if inner.mood().stops_what_runs() {
        inner.harm();
        // The sender lives as long as the proxy.
        let _ = moods.wait_for(|mood| !mood.stops_what_runs()).await;
    }
}
