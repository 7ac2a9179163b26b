//! What the terminal shows.

pub(crate) mod events;
pub(crate) mod json;
pub(crate) mod preview;
pub(crate) mod qr;
pub(crate) mod stages;
pub(crate) mod status;
pub(crate) mod style;
pub(crate) mod table;
pub(crate) mod words;
