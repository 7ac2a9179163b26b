//! What the tray's menu says. Knows no desktop.

use paperwing_app::pilot::{Brief, Phase, SystemProxy};

use crate::words::Words;

/// A line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Something to read.
    Line(String),
    /// Something to click.
    Action(String, Act),
    /// Something that is so or not.
    Check {
        /// What.
        label: String,
        /// Whether it is so.
        is_on: bool,
        /// Whether it can be clicked.
        is_enabled: bool,
        /// What a click does.
        act: Act,
    },
    /// More lines.
    Sub(String, Vec<Item>),
    /// A line between lines.
    Separator,
}

/// What a click does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Shows or hides the window: a click on the icon itself.
    Toggle,
    /// Opens the port.
    Connect,
    /// Closes the port.
    Disconnect,
    /// Points the system's proxy at the port, or puts it back.
    SystemProxy(bool),
    /// Uses a proxy, or whichever works.
    Choose(Option<String>),
    /// Shows the list.
    OpenList,
    /// Shows what is on the clipboard.
    AddFromClipboard,
    /// Shows the window.
    Open,
    /// Ends the program.
    Quit,
}

/// What is the case, in a line.
pub fn status(brief: &Brief, words: &Words) -> String {
    let pick = brief.pick.as_deref().unwrap_or_default();
    match &brief.phase {
        None | Some(Phase::Off) => words.say("tray_status_off"),
        Some(Phase::Connecting { .. }) => words.say("tray_status_connecting"),
        Some(Phase::Connected) => words.say_of("tray_status_connected", pick),
        Some(Phase::Switching { .. }) => words.say_of("tray_status_switching", pick),
        Some(Phase::Blocked { .. }) => words.say("tray_status_blocked"),
        Some(Phase::SignIn) => words.say("tray_status_sign_in"),
        Some(Phase::NoInternet) => words.say("tray_status_no_internet"),
        Some(Phase::Failed { .. }) => words.say("tray_status_failed"),
    }
}

/// The menu.
pub fn menu(brief: &Brief, words: &Words) -> Vec<Item> {
    let is_off = matches!(brief.phase, None | Some(Phase::Off | Phase::Failed { .. }));
    let connect = if is_off {
        Item::Action(words.say("tray_connect"), Act::Connect)
    } else {
        Item::Action(words.say("tray_disconnect"), Act::Disconnect)
    };
    vec![
        Item::Line(status(brief, words)),
        connect,
        system_proxy(brief, words, is_off),
        proxies(brief, words),
        Item::Separator,
        Item::Action(words.say("tray_add_clipboard"), Act::AddFromClipboard),
        Item::Action(words.say("tray_open"), Act::Open),
        Item::Separator,
        Item::Action(words.say("tray_quit"), Act::Quit),
    ]
}

fn system_proxy(brief: &Brief, words: &Words, is_off: bool) -> Item {
    let is_on = matches!(brief.system_proxy, Some(SystemProxy::On));
    let cannot = matches!(brief.system_proxy, Some(SystemProxy::Unsupported { .. } | SystemProxy::Changing));
    Item::Check {
        label: words.say("tray_system"),
        is_on,
        is_enabled: !cannot && (is_on || !is_off),
        act: Act::SystemProxy(!is_on),
    }
}

fn proxies(brief: &Brief, words: &Words) -> Item {
    let choice = |label: String, id: Option<&str>| Item::Check {
        label,
        is_on: brief.chosen.as_deref() == id,
        is_enabled: true,
        act: Act::Choose(id.map(str::to_owned)),
    };
    let mut items = vec![choice(words.say("tray_automatic"), None)];
    items.extend(brief.best.iter().map(|(id, name)| choice(name.clone(), Some(id))));
    items.push(Item::Separator);
    items.push(Item::Action(words.say("tray_open_list"), Act::OpenList));
    Item::Sub(words.say("tray_proxies"), items)
}

#[cfg(test)]
mod tests {
    use paperwing_app::pilot::Language;

    use super::*;

    fn labels(items: &[Item]) -> Vec<String> {
        let label = |item: &Item| match item {
            Item::Line(label) | Item::Action(label, _) | Item::Sub(label, _) => label.clone(),
            Item::Check { label, is_on, .. } => format!("{label} [{}]", if *is_on { 'x' } else { ' ' }),
            Item::Separator => "-".to_owned(),
        };
        items.iter().map(label).collect()
    }

    #[test]
    fn the_menu_says_what_is_the_case_and_offers_the_opposite() {
        let words = Words::of(Language::En);
        let off = menu(&Brief::default(), &words);
        let expected = ["Paperwing is off", "Connect", "Use for the whole system [ ]", "Proxies", "-"];
        assert_eq!(labels(&off)[..5], expected);
        assert!(matches!(&off[2], Item::Check { is_enabled: false, .. }), "the port is closed");
        let on = Brief {
            phase: Some(Phase::Connected),
            pick: Some("Oslo".to_owned()),
            chosen: Some("1".to_owned()),
            best: vec![("1".to_owned(), "Oslo".to_owned()), ("2".to_owned(), "Riga".to_owned())],
            system_proxy: Some(SystemProxy::On),
            ..Brief::default()
        };
        let on = menu(&on, &words);
        assert_eq!(labels(&on)[..3], ["Connected through Oslo", "Disconnect", "Use for the whole system [x]"]);
        let Item::Sub(_, proxies) = &on[3] else { panic!() };
        assert_eq!(labels(proxies), ["Automatic [ ]", "Oslo [x]", "Riga [ ]", "-", "Open list"]);
    }
}
