//! One proxy tried on purpose, stage by stage.

use std::str::FromStr;
use std::time::Duration;

use bytes::BytesMut;
use paperwing_link::{Protocol, Proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout};

use crate::mtproto::{Call, DATA_CENTRE, Question};
use crate::outcome::{Cause, Failure, Garbage, Stage};
use crate::target::Target;
use crate::upstream::{self, Connected, Progress, Surroundings};

/// What a test found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The stages that were passed, each with the time it took.
    pub stages: Vec<(Stage, Duration)>,
    /// What ended the test early.
    pub failed: Option<Failure>,
    /// From the start to the end.
    pub took: Duration,
}

/// A small page to ask for through the proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    target: Target,
    host: String,
    path: String,
}

/// Why a text names no page to test with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the test page must be an address of the form http://host[:port]/path")]
pub struct BadPage;

impl FromStr for Page {
    type Err = BadPage;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("http://").ok_or(BadPage)?;
        let (host, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
        let is_plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
        if !is_plain(host) || !is_plain(path) {
            return Err(BadPage);
        }
        let target = Target::parse_authority(host)
            .or_else(|_| Target::parse_authority(&format!("{host}:80")))
            .map_err(|_| BadPage)?;
        Ok(Self { target, host: host.to_owned(), path: path.to_owned() })
    }
}

/// Connects to the proxy, asks it for the page's host, asks that for the page, and waits for the first byte.
pub async fn run(proxy: &Proxy, page: &Page, limit: Duration) -> Report {
    let progress = Progress::default();
    let ended = timeout(limit, fetch(proxy, page, &progress)).await;
    let Report { stages, failed, took } = report(&progress, ended);
    Report { stages, failed: failed.map(|failure| explained(failure, proxy)), took }
}

/// Where a protocol does not say that a password is wrong, silence says it; or the page is out of the proxy's reach.
fn explained(failure: Failure, proxy: &Proxy) -> Failure {
    let says_nothing = matches!(proxy.protocol, Protocol::Shadowsocks(_) | Protocol::Trojan(_) | Protocol::Vless(_));
    match failure.cause {
        Cause::Silent | Cause::Closed | Cause::Reset | Cause::Garbage(_)
            if says_nothing && failure.stage == Stage::FirstByte =>
        {
            Failure::new(failure.stage, Cause::Unexplained)
        }
        _ => failure,
    }
}

// What `timeout` gives is of no further use.
#[allow(clippy::needless_pass_by_value)]
fn report(progress: &Progress, ended: Result<Result<(), Failure>, Elapsed>) -> Report {
    let now = Instant::now();
    let failed = match ended {
        Ok(Ok(())) => None,
        Ok(Err(failure)) => Some(failure),
        Err(_) => Some(Failure::new(progress.stage(), Cause::Silent)),
    };
    let mut stages = progress.stages(now);
    if failed.is_some() {
        stages.pop();
    }
    Report { stages, failed, took: now - progress.began() }
}

/// Asks a data centre of Telegram through one of its proxies who it is, and waits for the answer.
pub async fn run_telegram(proxy: &Proxy, limit: Duration) -> Report {
    let progress = Progress::default();
    let ended = timeout(limit, ask_data_centre(proxy, &progress)).await;
    report(&progress, ended)
}

async fn ask_data_centre(proxy: &Proxy, progress: &Progress) -> Result<(), Failure> {
    let Protocol::Mtproto(secret) = &proxy.protocol else {
        return Err(Failure::new(Stage::Resolve, Cause::Unsupported));
    };
    let io = |error: std::io::Error| Failure::from_io(Stage::FirstByte, &error);
    let question = Question::new().map_err(io)?;
    let (_caller, call) = Call::new(DATA_CENTRE, question.flight.clone());
    let surroundings = Surroundings::default();
    let Connected { mut stream, early } =
        upstream::mtproto::carry(proxy, secret, call, &surroundings, progress).await?;
    progress.enter(Stage::FirstByte);
    let mut answer = BytesMut::from(&early[..]);
    while answer.len() < Question::ANSWER {
        if stream.read_buf(&mut answer).await.map_err(io)? == 0 {
            return Err(Failure::new(Stage::FirstByte, Cause::Closed));
        }
    }
    let garbage = Failure::new(Stage::FirstByte, Cause::Garbage(Garbage::Other));
    if question.is_answered_by(&answer) { Ok(()) } else { Err(garbage) }
}

async fn fetch(proxy: &Proxy, page: &Page, progress: &Progress) -> Result<(), Failure> {
    let stage = Stage::FirstByte;
    let Connected { mut stream, early } =
        upstream::connect(proxy, &page.target, &Surroundings::default(), progress).await?;
    progress.enter(stage);
    let io = |error| Failure::from_io(stage, &error);
    let request = format!("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", page.path, page.host);
    stream.write_all(request.as_bytes()).await.map_err(io)?;
    stream.flush().await.map_err(io)?;
    let mut first = [0; 5];
    let known = early.len().min(first.len());
    first[..known].copy_from_slice(&early[..known]);
    stream.read_exact(&mut first[known..]).await.map_err(io)?;
    if first == *b"HTTP/" { Ok(()) } else { Err(Failure::new(stage, Cause::Garbage(Garbage::Other))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_plain_http_addresses() {
        let page: Page = "http://example.com/generate_204".parse().unwrap();
        assert_eq!((page.target.to_string().as_str(), page.path.as_str()), ("example.com:80", "/generate_204"));
        let page: Page = "http://[::1]:8080".parse().unwrap();
        assert_eq!((page.target.to_string().as_str(), page.path.as_str()), ("[::1]:8080", "/"));
        for text in
            ["https://example.com/", "example.com", "http://", "http://a b/", "http://a/\r\nX:", "http://a:b:c/"]
        {
            assert_eq!(text.parse::<Page>(), Err(BadPage), "{text:?}");
        }
    }
}
