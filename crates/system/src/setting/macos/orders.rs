//! Which commands of `networksetup` make changes true. Pure.

use super::{KINDS, key};
use crate::setting::DesktopError;
use crate::setting::desktop::{Changes, Values};

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Order {
    pub(super) words: Vec<String>,
    /// It only tidies up what is turned off.
    pub(super) may_fail: bool,
}

/// All of them, in order. What is not in `changes` stays as it is `now`.
pub(super) fn orders(now: &Values, changes: &Changes) -> Result<Vec<Order>, DesktopError> {
    let mut then = now.clone();
    let mut touched: Vec<(&str, &str)> = Vec::new();
    for (name, value) in changes {
        match value {
            Some(value) => drop(then.insert(name.clone(), value.clone())),
            None => drop(then.remove(name)),
        }
        let mut words = name.splitn(3, '/');
        let (Some(kind), Some(_), Some(service)) = (words.next(), words.next(), words.next()) else {
            return Err(DesktopError::NotOurs);
        };
        if !touched.contains(&(kind, service)) {
            touched.push((kind, service));
        }
    }
    let mut orders = Vec::new();
    for (kind, service) in touched {
        let is_on = |field| then.get(&key(kind, field, service)).is_some_and(|it| it == "Yes");
        let state = |option: &str, on| order(option, service, [if on { "on" } else { "off" }]);
        match kind {
            "bypass" => {
                let domains = then.get(&key(kind, "domains", service)).map_or("Empty", String::as_str);
                orders.push(order("-setproxybypassdomains", service, domains.split('\n')));
            }
            "script" => orders.push(state("-setautoproxystate", is_on("enabled"))),
            "discovery" => orders.push(state("-setproxyautodiscovery", is_on("enabled"))),
            kind if KINDS.contains(&kind) => orders.extend(of_proxy(now, &then, kind, service)?),
            _ => return Err(DesktopError::NotOurs),
        }
    }
    Ok(orders)
}

/// To set an address turns it on as well. A password cannot be taken out: it could not be put back.
fn of_proxy(now: &Values, then: &Values, kind: &str, service: &str) -> Result<Vec<Order>, DesktopError> {
    let get = |values: &Values, field: &str| values.get(&key(kind, field, service)).cloned();
    if get(now, "password") != get(then, "password") {
        return Err(DesktopError::Password { of: service.to_owned() });
    }
    let is_another = ["server", "port"].iter().any(|field| get(now, field) != get(then, field));
    let (server, port) = (get(then, "server"), get(then, "port"));
    let address = [server.as_deref().unwrap_or_default(), port.as_deref().unwrap_or("0")];
    let set = Order { may_fail: server.is_none(), ..order(&format!("-set{kind}proxy"), service, address) };
    let state = |state| order(&format!("-set{kind}proxystate"), service, [state]);
    let is_on = get(then, "enabled").is_some_and(|it| it == "Yes");
    Ok(match (is_on, is_another) {
        (true, true) => vec![set],
        (true, false) => vec![state("on")],
        (false, false) => vec![state("off")],
        (false, true) => vec![state("off"), set, state("off")],
    })
}

fn order<'a>(option: &str, service: &str, words: impl IntoIterator<Item = &'a str>) -> Order {
    let mut all = vec![option.to_owned(), service.to_owned()];
    all.extend(words.into_iter().map(str::to_owned));
    Order { words: all, may_fail: false }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn said(now: &[(&str, &str)], changes: &[(&str, Option<&str>)]) -> Option<Vec<String>> {
        let changes = changes.iter().map(|(key, value)| ((*key).to_owned(), value.map(str::to_owned))).collect();
        let orders = orders(&values(now), &changes).ok()?;
        Some(orders.into_iter().map(|order| order.words.join(" ")).collect())
    }

    #[test]
    fn an_address_is_turned_on_by_setting_it() {
        let now = [("web/enabled/A/B", "No"), ("web/port/A/B", "0")];
        let ours =
            [("web/server/A/B", Some("127.0.0.1")), ("web/port/A/B", Some("1080")), ("web/enabled/A/B", Some("Yes"))];
        assert_eq!(said(&now, &ours).unwrap_or_default(), ["-setwebproxy A/B 127.0.0.1 1080"]);
    }

    #[test]
    fn an_address_that_is_off_is_never_on_for_longer_than_it_takes_to_set_it() {
        let now = [("web/enabled/A", "Yes"), ("web/server/A", "127.0.0.1"), ("web/port/A", "1080")];
        let back = [("web/enabled/A", Some("No")), ("web/server/A", Some("old")), ("web/port/A", Some("1"))];
        let wanted = ["-setwebproxystate A off", "-setwebproxy A old 1", "-setwebproxystate A off"];
        assert_eq!(said(&now, &back).unwrap_or_default(), wanted);
        assert_eq!(said(&now, &back[..1]).unwrap_or_default(), wanted[..1]);
    }

    #[test]
    fn only_tidying_up_may_fail() {
        let now = values(&[("web/enabled/A", "Yes"), ("web/server/A", "127.0.0.1"), ("web/port/A", "1080")]);
        let back = ["enabled", "server", "port"].map(|field| (key("web", field, "A"), None));
        let orders = orders(&now, &back.into()).unwrap_or_default();
        let may_fail: Vec<_> =
            orders.iter().map(|order| (order.words.last().map(String::as_str), order.may_fail)).collect();
        assert_eq!(may_fail, [(Some("off"), false), (Some("0"), true), (Some("off"), false)]);
    }

    #[test]
    fn a_proxy_with_a_password_is_not_replaced_and_nothing_else_is_either() {
        let now = [("web/server/A", "x"), ("web/enabled/A", "No"), ("web/password/A", "Yes")];
        let ours = [("bypass/domains/A", Some("a")), ("web/server/A", Some("127.0.0.1")), ("web/password/A", None)];
        assert_eq!(said(&now, &ours), None);
    }

    #[test]
    fn lists_and_scripts_have_commands_of_their_own() {
        let changes = [
            ("bypass/domains/A", Some("localhost\n*.lan")),
            ("bypass/domains/B", None),
            ("script/enabled/A", Some("No")),
            ("discovery/enabled/A", Some("Yes")),
        ];
        let wanted = [
            "-setproxybypassdomains A localhost *.lan",
            "-setproxybypassdomains B Empty",
            "-setautoproxystate A off",
            "-setproxyautodiscovery A on",
        ];
        assert_eq!(said(&[], &changes).unwrap_or_default(), wanted);
        assert_eq!(said(&[], &[("web", None)]), None);
        assert_eq!(said(&[], &[("x/y/z", None)]), None);
    }
}
