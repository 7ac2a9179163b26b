//! What happens to the files: crashes, damage, other processes.

use super::*;

#[test]
fn folder_and_files_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let (_temporary, dir) = place();
    let mut profile = Profile::open(&dir, OpenMode::Run, keys()).unwrap().0;
    profile.add(&[proxy("socks5://a:b@192.0.2.1:1")], None).unwrap();
    profile.save_history(&History::default()).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&dir), 0o700);
    for name in files(&dir) {
        assert_eq!(mode(&dir.join(&name)), 0o600, "{name}");
    }
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
    let warnings = Profile::open(&dir, OpenMode::Command, keys()).unwrap().1;
    assert_eq!(warnings, [Warning::OpenToOthers { path: dir, mode: 0o755 }]);
}

#[test]
fn a_write_that_fails_leaves_the_old_list_and_takes_its_new_key_back() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    profile.add(&[proxy("socks5://192.0.2.1:1#a")], None).unwrap();
    let before = fs::read(dir.join(PROXIES)).unwrap();
    // A folder in the temporary file's place cannot be removed as a file.
    fs::create_dir(dir.join("proxies.json.new")).unwrap();
    let error = profile.add(&[proxy("socks5://a:b@192.0.2.2:1#b")], None).unwrap_err();
    assert!(matches!(error, ProfileError::Io { doing: "write it", .. }), "{error:?}");
    assert_eq!(fs::read(dir.join(PROXIES)).unwrap(), before);
    assert_eq!(names(&profile), ["a"]);
    assert_eq!(files(&dir), ["proxies.json", "proxies.json.new", "write.lock"]);
}

#[test]
fn what_a_crash_left_between_writing_and_renaming_is_no_hindrance() {
    let (_temporary, dir) = place();
    open(&dir).add(&[proxy("socks5://192.0.2.1:1#a")], None).unwrap();
    fs::write(dir.join("proxies.json.new"), "{\"version\":1,\"prox").unwrap();
    let mut profile = open(&dir);
    assert_eq!(names(&profile), ["a"]);
    profile.add(&[proxy("socks5://192.0.2.2:1#b")], None).unwrap();
    assert_eq!(names(&open(&dir)), ["a", "b"]);
    assert_eq!(files(&dir), ["proxies.json", "write.lock"]);
}

#[test]
fn a_damaged_list_is_set_aside_each_time_under_a_name_of_its_own() {
    let (_temporary, dir) = place();
    fs::create_dir(&dir).unwrap();
    for text in ["", "{\"version\":1", "[]", "{\"version\":1,\"proxies\":[{\"name\":\"hunter2\"}]}"] {
        fs::write(dir.join(PROXIES), text).unwrap();
        let (profile, warnings) = Profile::open(&dir, OpenMode::Command, keys()).unwrap();
        assert!(profile.entries().is_empty());
        let aside = warnings.iter().find_map(|warning| match warning {
            Warning::SetAside { aside, .. } => Some(aside),
            _ => None,
        });
        assert_eq!(fs::read_to_string(aside.unwrap()).unwrap(), text);
        let shown: String = warnings.iter().map(Warning::to_string).collect();
        assert!(!shown.contains("hunter2") && !shown.contains('\n'), "{shown}");
    }
    assert_eq!(files(&dir).iter().filter(|name| name.starts_with("proxies.json.damaged-")).count(), 4);
}

#[test]
fn damage_under_a_running_profile_costs_nothing() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    profile.add(&[proxy("socks5://192.0.2.1:1#a")], None).unwrap();
    fs::write(dir.join(PROXIES), "rubbish").unwrap();
    assert!(profile.changed());
    assert!(matches!(profile.reload(), Err(ProfileError::Damaged { .. })));
    assert_eq!(names(&profile), ["a"]);
    profile.add(&[proxy("socks5://192.0.2.2:1#b")], None).unwrap();
    assert!(matches!(profile.take_warnings()[..], [Warning::Rewritten { .. }]));
    assert_eq!(names(&open(&dir)), ["a", "b"]);
}

#[test]
fn a_newer_list_is_an_error_and_stays_as_it_is() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    profile.add(&[proxy("socks5://192.0.2.1:1")], None).unwrap();
    let newer = "{\"version\": 2, \"proxies\": \"in another way\"}";
    fs::write(dir.join(PROXIES), newer).unwrap();
    for error in [
        Profile::open(&dir, OpenMode::Command, keys()).map(|_| ()).unwrap_err(),
        profile.add(&[proxy("socks5://192.0.2.2:1")], None).unwrap_err(),
        profile.reload().unwrap_err(),
    ] {
        assert!(matches!(error, ProfileError::Newer { version: 2, .. }), "{error:?}");
    }
    assert_eq!(fs::read_to_string(dir.join(PROXIES)).unwrap(), newer);
}

#[test]
fn a_change_by_another_is_noticed_and_read() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    profile.add(&[proxy("socks5://192.0.2.1:1#a")], None).unwrap();
    assert!(!profile.changed());
    open(&dir).add(&[proxy("socks5://192.0.2.2:1#b")], None).unwrap();
    assert!(profile.changed());
    assert_eq!(profile.reload().unwrap(), []);
    assert!(!profile.changed());
    assert_eq!(names(&profile), ["a", "b"]);

    fs::write(dir.join("settings.toml"), "listen = \"127.0.0.1:9\"").unwrap();
    assert!(profile.changed());
    profile.reload().unwrap();
    assert_eq!(profile.listen(), ["127.0.0.1:9".parse().unwrap()]);
}

#[test]
fn only_one_runs_and_the_other_is_told_who_and_may_still_change_the_list() {
    let (_temporary, dir) = place();
    assert_eq!(crate::running(&dir), None);
    let running = Profile::open(&dir, OpenMode::Run, keys()).unwrap().0;
    let address = "127.0.0.1:1080".parse().unwrap();
    running.announce(&[address]).unwrap();
    let error = Profile::open(&dir, OpenMode::Run, keys()).unwrap_err();
    assert!(error.to_string().contains(&format!("(process {}) runs on the profile", std::process::id())), "{error}");
    let holder = crate::running(&dir).unwrap();
    assert_eq!((holder.pid, holder.listen.as_slice()), (std::process::id(), [address].as_slice()));
    open(&dir).add(&[proxy("socks5://192.0.2.1:1")], None).unwrap();
    assert!(running.changed());
    drop(running);
    assert_eq!(crate::running(&dir), None);
    Profile::open(&dir, OpenMode::Run, keys()).unwrap();
}

#[test]
fn two_that_write_at_once_lose_nothing() {
    let (_temporary, dir) = place();
    let add = |from: u8| {
        let mut profile = open(&dir);
        for at in 0..20 {
            profile.add(&[proxy(&format!("socks5://u:p@192.0.2.{}:1", from + at))], None).unwrap();
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| add(0));
        scope.spawn(|| add(100));
    });
    let profile = open(&dir);
    assert_eq!(profile.entries().len(), 40);
    assert!(profile.entries().iter().all(|entry| profile.proxy(entry).is_ok()));
}

#[test]
fn history_is_kept_for_the_proxies_of_the_list_and_its_loss_is_a_word() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    let id = profile.add(&[proxy("socks5://192.0.2.1:1")], None).unwrap().new[0];
    assert_eq!(profile.history(), (History::default(), None));
    let record = HealthRecord { last_ok: Some(5), last_time_ms: Some(42), successes: 7, ..HealthRecord::default() };
    let mut history = History::default();
    history.proxies.insert(id, record.clone());
    history.proxies.insert(ProxyId(1), record);
    profile.save_history(&history).unwrap();
    history.proxies.remove(&ProxyId(1));
    assert_eq!(profile.history(), (history.clone(), None));

    fs::write(dir.join("history.json"), "{").unwrap();
    let (lost, warning) = profile.history();
    assert_eq!(lost, History::default());
    assert!(matches!(warning, Some(Warning::SetAside { .. })));

    fs::write(dir.join("history.json"), "{\"version\":9}").unwrap();
    assert!(matches!(profile.history().1, Some(Warning::NewerHistory { .. })));
    assert!(matches!(profile.save_history(&history), Err(ProfileError::Newer { version: 9, .. })));
    assert_eq!(fs::read_to_string(dir.join("history.json")).unwrap(), "{\"version\":9}");
}
