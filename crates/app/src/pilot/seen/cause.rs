//! What a proxy did, as a code that a face has words for.

use paperwing_engine as engine;
use serde::Serialize;

/// What a proxy did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Cause {
    /// This computer has no route to it.
    NoRoute,
    /// This computer is out of connections.
    OutOfResources,
    /// A firewall of this computer forbids it.
    Forbidden,
    /// Its name has no address.
    NameNotFound,
    /// It refused the connection.
    Refused,
    /// It cannot be reached.
    Unreachable,
    /// It reset the connection.
    Reset,
    /// It closed the connection.
    Closed,
    /// It did not answer.
    Silent,
    /// It stopped carrying data.
    Stalled,
    /// A web page came.
    GarbageHttp,
    /// TLS came.
    GarbageTls,
    /// An answer without end came.
    GarbageLong,
    /// Another protocol's answer came.
    Garbage,
    /// Its certificate has expired.
    CertificateExpired,
    /// Its certificate is for another name.
    CertificateName,
    /// Nobody vouches for its certificate.
    CertificateIssuer,
    /// Its certificate is not the pinned one.
    CertificatePin,
    /// Its certificate is invalid.
    Certificate,
    /// It refused the TLS handshake.
    TlsRefused,
    /// It did not show that it knows the secret.
    Unproven,
    /// It does not accept the credentials.
    CredentialsRejected,
    /// It wants credentials.
    CredentialsNeeded,
    /// Its SSH key is another one than before.
    HostKeyChanged,
    /// Its key file cannot be used.
    KeyUnusable,
    /// It could not reach the target.
    Target,
    /// It does not allow the target.
    TargetNotAllowed,
    /// It has no route to the target.
    TargetNoRoute,
    /// It cannot reach the target's host.
    TargetUnreachable,
    /// The target refused it.
    TargetRefused,
    /// It waited for the target in vain.
    TargetTimeout,
    /// It does not offer this kind of connection.
    TargetKind,
    /// It does not take this kind of address.
    TargetAddress,
    /// Nothing came back, and its protocol does not say why.
    Unexplained,
    /// Its protocol is not supported.
    Unsupported,
    /// It is our own port.
    Loop,
    /// A program that it needs is not installed.
    ProgramMissing {
        /// Which.
        program: String,
        /// The command that installs it.
        install: String,
    },
    /// A program that it needs does not run.
    ProgramFailed,
    /// Something that another version wrote down; its text says what.
    Other,
}

// === impl Cause ===

impl Cause {
    /// The cause that has these English words. They are what the history keeps of a proxy, so what an earlier version wrote may
    /// be none of ours.
    pub(in crate::pilot) fn of_words(words: &str) -> Self {
        let stalled = engine::Failure::new(engine::Stage::Carrying, engine::Cause::Silent);
        if stalled.to_string() == words {
            return Self::Stalled;
        }
        engine::Cause::ALL.into_iter().find(|cause| cause.to_string() == words).map_or(Self::Other, Self::from)
    }
}

impl From<engine::Cause> for Cause {
    fn from(cause: engine::Cause) -> Self {
        use engine::{Certificate, Garbage, Local, TargetFailure};
        match cause {
            engine::Cause::Local(Local::NoNetwork) => Self::NoRoute,
            engine::Cause::Local(Local::OutOfResources) => Self::OutOfResources,
            engine::Cause::Local(Local::Forbidden) => Self::Forbidden,
            engine::Cause::NameNotFound => Self::NameNotFound,
            engine::Cause::Refused => Self::Refused,
            engine::Cause::Unreachable => Self::Unreachable,
            engine::Cause::Reset => Self::Reset,
            engine::Cause::Closed => Self::Closed,
            engine::Cause::Silent => Self::Silent,
            engine::Cause::Garbage(Garbage::Http) => Self::GarbageHttp,
            engine::Cause::Garbage(Garbage::Tls) => Self::GarbageTls,
            engine::Cause::Garbage(Garbage::TooLong) => Self::GarbageLong,
            engine::Cause::Garbage(Garbage::Other) => Self::Garbage,
            engine::Cause::Certificate(Certificate::Expired) => Self::CertificateExpired,
            engine::Cause::Certificate(Certificate::WrongName) => Self::CertificateName,
            engine::Cause::Certificate(Certificate::UnknownIssuer) => Self::CertificateIssuer,
            engine::Cause::Certificate(Certificate::NotPinned) => Self::CertificatePin,
            engine::Cause::Certificate(Certificate::Invalid) => Self::Certificate,
            engine::Cause::TlsRefused => Self::TlsRefused,
            engine::Cause::Unproven => Self::Unproven,
            engine::Cause::CredentialsRejected => Self::CredentialsRejected,
            engine::Cause::CredentialsNeeded => Self::CredentialsNeeded,
            engine::Cause::HostKeyChanged => Self::HostKeyChanged,
            engine::Cause::KeyUnusable => Self::KeyUnusable,
            engine::Cause::Target(TargetFailure::General) => Self::Target,
            engine::Cause::Target(TargetFailure::NotAllowed) => Self::TargetNotAllowed,
            engine::Cause::Target(TargetFailure::NetworkUnreachable) => Self::TargetNoRoute,
            engine::Cause::Target(TargetFailure::HostUnreachable) => Self::TargetUnreachable,
            engine::Cause::Target(TargetFailure::Refused) => Self::TargetRefused,
            engine::Cause::Target(TargetFailure::TimedOut) => Self::TargetTimeout,
            engine::Cause::Target(TargetFailure::CommandNotSupported) => Self::TargetKind,
            engine::Cause::Target(TargetFailure::AddressNotSupported) => Self::TargetAddress,
            engine::Cause::Unexplained => Self::Unexplained,
            engine::Cause::Unsupported => Self::Unsupported,
            engine::Cause::Loop => Self::Loop,
            engine::Cause::ProgramMissing(program) => {
                Self::ProgramMissing { program: program.name().to_owned(), install: program.command().to_owned() }
            }
            engine::Cause::ProgramFailed => Self::ProgramFailed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_by_the_words_that_the_history_keeps_of_it() {
        for cause in engine::Cause::ALL {
            let kept = engine::Failure::new(engine::Stage::Connect, cause).to_string();
            assert_eq!(Cause::of_words(&kept), Cause::from(cause), "{kept}");
        }
        let stalled = engine::Failure::new(engine::Stage::Carrying, engine::Cause::Silent);
        assert_eq!(Cause::of_words(&stalled.to_string()), Cause::Stalled);
        assert_eq!(Cause::of_words("went for a walk"), Cause::Other);
    }
}
