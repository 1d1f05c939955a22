//! `LMS-E5xxx`: documents that use others. In the examples `blocks.lms` is a library `blocks 1.2.0` with the operation
//! `twice`, `base.lms` a standard, and `circle.lms` a document that uses itself.

super::codes! {
    UNKNOWN_DOCUMENT "LMS-E5001" "a document that cannot be used" r#"
`use` and `extends` name a built-in document (`lmstd/…`) or a path relative to the document that names it. The document
must exist, be text, and hold what is asked of it: `extends` needs a standard.

```lms fail
use blokcs.lms
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = twice(x) }
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
    OUTSIDE_FOLDER "LMS-E5002" "a path that leaves the standard's own folder" r#"
A standard and all it uses lie in one folder, so that they can be copied, signed and checked together. No path may be
absolute, leave that folder with `..`, or go through a link.

```lms fail
use ../blocks.lms
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
    IMPORT_CYCLE "LMS-E5003" "documents that use each other in a circle" r#"
What a document means would depend on itself. Move what both need into a third document that uses neither.

```lms fail
use circle.lms
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
    WRONG_VERSION "LMS-E5004" "a version that is not accepted" r#"
A range of versions (`1.*`, `^1.2`, `=1.2.0`; semver.org) says which versions of a document this one was written for.
A document gets a version by `library NAME VERSION` or by its standard.

```lms fail
use blocks.lms 2.*
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = twice(x) }
}
```

```lms pass
use blocks.lms ^1.1
architecture a.B {
  config { n: int in 1..=8 }
  inputs { x: float[batch, n] }
  outputs { y: float[batch, n] }
  forward { output y = twice(x) }
}
```
"#;
    LOOSENED "LMS-E5005" "something that is looser than in the extended standard" r#"
A child takes over all that its parent requires and may only tighten it: whoever conforms to the child conforms to the
parent. Clause by clause this is proved; what cannot be proved counts as looser, and a counterexample is named where
there is one.

```lms fail
standard child 1.0.0 {
  extends base.lms
  clause SIZE must { size(m) <= 900 MiB }
}
```

```lms pass
standard child 1.0.0 {
  extends base.lms
  clause SIZE must { size(m) <= 100 MiB }
}
```
"#;
    UNKNOWN_ATTESTOR "LMS-E5006" "an attestor that the standard does not have" r#"
An attested fact rests on somebody's signature. Whose is named by `attestor NAME = "KEY"`; a fact is written
`attested.NAME.KEY`. Anybody could sign; only the named key counts.

```lms fail
clause A must { attested.lab.audit == "passed" and conforms(m) }
```

```lms pass
attestor lab = "lmstd-ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
clause A must { attested.lab.audit == "passed" and conforms(m) }
```
"#;
    BAD_KEY "LMS-E5007" "a key that is no public key" r#"
A public key is written as `lmstd-check keygen` writes it: `lmstd-ed25519:` and 32 bytes in base64.

```lms fail
attestor lab = "the lab"
clause A must { attested.lab.audit == "passed" and conforms(m) }
```

```lms pass
attestor lab = "lmstd-ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
clause A must { attested.lab.audit == "passed" and conforms(m) }
```
"#;
}
