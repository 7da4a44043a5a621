#!/usr/bin/env bash
# mutations.bash PROGRAM TOP MUTATIONS SCENES: the program says of changed captures what the table says, each kind of change among them; scenes that are played now give the same; a row that is wrong is found wrong.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
mutations=$3 scenes=$4
folder=$top/pcaps/mutations table=$top/pcaps/mutations/table.tsv

# ---- check itself: the first row of each kind of change, of each PDU type, and every seventh ----
mkdir changed
"$mutations" "$table" "$folder" --write changed >out || wrong "cannot write the changed captures: $(tail -n 1 out)"
python3 - "$program" "$table" <<'END' || wrong "see above"
import collections, json, re, subprocess, sys
program, table = sys.argv[1:]
bad, kinds, run = 0, set(), 0
for line, text in enumerate(open(table), 1):
    if text.startswith("#") or not text.strip():
        continue
    capture, pdu, change, findings = text.rstrip("\n").split("\t")
    kind = {("change", re.sub(r"[ =].*", "", change)), ("pdu", re.sub(r" [0-9]+.*", "", pdu))}
    if kind <= kinds and line % 7:
        continue
    kinds |= kind
    run += 1
    done = subprocess.run([program, "check", "--json", f"changed/{line}.pcapng"], stdout=subprocess.PIPE)
    found = json.loads(done.stdout)
    told = collections.Counter()
    for r in found["rules"]:
        told[f"{r['offender']} {r['rule']}"] += r["count"]
    want = collections.Counter(re.sub("^(later|earlier) ", "", f) for f in findings.split(", ") if f != "-")
    if told != want:
        print(f"line {line}: {capture}, {pdu}, {change}: check finds {dict(told)}, not {dict(want)}")
        bad = 1
if run < 100 or len([k for k in kinds if k[0] == "pdu"]) != 18:
    print(f"{run} captures, {len(kinds)} kinds: too few to tell")
    bad = 1
sys.exit(bad)
END

# ---- the same scenes, played now ----
mkdir played
"$scenes" played || wrong "the scenes cannot be played"
[ "$(cd played && echo ./*)" = "$(cd "$folder" && echo ./*.pcapng)" ] || wrong "scenes that are not in pcaps/mutations, or the other way round"
"$mutations" "$table" played >out 2>err || wrong "as played now: $(tail -n 1 out) $(head -n 4 err)"

# ---- rows that are wrong ----
not_so() { # WORDS ROW: columns parted by |
	tr '|' '\t' <<<"$2" >rows
	! "$mutations" rows "${3-$folder}" >out 2>err || wrong "$2: is taken for right"
	grep -qE -- "$1" err out || wrong "$2: says nothing like '$1': $(cat err)"
}
right='write|R2T 1|R2TSN=+1|target r2t-numbering'
tr '|' '\t' <<<"$right" >rows
"$mutations" rows "$folder" >out 2>err || wrong "$right: is taken for wrong: $(cat err)"
not_so 'gives target r2t-numbering' 'write|R2T 1|R2TSN=+1|-'
not_so 'gives target r2t-numbering' 'write|R2T 1|R2TSN=+1|initiator r2t-numbering'
not_so 'gives target r2t-numbering' 'write|R2T 1|R2TSN=+1|later target r2t-numbering'
not_so 'gives target r2t-numbering' 'write|R2T 1|R2TSN=+1|target r2t-numbering, target r2t-order'
not_so 'gives -' 'write|R2T 1|none|target r2t-numbering'
not_so 'there is no such PDU' 'write|R2T 9|R2TSN=+1|-'
not_so 'there is no such PDU' 'write|R2T 1 of connection 2|R2TSN=+1|-'
not_so 'has no such field' 'write|R2T 1|CmdSN=+1|-'
not_so 'no such digest' 'write|R2T 1|header digest|-'
not_so 'no such key' 'login|Login Request 1|no key CHAP_A|-'
not_so 'No such file' 'nothing|R2T 1|R2TSN=+1|-'
not_so 'four columns' 'write|R2T 1|R2TSN=+1'
not_so '^0 rows' '#'
# a capture that is not right from the start
mkdir faulty
cp "changed/$(grep -n 'target r2t-numbering$' "$table" | head -n 1 | cut -d : -f 1).pcapng" faulty/write.pcapng
not_so 'has findings though nothing was changed' "$right" faulty
finish
