//! Metrics of a text against references: translation, summaries and answers. They compare strings, not meaning.

pub mod beam;
pub mod bleu;
pub mod chrf;
pub mod exact_match;
pub mod ngrams;
pub mod places;
pub mod rouge;
pub mod rows;
pub mod shifts;
pub mod stem;
pub mod ter;
pub mod tercom;
pub mod token_f1;
pub mod tokenize;

/// Whether Python counts the character as a blank: Unicode's white space and the four separators of ASCII.
pub fn is_blank(character: char) -> bool {
    character.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&character)
}

/// Words as the SQuAD scripts normalise a text: lower-case, without ASCII punctuation, without English articles.
pub fn squad_words(text: &str) -> Vec<String> {
    let other = |character: char| !character.is_alphanumeric();
    let plain: String = text.to_lowercase().chars().filter(|character| !character.is_ascii_punctuation()).collect();
    let mut kept = String::with_capacity(plain.len());
    // A piece is a word, which may be empty, and the character after it: an article may stand beside a dash.
    for piece in plain.split_inclusive(other) {
        let word = piece.trim_end_matches(other);
        match word {
            "a" | "an" | "the" => {
                kept.push(' ');
                kept.push_str(&piece[word.len()..]);
            }
            _ => kept.push_str(piece),
        }
    }
    kept.split(is_blank).filter(|word| !word.is_empty()).map(str::to_string).collect()
}

/// How many entries two sorted lists share, each as often as it is in both.
pub fn common<T: Ord>(one: &[T], other: &[T]) -> usize {
    let shared = |group: &[T]| {
        let first = group.first()?;
        let from = other.partition_point(|entry| entry < first);
        let to = other.partition_point(|entry| entry <= first);
        Some(group.len().min(to - from))
    };
    one.chunk_by(|a, b| a == b).filter_map(shared).sum()
}
