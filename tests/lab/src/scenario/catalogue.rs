//! All scenarios, in the order of the table.

use std::time::Duration;

use super::{Act, Scenario};
use crate::goals::Goals;
use crate::mood::Mood;
use crate::place::Cut;
use crate::proxy::Speaks::{
    self, Anytls, Http, Https, Mtproto, MtprotoDisguised, Reality, Shadowsocks, Socks4, Socks5, Socks5WithLogin, Ssh,
    Trojan, Vless, Vmess,
};
use crate::sample::Kind;

const SLOW: Duration = Duration::from_secs(3);
const FREEZE_LASTS: Duration = Duration::from_secs(14);
const NARROW: u32 = 16 << 10;
const AT_ONCE: Duration = Duration::ZERO;
/// What the proxies speak unless a scenario is about that.
pub const USUAL: [Speaks; 3] = [Socks5, Socks5, Http];

/// Every scenario.
pub fn all() -> Vec<Scenario> {
    let mut all = at_connect();
    all.extend(while_carrying());
    all.extend(no_reason_to_switch());
    all.extend(other_protocols());
    all.extend(ssh());
    all.extend(through_shoes());
    all.extend(telegrams());
    all
}

/// The pick speaks something else than in the scenarios above. What can happen to it on the wire is the same; what shows of
/// it is not.
fn other_protocols() -> Vec<Scenario> {
    use Mood::{AuthRevoked, BlackData, Blackhole, ClosesAfterConnect, Freeze, Mute, Refuse};
    let answers = |speaks, names: [(&'static str, &'static str); 6]| {
        let [refuse, blackhole, mute, close, freeze, auth] = names;
        let of = |(name, says), mood, goals| led_by(speaks, pick(name, says, mood, goals));
        vec![
            of(refuse, Refuse, Goals::quick()),
            of(blackhole, Blackhole, Goals::silent()),
            of(mute, if speaks.answers_early() { BlackData } else { Mute }, Goals::silent()),
            of(close, ClosesAfterConnect, Goals::quick()),
            Scenario { lasts: Some(FREEZE_LASTS), ..of(freeze, Freeze, Goals::freeze()) },
            // A Shadowsocks proxy that does not know us is silent.
            of(auth, AuthRevoked, if speaks == Shadowsocks { Goals::silent() } else { Goals::quick() }),
        ]
    };
    [
        answers(
            Https,
            [
                ("https-refuse", "an HTTPS proxy refuses"),
                ("https-blackhole", "its SYNs go unanswered"),
                ("https-mute", "its TLS is never answered"),
                ("https-close", "it says 200, then the end"),
                ("https-freeze", "it freezes after 12 to 24 KiB"),
                ("https-auth", "it says 407"),
            ],
        ),
        answers(
            Socks4,
            [
                ("socks4-refuse", "a SOCKS4 proxy refuses"),
                ("socks4-blackhole", "its SYNs go unanswered"),
                ("socks4-mute", "it never answers"),
                ("socks4-close", "it says 0x5A, then the end"),
                ("socks4-freeze", "it freezes after 12 to 24 KiB"),
                ("socks4-auth", "it says 0x5D"),
            ],
        ),
        answers(
            Shadowsocks,
            [
                ("ss-refuse", "a Shadowsocks proxy refuses"),
                ("ss-blackhole", "its SYNs go unanswered"),
                ("ss-black-data", "nothing ever comes back"),
                ("ss-close", "it closes at the first bytes"),
                ("ss-freeze", "it freezes after 12 to 24 KiB"),
                ("ss-auth", "it has another password"),
            ],
        ),
        answers(
            Trojan,
            [
                ("trojan-refuse", "a Trojan proxy refuses"),
                ("trojan-blackhole", "its SYNs go unanswered"),
                ("trojan-black-data", "nothing ever comes back"),
                ("trojan-close", "it closes at the first bytes"),
                ("trojan-freeze", "it freezes after 12 to 24 KiB"),
                ("trojan-auth", "it has another password"),
            ],
        ),
        answers(
            Vless,
            [
                ("vless-refuse", "a VLESS proxy refuses"),
                ("vless-blackhole", "its SYNs go unanswered"),
                ("vless-black-data", "nothing ever comes back"),
                ("vless-close", "it closes at the first bytes"),
                ("vless-freeze", "it freezes after 12 to 24 KiB"),
                ("vless-auth", "it knows another user"),
            ],
        ),
    ]
    .concat()
}

/// One session carries all connections to an SSH server, so whatever happens to the wire happens to all of them at once.
fn ssh() -> Vec<Scenario> {
    let of = |name, says, mood, goals| led_by(Ssh, pick(name, says, mood, goals));
    vec![
        of("ssh-refuse", "an SSH server ends, and refuses", Mood::Refuse, Goals::quick()),
        of("ssh-blackhole", "its session stands still, SYNs go unanswered", Mood::Blackhole, Goals::silent()),
        of("ssh-mute", "its session ends, the next is never greeted", Mood::Mute, Goals::silent()),
        of("ssh-request-mute", "channels are never opened", Mood::RequestMute, Goals::silent()),
        of("ssh-exit-dead", "every channel is refused", Mood::Replies(4), Goals::quick()),
        of("ssh-close", "channels open, then the end", Mood::ClosesAfterConnect, Goals::quick()),
        of("ssh-black-data", "channels open, then nothing", Mood::BlackData, Goals::silent()),
        Scenario {
            lasts: Some(FREEZE_LASTS),
            ..of("ssh-freeze", "its session freezes after 12 to 24 KiB", Mood::Freeze, Goals::freeze())
        },
        of("ssh-auth", "it comes back with another password", Mood::AuthRevoked, Goals::quick()),
        of("ssh-host-key", "it comes back with another host key", Mood::AnotherHostKey, Goals::quick()),
    ]
}

/// Another program speaks with the pick for the forwarder, and says no more of a failure than that it hangs up.
fn through_shoes() -> Vec<Scenario> {
    let of = |speaks, name, says, mood, goals| led_by(speaks, pick(name, says, mood, goals));
    vec![
        of(Vmess, "vmess-refuse", "a VMess proxy refuses", Mood::Refuse, Goals::quick()),
        of(Vmess, "vmess-blackhole", "its SYNs go unanswered", Mood::Blackhole, Goals::silent()),
        of(Vmess, "vmess-reset", "reset right after connect", Mood::ResetAtConnect, Goals::quick()),
        of(Vmess, "vmess-black-data", "nothing ever comes back", Mood::BlackData, Goals::silent()),
        of(Vmess, "vmess-close", "it closes at the first bytes", Mood::ClosesAfterConnect, Goals::quick()),
        of(Anytls, "anytls-refuse", "an AnyTLS proxy refuses", Mood::Refuse, Goals::quick()),
        of(Anytls, "anytls-blackhole", "its SYNs go unanswered", Mood::Blackhole, Goals::silent()),
        of(Anytls, "anytls-reset", "reset right after connect", Mood::ResetAtConnect, Goals::quick()),
        of(Anytls, "anytls-mute", "its hello is never answered", Mood::Mute, Goals::silent()),
        of(Anytls, "anytls-close", "it closes at the first bytes", Mood::ClosesAfterConnect, Goals::quick()),
        of(Reality, "reality-refuse", "VLESS in REALITY: it refuses", Mood::Refuse, Goals::quick()),
        of(Reality, "reality-blackhole", "its SYNs go unanswered", Mood::Blackhole, Goals::silent()),
        of(Reality, "reality-reset", "reset right after connect", Mood::ResetAtConnect, Goals::quick()),
        of(Reality, "reality-mute", "its hello is never answered", Mood::Mute, Goals::silent()),
        of(Reality, "reality-close", "it closes at the first bytes", Mood::ClosesAfterConnect, Goals::quick()),
    ]
}

/// Telegram's own proxies, which carry nothing else and say nothing themselves.
fn telegrams() -> Vec<Scenario> {
    let of = |speaks, name, says, mood, goals| Scenario {
        speaks: vec![speaks, Mtproto, MtprotoDisguised],
        ..pick(name, says, mood, goals)
    };
    vec![
        of(Mtproto, "mtproto-refuse", "a proxy of Telegram's refuses", Mood::Refuse, Goals::quick()),
        of(Mtproto, "mtproto-blackhole", "its SYNs go unanswered", Mood::Blackhole, Goals::silent()),
        of(Mtproto, "mtproto-mute", "it never answers", Mood::Mute, Goals::silent()),
        of(Mtproto, "mtproto-black-data", "nothing comes back of the data centre", Mood::BlackData, Goals::silent()),
        of(Mtproto, "mtproto-close", "it closes at the first bytes", Mood::ClosesAfterConnect, Goals::quick()),
        of(Mtproto, "mtproto-auth", "it has another secret", Mood::AuthRevoked, Goals::silent()),
        of(MtprotoDisguised, "mtproto-tls-refuse", "a disguised one refuses", Mood::Refuse, Goals::quick()),
        of(MtprotoDisguised, "mtproto-tls-mute", "its hello is never answered", Mood::Mute, Goals::silent()),
        of(
            MtprotoDisguised,
            "mtproto-tls-close",
            "it closes at the first bytes",
            Mood::ClosesAfterConnect,
            Goals::quick(),
        ),
        of(
            MtprotoDisguised,
            "mtproto-tls-auth",
            "it has another secret, and is a web site",
            Mood::AuthRevoked,
            Goals::quick(),
        ),
    ]
}

/// What shows before a connection stands.
fn at_connect() -> Vec<Scenario> {
    vec![
        pick("refuse", "connections are refused", Mood::Refuse, Goals::quick()),
        pick("blackhole", "SYNs go unanswered, what runs stands still", Mood::Blackhole, Goals::silent()),
        kernel("blackhole-kernel", "the same, by the kernel's firewall", Cut::Blackhole(1), Goals::silent()),
        pick("reset", "reset right after connect", Mood::ResetAtConnect, Goals::quick()),
        pick("reset-late", "reset after our first bytes", Mood::ResetAfterFirstBytes, Goals::quick()),
        kernel("reset-kernel", "every packet is answered with a reset", Cut::Reset(1), Goals::quick()),
        pick("mute", "the greeting is never answered", Mood::Mute, Goals::silent()),
        pick("garbage-html", "a web page instead of SOCKS", Mood::WebPage, Goals::quick()),
        led_by(
            Http,
            pick("garbage-html-http", "a web page instead of HTTP CONNECT's answer", Mood::WebPage, Goals::quick()),
        ),
        pick("garbage-tls", "a TLS alert instead of SOCKS", Mood::TlsAlert, Goals::quick()),
        led_by(Socks5WithLogin, pick("auth", "RFC 1929 failure", Mood::AuthRevoked, Goals::quick())),
        led_by(Http, pick("auth-http", "HTTP 407", Mood::AuthRevoked, Goals::quick())),
        pick("request-mute", "the request is never answered", Mood::RequestMute, Goals::silent()),
        pick("general", "REP 1 for everything", Mood::Replies(1), Goals::quick()),
        pick("exit-dead-3", "REP 3 for everything", Mood::Replies(3), Goals::quick()),
        pick("exit-dead-4", "REP 4 for everything", Mood::Replies(4), Goals::quick()),
        pick("exit-dead-5", "REP 5 for everything", Mood::Replies(5), Goals::quick()),
        pick("exit-dead-6", "REP 6 for everything", Mood::Replies(6), Goals::quick()),
        led_by(Http, pick("exit-dead-http", "502 for everything", Mood::Replies(4), Goals::quick())),
        dns_poisoned(),
    ]
}

/// What shows only when bytes are to come back, or by its slowness.
fn while_carrying() -> Vec<Scenario> {
    let freeze = pick("freeze", "12 to 24 KiB, then silence", Mood::Freeze, Goals::freeze());
    vec![
        pick("close", "REP 0, then the end", Mood::ClosesAfterConnect, Goals::quick()),
        pick("close-reset", "REP 0, then a reset", Mood::ResetsAfterConnect, Goals::quick()),
        pick("black-data", "REP 0, then nothing", Mood::BlackData, Goals::silent()),
        Scenario { lasts: Some(FREEZE_LASTS), ..freeze },
        pick("throttle", "16 KiB/s for each connection", Mood::Throttle(NARROW), Goals::working()),
        pick("slow", "answers requests after 3 s", Mood::Slow(SLOW), Goals::late()),
        flapping(),
    ]
}

/// What is not the pick's fault.
fn no_reason_to_switch() -> Vec<Scenario> {
    let nothing = |name, says, extra| Scenario {
        script: vec![(AT_ONCE, Act::Nothing)],
        extra: Some(extra),
        ..pick(name, says, Mood::Works, Goals::stay())
    };
    vec![
        pick("slow-once", "answers one request after 3 s", Mood::SlowOnce(SLOW), Goals::stay()),
        nothing("dead-target", "one target is dead", Kind::Dead),
        nothing("late-page", "one page takes its server 5 s", Kind::LatePage),
        nothing("late-banner", "one server speaks first, after 3 s", Kind::LateBanner),
        dark("interface-down", "the interface is off for 4 s", Act::Line(Cut::InterfaceDown)),
        dark("network-down", "nothing answers for 4 s, the interface is up", Act::Line(Cut::Everything)),
        Scenario {
            needs_networks: false,
            ..dark("captive-portal", "a sign-in page for every proxy for 4 s", Act::SetAll(Mood::WebPage))
        },
    ]
}

/// The pick turns bad and stays so.
fn pick(name: &'static str, says: &'static str, mood: Mood, goals: Goals) -> Scenario {
    Scenario {
        name,
        says,
        needs_networks: false,
        speaks: USUAL.to_vec(),
        by_name: false,
        script: vec![(AT_ONCE, Act::Set(1, mood))],
        extra: None,
        lasts: None,
        goals,
        not_yet: Vec::new(),
    }
}

fn led_by(first: Speaks, mut scenario: Scenario) -> Scenario {
    scenario.speaks = vec![first, Socks5, Http];
    scenario
}

fn kernel(name: &'static str, says: &'static str, cut: Cut, goals: Goals) -> Scenario {
    let script = vec![(AT_ONCE, Act::Line(cut))];
    Scenario { needs_networks: true, script, ..pick(name, says, Mood::Works, goals) }
}

fn dns_poisoned() -> Scenario {
    Scenario {
        needs_networks: true,
        by_name: true,
        script: vec![(AT_ONCE, Act::PoisonName)],
        ..pick("dns-poisoned", "the proxy's name leads to nobody", Mood::Works, Goals::astray())
    }
}

/// This computer's own network goes away and comes back.
fn dark(name: &'static str, says: &'static str, how: Act) -> Scenario {
    Scenario {
        needs_networks: true,
        script: vec![(AT_ONCE, how), (Duration::from_secs(4), Act::Heal)],
        lasts: Some(Duration::from_secs(9)),
        ..pick(name, says, Mood::Works, Goals::dark())
    }
}

/// Dead and alive by turns, in a rhythm that no round number of seconds fits.
fn flapping() -> Scenario {
    let turns = [Mood::Refuse, Mood::Works, Mood::Mute, Mood::Works, Mood::ResetAtConnect, Mood::Works];
    let script = (0_u32..).zip(turns).map(|(turn, mood)| (Duration::from_millis(1300) * turn, Act::Set(1, mood)));
    Scenario {
        script: script.collect(),
        ..pick("flapping", "dead and alive by turns of 1.3 s", Mood::Works, Goals::flapping())
    }
}
