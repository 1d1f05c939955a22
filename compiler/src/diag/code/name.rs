//! `LMS-E1xxx`: names that mean nothing, or two things.

super::codes! {
    UNKNOWN_NAME "LMS-E1001" "a name that means nothing here" r#"
The name is not defined where it is used. Nothing is defined implicitly: a misspelt name would otherwise check
something else than what was meant.

```lms fail
clause A must { accuracy(m, reviews) >= 0.9 at 95% and unheard_of }
```

```lms pass
clause A must { accuracy(m, reviews.test) >= 0.9 at 95% }
```
"#;
    UNKNOWN_MODEL "LMS-E1002" "a model that the standard does not have" r#"
Clauses speak of models by the name after `model`.

```lms fail
clause A must { conforms(clasifier) }
```

```lms pass
clause A must { conforms(m) }
```
"#;
    UNKNOWN_DATASET "LMS-E1003" "a dataset that the standard does not have" r#"
Clauses speak of datasets by the name after `dataset`.

```lms fail
clause A must { accuracy(m, review.test) >= 0.9 at 95% }
```

```lms pass
clause A must { accuracy(m, reviews.test) >= 0.9 at 95% }
```
"#;
    UNKNOWN_SPLIT "LMS-E1004" "a split that the dataset does not have" r#"
`dataset.split` names one split; it must be declared in the dataset.

```lms fail
clause A must { accuracy(m, reviews.tset) >= 0.9 at 95% }
```

```lms pass
clause A must { accuracy(m, reviews.test) >= 0.9 at 95% }
```
"#;
    UNKNOWN_MEASURE "LMS-E1005" "a measure that does not exist" r#"
A clause calls measures and the standard's own metrics. `lmstd-check explain` lists all measures.

```lms fail
clause A must { acuracy(m, reviews.test) >= 0.9 at 95% }
```

```lms pass
clause A must { accuracy(m, reviews.test) >= 0.9 at 95% }
```
"#;
    UNKNOWN_ARCHITECTURE "LMS-E1006" "an architecture that does not exist" r#"
A model names a built-in architecture, or one that stands in the same document.

```lms fail
model n = bert.SequenceClasification {}
clause A must { conforms(n) }
```

```lms pass
model n = bert.SequenceClassification {}
clause A must { conforms(n) }
```
"#;
    UNKNOWN_CLASS "LMS-E1007" "a class that the target column does not have" r#"
Measures of one class take a label of the dataset's target column, by its name.

```lms fail
clause A must { f1(m, reviews.test, postive) >= 0.9 at 95% }
```

```lms pass
clause A must { f1(m, reviews.test, positive) >= 0.9 at 95% }
```
"#;
    UNKNOWN_CONFIG_FIELD "LMS-E1008" "a config field that the architecture does not have" r#"
Constraints and `when` conditions speak of the fields in the architecture's `config`. A constraint on a field that
does not exist would hold for every model.

```lms fail
model n = bert.SequenceClassification { hiden_size in 128..=1024 }
clause A must { conforms(n) }
```

```lms pass
model n = bert.SequenceClassification { hidden_size in 128..=1024 }
clause A must { conforms(n) }
```
"#;
    UNKNOWN_RESULT "LMS-E1009" "a result that the measure does not give" r#"
A measure gives one plain value or several named ones, such as `.p50` and `.p95`; which of them is meant must be said.

```lms fail
clause A must { latency(m).p59 <= 50 ms }
```

```lms pass
clause A must { latency(m).p95 <= 50 ms }
```
"#;
    DUPLICATE_NAME "LMS-E1010" "a name given twice" r#"
Two things of one standard have the same name, so that a use of it could mean either. The ids of clauses appear in
certificates and must be unique as well.

```lms fail
clause A must { conforms(m) }
clause A must { schema(reviews) }
```

```lms pass
clause A must { conforms(m) }
clause B must { schema(reviews) }
```
"#;
    UNKNOWN_WORD "LMS-E1011" "a word outside its closed list" r#"
Some places take one of a few words: a role is `input`, `target`, `id` or `cluster`, a language is `en` or `zh`, a rule
of a split speaks of `rows`, an `average` of classes is `macro`, `micro` or `weighted`.

```lms fail
dataset other { text: text, role inptu  split test }
clause A must { schema(other) }
```

```lms pass
dataset other { text: text, role input  split test }
clause A must { schema(other) }
```
"#;
    UNKNOWN_OP "LMS-E1012" "an operation that does not exist" r#"
An architecture calls primitive operations, composite operations of the library and its own blocks.
`lmstd-check explain` lists the operations.

```lms fail
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = geluu(x) }
}
```

```lms pass
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = gelu(x) }
}
```
"#;
    UNKNOWN_AXIS "LMS-E1013" "an axis that the tensor does not have" r#"
An axis is named by a dimension of the tensor's type, or counted: `0` is the first, `-1` the last.

```lms fail
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = softmax(x, axis: seq) }
}
```

```lms pass
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = softmax(x, axis: n) }
}
```
"#;
}
