//! One profile, two processes. The second one is this test started again.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use paperwing_profile::{KeyOptions, OpenMode, Profile, ProfileError, running};

/// In the second process: the profile's folder.
const DIR: &str = "PAPERWING_TEST_PROFILE";

/// Runs on the profile in another process until that is killed.
fn start_runner(dir: &Path) -> Child {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "the_second_to_run_is_told_who_the_first_is_until_that_dies", "--nocapture"]);
    let mut child = command.env(DIR, dir).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let said = BufReader::new(child.stdout.as_mut().unwrap()).lines().map(Result::unwrap);
    assert!(said.into_iter().any(|line| line.ends_with("running")), "the other process never ran");
    child
}

fn run_until_killed(dir: &Path) {
    let (profile, _) = Profile::open(dir, OpenMode::Run, KeyOptions::new()).unwrap();
    profile.announce(&["127.0.0.1:1080".parse().unwrap()]).unwrap();
    println!("running");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[test]
fn the_second_to_run_is_told_who_the_first_is_until_that_dies() {
    if let Some(dir) = std::env::var_os(DIR) {
        return run_until_killed(Path::new(&dir));
    }
    let dir = tempfile::tempdir().unwrap();
    let mut other = start_runner(dir.path());

    let holder = match Profile::open(dir.path(), OpenMode::Run, KeyOptions::new()) {
        Err(ProfileError::Running { holder, .. }) => holder,
        opened => panic!("{opened:?}"),
    };
    assert_eq!((holder.pid, holder.program.starts_with("two_processes")), (other.id(), true), "{holder:?}");
    assert_eq!(holder.listen, ["127.0.0.1:1080".parse().unwrap()]);
    assert_eq!(running(dir.path()), Some(holder));

    let (mut profile, _) = Profile::open(dir.path(), OpenMode::Command, KeyOptions::new()).unwrap();
    profile.add(&["socks5://192.0.2.1:1080".parse().unwrap()], None).unwrap();

    other.kill().unwrap();
    other.wait().unwrap();
    assert_eq!(running(dir.path()), None);
    let (profile, _) = Profile::open(dir.path(), OpenMode::Run, KeyOptions::new()).unwrap();
    assert_eq!(profile.entries().len(), 1);
    assert_eq!(running(dir.path()).map(|holder| holder.pid), Some(std::process::id()));
}
