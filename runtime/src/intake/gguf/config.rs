//! What `config.json` would say of a GGUF file: its keys, by the names that the architecture's own library gives them.
//!
//! Numbers have their key's name in every refusal. What two keys, or a key and a tensor, say differently is refused, as is
//! what a file may say and the library's configuration has no word for.

use super::super::error::{IntakeError, fault, printable};
use super::{Gguf, broken};
use serde_json::{Map, Value, json};
use std::f64::consts::TAU;

/// The ranges of sizes.
const WIDTH: u64 = 65_536;
const INNER: u64 = 1_048_576;
const LAYERS: u64 = 512;
const HEADS: u64 = 1_024;
const POSITIONS: u64 = 100_000_000;
const WORDS: u64 = 10_000_000;
/// The rotary base where a file does not say.
const THETA: f64 = 10_000.0;
/// Llama 3's own scaling, of which files store the factors alone: what divides the trained length.
const LLAMA3: Llama3 = Llama3 { low: 1.0, high: 4.0, trained: 8_192.0 };
/// How far stored factors may be from computed ones.
const FACTOR_ERROR: f64 = 1e-4;

/// The configuration of a file, an object.
///
/// # Errors
/// `unsupported_format` for architectures and options that have no word here; `malformed_header` for keys that are
/// missing, out of range, or contradict each other.
pub(in super::super) fn config(gguf: &Gguf) -> Result<Value, IntakeError> {
    let family = gguf.metadata.text("general.architecture")?;
    let family = family.ok_or_else(|| gguf.metadata.missing("general.architecture"))?;
    let mut keys = Keys { gguf, family, out: Map::new() };
    if keys.whole("expert_count", 0..=HEADS)?.unwrap_or(0) > 0 {
        return Err(keys.unsupported("expert_count", "a mixture of experts is not read from GGUF"));
    }
    match family {
        "llama" => llama(&mut keys)?,
        "qwen2" => qwen2(&mut keys)?,
        "qwen3" => decoder(&mut keys, "qwen3", "Qwen3ForCausalLM")?,
        "gemma" => gemma(&mut keys)?,
        "gemma2" => gemma2(&mut keys)?,
        "gpt2" => gpt2(&mut keys)?,
        "phi2" => phi(&mut keys)?,
        "falcon" => falcon(&mut keys)?,
        "gptneox" => gpt_neox(&mut keys)?,
        "bert" => bert(&mut keys)?,
        _ => {
            let message = format!("models of the architecture `{}` are not read from GGUF", printable(family));
            return Err(IntakeError::new(fault::UNSUPPORTED_FORMAT, &gguf.path, message)
                .because("llama, qwen2, qwen3, gemma, gemma2, gpt2, phi2, falcon, gptneox, bert", family)
                .mend("submit the model as safetensors with its config.json"));
        }
    }
    keys.words()?;
    keys.special()?;
    if family != "llama" && gguf.rope_factors.is_some() {
        return Err(
            keys.unsupported("rope.freq_base", "factors of rotary frequencies are not read for this architecture")
        );
    }
    Ok(Value::Object(keys.out))
}

/// The keys of one architecture, and the configuration so far.
struct Keys<'g> {
    gguf: &'g Gguf,
    family: &'g str,
    out: Map<String, Value>,
}

impl Keys<'_> {
    fn key(&self, name: &str) -> String {
        format!("{}.{name}", self.family)
    }

    fn whole(&self, name: &str, range: std::ops::RangeInclusive<u64>) -> Result<Option<u64>, IntakeError> {
        self.gguf.metadata.whole(&self.key(name), range)
    }

    fn real(&self, name: &str, most: f64) -> Result<Option<f64>, IntakeError> {
        self.gguf.metadata.real(&self.key(name), 0.0..=most)
    }

    fn missing(&self, name: &str) -> IntakeError {
        self.gguf.metadata.missing(&self.key(name))
    }

    fn wrong(&self, name: &str, message: impl Into<String>) -> IntakeError {
        self.gguf.metadata.wrong(&self.key(name), message)
    }

    fn unsupported(&self, name: &str, message: &str) -> IntakeError {
        let at = format!("{}: {}", self.gguf.path, printable(&self.key(name)));
        IntakeError::new(fault::UNSUPPORTED_FORMAT, &at, message)
            .mend("submit the model as safetensors with its config.json")
    }

    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.out.insert(name.to_owned(), value.into());
    }

    /// Puts a number that must be there, and gives it.
    fn put_whole(&mut self, name: &str, key: &str, most: u64) -> Result<u64, IntakeError> {
        let number = self.whole(key, 1..=most)?.ok_or_else(|| self.missing(key))?;
        self.put(name, number);
        Ok(number)
    }

    /// Puts what keeps a normalisation from dividing by zero.
    fn put_epsilon(&mut self, name: &str, key: &str) -> Result<(), IntakeError> {
        let number = self.real(key, 0.1)?.ok_or_else(|| self.missing(key))?;
        self.put(name, number);
        Ok(())
    }

    fn name(&mut self, model_type: &str, class: &str) {
        self.put("model_type", model_type);
        self.put("architectures", json!([class]));
    }

    fn has(&self, tensor: &str) -> bool {
        self.gguf.tensors.contains_key(tensor)
    }

    /// Rows of a matrix.
    fn rows(&self, tensor: &str) -> Result<u64, IntakeError> {
        match self.gguf.tensors.get(tensor).map(|tensor| tensor.shape.as_slice()) {
            Some([rows, _]) => Ok(*rows),
            Some(_) => Err(broken(&format!("{}: {tensor}", self.gguf.path), "the tensor is no matrix")),
            None => Err(broken(&self.gguf.path, format!("the file has no tensor `{tensor}`"))),
        }
    }

    /// The number of words: as the matrix of their vectors, the key and the vocabulary say; and whether it is used twice.
    fn words(&mut self) -> Result<(), IntakeError> {
        let rows = self.rows("token_embd.weight")?;
        let told = self.whole("vocab_size", 1..=WORDS)?;
        let listed = self.gguf.metadata.texts("tokenizer.ggml.tokens")?.map(|tokens| tokens.len() as u64);
        for (key, other) in [(self.key("vocab_size"), told), ("tokenizer.ggml.tokens".to_owned(), listed)] {
            if let Some(other) = other.filter(|other| *other != rows) {
                let error = self.gguf.metadata.wrong(&key, "the key and `token_embd.weight` differ in their words");
                return Err(error.because(format!("{rows} words"), other));
            }
        }
        self.put("vocab_size", rows);
        if self.family != "bert" {
            self.put("tie_word_embeddings", !self.has("output.weight"));
        }
        Ok(())
    }

    /// The ids with a meaning of their own.
    fn special(&mut self) -> Result<(), IntakeError> {
        let most = self.rows("token_embd.weight")?.saturating_sub(1);
        for (name, key) in [("bos_token_id", "bos"), ("eos_token_id", "eos"), ("pad_token_id", "padding")] {
            let key = format!("tokenizer.ggml.{key}_token_id");
            if let Some(id) = self.gguf.metadata.whole(&key, 0..=most)? {
                self.put(name, id);
            }
        }
        Ok(())
    }

    /// Width, layers, heads and inner width; gives width and heads.
    fn sizes(&mut self, kv_heads: Option<&str>) -> Result<(u64, u64), IntakeError> {
        let width = self.put_whole("hidden_size", "embedding_length", WIDTH)?;
        self.put_whole("num_hidden_layers", "block_count", LAYERS)?;
        let heads = self.put_whole("num_attention_heads", "attention.head_count", HEADS)?;
        if let Some(name) = kv_heads {
            let kv = self.whole("attention.head_count_kv", 1..=HEADS)?.unwrap_or(heads);
            self.put(name, kv);
        }
        Ok((width, heads))
    }

    /// The width of a head, by its key or the model's width.
    fn head(&self, width: u64, heads: u64) -> Result<u64, IntakeError> {
        let keys = self.whole("attention.key_length", 2..=WIDTH)?;
        let head = keys.unwrap_or(width / heads);
        if keys.is_none() && !width.is_multiple_of(heads) {
            return Err(self.wrong("attention.head_count", "the heads do not divide the width"));
        }
        match self.whole("attention.value_length", 1..=WIDTH)? {
            Some(values) if values != head => {
                Err(self.unsupported("attention.value_length", "keys and values differ in their width"))
            }
            _ => Ok(head),
        }
    }

    /// The part of a head that is rotated.
    fn rotated(&self, head: u64) -> Result<f64, IntakeError> {
        let rotated = self.whole("rope.dimension_count", 1..=head)?;
        Ok(rotated.unwrap_or(head) as f64 / head as f64)
    }

    /// The rotary positions of heads of this width.
    fn rope(&self, head: u64) -> Result<Map<String, Value>, IntakeError> {
        let theta = self.gguf.metadata.real(&self.key("rope.freq_base"), 1.0..=1e12)?.unwrap_or(THETA);
        let mut rope = Map::new();
        let mut put = |name: &str, value: Value| rope.insert(name.to_owned(), value);
        put("rope_theta", theta.into());
        let kind = self.gguf.metadata.text(&self.key("rope.scaling.type"))?;
        let factor = match kind {
            Some(_) => self.real("rope.scaling.factor", 1e6)?,
            None => self.real("rope.scale_linear", 1e6)?,
        };
        let factor = factor.filter(|factor| *factor > 0.0);
        match (kind, factor, &self.gguf.rope_factors) {
            (None, Some(factor), None) | (Some("linear"), Some(factor), None) => {
                put("rope_type", "linear".into());
                put("factor", factor.into());
            }
            (Some("yarn"), Some(factor), None) => {
                self.check_yarn()?;
                put("rope_type", "yarn".into());
                put("factor", factor.into());
                if let Some(trained) = self.whole("rope.scaling.original_context_length", 1..=POSITIONS)? {
                    put("original_max_position_embeddings", trained.into());
                }
                for name in ["beta_fast", "beta_slow"] {
                    if let Some(beta) = self.real(&format!("rope.scaling.yarn_{name}"), 1e6)? {
                        put(name, beta.into());
                    }
                }
            }
            (None | Some("none"), None, Some(factors)) => {
                let factor = LLAMA3.factor(factors, theta, head);
                let factor = factor.ok_or_else(|| {
                    self.unsupported("rope.freq_base", "the factors of the rotary frequencies are of no known kind")
                })?;
                put("rope_type", "llama3".into());
                put("factor", factor.into());
                put("low_freq_factor", LLAMA3.low.into());
                put("high_freq_factor", LLAMA3.high.into());
                put("original_max_position_embeddings", (LLAMA3.trained as u64).into());
            }
            (None | Some("none"), _, None) => drop(put("rope_type", "default".into())),
            _ => return Err(self.unsupported("rope.scaling.type", "the rotary scaling is not read from GGUF")),
        }
        Ok(rope)
    }

    /// What YaRN multiplies scores by is what it follows from its factor.
    fn check_yarn(&self) -> Result<(), IntakeError> {
        for name in ["attn_factor", "yarn_attn_factor", "yarn_ext_factor", "yarn_log_multiplier"] {
            let key = format!("rope.scaling.{name}");
            let plain = if name == "yarn_log_multiplier" { 0.1 } else { 1.0 };
            if self.real(&key, 1e6)?.is_some_and(|number| (number - plain).abs() > 1e-6) {
                return Err(self.unsupported(&key, "this option of YaRN is not read from GGUF"));
            }
        }
        Ok(())
    }
}

/// Llama 3's scaling of rotary frequencies: slow ones are divided by a factor, fast ones are kept, those between are mixed.
struct Llama3 {
    low: f64,
    high: f64,
    trained: f64,
}

impl Llama3 {
    /// The factor, if the stored ones are those of this scaling.
    fn factor(&self, factors: &[f32], theta: f64, head: u64) -> Option<f64> {
        let factor = factors.iter().copied().fold(1.0_f32, f32::max);
        let is_near = |(pair, stored): (usize, &f32)| {
            let wave = TAU * theta.powf(2.0 * pair as f64 / head as f64);
            let mix = ((self.trained / wave - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
            let computed = 1.0 / ((1.0 - mix) / f64::from(factor) + mix);
            (f64::from(*stored) / computed - 1.0).abs() < FACTOR_ERROR
        };
        let fits = factor.is_finite() && factors.len() as u64 == head / 2;
        (fits && factors.iter().enumerate().all(is_near)).then_some(f64::from(factor))
    }
}

/// Decoders in Llama's manner.
fn decoder(keys: &mut Keys, model_type: &str, class: &str) -> Result<(), IntakeError> {
    keys.name(model_type, class);
    let (width, heads) = keys.sizes(Some("num_key_value_heads"))?;
    keys.put_whole("intermediate_size", "feed_forward_length", INNER)?;
    keys.put_whole("max_position_embeddings", "context_length", POSITIONS)?;
    keys.put_epsilon("rms_norm_eps", "attention.layer_norm_rms_epsilon")?;
    let head = keys.head(width, heads)?;
    if keys.rotated(head)? < 1.0 {
        return Err(keys.unsupported("rope.dimension_count", "heads are rotated in part"));
    }
    keys.put("head_dim", head);
    let rope = keys.rope(head)?;
    keys.put("rope_parameters", rope);
    Ok(())
}

fn llama(keys: &mut Keys) -> Result<(), IntakeError> {
    decoder(keys, "llama", "LlamaForCausalLM")?;
    keys.put("hidden_act", "silu");
    keys.put("attention_bias", keys.has("blk.0.attn_q.bias"));
    keys.put("mlp_bias", keys.has("blk.0.ffn_gate.bias"));
    Ok(())
}

fn qwen2(keys: &mut Keys) -> Result<(), IntakeError> {
    decoder(keys, "qwen2", "Qwen2ForCausalLM")?;
    keys.put("use_sliding_window", false);
    Ok(())
}

fn gemma(keys: &mut Keys) -> Result<(), IntakeError> {
    decoder(keys, "gemma", "GemmaForCausalLM")?;
    keys.put("hidden_act", "gelu_pytorch_tanh");
    Ok(())
}

/// The scale of scores is not in the file: llama.cpp takes the head's width, and for 46 layers the model's by its heads.
fn gemma2(keys: &mut Keys) -> Result<(), IntakeError> {
    decoder(keys, "gemma2", "Gemma2ForCausalLM")?;
    keys.put("hidden_activation", "gelu_pytorch_tanh");
    let number = |name: &str| keys.out.get(name).and_then(Value::as_u64).unwrap_or(1);
    let layers = number("num_hidden_layers");
    let scale = if layers == 46 { number("hidden_size") / number("num_attention_heads") } else { number("head_dim") };
    keys.put("query_pre_attn_scalar", scale);
    for name in ["attn_logit_softcapping", "final_logit_softcapping"] {
        if let Some(cap) = keys.real(name, 1e9)? {
            keys.put(name, cap);
        }
    }
    if let Some(window) = keys.whole("attention.sliding_window", 1..=POSITIONS)? {
        keys.put("sliding_window", window);
    }
    Ok(())
}

fn gpt2(keys: &mut Keys) -> Result<(), IntakeError> {
    keys.name("gpt2", "GPT2LMHeadModel");
    keys.put_whole("n_embd", "embedding_length", WIDTH)?;
    keys.put_whole("n_layer", "block_count", LAYERS)?;
    keys.put_whole("n_head", "attention.head_count", HEADS)?;
    keys.put_whole("n_inner", "feed_forward_length", INNER)?;
    positions(keys, "n_positions")?;
    keys.put_epsilon("layer_norm_epsilon", "attention.layer_norm_epsilon")?;
    keys.put("activation_function", "gelu_new");
    Ok(())
}

/// Positions that have vectors: as many as the context has.
fn positions(keys: &mut Keys, name: &str) -> Result<(), IntakeError> {
    let told = keys.put_whole(name, "context_length", WORDS)?;
    let rows = keys.rows("position_embd.weight")?;
    if rows != told {
        return Err(keys.wrong("context_length", "the key and `position_embd.weight` differ").because(rows, told));
    }
    Ok(())
}

fn phi(keys: &mut Keys) -> Result<(), IntakeError> {
    keys.name("phi", "PhiForCausalLM");
    let (width, heads) = keys.sizes(Some("num_key_value_heads"))?;
    keys.put_whole("intermediate_size", "feed_forward_length", INNER)?;
    keys.put_whole("max_position_embeddings", "context_length", POSITIONS)?;
    keys.put_epsilon("layer_norm_eps", "attention.layer_norm_epsilon")?;
    keys.put("hidden_act", "gelu_new");
    partly_rotated(keys, width, heads)
}

fn gpt_neox(keys: &mut Keys) -> Result<(), IntakeError> {
    keys.name("gpt_neox", "GPTNeoXForCausalLM");
    let (width, heads) = keys.sizes(None)?;
    keys.put_whole("intermediate_size", "feed_forward_length", INNER)?;
    keys.put_whole("max_position_embeddings", "context_length", POSITIONS)?;
    keys.put_epsilon("layer_norm_eps", "attention.layer_norm_epsilon")?;
    keys.put("hidden_act", "gelu");
    keys.put("attention_bias", keys.has("blk.0.attn_qkv.bias"));
    let parallel = keys.gguf.metadata.truth(&keys.key("use_parallel_residual"))?;
    keys.put("use_parallel_residual", parallel.unwrap_or(true));
    partly_rotated(keys, width, heads)
}

/// Rotary positions in a part of each head.
fn partly_rotated(keys: &mut Keys, width: u64, heads: u64) -> Result<(), IntakeError> {
    let head = keys.head(width, heads)?;
    let mut rope = keys.rope(head)?;
    rope.insert("partial_rotary_factor".to_owned(), keys.rotated(head)?.into());
    keys.put("rope_parameters", rope);
    Ok(())
}

/// Which of its forms a Falcon has, its tensors say.
fn falcon(keys: &mut Keys) -> Result<(), IntakeError> {
    keys.name("falcon", "FalconForCausalLM");
    let (width, heads) = keys.sizes(Some("num_kv_heads"))?;
    keys.put_whole("ffn_hidden_size", "feed_forward_length", INNER)?;
    keys.put_whole("max_position_embeddings", "context_length", POSITIONS)?;
    keys.put_epsilon("layer_norm_epsilon", "attention.layer_norm_epsilon")?;
    let two_norms = keys.has("blk.0.attn_norm_2.weight");
    let shared = keys.out.get("num_kv_heads").and_then(Value::as_u64) == Some(1);
    keys.put("new_decoder_architecture", two_norms);
    keys.put("multi_query", shared);
    keys.put("parallel_attn", true);
    keys.put("bias", keys.has("blk.0.attn_qkv.bias"));
    let head = keys.head(width, heads)?;
    let rope = keys.rope(head)?;
    keys.put("rope_parameters", rope);
    Ok(())
}

fn bert(keys: &mut Keys) -> Result<(), IntakeError> {
    keys.name("bert", "BertModel");
    keys.sizes(None)?;
    keys.put_whole("intermediate_size", "feed_forward_length", INNER)?;
    positions(keys, "max_position_embeddings")?;
    keys.put("type_vocab_size", keys.rows("token_types.weight")?);
    keys.put_epsilon("layer_norm_eps", "attention.layer_norm_epsilon")?;
    keys.put("hidden_act", "gelu");
    if keys.gguf.metadata.truth(&keys.key("attention.causal"))? == Some(true) {
        return Err(keys.unsupported("attention.causal", "a causal BERT is not read from GGUF"));
    }
    Ok(())
}
