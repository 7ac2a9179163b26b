//! Passing a proxy on.

use fast_qr::qr::QRBuilder;
use paperwing_link::Secret;
use paperwing_profile::{Entry, Profile};

use crate::{Error, names};

/// A QR code: a square of dark and light modules, without its quiet zone.
#[derive(Clone, Debug)]
pub struct Qr {
    size: usize,
    dark: Vec<bool>,
}

/// The proxy's link with its name and all its secrets. Opens the key where it has any, which may block for seconds.
pub fn link_of(profile: &Profile, name: &str) -> Result<(Entry, Secret), Error> {
    let entry = names::find(profile, name)?;
    let proxy = profile.proxy(entry)?;
    Ok((entry.clone(), proxy.to_link()))
}

/// The text as a QR code.
pub fn qr(text: &Secret) -> Result<Qr, Error> {
    let code = QRBuilder::new(text.reveal()).build().map_err(|_| Error::TooLongForQr)?;
    let size = code.size;
    let dark = (0..size).flat_map(|y| code[y][..size].iter().map(|module| module.value())).collect();
    Ok(Qr { size, dark })
}

// === impl Qr ===

impl Qr {
    /// Modules along an edge.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether a module is dark; outside the square nothing is.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && y < self.size && self.dark[y * self.size + x]
    }
}
