//! As much of the `GVariant` serialisation as a change of dconf needs
//! (<https://docs.gtk.org/glib/gvariant-specification-1.0.html>).

/// A value as a `v`: its bytes, a zero, its type.
pub(super) fn variant(value: &[u8], kind: &str) -> Vec<u8> {
    [value, &[0], kind.as_bytes()].concat()
}

/// An `s`.
pub(super) fn string(text: &str) -> Vec<u8> {
    variant(&terminated(text), "s")
}

/// An `i`.
pub(super) fn int32(number: i32) -> Vec<u8> {
    variant(&number.to_le_bytes(), "i")
}

/// A `b`.
pub(super) fn boolean(it: bool) -> Vec<u8> {
    variant(&[u8::from(it)], "b")
}

/// An `as`.
pub(super) fn strings<'a>(texts: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    variant(&array(texts.into_iter().map(terminated), 1), "as")
}

/// An `a{smv}`: what to set to which `v`, and what to unset.
pub(super) fn changes<'a>(changes: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>) -> Vec<u8> {
    array(changes.into_iter().map(|(key, value)| change(key, value)), 8)
}

fn change(key: &str, value: Option<&[u8]>) -> Vec<u8> {
    let mut body = terminated(key);
    let key_end = body.len();
    pad(&mut body, 8);
    if let Some(value) = value {
        body.extend_from_slice(value);
        // A maybe of a size that varies ends with a zero where there is something.
        body.push(0);
    }
    framed(body, &[key_end])
}

fn array(items: impl IntoIterator<Item = Vec<u8>>, alignment: usize) -> Vec<u8> {
    let (mut body, mut ends) = (Vec::new(), Vec::new());
    for item in items {
        pad(&mut body, alignment);
        body.extend_from_slice(&item);
        ends.push(body.len());
    }
    framed(body, &ends)
}

/// Puts the framing offsets behind, in the smallest size that reaches over all.
fn framed(mut body: Vec<u8>, offsets: &[usize]) -> Vec<u8> {
    let fits = |size: &usize| body.len() + offsets.len() * size < 1 << (8 * size);
    let size = [1, 2, 4].into_iter().find(fits).unwrap_or(8);
    for offset in offsets {
        body.extend_from_slice(&offset.to_le_bytes()[..size]);
    }
    body
}

fn terminated(text: &str) -> Vec<u8> {
    [text.as_bytes(), &[0]].concat()
}

fn pad(body: &mut Vec<u8>, alignment: usize) {
    body.resize(body.len().next_multiple_of(alignment), 0);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seen on the bus: `dconf reset /system/proxy/mode`.
    #[test]
    fn a_reset_is_written_as_dconf_writes_it() {
        let wanted = [b"/system/proxy/mode\0\0\0\0\0\0".as_slice(), &[0x13, 0x19]].concat();
        assert_eq!(changes([("/system/proxy/mode", None)]), wanted);
    }

    /// Seen in dconf's own file: the value of `['localhost', '::1']`.
    #[test]
    fn a_list_of_texts_is_written_as_dconf_writes_it() {
        assert_eq!(strings(["localhost", "::1"]), b"localhost\0::1\0\x0a\x0e\0as");
    }

    #[test]
    fn an_empty_list_has_no_bytes() {
        assert_eq!(strings([]), b"\0as");
        assert!(changes([]).is_empty());
    }

    #[test]
    fn what_is_long_has_longer_offsets() {
        let long = "x".repeat(300);
        let written = strings([long.as_str()]);
        assert_eq!(written.len(), 301 + 2 + 3);
        assert_eq!(written[301..303], 301_u16.to_le_bytes());
    }
}
