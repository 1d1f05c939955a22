//! Levels of a picture become floats: channels apart, divided, shifted and scaled, in 32-bit floats as torch does.
//!
//! Knows no files; the divisor, means and deviations come from the caller.

use super::{MediaError, Picture, Planes};

/// The picture as `[channels, height, width]`, values 0 to 255 as they are.
///
/// # Errors
/// Data that does not fit its sizes.
pub fn to_planes(picture: &Picture) -> Result<Planes, MediaError> {
    picture.admit()?;
    let channels = picture.channels;
    let mut data = Vec::with_capacity(picture.data.len());
    for channel in 0..channels {
        data.extend(picture.data.iter().skip(channel).step_by(channels).map(|value| f32::from(*value)));
    }
    Ok(Planes { shape: vec![channels, picture.height, picture.width], data })
}

/// Divides every value; with 255 as torchvision's `ToTensor` and transformers' rescaling do.
///
/// # Errors
/// A divisor that is 0 or no finite number.
pub fn rescale(planes: &mut Planes, divisor: f64) -> Result<(), MediaError> {
    if divisor == 0.0 || !divisor.is_finite() {
        let message = format!("Values cannot be divided by {divisor}.");
        return Err(MediaError::new(message, "Divide by a number that is not 0, such as 255."));
    }
    for value in &mut planes.data {
        *value = (f64::from(*value) / divisor) as f32;
    }
    Ok(())
}

/// Subtracts a mean and divides by a deviation: one of each for all channels, or one for each channel. Computed in
/// 32-bit floats, as torchvision's `Normalize`.
///
/// # Errors
/// Planes that are no picture, another number of means or deviations, a deviation that is 0 or not finite.
pub fn normalise(planes: &mut Planes, mean: &[f64], std: &[f64]) -> Result<(), MediaError> {
    let &[channels, height, width] = planes.shape.as_slice() else {
        return Err(MediaError::new("Only a picture has means and deviations.", "Use `standardise` for a recording."));
    };
    for values in [mean, std] {
        if values.len() != 1 && values.len() != channels {
            let message = format!("There are {} numbers for {channels} channels.", values.len());
            return Err(MediaError::new(message, "Give one number, or one for each channel."));
        }
    }
    if mean.iter().any(|mean| !mean.is_finite()) || std.iter().any(|std| *std as f32 == 0.0 || !std.is_finite()) {
        let message = "A mean or deviation is not finite, or a deviation is 0.";
        return Err(MediaError::new(message, "Give finite means, and deviations that are not 0."));
    }
    let plane = height.saturating_mul(width);
    if plane == 0 || planes.data.len() != channels.saturating_mul(plane) {
        return Err(MediaError::new("The picture's data does not fit its sizes.", "Decode the picture again."));
    }
    let of = |values: &[f64], channel: usize| values[if values.len() == 1 { 0 } else { channel }] as f32;
    for (channel, plane) in planes.data.chunks_exact_mut(plane).enumerate() {
        let (mean, std) = (of(mean, channel), of(std, channel));
        for value in plane {
            *value = (*value - mean) / std;
        }
    }
    Ok(())
}
