//! What each command does.

use std::time::Duration;

use super::command::Command;
use bytes::Bytes;

use super::limits::NAME_BYTES_MAX;
use super::{
    Action, Application, BAD_NAME, CloseReason, Limits, Request, Role, Session, State, reply,
};
use crate::amf0::Value;
use crate::rtmp::message::Message;

/// Message stream ids that `createStream` gives out; encoders create one.
const STREAMS_CREATED_MAX: u32 = 16;

impl Session {
    pub(super) fn command(
        &mut self,
        message: &Message,
        input: &mut Bytes,
        now: Duration,
    ) -> Result<(), CloseReason> {
        let command = Command::decode(&message.amf0())
            .map_err(|error| CloseReason::Command(error.to_string()))?;
        let is_stranger = !matches!(self.state, State::Publishing { .. } | State::Playing { .. });
        self.pace.command(now, is_stranger)?;
        match command.name.as_str() {
            "connect" => self.connect(&command, now),
            "createStream" => self.create_stream(&command),
            "publish" => self.publish(&command, message.stream, input),
            "play" | "play2" => self.play(&command, message.stream, input),
            "FCUnpublish" | "deleteStream" | "closeStream" => {
                if self.concerns_stream(&command) {
                    self.unpublish(now);
                    self.stop_playing(now);
                }
                self.confirm(&command)
            }
            "releaseStream" | "FCPublish" | "FCSubscribe" | "FCUnsubscribe" => {
                self.confirm(&command)
            }
            "pause" | "pauseRaw" => self.pause(&command, now),
            "seek" => self.seek(message.stream),
            "getStreamLength" => self.stream_length(&command),
            // All of a broadcast or nothing; a player that wants less drops the rest.
            "receiveAudio" | "receiveVideo" => self.confirm(&command),
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

    fn connect(&mut self, command: &Command, now: Duration) -> Result<(), CloseReason> {
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
        self.since = now;
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
        input: &mut Bytes,
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
        let (app, name, _) = address(&application, name);
        let request = Request {
            app,
            key: name,
            tc_url: application.tc_url.clone(),
        };
        self.decide(application, stream, Role::Publisher, input);
        self.actions.push_back(Action::Publish(request));
        Ok(())
    }

    /// Waits for a decision, and the rest of the input with it.
    pub(super) fn decide(
        &mut self,
        application: Application,
        stream: u32,
        role: Role,
        input: &mut Bytes,
    ) {
        self.state = State::Deciding {
            application,
            stream,
            role,
            held: std::mem::take(input).to_vec(),
        };
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
    fn concerns_stream(&self, command: &Command) -> bool {
        match (&self.state, command.number()) {
            (State::Publishing { stream, .. } | State::Playing { stream, .. }, Some(named))
                if command.name == "deleteStream" =>
            {
                named == f64::from(*stream)
            }
            _ => true,
        }
    }

    pub(super) fn confirm(&mut self, command: &Command) -> Result<(), CloseReason> {
        if command.transaction != 0.0 {
            self.send(reply::done(command.transaction));
        }
        Ok(())
    }
}

/// The application, the name up to its `?`, and what follows that, of a `publish` or `play`.
pub(super) fn address(application: &Application, name: &str) -> (String, String, String) {
    // A user who pastes URL and key into OBS's one URL field publishes an empty name in app/key.
    let (app, name) = match application.name.split_once('/') {
        Some((app, rest)) if name.is_empty() => (app, rest),
        _ => (application.name.as_str(), name),
    };
    let (name, query) = name.split_once('?').unwrap_or((name, ""));
    (app.to_owned(), name.to_owned(), query.to_owned())
}

pub(super) fn refuse(text: &str) -> CloseReason {
    CloseReason::Command(text.to_owned())
}
