//! What is said beside the domain's refusals: why a request was not answered. What there is to say stands
//! here, how it is said in a file for each language.

mod english;
mod french;
mod vietnamese;

use super::Language;
use tributary_domain::Position;

macro_rules! sentences {
    ($( $(#[$meta:meta])* $name:ident $([ $( $field:ident: $ty:ty ),+ ])? ),* $(,)?) => {
        /// Something that is said to whoever asked. What stands in it is part of the sentence in every
        /// language.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Sentence {
            $( $(#[$meta])* $name $({ $(
                #[doc = concat!("Stands in the sentence as `", stringify!($field), "`.")]
                $field: $ty,
            )+ })?, )*
        }
    };
}

/// One language's sentences: a match without a wildcard, so that one that is missing does not compile.
macro_rules! spoken {
    ($( $name:ident $({ $( $field:ident ),+ })? => $text:literal ),* $(,)?) => {
        pub(super) fn say(sentence: &super::Sentence) -> String {
            match sentence {
                $( super::Sentence::$name $({ $( $field ),+ })? => format!($text), )*
            }
        }
    };
}
use spoken;

impl Sentence {
    /// The sentence in a language.
    pub fn say(&self, language: Language) -> String {
        match language {
            Language::English => english::say(self),
            Language::French => french::say(self),
            Language::Vietnamese => vietnamese::say(self),
        }
    }
}

sentences! {
    // How a publisher does
    /// Nothing came for a while.
    HealthGaps,
    /// Only sound comes.
    HealthNoPicture,
    /// Only pictures come.
    HealthNoSound,
    /// Key frames are too far apart.
    HealthKeyFramesRare,
    /// Fewer pictures come than were announced.
    HealthFramesMissing,
    /// It comes slower than real time.
    HealthTooSlow,
    /// Sound and picture are apart.
    HealthSoundApart,

    // Who asks
    /// Nobody is signed in.
    NotSignedIn,
    /// The token is not one of ours.
    TokenInvalid,
    /// The token's time is over.
    TokenExpired,
    /// Another kind of authorization.
    NotBearer,
    /// A day is not written as one.
    NotADay,
    /// A text that is no month.
    NotAMonth,
    /// The authorization is no text.
    AuthorizationNotText,

    /// The session that the token belongs to is over.
    SessionClosed,
    /// The account is no more.
    AccountErased,
    /// An admin keeps the account from the platform.
    AccountSuspended,
    /// What only admins see.
    AdminsOnly,
    /// What only a channel's staff sees.
    StaffOnly,

    // What is asked for
    /// A page of no size, or of more items than there are on one.
    PageSize [field: String, most: i32],
    /// A cursor that no list gave.
    NotACursor [field: String],
    /// A cursor of the list in another order.
    CursorOfAnotherOrder [field: String],
    /// An id that is none.
    NotAnId [field: String],
    /// An id of another type.
    IdOfAnotherType [field: String, wanted: &'static str],
    /// Two arguments of which exactly one is wanted.
    ExactlyOneOf [one: &'static str, other: &'static str],
    /// A filter with a zero byte, which no database takes.
    ZeroByte [field: String],
    /// There is no such channel.
    NoSuchChannel,
    /// There is no such stream.
    NoSuchStream,
    /// No such message, or one that was removed.
    NoSuchMessage,

    /// Only who has a role.
    NotForYou,
    /// The past of what is somebody else's.
    PastOfOthers,
    /// A text that is no currency.
    NotACurrency,
    /// A text that names no account of the ledger.
    NotALedgerAccount [field: &'static str],
    /// Days in the wrong order.
    EndsBeforeItBegins,
    /// A moment that is still to come.
    StillToCome [head: Position],
    /// A moment before anything happened.
    BeforeTheBeginning,
    /// More events than are folded for one answer.
    HistoryTooLong [most: usize],
    /// A field that is no fold of the aggregate.
    NotAsOf [field: &'static str],
    /// Too many look into the past at once.
    TooManyPasts,
    /// A text that names no aggregate.
    NotAnAggregate [field: &'static str],
    /// A filter with more names of events than are looked for.
    TooManyTypes [most: usize],

    // The request
    /// A request of another media type.
    NotJson,
    /// Over the limit of a body.
    BodyTooLarge [most: usize],
    /// The body broke off.
    BodyUnreadable,
    /// The body did not come in time.
    BodyTooSlow,
    /// An array of requests.
    NoBatches,
    /// A body that is no object.
    NotAnObject,
    /// An object that is no request.
    NotARequest [detail: String],
    /// Another charset.
    NotUtf8,
    /// A body that is packed.
    ContentEncoded,
    /// An answer of another media type.
    NotAcceptable,
    /// Another method.
    OtherMethod,
    /// A GET that would change something.
    MutationByGet,
    /// A subscription where there is one answer only.
    SubscriptionElsewhere,
    /// A GET that another site's page may have caused.
    CrossSite,
    /// Parameters that are none.
    UrlUnreadable,
    /// A parameter that is there twice.
    GivenTwice [name: String],
    /// A parameter that must be a string.
    NotAString [name: &'static str],
    /// A parameter that must be an object.
    NotAMap [name: &'static str],
    /// A batch of none, or of too many.
    BatchSize [most: usize, found: usize],
    /// An extension that is malformed.
    NotAPersistedQuery,
    /// A hash and a text that do not belong together.
    HashOfAnotherQuery,
    /// A hash whose text is not known. The words are the protocol's, and clients look for them.
    PersistedQueryNotFound,
    /// Something else than a socket was asked for.
    NoSocket,
    /// A socket of another version.
    SocketVersion,
    /// A handshake without its key.
    SocketKey,
    /// A request without a query.
    NoQuery,

    // Limits
    /// A query that is too long.
    QueryTooLong [bytes: usize, most: usize],
    /// Brackets within brackets.
    NestsTooDeep [most: usize],
    /// Fields within fields.
    TooDeep [most: usize],
    /// Fields in all.
    TooManyFields [most: usize],
    /// Fields under another name.
    TooManyAliases [most: usize],
    /// Fields at the root.
    TooManyRoots [most: usize],
    /// Directives on anything.
    TooManyDirectives [most: usize],
    /// Operations in one document.
    QueryOfOperations [most: usize],
    /// Tokens of a query.
    TooManyTokens [most: usize],
    /// A name or number without an end.
    WordTooLong [most: usize],
    /// Types of fields of types of fields.
    IntrospectionTooDeep,
    /// Variables within variables.
    VariablesNestTooDeep [most: usize],
    /// Values in variables.
    TooManyValues [most: usize],
    /// Items of a list.
    ListTooLong [most: usize],
    /// A variable that is not there.
    VariableMissing [place: String, wanted: String],
    /// A variable of another type.
    VariableOfAnotherType [place: String, wanted: String],
    /// A variable that is no value of an enum.
    VariableIsNoValue [place: String, name: String],
    /// A field that an input does not have.
    VariableIsNoField [place: String, name: String],
    /// Fragments.
    TooManyFragments [most: usize],
    /// A fragment over a limit.
    FragmentTooLarge [name: String],
    /// All of it together.
    TooComplex,
    /// Two subscriptions in one.
    OneSubscriptionField,
    /// Too many operations on a socket.
    TooManyOperations [most: usize],
    /// A follower was too slow.
    Lagged [cursor: String],
    /// Too many passwords at once.
    TooManyPasswords,

    /// Too many requests.
    TooManyRequests [most: u32, seconds: u64, wait: u32],
    /// Too many chat messages.
    TooManyMessages [most: u32, seconds: u64, wait: u32],
    /// Too many reactions.
    TooManyReactions [most: u32, seconds: u64, wait: u32],
    /// Too many sockets opened.
    TooManySockets [most: u32, seconds: u64, wait: u32],
    /// Too many requests for video.
    TooManyVideos [most: u32, seconds: u64, wait: u32],
    /// A question that took too long.
    TimedOut [seconds: u64],

    // GraphQL itself, which speaks English
    /// A string without its end.
    StringNotClosed,
    /// A fragment within itself.
    FragmentSpreadsItself [name: String],
    /// What the parser says.
    NotGraphql [detail: String],
    /// What the validation says.
    NotOfThisSchema [detail: String],
    /// A value that does not fit its type.
    NotOfThisType [detail: String],

    // The server
    /// Too many commands are waiting.
    Overloaded,
    /// Nothing can be done at the moment.
    Unavailable,
    /// Lost at the commit.
    UnknownOutcome,
    /// `atLeast` was not reached.
    NotYet [wanted: Position, reached: Position],
    /// A defect.
    Internal,
}
