//! What happened, for people and programs that watch.

use std::net::SocketAddr;
use std::time::Duration;

use paperwing_link::{Host, Port, ProxyId};

use crate::outcome::Failure;

/// Something that a watcher may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// The local port takes connections.
    Listening {
        /// Where.
        address: SocketAddr,
    },
    /// New connections use another proxy now.
    Switched {
        /// The pick until now.
        from: ProxyId,
        /// The pick from now on.
        to: ProxyId,
        /// What the old pick did; absent where a person chose or speed decided.
        why: Option<Failure>,
        /// From the first sign to the first connection carried by the new pick.
        took: Duration,
    },
    /// A proxy carries nothing any more and is left alone for a while.
    Blocked {
        /// Which.
        proxy: ProxyId,
        /// The sign that decided.
        why: Failure,
        /// When it may be tried again, from now.
        retry_in: Duration,
    },
    /// A proxy refuses our credentials; it is not tried again until a person edits it.
    Rejected {
        /// Which.
        proxy: ProxyId,
        /// What it said.
        why: Failure,
    },
    /// An SSH server showed its key for the first time. From now on it may have no other.
    NewHostKey {
        /// Where it listens.
        host: Host,
        /// Where it listens.
        port: Port,
        /// The key's digest, as OpenSSH writes it.
        fingerprint: String,
    },
    /// A blocked proxy carries again.
    Recovered {
        /// Which.
        proxy: ProxyId,
    },
    /// This computer's own network is down; no proxy is blamed.
    NoNetwork,
    /// This computer's own network is back.
    NetworkBack,
    /// No proxy is left to try; traffic stops.
    AllBlocked,
    /// Somebody else answers in every proxy's place, as a page does that wants a person to sign in; traffic stops.
    SignInNeeded,
    /// That page is gone.
    SignInOver,
}
