//! The tray of Linux desktops: `StatusNotifierItem` and its menu over D-Bus. The panel may come and go; the icon is there
//! whenever a panel is.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use ksni::menu::{CheckmarkItem, StandardItem, SubMenu};
use ksni::{Handle, MenuItem, OfflineReason, TextDirection, ToolTip, TrayMethods};
use paperwing_app::pilot::TrayIcon;

use super::pictures::pictures;
use super::{Act, Item, Shown, State, Tray};
use crate::args::Args;
use crate::desk::{self, Happening, Teller};

/// What the panel asks.
struct Panel {
    tell: Teller,
    shown: Shown,
    is_offline: AtomicBool,
}

/// The icon, once it is there.
#[derive(Clone, Default)]
pub struct Icon(Arc<OnceLock<Handle<Panel>>>);

/// Runs the program.
pub fn main_loop(args: Args) -> anyhow::Result<()> {
    // One thread is enough for what happens here: the pilot has its own.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let done = runtime.block_on(desk::run(args, begin));
    // A thread that waits for another program must not keep this one from ending.
    runtime.shutdown_background();
    done
}

/// Puts the icon into the tray, now or when there is one. A bus may take its time.
fn begin(tell: Teller, shown: Shown) -> Icon {
    let icon = Icon::default();
    let panel = Panel { shown, tell: tell.clone(), is_offline: AtomicBool::new(false) };
    let Icon(place) = icon.clone();
    tokio::spawn(async move {
        match panel.assume_sni_available(true).spawn().await {
            Ok(handle) => {
                // Those that found no panel have said so by now.
                let is_offline = handle.update(|panel| panel.is_offline.load(Ordering::Relaxed)).await;
                let _ = place.set(handle);
                if is_offline == Some(false) {
                    let _ = tell.send(Happening::Tray(Tray::Shown));
                }
            }
            Err(error) => {
                tracing::info!(%error, "no tray");
                let _ = tell.send(Happening::Tray(Tray::Absent));
            }
        }
    });
    icon
}

// === impl Icon ===

impl Icon {
    /// Shows what is the case now.
    pub async fn renew(&self, now: Shown) {
        if let Some(handle) = self.0.get() {
            let _ = handle.update(|panel| panel.shown = now).await;
        }
    }
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
        pixmaps(self.shown.state, self.shown.look)
    }

    fn tool_tip(&self) -> ToolTip {
        ToolTip { title: "Paperwing".to_owned(), description: escaped(&self.shown.status), ..ToolTip::default() }
    }

    fn text_direction(&self) -> TextDirection {
        if self.shown.is_right_to_left { TextDirection::RightToLeft } else { TextDirection::LeftToRight }
    }

    fn activate(&mut self, _x: i32, _y: i32) {
        let _ = self.tell.send(Happening::Clicked(Act::Toggle));
    }

    fn menu(&self) -> Vec<MenuItem<Self>> {
        self.shown.menu.iter().map(item).collect()
    }

    fn watcher_online(&self) {
        self.is_offline.store(false, Ordering::Relaxed);
        let _ = self.tell.send(Happening::Tray(Tray::Shown));
    }

    fn watcher_offline(&self, reason: OfflineReason) -> bool {
        tracing::info!(?reason, "no panel");
        self.is_offline.store(true, Ordering::Relaxed);
        let _ = self.tell.send(Happening::Tray(Tray::Absent));
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
    Box::new(move |panel| {
        let _ = panel.tell.send(Happening::Clicked(act.clone()));
    })
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
fn pixmaps(state: State, look: TrayIcon) -> Vec<ksni::Icon> {
    pictures(state, look).into_iter().filter_map(|(_, png)| pixmap(png)).collect()
}

fn pixmap(png: &[u8]) -> Option<ksni::Icon> {
    let picture = image::load_from_memory_with_format(png, image::ImageFormat::Png).ok()?.into_rgba8();
    let (width, height) = (i32::try_from(picture.width()).ok()?, i32::try_from(picture.height()).ok()?);
    let mut data = picture.into_raw();
    // From RGBA to ARGB.
    data.chunks_exact_mut(4).for_each(|pixel| pixel.rotate_right(1));
    Some(ksni::Icon { width, height, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_picture_for_every_panel_in_five_sizes() {
        let mut seen = Vec::new();
        for state in [State::Off, State::Connecting, State::On, State::Blocked] {
            for look in [TrayIcon::Colour, TrayIcon::ForDark, TrayIcon::ForLight] {
                assert_eq!(pictures(state, look).map(|(size, _)| size), [16, 22, 24, 32, 48]);
                let drawn = pixmaps(state, look);
                assert_eq!(drawn.iter().map(|one| one.width).collect::<Vec<_>>(), [16, 22, 24, 32, 48]);
                assert!(drawn.iter().all(|one| i32::try_from(one.data.len()) == Ok(one.width * one.height * 4)));
                assert!(!seen.contains(&drawn[0].data), "{state:?} {look:?} looks as another one does");
                seen.push(drawn[0].data.clone());
            }
        }
    }

    #[test]
    fn names_are_neither_access_keys_nor_markup() {
        assert_eq!(plain("my_proxy"), "my__proxy");
        assert_eq!(escaped("<b>&"), "&lt;b&gt;&amp;");
    }
}
