//! tributary-projections
