#!/usr/bin/env bash
# pcaps.bash PROGRAM TOP: check finds in every capture of pcaps/ what its expectation says, no more and no less; pcaps/record makes each of them, and the folder stays small.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
command -v python3 >/dev/null || { echo "python3 is not installed"; exit 77; }
pcaps=$top/pcaps
made=$(sed -n 's/^\t"\([a-z0-9-]*\) [a-z]* .*-- .*"$/\1/p' "$pcaps/record" | sort)
there=$(cd "$pcaps" && printf '%s\n' *.pcapng.gz | sed 's/\.pcapng\.gz$//' | sort)
expected=$(cd "$pcaps" && printf '%s\n' *.expect.json | sed 's/\.expect\.json$//' | sort)
[ "$(wc -l <<<"$made")" -ge 30 ] || wrong "pcaps/record makes too few: $made"
diff <(echo "$made") <(echo "$there") || wrong "pcaps/record makes other captures than there are"
diff <(echo "$there") <(echo "$expected") || wrong "captures without expectations, or the other way round"

# The exit codes that the expectations ask for, without --strict and with it.
python3 - "$pcaps"/*.expect.json >codes <<'END'
import json, os, sys
for path in sys.argv[1:]:
    k = json.load(open(path))
    print(os.path.basename(path).removesuffix(".expect.json"), 8 if k["findings"] else 0, 8 if k["findings"] or k["warnings"] else 0)
END
for name in $there; do
	"$pcaps/expect" "$program" "$pcaps/$name.pcapng.gz" >now.json || { wrong "$name cannot be read"; continue; }
	diff "$pcaps/$name.expect.json" now.json || wrong "$name: not as expected"
	read -r loose strict < <(sed -n "s/^$name //p" codes)
	"$program" check "$pcaps/$name.pcapng.gz" >/dev/null
	got=$?
	[ $got = "$loose" ] || wrong "$name: exit $got, not $loose"
	[ "$loose" = "$strict" ] || {
		"$program" check --strict "$pcaps/$name.pcapng.gz" >/dev/null
		got=$?
		[ $got = "$strict" ] || wrong "$name: with --strict exit $got, not $strict"
	}
	[ "$(stat -c %s "$pcaps/$name.pcapng.gz")" -le 61440 ] || wrong "$name is too large"
done
[ "$(du -sb "$pcaps" | cut -f 1)" -lt 1048576 ] || wrong "pcaps/ is larger than 1 MiB"

# Each way for data to go, and each kind of PDU, is in one of them.
python3 - "$pcaps"/*.expect.json <<'END' || wrong "see above"
import json, sys
seen, methods, digests, missing = set(), set(), set(), False
for path in sys.argv[1:]:
    k = json.load(open(path))
    seen |= k["pdu_types"].keys()
    missing |= bool(k["missing"])
    for c in k["connections"]:
        methods.add(c.get("keys", {}).get("AuthMethod"))
        digests.add((c.get("keys", {}).get("HeaderDigest"), c.get("keys", {}).get("DataDigest")))
kinds = {"NOP-Out", "SCSI Command", "Task Management Function Request", "Login Request", "Text Request", "SCSI Data-Out", "Logout Request", "NOP-In", "SCSI Response",
         "Task Management Function Response", "Login Response", "Text Response", "SCSI Data-In", "Logout Response", "R2T", "Reject", "Asynchronous Message"}
lacking = sorted(kinds - seen) + sorted({"CHAP"} - methods) + sorted({("CRC32C", "None"), ("CRC32C", "CRC32C")} - digests)
if lacking or missing:
    sys.exit(f"no capture has {lacking}, or one has bytes missing")
END
finish
