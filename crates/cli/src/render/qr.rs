//! A QR code in a terminal: two modules in one character.

use paperwing_app::Qr;

/// The quiet zone that the standard asks for, modules (ISO/IEC 18004, 5.3.8).
const QUIET: usize = 4;

/// The lines, light on dark as most terminals are; readers take it either way round.
pub(crate) fn lines(qr: &Qr) -> Vec<String> {
    let edge = qr.size() + 2 * QUIET;
    let is_light = |x: usize, y: usize| match (x.checked_sub(QUIET), y.checked_sub(QUIET)) {
        (Some(x), Some(y)) => !qr.is_dark(x, y),
        _ => true,
    };
    let character = |x: usize, y: usize| match (is_light(x, y), y + 1 < edge && is_light(x, y + 1)) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    };
    (0..edge).step_by(2).map(|y| (0..edge).map(|x| character(x, y)).collect()).collect()
}

#[cfg(test)]
mod tests {
    use paperwing_app::link::Secret;

    use super::*;

    #[test]
    fn the_code_is_square_and_has_its_quiet_zone() {
        let Ok(qr) = paperwing_app::qr(&Secret::new("socks5://h:1")) else { panic!() };
        let lines = lines(&qr);
        let edge = qr.size() + 8;
        assert_eq!(lines.len(), edge.div_ceil(2));
        assert!(lines.iter().all(|line| line.chars().count() == edge));
        assert!(lines[0].chars().all(|c| c == '█') && lines[1].chars().all(|c| c == '█'));
        // The finder pattern's corner: dark above dark, after four light ones.
        assert!(lines[2].starts_with("████ "), "{}", lines[2]);
    }
}
