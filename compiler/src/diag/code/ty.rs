//! `LMS-E2xxx`: types, units and shapes.

super::codes! {
    WRONG_UNIT "LMS-E2001" "a bar in the wrong unit" r#"
The measure gives one kind of quantity and the bar is of another: a duration cannot be compared with a size. `%` is
for fractions only.

```lms fail
clause A must { latency(m).p95 <= 50 MiB }
```

```lms pass
clause A must { latency(m).p95 <= 50 ms }
```
"#;
    MISSING_UNIT "LMS-E2002" "a bar without its unit" r#"
Durations and sizes are never bare numbers: 50 could be seconds or milliseconds.

```lms fail
clause A must { latency(m).p95 <= 50 }
```

```lms pass
clause A must { latency(m).p95 <= 50 ms }
```
"#;
    UNKNOWN_UNIT "LMS-E2003" "a unit that does not exist" r#"
Durations: `ns us ms s min h`. Sizes: `B kB MB GB` (thousands) and `KiB MiB GiB` (1024). Fractions: `%`.

```lms fail
clause A must { latency(m).p95 <= 50 msec }
```

```lms pass
clause A must { latency(m).p95 <= 50 ms }
```
"#;
    UNREACHABLE_BAR "LMS-E2004" "a bar that can never be reached" r#"
Rates and scores lie in 0..=1, counts, durations and sizes are not negative. A bar outside can never be reached,
or is always cleared; usually a percentage was written without `%`.

```lms fail
clause A must { accuracy(m, reviews.test) >= 87.7 at 95% }
```

```lms pass
clause A must { accuracy(m, reviews.test) >= 87.7% at 95% }
```
"#;
    NOT_WHOLE "LMS-E2005" "a count that is not a whole number" r#"
Counts, byte sizes of columns and numbers of rows are whole numbers.

```lms fail
clause A must { parameters(m) <= 1000.5 }
```

```lms pass
clause A must { parameters(m) <= 1000 }
```
"#;
    WRONG_ARGUMENT "LMS-E2006" "an argument that does not fit" r#"
The call's arguments do not fit the signature: too many, unknown by name, given twice, or of another type.

```lms fail
clause A must { accuracy(reviews.test, m) >= 0.9 at 95% }
```

```lms pass
clause A must { accuracy(m, reviews.test) >= 0.9 at 95% }
```
"#;
    MISSING_ARGUMENT "LMS-E2007" "an argument that is missing" r#"
A parameter without a default must be given.

```lms fail
clause A must { accuracy(m) >= 0.9 at 95% }
```

```lms pass
clause A must { accuracy(m, reviews.test) >= 0.9 at 95% }
```
"#;
    NOT_A_REQUIREMENT "LMS-E2008" "an expression that requires nothing" r#"
A requirement is a check, a measured value compared with a bar, a closeness `within` a tolerance, or a fact that is
declared or attested; `and`, `or` and `not` join them.

```lms fail
clause A must { 0.9 + 0.1 }
```

```lms pass
clause A must { conforms(m) }
```
"#;
    MISSING_BAR "LMS-E2009" "a measured number without a bar" r#"
A number by itself is neither right nor wrong; say what it must be.

```lms fail
clause A must { parameters(m) }
```

```lms pass
clause A must { parameters(m) <= 1_000_000 }
```
"#;
    NOT_A_NUMBER "LMS-E2010" "a bar on something that is not a number" r#"
A check holds or does not hold and a closeness is judged `within` a tolerance: neither can be compared with a number.

```lms fail
clause A must { conforms(m) >= 1 }
```

```lms pass
clause A must { conforms(m) }
```
"#;
    MISPLACED_AT "LMS-E2011" "a confidence on an exact value" r#"
Counts and sizes are counted, not estimated, and checks hold or do not: a confidence has no meaning there.

```lms fail
clause A must { parameters(m) <= 1_000_000 at 95% }
```

```lms pass
clause A must { parameters(m) <= 1_000_000 }
```
"#;
    BAD_CONFIDENCE "LMS-E2012" "a confidence that is none" r#"
A confidence lies above 50% and below 100%: at 50% a coin decides, and nothing measured on a sample is certain.

```lms fail
clause A must { accuracy(m, reviews.test) >= 0.9 at 100% }
```

```lms pass
clause A must { accuracy(m, reviews.test) >= 0.9 at 99% }
```
"#;
    MISPLACED_WITHIN "LMS-E2013" "a tolerance on something that is not a closeness" r#"
`within` says how far outputs may lie from a reference, and only measures of closeness give a distance.

```lms fail
clause A must { conforms(m) within 1e-4 }
```

```lms pass
clause A must { agrees(m) within 1e-4 }
```
"#;
    MISSING_WITHIN "LMS-E2014" "a closeness without its tolerance" r#"
Floating-point outputs are never exactly equal; say how close they must be. `within derived` takes the tolerance that
follows from the arithmetic of this graph, and its origin is printed.

```lms fail
clause A must { agrees(m) }
```

```lms pass
clause A must { agrees(m) within derived }
```
"#;
    BAD_TOLERANCE "LMS-E2015" "a tolerance that is none" r#"
A tolerance is `derived` or a number above 0.

```lms fail
clause A must { agrees(m) within -1.0 }
```

```lms pass
clause A must { agrees(m) within 1e-4 }
```
"#;
    BAD_METRIC "LMS-E2016" "a metric that is not a weighted sum" r#"
A metric is a sum of `weight * measure` terms with positive weights over measures that give a rate or a score.
The model and the split are left out: they are given where the metric is used.

```lms fail
metric quality = accuracy * f1(positive)
clause A must { quality(m, reviews.test) >= 0.9 at 95% }
```

```lms pass
metric quality = 0.5 * accuracy + 0.5 * f1(positive)
clause A must { quality(m, reviews.test) >= 0.9 at 95% }
```
"#;
    TYPE_MISMATCH "LMS-E2017" "values of different types" r#"
Two values that cannot be compared or combined: a text with a number, for example.

```lms fail
model n = bert.SequenceClassification { hidden_act >= 12 }
clause A must { conforms(n) }
```

```lms pass
model n = bert.SequenceClassification { hidden_act in {"gelu", "relu"} }
clause A must { conforms(n) }
```
"#;
    NOT_A_CONDITION "LMS-E2018" "an expression that is not true or false" r#"
Constraints and `when` conditions are true or false; this one gives another value. Measured values cannot stand in a
condition: it is decided before anything is measured.

```lms fail
model n = bert.SequenceClassification { hidden_size + 1 }
clause A must { conforms(n) }
```

```lms pass
model n = bert.SequenceClassification { hidden_size <= 1024 }
clause A must { conforms(n) }
```
"#;
    SHAPE_MISMATCH "LMS-E2020" "shapes that do not fit" r#"
Two tensors meet whose dimensions are not the same for every config. Dimensions are compared as formulas, so this is
found before any model is read.

```lms fail
architecture a.B {
  config { n: int in 1..=8  k: int in 1..=8 }
  inputs { x: float[batch, n]  z: float[batch, k] }
  outputs { y: float[batch, n] }
  forward { output y = x + z }
}
```

```lms pass
architecture a.B {
  config { n: int in 1..=8  k: int in 1..=8 }
  inputs { x: float[batch, n]  z: float[batch, k] }
  outputs { y: float[batch, n] }
  forward { output y = x + linear(z, n) under "z" }
}
```
"#;
    NOT_DIVISIBLE "LMS-E2021" "a division that may leave a rest" r#"
A dimension is cut into equal parts, but nothing says that it divides. State it with `require` in `config`: then it is
checked when a config is bound.

```lms fail
architecture a.B {
  config { n: int in 1..=8  h: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, h, n div h] }
  forward { output y = rearrange(x[b (h d)] -> b h d, h = h) }
}
```

```lms pass
architecture a.B {
  config { n: int in 1..=8  h: int in 1..=8  require n % h == 0 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, h, n div h] }
  forward { output y = rearrange(x[b (h d)] -> b h d, h = h) }
}
```
"#;
    NOT_A_TENSOR "LMS-E2022" "a value where a tensor is needed" r#"
The operation works on tensors, but the value is known when the config is bound; or the other way round.

```lms fail
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = softmax("x", axis: -1) }
}
```

```lms pass
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = softmax(x, axis: -1) }
}
```
"#;
    BAD_AXIS "LMS-E2023" "an axis pattern that does not fit" r#"
A pattern names every axis of its tensor once; the result of `rearrange` has the same axes in another order, the
result of `contract` only axes that an operand has.

```lms fail
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[n, batch] }
  forward { output y = rearrange(x[b n k] -> n b) }
}
```

```lms pass
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[n, batch] }
  forward { output y = rearrange(x[b n] -> n b) }
}
```
"#;
    DTYPE_MISMATCH "LMS-E2024" "elements of the wrong type" r#"
The tensor's elements are `float`, `int` or `bool`, and the operation takes another of these. Nothing is converted
silently.

```lms fail
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: int[batch, n] in 0..8 }
  outputs { y: float[batch, n] }
  forward { output y = gelu(x) }
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
    RESULT_MISMATCH "LMS-E2025" "a body that does not give what its head says" r#"
The value of a block, or of an output, has another type than declared.

```lms fail
architecture a.B {
  config { n: int in 1..=8  k: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, k] }
  forward { output y = gelu(x) }
}
```

```lms pass
architecture a.B {
  config { n: int in 1..=8  k: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = gelu(x) }
}
```
"#;
    MISSING_OUTPUT "LMS-E2026" "an output that `forward` does not give" r#"
Every output that is declared is given once in `forward`, and no other.

```lms fail
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n]  z: float[batch, n] }
  forward { output y = gelu(x) }
}
```

```lms pass
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n]  z: float[batch, n] }
  forward { output y = gelu(x)  output z = x }
}
```
"#;
    RECURSION "LMS-E2027" "a block that calls itself" r#"
Every program ends: blocks may call blocks, but never in a circle. Repeat with `for`.

```lms fail
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  block again(x: float[batch, n]) -> float[batch, n] { again(x) }
  forward { output y = again(x) }
}
```

```lms pass
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  block once(x: float[batch, n]) -> float[batch, n] { gelu(x) }
  forward { output y = for i in 0..n, h = x { once(h) } }
}
```
"#;
    STATIC_VALUE "LMS-E2028" "a value that must be known before the model runs" r#"
Sizes, loop counts and conditions are known when the config is bound; they cannot depend on tensors.

```lms fail
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = for i in 0..x, h = x { gelu(h) } }
}
```

```lms pass
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = for i in 0..n, h = x { gelu(h) } }
}
```
"#;
    CONFIG_FIELD_TYPE "LMS-E2029" "a config field whose range or default does not fit its type" r#"
A config field is `int`, `real`, `bool` or `text`; its range and its default are of that type, and the default lies in
the range.

```lms fail
architecture a.B {
  config { n: int in 1..=8 = 12 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = gelu(x) }
}
```

```lms pass
architecture a.B {
  config { n: int in 1..=8 = 4 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = gelu(x) }
}
```
"#;
    UNBOUND_CONFIG "LMS-E2030" "a config field without a value" r#"
The checkpoint's `config.json` has none of the keys of this field, and the architecture gives no default. Add the key to
`config.json`, or a default to the architecture.
"#;
    DIVISION_BY_ZERO "LMS-E2031" "a division by zero" r#"
Nothing has a value after a division by zero, so that a condition with one never holds.

```lms fail
model n = bert.SequenceClassification { hidden_size % 0 == 0 }
clause A must { conforms(n) }
```

```lms pass
model n = bert.SequenceClassification { hidden_size % 64 == 0 }
clause A must { conforms(n) }
```
"#;
}
