//! The language server over its real protocol: the binary on one end of two pipes, an editor's questions on the other.

mod client;
mod complete;
mod faults;
mod names;
mod snapshot;
mod yaml;

/// A standard whose lines hold characters of two UTF-16 units and of three bytes before what is asked about.
const STANDARD: &str = r#"// 🦀 标准: wide characters stand before everything.

/// Encoders that tell whether a movie review is positive.
standard sentiment 1.0.0 {
  title en "Sentiment 🦀" zh "情感分类器"

  /// The article's model.
  model classifier = article.TransformerBlockClassifier { num_labels == 2; max_len in {64, 128} }

  dataset reviews {
    text: text, length in 1..=2_000, role input
    label: class {negative = 0, positive = 1}, role target
    split test from "data/test.csv" { rows >= 2_000 }
  }

  metric quality = 0.5 * accuracy + 0.5 * f1(positive)

  clause ARCH-1 must { text zh "权重🦀" conforms(classifier) satisfies eu-ai-act.annex-xi-1-1-d }

  clause QUAL-1 must {
    text zh "质量" en "Quality"
    accuracy(classifier, reviews.test) >= 0.75 at 95% and quality(classifier, reviews.test) >= 75% at 95%
  }

  clause OPS-1 should when classifier.max_len <= 256 { latency(classifier).p95 <= 200 ms }

  clause GOV-1 should { declared.license in {"MIT"} }
}
"#;

/// A tensor program.
const PROGRAM: &str = r#"/// 词袋 🦀: the mean of word vectors, and a linear layer.
architecture own.Bag {
  config {
    vocab_size: int in 1..=100_000 = 1_000
    width: int in 1..=1_024 = 64
    num_labels: int in 1..=100 = 2
  }
  inputs {
    input_ids: int[batch, seq] in 0..vocab_size
    attention_mask: bool[batch, seq] = true
  }
  outputs {
    logits: float[batch, num_labels]
  }
  /// The mean of the vectors of the words that count.
  block pool(ids: int[batch, seq], keep: bool[batch, seq]) -> float[batch, width] {
    let words = embedding(ids, vocab_size, width) under "embedding"
    masked_mean(words, keep)
  }
  forward {
    let pooled = pool(input_ids, attention_mask)
    let again = for i in 0..2, h = pooled { h + (linear(h, width) under "layer.{i}") }
    trace "pooled" = again
    output logits = linear(again, num_labels) under "classifier"
  }
}
"#;

/// The standard in the other spelling.
const YAML: &str = r#"# 🦀 标准
standard: sentiment
version: "1.0.0"
title: {en: "Sentiment 🦀", zh: 情感}
models:
  classifier:
    doc: The article's model.
    is: article.TransformerBlockClassifier
    require:
      - num_labels == 2
datasets:
  reviews:
    fields:
      text: text, length in 1..=2_000, role input
      label: class {negative = 0, positive = 1}, role target
    splits:
      test: {from: data/test.csv, require: [rows >= 2_000]}
metrics:
  quality: 0.5 * accuracy + 0.5 * f1(positive)
clauses:
  QUAL-1:
    level: must
    text: {zh: 质量🦀}
    require: >-
      accuracy(classifier, reviews.test) >= 0.75 at 95%
      and quality(classifier, reviews.test) >= 75% at 95%
    satisfies: [eu-ai-act.art-15-1]
  ARCH-1:
    level: must
    require: conforms(classifier)
"#;
