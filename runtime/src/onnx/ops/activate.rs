//! The activations that recurrent layers name in their attributes.

use super::api::{Call, OpError};

/// An activation with its parameters.
#[derive(Clone, Copy, Debug)]
pub(super) enum Activation {
    Relu,
    Tanh,
    Sigmoid,
    Affine(f64, f64),
    LeakyRelu(f64),
    ThresholdedRelu(f64),
    ScaledTanh(f64, f64),
    HardSigmoid(f64, f64),
    Elu(f64),
    Softsign,
    Softplus,
}

impl Activation {
    /// Its value.
    pub fn of(self, x: f64) -> f64 {
        match self {
            Self::Relu => x.max(0.0),
            Self::Tanh => x.tanh(),
            Self::Sigmoid => 1.0 / (1.0 + (-x).exp()),
            Self::Affine(alpha, beta) => alpha * x + beta,
            Self::LeakyRelu(alpha) => {
                if x < 0.0 {
                    alpha * x
                } else {
                    x
                }
            }
            Self::ThresholdedRelu(alpha) => {
                if x > alpha {
                    x
                } else {
                    0.0
                }
            }
            Self::ScaledTanh(alpha, beta) => alpha * (beta * x).tanh(),
            Self::HardSigmoid(alpha, beta) => (alpha * x + beta).clamp(0.0, 1.0),
            Self::Elu(alpha) => {
                if x < 0.0 {
                    alpha * x.exp_m1()
                } else {
                    x
                }
            }
            Self::Softsign => x / (1.0 + x.abs()),
            Self::Softplus => x.max(0.0) + (-x.abs()).exp().ln_1p(),
        }
    }
}

/// The activations of a node, those of each direction one after another. `default` are those of one direction.
///
/// # Errors
/// Where there are more or fewer than the layer has, or one is unknown.
pub(super) fn activations(call: &Call, default: &[&str], directions: usize) -> Result<Vec<Activation>, OpError> {
    let names: Vec<&str> = match call.attributes.texts("activations")? {
        Some(names) => names.iter().map(String::as_str).collect(),
        None => default.repeat(directions),
    };
    if names.len() != default.len() * directions {
        return Err(OpError::new(format!("{} activations for {directions} directions", names.len())));
    }
    // Parameters are listed for the activations that have one, in their order.
    let mut alphas = call.attributes.floats("activation_alpha")?.unwrap_or(&[]).iter();
    let mut betas = call.attributes.floats("activation_beta")?.unwrap_or(&[]).iter();
    let mut alpha = |default: f32| f64::from(*alphas.next().unwrap_or(&default));
    let mut beta = |default: f32| f64::from(*betas.next().unwrap_or(&default));
    let mut one = |name: &str| {
        Ok(match name.to_ascii_lowercase().as_str() {
            "relu" => Activation::Relu,
            "tanh" => Activation::Tanh,
            "sigmoid" => Activation::Sigmoid,
            "affine" => Activation::Affine(alpha(1.0), beta(0.0)),
            "leakyrelu" => Activation::LeakyRelu(alpha(0.01)),
            "thresholdedrelu" => Activation::ThresholdedRelu(alpha(1.0)),
            "scaledtanh" => Activation::ScaledTanh(alpha(1.0), beta(1.0)),
            "hardsigmoid" => Activation::HardSigmoid(alpha(0.2), beta(0.5)),
            "elu" => Activation::Elu(alpha(1.0)),
            "softsign" => Activation::Softsign,
            "softplus" => Activation::Softplus,
            _ => return Err(OpError::unsupported("an activation that ONNX does not name")),
        })
    };
    names.into_iter().map(&mut one).collect()
}
