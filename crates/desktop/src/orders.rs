//! What the page wants: a word to the pilot, and a few things that only a desktop can do.

use std::path::Path;

use paperwing_app::link::Secret;
use paperwing_app::pilot::{About, AppError, Code, Origin, Read, Settings, SystemProxy};
use paperwing_app::window::{self, Order, Page, Passed, answer};
use serde_json::value::RawValue;
use tokio::task::spawn_blocking;
use tokio::time::{Duration, timeout};

use crate::desk::Desk;
use crate::opener::Opener;
use crate::tray::Tray;
use crate::{clipboard, handover, opener, words};

type Answer<T> = Result<T, AppError>;

/// So long the desktop may take to say whether it has a tray, or who opens a link.
const PATIENCE: Duration = Duration::from_secs(2);
/// More than a page has to remember, bytes.
const MOST_KEPT: usize = 64 * 1024;

/// Does what the page wants. The answer is as the page gets it.
pub async fn obey(desk: &Desk, order: Order) -> Answer<Box<RawValue>> {
    use window::Desk as Wanted;
    let wanted = match order {
        Order::Use(wanted) => return desk.pilot.ask(async |cockpit| cockpit.obey(wanted).await).await,
        Order::Desk(wanted) => wanted,
    };
    match wanted {
        Wanted::About => answer(about(desk).await),
        Wanted::Read { origin } => answer(read(desk, origin).await),
        Wanted::Copy { text } => answer(clipboard::put(Secret::new(text)).await),
        Wanted::CopySecret { id } => answer(copy_secret(desk, id).await),
        Wanted::Telegram => answer(telegram(desk).await),
        Wanted::OpenPage { which } => answer(open_page(desk, which).await),
        Wanted::MakeDefault { scheme, ours } => answer(make_default(scheme, ours).await),
        Wanted::Settings => answer(settings(desk).await),
        Wanted::SaveSettings { settings } => {
            answer(with_links(desk.pilot.ask(async |cockpit| cockpit.save_settings(settings).await).await).await)
        }
        Wanted::View => answer(Ok(desk.kept.borrow().clone())),
        Wanted::KeepView { view } => answer(keep_view(desk, view)),
        Wanted::AnswerClose { .. } => answer(Ok(())),
    }
}

/// The answer where there is nothing to say.
pub fn done() -> Result<Box<RawValue>, Passed<AppError>> {
    answer(Ok(())).map_err(|error| passed(&error))
}

/// An error on its way to the page.
pub fn passed(error: &AppError) -> Passed<AppError> {
    Passed::of(error).unwrap_or_else(|_| Passed::from(RawValue::NULL.to_owned()))
}

async fn about(desk: &Desk) -> Answer<About> {
    let is_shown = has_tray(desk).await;
    let profile_dir = desk.pilot.ask(async |cockpit| Ok(cockpit.profile_dir().to_owned())).await?;
    let is_unsupported = matches!(desk.brief().system_proxy, Some(SystemProxy::Unsupported { .. }));
    Ok(About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        tray: is_shown,
        system_proxy_supported: !is_unsupported,
        locale: words::locale(),
        profile_dir: shown_from(dirs::home_dir().as_deref(), &profile_dir),
    })
}

/// A path as a file manager takes it. Whose home it is in stays out of what people show to others.
fn shown_from(home: Option<&Path>, path: &Path) -> String {
    let sign = if cfg!(windows) { "%USERPROFILE%" } else { "~" };
    let below = home.and_then(|home| path.strip_prefix(home).ok());
    below.map_or_else(|| path.to_owned(), |below| Path::new(sign).join(below)).display().to_string()
}

/// A bus that does not answer must not keep the window from its work.
async fn has_tray(desk: &Desk) -> bool {
    let mut tray = desk.tray.subscribe();
    let known = timeout(PATIENCE, tray.wait_for(|tray| *tray != Tray::Unknown)).await;
    matches!(known, Ok(Ok(tray)) if *tray == Tray::Shown)
}

async fn read(desk: &Desk, origin: Origin) -> Answer<Read> {
    match origin {
        Origin::ClipboardImage => handover::read_clipboard(&desk.pilot).await,
        origin => desk.pilot.ask(async |cockpit| cockpit.read(origin).await).await,
    }
}

async fn copy_secret(desk: &Desk, id: String) -> Answer<()> {
    let link = desk.pilot.ask(async |cockpit| cockpit.link(id).await).await?;
    clipboard::put(link).await
}

/// A login stays for the person to type: what is handed to another program can be seen by all programs.
async fn telegram(desk: &Desk) -> Answer<()> {
    let listen = desk.brief().listen.ok_or_else(|| AppError::new(Code::Off, "Paperwing is off: connect first"))?;
    let port = listen.rsplit(':').next().unwrap_or_default();
    let link = format!("tg://socks?server=127.0.0.1&port={port}");
    if opens_telegram().await {
        return open(link).await;
    }
    let why =
        "no other program on this computer opens Telegram's links: copy the link and open it in a chat in Telegram";
    Err(AppError::new(Code::NoTelegram, why).with("link", link))
}

/// Whether another program takes Telegram's links; we would only offer our own port as a proxy. Whoever starts programs by a link
/// does not hear that there was none to start, so this is asked before. Where the desktop does not say, it is tried.
async fn opens_telegram() -> bool {
    let asked = timeout(PATIENCE, spawn_blocking(|| opener::of("tg"))).await;
    !matches!(asked, Ok(Ok(Opener::Ours | Opener::Nobody)))
}

async fn open_page(desk: &Desk, which: Page) -> Answer<()> {
    match which {
        Page::Practice => {
            let page = desk.pilot.ask(async |cockpit| cockpit.practice_page().ok_or_else(not_there)).await?;
            open(page).await
        }
    }
}

fn not_there() -> AppError {
    AppError::new(Code::Gone, "there is no such page now")
}

async fn open(url: String) -> Answer<()> {
    let opened = spawn_blocking(move || open::that_detached(url)).await.map_err(|_| not_there())?;
    opened.map_err(|error| AppError::new(Code::CannotOpen, format!("no program opened it: {error}")))
}

async fn make_default(scheme: String, ours: bool) -> Answer<()> {
    spawn_blocking(move || opener::make_default(&scheme, ours)).await.map_err(|_| not_there())?
}

/// Asking the desktop which links are ours takes it a quarter of a second, and a page that begins waits for its language: it
/// does without. The view of the settings asks again.
async fn settings(desk: &Desk) -> Answer<Settings> {
    let settings = desk.pilot.ask(async |cockpit| cockpit.settings().await).await;
    if *desk.is_seen.borrow() { with_links(settings).await } else { settings }
}

async fn with_links(settings: Answer<Settings>) -> Answer<Settings> {
    let settings = settings?;
    let open_links = spawn_blocking(opener::schemes).await.unwrap_or_default();
    Ok(Settings { open_links, ..settings })
}

fn keep_view(desk: &Desk, view: String) -> Answer<()> {
    if view.len() > MOST_KEPT {
        return Err(AppError::new(Code::Failed, "that is too much to keep"));
    }
    desk.kept.send_replace(Some(view));
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn nobodys_name_is_in_the_path_that_is_shown() {
        let home = Some(Path::new("/home/dana"));
        assert_eq!(shown_from(home, Path::new("/home/dana/.config/paperwing")), "~/.config/paperwing");
        assert_eq!(shown_from(home, Path::new("/mnt/stick")), "/mnt/stick");
        assert_eq!(shown_from(None, Path::new("/home/dana/x")), "/home/dana/x");
    }
}
