//! `paperwing completions` and `paperwing man`.

use std::io::{self, Write};

use clap::CommandFactory;

use super::Done;
use crate::args::{Completions, Man, Paperwing};
use crate::exit::Exit;

pub(super) fn completions(args: &Completions) -> Done {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Paperwing::command(), "paperwing", &mut script);
    Ok(print(&script)?)
}

pub(super) fn man(args: &Man) -> Done {
    match &args.out {
        None => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Paperwing::command()).render(&mut page)?;
            Ok(print(&page)?)
        }
        Some(dir) => {
            let failed = |error: io::Error| Exit::World(format!("{}: cannot be written: {error}", dir.display()));
            std::fs::create_dir_all(dir).map_err(failed)?;
            clap_mangen::generate_to(Paperwing::command(), dir).map_err(failed)
        }
    }
}

fn print(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}
