//! Every contraction as one batched matrix product: letters that both operands and the result have are the batch,
//! letters that only the operands share are summed, the rest are rows and columns.

use super::{Context, misfit};
use crate::value::{ExecError, Value};
use candle_core::Tensor;
use lmstd_compiler::op::Attributes;
use lmstd_compiler::op::row::Contraction;

pub fn contract(operands: &[Value], attributes: &Attributes, context: &Context) -> Result<Tensor, ExecError> {
    let Attributes::Contract(plan) = attributes else { return Err(misfit()) };
    let tensors = context.all(operands)?;
    let [left, right] = tensors.as_slice() else { return Err(ExecError::new("a contraction takes two operands")) };
    let (left, left_letters) = sum_alone(left.clone(), &plan.left, &plan.right, plan)?;
    let (right, right_letters) = sum_alone(right.clone(), &plan.right, &plan.left, plan)?;

    let kept = |letter: &usize| plan.result.contains(letter);
    let shared = |letter: &usize| left_letters.contains(letter) && right_letters.contains(letter);
    let select = |letters: &[usize], test: &dyn Fn(&usize) -> bool| {
        letters.iter().copied().filter(|l| test(l)).collect::<Vec<_>>()
    };
    let batch = select(&left_letters, &|l| shared(l) && kept(l));
    let summed = select(&left_letters, &|l| shared(l) && !kept(l));
    let rows = select(&left_letters, &|l| !shared(l));
    let columns = select(&right_letters, &|l| !shared(l));

    let a = group(&left, &left_letters, [&batch, &rows, &summed])?;
    let b = group(&right, &right_letters, [&batch, &summed, &columns])?;
    let product = matmul(&a, &b)?;

    let size = |letter: &usize| -> Result<usize, ExecError> {
        let find = |tensor: &Tensor, letters: &[usize]| {
            letters.iter().position(|l| l == letter).map(|axis| tensor.dims()[axis])
        };
        find(&left, &left_letters).or_else(|| find(&right, &right_letters)).ok_or_else(misfit)
    };
    let order: Vec<usize> = batch.iter().chain(&rows).chain(&columns).copied().collect();
    let shape: Vec<usize> = order.iter().map(size).collect::<Result<_, _>>()?;
    let product = product.reshape(shape)?;
    let permutation: Option<Vec<usize>> = plan.result.iter().map(|l| order.iter().position(|o| o == l)).collect();
    Ok(product.permute(permutation.ok_or_else(misfit)?)?)
}

/// candle's product needs contiguous operands or plain transposes; anything else is copied first.
fn matmul(a: &Tensor, b: &Tensor) -> Result<Tensor, ExecError> {
    match a.matmul(b) {
        Ok(product) => Ok(product),
        Err(_) => Ok(a.contiguous()?.matmul(&b.contiguous()?)?),
    }
}

/// Sums away letters that neither the other operand nor the result has.
fn sum_alone(
    tensor: Tensor,
    letters: &[usize],
    other: &[usize],
    plan: &Contraction,
) -> Result<(Tensor, Vec<usize>), ExecError> {
    let alone = |letter: &usize| !other.contains(letter) && !plan.result.contains(letter);
    let axes: Vec<usize> = (0..letters.len()).filter(|&axis| alone(&letters[axis])).collect();
    if axes.is_empty() {
        return Ok((tensor, letters.to_vec()));
    }
    Ok((tensor.sum(axes)?, letters.iter().copied().filter(|letter| !alone(letter)).collect()))
}

/// Permutes the axes into three groups and merges each into one; views stay views where the layout allows it.
fn group(tensor: &Tensor, letters: &[usize], groups: [&Vec<usize>; 3]) -> Result<Tensor, ExecError> {
    let axis = |letter: &usize| letters.iter().position(|l| l == letter).ok_or_else(misfit);
    let order: Vec<usize> = groups.iter().flat_map(|g| g.iter()).map(axis).collect::<Result<_, _>>()?;
    let permuted = tensor.permute(order)?;
    if groups.iter().all(|g| g.len() == 1) {
        return Ok(permuted);
    }
    if groups[0].is_empty() && groups[1].len() == 1 && groups[2].len() == 1 {
        return Ok(permuted.unsqueeze(0)?);
    }
    let mut at = 0;
    let mut shape = [1usize; 3];
    for (size, group) in shape.iter_mut().zip(groups) {
        *size = permuted.dims()[at..at + group.len()].iter().product();
        at += group.len();
    }
    Ok(permuted.reshape(&shape)?)
}
