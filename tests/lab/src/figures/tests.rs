use serde_json::json;

use super::*;
use crate::run::Diary;
use crate::scenario::Scenario;

fn ms(time: u64) -> Duration {
    Duration::from_millis(time)
}

fn sample(start: u64, wait: u64, end: End) -> Sample {
    Sample {
        kind: Kind::Get,
        way: Way::Socks5,
        start: ms(start),
        connected: Some(ms(start)),
        first: (end == End::Done).then(|| ms(start + wait)),
        last: None,
        received: u64::from(end == End::Done),
        via: Some(1),
        ended: ms(start + wait),
        end,
    }
}

/// Bad at 1 s; harm and verdict as given.
fn run(samples: Vec<Sample>, harmed: &[u64], events: Vec<(Duration, Value)>) -> Run {
    let pick = Diary {
        accepted: samples.iter().map(|sample| sample.start).collect(),
        harmed: harmed.iter().copied().map(ms).collect(),
    };
    let standby = Diary { accepted: vec![ms(500), ms(1500)], harmed: Vec::new() };
    Run {
        scenario: Scenario::named("refuse").expect("it is in the catalogue"),
        bad_at: ms(1000),
        healed_at: None,
        last_start: ms(5000),
        samples,
        events: Some(events),
        proxies: vec![pick, standby],
        asked_twice: 0,
    }
}

#[test]
fn waits_are_held_against_healthy_ones_and_times_against_the_first_sign() {
    let samples = vec![
        sample(0, 40, End::Done),
        sample(100, 40, End::Done),
        sample(1010, 740, End::Done),
        sample(1200, 100, End::Failed(Trouble::Reset)),
        sample(3000, 50, End::Done),
    ];
    let events = vec![
        (ms(200), json!({"event": "switched", "from": "p1", "to": "p2"})),
        (ms(1100), json!({"event": "blocked", "proxy": "p2"})),
        (ms(1320), json!({"event": "blocked", "proxy": "p1"})),
        (ms(1330), json!({"event": "switched", "from": "p1", "to": "p2"})),
    ];
    let figures = Figures::of(&run(samples, &[900, 1020], events));
    assert_eq!((figures.sent, figures.failed, figures.failed_safe, figures.slow), (5, 1, 1, 1));
    assert_eq!((figures.longest, figures.over_healthy), (ms(740), ms(700)));
    assert_eq!((figures.verdict, figures.elsewhere), (Some(ms(300)), Some(ms(1980))));
    assert_eq!(figures.after, Some(ms(50)));
    assert_eq!(figures.back, ms(180));
    assert_eq!((figures.switches, figures.standbys, figures.standbys_in_all), (Some(2), 1, 2));
}

#[test]
fn the_worst_of_several_runs_hides_no_run_without_a_verdict() {
    let with = Figures { verdict: Some(ms(10)), failed: 1, longest: ms(10), tells: true, ..Figures::default() };
    let without = Figures { verdict: None, failed: 0, longest: ms(20), tells: true, ..Figures::default() };
    let worst = Figures::worst(&[with.clone(), without]);
    assert_eq!((worst.verdict, worst.failed, worst.longest), (None, 1, ms(20)));
    assert_eq!(Figures::worst(&[with.clone(), with]).verdict, Some(ms(10)));
}
