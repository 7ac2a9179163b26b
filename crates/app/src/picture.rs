//! QR codes in pictures.

use image::ImageReader;

/// Why a picture brings no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PictureError {
    /// It cannot be decoded.
    #[error("the picture cannot be read: PNG and JPEG can")]
    Unreadable,
    /// It has no QR code that can be read.
    #[error("there is no QR code in the picture that can be read")]
    NoCode,
}

/// The largest picture, pixels along an edge: a phone's camera stays below.
const MOST_PIXELS: u32 = 12_000;
/// What decoding a picture may take, bytes.
const MOST_MEMORY: u64 = 512 * 1024 * 1024;

/// Whether bytes are a picture of a kind that is read here.
pub(crate) fn is_picture(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x89PNG\r\n\x1a\n") || bytes.starts_with(b"\xff\xd8\xff")
}

/// The texts of all QR codes in a PNG or JPEG picture, one a line.
pub(crate) fn texts(bytes: &[u8]) -> Result<String, PictureError> {
    let mut reader =
        ImageReader::new(std::io::Cursor::new(bytes)).with_guessed_format().map_err(|_| PictureError::Unreadable)?;
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MOST_PIXELS);
    limits.max_image_height = Some(MOST_PIXELS);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    texts_of(&reader.decode().map_err(|_| PictureError::Unreadable)?.into_luma8())
}

/// The same of a picture that is decoded already, four bytes a pixel.
pub(crate) fn texts_of_pixels(width: u32, height: u32, rgba: Vec<u8>) -> Result<String, PictureError> {
    let picture = image::RgbaImage::from_raw(width, height, rgba).ok_or(PictureError::Unreadable)?;
    texts_of(&image::DynamicImage::from(picture).into_luma8())
}

fn texts_of(grey: &image::GrayImage) -> Result<String, PictureError> {
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let pixels = grey.as_raw();
    let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let found: Vec<String> =
        prepared.detect_grids().into_iter().filter_map(|grid| grid.decode().ok()).map(|(_, text)| text).collect();
    if found.is_empty() { Err(PictureError::NoCode) } else { Ok(found.join("\n")) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use paperwing_link::Secret;

    use super::*;
    use crate::qr;

    /// A PNG of the text's QR code, four pixels a module, with its quiet zone.
    fn picture_of(text: &str) -> Vec<u8> {
        let code = qr(&Secret::new(text)).unwrap();
        let edge = u32::try_from((code.size() + 8) * 4).unwrap();
        let picture = image::GrayImage::from_fn(edge, edge, |x, y| {
            let module = |pixel: u32| (pixel as usize / 4).checked_sub(4);
            let is_dark = module(x).zip(module(y)).is_some_and(|(x, y)| code.is_dark(x, y));
            image::Luma([if is_dark { 0 } else { 255 }])
        });
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn a_shared_qr_code_is_read_back() {
        let link = "socks5://user:pass@proxy.example:1080#Oslo";
        let picture = picture_of(link);
        assert!(is_picture(&picture));
        assert_eq!(texts(&picture), Ok(link.to_owned()));
    }

    #[test]
    fn what_is_no_picture_says_so() {
        assert!(!is_picture(b"socks5://h:1"));
        assert_eq!(texts(b"\x89PNG\r\n\x1a\nnothing"), Err(PictureError::Unreadable));
    }
}
