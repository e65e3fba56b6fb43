//! One fixed example of every event, and every word that may stand in one.

#[path = "money.rs"]
mod money;

use rust_decimal::Decimal;
use tributary_domain::account::{self, Person, Role, SessionEnd};
use tributary_domain::channel::{
    self, Badge, ChatSettings, MessageKind, MessageText, ModeratorPermission, SenderRole, Tally,
};
use tributary_domain::entry::{Entry, LedgerAccount};
use tributary_domain::money::FeeSchedule;
use tributary_domain::stream::{
    self, EndReason, Form, Health, HealthWarning, Interruption, Kind, Media, Visibility, Words,
};
use tributary_domain::text::{AccountName, EmailAddress};
use tributary_domain::wallet::{self, HoldEnd, RefundCause, ReversalCause, TipText};
use tributary_domain::{
    AccountId, ChannelId, EntryId, Event, Money, Personal, Position, RecordingId, Salt, SessionId,
    StreamId, Timestamp, ViewerId, claim, installation, viewer_session,
};
use uuid::Uuid;

/// Words of the examples that belong to persons: no payload may show them.
pub const PERSONAL_WORDS: [&str; 9] = [
    "Ada",
    "example.com",
    "Chess",
    "games",
    "board",
    "1080p60",
    "well",
    "spam",
    "hello",
];

fn at(seconds: i64) -> Timestamp {
    // With microseconds: the finest that is stored.
    Timestamp::from_timestamp_micros((1_800_000_000 + seconds) * 1_000_000 + 123_456).unwrap()
}

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

fn account() -> AccountId {
    AccountId(id(1))
}
fn channel() -> ChannelId {
    ChannelId(id(2))
}
fn stream() -> StreamId {
    StreamId(id(3))
}
fn session() -> SessionId {
    SessionId(id(4))
}
fn entry() -> EntryId {
    EntryId(id(5))
}

fn seal<T: serde::Serialize>(value: T) -> Personal<T> {
    Personal::seal(value, Salt([7; 16]))
}

fn reason() -> Personal<Option<String>> {
    seal(Some("spam".to_owned()))
}

fn usd(amount: &str) -> Money {
    Money::parse(amount, "USD".parse().unwrap()).unwrap()
}

fn words() -> Personal<Words> {
    seal(Words {
        title: "Chess with Ada".to_owned(),
        description: Some("Openings, then endings".to_owned()),
        category: Some("games".to_owned()),
        tags: vec!["board".to_owned(), "calm".to_owned()],
        quality: Some("1080p60".to_owned()),
    })
}

fn form() -> Form {
    Form {
        kind: Kind::Video,
        visibility: Visibility::Public,
    }
}

fn media() -> Media {
    Media {
        node: "node-a".to_owned(),
        video_codec: Some("h264".to_owned()),
        audio_codec: Some("aac".to_owned()),
        width: Some(1920),
        height: Some(1080),
    }
}

fn health() -> Health {
    Health {
        span_ms: 60_000,
        video_bytes: 18_750_000,
        audio_bytes: 1_200_000,
        frames: 1_798,
        media_ms: 59_960,
        key_frame_interval_ms: Some(2_003),
        sound_ahead_ms: Some(-21),
        longest_gap_ms: 1_730,
        warnings: vec![HealthWarning::Gaps],
    }
}

/// One of each, in the catalogue's order.
pub fn examples() -> Vec<Event> {
    let mut all: Vec<Event> = vec![];
    all.extend(of_accounts().into_iter().map(Event::from));
    all.extend(of_follows_and_suspensions().into_iter().map(Event::from));
    all.push(claim::Event::from(claim::Made { account: account() }).into());
    all.push(claim::Event::from(claim::Released { account: account() }).into());
    all.extend(of_channels().into_iter().map(Event::from));
    all.extend(of_moderation().into_iter().map(Event::from));
    all.extend(of_streams().into_iter().map(Event::from));
    all.extend(of_viewer_sessions().into_iter().map(Event::from));
    all.extend(of_wallets().into_iter().map(Event::from));
    let founded = installation::Founded { admin: account() };
    all.push(installation::Event::from(founded).into());
    all.extend(money::examples());
    all
}

fn of_accounts() -> Vec<account::Event> {
    let person = Person {
        name: AccountName::new("Ada_L").unwrap(),
        email: EmailAddress::new("Ada@example.com").unwrap(),
    };
    let (session, expires_at) = (session(), at(3_600));
    vec![
        account::Registered {
            account: account(),
            personal: seal(person),
        }
        .into(),
        account::RoleGranted { role: Role::Admin }.into(),
        account::RoleRevoked {
            role: Role::Finance,
        }
        .into(),
        account::SessionOpened {
            session,
            expires_at,
        }
        .into(),
        account::SessionRefreshed {
            session,
            generation: 2,
            expires_at,
        }
        .into(),
        account::SessionClosed {
            session,
            reason: SessionEnd::TokenReused,
        }
        .into(),
        account::PasswordChanged {}.into(),
        account::Erased {}.into(),
        account::ErasureCompleted { events: 7 }.into(),
    ]
}

fn of_channels() -> Vec<channel::Event> {
    let (account, stream, message) = (account(), stream(), Position::new(42).unwrap());
    vec![
        channel::Opened { channel: channel() }.into(),
        channel::StreamKeyRotated {}.into(),
        channel::StreamOpened { stream }.into(),
        channel::StreamClosed { stream }.into(),
        channel::Closed {}.into(),
        channel::Banned {
            account,
            personal: reason(),
        }
        .into(),
        channel::Unbanned {
            account,
            personal: seal(None),
        }
        .into(),
        channel::TimedOut {
            account,
            until: at(600),
            personal: reason(),
        }
        .into(),
        channel::TimeoutLifted {
            account,
            personal: reason(),
        }
        .into(),
        channel::MessageSent {
            sender: account,
            role: SenderRole::Viewer,
            kind: MessageKind::Text,
            stream: Some(stream),
            badges: vec![],
            reply_to: None,
            mentions: vec![],
            next_at: None,
            personal: seal(MessageText {
                sender_name: "Ada_L".to_owned(),
                text: "hello, <b>été</b> 👋".to_owned(),
            }),
        }
        .into(),
        channel::MessageDeleted {
            message,
            sender: account,
            by: Some(AccountId(id(9))),
            personal: reason(),
        }
        .into(),
    ]
}

fn of_moderation() -> Vec<channel::Event> {
    let (account, message) = (account(), Position::new(42).unwrap());
    vec![
        channel::Muted {
            account,
            personal: reason(),
        }
        .into(),
        channel::Unmuted {
            account,
            personal: seal(None),
        }
        .into(),
        channel::ChatCleared {
            upto: message,
            personal: reason(),
        }
        .into(),
        channel::MessagePinned {
            message,
            sender: account,
        }
        .into(),
        channel::MessageUnpinned {
            message,
            sender: account,
        }
        .into(),
        channel::ChatSettingsChanged {
            settings: ChatSettings {
                slow_mode_seconds: 30,
                followers_only_minutes: Some(10),
                emote_only: true,
            },
            personal: reason(),
        }
        .into(),
        channel::ModeratorAppointed {
            account,
            permissions: ModeratorPermission::ALL.into(),
        }
        .into(),
        channel::ModeratorRemoved { account }.into(),
        channel::ReactionsTallied {
            node: "node-a".to_owned(),
            stream: Some(stream()),
            tallies: vec![
                Tally {
                    message: None,
                    emoji: "👏".to_owned(),
                    count: 120,
                },
                Tally {
                    message: Some(message),
                    emoji: "🎉".to_owned(),
                    count: 1,
                },
            ],
        }
        .into(),
    ]
}

fn of_follows_and_suspensions() -> Vec<account::Event> {
    let (account, channel) = (account(), channel());
    vec![
        account::Followed {
            channel,
            at: at(10),
        }
        .into(),
        account::Unfollowed { channel }.into(),
        account::Suspended {
            account,
            personal: reason(),
        }
        .into(),
        account::Reinstated {
            account,
            personal: seal(None),
        }
        .into(),
    ]
}

fn of_streams() -> Vec<stream::Event> {
    let (stream, channel) = (stream(), channel());
    vec![
        stream::Scheduled {
            stream,
            channel,
            scheduled_for: at(86_400),
            form: form(),
            personal: words(),
        }
        .into(),
        stream::Started {
            stream,
            channel,
            form: form(),
            personal: words(),
        }
        .into(),
        stream::WentLive {
            at: at(10),
            media: media(),
        }
        .into(),
        stream::Interrupted {
            at: at(20),
            reason: Interruption::Disconnected,
        }
        .into(),
        stream::Resumed {
            at: at(30),
            media: Media {
                node: "node-b".to_owned(),
                ..Media::default()
            },
        }
        .into(),
        stream::HealthNoted {
            at: at(35),
            health: health(),
        }
        .into(),
        stream::Updated {
            form: Form::default(),
            personal: words(),
        }
        .into(),
        stream::Ending {
            reason: EndReason::Asked,
            times: Some(stream::Ended {
                started_at: Some(at(10)),
                ended_at: at(40),
                duration_ms: 30_000,
                live_ms: 20_000,
            }),
        }
        .into(),
        stream::Ended {
            started_at: Some(at(10)),
            ended_at: at(40),
            duration_ms: 30_000,
            live_ms: 20_000,
        }
        .into(),
        stream::Cancelled {}.into(),
        stream::RecordingStarted {
            recording: RecordingId(id(77)),
            at: at(10),
            node: "node-a".to_owned(),
            by_itself: false,
        }
        .into(),
        stream::RecordingStopped {
            recording: RecordingId(id(77)),
            at: at(35),
        }
        .into(),
        stream::Anchored {
            recording: RecordingId(id(77)),
            media_ms: 20_033,
            at: at(30),
        }
        .into(),
        stream::RecordingFinished {
            recording: RecordingId(id(77)),
            at: at(36),
            end: stream::RecordingEnd::Asked,
            duration_ms: 25_000,
            bytes: 7_812_500,
        }
        .into(),
        stream::RecordingDeleted {
            recording: RecordingId(id(77)),
            at: at(90),
            reason: stream::Removal::Asked,
        }
        .into(),
    ]
}

fn of_viewer_sessions() -> Vec<viewer_session::Event> {
    let (stream, viewer) = (stream(), ViewerId::Account(account()));
    vec![
        viewer_session::Joined {
            stream,
            channel: channel(),
            viewer,
            node: "node-a".to_owned(),
            at: at(10),
            received: None,
        }
        .into(),
        viewer_session::Left {
            stream,
            viewer,
            at: at(40),
            watched_ms: 30_000,
        }
        .into(),
    ]
}

fn of_wallets() -> Vec<wallet::Event> {
    let (gross, fee, net) = (usd("10.00"), usd("0.50"), usd("9.50"));
    vec![
        wallet::ToppedUp {
            amount: gross.amount,
            provider: "sandbox".to_owned(),
            entry: Entry::top_up(entry(), account(), "sandbox", gross),
        }
        .into(),
        wallet::Tipped {
            payer: account(),
            channel: channel(),
            stream: Some(stream()),
            amount: gross.amount,
            fee: fee.amount,
            net: net.amount,
            fee_schedule: FeeSchedule::new("standard".to_owned(), Decimal::new(5, 2)).unwrap(),
            entry: Entry::tip(entry(), account(), channel(), fee, net),
            personal: seal(TipText {
                sender_name: "Ada_L".to_owned(),
                message: Some("well played".to_owned()),
            }),
        }
        .into(),
        wallet::Credited {
            entry: entry(),
            amount: net.amount,
            repaid: Decimal::ZERO,
        }
        .into(),
    ]
}

/// Each word of an enumeration as it is stored. A new one does not compile until it is here.
macro_rules! stored_words {
    ($( $kind:ident { $( $variant:ident = $word:literal ),* $(,)? } )*) => {
        #[test]
        fn words_inside_events_never_change() {
            $( {
                fn word(value: $kind) -> &'static str {
                    match value { $( $kind::$variant => $word, )* }
                }
                for value in [$( $kind::$variant ),*] {
                    let stored = serde_json::to_value(value).unwrap();
                    assert_eq!(stored, word(value), "{}", super::CHANGED);
                    assert_eq!(serde_json::from_value::<$kind>(stored).unwrap(), value);
                }
            } )*
        }
    };
}

stored_words! {
    Role { Admin = "admin", Analyst = "analyst", Finance = "finance" }
    SessionEnd { LoggedOut = "logged_out", TokenReused = "token_reused", Displaced = "displaced", PasswordChanged = "password_changed" }
    SenderRole {
        Admin = "admin",
        Streamer = "streamer",
        Moderator = "moderator",
        Viewer = "viewer",
        Platform = "platform",
    }
    Badge {
        Broadcaster = "broadcaster",
        Staff = "staff",
        Moderator = "moderator",
        Follower = "follower",
    }
    ModeratorPermission {
        DeleteMessages = "delete_messages",
        TimeOut = "time_out",
        Mute = "mute",
        Ban = "ban",
        ClearChat = "clear_chat",
        Pin = "pin",
        Settings = "settings",
    }
    MessageKind { Text = "text", Emoji = "emoji", Tip = "tip", Alert = "alert", System = "system" }
    Kind { Video = "video", Audio = "audio", Screen = "screen" }
    Visibility { Public = "public", Private = "private" }
    Interruption {
        Unpublished = "unpublished",
        Disconnected = "disconnected",
        TimedOut = "timed_out",
        Malformed = "malformed",
        Closed = "closed",
        NodeGone = "node_gone",
    }
    RefundCause { Streamer = "streamer", Staff = "staff", Payment = "payment" }
    ReversalCause { Refund = "refund", Chargeback = "chargeback" }
    HoldEnd { Released = "released", Spent = "spent", Expired = "expired" }
    EndReason { Asked = "asked", Abandoned = "abandoned", NeverLive = "never_live" }
}

#[test]
fn ids_inside_events_never_change() {
    let uuid = "01900000-0000-7000-8000-000000000001";
    for (viewer, stored) in [
        (ViewerId::Account(account()), format!("account:{uuid}")),
        (ViewerId::Anonymous(id(1)), format!("anonymous:{uuid}")),
    ] {
        assert_eq!(serde_json::to_value(viewer).unwrap(), stored);
    }
    for (ledger_account, stored) in [
        (
            LedgerAccount::ViewerBalance(account()),
            format!("viewer_balance:{uuid}"),
        ),
        (
            LedgerAccount::StreamerEarnings(account().into()),
            format!("streamer_earnings:{uuid}"),
        ),
        (LedgerAccount::PlatformFees, "platform_fees".to_owned()),
        (
            LedgerAccount::ProviderClearing("x".to_owned()),
            "provider_clearing:x".to_owned(),
        ),
        (
            LedgerAccount::PayoutsInFlight(account().into()),
            format!("payouts_in_flight:{uuid}"),
        ),
        (LedgerAccount::Refunds, "refunds".to_owned()),
        (
            LedgerAccount::ChargebacksReceivable(account().into()),
            format!("chargebacks_receivable:{uuid}"),
        ),
        (LedgerAccount::Promotions, "promotions".to_owned()),
    ] {
        assert_eq!(serde_json::to_value(ledger_account).unwrap(), stored);
    }
}
