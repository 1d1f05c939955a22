//! Running something on a number of threads of its own.

use crate::value::ExecError;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// What `work` gives on `count` threads.
///
/// # Errors
/// The system gives no threads.
pub fn with<T: Send>(count: usize, work: impl FnOnce() -> T + Send) -> Result<T, ExecError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
    let pool = pool.map_err(|error| ExecError::new(format!("{count} threads cannot be had: {error}")))?;
    Ok(pool.install(work))
}

/// What `work` gives for each number below `jobs`, in their order: as many at a time as there are threads, each on its
/// share of the threads alone, so that none waits for another.
///
/// # Errors
/// The first error of `work` in the order of the jobs; the system gives no threads.
pub fn side_by_side<T: Send>(
    jobs: usize,
    work: impl Fn(usize) -> Result<T, ExecError> + Sync,
) -> Result<Vec<T>, ExecError> {
    let threads = rayon::current_num_threads();
    let at_once = threads.min(jobs);
    if at_once <= 1 {
        return (0..jobs).map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::with_capacity(jobs));
    let take = || {
        with(threads / at_once, || {
            loop {
                let job = next.fetch_add(1, Ordering::Relaxed);
                if job >= jobs {
                    return;
                }
                let result = work(job);
                done.lock().unwrap_or_else(PoisonError::into_inner).push((job, result));
            }
        })
    };
    let ended: Result<(), ExecError> = std::thread::scope(|scope| {
        let all: Vec<_> = (0..at_once).map(|_| scope.spawn(take)).collect();
        all.into_iter().try_for_each(|one| one.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
    });
    ended?;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    done.sort_by_key(|(job, _)| *job);
    done.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_side_by_side_share_the_threads_and_come_back_in_order() {
        let threads = |job: usize| Ok((job, rayon::current_num_threads()));
        let expected: Vec<(usize, usize)> = (0..100).map(|job| (job, 1)).collect();
        assert_eq!(with(3, || side_by_side(100, threads).ok()).ok(), Some(Some(expected)));
        let two = with(5, || side_by_side(2, threads).ok());
        assert_eq!(two.ok(), Some(Some(vec![(0, 2), (1, 2)])));
        let odd = |job: usize| if job % 2 == 1 { Err(ExecError::new(format!("{job}"))) } else { Ok(job) };
        let error = with(3, || side_by_side(9, odd).err().map(|error| error.message));
        assert_eq!(error.ok(), Some(Some("1".to_owned())));
        assert_eq!(side_by_side(0, odd).ok(), Some(Vec::new()));
    }
}
