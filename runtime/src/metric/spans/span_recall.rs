//! Recall of spans in sequences of tags.

use super::of_spans;
use crate::metric::api::metric;

metric! {
    /// # Span recall
    ///
    /// ## Measures
    /// The share of the true spans that are found: TP / (TP + FN). A true span is found (TP) if a predicted span has
    /// its type, its begin and its end.
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
    /// How much is missed: of a model that takes names out of texts before they are passed on, each missed span is a
    /// person who can be recognised.
    ///
    /// ## How to mend
    /// Look at the true spans that are missed, type by type: rare types need more examples, long spans that are found
    /// in part need a look at their borders.
    ///
    /// ## Traps
    /// The default mode is seqeval's, and lenient: `O I-PER` is a span there and none under `mode: strict`, so say
    /// which one a number is of. Lenient reading takes the type to be what stands behind the first letter, or behind
    /// the first hyphen if there is one: tags in suffix form (`PER-B`) are not understood, and their values mean
    /// nothing. Letters other than O, B, I, E, S are read as seqeval reads them, but each sentence for itself. Under
    /// `macro` a type that only the prediction has counts; without any span `macro` is undefined. A model that predicts
    /// many spans has a high recall: look at the precision as well. `zero_division: one` counts a type that is never
    /// true as fully found.
    ///
    /// ## References
    /// Tjong Kim Sang and De Meulder 2003, CoNLL-2003; Ramshaw and Marcus 1995 for the tags; seqeval 1.2.2
    /// `recall_score`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"truth": [["B-PER", "I-PER", "O", "B-LOC"], ["B-ORG", "O"]], "prediction": [["B-PER", "I-PER", "O", "O"], ["B-LOC", "O"]]}, "expected": 0.3333333333333333}
    /// ```
    /// ```json example
    /// {"parameters": {"average": "weighted", "zero_division": 0}, "input": {"truth": [["B-PER", "I-PER", "O", "B-LOC"], ["B-ORG", "O"]], "prediction": [["B-PER", "I-PER", "O", "O"], ["B-LOC", "O"]]}, "expected": 0.3333333333333333}
    /// ```
    /// ```lms pass
    /// span_recall(tagger, entities.test) >= 0.5 at 95%
    /// ```
    /// ```lms fail
    /// span_recall(tagger, entities.test, average: macro) >= 0.995 at 95%
    /// ```
    "span_recall", version 1, equals "seqeval", reads Tags, Higher,
    "measure span_recall(model: model, split: split, mode: text[default, strict] = default, scheme: text[IOB2, IOBES] = IOB2, average: text[micro, macro, weighted] = micro, zero_division: text[zero, one] = zero) -> score",
    |items, params| of_spans(items, params, |_, recall| recall)
}
