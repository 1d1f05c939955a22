//! Whether a Keras config would have a loader run code: lambdas, functions of the caller's, classes of other modules.
//!
//! A layer of Keras's own, and a custom layer that only has a name (its module is null), are allowed: what they do is told
//! by the standard's architecture, never by the file. What names a module to import is not, nor a part of Keras that is no
//! part of a model: both let a file choose what a loader calls.

use crate::intake::error::{IntakeError, fault, printable};
use serde_json::Value;

/// The packages of Keras.
const PACKAGES: [&str; 7] =
    ["keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras", "keras_hub", "keras_nlp", "keras_cv"];
/// Its parts that models are made of.
const PARTS: [&str; 16] = [
    "activations",
    "constraints",
    "dtype_policies",
    "engine",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "mixed_precision",
    "models",
    "optimizers",
    "quantizers",
    "random",
    "regularizers",
    "tokenizers",
    "trainers",
];
/// Layers whose work is a function that the file brings or names.
const LAMBDAS: [&str; 6] =
    ["Lambda", "__lambda__", "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod"];

/// Refuses a config that names code.
///
/// # Errors
/// `custom_code`.
pub(super) fn check(config: &Value, at: &str) -> Result<(), IntakeError> {
    let mut pending = vec![config];
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(items) => pending.extend(items),
            Value::Object(object) => {
                let text = |name: &str| object.get(name).and_then(Value::as_str);
                if let Some(class) = text("class_name").filter(|class| LAMBDAS.contains(class)) {
                    return Err(code(at, "the config holds a function that a loader would run", class));
                }
                if let Some(kind) = text("function_type") {
                    return Err(code(at, "the config holds a function that a loader would run", kind));
                }
                // A loader imports a module only for what has a class.
                let module = object.get("module").filter(|_| object.contains_key("class_name"));
                match module {
                    None | Some(Value::Null) => {}
                    Some(Value::String(module)) if is_kerass(module) => {}
                    Some(module) => {
                        let shown = module.as_str().map_or_else(|| module.to_string(), str::to_owned);
                        return Err(code(at, "the config has a loader import a module that is not Keras's", &shown));
                    }
                }
                pending.extend(object.values());
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a module is Keras itself or one of its parts that models are made of.
fn is_kerass(module: &str) -> bool {
    let part = |package: &&str| module.strip_prefix(*package).filter(|rest| rest.is_empty() || rest.starts_with('.'));
    PACKAGES.iter().find_map(part).is_some_and(|rest| {
        let mut parts = rest.split('.').skip(1).skip_while(|part| *part == "src");
        parts.next().is_none_or(|part| PARTS.contains(&part))
    })
}

fn code(at: &str, why: &str, found: &str) -> IntakeError {
    IntakeError::new(fault::CUSTOM_CODE, at, why)
        .because("layers of Keras, or custom layers by their names alone", printable(found))
        .mend("save the weights alone: `model.save_weights('model.weights.h5')`")
}
