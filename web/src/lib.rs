//! tributary-web
