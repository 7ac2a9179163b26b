//! The registry tells of changes of a key and those below it. A thread waits for that; nothing wakes it otherwise, and after
//! the [`Ear`] is dropped the next change ends it.

use paperwing_wininet::Notice;
use windows_registry::{CURRENT_USER, Key};

use super::bell::{Bell, Rope};
use crate::setting::DesktopError;
use crate::setting::desktop::Sign;

#[derive(Debug)]
pub(super) struct Ear {
    bell: Bell,
}

impl Ear {
    #[expect(clippy::unused_async, reason = "other systems' ears take their time to open")]
    pub(super) async fn open(sign: &Sign) -> Result<Self, DesktopError> {
        let Sign::Registry(path) = sign;
        let trouble = |why: std::io::Error| DesktopError::Program { program: "the registry", why: why.to_string() };
        let key = CURRENT_USER.open(path).map_err(|error| trouble(error.into()))?;
        let notice = Notice::new().map_err(trouble)?;
        let bell = Bell::default();
        let rope = bell.rope();
        std::thread::Builder::new()
            .name("registry".to_owned())
            .spawn(move || listen(&notice, &key, &rope))
            .map_err(trouble)?;
        Ok(Self { bell })
    }

    pub(super) async fn changed(&mut self) {
        self.bell.rung().await;
    }
}

fn listen(notice: &Notice, key: &Key, rope: &Rope) {
    // Asked for before the bell rings: what changes while somebody looks is heard too.
    while notice.ask(key).is_ok() && rope.ring() && notice.wait().is_ok() {}
}
