//! What the parts of the program have to do with each other: everything that happens comes to one place, in its order.

use paperwing_app::KeyOptions;
use paperwing_app::pilot::{AppError, Brief, Code, Pilot, Place, Read};
use paperwing_app::sole::{Sole, Start};
use paperwing_app::window::{self, FromWindow, Order, Passed, ToWindow, View};
use tokio::sync::{mpsc, watch};
use tokio::time::{Duration, timeout};

use crate::args::Args;
use crate::follow::news;
use crate::front::{Front, Gone};
use crate::handover::{self, Handed};
use crate::notify::notify;
use crate::tray::{self, Act, Shown, Tray};
use crate::{orders, quit};

/// At login a panel may take so long to come up, and one that is restarted so long to come back.
const PANEL_PATIENCE: Duration = Duration::from_secs(10);

/// Something that happened.
#[derive(Debug)]
pub enum Happening {
    /// A click in the tray.
    Clicked(Act),
    /// Whether there is a tray.
    Tray(Tray),
    /// The window said something. The number tells windows apart.
    Said(u64, FromWindow),
    /// The window's process ended.
    Gone(u64, Gone),
    /// Something was handed over and read.
    Handed(Result<Read, AppError>),
    /// The program was started once more.
    StartedAgain(Start),
    /// To show the window.
    Show,
    /// There has been no tray for so long that nobody waits for one any more.
    NoTray,
    /// To end.
    Quit,
}

/// Where happenings are told.
pub type Teller = mpsc::UnboundedSender<Happening>;

/// What the parts share.
#[derive(Clone, Debug)]
pub struct Desk {
    pub pilot: Pilot,
    pub tray: watch::Sender<Tray>,
    pub tell: Teller,
    /// Where the person was in the window, in the page's own form.
    pub kept: watch::Sender<Option<String>>,
    /// Whether there is a page that can be seen.
    pub is_seen: watch::Sender<bool>,
}

/// Runs until the person or the system ends it.
pub async fn run(args: Args, tray: impl FnOnce(Teller, Shown) -> tray::Icon) -> anyhow::Result<()> {
    let dir = std::path::absolute(paperwing_app::dir(args.profile.as_deref())?)?;
    let start = Start { words: words(), from: std::env::current_dir().unwrap_or_default() };
    let Some(mut sole) = Sole::begin(&dir, &start).await? else { return Ok(()) };
    let (tell, mut happenings) = mpsc::unbounded_channel();
    let mut front = Front::new(dir.clone(), tell.clone());
    let handed = handover::of_args(&args.handed, None);
    // First of all: it takes longest.
    if !args.hidden || !handed.is_empty() {
        front.show();
    }
    let pilot = Pilot::start(Place { dir, keys: KeyOptions::from_environment() })?;
    let desk = Desk {
        pilot,
        tray: watch::Sender::new(Tray::Unknown),
        tell,
        kept: watch::Sender::default(),
        is_seen: watch::Sender::default(),
    };
    quit::on_signals(&desk.tell);
    #[cfg(target_os = "linux")]
    crate::session::on_end(&desk.tell);
    desk.take(handed);
    if args.hidden {
        desk.show_without_tray();
    }
    let mut brief = desk.pilot.brief();
    let icon = tray(desk.tell.clone(), tray::shown(&brief.borrow()));
    let mut before = brief.borrow().clone();
    loop {
        tokio::select! {
            Some(happening) = happenings.recv() => {
                if !desk.heed(happening, &mut front, &icon).await {
                    break;
                }
            }
            start = sole.next() => drop(desk.tell.send(Happening::StartedAgain(start))),
            Ok(()) = brief.changed() => {
                let now = brief.borrow_and_update().clone();
                tell_news(&before, &now);
                icon.renew(tray::shown(&now)).await;
                before = now;
            }
        }
    }
    // The system's proxy setting does not wait for a window.
    tokio::join!(front.end(), quit::finish(&desk.pilot));
    Ok(())
}

/// The command line. A folder's name may be no text.
fn words() -> Vec<String> {
    std::env::args_os().map(|word| word.to_string_lossy().into_owned()).collect()
}

fn tell_news(before: &Brief, now: &Brief) {
    for news in news(before, now) {
        notify(now.preferences.language, news);
    }
}

// === impl Desk ===

impl Desk {
    /// Does what a happening asks for. `false` where it is the end.
    async fn heed(&self, happening: Happening, front: &mut Front, icon: &tray::Icon) -> bool {
        match happening {
            Happening::Clicked(act) => return self.clicked(act, front, icon).await,
            Happening::Tray(tray) => {
                let before = self.tray.send_replace(tray);
                if (before, tray) == (Tray::Shown, Tray::Absent) {
                    self.show_without_tray();
                }
                // It may have missed what changed before it was there.
                icon.renew(tray::shown(&self.brief())).await;
            }
            Happening::Said(window, said) if front.is(window) => return self.said(said, front),
            Happening::Said(..) => {}
            Happening::Gone(window, gone) => {
                if front.is(window) {
                    self.is_seen.send_replace(false);
                    self.stop_watching();
                }
                if front.gone(window, gone) {
                    self.window_broke(front);
                }
            }
            Happening::Handed(Ok(read)) => {
                if let Ok(read) = Passed::of(&read) {
                    front.tell(ToWindow::PasteLink(read));
                }
                front.show();
            }
            Happening::Handed(Err(error)) => {
                self.complain(error);
                front.show();
            }
            Happening::Show => front.show(),
            Happening::NoTray => front.show_if_away(),
            Happening::StartedAgain(start) => self.started_again(&start, front),
            Happening::Quit => return false,
        }
        true
    }

    /// Where there is no tray to click, nothing but another start of the program would bring the window back.
    fn window_broke(&self, front: &mut Front) {
        let is_back = *self.tray.borrow() != Tray::Shown && front.replace_broken();
        tracing::info!(is_back, "a window that was in sight broke");
        let pilot = self.pilot.clone();
        tokio::spawn(async move { pilot.ask(async |cockpit| cockpit.window_broke().await).await });
    }

    async fn clicked(&self, act: Act, front: &mut Front, icon: &tray::Icon) -> bool {
        tracing::debug!(?act, "clicked");
        match act {
            Act::Toggle => front.toggle(),
            Act::Open => front.show(),
            Act::OpenList => {
                front.tell(ToWindow::ShowView(View::Main));
                front.show();
            }
            Act::AddFromClipboard => handover::take_clipboard(self),
            Act::Quit => return false,
            Act::Connect | Act::Disconnect | Act::SystemProxy(_) | Act::Choose(_) => {
                self.order(act);
                // A check mark that the desktop drew by itself is made true again.
                icon.renew(tray::shown(&self.brief())).await;
            }
        }
        true
    }

    /// What the pilot does. Where it cannot, the window says why.
    fn order(&self, act: Act) {
        let desk = self.clone();
        tokio::spawn(async move {
            let done = desk.pilot.ask(async |cockpit| match act {
                Act::Connect => cockpit.connect().await,
                Act::Disconnect => cockpit.disconnect().await,
                Act::SystemProxy(on) => cockpit.set_system_proxy(on).await,
                Act::Choose(id) => cockpit.choose(id).await,
                Act::Toggle | Act::Open | Act::OpenList | Act::AddFromClipboard | Act::Quit => Ok(()),
            });
            if let Err(error) = done.await {
                tracing::info!(code = ?error.code, "the tray's order failed");
                // An empty list is no mistake: the window shows three ways to fill it.
                if error.code != Code::EmptyList {
                    desk.complain(error);
                }
                let _ = desk.tell.send(Happening::Show);
            }
        });
    }

    /// What the window says.
    fn said(&self, said: FromWindow, front: &mut Front) -> bool {
        match said {
            FromWindow::Ready => {
                front.is_ready();
                self.is_seen.send_replace(true);
                self.watch(front);
            }
            FromWindow::Shown => {
                front.is_shown();
                self.watch(front);
            }
            FromWindow::Hidden => {
                front.is_hidden();
                self.stop_watching();
            }
            FromWindow::CloseRequested => return self.close_requested(front),
            FromWindow::Ask { number, order } => return self.asked(number, *order, front),
        }
        true
    }

    /// What the page wants. `false` where it wants the end.
    fn asked(&self, number: u64, order: Order, front: &mut Front) -> bool {
        if let Order::Desk(window::Desk::AnswerClose { quit }) = order {
            front.tell(ToWindow::Answer { number, answer: orders::done() });
            return !quit;
        }
        let (desk, back) = (self.clone(), front.back());
        // A slow one holds up no other.
        tokio::spawn(async move {
            let answer = orders::obey(&desk, order).await.map_err(|error| orders::passed(&error));
            back.tell(ToWindow::Answer { number, answer });
        });
        true
    }

    fn close_requested(&self, front: &mut Front) -> bool {
        let closes_to_tray = self.brief().preferences.close_to_tray;
        match *self.tray.borrow() {
            Tray::Shown if closes_to_tray => front.tell(ToWindow::Hide),
            Tray::Absent | Tray::Unknown if front.can_ask() => front.tell(ToWindow::AskClose),
            // A page that cannot ask must not keep the person from closing it.
            Tray::Shown | Tray::Absent | Tray::Unknown => return false,
        }
        true
    }

    /// The state goes to the window from now on.
    fn watch(&self, front: &Front) {
        let (pilot, back) = (self.pilot.clone(), front.back());
        tokio::spawn(async move {
            let sink = Box::new(move |state| match Passed::of(&state) {
                Ok(state) => back.tell(ToWindow::State(state)),
                Err(_) => false,
            });
            let _ = pilot.ask(async |cockpit| cockpit.watch(sink).await).await;
        });
    }

    fn stop_watching(&self) {
        let pilot = self.pilot.clone();
        tokio::spawn(async move { pilot.ask(async |cockpit| cockpit.unwatch().await).await });
    }

    /// Another start of the program: it hands over what it was started with, and the window comes up.
    fn started_again(&self, start: &Start, front: &mut Front) {
        let (hidden, handed) = handover::of_start(start);
        if !hidden || !handed.is_empty() {
            front.show();
        }
        self.take(handed);
    }

    /// Has previews made of what was handed over.
    fn take(&self, handed: Vec<Handed>) {
        for Handed(origin) in handed {
            let (pilot, tell) = (self.pilot.clone(), self.tell.clone());
            tokio::spawn(async move {
                let read = pilot.ask(async |cockpit| cockpit.read(origin).await).await;
                let _ = tell.send(Happening::Handed(read));
            });
        }
    }

    /// For while there is no window: shows it where no tray is there to wait in, or comes back soon.
    fn show_without_tray(&self) {
        let (mut tray, tell) = (self.tray.subscribe(), self.tell.clone());
        tokio::spawn(async move {
            let shown = tray.wait_for(|tray| *tray == Tray::Shown);
            if !matches!(timeout(PANEL_PATIENCE, shown).await, Ok(Ok(_))) {
                let _ = tell.send(Happening::NoTray);
            }
        });
    }

    fn complain(&self, error: AppError) {
        let pilot = self.pilot.clone();
        tokio::spawn(async move { pilot.ask(async |cockpit| cockpit.complain(error).await).await });
    }

    /// The state in brief.
    pub fn brief(&self) -> Brief {
        self.pilot.brief().borrow().clone()
    }
}
