#!/usr/bin/env bash
# replay_target.bash PROGRAM TOP: captures of several targets, played to the initiators that were in them: libiscsi's tools, QEMU and our own. The same requests come, the same answers are taken for the same; an initiator that
# does something else is told, and one that meets the same fault again says the same of it.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
{ command -v iscsi-inq && command -v iscsi-readcapacity16; } >/dev/null || { echo 'libiscsi-bin is not installed'; exit 77; }
replay=
trap '[ -z "$replay" ] || kill -9 "$replay" 2>/dev/null; cleanup' EXIT
echo assay-secret-1 >secret1
echo assay-secret-2 >secret2
account=assay-user%assay-secret-1

# play CAPTURE [OPTION…]: its target; the URL in $url, the address alone in $portal.
play() {
	: >played
	"$program" replay --role target --listen 127.0.0.1:0 "$@" >played 2>replay.err &
	replay=$!
	for _ in $(seq 200); do
		[ ! -s played ] || break
		kill -0 $replay 2>/dev/null || { wrong "replay $*: $(cat replay.err)"; return 1; }
		sleep 0.05
	done
	url=$(head -n 1 played)
	portal=${url#iscsi://}
	portal=${portal%%/*}
}

# ended EXIT PATTERN…: all was played; what it says has each pattern.
ended() {
	local code=$1 got pattern
	for _ in $(seq 200); do
		kill -0 "$replay" 2>/dev/null || break
		sleep 0.05
	done
	kill "$replay" 2>/dev/null
	wait "$replay"
	got=$?
	replay=
	[ $got = "$code" ] || { wrong "replay: exit $got, not $code"; tail -n 30 played replay.err; }
	for pattern in "${@:2}"; do
		grep -qE -- "$pattern" played || { wrong "replay says nothing like '$pattern'"; tail -n 30 played; }
	done
}

says() { timeout 60 "$@" >out 2>&1 || { wrong "$*: exit $?: $(tail -n 3 out)"; }; } # COMMAND…
refuses() { ! timeout 60 "$@" >out 2>&1 || wrong "$* should have failed"; } # COMMAND…

inquiry() {
	says iscsi-inq "$url"
	says iscsi-inq -e 1 -c 131 "$url"
	says iscsi-readcapacity16 "$url"
	refuses iscsi-inq -e 1 -c 201 "$url"
	refuses iscsi-inq "${url%/*}.none/${url##*/}"
}
chap() {
	says iscsi-inq "${url/:\/\//://$account@}"
	refuses iscsi-inq "${url/:\/\//://assay-user%wrong-secret-1@}"
	refuses iscsi-inq "$url"
}
mutual() {
	local right="${url/:\/\//://$account@}?target_user=assay-target"
	says iscsi-inq "$right&target_password=assay-secret-2"
	refuses iscsi-inq "$right&target_password=wrong-secret-2"
}

# expected CAPTURE: the exit code of a replay without differences, by what check finds in the capture.
expected() {
	"$program" check "$1" >checked
	if grep -qE '^(MUST|SHOULD) .* by the initiator ' checked; then echo 8; else echo 0; fi
}

# The same programs again: no difference, and the findings that check has in the capture.
for target in own tgt istgt lio; do
	for what in inquiry chap mutual; do
		capture=$top/pcaps/$target-libiscsi-$what.pcapng.gz
		[ -e "$capture" ] || continue
		play "$capture" --secret-file secret1 --mutual-secret-file secret2 || continue
		$what
		ended "$(expected "$capture")" '^0 differences, ' '^replayed +[2-5] connections, [1-9][0-9]* PDUs sent, [1-9][0-9]* received, [1-9][0-9]* requests compared'
	done
done

# A capture that begins behind a login, and in the middle of one: the rest of it all the same, with a login of our own.
without() { # CAPTURE PACKETS: that many are left out
	python3 - "$1" "$2" >middle.pcapng <<-'END'
		import gzip, struct, sys
		data, left = gzip.open(sys.argv[1]).read(), int(sys.argv[2])
		while data:
		    kind, length = struct.unpack("<II", data[:8])
		    if kind == 6 and left: left -= 1
		    else: sys.stdout.buffer.write(data[:length])
		    data = data[length:]
	END
}
for target in own tgt; do
	without "$top/pcaps/$target-libiscsi-inquiry.pcapng.gz" 5
	play middle.pcapng
	inquiry
	ended "$(expected middle.pcapng)" '^0 differences, ' '^own login  1 connections' '^replayed +5 connections'
done
without "$top/pcaps/own-libiscsi-chap.pcapng.gz" 5
play middle.pcapng --secret-file secret1
chap # libiscsi says its names twice where it need not prove itself
ended 8 '^0 differences, ' 'key-repeated by the initiator' '^own login  1 connections' '^left out  *[1-9]'

# QEMU's writes are what they were; other ones are told.
if command -v qemu-io >/dev/null && qemu-io --help | grep -q image-opts; then
	writes() { # PATTERN
		qemu-io --image-opts -c "write -P $1 1M 512" -c 'read -P 0x5a 1M 512' -c 'write -P 0xa5 2M 600k' -c 'read -P 0xa5 2M 600k' \
			-c 'aio_write -P 0x11 4M 64k' -c 'aio_write -P 0x22 5M 64k' -c 'aio_write -P 0x33 6M 64k' -c aio_flush -c 'read -P 0x22 5M 64k' -c flush \
			"driver=raw,file.driver=iscsi,file.transport=tcp,file.portal=$portal,file.target=$(cut -d/ -f4 <<<"$url"),file.lun=${url##*/},file.header-digest=none" >out 2>&1
	}
	play "$top/pcaps/own-qemu-io.pcapng.gz" --data all
	writes 0x5a
	ended "$(expected "$top/pcaps/own-qemu-io.pcapng.gz")" '^0 differences, '
	play "$top/pcaps/own-qemu-io.pcapng.gz" --data all
	writes 0x5b
	ended 8 'data written at byte 0: other bytes in the capture' '^1 difference, '
fi

# What is known to differ is not told.
play "$top/pcaps/own-libiscsi-inquiry.pcapng.gz" --ignore CDB --ignore ExpectedDataTransferLength
says iscsi-inq -e 1 -c 128 "$url"
kill "$replay"
wait "$replay"
replay=
grep -q '^replayed  *1 connections' played || wrong "nothing was played: $(cat played)"
grep -q 'CDB: INQUIRY' played && wrong "--ignore CDB tells of it"

# Another command, another secret, too few connections.
play "$top/pcaps/own-libiscsi-chap.pcapng.gz" --secret-file secret1
says iscsi-inq -e 1 -c 128 "${url/:\/\//://assay-user%assay-secret-2@}" # a captured success
kill "$replay"
ended 8 'proof of CHAP: right in the capture, wrong live' 'CDB: INQUIRY: 12 00 .* in the capture, INQUIRY: 12 01 80 .* live' \
	'^NOTE .* on connection 3$' 'connection: there in the capture, none: the initiator did not open it live' '^missing +2 connections of the capture were not opened' '^     live      Login Request'
grep -q 'assay-secret' played replay.err && wrong "replay tells a secret"

# Our own tests and probe meet the same target again, faults and all.
for defect in none statsn-stuck r2t-overlaps; do
	options=(--listen 127.0.0.1:0)
	[ $defect = none ] || options+=(--defect "$defect")
	serve "${options[@]}"
	portal=${url#iscsi://} lun=${url##*/}
	portal=${portal%%/*}
	: >address
	"$program" record --to "$portal" ran.pcapng >address 2>record.err &
	replay=$!
	for _ in $(seq 200); do [ ! -s address ] || break; sleep 0.05; done
	tests=(--seed 1 -j 1 --write-lun "$lun" 'nop.*' 'numbering.o*' 'data.r2t*' 'login.s*')
	"$program" run -q -t "${url/$portal/$(cat address)}" -o first "${tests[@]}" >/dev/null 2>&1
	"$program" probe -t "${url/$portal/$(cat address)}" >/dev/null 2>&1
	kill $replay
	wait $replay
	replay=
	end_server
	play ran.pcapng
	"$program" run -q -t "${url%/*}/$lun" -o second "${tests[@]}" >/dev/null 2>&1
	expect 0 '' probe -t "${url%/*}/$lun"
	ended 8 '^0 differences, '
	expect 0 '' diff first/run.json second/run.json
	grep -qE '"verdict": ?"PASS"' first/run.json || wrong "no test passed before $defect"
	[ $defect = none ] || grep -qE '"verdict": ?"FAIL"' second/run.json || wrong "no test fails before $defect"
done

# Both sides by us: the ways in which they play, to one another.
both() { # EXPECTED PATTERN OPTION…
	local capture=$top/pcaps/own-own-nop.pcapng.gz
	play "$capture" "${@:3}" || return
	expect "$1" '^0 differences, ' replay "$capture" -t "$url" "${@:3}"
	ended "$1" '^0 differences, ' "$2"
}
both 0 '^replayed  *[1-9]' --pace original
both 0 '^replayed  *[1-9]' --verbatim
both 0 '^stopped  *where --stop-at said' --stop-at 4
play "$top/pcaps/own-own-nop.pcapng.gz" --stop-at 3
expect 8 'answer: .* none within 2.0 s|goes on with .* closed it' replay "$top/pcaps/own-own-nop.pcapng.gz" -t "$url" --stop-at 4 --patience 2s
ended 0 '^stopped  *where --stop-at said' '^0 differences, '

# A hundred connections that say nothing, or nothing that is a PDU, are in nobody's way, and are not waited for.
if command -v iscsi-ls >/dev/null; then
	play "$top/pcaps/own-libiscsi-discovery.pcapng.gz"
	portal=${url#iscsi://}
	portal=${portal%%/*}
	python3 - "${portal##*:}" >there <<'END' &
import socket, sys, time
all = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(100)]
for c in all[90:]: c.send(b"\xff" * 3000)
print("there", flush=True)
time.sleep(60)
END
	hostile=$!
	for _ in $(seq 200); do [ ! -s there ] || break; sleep 0.05; done
	says iscsi-ls "iscsi://$portal"
	ended 8 'request: whole in the capture, 3000 bytes of one live' '^replayed  *1 connections'
	kill $hostile
	wait $hostile 2>/dev/null
fi

# For programs, with evidence; stopped before anybody came.
play "$top/pcaps/own-libiscsi-chap.pcapng.gz" --json -o kept
kill "$replay"
ended 143
python3 - <<'END' || wrong "see above"
import json
k = json.load(open("played"))
assert k["role"] == "target" and k["stopped"] and not k["differences"] and k["initiator"]["not_opened"] == 3, k
if k["target"].count("/") != 4: raise SystemExit(f"no URL: {k['target']}")
END
if python3 -c 'import jsonschema' 2>/dev/null; then
	python3 -c 'import json, sys, jsonschema; jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])), jsonschema.Draft202012Validator)' played "$top/docs/replay.schema.json" ||
		wrong "replay --role target --json is not as docs/replay.schema.json says"
fi
play "$top/pcaps/own-libiscsi-discovery.pcapng.gz" -o kept
command -v iscsi-ls >/dev/null && says iscsi-ls "iscsi://$portal"
grep -q "^Target:.* Portal:$portal,1" out || wrong "the target's address is not where we listen: $(cat out)"
ended 0 '^0 differences, '
expect 0 '^discovery .* 1 |connection 1 ' check kept/replay/trace.pcapng

# What cannot be.
refused "--ignore: 'CBD' is no field" replay --role target --ignore CBD ran.pcapng
refused 'no capture|neither' replay --role target secret1
refused "--role: bad value 'disk'" replay --role disk ran.pcapng
refused 'name a target; with --role target that is played' replay --role target -t "$url" ran.pcapng
refused "--listen: bad value '1:2:3:4'" replay --role target --listen 1:2:3:4 ran.pcapng
finish
