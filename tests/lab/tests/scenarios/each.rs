//! Every scenario, each a test of its own: `https-mute` is `each::https_mute`. `defended` demands that
//! none is missing.

use super::expect::{
    check, costs_switches, freezes, is_asked_once_more, is_left, is_left_by_all, is_seen_through, is_told_as_a_sign_in,
    nobody_notices, outlasts_it, stays, stays_and_tells, stays_where_it_was,
};
use super::{can_play, run};

macro_rules! each {
    ($($name:ident: $expected:expr;)*) => {
        /// All that are played here, by the names of their tests.
        pub(super) const PLAYED: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                let name = stringify!($name).replace('_', "-");
                if can_play(&name) {
                    let (run, figures) = run(&name);
                    check(&run, &figures, $expected);
                }
            }
        )*
    };
}

each! {
    refuse: nobody_notices("blocked", "refused");
    blackhole: is_left_by_all;
    blackhole_kernel: is_left_by_all;
    reset: nobody_notices("blocked", "reset");
    reset_late: nobody_notices("blocked", "reset");
    reset_kernel: is_left;
    mute: nobody_notices("blocked", "silent");
    garbage_html: nobody_notices("blocked", "garbage");
    garbage_html_http: nobody_notices("blocked", "garbage");
    garbage_tls: nobody_notices("blocked", "garbage");
    auth: nobody_notices("rejected", "credentials_rejected");
    auth_http: nobody_notices("rejected", "credentials_needed");
    request_mute: nobody_notices("blocked", "silent");
    general: nobody_notices("blocked", "target");
    exit_dead_3: nobody_notices("blocked", "target");
    exit_dead_4: nobody_notices("blocked", "target");
    exit_dead_5: nobody_notices("blocked", "target");
    exit_dead_6: nobody_notices("blocked", "target");
    exit_dead_http: nobody_notices("blocked", "target");
    dns_poisoned: stays_where_it_was;
    close: is_left;
    close_reset: is_left;
    black_data: is_left_by_all;
    freeze: freezes;
    throttle: costs_switches(0..=0);
    slow: costs_switches(1..=1);
    flapping: costs_switches(0..=2);
    slow_once: stays;
    dead_target: stays_and_tells;
    late_page: stays;
    late_banner: stays;
    interface_down: outlasts_it;
    network_down: outlasts_it;
    captive_portal: is_told_as_a_sign_in;
    https_refuse: is_seen_through;
    https_blackhole: is_seen_through;
    https_mute: is_seen_through;
    https_close: is_seen_through;
    https_freeze: is_seen_through;
    https_auth: is_seen_through;
    socks4_refuse: is_seen_through;
    socks4_blackhole: is_seen_through;
    socks4_mute: is_seen_through;
    socks4_close: is_seen_through;
    socks4_freeze: is_seen_through;
    socks4_auth: is_seen_through;
    ss_refuse: is_seen_through;
    ss_blackhole: is_seen_through;
    ss_black_data: is_seen_through;
    ss_close: is_seen_through;
    ss_freeze: is_seen_through;
    ss_auth: is_seen_through;
    trojan_refuse: is_seen_through;
    trojan_blackhole: is_seen_through;
    trojan_black_data: is_seen_through;
    trojan_close: is_seen_through;
    trojan_freeze: is_seen_through;
    trojan_auth: is_seen_through;
    vless_refuse: is_seen_through;
    vless_blackhole: is_seen_through;
    vless_black_data: is_seen_through;
    vless_close: is_seen_through;
    vless_freeze: is_seen_through;
    vless_auth: is_seen_through;
    ssh_refuse: is_seen_through;
    ssh_blackhole: is_seen_through;
    ssh_mute: is_seen_through;
    ssh_request_mute: is_seen_through;
    ssh_exit_dead: is_seen_through;
    ssh_close: is_seen_through;
    ssh_black_data: is_seen_through;
    ssh_freeze: is_seen_through;
    ssh_auth: is_asked_once_more("credentials_rejected");
    ssh_host_key: is_asked_once_more("host_key_changed");
    vmess_refuse: is_seen_through;
    vmess_blackhole: is_seen_through;
    vmess_reset: is_seen_through;
    vmess_black_data: is_seen_through;
    vmess_close: is_seen_through;
    anytls_refuse: is_seen_through;
    anytls_blackhole: is_seen_through;
    anytls_reset: is_seen_through;
    anytls_mute: is_seen_through;
    anytls_close: is_seen_through;
    reality_refuse: is_seen_through;
    reality_blackhole: is_seen_through;
    reality_reset: is_seen_through;
    reality_mute: is_seen_through;
    reality_close: is_seen_through;
    mtproto_refuse: is_seen_through;
    mtproto_blackhole: is_seen_through;
    mtproto_mute: is_seen_through;
    mtproto_black_data: is_seen_through;
    mtproto_close: is_seen_through;
    mtproto_auth: is_seen_through;
    mtproto_tls_refuse: is_seen_through;
    mtproto_tls_mute: is_seen_through;
    mtproto_tls_close: is_seen_through;
    mtproto_tls_auth: is_seen_through;
}
