//! The promises of the log and of the read models, under every fault that a seed can think of.

mod defects;
mod seeds;
