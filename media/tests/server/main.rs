//! The listener over real sockets.

mod hostile;
mod publishing;
mod support;
