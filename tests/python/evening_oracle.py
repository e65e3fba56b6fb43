"""Every number of analytics, and the audit log, worked out by hand from an export of the log.

Nothing of the product is used: `tributary log export --personal` as JSON lines goes in, and what the API must
answer comes out, for a log whose streams are over. What the words mean is said in docs/analytics.md; each number is computed on its own from all
events, slowly and plainly. Usage: evening_oracle.py <events.jsonl> <now>
"""

import base64
import json
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

MINUTE = 60_000
MILLISECOND = timedelta(milliseconds=1)
# By rule v2-received, of sessions that do not say what they received.
ENOUGH = 1_000
DIGITS = {"USD": 2, "EUR": 2}


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def ms(text):
    """Milliseconds since 1970, begun ones left out."""
    return (moment(text) - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)


def day_of(event):
    return moment(event["recorded_at"]).astimezone(timezone.utc).date()


def global_id(kind, key):
    return base64.urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("=")


def share(part, whole):
    if whole == 0:
        return 0.0
    return float((Decimal(part) / Decimal(whole)).quantize(Decimal("0.001"), ROUND_HALF_EVEN))


def money(amount, currency):
    return {"amount": str(amount), "currency": currency}


def tips_of(events):
    """Count, sums and average of tips, a currency each."""
    sums = {}
    for event in events:
        payload = event["payload"]
        currency = payload["entry"]["currency"]
        of = sums.setdefault(currency, [0, Decimal(0), Decimal(0), Decimal(0)])
        of[0] += 1
        for place, name in enumerate(["amount", "fee", "net"], 1):
            of[place] += Decimal(payload[name])
    told = []
    for currency, (count, amount, fee, net) in sorted(sums.items()):
        digits = Decimal(1).scaleb(-DIGITS[currency])
        average = (amount / count).quantize(digits, ROUND_HALF_UP)
        told.append(
            {
                "count": count,
                "amount": money(amount, currency),
                "fee": money(fee, currency),
                "net": money(net, currency),
                "average": money(average, currency),
            }
        )
    return told


class Stream:
    """One stream, from the events that concern it."""

    def __init__(self, log, stream):
        self.id = stream
        self.its = [event for event in log if self.concerns(event)]
        self.channel = next(e["channel"] for e in self.its if e["event_type"] == "stream.went_live")
        self.counts, self.visits = self.coming_and_going()
        self.counted, self.watched, self.visited = self.who_watched()
        self.unique = set(self.counted)
        self.stretches = self.on_air()

    def concerns(self, event):
        kind, payload = event["event_type"], event["payload"]
        if kind in ("viewer_session.joined", "viewer_session.left", "channel.message_sent", "wallet.tipped"):
            return payload.get("stream") == self.id
        names = ("stream.went_live", "stream.interrupted", "stream.resumed", "stream.ended")
        return kind in names and event["aggregate_id"] == self.id

    def of(self, kind):
        return [event for event in self.its if event["event_type"] == kind]

    def coming_and_going(self):
        """The viewer count after each event, and all visits that are over."""
        open_sessions, began, gone = defaultdict(set), {}, {}
        counts, visits = [], []
        for event in self.its:
            if event["aggregate_type"] != "viewer_session":
                continue
            payload, session = event["payload"], event["aggregate_id"]
            viewer, at = payload["viewer"], ms(payload["at"])
            theirs = open_sessions[viewer]
            if event["event_type"] == "viewer_session.joined":
                if not theirs:
                    began[viewer] = max(at, gone.get(viewer, at))
                theirs.add(session)
            else:
                if session not in theirs:
                    continue
                theirs.remove(session)
                gone[viewer] = max(at, gone.get(viewer, at))
                if not theirs:
                    visits.append((viewer, began[viewer], gone[viewer], event["position"]))
            counts.append((ms(event["recorded_at"]), sum(1 for held in open_sessions.values() if held)))
        return counts, visits

    def who_watched(self):
        """Who counts and since which day, the watch time of those of them of whom a visit is over, and that of
        each visit with the day of its end."""
        whole, visited, counted = defaultdict(int), [], {}
        days = {event["position"]: day_of(event) for event in self.its}
        for event in self.of("viewer_session.joined"):
            if event["payload"].get("received") is not None:
                counted.setdefault(event["payload"]["viewer"], day_of(event))
        for viewer, came, went, position in self.visits:
            live, off = None, None
            for event in self.its:
                if event["position"] >= position:
                    break
                payload = event["payload"]
                match event["event_type"]:
                    case "stream.went_live":
                        live = ms(payload["at"])
                    case "stream.interrupted":
                        off = ms(payload["at"])
                    case "stream.resumed":
                        off = None
                    case "stream.ended":
                        off = ms(payload["ended_at"])
            if live is None:
                there = 0
            else:
                there = (went if off is None else min(went, off)) - max(came, live)
            whole[viewer] += max(there, 0)
            visited.append((viewer, max(there, 0), days[position]))
            if whole[viewer] >= ENOUGH:
                counted.setdefault(viewer, days[position])
        watched = {viewer: time for viewer, time in whole.items() if viewer in counted}
        return counted, watched, [visit for visit in visited if visit[0] in counted]

    def on_air(self):
        """The stretches on air, as recorded."""
        stretches, since = [], None
        for event in self.its:
            if event["aggregate_type"] != "stream":
                continue
            at = ms(event["recorded_at"])
            if event["event_type"] in ("stream.went_live", "stream.resumed"):
                since = at
            elif since is not None:
                stretches.append((since, at))
                since = None
        assert since is None, "the evening is over"
        return stretches

    def lasted(self):
        """How long from the first media to the end, and how long of it was live: as the streamer's clock said."""
        began, since, live, end = None, None, 0, None
        for event in self.its:
            payload = event["payload"]
            match event["event_type"]:
                case "stream.went_live":
                    began = since = moment(payload["at"])
                case "stream.resumed":
                    since = moment(payload["at"])
                case "stream.interrupted" | "stream.ended":
                    end = moment(payload.get("at") or payload["ended_at"])
                    # A dead node's last word may be older than what it did since.
                    live += max((end - since) // MILLISECOND, 0) if since else 0
                    since = None
        return max((end - began) // MILLISECOND, 0), live

    def viewed(self, start, end):
        """Viewers times milliseconds between two moments."""
        total = 0
        for place, (at, count) in enumerate(self.counts):
            until = self.counts[place + 1][0] if place + 1 < len(self.counts) else end
            total += count * max(min(until, end) - max(at, start), 0)
        return total

    def air_ms(self):
        return sum(end - start for start, end in self.stretches)

    def viewer_ms(self):
        return sum(self.viewed(start, end) for start, end in self.stretches)

    def measured(self):
        """Time on air and viewers times it, as each next event measures them, with the day of that event."""
        for before, event in zip(self.its, self.its[1:]):
            since, until = ms(before["recorded_at"]), ms(event["recorded_at"])
            parts = [(max(start, since), min(end, until)) for start, end in self.stretches]
            parts = [(start, end) for start, end in parts if start < end]
            if parts:
                air = sum(end - start for start, end in parts)
                yield air, sum(self.viewed(start, end) for start, end in parts), day_of(event)

    def minutes(self):
        return ms(self.its[0]["recorded_at"]) // MINUTE, ms(self.its[-1]["recorded_at"]) // MINUTE

    def timeline(self, follows):
        points = []
        first, last = self.minutes()
        for minute in range(first, last + 1):
            start, end = minute * MINUTE, (minute + 1) * MINUTE
            inside = [e for e in self.its if start <= ms(e["recorded_at"]) < end]
            before = [count for at, count in self.counts if at < start]
            during = [count for at, count in self.counts if start <= at < end]
            tips = [e for e in inside if e["event_type"] == "wallet.tipped"]
            at = datetime.fromtimestamp(start // 1000, timezone.utc)
            points.append(
                {
                    "at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "averageViewers": share(self.viewed(start, end), MINUTE),
                    "peakViewers": max(during + before[-1:], default=0),
                    "messageCount": sum(e["event_type"] == "channel.message_sent" for e in inside),
                    "newFollowers": sum(start <= ms(e["recorded_at"]) < end for e in follows),
                    "tipCount": len(tips),
                    "tips": [total["amount"] for total in tips_of(tips)],
                }
            )
        return points

    def retention(self):
        stayed = [time // MINUTE for time in self.watched.values()]
        points = []
        for minutes in range(max(stayed, default=-1) + 1):
            viewers = sum(time >= minutes for time in stayed)
            points.append(
                {"minutes": minutes, "viewers": viewers, "percent": share(viewers * 100, len(stayed))}
            )
        return points

    def told(self, log):
        follows = [
            e
            for e in log
            if e["event_type"] == "account.followed" and e["payload"]["channel"] == self.channel
        ]
        first, last = self.minutes()
        messages, tips = len(self.of("channel.message_sent")), tips_of(self.of("wallet.tipped"))
        watch, watchers = sum(self.watched.values()), len(self.watched)
        average_watch = (watch // watchers if watchers else 0) / 1000
        duration, live = self.lasted()
        return {
            "id": global_id("Stream", self.id),
            "durationSeconds": duration / 1000,
            "statistics": {
                "viewerCount": self.counts[-1][1],
                "peakViewers": max(count for _, count in self.counts),
                "uniqueViewers": len(self.unique),
                "messageCount": messages,
                "tipCount": sum(total["count"] for total in tips),
                "tips": [total["amount"] for total in tips],
                "averageWatchSeconds": average_watch,
                "uptimePercent": min(live * 10_000 // duration, 10_000) / 100 if duration else 100,
            },
            "analytics": {
                "viewerRule": "v2-received",
                "averageViewers": share(self.viewer_ms(), self.air_ms()),
                "watchSeconds": watch / 1000,
                "averageWatchSeconds": average_watch,
                "messagesPerViewer": share(messages, len(self.unique)),
                "interruptions": len(self.of("stream.interrupted")),
                "newFollowers": sum(first <= ms(e["recorded_at"]) // MINUTE <= last for e in follows),
                "tips": tips,
                "timeline": {"nodes": self.timeline(follows)},
                "retention": {"nodes": self.retention()},
            },
        }


def counts_of(log, channels):
    """What happened in channels: the numbers that are counts of events."""
    inside = [event for event in log if event.get("channel") in channels]

    def count(kind):
        return sum(event["event_type"] == kind for event in inside)

    def of_followers(kind):
        named = (e for e in log if e["event_type"] == kind)
        return sum(event["payload"]["channel"] in channels for event in named)

    return {
        "streams": count("stream.went_live"),
        "messageCount": count("channel.message_sent"),
        "newFollowers": of_followers("account.followed"),
        "lostFollowers": of_followers("account.unfollowed"),
        "tips": tips_of(
            e for e in log if e["event_type"] == "wallet.tipped" and e["payload"]["channel"] in channels
        ),
    }


def totals(log, streams, channels):
    theirs = [stream for stream in streams if stream.channel in channels]
    return summed_up(
        counts_of(log, channels),
        air=sum(s.air_ms() for s in theirs),
        viewed=sum(s.viewer_ms() for s in theirs),
        new=len(set().union(*(s.unique for s in theirs))),
        watch=sum(sum(s.watched.values()) for s in theirs),
    )


def this_month(log, streams, channels, now):
    """The same from the first of the month of `now` to its day."""
    theirs = [stream for stream in streams if stream.channel in channels]

    def within(day):
        return now.date().replace(day=1) <= day <= now.date()

    measured = [part for s in theirs for part in s.measured() if within(part[2])]
    first = {}
    for stream in theirs:
        for viewer, day in stream.counted.items():
            first[viewer] = min(day, first.get(viewer, day))
    return summed_up(
        counts_of([event for event in log if within(day_of(event))], channels),
        air=sum(air for air, _, _ in measured),
        viewed=sum(viewed for _, viewed, _ in measured),
        new=sum(within(day) for day in first.values()),
        watch=sum(time for s in theirs for _, time, day in s.visited if within(day)),
    )


def summed_up(counts, air, viewed, new, watch):
    return counts | {
        "onAirSeconds": air / 1000,
        "averageViewers": share(viewed, air),
        "newViewers": new,
        "watchSeconds": watch / 1000,
        "messagesPerStream": share(counts["messageCount"], counts["streams"]),
    }


def begin_of(unit, day):
    return {
        "day": day,
        "week": day - timedelta(days=day.weekday()),
        "month": day.replace(day=1),
    }[unit]


def periods(log, channels, now):
    """Counts by day, week and month: from the first that has any to that of now."""
    told = {}
    for unit in ("day", "week", "month"):
        by_period = defaultdict(list)
        for event in log:
            by_period[begin_of(unit, moment(event["recorded_at"]).date())].append(event)
        last = begin_of(unit, now.date())
        first_seen = {}
        for event in log:
            payload = event["payload"]
            joined = event["event_type"] == "viewer_session.joined" and payload["channel"] in channels
            if joined and payload.get("received") is not None:
                begin = begin_of(unit, moment(event["recorded_at"]).date())
                first_seen.setdefault(payload["viewer"], begin)
        nodes, before = [], 0
        for begin in sorted(set(by_period) | {last}):
            counts = counts_of(by_period[begin], channels)
            new = sum(seen == begin for seen in first_seen.values())
            at = datetime(begin.year, begin.month, begin.day)
            nodes.append(
                {
                    "from": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "growthPercent": share((new - before) * 100, before) if before else None,
                    "totals": counts | {"newViewers": new},
                }
            )
            before = new
        told[unit] = {"nodes": nodes}
    return told


KINDS = {
    "channel.banned": "BAN",
    "channel.unbanned": "UNBAN",
    "channel.muted": "MUTE",
    "channel.unmuted": "UNMUTE",
    "channel.timed_out": "TIME_OUT",
    "channel.timeout_lifted": "LIFT_TIMEOUT",
    "channel.message_deleted": "DELETE",
    "channel.chat_cleared": "CLEAR_CHAT",
    "channel.message_pinned": "PIN",
    "channel.message_unpinned": "UNPIN",
    "channel.chat_settings_changed": "CHANGE_SETTINGS",
    "channel.moderator_appointed": "APPOINT",
    "channel.moderator_removed": "REMOVE",
}
UNDOES = {"UNBAN": "BAN", "UNMUTE": "MUTE", "LIFT_TIMEOUT": "TIME_OUT", "UNPIN": "PIN", "REMOVE": "APPOINT"}


def audit(log, channel):
    """Who did what to whom, why, and what undid it: the newest first."""
    acts = []
    for event in log:
        kind = KINDS.get(event["event_type"])
        if kind is None or event.get("channel") != channel:
            continue
        payload, actor = event["payload"], event["metadata"]["actor"]
        about = payload.get("account") or payload.get("sender") or channel
        personal = event.get("personal")
        act = {
            "position": str(event["position"]),
            "kind": kind,
            "actor": {"id": global_id("Account", actor.removeprefix("account:"))},
            "account": {"id": global_id("Account", about)},
            "reason": personal["value"] if personal else None,
            "undoneBy": None,
        }
        for earlier in reversed(acts):
            if earlier["account"] != act["account"]:
                continue
            if earlier["kind"] == UNDOES.get(kind) and earlier["undoneBy"] is None:
                earlier["undoneBy"] = act["position"]
                break
        acts.append(act)
    return acts[::-1]


def main():
    path, now = sys.argv[1], moment(sys.argv[2])
    with open(path, encoding="utf-8") as lines:
        log = [json.loads(line) for line in lines]
    live = [event["aggregate_id"] for event in log if event["event_type"] == "stream.went_live"]
    streams = [Stream(log, stream) for stream in live]
    everywhere = [event["aggregate_id"] for event in log if event["event_type"] == "channel.opened"]
    channels = {}
    for channel in everywhere:
        theirs = [stream for stream in streams if stream.channel == channel]
        watched = [stream for stream in theirs if stream.unique]
        best = min(watched, key=lambda stream: (-len(stream.unique), stream.id), default=None)
        channels[global_id("Channel", channel)] = {
            "analytics": {
                "totals": totals(log, streams, {channel}),
                "thisMonth": this_month(log, streams, {channel}, now),
                "bestStream": best and {"id": global_id("Stream", best.id)},
                **periods(log, {channel}, now),
            },
            "streams": {"nodes": [stream.told(log) for stream in reversed(theirs)]},
            "chat": {"moderationActions": {"nodes": audit(log, channel)}},
        }
    platform = {
        "liveStreams": 0,
        "viewerCount": sum(stream.counts[-1][1] for stream in streams),
        "accounts": sum(event["event_type"] == "account.registered" for event in log),
        "channels": len(everywhere),
        "totals": totals(log, streams, set(everywhere)),
        "thisMonth": this_month(log, streams, set(everywhere), now),
        **periods(log, set(everywhere), now),
    }
    json.dump({"channels": channels, "platform": platform}, sys.stdout)


main()
