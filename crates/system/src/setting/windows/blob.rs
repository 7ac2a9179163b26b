//! How Windows keeps the setting of one connection: `REG_BINARY`, little-endian, texts with their length before them. Nobody
//! documents it; `ReactOS` and .NET's reference source read it this way. Pure.

/// Of the last known version.
const VERSION: u32 = 0x46;
/// The first version that has what we read. Others are none of ours.
const VERSIONS: std::ops::RangeInclusive<u32> = 0x3c..=0xff;
/// What is behind the texts: when and how a script was found. Empty where nothing was.
const NOTHING_FOUND: usize = 32;

/// One connection's setting. Texts are in the system's code page: their bytes are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Connection {
    version: u32,
    /// Grows with every change; programs look at it to see one.
    counter: u32,
    pub(super) flags: u32,
    pub(super) proxy: Vec<u8>,
    pub(super) bypass: Vec<u8>,
    script: Vec<u8>,
    /// What stands behind it, as it stands there.
    rest: Vec<u8>,
}

impl Default for Connection {
    fn default() -> Self {
        let rest = vec![0; NOTHING_FOUND];
        let [proxy, bypass, script] = [const { Vec::new() }; 3];
        Self { version: VERSION, counter: 0, flags: super::DIRECT, proxy, bypass, script, rest }
    }
}

impl Connection {
    /// `None` where it is something else.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut rest = bytes;
        let version = number(&mut rest).filter(|version| VERSIONS.contains(version))?;
        let (counter, flags) = (number(&mut rest)?, number(&mut rest)?);
        let (proxy, bypass, script) = (text(&mut rest)?, text(&mut rest)?, text(&mut rest)?);
        Some(Self { version, counter, flags, proxy, bypass, script, rest: rest.to_vec() })
    }

    /// As another change after the one that was decoded.
    pub(super) fn encode_changed(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for number in [self.version, self.counter.wrapping_add(1), self.flags] {
            bytes.extend(number.to_le_bytes());
        }
        for text in [&self.proxy, &self.bypass, &self.script] {
            // Far shorter: it came from a list that somebody typed.
            bytes.extend(u32::try_from(text.len()).unwrap_or_default().to_le_bytes());
            bytes.extend(text);
        }
        bytes.extend(&self.rest);
        bytes
    }
}

fn number(rest: &mut &[u8]) -> Option<u32> {
    let (number, behind) = rest.split_first_chunk()?;
    *rest = behind;
    Some(u32::from_le_bytes(*number))
}

fn text(rest: &mut &[u8]) -> Option<Vec<u8>> {
    let length = usize::try_from(number(rest)?).ok()?;
    let (text, behind) = rest.split_at_checked(length)?;
    *rest = behind;
    Some(text.to_vec())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As Windows 10 lays out `DefaultConnectionSettings` with a proxy, an exception and "detect settings" on.
    pub(in super::super) const LAID_OUT: &[u8] = b"\x46\0\0\0\x05\0\0\0\x0b\0\0\0\x0f\0\0\x0010.0.0.138:8080\
        \x07\0\0\0<local>\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";

    #[test]
    fn what_windows_wrote_is_read_and_comes_out_as_it_was_but_for_the_counter() {
        let connection = Connection::decode(LAID_OUT);
        let read = connection.as_ref().map(|it| (it.flags, &it.proxy[..], &it.bypass[..], it.counter));
        assert_eq!(read, Some((11, &b"10.0.0.138:8080"[..], &b"<local>"[..], 5)));
        let mut wanted = LAID_OUT.to_vec();
        wanted[4] = 6;
        assert_eq!(connection.map(|it| it.encode_changed()), Some(wanted));
    }

    #[test]
    fn a_new_one_can_be_read_again() {
        let new = Connection { flags: 3, proxy: b"127.0.0.1:1080".to_vec(), ..Connection::default() };
        let read = Connection::decode(&new.encode_changed());
        assert_eq!(read, Some(Connection { counter: 1, ..new }));
    }

    #[test]
    fn anything_else_is_left_alone() {
        for length in 0..LAID_OUT.len() - 36 {
            assert_eq!(Connection::decode(&LAID_OUT[..length]), None);
        }
        let winhttp = b"\x28\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        assert_eq!(Connection::decode(winhttp), None);
        assert_eq!(Connection::decode(&[0x46; 64]), None);
    }
}
