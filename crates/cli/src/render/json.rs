//! Events, tests and lists for programs.

use std::time::{Duration, SystemTime};

use paperwing_app::report::{Carried, Heard, ProxyStatus, Status};
use paperwing_app::system_proxy::SystemProxyNow;
use paperwing_app::{Entry, Event, Outcome, Reason, Row, Stage, Subscription, Tested};
use serde_json::{Map, Value, json};

/// One event. `None` for what only people are told, on standard error.
pub(crate) fn event(event: &Event) -> Option<Value> {
    let failure = |why: &Reason| (why.stage.clone(), why.cause.clone());
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
        Event::SignInNeeded => json!({"event": "sign_in_needed"}),
        Event::SignInOver => json!({"event": "sign_in_over"}),
        Event::TelegramBlocked => json!({"event": "telegram_blocked"}),
        Event::Refreshed { list, added, removed, kept } => {
            json!({"event": "refreshed", "list": list, "added": added, "removed": removed, "kept": kept})
        }
        Event::Reloaded { proxies, chosen } => {
            json!({"event": "reloaded", "proxies": proxies, "chosen": chosen})
        }
        Event::SystemProxy { now } => match now {
            SystemProxyNow::On { address } => json!({"event": "system_proxy", "state": "on", "address": address}),
            SystemProxyNow::Off { kept } => json!({"event": "system_proxy", "state": "off", "kept": kept}),
            SystemProxyNow::ChangedByOther => json!({"event": "system_proxy", "state": "changed_by_other"}),
        },
        _ => return None,
    })
}

/// Something heard from a running `up`: the event with its time, notes included.
pub(crate) fn heard(heard: &Heard) -> Option<Value> {
    let told = match heard {
        Heard::Told(told) => told,
        Heard::Missed(count) => return Some(json!({"event": "missed", "count": count})),
    };
    let Value::Object(told_event) = (match &told.event {
        Event::Trouble { what } => json!({"event": "note", "text": what.text}),
        other => event(other)?,
    }) else {
        return None;
    };
    let mut object = Map::from_iter([("time".to_owned(), time(told.at).into())]);
    object.extend(told_event);
    Some(Value::Object(object))
}

/// The state of a running `up`.
pub(crate) fn status(status: &Status) -> Value {
    let mut value = json!({
        "version": status.version, "pid": status.pid, "since": time(status.since), "listening": status.listening,
        "pick": status.pick, "chosen": status.chosen, "practice": status.runs_on_practice,
        "telegram": status.telegram, "telegram_pick": status.telegram_pick,
        "no_network": status.no_network, "sign_in": status.sign_in, "all_blocked": status.all_blocked,
        "received": status.received, "sent": status.sent, "open": status.open,
        "proxies": status.proxies.iter().map(proxy).collect::<Vec<_>>(),
    });
    if let Some(connections) = &status.connections {
        value["connections"] = connections.iter().map(carried).collect();
    }
    value
}

fn proxy(proxy: &ProxyStatus) -> Value {
    let why = proxy.why.as_ref();
    json!({
        "name": proxy.name, "health": proxy.health.name(), "ms": proxy.usual.map(fine_ms),
        "stage": why.map(|why| &why.stage), "reason": why.map(|why| &why.cause), "why": why.map(|why| &why.text),
        "received": proxy.received, "sent": proxy.sent,
    })
}

fn carried(carried: &Carried) -> Value {
    json!({
        "target": carried.target, "proxy": carried.proxy, "age_s": carried.age.as_secs(),
        "received": carried.received, "sent": carried.sent,
    })
}

/// RFC 3339, in UTC, with milliseconds.
fn time(at: SystemTime) -> Option<String> {
    jiff::Timestamp::try_from(at).ok().map(|at| format!("{at:.3}"))
}

/// One line of the list. No secrets.
pub(crate) fn row(row: &Row) -> Value {
    let mut object = entry(&row.entry);
    object.insert("health".to_owned(), row.verdict.health.name().into());
    let record = &row.record;
    let optional = [
        ("unsupported", row.support.why_not().map(Value::from)),
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
        "interval_h": news.interval_hours, "title": news.title, "support_url": news.support_url,
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
    use paperwing_app::report::Told;
    use paperwing_app::{AppError, Cause, Code, Failure};

    use super::*;

    #[test]
    fn events_have_the_documented_keys() {
        let why = Failure::new(Stage::Connect, Cause::Refused);
        let (from, to) = ("Oslo".to_owned(), "Riga".to_owned());
        let switched = Event::Switched { from, to, why: Some(why.into()), took: Duration::from_millis(40) };
        let shown = event(&switched).map(|value| value.to_string());
        let wanted = r#"{"event":"switched","from":"Oslo","to":"Riga","stage":"connect","reason":"refused","ms":40}"#;
        assert_eq!(shown.as_deref(), Some(wanted));

        let listening = Event::Listening { address: ([127, 0, 0, 1], 1080).into() };
        let shown = event(&listening).map(|value| value.to_string());
        assert_eq!(shown.as_deref(), Some(r#"{"event":"listening","address":"127.0.0.1:1080"}"#));
    }

    #[test]
    fn what_is_heard_has_its_time_first() {
        let at = SystemTime::UNIX_EPOCH + Duration::from_millis(1_769_903_999_040);
        let shown = |event| heard(&Heard::Told(Told { at, event })).map(|value| value.to_string());
        let blocked = shown(Event::AllBlocked);
        assert_eq!(blocked.as_deref(), Some(r#"{"time":"2026-01-31T23:59:59.040Z","event":"all_blocked"}"#));
        let page = shown(Event::SignInNeeded);
        assert_eq!(page.as_deref(), Some(r#"{"time":"2026-01-31T23:59:59.040Z","event":"sign_in_needed"}"#));
        let note = shown(Event::Trouble { what: AppError::new(Code::LeftOut, "left out") });
        let wanted = r#"{"time":"2026-01-31T23:59:59.040Z","event":"note","text":"left out"}"#;
        assert_eq!(note.as_deref(), Some(wanted));
    }

    #[test]
    fn times_of_stages_are_milliseconds() {
        assert!((fine_ms(Duration::from_micros(41_237)) - 41.24).abs() < f64::EPSILON);
    }
}
