//! Which objects of an image a detector finds, by class, as pycocotools matches them: the detections of a class, the
//! surest first, each take the true object that they overlap most, if it is free and the overlap reaches the threshold.
//!
//! An image is matched once under every range of areas and every threshold. What it says is a flat list of numbers, one
//! part a class: the class, its true objects in each range, the number of detections, and for each detection its score
//! and two sets of bits, bit `range * THRESHOLDS + threshold`: where it is right, and where it is wrong. Where it is
//! neither, it does not count: it took a crowd or an object out of the range, or it took none and is out of the range
//! itself.

use super::{area, overlap};
use crate::metric::items::{FoundObject, Rectangle, TrueObject};
use std::collections::BTreeMap;

/// Least and largest area of each range, in pixels: all, small, medium, large.
const RANGES: [(f64, f64); 4] = [(0.0, 1e10), (0.0, 1024.0), (1024.0, 9216.0), (9216.0, 1e10)];

/// Number of thresholds of the overlap: 0.5, 0.55 and so on to 0.95.
pub const THRESHOLDS: usize = 10;

/// Most detections of a class in an image; the surest ones stay.
const MOST: usize = 100;

/// Numbers of a part before its detections.
const HEAD: usize = 6;

/// Numbers of a detection.
const FOUND: usize = 3;

/// What an image says of a class.
#[derive(Clone, Copy, Debug)]
pub struct Part<'a> {
    /// The class.
    pub class: u32,
    /// True objects that count, in each range.
    objects: &'a [f64],
    found: &'a [f64],
}

/// A detection in one range of areas.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// How sure the model was.
    pub score: f64,
    /// Bit `threshold`: it found a true object.
    pub right: u64,
    /// Bit `threshold`: it found none.
    pub wrong: u64,
}

/// The parts of an image's list.
pub fn parts(list: &[f64]) -> impl Iterator<Item = Part<'_>> {
    let mut rest = list;
    std::iter::from_fn(move || {
        let (head, after) = rest.split_at_checked(HEAD)?;
        let (found, after) = after.split_at_checked(head[HEAD - 1] as usize * FOUND)?;
        rest = after;
        Some(Part { class: head[0] as u32, objects: &head[1..HEAD - 1], found })
    })
}

impl Part<'_> {
    /// True objects of a range that count.
    pub fn objects(&self, range: usize) -> f64 {
        self.objects.get(range).copied().unwrap_or(0.0)
    }

    /// The detections in a range, the surest first.
    pub fn found(&self, range: usize) -> impl Iterator<Item = Found> {
        let bits = move |number: f64| ((number as u64) >> (range * THRESHOLDS)) & ((1 << THRESHOLDS) - 1);
        let found = self.found.chunks_exact(FOUND);
        found.map(move |one| Found { score: one[0], right: bits(one[1]), wrong: bits(one[2]) })
    }
}

/// The list of an image.
pub fn image(truth: &[TrueObject], predicted: &[FoundObject]) -> Vec<f64> {
    let mut classes: BTreeMap<u32, (Vec<Target>, Vec<&FoundObject>)> = BTreeMap::new();
    for object in truth {
        classes.entry(object.class).or_default().0.push(Target::of(object));
    }
    for object in predicted {
        classes.entry(object.class).or_default().1.push(object);
    }
    classes.into_iter().flat_map(|(class, (targets, found))| part(class, targets, found)).collect()
}

/// The numbers of one class.
fn part(class: u32, mut targets: Vec<Target>, mut found: Vec<&FoundObject>) -> Vec<f64> {
    // A stable sort: of equal scores the first in the image stays the first.
    found.sort_by(|a, b| b.score.total_cmp(&a.score));
    found.truncate(MOST);
    let counted = |range: usize| targets.iter().filter(|target| !target.ignored[range]).count() as f64;
    let mut numbers = vec![f64::from(class), counted(0), counted(1), counted(2), counted(3), found.len() as f64];
    for one in found {
        let [right, wrong] = take(&mut targets, &one.place);
        // Forty bits: exact as a number.
        numbers.extend([one.score, right as f64, wrong as f64]);
    }
    numbers
}

/// A true object while detections take it.
struct Target {
    place: Rectangle,
    crowd: bool,
    /// Whether it does not count, in each range.
    ignored: [bool; RANGES.len()],
    /// Where a detection has taken it, a bit for each range and threshold.
    taken: u64,
}

impl Target {
    fn of(object: &TrueObject) -> Target {
        let ignored = RANGES.map(|range| object.crowd || outside(&object.place, range));
        Target { place: object.place, crowd: object.crowd, ignored, taken: 0 }
    }
}

fn outside(place: &Rectangle, (least, most): (f64, f64)) -> bool {
    let area = area(place);
    area < least || area > most
}

/// Lets a detection take its object under every range and threshold: where it is right, and where it is wrong.
fn take(targets: &mut [Target], place: &Rectangle) -> [u64; 2] {
    let shares = targets.iter().enumerate().map(|(at, target)| (at, overlap(&target.place, place, target.crowd)));
    let near: Vec<(usize, f64)> = shares.filter(|(_, share)| *share >= threshold(0)).collect();
    let (mut right, mut wrong) = (0_u64, 0_u64);
    for (index, range) in RANGES.into_iter().enumerate() {
        for step in 0..THRESHOLDS {
            let bit = 1_u64 << (index * THRESHOLDS + step);
            let pick =
                |ignored: bool| best(targets, &near, bit, threshold(step), |target| target.ignored[index] == ignored);
            let counted = pick(false);
            let taken = counted.or_else(|| pick(true));
            match (counted, taken) {
                (Some(_), _) => right |= bit,
                (None, None) if !outside(place, range) => wrong |= bit,
                _ => {}
            }
            if let Some(target) = taken.and_then(|at| targets.get_mut(at)) {
                target.taken |= bit;
            }
        }
    }
    [right, wrong]
}

/// The object of most overlap among those of a kind that are free under `bit`; of equal ones the last. A crowd is
/// always free.
fn best(
    targets: &[Target],
    near: &[(usize, f64)],
    bit: u64,
    threshold: f64,
    kind: impl Fn(&Target) -> bool,
) -> Option<usize> {
    let free = |target: &Target| kind(target) && (target.crowd || target.taken & bit == 0);
    let (mut best, mut least) = (None, threshold);
    for &(at, share) in near {
        if share >= least && targets.get(at).is_some_and(free) {
            (best, least) = (Some(at), share);
        }
    }
    best
}

/// The overlap of a step, as the reference computes it: that of step 8 is the number below 0.9.
fn threshold(step: usize) -> f64 {
    0.5 + step as f64 * ((0.95 - 0.5) / 9.0)
}
