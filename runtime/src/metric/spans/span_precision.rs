//! Precision of spans in sequences of tags.

use super::of_spans;
use crate::metric::api::metric;

metric! {
    /// # Span precision
    ///
    /// ## Measures
    /// The share of the predicted spans that are right: TP / (TP + FP). A predicted span is right (TP) if a true span
    /// has its type, its begin and its end.
    ///
    /// A sentence is a row, with one tag a word: `B-PER` begins a span of the type PER, `I-PER` goes on with it,
    /// `E-PER` ends it, `S-PER` is one alone, `O` is outside. `mode: default` reads the tags leniently (a change of
    /// type opens and closes spans, also without a `B-`); `mode: strict` keeps only spans that follow `scheme: IOB2`
    /// (B, I) or `scheme: IOBES` (B, I, E, S), and refuses other letters. `average: micro` counts all spans together;
    /// `macro` is the plain mean over the types that truth or prediction have, `weighted` the mean weighted by their
    /// true spans. `zero_division: zero` or `one` is what a precision or a recall with a zero denominator is.
    ///
    /// Interval: seeded bootstrap of the sentences, bias-corrected and accelerated (BCa), as the spans of one sentence
    /// are not independent.
    ///
    /// ## Why it matters
    /// How far a span that the model reports can be trusted: what it names wrongly is blackened, linked or acted upon.
    ///
    /// ## How to mend
    /// Look at the predicted spans that are not true: invented ones call for more sentences without any span, those
    /// with a wrong border for a better splitting into words.
    ///
    /// ## Traps
    /// The default mode is seqeval's, and lenient: `O I-PER` is a span there and none under `mode: strict`, so say
    /// which one a number is of. Lenient reading takes the type to be what stands behind the first letter, or behind
    /// the first hyphen if there is one: tags in suffix form (`PER-B`) are not understood, and their values mean
    /// nothing. Letters other than O, B, I, E, S are read as seqeval reads them, but each sentence for itself. Under
    /// `macro` a type that only the prediction has counts; without any span `macro` is undefined. A model that predicts
    /// few spans has a high precision: look at the recall as well.
    ///
    /// ## References
    /// Tjong Kim Sang and De Meulder 2003, CoNLL-2003; Ramshaw and Marcus 1995 for the tags; seqeval 1.2.2
    /// `precision_score`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [["B-PER", "I-PER", "O", "B-LOC"], ["B-ORG", "O"]], "prediction": [["B-PER", "I-PER", "O", "O"], ["B-LOC", "O"]]}, "expected": 0.5}
    /// ```
    /// ```json example
    /// {"parameters": {"average": "macro", "zero_division": 0}, "input": {"truth": [["B-PER", "I-PER", "O", "B-LOC"], ["B-ORG", "O"]], "prediction": [["B-PER", "I-PER", "O", "O"], ["B-LOC", "O"]]}, "expected": 0.3333333333333333}
    /// ```
    /// ```lms pass
    /// span_precision(tagger, entities.test) >= 0.5 at 95%
    /// ```
    /// ```lms fail
    /// span_precision(tagger, entities.test, average: weighted) >= 0.995 at 95%
    /// ```
    "span_precision", version 1, equals "seqeval", reads Tags, Higher,
    "measure span_precision(model: model, split: split, mode: text[default, strict] = default, scheme: text[IOB2, IOBES] = IOB2, average: text[micro, macro, weighted] = micro, zero_division: text[zero, one] = zero) -> score",
    |items, params| of_spans(items, params, |precision, _| precision)
}
