//! Decodes PNG, JPEG and BMP files, told by content, to the levels that `PIL.Image.open(file).convert(mode)` gives;
//! the steps on pictures are named here too.
//!
//! As there, alpha is dropped, and neither rotation (EXIF) nor colour profile nor gamma is applied. PNG and BMP are equal
//! to the last bit. JPEG is not: the inverse cosine transform and the colour conversion of `zune-jpeg` round otherwise
//! than libjpeg-turbo, and it reads one column too far where colours are stored at half width.

pub use super::planes::{normalise, rescale, to_planes};
pub use super::resize::{Filter, crop, resize, shortest};
pub use super::{MediaError, MediaLimits, Picture, Planes};

use super::{MAX_SIDE, guarded, jpeg, word};
use image::codecs::bmp::BmpDecoder;
use image::codecs::jpeg::JpegDecoder;
use image::codecs::png::PngDecoder;
use image::{ColorType, ImageDecoder, Limits};
use std::io::Cursor;

/// The channels of a decoded picture.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    /// Red, green, blue; a grey picture gives three equal ones.
    Rgb,
    /// One channel: ITU-R 601-2 luma with Pillow's weights, 19595, 38470 and 7471 of 65536.
    Grey,
}

/// The most bytes that a byte of deflate can stand for.
const DEFLATE_RATIO: u64 = 1032;

/// First bytes of the formats.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";
const BMP: &[u8] = b"BM";

/// Decodes a picture. Of 16 bits the higher 8 are kept; of a grey PNG without alpha, values above 255 become 255: both
/// are Pillow's conversions.
///
/// # Errors
/// Bytes that are no whole PNG, JPEG or BMP file, a picture beyond the limits, and kinds that are read otherwise by
/// Pillow: JPEG in CMYK, RGB, 12 bits, lossless or arithmetic coding; BMP of 2 or 16 bits or run lengths.
pub fn decode(bytes: &[u8], mode: Mode, limits: &MediaLimits) -> Result<Picture, MediaError> {
    limits.admit(bytes)?;
    if bytes.starts_with(PNG) {
        guarded("PNG", || png(bytes, mode, limits))
    } else if bytes.starts_with(JPEG) {
        guarded("JPEG", || {
            let frame = jpeg::inspect(bytes)?;
            bounds("JPEG", (frame.width, frame.height), bytes, limits)?;
            let decoder = JpegDecoder::new(Cursor::new(bytes)).map_err(|e| failed("JPEG", &e))?;
            levels("JPEG", decoder, bytes, limits)?.picture(mode, high_byte)
        })
    } else if bytes.starts_with(BMP) {
        guarded("BMP", || {
            bmp_header(bytes)?;
            let decoder = BmpDecoder::new(Cursor::new(bytes)).map_err(|e| failed("BMP", &e))?;
            levels("BMP", decoder, bytes, limits)?.picture(mode, high_byte)
        })
    } else {
        Err(MediaError::new("The file is neither a PNG nor a JPEG nor a BMP file.", "Save the picture as PNG."))
    }
}

/// Whether a file that begins so is one that [`decode`] reads.
pub fn is_picture(begin: &[u8]) -> bool {
    [PNG, JPEG, BMP].iter().any(|mark| begin.starts_with(mark))
}

fn png(bytes: &[u8], mode: Mode, limits: &MediaLimits) -> Result<Picture, MediaError> {
    let cut = || MediaError::malformed("PNG", "it has no header");
    if word::<4>(bytes, 12) != Some(*b"IHDR") {
        return Err(cut());
    }
    let size = |at| word(bytes, at).map(u32::from_be_bytes).ok_or_else(cut);
    let [depth, colour]: [u8; 2] = word(bytes, 24).ok_or_else(cut)?;
    let bounds = bounds("PNG", (size(16)?, size(20)?), bytes, limits)?;
    let decoder = PngDecoder::with_limits(Cursor::new(bytes), bounds).map_err(|e| failed("PNG", &e))?;
    let narrow: fn(u16) -> u8 = if (depth, colour) == (16, 0) { saturated } else { high_byte };
    levels("PNG", decoder, bytes, limits)?.picture(mode, narrow)
}

/// Refuses what Pillow reads otherwise than the decoder: 16 bits scale otherwise, run lengths may leave gaps.
fn bmp_header(bytes: &[u8]) -> Result<(), MediaError> {
    let cut = || MediaError::malformed("BMP", "it ends in its header");
    let old = word(bytes, 14).map(u32::from_le_bytes).ok_or_else(cut)? == 12;
    let depth = word(bytes, if old { 24 } else { 28 }).map(u16::from_le_bytes).ok_or_else(cut)?;
    let compression = if old { 0 } else { word(bytes, 30).map(u32::from_le_bytes).ok_or_else(cut)? };
    if !matches!(depth, 1 | 4 | 8 | 24 | 32) || !matches!(compression, 0 | 3 | 6) {
        let message = format!("The BMP file has {depth} bits and compression {compression}, which are not read.");
        return Err(MediaError::new(message, "Save the picture as PNG."));
    }
    Ok(())
}

/// The bounds of a decoder for a picture of these sides, which were read from the file and are not trusted.
fn bounds(kind: &str, sides: (u32, u32), bytes: &[u8], limits: &MediaLimits) -> Result<Limits, MediaError> {
    let (width, height) = sides;
    let pixels = u64::from(width) * u64::from(height);
    if pixels == 0 {
        return Err(MediaError::malformed(kind, "it has no pixels"));
    }
    if pixels > limits.pixels || u64::from(width.max(height)) > MAX_SIDE as u64 {
        let message = format!("The picture has {height} rows of {width} pixels.");
        let mend = format!("Use at most {} pixels, and {MAX_SIDE} on a side.", limits.pixels);
        return Err(MediaError::new(message, mend));
    }
    // Pixels of one bit in the densest deflate stream.
    if pixels > (bytes.len() as u64).saturating_mul(8 * DEFLATE_RATIO) {
        let why = format!("{} bytes cannot hold {height} rows of {width} pixels", bytes.len());
        return Err(MediaError::malformed(kind, why));
    }
    let mut bounds = Limits::no_limits();
    bounds.max_image_width = Some(width);
    bounds.max_image_height = Some(height);
    bounds.max_alloc = Some(pixels.saturating_mul(16).saturating_add(64 << 20));
    Ok(bounds)
}

fn failed(kind: &str, error: &image::ImageError) -> MediaError {
    MediaError::malformed(kind, error.to_string().escape_default())
}

/// A picture as its decoder gives it.
struct Levels {
    width: usize,
    height: usize,
    colour: ColorType,
    data: Vec<u8>,
}

fn levels(
    kind: &str,
    mut decoder: impl ImageDecoder,
    bytes: &[u8],
    limits: &MediaLimits,
) -> Result<Levels, MediaError> {
    let (width, height) = decoder.dimensions();
    let bounds = bounds(kind, (width, height), bytes, limits)?;
    decoder.set_limits(bounds).map_err(|e| failed(kind, &e))?;
    let colour = decoder.color_type();
    let size = u64::from(width) * u64::from(height) * u64::from(colour.bytes_per_pixel());
    let mut data = vec![0u8; usize::try_from(size).map_err(|_| MediaError::malformed(kind, "it is too large"))?];
    decoder.read_image(&mut data).map_err(|e| failed(kind, &e))?;
    Ok(Levels { width: width as usize, height: height as usize, colour, data })
}

impl Levels {
    /// Drops alpha and the lower bits, and makes grey or colour of it.
    fn picture(self, mode: Mode, narrow: fn(u16) -> u8) -> Result<Picture, MediaError> {
        let (stride, grey, deep) = match self.colour {
            ColorType::L8 => (1, true, false),
            ColorType::La8 => (2, true, false),
            ColorType::Rgb8 => (3, false, false),
            ColorType::Rgba8 => (4, false, false),
            ColorType::L16 => (1, true, true),
            ColorType::La16 => (2, true, true),
            ColorType::Rgb16 => (3, false, true),
            ColorType::Rgba16 => (4, false, true),
            other => {
                let message = format!("Pictures of the kind {other:?} are not read.");
                return Err(MediaError::new(message, "Save the picture as PNG."));
            }
        };
        let data: Vec<u8> = if deep {
            self.data.chunks_exact(2).map(|pair| narrow(u16::from_ne_bytes([pair[0], pair[1]]))).collect()
        } else {
            self.data
        };
        let pixels = data.chunks_exact(stride);
        let data: Vec<u8> = match (grey, mode) {
            (true, Mode::Grey) if stride == 1 => data,
            (true, Mode::Grey) => pixels.map(|pixel| pixel[0]).collect(),
            (true, Mode::Rgb) => pixels.flat_map(|pixel| [pixel[0]; 3]).collect(),
            (false, Mode::Rgb) if stride == 3 => data,
            (false, Mode::Rgb) => pixels.flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
            (false, Mode::Grey) => pixels.map(luma).collect(),
        };
        let channels = if mode == Mode::Rgb { 3 } else { 1 };
        Ok(Picture { channels, height: self.height, width: self.width, data })
    }
}

/// Pillow's `L24`.
fn luma(pixel: &[u8]) -> u8 {
    let [red, green, blue] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16) as u8
}

fn high_byte(value: u16) -> u8 {
    (value >> 8) as u8
}

fn saturated(value: u16) -> u8 {
    value.min(255) as u8
}
