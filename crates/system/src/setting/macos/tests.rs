#![allow(clippy::unwrap_used)]

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::super::journal::Journal;
use super::super::undo::{Undo, is_intact};
use super::*;

/// Says what the real one says, and keeps each setting of each service in a file.
const STAND_IN: &str = r#"#!/bin/sh
cd "$(dirname "$0")" || exit 1
option=$1 service=$2
list() { echo 'An asterisk (*) denotes that a network service is disabled.'; cat services; }
[ "$option" = -listallnetworkservices ] && { list; exit; }
echo "$*" >> log-of-what-was-asked
if ! sed 's/^\*//' services | grep -qx -- "$service"; then
    echo "$service is not a recognized network service."; echo '** Error: The parameters were not valid.'; exit 4
fi
shift 2
at() { echo "state/$(echo "$service" | tr / _).$1"; }
get() { cat "$(at "$1")" 2>/dev/null || echo "$2"; }
set_to() { printf '%s\n' "$2" > "$(at "$1")"; }
kind=${option#-?et}; kind=${kind%state}; kind=${kind%proxy}
case $option in
-getproxybypassdomains) get bypass "There aren't any bypass domains set on $service." ;;
-setproxybypassdomains) if [ "$1" = Empty ]; then rm -f "$(at bypass)"; else printf '%s\n' "$@" > "$(at bypass)"; fi ;;
-getautoproxyurl) echo "URL: $(get url '(null)')"; echo "Enabled: $(get script No)" ;;
-setautoproxystate) [ "$1" = on ] && set_to script Yes || set_to script No ;;
-getproxyautodiscovery) echo "Auto Proxy Discovery: $(get discovery Off)" ;;
-setproxyautodiscovery) [ "$1" = on ] && set_to discovery On || set_to discovery Off ;;
-get*proxy)
    printf 'Enabled: %s\nServer: %s\nPort: %s\n' "$(get "$kind.enabled" No)" "$(get "$kind.server" '')" "$(get "$kind.port" 0)"
    echo "Authenticated Proxy Enabled: $(get "$kind.password" 0)" ;;
-set*proxystate) [ "$1" = on ] && set_to "$kind.enabled" Yes || set_to "$kind.enabled" No ;;
-set*proxy) set_to "$kind.server" "$1"; set_to "$kind.port" "$2"; set_to "$kind.enabled" Yes ;;
*) echo '** Error: The command was not recognized.'; exit 1 ;;
esac
"#;

fn macos() -> (tempfile::TempDir, Macos) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("networksetup");
    std::fs::create_dir(dir.path().join("state")).unwrap();
    std::fs::write(dir.path().join("services"), "USB 10/100 LAN\nWi-Fi\n*Bridge\n").unwrap();
    // Linked to its name when it is whole, so that nothing that forks meanwhile holds it open for writing.
    std::fs::write(dir.path().join("text"), STAND_IN).unwrap();
    std::fs::copy(dir.path().join("text"), &path).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700)).unwrap();
    (dir, Macos { networksetup: Program::new(path) })
}

fn put(dir: &Path, name: &str, text: &str) {
    std::fs::write(dir.join("state").join(name), format!("{text}\n")).unwrap();
}

fn switch_on(macos: &Macos) -> Journal {
    let point = Point::new("127.0.0.1:1080".parse().unwrap(), ["*.lan".to_owned()]);
    let now = macos.read().unwrap();
    let plan = macos.plan(&point, &now);
    let journal = Journal::new(MACOS, &point, &now, plan, None);
    macos.write(&journal.ours()).unwrap();
    assert!(is_intact(&journal, &macos.read().unwrap()));
    journal
}

fn put_back(macos: &Macos, journal: &Journal) -> Vec<String> {
    let undo = Undo::new(journal, &macos.read().unwrap());
    macos.write(&undo.changes).unwrap();
    undo.kept
}

#[test]
fn every_service_points_at_us_and_comes_back_as_it_was() {
    let (dir, macos) = macos();
    for (name, text) in [
        ("Wi-Fi.script", "Yes"),
        ("Wi-Fi.url", "http://w/p.pac"),
        ("Wi-Fi.bypass", "*.local\n169.254/16"),
        ("USB 10_100 LAN.web.server", "10.0.0.138"),
        ("USB 10_100 LAN.web.port", "8080"),
        ("USB 10_100 LAN.web.enabled", "Yes"),
        ("USB 10_100 LAN.socksfirewall.server", "old"),
        ("USB 10_100 LAN.socksfirewall.port", "1"),
        ("Bridge.discovery", "On"),
    ] {
        put(dir.path(), name, text);
    }
    let before = macos.read().unwrap();
    let journal = switch_on(&macos);
    let now = macos.read().unwrap();
    for service in ["USB 10/100 LAN", "Wi-Fi", "Bridge"] {
        for kind in KINDS {
            let fields = ["server", "port", "enabled"].map(|field| now[&key(kind, field, service)].clone());
            assert_eq!(fields, ["127.0.0.1", "1080", "Yes"], "{kind} {service}");
        }
        assert_eq!(now[&key("bypass", "domains", service)], "localhost\n127.0.0.0/8\n::1\n*.lan");
        assert_eq!(
            (&*now[&key("script", "enabled", service)], &*now[&key("discovery", "enabled", service)]),
            ("No", "No")
        );
    }
    assert!(put_back(&macos, &journal).is_empty());
    assert_eq!(macos.read().unwrap(), before);
}

#[test]
fn a_proxy_that_was_entered_meanwhile_stays_in_use_for_its_service_only() {
    let (dir, macos) = macos();
    for service in ["Wi-Fi", "Bridge"] {
        put(dir.path(), &format!("{service}.script"), "Yes");
    }
    let before = macos.read().unwrap();
    let journal = switch_on(&macos);
    put(dir.path(), "Wi-Fi.web.server", "proxy.example");
    let kept = put_back(&macos, &journal);
    let web = ["server", "port", "enabled", "password"].map(|field| key("web", field, "Wi-Fi"));
    assert_eq!(kept, [&web[..], &[key("script", "enabled", "Wi-Fi")]].concat());
    let now = macos.read().unwrap();
    assert_eq!(now["web/server/Wi-Fi"], "proxy.example");
    for (key, value) in before.iter().filter(|(key, _)| !kept.contains(key)) {
        assert_eq!(now.get(key), Some(value), "{key}");
    }
}

#[test]
fn a_service_that_was_removed_meanwhile_is_not_asked_for() {
    let (dir, macos) = macos();
    let journal = switch_on(&macos);
    std::fs::write(dir.path().join("services"), "Wi-Fi\n").unwrap();
    put_back(&macos, &journal);
    assert_eq!(macos.read().unwrap()["web/enabled/Wi-Fi"], "No");
}

#[test]
fn where_a_proxy_has_a_password_nothing_is_changed() {
    let (dir, macos) = macos();
    put(dir.path(), "Wi-Fi.web.password", "1");
    put(dir.path(), "Wi-Fi.web.server", "proxy.example");
    let point = Point::new("127.0.0.1:1080".parse().unwrap(), []);
    let before = macos.read().unwrap();
    let changes = macos.plan(&point, &before).into_iter().flat_map(|group| group.changes).collect();
    let refused = macos.write(&changes);
    assert!(matches!(refused, Err(DesktopError::Password { of }) if of == "Wi-Fi"));
    assert_eq!(macos.read().unwrap(), before);
}

#[test]
fn a_password_that_was_entered_for_our_address_is_somebody_elses_choice() {
    let (dir, macos) = macos();
    let journal = switch_on(&macos);
    put(dir.path(), "Wi-Fi.web.password", "1");
    assert!(put_back(&macos, &journal).contains(&key("web", "server", "Wi-Fi")));
    assert_eq!(macos.read().unwrap()["secureweb/enabled/Wi-Fi"], "No");
}

#[test]
fn what_the_program_complains_of_is_told() {
    let (_dir, macos) = macos();
    let refused = macos.networksetup.tell(&["-setwebproxystate", "Nothing", "on"].map(str::to_owned));
    let said = refused.unwrap_err().to_string();
    assert_eq!(
        said,
        "networksetup: Nothing is not a recognized network service. ** Error: The parameters were not valid."
    );
}
