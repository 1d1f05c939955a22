//! Ed25519 keys as text: one line `lmstd-ed25519-secret:BASE64` (32 bytes) in a file that its owner alone may read, and
//! `lmstd-ed25519:BASE64` in `NAME.pub`. Key files appear whole or not at all and are never overwritten.
//! Randomness is an argument.

use super::{Fault, read_file};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{SigningKey, VerifyingKey};
use lmstd_runtime::world::{PRIVATE, READABLE, folder_of, write_new};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

const SECRET: &str = "lmstd-ed25519-secret:";
const PUBLIC: &str = "lmstd-ed25519:";

/// A key out of 32 random bytes.
pub fn keygen(random: [u8; 32]) -> Result<SigningKey, Fault> {
    // A source of randomness that failed without saying so.
    if random.iter().all(|byte| *byte == random[0]) {
        return Err(Fault::new("key", "the random bytes are all the same", "check the machine's randomness"));
    }
    Ok(SigningKey::from_bytes(&random))
}

/// The public key's text, without line end; also the `keyid` of signatures.
pub fn public_text(key: &VerifyingKey) -> String {
    format!("{PUBLIC}{}", STANDARD.encode(key.as_bytes()))
}

/// The secret key's text, without line end.
pub fn secret_text(key: &SigningKey) -> String {
    format!("{SECRET}{}", STANDARD.encode(key.as_bytes()))
}

/// Reads a public key's text; one line end is allowed after it. Weak keys, under which anybody could sign, are refused.
pub fn parse_public(text: &str) -> Result<VerifyingKey, Fault> {
    let fault = |why| Fault::new("public key", why, "give the one line of the .pub file");
    let bytes = decode(text, PUBLIC).ok_or_else(|| fault("it is not `lmstd-ed25519:` and 44 characters of base64"))?;
    let key = VerifyingKey::from_bytes(&bytes).map_err(|_| fault("it is not a point of the curve"))?;
    if key.is_weak() { Err(fault("it is a weak key under which anybody could sign")) } else { Ok(key) }
}

/// Reads a secret key's text; one line end is allowed after it. The text is never repeated in the fault.
pub fn parse_secret(text: &str) -> Result<SigningKey, Fault> {
    let wrong = || {
        let message = "it is not `lmstd-ed25519-secret:` and 44 characters of base64";
        Fault::new("secret key", message, "make one with `lmstd-check keygen -o FILE`")
    };
    decode(text, SECRET).map(|bytes| SigningKey::from_bytes(&bytes)).ok_or_else(wrong)
}

fn decode(text: &str, prefix: &str) -> Option<[u8; 32]> {
    let line = text.strip_suffix('\n').unwrap_or(text);
    // The engine refuses missing padding, foreign characters and stray bits: one key has one spelling.
    STANDARD.decode(line.strip_prefix(prefix)?).ok()?.try_into().ok()
}

/// Reads a secret key file.
pub fn read_secret(path: &Path) -> Result<SigningKey, Fault> {
    parse_secret(&read_text(path)?)
}

/// Reads a public key file.
pub fn read_public(path: &Path) -> Result<VerifyingKey, Fault> {
    parse_public(&read_text(path)?)
}

fn read_text(path: &Path) -> Result<String, Fault> {
    let name = name_of(path);
    let bytes = read_file(path, &name, 1024)?;
    String::from_utf8(bytes).map_err(|_| Fault::new(name, "it is not a key file", "make one with `lmstd-check keygen`"))
}

/// Writes `key` to `path` and its public half to `path.pub`; neither may exist. Gives the public file's path.
pub fn write_pair(path: &Path, key: &SigningKey) -> Result<PathBuf, Fault> {
    let mut public: OsString = path.as_os_str().to_owned();
    public.push(".pub");
    let public = PathBuf::from(public);
    if std::fs::symlink_metadata(&public).is_ok() {
        return Err(Fault::new(name_of(&public), "it exists already and is not overwritten", "choose another name"));
    }
    create(path, &secret_text(key), PRIVATE)?;
    if let Err(fault) = create(&public, &public_text(&key.verifying_key()), READABLE) {
        // Half a pair would be in the way of the next try; nobody has this key yet.
        let _ = std::fs::remove_file(path);
        return Err(fault);
    }
    Ok(public)
}

fn create(path: &Path, line: &str, mode: u32) -> Result<(), Fault> {
    write_new(path, folder_of(path), format!("{line}\n").as_bytes(), mode).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Fault::new(name_of(path), "it exists already and is not overwritten", "choose another name")
        }
        _ => Fault::new(name_of(path), format!("it cannot be written ({error})"), "choose another place"),
    })
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
