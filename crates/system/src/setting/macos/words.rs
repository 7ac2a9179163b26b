//! What `networksetup` says. It speaks English whatever the system's language. Pure.

/// A proxy of one kind for one service.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Proxy {
    pub(super) enabled: String,
    pub(super) server: String,
    pub(super) port: String,
    pub(super) has_password: bool,
}

/// Of `-listallnetworkservices`, those that are turned off too: they may be turned on at any time.
pub(super) fn services(said: &str) -> Vec<String> {
    // The first line explains the asterisk.
    let services = said.lines().skip(1).map(|line| line.strip_prefix('*').unwrap_or(line));
    services.filter(|service| !service.is_empty()).map(str::to_owned).collect()
}

/// Of `-getwebproxy` and its like.
pub(super) fn proxy(said: &str) -> Option<Proxy> {
    Some(Proxy {
        enabled: value(said, "Enabled")?,
        server: value(said, "Server")?,
        port: value(said, "Port")?,
        has_password: value(said, "Authenticated Proxy Enabled").is_some_and(|it| it != "0"),
    })
}

/// Of `-getproxybypassdomains`; none where a sentence says that there are none.
pub(super) fn domains(said: &str) -> Vec<String> {
    // No domain has a space.
    said.lines().filter(|line| !line.is_empty() && !line.contains(' ')).map(str::to_owned).collect()
}

/// Of `-getautoproxyurl`.
pub(super) fn is_script_used(said: &str) -> Option<String> {
    value(said, "Enabled")
}

/// Of `-getproxyautodiscovery`: "Yes" and "No", as everywhere else.
pub(super) fn is_script_looked_for(said: &str) -> Option<String> {
    value(said, "Auto Proxy Discovery").map(|it| if it == "On" { "Yes" } else { "No" }.to_owned())
}

fn value(said: &str, key: &str) -> Option<String> {
    let pairs = said.lines().filter_map(|line| line.split_once(':'));
    pairs.filter(|(it, _)| *it == key).map(|(_, value)| value.trim().to_owned()).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_listed_with_those_that_are_off() {
        let said = "An asterisk (*) denotes that a network service is disabled.\nUSB 10/100/1000 LAN\nWi-Fi\n\
                    *Thunderbolt Bridge\niPhone USB\n";
        assert_eq!(services(said), ["USB 10/100/1000 LAN", "Wi-Fi", "Thunderbolt Bridge", "iPhone USB"]);
    }

    #[test]
    fn a_proxy_is_read_whether_there_is_one_or_not() {
        let none = "Enabled: No\nServer: \nPort: 0\nAuthenticated Proxy Enabled: 0\n";
        let [no, zero] = ["No", "0"].map(str::to_owned);
        let wanted = Proxy { enabled: no, port: zero, ..Proxy::default() };
        assert_eq!(proxy(none), Some(wanted));
        let one = "Enabled: Yes\nServer: fd00::1\nPort: 8080\nAuthenticated Proxy Enabled: 1\n";
        let read = proxy(one).map(|it| (it.enabled, it.server, it.port, it.has_password));
        assert_eq!(read, Some(("Yes".to_owned(), "fd00::1".to_owned(), "8080".to_owned(), true)));
        assert_eq!(
            proxy("Wi-Fi2 is not a recognized network service.\n** Error: The parameters were not valid.\n"),
            None
        );
    }

    #[test]
    fn a_sentence_is_no_domain() {
        assert_eq!(domains("*.local\n169.254/16\n"), ["*.local", "169.254/16"]);
        assert!(domains("There aren't any bypass domains set on Wi-Fi.\n").is_empty());
    }

    #[test]
    fn scripts_are_on_or_off() {
        assert_eq!(is_script_used("URL: (null)\nEnabled: No\n").as_deref(), Some("No"));
        assert_eq!(is_script_used("URL: http://w/p.pac\nEnabled: Yes\n").as_deref(), Some("Yes"));
        assert_eq!(is_script_looked_for("Auto Proxy Discovery: Off\n").as_deref(), Some("No"));
        assert_eq!(is_script_looked_for("Auto Proxy Discovery: On\n").as_deref(), Some("Yes"));
    }
}
