//! Between the types of the core and those that a face sees.

use std::time::Duration;

use paperwing_link::ProxyId;
use paperwing_profile::SubscriptionId;

use super::{AppError, Support, Verdict};

/// Whole milliseconds.
pub(super) fn ms(duration: Duration) -> u32 {
    u32::try_from(duration.as_millis()).unwrap_or(u32::MAX)
}

/// A count as it is shown.
pub(super) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(super) fn id_text(id: ProxyId) -> String {
    format!("{:016x}", id.0)
}

pub(super) fn proxy_id(text: &str) -> Result<ProxyId, AppError> {
    u64::from_str_radix(text, 16).map(ProxyId).map_err(|_| AppError::gone())
}

pub(super) fn proxy_ids(texts: &[String]) -> Result<Vec<ProxyId>, AppError> {
    texts.iter().map(|text| proxy_id(text)).collect()
}

pub(super) fn subscription_id(text: &str) -> Result<SubscriptionId, AppError> {
    u64::from_str_radix(text, 16).map(SubscriptionId).map_err(|_| AppError::gone())
}

/// What the one judge of [`crate::support_here`] says: a program that it names is missing.
pub(super) fn support(support: &paperwing_link::Support) -> Support {
    use paperwing_link::Support as Known;
    match support {
        Known::Carried => Support::Carried,
        Known::Needs(program) => {
            Support::NeedsProgram { program: program.name().to_owned(), install: program.command().to_owned() }
        }
        Known::NotYet(what) => Support::NotYet { what: what.clone() },
        Known::TelegramOnly => Support::TelegramOnly,
        Known::Never(why) => Support::Never { why: *why },
    }
}

pub(super) fn verdict(health: paperwing_engine::Health) -> Verdict {
    use paperwing_engine::Health;
    match health {
        Health::Untested => Verdict::Untested,
        Health::Healthy => Verdict::Healthy,
        Health::Suspect => Verdict::Suspect,
        Health::Blocked => Verdict::Blocked,
        Health::Probation => Verdict::Probation,
        Health::Rejected => Verdict::Rejected,
    }
}
