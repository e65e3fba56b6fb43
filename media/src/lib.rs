//! tributary-media
