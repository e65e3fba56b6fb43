//! tributary-store
