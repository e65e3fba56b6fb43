//! The API over HTTP and sockets, on a real log and real read models.
