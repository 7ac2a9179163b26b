//! Reads the file that dconf keeps a person's settings in: a GVDB table (`gvdb-format.h` of `GLib`). Total: any bytes in; a
//! table comes out, or the word that it is none.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

const HEADER: usize = 24;
const ITEM: usize = 24;
const NO_PARENT: usize = 0xffff_ffff;
/// Kinds of items.
const VALUE: u8 = b'v';
const TABLE: u8 = b'H';
/// The table in which the keys are paths that are locked.
const LOCKS: &str = ".locks";
/// Paths of settings are shorter; a loop of parents is longer.
const DEEPEST: usize = 64;

/// The bytes are no such table, or one of a machine with another byte order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoTable;

/// Every value of the table by its path, each as a serialised `v`. Only set keys are in it.
pub(super) fn read(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>, NoTable> {
    let items = root(bytes)?;
    let mut values = BTreeMap::new();
    for item in of_kind(items, VALUE) {
        values.insert(path(bytes, items, item)?, pointed_at(bytes, item, 16)?.to_owned());
    }
    Ok(values)
}

/// The paths that the table locks for everybody, as an administrator's may.
pub(super) fn locks(bytes: &[u8]) -> Result<BTreeSet<String>, NoTable> {
    let root = root(bytes)?;
    let mut locks = BTreeSet::new();
    for table in of_kind(root, TABLE) {
        if path(bytes, root, table)? != LOCKS {
            continue;
        }
        let items = items(pointed_at(bytes, table, 16)?)?;
        for item in of_kind(items, VALUE) {
            locks.insert(path(bytes, items, item)?);
        }
    }
    Ok(locks)
}

/// The items of the table that holds all.
fn root(bytes: &[u8]) -> Result<&[u8], NoTable> {
    // dconf leaves an empty file where there is nothing.
    if bytes.is_empty() {
        return Ok(&[]);
    }
    if bytes.get(..16) != Some(b"GVariant\0\0\0\0\0\0\0\0") {
        return Err(NoTable);
    }
    items(pointed_at(bytes, bytes, 16)?)
}

fn of_kind(items: &[u8], kind: u8) -> impl Iterator<Item = &[u8]> {
    items.chunks_exact(ITEM).filter(move |item| item[14] == kind)
}

fn items(table: &[u8]) -> Result<&[u8], NoTable> {
    if table.is_empty() {
        return Ok(&[]);
    }
    let bloom_words = number(table, 0)? & 0x07ff_ffff;
    let buckets = number(table, 4)?;
    table.get(8 + 4 * (bloom_words + buckets)..).ok_or(NoTable)
}

/// An item knows the end of its path, and which item knows what comes before.
fn path(bytes: &[u8], items: &[u8], item: &[u8]) -> Result<String, NoTable> {
    let mut parts = Vec::new();
    let mut item = item;
    for _ in 0..DEEPEST {
        let start = number(item, 8)?;
        let size = usize::from(u16::from_le_bytes([item[12], item[13]]));
        let part = bytes.get(start..start + size).ok_or(NoTable)?;
        parts.push(std::str::from_utf8(part).map_err(|_| NoTable)?);
        let parent = number(item, 4)?;
        if parent == NO_PARENT {
            return Ok(parts.into_iter().rev().collect());
        }
        item = items.get(parent * ITEM..(parent + 1) * ITEM).ok_or(NoTable)?;
    }
    Err(NoTable)
}

/// What a pointer leads to that stands somewhere.
fn pointed_at<'a>(bytes: &'a [u8], stands_in: &[u8], at: usize) -> Result<&'a [u8], NoTable> {
    bytes.get(range(stands_in, at)?).ok_or(NoTable)
}

/// A pointer: where it begins, where it ends.
fn range(bytes: &[u8], at: usize) -> Result<Range<usize>, NoTable> {
    Ok(number(bytes, at)?..number(bytes, at + 4)?)
}

fn number(bytes: &[u8], at: usize) -> Result<usize, NoTable> {
    let word = bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).ok_or(NoTable)?;
    usize::try_from(u32::from_le_bytes(word)).map_err(|_| NoTable)
}

const _: () = assert!(HEADER == ITEM, "the header is as long as an item");

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// Written by dconf: `[system/proxy/socks] port=1080, host='127.0.0.1'`, `[system/proxy]
    /// ignore-hosts=['localhost', '::1']`, `[system/proxy/http] use-authentication=true` and `[foo] bar=<1>`.
    const FILE: &[u8] = include_bytes!("dconf-user.bin");

    /// Written by dconf, as an administrator's: `[system/proxy] mode='none'`, and locks on `/system/proxy/mode` and
    /// `/system/proxy/socks/host`.
    const LOCKING: &[u8] = include_bytes!("dconf-site.bin");

    #[test]
    fn what_an_administrator_locked_is_read() {
        let values: Vec<_> = read(LOCKING).unwrap().into_iter().collect();
        assert_eq!(values, [("/system/proxy/mode".to_owned(), b"none\0\0s".to_vec())]);
        let locks: Vec<_> = locks(LOCKING).unwrap().into_iter().collect();
        assert_eq!(locks, ["/system/proxy/mode", "/system/proxy/socks/host"]);
    }

    #[test]
    fn what_dconf_wrote_is_read() {
        let values = read(FILE).unwrap();
        let shown: Vec<_> = values.iter().map(|(path, value)| (path.as_str(), value.as_slice())).collect();
        assert_eq!(
            shown,
            [
                ("/foo/bar", b"\x01\0\0\0\0i\0v".as_slice()),
                ("/system/proxy/http/use-authentication", b"\x01\0b"),
                ("/system/proxy/ignore-hosts", b"localhost\0::1\0\x0a\x0e\0as"),
                ("/system/proxy/socks/host", b"127.0.0.1\0\0s"),
                ("/system/proxy/socks/port", b"\x38\x04\0\0\0i"),
            ]
        );
    }

    #[test]
    fn an_empty_file_is_an_empty_table_and_rubbish_is_none() {
        assert_eq!(read(b""), Ok(BTreeMap::new()));
        assert_eq!(read(b"rubbish that is longer than a header is"), Err(NoTable));
        assert_eq!(locks(FILE), Ok(BTreeSet::new()));
    }

    #[test]
    fn no_cut_and_no_changed_byte_is_more_than_an_error() {
        for file in [FILE, LOCKING] {
            for end in 0..file.len() {
                let _ = (read(&file[..end]), locks(&file[..end]));
            }
            for at in 0..file.len() {
                for byte in [0, 0xff, file[at] ^ 1, file[at] ^ 0x80] {
                    let mut changed = file.to_owned();
                    changed[at] = byte;
                    let _ = (read(&changed), locks(&changed));
                }
            }
        }
    }
}
