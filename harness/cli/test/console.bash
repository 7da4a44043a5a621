#!/usr/bin/env bash
# console.bash PROGRAM TOP: what is served is changed while it is served; and the profile of the built-in target, whose control verbs do just that.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

serve --listen 127.0.0.1:0 --control door
[ "$(stat -c %a door)" = 600 ] || wrong "the socket is open to others: $(stat -c %a door)"
truncate -s 4M disk
expect 0 'LUN 7 is there' target --tell door add-lun "7=$PWD/disk,ro"
expect 0 'LUN 8 is there' target --tell door add-lun 8=4M iqn.2026-01.net.iscsi-assay:disk.second
expect 0 '^LUNs .* 22 7$' probe -t "$url"
expect 0 '0 unexpected$' run -t "${url%/*}/7" nop.tags lun.lists-unit-under-test -o seven
refused 'LUN 7 exists already' target --tell door add-lun 7=4M
refused "there is no target 'iqn.2026-01.net.example:nobody'" target --tell door add-lun 9=4M iqn.2026-01.net.example:nobody
refused "bad value '9=nothing'|cannot use the file" target --tell door add-lun 9=nothing
refused "there is no LUN '9'" target --tell door remove-lun 9
refused 'what can be told is' target --tell door dance
refused 'what can be told is' target --tell door
expect 0 'LUN 7 is gone' target --tell door remove-lun 7
expect 0 '0 connections were dropped' target --tell door drop
expect 0 '0 sessions were told' target --tell door announce 1
for bad in 5 247 256 x '1 3601' '255 256'; do
	# shellcheck disable=SC2086
	refused 'what can be announced is an AsyncEvent of 0 to 4 and 248 to 255' target --tell door announce $bad
done
refused 'Address already in use' target --listen 127.0.0.1:0 --control door

# however many call and say nothing, or half of it, another one is heard: who has been silent longest is hung up on
python3 - "$program" <<'END' >out 2>&1 || wrong "silent callers: $(cat out)"
import signal, socket, subprocess, sys

signal.alarm(60)

def call(words=b''):
    s = socket.socket(socket.AF_UNIX)
    s.connect('door') # waits where many are in line; with a time-out it would be refused
    s.settimeout(20)
    s.sendall(words)
    return s

def told():
    subprocess.run([sys.argv[1], 'target', '--tell', 'door', 'drop'], check=True, timeout=30)

silent = [call(b'drop' if i % 2 else b'') for i in range(8)]
told()
assert silent[0].recv(1) == b'', 'the first one is not hung up on'
silent[1].sendall(b'\0')
silent[1].shutdown(socket.SHUT_WR)
assert silent[1].recv(99).startswith(b'ok '), 'who was not in the way is not heard'
many = [call() for _ in range(200)]
told()
END

# who is dropped sees the end, and the target goes on
exec 3<>"/dev/tcp/127.0.0.1/$(sed -E 's,.*:([0-9]+)/iqn.*,\1,' <<<"$url")"
expect 0 '1 connections were dropped' target --tell door drop
! read -r -t 5 _ <&3 2>/dev/null || wrong 'a connection that was dropped still says something'
exec 3>&-
expect 0 'header yes' probe -t "$url"
end_server
[ ! -e door ] || wrong 'the socket is still there'
expect 3 'No such file' target --tell door drop
refused 'a file that is no socket|Address already in use' target --listen 127.0.0.1:0 --control disk

# a socket that was left behind is replaced
serve --listen 127.0.0.1:0 --control door
kill -9 "$server"
wait "$server" 2>/dev/null
expect 3 'Connection refused' target --tell door drop
serve --listen 127.0.0.1:0 --control door
expect 0 'dropped' target --tell door drop
end_server

# the profile: nothing is skipped, nothing fails; a test that does gets the log
expect 0 '^[0-9]+ tests in [^:]*: [0-9]+ PASS; 0 unexpected$' run --profile "$top/reports/profiles/builtin.ini" -q -o builtin
sed 's/ --control/ --defect statsn-stuck --control/; s/^name = .*/name = broken/' "$top/reports/profiles/builtin.ini" >broken.ini
printf '[control]\nlogs = sh -c "echo this and that >>{dir}/log; cat {dir}/log"\n' >>broken.ini
expect 1 'FAIL nop' run --profile broken.ini 'nop.*' -o broken
grep -qF 'this and that' broken/nop.*/target.log || wrong 'no target.log beside the PDUs'

# what the target tells nobody, probe does not make up
serve --listen 127.0.0.1:0 --defect data-in-after-status
expect 0 '^LUNs +none told$' probe -t "$url"
expect 0 '^under test +its size is not told$' probe -t "$url"
end_server
finish
