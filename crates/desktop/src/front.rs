//! The window's process: started when the window is wanted, and gone some time after nobody looks at it any more.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use paperwing_app::window::{FromWindow, ToWindow, read, write};
use tokio::io::BufReader;
use tokio::process::{Child, Command};
use tokio::sync::{mpsc, oneshot};
use tokio::time::{Duration, timeout};

use crate::desk::{Happening, Teller};

/// The program of the window.
const PROGRAM: &str = "paperwing-window";
/// Where packages put it, seen from the folder of our own program.
const ELSEWHERE: &str = "../lib/paperwing";
/// So long a window may take to end when it is told.
const PATIENCE: Duration = Duration::from_secs(1);

/// How a window's process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gone {
    /// By itself: nobody looked.
    InOrder,
    /// It crashed, or was killed.
    Broken,
}

/// The window, whether there is one or not.
#[derive(Debug)]
pub struct Front {
    dir: PathBuf,
    tell: Teller,
    pane: Option<Pane>,
    /// Whether it is to be in sight.
    is_wanted: bool,
    windows: u64,
    /// Whether the present window stands in for one that broke: should it break too, nobody opens a third.
    is_second_try: bool,
    /// What waits for a page that listens.
    waiting: Vec<ToWindow>,
}

/// A window's process.
#[derive(Debug)]
struct Pane {
    number: u64,
    back: Back,
    is_ready: bool,
    /// Dropped, the window is told to end, whoever still holds a way to it: the pilot does, for the state.
    over: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

/// The way to a window.
#[derive(Clone, Debug)]
pub struct Back(mpsc::UnboundedSender<ToWindow>);

// === impl Back ===

impl Back {
    /// Tells it something; `false` where it is gone.
    pub fn tell(&self, line: ToWindow) -> bool {
        self.0.send(line).is_ok()
    }
}

// === impl Front ===

impl Front {
    /// None yet, for a profile in a folder.
    pub fn new(dir: PathBuf, tell: Teller) -> Self {
        Self { dir, tell, pane: None, is_wanted: false, windows: 0, is_second_try: false, waiting: Vec::new() }
    }

    /// Shows the window where the person left it.
    pub fn show(&mut self) {
        self.is_second_try = false;
        self.bring();
    }

    /// The same, unless it is in sight: it would come before what the person is at.
    pub fn show_if_away(&mut self) {
        if !self.is_wanted {
            self.show();
        }
    }

    /// Opens another window in the place of one that broke, once: `false` where that one broke as well.
    pub fn replace_broken(&mut self) -> bool {
        let is_first = !std::mem::replace(&mut self.is_second_try, true);
        if is_first {
            self.bring();
        }
        is_first
    }

    fn bring(&mut self) {
        self.is_wanted = true;
        match &self.pane {
            Some(pane) => drop(pane.back.tell(ToWindow::Show)),
            None => self.open(),
        }
    }

    /// Shows the window, or hides it where it is in sight: only the window knows.
    pub fn toggle(&mut self) {
        match &self.pane {
            Some(pane) if self.is_wanted => drop(pane.back.tell(ToWindow::Toggle)),
            // One that was hidden may be about to end; it is opened anew then.
            _ => self.show(),
        }
    }

    /// Tells the page something, now or when it listens.
    pub fn tell(&mut self, line: ToWindow) {
        match &self.pane {
            Some(pane) if pane.is_ready => drop(pane.back.tell(line)),
            _ => self.waiting.push(line),
        }
    }

    /// Whether a number is that of the present window.
    pub fn is(&self, window: u64) -> bool {
        self.pane.as_ref().is_some_and(|pane| pane.number == window)
    }

    /// Whether there is a page that can ask the person.
    pub fn can_ask(&self) -> bool {
        self.pane.as_ref().is_some_and(|pane| pane.is_ready)
    }

    /// The way to the present window; to none where there is none.
    pub fn back(&self) -> Back {
        self.pane.as_ref().map_or_else(|| Back(mpsc::unbounded_channel().0), |pane| pane.back.clone())
    }

    /// The page listens from now on.
    pub fn is_ready(&mut self) {
        let Some(pane) = &mut self.pane else { return };
        pane.is_ready = true;
        for line in self.waiting.drain(..) {
            pane.back.tell(line);
        }
    }

    /// The window is in sight.
    pub fn is_shown(&mut self) {
        self.is_wanted = true;
    }

    /// The window is out of sight.
    pub fn is_hidden(&mut self) {
        self.is_wanted = false;
    }

    /// A window's process ended. Whether one broke that was to be in sight.
    pub fn gone(&mut self, window: u64, gone: Gone) -> bool {
        if !self.is(window) {
            return false;
        }
        self.pane = None;
        let was_wanted = self.is_wanted;
        match gone {
            // It ended as somebody wanted to see it again.
            Gone::InOrder if self.is_wanted => self.open(),
            Gone::InOrder => {}
            Gone::Broken => {
                tracing::error!("the window broke");
                self.is_wanted = false;
                return was_wanted;
            }
        }
        false
    }

    /// Ends the window.
    pub async fn end(&mut self) {
        let Some(Pane { over, task, .. }) = self.pane.take() else { return };
        drop(over);
        let _ = timeout(PATIENCE, task).await;
    }

    fn open(&mut self) {
        self.windows += 1;
        match start(&self.dir) {
            Ok(child) => {
                let (lines, inbox) = mpsc::unbounded_channel();
                let (over, is_over) = oneshot::channel();
                let task = tokio::spawn(talk(self.windows, child, inbox, is_over, self.tell.clone()));
                self.pane = Some(Pane { number: self.windows, back: Back(lines), is_ready: false, over, task });
            }
            Err(error) => {
                tracing::error!(%error, "there is no window");
                eprintln!("paperwing-desktop: the window cannot be started: {error}");
                self.is_wanted = false;
            }
        }
    }
}

fn start(dir: &Path) -> io::Result<Child> {
    let mut command = Command::new(program()?);
    command.arg("--profile").arg(dir);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true).spawn()
}

fn program() -> io::Result<PathBuf> {
    let own = std::env::current_exe()?;
    let name = Path::new(PROGRAM).with_extension(std::env::consts::EXE_EXTENSION);
    let folder = own.parent().unwrap_or(Path::new(""));
    let places = [folder.join(&name), folder.join(ELSEWHERE).join(&name)];
    let found = places.into_iter().find(|path| path.is_file());
    found.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, format!("{PROGRAM} is not installed")))
}

/// Carries lines to and fro until the window ends, which it is told to when it is over.
async fn talk(
    number: u64,
    mut child: Child,
    mut inbox: mpsc::UnboundedReceiver<ToWindow>,
    is_over: oneshot::Receiver<()>,
    tell: Teller,
) {
    let (Some(mut stdin), Some(stdout)) = (child.stdin.take(), child.stdout.take()) else { return };
    let mut from = BufReader::new(stdout);
    let telling = async {
        let lines = async {
            while let Some(line) = inbox.recv().await {
                if write(&mut stdin, &line).await.is_err() {
                    break;
                }
            }
        };
        tokio::select! {
            () = lines => {}
            _ = is_over => {}
        }
        // That is how it hears of the end.
        drop(stdin);
        std::future::pending::<()>().await;
    };
    let hearing = async {
        while let Ok(Some(line)) = read(&mut from).await {
            // What libraries print is none of ours.
            if let Ok(said) = serde_json::from_slice::<FromWindow>(&line) {
                let _ = tell.send(Happening::Said(number, said));
            }
        }
    };
    tokio::select! {
        () = telling => {}
        () = hearing => {}
    }
    let is_in_order = child.wait().await.is_ok_and(|status| status.success());
    let _ = tell.send(Happening::Gone(number, if is_in_order { Gone::InOrder } else { Gone::Broken }));
}
