//! Builders that several families share: safetensors, zip archives, pickles.

use serde_json::{Map, Value, json};
use std::path::Path;

/// A safetensors file of this header.
pub fn safetensors(header: impl AsRef<[u8]>, data: &[u8]) -> Vec<u8> {
    let header = header.as_ref();
    [&(header.len() as u64).to_le_bytes()[..], header, data].concat()
}

/// A tensor as stored.
#[derive(Clone)]
pub struct Tensor {
    pub name: String,
    pub dtype: String,
    pub shape: Vec<u64>,
    pub bytes: Vec<u8>,
}

/// A tensor of floats.
pub fn floats(name: &str, shape: &[u64], values: &[f32]) -> Tensor {
    let bytes = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    Tensor { name: name.into(), dtype: "F32".into(), shape: shape.to_vec(), bytes }
}

/// The tensors of a sound file.
pub fn load(path: &Path) -> Vec<Tensor> {
    let bytes = std::fs::read(path).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let header: Map<String, Value> = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    let numbers = |value: &Value| value.as_array().unwrap().iter().map(|n| n.as_u64().unwrap()).collect::<Vec<u64>>();
    let tensor = |(name, info): (String, Value)| {
        let (shape, place) = (numbers(&info["shape"]), numbers(&info["data_offsets"]));
        let data = &bytes[8 + length..][place[0] as usize..place[1] as usize];
        Tensor { name, dtype: info["dtype"].as_str().unwrap().into(), shape, bytes: data.to_vec() }
    };
    header.into_iter().filter(|(name, _)| name != "__metadata__").map(tensor).collect()
}

/// A sound file of these tensors.
pub fn save(tensors: &[Tensor]) -> Vec<u8> {
    let (mut header, mut data) = (Map::new(), Vec::new());
    for tensor in tensors {
        let place = [data.len(), data.len() + tensor.bytes.len()];
        header
            .insert(tensor.name.clone(), json!({"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": place}));
        data.extend(&tensor.bytes);
    }
    safetensors(Value::Object(header).to_string(), &data)
}

/// A member of an archive, with what its two headers may say of it that is not so.
#[derive(Clone, Default)]
pub struct Member {
    pub name: String,
    pub data: Vec<u8>,
    /// Name in the local header, where it is another.
    pub local: Option<String>,
    /// Flag bits.
    pub flags: u16,
    /// Method: 0 stored, 8 deflated.
    pub method: u16,
    /// Checksum, where it is another.
    pub crc: Option<u32>,
    /// Length before compression, where it is another.
    pub length: Option<u32>,
    /// Place in the file of another member that this one claims as its own.
    pub at: Option<u32>,
    /// Attributes: `0o120777 << 16` is a link.
    pub attributes: u32,
}

/// A plain stored member.
pub fn member(name: &str, data: &[u8]) -> Member {
    Member { name: name.into(), data: data.to_vec(), ..Member::default() }
}

/// An archive of these members.
pub fn zip(members: &[Member]) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for member in members {
        let at = member.at.unwrap_or(file.len() as u32);
        let fields = |behind: &mut Vec<u8>, name: &str| {
            behind.extend(member.flags.to_le_bytes());
            behind.extend(member.method.to_le_bytes());
            behind.extend([0; 4]);
            behind.extend(member.crc.unwrap_or_else(|| crc32fast::hash(&member.data)).to_le_bytes());
            behind.extend((member.data.len() as u32).to_le_bytes());
            behind.extend(member.length.unwrap_or(member.data.len() as u32).to_le_bytes());
            behind.extend((name.len() as u16).to_le_bytes());
            behind.extend([0; 2]);
        };
        if member.at.is_none() {
            let local = member.local.as_ref().unwrap_or(&member.name);
            file.extend(b"PK\x03\x04\0\0");
            fields(&mut file, local);
            file.extend(local.as_bytes());
            file.extend(&member.data);
        }
        directory.extend(b"PK\x01\x02\0\x03\0\0");
        fields(&mut directory, &member.name);
        directory.extend([0; 6]);
        directory.extend(member.attributes.to_le_bytes());
        directory.extend(at.to_le_bytes());
        directory.extend(member.name.as_bytes());
    }
    let (start, length, count) = (file.len() as u32, directory.len() as u32, members.len() as u16);
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count.to_le_bytes());
    file.extend(count.to_le_bytes());
    file.extend(length.to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([0; 2]);
    file
}

/// Zeros as a deflate stream of one block with fixed codes: a literal, copies of 258 bytes, and the end. `count` is one
/// more than a multiple of 258.
pub fn deflated_zeros(count: usize) -> Vec<u8> {
    assert_eq!(count % 258, 1);
    let mut bits: Vec<bool> = vec![true, true, false];
    let mut code = |value: u32, length: u32| bits.extend((0..length).rev().map(|bit| value >> bit & 1 == 1));
    code(0b0011_0000, 8);
    for _ in 0..count / 258 {
        // Length code 285, distance code 0.
        code(0b1100_0101, 8);
        code(0, 5);
    }
    code(0, 7);
    bits.chunks(8).map(|byte| byte.iter().enumerate().map(|(at, bit)| u8::from(*bit) << at).sum()).collect()
}

/// Pickled text.
pub fn text(text: &str) -> Vec<u8> {
    [&[b'X'][..], &(text.len() as u32).to_le_bytes(), text.as_bytes()].concat()
}

/// Pickled number.
pub fn number(number: i32) -> Vec<u8> {
    [&[b'J'][..], &number.to_le_bytes()].concat()
}

/// A pickled tensor over the storage `0` of `elements` floats.
pub fn tensor(elements: i32, offset: i32, shape: &[i32], strides: &[i32]) -> Vec<u8> {
    let tuple =
        |sizes: &[i32]| [vec![b'('], sizes.iter().flat_map(|size| number(*size)).collect(), vec![b't']].concat();
    [
        b"ctorch._utils\n_rebuild_tensor_v2\n(".to_vec(),
        [vec![b'('], text("storage"), b"ctorch\nFloatStorage\n".to_vec(), text("0"), text("cpu")].concat(),
        [number(elements), b"tQ".to_vec(), number(offset), tuple(shape), tuple(strides)].concat(),
        b"\x89ccollections\nOrderedDict\n)RtR".to_vec(),
    ]
    .concat()
}

/// A pickled dictionary.
pub fn dict(pairs: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let pairs = pairs.iter().flat_map(|(name, value)| [text(name), value.clone()].concat());
    [b"\x80\x02}(".to_vec(), pairs.collect(), b"u.".to_vec()].concat()
}

/// The members of PyTorch's archive around a pickle: a storage `0` of six floats.
pub fn torch(pickle: &[u8]) -> Vec<Member> {
    let members = [("data.pkl", pickle), ("byteorder", b"little"), ("data/0", &[0; 24]), ("version", b"3\n")];
    members.into_iter().map(|(name, data)| member(&format!("w/{name}"), data)).collect()
}

/// The part again and again.
pub fn repeated(part: &[u8], count: usize) -> Vec<u8> {
    part.repeat(count)
}
