#!/usr/bin/env bash
# tgt.bash PROGRAM TOP: Debian's tgtd, started and judged by the profiles in the tree: as expected with their baselines, not so without; evidence that tshark reads.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"
for tool in tgtd tgtadm tshark mergecap; do
	PATH="$PATH:/usr/sbin" command -v $tool >/dev/null || { echo "$tool is not installed"; exit 77; }
done
export PATH="$PATH:/usr/sbin"
profiles=("$top"/reports/profiles/tgt*.ini)
[ ${#profiles[@]} -ge 3 ] || wrong "profiles: ${profiles[*]}"

for profile in "${profiles[@]}"; do
	name=$(basename "$profile" .ini)
	[ -s "${profile%.ini}.baseline" ] || { wrong "$name has no baseline"; continue; }
	grep -vE '^(#.*)?$' "${profile%.ini}.baseline" | grep -vE '^[a-z0-9.-]+ [A-Z|]+ .+ # ..+' && wrong "$name: a line without a why"
	expect 0 '; 0 unexpected$' run --profile "$profile" -o "$name" -q
	grep -E '^(FAIL|XPASS|ERROR|TIMEOUT|CRASH) ' out # what a log has to say when it is not as expected
	# each test that did not pass has its PDUs, and Wireshark reads them
	traces=("$name"/*/trace.pcapng)
	[ -s "${traces[0]}" ] || { wrong "$name: no evidence"; continue; }
	mergecap -F pcapng -w all.pcapng "${traces[@]}" 2>err || wrong "$name: a trace cannot be read: $(cat err)"
	[ "$(tshark -r all.pcapng -Y iscsi 2>/dev/null | wc -l)" -ge "${#traces[@]}" ] || wrong "$name: tshark sees less than a PDU a trace"
	for trace in "${traces[@]}"; do
		[ -s "${trace%/*}/pdus.txt" ] && [ -s "${trace%/*}/result.json" ] || wrong "${trace%/*}: evidence lacks a file"
	done
done
expect 1 'FAIL negotiation.none-not-offered' run --profile "$top/reports/profiles/tgt.ini" --no-baseline -o without negotiation.none-not-offered
finish
