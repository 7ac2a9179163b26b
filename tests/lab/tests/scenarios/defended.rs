//! Nothing is played here: no scenario may be without a test, no test without a defence that it proves, and no defence in a place
//! where it is no longer.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use paperwing_lab::scenario::all;
use serde::Deserialize;

use super::each::PLAYED;

/// `defences.toml`. `scripts/defences.py` takes the defences out.
#[derive(Deserialize)]
struct Table {
    defence: Vec<Defence>,
}

#[derive(Deserialize)]
struct Defence {
    name: String,
    /// A file, what stands in it, and the same without the defence.
    edits: Vec<(String, String, String)>,
    #[serde(default)]
    scenarios: Vec<String>,
    /// Tests of the engine.
    #[serde(default)]
    engine: Vec<String>,
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

/// Every line of the engine.
fn engine(folder: &Path) -> String {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| if path.is_dir() { engine(&path) } else { fs::read_to_string(path).unwrap_or_default() })
        .collect()
}

#[test]
fn every_defence_is_where_the_table_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let engine = engine(&root.join("crates/engine/src"));
    let table: Table = toml::from_str(DEFENCES).unwrap();
    for Defence { name, edits, engine: tests, .. } in table.defence {
        for (file, from, _) in edits {
            let text = fs::read_to_string(root.join(&file)).unwrap();
            assert_eq!(text.matches(&from).count(), 1, "defences.toml: {name}: “{from}” in {file}");
        }
        for test in tests {
            assert!(engine.contains(&format!("fn {test}(")), "defences.toml: {name}: there is no test {test}");
        }
    }
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
