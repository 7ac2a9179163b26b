//! The port for Telegram: opened once the list has a proxy for it, and always the same one, so that what a person told
//! Telegram holds for good.

use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use paperwing_engine::{ListenError, TelegramPort};
use paperwing_link::{Login, MtprotoSecret, Port, Protocol, Proxy, Secret};
use paperwing_profile::TelegramSetting;
use tokio::sync::broadcast::error::RecvError;

use super::Session;
use crate::{AppError, Code, Event};

/// What the list has for Telegram.
#[derive(Debug, Default)]
pub(super) enum Telegram {
    /// Nothing that is for Telegram alone.
    #[default]
    Nothing,
    /// Proxies, and nothing that was kept: a secret and a port for this time only.
    ThisTime,
    /// Proxies, and how Telegram has found the way in until now.
    Kept(TelegramSetting),
}

/// The link that tells Telegram to use us.
#[derive(Debug)]
pub(super) struct Way(Secret);

// === impl Session ===

impl Session {
    /// A link that makes Telegram ask whether it should use us: the port for Telegram where the list has proxies for it
    /// alone, else the one that takes everything.
    pub fn telegram_link(&self) -> Secret {
        self.telegram.0.clone()
    }

    /// Where Telegram connects, while the list has proxies for it alone.
    pub fn telegram_address(&self) -> Option<SocketAddr> {
        self.engine.telegram_address()
    }

    pub(super) fn open_telegram(&mut self, telegram: Telegram) {
        if self.engine.telegram_address().is_some() {
            return;
        }
        let kept = match &telegram {
            Telegram::Nothing => return,
            Telegram::ThisTime => None,
            Telegram::Kept(setting) => setting.port,
        };
        let opened = match telegram {
            Telegram::Kept(setting) => Ok(setting.secret),
            _ => TelegramPort::random_secret(),
        }
        .map_err(|error| error.to_string())
        .and_then(|secret| {
            let open = |port: u16| {
                let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
                self.engine.open_telegram(TelegramPort { listen, secret: secret.clone() })
            };
            let opened = match kept {
                Some(port) => open(port).or_else(|error| if is_taken(&error) { open(0) } else { Err(error) }),
                None => open(0),
            };
            opened.map(|address| (address, link(address, &secret[..]))).map_err(|error| error.to_string())
        });
        match opened {
            Ok((address, link)) => self.telegram_is_open(address, link, kept),
            Err(error) => {
                let text = format!("Telegram finds no port: {error}");
                self.say(Event::Trouble { what: AppError::new(Code::TelegramNoPort, text) });
            }
        }
    }

    fn telegram_is_open(&mut self, address: SocketAddr, link: Option<Secret>, kept: Option<u16>) {
        if let Some(link) = link {
            self.book.set_telegram(link.clone());
            self.telegram = Way(link);
        }
        if kept == Some(address.port()) {
            return;
        }
        if let Some(keeper) = &self.keeper {
            keeper.keep_telegram_port(address.port());
        }
        if let Some(kept) = kept {
            let text =
                format!("port {kept}, which Telegram knows, is taken: open the link of `paperwing telegram` again");
            self.say(Event::Trouble { what: AppError::new(Code::TelegramPortTaken, text).with("port", kept) });
        }
    }

    /// What happened to the proxies for Telegram. The network is spoken of once, by whoever has proxies; its sign-in page by
    /// those for everything only, as the state is.
    pub(super) fn hear_telegram(&mut self, event: Result<paperwing_engine::Event, RecvError>) {
        use paperwing_engine::Event as Engine;
        let is_alone = self.engine.snapshot().borrow().proxies.is_empty();
        match event {
            Ok(Engine::AllBlocked | Engine::SignInNeeded) => self.say(Event::TelegramBlocked),
            Ok(Engine::SignInOver) => {}
            Ok(Engine::NoNetwork | Engine::NetworkBack) if !is_alone => {}
            event => self.hear(event),
        }
    }
}

// === impl Way ===

impl Way {
    /// Through the port that takes everything.
    pub(super) fn through(addresses: &[SocketAddr], login: Option<&Login>) -> Self {
        let first = addresses.first().map(|address| reachable(*address));
        let link = first.and_then(|address| deep_link(address, Protocol::Socks5(login.cloned())));
        Self(link.unwrap_or(Secret::new("")))
    }

    pub(super) fn link(&self) -> &Secret {
        &self.0
    }
}

/// An address that means "all of this computer's" is none that a program could connect to.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(it) if it.ip().is_unspecified() => (Ipv4Addr::LOCALHOST, it.port()).into(),
        SocketAddr::V6(it) if it.ip().is_unspecified() => (Ipv6Addr::LOCALHOST, it.port()).into(),
        it => it,
    }
}

fn is_taken(error: &ListenError) -> bool {
    error.source.kind() == ErrorKind::AddrInUse
}

fn link(address: SocketAddr, secret: &[u8]) -> Option<Secret> {
    let hex = secret.iter().fold("dd".to_owned(), |hex, byte| hex + &format!("{byte:02x}"));
    deep_link(address, Protocol::Mtproto(MtprotoSecret { hex: Secret::new(hex) }))
}

/// What opens Telegram itself and no web page.
fn deep_link(address: SocketAddr, protocol: Protocol) -> Option<Secret> {
    let port = Port::try_from(address.port()).ok()?;
    let link = Proxy { name: None, host: address.ip().into(), port, protocol }.to_telegram_link()?;
    link.reveal().strip_prefix("https://t.me/").map(|rest| Secret::new(format!("tg://{rest}")))
}
