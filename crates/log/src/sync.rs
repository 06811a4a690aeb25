//! Locks, queues and threads: those of the system, or those of a simulation that tries the orders in which threads may run.

#[cfg(not(feature = "shuttle"))]
pub(crate) use std::{
    sync::{Mutex, MutexGuard, RwLock, mpsc},
    thread,
};

#[cfg(feature = "shuttle")]
pub(crate) use shuttle::{
    sync::{Mutex, MutexGuard, RwLock, mpsc},
    thread,
};
