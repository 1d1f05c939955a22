//! Porter's stemmer (Porter 1980) with the changes that the PorterStemmer of nltk makes by default, for lower-case
//! words of ASCII letters and digits. Each step looks for the first ending of its list; only if the rest of the word is
//! long enough is the ending replaced.

/// Words that the rules would treat wrongly, and their stems.
const IRREGULAR: &[(&str, &str)] = &[
    ("sky", "sky"),
    ("skies", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("news", "news"),
    ("inning", "inning"),
    ("innings", "inning"),
    ("outing", "outing"),
    ("outings", "outing"),
    ("canning", "canning"),
    ("cannings", "canning"),
    ("howe", "howe"),
    ("proceed", "proceed"),
    ("exceed", "exceed"),
    ("succeed", "succeed"),
];

const PLURALS: &[(&str, &str)] = &[("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")];

const LONG_ENDINGS: &[(&str, &str)] = &[
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
];

const SHORT_ENDINGS: &[(&str, &str)] =
    &[("icate", "ic"), ("ative", ""), ("alize", "al"), ("iciti", "ic"), ("ical", "ic"), ("ful", ""), ("ness", "")];

const LAST_ENDINGS: &[(&str, &str)] = &[
    ("al", ""),
    ("ance", ""),
    ("ence", ""),
    ("er", ""),
    ("ic", ""),
    ("able", ""),
    ("ible", ""),
    ("ant", ""),
    ("ement", ""),
    ("ment", ""),
    ("ent", ""),
    ("ion", ""),
    ("ou", ""),
    ("ism", ""),
    ("ate", ""),
    ("iti", ""),
    ("ous", ""),
    ("ive", ""),
    ("ize", ""),
];

/// The stem of a lower-case word.
pub fn stem(word: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == word) {
        return (*stem).to_string();
    }
    let mut word = word.to_string();
    if word.len() > 2 && word.is_ascii() {
        plural(&mut word);
        past(&mut word);
        final_y(&mut word);
        long_ending(&mut word);
        replace(&mut word, SHORT_ENDINGS, |stem| measure(stem) > 0);
        last_ending(&mut word);
        final_e(&mut word);
        final_l(&mut word);
    }
    word
}

/// Replaces the first of the endings that the word has, if the rest of the word is such.
fn replace(word: &mut String, endings: &[(&str, &str)], such: impl Fn(&str) -> bool) {
    let Some((ending, other)) = endings.iter().find(|(ending, _)| word.ends_with(*ending)) else { return };
    let rest = word.len() - ending.len();
    if such(&word[..rest]) {
        word.truncate(rest);
        word.push_str(other);
    }
}

/// Takes off the last letters.
fn cut(word: &mut String, letters: usize) {
    word.truncate(word.len().saturating_sub(letters));
}

fn plural(word: &mut String) {
    match word.len() == 4 && word.ends_with("ies") {
        true => cut(word, 1),
        false => replace(word, PLURALS, |_| true),
    }
}

fn past(word: &mut String) {
    if word.ends_with("ied") {
        let letters = if word.len() == 4 { 1 } else { 2 };
        cut(word, letters);
    } else if let Some(rest) = word.strip_suffix("eed") {
        let letters = usize::from(measure(rest) > 0);
        cut(word, letters);
    } else if let Some(rest) = word.strip_suffix("ed").or_else(|| word.strip_suffix("ing"))
        && consonants(rest).any(|consonant| !consonant)
    {
        let length = rest.len();
        word.truncate(length);
        mend(word);
    }
}

/// Gives a word that lost `ed` or `ing` the ending that it had before.
fn mend(word: &mut String) {
    if ["at", "bl", "iz"].iter().any(|ending| word.ends_with(*ending)) {
        word.push('e');
    } else if ends_double(word) {
        let letters = usize::from(!word.ends_with(['l', 's', 'z']));
        cut(word, letters);
    } else if measure(word) == 1 && ends_short(word) {
        word.push('e');
    }
}

fn final_y(word: &mut String) {
    let replaced = word.strip_suffix('y').is_some_and(|rest| rest.len() > 1 && consonants(rest).last() == Some(true));
    if replaced {
        cut(word, 1);
        word.push('i');
    }
}

fn long_ending(word: &mut String) {
    if word.strip_suffix("alli").is_some_and(|rest| measure(rest) > 0) {
        cut(word, 2);
    }
    // The `l` counts for the stem, so that `geo` is long enough.
    match word.strip_suffix("ogi").filter(|rest| rest.ends_with('l')).map(|rest| measure(rest) > 0) {
        Some(long) => cut(word, usize::from(long)),
        None => replace(word, LONG_ENDINGS, |stem| measure(stem) > 0),
    }
}

fn last_ending(word: &mut String) {
    let ion = word.ends_with("ion");
    replace(word, LAST_ENDINGS, |stem| measure(stem) > 1 && (!ion || stem.ends_with(['s', 't'])));
}

fn final_e(word: &mut String) {
    let dropped = word.strip_suffix('e').is_some_and(|rest| match measure(rest) {
        0 => false,
        1 => !ends_short(rest),
        _ => true,
    });
    cut(word, usize::from(dropped));
}

fn final_l(word: &mut String) {
    let dropped = word.ends_with("ll") && measure(&word[..word.len() - 1]) > 1;
    cut(word, usize::from(dropped));
}

/// Whether each letter is a consonant: all but vowels, and `y` only where none stands before it.
fn consonants(word: &str) -> impl Iterator<Item = bool> + '_ {
    word.bytes().scan(false, |consonant, letter| {
        *consonant = match letter {
            b'a' | b'e' | b'i' | b'o' | b'u' => false,
            b'y' => !*consonant,
            _ => true,
        };
        Some(*consonant)
    })
}

/// How often consonants follow vowels: Porter's measure of a word.
fn measure(word: &str) -> usize {
    let (mut vowel, mut count) = (false, 0);
    for consonant in consonants(word) {
        count += usize::from(vowel && consonant);
        vowel = !consonant;
    }
    count
}

/// Whether the word ends with the same consonant twice.
fn ends_double(word: &str) -> bool {
    let mut letters = word.bytes().rev();
    let (last, before) = (letters.next(), letters.next());
    last.is_some() && last == before && consonants(word).last() == Some(true)
}

/// Whether the word ends with a consonant, a vowel and a consonant other than `w`, `x` and `y`; or is a vowel and a
/// consonant.
fn ends_short(word: &str) -> bool {
    let kinds: Vec<bool> = consonants(word).collect();
    match kinds.as_slice() {
        [first, second] => !first && *second,
        [.., true, false, true] => !word.ends_with(['w', 'x', 'y']),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn words_have_the_stems_of_nltk() {
        let pairs = "caresses caress flies fli dies die mules mule denied deni died die agreed agre owned own humbled \
            humbl sized size meeting meet stating state itemization item sensational sensat traditional tradit \
            reference refer colonizer colon plotted plot happy happi enjoy enjoy radically radic hopefully hope \
            archaeology archaeolog adoption adopt rolling roll controlling control filing file skies sky proceed \
            proceed yyyyy yyyyy on on";
        let words: Vec<&str> = pairs.split_whitespace().collect();
        for pair in words.chunks_exact(2) {
            assert_eq!(super::stem(pair[0]), pair[1], "{}", pair[0]);
        }
    }
}
