//! Other programs that people use with a proxy, through Paperwing and microsocks.
#![cfg(target_os = "linux")]

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::DirBuilderExt;

use paperwing_tests::canary::PASSWORD;
use paperwing_tests::needs;
use paperwing_tests::net::on_free_port;
use paperwing_tests::origin::{Origin, PAGE, WORDS};
use paperwing_tests::paperwing::Paperwing;
use paperwing_tests::process::{Running, run, run_with_input, tool, tool_with};
use paperwing_tests::server::Server;
use paperwing_tests::tools::{PYTHON, find, skip};
use paperwing_tests::upstream::{Dante, Microsocks, USER};
use tempfile::TempDir;

/// Paperwing before a microsocks that wants a password.
fn up() -> (Paperwing, Microsocks) {
    let upstream = Microsocks::locked();
    (Paperwing::up([upstream.telegram_link()]), upstream)
}

#[test]
fn netcat_talks_through_socks_4_and_5_and_through_connect() {
    needs!("nc.openbsd", "danted");
    // Not microsocks: it hangs up on both when one of them has said everything, as netcat does at the end of its input.
    let (echo, upstream) = (Server::echo(), Dante::start());
    let paperwing = Paperwing::up([upstream.link("socks5")]);
    for protocol in ["5", "4", "connect"] {
        let mut command = tool("nc.openbsd");
        command.args(["-N", "-X", protocol, "-x", &paperwing.address().to_string()]);
        command.args(["127.0.0.1", &echo.address().port().to_string()]);
        let said = format!("spoken through -X {protocol}\n");
        assert_eq!(run_with_input(command, Cursor::new(said.clone())).succeeded(), said);
    }
    paperwing.stop();
}

#[test]
fn ssh_logs_in_through_netcat() {
    needs!("ssh", "sshd", "ssh-keygen", "nc.openbsd", "microsocks");
    let (paperwing, upstream) = up();
    let dir = TempDir::with_prefix("paperwing-ssh-").expect("a temporary folder");
    let path = |name: &str| dir.path().join(name).display().to_string();
    for key in ["host", "user"] {
        run(tool_with("ssh-keygen", &["-q", "-t", "ed25519", "-N", "", "-f", &path(key)])).succeeded();
    }
    // Where root runs it, sshd wants this folder, which Debian makes when its own sshd starts.
    if rustix::process::geteuid().is_root() {
        let _ = fs::DirBuilder::new().mode(0o755).create("/run/sshd");
    }
    let (server, port) = on_free_port(|port| {
        let config = format!(
            "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nPidFile none\nUsePAM no\nStrictModes no\n\
             PasswordAuthentication no\nKbdInteractiveAuthentication no\nPermitRootLogin yes\nAuthorizedKeysFile {}\n",
            path("host"),
            path("user.pub")
        );
        fs::write(dir.path().join("config"), config).expect("the folder is ours");
        // It insists on being started by its whole path.
        Running::start(tool_with(find("sshd").expect("it is there"), &["-D", "-e", "-f", &path("config")]))
    });
    let user = run(tool_with("id", &["-un"])).succeeded();
    let mut ssh = tool("ssh");
    ssh.args(["-F", "none", "-i", &path("user"), "-p", &port.to_string(), "-l", user.trim()]);
    for option in ["StrictHostKeyChecking=no", "BatchMode=yes", "IdentitiesOnly=yes"] {
        ssh.args(["-o", option]);
    }
    ssh.args(["-o", &format!("UserKnownHostsFile={}", path("known"))]);
    ssh.args(["-o", &format!("ProxyCommand=nc.openbsd -X 5 -x {} %h %p", paperwing.address())]);
    ssh.args(["127.0.0.1", "echo said on the other side"]);
    let finished = run(ssh);
    assert_eq!(finished.text(), "said on the other side\n", "{finished}\n{}", server.story());
    assert!(upstream.log().contains(&format!("127.0.0.1:{port}")), "{}", upstream.log());
    paperwing.stop();
}

#[test]
fn proxychains_sends_a_program_that_knows_no_proxies() {
    needs!("proxychains4", "curl", "microsocks");
    let origin = Origin::start();
    let (paperwing, upstream) = up();
    let dir = TempDir::with_prefix("paperwing-proxychains-").expect("a temporary folder");
    let config = dir.path().join("proxychains.conf");
    for kind in ["socks5", "socks4", "http"] {
        let (ip, port) = (paperwing.address().ip(), paperwing.address().port());
        let text = format!("strict_chain\nproxy_dns\n[ProxyList]\n{kind} {ip} {port}\n");
        fs::write(&config, text).expect("the folder is ours");
        let mut command = tool("proxychains4");
        command.args(["-q", "-f"]).arg(&config).args(["curl", "-q", "-sS", "--fail", &origin.url("/")]);
        assert_eq!(run(command).succeeded(), PAGE, "{kind}");
    }
    assert_eq!(upstream.log().matches(&format!(":{}", origin.address().port())).count(), 3, "{}", upstream.log());
    paperwing.stop();
}

const PYTHON_SCRIPT: &str = r#"
import sys, socks
host, port, origin = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
for kind in (socks.SOCKS5, socks.SOCKS4, socks.HTTP):
    for rdns in (True, False):
        s = socks.socksocket()
        s.settimeout(60)
        s.set_proxy(kind, host, port, rdns=rdns)
        s.connect(("localhost" if rdns else "127.0.0.1", origin))
        s.sendall(b"GET / HTTP/1.0\r\nConnection: close\r\n\r\n")
        answer = b""
        while True:
            piece = s.recv(4096)
            if not piece:
                break
            answer += piece
        print(kind, rdns, b"came from the origin" in answer)
"#;

#[test]
fn pysocks_connects_by_every_protocol() {
    needs!("python3", "microsocks");
    if run(tool_with(PYTHON, &["-c", "import socks"])).code != Some(0) {
        return skip("not on this machine: PySocks (python3-socks)");
    }
    let origin = Origin::start();
    let (paperwing, _upstream) = up();
    let mut command = tool(PYTHON);
    command.args(["-c", PYTHON_SCRIPT, "127.0.0.1"]);
    command.args([paperwing.address().port(), origin.address().port()].map(|port| port.to_string()));
    let answers = run(command).succeeded();
    assert_eq!(answers.matches("True\n").count(), 6, "{answers}");
    paperwing.stop();
}

#[test]
fn chromium_shows_the_page_through_both_kinds_of_proxy() {
    needs!("chromium", "microsocks");
    let origin = Origin::start();
    let (paperwing, upstream) = up();
    for scheme in ["socks5", "http"] {
        let dir = TempDir::with_prefix("paperwing-chromium-").expect("a temporary folder");
        let mut command = tool("chromium");
        command.env("HOME", dir.path());
        command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]);
        command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
        command.args(["--disable-dev-shm-usage", "--proxy-bypass-list=<-loopback>"]);
        command.arg(format!("--user-data-dir={}", dir.path().display()));
        command.arg(format!("--proxy-server={}", paperwing.proxy(scheme)));
        command.args(["--dump-dom", &origin.url("/")]);
        let shown = run(command);
        assert!(shown.text().contains(WORDS), "{scheme}: {shown}\n{}", paperwing.story());
    }
    assert!(upstream.log().contains(&format!("127.0.0.1:{}", origin.address().port())), "{}", upstream.log());
    assert!(!origin.asked().is_empty());
    paperwing.stop();
}

#[test]
fn the_password_of_the_proxy_reaches_nobody_but_the_proxy() {
    needs!("curl", "microsocks");
    let origin = Origin::start();
    let (paperwing, _upstream) = up();
    for scheme in ["socks5h", "http"] {
        paperwing_tests::client::fetch(&paperwing.proxy(scheme), &origin.url("/")).succeeded();
    }
    let heard = format!("{:?}", origin.asked());
    assert!(!heard.contains(PASSWORD) && !heard.contains(&format!("{USER}:")), "{heard}");
    paperwing.stop();
}
