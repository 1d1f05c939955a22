//! Tests.

<<<<<<< HEAD
mod judge;
=======
mod report;
mod report_samples;
>>>>>>> refs/heads/report
