//! Events, tests and lists for programs.

use std::time::Duration;

use paperwing_app::{Entry, Event, Failure, Outcome, Row, Stage, Subscription, Tested};
use serde_json::{Map, Value, json};

/// One event. `None` for what only people are told, on standard error.
pub(crate) fn event(event: &Event) -> Option<Value> {
    let failure = |why: &Failure| (why.stage.name(), why.cause.name());
    Some(match event {
        Event::Listening { address } => json!({"event": "listening", "address": address.to_string()}),
        Event::Switched { from, to, why, took } => {
            let (stage, reason) = why.as_ref().map(failure).unzip();
            json!({"event": "switched", "from": from, "to": to, "stage": stage, "reason": reason, "ms": ms(*took)})
        }
        Event::Blocked { proxy, why, retry_in } => {
            let (stage, reason) = failure(why);
            let retry = retry_in.as_secs();
            json!({"event": "blocked", "proxy": proxy, "stage": stage, "reason": reason, "retry_s": retry})
        }
        Event::Rejected { proxy, why } => {
            let (stage, reason) = failure(why);
            json!({"event": "rejected", "proxy": proxy, "stage": stage, "reason": reason})
        }
        Event::Recovered { proxy } => json!({"event": "recovered", "proxy": proxy}),
        Event::NoNetwork => json!({"event": "no_network"}),
        Event::NetworkBack => json!({"event": "network_back"}),
        Event::AllBlocked => json!({"event": "all_blocked"}),
        Event::Reloaded { proxies, chosen } => {
            json!({"event": "reloaded", "proxies": proxies, "chosen": chosen})
        }
        _ => return None,
    })
}

/// One line of the list. No secrets.
pub(crate) fn row(row: &Row) -> Value {
    let mut object = entry(&row.entry);
    object.insert("health".to_owned(), row.verdict.health.name().into());
    let record = &row.record;
    let optional = [
        ("why", row.verdict.why.clone().map(Value::from)),
        ("ms", record.last_time_ms.map(Value::from)),
        ("last_ok", record.last_ok.map(Value::from)),
        ("last_failure", record.last_failure.map(Value::from)),
        ("subscription", row.subscription.clone().map(Value::from)),
    ];
    object.extend(optional.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))));
    object.insert("chosen".to_owned(), row.is_chosen.into());
    Value::Object(object)
}

fn entry(entry: &Entry) -> Map<String, Value> {
    let pairs = [
        ("name", Value::from(entry.name.as_str())),
        ("protocol", entry.protocol.as_str().into()),
        ("address", entry.address().into()),
        ("host", entry.host.to_string().into()),
        ("port", entry.port.get().into()),
    ];
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// What a test found.
pub(crate) fn tested(tested: &Tested) -> Value {
    let times = |stages: &[(Stage, Duration)]| -> Vec<Value> {
        stages.iter().map(|(stage, took)| json!({"stage": stage.name(), "ms": fine_ms(*took)})).collect()
    };
    let name = &tested.name;
    match &tested.outcome {
        Outcome::Works { stages } => {
            let total: Duration = stages.iter().map(|(_, took)| *took).sum();
            json!({"name": name, "ok": true, "ms": fine_ms(total), "stages": times(stages)})
        }
        Outcome::Fails { stages, failure, after } => json!({
            "name": name, "ok": false, "stage": failure.stage.name(), "reason": failure.cause.name(),
            "text": failure.to_string(), "after_ms": fine_ms(*after), "stages": times(stages),
        }),
        Outcome::NotTried(why) => json!({"name": name, "ok": false, "reason": "not_tried", "text": why}),
    }
}

/// A subscription, without its address.
pub(crate) fn subscription(subscription: &Subscription, proxies: usize) -> Value {
    let news = &subscription.news;
    json!({
        "name": subscription.name, "host": subscription.host, "proxies": proxies, "fetched": news.fetched,
        "title": news.title, "support_url": news.support_url,
        "used": news.usage.and_then(used), "total": news.usage.and_then(|usage| usage.total),
        "expires": news.usage.and_then(|usage| usage.expires),
    })
}

/// Bytes used up, in both directions, where the provider says so.
pub(crate) fn used(usage: paperwing_app::Usage) -> Option<u64> {
    match (usage.upload, usage.download) {
        (None, None) => None,
        (up, down) => Some(up.unwrap_or_default().saturating_add(down.unwrap_or_default())),
    }
}

fn ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Milliseconds with two decimals.
fn fine_ms(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 100_000.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use paperwing_app::Cause;

    use super::*;

    #[test]
    fn events_have_the_documented_keys() {
        let why = Failure::new(Stage::Connect, Cause::Refused);
        let (from, to) = ("Oslo".to_owned(), "Riga".to_owned());
        let switched = Event::Switched { from, to, why: Some(why), took: Duration::from_millis(40) };
        let shown = event(&switched).map(|value| value.to_string());
        let wanted = r#"{"event":"switched","from":"Oslo","to":"Riga","stage":"connect","reason":"refused","ms":40}"#;
        assert_eq!(shown.as_deref(), Some(wanted));

        let listening = Event::Listening { address: ([127, 0, 0, 1], 1080).into() };
        let shown = event(&listening).map(|value| value.to_string());
        assert_eq!(shown.as_deref(), Some(r#"{"event":"listening","address":"127.0.0.1:1080"}"#));
    }

    #[test]
    fn times_of_stages_are_milliseconds() {
        assert!((fine_ms(Duration::from_micros(41_237)) - 41.24).abs() < f64::EPSILON);
    }
}
