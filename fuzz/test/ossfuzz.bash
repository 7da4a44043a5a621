#!/usr/bin/env bash
# ossfuzz.bash TOP - fuzz/ossfuzz-build as the services call it: the environment that they give, a temporary $OUT; then each program for one run over its own zip of seeds, as their runner does. 77 without clang.
set -euo pipefail
top=$1
command -v clang++ >/dev/null || { echo "clang is not installed"; exit 77; }
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
mkdir "$temp/out" "$temp/work" "$temp/seeds"
flags='-O1 -fno-omit-frame-pointer -gline-tables-only -fsanitize=address -fsanitize-address-use-after-scope -fsanitize=fuzzer-no-link'

# refuses by name what is missing
if env -u OUT CC=clang CXX=clang++ LIB_FUZZING_ENGINE=-fsanitize=fuzzer "$top/fuzz/ossfuzz-build" 2>"$temp/said" || ! grep -q "OUT is not set" "$temp/said"; then
	echo "without \$OUT:"; cat "$temp/said"; exit 1
fi

env -i HOME="$temp" PATH="$PATH" CC=clang CXX=clang++ CFLAGS="$flags" CXXFLAGS="$flags" LIB_FUZZING_ENGINE=-fsanitize=fuzzer SANITIZER=address FUZZING_ENGINE=libfuzzer \
	ARCHITECTURE=x86_64 SRC="$top" OUT="$temp/out" WORK="$temp/work" nice "$top/fuzz/ossfuzz-build" >"$temp/log" 2>&1 || { tail -30 "$temp/log"; exit 1; }

programs=0
while read -r entry; do
	program=$temp/out/assay-fuzz-$entry
	mkdir "$temp/seeds/$entry"
	python3 -m zipfile -e "${program}_seed_corpus.zip" "$temp/seeds/$entry"
	[ "$(find "$temp/seeds/$entry" -type f | wc -l)" -ge "$(find "$top/corpus/$entry" -type f | wc -l)" ] || { echo "$entry: seeds are missing in the zip"; exit 1; }
	"$program" -dict="$program.dict" -runs=1 "$temp/seeds/$entry" >"$temp/log" 2>&1 || { echo "$entry:"; tail -20 "$temp/log"; exit 1; }
	ldd "$program" >"$temp/libraries"
	if grep libcrypto "$temp/libraries" | grep -vqF "=> $temp/out/lib/"; then
		echo "$entry: takes the system's libcrypto, which the runner may not have"
		cat "$temp/libraries"
		exit 1
	fi
	programs=$((programs + 1))
done < <(sed -n 's/^ASSAY_FUZZ_ENTRY(\(.*\))$/\1/p' "$top/fuzz/entries.def")
[ "$programs" -ge 8 ]
echo "$programs programs"
