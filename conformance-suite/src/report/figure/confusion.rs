//! The confusion matrix: counts by true class (rows) and answer (columns), each with its share of the true class and
//! shaded by it. With many classes, the most frequent wrong answers as a list.

use super::{Words, compact, label, listed, percent, titled};
use crate::number;
use crate::report::svg::{Anchor, Svg};
use crate::report::text::clip;
use crate::report::wording::fill;
use crate::verdict;

/// Classes up to which the whole matrix is drawn.
pub const CLASSES_MAX: usize = 20;
/// Wrong answers that are listed.
const PAIRS_MAX: usize = 15;
/// Where the cells of the matrix begin.
const LEFT: f64 = 136.0;
const TOP: f64 = 42.0;

/// Counts of (true class, answer).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Matrix<'a> {
    /// The measurement, as a reader would write it.
    pub of: &'a str,
    /// Names of the classes.
    pub labels: &'a [String],
    /// `counts[truth][answer]`; what is missing counts as none.
    pub counts: &'a [Vec<u64>],
}

impl<'a> From<&'a verdict::Confusion> for Matrix<'a> {
    fn from(confusion: &'a verdict::Confusion) -> Matrix<'a> {
        Matrix { of: "", labels: &confusion.labels, counts: &confusion.counts }
    }
}

/// A wrong answer: how often, the true class, what was answered.
type Pair = (u64, usize, usize);

impl Matrix<'_> {
    fn count(&self, truth: usize, answer: usize) -> u64 {
        self.counts.get(truth).and_then(|row| row.get(answer)).copied().unwrap_or(0)
    }

    /// Rows of a true class, held at the largest count instead of running over.
    fn sum(&self, truth: usize) -> u64 {
        let row = self.counts.get(truth).into_iter().flatten();
        row.take(self.labels.len()).copied().fold(0, u64::saturating_add)
    }

    fn name(&self, class: usize) -> &str {
        self.labels.get(class).map_or("", String::as_str)
    }

    /// The most frequent wrong answers, the most frequent first.
    fn wrong(&self) -> Vec<Pair> {
        let classes = self.labels.len();
        let mut pairs: Vec<Pair> = Vec::new();
        for (truth, row) in self.counts.iter().enumerate().take(classes) {
            let wrong = row.iter().enumerate().take(classes).filter(|(answer, n)| *answer != truth && **n > 0);
            pairs.extend(wrong.map(|(answer, n)| (*n, truth, answer)));
            pairs.sort_by_key(|(n, truth, answer)| (std::cmp::Reverse(*n), *truth, *answer));
            pairs.truncate(PAIRS_MAX);
        }
        pairs
    }

    fn told(&self, (n, truth, answer): Pair, words: &Words<'_>) -> String {
        let all = self.sum(truth);
        let share = percent(n, all);
        let cell = fill(words.cell, &[("n", &number::count(n)), ("all", &number::count(all)), ("share", &share)]);
        let name = clip(self.name(truth), 40);
        if truth == answer {
            format!("{name} {cell}")
        } else {
            format!("{name} → {} {cell}", clip(self.name(answer), 40))
        }
    }

    /// The most frequent wrong answers in words.
    fn wrong_told(&self, words: &Words<'_>) -> String {
        let pairs: Vec<String> = self.wrong().into_iter().map(|pair| self.told(pair, words)).collect();
        if pairs.is_empty() { words.no_wrong.to_owned() } else { pairs.join(words.semicolon) }
    }
}

/// The matrix, or the list for more than 20 classes, as SVG.
pub fn confusion(matrix: &Matrix<'_>, words: &Words<'_>) -> String {
    if matrix.labels.len() > CLASSES_MAX { pairs(matrix, words) } else { cells(matrix, words) }
}

/// Width and height of a cell, and columns of a name above it; names are numbered where they have no room.
fn cell_size(classes: usize) -> ([f64; 2], Option<usize>) {
    match classes {
        0..=5 => ([84.0, 44.0], Some(13)),
        6..=10 => ([56.0, 38.0], None),
        _ => ([42.0, 34.0], None),
    }
}

fn cells(matrix: &Matrix<'_>, words: &Words<'_>) -> String {
    let classes = matrix.labels.len();
    let ([wide, high], room) = cell_size(classes);
    let right = LEFT + wide * classes as f64;
    let mut svg = Svg::new();
    svg.text("label", Anchor::Start, [0.0, TOP - 9.0], &format!("{} ↓", words.truth));
    svg.text("label", Anchor::Start, [LEFT, 12.0], &format!("{} →", words.answer));
    svg.text("tick", Anchor::End, [right + 52.0, TOP - 9.0], words.sum);
    for truth in 0..classes {
        let (y, name) = (TOP + high * truth as f64, matrix.name(truth));
        let number = (truth + 1).to_string();
        let above = room.map_or_else(|| number.clone(), |room| label(name, room));
        let beside = if room.is_some() { label(name, 20) } else { label(&format!("{number} {name}"), 20) };
        svg.text("label", Anchor::Middle, [LEFT + wide * (truth as f64 + 0.5), TOP - 9.0], &above);
        svg.text("label", Anchor::Start, [0.0, y + high / 2.0 + 4.0], &beside);
        for answer in 0..classes {
            cell(&mut svg, matrix, [truth, answer], [LEFT + wide * answer as f64, y, wide, high]);
        }
        svg.text("tick", Anchor::End, [right + 52.0, y + high / 2.0 + 4.0], &compact(matrix.sum(truth), 7));
    }
    if classes == 0 {
        svg.text("label", Anchor::Start, [0.0, TOP + 16.0], words.nothing);
    }
    let told: Vec<String> =
        (0..classes).map(|class| matrix.told((matrix.count(class, class), class, class), words)).collect();
    let right_told = listed(told, CLASSES_MAX, words);
    let desc = fill(words.confusion_told, &[("right", &right_told), ("wrong", &matrix.wrong_told(words))]);
    let height = TOP + high * classes.max(1) as f64 + 2.0;
    svg.finish("chart figure matrix", right + 56.0, height, &titled(words.confusion, matrix.of, words), &desc)
}

/// One cell: the count, and below it the share of the true class; right answers have a thicker frame.
fn cell(svg: &mut Svg, matrix: &Matrix<'_>, [truth, answer]: [usize; 2], [x, y, wide, high]: [f64; 4]) {
    let (n, all) = (matrix.count(truth, answer), matrix.sum(truth));
    let share = if all > 0 { n as f64 / all as f64 } else { 0.0 };
    let frame = if truth == answer { "cell hit" } else { "cell" };
    let (x_middle, y_middle) = (x + wide / 2.0, y + high / 2.0);
    svg.heat(0.04 + 0.36 * share, [x, y, wide, high]);
    svg.rect(frame, [x + 1.0, y + 1.0, wide - 2.0, high - 2.0]);
    let class = if wide > 50.0 { "number" } else { "label" };
    let up = if n > 0 { 2.0 } else { -4.0 };
    svg.text(class, Anchor::Middle, [x_middle, y_middle - up], &compact(n, (wide / 8.0) as usize));
    if n > 0 {
        svg.text("tick", Anchor::Middle, [x_middle, y_middle + 12.0], &percent(n, all));
    }
}

fn pairs(matrix: &Matrix<'_>, words: &Words<'_>) -> String {
    let pairs = matrix.wrong();
    let (count, plot, width) = (440.0, 460.0, 130.0);
    let mut svg = Svg::new();
    svg.text("tick", Anchor::Start, [0.0, 14.0], words.truth);
    svg.text("tick", Anchor::Start, [190.0, 14.0], words.answer);
    svg.text("tick", Anchor::End, [count, 14.0], words.n);
    svg.text("tick", Anchor::Start, [plot, 14.0], words.share);
    svg.line("axis", [0.0, 20.0, 640.0, 20.0]);
    for (i, (n, truth, answer)) in pairs.iter().enumerate() {
        let y = 24.0 + 22.0 * i as f64;
        let share = *n as f64 / matrix.sum(*truth).max(1) as f64;
        svg.text("label", Anchor::Start, [0.0, y + 14.0], &label(matrix.name(*truth), 27));
        svg.text("label", Anchor::Start, [190.0, y + 14.0], &label(matrix.name(*answer), 27));
        svg.text("label", Anchor::End, [count, y + 14.0], &number::count(*n));
        svg.rect("count", [plot, y + 4.0, width * share.min(1.0), 12.0]);
        let percent = percent(*n, matrix.sum(*truth));
        svg.text("label", Anchor::Start, [plot + width * share.min(1.0) + 6.0, y + 14.0], &percent);
    }
    if pairs.is_empty() {
        svg.text("label", Anchor::Start, [0.0, 38.0], words.no_wrong);
    }
    let classes = number::count(matrix.labels.len() as u64);
    let desc = fill(words.pairs_told, &[("classes", &classes), ("wrong", &matrix.wrong_told(words))]);
    let height = 28.0 + 22.0 * pairs.len().max(1) as f64;
    svg.finish("chart figure pairs", 640.0, height, &titled(words.pairs, matrix.of, words), &desc)
}
