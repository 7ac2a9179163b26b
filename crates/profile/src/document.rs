//! `proxies.json` as it stands in memory.

use paperwing_link::{Login, Proxy, Secret};
use serde::{Deserialize, Serialize};

use crate::entry::KeptLink;
use crate::key::{Bound, KeyRecord, Sealed, Vault};
use crate::{Choice, Entry, SecretError, Subscription, disk, link, telegram};

/// Everything that the program keeps and that would be missed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Document {
    version: u32,
    /// What opens the sealed parts; there from the first secret on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<KeyRecord>,
    #[serde(default)]
    pub(crate) choice: Choice,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) local_login: Option<LocalLogin>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) telegram: Option<telegram::Kept>,
    pub(crate) proxies: Vec<Entry>,
    #[serde(default)]
    pub(crate) subscriptions: Vec<Subscription>,
}

/// What clients of the local port must send.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LocalLogin {
    user: String,
    password: Sealed,
}

impl disk::Versioned for Document {
    const VERSION: u32 = 1;
}

impl Default for Document {
    fn default() -> Self {
        Self {
            version: <Self as disk::Versioned>::VERSION,
            key: None,
            choice: Choice::default(),
            local_login: None,
            telegram: None,
            proxies: Vec::new(),
            subscriptions: Vec::new(),
        }
    }
}

impl Document {
    /// The whole of an entry.
    pub(crate) fn proxy(&self, entry: &Entry, vault: &Vault) -> Result<Proxy, SecretError> {
        self.nameless(entry, vault).map(|proxy| link::named(proxy, &entry.name))
    }

    /// The whole of an entry but its name.
    pub(crate) fn nameless(&self, entry: &Entry, vault: &Vault) -> Result<Proxy, SecretError> {
        let damaged = || SecretError::Damaged { what: format!("“{}”", entry.name) };
        let proxy = match &entry.kept {
            KeptLink::Link(text) => link::read(text),
            KeptLink::Sealed(sealed) => {
                let key = vault.key(self.key.as_ref())?;
                let text = key.open(sealed, Bound::Proxy(entry.id)).map_err(|_| damaged())?;
                std::str::from_utf8(&text).ok().and_then(link::read)
            }
        };
        let is_what_the_list_shows = |proxy: &Proxy| {
            proxy.protocol.name() == entry.protocol && proxy.host == entry.host && proxy.port == entry.port
        };
        proxy.filter(is_what_the_list_shows).ok_or_else(damaged)
    }

    pub(crate) fn subscription_url(&self, of: &Subscription, vault: &Vault) -> Result<Secret, SecretError> {
        let key = vault.key(self.key.as_ref())?;
        let url = key.open(&of.sealed_url, Bound::Subscription(of.id)).ok();
        let text = url.and_then(|url| std::str::from_utf8(&url).ok().map(Secret::new));
        text.ok_or_else(|| SecretError::Damaged { what: format!("subscription “{}”", of.name) })
    }

    pub(crate) fn local_login(&self, vault: &Vault) -> Result<Option<Login>, SecretError> {
        let Some(login) = &self.local_login else { return Ok(None) };
        let key = vault.key(self.key.as_ref())?;
        let password = key.open(&login.password, Bound::LocalLogin).ok();
        let password = password.and_then(|text| std::str::from_utf8(&text).ok().map(Secret::new));
        let password = password.ok_or_else(|| SecretError::Damaged { what: "the local login".to_owned() })?;
        Ok(Some(Login { user: login.user.clone(), password }))
    }

    /// Drops a key that seals nothing any more: a lost one is in nobody's way then, and the next secret gets a new one.
    pub(crate) fn forget_idle_key(&mut self) {
        let seals = self.local_login.is_some()
            || self.telegram.is_some()
            || !self.subscriptions.is_empty()
            || self.proxies.iter().any(Entry::is_sealed);
        if !seals {
            self.key = None;
        }
    }

    pub(crate) fn set_local_login(&mut self, login: Option<&Login>, vault: &Vault) -> Result<(), SecretError> {
        self.local_login = match login {
            None => None,
            Some(login) => {
                let key = vault.key_or_new(&mut self.key)?;
                let password = key.seal(login.password.reveal().as_bytes(), Bound::LocalLogin)?;
                Some(LocalLogin { user: login.user.clone(), password })
            }
        };
        Ok(())
    }
}
