//! Twenty seconds of real traffic through practice proxies of which one after the other gets blocked. No network.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::practice::{Block, Practice};
use crate::session::{Session, Upstreams};
use crate::{Error, Event};

/// How often a request is sent.
const EVERY: Duration = Duration::from_millis(50);
/// When a request counts as failed.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long it all takes.
const LENGTH: Duration = Duration::from_secs(20);

/// Which proxy gets blocked, when and how. The last one stays, or there would be nothing to fail over to.
const SCRIPT: [(Duration, usize, Block); 2] =
    [(Duration::from_secs(5), 0, Block::Refuse), (Duration::from_secs(12), 1, Block::Mute)];

/// What happens, as it happens; the time is from the start.
#[derive(Clone, Debug)]
pub enum Happening {
    /// Requests are being sent.
    Begun {
        /// The local port.
        address: SocketAddr,
        /// The page that is asked for.
        page: String,
        /// The proxies, in order of preference.
        proxies: Vec<&'static str>,
    },
    /// The script blocked a proxy.
    Blocked {
        /// Which.
        proxy: &'static str,
        /// How.
        how: Block,
    },
    /// The engine had something to say.
    Said(Event),
}

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Requests sent.
    pub sent: usize,
    /// Requests that did not bring the page.
    pub failed: usize,
    /// The longest that a request took.
    pub longest: Duration,
    /// The median of what requests took.
    pub median: Duration,
    /// How often new connections went to another proxy.
    pub switches: usize,
}

/// Runs the script and tells what happens.
pub async fn run(mut tell: impl FnMut(Duration, Happening)) -> Result<Figures, Error> {
    let practice = Practice::start().map_err(Error::Practice)?;
    let proxies = practice.proxies().iter().map(crate::practice::PracticeProxy::as_proxy).collect();
    let free = SocketAddr::from(([127, 0, 0, 1], 0));
    let mut session = Session::start(Upstreams::Links(proxies), vec![free]).await?;
    let address = session.addresses()[0];
    let page = practice.page_address();
    let names = practice.proxies().iter().map(crate::practice::PracticeProxy::name).collect();
    tell(Duration::ZERO, Happening::Begun { address, page: practice.page_url(), proxies: names });

    let begun = Instant::now();
    let (report, mut times) = mpsc::unbounded_channel();
    let mut trickle = tokio::spawn(trickle(address, page, report));
    let mut script = SCRIPT.iter();
    let mut next = script.next();
    let mut switches = 0;
    loop {
        let until_next = next.map_or(LENGTH, |(at, ..)| *at).saturating_sub(begun.elapsed());
        tokio::select! {
            event = session.next() => {
                switches += usize::from(matches!(event, Event::Switched { .. }));
                if !matches!(event, Event::Listening { .. }) {
                    tell(begun.elapsed(), Happening::Said(event));
                }
            }
            () = tokio::time::sleep(until_next), if next.is_some() => {
                if let Some((_, which, how)) = next {
                    let proxy = &practice.proxies()[*which];
                    proxy.block(*how);
                    tell(begun.elapsed(), Happening::Blocked { proxy: proxy.name(), how: *how });
                }
                next = script.next();
            }
            _ = &mut trickle => break,
        }
    }
    session.stop().await;
    let mut all = Vec::new();
    while let Some(time) = times.recv().await {
        all.push(time);
    }
    Ok(Figures::of(&all, switches))
}

// === impl Figures ===

impl Figures {
    fn of(times: &[Option<Duration>], switches: usize) -> Self {
        let mut good: Vec<Duration> = times.iter().flatten().copied().collect();
        good.sort_unstable();
        Self {
            sent: times.len(),
            failed: times.len() - good.len(),
            longest: good.last().copied().unwrap_or_default(),
            median: good.get(good.len() / 2).copied().unwrap_or_default(),
            switches,
        }
    }
}

/// Sends requests at a steady pace, however long each takes, and reports the time of each; `None` for a failed one.
async fn trickle(port: SocketAddr, page: SocketAddr, report: mpsc::UnboundedSender<Option<Duration>>) {
    let mut requests = JoinSet::new();
    let mut beat = tokio::time::interval(EVERY);
    let end = tokio::time::Instant::now() + LENGTH;
    while beat.tick().await < end {
        let report = report.clone();
        requests.spawn(async move {
            let begun = Instant::now();
            let fetched = tokio::time::timeout(PATIENCE, fetch(port, page)).await;
            let _ = report.send(matches!(fetched, Ok(Ok(()))).then(|| begun.elapsed()));
        });
        while requests.try_join_next().is_some() {}
    }
    while requests.join_next().await.is_some() {}
}

/// One request as a browser makes it: SOCKS5 (RFC 1928) by name, then HTTP.
async fn fetch(port: SocketAddr, page: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(port).await?;
    stream.write_all(&[5, 1, 0]).await?;
    let mut method = [0; 2];
    stream.read_exact(&mut method).await?;
    let name = page.ip().to_string();
    let mut request = vec![5, 1, 0, 3, u8::try_from(name.len()).map_err(io::Error::other)?];
    request.extend(name.as_bytes());
    request.extend(page.port().to_be_bytes());
    stream.write_all(&request).await?;
    let mut reply = [0; 4];
    stream.read_exact(&mut reply).await?;
    if reply[1] != 0 {
        return Err(io::ErrorKind::ConnectionRefused.into());
    }
    let rest = if reply[3] == 4 { 18 } else { 6 };
    stream.read_exact(&mut vec![0; rest]).await?;
    stream.write_all(format!("GET / HTTP/1.1\r\nHost: {page}\r\n\r\n").as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    let is_whole = answer.starts_with(b"HTTP/1.1 200 ") && answer.ends_with(b"\n");
    if is_whole { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_count_what_failed() {
        let ms = Duration::from_millis;
        let figures = Figures::of(&[Some(ms(3)), None, Some(ms(1)), Some(ms(2))], 1);
        assert_eq!(figures, Figures { sent: 4, failed: 1, longest: ms(3), median: ms(2), switches: 1 });
        assert_eq!(Figures::of(&[], 0), Figures::default());
    }

    #[test]
    fn the_script_is_in_order_and_never_blocks_all() {
        assert!(SCRIPT.is_sorted_by_key(|(at, ..)| *at));
        assert!(SCRIPT.iter().all(|(at, ..)| *at < LENGTH));
        assert!(SCRIPT.iter().all(|(_, which, _)| *which < 2));
    }
}
