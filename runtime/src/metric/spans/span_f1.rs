//! F1 of spans in sequences of tags.

use super::of_spans;
use crate::metric::api::metric;

metric! {
    /// # Span F1
    ///
    /// ## Measures
    /// The harmonic mean of the precision and the recall of spans: 2 TP / (2 TP + FP + FN). A predicted span is right
    /// (TP) if a true span has its type, its begin and its end.
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
    /// What is used of a tagger is the whole name or place, not its words: a span that is cut short is an error, and
    /// the many words outside of all spans, which are easy, do not count.
    ///
    /// ## How to mend
    /// Look which of span precision and span recall is low, and at the types one by one. Wrong borders are often a
    /// matter of how words were split; wrong types need more examples of the two types that are taken for each other.
    ///
    /// ## Traps
    /// The default mode is seqeval's, and lenient: `O I-PER` is a span there and none under `mode: strict`, so say
    /// which one a number is of. Lenient reading takes the type to be what stands behind the first letter, or behind
    /// the first hyphen if there is one: tags in suffix form (`PER-B`) are not understood, and their values mean
    /// nothing. Letters other than O, B, I, E, S are read as seqeval reads them, but each sentence for itself. Under
    /// `macro` a type that only the prediction has counts; without any span `macro` is undefined. It is not the F1 of
    /// tags, which is higher. A border that is off by one word counts twice: a false span and a missed one.
    ///
    /// ## References
    /// Tjong Kim Sang and De Meulder 2003, CoNLL-2003; Ramshaw and Marcus 1995 for the tags; seqeval 1.2.2 `f1_score`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [["B-PER", "I-PER", "O", "B-LOC"], ["B-ORG", "O"]], "prediction": [["B-PER", "I-PER", "O", "O"], ["B-LOC", "O"]]}, "expected": 0.4}
    /// ```
    /// ```json example
    /// {"parameters": {"mode": "strict", "scheme": "IOB2", "zero_division": 0}, "input": {"truth": [["O", "B-PER", "I-PER"]], "prediction": [["O", "I-PER", "I-PER"]]}, "expected": 0.0}
    /// ```
    /// ```lms pass
    /// span_f1(tagger, entities.test) >= 0.5 at 95%
    /// ```
    /// ```lms fail
    /// span_f1(tagger, entities.test, average: macro) >= 0.995 at 95%
    /// ```
    "span_f1", version 1, equals "seqeval", reads Tags, Higher,
    "measure span_f1(model: model, split: split, mode: text[default, strict] = default, scheme: text[IOB2, IOBES] = IOB2, average: text[micro, macro, weighted] = micro, zero_division: text[zero, one] = zero) -> score",
    |items, params| {
        of_spans(items, params, |precision, recall| match precision + recall {
            both if both > 0.0 => 2.0 * precision * recall / both,
            _ => 0.0,
        })
    }
}
