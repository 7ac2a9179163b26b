//! The session's end where nobody sends a signal: its screen goes, or its bus. What stays after that would hold the port
//! and the system's proxy with no window and no tray, and the next login would be told that it runs already.

use std::io;

use crate::desk::{Happening, Teller};

/// Hears when the session is over, and says so.
pub fn on_end(tell: &Teller) {
    tokio::spawn(over("its bus", bus_is_gone(), tell.clone()));
    tokio::spawn(over("its screen", screen_is_gone(), tell.clone()));
}

async fn over(what: &str, gone: impl Future<Output = io::Result<()>>, tell: Teller) {
    match gone.await {
        Ok(()) => {
            tracing::info!(what, "the session is over");
            let _ = tell.send(Happening::Quit);
        }
        // Started where there is none: nothing to hear.
        Err(error) => tracing::info!(what, %error, "the session's end is not heard by"),
    }
}

/// Waits in reads alone: a connection that asked for nothing is sent nothing.
async fn bus_is_gone() -> io::Result<()> {
    let (told, gone) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("session-bus".to_owned()).spawn(move || {
        let done = zbus::blocking::Connection::session().map_err(io::Error::other).map(|bus| {
            let messages = zbus::blocking::MessageIterator::from(&bus);
            messages.take_while(Result::is_ok).for_each(drop);
        });
        told.send(done)
    })?;
    gone.await.map_err(io::Error::other)?
}

async fn screen_is_gone() -> io::Result<()> {
    match std::env::var_os("WAYLAND_DISPLAY").filter(|name| !name.is_empty()) {
        // Not X beside it, which a compositor may end when nobody uses it.
        Some(name) => wayland_is_gone(name.as_ref()).await,
        None => x_is_gone().await,
    }
}

/// A compositor says nothing to whoever asks for nothing.
async fn wayland_is_gone(name: &std::path::Path) -> io::Result<()> {
    let folder = std::env::var_os("XDG_RUNTIME_DIR").unwrap_or_default();
    let screen = tokio::net::UnixStream::connect(std::path::Path::new(&folder).join(name)).await?;
    loop {
        screen.readable().await?;
        match screen.try_read(&mut [0; 64]) {
            Ok(1..) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Ok(0) | Err(_) => return Ok(()),
        }
    }
}

async fn x_is_gone() -> io::Result<()> {
    use x11rb::connection::Connection as _;

    let (told, gone) = tokio::sync::oneshot::channel();
    std::thread::Builder::new().name("session-screen".to_owned()).spawn(move || {
        let done =
            x11rb::connect(None).map_err(io::Error::other).map(|(screen, _)| while screen.wait_for_event().is_ok() {});
        told.send(done)
    })?;
    gone.await.map_err(io::Error::other)?
}
