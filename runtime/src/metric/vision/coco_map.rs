//! Average precision and recall of detected objects, as COCO takes them.

use super::matching::{Found, THRESHOLDS, image, parts};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::{Law, Score, Sum, Weighed};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

metric! {
    /// # COCO average precision and recall
    ///
    /// ## Measures
    /// How well a detector finds the objects of images; a row is an image. The detections of a class in an image, the
    /// surest first and at most 100, each take the free true object of most overlap, if the overlap (common area / area
    /// of either) reaches a threshold: then they are right, else wrong. Over all images, the surest first, precision is
    /// the share of right ones so far, recall the share of true objects found so far. The precision at a recall is the
    /// best at that recall or above; AP of a class is its mean over the 101 recalls 0, 0.01, ..., 1.
    ///
    /// Results: `AP`, the mean over the thresholds 0.50, 0.55, ..., 0.95 and over the classes that have true objects;
    /// `AP50` and `AP75` under one threshold; `AP_small`, `AP_medium`, `AP_large` for areas up to 32^2, from there to
    /// 96^2, and from there on, in pixels; `AR1`, `AR10`, `AR100`, the recall with so many detections of a class in an
    /// image, as a mean over the ten thresholds and the classes; `AR_small`, `AR_medium`, `AR_large` with 100. A result
    /// is undefined where there is nothing to find. The interval is a seeded bootstrap of the images, bias-corrected
    /// and accelerated (BCa).
    ///
    /// ## Why it matters
    /// Both what a detector misses and what it invents count, over all settings of its threshold, and so does how well
    /// its boxes sit.
    ///
    /// ## How to mend
    /// AP50 high and AP75 low: the boxes sit badly. AP_small low: train and run on larger images. AR100 far above AP:
    /// the objects are found, but wrong detections have scores as high.
    ///
    /// ## Traps
    /// True objects that stand for a crowd, or lie outside of the range of areas, are no misses, and what takes them
    /// does not count. Boxes are in pixels: boxes in shares of the image are all small. The area is that of the box,
    /// where COCO's own files give that of the outline. A class that is only predicted does not count. Detections of
    /// one class with equal scores enter together, so that the order of images does not matter; the reference lets them
    /// enter in the order of images, which never gives less, and clearly more where scores are coarse. In an image, of
    /// equal scores the first one given takes its object first.
    ///
    /// ## References
    /// Lin et al. 2014 (Microsoft COCO); Everingham et al. 2010; pycocotools `COCOeval` with `bbox`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [{"image": 1, "class": 1, "box": [10, 10, 50, 50]}, {"image": 1, "class": 1, "box": [100, 10, 20, 20]}, {"image": 2, "class": 1, "box": [0, 0, 120, 120]}], "prediction": [{"image": 1, "class": 1, "box": [10, 10, 50, 45], "score": 0.9}, {"image": 1, "class": 1, "box": [200, 200, 40, 40], "score": 0.6}, {"image": 2, "class": 1, "box": [0, 0, 120, 80], "score": 0.8}]}, "expected": {"AP": 0.43366336633663366, "AP50": 0.6633663366336634, "AP75": 0.33663366336633654, "AP_small": 0.0, "AP_medium": 0.8999999999999999, "AP_large": 0.39999999999999997, "AR1": 0.4333333333333333, "AR10": 0.4333333333333333, "AR100": 0.4333333333333333, "AR_small": 0.0, "AR_medium": 0.9, "AR_large": 0.4}}
    /// ```
    /// ```lms pass
    /// coco_map(detector, photos.test).AP50 >= 0.2 at 95%
    /// ```
    /// ```lms fail
    /// coco_map(detector, photos.test).AP >= 0.99 at 95%
    /// ```
    "coco_map", version 1, equals "pycocotools", reads Detections, Higher,
    "measure coco_map(model: model, split: split) -> {AP: score, AP50: score, AP75: score, AP_small: score, \
     AP_medium: score, AP_large: score, AR1: score, AR10: score, AR100: score, AR_small: score, AR_medium: score, AR_large: score}",
    bind
}

fn bind(items: &Items, _: &Params) -> Result<Scores, Refusal> {
    let Items::Detections(rows) = items else { return Err(Refusal::kind()) };
    let images = rows.truth.par_iter().zip(&rows.predicted);
    let lists: Vec<Vec<f64>> = images.map(|(truth, predicted)| image(truth, predicted)).collect();
    let [all, small, medium, large] = [0, 1, 2, 3];
    let score = Score::over_lists(lists, Law::Sample, precision(all, 0..THRESHOLDS));
    let ap = |range: usize, steps: Range<usize>| score.also(Law::Sample, precision(range, steps));
    let ar = |range: usize, most: usize| score.also(Law::Sample, recall(range, most));
    Ok(Scores::named([
        ("AP", score.clone()),
        ("AP50", ap(all, 0..1)),
        ("AP75", ap(all, 5..6)),
        ("AP_small", ap(small, 0..THRESHOLDS)),
        ("AP_medium", ap(medium, 0..THRESHOLDS)),
        ("AP_large", ap(large, 0..THRESHOLDS)),
        ("AR1", ar(all, 1)),
        ("AR10", ar(all, 10)),
        ("AR100", ar(all, 100)),
        ("AR_small", ar(small, 100)),
        ("AR_medium", ar(medium, 100)),
        ("AR_large", ar(large, 100)),
    ]))
}

/// The mean precision in a range of areas, over thresholds and the classes that have objects there.
fn precision(range: usize, steps: Range<usize>) -> impl Fn(&Weighed<'_>) -> Option<f64> + Send + Sync + 'static {
    move |weighed: &Weighed<'_>| {
        let mut classes: BTreeMap<u32, (Sum, Vec<(Found, f64)>)> = BTreeMap::new();
        for (list, weight) in weighed.iter() {
            for part in parts(list) {
                let (objects, found) = classes.entry(part.class).or_default();
                add_product(objects, weight, part.objects(range));
                found.extend(part.found(range).filter(|one| (one.right | one.wrong) != 0).map(|one| (one, weight)));
            }
        }
        mean(classes.into_values().filter_map(|(objects, mut found)| {
            let objects = objects.value();
            found.sort_unstable_by(|(a, _), (b, _)| b.score.total_cmp(&a.score));
            if objects > 0.0 { mean(steps.clone().map(|step| interpolated(&found, objects, step))) } else { None }
        }))
    }
}

/// The mean share of objects found in a range of areas with `most` detections an image, over all thresholds and the
/// classes that have objects there.
fn recall(range: usize, most: usize) -> impl Fn(&Weighed<'_>) -> Option<f64> + Send + Sync + 'static {
    move |weighed: &Weighed<'_>| {
        let mut classes: BTreeMap<u32, [Sum; 2]> = BTreeMap::new();
        for (list, weight) in weighed.iter() {
            for part in parts(list) {
                let right: u32 = part.found(range).take(most).map(|one| one.right.count_ones()).sum();
                let [objects, hits] = classes.entry(part.class).or_default();
                objects.add(weight * part.objects(range));
                hits.add(weight * (f64::from(right) / THRESHOLDS as f64));
            }
        }
        let shares = classes.into_values().map(|sums| sums.map(Sum::value));
        mean(shares.filter(|[objects, _]| *objects > 0.0).map(|[objects, hits]| hits / objects))
    }
}

/// The mean precision over the 101 recalls under one threshold; the detections are in order.
fn interpolated(found: &[(Found, f64)], objects: f64, step: usize) -> f64 {
    let (mut right, mut wrong) = (Sum::default(), Sum::default());
    let mut curve: Vec<(f64, f64)> = Vec::new();
    for tied in found.chunk_by(|(a, _), (b, _)| a.score == b.score) {
        for (one, weight) in tied {
            right.add(if (one.right >> step) & 1 == 1 { *weight } else { 0.0 });
            wrong.add(if (one.wrong >> step) & 1 == 1 { *weight } else { 0.0 });
        }
        let (right, wrong) = (right.value(), wrong.value());
        curve.push((right / objects, if right > 0.0 { right / (right + wrong) } else { 0.0 }));
    }
    let (mut best, mut sum, mut curve) = (0.0_f64, 0.0, curve.into_iter().rev().peekable());
    for level in (0..=100_u32).rev() {
        // A hundredth times the level, as the reference rounds it, not the level over 100.
        let level = f64::from(level) * 0.01;
        while let Some((_, precision)) = curve.next_if(|(recall, _)| *recall >= level) {
            best = best.max(precision);
        }
        sum += best;
    }
    sum / 101.0
}

/// Adds a product with the digits that it rounds off: the objects found, added one by one, must reach all objects
/// exactly.
fn add_product(sum: &mut Sum, weight: f64, number: f64) {
    let product = weight * number;
    sum.add(product);
    sum.add(weight.mul_add(number, -product));
}

/// The plain mean; `None` of nothing.
fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (count, sum) = numbers.fold((0.0, Sum::default()), |(count, mut sum), number| {
        sum.add(number);
        (count + 1.0, sum)
    });
    (count > 0.0).then(|| sum.value() / count)
}
