//! Three small macros that keep every aggregate file to what is particular to it.

/// Declares an aggregate's events: the enum, each event's stored name and version, and decoding by
/// stored name. A variant marked `personal` has a field `personal` that is stored apart. A version
/// above 1 stands with the steps that lift older ones, each with what it changed:
/// `Joined = "viewer_session.joined", 2 upcast [add_device: "the device is told"];`
macro_rules! events {
    ($(#[$meta:meta])* { $( $(#[$vmeta:meta])* $variant:ident = $name:literal, $version:literal $(, $personal:ident)? $(upcast [ $($step:path : $change:literal),+ $(,)? ])?; )* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "type")]
        pub enum Event {
            $( $(#[$vmeta])* #[serde(rename = $name)] $variant($variant), )*
        }

        impl Event {
            /// Every event of this aggregate: stored name and current version.
            pub const CATALOGUE: &'static [(&'static str, u32)] = &[$( ($name, $version) ),*];

            /// The stored name and version.
            pub fn name(&self) -> (&'static str, u32) {
                match self { $( Self::$variant(_) => ($name, $version), )* }
            }

            /// What leads from a stored version to the current one; `None` when name and version are
            /// not one of these.
            pub fn upcasts(name: &str, version: u32) -> Option<&'static [crate::upcast::Upcast]> {
                match name {
                    $( $name => {
                        const STEPS: &[crate::upcast::Upcast] = &[
                            $($( crate::upcast::Upcast { change: $change, step: $step } ),+)?
                        ];
                        const { assert!(STEPS.len() + 1 == $version, "each version has a step to the next") };
                        let taken = usize::try_from(version.checked_sub(1)?).ok()?;
                        STEPS.get(taken..)
                    } )*
                    _ => None,
                }
            }

            /// Reads a payload of the current version; `None` when the name is not one of these.
            pub(crate) fn decode(name: &str, payload: &str) -> Option<Result<Self, serde_json::Error>> {
                match name {
                    $( $name => Some(serde_json::from_str(payload).map(Self::$variant)), )*
                    _ => None,
                }
            }

            /// The part that is stored apart so that it can be erased.
            pub(crate) fn personal(&self) -> Option<&dyn crate::personal::Erasable> {
                match self { $( Self::$variant(_event) => events!(@get _event $($personal)?), )* }
            }

            /// The same, to put back what was stored apart.
            pub(crate) fn personal_mut(&mut self) -> Option<&mut dyn crate::personal::Erasable> {
                match self { $( Self::$variant(_event) => events!(@get_mut _event $($personal)?), )* }
            }
        }

        impl cqrs_es::DomainEvent for Event {
            fn event_type(&self) -> String {
                self.name().0.to_owned()
            }
            fn event_version(&self) -> String {
                self.name().1.to_string()
            }
        }

        $( impl From<$variant> for Event {
            fn from(event: $variant) -> Self {
                Self::$variant(event)
            }
        } )*
    };
    (@get $event:ident personal) => { Some(&$event.personal) };
    (@get $event:ident) => { None };
    (@get_mut $event:ident personal) => { Some(&mut $event.personal) };
    (@get_mut $event:ident) => { None };
}

/// Declares an aggregate's refusals: each with its stable code, the input field at fault (or
/// `None`), and in brackets the limits that its sentence names. What a variant carries belongs to its
/// sentence, too; the sentence itself is made where it is shown, in the reader's language.
macro_rules! rejections {
    ($(#[$meta:meta])* { $( $(#[$vmeta:meta])* $variant:ident $({ $( $(#[$fmeta:meta])* $field:ident : $ty:ty ),* $(,)? })? => $code:literal, $at:expr $(, [ $($limit:ident = $value:expr),+ ])?; )* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Rejection {
            $( $(#[$vmeta])* $variant $({ $( $(#[$fmeta])* $field: $ty ),* })?, )*
        }

        impl Rejection {
            /// Every refusal of this kind: its code, and what its sentence is made with.
            pub const CATALOGUE: &'static [(&'static str, &'static [&'static str])] = &[
                $( ($code, &[ $($( stringify!($field) ),*)? $($( stringify!($limit) ),+)? ]) ),*
            ];

            /// The stable code that clients switch on.
            pub fn code(&self) -> &'static str {
                match self { $( Self::$variant { .. } => $code, )* }
            }
            /// The input field at fault, where one is.
            pub fn field(&self) -> Option<&'static str> {
                match self { $( Self::$variant { .. } => $at, )* }
            }
            /// What its sentence is made with.
            pub fn arguments(&self) -> crate::rejection::Arguments {
                match self { $(
                    Self::$variant $({ $( $field ),* })? => vec![
                        $($( (stringify!($field), (*$field).into()) ),*)?
                        $($( (stringify!($limit), $value.into()) ),+)?
                    ],
                )* }
            }
        }

        impl std::fmt::Display for Rejection {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                crate::rejection::write(f, self.code(), &self.arguments())
            }
        }

        impl std::error::Error for Rejection {}

        impl From<Rejection> for crate::Rejection {
            fn from(rejection: Rejection) -> Self {
                Self::new(rejection.code(), rejection.field(), rejection.arguments())
            }
        }
    };
}

/// Ties a state to cqrs-es: `handle` writes what `decide` returned.
macro_rules! aggregate {
    ($state:ty, $kind:literal) => {
        impl cqrs_es::Aggregate for $state {
            const TYPE: &'static str = $kind;
            type Command = Command;
            type Event = Event;
            type Error = Rejection;
            type Services = ();

            async fn handle(
                &mut self,
                command: Self::Command,
                (): &Self::Services,
                sink: &cqrs_es::event_sink::EventSink<Self>,
            ) -> Result<(), Self::Error> {
                for event in self.decide(command)? {
                    sink.write(event, self).await;
                }
                Ok(())
            }

            fn apply(&mut self, event: Self::Event) {
                self.fold(&event);
            }
        }
    };
}

/// Stores a type as its `Display` text and reads it back by `FromStr`.
macro_rules! text_serde {
    ($name:ty) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;
                // Parsed where it stands: a string of its own for each would be most of the time.
                impl serde::de::Visitor<'_> for Text {
                    type Value = $name;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("a text")
                    }
                    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Text)
            }
        }
    };
}
