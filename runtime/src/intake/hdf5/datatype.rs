//! What the elements of a dataset or an attribute are, and how many there are on each axis.

use super::bytes::{Cursor, Read, Why, size, sound};
use crate::intake::tensor::StoredDtype;

/// Most axes.
const AXES: u8 = 16;

/// The type of an element.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Datatype {
    /// A number or truth value, little-endian.
    Number(StoredDtype),
    /// A text of so many bytes, which ends before its first zero.
    Text(u64),
    /// A text in the heap of all texts.
    LongText,
    /// So many bytes without a meaning.
    Opaque(u64),
    /// Something that is not read, with its size in bytes.
    Other(u64, &'static str),
}

impl Datatype {
    /// Bytes of an element.
    pub(super) fn size(&self) -> u64 {
        match self {
            Self::Number(dtype) => dtype.size(),
            Self::LongText => 16,
            Self::Text(size) | Self::Opaque(size) | Self::Other(size, _) => *size,
        }
    }

    /// Reads a datatype message.
    pub(super) fn read(body: &[u8]) -> Read<Datatype> {
        let mut cursor = Cursor::new(body);
        let first = cursor.u8()?;
        let bits = cursor.number(3)?;
        let size = u64::from(cursor.u32()?);
        sound((1..=5).contains(&(first >> 4)) && size > 0, "a datatype is malformed")?;
        Ok(match first & 0x0F {
            0 => fixed(bits, size, &mut cursor)?,
            1 => float(bits, size, &mut cursor)?,
            3 => Datatype::Text(size),
            5 => Datatype::Opaque(size),
            6 => Datatype::Other(size, "the elements are compounds"),
            7 => Datatype::Other(size, "the elements are references"),
            8 => truth(bits, size, first >> 4, &mut cursor)?,
            9 if bits & 0x0F == 1 && size == 16 => Datatype::LongText,
            _ => Datatype::Other(size, "the elements are of a type that tensors do not have"),
        })
    }
}

fn fixed(bits: u64, size: u64, cursor: &mut Cursor) -> Read<Datatype> {
    let whole = cursor.u16()? == 0 && u64::from(cursor.u16()?) == 8 * size;
    let signed = bits & 8 != 0;
    let dtype = match (size, signed) {
        (1, true) => StoredDtype::I8,
        (2, true) => StoredDtype::I16,
        (4, true) => StoredDtype::I32,
        (8, true) => StoredDtype::I64,
        (1, false) => StoredDtype::U8,
        (2, false) => StoredDtype::U16,
        (4, false) => StoredDtype::U32,
        (8, false) => StoredDtype::U64,
        _ => return Ok(Datatype::Other(size, "the elements are integers of an unusual width")),
    };
    if !whole {
        return Ok(Datatype::Other(size, "the elements are integers of an unusual width"));
    }
    Ok(if bits & 1 != 0 && size > 1 { big_endian(size) } else { Datatype::Number(dtype) })
}

fn float(bits: u64, size: u64, cursor: &mut Cursor) -> Read<Datatype> {
    let (offset, precision) = (cursor.u16()?, cursor.u16()?);
    let fields = [cursor.u8()?, cursor.u8()?, cursor.u8()?, cursor.u8()?];
    let bias = cursor.u32()?;
    // Sign, then place and width of the exponent and of the mantissa.
    let dtype = match (size, bits >> 8 & 0xFF, fields, bias) {
        (8, 63, [52, 11, 0, 52], 1023) => StoredDtype::F64,
        (4, 31, [23, 8, 0, 23], 127) => StoredDtype::F32,
        (2, 15, [10, 5, 0, 10], 15) => StoredDtype::F16,
        (2, 15, [7, 8, 0, 7], 127) => StoredDtype::BF16,
        _ => return Ok(Datatype::Other(size, "the elements are floats of an unusual format")),
    };
    // The bit before the mantissa is 1 and not stored.
    if offset != 0 || u64::from(precision) != 8 * size || bits >> 4 & 3 != 2 {
        return Ok(Datatype::Other(size, "the elements are floats of an unusual format"));
    }
    Ok(match bits & 0x41 {
        0 => Datatype::Number(dtype),
        1 => big_endian(size),
        _ => Datatype::Other(size, "the elements are floats of an unusual format"),
    })
}

fn big_endian(size: u64) -> Datatype {
    Datatype::Other(size, "the numbers are not little-endian")
}

/// An enumeration of one byte with FALSE = 0 and TRUE = 1 is what h5py makes of truth values; the members of others do
/// not matter here.
fn truth(bits: u64, size: u64, version: u8, cursor: &mut Cursor) -> Read<Datatype> {
    let other = Datatype::Other(size, "the elements are an enumeration");
    let base = Datatype::read(&base(cursor)?)?;
    if bits & 0xFFFF != 2 || !matches!(base, Datatype::Number(StoredDtype::I8 | StoredDtype::U8)) {
        return Ok(other);
    }
    let names: &[u8] = if version < 3 { b"FALSE\0\0\0TRUE\0\0\0\0\0\x01" } else { b"FALSE\0TRUE\0\0\x01" };
    Ok(if cursor.rest().starts_with(names) { Datatype::Number(StoredDtype::BOOL) } else { other })
}

/// The integer type that an enumeration is of: 8 bytes and its 4 of properties.
fn base(cursor: &mut Cursor) -> Read<Vec<u8>> {
    let head = cursor.take(12)?;
    // Nothing is nested here: the base of an enumeration is an integer.
    if head[0] & 0x0F == 0 { Ok(head.to_vec()) } else { Err(Why::Broken("an enumeration is not one of integers")) }
}

/// The lengths of the axes; none for a dataspace without elements.
pub(super) fn dataspace(body: &[u8]) -> Read<Option<Vec<u64>>> {
    let mut cursor = Cursor::new(body);
    let (version, rank, flags) = (cursor.u8()?, cursor.u8()?, cursor.u8()?);
    let class = match version {
        1 => {
            cursor.take(5)?;
            u8::from(rank > 0)
        }
        2 => cursor.u8()?,
        _ => return Err(Why::Unsupported("the version of a dataspace is not known")),
    };
    sound(flags & 0xFE == 0 && class <= 2 && (class == 1 || rank == 0), "a dataspace is malformed")?;
    if rank > AXES {
        return Err(Why::Limit("a dataset has too many axes"));
    }
    let shape = (0..rank).map(|_| cursor.u64()).collect::<Read<Vec<_>>>()?;
    if flags & 1 != 0 {
        let most = (0..rank).map(|_| cursor.u64()).collect::<Read<Vec<_>>>()?;
        sound(shape.iter().zip(&most).all(|(now, most)| now <= most), "a dataspace is larger than it may be")?;
    }
    Ok((class < 2).then_some(shape))
}

/// How many elements a shape has, and how many bytes those of a type take.
pub(super) fn extent(shape: &[u64], datatype: &Datatype) -> Read<(u64, u64)> {
    // Without zeros, so that no product hides behind one.
    let whole = shape.iter().filter(|axis| **axis != 0).try_fold(1_u64, |product, axis| product.checked_mul(*axis));
    let elements = if shape.contains(&0) { Some(0) } else { whole };
    let bytes = whole.and_then(|whole| whole.checked_mul(datatype.size()));
    let (Some(elements), Some(bytes)) = (elements, bytes) else { return Err(Why::Broken("the shape is too large")) };
    size(bytes)?;
    Ok((elements, if elements == 0 { 0 } else { bytes }))
}
