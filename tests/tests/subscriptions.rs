//! Lists that somebody else keeps, fetched again by a running Paperwing.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};

use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::paperwing::Setup;
use paperwing_tests::process::eventually;
use paperwing_tests::server::Server;
use paperwing_tests::upstream::Microsocks;
use serde_json::Value;

/// A provider whose list can be changed.
fn provider(list: &Arc<Mutex<String>>) -> Server {
    let list = Arc::clone(list);
    Server::start(move |mut stream| {
        let mut heard = Vec::new();
        while !heard.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            if stream.read_exact(&mut byte).is_err() {
                return;
            }
            heard.extend(byte);
        }
        let body = list.lock().expect("nobody panics with it").clone();
        let opening = "HTTP/1.1 200 OK\r\nProfile-Update-Interval: 12\r\n\
                    Subscription-Userinfo: upload=1; download=2; total=30; expire=4102444800\r\nConnection: close\r\n";
        let _ = write!(stream, "{opening}Content-Length: {}\r\n\r\n{body}", body.len());
    })
}

/// As if it had been fetched two days ago.
fn age(home: &Home) {
    let path = home.profile().join("proxies.json");
    let text = std::fs::read_to_string(&path).expect("there is a list");
    let mut document: Value = serde_json::from_str(&text).expect("a JSON document");
    let fetched = document["subscriptions"][0]["fetched"].as_u64().expect("a time");
    document["subscriptions"][0]["fetched"] = (fetched - 48 * 3600).into();
    std::fs::write(&path, document.to_string()).expect("the folder is ours");
}

#[test]
fn an_overdue_list_is_fetched_through_the_proxy_and_what_vanished_from_it_goes() {
    needs!("microsocks");
    let (own, other) = (Microsocks::open(), Microsocks::open());
    let list = Arc::new(Mutex::new(format!("{}#A\nsocks5://127.0.0.1:9#B\n", other.link())));
    let provider = provider(&list);
    let home = Home::new();
    let typed = |words: &[&str]| home.run(&[words, &["--keyring", "file"]].concat());
    typed(&["import", "--yes", &format!("{}#Own", own.link())]).succeeded();
    let url = format!("http://{}/list", provider.address());
    typed(&["subscription", "add", "--yes", "--name", "Friends", &url]).succeeded();
    assert_eq!(home.names(), ["Own", "A", "B"]);
    typed(&["rename", "B", "Mine"]).succeeded();
    age(&home);
    *list.lock().expect("nobody panics with it") = "socks5://127.0.0.1:10#C\n".to_owned();
    let before = provider.connections();
    let mut paperwing = Setup::in_home(&home).up();
    let refreshed = paperwing.next("refreshed");
    assert_eq!(refreshed.to_string(), r#"{"event":"refreshed","list":"Friends","added":1,"removed":1,"kept":1}"#);
    assert_eq!(paperwing.next("reloaded")["proxies"], 3);
    assert_eq!(home.names(), ["Own", "Mine", "C"]);
    assert_eq!(provider.connections(), before + 1);
    assert!(own.log().contains(&provider.address().port().to_string()), "it went around the proxy\n{}", own.log());
    let listed = typed(&["subscription", "list", "--json"]).succeeded();
    let listed: Value = serde_json::from_str(&listed).expect("a JSON document");
    let shown = ["used", "total", "interval_h"].map(|key| listed[0][key].as_u64());
    assert_eq!(shown, [Some(3), Some(30), Some(12)]);
    paperwing.stop();
}

#[test]
fn without_a_proxy_that_works_nothing_goes_straight_out_unless_the_person_wrote_so() {
    needs!("microsocks");
    let list = Arc::new(Mutex::new("socks5://127.0.0.1:9#A\n".to_owned()));
    let provider = provider(&list);
    let home = Home::new();
    let typed = |words: &[&str]| home.run(&[words, &["--keyring", "file"]].concat());
    let url = format!("http://{}/list", provider.address());
    typed(&["subscription", "add", "--yes", "--name", "Friends", &url]).succeeded();
    age(&home);
    let before = provider.connections();
    let mut paperwing = Setup::in_home(&home).up();
    // Its only proxy is dead.
    eventually("it says that the list stays", || paperwing.written().contains("stays as it was").then_some(()));
    assert_eq!(provider.connections(), before);
    assert!(paperwing.runs());
    paperwing.stop();
    std::fs::write(home.profile().join("settings.toml"), "fetch_through = \"proxy-then-direct\"\n")
        .expect("it is ours");
    *list.lock().expect("nobody panics with it") = "socks5://127.0.0.1:10#B\nsocks5://127.0.0.1:9#A\n".to_owned();
    let mut paperwing = Setup::in_home(&home).up();
    assert_eq!(paperwing.next("refreshed")["added"], 1);
    assert!(provider.connections() > before);
    paperwing.stop();
}
