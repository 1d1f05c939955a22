//! The functions behind measures of text data, against the independent references of `tests/text/oracle.py`, and on any
//! text whatever.

use lmstd_runtime::text::encoding::{Fault, faults};
use lmstd_runtime::text::language::{code_of, detect};
use lmstd_runtime::text::minhash::{self, band_hashes, bands, bands_finding, jaccard, proposal, shingle_set, sign};
use lmstd_runtime::text::ngrams::{DEFAULT_WORDS, grams};
use lmstd_runtime::text::normalise::{Step, apply, of_word};
use lmstd_runtime::text::personal::{Found, Kind, Scanner, masked};
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use serde_json::Value;
use std::collections::HashSet;
use std::sync::LazyLock;
use std::time::Instant;

fn oracle(part: &str) -> Value {
    let all: Value = serde_json::from_str(include_str!("../text/oracle.json")).unwrap();
    all[part].clone()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn numbers(value: &Value) -> Vec<u64> {
    list(value).iter().map(|number| text(number).parse().unwrap()).collect()
}

#[test]
fn steps_equal_python() {
    let cases = oracle("normal");
    assert!(list(&cases).len() >= 100);
    for case in list(&cases) {
        let given = text(&case["text"]);
        for word in ["nfc", "nfd", "nfkc", "clean", "lower", "strip"] {
            let step = of_word(word).unwrap();
            assert_eq!(apply(&[step], given), text(&case[word]), "{word} of {given:?}");
        }
    }
    assert_eq!(of_word("NFC"), None);
    assert_eq!(apply(&[], " as it is "), " as it is ");
    assert_eq!(apply(&[Step::Nfkc, Step::Lower, Step::Clean], " ＡＢＣ\n\u{7}ΑΣ "), "abc ας");
}

#[test]
fn signatures_equal_the_reference() {
    for case in list(&oracle("minhash")) {
        let given = text(&case["text"]);
        assert_eq!(shingle_set(given), numbers(&case["set"]), "{given:?}");
        let signature = sign(given);
        assert_eq!(signature.is_none(), case["signature"].is_null(), "{given:?}");
        let Some(signature) = signature else { continue };
        let places: Vec<u32> = serde_json::from_value(case["signature"].clone()).unwrap();
        assert_eq!(signature.0.to_vec(), places, "{given:?}");
        assert_eq!(band_hashes(&signature, 9, 13).collect::<Vec<u64>>(), numbers(&case["bands"]), "{given:?}");
        assert_eq!(band_hashes(&signature, 500, 0).count(), minhash::PERMUTATIONS);
    }
}

#[test]
fn bands_are_those_of_datasketch() {
    for case in list(&oracle("bands")) {
        let threshold = case["threshold"].as_f64().unwrap();
        let size = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
        assert_eq!(bands(threshold), (size(&case["bands"]), size(&case["rows"])), "{threshold}");
        let finding = (size(&case["finding"][0]), size(&case["finding"][1]));
        assert_eq!(bands_finding(threshold, 0.95), finding, "{threshold}");
    }
    for odd in [f64::NAN, f64::INFINITY, -1.0, 0.0, 1.0, 2.0] {
        for (bands, rows) in [bands(odd), bands_finding(odd, 0.95)] {
            assert!((1..=minhash::PERMUTATIONS).contains(&(bands * rows)), "{odd}");
        }
    }
}

/// A text of made-up words from a stream of them.
fn made_up(random: &mut ChaCha8Rng, count: usize) -> Vec<String> {
    (0..count).map(|_| format!("w{:x}", random.next_u32() % 50_000)).collect()
}

#[test]
fn estimates_lie_within_the_binomial_bound() {
    let mut random = ChaCha8Rng::from_seed([9; 32]);
    let mut sum = 0.0;
    let pairs = 400;
    for _ in 0..pairs {
        let words = made_up(&mut random, 60);
        let mut other = words.clone();
        for _ in 0..random.next_u32() % 6 {
            let at = random.next_u32() as usize % other.len();
            other[at] = "changed".to_string();
        }
        let (left, right) = (words.join(" "), other.join(" "));
        let exact = jaccard(&left, &right);
        let estimate = sign(&left).unwrap().similarity(&sign(&right).unwrap());
        let deviation = (exact * (1.0 - exact) / minhash::PERMUTATIONS as f64).sqrt();
        assert!((estimate - exact).abs() <= 5.5 * deviation + 1e-12, "{estimate} for {exact}");
        sum += estimate - exact;
    }
    assert!((sum / f64::from(pairs)).abs() < 0.01, "the estimate is biased by {}", sum / f64::from(pairs));
}

#[test]
fn pairs_are_found_and_are_real() {
    let mut random = ChaCha8Rng::from_seed([10; 32]);
    let (bands, rows) = bands_finding(0.8, 0.95);
    assert!(proposal(0.8, bands, rows) >= 0.95);
    let hashes = |text: &str| band_hashes(&sign(text).unwrap(), bands, rows).collect::<HashSet<u64>>();
    let (mut close, mut found) = (0_u32, 0_u32);
    for _ in 0..300 {
        let words = made_up(&mut random, 80);
        let mut other = words.clone();
        other[40] = "changed".to_string();
        let (left, right) = (words.join(" "), other.join(", ").to_uppercase());
        let unrelated = made_up(&mut random, 80).join(" ");
        assert!(jaccard(&left, &right) >= 0.8 && jaccard(&left, &unrelated) < 0.05);
        close += 1;
        found += u32::from(!hashes(&left).is_disjoint(&hashes(&right)));
        assert!(hashes(&left).is_disjoint(&hashes(&unrelated)));
    }
    assert!(f64::from(found) >= 0.93 * f64::from(close), "{found} of {close}");
    assert_eq!(jaccard("Two words", "two  WORDS!"), 1.0);
    assert_eq!(jaccard("Two words", "two other"), 0.0);
    assert_eq!(jaccard("", "…"), 0.0);
    assert_eq!(sign("… !"), None);
}

#[test]
fn grams_are_those_of_the_janitor() {
    for case in list(&oracle("grams")) {
        let n = usize::try_from(case["n"].as_u64().unwrap()).unwrap();
        assert_eq!(grams(text(&case["text"]), n), numbers(&case["grams"]), "{case}");
    }
    for case in list(&oracle("shared")) {
        let n = usize::try_from(case["n"].as_u64().unwrap()).unwrap();
        let set = |part: &str| grams(text(&case[part]), n).into_iter().collect::<HashSet<u64>>();
        let (left, right) = (set("left"), set("right"));
        assert_eq!(Some(left.len() as u64), case["all"].as_u64(), "{case}");
        assert_eq!(Some(left.intersection(&right).count() as u64), case["shared"].as_u64(), "{case}");
    }
    assert!(grams("twelve words are one too few for a gram of usual length", DEFAULT_WORDS).is_empty());
    assert!(grams("a b", 0).is_empty());
    // Beyond ASCII: quotes and dashes are nothing, characters of Chinese are words.
    assert_eq!(grams("“Où — là?”", 2), grams("où là", 2));
    assert_eq!(grams("今天天气很好。", 3).len(), 4);
}

fn spans(scanner: &Scanner, text: &str) -> Vec<(Kind, String)> {
    scanner.scan(text).into_iter().map(|found| (found.kind, text[found.start..found.end].to_string())).collect()
}

fn kind(name: &str) -> Kind {
    match name {
        "email" => Kind::Email,
        "phone" => Kind::Phone,
        "card" => Kind::Card,
        "iban" => Kind::Iban,
        "national_id" => Kind::NationalId,
        "ip" => Kind::Ip,
        _ => panic!("{name}"),
    }
}

#[test]
fn personal_data_is_found_and_nothing_else() {
    let scanner = Scanner::new(&[]);
    let cases = oracle("personal");
    assert!(list(&cases["positive"]).len() >= 40 && list(&cases["negative"]).len() >= 60);
    for case in list(&cases["positive"]) {
        let expected = vec![(kind(text(&case["kind"])), text(&case["found"]).to_string())];
        assert_eq!(spans(&scanner, text(&case["text"])), expected, "{case}");
    }
    for case in list(&cases["negative"]) {
        let found = spans(&scanner, text(case));
        assert!(found.is_empty(), "{case}: {found:?}");
    }
    for case in list(&cases["generated"]) {
        let found = spans(&scanner, text(&case["text"]));
        let is_found = found.iter().any(|(kind, _)| matches!(kind, Kind::Card | Kind::NationalId));
        assert_eq!(Some(is_found), case["valid"].as_bool(), "{case}: {found:?}");
    }
}

#[test]
fn several_things_in_one_text_are_found_in_order() {
    let names = ["Anna", "Anna Maria Weiß", "王小明", "Li", "X", "…", " "].map(String::from);
    let scanner = Scanner::new(&names);
    let given =
        "Anna Maria Weiß (anna@example.org, +49 151 23456789) pays DE89 3704 0044 0532 0130 00; Annabel and Lina not.";
    let found: Vec<Kind> = scanner.scan(given).iter().map(|found| found.kind).collect();
    assert_eq!(found, [Kind::Name, Kind::Email, Kind::Phone, Kind::Iban]);
    assert_eq!(spans(&scanner, "Anna Maria")[0], (Kind::Name, "Anna".to_string()));
    assert_eq!(spans(&scanner, "我叫王小明。"), [(Kind::Name, "王小明".to_string())]);
    assert_eq!(spans(&scanner, "Li, X and …"), [(Kind::Name, "Li".to_string())]);
    assert!(scanner.scan("ANNA annals").is_empty());
}

#[test]
fn masks_never_show_the_whole() {
    let cases = [
        (Kind::Email, "jane.doe@example.org", "j…@e….org"),
        (Kind::Email, "j@x.org", "…@….org"),
        (Kind::Card, "4111 1111 1111 1111", "4…1"),
        (Kind::Iban, "DE89370400440532013000", "D…0"),
        (Kind::Phone, "+49 151 23456789", "+…9"),
        (Kind::Ip, "203.0.113.77", "2…7"),
        (Kind::NationalId, "123-45-6789", "1…9"),
        (Kind::Name, "王小明", "王…"),
        (Kind::Name, "Li", "L…"),
        (Kind::Phone, "1234", "…"),
        (Kind::Email, "", "…"),
    ];
    for (kind, given, expected) in cases {
        assert_eq!(masked(kind, given), expected, "{given}");
    }
}

#[test]
fn faults_of_encoding_are_found_and_sound_text_has_none() {
    let cases = oracle("encoding");
    for case in list(&cases["sound"]) {
        let found = faults(text(case));
        assert!(found.is_empty(), "{case}: {found:?}");
    }
    for case in list(&cases["broken"]) {
        let found = faults(text(case));
        assert!(found.iter().any(|(fault, _)| *fault == Fault::Mojibake), "{case}: {found:?}");
    }
    assert_eq!(faults("a\u{fffd}b"), [(Fault::Replacement, 1)]);
    assert_eq!(faults("a\u{80}\u{9f}"), [(Fault::Control, 1), (Fault::Control, 3)]);
    assert_eq!(faults("null\0"), [(Fault::Null, 4)]);
    assert_eq!(faults("a\u{8}b\u{1b}[0m\u{7f}"), [(Fault::Control, 1), (Fault::Control, 3), (Fault::Control, 7)]);
    assert!(faults("a\tb\r\nc\u{c}").is_empty());
    assert_eq!(faults("\u{feff}a\u{feff}\u{fffe}"), [(Fault::ByteOrderMark, 4), (Fault::ByteOrderMark, 7)]);
    assert_eq!(faults("\u{e000} \u{10fffd}"), [(Fault::PrivateUse, 0), (Fault::PrivateUse, 4)]);
    assert_eq!(faults("cafÃ© itâ€™s"), [(Fault::Mojibake, 3), (Fault::Mojibake, 10)]);
}

#[test]
fn languages_are_told_or_left_open() {
    let cases = [
        ("en", "The delivery was late and nobody answered the telephone for more than a week."),
        ("de", "Das Paket kam zu spät an und niemand hat auf unsere Fragen geantwortet."),
        ("fr", "La livraison était en retard et personne n'a répondu à nos questions pendant une semaine."),
        ("pl", "Dostawa się spóźniła i nikt nie odpowiedział na nasze pytania przez cały tydzień."),
        ("zh", "快递来得太晚了，没有人回答我们的问题。"),
        ("ja", "配達が遅れて、誰も答えませんでした。"),
        ("ko", "배송이 늦었고 아무도 대답하지 않았습니다."),
        ("hi", "डिलीवरी देर से हुई और किसी ने जवाब नहीं दिया।"),
        ("el", "Η παράδοση άργησε και κανείς δεν απάντησε."),
    ];
    for (code, given) in cases {
        let (found, confidence) = detect(given).unwrap();
        assert_eq!(found, code, "{given}");
        assert!((0.5..=1.0).contains(&confidence));
    }
    for open in ["", "12345 67890 !?", "Nice!", "ok", "很好", "ABC DEF GHI"] {
        assert_eq!(detect(open), None, "{open}");
    }
    for (declared, code) in [
        ("en", Some("en")),
        ("eng", Some("en")),
        ("English", Some("en")),
        ("en-GB", Some("en")),
        ("zh", Some("zh")),
        ("zh_Hans", Some("zh")),
        ("zho", Some("zh")),
        ("cmn", Some("zh")),
        (" DE ", Some("de")),
        ("ger", Some("de")),
        ("nb", Some("no")),
        ("fas", Some("fa")),
        ("", None),
        ("xx", None),
        ("Klingon", None),
    ] {
        assert_eq!(code_of(declared), code, "{declared}");
    }
}

/// Pieces of texts that sit on the borders of rules.
const PIECES: &[&str] = &[
    "4111",
    " ",
    "-",
    "+",
    "00",
    "0044",
    "(0)",
    "@",
    "a.b",
    "example.org",
    "DE89",
    "37040044",
    "::",
    "2001",
    ":",
    "1.2",
    ".",
    "ssn",
    "Tel",
    "Ã",
    "©",
    "â",
    "€",
    "™",
    "ß",
    "“",
    "é",
    "\u{a0}",
    "»",
    "Σ",
    "İ",
    "ﬁ",
    "\u{301}",
    "中",
    "文",
    "ไ",
    "\0",
    "\u{fffd}",
    "\u{feff}",
    "\u{85}",
    "X",
    "123456789",
    "AB",
    "§",
    "/",
    "Ÿ",
    "ð",
    "😀",
    "\r\n",
    "it",
];

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| Scanner::new(&["AB".to_string(), "中文".to_string()]));

fn check_any(text: &str) -> Result<(), TestCaseError> {
    let found = SCANNER.scan(text);
    for Found { kind, start, end } in &found {
        prop_assert!(start < end && text.is_char_boundary(*start) && text.is_char_boundary(*end));
        let whole = &text[*start..*end];
        prop_assert!(!masked(*kind, whole).contains(whole));
    }
    prop_assert!(found.windows(2).all(|pair| pair[0].end <= pair[1].start));
    for (_, at) in faults(text) {
        prop_assert!(text.is_char_boundary(at) && at < text.len());
    }
    for step in [Step::Nfc, Step::Nfd, Step::Nfkc, Step::Clean, Step::Strip] {
        let once = apply(&[step], text);
        prop_assert_eq!(apply(&[step], &once), once);
    }
    let set = shingle_set(text);
    prop_assert_eq!(sign(text).is_some(), !set.is_empty());
    prop_assert_eq!(jaccard(text, text), if set.is_empty() { 0.0 } else { 1.0 });
    for n in [0, 1, 3, usize::MAX] {
        prop_assert!(grams(text, n).len() <= text.len());
    }
    if let Some((code, confidence)) = detect(text) {
        prop_assert_eq!(code_of(code), Some(code));
        prop_assert!((0.5..=1.0).contains(&confidence));
    }
    for kind in [Kind::Email, Kind::Name, Kind::Card] {
        prop_assert!(masked(kind, text).chars().count() <= text.chars().count().max(1) + 4);
    }
    Ok(())
}

#[test]
fn any_text_is_taken() {
    proptest!(ProptestConfig::with_cases(300), |(picks in prop::collection::vec(0..PIECES.len(), 0..40))| {
        check_any(&picks.iter().map(|pick| PIECES[*pick]).collect::<String>())?;
    });
    proptest!(ProptestConfig::with_cases(300), |(characters in prop::collection::vec(any::<char>(), 0..60))| {
        check_any(&characters.into_iter().collect::<String>())?;
    });
}

#[test]
fn hostile_texts_cost_time_in_proportion() {
    let scanner = Scanner::new(&[]);
    let start = Instant::now();
    for piece in ["1", "11 ", "a@b.cc,", "0 ", "1.1.", "2001::", "+1", "a", "@", "Ã", "Ã©", "a://b:c@d.ee"] {
        let long = piece.repeat(200_000 / piece.len());
        scanner.scan(&long);
        faults(&long);
        sign(&long);
        grams(&long, 100_000);
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

#[test]
#[ignore = "a measurement of speed, not a test"]
fn throughput() {
    let mut random = ChaCha8Rng::from_seed([11; 32]);
    let texts: Vec<String> = (0..100_000).map(|_| made_up(&mut random, 50).join(" ")).collect();
    let scanner = Scanner::new(&[]);
    let measure = |name: &str, work: &dyn Fn(&str) -> usize| {
        let start = Instant::now();
        let sum: usize = texts.iter().map(|text| work(text)).sum();
        println!("{name}: {:?} for 100,000 texts of 50 words, one thread ({sum})", start.elapsed());
    };
    measure("sign", &|text| usize::from(sign(text).is_some()));
    measure("grams", &|text| grams(text, DEFAULT_WORDS).len());
    measure("personal data", &|text| scanner.scan(text).len());
    measure("encoding", &|text| faults(text).len());
    measure("language", &|text| usize::from(detect(text).is_some()));
}
