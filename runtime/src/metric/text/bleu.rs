//! BLEU of a corpus.

use super::is_blank;
use super::ngrams::{Grams, Vocabulary, WORDS};
use super::rows;
use super::tokenize::{TOKENIZERS, Tokenizer, words};
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::{Law, Score};
use std::borrow::Cow;

metric! {
    /// # BLEU
    ///
    /// ## Measures
    /// How many runs of one to four words the candidates share with their references: 100 x brevity x exp(mean over the
    /// orders 1 to 4 of ln precision). The precision of an order is the number of its n-grams in the candidates that
    /// their references have too, each at most as often as one of the row's references has it, over the number of its
    /// n-grams in the candidates; both are summed over all rows first. Brevity is 1, or exp(1 - r / c) where the
    /// candidates have c words in all and the nearest references (the shorter one of two equally near) r, and c < r.
    /// From 0 to 100.
    ///
    /// - `tokenize`: what a word is. `"13a"` (Western languages, the usual choice), `intl` (punctuation and symbols of
    ///   Unicode apart), `zh` (each Chinese character a word), `char` (each character a word), `none` (split at
    ///   blanks).
    /// - `smooth_method`: what an order without a match has. `exp` (the k-th such order 1 / 2^k matches), `floor`
    ///   (`smooth_value` matches), `"add-k"` (`smooth_value` is added to matches and n-grams of each order above 1,
    ///   with matches or not), `none` (no match: BLEU is 0). `smooth_value` -1 stands for 0.1 of `floor` and 1 of
    ///   `"add-k"`.
    /// - `effective_order: yes` leaves out the orders that no candidate is long enough for; else they make BLEU 0.
    /// - `lowercase: yes` ignores capitals.
    ///
    /// Its interval is a seeded bootstrap over rows, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// The number that machine translation has been compared by since 2002: cheap, and the same everywhere if the
    /// tokeniser is.
    ///
    /// ## How to mend
    /// Read the worst rows. Brevity far below 1 means candidates that are cut off; a low precision of order 1 means
    /// wrong words, of order 4 alone wrong order.
    ///
    /// ## Traps
    /// It is of the corpus, not the mean of sentences; with few rows, or short ones, it says little. Two numbers
    /// compare only with the same tokeniser, smoothing, case and references. Give plain texts, not tokenised ones. It
    /// does not know synonyms: add a metric of meaning. Languages without blanks need `zh` or `char`; the tokenisers of
    /// sacreBLEU that are models (`ja-mecab`, `ko-mecab`, `spm`, `flores`) are not here. `zh` also puts apart all
    /// characters from U+2001 to U+2A6D, as sacreBLEU does, and no ideographs beyond U+FFFF. Without any match it is 0,
    /// whatever the smoothing. Rows may differ in their number of references.
    ///
    /// ## References
    /// Papineni and others 2002; Post 2018, "A Call for Clarity in Reporting BLEU Scores"; sacreBLEU 2.6.0
    /// `BLEU.corpus_score`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"references": [["The cat sat on the mat."], ["It rained all day, and we stayed at home."]], "candidates": ["The cat sat on a mat.", "It rained all day and we stayed home."]}, "expected": 42.892236153000134}
    /// ```
    /// ```json example
    /// {"parameters": {"tokenize": "zh"}, "input": {"references": [["今天天气很好。"]], "candidates": ["今天的天气很好。"]}, "expected": 59.4603557501361}
    /// ```
    /// ```lms pass
    /// bleu(translator, sentences.test) >= 20 at 95%
    /// ```
    /// ```lms fail
    /// bleu(translator, sentences.test, tokenize: intl) >= 95 at 95%
    /// ```
    "bleu", version 1, equals "sacrebleu", reads Texts, Higher,
    r#"measure bleu(model: model, split: split, tokenize: text["13a", intl, char, zh, none] = "13a", smooth_method: text[exp, floor, "add-k", none] = exp, smooth_value: real = -1, effective_order: text[no, yes] = no, lowercase: text[no, yes] = no) -> number"#,
    bind
}

/// What an order without a match has.
#[derive(Clone, Copy, Debug)]
enum Smooth {
    /// Half as many matches as the order without one before it, the first of them a half.
    Exp,
    /// So many matches.
    Floor(f64),
    /// So many are added to matches and n-grams of every order above 1.
    AddK(f64),
    /// None.
    No,
}

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let tokenizer = params.word("tokenize", TOKENIZERS)?;
    let lowercase = params.flag("lowercase", false)?;
    let smooth = smoothing(params)?;
    let effective = params.flag("effective_order", false)?;
    let counts = rows::each(rows::texts(items)?, |candidate, references| {
        let read = |text: &str| read(text, tokenizer, lowercase);
        let references: Vec<String> = references.iter().map(|text| read(text)).collect();
        counts(&read(candidate), &references)
    });
    let score = Score::over(counts, Law::Sample, move |weighed| {
        (weighed.total() > 0.0).then(|| bleu(weighed.sums(), smooth, effective))
    });
    Ok(score.into())
}

fn smoothing(params: &Params) -> Result<Smooth, Refusal> {
    let value = match params.number("smooth_value", -1.0)? {
        value if value >= 0.0 => Some(value),
        -1.0 => None,
        _ => {
            let mend = "write a number of at least 0, or -1 for the usual one";
            return Err(Refusal::new("`smooth_value` is below 0", mend));
        }
    };
    let methods = [
        ("exp", Smooth::Exp),
        ("floor", Smooth::Floor(value.unwrap_or(0.1))),
        ("add-k", Smooth::AddK(value.unwrap_or(1.0))),
        ("none", Smooth::No),
    ];
    params.word("smooth_method", &methods)
}

/// A text with blanks between its tokens; blanks at its end go first, as they could hide a hyphen there.
fn read(text: &str, tokenizer: Tokenizer, lowercase: bool) -> String {
    let cased = if lowercase { Cow::Owned(text.to_lowercase()) } else { Cow::Borrowed(text) };
    tokenizer.spaced(cased.trim_end_matches(is_blank))
}

/// What a row says: the words of the candidate, those of the nearest reference, the matches of each order, and the
/// n-grams of each order.
fn counts(candidate: &str, references: &[String]) -> [f64; 10] {
    let mut vocabulary = Vocabulary::default();
    let mut grams = |text| Grams::words(&vocabulary.ids(words(text)));
    let ours = grams(candidate);
    let theirs: Vec<Grams> = references.iter().map(|text| grams(text)).collect();
    let length = ours.length();
    let nearest = theirs.iter().map(Grams::length).min_by_key(|other| (other.abs_diff(length), *other)).unwrap_or(0);
    let of = |count: usize| count as f64;
    let [m1, m2, m3, m4] = [1, 2, 3, WORDS].map(|order| of(ours.matched(&theirs, order)));
    let [n1, n2, n3, n4] = [1, 2, 3, WORDS].map(|order| of(ours.total(order)));
    [of(length), of(nearest), m1, m2, m3, m4, n1, n2, n3, n4]
}

/// BLEU of the sums of the rows' counts.
fn bleu(sums: [f64; 10], smooth: Smooth, effective: bool) -> f64 {
    let [length, nearest, counts @ ..] = sums;
    let (matches, totals) = counts.split_at(WORDS);
    if matches.iter().all(|count| *count == 0.0) {
        return 0.0;
    }
    let (mut orders, mut logarithms, mut share) = (0_u8, 0.0, 1.0);
    for (matched, total) in matches.iter().zip(totals) {
        let (matched, total) = match smooth {
            Smooth::AddK(more) if orders > 0 => (matched + more, total + more),
            _ => (*matched, *total),
        };
        if total == 0.0 {
            break;
        }
        let counted = match smooth {
            _ if matched > 0.0 => matched,
            Smooth::Exp => {
                share /= 2.0;
                share
            }
            Smooth::Floor(value) => value,
            Smooth::AddK(_) | Smooth::No => 0.0,
        };
        orders += 1;
        logarithms += f64::ln(counted / total);
    }
    // An order without n-grams has precision 0.
    if !effective && usize::from(orders) < WORDS {
        return 0.0;
    }
    let brevity = if length < nearest { f64::exp(1.0 - nearest / length) } else { 1.0 };
    100.0 * brevity * f64::exp(logarithms / f64::from(orders))
}
