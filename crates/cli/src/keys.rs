//! How the key to the passwords is had, and what to do where it cannot be had.

use paperwing_app::link::Secret;
use paperwing_app::{Error, KeyKind, KeyOptions, PASSPHRASE_VAR, PassphraseNeed, Profile, ProfileError, SecretError};

use crate::args::{Global, Keyring};
use crate::ask;

/// As the command line and the environment say; a passphrase is asked for where somebody can answer.
pub(crate) fn options(global: &Global) -> KeyOptions {
    with_questions(unasked(global))
}

/// The same for what is not worth a question.
pub(crate) fn unasked(global: &Global) -> KeyOptions {
    let kind = global.keyring.map(|keyring| match keyring {
        Keyring::None => KeyKind::None,
        Keyring::File => KeyKind::File,
        Keyring::Os => KeyKind::Os,
        Keyring::Passphrase => KeyKind::Passphrase,
    });
    KeyOptions::from_environment().kind(kind)
}

fn with_questions(options: KeyOptions) -> KeyOptions {
    if ask::is_somebody_there() { options.ask(passphrase) } else { options }
}

fn passphrase(need: PassphraseNeed) -> Option<Secret> {
    match need {
        PassphraseNeed::Unlock => ask::passphrase("Passphrase of your proxy list: "),
        PassphraseNeed::UnlockAgain => ask::passphrase("That one is wrong. Passphrase of your proxy list: "),
        PassphraseNeed::Create => {
            eprintln!("If you forget the passphrase, the stored passwords are lost. Nobody can bring them back.");
            loop {
                let first = ask::passphrase("A passphrase for the passwords in your proxy list: ")?;
                if ask::passphrase("The same again: ")? == first {
                    return Some(first);
                }
                eprintln!("These two differ.");
            }
        }
    }
}

/// Makes a change that may need a new key. Where the system has no keyring, says so and asks once what to do instead.
pub(crate) fn with_key<T>(
    profile: &mut Profile,
    mut change: impl FnMut(&mut Profile) -> Result<T, Error>,
) -> Result<T, Error> {
    match change(profile) {
        Err(Error::Profile(ProfileError::Secret(why))) if profile.key_kind().is_none() && is_keyring(&why) => {
            match another_place(&why) {
                Some(options) => {
                    profile.use_keys(options);
                    change(profile)
                }
                None => Err(why.into()),
            }
        }
        done => done,
    }
}

fn is_keyring(why: &SecretError) -> bool {
    matches!(
        why,
        SecretError::KeyringAbsent { .. } | SecretError::KeyringLocked { .. } | SecretError::KeyringTimeout { .. }
    )
}

fn another_place(why: &SecretError) -> Option<KeyOptions> {
    if !ask::is_somebody_there() {
        return None;
    }
    eprintln!("Passwords are kept sealed, and the key to them is best kept in the system's keyring.");
    let reason = match why {
        SecretError::KeyringLocked { .. } => "it is locked, or refused",
        SecretError::KeyringTimeout { .. } => "it does not answer",
        _ => "none is running",
    };
    eprintln!("That does not work here: {reason}.");
    eprintln!("  1  Behind a passphrase, to be typed at each start (or in {PASSPHRASE_VAR}).");
    eprintln!("  2  In a file beside the list. Whoever can read your files can then read the passwords.");
    eprintln!("  Enter  Not at all: nothing is added.");
    let kind = match ask::line("Where should the key be kept? ").as_str() {
        "1" => KeyKind::Passphrase,
        "2" => KeyKind::File,
        _ => return None,
    };
    Some(with_questions(KeyOptions::from_environment().kind(Some(kind))))
}
