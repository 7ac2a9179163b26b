//! One file for each thing that can be typed.

mod demo;
mod edit;
mod events;
mod import;
mod link;
mod list;
mod shell;
mod status;
mod subscription;
mod system_proxy;
mod telegram;
mod test;
mod up;

use std::future::Future;
use std::io::Read;

use paperwing_app::link::PlainProtocol;
use paperwing_app::{Error, KeyOptions, OpenMode, Profile, Reload, Source, Warning};

use crate::args::{Bare, Command, Global, Link, Paperwing, Subscription};
use crate::exit::{Exit, complain};
use crate::render::style::Style;
use crate::{ask, keys, out};

/// The largest list, and so the most that is read from standard input, bytes.
const MOST_BYTES: u64 = 10 * 1024 * 1024;

type Done = Result<(), Exit>;

/// Does what was typed.
pub(crate) fn run(paperwing: Paperwing) -> Done {
    let Paperwing { global, command } = paperwing;
    let desk = Desk { style: Style::of_stdout(global.color), global };
    match command {
        Command::Import(args) => import::run(&desk, &args),
        Command::List(args) => list::run(&desk, &args),
        Command::Test(args) => test::run(&desk, &args),
        Command::Up(args) => up::run(&desk, &args),
        Command::Status(args) => status::run(&desk, &args),
        Command::Telegram(args) => telegram::run(&desk, &args),
        Command::Events(args) => events::run(&desk, &args),
        Command::Use(args) => edit::choose(&desk, &args),
        Command::Remove(args) => edit::remove(&desk, &args),
        Command::Rename(args) => edit::rename(&desk, &args),
        Command::Share(args) => edit::share(&desk, &args),
        Command::Link(Link::Parse(args)) => link::parse(&args),
        Command::Subscription(Subscription::Add(args)) => subscription::add(&desk, &args),
        Command::Subscription(Subscription::Refresh(args)) => subscription::refresh(&desk, &args),
        Command::Subscription(Subscription::List(args)) => subscription::list(&desk, &args),
        Command::Subscription(Subscription::Remove(args)) => subscription::remove(&desk, &args),
        Command::SystemProxy(args) => system_proxy::run(&desk, &args),
        Command::Demo => demo::run(&desk),
        Command::Completions(args) => shell::completions(&args),
        Command::Man(args) => shell::man(&args),
    }
}

/// What every command has at hand.
struct Desk {
    global: Global,
    style: Style,
}

impl Desk {
    /// The list, for a moment's work.
    fn profile(&self) -> Result<Profile, Exit> {
        self.open(keys::options(&self.global))
    }

    /// The list, to be looked at: nobody is asked for a passphrase.
    fn profile_unasked(&self) -> Result<Profile, Exit> {
        self.open(keys::unasked(&self.global))
    }

    fn open(&self, keys: KeyOptions) -> Result<Profile, Exit> {
        let (profile, warnings) = paperwing_app::open(self.global.profile.as_deref(), OpenMode::Command, keys)?;
        self.warn(&warnings);
        Ok(profile)
    }

    fn warn<'a>(&self, warnings: impl IntoIterator<Item = &'a Warning>) {
        if !self.global.quiet {
            warnings.into_iter().for_each(|warning| complain(&warning.to_string()));
        }
    }

    /// A sentence about what was done.
    fn say(&self, text: &str) -> Done {
        if self.global.quiet { Ok(()) } else { Ok(out::line(text)?) }
    }

    /// To be called after each change of the list.
    fn changed(&self, profile: &mut Profile) -> Done {
        self.warn(&profile.take_warnings());
        match paperwing_app::after_change(profile.dir()) {
            Reload::NobodyRuns | Reload::Told => Ok(()),
            Reload::Later => self.say("The running `paperwing up` takes it over when it is started again."),
        }
    }
}

/// Runs to the end on this thread.
fn block_on<T>(future: impl Future<Output = Result<T, Exit>>) -> Result<T, Exit> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|source| Error::System { doing: "start", source })?;
    let done = runtime.block_on(future);
    // A thread that waits for a keyring or a passphrase must not keep the program from ending.
    runtime.shutdown_background();
    done
}

/// Everything on standard input.
fn standard_input() -> Result<Source, Exit> {
    let mut bytes = Vec::new();
    if ask::is_somebody_there() {
        let end = if cfg!(windows) { "Ctrl-Z and Enter" } else { "Ctrl-D" };
        eprintln!("Paste the links here, press Enter, then {end}:");
    }
    let read = std::io::stdin().lock().take(MOST_BYTES + 1).read_to_end(&mut bytes);
    read.map_err(|error| Exit::Input(format!("standard input: cannot be read: {error}")))?;
    let from = "standard input".to_owned();
    if bytes.len() as u64 > MOST_BYTES {
        return Err(Error::TooLarge { from }.into());
    }
    Ok(Source::Bytes { bytes, from })
}

/// `-`, or whatever else it is.
fn source(what: &str, plain: PlainProtocol) -> Result<Source, Exit> {
    if what == "-" { standard_input() } else { Ok(paperwing_app::tell(what, plain)?) }
}

impl From<Bare> for PlainProtocol {
    fn from(bare: Bare) -> Self {
        match bare {
            Bare::Socks5 => Self::Socks5,
            Bare::Socks4 => Self::Socks4,
            Bare::Socks4a => Self::Socks4a,
            Bare::Http => Self::Http,
            Bare::Https => Self::Https,
        }
    }
}
