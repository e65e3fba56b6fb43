//! Recording a broadcast into files.
