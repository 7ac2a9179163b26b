//! Proving who we are (RFC 4252): with a key from a file, with the keys of an agent, with a password.

use std::path::Path;
use std::sync::Arc;

use paperwing_link::{Secret, Ssh};
use russh::MethodKind;
use russh::client::{AuthResult, Handle, KeyboardInteractiveAuthResponse};
use russh::keys::agent::AgentIdentity;
use russh::keys::agent::client::{AgentClient, AgentStream};
use russh::keys::{Algorithm, PrivateKeyWithHashAlg, load_secret_key};

use super::host_key::Witness;
use crate::outcome::{Cause, Failure, Stage};

/// A server counts what it refuses; OpenSSH hangs up after six.
const MOST_AGENT_KEYS: usize = 4;

/// How one way of proving it ended.
enum Way {
    Accepted,
    Refused,
    /// Not ours to try: no agent, no key in it.
    Absent,
}

/// Tries what the link has: its key file, else the agent's keys where it has no password; then the password.
pub(super) async fn log_in(handle: &mut Handle<Witness>, ssh: &Ssh) -> Result<(), Failure> {
    let mut refused = false;
    let key = match (&ssh.key, &ssh.password) {
        (Some(path), _) => with_file(handle, &ssh.user, path).await?,
        (None, None) => with_agent(handle, &ssh.user).await,
        (None, Some(_)) => Way::Absent,
    };
    let password = match (key, &ssh.password) {
        (Way::Accepted, _) => return Ok(()),
        (way, None) => way,
        (way, Some(password)) => {
            refused = matches!(way, Way::Refused);
            with_password(handle, &ssh.user, password).await
        }
    };
    refused |= matches!(password, Way::Refused);
    let cause = match password {
        Way::Accepted => return Ok(()),
        // Hanging up before a first verdict is none.
        _ if handle.is_closed() && !refused => Cause::Closed,
        _ if refused => Cause::CredentialsRejected,
        _ => Cause::CredentialsNeeded,
    };
    Err(Failure::new(Stage::Auth, cause))
}

async fn with_file(handle: &mut Handle<Witness>, user: &str, path: &str) -> Result<Way, Failure> {
    let unusable = Failure::new(Stage::Auth, Cause::KeyUnusable);
    let key = load_secret_key(Path::new(path), None).map_err(|error| {
        tracing::debug!(%error, "the key file cannot be used");
        unusable
    })?;
    if matches!(key.algorithm(), Algorithm::Rsa { .. } | Algorithm::Dsa) {
        return Err(unusable);
    }
    let key = PrivateKeyWithHashAlg::new(Arc::new(key), None);
    Ok(verdict(handle.authenticate_publickey(user, key).await, handle))
}

async fn with_password(handle: &mut Handle<Witness>, user: &str, password: &Secret) -> Way {
    let first = handle.authenticate_password(user, password.reveal()).await;
    let may_ask = matches!(&first, Ok(AuthResult::Failure { remaining_methods, .. })
        if remaining_methods.contains(&MethodKind::KeyboardInteractive) && !remaining_methods.contains(&MethodKind::Password));
    if may_ask { with_answers(handle, user, password).await } else { verdict(first, handle) }
}

/// Servers that ask for the password themselves (RFC 4256).
async fn with_answers(handle: &mut Handle<Witness>, user: &str, password: &Secret) -> Way {
    const MOST_QUESTIONS: usize = 3;
    let mut response = handle.authenticate_keyboard_interactive_start(user, None).await;
    for _ in 0..MOST_QUESTIONS {
        match response {
            Ok(KeyboardInteractiveAuthResponse::Success) => return Way::Accepted,
            Ok(KeyboardInteractiveAuthResponse::InfoRequest { prompts, .. }) => {
                // What is shown while it is typed is no password.
                let answer = |echo| if echo { String::new() } else { password.reveal().to_owned() };
                let answers = prompts.iter().map(|prompt| answer(prompt.echo)).collect();
                response = handle.authenticate_keyboard_interactive_respond(answers).await;
            }
            Ok(KeyboardInteractiveAuthResponse::Failure { .. }) => return Way::Refused,
            Err(_) => return Way::Absent,
        }
    }
    Way::Refused
}

async fn with_agent(handle: &mut Handle<Witness>, user: &str) -> Way {
    #[cfg(unix)]
    let agent = AgentClient::connect_env().await;
    #[cfg(windows)]
    let agent = AgentClient::connect_named_pipe(r"\\.\pipe\openssh-ssh-agent").await;
    match agent {
        Ok(agent) => with_keys_of(agent.dynamic(), handle, user).await,
        Err(error) => {
            tracing::debug!(%error, "no agent");
            Way::Absent
        }
    }
}

async fn with_keys_of(
    mut agent: AgentClient<Box<dyn AgentStream + Send + Unpin>>,
    handle: &mut Handle<Witness>,
    user: &str,
) -> Way {
    let keys = agent.request_identities().await.unwrap_or_default();
    let usable = keys.into_iter().filter_map(|identity| match identity {
        AgentIdentity::PublicKey { key, .. } if !matches!(key.algorithm(), Algorithm::Rsa { .. } | Algorithm::Dsa) => {
            Some(key)
        }
        _ => None,
    });
    let mut way = Way::Absent;
    for key in usable.take(MOST_AGENT_KEYS) {
        match handle.authenticate_publickey_with(user, key, None, &mut agent).await {
            Ok(AuthResult::Success) => return Way::Accepted,
            Ok(AuthResult::Failure { .. }) if !handle.is_closed() => way = Way::Refused,
            _ => return way,
        }
    }
    way
}

/// A server that hangs up is reported as a refusal of everything.
fn verdict(result: Result<AuthResult, russh::Error>, handle: &Handle<Witness>) -> Way {
    match result {
        Ok(AuthResult::Success) => Way::Accepted,
        Ok(AuthResult::Failure { remaining_methods, .. }) if !(remaining_methods.is_empty() && handle.is_closed()) => {
            Way::Refused
        }
        _ => Way::Absent,
    }
}
