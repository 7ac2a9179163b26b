//! `paperwing up`.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Instant;

use paperwing_app::link::{PlainProtocol, Proxy};
use paperwing_app::practice::PracticeProxy;
use paperwing_app::system_proxy::{Restored, SystemProxy, SystemProxyError, SystemProxyNow};
use paperwing_app::{Error, Event, ListenError, Session, Source, Upstreams};
use serde_json::json;

use super::system_proxy::unsupported;
use super::{Desk, Done, block_on, standard_input};
use crate::args::Up;
use crate::exit::{Exit, complain};
use crate::render::style::{Tone, safe};
use crate::render::{events, json, words};
use crate::{ask, keys, out};

pub(super) fn run(desk: &Desk, args: &Up) -> Done {
    let links = args.proxy.iter().map(|what| proxies(desk, what)).collect::<Result<Vec<_>, _>>()?.concat();
    if links.is_empty() && !args.proxy.is_empty() {
        return Err(Exit::Input("--proxy: no proxy was given".to_owned()));
    }
    block_on(Face { desk, args }.run(&links, args.listen.clone()))
}

/// A link, or `-`, or `@FILE`.
fn proxies(desk: &Desk, what: &str) -> Result<Vec<Proxy>, Exit> {
    let plain = PlainProtocol::default();
    let source = match what.strip_prefix('@') {
        Some(path) => Source::File(path.into()),
        None if what == "-" => standard_input()?,
        None => paperwing_app::tell(what, plain)?,
    };
    let found = paperwing_app::read_here(source, plain)?;
    for skipped in found.skipped.iter().filter(|_| !desk.global.quiet) {
        complain(&format!("{}, line {}: {} ({})", found.from, skipped.line, skipped.text, skipped.reason));
    }
    Ok(found.proxies)
}

/// How a running session is shown.
struct Face<'a> {
    desk: &'a Desk,
    args: &'a Up,
}

impl Face<'_> {
    async fn run(&self, links: &[Proxy], listen: Vec<SocketAddr>) -> Done {
        let mut stop = Stop::new().map_err(|source| Error::System { doing: "watch for signals", source })?;
        let started = tokio::select! {
            started = self.start(links, listen) => started,
            () = stop.asked() => return Ok(()),
        };
        let mut session = started?;
        let begun = Instant::now();
        let shown = self.carry(&mut session, &mut stop).await;
        let farewell = farewell(&session, begun);
        tokio::select! {
            () = session.stop() => {}
            // Whoever asks twice is in a hurry.
            () = stop.asked() => {}
        }
        shown?;
        self.text(&farewell)
    }

    /// Until it is time to end. The system's proxy setting is put back before the port closes.
    async fn carry(&self, session: &mut Session, stop: &mut Stop) -> Done {
        self.greet(session)?;
        let mut system = SystemProxy::new();
        if self.args.system_proxy {
            self.switch_on(&mut system, session).await?;
        }
        let mut wishes = session.wishes();
        loop {
            let event = tokio::select! {
                event = session.next() => event,
                () = system.changed() => {
                    session.tell(Event::SystemProxy { now: SystemProxyNow::ChangedByOther });
                    continue;
                }
                wish = wishes.next() => {
                    if let Some(address) = session.addresses().first()
                        && let Some(event) = system.fulfil(wish, *address, &self.bypass()).await
                    {
                        session.tell(event);
                    }
                    continue;
                }
                () = stop.asked() => break,
            };
            self.show(&event, session)?;
        }
        if system.is_on() {
            let Restored { kept } = system.off().await?;
            self.show(&Event::SystemProxy { now: SystemProxyNow::Off { kept } }, session)?;
        }
        Ok(())
    }

    /// What programs are to reach without the proxy, as settled in the window.
    fn bypass(&self) -> Vec<String> {
        self.desk.profile_unasked().map(|profile| profile.preferences().0.bypass).unwrap_or_default()
    }

    async fn switch_on(&self, system: &mut SystemProxy, session: &mut Session) -> Done {
        let Some(address) = session.addresses().first().copied() else { return Ok(()) };
        match system.on(address, &self.bypass()).await {
            Ok(()) => session.tell(Event::SystemProxy { now: SystemProxyNow::On { address } }),
            Err(SystemProxyError::Unsupported) => {
                eprintln!("{}", unsupported(address));
                return Err(Exit::Said);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// Opens the session; on another port where the wanted one is taken and the person says yes.
    async fn start(&self, links: &[Proxy], mut listen: Vec<SocketAddr>) -> Result<Session, Exit> {
        loop {
            let upstreams = if links.is_empty() {
                let global = &self.desk.global;
                Upstreams::Profile { dir: global.profile.clone(), keys: keys::options(global) }
            } else {
                Upstreams::Links(links.to_vec())
            };
            match Session::start(upstreams, listen.clone()).await {
                Ok(session) => return Ok(session),
                Err(Error::Listen(error)) => listen = self.another_port(&error, &listen)?,
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn another_port(&self, error: &ListenError, wanted: &[SocketAddr]) -> Result<Vec<SocketAddr>, Exit> {
        let Some(free) = error.next_free else { return Err(Exit::World(error.to_string())) };
        if !self.args.json && ask::is_somebody_there() {
            complain(&error.to_string());
            if ask::yes(&format!("Listen on {free} instead?")) {
                let moved = wanted.iter().map(|address| SocketAddr::new(address.ip(), free.port()));
                return Ok(if wanted.is_empty() { vec![free] } else { moved.collect() });
            }
            return Err(Exit::Said);
        }
        let is_plain = self.args.proxy.is_empty() && self.desk.global.profile.is_none();
        let advice = if is_plain {
            format!("stop that program, or type: paperwing up --listen {free}")
        } else {
            format!("stop that program, or type the same with: --listen {free}")
        };
        Err(Exit::World(format!("{error}: {advice}")))
    }

    fn greet(&self, session: &Session) -> Done {
        let addresses = session.addresses();
        for address in addresses.iter().filter(|address| !address.ip().is_loopback()) {
            complain(&format!("anybody who can reach {address} can use your proxies: listen on 127.0.0.1 instead"));
        }
        if self.args.json {
            for address in addresses {
                print(&Event::Listening { address })?;
            }
            self.greet_telegram(session)?;
            return self.greet_practice(session);
        }
        let Some(first) = addresses.first() else { return Ok(()) };
        let all: Vec<_> = addresses.iter().map(ToString::to_string).collect();
        self.text(&self.desk.style.paint(Tone::Strong, &format!("Paperwing listens on {}.", all.join(" and "))))?;
        let (ip, port) = (reachable(*first).ip(), first.port());
        self.text(&format!("Set your browser's SOCKS5 proxy to {ip}, port {port}. Ctrl-C stops."))?;
        if session.practice().is_some() {
            return self.greet_practice(session);
        }
        self.text(&format!("{} in use{}.", words::proxies(session.proxies().len()), pick(session)))?;
        self.greet_telegram(session)
    }

    /// The link holds a secret, so it is printed only where nobody could ask for it, and that secret ends with us.
    fn greet_telegram(&self, session: &Session) -> Done {
        let Some(address) = session.telegram_address() else { return Ok(()) };
        let can_be_asked = self.args.proxy.is_empty();
        let link = session.telegram_link();
        if self.args.json {
            let link = (!can_be_asked).then(|| link.reveal());
            return Ok(out::json(&json!({"event": "telegram", "address": address.to_string(), "link": link}))?);
        }
        let how = if can_be_asked { "`paperwing telegram` prints the link to open." } else { "open this link:" };
        self.text(&format!("Telegram has a port of its own, {address}: {how}"))?;
        if can_be_asked { Ok(()) } else { self.text(&format!("  {}", link.reveal())) }
    }

    fn greet_practice(&self, session: &Session) -> Done {
        let Some(practice) = session.practice() else { return Ok(()) };
        let page = practice.page_url();
        if self.args.json {
            let names: Vec<_> = practice.proxies().iter().map(PracticeProxy::name).collect();
            return Ok(out::json(&json!({"event": "practice", "page": page, "proxies": names}))?);
        }
        let Some(port) = session.addresses().first().copied().map(reachable) else { return Ok(()) };
        self.text("The list is empty, so these are three practice proxies inside this program. They hide nothing:")?;
        self.text("their exit is this computer. Add a real one with `paperwing import`. To try these, type:")?;
        self.text(&format!("  curl -x socks5h://{port} {page}"))
    }

    fn show(&self, event: &Event, session: &Session) -> Done {
        match event {
            // The greeting has said it.
            Event::Listening { .. } => return Ok(()),
            Event::Trouble { what } if self.args.json => {
                complain(&what.text);
                return Ok(());
            }
            _ if self.args.json => return print(event),
            _ => {}
        }
        self.text(&events::line(&events::time_of_day(), event, self.desk.style))?;
        let is_practice_again = matches!(event, Event::Reloaded { .. }) && session.practice().is_some();
        if is_practice_again { self.greet_practice(session) } else { Ok(()) }
    }

    fn text(&self, text: &str) -> Done {
        if self.args.json { Ok(()) } else { self.desk.say(text) }
    }
}

/// An address that means "all of this computer's" is none that a browser could connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(it) if it.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, it.port()).into(),
        SocketAddr::V6(it) if it.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, it.port()).into(),
        it => it,
    }
}

/// One event for a program.
fn print(event: &Event) -> Done {
    match json::event(event) {
        Some(value) => Ok(out::json(&value)?),
        None => Ok(()),
    }
}

fn pick(session: &Session) -> String {
    let snapshot = session.snapshot();
    let pick = snapshot.borrow().pick;
    let name = pick.map(|id| session.name(id)).or_else(|| session.proxies().first().map(|it| it.name.clone()));
    name.map_or_else(String::new, |name| format!("; {} first", safe(&name)))
}

fn farewell(session: &Session, begun: Instant) -> String {
    let snapshot = session.snapshot();
    let total = &snapshot.borrow().total;
    let (down, up) = (words::bytes(total.down()), words::bytes(total.up()));
    format!("Stopped after {}: {down} received, {up} sent.", words::duration(begun.elapsed()))
}

/// Ctrl-C, and what else means that it is time to end.
struct Stop {
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 3],
}

impl Stop {
    #[cfg(unix)]
    fn new() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let signals =
            [signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?];
        Ok(Self { signals })
    }

    #[cfg(unix)]
    async fn asked(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }

    #[cfg(not(unix))]
    #[allow(clippy::unnecessary_wraps)]
    fn new() -> std::io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn asked(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    }
}
