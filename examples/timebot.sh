#!/bin/sh
# A bot in shell: it tells the time to whoever says !time in a room.
#
#   timebot.sh http://localhost:8080/r/room1 HOOK FILE
#
# HOOK is the URL of a hook of the room, from: snug hook room1 --name Clock
# FILE keeps the bot's place: after a restart it answers what it has missed.
set -u
room=$1 hook=$2 file=$3

# answer reads the stream's events. It answers each once: under the same key, the same answer
# adds nothing. So the time is that of the question.
answer() {
    while IFS= read -r line; do
        case $line in
        'id: '*) id=${line#id: } ;;
        data:*'"bot":true'*) ;; # bots don't talk to bots
        data:*'"type":"message"'*'"content":"!time"'*)
            at=${line#*'"at":"'}
            curl -fsS --retry 9 --retry-connrefused -H "Idempotency-Key: $id" -d "It is ${at%%'"'*}" "$hook" >&2 || return ;;
        '') [ -z "${id:-}" ] || { printf '%s\n' "$id" >"$file.new" && mv "$file.new" "$file"; } ;; # all of it, or nothing
        esac
    done
}

while :; do
    place=$(cat "$file" 2>/dev/null)
    curl -fsSN ${place:+-H "Last-Event-ID: $place"} "$room/events" | answer
    sleep 1
done
