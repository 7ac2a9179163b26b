//! The tray of Linux desktops: `StatusNotifierItem` and its menu over D-Bus. The panel may come and go; the icon is there
//! whenever a panel is.

use std::sync::OnceLock;

use ksni::menu::{CheckmarkItem, StandardItem, SubMenu};
use ksni::{Handle, MenuItem, OfflineReason, TextDirection, ToolTip, TrayMethods};
use tauri::AppHandle;

use super::{Act, Icon, Item, Shown, perform, shown};
use crate::shell::{Shell, Tray};

static HANDLE: OnceLock<Handle<Panel>> = OnceLock::new();

/// What the panel asks.
struct Panel {
    app: AppHandle,
    shown: Shown,
}

/// Puts the icon into the tray, now or when there is one.
pub fn begin(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let panel = Panel { shown: shown(&app), app: app.clone() };
        match panel.assume_sni_available(true).spawn().await {
            Ok(handle) => {
                let _ = HANDLE.set(handle);
                // Those that found no panel have said so by now.
                let shell = Shell::of(&app);
                if shell.tray() == Tray::Unknown {
                    shell.tray_is(Tray::Shown);
                }
                renew(&app).await;
            }
            Err(error) => {
                tracing::info!(%error, "no tray");
                Shell::of(&app).tray_is(Tray::Absent);
            }
        }
    });
}

/// Shows what is the case now.
pub async fn renew(app: &AppHandle) {
    let Some(handle) = HANDLE.get() else { return };
    let now = shown(app);
    let _ = handle.update(|panel| panel.shown = now).await;
}

// === impl Panel ===

impl ksni::Tray for Panel {
    fn id(&self) -> String {
        "org.paperwing.Paperwing".to_owned()
    }

    fn title(&self) -> String {
        "Paperwing".to_owned()
    }

    fn icon_pixmap(&self) -> Vec<ksni::Icon> {
        pixmaps(self.shown.icon)
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: "Paperwing".to_owned(), description: escaped(&self.shown.status), ..ToolTip::default() }
    }

    fn text_direction(&self) -> TextDirection {
        if self.shown.is_right_to_left { TextDirection::RightToLeft } else { TextDirection::LeftToRight }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        perform(&self.app, Act::Toggle);
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.shown.menu.iter().map(item).collect()
    }

    fn watcher_online(&self) {
        Shell::of(&self.app).tray_is(Tray::Shown);
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        tracing::info!(?reason, "no panel");
        Shell::of(&self.app).tray_is(Tray::Absent);
        true
    }
}

fn item(item: &Item) -> MenuItem<Panel> {
    match item {
        Item::Line(label) => StandardItem { label: plain(label), enabled: false, ..StandardItem::default() }.into(),
        Item::Action(label, act) => {
            StandardItem { label: plain(label), activate: click(act), ..StandardItem::default() }.into()
        }
        Item::Check { label, is_on, is_enabled, act } => CheckmarkItem {
            label: plain(label),
            checked: *is_on,
            enabled: *is_enabled,
            activate: click(act),
            ..CheckmarkItem::default()
        }
        .into(),
        Item::Sub(label, items) => {
            SubMenu { label: plain(label), submenu: items.iter().map(self::item).collect(), ..SubMenu::default() }
                .into()
        }
        Item::Separator => MenuItem::Separator,
    }
}

fn click(act: &Act) -> Box<dyn Fn(&mut Panel) + Send> {
    let act = act.clone();
    Box::new(move |panel| perform(&panel.app, act.clone()))
}

/// In a label an underscore announces an access key; two are one.
fn plain(label: &str) -> String {
    label.replace('_', "__")
}

/// A tool tip may hold markup, and names come from strangers.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// The icon in every size that panels ask for.
fn pixmaps(icon: Icon) -> Vec<ksni::Icon> {
    macro_rules! pictures {
        ($state:literal) => {
            [
                &include_bytes!(concat!("../../../icons/tray/", $state, "-colour-16.png"))[..],
                &include_bytes!(concat!("../../../icons/tray/", $state, "-colour-22.png"))[..],
                &include_bytes!(concat!("../../../icons/tray/", $state, "-colour-24.png"))[..],
                &include_bytes!(concat!("../../../icons/tray/", $state, "-colour-32.png"))[..],
                &include_bytes!(concat!("../../../icons/tray/", $state, "-colour-48.png"))[..],
            ]
        };
    }
    let pictures = match icon {
        Icon::Off => pictures!("off"),
        Icon::Connecting => pictures!("connecting"),
        Icon::On => pictures!("on"),
        Icon::Blocked => pictures!("blocked"),
    };
    pictures.into_iter().filter_map(pixmap).collect()
}

fn pixmap(png: &[u8]) -> Option<ksni::Icon> {
    let picture = tauri::image::Image::from_bytes(png).ok()?;
    let mut data = picture.rgba().to_vec();
    // From RGBA to ARGB.
    data.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
    Some(ksni::Icon {
        width: i32::try_from(picture.width()).ok()?,
        height: i32::try_from(picture.height()).ok()?,
        data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_picture_in_five_sizes() {
        let all = [Icon::Off, Icon::Connecting, Icon::On, Icon::Blocked].map(pixmaps);
        for pictures in &all {
            assert_eq!(pictures.iter().map(|one| one.width).collect::<Vec<_>>(), [16, 22, 24, 32, 48]);
            assert!(pictures.iter().all(|one| i32::try_from(one.data.len()) == Ok(one.width * one.height * 4)));
        }
        assert!(all.iter().enumerate().all(|(i, one)| all[..i].iter().all(|other| other[0].data != one[0].data)));
    }

    #[test]
    fn names_are_neither_access_keys_nor_markup() {
        assert_eq!(plain("my_proxy"), "my__proxy");
        assert_eq!(escaped("<b>&"), "&lt;b&gt;&amp;");
    }
}
