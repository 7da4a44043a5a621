#!/usr/bin/env bash
# disturb.bash ASSAY-DISTURB ASSAY-MUTATIONS SOURCE [TIMES]: no capture of the tree, as it is or with one change, has other findings when it is disturbed. TIMES: that many times as many disturbances.
set -euo pipefail
disturb=$1 mutations=$2 pcaps=$3/pcaps times=${4:-1}
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
"$mutations" "$pcaps/mutations/table.tsv" "$pcaps/mutations" --write "$made"
"$disturb" $((300 * times)) "$pcaps"/mutations/*.pcapng
"$disturb" $((25 * times)) "$made"/*.pcapng
"$disturb" $((6 * times)) "$pcaps"/*.pcapng.gz
