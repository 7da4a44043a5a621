// runs.mjs - runs as run.json has them, made up: one with every verdict, one with very many tests, and one whose every string is markup.
export const verdicts = ['PASS', 'FAIL', 'WARN', 'SKIP', 'XFAIL', 'XPASS', 'ERROR', 'TIMEOUT', 'CRASH'];

const failure = got => ({
	rule: 'statsn-step', reqs: ['R7143-4.2.2.2-04'], section: '4.2.2.2', claim: 'the target raises StatSN by one', sent: '#3 NOP-Out ITT=0x3 TTT=0xffffffff CmdSN=1 ExpStatSN=1491985928 then SCSI Command F R ATTR=1 (simple) LUN=1 ITT=0x4 CmdSN=2 ExpStatSN=1491985929 READ (10) '.repeat(3),
	expected: 'StatSN 2', got, file: 'rules', line: 0, level: 'MUST',
});

export function result(id, verdict, more = {}) {
	return {
		id, area: id.split('.')[0], desc: `does what ${id} says`, reqs: ['R7143-6.2-01', 'R7143-4.2.4-08'], section: '6.2.1', level: 'MUST', verdict, raw: verdict,
		reason: verdict === 'SKIP' ? 'needs-write-lun' : null, baseline: verdict === 'XFAIL' ? 'known since 1.0' : null, signature: null,
		failures: ['PASS', 'SKIP', 'XPASS'].includes(verdict) ? [] : [failure(`StatSN 1 of ${id}`)],
		duration_ns: 1205595, pdus_sent: 3, pdus_received: 3, evidence: verdict === 'PASS' ? null : id,
		again: `iscsi-assay run -t iscsi://127.0.0.1:3260/iqn.2026-01.test:t1/1 --seed 0x1 ${id}`, shard: 0, ...more,
	};
}

export function run(results, more = {}) {
	const count = verdict => results.filter(one => one.verdict === verdict).length;
	return {
		format: 'iscsi-assay-run-1', version: '0.1.0', suite_revision: 'b742ed8a4691884f', target: 'iscsi://127.0.0.1:3260/iqn.2026-01.test:t1/1', profile: 'made-up',
		implementation: 'IET VIRTUAL-DISK 0001', implementation_name: 'tgt', implementation_version: '1.0.85', seed: '0x1', jobs: 1, strict: false,
		started: '2026-01-01T00:00:00Z', duration_ns: 276730336194, stopped: null, verdicts: Object.fromEntries(verdicts.map(v => [v, count(v)])),
		unexpected: count('FAIL'), exit: 1, results, ...more,
	};
}

// Two tests a verdict, in two areas; of the second ones level, requirement and description differ.
export const small = () => run(verdicts.flatMap(verdict => [
	result(`login.${verdict.toLowerCase()}-one`, verdict),
	result(`nop.${verdict.toLowerCase()}-two`, verdict, { level: 'SHOULD', reqs: ['R7144-3-05'], desc: 'answers a NOP-Out with a Zebra' }),
]));

export const large = count => run(Array.from({ length: count }, (_, i) =>
	result(`area-${i % 20}.test-${i}`, verdicts[i % verdicts.length], { level: i % 3 ? 'MUST' : 'SHOULD', reqs: [`R7143-${i % 11 + 1}.${i % 7}-${i % 50}`] })));

const markup = '</script></style></textarea></title><script>hit("script")</script><img src=x onerror=\'hit("image")\'><svg onload=hit("svg")>'
	+ '"><iframe src="javascript:parent.hit()"></iframe><a href="javascript:hit()" autofocus onfocus=hit()>\' onmouseover=hit() `-->]]>&lt;b&gt;'
	+ '\u202egnp.exe <base href="http://192.0.2.1/"><link rel=stylesheet href="http://192.0.2.1/x"><meta http-equiv=refresh content="0;url=http://192.0.2.1/">';

// Every string that a target or a file could have a word in.
export function hostile() {
	const bad = { desc: markup, reqs: ['R7143-"><script>hit()</script>', 'x'], section: markup, reason: markup, baseline: markup, signature: markup, again: markup };
	const results = verdicts.map(verdict => result(`login.${verdict.toLowerCase()}`, verdict, { ...bad,
		failures: [{ ...failure(markup), rule: markup, section: markup, claim: markup, sent: markup, expected: markup, reqs: ['"><script>hit()</script>'] }] }));
	results.push(result(`evil"><script>hit()</script>`, 'FAIL', { ...bad, area: markup, level: markup }));
	return run(results, { version: markup, suite_revision: markup, target: markup, profile: markup, implementation: markup, implementation_name: markup,
		implementation_version: markup, started: markup, stopped: markup });
}
export { markup };
