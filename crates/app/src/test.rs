//! Trying proxies, stage by stage.

use std::time::Duration;

use paperwing_engine::probe::{self, Page};
use paperwing_engine::{Blame, Failure, Health, Stage};
use paperwing_link::{Proxy, ProxyId, Support};
use paperwing_profile::Profile;
use tokio::task::JoinSet;

use crate::practice::Practice;
use crate::subscription::now;
use crate::support::support_here;
use crate::{Error, Verdict, names, random};

/// The page that is asked for where nobody names one: small, quick, and an answer without content.
pub const DEFAULT_PAGE: &str = "http://www.gstatic.com/generate_204";

/// How long one proxy may take in all.
const LIMIT: Duration = Duration::from_secs(10);
/// How many at a time: a censor who watches sees no more than a busy browser makes.
const AT_ONCE: usize = 4;
/// How many at a time while one that works is looked for.
const SIDE_BY_SIDE: usize = 2;
/// How long the better placed of two may be slower.
const GRACE: Duration = Duration::from_millis(300);
/// How long to wait at most before each, ms; the waits differ, so that tests have no rhythm.
const JITTER_MS: u32 = 150;

/// A proxy to be tried.
#[derive(Clone, Debug)]
pub struct Subject {
    /// Which entry of the list it is; `None` for one that is in no list.
    pub id: Option<ProxyId>,
    /// What it is called.
    pub name: String,
    /// The proxy, or why it cannot be tried.
    pub proxy: Result<Proxy, String>,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Tested {
    /// Which entry of the list it was.
    pub id: Option<ProxyId>,
    /// What it is called.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a test ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The page's first byte came.
    Works {
        /// Each stage and the time that it took, in order.
        stages: Vec<(Stage, Duration)>,
    },
    /// It did not.
    Fails {
        /// The stages that were passed.
        stages: Vec<(Stage, Duration)>,
        /// Where it stopped and why.
        failure: Failure,
        /// How long the failed stage took.
        after: Duration,
    },
    /// It cannot be tried at all, for this reason.
    NotTried(String),
}

/// The proxies of those names, all where none is named. Opens the key where there are secrets, which may block for
/// seconds.
pub fn subjects(profile: &Profile, names: &[String]) -> Result<Vec<Subject>, Error> {
    let entries = if names.is_empty() { profile.entries().iter().collect() } else { names::find_all(profile, names)? };
    if entries.is_empty() {
        return Err(Error::EmptyList);
    }
    let ids: Vec<_> = entries.into_iter().map(|entry| entry.id).collect();
    Ok(subjects_of(profile, Some(&ids)))
}

/// The proxies of those ids, all where none is named; those that are gone are left out. Opens the key like [`subjects`].
pub fn subjects_of(profile: &Profile, ids: Option<&[ProxyId]>) -> Vec<Subject> {
    let subject = |entry: &paperwing_profile::Entry| Subject {
        id: Some(entry.id),
        name: entry.name.clone(),
        proxy: profile.proxy(entry).map_err(|error| error.to_string()),
    };
    match ids {
        Some(ids) => ids.iter().filter_map(|id| profile.entry(*id)).map(subject).collect(),
        None => profile.entries().iter().map(subject).collect(),
    }
}

/// The practice proxies.
pub fn practice_subjects(practice: &Practice) -> Vec<Subject> {
    let subject = |proxy: &crate::practice::PracticeProxy| Subject {
        id: None,
        name: proxy.name().to_owned(),
        proxy: Ok(proxy.as_proxy()),
    };
    practice.proxies().iter().map(subject).collect()
}

/// Asks for a page through each, four at a time, in no order that could be told beforehand; tells of each when it is
/// done. Returns all, in the order of the subjects.
pub async fn test(subjects: Vec<Subject>, page: &str, mut tell: impl FnMut(&Tested)) -> Result<Vec<Tested>, Error> {
    let page: Page = page.parse().map_err(|_| Error::BadPage)?;
    let count = subjects.len();
    let mut waiting: Vec<(usize, Subject)> = subjects.into_iter().enumerate().collect();
    random::shuffle(&mut waiting);
    let mut running = JoinSet::new();
    let mut done: Vec<Option<Tested>> = vec![None; count];
    loop {
        while running.len() < AT_ONCE
            && let Some((place, subject)) = waiting.pop()
        {
            let page = page.clone();
            running.spawn(async move { (place, try_one(subject, &page).await) });
        }
        match running.join_next().await {
            Some(Ok((place, tested))) => {
                tell(&tested);
                done[place] = Some(tested);
            }
            Some(Err(_)) => {}
            None => return Ok(done.into_iter().flatten().collect()),
        }
    }
}

/// Asks for a page through one after the other, two at a time, until one brings it; in the order of the subjects, so that
/// a censor who watches learns of no more of them than needed. Tells of each when it is begun, and of each when it is done.
pub async fn first_that_works(
    subjects: impl IntoIterator<Item = Subject>,
    page: &str,
    mut tell: impl FnMut(Seeking<'_>),
) -> Result<Option<Tested>, Error> {
    let page: Page = page.parse().map_err(|_| Error::BadPage)?;
    // A proxy for Telegram alone brings no page.
    let is_for_telegram = |it: &Subject| it.proxy.as_ref().is_ok_and(|it| it.support() == Support::TelegramOnly);
    let mut waiting = subjects.into_iter().filter(|it| !is_for_telegram(it)).enumerate();
    let mut running = JoinSet::new();
    let mut begun = Vec::new();
    loop {
        while running.len() < SIDE_BY_SIDE
            && let Some((place, subject)) = waiting.next()
        {
            tell(Seeking::Tries(&subject));
            let page = page.clone();
            begun.push(place);
            running.spawn(async move { (place, probe_one(subject, &page).await) });
        }
        let Some(ended) = running.join_next().await else { return Ok(None) };
        let Ok((place, tested)) = ended else { continue };
        tell(Seeking::Tried(&tested));
        begun.retain(|other| *other != place);
        if matches!(tested.outcome, Outcome::Works { .. }) {
            let is_first = begun.iter().all(|other| place < *other);
            let earlier = if is_first { None } else { within_grace(&mut running, place, &mut tell).await };
            return Ok(Some(earlier.unwrap_or(tested)));
        }
    }
}

/// The one before, where that works too and says so soon: the order is the person's.
async fn within_grace(
    running: &mut JoinSet<(usize, Tested)>,
    place: usize,
    tell: &mut impl FnMut(Seeking<'_>),
) -> Option<Tested> {
    let (other, tested) = tokio::time::timeout(GRACE, running.join_next()).await.ok()??.ok()?;
    tell(Seeking::Tried(&tested));
    (other < place && matches!(tested.outcome, Outcome::Works { .. })).then_some(tested)
}

/// What [`first_that_works`] is doing.
#[derive(Clone, Copy, Debug)]
pub enum Seeking<'a> {
    /// A proxy is tried.
    Tries(&'a Subject),
    /// It was.
    Tried(&'a Tested),
}

async fn try_one(subject: Subject, page: &Page) -> Tested {
    let wait = random::up_to(JITTER_MS);
    tokio::time::sleep(Duration::from_millis(wait.into())).await;
    probe_one(subject, page).await
}

async fn probe_one(subject: Subject, page: &Page) -> Tested {
    let Subject { id, name, proxy } = subject;
    let outcome = match proxy {
        Err(why) => Outcome::NotTried(why),
        Ok(proxy) => match support_here(&proxy) {
            Support::Carried => Outcome::of(probe::run(&proxy, page, LIMIT).await),
            Support::TelegramOnly => Outcome::of(probe::run_telegram(&proxy, LIMIT).await),
            why => Outcome::NotTried(why.to_string()),
        },
    };
    Tested { id, name, outcome }
}

/// Writes down what was found out. A failure that is nobody's or the test page's fault is none of the proxy's.
pub fn remember(profile: &Profile, tested: &[Tested]) -> Result<(), Error> {
    let (mut history, _) = profile.history();
    for (id, tested) in tested.iter().filter_map(|tested| Some((tested.id?, tested))) {
        let (Some(health), record) = (tested.health(), history.proxies.entry(id).or_default()) else { continue };
        if let Some(time) = tested.time() {
            record.last_ok = Some(now());
            record.successes += 1;
            record.last_time_ms = u32::try_from(time.as_millis()).ok();
        } else {
            record.last_failure = Some(now());
            record.failures += 1;
        }
        record.last_verdict = Some(Verdict::new(health, tested.failure()).to_string());
    }
    Ok(profile.save_history(&history)?)
}

// === impl Tested ===

impl Tested {
    /// How long the proxy took until it could be used; `None` where it could not.
    pub fn time(&self) -> Option<Duration> {
        let Outcome::Works { stages } = &self.outcome else { return None };
        Some(stages.iter().filter(|(stage, _)| *stage < Stage::FirstByte).map(|(_, took)| *took).sum())
    }

    /// What ended the test early.
    pub fn failure(&self) -> Option<&Failure> {
        match &self.outcome {
            Outcome::Fails { failure, .. } => Some(failure),
            Outcome::Works { .. } | Outcome::NotTried(_) => None,
        }
    }

    /// What the test says of the proxy; `None` where it says nothing, as when this computer's network failed.
    pub fn health(&self) -> Option<Health> {
        match &self.outcome {
            Outcome::Works { .. } => Some(Health::Healthy),
            Outcome::NotTried(_) => None,
            Outcome::Fails { failure, .. } => match failure.blame() {
                Blame::Nobody => None,
                Blame::Credentials => Some(Health::Rejected),
                Blame::Target => Some(Health::Suspect),
                Blame::Proxy | Blame::Path => Some(Health::Blocked),
            },
        }
    }
}

// === impl Outcome ===

impl Outcome {
    fn of(report: probe::Report) -> Self {
        let probe::Report { stages, failed, took } = report;
        match failed {
            None => Self::Works { stages },
            Some(failure) => {
                let passed: Duration = stages.iter().map(|(_, took)| *took).sum();
                Self::Fails { stages, failure, after: took.saturating_sub(passed) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::practice::Block;

    #[tokio::test]
    async fn each_proxy_is_told_of_once_and_the_results_keep_the_order() {
        let practice = Practice::start().unwrap();
        practice.proxies()[1].block(Block::Reset);
        let mut subjects = practice_subjects(&practice);
        subjects.push(Subject {
            id: None,
            name: "later".to_owned(),
            proxy: Ok("vless://id@192.0.2.1:443?type=xhttp".parse().unwrap()),
        });
        let mut told = Vec::new();
        let tested = test(subjects, &practice.page_url(), |tested| told.push(tested.name.clone())).await.unwrap();
        told.sort();
        assert_eq!(told, ["Practice 1", "Practice 2", "Practice 3", "later"]);
        let names: Vec<_> = tested.iter().map(|tested| tested.name.as_str()).collect();
        assert_eq!(names, ["Practice 1", "Practice 2", "Practice 3", "later"]);
        assert!(matches!(tested[0].outcome, Outcome::Works { .. }), "{tested:?}");
        assert!(matches!(tested[1].outcome, Outcome::Fails { .. }), "{tested:?}");
        assert!(matches!(&tested[3].outcome, Outcome::NotTried(why) if why.contains("not supported yet")));
    }

    #[tokio::test]
    async fn a_page_that_is_none_is_an_error() {
        assert!(matches!(test(Vec::new(), "ftp://x/", |_| {}).await, Err(Error::BadPage)));
    }
}
