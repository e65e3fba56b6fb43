//! tributary-domain
