//! How an attempt at a proxy ended: the stage it had reached and the cause.

use std::fmt;
use std::io;

use paperwing_link::Program;

/// How far an attempt had come. In order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Stage {
    /// Looking up the proxy's own name.
    Resolve,
    /// Opening the TCP connection to the proxy.
    Connect,
    /// The TLS handshake with the proxy.
    Tls,
    /// The first exchange of the proxy's protocol.
    Greet,
    /// Proving who we are.
    Auth,
    /// Asking for the target.
    Request,
    /// Waiting for the target's first byte.
    FirstByte,
    /// Carrying bytes.
    Carrying,
}

/// An attempt that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Failure {
    /// Where it stood.
    pub stage: Stage,
    /// What happened there.
    pub cause: Cause,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// This computer could not even try.
    Local(Local),
    /// The proxy's name has no address, or nobody could say which.
    NameNotFound,
    /// The connection was refused.
    Refused,
    /// A router said that the host cannot be reached.
    Unreachable,
    /// The connection was reset.
    Reset,
    /// The connection was closed before the answer was whole.
    Closed,
    /// No answer in time.
    Silent,
    /// The answer was not the protocol's.
    Garbage(Garbage),
    /// The certificate does not prove the proxy's name.
    Certificate(Certificate),
    /// The proxy refused the TLS handshake.
    TlsRefused,
    /// The proxy did not show that it knows the secret: it has another one, this computer's clock is wrong, or somebody
    /// answers in its place.
    Unproven,
    /// The proxy does not accept the credentials.
    CredentialsRejected,
    /// The proxy wants credentials and the link has none.
    CredentialsNeeded,
    /// An SSH server has another key than before: it, or somebody in its place.
    HostKeyChanged,
    /// The link's key file cannot be read, is locked with a passphrase, or holds a kind of key that is not supported.
    KeyUnusable,
    /// The proxy works but did not reach the target.
    Target(TargetFailure),
    /// In a test: nothing came back through a proxy whose protocol does not say why.
    Unexplained,
    /// This version does not speak the proxy's protocol.
    Unsupported,
    /// The proxy is our own port.
    Loop,
    /// The proxy is reached through a program of others, which is not installed.
    ProgramMissing(Program),
    /// The program through which the proxy is reached does not run.
    ProgramFailed,
}

/// What kept this computer from trying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Local {
    /// No route, interface down.
    NoNetwork,
    /// Out of file descriptors, ports or memory.
    OutOfResources,
    /// A firewall of this computer forbids it.
    Forbidden,
}

/// What came instead of the proxy's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Garbage {
    /// An HTTP answer or a web page.
    Http,
    /// A TLS record.
    Tls,
    /// More than an answer may hold.
    TooLong,
    /// Something else.
    Other,
}

/// What is wrong with a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Certificate {
    /// Expired, or not valid yet: or this computer's clock is wrong.
    Expired,
    /// For another name.
    WrongName,
    /// Signed by nobody that this computer trusts.
    UnknownIssuer,
    /// Not the pinned one.
    NotPinned,
    /// Revoked, malformed or badly signed.
    Invalid,
}

/// Why a proxy did not reach a target. SOCKS5 reply codes (RFC 1928, 6) or the HTTP status that means the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TargetFailure {
    /// REP 1, SOCKS4's 0x5B, an HTTP 5xx.
    General,
    /// REP 2, HTTP 403.
    NotAllowed,
    /// REP 3.
    NetworkUnreachable,
    /// REP 4, HTTP 502.
    HostUnreachable,
    /// REP 5.
    Refused,
    /// REP 6, HTTP 504.
    TimedOut,
    /// REP 7.
    CommandNotSupported,
    /// REP 8.
    AddressNotSupported,
}

/// Whom a failure speaks against, before anything is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Blame {
    /// This computer.
    Nobody,
    /// The target, unless another proxy reaches it.
    Target,
    /// The proxy: it, or somebody in its place, answered wrongly.
    Proxy,
    /// The proxy or the network between: nothing came back.
    Path,
    /// The link's credentials, or what it says of the server's. Never tried again as they are.
    Credentials,
}

// === impl Stage ===

impl Stage {
    /// All stages in order.
    pub const ALL: [Self; 8] = [
        Self::Resolve,
        Self::Connect,
        Self::Tls,
        Self::Greet,
        Self::Auth,
        Self::Request,
        Self::FirstByte,
        Self::Carrying,
    ];

    /// The stage's name in events and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Greet => "greet",
            Self::Auth => "auth",
            Self::Request => "request",
            Self::FirstByte => "first byte",
            Self::Carrying => "carrying",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

// === impl Failure ===

impl Failure {
    /// A failure at a stage.
    pub const fn new(stage: Stage, cause: Cause) -> Self {
        Self { stage, cause }
    }

    /// What an I/O error at a stage means.
    pub fn from_io(stage: Stage, error: &io::Error) -> Self {
        Self::new(stage, Cause::from(error))
    }

    /// Whom the failure speaks against.
    pub fn blame(&self) -> Blame {
        match self.cause {
            Cause::Local(_) => Blame::Nobody,
            Cause::Target(_) | Cause::Unexplained => Blame::Target,
            Cause::CredentialsRejected
            | Cause::CredentialsNeeded
            | Cause::KeyUnusable
            // Nothing is to be sent to such a server until a person has looked.
            | Cause::HostKeyChanged => Blame::Credentials,
            // A proxy that has agreed to talk and then goes quiet may be waiting for the target.
            Cause::Silent | Cause::Closed | Cause::Reset if self.stage >= Stage::Request => Blame::Target,
            Cause::Silent | Cause::Unreachable | Cause::NameNotFound => Blame::Path,
            Cause::Refused
            | Cause::Reset
            | Cause::Closed
            | Cause::Garbage(_)
            | Cause::Certificate(_)
            | Cause::TlsRefused
            | Cause::Unproven
            | Cause::Unsupported
            | Cause::Loop
            | Cause::ProgramMissing(_)
            | Cause::ProgramFailed => Blame::Proxy,
        }
    }

    /// Whether somebody at the other end of the network said something.
    pub fn is_answer(&self) -> bool {
        !matches!(
            self.cause,
            Cause::Silent
                | Cause::Unreachable
                | Cause::NameNotFound
                | Cause::Local(_)
                | Cause::Unsupported
                | Cause::KeyUnusable
                | Cause::Loop
                | Cause::ProgramMissing(_)
                | Cause::ProgramFailed
        )
    }

    /// Whether the proxy may be somewhere else: nobody was met at its address, or somebody else.
    pub(crate) fn may_be_elsewhere(self) -> bool {
        let is_here = matches!(self.cause, Cause::Unsupported | Cause::ProgramMissing(_) | Cause::ProgramFailed);
        self.stage <= Stage::Request && !is_here && matches!(self.blame(), Blame::Proxy | Blame::Path)
    }

    /// Whether somebody else answered in the proxy's place who may want a person to sign in: a web page, or a certificate that
    /// proves another name. An expired one may be this computer's clock.
    pub(crate) fn is_strangers(self) -> bool {
        match self.cause {
            Cause::Garbage(Garbage::Http) => true,
            Cause::Certificate(why) => why != Certificate::Expired,
            _ => false,
        }
    }

    /// Whether nothing at all came back: the sign of a censor that drops packets.
    pub fn is_silence(&self) -> bool {
        self.cause == Cause::Silent
    }

    /// Whether the proxy itself said why it does not reach the target. Else it hung up, was silent or named no reason, as one
    /// does that reaches nothing at all.
    pub(crate) fn names_a_reason(self) -> bool {
        matches!(self.cause, Cause::Target(why) if why != TargetFailure::General)
    }

    /// Whether nothing comes back from the proxy for anybody. One that freezes connections lets small things pass.
    pub(crate) fn brings_nothing(self) -> bool {
        self.is_silence() && self.stage < Stage::Carrying
    }
}

impl fmt::Display for Failure {
    /// What happened, as the end of a sentence that begins with the proxy's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.stage, self.cause) {
            // It did answer, and then went quiet: the sign of a frozen connection.
            (Stage::Carrying, Cause::Silent) => f.write_str("stopped carrying data"),
            (_, cause) => cause.fmt(f),
        }
    }
}

impl std::error::Error for Failure {}

// === impl Cause ===

impl From<&io::Error> for Cause {
    fn from(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        match error.kind() {
            Kind::ConnectionRefused => Self::Refused,
            Kind::ConnectionReset | Kind::BrokenPipe | Kind::ConnectionAborted => Self::Reset,
            Kind::UnexpectedEof | Kind::NotConnected | Kind::WriteZero => Self::Closed,
            Kind::TimedOut => Self::Silent,
            Kind::HostUnreachable => Self::Unreachable,
            Kind::NetworkUnreachable | Kind::NetworkDown => Self::Local(Local::NoNetwork),
            Kind::PermissionDenied => Self::Local(Local::Forbidden),
            Kind::FileTooLarge => Self::Garbage(Garbage::TooLong),
            Kind::InvalidData => Self::Garbage(Garbage::Other),
            _ => Self::Local(Local::OutOfResources),
        }
    }
}

impl fmt::Display for Cause {
    /// What happened, as the end of a sentence that begins with the proxy's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Local(Local::NoNetwork) => "could not be tried: this computer has no route to it",
            Self::Local(Local::OutOfResources) => "could not be tried: this computer is out of connections",
            Self::Local(Local::Forbidden) => "could not be tried: this computer's firewall forbids it",
            Self::NameNotFound => "has a name whose address could not be found",
            Self::Refused => "refused the connection",
            Self::Unreachable => "cannot be reached",
            Self::Reset => "reset the connection",
            Self::Closed => "closed the connection",
            Self::Silent => "did not answer",
            Self::Garbage(Garbage::Http) => "answered with a web page",
            Self::Garbage(Garbage::Tls) => "answered with TLS",
            Self::Garbage(Garbage::TooLong) => "answered without end",
            Self::Garbage(Garbage::Other) => "answered in another protocol",
            Self::Certificate(Certificate::Expired) => "showed an expired certificate",
            Self::Certificate(Certificate::WrongName) => "showed a certificate for another name",
            Self::Certificate(Certificate::UnknownIssuer) => "showed a certificate that nobody vouches for",
            Self::Certificate(Certificate::NotPinned) => "showed another certificate than the pinned one",
            Self::Certificate(Certificate::Invalid) => "showed an invalid certificate",
            Self::TlsRefused => "refused the TLS handshake",
            Self::Unproven => {
                "did not show that it knows the secret (it may be another one, or this computer's clock is wrong)"
            }
            Self::CredentialsRejected => "does not accept the user name and password",
            Self::CredentialsNeeded => "wants a user name and password",
            Self::HostKeyChanged => "has another host key than before: it was set up anew, or somebody stands in its place",
            Self::KeyUnusable => {
                "needs a key file that cannot be used: it cannot be read, has a passphrase (add it to the agent), or is RSA"
            }
            Self::Target(why) => return why.fmt(f),
            Self::Unexplained => "brought nothing: its password may be wrong, which this protocol does not say",
            Self::Unsupported => "needs a protocol that is not supported yet",
            Self::Loop => "is this program's own port",
            Self::ProgramMissing(program) => {
                return write!(f, "needs {program}, which is not installed: {}", program.install());
            }
            Self::ProgramFailed => "is reached through a program that does not run",
        })
    }
}

impl Cause {
    /// Every cause there is.
    pub const ALL: [Self; 39] = [
        Self::Local(Local::NoNetwork),
        Self::Local(Local::OutOfResources),
        Self::Local(Local::Forbidden),
        Self::NameNotFound,
        Self::Refused,
        Self::Unreachable,
        Self::Reset,
        Self::Closed,
        Self::Silent,
        Self::Garbage(Garbage::Http),
        Self::Garbage(Garbage::Tls),
        Self::Garbage(Garbage::TooLong),
        Self::Garbage(Garbage::Other),
        Self::Certificate(Certificate::Expired),
        Self::Certificate(Certificate::WrongName),
        Self::Certificate(Certificate::UnknownIssuer),
        Self::Certificate(Certificate::NotPinned),
        Self::Certificate(Certificate::Invalid),
        Self::TlsRefused,
        Self::Unproven,
        Self::CredentialsRejected,
        Self::CredentialsNeeded,
        Self::HostKeyChanged,
        Self::KeyUnusable,
        Self::Target(TargetFailure::General),
        Self::Target(TargetFailure::NotAllowed),
        Self::Target(TargetFailure::NetworkUnreachable),
        Self::Target(TargetFailure::HostUnreachable),
        Self::Target(TargetFailure::Refused),
        Self::Target(TargetFailure::TimedOut),
        Self::Target(TargetFailure::CommandNotSupported),
        Self::Target(TargetFailure::AddressNotSupported),
        Self::Unexplained,
        Self::Unsupported,
        Self::Loop,
        Self::ProgramMissing(Program::V2rayPlugin),
        Self::ProgramMissing(Program::ObfsLocal),
        Self::ProgramMissing(Program::Shoes),
        Self::ProgramFailed,
    ];

    /// The cause's name in events and JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Local(Local::NoNetwork) => "no_route",
            Self::Local(Local::OutOfResources) => "out_of_resources",
            Self::Local(Local::Forbidden) => "forbidden",
            Self::NameNotFound => "name_not_found",
            Self::Refused => "refused",
            Self::Unreachable => "unreachable",
            Self::Reset => "reset",
            Self::Closed => "closed",
            Self::Silent => "silent",
            Self::Garbage(_) => "garbage",
            Self::Certificate(_) => "certificate",
            Self::TlsRefused => "tls_refused",
            Self::Unproven => "unproven",
            Self::CredentialsRejected => "credentials_rejected",
            Self::CredentialsNeeded => "credentials_needed",
            Self::HostKeyChanged => "host_key_changed",
            Self::KeyUnusable => "key_unusable",
            Self::Target(_) => "target",
            Self::Unexplained => "unexplained",
            Self::Unsupported => "unsupported",
            Self::Loop => "loop",
            Self::ProgramMissing(_) => "program_missing",
            Self::ProgramFailed => "program_failed",
        }
    }
}

impl fmt::Display for TargetFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::General => "could not reach the target",
            Self::NotAllowed => "does not allow this target",
            Self::NetworkUnreachable => "has no route to the target",
            Self::HostUnreachable => "cannot reach the target",
            Self::Refused => "was refused by the target",
            Self::TimedOut => "waited for the target in vain",
            Self::CommandNotSupported => "does not offer this kind of connection",
            Self::AddressNotSupported => "does not take this kind of address",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quiet_proxy_is_blamed_only_before_it_agreed_to_ask_the_target() {
        assert_eq!(Failure::new(Stage::Greet, Cause::Silent).blame(), Blame::Path);
        assert_eq!(Failure::new(Stage::Request, Cause::Silent).blame(), Blame::Target);
        assert_eq!(Failure::new(Stage::Greet, Cause::Closed).blame(), Blame::Proxy);
    }

    #[test]
    fn every_failure_has_words_of_its_own() {
        let stalled = Failure::new(Stage::Carrying, Cause::Silent);
        let words = Cause::ALL.map(|cause| Failure::new(Stage::Connect, cause).to_string());
        let words: std::collections::HashSet<_> = words.into_iter().chain([stalled.to_string()]).collect();
        assert_eq!(words.len(), Cause::ALL.len() + 1);
    }

    #[test]
    fn this_computers_own_troubles_are_nobodys_fault() {
        for code in [io::ErrorKind::NetworkUnreachable, io::ErrorKind::NetworkDown, io::ErrorKind::PermissionDenied] {
            assert_eq!(Failure::from_io(Stage::Connect, &code.into()).blame(), Blame::Nobody);
        }
        #[cfg(target_os = "linux")]
        for errno in [rustix::io::Errno::MFILE, rustix::io::Errno::NFILE, rustix::io::Errno::ADDRNOTAVAIL] {
            assert_eq!(Failure::from_io(Stage::Connect, &errno.into()).blame(), Blame::Nobody);
        }
    }
}
