//! `LMS-E0xxx`: faults of form, one row a kind of syntax error.

super::codes! {
    EXPECTED "LMS-E0001" "something else was expected" r#"
The text is not a standard at this place: a word, a value or a bracket is missing or stands in the wrong place.
The parser goes on at the next item, so that one fault does not hide the others.

```lms fail
clause A must { accuracy(m, reviews.test) >= at 95% }
```

Write what the message lists as expected.

```lms pass
clause A must { accuracy(m, reviews.test) >= 0.9 at 95% }
```
"#;
    UNCLOSED "LMS-E0002" "a bracket that nothing closes" r#"
An opening bracket has no closing one. Everything after it would belong to the wrong part, so nothing is guessed.

```lms fail
standard example 1.0.0 {
  title en "Example"
```

Close it where its part ends.

```lms pass
standard example 1.0.0 {
  title en "Example"
  dataset reviews { text: text  split test }
  clause A must { schema(reviews) }
}
```
"#;
    UNOPENED "LMS-E0003" "a bracket that nothing opened" r#"
A closing bracket closes nothing, or closes a bracket of another kind.

```lms fail
clause A must { conforms(m} }
```

Remove it, or make it the kind that is open.

```lms pass
clause A must { conforms(m) }
```
"#;
    UNCLOSED_STRING "LMS-E0004" "a string without its closing quote" r#"
A text runs to the end of its line without a closing `"`. Texts stay on one line; write `\n` for a line break.

```lms fail
clause A must {
  text en "Every weight is right.
  conforms(m)
}
```

```lms pass
clause A must {
  text en "Every weight is right."
  conforms(m)
}
```
"#;
    BAD_NUMBER "LMS-E0005" "a number that does not fit" r#"
Whole numbers are 64-bit signed, others 64-bit floats. A number outside would change silently, so it is refused.

```lms fail
clause A must { parameters(m) <= 99_999_999_999_999_999_999 }
```

```lms pass
clause A must { parameters(m) <= 99_000_000_000 }
```
"#;
    TOO_DEEP "LMS-E0006" "brackets nested too deep" r#"
Brackets and blocks may be nested to a fixed depth, so that no text can exhaust the checker. No sensible standard
comes near it; split the expression into several clauses.
"#;
    TOO_LONG "LMS-E0007" "a text that is too long" r#"
A document may have a fixed number of bytes, so that no text can exhaust the checker. Split it into several standards.
"#;
    REPEATED "LMS-E0008" "a part given twice" r#"
A part that may stand once is given again. Neither is taken: which of them was meant cannot be known.

```lms fail
clause A must {
  conforms(m)
  finite(m)
}
```

```lms pass
clause A must {
  conforms(m) and finite(m)
}
```
"#;
    MISSING "LMS-E0009" "a part that must be there" r#"
A part without which the rest has no meaning is missing, for example the version of a standard: results cite it,
so that a bar cannot move after the score.

```lms fail
standard example {
  title en "Example"
}
```

```lms pass
standard example 1.0.0 {
  title en "Example"
  dataset reviews { text: text  split test }
  clause A must { schema(reviews) }
}
```
"#;
    BAD_YAML "LMS-E0010" "not YAML, or YAML outside the accepted subset" r#"
The YAML spelling takes one document of mappings, lists and plain values. Anchors, aliases, tags, merge keys and
further documents are refused: two readers could take them differently.

Mend the place that the message names; `lmstd-check fmt --to lms` shows what was understood of a valid file.
"#;
    DUPLICATE_KEY "LMS-E0011" "a YAML key given twice" r#"
One mapping has the same key twice. YAML libraries disagree on which one wins, so neither does here.

Remove one of the two.
"#;
    SCHEMA "LMS-E0012" "YAML that does not fit the schema" r#"
The YAML is well formed, but a key or a value is not one that a standard can have at this place.

`lmstd-check schema` prints the JSON Schema, which editors use to complete and check the file while it is written.
"#;
}
