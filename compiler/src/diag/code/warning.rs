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
The bar lies at the end of what the measure can give, or one of the alternatives always holds, so that every submission
passes. A clause that cannot fail says nothing, but reads as if it did.

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
A model, dataset, split or metric is defined, but no clause depends on it, so nothing checks it. Usually a clause is
missing.

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
The architecture itself, or another constraint, already limits the field to this range or a narrower one, so the
constraint excludes no model.

```lms fail
model n = bert.SequenceClassification { num_hidden_layers in 0..=512 }
clause A must { conforms(n) }
```

```lms pass
model n = bert.SequenceClassification { num_hidden_layers in 2..=48 }
clause A must { conforms(n) }
```
"#;
    UNPINNED "LMS-W4008" "a document whose text nothing pins" r#"
A document that is used may change after the standard was written. `lmstd-check lint --fix` writes the digest of every
document into `lmstd.lock` beside the standard; from then on another text is refused until the lock is written again.

```lms fail
use unpinned.lms
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = x + x }
}
```

```lms pass
use blocks.lms
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = twice(x) }
}
```
"#;
    SMALL_SAMPLE "LMS-W4009" "a sample too small for its bar" r#"
Even if every row were answered perfectly, the confidence bound of a rate on so few rows would not clear the bar: the
clause could never pass on the smallest data that the split allows. The message names the number of rows that could.

```lms fail
dataset small { text: text  label: class {no, yes}  split test { rows >= 50 } }
clause A must { accuracy(m, small.test) >= 0.99 at 95% }
```

```lms pass
dataset large { text: text  label: class {no, yes}  split test { rows >= 500 } }
clause A must { accuracy(m, large.test) >= 0.99 at 95% }
```
"#;
    TIGHT_TOLERANCE "LMS-W4010" "a tolerance below what the arithmetic can reach" r#"
Two correct programs in 32-bit floats differ by a few roundings, about 1e-7 of the value each. A smaller absolute
tolerance fails models that are right. `within derived` takes the tolerance from the arithmetic itself.

```lms fail
clause A must { agrees(m) within 1e-12 }
```

```lms pass
clause A must { agrees(m) within derived }
```
"#;
    UNREACHABLE_CHECK "LMS-W4011" "a requirement that can never hold" r#"
The same check is required and forbidden at once, so that no submission meets the clause.

```lms fail
clause A should { conforms(m) and not conforms(m) }
```

```lms pass
clause A should { conforms(m) }
```
"#;
}
