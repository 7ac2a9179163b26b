//! The calls.
#![allow(unsafe_code)]

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr::null;

use windows_registry::Key;
use windows_sys::Win32::Foundation::{ERROR_SUCCESS, WAIT_OBJECT_0};
use windows_sys::Win32::Networking::WinInet::{
    INTERNET_OPTION_REFRESH, INTERNET_OPTION_SETTINGS_CHANGED, InternetSetOptionW,
};
use windows_sys::Win32::System::Registry::{
    REG_NOTIFY_CHANGE_LAST_SET, REG_NOTIFY_CHANGE_NAME, REG_NOTIFY_THREAD_AGNOSTIC, RegNotifyChangeKeyValue,
};
use windows_sys::Win32::System::Threading::{CreateEventW, INFINITE, WaitForSingleObject};

/// Makes running programs that use `WinINet` read the proxy setting again.
pub fn tell_programs() -> io::Result<()> {
    let told = set_option(INTERNET_OPTION_SETTINGS_CHANGED);
    // That one is for this process alone, and Wine refuses it without a handle.
    let _ = set_option(INTERNET_OPTION_REFRESH);
    told
}

/// For options that have no value.
fn set_option(option: u32) -> io::Result<()> {
    // SAFETY: no handle and no buffer are given, which null and a length of 0 say; nothing else is a pointer.
    let done = unsafe { InternetSetOptionW(null(), option, null(), 0) };
    if done == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Word of a change in the registry.
#[derive(Debug)]
pub struct Notice {
    event: OwnedHandle,
}

impl Notice {
    /// Asks for nothing yet.
    pub fn new() -> io::Result<Self> {
        // SAFETY: no attributes and no name are given, which null says; nothing else is a pointer.
        let event = unsafe { CreateEventW(null(), 0, 0, null()) };
        if event.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the event was just made, is not null, and nobody else has it.
        Ok(Self { event: unsafe { OwnedHandle::from_raw_handle(event) } })
    }

    /// Asks for word of the next change of a key's values, or of those below it.
    pub fn ask(&self, key: &Key) -> io::Result<()> {
        let changes = REG_NOTIFY_CHANGE_NAME | REG_NOTIFY_CHANGE_LAST_SET | REG_NOTIFY_THREAD_AGNOSTIC;
        // SAFETY: both handles are borrowed from their owners, so they are open. The system keeps a reference of its own to
        // the event, and needs neither handle once this has returned.
        let error = unsafe { RegNotifyChangeKeyValue(key.as_raw(), 1, changes, self.event.as_raw_handle(), 1) };
        if error == ERROR_SUCCESS { Ok(()) } else { Err(io::Error::from_raw_os_error(error.cast_signed())) }
    }

    /// Waits for what was asked for.
    pub fn wait(&self) -> io::Result<()> {
        // SAFETY: the handle is borrowed from its owner, so it is open for as long as this waits.
        let woken_by = unsafe { WaitForSingleObject(self.event.as_raw_handle(), INFINITE) };
        if woken_by == WAIT_OBJECT_0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}
