//! What a worker takes from itself before it reads anything: memory, time, files, network, other processes.
//!
//! The system-call filter allows by default and denies by list, since threads, allocators and async runtimes use calls
//! that differ between kernels and C libraries. It keeps a worker from the network and from other processes; files are
//! the business of [`super::reach`]. What the kernel does not grant is said, never passed over.

use super::Limits;
use super::reach::{self, Reach};
use libc::c_long;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter, SeccompRule, TargetArch,
};
use std::collections::BTreeMap;

/// Limits this process to `limits` and to the files of `reach`; call it first, before any other thread exists. Gives a
/// line a limit: its name, and what holds ("not limited: …" where nothing does).
#[must_use]
pub fn confine(limits: &Limits, reach: &Reach) -> Vec<(String, String)> {
    let Limits { memory_bytes, cpu_seconds, wall_seconds, open_files, file_size_bytes, network } = *limits;
    let mut held = vec![
        ("memory".to_owned(), limit(Resource::As, memory_bytes, memory_bytes, "bytes of address space")),
        // One second between the signal that can be told apart (SIGXCPU) and the one that cannot be escaped.
        ("cpu".to_owned(), limit(Resource::Cpu, cpu_seconds, cpu_seconds.saturating_add(1), "seconds of CPU time")),
        ("wall".to_owned(), format!("{wall_seconds} seconds, held by the parent")),
        ("files".to_owned(), limit(Resource::Nofile, open_files, open_files, "open files")),
        ("file-size".to_owned(), limit(Resource::Fsize, file_size_bytes, file_size_bytes, "bytes a written file")),
        ("core-dumps".to_owned(), limit(Resource::Core, 0, 0, "bytes")),
    ];
    let reached = reach::restrict(reach, network);
    held.push(("file-system".to_owned(), reached.files));
    let filtered = filter(network);
    let sockets = match (network, &filtered, reached.tcp) {
        (true, _, Some(abi)) => format!("out to any port, in on those that the run names (Landlock {abi})"),
        (true, _, None) => "not limited: the run uses a cluster".to_owned(),
        (false, Ok(()), _) => "no sockets (system-call filter)".to_owned(),
        (false, Err(_), Some(abi)) => format!("no TCP (Landlock {abi})"),
        (false, Err(error), None) => format!("not limited: {error}"),
    };
    held.push(("network".to_owned(), sockets));
    let processes = match &filtered {
        Ok(()) => "no new programs, no sight of other processes (system-call filter)".to_owned(),
        Err(error) => format!("not limited: {error}"),
    };
    held.push(("processes".to_owned(), processes));
    held
}

/// Lowers a resource limit, never above what is allowed already.
fn limit(resource: Resource, soft: u64, hard: u64, unit: &str) -> String {
    let now = getrlimit(resource);
    let capped = |wanted: u64| now.maximum.map_or(wanted, |most| wanted.min(most));
    let (soft, hard) = (capped(soft), capped(hard));
    match setrlimit(resource, Rlimit { current: Some(soft), maximum: Some(hard) }) {
        Ok(()) => format!("{soft} {unit}"),
        Err(error) => format!("not limited: {error}"),
    }
}

/// Installs the filters, which also bars new privileges for good.
fn filter(network: bool) -> Result<(), String> {
    let arch = TargetArch::try_from(std::env::consts::ARCH).map_err(|error| error.to_string())?;
    let build = |rules: Rules, errno: i32| -> Result<BpfProgram, String> {
        let errno = u32::try_from(errno).map_err(|error| error.to_string())?;
        SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno), arch)
            .and_then(TryInto::try_into)
            .map_err(|error| error.to_string())
    };
    // `clone3` hides its flags from a filter. ENOSYS makes C libraries fall back to `clone`, which does not.
    let clone3 = build(BTreeMap::from([(libc::SYS_clone3, Vec::new())]), libc::ENOSYS)?;
    let denied = build(denied(network)?, libc::EPERM)?;
    for program in [clone3, denied] {
        seccompiler::apply_filter_all_threads(&program).map_err(|error| error.to_string())?;
    }
    Ok(())
}

type Rules = BTreeMap<c_long, Vec<SeccompRule>>;

/// The denied calls: all of a call where its list is empty, else those that match.
fn denied(network: bool) -> Result<Rules, String> {
    let sockets: &[c_long] = if network { &[] } else { &SOCKETS };
    let mut rules: Rules = DENIED.iter().chain(sockets).map(|call| (*call, Vec::new())).collect();
    let when = |argument: u8, length, operator, value| {
        SeccompCondition::new(argument, length, operator, value)
            .and_then(|condition| SeccompRule::new(vec![condition]))
            .map_err(|error| error.to_string())
    };
    // Threads yes, processes no.
    let thread_flag = SeccompCmpOp::MaskedEq(u64::from(libc::CLONE_THREAD.unsigned_abs()));
    rules.insert(libc::SYS_clone, vec![when(0, SeccompCmpArgLen::Qword, thread_flag, 0)?]);
    // `abort` sends a signal to its own process; nothing may send one to another.
    let own = u64::from(std::process::id());
    rules.insert(libc::SYS_tgkill, vec![when(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, own)?]);
    #[cfg(target_arch = "x86_64")]
    {
        rules.extend([libc::SYS_fork, libc::SYS_vfork].map(|call| (call, Vec::new())));
        // The x32 spelling of the calls above, and the numbers that only x32 has for some of them.
        const X32: c_long = 0x4000_0000;
        let x32: Rules = rules.keys().copied().chain(512..=547).map(|call| (call | X32, Vec::new())).collect();
        rules.extend(x32);
    }
    Ok(rules)
}

/// What reaches the network.
const SOCKETS: [c_long; 13] = [
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_sendto,
    libc::SYS_sendmsg,
    libc::SYS_sendmmsg,
    libc::SYS_recvfrom,
    libc::SYS_recvmsg,
    libc::SYS_recvmmsg,
];

/// Programs, other processes, and the kernel's own controls.
const DENIED: [c_long; 53] = [
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_rt_tgsigqueueinfo,
    libc::SYS_setns,
    libc::SYS_unshare,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_name_to_handle_at,
    libc::SYS_open_by_handle_at,
    libc::SYS_mknodat,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_acct,
    libc::SYS_quotactl,
    libc::SYS_sethostname,
    libc::SYS_setdomainname,
    libc::SYS_settimeofday,
    libc::SYS_clock_settime,
];
