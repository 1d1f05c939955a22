//! Metrics of images: regions as masks, regions as boxes, and objects that a detector finds.

pub mod coco_map;
pub mod dice;
pub mod iou;
pub mod matching;

use super::items::{Masks, Rectangle};
use rayon::prelude::*;

/// The words of the parameter `zero_division`: what a case has whose masks are both empty.
const ZERO_DIVISION: &[(&str, f64)] = &[("zero", 0.0), ("one", 1.0)];

/// Numbers of pixels of one case.
#[derive(Clone, Copy, Default, Debug)]
struct Areas {
    common: u64,
    truth: u64,
    predicted: u64,
}

/// For each case the quotient of two numbers of its areas; `empty` where the second is 0.
fn quotients(masks: &Masks, empty: f64, of: impl Fn(Areas) -> (u64, u64) + Sync) -> Vec<f64> {
    let quotient = |areas: Areas| match of(areas) {
        (_, 0) => empty,
        (part, whole) => part as f64 / whole as f64,
    };
    let cases = masks.truth.par_iter().zip(&masks.predicted);
    cases.map(|(truth, predicted)| quotient(areas(truth, predicted))).collect()
}

fn areas(truth: &[Vec<bool>], predicted: &[Vec<bool>]) -> Areas {
    let mut areas = Areas::default();
    let pixels = truth.iter().flatten().zip(predicted.iter().flatten());
    for (&truth, &predicted) in pixels {
        areas.common += u64::from(truth && predicted);
        areas.truth += u64::from(truth);
        areas.predicted += u64::from(predicted);
    }
    areas
}

/// The common area of two boxes over the area of either; where the true box stands for a crowd, over the area of the
/// prediction. It is 0 where they have nothing in common, and where an area is too large for a number.
fn overlap(truth: &Rectangle, predicted: &Rectangle, crowd: bool) -> f64 {
    let side = |axis: usize| {
        let ends = [truth, predicted].map(|place| place[axis + 2] + place[axis]);
        ends[0].min(ends[1]) - truth[axis].max(predicted[axis])
    };
    let (width, height) = (side(0), side(1));
    if width <= 0.0 || height <= 0.0 {
        return 0.0;
    }
    let common = width * height;
    let either = if crowd { area(predicted) } else { area(predicted) + area(truth) - common };
    let share = common / either;
    if share.is_finite() { share } else { 0.0 }
}

/// The area of a box.
fn area(place: &Rectangle) -> f64 {
    place[2] * place[3]
}
