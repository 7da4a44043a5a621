#!/usr/bin/env bash
# browser.bash PROGRAM WORK NAME - the tests of NAME.mjs in Debian's Chromium, without a network. playwright-core, which drives it, is fetched once into WORK by npm;
# where that cannot be, or there is no browser, they are skipped: exit 77 and a line that says why.
set -euo pipefail
program=$1 work=$2 name=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

skip() { printf 'skipped: %s\n' "$*"; exit 77; }

for tool in node npm chromium; do
	command -v "$tool" >/dev/null || skip "$tool is not installed"
done
[ "$(node -p 'process.versions.node.split(".")[0]')" -ge 18 ] || skip "node 18 is needed, here is $(node --version)"

mkdir -p "$work"
exec 9>"$work/.lock"
flock 9
cp "$here"/package*.json "$here"/*.mjs "$work"
cd "$work"
if ! cmp -s package-lock.json .installed; then
	if ! npm ci --no-audit --no-fund --prefer-offline >npm.log 2>&1; then
		if grep -qE 'ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED' npm.log; then
			skip "playwright-core cannot be fetched: $(grep -m 1 -oE 'E[A-Z_]{5,}' npm.log)"
		fi
		tail -n 20 npm.log
		exit 1
	fi
	cp package-lock.json .installed
fi
exec 9>&-
ASSAY=$program exec node --test "$name.mjs"
