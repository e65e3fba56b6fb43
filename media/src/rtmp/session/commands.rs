//! What each command does.

use std::time::Duration;

use super::command::Command;
use super::limits::{COMMANDS_MAX, NAME_BYTES_MAX};
use super::{Action, Application, BAD_NAME, CloseReason, Limits, Request, Session, State, reply};
use crate::amf0::Value;
use crate::rtmp::message::Message;

/// Message stream ids that `createStream` gives out; encoders create one.
const STREAMS_CREATED_MAX: u32 = 16;

impl Session {
    pub(super) fn command(
        &mut self,
        message: &Message,
        input: &mut &[u8],
        now: Duration,
    ) -> Result<(), CloseReason> {
        let command = Command::decode(&message.amf0())
            .map_err(|error| CloseReason::Command(error.to_string()))?;
        if !self.is_publishing() {
            self.commands += 1;
            if self.commands > COMMANDS_MAX {
                return Err(refuse("too many commands before publish"));
            }
        }
        match command.name.as_str() {
            "connect" => self.connect(&command),
            "createStream" => self.create_stream(&command),
            "publish" => self.publish(&command, message.stream, input),
            "FCUnpublish" | "deleteStream" | "closeStream" => {
                if self.concerns_published(&command) {
                    self.unpublish(now);
                }
                self.confirm(&command)
            }
            "releaseStream" | "FCPublish" => self.confirm(&command),
            "play" | "play2" => {
                let text = "RTMP playback is not offered: watch at /live/<channel>.flv";
                self.send(reply::status(
                    message.stream,
                    "error",
                    "NetStream.Play.Failed",
                    text,
                ));
                Err(CloseReason::Play)
            }
            // Replies to what this side never asks.
            "_result" | "_error" | "onStatus" => Ok(()),
            _ => {
                if command.transaction != 0.0 {
                    self.send(reply::failed(
                        command.transaction,
                        "This command is not known.",
                    ));
                }
                Ok(())
            }
        }
    }

    fn connect(&mut self, command: &Command) -> Result<(), CloseReason> {
        if !matches!(self.state, State::Greeted) {
            return Err(refuse("connect was sent twice"));
        }
        let text = |name| {
            command
                .object()
                .get(name)
                .and_then(Value::as_str)
                .unwrap_or_default()
        };
        let (app, tc_url) = (text("app"), text("tcUrl"));
        if app.len() > NAME_BYTES_MAX || tc_url.len() > NAME_BYTES_MAX {
            return Err(refuse("connect has an overlong app or tcUrl"));
        }
        let application = Application {
            name: app.trim_matches('/').to_owned(),
            tc_url: tc_url.to_owned(),
        };
        self.send(reply::welcome());
        self.send(reply::connected(
            command.transaction,
            command.object().get("fourCcList"),
        ));
        self.state = State::Connected(application);
        Ok(())
    }

    fn create_stream(&mut self, command: &Command) -> Result<(), CloseReason> {
        if matches!(self.state, State::Greeted) {
            return Err(refuse("createStream before connect"));
        }
        if self.streams_created >= STREAMS_CREATED_MAX {
            return Err(refuse("too many streams created"));
        }
        self.streams_created += 1;
        self.send(reply::stream_created(
            command.transaction,
            self.streams_created,
        ));
        Ok(())
    }

    fn publish(
        &mut self,
        command: &Command,
        stream: u32,
        input: &mut &[u8],
    ) -> Result<(), CloseReason> {
        let State::Connected(application) = &mut self.state else {
            return Err(refuse("publish before connect, or a second publish"));
        };
        let name = command.text();
        if name.len() > NAME_BYTES_MAX {
            let text = "The stream key is too long.";
            self.send(reply::status(stream, "error", BAD_NAME, text));
            return Err(CloseReason::Refused(text.to_owned()));
        }
        let application = std::mem::take(application);
        let request = request(&application, name);
        // The rest waits for the answer.
        let held = std::mem::take(input).to_vec();
        self.state = State::Deciding {
            application,
            stream,
            held,
        };
        self.actions.push_back(Action::Publish(request));
        Ok(())
    }

    fn unpublish(&mut self, now: Duration) {
        if let State::Publishing {
            application,
            stream,
        } = &mut self.state
        {
            let (application, stream) = (std::mem::take(application), *stream);
            let text = "Publishing has ended.";
            self.send(reply::status(
                stream,
                "status",
                "NetStream.Unpublish.Success",
                text,
            ));
            self.actions.push_back(Action::Unpublish);
            self.reader.set_limits(Limits::stranger());
            self.since = now;
            self.state = State::Connected(application);
        }
    }

    /// `deleteStream` names a stream, which may be one that was created and never used.
    fn concerns_published(&self, command: &Command) -> bool {
        match (&self.state, command.number()) {
            (State::Publishing { stream, .. }, Some(named)) if command.name == "deleteStream" => {
                named == f64::from(*stream)
            }
            _ => true,
        }
    }

    fn confirm(&mut self, command: &Command) -> Result<(), CloseReason> {
        if command.transaction != 0.0 {
            self.send(reply::done(command.transaction));
        }
        Ok(())
    }
}

/// Application and key of a `publish`.
fn request(application: &Application, name: &str) -> Request {
    let key_of = |name: &str| name.split('?').next().unwrap_or_default().to_owned();
    let tc_url = application.tc_url.clone();
    // A user who pastes URL and key into OBS's one URL field publishes an empty name in app/key.
    match application.name.split_once('/') {
        Some((app, key)) if name.is_empty() => Request {
            app: app.to_owned(),
            key: key_of(key),
            tc_url,
        },
        _ => Request {
            app: application.name.clone(),
            key: key_of(name),
            tc_url,
        },
    }
}

fn refuse(text: &str) -> CloseReason {
    CloseReason::Command(text.to_owned())
}
