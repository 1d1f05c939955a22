//! The files and ports that a worker may reach, by Landlock: what is not named is out of reach, whoever owns it.
//!
//! Landlock holds whatever the process opens from now on, not what is open already, and every thread that is started from
//! now on. It does not hide names and sizes. What the kernel does not know is said, never passed over.

use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, LandlockStatus, NetPort, RestrictionStatus,
    Ruleset, RulesetAttr, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use std::path::PathBuf;

/// What a worker may reach.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reach {
    /// Files, and folders with all below them, that it reads. What is not there is passed over.
    pub read: Vec<PathBuf>,
    /// Folders that it reads and writes, besides the system's folder for temporary files.
    pub write: Vec<PathBuf>,
    /// TCP ports that it may listen on.
    pub listen: Vec<u16>,
}

impl Reach {
    /// The whole file system to read, for one that is told only later what it reads.
    #[must_use]
    pub fn reading_anything() -> Self {
        Self { read: vec!["/".into()], ..Self::default() }
    }
}

/// What describes the machine: numeric libraries choose by it how they split their work.
const MACHINE: [&str; 2] = ["/sys/devices/system/cpu", "/proc/cpuinfo"];
/// What finds hosts by their names, and the libraries that the C library loads for it.
const HOSTS: [&str; 11] = [
    "/etc/hosts",
    "/etc/resolv.conf",
    "/etc/nsswitch.conf",
    "/etc/host.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/ld.so.cache",
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
];
/// Where a build for coverage writes what it counted.
const COVERAGE: &str = "LLVM_PROFILE_FILE";

/// The version of Landlock that is asked for; an older kernel gives what it has.
const WANTED: ABI = ABI::V7;
/// The first version in which a file that may not be written may not be truncated either.
const TRUNCATES: ABI = ABI::V3;
/// The first version that knows TCP.
const NETWORK: ABI = ABI::V4;

/// What holds of files and of TCP, as the report says it.
pub(super) struct Held {
    /// The line on files.
    pub(super) files: String,
    /// The version of Landlock that bars TCP ports, where one does.
    pub(super) tcp: Option<String>,
}

/// Restricts this thread and all that it will start.
pub(super) fn restrict(reach: &Reach, network: bool) -> Held {
    let what = match reach.read.iter().any(|path| path.as_os_str() == "/") {
        true => "reads any file, writes only its own folder",
        false => "reads only what the run names, writes only its own folder",
    };
    let held = |abi: ABI| match abi < TRUNCATES {
        true => format!("{what}, but can truncate others' files (Landlock {abi})"),
        false => format!("{what} (Landlock {abi})"),
    };
    let status = match landlock(reach, network) {
        Ok(status) => status,
        Err(error) => return Held { files: format!("not limited: {error}"), tcp: None },
    };
    match (status.ruleset, status.landlock) {
        (RulesetStatus::NotEnforced, LandlockStatus::NotEnabled) => none("Landlock is switched off in this kernel"),
        (RulesetStatus::NotEnforced, _) | (_, LandlockStatus::NotEnabled | LandlockStatus::NotImplemented) => {
            none("this kernel has no Landlock")
        }
        (_, LandlockStatus::Available { effective_abi: abi, .. }) => {
            Held { files: held(abi), tcp: (abi >= NETWORK).then(|| abi.to_string()) }
        }
    }
}

fn none(why: &str) -> Held {
    Held { files: format!("not limited: {why}"), tcp: None }
}

fn landlock(reach: &Reach, network: bool) -> Result<RestrictionStatus, RulesetError> {
    let reads = AccessFs::ReadFile | AccessFs::ReadDir;
    let mut read: Vec<PathBuf> = MACHINE.iter().chain(HOSTS.iter().filter(|_| network)).map(PathBuf::from).collect();
    read.extend_from_slice(&reach.read);
    let mut write = vec![std::env::temp_dir()];
    write.extend(std::env::var_os(COVERAGE).and_then(|file| Some(PathBuf::from(file).parent()?.to_owned())));
    write.extend_from_slice(&reach.write);
    // Whoever uses the network connects to ports that only the cluster knows; what listens says where.
    let ports = reach.listen.iter().map(|port| Ok::<_, RulesetError>(NetPort::new(*port, AccessNet::BindTcp)));
    let tcp = if network { BitFlags::from(AccessNet::BindTcp) } else { AccessNet::from_all(WANTED) };
    Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(WANTED))?
        .handle_access(tcp)?
        .scope(Scope::from_all(WANTED))?
        .create()?
        .add_rules(path_beneath_rules(read, reads))?
        .add_rules(path_beneath_rules(write, reads | writes()))?
        .add_rules(ports)?
        .restrict_self()
}

/// Plain files and folders are made, written and removed; no links, no devices.
fn writes() -> BitFlags<AccessFs> {
    AccessFs::WriteFile
        | AccessFs::Truncate
        | AccessFs::MakeReg
        | AccessFs::MakeDir
        | AccessFs::RemoveFile
        | AccessFs::RemoveDir
}
