//! Nothing is played here: no scenario may be without a test, and no test without a defence that it proves.

use std::collections::BTreeSet;

use paperwing_lab::scenario::all;
use serde::Deserialize;

use super::each::PLAYED;

/// `defences.toml`, as far as it speaks of scenarios. `scripts/defences.py` takes the defences out.
#[derive(Deserialize)]
struct Table {
    defence: Vec<Defence>,
}

#[derive(Deserialize)]
struct Defence {
    name: String,
    #[serde(default)]
    scenarios: Vec<String>,
}

const DEFENCES: &str = include_str!("../../defences.toml");

fn scenarios() -> BTreeSet<String> {
    all().into_iter().map(|scenario| scenario.name.to_owned()).collect()
}

#[test]
fn every_scenario_is_played() {
    let played: BTreeSet<String> = PLAYED.iter().map(|test| test.replace('_', "-")).collect();
    assert_eq!(played, scenarios(), "each.rs plays the left ones, the lab has the right ones");
}

#[test]
fn every_scenario_has_a_defence_without_which_its_test_fails() {
    let table: Table = toml::from_str(DEFENCES).unwrap();
    let known = scenarios();
    let mut defended = BTreeSet::new();
    for defence in table.defence {
        for scenario in defence.scenarios {
            assert!(known.contains(&scenario), "defences.toml: {}: there is no scenario “{scenario}”", defence.name);
            defended.insert(scenario);
        }
    }
    let bare: Vec<&String> = known.difference(&defended).collect();
    assert!(bare.is_empty(), "no entry of tests/lab/defences.toml names these scenarios: {bare:?}");
}
