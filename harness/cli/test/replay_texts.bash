#!/usr/bin/env bash
# replay_texts.bash PROGRAM TOP: a text, or the text of a login, that the live target gives in more or in fewer parts than the captured one did: the parts are asked for, or not asked for, and what is behind it is
# played as if nothing had been; what the whole text says is compared.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

second=
trap '[ -z "$second" ] || kill "$second" 2>/dev/null; cleanup' EXIT

# The same targets at two addresses: with the shorter one the answer to SendTargets=All just fits into 8192 bytes, with the longer one it does not.
printf '[server]\nlisten = 127.0.0.1:0\n' >few.ini
printf '[server]\nlisten = 127.100.200.123:0\n' >many.ini
for n in $(seq 34); do
	printf '[target iqn.2026-01.net.example:%0172d]\nlun = 1=1M\n' "$n" | tee -a few.ini >>many.ini
done

# recorded PARTS SELECT…: a capture of the tests at one that gives few parts, or many.
recorded() {
	local size=$1
	shift
	serve --config "$size.ini"
	"$program" record --listen 127.0.0.1:0 --to "$(grep -oE '127[0-9.]*:[0-9]+' <<<"$url")" "$size.pcapng" >address 2>record.err &
	second=$!
	for _ in $(seq 200); do
		[ ! -s address ] || break
		sleep 0.05
	done
	"$program" run -q --seed 1 -t "iscsi://$(cat address)/${url#iscsi://*/}" -o "$size" "$@" >run.out 2>&1
	kill "$second"
	wait "$second" 2>/dev/null
	second=
	rm address
	end_server
}
for size in many few; do
	recorded $size discovery.all discovery.asks-again discovery.logout discovery.own-target-in-normal-session text.open-answer nop.tags
done
for live in many few; do
	serve --config $live.ini
	for size in many few; do
		expect 0 '^0 differences' replay $size.pcapng -t "$url" -o $size-at-$live
		if [ $size = $live ]; then
			grep -q '^text ' out && wrong "$size at $live: $(grep '^text' out)"
		fi
		cp out told-$size-at-$live
	done
	end_server
done
grep -qE '^text +0 requests more and [1-9][0-9]* fewer' told-many-at-few || wrong "no Text Request was left out: $(cat told-many-at-few)"
grep -qE '^text +[1-9][0-9]* requests more and 0 fewer' told-few-at-many || wrong "no Text Request more: $(cat told-few-at-many)"
# the tap's rules have seen it all: nobody broke one
grep -hE '^broken' told-* && wrong "somebody broke a rule"
# verbatim asks for nothing of its own
serve --config many.ini
"$program" replay --verbatim few.pcapng -t "$url" --patience 300ms >out 2>err
grep -qE '^replayed +[1-9][0-9]* connections, [1-9]' out || wrong "--verbatim played nothing: $(tail -n 3 out err)"
grep -q '^text' out && wrong "--verbatim asks for more"
end_server
finish
