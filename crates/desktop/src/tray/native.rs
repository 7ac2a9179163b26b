//! The tray of Windows and macOS. What is shown there has to be shown from the main thread, so everything else has another.

use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use paperwing_app::pilot::TrayIcon as Look;
use tao::event::Event;
use tao::event_loop::{ControlFlow, EventLoopBuilder, EventLoopProxy};
use tray_icon::menu::{CheckMenuItem, IsMenuItem, Menu, MenuEvent, MenuItem, PredefinedMenuItem, Submenu};
use tray_icon::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};

use super::pictures::pictures;
use super::{Act, Item, Shown, State, Tray};
use crate::args::Args;
use crate::desk::{self, Happening, Teller};

/// The picture that these systems are given, pixels along an edge; they make others of it.
const SIZE: u32 = 32;

/// What the main thread is told.
enum News {
    /// Where clicks go.
    Begin(Teller),
    /// What to show.
    Show(Shown),
}

/// The icon.
#[derive(Clone)]
pub struct Icon(EventLoopProxy<News>);

/// What the clicks of the menu that is shown do, by their number.
type Acts = Arc<Mutex<Vec<Act>>>;

/// Runs the program. Does not return where it began to.
pub fn main_loop(args: Args) -> anyhow::Result<()> {
    #[cfg_attr(not(target_os = "macos"), expect(unused_mut, reason = "macOS has one more thing to be told"))]
    let mut main = EventLoopBuilder::<News>::with_user_event().build();
    // Without an icon in the dock: the window has one while it is there.
    #[cfg(target_os = "macos")]
    tao::platform::macos::EventLoopExtMacOS::set_activation_policy(
        &mut main,
        tao::platform::macos::ActivationPolicy::Accessory,
    );
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let proxy = main.create_proxy();
    std::thread::Builder::new().name("main".to_owned()).spawn(move || {
        let done = runtime.block_on(desk::run(args, |tell, shown| {
            let _ = proxy.send_event(News::Begin(tell));
            let _ = proxy.send_event(News::Show(shown));
            Icon(proxy)
        }));
        if let Err(error) = &done {
            tracing::error!(%error, "cannot go on");
            eprintln!("paperwing-desktop: {error:#}");
        }
        std::process::exit(i32::from(done.is_err()));
    })?;
    let acts = Acts::default();
    let (mut tray, mut teller) = (None, None);
    main.run(move |event, _, flow| {
        *flow = ControlFlow::Wait;
        match event {
            Event::UserEvent(News::Begin(tell)) => {
                hear_clicks(&tell, &acts);
                tray = begin().map_err(|error| tracing::warn!(%error, "no tray")).ok();
                let shown = if tray.is_some() { Tray::Shown } else { Tray::Absent };
                let _ = tell.send(Happening::Tray(shown));
                teller = Some(tell);
            }
            Event::UserEvent(News::Show(shown)) => {
                if let Some(tray) = &tray
                    && let Err(error) = show(tray, &shown, &acts)
                {
                    tracing::warn!(%error, "the tray was not renewed");
                }
            }
            #[cfg(target_os = "macos")]
            Event::Opened { urls } => {
                let words = std::iter::once("paperwing-desktop".to_owned()).chain(urls.iter().map(ToString::to_string));
                let start = paperwing_app::sole::Start { words: words.collect(), from: std::path::PathBuf::new() };
                tell(teller.as_ref(), Happening::StartedAgain(start));
            }
            #[cfg(target_os = "macos")]
            Event::Reopen { .. } => tell(teller.as_ref(), Happening::Show),
            _ => {}
        }
    })
}

#[cfg(target_os = "macos")]
fn tell(teller: Option<&Teller>, happening: Happening) {
    let _ = teller.map(|teller| teller.send(happening));
}

fn hear_clicks(tell: &Teller, acts: &Acts) {
    let (clicked, acts) = (tell.clone(), Arc::clone(acts));
    MenuEvent::set_event_handler(Some(move |event: MenuEvent| {
        let number = event.id().as_ref().parse::<usize>().ok();
        let acts = acts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(act) = number.and_then(|number| acts.get(number).cloned()) {
            let _ = clicked.send(Happening::Clicked(act));
        }
    }));
    let clicked = tell.clone();
    TrayIconEvent::set_event_handler(Some(move |event| {
        let is_click =
            matches!(event, TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. });
        if is_click {
            let _ = clicked.send(Happening::Clicked(Act::Toggle));
        }
    }));
}

// === impl Icon ===

impl Icon {
    /// Shows what is the case now.
    pub async fn renew(&self, now: Shown) {
        let _ = self.0.send_event(News::Show(now));
    }
}

fn begin() -> anyhow::Result<TrayIcon> {
    Ok(TrayIconBuilder::new()
        .with_menu_on_left_click(false)
        .with_icon(picture(State::Off, Look::default())?)
        .build()?)
}

fn show(tray: &TrayIcon, shown: &Shown, acts: &Acts) -> anyhow::Result<()> {
    let mut fresh = Vec::new();
    let menu = Menu::new();
    for item in &shown.menu {
        menu.append(&*entry(item, &mut fresh)?)?;
    }
    *acts.lock().unwrap_or_else(PoisonError::into_inner) = fresh;
    tray.set_menu(Some(Box::new(menu)));
    tray.set_tooltip(Some(format!("Paperwing: {}", shown.status)))?;
    tray.set_icon(Some(picture(shown.state, shown.look)?))?;
    Ok(())
}

fn entry(item: &Item, acts: &mut Vec<Act>) -> anyhow::Result<Box<dyn IsMenuItem>> {
    let mut number = |act: &Act| {
        acts.push(act.clone());
        (acts.len() - 1).to_string()
    };
    Ok(match item {
        Item::Line(label) => Box::new(MenuItem::new(plain(label), false, None)),
        Item::Action(label, act) => Box::new(MenuItem::with_id(number(act), plain(label), true, None)),
        Item::Check { label, is_on, is_enabled, act } => {
            Box::new(CheckMenuItem::with_id(number(act), plain(label), *is_enabled, *is_on, None))
        }
        Item::Sub(label, items) => {
            let sub = Submenu::new(plain(label), true);
            for item in items {
                sub.append(&*entry(item, acts)?)?;
            }
            Box::new(sub)
        }
        Item::Separator => Box::new(PredefinedMenuItem::separator()),
    })
}

/// In a label an ampersand announces an access key; two are one.
fn plain(label: &str) -> String {
    label.replace('&', "&&")
}

fn picture(state: State, look: Look) -> anyhow::Result<tray_icon::Icon> {
    let all = pictures(state, look);
    let (_, png) = all.iter().find(|(size, _)| *size == SIZE).context("no picture of that size")?;
    let picture = image::load_from_memory_with_format(png, image::ImageFormat::Png)?.into_rgba8();
    let (width, height) = picture.dimensions();
    Ok(tray_icon::Icon::from_rgba(picture.into_raw(), width, height)?)
}
