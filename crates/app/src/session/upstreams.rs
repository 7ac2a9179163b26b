//! From a list to what the engine takes.

use std::net::SocketAddr;
use std::time::Duration;

use paperwing_engine::{BadDohServer, Choice, DohServer, Upstream};
use paperwing_link::{Login, Proxy, ProxyId, Support};
use paperwing_profile::{Entry, HealthRecord, History, Profile, Subscription};

use super::telegram::Telegram;
use crate::practice::Practice;
use crate::support::support_here;
use crate::{AppError, Code, Error};

/// A list, ready for the engine.
#[derive(Debug)]
pub(super) struct Loaded {
    /// Those that the engine can carry, with their names.
    pub(super) proxies: Vec<(String, Upstream)>,
    /// Whether the list has nothing at all, not even something that cannot be carried.
    pub(super) is_empty_list: bool,
    pub(super) choice: Choice,
    /// The one that carried last in an earlier run.
    pub(super) begin_with: Option<ProxyId>,
    pub(super) login: Option<Login>,
    /// Where to listen, where somebody said so.
    pub(super) listen: Option<Vec<SocketAddr>>,
    /// Who is asked where a proxy is when the system's word leads nowhere.
    pub(super) doh: Option<DohServer>,
    /// What a person should know.
    pub(super) troubles: Vec<AppError>,
    /// What there is for Telegram alone.
    pub(super) telegram: Telegram,
    /// The lists that somebody else keeps.
    pub(super) subscriptions: Vec<Subscription>,
}

/// Numbers from this one on are given to proxies that no list has; real ids are random in 64 bits.
const FIRST: u64 = 1;

/// Links in order of preference; none may be one that cannot be carried and nothing else.
pub(super) fn of_links(proxies: Vec<Proxy>) -> Result<Loaded, Error> {
    let mut sorted = Sorted::default();
    for (number, proxy) in (FIRST..).zip(proxies) {
        sorted.take(proxy.label(), ProxyId(number), proxy, None);
    }
    sorted.finish(Choice::Automatic)
}

pub(super) fn of_practice(practice: &Practice) -> Vec<(String, Upstream)> {
    let upstream = |(number, proxy): (u64, &crate::practice::PracticeProxy)| {
        (proxy.name().to_owned(), Upstream { id: ProxyId(number), proxy: proxy.as_proxy(), remembered: None })
    };
    (FIRST..).zip(practice.proxies()).map(upstream).collect()
}

/// Everything that the profile has. Opens the key where there are secrets, which may block for seconds.
pub(super) fn of_profile(profile: &Profile, history: &History) -> Result<Loaded, Error> {
    let mut sorted = Sorted::default();
    let mut unreadable: Option<(String, usize, paperwing_profile::SecretError)> = None;
    for entry in profile.entries() {
        match profile.proxy(entry) {
            Ok(proxy) => sorted.take(entry.name.clone(), entry.id, proxy, usual(history, entry.id)),
            Err(error) => unreadable.get_or_insert_with(|| (entry.name.clone(), 0, error)).1 += 1,
        }
    }
    if let Some((name, count, error)) = unreadable {
        if sorted.proxies.is_empty() && sorted.for_telegram.is_empty() {
            return Err(error.into());
        }
        let others = if count == 1 { String::new() } else { format!(" and {} more", count - 1) };
        let what = AppError::new(Code::Unreadable, format!("“{name}”{others} cannot be used: {error}"));
        sorted.troubles.push(what.with("name", name).with("more", count - 1).because(error));
    }
    let choice = match profile.choice() {
        paperwing_profile::Choice::Auto => Choice::Automatic,
        paperwing_profile::Choice::Proxy(id) => Choice::This(id),
    };
    if let Some(trouble) = unusable_choice(profile, choice, &sorted) {
        sorted.troubles.push(trouble);
    }
    let login = profile.local_login()?;
    let listen = Some(profile.listen());
    if !profile.preferences().0.automatic {
        sorted.keep_only(choice);
    }
    let begin_with = last_good(history, &sorted);
    let doh = match profile.doh().map(|address| address.parse()).transpose() {
        Ok(server) => server,
        Err(error @ BadDohServer) => {
            let text = format!("doh in settings.toml cannot be used: {error}");
            sorted.troubles.push(AppError::new(Code::BadUrl, text));
            None
        }
    };
    let subscriptions = profile.subscriptions().to_vec();
    Ok(Loaded { begin_with, login, listen, doh, subscriptions, ..sorted.finish(choice)? })
}

/// Whether a list was read without the proxies whose key is in a locked keyring.
pub(super) fn is_key_locked(troubles: &[AppError]) -> bool {
    troubles.iter().filter(|what| what.code == Code::Unreadable).any(|what| {
        let cause = what.cause.as_deref();
        cause.is_some_and(|cause| cause.code == Code::KeyLocked)
    })
}

/// How long a proxy took in an earlier run, if it worked then.
fn usual(history: &History, id: ProxyId) -> Option<Duration> {
    let record = history.proxies.get(&id).filter(|record| worked_last(record))?;
    record.last_time_ms.map(|ms| Duration::from_millis(ms.into()))
}

fn last_good(history: &History, sorted: &Sorted) -> Option<ProxyId> {
    let ids = sorted.proxies.iter().map(|(_, upstream)| upstream.id);
    let good = ids.filter_map(|id| Some((id, history.proxies.get(&id).filter(|record| worked_last(record))?.last_ok?)));
    // Of several that carried at the same time the first: that is the order of preference.
    good.min_by_key(|(_, when)| std::cmp::Reverse(*when)).map(|(id, _)| id)
}

fn worked_last(record: &HealthRecord) -> bool {
    record.last_ok.is_some() && record.last_ok >= record.last_failure
}

fn unusable_choice(profile: &Profile, choice: Choice, sorted: &Sorted) -> Option<AppError> {
    let Choice::This(id) = choice else { return None };
    if sorted.proxies.iter().chain(&sorted.for_telegram).any(|(_, upstream)| upstream.id == id) {
        return None;
    }
    let name = profile.entry(id).map_or_else(String::new, Entry::to_string);
    let text = format!("“{name}”, which you asked for, cannot be used: going on with the others");
    Some(AppError::new(Code::ChoiceUnusable, text).with("name", name))
}

// === impl Loaded ===

impl Loaded {
    /// Finds out how Telegram has found the way in until now. Opens the key, which the proxies for Telegram have opened
    /// already.
    pub(super) fn settle_telegram(&mut self, profile: &mut Profile) {
        if matches!(self.telegram, Telegram::Nothing) {
            return;
        }
        match profile.telegram() {
            Ok(setting) => self.telegram = Telegram::Kept(setting),
            Err(error) => {
                let text = format!("what you tell Telegram holds for this time only: {error}");
                self.troubles.push(AppError::new(Code::TelegramThisTime, text).because(error));
            }
        }
    }
}

/// Proxies, told apart by whether the engine can carry them.
#[derive(Default)]
struct Sorted {
    proxies: Vec<(String, Upstream)>,
    /// Those that carry Telegram alone.
    for_telegram: Vec<(String, Upstream)>,
    /// What they are called, and why not.
    not_carried: Vec<(String, Support)>,
    troubles: Vec<AppError>,
}

impl Sorted {
    fn take(&mut self, name: String, id: ProxyId, proxy: Proxy, remembered: Option<Duration>) {
        match support_here(&proxy) {
            Support::Carried => self.proxies.push((name, Upstream { id, proxy, remembered })),
            Support::TelegramOnly => self.for_telegram.push((name, Upstream { id, proxy, remembered })),
            why => self.not_carried.push((name, why)),
        }
    }

    /// Where no other proxy may take over: just the one that was asked for, else the first.
    fn keep_only(&mut self, choice: Choice) {
        let wanted = match choice {
            Choice::This(wanted) => self.proxies.iter().position(|(_, upstream)| upstream.id == wanted),
            Choice::Automatic => None,
        };
        let only = self.proxies.drain(..).nth(wanted.unwrap_or_default());
        self.proxies.extend(only);
        let wanted = match choice {
            Choice::This(wanted) => self.for_telegram.iter().position(|(_, upstream)| upstream.id == wanted),
            Choice::Automatic => None,
        };
        let only = self.for_telegram.drain(..).nth(wanted.unwrap_or_default());
        self.for_telegram.extend(only);
    }

    fn finish(mut self, choice: Choice) -> Result<Loaded, Error> {
        let has_none = self.proxies.is_empty() && self.for_telegram.is_empty();
        let is_empty_list = has_none && self.not_carried.is_empty();
        match (has_none, self.not_carried.as_slice()) {
            (true, [(name, why), ..]) => return Err(Error::NoneSupported(format!("{name}: {why}"))),
            (false, [(name, why), rest @ ..]) => {
                let others = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
                let what = AppError::new(Code::LeftOut, format!("left out: {name}: {why}{others}"));
                self.troubles.push(what.with("name", name).with("more", rest.len()));
            }
            (_, []) => {}
        }
        if self.proxies.is_empty() && !has_none {
            let text = "the list has proxies for Telegram only: other programs get no connection";
            self.troubles.push(AppError::new(Code::TelegramOnly, text));
        }
        let telegram = if self.for_telegram.is_empty() { Telegram::Nothing } else { Telegram::ThisTime };
        let Self { mut proxies, for_telegram, troubles, .. } = self;
        proxies.extend(for_telegram);
        Ok(Loaded {
            proxies,
            is_empty_list,
            choice,
            begin_with: None,
            login: None,
            listen: None,
            doh: None,
            troubles,
            telegram,
            subscriptions: Vec::new(),
        })
    }
}
