//! Pictures and recordings, step by step, against Pillow, torchvision, transformers, soundfile and torchaudio
//! (`tests/media/goldens.py`), and files that lie, end early or were damaged.

use crate::mutate::{self, rounds};
use lmstd_runtime::media::picture::{self, Filter, Mode, Picture};
use lmstd_runtime::media::sound::{self, Sound};
use lmstd_runtime::media::{MediaError, MediaLimits, Planes};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/media")
}

fn file(name: &str) -> Vec<u8> {
    std::fs::read(folder().join(name)).unwrap()
}

struct Goldens(HashMap<String, candle_core::Tensor>);

impl Goldens {
    fn new() -> Self {
        let path = folder().join("goldens.safetensors");
        Goldens(candle_core::safetensors::load(path, &candle_core::Device::Cpu).unwrap())
    }

    /// The names that start with a prefix and a dot, split at dots.
    fn named(&self, prefix: &str) -> Vec<(String, Vec<String>)> {
        let of = |name: &String| (name.clone(), name.split('.').map(str::to_string).collect::<Vec<_>>());
        let mut names: Vec<_> = self.0.keys().map(of).filter(|(_, parts)| parts[0] == prefix).collect();
        names.sort();
        assert!(!names.is_empty(), "{prefix}");
        names
    }

    fn levels(&self, name: &str) -> (Vec<usize>, Vec<u8>) {
        let tensor = &self.0[name];
        (tensor.dims().to_vec(), tensor.flatten_all().unwrap().to_vec1().unwrap())
    }

    fn floats(&self, name: &str) -> (Vec<usize>, Vec<f32>) {
        let tensor = &self.0[name];
        (tensor.dims().to_vec(), tensor.flatten_all().unwrap().to_vec1().unwrap())
    }
}

fn decoded(name: &str, mode: Mode) -> Picture {
    picture::decode(&file(name), mode, &MediaLimits::default()).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn heard(name: &str) -> Sound {
    sound::decode(&file(name), &MediaLimits::default()).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The picture as the goldens have it: `[height, width]` and three channels or none.
fn shape(picture: &Picture) -> Vec<usize> {
    let mut shape = vec![picture.height, picture.width];
    if picture.channels > 1 {
        shape.push(picture.channels);
    }
    shape
}

/// The largest difference of a level.
fn apart(picture: &Picture, golden: &(Vec<usize>, Vec<u8>)) -> u8 {
    assert_eq!((shape(picture), picture.data.len()), (golden.0.clone(), golden.1.len()));
    picture.data.iter().zip(&golden.1).map(|(a, b)| a.abs_diff(*b)).max().unwrap()
}

#[track_caller]
fn close(found: &[f32], golden: &[f32], tolerance: f32) {
    assert_eq!(found.len(), golden.len());
    let worst = found.iter().zip(golden).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(
        found.iter().all(|value| value.is_finite()) && worst <= tolerance,
        "{worst:e} apart, allowed {tolerance:e}"
    );
}

#[track_caller]
fn refused<T>(result: Result<T, MediaError>, part: &str) {
    match result {
        Ok(_) => panic!("accepted, where `{part}` was expected"),
        Err(error) => assert!(error.message.contains(part) && !error.mend.is_empty(), "{error}"),
    }
}

#[test]
fn png_and_bmp_are_decoded_as_by_pillow() {
    let goldens = Goldens::new();
    for name in [
        "colour.png",
        "grey.png",
        "bits.png",
        "palette.png",
        "alpha.png",
        "grey-alpha.png",
        "deep-colour.png",
        "deep-alpha.png",
        "deep-grey.png",
        "colour.bmp",
        "palette.bmp",
    ] {
        assert_eq!(apart(&decoded(name, Mode::Rgb), &goldens.levels(&format!("{name}.rgb"))), 0, "{name}");
        assert_eq!(apart(&decoded(name, Mode::Grey), &goldens.levels(&format!("{name}.grey"))), 0, "{name}");
    }
}

/// The decoder's cosine transform has 12 fractional bits, libjpeg-turbo's 13: a level of luma or colour. Colour
/// conversion and doubled colours round in other places: up to 4 levels. In a last column whose colour it reads from
/// beyond the edge, more.
#[test]
fn jpeg_is_decoded_within_a_few_levels_of_libjpeg() {
    let goldens = Goldens::new();
    for (name, colour, grey) in
        [("full.jpg", 3, 1), ("half.jpg", 4, 2), ("half-width.jpg", 4, 2), ("half-odd.jpg", 8, 2), ("grey.jpg", 1, 1)]
    {
        let golden = goldens.levels(&format!("{name}.rgb"));
        let found = decoded(name, Mode::Rgb);
        assert!(apart(&found, &golden) <= colour, "{name}: {}", apart(&found, &golden));
        let sum: u32 = found.data.iter().zip(&golden.1).map(|(a, b)| u32::from(a.abs_diff(*b))).sum();
        assert!(f64::from(sum) / (golden.1.len() as f64) < 0.5, "{name}: {sum}");
        assert!(apart(&decoded(name, Mode::Grey), &goldens.levels(&format!("{name}.grey"))) <= grey, "{name}");
    }
}

fn source(name: &str) -> Picture {
    decoded(&format!("{name}.png"), if name == "grey" { Mode::Grey } else { Mode::Rgb })
}

fn filter(name: &str) -> Filter {
    [("nearest", Filter::Nearest), ("bilinear", Filter::Bilinear), ("bicubic", Filter::Bicubic)]
        .into_iter()
        .find(|(known, _)| *known == name)
        .unwrap()
        .1
}

fn sides(text: &str) -> (usize, usize) {
    let (height, width) = text.split_once('x').unwrap();
    (height.parse().unwrap(), width.parse().unwrap())
}

/// As `Image.Transpose.ROTATE_90`: to the left.
fn turned(picture: &Picture) -> Picture {
    let mut data = Vec::new();
    for column in (0..picture.width).rev() {
        for row in 0..picture.height {
            let at = (row * picture.width + column) * picture.channels;
            data.extend_from_slice(&picture.data[at..at + picture.channels]);
        }
    }
    Picture { channels: picture.channels, height: picture.width, width: picture.height, data }
}

#[test]
fn resizing_is_pillows_to_the_bit() {
    let goldens = Goldens::new();
    for (name, parts) in goldens.named("resize") {
        let (height, width) = sides(&parts[3]);
        let found = picture::resize(&source(&parts[1]), height, width, filter(&parts[2])).unwrap();
        assert_eq!(apart(&found, &goldens.levels(&name)), 0, "{name}");
    }
    for (prefix, turn) in [("shortest", false), ("shortest-turned", true)] {
        for (name, parts) in goldens.named(prefix) {
            let old = source(&parts[1]);
            let old = if turn { turned(&old) } else { old };
            let found = picture::shortest(&old, parts[3].parse().unwrap(), filter(&parts[2])).unwrap();
            assert_eq!(apart(&found, &goldens.levels(&name)), 0, "{name}");
        }
    }
}

#[test]
fn the_centre_is_torchvisions() {
    let goldens = Goldens::new();
    for (name, parts) in goldens.named("crop") {
        let (height, width) = sides(&parts[2]);
        let found = picture::crop(&source(&parts[1]), height, width).unwrap();
        assert_eq!(apart(&found, &goldens.levels(&name)), 0, "{name}");
    }
}

fn normalised(picture: &Picture, mean: &[f64], std: &[f64]) -> Planes {
    let mut planes = picture::to_planes(picture).unwrap();
    picture::rescale(&mut planes, 255.0).unwrap();
    picture::normalise(&mut planes, mean, std).unwrap();
    planes
}

/// torch and numpy do the same operations on the same 32-bit floats: no difference was found when this was written,
/// an ulp of the largest value is allowed.
#[test]
fn pictures_become_the_floats_of_torchvision_and_transformers() {
    let goldens = Goldens::new();
    let colour = source("colour");
    let small = picture::resize(&colour, 16, 18, Filter::Bilinear).unwrap();
    let mut planes = picture::to_planes(&small).unwrap();
    assert_eq!(planes.data[18], f32::from(small.data[18 * 3]));
    picture::rescale(&mut planes, 255.0).unwrap();
    let (shape, golden) = goldens.floats("rescaled");
    assert_eq!(planes.shape, shape);
    close(&planes.data, &golden, 0.0);
    let found = normalised(&small, &[0.485, 0.456, 0.406], &[0.229, 0.224, 0.225]);
    close(&found.data, &goldens.floats("normalised").1, 3e-7);

    let square = picture::resize(&colour, 24, 24, Filter::Bilinear).unwrap();
    let found = normalised(&square, &[0.5], &[0.5]);
    assert_eq!(found.shape, [3, 24, 24]);
    close(&found.data, &goldens.floats("vit").1, 3e-7);

    let centre = picture::shortest(&colour, 32, Filter::Bicubic).and_then(|p| picture::crop(&p, 24, 24)).unwrap();
    let found = normalised(&centre, &[0.48145466, 0.4578275, 0.40821073], &[0.26862954, 0.26130258, 0.27577711]);
    close(&found.data, &goldens.floats("clip").1, 3e-7);
}

#[test]
fn recordings_are_decoded_as_by_soundfile() {
    let goldens = Goldens::new();
    for name in [
        "u8.wav",
        "i16.wav",
        "i24.wav",
        "i32.wav",
        "f32.wav",
        "f64.wav",
        "extensible.wav",
        "cards-001.wav",
        "i16.flac",
        "i24.flac",
    ] {
        let found = heard(name);
        let (shape, golden) = goldens.floats(&format!("{name}.samples"));
        let rate: Vec<i64> = goldens.0[&format!("{name}.rate")].to_vec1().unwrap();
        assert_eq!((i64::from(found.rate), found.channels), (rate[0], shape[1]), "{name}");
        close(&found.samples, &golden, 0.0);
    }
    close(&sound::mono(&heard("i24.wav")), &goldens.floats("mono").1, 0.0);
}

/// The kernel is torchaudio's to an ulp; sums are ordered otherwise there.
#[test]
fn another_rate_is_torchaudios() {
    let goldens = Goldens::new();
    let speech = heard("cards-001.wav").samples;
    for (name, parts) in goldens.named("resample") {
        let found = sound::resample(&speech[4000..6000], parts[1].parse().unwrap(), parts[2].parse().unwrap()).unwrap();
        close(&found, &goldens.floats(&name).1, 1e-6);
    }
    assert_eq!(sound::resample(&speech, 16_000, 16_000).unwrap(), speech);
    assert_eq!(sound::resample(&[], 8_000, 16_000).unwrap(), Vec::<f32>::new());
}

/// numpy sums in 32 bits, in pairs; values reach 10, where an ulp is 1e-6.
#[test]
fn standardising_is_that_of_wav2vec() {
    let golden = Goldens::new().floats("standardised").1;
    let mut samples = heard("cards-001.wav").samples[..golden.len()].to_vec();
    sound::standardise(&mut samples);
    close(&samples, &golden, 2e-6);
    sound::standardise(&mut []);
    let mut silence = [0.25; 4];
    sound::standardise(&mut silence);
    assert_eq!(silence, [0.0; 4]);
}

/// transformers' torch path transforms in 32 bits, and was 1.7e-5 away when this was written; its numpy path, 1.2e-7.
#[test]
fn spectrograms_are_whispers() {
    let goldens = Goldens::new();
    let speech = heard("cards-001.wav").samples;
    let part = |planes: &Planes, frames: std::ops::Range<usize>| -> Vec<f32> {
        planes.data.chunks_exact(3000).flat_map(|row| row[frames.clone()].to_vec()).collect()
    };
    for (mels, frames) in [(80, 128), (128, 40)] {
        let found = sound::log_mel(&speech, mels).unwrap();
        assert_eq!(found.shape, [mels, 3000]);
        close(&part(&found, 0..frames), &goldens.floats(&format!("log_mel.{mels}")).1, 3e-5);
        close(&part(&found, 40..60), &goldens.floats(&format!("log_mel_numpy.{mels}")).1, 1e-6);
        close(&found.data[2_900..2_901], &goldens.floats(&format!("log_mel_silence.{mels}")).1, 3e-5);
    }
    let long: Vec<f32> = speech.iter().copied().cycle().take(31 * 16_000).collect();
    close(&part(&sound::log_mel(&long, 80).unwrap(), 2984..3000), &goldens.floats("log_mel_long.80").1, 3e-5);
    assert!(sound::log_mel(&[], 80).unwrap().data.iter().all(|value| *value == -1.5));
}

#[test]
fn what_is_no_picture_or_recording_is_told() {
    let limits = MediaLimits::default();
    refused(picture::decode(&[], Mode::Rgb, &limits), "empty");
    refused(sound::decode(&[], &limits), "empty");
    refused(picture::decode(b"GIF89a", Mode::Rgb, &limits), "neither a PNG");
    refused(picture::decode(&file("i16.wav"), Mode::Rgb, &limits), "neither a PNG");
    refused(sound::decode(&file("colour.png"), &limits), "neither a WAV");
    refused(sound::decode(b"RIFF\0\0\0\0AVI ", &limits), "neither a WAV");
    for start in [&b"\x89PNG\r\n\x1a\n"[..], b"\xFF\xD8\xFF", b"BM", b"\xFF\xD8\xFF\xD9"] {
        refused(picture::decode(start, Mode::Grey, &limits), "cannot be read");
    }
    for start in [&b"fLaC"[..], b"RIFF\0\0\0\0WAVE", b"RIFF\xFF\xFF\xFF\xFFWAVEdata\0\0\0\0"] {
        refused(sound::decode(start, &limits), "cannot be read");
    }
    let small = MediaLimits { bytes: 100, ..MediaLimits::default() };
    refused(picture::decode(&file("colour.png"), Mode::Rgb, &small), "limit is 100");
    let small = MediaLimits { pixels: 2_000, ..MediaLimits::default() };
    for name in ["colour.png", "half.jpg", "colour.bmp"] {
        refused(picture::decode(&file(name), Mode::Rgb, &small), "rows of");
    }
    let small = MediaLimits { samples: 2_000, ..MediaLimits::default() };
    for name in ["i16.wav", "i16.flac"] {
        refused(sound::decode(&file(name), &small), "limit");
    }
}

#[test]
fn files_that_end_early_are_refused() {
    let limits = MediaLimits::default();
    for name in ["colour.png", "palette.png", "half.jpg", "half-width.jpg", "colour.bmp", "palette.bmp"] {
        let bytes = file(name);
        for length in (0..bytes.len() * 9 / 10).step_by(61) {
            assert!(picture::decode(&bytes[..length], Mode::Rgb, &limits).is_err(), "{name}: {length} bytes");
        }
    }
    let jpeg = file("half.jpg");
    refused(picture::decode(&jpeg[..jpeg.len() - 2], Mode::Rgb, &limits), "ends before");
    for name in ["i16.wav", "f64.wav", "i16.flac", "i24.flac"] {
        let bytes = file(name);
        for length in (0..bytes.len() * 9 / 10).step_by(97) {
            assert!(sound::decode(&bytes[..length], &limits).is_err(), "{name}: {length} bytes");
        }
    }
    let wav = file("i16.wav");
    refused(sound::decode(&wav[..wav.len() - 1], &limits), "ends before");
    let flac = file("i16.flac");
    assert!(sound::decode(&flac[..flac.len() - 1], &limits).is_err());
}

/// The file with other bytes from a place on.
fn patched(name: &str, at: usize, new: &[u8]) -> Vec<u8> {
    let mut bytes = file(name);
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

#[test]
fn declared_sizes_are_not_believed() {
    let limits = MediaLimits::default();
    let rgb = |bytes: &[u8]| picture::decode(bytes, Mode::Rgb, &limits);
    refused(rgb(&patched("colour.png", 16, &[0x7F, 0xFF, 0xFF, 0xFF])), "rows of");
    refused(rgb(&patched("colour.png", 16, &[0; 4])), "no pixels");
    refused(rgb(&patched("palette.png", 16, &[0, 0, 0x1F, 0x40, 0, 0, 0x1F, 0x40])), "cannot hold");
    assert!(rgb(&patched("colour.bmp", 18, &[0xFF, 0xFF, 0xFF, 0x7F])).is_err());
    let jpeg = file("full.jpg");
    let frame = jpeg.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    refused(rgb(&patched("full.jpg", frame + 5, &[0xFF; 4])), "rows of");
    refused(rgb(&patched("full.jpg", frame + 5, &[0; 2])), "no pixels");
    refused(rgb(&patched("full.jpg", frame + 4, &[12])), "8 bits");
    // An application segment of Adobe's says that the colours are RGB.
    for (transform, fine) in [(0, false), (1, true), (2, false)] {
        let mut bytes = jpeg.clone();
        let segment = [0xFF, 0xEE, 0, 14, b'A', b'd', b'o', b'b', b'e', 0, 100, 0, 0, 0, 0, transform];
        drop(bytes.splice(2..2, segment));
        assert_eq!(rgb(&bytes).is_ok(), fine, "{transform}");
    }

    let wav = |at, new: &[u8]| sound::decode(&patched("i16.wav", at, new), &limits);
    refused(wav(40, &[0xFF, 0xFF, 0xFF, 0x7F]), "ends before");
    assert_eq!(wav(40, &[0xFF; 4]).unwrap(), heard("i16.wav"), "a length that was not known when the file was begun");
    refused(wav(40, &[0; 4]), "no samples");
    refused(wav(22, &[0, 0]), "0 channels");
    refused(wav(24, &[0; 4]), "0 Hz");
    refused(wav(32, &[3, 0]), "frames");
    refused(wav(20, &[2, 0]), "format 2");
    let mut nan = file("f32.wav");
    let data = nan.windows(4).position(|four| four == b"data").unwrap() + 8;
    nan[data..data + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    refused(sound::decode(&nan, &limits), "finite");

    let flac = |at, new: &[u8]| sound::decode(&patched("i16.flac", at, new), &limits);
    refused(flac(21, &[0xFF; 5]), "limit");
    assert_eq!(flac(26, &[0; 16]).unwrap(), heard("i16.flac"), "no checksum");
    refused(flac(26, &[1; 16]), "checksum");
    // A picture that declares 4 GiB in a block of 8 bytes.
    let mut bytes = file("i16.flac");
    drop(bytes.splice(42..42, [6, 0, 0, 8, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF, 0xFF]));
    assert_eq!(sound::decode(&bytes, &limits).unwrap(), heard("i16.flac"));
}

#[test]
fn steps_refuse_what_makes_no_sense() {
    let colour = source("colour");
    for (height, width) in [(0, 5), (5, 0), (1 << 20, 1), (1 << 15, 1 << 15)] {
        refused(picture::resize(&colour, height, width, Filter::Bicubic), "not possible");
        refused(picture::crop(&colour, height, width), "not possible");
    }
    refused(picture::shortest(&colour, usize::MAX, Filter::Nearest), "not possible");
    let short = Picture { data: vec![0; 5], ..colour.clone() };
    refused(picture::resize(&short, 4, 4, Filter::Nearest), "does not fit");
    refused(picture::to_planes(&short), "does not fit");
    let mut planes = picture::to_planes(&colour).unwrap();
    refused(picture::rescale(&mut planes, 0.0), "divided");
    refused(picture::normalise(&mut planes, &[0.5, 0.5], &[0.5]), "2 numbers");
    refused(picture::normalise(&mut planes, &[0.5], &[0.0]), "deviation");
    let mut flat = Planes { shape: vec![4], data: vec![0.0; 4] };
    refused(picture::normalise(&mut flat, &[0.5], &[0.5]), "Only a picture");
    refused(sound::resample(&[0.0; 4], 0, 16_000), "0 Hz");
    refused(sound::resample(&[0.0; 1_000], 1, 768_000), "768000000 samples");
    assert_eq!(sound::resample(&[0.5; 10], 44_100, 16_000).unwrap().len(), 4);
    assert_eq!(sound::resample(&[0.5; 100], 767_999, 768_000).unwrap().len(), 101);
    refused(sound::log_mel(&[], 0), "0 mels");
}

/// A PNG whose chunks all have the checksums of what they hold, so that what was changed in them is read.
fn mended(mut png: Vec<u8>) -> Vec<u8> {
    let mut at = 8;
    while let Some(length) = png.get(at..at + 4) {
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize;
        let end = at + 8 + length;
        let Some(sum) = png.get(at + 4..end).map(crc32fast::hash) else { break };
        let Some(place) = png.get_mut(end..end + 4) else { break };
        place.copy_from_slice(&sum.to_be_bytes());
        at = end + 4;
    }
    png
}

fn small_limits() -> MediaLimits {
    MediaLimits { pixels: 1 << 18, samples: 1 << 20, ..MediaLimits::default() }
}

/// Whether a decoder refuses; it says why and what mends it, on one line.
fn is_refused<T>(result: &Result<T, MediaError>) -> bool {
    if let Err(error) = result {
        assert!(!error.message.is_empty() && !error.mend.is_empty(), "{error:?}");
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
    result.is_err()
}

/// No damaged byte may bring a decoder to its knees; what is decoded is as large as it says, within the limits, and the
/// same the next time.
#[test]
fn mutated_pictures_are_decoded_or_refused() {
    let names = ["alpha.png", "palette.png", "half.jpg", "half-width.jpg", "palette.bmp"];
    let parts = [&b"IHDR"[..], b"PLTE", b"IDAT", b"tRNS", b"\xFF\xC0", b"\xFF\xC4", b"\xFF\xDA", b"\xFF\xDB"];
    let files = names.map(|name| (name, file(name), mutate::marks(&file(name), &parts)));
    let (limits, mut chance, mut wrong) = (small_limits(), mutate::chance(20_303), 0);
    for round in 0..rounds() {
        let (name, whole, marks) = &files[round / 3 % files.len()];
        let mut bytes = mutate::mutant(whole, marks, &mut chance, round);
        if name.ends_with(".png") {
            bytes = mended(bytes);
        }
        let found = picture::decode(&bytes, Mode::Rgb, &limits);
        if is_refused(&found) {
            wrong += 1;
            continue;
        }
        let found = found.unwrap();
        assert!((found.height * found.width) as u64 <= limits.pixels);
        assert_eq!((found.channels, found.data.len()), (3, found.height * found.width * 3), "{name}");
        assert_eq!(picture::decode(&bytes, Mode::Rgb, &limits).unwrap(), found, "{name}");
    }
    assert!((1..rounds()).contains(&wrong), "{wrong}");
}

#[test]
fn mutated_recordings_are_decoded_or_refused() {
    let names = ["i16.flac", "i24.flac", "extensible.wav", "u8.wav", "f32.wav"];
    let parts = [&b"RIFF"[..], b"fmt ", b"data", b"fact", b"fLaC", b"\xFF\xF8", b"\xFF\xF9"];
    let files = names.map(|name| (name, file(name), mutate::marks(&file(name), &parts)));
    let (limits, mut chance, mut wrong) = (small_limits(), mutate::chance(20_304), 0);
    for round in 0..rounds() {
        let (name, whole, marks) = &files[round / 3 % files.len()];
        let bytes = mutate::mutant(whole, marks, &mut chance, round);
        let found = sound::decode(&bytes, &limits);
        if is_refused(&found) {
            wrong += 1;
            continue;
        }
        let found = found.unwrap();
        assert!(found.channels > 0 && found.samples.len().is_multiple_of(found.channels), "{name}");
        assert!(found.samples.len() as u64 <= limits.samples && found.samples.iter().all(|one| one.is_finite()));
        assert_eq!(sound::decode(&bytes, &limits).unwrap(), found, "{name}");
    }
    assert!((1..rounds()).contains(&wrong), "{wrong}");
}
