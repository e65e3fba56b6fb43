//! The side of a session that plays: VLC, ffplay, and servers that pull.

use std::time::Duration;

use bytes::Bytes;

use super::command::Command;
use super::commands::{address, refuse};
use super::limits::{NAME_BYTES_MAX, SEND_CHUNK_BYTES};
use super::{Action, CloseReason, PLAY_FAILED, PlayRequest, Role, Session, State, reply};
use crate::flv::{self, Tag};
use crate::rtmp::chunk;
use crate::rtmp::message::{Kind, Message};

/// Chunk streams of what is played.
const DATA: u8 = 5;
const AUDIO: u8 = 6;
const VIDEO: u8 = 7;

impl Session {
    /// The viewer may watch: `Play.Start` is sent, and media may follow through [`Self::play_tag`].
    /// Without effect unless [`Action::Play`] is unanswered.
    pub fn accept_play(&mut self, now: Duration) {
        let Some((application, stream, held)) = self.decided(Role::Player) else {
            return;
        };
        self.send(reply::stream_begin(stream));
        for (code, text) in [
            ("NetStream.Play.Reset", "The list of streams is empty."),
            ("NetStream.Play.Start", "Playing has begun."),
        ] {
            self.send(reply::status(stream, "status", code, text));
        }
        // Without this word some players let no program look at a picture.
        self.send(reply::sample_access(stream));
        self.since = now;
        self.state = State::Playing {
            application,
            stream,
            is_paused: false,
        };
        self.receive(held, now);
    }

    /// The viewer may not watch, or there is nothing to watch: an `onStatus` of level error with `code`,
    /// then the end. Without effect unless [`Action::Play`] is unanswered.
    pub fn refuse_play(&mut self, code: &str, description: &str) {
        self.refuse(Role::Player, code, description);
    }

    /// Appends a tag to `out` as the accepted player gets it; nothing if there is none.
    pub fn play_tag(&self, tag: &Tag, out: &mut Vec<u8>) {
        let State::Playing { stream, .. } = self.state else {
            return;
        };
        let (id, kind) = match tag.kind {
            flv::Kind::Audio => (AUDIO, Kind::Audio),
            flv::Kind::Video => (VIDEO, Kind::Video),
            flv::Kind::Script => (DATA, Kind::DataAmf0),
        };
        let message = Message {
            kind,
            timestamp: tag.timestamp,
            stream,
            payload: tag.payload.clone(),
        };
        chunk::write(out, id, &message, SEND_CHUNK_BYTES);
    }

    /// What was played is over: the player is told, and the connection ends. Without effect unless
    /// somebody plays.
    pub fn finish_playing(&mut self) {
        if let State::Playing { stream, .. } = self.state {
            self.send(reply::stream_end(stream));
            for (code, text) in [
                ("NetStream.Play.UnpublishNotify", "The broadcast has ended."),
                ("NetStream.Play.Stop", "Playing has ended."),
            ] {
                self.send(reply::status(stream, "status", code, text));
            }
            self.close(CloseReason::Played);
        }
    }

    pub(super) fn play(
        &mut self,
        command: &Command,
        stream: u32,
        input: &mut Bytes,
    ) -> Result<(), CloseReason> {
        let State::Connected(application) = &mut self.state else {
            return Err(refuse(
                "play before connect, or beside another play or publish",
            ));
        };
        let name = command.text();
        if name.len() > NAME_BYTES_MAX {
            let text = "The stream's name is too long.";
            self.send(reply::status(stream, "error", PLAY_FAILED, text));
            return Err(CloseReason::Refused(text.to_owned()));
        }
        let application = std::mem::take(application);
        let (app, name, query) = address(&application, name);
        let request = PlayRequest {
            app,
            name,
            query,
            tc_url: application.tc_url.clone(),
        };
        self.decide(application, stream, Role::Player, input);
        self.actions.push_back(Action::Play(request));
        Ok(())
    }

    /// A pause costs nothing here: the player gets what is live when it goes on.
    pub(super) fn pause(&mut self, command: &Command, now: Duration) -> Result<(), CloseReason> {
        let State::Playing {
            stream, is_paused, ..
        } = &mut self.state
        else {
            return self.confirm(command);
        };
        let stream = *stream;
        // Who pauses again does not get another time for it.
        if !std::mem::replace(is_paused, command.flag()) {
            self.since = now;
        }
        let is_paused = command.flag();
        let (code, text) = if is_paused {
            ("NetStream.Pause.Notify", "Paused.")
        } else {
            (
                "NetStream.Unpause.Notify",
                "Playing goes on at what is live now.",
            )
        };
        self.send(reply::status(stream, "status", code, text));
        self.actions.push_back(Action::Pause(is_paused));
        Ok(())
    }

    pub(super) fn seek(&mut self, stream: u32) -> Result<(), CloseReason> {
        let text = "A live broadcast has no other place to go to.";
        self.send(reply::status(
            stream,
            "error",
            "NetStream.Seek.Failed",
            text,
        ));
        Ok(())
    }

    pub(super) fn stream_length(&mut self, command: &Command) -> Result<(), CloseReason> {
        // librtmp's way to say "live".
        self.send(reply::number(command.transaction, 0.0));
        Ok(())
    }

    pub(super) fn stop_playing(&mut self, now: Duration) {
        if let State::Playing { application, .. } = &mut self.state {
            let application = std::mem::take(application);
            self.actions.push_back(Action::StopPlaying);
            self.since = now;
            self.state = State::Connected(application);
        }
    }
}
