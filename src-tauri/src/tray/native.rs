//! The tray of Windows and macOS, by Tauri's own means.

use std::sync::Mutex;

use tauri::menu::{CheckMenuItemBuilder, IsMenuItem, Menu, MenuItemBuilder, PredefinedMenuItem, Submenu};
use tauri::tray::{MouseButton, MouseButtonState, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Wry};

use super::{Act, Icon, Item, Shown, perform, shown};
use crate::shell::{Shell, Tray};

const ID: &str = "paperwing";

/// What the clicks of the menu that is shown do, by their number.
static ACTS: Mutex<Vec<Act>> = Mutex::new(Vec::new());

/// Puts the icon into the tray.
pub fn begin(app: &AppHandle) {
    let made = TrayIconBuilder::with_id(ID)
        .show_menu_on_left_click(false)
        .on_menu_event(|app, event| {
            let number = event.id().as_ref().parse::<usize>().ok();
            let acts = ACTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            if let Some(act) = number.and_then(|number| acts.get(number).cloned()) {
                drop(acts);
                perform(app, act);
            }
        })
        .on_tray_icon_event(|tray, event| {
            let is_click = matches!(
                event,
                TrayIconEvent::Click { button: MouseButton::Left, button_state: MouseButtonState::Up, .. }
            );
            if is_click {
                perform(tray.app_handle(), Act::Toggle);
            }
        })
        .build(app);
    let is_there = made.and_then(|_| show(app, &shown(app)));
    if let Err(error) = &is_there {
        tracing::warn!(%error, "no tray");
    }
    Shell::of(app).tray_is(if is_there.is_ok() { Tray::Shown } else { Tray::Absent });
}

/// Shows what is the case now.
pub async fn renew(app: &AppHandle) {
    let now = shown(app);
    let handle = app.clone();
    let _ = app.run_on_main_thread(move || {
        if let Err(error) = show(&handle, &now) {
            tracing::warn!(%error, "the tray was not renewed");
        }
    });
}

fn show(app: &AppHandle, shown: &Shown) -> tauri::Result<()> {
    let Some(tray) = app.tray_by_id(ID) else { return Ok(()) };
    let mut acts = Vec::new();
    let menu = Menu::new(app)?;
    for item in &shown.menu {
        menu.append(&*entry(app, item, &mut acts)?)?;
    }
    *ACTS.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = acts;
    tray.set_menu(Some(menu))?;
    tray.set_tooltip(Some(format!("Paperwing: {}", shown.status)))?;
    tray.set_icon(Some(tauri::image::Image::from_bytes(picture(shown.icon))?))
}

fn entry(app: &AppHandle, item: &Item, acts: &mut Vec<Act>) -> tauri::Result<Box<dyn IsMenuItem<Wry>>> {
    let mut number = |act: &Act| {
        acts.push(act.clone());
        (acts.len() - 1).to_string()
    };
    Ok(match item {
        Item::Line(label) => Box::new(MenuItemBuilder::new(plain(label)).enabled(false).build(app)?),
        Item::Action(label, act) => Box::new(MenuItemBuilder::with_id(number(act), plain(label)).build(app)?),
        Item::Check { label, is_on, is_enabled, act } => Box::new(
            CheckMenuItemBuilder::with_id(number(act), plain(label)).checked(*is_on).enabled(*is_enabled).build(app)?,
        ),
        Item::Sub(label, items) => {
            let sub = Submenu::new(app, plain(label), true)?;
            for item in items {
                sub.append(&*entry(app, item, acts)?)?;
            }
            Box::new(sub)
        }
        Item::Separator => Box::new(PredefinedMenuItem::separator(app)?),
    })
}

/// In a label an ampersand announces an access key; two are one.
fn plain(label: &str) -> String {
    label.replace('&', "&&")
}

fn picture(icon: Icon) -> &'static [u8] {
    match icon {
        Icon::Off => include_bytes!("../../../icons/tray/off-colour-32.png"),
        Icon::Connecting => include_bytes!("../../../icons/tray/connecting-colour-32.png"),
        Icon::On => include_bytes!("../../../icons/tray/on-colour-32.png"),
        Icon::Blocked => include_bytes!("../../../icons/tray/blocked-colour-32.png"),
    }
}
