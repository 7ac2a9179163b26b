//! Settings.

use std::rc::Rc;

use paperwing_link::{Login, Secret};
use paperwing_profile::{KeyKind, Preferences, SecretError};

use super::cockpit::Answer;
use super::flight::Course;
use super::{AppError, Cockpit, Code, Keyring, LocalLogin, Settings};
use crate::DEFAULT_PAGE;

/// What the profile says.
struct Settled {
    preferences: Preferences,
    port: u16,
    second_opinion: bool,
    /// An error where the key to it cannot be had.
    login: Result<Option<Login>, SecretError>,
    key: KeyKind,
}

// === impl Cockpit ===

impl Cockpit {
    /// The settings. Which kinds of links are opened, only a face knows.
    pub async fn settings(self: Rc<Self>) -> Answer<Settings> {
        let settled = self.settled().await?;
        let Settled { preferences, port, second_opinion, login, key } = settled;
        let login_is_locked = login.is_err();
        let login = login.unwrap_or_default();
        Ok(Settings {
            port,
            start_at_login: self.starts_at_login().await,
            start_hidden: preferences.start_hidden,
            close_to_tray: preferences.close_to_tray,
            language: preferences.language,
            theme: preferences.theme,
            tray_icon: preferences.tray_icon,
            automatic: preferences.automatic,
            second_opinion,
            bypass: preferences.bypass,
            login: login.map(|login| LocalLogin { username: login.user, password: login.password.reveal().to_owned() }),
            login_is_locked,
            test_page: preferences.test_page.unwrap_or_else(|| DEFAULT_PAGE.to_owned()),
            keyring: keyring(key),
            open_links: Vec::new(),
        })
    }

    /// Keeps settings. Returns what holds now. Where the port or who may use it changed, connections are made anew.
    pub async fn save_settings(self: Rc<Self>, settings: Settings) -> Answer<Settings> {
        let before = Rc::clone(&self).settings().await?;
        check(&settings)?;
        if settings.port != before.port {
            self.check_port_is_not_by_hand().await?;
        }
        let is_doh_by_hand = self.is_doh_settled_by_hand().await?;
        if settings.second_opinion != before.second_opinion && is_doh_by_hand {
            let text = "doh is settled in settings.toml: change it there";
            return Err(AppError::new(Code::SettledByHand, text).with("file", "settings.toml"));
        }
        let keyring = kind_of(settings.keyring);
        if settings.keyring != before.keyring {
            self.move_key(keyring).await?;
        }
        if settings.login != before.login {
            let login = settings.login.clone();
            let login = login.map(|login| Login { user: login.username, password: Secret::new(login.password) });
            self.with_profile(move |profile| Ok(profile.set_local_login(login.as_ref())?)).await?;
        }
        let settled = self.preferences.borrow().clone();
        if settings.start_at_login != before.start_at_login || settings.start_hidden != before.start_hidden {
            self.start_at_login(settings.start_at_login, settings.start_hidden).await?;
        }
        self.keep_preferences(Preferences {
            port: settings.port,
            start_hidden: settings.start_hidden,
            close_to_tray: settings.close_to_tray,
            language: settings.language,
            theme: settings.theme,
            tray_icon: settings.tray_icon,
            automatic: settings.automatic,
            // What hands wrote is not taken for a choice made here.
            second_opinion: if is_doh_by_hand {
                self.preferences.borrow().second_opinion
            } else {
                settings.second_opinion
            },
            bypass: settings.bypass.iter().map(|host| host.trim().to_owned()).filter(|host| !host.is_empty()).collect(),
            test_page: Some(settings.test_page.trim().to_owned()).filter(|page| page != DEFAULT_PAGE),
            keyring: if settings.keyring == before.keyring { settled.keyring } else { Some(keyring) },
        })
        .await?;
        if settings.port != before.port || settings.login != before.login {
            Rc::clone(&self).begin_anew().await?;
        } else if (settings.automatic, settings.second_opinion) != (before.automatic, before.second_opinion) {
            self.list_changed().await?;
        }
        if settings.bypass != before.bypass {
            self.steward_refresh().await?;
        }
        self.settings().await
    }

    pub(super) async fn keep_preferences(&self, preferences: Preferences) -> Answer<()> {
        let kept = preferences.clone();
        let saved = self.with_profile(move |profile| {
            profile.save_preferences(&kept)?;
            Ok(profile.first_listen())
        });
        self.settled_listen.set(saved.await?);
        self.preferences.replace(preferences);
        self.stir();
        Ok(())
    }

    async fn settled(&self) -> Answer<Settled> {
        let settled = self.look_into_profile(|profile| {
            let (preferences, _) = profile.preferences();
            let port = profile.listen().first().map_or(preferences.port, std::net::SocketAddr::port);
            let key = profile.key_kind().unwrap_or_else(|| profile.new_key_kind());
            let second_opinion = profile.doh().is_some();
            Ok(Settled { preferences, port, second_opinion, login: profile.local_login(), key })
        });
        settled.await
    }

    /// What hands wrote outranks the window: a port that is settled here would not be the one that is opened.
    pub(super) async fn check_port_is_not_by_hand(&self) -> Answer<()> {
        if !self.with_profile(|profile| Ok(profile.settings().listen.is_some())).await? {
            return Ok(());
        }
        let text = "the port is settled in settings.toml: change it there";
        Err(AppError::new(Code::SettledByHand, text).with("file", "settings.toml"))
    }

    async fn is_doh_settled_by_hand(&self) -> Answer<bool> {
        self.with_profile(|profile| Ok(profile.settings().doh.is_some())).await
    }

    async fn move_key(&self, to: KeyKind) -> Answer<()> {
        let keys = self.keys.borrow().clone().kind(Some(to));
        self.with_profile(move |profile| Ok(profile.move_key(keys)?)).await
    }

    /// Closes the port and opens it again, as the settings now say.
    async fn begin_anew(self: Rc<Self>) -> Answer<()> {
        let is_on = self.flight.borrow().is_some() || matches!(*self.course.borrow(), Course::Failed(_));
        if !is_on {
            return Ok(());
        }
        let was_practising = self.flight.borrow().as_ref().is_some_and(|flight| flight.practice.is_some());
        self.land().await;
        let opened =
            if was_practising { Rc::clone(&self).start_practice().await } else { Rc::clone(&self).connect().await };
        if opened.is_err() {
            // The system's proxy must not point where nobody listens any more.
            self.steward_off().await?;
        }
        opened?;
        self.steward_refresh().await
    }
}

fn check(settings: &Settings) -> Answer<()> {
    if settings.port == 0 {
        return Err(AppError::new(Code::BadPort, "expected a number from 1 to 65535"));
    }
    if settings.test_page.trim().parse::<paperwing_engine::probe::Page>().is_err() {
        return Err(crate::Error::BadPage.into());
    }
    let half = settings.login.as_ref().is_some_and(|login| login.username.is_empty() || login.password.is_empty());
    if half {
        return Err(AppError::new(Code::Missing, "a login needs a name and a password").with("part", "login"));
    }
    Ok(())
}

fn kind_of(keyring: Keyring) -> KeyKind {
    match keyring {
        Keyring::Os => KeyKind::Os,
        Keyring::File => KeyKind::File,
        Keyring::Passphrase => KeyKind::Passphrase,
        Keyring::None => KeyKind::None,
    }
}

fn keyring(kind: KeyKind) -> Keyring {
    match kind {
        KeyKind::Os => Keyring::Os,
        KeyKind::File => Keyring::File,
        KeyKind::Passphrase => Keyring::Passphrase,
        KeyKind::None => Keyring::None,
    }
}
