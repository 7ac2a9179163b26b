//! `scutil` tells of changes of the system's dynamic store, which follows what is set. It runs until its input closes, so
//! it ends with us, however we end.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use super::bell::Bell;
use crate::setting::DesktopError;
use crate::setting::desktop::Sign;

const PROGRAM: &str = "/usr/sbin/scutil";

#[derive(Debug)]
pub(super) struct Ear {
    bell: Bell,
    scutil: Child,
}

impl Ear {
    #[expect(clippy::unused_async, reason = "other systems' ears take their time to open")]
    pub(super) async fn open(sign: &Sign) -> Result<Self, DesktopError> {
        match sign {
            Sign::Store(pattern) => Self::of(pattern),
            #[cfg(test)]
            Sign::Registry(_) => Err(DesktopError::NotOurs),
        }
    }

    fn of(pattern: &str) -> Result<Self, DesktopError> {
        let trouble = |why: std::io::Error| DesktopError::Program { program: "scutil", why: why.to_string() };
        let mut command = Command::new(PROGRAM);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut scutil = command.spawn().map_err(trouble)?;
        let output = scutil.stdout.take();
        let bell = Bell::default();
        let mut ear = Self { bell, scutil };
        if let Some(input) = &mut ear.scutil.stdin {
            input.write_all(format!("n.add {pattern} pattern\nn.watch\n").as_bytes()).map_err(trouble)?;
        }
        let rope = ear.bell.rope();
        let listen = move || {
            let lines = output.map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok);
            for _ in lines.filter(|line| line.contains("changedKey")).take_while(|_| rope.ring()) {}
        };
        std::thread::Builder::new().name("scutil".to_owned()).spawn(listen).map_err(trouble)?;
        Ok(ear)
    }

    pub(super) async fn changed(&mut self) {
        self.bell.rung().await;
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        drop(self.scutil.stdin.take());
        let _ = self.scutil.kill();
        let _ = self.scutil.wait();
    }
}
