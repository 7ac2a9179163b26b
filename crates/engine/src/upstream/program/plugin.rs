//! SIP003: a plugin is told by its environment where to listen, where to lead, and how.

use std::net::SocketAddr;

use paperwing_link::{Plugin, Proxy};
use tokio::process::Command;

/// Tells a plugin what to do.
pub(super) fn configure(command: &mut Command, proxy: &Proxy, plugin: &Plugin, listen: SocketAddr) {
    command
        .env("SS_REMOTE_HOST", proxy.host.to_string())
        .env("SS_REMOTE_PORT", proxy.port.to_string())
        .env("SS_LOCAL_HOST", listen.ip().to_string())
        .env("SS_LOCAL_PORT", listen.port().to_string())
        .env("SS_PLUGIN_OPTIONS", &plugin.options);
}
