//! Percent signs, base64 and the dirt that sticks to a pasted link.

use std::borrow::Cow;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::error::{Expected, LinkError, Part};
use crate::proxy::is_deceptive;

/// RFC 3986's unreserved characters stand as they are, all others are encoded.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

const LENIENT: GeneralPurposeConfig = GeneralPurposeConfig::new()
    .with_decode_padding_mode(DecodePaddingMode::Indifferent)
    .with_decode_allow_trailing_bits(true);
const STANDARD: GeneralPurpose = GeneralPurpose::new(&alphabet::STANDARD, LENIENT);
const URL_SAFE: GeneralPurpose = GeneralPurpose::new(&alphabet::URL_SAFE, LENIENT);

/// Takes off what surrounds a link in a message: blanks, invisible characters, one pair of quotes or brackets.
pub(crate) fn tidy(text: &str) -> &str {
    let dirt = |c: char| c.is_whitespace() || is_deceptive(c);
    let trimmed = text.trim_matches(dirt);
    for (open, close) in [('<', '>'), ('"', '"'), ('\'', '\''), ('`', '`'), ('«', '»'), ('“', '”')] {
        if let Some(inner) = trimmed.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)) {
            return inner.trim_matches(dirt);
        }
    }
    trimmed
}

/// Percent-decodes a part. A percent sign that begins no escape stands for itself, a plus too.
pub(crate) fn decode(text: &str, part: Part) -> Result<String, LinkError> {
    if !text.contains('%') {
        return Ok(text.to_owned());
    }
    percent_decode_str(text).decode_utf8().map(Cow::into_owned).map_err(|_| LinkError::new(part, Expected::Utf8))
}

/// Percent-decodes a name, where a broken character is no reason to refuse the link.
pub(crate) fn decode_lossy(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

/// Percent-encodes everything but letters, digits and `-._~`.
pub(crate) fn encode(text: &str) -> impl Iterator<Item = &str> {
    utf8_percent_encode(text, RESERVED)
}

/// Decodes base64 in either alphabet, padded or not, wrapped or not.
pub(crate) fn base64_bytes(text: &str) -> Option<Vec<u8>> {
    let compact: Cow<'_, str> = if text.bytes().any(|b| b.is_ascii_whitespace()) {
        text.split_ascii_whitespace().collect::<String>().into()
    } else {
        text.into()
    };
    if compact.is_empty() {
        return None;
    }
    let url_safe = compact.bytes().any(|b| b == b'-' || b == b'_');
    if url_safe { URL_SAFE.decode(compact.as_bytes()) } else { STANDARD.decode(compact.as_bytes()) }.ok()
}

/// Decodes base64 that must hold text.
pub(crate) fn base64_text(text: &str) -> Option<String> {
    base64_bytes(text).and_then(|bytes| String::from_utf8(bytes).ok())
}

/// Like [`base64_text`], where the text may as well not be base64 at all: refuses what nobody would type.
pub(crate) fn base64_plain_text(text: &str) -> Option<String> {
    base64_text(text).filter(|decoded| !decoded.chars().any(char::is_control))
}

/// Base64 as SIP002 wants it: url-safe, no padding.
pub(crate) fn to_base64_url(text: &str) -> String {
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
}

/// Base64 as most clients read it: standard, padded.
pub(crate) fn to_base64(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

/// Lower-case hex.
pub(crate) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|d| char::from_digit(d.into(), 16)).collect()
}

/// Hex digits in any case, two for each byte.
pub(crate) fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    let digit = |b: u8| char::from(b).to_digit(16).and_then(|d| u8::try_from(d).ok());
    text.as_bytes().chunks_exact(2).map(|pair| Some(digit(pair[0])? << 4 | digit(pair[1])?)).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_pasted_link_loses_what_surrounds_it() {
        for text in [" x ", "\u{FEFF}x\u{200B}\r\n", "<x>", "\"x\"", "`x`", "\u{200E}«x»\u{200F}", "\u{00A0}x"] {
            assert_eq!(tidy(text), "x", "{text:?}");
        }
        assert_eq!(tidy("<x"), "<x");
    }

    #[test]
    fn base64_is_read_in_every_dress() {
        for text in ["PDw/Pz8+Pg==", "PDw/Pz8+Pg", "PDw_Pz8-Pg", "PDw_Pz8-Pg==", "PDw/\r\n Pz8+\nPg=="] {
            assert_eq!(base64_text(text).unwrap(), "<<???>>", "{text}");
        }
        assert_eq!(base64_text(""), None);
        assert_eq!(base64_text("a b!"), None);
        assert_eq!(base64_plain_text("AAAA"), None);
    }

    #[test]
    fn a_percent_sign_alone_stands_for_itself() {
        assert_eq!(decode("50%+%zz%41", Part::Password).unwrap(), "50%+%zzA");
        assert!(decode("%ff", Part::Password).is_err());
    }

    #[test]
    fn hex_goes_both_ways() {
        assert_eq!(from_hex("00fFa5").unwrap(), [0, 255, 165]);
        assert_eq!(to_hex(&[0, 255, 165]), "00ffa5");
        assert!(from_hex("0").is_none() && from_hex("0g").is_none() && from_hex("é").is_none());
    }
}
