//! What the command line asks, and what it is answered: a line of JSON each.

use serde::{Deserialize, Serialize};
use tributary_domain::account::Role;
use tributary_domain::{AccountId, Position};

/// Something asked for on the command line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Ask {
    /// Make an account; with a channel if wanted.
    CreateAccount {
        /// Its name.
        name: String,
        /// Its address.
        email: String,
        /// Its password.
        password: Password,
        /// Whether it gets a channel.
        channel: bool,
    },
    /// Give or take a role.
    ChangeRole {
        /// Whose, by name.
        name: String,
        /// Which.
        role: Role,
        /// Give, or take.
        grant: bool,
    },
    /// Open a channel, or show its stream key if it is open.
    OpenChannel {
        /// Whose, by name.
        name: String,
    },
    /// Replace a channel's stream key.
    RotateKey {
        /// Whose, by name.
        name: String,
    },
    /// Forget a person.
    ErasePerson {
        /// Whom, by name or id.
        who: String,
    },
    /// Sign the end of the log.
    Checkpoint,
    /// Close the books.
    CloseBooks {
        /// The last day of the period.
        through: chrono::NaiveDate,
        /// Why.
        reason: Option<String>,
    },
    /// How far the projections are.
    Projections,
    /// Make the read models anew.
    Rebuild {
        /// Only compare; keep what serves.
        check_only: bool,
        /// The name of the rule to count viewers by; that of the serving ones where none is given.
        viewer_rule: Option<String>,
    },
}

/// A password on its way. Not shown in debug output.
#[derive(Serialize, Deserialize)]
#[serde(transparent)]
pub struct Password(pub String);

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(..)")
    }
}

/// What comes back: any number of `Progress`, then one of the others.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub enum Reply {
    /// How far long work is.
    Progress {
        /// Events done.
        done: u64,
        /// Events in all.
        total: u64,
        /// Events per second.
        per_second: u64,
    },
    /// An account was made.
    Account {
        /// Its name.
        name: String,
        /// Its roles.
        roles: Vec<Role>,
        /// Its channel, if it got one.
        channel: Option<ChannelKey>,
    },
    /// A channel's key.
    Channel(ChannelKey),
    /// How far the projections are.
    Projections {
        /// The log's head.
        head: Position,
        /// Each of them.
        projections: Vec<Projection>,
        /// The policies, too.
        policies: Vec<Policy>,
        /// The node that answers.
        node: Option<String>,
    },
    /// The read models were made anew.
    Rebuilt {
        /// Lines for a person: one per table.
        tables: Vec<Table>,
        /// Events folded.
        events: u64,
        /// Milliseconds.
        elapsed_ms: u64,
        /// Whether the new ones serve now.
        switched: bool,
        /// The names of the rules that viewers are counted by: in what served, and in what was made.
        viewer_rules: (String, String),
    },
    /// A person was forgotten.
    Erased {
        /// Whose account it was.
        account: AccountId,
        /// Events that had something personal of theirs.
        events: u64,
    },
    /// The end of the log was signed.
    Checkpoint {
        /// The new line; `None` if nothing had happened since the newest one.
        line: Option<String>,
    },
    /// The books were closed.
    BooksClosed {
        /// The seal's line.
        line: String,
    },
    /// It was done, and there is nothing to tell.
    Done,
    /// It was not done.
    Failed {
        /// Why.
        message: String,
    },
}

/// What a streamer needs to go live.
#[derive(Debug, Serialize, Deserialize)]
pub struct ChannelKey {
    /// The channel's name.
    pub name: String,
    /// Where to publish.
    pub rtmp_url: String,
    /// The secret key.
    pub key: String,
}

/// How far one projection is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Projection {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub position: Position,
    /// Events that it has not folded.
    pub lag: u64,
    /// How it is, in words.
    pub state: String,
}

/// How far one policy is.
#[derive(Debug, Serialize, Deserialize)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub position: Position,
    /// Events that it has not seen to.
    pub lag: u64,
    /// How it is, in words.
    pub state: String,
}

/// What a comparison found in one table.
#[derive(Debug, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Rows made anew.
    pub rebuilt: u64,
    /// Rows that served.
    pub serving: u64,
    /// Rows that differ.
    pub different: u64,
    /// The first that differ, in words.
    pub examples: Vec<String>,
}
