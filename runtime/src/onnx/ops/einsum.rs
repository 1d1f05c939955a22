//! Einstein's notation: a letter for each axis, letters without a place in the result are summed.
//!
//! Operands are contracted from left to right, two at a time, as stacks of matrix products.

use super::api::{Call, OpError};
use super::matmul::{multiplies, product};
use crate::onnx::value::{Data, Offsets, Tensor, strides};
use std::collections::HashMap;

/// A tensor with a letter for each axis; axes of an ellipsis have letters from '0' on.
struct Term {
    letters: Vec<char>,
    tensor: Tensor,
}

pub(super) fn einsum(call: &Call) -> Result<Vec<Tensor>, OpError> {
    let text = call.attributes.text("equation")?.ok_or_else(|| OpError::new("the attribute equation is missing"))?;
    let text: String = text.chars().filter(|c| *c != ' ').collect();
    let (left, right) = match text.split_once("->") {
        Some((left, right)) => (left, Some(right)),
        None => (text.as_str(), None),
    };
    let parts: Vec<&str> = left.split(',').collect();
    if parts.len() != call.inputs.len() {
        return Err(OpError::new("the equation has another number of operands"));
    }
    let mut terms = Vec::new();
    for (at, part) in parts.iter().enumerate() {
        let tensor = call.input(at)?;
        if !multiplies(tensor.kind()) {
            return Err(OpError::unsupported("the equation is not computed for this type"));
        }
        terms.push(diagonal(call, &spelled(part, tensor.rank())?, tensor)?);
    }
    let wanted = wanted(&terms, &parts, right)?;
    let mut terms = terms.into_iter();
    let mut done = terms.next().ok_or_else(|| OpError::new("the equation has no operands"))?;
    let rest: Vec<Term> = terms.collect();
    for (at, next) in rest.iter().enumerate() {
        let later =
            |letter: &char| wanted.contains(letter) || rest[at + 1..].iter().any(|t| t.letters.contains(letter));
        done = contracted(call, done, next, &later)?;
    }
    let one = Term {
        letters: Vec::new(),
        tensor: Tensor::new(&[], super::cast::cast(&Tensor::scalar(vec![1_i64]), done.tensor.kind())?.data)?,
    };
    let done = contracted(call, done, &one, &|letter| wanted.contains(letter))?;
    if wanted.iter().any(|letter| !done.letters.contains(letter)) {
        return Err(OpError::new("the result has a letter that no operand has"));
    }
    let own = strides(&done.tensor.shape);
    let place = |letter: &char| done.letters.iter().position(|own| own == letter).unwrap_or(0);
    let order: Vec<usize> = wanted.iter().map(place).collect();
    let shape: Vec<usize> = order.iter().map(|at| done.tensor.shape[*at]).collect();
    call.room(&shape, done.tensor.kind())?;
    let offsets = Offsets::new(&shape, &order.iter().map(|at| own[*at] as isize).collect::<Vec<_>>(), 0);
    Ok(vec![done.tensor.copied(&shape, offsets, 1)?])
}

/// The letters of an operand. The axes of an ellipsis are counted from the last.
fn spelled(part: &str, rank: usize) -> Result<Vec<char>, OpError> {
    let plain = |text: &str| text.chars().all(|c| c.is_ascii_alphabetic());
    let (before, after, has_dots) = match part.split_once("...") {
        Some((before, after)) => (before, after, true),
        None => (part, "", false),
    };
    let free = rank.checked_sub(before.len() + after.len()).filter(|free| has_dots || *free == 0);
    let (Some(free), true) = (free, plain(before) && plain(after)) else {
        return Err(OpError::new("the letters of the equation do not fit the operand"));
    };
    if free > 9 {
        return Err(OpError::limit("an ellipsis stands for more than nine axes"));
    }
    let dots = (0..free).rev().map(|at| char::from(b'0' + at as u8));
    Ok(before.chars().chain(dots).chain(after.chars()).collect())
}

/// The letters of the result: as told, or the ellipsis and then every letter that comes once, by the alphabet.
fn wanted(terms: &[Term], parts: &[&str], right: Option<&str>) -> Result<Vec<char>, OpError> {
    let dots = terms.iter().flat_map(|t| &t.letters).filter(|c| c.is_ascii_digit()).max();
    let dots: Vec<char> = dots.map_or(Vec::new(), |most| ('0'..=*most).rev().collect());
    let Some(right) = right else {
        let mut once: Vec<char> = parts.concat().chars().filter(char::is_ascii_alphabetic).collect();
        once.sort_unstable();
        let all = once.clone();
        once.dedup();
        once.retain(|letter| all.iter().filter(|other| *other == letter).count() == 1);
        return Ok(dots.into_iter().chain(once).collect());
    };
    let rank = right.replace("...", "").len() + if right.contains("...") { dots.len() } else { 0 };
    let letters = spelled(right, rank)?;
    let mut sorted = letters.clone();
    sorted.sort_unstable();
    sorted.dedup();
    if sorted.len() == letters.len() { Ok(letters) } else { Err(OpError::new("the result has a letter twice")) }
}

/// An operand in which each letter stands once: repeated letters are their diagonal.
fn diagonal(call: &Call, letters: &[char], tensor: &Tensor) -> Result<Term, OpError> {
    let own = strides(&tensor.shape);
    let (mut kept, mut shape, mut steps): (Vec<char>, Vec<usize>, Vec<isize>) = Default::default();
    for ((letter, extent), step) in letters.iter().zip(&tensor.shape).zip(own) {
        match kept.iter().position(|other| other == letter) {
            Some(at) if shape[at] == *extent => steps[at] += step as isize,
            Some(_) => return Err(OpError::new("a letter has two extents")),
            None => {
                kept.push(*letter);
                shape.push(*extent);
                steps.push(step as isize);
            }
        }
    }
    call.room(&shape, tensor.kind())?;
    let tensor = tensor.copied(&shape, Offsets::new(&shape, &steps, 0), 1)?;
    Ok(Term { letters: kept, tensor })
}

/// Two operands as one: letters of both that are needed later are a stack, others of both are summed.
fn contracted(call: &Call, a: Term, b: &Term, later: &dyn Fn(&char) -> bool) -> Result<Term, OpError> {
    let mut extents: HashMap<char, usize> = HashMap::new();
    for (letter, extent) in a.letters.iter().chain(&b.letters).zip(a.tensor.shape.iter().chain(&b.tensor.shape)) {
        let known = extents.entry(*letter).or_insert(*extent);
        if *known == 1 {
            *known = *extent;
        } else if *extent != 1 && *known != *extent {
            return Err(OpError::new("a letter has two extents"));
        }
    }
    let pick = |from: &Term, test: &dyn Fn(&char) -> bool| -> Vec<char> {
        from.letters.iter().copied().filter(|letter| test(letter)).collect()
    };
    let batch = pick(&a, &|l| b.letters.contains(l) && later(l));
    let rows = pick(&a, &|l| !b.letters.contains(l) && later(l));
    let columns = pick(b, &|l| !a.letters.contains(l) && later(l));
    let mut summed = pick(&a, &|l| !later(l));
    summed.extend(pick(b, &|l| !later(l) && !a.letters.contains(l)));
    let size = |letters: &[char]| letters.iter().try_fold(1_usize, |n, l| n.checked_mul(extents[l]));
    let sizes = [&batch, &rows, &summed, &columns].map(|letters| size(letters));
    let [Some(n), Some(r), Some(s), Some(c)] = sizes else { return Err(OpError::limit("the product is too large")) };
    let left = arranged(call, &a, [&batch, &rows, &summed], &extents)?;
    let right = arranged(call, b, [&batch, &summed, &columns], &extents)?;
    let data = product(call, &left, &right, (n, r, s, c))?;
    let letters: Vec<char> = batch.into_iter().chain(rows).chain(columns).collect();
    let shape: Vec<usize> = letters.iter().map(|letter| extents[letter]).collect();
    Ok(Term { letters, tensor: Tensor::new(&shape, data)? })
}

/// The elements of an operand in the order of these letters; letters that it lacks repeat it.
fn arranged(
    call: &Call,
    term: &Term,
    groups: [&Vec<char>; 3],
    extents: &HashMap<char, usize>,
) -> Result<Data, OpError> {
    let own = strides(&term.tensor.shape);
    let (mut shape, mut steps) = (Vec::new(), Vec::new());
    for letter in groups.into_iter().flatten() {
        let at = term.letters.iter().position(|own| own == letter);
        let step = at.filter(|at| term.tensor.shape[*at] != 1).map_or(0, |at| own[at] as isize);
        shape.push(extents[letter]);
        steps.push(step);
    }
    call.room(&shape, term.tensor.kind())?;
    Ok(term.tensor.data.runs(Offsets::new(&shape, &steps, 0), 1))
}
