//! This computer's own network goes and comes back: said at once, blamed on nobody, and over the moment it is back.
#![cfg(target_os = "linux")]

use paperwing_tests::disk::Home;
use paperwing_tests::networks::{FAR, Networks, PAGE};
use paperwing_tests::{needs, paperwing::Setup};

fn goes_and_comes_back(goes: &[&str], comes: &[&str]) {
    needs!("ip", "microsocks", "curl", "bash");
    let Some(networks) = Networks::make() else { return };
    let home = Home::new();
    let _world = networks.world(&home);
    let links = [format!("socks5://{FAR}:1080#Oslo")];
    let mut paperwing = Setup::on(links).up_by(|command| networks.home(&command));
    let proxy = paperwing.proxy("socks5h");
    assert_eq!(networks.fetch(&proxy), PAGE);
    // Nobody asks for anything meanwhile: it is the kernel that tells.
    for words in goes {
        networks.at_home(words);
    }
    paperwing.next("no_network");
    for words in comes {
        networks.at_home(words);
    }
    paperwing.next("network_back");
    assert_eq!(networks.fetch(&proxy), PAGE);
    let blamed = paperwing.kinds().iter().any(|kind| kind == "blocked" || kind == "switched");
    assert!(!blamed, "{:?}", paperwing.events());
}

#[test]
fn a_line_that_is_cut_is_said_at_once_and_over_the_moment_it_is_back() {
    goes_and_comes_back(&["link set line0 down"], &["link set line0 up", "route add default via 10.78.0.1"]);
}

#[test]
fn without_a_way_out_there_is_no_internet_though_the_line_is_there() {
    goes_and_comes_back(&["route del default"], &["route add default via 10.78.0.1"]);
}

#[test]
fn a_connection_that_began_without_a_network_is_carried_when_it_is_back() {
    needs!("ip", "microsocks", "curl", "bash");
    let Some(networks) = Networks::make() else { return };
    let home = Home::new();
    let _world = networks.world(&home);
    let links = [format!("socks5://{FAR}:1080#Oslo")];
    let mut paperwing = Setup::on(links).up_by(|command| networks.home(&command));
    let proxy = paperwing.proxy("socks5h");
    networks.at_home("link set line0 down");
    paperwing.next("no_network");
    std::thread::scope(|scope| {
        let page = scope.spawn(|| networks.fetch(&proxy));
        // Refused at once, it would be over by now.
        std::thread::sleep(std::time::Duration::from_millis(300));
        networks.at_home("link set line0 up");
        networks.at_home("route add default via 10.78.0.1");
        assert_eq!(page.join().expect("it came"), PAGE);
    });
}
