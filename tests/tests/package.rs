//! The packages as a distribution's own tools see them: installed into a root of their own, looked at, removed.
#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use paperwing_tests::needs;
use paperwing_tests::process::{Finished, run, tool, tool_with};
use paperwing_tests::tools::{PATH, skip};
use tempfile::TempDir;

const ID: &str = "org.paperwing.Paperwing";

/// The package with this ending that `scripts/package.sh` made; without one the test is skipped.
fn package(ending: &str) -> Option<PathBuf> {
    let made = std::env::var_os("PAPERWING_PACKAGES").map(PathBuf::from);
    let of_this_kind = |path: &PathBuf| path.extension().is_some_and(|extension| extension == ending);
    let found =
        made.and_then(|dir| fs::read_dir(dir).ok()?.map(|entry| entry.expect("readable").path()).find(of_this_kind));
    if found.is_none() {
        skip(&format!("PAPERWING_PACKAGES names no folder with a .{ending} in it"));
    }
    found
}

/// An empty folder that a package manager takes for a computer.
struct Root(TempDir);

// === impl Root ===

impl Root {
    fn new() -> Self {
        Self(TempDir::with_prefix("paperwing-root-").expect("a temporary folder"))
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.0.path().join(inside)
    }

    /// dpkg, which needs no privileges here: the package has no scripts that would have to run as root.
    fn dpkg(&self, words: &[&str]) -> Finished {
        for dir in ["info", "updates"] {
            fs::create_dir_all(self.path("var/lib/dpkg").join(dir)).expect("the folder is ours");
        }
        let status = self.path("var/lib/dpkg/status");
        if !status.exists() {
            fs::write(status, "").expect("the folder is ours");
        }
        let mut command = tool("dpkg");
        command.arg("--root").arg(self.0.path());
        // The libraries are the machine's own: installing those as well would take a mirror and minutes.
        command.args(["--force-not-root", "--force-depends", "--log=/dev/null"]).args(words);
        run(command)
    }

    fn with_deb(deb: &Path) -> Self {
        let root = Self::new();
        root.dpkg(&["--install", deb.to_str().expect("a path in UTF-8")]).succeeded();
        root
    }

    fn rpm(&self, words: &[&str]) -> Finished {
        let mut command = tool("rpm");
        command.arg("--root").arg(self.0.path()).args(["--dbpath", "/rpm", "--nodeps"]).args(words);
        run(command)
    }

    /// Every file, as the path it would have on a computer, without the package manager's own.
    fn files(&self) -> BTreeSet<String> {
        let mut open = vec![self.0.path().to_owned()];
        let mut files = BTreeSet::new();
        while let Some(dir) = open.pop() {
            for entry in fs::read_dir(dir).expect("the folder is ours") {
                let path = entry.expect("readable").path();
                if path.is_dir() {
                    open.push(path);
                } else {
                    files.insert(format!("/{}", path.strip_prefix(self.0.path()).expect("below").display()));
                }
            }
        }
        files.retain(|path| !path.starts_with("/var/lib/dpkg/") && !path.starts_with("/rpm/"));
        files
    }
}

fn field(deb: &Path, name: &str) -> String {
    run(tool_with("dpkg-deb", &["--field", deb.to_str().expect("a path in UTF-8"), name])).succeeded()
}

fn version_of(program: &Path) -> String {
    run(tool_with(program, &["--version"])).succeeded()
}

#[test]
fn a_deb_installs_without_privileges_starts_and_leaves_nothing_behind() {
    needs!("dpkg", "dpkg-deb");
    let Some(deb) = package("deb") else { return };
    let root = Root::with_deb(&deb);
    assert_eq!(
        version_of(&root.path("usr/bin/paperwing")).trim(),
        format!("paperwing {}", field(&deb, "Version").trim())
    );
    root.dpkg(&["--purge", "paperwing"]).succeeded();
    assert_eq!(root.files(), BTreeSet::new());
    assert!(!root.path("usr").exists(), "empty folders are gone too");
}

#[test]
fn a_deb_asks_for_the_libraries_the_window_needs_and_for_no_tray_library() {
    needs!("dpkg-deb");
    let Some(deb) = package("deb") else { return };
    let depends = field(&deb, "Depends");
    for library in ["libc6", "libgtk-3-0", "libwebkit2gtk-4.1-0"] {
        assert!(depends.contains(library), "{library} is not in {depends}");
    }
    for library in ["ayatana", "openssl", "libssl"] {
        assert!(!depends.contains(library), "{library} is in {depends}");
    }
}

#[test]
fn debian_finds_nothing_wrong_with_the_deb() {
    needs!("lintian");
    let Some(deb) = package("deb") else { return };
    let found =
        run(tool_with("lintian", &["--allow-root", "--fail-on", "error,warning", deb.to_str().expect("UTF-8")]));
    assert_eq!(found.text().trim(), "");
    found.succeeded();
}

#[test]
fn a_paperwing_link_opens_paperwing_and_no_other_scheme_is_taken() {
    needs!("dpkg", "desktop-file-validate", "update-desktop-database", "gio");
    let Some(deb) = package("deb") else { return };
    let root = Root::with_deb(&deb);
    let applications = root.path("usr/share/applications");
    let entry = applications.join(format!("{ID}.desktop"));
    run(tool_with("desktop-file-validate", &[entry.to_str().expect("UTF-8")])).succeeded();
    // What dpkg's triggers do on a computer.
    run(tool_with("update-desktop-database", &[applications.to_str().expect("UTF-8")])).succeeded();
    let opens = |scheme: &str| {
        let mut asked = tool_with("gio", &["mime", &format!("x-scheme-handler/{scheme}")]);
        // An entry whose program is not in the PATH is passed over.
        asked.env("PATH", format!("{}:{PATH}", root.path("usr/bin").display()));
        asked.env("XDG_DATA_DIRS", root.path("usr/share")).env("HOME", root.path("home"));
        run(asked).text().contains(ID)
    };
    assert!(opens("paperwing"));
    for other in ["tg", "ss", "socks5", "http", "vless"] {
        assert!(!opens(other), "{other} is taken without having been asked");
    }
    let text = fs::read_to_string(entry).expect("it was installed");
    for line in ["Exec=paperwing-desktop %u", &format!("Icon={ID}")] {
        assert!(text.lines().any(|each| each == line), "{line} is not in {text}");
    }
    assert!(root.path("usr/bin/paperwing-desktop").exists());
    assert!(root.path("usr/lib/paperwing/paperwing-window").exists());
}

#[test]
fn an_app_store_understands_the_description() {
    needs!("dpkg", "appstreamcli");
    let Some(deb) = package("deb") else { return };
    let root = Root::with_deb(&deb);
    let description = root.path(&format!("usr/share/metainfo/{ID}.metainfo.xml"));
    run(tool_with("appstreamcli", &["validate", "--no-net", description.to_str().expect("UTF-8")])).succeeded();
}

#[test]
fn every_command_has_a_page_and_every_shell_its_completions() {
    needs!("dpkg", "man");
    let Some(deb) = package("deb") else { return };
    let root = Root::with_deb(&deb);
    for page in ["paperwing", "paperwing-up", "paperwing-import", "paperwing-desktop"] {
        let path = root.path(&format!("usr/share/man/man1/{page}.1.gz"));
        let shown = run(tool_with("man", &["--warnings", "--local-file", path.to_str().expect("UTF-8")]));
        assert_eq!(shown.stderr, "", "{page}");
        assert!(shown.succeeded().contains("NAME"), "{page}");
    }
    let files = root.files();
    for completions in [
        "/usr/share/bash-completion/completions/paperwing",
        "/usr/share/fish/vendor_completions.d/paperwing.fish",
        "/usr/share/zsh/vendor-completions/_paperwing",
    ] {
        assert!(files.contains(completions), "{completions}");
    }
}

#[test]
fn the_licences_of_what_is_inside_come_along() {
    needs!("dpkg", "zcat");
    let Some(deb) = package("deb") else { return };
    let root = Root::with_deb(&deb);
    assert!(root.path("usr/share/doc/paperwing/copyright").exists());
    let path = root.path("usr/share/doc/paperwing/THIRD-PARTY.txt.gz");
    let told = run(tool_with("zcat", &[path.to_str().expect("UTF-8")])).succeeded();
    for library in ["rustls ", "tokio ", "tauri ", "svelte "] {
        assert!(told.lines().any(|line| line.starts_with(library)), "{library}is not named");
    }
}

#[test]
fn an_rpm_installs_what_the_deb_does_and_leaves_nothing_behind() {
    needs!("rpm", "dpkg");
    let (Some(rpm), Some(deb)) = (package("rpm"), package("deb")) else { return };
    if !rustix::process::geteuid().is_root() {
        return skip("rpm installs into a root of its own only for root");
    }
    let root = Root::new();
    root.rpm(&["--install", rpm.to_str().expect("UTF-8")]).succeeded();
    version_of(&root.path("usr/bin/paperwing"));
    root.rpm(&["--verify", "paperwing"]).succeeded();

    // The same but for the places that each family of distributions has for licences and zsh.
    let elsewhere = |path: &String| {
        let of_its_own = ["/usr/share/licenses/", "/usr/share/zsh/", "/usr/share/doc/paperwing/"];
        !of_its_own.iter().any(|place| path.starts_with(place))
    };
    let same = |root: &Root| root.files().into_iter().filter(elsewhere).collect::<BTreeSet<_>>();
    assert_eq!(same(&root), same(&Root::with_deb(&deb)));

    root.rpm(&["--erase", "paperwing"]).succeeded();
    assert_eq!(root.files(), BTreeSet::new());
}

#[test]
fn an_rpm_asks_for_the_libraries_the_window_needs() {
    needs!("rpm");
    let Some(rpm) = package("rpm") else { return };
    let wanted =
        run(tool_with("rpm", &["--query", "--package", "--requires", rpm.to_str().expect("UTF-8")])).succeeded();
    for library in ["libgtk-3.so.0()(64bit)", "libwebkit2gtk-4.1.so.0()(64bit)"] {
        assert!(wanted.lines().any(|line| line == library), "{library} is not in {wanted}");
    }
    assert!(!wanted.contains("ayatana"), "{wanted}");
}
