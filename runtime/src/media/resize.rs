//! Geometry of pictures: `PIL.Image.resize` bit by bit, and torchvision's rules for the shorter side and the centre.
//!
//! Pillow resizes 8-bit pictures in two passes, each with weights of 22 fractional bits and rounded to 8 bits, and its
//! filters widen when a picture shrinks. torchvision on PIL pictures and transformers' PIL processors call it. The
//! crate `fast_image_resize` keeps weights in 16 bits, so its results differ by a level here and there; hence our own.
//! Sizes come from the caller; nothing here knows files or models.

use super::{MediaError, Picture, area};

/// How a resized pixel is computed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Filter {
    /// The pixel below the centre of the new one.
    Nearest,
    /// Triangle filter of support 1.
    Bilinear,
    /// Cubic convolution with a = -0.5, of support 2.
    Bicubic,
}

/// Fractional bits of a weight: 32, less 8 of the value, less 2 for weights below 0 and above 1.
const PRECISION_BITS: u32 = 32 - 8 - 2;

/// Half of a level.
const HALF: i32 = 1 << (PRECISION_BITS - 1);

/// The weights of one new row or column: of the old ones from `first` on.
struct Taps {
    first: usize,
    weights: Vec<i32>,
}

/// Resizes as `PIL.Image.resize` of Pillow 13 does. Up to version 12 Pillow always went along rows first; now, and
/// here, it goes along columns first where the height shrinks by more than twice what the width does.
///
/// # Errors
/// A size that is 0 or too large, or data that does not fit its sizes.
pub fn resize(picture: &Picture, height: usize, width: usize, filter: Filter) -> Result<Picture, MediaError> {
    picture.admit()?;
    area(height, width)?;
    if (height, width) == (picture.height, picture.width) {
        return Ok(picture.clone());
    }
    if filter == Filter::Nearest {
        return Ok(nearest(picture, height, width));
    }
    let shrinks = |from: usize, to: usize| from as i64 - to as i64;
    let (rows, columns) = (shrinks(picture.height, height), shrinks(picture.width, width));
    if rows > 0 && rows > columns * 2 {
        // The columns' pass first; the height surely changes.
        let tall = vertical(picture, height, filter);
        return Ok(if tall.width == width { tall } else { horizontal(&tall, width, filter) });
    }
    if picture.width == width {
        return Ok(vertical(picture, height, filter));
    }
    let wide = horizontal(picture, width, filter);
    Ok(if wide.height == height { wide } else { vertical(&wide, height, filter) })
}

/// Resizes so that the shorter side is `edge`, the longer one `int(edge * long / short)`: torchvision's `Resize(edge)`
/// and transformers' `shortest_edge`.
///
/// # Errors
/// As [`resize`].
pub fn shortest(picture: &Picture, edge: usize, filter: Filter) -> Result<Picture, MediaError> {
    picture.admit()?;
    let (short, long) = (picture.height.min(picture.width), picture.height.max(picture.width));
    let other = (edge as f64 * long as f64 / short as f64) as usize;
    if picture.width <= picture.height {
        resize(picture, other, edge, filter)
    } else {
        resize(picture, edge, other, filter)
    }
}

/// The centre of the picture, as torchvision's `center_crop`: an odd rest is split to the nearest even number (of 3 rows
/// 2 go at the top, of 5 also 2); a side that is too short is filled with 0, the odd rest at the end.
///
/// # Errors
/// A size that is 0 or too large, or data that does not fit its sizes.
pub fn crop(picture: &Picture, height: usize, width: usize) -> Result<Picture, MediaError> {
    picture.admit()?;
    let channels = picture.channels;
    let mut data = vec![0u8; area(height, width)? * channels];
    let (from_row, to_row, rows) = centre(picture.height, height);
    let (from_column, to_column, columns) = centre(picture.width, width);
    let old = picture.data.chunks_exact(picture.width * channels).skip(from_row).take(rows);
    let new = data.chunks_exact_mut(width * channels).skip(to_row);
    for (new, old) in new.zip(old) {
        let kept = &old[from_column * channels..(from_column + columns) * channels];
        new[to_column * channels..(to_column + columns) * channels].copy_from_slice(kept);
    }
    Ok(Picture { channels, height, width, data })
}

/// Of one side: what is skipped of the old one, what is left empty of the new one, and what is kept.
fn centre(old: usize, new: usize) -> (usize, usize, usize) {
    if new > old {
        return (0, (new - old) / 2, old);
    }
    // Python's round(x / 2): halves go to the even number.
    let rest = old - new;
    let half = rest / 2;
    let skipped = if rest % 2 == 1 && half % 2 == 1 { half + 1 } else { half };
    (skipped, 0, new)
}

fn nearest(picture: &Picture, height: usize, width: usize) -> Picture {
    // Positions are summed, as Pillow does it: a product would round otherwise.
    let places = |old: usize, new: usize| -> Vec<usize> {
        let step = old as f64 / new as f64;
        let mut at = step * 0.5;
        let mut places = Vec::with_capacity(new);
        for _ in 0..new {
            places.push((at as usize).min(old - 1));
            at += step;
        }
        places
    };
    let channels = picture.channels;
    let columns = places(picture.width, width);
    let mut data = Vec::with_capacity(height * width * channels);
    for row in places(picture.height, height) {
        let row = &picture.data[row * picture.width * channels..][..picture.width * channels];
        for &column in &columns {
            data.extend_from_slice(&row[column * channels..][..channels]);
        }
    }
    Picture { channels, height, width, data }
}

/// The value of a filter at a distance.
fn weight(filter: Filter, distance: f64) -> f64 {
    let x = distance.abs();
    match filter {
        Filter::Bicubic if x < 1.0 => ((-0.5 + 2.0) * x - (-0.5 + 3.0)) * x * x + 1.0,
        Filter::Bicubic if x < 2.0 => (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5,
        Filter::Bilinear | Filter::Nearest if x < 1.0 => 1.0 - x,
        _ => 0.0,
    }
}

/// Pillow's `precompute_coeffs` and `normalize_coeffs_8bpc` for a whole side.
fn taps(old: usize, new: usize, filter: Filter) -> Vec<Taps> {
    let scale = old as f64 / new as f64;
    let filter_scale = scale.max(1.0);
    let support = if filter == Filter::Bicubic { 2.0 * filter_scale } else { filter_scale };
    let inverse = 1.0 / filter_scale;
    let fixed = |weight: f64| {
        let scaled = weight * f64::from(1u32 << PRECISION_BITS);
        (if weight < 0.0 { scaled - 0.5 } else { scaled + 0.5 }) as i32
    };
    let of = |place: usize| {
        let centre = (place as f64 + 0.5) * scale;
        // A cast cuts towards 0 and takes what is below 0 as 0, as Pillow does.
        let first = (centre - support + 0.5) as usize;
        let end = ((centre + support + 0.5) as usize).min(old);
        let weights: Vec<f64> = (first..end).map(|x| weight(filter, (x as f64 - centre + 0.5) * inverse)).collect();
        let sum: f64 = weights.iter().sum();
        let share = |weight: &f64| fixed(if sum == 0.0 { *weight } else { weight / sum });
        Taps { first, weights: weights.iter().map(share).collect() }
    };
    (0..new).map(of).collect()
}

/// A sum of weighted levels as a level.
fn level(sum: i32) -> u8 {
    (sum >> PRECISION_BITS).clamp(0, 255) as u8
}

/// Adds a weighted level; like Pillow's `int` it cannot overflow with weights that sum to 1.
fn add(sum: &mut i32, value: u8, weight: i32) {
    *sum = sum.wrapping_add(i32::from(value).wrapping_mul(weight));
}

fn horizontal(picture: &Picture, width: usize, filter: Filter) -> Picture {
    let channels = picture.channels;
    let taps = taps(picture.width, width, filter);
    let mut data = Vec::with_capacity(picture.height * width * channels);
    for row in picture.data.chunks_exact(picture.width * channels) {
        for tap in &taps {
            let mut sums = [HALF; 4];
            let pixels = row[tap.first * channels..].chunks_exact(channels);
            for (pixel, weight) in pixels.zip(&tap.weights) {
                for (sum, value) in sums.iter_mut().zip(pixel) {
                    add(sum, *value, *weight);
                }
            }
            data.extend(sums[..channels].iter().map(|sum| level(*sum)));
        }
    }
    Picture { width, data, ..*picture }
}

fn vertical(picture: &Picture, height: usize, filter: Filter) -> Picture {
    let row_length = picture.width * picture.channels;
    let mut data = Vec::with_capacity(height * row_length);
    let mut sums = vec![HALF; row_length];
    for tap in taps(picture.height, height, filter) {
        sums.fill(HALF);
        let rows = picture.data[tap.first * row_length..].chunks_exact(row_length);
        for (row, weight) in rows.zip(&tap.weights) {
            for (sum, value) in sums.iter_mut().zip(row) {
                add(sum, *value, *weight);
            }
        }
        data.extend(sums.iter().map(|sum| level(*sum)));
    }
    Picture { height, data, ..*picture }
}
