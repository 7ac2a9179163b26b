//! The port for Telegram: kept, so that what a person once told Telegram holds for good.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::document::Document;
use crate::key::{Bound, Sealed, Vault, random};
use crate::{Profile, ProfileError, SecretError};

/// How Telegram finds the way in.
#[derive(Clone, Debug)]
pub struct TelegramSetting {
    /// The port of the last time; `None` before the first.
    pub port: Option<u16>,
    /// What Telegram and we know.
    pub secret: Zeroizing<[u8; 16]>,
}

/// The same as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Kept {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    secret: Sealed,
}

impl Profile {
    /// How Telegram finds the way in; made up and sealed where it was never asked for, or cannot be read any more. Opens the
    /// key, like [`Profile::proxy`].
    pub fn telegram(&mut self) -> Result<TelegramSetting, ProfileError> {
        if let Some(setting) = self.document.telegram(&self.vault)? {
            return Ok(setting);
        }
        self.edit(|document, vault| match document.telegram(vault)? {
            Some(setting) => Ok(setting),
            None => Ok(document.make_telegram(vault)?),
        })
    }

    /// Remembers the port.
    pub fn keep_telegram_port(&mut self, port: u16) -> Result<(), ProfileError> {
        self.edit(|document, _| {
            if let Some(kept) = &mut document.telegram {
                kept.port = Some(port);
            }
            Ok(())
        })
    }
}

impl Document {
    fn telegram(&self, vault: &Vault) -> Result<Option<TelegramSetting>, SecretError> {
        let Some(kept) = &self.telegram else { return Ok(None) };
        let key = vault.key(self.key.as_ref())?;
        let Ok(bytes) = key.open(&kept.secret, Bound::Telegram) else { return Ok(None) };
        let mut secret = Zeroizing::new([0; 16]);
        if bytes.len() != secret.len() {
            return Ok(None);
        }
        secret.copy_from_slice(&bytes);
        Ok(Some(TelegramSetting { port: kept.port, secret }))
    }

    fn make_telegram(&mut self, vault: &Vault) -> Result<TelegramSetting, SecretError> {
        let secret = Zeroizing::new(random::<16>()?);
        let port = self.telegram.as_ref().and_then(|kept| kept.port);
        let key = vault.key_or_new(&mut self.key)?;
        let sealed = key.seal(secret.as_slice(), Bound::Telegram)?;
        self.telegram = Some(Kept { port, secret: sealed });
        Ok(TelegramSetting { port, secret })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{KeyKind, KeyOptions, OpenMode};

    #[test]
    fn the_secret_and_the_port_outlive_the_program_and_are_not_there_to_be_read() {
        let dir = tempfile::tempdir().unwrap();
        let keys = || KeyOptions::new().kind(Some(KeyKind::File));
        let open = || Profile::open(dir.path(), OpenMode::Command, keys()).unwrap().0;
        let first = open().telegram().unwrap();
        assert_eq!(first.port, None);
        open().keep_telegram_port(4711).unwrap();
        let again = open().telegram().unwrap();
        assert_eq!((again.port, *again.secret), (Some(4711), *first.secret));
        let hex = first.secret.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
        assert!(!std::fs::read_to_string(dir.path().join("proxies.json")).unwrap().contains(&hex));
    }

    #[test]
    fn one_that_cannot_be_read_any_more_is_made_anew_on_the_same_port() {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyOptions::new().kind(Some(KeyKind::File));
        let (mut profile, _) = Profile::open(dir.path(), OpenMode::Command, keys).unwrap();
        let first = profile.telegram().unwrap();
        profile.keep_telegram_port(4711).unwrap();
        let path = dir.path().join("proxies.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let mut document: serde_json::Value = serde_json::from_str(&text).unwrap();
        document["telegram"]["secret"] = "AAAA".into();
        std::fs::write(&path, document.to_string()).unwrap();
        profile.reload().unwrap();
        let again = profile.telegram().unwrap();
        assert_eq!(again.port, Some(4711));
        assert_ne!(*again.secret, *first.secret);
    }
}
