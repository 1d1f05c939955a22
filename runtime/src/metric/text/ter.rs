//! Translation edit rate of a corpus.

use super::ngrams::Vocabulary;
use super::rows;
use super::shifts;
use super::tercom::Tercom;
use super::tokenize::words;
use crate::metric::api::{Params, Refusal, Scores, metric};
use crate::metric::items::Items;
use crate::metric::score::{Law, Score, Weighed};

metric! {
    /// # Translation edit rate
    ///
    /// ## Measures
    /// How much must be edited to make the candidates their references: 100 x edits / reference words, both summed over
    /// all rows. An edit is a word inserted, deleted or replaced, or a block of words shifted, whatever its
    /// length. Of several references of a row the one with the fewest edits counts, over the mean length of all of them. 0
    /// is best; it may be above 100. Words are what stands between blanks, capitals ignored.
    ///
    /// - `normalized: yes` puts punctuation apart, joins lines, and turns `&lt;` and the like into characters.
    /// - `no_punct: yes` takes out the marks `. , ? : ; ! " ( )`.
    /// - `asian_support: yes`: with `normalized` each Chinese character and Asian mark is a word; with `no_punct` Asian
    ///   marks are taken out too.
    /// - `case_sensitive: yes` heeds capitals.
    ///
    /// Its interval is a seeded bootstrap over rows, bias-corrected and accelerated (BCa).
    ///
    /// ## Why it matters
    /// It stands for the work of a person who corrects the text, and counts a phrase at the wrong place once.
    ///
    /// ## How to mend
    /// Read the worst rows. Many insertions mean candidates that are too short, many deletions such as are too long.
    ///
    /// ## Traps
    /// The fewest edits with shifts are not found but approached: the best shift first, of blocks of at most 10 words
    /// over at most 50, at most 1000 tries, edits within 25 words of the diagonal, as in sacreBLEU. Other programs
    /// differ. Where all references are empty it is 100, or 0 if all candidates are empty too. Texts of more than 4000
    /// words are refused, as the search would take too long: give sentences. Without `normalized`, `mat.` and `mat` are
    /// different words.
    ///
    /// ## References
    /// Snover and others 2006, "A Study of Translation Edit Rate with Targeted Human Annotation"; Tercom 0.8; sacreBLEU
    /// 2.6.0 `TER.corpus_score`.
    ///
    /// ```json example
    /// {"parameters": {}, "input": {"references": [["on the mat the cat sat quietly"], ["we stayed at home"]], "candidates": ["the cat sat on the mat", "we stayed home"]}, "expected": 27.27272727272727}
    /// ```
    /// ```json example
    /// {"parameters": {"normalized": true, "no_punct": true}, "input": {"references": [["It rained, so we stayed."]], "candidates": ["it rained so we left!"]}, "expected": 20.0}
    /// ```
    /// ```lms pass
    /// ter(translator, sentences.test) <= 60 at 95%
    /// ```
    /// ```lms fail
    /// ter(translator, sentences.test, normalized: yes) <= 1 at 95%
    /// ```
    "ter", version 1, equals "sacrebleu", reads Texts, Lower,
    "measure ter(model: model, split: split, normalized: text[no, yes] = no, no_punct: text[no, yes] = no, case_sensitive: text[no, yes] = no, asian_support: text[no, yes] = no) -> number",
    bind
}

/// Most words of a text: a row takes up to a thousand tables of 50 cells a word.
const MOST_WORDS: usize = 4000;

fn bind(items: &Items, params: &Params) -> Result<Scores, Refusal> {
    let tercom = Tercom::new(params)?;
    let counts = rows::each(rows::texts(items)?, |candidate, references| {
        let references: Vec<String> = references.iter().map(|text| tercom.spaced(text)).collect();
        counts(&tercom.spaced(candidate), &references)
    });
    if let Some(row) = counts.iter().position(Option::is_none) {
        let message = format!("a text has more than {MOST_WORDS} words (row {})", row + 1);
        return Err(Refusal::new(message, "split it into sentences, a row each"));
    }
    Ok(Score::over(counts.into_iter().flatten(), Law::Sample, rate).into())
}

/// What a row says: the fewest edits, and the mean number of words of its references; `None` where a text is too long.
fn counts(candidate: &str, references: &[String]) -> Option<[f64; 2]> {
    let mut vocabulary = Vocabulary::default();
    let ours = vocabulary.ids(words(candidate));
    let theirs: Vec<Vec<u32>> = references.iter().map(|text| vocabulary.ids(words(text))).collect();
    if ours.len().max(theirs.iter().map(Vec::len).max()?) > MOST_WORDS {
        return None;
    }
    let edits = theirs.iter().map(|reference| shifts::edits(&ours, reference)).min()?;
    let length: usize = theirs.iter().map(Vec::len).sum();
    Some([edits as f64, length as f64 / theirs.len() as f64])
}

fn rate(weighed: &Weighed<'_>) -> Option<f64> {
    let [edits, length] = weighed.sums();
    let rate = match (edits > 0.0, length > 0.0) {
        (_, true) => edits / length,
        (true, false) => 1.0,
        (false, false) => 0.0,
    };
    (weighed.total() > 0.0).then_some(100.0 * rate)
}
