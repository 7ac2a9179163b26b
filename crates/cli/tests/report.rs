//! `paperwing status` and `paperwing events`: what a running `up` says of itself, to whom, and to whom not.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod support;

use std::io::{BufRead, BufReader, Lines, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Stdio};

use serde_json::Value;
use support::{Home, Up};

/// A profile in which the first proxy is dead and the second one carries, to the page that is given with it.
struct Switching {
    home: Home,
    _carrier: (Home, Up),
    page: String,
}

fn switching() -> Switching {
    let (home, other) = (Home::new(), Home::new());
    let mut carrier = other.up(&[]);
    let page = carrier.event_of("practice")["page"].as_str().unwrap().to_owned();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let list = format!("socks5://{closed}#Oslo\nsocks5://{}#Riga\n", carrier.address);
    home.run_with(&["import", "--yes", "-"], &list).ok();
    Switching { home, _carrier: (other, carrier), page }
}

/// A home whose profile lies at a place that the test knows, with the arguments that say so.
fn known_place(home: &Home) -> (PathBuf, [String; 2]) {
    let dir = home.path("profile");
    let args = ["--profile".to_owned(), dir.display().to_string()];
    (dir.join("report.sock"), args)
}

fn status(home: &Home, args: &[&str]) -> Value {
    serde_json::from_str(&home.run(&[&["status", "--json"], args].concat()).ok().out).unwrap()
}

/// A running `events --follow --json`, ended when dropped.
struct Follower {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Follower {
    fn start(home: &Home) -> Self {
        let mut command = home.command(&["events", "--follow", "--json"]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn next(&mut self) -> Option<Value> {
        self.lines.next().map(|line| serde_json::from_str(&line.unwrap()).unwrap())
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_running_one_tells_how_things_stand_and_what_happened() {
    let Switching { home, page, _carrier } = switching();
    let mut up = home.up(&[]);
    assert!(up.fetch(&page).contains("It works."));
    let switched = up.event_of("switched");

    let found = status(&home, &[]);
    assert_eq!((&found["pid"], &found["listening"][0]), (&up.pid().into(), &up.address.to_string().into()));
    assert_eq!((&found["pick"], &found["chosen"], &found["practice"]), (&"Riga".into(), &Value::Null, &false.into()));
    let [oslo, riga] = [&found["proxies"][0], &found["proxies"][1]];
    assert_eq!(
        (&oslo["name"], &oslo["stage"], &oslo["reason"]),
        (&"Oslo".into(), &"connect".into(), &"refused".into())
    );
    assert_eq!((&riga["health"], &riga["ms"].is_f64()), (&"healthy".into(), &true));
    assert!(riga["received"].as_u64() > Some(0) && found["received"].as_u64() >= riga["received"].as_u64());

    let told = home.run(&["status"]).ok().out;
    assert!(told.contains("New connections go through Riga.") && told.contains("refused the connection"), "{told}");
    let told = home.run(&["events"]).ok().out;
    assert!(told.lines().next().unwrap().ends_with(&format!("Listening on {}.", up.address)), "{told}");
    assert!(told.contains(" Oslo refused the connection. Switched to Riga "), "{told}");

    let events = home.run(&["events", "--json"]).ok().out;
    let mut events: Vec<Value> = events.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for event in &mut events {
        let time = event.as_object_mut().unwrap().shift_remove("time").unwrap();
        assert!(time.as_str().unwrap().ends_with('Z'), "{time}");
    }
    assert!(events.contains(&switched), "{events:?}");
    assert_eq!(home.run(&["events", "-n", "1"]).ok().out.lines().count(), 1);
    up.interrupt().ok();
}

#[test]
fn where_connections_lead_is_told_only_when_asked_for_and_is_nowhere_on_disk() {
    let Switching { home, _carrier, .. } = switching();
    let up = home.up(&[]);
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let target = server.local_addr().unwrap().to_string();
    let target = target.as_str();
    let mut stream = TcpStream::connect(up.address).unwrap();
    write!(stream, "CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").unwrap();
    let (mut greeter, _) = server.accept().unwrap();
    greeter.write_all(b"hello").unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"hello") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        answer.extend(byte);
    }
    let found = status(&home, &["--connections"]);
    assert_eq!(found["open"], 1);
    let connection = &found["connections"][0];
    assert_eq!((&connection["target"], &connection["proxy"]), (&target.into(), &"Riga".into()));
    assert!(home.run(&["status", "--connections"]).ok().out.contains(target));
    for args in [&["status"][..], &["status", "--json"], &["events"], &["events", "--json"]] {
        assert!(!home.run(args).ok().out.contains(target));
    }
    drop(stream);
    up.interrupt().ok();
    assert!(!home.everything().windows(target.len()).any(|window| window == target.as_bytes()));
}

#[test]
fn where_nobody_runs_one_line_says_what_to_do() {
    let home = Home::new();
    for command in [&["status"][..], &["status", "--json"], &["events"], &["events", "--follow"]] {
        assert!(home.run(command).failed(1).err.contains("`paperwing up`"));
    }
    assert!(home.is_empty());
    let _up = home.up(&["--proxy", "socks5://127.0.0.1:1"]);
    home.run(&["status"]).failed(1);
    assert!(home.is_empty());
}

#[test]
fn several_follow_at_once_and_end_with_it() {
    let home = Home::new();
    let up = home.up(&[]);
    let mut followers = [Follower::start(&home), Follower::start(&home)];
    for follower in &mut followers {
        assert_eq!(follower.next().unwrap()["event"], "listening");
    }
    home.run(&["import", "--yes", "socks5://127.0.0.1:1#Oslo"]).ok();
    for follower in &mut followers {
        let event = follower.next().unwrap();
        assert_eq!((&event["event"], &event["proxies"]), (&"reloaded".into(), &1.into()));
    }
    assert_eq!(status(&home, &[])["proxies"][0]["name"], "Oslo");
    up.interrupt().ok();
    for follower in &mut followers {
        assert_eq!(follower.next(), None);
        assert_eq!(follower.child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn the_socket_is_its_owners_only_and_goes_when_it_stops() {
    let home = Home::new();
    let (socket, args) = known_place(&home);
    let up = home.up(&args.each_ref().map(String::as_str));
    let mode = |path: &Path| path.symlink_metadata().unwrap().permissions().mode() & 0o777;
    assert!(socket.symlink_metadata().unwrap().file_type().is_socket());
    assert_eq!((mode(&socket), mode(socket.parent().unwrap())), (0o600, 0o700));
    up.interrupt().ok();
    assert!(!socket.exists());
}

#[test]
fn the_systems_folder_for_sockets_is_used_where_there_is_one() {
    let home = Home::new();
    let runtime = home.runtime_dir();
    let (in_profile, args) = known_place(&home);
    let args = args.each_ref().map(String::as_str);
    let up = home.up(&args);
    assert!(!in_profile.exists());
    let sockets = || std::fs::read_dir(runtime.join("paperwing")).unwrap().count();
    assert_eq!(sockets(), 1);
    assert_eq!(status(&home, &args)["pid"], up.pid());
    up.interrupt().ok();
    assert_eq!(sockets(), 0);
}

#[test]
fn what_a_killed_one_left_is_taken_for_nobody_and_replaced() {
    let home = Home::new();
    let (socket, args) = known_place(&home);
    let args = args.each_ref().map(String::as_str);
    // Dropping kills.
    drop(home.up(&args));
    assert!(socket.exists());
    assert!(home.run(&[&["status"], &args[..]].concat()).failed(1).err.contains("not running"));
    let up = home.up(&args);
    assert_eq!(status(&home, &args)["pid"], up.pid());
}

#[test]
fn rubbish_and_readers_who_do_not_read_disturb_nobody() {
    let home = Home::new();
    let (socket, args) = known_place(&home);
    let args = args.each_ref().map(String::as_str);
    let mut up = home.up(&args);
    let page = up.event_of("practice")["page"].as_str().unwrap().to_owned();

    let mut rude = UnixStream::connect(&socket).unwrap();
    rude.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let mut answer = String::new();
    rude.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "{\"error\":\"bad_request\"}\n");

    let questions = [
        "{\"version\":1,\"ask\":{\"events\":{\"last\":500,\"then\":\"follow\"}}}\n",
        "{\"version\":1,\"ask\":{\"status\":{\"detail\":\"connections\"}}}\n",
        "{\"version\":1,",
    ];
    let lazy = questions.map(|question| {
        let mut lazy = UnixStream::connect(&socket).unwrap();
        lazy.write_all(question.as_bytes()).unwrap();
        lazy
    });
    assert!(up.fetch(&page).contains("It works."));
    assert_eq!(status(&home, &args)["pid"], up.pid());
    up.interrupt().ok();
    drop(lazy);
}

/// Becomes nobody in one thread only, so that no other program is needed to ask as another user.
#[cfg(target_os = "linux")]
#[test]
fn another_user_is_kept_out_twice() {
    use rustix::fs::{Gid, Uid};
    use rustix::thread::{set_thread_gid, set_thread_groups, set_thread_uid};

    if !rustix::process::geteuid().is_root() {
        println!("SKIPPED: only root can become another user");
        return;
    }
    let home = Home::new();
    let (socket, args) = known_place(&home);
    let _up = home.up(&args.each_ref().map(String::as_str));
    let asked_by_nobody = || {
        let socket = socket.clone();
        let asked = std::thread::spawn(move || {
            set_thread_groups(&[]).unwrap();
            set_thread_gid(Gid::from_raw(65534)).unwrap();
            set_thread_uid(Uid::from_raw(65534)).unwrap();
            let mut stream = UnixStream::connect(socket)?;
            // It may have been refused and closed already.
            let _ = stream.write_all(b"{\"version\":1,\"ask\":{\"status\":{}}}\n");
            let mut answer = String::new();
            BufReader::new(stream).read_line(&mut answer).map(|_| answer)
        });
        asked.join().unwrap()
    };
    let open_to_all = |path: &Path, mode| std::fs::set_permissions(path, PermissionsExt::from_mode(mode)).unwrap();

    assert_eq!(asked_by_nobody().unwrap_err().kind(), std::io::ErrorKind::PermissionDenied);
    // The folder's mode is one wall; behind it is the socket's, and behind that the question who is asking.
    open_to_all(&home.path("."), 0o755);
    open_to_all(socket.parent().unwrap(), 0o755);
    assert_eq!(asked_by_nobody().unwrap_err().kind(), std::io::ErrorKind::PermissionDenied);
    open_to_all(&socket, 0o666);
    assert_eq!(asked_by_nobody().unwrap(), "{\"error\":\"other_user\"}\n");
}
