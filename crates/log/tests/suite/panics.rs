//! Notices panics of the log's own threads, which nobody who asks the log is told of.

use std::sync::{Mutex, MutexGuard, Once, PoisonError};

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
static WATCH: Once = Once::new();

fn seen() -> MutexGuard<'static, Vec<String>> {
    SEEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on panics are noted, but for those of tests (a failing check is one) and of sled (which the log catches).
pub(crate) fn watch() {
    WATCH.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let file = panic.location().map_or("", |location| location.file());
            if file.contains("tests/") {
                before(panic);
            } else if !file.contains("/sled-") {
                seen().push(panic.to_string());
                before(panic);
            }
        }));
    });
}

/// What panicked since [`watch`].
pub(crate) fn all() -> Vec<String> {
    seen().clone()
}
