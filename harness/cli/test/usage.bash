#!/usr/bin/env bash
# usage.bash PROGRAM TOP: every bad word gets one line that names it and what is allowed, and exit 2.
# shellcheck source=harness/cli/test/lib.bash
. "$2/harness/cli/test/lib.bash"

expect 0 '^iscsi-assay [0-9]+\.[0-9]+\.[0-9]+$' --version
expect 0 'iscsi-assay baseline' help
expect 0 '--write-lun N' help run
expect 0 '--write-lun N' run --help
expect 2 'iscsi-assay explain'
refused "no command 'rum'" rum
refused "no command 'rum'" help rum
refused "unknown option '--wrong'" run --wrong
refused "unknown option '-z'" run -z
refused "'--jobs' needs a value" run --jobs
refused "'--strict' takes no value" run --strict=yes
refused "may mean several" run --se=1
refused "unknown option '--defect" run --defect statsn-stuck

refused "--jobs: bad value '0': a number from 1 to 64" run --jobs 0
refused "--jobs: bad value '-1'" run --jobs -1
refused "--jobs: bad value '2x'" run -j 2x
refused "--jobs: bad value '99999999999999999999'" run -j 99999999999999999999
refused "--seed: bad value 'x'" run --seed x
refused "--seed: bad value '-1'" run --seed=-1
refused "--shard: bad value '3/2': K/N" run --shard 3/2
refused "--shard: bad value '1'" run --shard 1
refused "--shard: bad value '1/2/3'" run --shard 1/2/3
refused "--max-time: bad value '5 parsecs'" run --max-time '5 parsecs'
refused "--max-time: bad value '0'" run --max-time 0
refused "--deadline: bad value '2d'" run --deadline 2d
refused "--timing-factor: bad value '-2'" run --timing-factor=-2
refused "--timing-factor: bad value 'nan'" run --timing-factor nan
refused "--write-lun: bad value '16384': a number from 0 to 16383" run --write-lun 16384
refused "--second-portal: bad value 'h:99999'" run -t iscsi://h/iqn.2026-01.example:x/1 --second-portal h:99999
refused "--initiator-name: bad value 'nonsense'" run --initiator-name nonsense

refused "'nonsense.\*'" run 'nonsense.*'
refused "nonsense" run -- '-nonsense.*'
refused "rfc7143:99" list rfc7143:99
refused "level:perhaps" list level:perhaps
refused "@no-such-tag" list @no-such-tag
refused "R7143-99-99" list R7143-99-99
refused "only one of them" list --json --md
refused "'no.such'" explain no.such
refused "needs an id" explain

refused "http://x" run -t http://x/
refused "iscsi://" run -t iscsi://
refused "iscsi://h:port/iqn" run -t iscsi://h:port/iqn.2026-01.example:x/1
refused "only one of them" run -t iscsi://h/iqn.2026-01.example:x/1 --profile x.ini
refused "no-such.ini" run --profile no-such.ini
refused "/dev/zero:1: a NUL byte" run --profile /dev/zero
refused "/dev/zero:1: a NUL byte" run --baseline /dev/zero
refused "{port} has a value only where a command" run -t 'iscsi://127.0.0.1:{port}/iqn.2026-01.example:x/1'
refused "exec: '{what}'" run -t 'iscsi://127.0.0.1:{port}/iqn.2026-01.example:x/1' --exec 'a {what}'
refused "quote is not closed" run -t 'iscsi://127.0.0.1:{port}/iqn.2026-01.example:x/1' --exec "a 'b"
refused "write-lun describes a target" run --write-lun 1
refused "needs -t URL" run --exec true
refused "no-such-file" run -t iscsi://u@127.0.0.1/iqn.2026-01.example:x/1 --secret-file no-such-file
refused "NO_SUCH_VARIABLE" run -t iscsi://u@127.0.0.1/iqn.2026-01.example:x/1 --secret-env NO_SUCH_VARIABLE
refused "needs a name" run -t iscsi://127.0.0.1/iqn.2026-01.example:x/1 --secret-env HOME
refused "only one of them" run --baseline x --no-baseline
refused "no-such.baseline" run --baseline no-such.baseline
refused "no-such.json" run --rerun-failed=no-such.json
refused "assay-out/run.json" run --rerun-failed

refused "no option" target word
refused "'no-such-defect'" target --defect no-such-defect
refused "'no-such-fault'" target --fault no-such-fault
refused "listen: bad value 'nowhere:x'" target --listen nowhere:x
refused "lun: bad value '1'" target --lun 1
refused "lun: bad value '16384=1M'" target --lun 16384=1M
refused "lun: bad value '1=1M,rw'" target --lun 1=1M,rw
refused "lun: cannot use the file 'no-such-file'" target --lun 1=no-such-file
refused "less than one block" target --lun 1=511
refused "bad target name 'disk'" target --name disk
refused "needs --secret-file" target --chap user
refused "the file says it all" target --config x --name iqn.2026-01.example:x
refused "no-such.ini: cannot be read" target --config no-such.ini
printf '[target iqn.2026-01.example:x]\nlun = 1=1M\nwhat = 1\n' >bad.ini
refused "bad.ini: \[target iqn.2026-01.example:x\] what: bad key" target --config bad.ini
printf 'nonsense\n' >bad.ini
refused "bad.ini:1:" target --config bad.ini

refused "init, update or check" baseline
refused "bad word 'make'" baseline make FILE
refused "assay-out/run.json" baseline init FILE
printf '{"format": "other"}' >run.json
refused "run.json: no run.json of iscsi-assay" baseline init FILE run.json

# what may hold a secret is not shown, however wrong it is
for words in 'run iscsi://u%hush@h/iqn.2026-01.example:x/1' 'run -t iscsi:/u%hush@h/iqn.2026-01.example:x/1' 'run -t u%hush@h' \
	'run --url=iscsi://u%hush@h' 'list iscsi://u%hush@h' 'run -tiscsi://u%hush@h' 'run --secret=hush' 'run -t iscsi://u%hush/x@h/iqn.2026-01.example:x/1'; do
	# shellcheck disable=SC2086 # words
	refused '' $words
	grep -q hush err && wrong "iscsi-assay $words: shows the secret"
done

# a folder that is not ours keeps what it has
mkdir full && touch full/kept
refused "full: not empty and not a folder of ours" run -o full
[ -e full/kept ] || wrong "a folder of others lost a file"
touch file
refused "file: cannot make the folder: Not a directory" run -o file
refused "file/x: cannot make the folder: Not a directory" run -o file/x
finish
