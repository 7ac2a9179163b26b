//! The program: from its arguments to the table.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Parser;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::contender::{ALL, Contender};
use crate::plan::{Extent, Figures};
use crate::report::Report;
use crate::{document, shadowsocks, stand_in};

/// Measures Paperwing side by side with other forwarders: same upstream, same load, one run.
#[derive(Debug, Parser)]
struct Arguments {
    /// One minute instead of about ten; the figures are rough, and not written to docs/benchmarks.md.
    #[arg(long)]
    quick: bool,
    /// Print the table, write no file.
    #[arg(long)]
    dry: bool,
    /// Measure only contenders whose name contains this (may be given more than once).
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    /// Measure Shadowsocks beside other clients of it, and nothing else.
    #[arg(long)]
    shadowsocks: bool,
}

/// Runs the program.
pub fn main() -> Result<()> {
    // The stand-in is a role and no subcommand: nobody is meant to give it by hand.
    if std::env::args().nth(1).as_deref() == Some(stand_in::ROLE) {
        return stand_in::run();
    }
    let arguments = Arguments::parse();
    raise_file_limit()?;
    if arguments.shadowsocks {
        return measure_shadowsocks(&arguments);
    }

    let chosen = |contender: &Contender| {
        arguments.only.is_empty() || arguments.only.iter().any(|part| contender.name().contains(part.as_str()))
    };
    let (present, missing): (Vec<_>, Vec<_>) =
        ALL.into_iter().filter(chosen).partition(|contender| contender.program().is_some());
    for contender in &missing {
        eprintln!("not on this machine, left out: {}", contender.name());
    }
    let directory = tempfile::tempdir()?;
    let extent = if arguments.quick { Extent::QUICK } else { Extent::FULL };
    let figures = Figures::take(&present, extent, directory.path(), &|step| eprintln!("… {step}"))?;
    let document = document::seconds()?;
    let page = Report { present: &present, missing: &missing, figures: &figures, extent, document }.to_string();
    println!("{page}");
    if !arguments.quick && !arguments.dry && arguments.only.is_empty() {
        let path = page_path();
        std::fs::write(&path, page).with_context(|| path.display().to_string())?;
        eprintln!("written: {}", path.display());
    }
    Ok(())
}

fn measure_shadowsocks(arguments: &Arguments) -> Result<()> {
    let directory = tempfile::tempdir()?;
    let extent = if arguments.quick {
        shadowsocks::Extent { rounds: 2, bulk: 512 << 20, idle: 200 }
    } else {
        shadowsocks::Extent { rounds: 7, bulk: 1 << 30, idle: 1000 }
    };
    let page = shadowsocks::measure(extent, directory.path(), &|step| eprintln!("… {step}"))?;
    println!("{page}");
    if arguments.quick || arguments.dry { Ok(()) } else { shadowsocks::write(&page) }
}

fn page_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/benchmarks.md")
}

/// Thousands of idle connections need as many descriptors, here and in the processes started from here.
fn raise_file_limit() -> Result<()> {
    const ENOUGH: u64 = 20_000;
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, hard.min(ENOUGH), hard)?;
    Ok(())
}
