//! What every standard may use: built-in architectures and composite operations (documents compiled into the program)
//! and the signatures of measures, which come in from outside. The list of documents is held against the folder by a test.

use crate::diag::{Diagnostic, Sink, code, syntax};
use crate::inherit;
use crate::measure::{Signature, Stage};
use indexmap::IndexMap;
use lmstd_grammar::ast::{Architecture, Function, Item};
use lmstd_grammar::source::{SourceMap, Spelling};
use lmstd_grammar::span::FileId;

/// A row: the name shown in messages, and the text.
macro_rules! documents {
    ($($name:literal),* $(,)?) => { &[$((concat!("std/", $name), include_str!(concat!("../std/", $name)))),*] };
}

/// Every built-in document by name, in the order of the names.
pub fn std_documents() -> &'static [(&'static str, &'static str)] {
    documents![
        "architectures/albert.lms",
        "architectures/article.lms",
        "architectures/bart.lms",
        "architectures/bert.lms",
        "architectures/clip.lms",
        "architectures/cnn.lms",
        "architectures/convnext.lms",
        "architectures/deberta_v2.lms",
        "architectures/distilbert.lms",
        "architectures/electra.lms",
        "architectures/falcon.lms",
        "architectures/fer.lms",
        "architectures/gemma.lms",
        "architectures/gemma2.lms",
        "architectures/gpt2.lms",
        "architectures/gpt3.lms",
        "architectures/gpt_neo.lms",
        "architectures/gpt_neox.lms",
        "architectures/llama.lms",
        "architectures/marian.lms",
        "architectures/mistral.lms",
        "architectures/mixtral.lms",
        "architectures/mlp.lms",
        "architectures/mobilenet_v2.lms",
        "architectures/opt.lms",
        "architectures/phi.lms",
        "architectures/qwen2.lms",
        "architectures/qwen3.lms",
        "architectures/resnet.lms",
        "architectures/rezero.lms",
        "architectures/roberta.lms",
        "architectures/sentence.lms",
        "architectures/smollm.lms",
        "architectures/t5.lms",
        "architectures/transformer.lms",
        "architectures/vaswani.lms",
        "architectures/vit.lms",
        "architectures/wav2vec2.lms",
        "architectures/whisper.lms",
        "architectures/word_vectors.lms",
        "ops/activation.lms",
        "ops/attention.lms",
        "ops/attention_weights.lms",
        "ops/batch_norm.lms",
        "ops/causal.lms",
        "ops/causal_window.lms",
        "ops/conv1d.lms",
        "ops/conv2d.lms",
        "ops/embedding.lms",
        "ops/gelu.lms",
        "ops/gelu_tanh.lms",
        "ops/group_norm.lms",
        "ops/hard_swish.lms",
        "ops/keys_seen.lms",
        "ops/l2_normalise.lms",
        "ops/last_token.lms",
        "ops/layer_norm.lms",
        "ops/linear.lms",
        "ops/linear_in_out.lms",
        "ops/masked_mean.lms",
        "ops/max_pool2d.lms",
        "ops/merge_heads.lms",
        "ops/mish.lms",
        "ops/quick_gelu.lms",
        "ops/relu6.lms",
        "ops/repeat_heads.lms",
        "ops/rms_norm.lms",
        "ops/rope_dynamic.lms",
        "ops/rope_frequencies.lms",
        "ops/rope_half.lms",
        "ops/rope_linear.lms",
        "ops/rope_llama3.lms",
        "ops/rope_pairs.lms",
        "ops/rope_yarn.lms",
        "ops/round_to_8_bits.lms",
        "ops/sigmoid.lms",
        "ops/silu.lms",
        "ops/sinusoidal_positions.lms",
        "ops/soft_cap.lms",
        "ops/softmax.lms",
        "ops/softplus.lms",
        "ops/split_heads.lms",
        "ops/top_k.lms",
    ]
}

/// A measure as its crate describes it.
#[derive(Clone, Copy, Debug)]
pub struct MeasureRow {
    /// One `measure …` item in `.lms`.
    pub source: &'static str,
    /// What must be there before it can run.
    pub stage: Stage,
}

/// A definition and the document it stands in.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    /// The definition.
    pub item: T,
    /// Its document in [`Library::sources`].
    pub file: FileId,
}

/// Every definition that a standard may use without defining it.
#[derive(Clone, Debug, Default)]
pub struct Library {
    /// The documents; a compilation adds the user's own after them, so that ids stay.
    pub sources: SourceMap,
    /// Architectures by dotted name.
    pub architectures: IndexMap<String, Entry<Architecture>>,
    /// Composite operations by name.
    pub ops: IndexMap<String, Entry<Function>>,
    /// Measures by id.
    pub measures: IndexMap<String, Entry<Signature>>,
    /// Faults of the library itself; empty, which tests hold.
    pub faults: Vec<Diagnostic>,
}

impl Library {
    /// Parses the built-in documents and the signatures of `measures`.
    pub fn new(measures: &[MeasureRow]) -> Library {
        let mut library = Library::default();
        let mut sink = Sink::default();
        for (name, text) in std_documents() {
            library.add(name, text, None, &mut sink);
        }
        let own: IndexMap<String, Architecture> =
            library.architectures.iter().map(|(name, entry)| (name.clone(), entry.item.clone())).collect();
        let names: Vec<&str> = own.keys().map(String::as_str).collect();
        for entry in library.architectures.values_mut() {
            entry.item = inherit::merged(&own[entry.item.name.as_str()], &|_, name| own.get(name), &names, &mut sink);
        }
        for row in measures {
            library.add("measures", row.source, Some(row.stage), &mut sink);
        }
        library.faults = sink.into_sorted();
        library
    }

    fn add(&mut self, name: &str, text: &str, stage: Option<Stage>, sink: &mut Sink) {
        let file = self.sources.add(name, text, Spelling::Lms);
        let (document, errors) = lmstd_grammar::parse(file, &self.sources);
        errors.iter().for_each(|error| sink.push(syntax::from_syntax(error)));
        for item in document.items {
            let (span, name, taken) = match (item, stage) {
                (Item::Architecture(item), None) => {
                    let (span, name) = (item.name.span, item.name.value.clone());
                    let taken = self.architectures.insert(name.clone(), Entry { item, file }).is_some();
                    (span, name, taken)
                }
                (Item::Op(item), None) => {
                    let (span, name) = (item.name.span, item.name.value.clone());
                    let taken = self.ops.insert(name.clone(), Entry { item, file }).is_some();
                    (span, name, taken)
                }
                (Item::Measure(item), Some(stage)) => {
                    let (span, name) = (item.name.span, item.name.value.clone());
                    let item = Signature::check(&item, stage, sink);
                    let taken = self.measures.insert(name.clone(), Entry { item, file }).is_some();
                    (span, name, taken)
                }
                (Item::Standard(item), _) => (item.span, item.name.value, true),
                (Item::Library(item), _) => (item.span, item.name.value, true),
                (Item::Architecture(Architecture { span, name, .. }), Some(_))
                | (Item::Op(Function { span, name, .. }), Some(_)) => (span, name.value, true),
                (Item::Measure(item), None) => (item.span, item.name.value, true),
            };
            if taken {
                let message = format!("`{name}` stands twice in the library, or in the wrong place");
                sink.push(Diagnostic::error(&code::DUPLICATE_NAME, span, message));
            }
        }
    }
}
