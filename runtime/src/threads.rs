//! Running something on a number of threads of its own.

use crate::value::ExecError;

/// What `work` gives on `count` threads.
///
/// # Errors
/// The system gives no threads.
pub fn with<T: Send>(count: usize, work: impl FnOnce() -> T + Send) -> Result<T, ExecError> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(count).build();
    let pool = pool.map_err(|error| ExecError::new(format!("{count} threads cannot be had: {error}")))?;
    Ok(pool.install(work))
}
