use super::*;
use crate::outcome::{Cause, Local, Stage, TargetFailure};

mod after_connected;
mod drought;
mod moved;
mod old_news;
mod portal;
mod together;

const A: ProxyId = ProxyId(1);
const B: ProxyId = ProxyId(2);
const C: ProxyId = ProxyId(3);

const REFUSED: Failure = Failure::new(Stage::Connect, Cause::Refused);
const SILENT: Failure = Failure::new(Stage::Connect, Cause::Silent);
const REJECTED: Failure = Failure::new(Stage::Auth, Cause::CredentialsRejected);
const UNREACHED: Failure = Failure::new(Stage::Request, Cause::Target(TargetFailure::HostUnreachable));
const WEB_PAGE: Failure = Failure::new(Stage::Greet, Cause::Garbage(crate::outcome::Garbage::Http));
const NO_ROUTE: Failure = Failure::new(Stage::Connect, Cause::Local(Local::NoNetwork));

const QUICK: Duration = Duration::from_millis(40);

/// A board with a clock in its hand.
struct Scene {
    board: Board,
    now: Instant,
}

impl Scene {
    fn with(ids: &[ProxyId]) -> Self {
        let mut board = Board::new(Rules::default(), Box::new(|| 0.5));
        let entrants: Vec<Entrant> = ids
            .iter()
            .map(|id| Entrant { id: *id, host: format!("p{}.example", id.0).parse().unwrap(), remembered: None })
            .collect();
        board.set_proxies(&entrants, &[]);
        Self { board, now: Instant::now() }
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
    }

    /// One connection: the proxies that fail it in order, then the one that carries it, if any.
    fn dial(&mut self, target: u64, failing: &[(ProxyId, Failure)], carrier: Option<ProxyId>) {
        let began = self.now;
        for (proxy, failure) in failing {
            self.board.failed(*proxy, *failure, QUICK, self.now);
        }
        let dial = Dial { target, failed: failing, began };
        self.wait(QUICK);
        match carrier {
            Some(proxy) => self.board.carried(proxy, QUICK, &dial, self.now),
            None => self.board.exhausted(&dial, self.now),
        }
    }

    fn carries(&mut self, proxy: ProxyId) {
        self.dial(0, &[], Some(proxy));
    }

    fn next(&mut self, tried: &[ProxyId]) -> Option<ProxyId> {
        self.board.next(tried, self.now).map(|candidate| candidate.proxy)
    }

    fn health(&self, proxy: ProxyId) -> Health {
        self.board.health(proxy).unwrap().0
    }

    /// What happened, in short.
    fn events(&mut self) -> Vec<String> {
        let short = |event: Event| match event {
            Event::Switched { from, to, .. } => format!("switched {}>{}", from.0, to.0),
            Event::Blocked { proxy, .. } => format!("blocked {}", proxy.0),
            Event::Rejected { proxy, .. } => format!("rejected {}", proxy.0),
            Event::Recovered { proxy } => format!("recovered {}", proxy.0),
            Event::NoNetwork => "no network".to_owned(),
            Event::NewHostKey { .. } => "no word of the board's".to_owned(),
            Event::NetworkBack => "network back".to_owned(),
            Event::AllBlocked => "all blocked".to_owned(),
            Event::SignInNeeded => "sign in".to_owned(),
            Event::SignInOver => "signed in".to_owned(),
            Event::Listening { .. } => "listening".to_owned(),
        };
        self.board.take_events().into_iter().map(short).collect()
    }
}

#[test]
fn the_first_of_the_list_is_tried_first_and_kept_while_it_works() {
    let mut scene = Scene::with(&[A, B, C]);
    assert_eq!(scene.next(&[]), Some(A));
    scene.carries(B);
    assert_eq!(scene.next(&[]), Some(A));
    assert_eq!(scene.next(&[A]), Some(B), "the last good one before the others");
    scene.board.begin_with(C);
    assert_eq!(scene.next(&[]), Some(C));
    assert!(scene.events().is_empty());
}

#[test]
fn a_failure_that_a_standby_makes_good_at_once_is_a_verdict() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.dial(1, &[(A, REFUSED)], Some(B));
    assert_eq!(scene.health(A), Health::Blocked);
    assert_eq!(scene.events(), ["blocked 1", "switched 1>2"]);
    assert_eq!(scene.next(&[]), Some(B));
}

#[test]
fn alone_a_proxy_is_suspect_after_two_failures_and_blocked_after_three() {
    let mut scene = Scene::with(&[A]);
    let mut seen = Vec::new();
    for target in 0..3 {
        scene.dial(target, &[(A, REFUSED)], None);
        seen.push(scene.health(A));
    }
    assert_eq!(seen, [Health::Untested, Health::Suspect, Health::Blocked]);
    assert_eq!(scene.events(), ["blocked 1", "all blocked"]);
}

#[test]
fn failures_more_than_five_minutes_apart_do_not_add_up() {
    let mut scene = Scene::with(&[A]);
    for target in 0..6 {
        scene.dial(target, &[(A, REFUSED)], None);
        scene.wait(Duration::from_secs(200));
    }
    assert_ne!(scene.health(A), Health::Blocked);
}

#[test]
fn a_dead_destination_is_nobodys_fault() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    for target in 1..20 {
        scene.dial(target, &[(A, UNREACHED), (B, UNREACHED)], None);
    }
    assert_eq!((scene.health(A), scene.health(B)), (Health::Healthy, Health::Untested));
    assert!(scene.events().is_empty());
    assert!(scene.board.is_target_down(7, scene.now));
    scene.wait(Duration::from_secs(31));
    assert!(!scene.board.is_target_down(7, scene.now));
}

#[test]
fn two_targets_that_only_others_reach_make_an_exit_dead() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.dial(1, &[(A, UNREACHED)], Some(B));
    scene.dial(1, &[(A, UNREACHED)], Some(B));
    assert_eq!(scene.health(A), Health::Healthy, "one target says little, however often");
    assert_eq!(scene.next(&[]), Some(A));
    scene.dial(2, &[(A, UNREACHED)], Some(B));
    assert_eq!(scene.events(), ["blocked 1", "switched 1>2"]);
}

#[test]
fn targets_that_it_reaches_speak_for_a_proxy() {
    let mut scene = Scene::with(&[A, B]);
    for target in 0..10 {
        scene.dial(target, &[(A, UNREACHED)], Some(B));
        scene.carries(A);
    }
    assert_eq!(scene.health(A), Health::Healthy);
}

#[test]
fn two_unrelated_proxies_out_of_reach_mean_that_the_network_is_down() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.dial(1, &[(A, SILENT), (B, SILENT)], None);
    assert_eq!(scene.events(), ["no network"]);
    assert_eq!(scene.next(&[]), Some(A), "the pick stays");
    for target in 2..10 {
        scene.dial(target, &[(A, SILENT), (B, SILENT)], None);
    }
    scene.carries(A);
    assert_eq!(scene.events(), ["network back"]);
    assert_eq!((scene.health(A), scene.health(B)), (Health::Healthy, Health::Untested));
}

#[test]
fn two_proxies_on_one_host_are_not_unrelated() {
    let mut scene = Scene::with(&[]);
    let host: Host = "p.example".parse().unwrap();
    let entrants = [A, B].map(|id| Entrant { id, host: host.clone(), remembered: None });
    scene.board.set_proxies(&entrants, &[]);
    for target in 1..4 {
        scene.dial(target, &[(A, SILENT), (B, SILENT)], None);
    }
    assert_eq!(scene.events(), ["blocked 1", "blocked 2", "all blocked"]);
}

#[test]
fn the_kernels_word_for_a_missing_network_needs_no_second_proxy() {
    let mut scene = Scene::with(&[A]);
    scene.carries(A);
    for target in 1..10 {
        scene.dial(target, &[(A, NO_ROUTE)], None);
    }
    assert_eq!(scene.events(), ["no network"]);
    assert_eq!(scene.health(A), Health::Healthy);
}

#[test]
fn an_answer_of_any_kind_proves_that_there_is_a_network() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, SILENT), (B, SILENT)], None);
    scene.dial(2, &[(A, REFUSED), (B, SILENT)], None);
    assert_eq!(scene.events(), ["no network", "network back"]);
}

#[test]
fn so_does_an_answer_to_a_persons_test_whether_it_succeeds_or_not() {
    let mut scene = Scene::with(&[A, B]);
    scene.board.network_changed(NetworkIs::Down, scene.now);
    scene.board.test_failed(SILENT, scene.now);
    assert_eq!(scene.events(), ["no network"]);
    scene.board.test_failed(REFUSED, scene.now);
    assert_eq!(scene.events(), ["network back"]);
    scene.board.network_changed(NetworkIs::Down, scene.now);
    scene.board.tested(A, QUICK, scene.now);
    assert_eq!(scene.events(), ["no network", "network back"]);
}

#[test]
fn rejected_credentials_are_never_tried_again() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REJECTED)], Some(B));
    scene.wait(Duration::from_hours(24));
    assert_eq!(scene.health(A), Health::Rejected);
    assert_eq!(scene.next(&[B]), None);
    scene.board.forgive(scene.now);
    assert_eq!(scene.next(&[B]), None);
}

#[test]
fn an_edited_proxy_starts_afresh_and_the_others_keep_what_is_known() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REJECTED)], Some(B));
    let entrants = [A, B].map(|id| Entrant { id, host: "p.example".parse().unwrap(), remembered: None });
    scene.board.set_proxies(&entrants, &[A]);
    assert_eq!((scene.health(A), scene.health(B)), (Health::Untested, Health::Healthy));
}

#[test]
fn a_blocked_proxy_rests_and_then_one_connection_decides() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REFUSED)], Some(B));
    assert_eq!(scene.next(&[B]), None);
    // The first wait is drawn between 30 s and 90 s; the dice say half of that.
    scene.wait(Duration::from_secs(59));
    assert_eq!(scene.next(&[B]), None);
    scene.wait(Duration::from_secs(2));
    let trial = scene.board.next(&[B], scene.now).unwrap();
    assert_eq!((trial.proxy, trial.footing), (A, Footing::Trial));
    assert_eq!(scene.health(A), Health::Probation);
    assert_eq!(scene.next(&[B]), None, "one at a time");
    scene.carries(A);
    assert_eq!(scene.health(A), Health::Healthy);
    assert_eq!(scene.events(), ["blocked 1", "switched 1>2", "recovered 1"]);
}

#[test]
fn waits_grow_with_each_failed_trial_up_to_half_an_hour() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REFUSED)], Some(B));
    let mut waits = Vec::new();
    for _ in 0..10 {
        let mut waited = 0;
        while scene.next(&[B]) != Some(A) {
            scene.wait(Duration::from_secs(1));
            waited += 1;
        }
        waits.push(waited);
        scene.board.failed(A, REFUSED, QUICK, scene.now);
    }
    assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]), "{waits:?}");
    assert!(waits[0] >= 30 && waits[9] <= 1800 && waits[9] > 600, "{waits:?}");
}

#[test]
fn silence_rests_at_least_a_minute() {
    for dice in [0.0, 0.3, 1.0] {
        let mut scene = Scene::with(&[A, B]);
        scene.board.dice = Box::new(move || dice);
        scene.dial(1, &[(A, SILENT)], Some(B));
        scene.wait(Duration::from_secs(59));
        assert_eq!(scene.next(&[B]), None, "{dice}");
    }
}

#[test]
fn with_nothing_else_left_a_blocked_proxy_is_tried_after_a_breath() {
    let mut scene = Scene::with(&[A]);
    for target in 0..3 {
        scene.dial(target, &[(A, REFUSED)], None);
    }
    assert_eq!(scene.next(&[]), None);
    scene.wait(Duration::from_secs(1));
    assert_eq!(scene.next(&[]), Some(A));
    assert_eq!(scene.next(&[]), None);
}

#[test]
fn a_trial_that_nobody_ended_does_not_lock_a_proxy_out() {
    let mut scene = Scene::with(&[A]);
    for target in 0..3 {
        scene.dial(target, &[(A, REFUSED)], None);
    }
    scene.wait(Duration::from_secs(1));
    assert_eq!(scene.next(&[]), Some(A));
    scene.wait(Duration::from_secs(26));
    assert_eq!(scene.next(&[]), Some(A));
}

#[test]
fn one_slow_answer_switches_nothing() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.carries(B);
    scene.board.choose(Choice::This(A), scene.now);
    scene.board.choose(Choice::Automatic, scene.now);
    scene.events();
    assert!(scene.board.outpaced(A, SILENT, QUICK, scene.now), "its end is worth knowing");
    assert!(!scene.board.outpaced(A, SILENT, QUICK, scene.now), "one is enough");
    scene.board.late(A, Duration::from_secs(3), scene.now);
    assert_eq!(scene.next(&[]), Some(A));
    assert!(scene.events().is_empty());
}

#[test]
fn a_proxy_that_hedges_outrun_three_times_in_a_row_is_blocked() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    for _ in 0..3 {
        scene.carries(B);
        scene.board.outpaced(A, SILENT, QUICK, scene.now);
    }
    assert_eq!(scene.events(), ["blocked 1", "switched 1>2"]);
}

#[test]
fn an_overtaken_attempt_that_then_fails_is_a_verdict() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.carries(B);
    scene.board.outpaced(A, SILENT, QUICK, scene.now);
    scene.board.late_failure(A, SILENT, 1, QUICK, scene.now);
    assert_eq!(scene.events(), ["blocked 1", "switched 1>2"]);
}

#[test]
fn hedges_start_after_twice_the_usual_time_within_bounds() {
    let mut scene = Scene::with(&[A]);
    let hedge = |scene: &mut Scene| scene.board.next(&[], scene.now).unwrap().hedge_after;
    assert_eq!(hedge(&mut scene), Duration::from_secs(1));
    for (took, after) in [(40, 250), (400, 800), (9000, 2000)] {
        scene.board = Scene::with(&[A]).board;
        let dial = Dial { target: 0, failed: &[], began: scene.now };
        scene.board.carried(A, Duration::from_millis(took), &dial, scene.now);
        assert_eq!(hedge(&mut scene), Duration::from_millis(after));
    }
}

#[test]
fn a_persons_choice_is_left_only_while_it_does_not_work() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.board.choose(Choice::This(B), scene.now);
    assert_eq!(scene.next(&[]), Some(B));
    scene.carries(B);
    scene.dial(1, &[(B, REFUSED)], Some(A));
    assert_eq!(scene.next(&[]), Some(A));
    scene.wait(Duration::from_secs(90));
    assert_eq!(scene.next(&[]), Some(B), "its time has come");
    scene.carries(B);
    assert_eq!(scene.events(), ["switched 1>2", "blocked 2", "switched 2>1", "recovered 2", "switched 1>2"]);
}

#[test]
fn speed_alone_moves_the_pick_only_for_much_and_not_often() {
    let mut scene = Scene::with(&[A, B]);
    let dial = Dial { target: 0, failed: &[], began: scene.now };
    for _ in 0..3 {
        // The pick is looked at when something is carried, and then both have been measured often enough.
        scene.board.tested(B, Duration::from_millis(310), scene.now);
        scene.board.carried(A, Duration::from_millis(500), &dial, scene.now);
    }
    assert!(scene.events().is_empty(), "190 ms is not enough");
    for _ in 0..8 {
        scene.board.tested(B, Duration::from_millis(100), scene.now);
        scene.board.carried(A, Duration::from_millis(500), &dial, scene.now);
    }
    assert_eq!(scene.events(), ["switched 1>2"]);
    for _ in 0..20 {
        scene.board.tested(A, Duration::from_millis(1), scene.now);
        scene.board.carried(B, Duration::from_millis(900), &dial, scene.now);
    }
    assert!(scene.events().is_empty(), "not within five minutes");
}

#[test]
fn the_list_may_change_at_any_time() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    let only_c = [Entrant { id: C, host: "c.example".parse().unwrap(), remembered: None }];
    scene.board.set_proxies(&only_c, &[]);
    assert_eq!(scene.board.pick(), Some(C));
    assert_eq!(scene.next(&[]), Some(C));
    scene.board.failed(A, REFUSED, QUICK, scene.now);
    scene.board.late(A, QUICK, scene.now);
    scene.dial(1, &[(A, REFUSED)], Some(C));
    assert_eq!(scene.next(&[]), Some(C));
}
