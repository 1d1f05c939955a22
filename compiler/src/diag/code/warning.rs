//! `LMS-W4xxx`: the standard compiles, but its author should look.

super::codes! {
    NO_CONFIDENCE "LMS-W4001" "a bar on an estimate without a confidence" r#"
A rate or score measured on a sample is an estimate. Whether the bar is cleared is decided on a confidence bound;
without `at`, 95% is taken. Say it, so that readers need not know the default.

```lms fail
clause A must { accuracy(m, reviews.test) >= 0.9 }
```

```lms pass
clause A must { accuracy(m, reviews.test) >= 0.9 at 95% }
```
"#;
    WEIGHTS_SUM "LMS-W4002" "weights that do not sum to 1" r#"
A weighted score lies in 0..=1 only if its weights sum to 1; otherwise its bars mean something else than they seem to.

```lms fail
metric quality = 0.5 * accuracy + 0.3 * f1(positive)
clause A must { quality(m, reviews.test) >= 0.7 at 95% }
```

```lms pass
metric quality = 0.5 * accuracy + 0.5 * f1(positive)
clause A must { quality(m, reviews.test) >= 0.7 at 95% }
```
"#;
    CANNOT_FAIL "LMS-W4003" "a requirement that cannot fail" r#"
The bar lies at the end of what the measure can give, so that every submission clears it. A clause that cannot fail
says nothing, but reads as if it did.

```lms fail
clause A must { accuracy(m, reviews.test) >= 0.0 at 95% }
```

```lms pass
clause A must { accuracy(m, reviews.test) >= 0.75 at 95% }
```
"#;
    NOTHING_MEASURED "LMS-W4004" "a `must` clause without measured evidence" r#"
The clause rests on what the submitter declares or a third party signed; nothing in it is measured. That can be
right, for licences for example, but a report will show it as declared or attested, never as measured.

```lms fail
clause A must { declared.robustness == "tested" }
```

```lms pass
clause A should { declared.robustness == "tested" }
clause B must { accuracy(m, reviews.test) >= 0.8 at 95% }
```
"#;
    UNUSED "LMS-W4005" "a definition that no clause uses" r#"
A model, dataset or metric is defined, but no clause depends on it, so nothing checks it. Usually a clause is missing.

```lms fail
metric quality = 1.0 * accuracy
clause A must { accuracy(m, reviews.test) >= 0.8 at 95% }
```

```lms pass
metric quality = 1.0 * accuracy
clause A must { quality(m, reviews.test) >= 0.8 at 95% }
```
"#;
    NEVER_APPLIES "LMS-W4006" "a clause that never applies" r#"
The condition after `when` is false for every submission: the dataset does not declare the column, or the model's
constraints exclude the config.

```lms fail
clause A must when reviews has lable { schema(reviews) }
```

```lms pass
clause A must when reviews has label { schema(reviews) }
```
"#;
    REDUNDANT_RANGE "LMS-W4007" "a constraint that changes nothing" r#"
The architecture itself already limits the field to this range or a narrower one, so the constraint excludes no model.

```lms fail
model n = bert.SequenceClassification { num_hidden_layers in 0..=512 }
clause A must { conforms(n) }
```

```lms pass
model n = bert.SequenceClassification { num_hidden_layers in 2..=48 }
clause A must { conforms(n) }
```
"#;
}
