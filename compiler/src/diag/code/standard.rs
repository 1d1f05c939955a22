//! `LMS-E3xxx`: standards that cannot be met, or that say nothing.

super::codes! {
    BAD_VERSION "LMS-E3001" "a version that is not a semantic version" r#"
Versions are `MAJOR.MINOR.PATCH` (semver.org): certificates cite them, and `diff` and `extends` compare them.

```lms fail
standard example 1.0 {
  dataset reviews { text: text  split test }
  clause A must { schema(reviews) }
}
```

```lms pass
standard example 1.0.0 {
  dataset reviews { text: text  split test }
  clause A must { schema(reviews) }
}
```
"#;
    NO_STANDARD "LMS-E3002" "a document without a standard" r#"
There is nothing to certify against: the document holds neither a standard nor an architecture.

```lms fail
// nothing yet
```

```lms pass
standard example 1.0.0 {
  dataset reviews { text: text  split test }
  clause A must { schema(reviews) }
}
```
"#;
    SECOND_STANDARD "LMS-E3003" "a second standard in one document" r#"
One document holds one standard, so that a result can cite the document's digest.

```lms fail
standard one 1.0.0 {
  dataset reviews { text: text  split test }
  clause A must { schema(reviews) }
}
standard two 1.0.0 {
  dataset reviews { text: text  split test }
  clause A must { schema(reviews) }
}
```

```lms pass
standard one 1.0.0 {
  dataset reviews { text: text  split test }
  clause A must { schema(reviews) }
}
```
"#;
    MISPLACED_ITEM "LMS-E3004" "an item that belongs to the library" r#"
Operations and measures are defined by the library, not by a standard: a standard that brought its own measure could
make any model pass. Architectures may stand beside a standard.

```lms fail
measure accuracy(model: model, split: split) -> rate
standard one 1.0.0 {
  dataset reviews { text: text  split test }
  clause A must { schema(reviews) }
}
```

```lms pass
standard one 1.0.0 {
  dataset reviews { text: text  split test }
  clause A must { schema(reviews) }
}
```
"#;
    NO_CLAUSES "LMS-E3005" "a standard that requires nothing" r#"
A standard without clauses would certify every submission.

```lms fail
standard one 1.0.0 {
  dataset reviews { text: text  split test }
}
```

```lms pass
standard one 1.0.0 {
  dataset reviews { text: text  split test }
  clause A must { schema(reviews) }
}
```
"#;
    NO_REQUIREMENT "LMS-E3006" "a clause that requires nothing" r#"
A clause has a text, but nothing that can be checked: it has no evidence. Name a measure, or a declared fact.

```lms fail
clause A must { text en "The model is good." }
```

```lms pass
clause A must {
  text en "The model is good."
  accuracy(m, reviews.test) >= 0.9 at 95%
}
```
"#;
    EMPTY_RANGE "LMS-E3007" "a range that holds nothing" r#"
The range ends before it begins, so no value lies in it and no submission can meet it.

```lms fail
model n = bert.SequenceClassification { hidden_size in 10..=5 }
clause A must { conforms(n) }
```

```lms pass
model n = bert.SequenceClassification { hidden_size in 5..=10 }
clause A must { conforms(n) }
```
"#;
    CONTRADICTORY_RANGE "LMS-E3008" "constraints that no value meets" r#"
Two constraints on one config field, or a constraint and the architecture's own range, have no value in common: no
model can meet the standard.

```lms fail
model n = bert.SequenceClassification {
  hidden_size >= 1024
  hidden_size <= 512
}
clause A must { conforms(n) }
```

```lms pass
model n = bert.SequenceClassification {
  hidden_size >= 512
  hidden_size <= 1024
}
clause A must { conforms(n) }
```
"#;
    CONTRADICTORY_CLAUSES "LMS-E3009" "clauses that cannot both hold" r#"
Two `must` clauses set bars on the same measured value that no number clears together, or ask for facts that are never
one, or exclude each other through their alternatives: no submission can conform.

```lms fail
clause A must { size(m) >= 20 MiB }
clause B must { size(m) < 10 MiB }
```

```lms pass
clause A must { size(m) >= 10 MiB }
clause B must { size(m) < 20 MiB }
```
"#;
    BAD_FIELD_RULE "LMS-E3010" "a rule that does not fit its column" r#"
`length` limits the characters of a text; `in` limits numbers or lists allowed values; a class already lists its labels.

```lms fail
dataset other { stars: int, length in 1..=5  split test }
clause A must { schema(other) }
```

```lms pass
dataset other { stars: int, in 1..=5  split test }
clause A must { schema(other) }
```
"#;
    NO_COLUMN "LMS-E3011" "a dataset without the column that a measure needs" r#"
A measure of a model on a split compares its answers with the target column: the one with `role target`, or without
roles the only class column.

```lms fail
dataset other { text: text  split test }
clause A must { accuracy(m, other.test) >= 0.9 at 95% }
```

```lms pass
dataset other { text: text  label: class {no, yes}  split test }
clause A must { accuracy(m, other.test) >= 0.9 at 95% }
```
"#;
    NO_SPLITS "LMS-E3012" "a dataset without splits" r#"
Data is read split by split; a dataset without one has no rows.

```lms fail
dataset other { text: text }
clause A must { schema(other) }
```

```lms pass
dataset other { text: text  split all }
clause A must { schema(other) }
```
"#;
    UNSOLVABLE "LMS-E3013" "sizes that no model can have together" r#"
The constraints of a model and the architecture's own requirements are solved together. No choice of the fields meets
all of them, although each alone could be met: the message names those that conflict and the values they leave.

```lms fail
model n = bert.SequenceClassification {
  hidden_size in {128, 256}
  num_attention_heads == 3
}
clause A must { conforms(n) }
```

```lms pass
model n = bert.SequenceClassification {
  hidden_size in {128, 256}
  num_attention_heads == 4
}
clause A must { conforms(n) }
```
"#;
    NO_GROUP "LMS-E3014" "groups that the dataset does not have" r#"
A measure of fairness compares the groups of a class column: one with two labels or more that is not what the model
predicts. Declare the column, or ask for groups that the dataset has.

```lms fail
dataset people { text: text  gender: class {female, male}  label: class {no, yes}, role target  split test }
clause A must { demographic_parity_difference(m, people.test, by: region) <= 10% at 95% }
```

```lms pass
dataset people { text: text  gender: class {female, male}  label: class {no, yes}, role target  split test }
clause A must { demographic_parity_difference(m, people.test, by: gender) <= 10% at 95% }
```
"#;
    BAD_SLICE "LMS-E3015" "a part of the rows that cannot be told" r#"
`by` cuts the rows of a measure of a model on a split into groups, and `where` keeps those for which a condition holds:
a number column, or `length` for the characters of the input, against a number, or a class column against its labels.

```lms fail
dataset people { text: text  gender: class {female, male}  label: class {no, yes}, role target  split test }
clause A must { accuracy(m, people.test where text) >= 80% at 95% }
```

```lms pass
dataset people { text: text  gender: class {female, male}  label: class {no, yes}, role target  split test }
clause A must { accuracy(m, people.test where length > 200) by gender each slice >= 80% at 95% }
```
"#;
}
