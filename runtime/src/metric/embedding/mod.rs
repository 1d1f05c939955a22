//! Metrics of embeddings: vectors that stand for words, texts or images, held against each other or against people's
//! judgement.

pub mod analogy_accuracy;
pub mod cosine;
pub mod spearman;
