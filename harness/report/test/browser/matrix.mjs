// matrix.mjs - the page of a matrix in a browser: filters that look at the columns that are chosen, deep links, heads that stay, keyboard, colours, many rows,
// hostile strings, no script, paper.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contrast, fragmentOf, matrixOf, openIds, said, visibleIds, visit } from './lib.mjs';
import { hostile, markup, result, run, verdicts } from './runs.mjs';

// What each column says of each test, a letter each; '-' has not run it.
const letters = { P: 'PASS', F: 'FAIL', W: 'WARN', S: 'SKIP', T: 'TIMEOUT', C: 'CRASH', E: 'ERROR' };
const columns = [
	{ implementation_name: 'iscsi-assay', implementation_version: '0.1.0', profile: 'built-in', target: 'built-in' },
	{ implementation_name: 'tgt', implementation_version: '1:1.0.85', profile: 'tgt' },
	{ implementation_name: 'tgt', implementation_version: '1:1.0.85', profile: 'tgt-chap' },
	{ implementation_name: 'Linux LIO', implementation_version: '6.1.0', profile: 'lio' },
];
const tests = {
	'login.all-pass': 'PPPP', 'login.one': 'PFSP', 'login.every': 'PFFF', 'login.crash': 'PVCP',
	'nop.lone': 'PSSF', 'nop.should': 'PPPW', 'nop.missing': 'P--P', 'nop.error': 'PEPT',
};
const cell = (id, letter) => (letter === 'V'
	? result(id, 'FAIL', { verdict: 'XFAIL', baseline: 'now this, now that', baseline_verdicts: 'FAIL|CRASH', baseline_signature: '*' })
	: result(id, letters[letter], id === 'login.every' ? { reqs: ['R7144-3-05'], ...(letter === 'F' ? { verdict: 'XFAIL', baseline: 'a known one' } : {}) }
		: id === 'nop.should' ? { level: 'SHOULD', desc: 'answers with a Zebra' } : {}));
const small = matrixOf('small', columns.map((column, i) => run(Object.entries(tests).filter(([, row]) => row[i] !== '-').map(([id, row]) => cell(id, row[i])), column)));
const ids = Object.keys(tests);
const heads = page => page.$$eval('.matrix thead th', all => all.filter(head => head.offsetParent).map(head => head.querySelector('b')?.textContent).filter(Boolean));

test('every test, every column, ours first', () => visit(small, async page => {
	assert.deepEqual(await visibleIds(page), ids);
	assert.deepEqual(await heads(page), ['built-in', 'lio', 'tgt', 'tgt-chap']);
	assert.deepEqual(await page.$$eval('[id="test=login.crash"] > tr:first-child > td', all => all.map(one => one.textContent)), ['MUST', 'PASS', 'PASS', 'FAIL|CRASH', 'CRASH']);
	assert.deepEqual(await page.$$eval('[id="test=nop.missing"] > tr:first-child > td', all => all.map(one => one.textContent)), ['MUST', 'PASS', 'PASS', '', '']);
	assert.deepEqual(await page.$$eval('.group', all => all.map(one => one.rows[0].cells[0].textContent)), ['login', 'nop']);
	assert.equal(await page.textContent('.group >> nth=0'), 'login4 tests4 of 4 pass3 of 4 pass1 of 4 pass1 of 3 pass');
}));

test('filters by verdict, level, area, requirement, words, differences, and where it fails', () => visit(small, async page => {
	const shows = async (wanted, words) => assert.deepEqual(await visibleIds(page), wanted, words);
	await page.check('input[name=verdict][value=CRASH]');
	await shows(['login.crash'], 'what varies has each of its verdicts');
	await page.check('input[name=verdict][value=TIMEOUT]');
	await shows(['login.crash', 'nop.error']);
	assert.equal(await fragmentOf(page), '#verdict=TIMEOUT,CRASH');
	await page.click('#clear');
	await page.check('input[name=level][value=SHOULD]');
	await shows(['nop.should']);
	await page.click('#clear');
	await page.selectOption('select[name=area]', 'nop');
	await shows(ids.slice(4));
	assert.deepEqual(await page.$$eval('.group', all => all.map(one => one.hidden)), [true, false]);
	await page.click('#clear');
	await page.fill('[name=req]', 'r7144');
	await shows(['login.every']);
	await page.fill('[name=req]', '');
	await page.fill('[name=q]', 'zebra');
	await shows(['nop.should']);
	await page.fill('[name=q]', 'r7144-3-05');
	await shows(['login.every'], 'the words of a row are also its requirements');
	await page.click('#clear');
	await page.check('input[name=differs]');
	await shows(['login.one', 'login.every', 'login.crash', 'nop.lone', 'nop.should', 'nop.error']);
	await page.click('#clear');
	for (const [words, wanted] of [['one implementation', ['login.one', 'login.crash', 'nop.should', 'nop.error']], ['every implementation', ['login.every']],
		['the only one asked', ['nop.lone']], ['no implementation', ['login.all-pass', 'nop.missing']], ['several implementations', []]]) {
		await page.selectOption('select[name=fails]', words);
		await shows(wanted, words);
	}
	assert.ok(await page.isVisible('#none'));
}));

test('implementations choose columns, and the other filters look at no others', () => visit(small, async page => {
	await page.check('input[name=impl][value=tgt]');
	assert.deepEqual(await heads(page), ['tgt', 'tgt-chap']);
	assert.deepEqual(await visibleIds(page), ids.filter(id => id !== 'nop.missing')); // which neither of them has run
	await page.check('input[name=verdict][value=FAIL]');
	assert.deepEqual(await visibleIds(page), ['login.one', 'login.every', 'login.crash']);
	await page.uncheck('input[name=verdict][value=FAIL]');
	await page.check('input[name=differs]');
	assert.deepEqual(await visibleIds(page), ['login.crash']);
	await page.check('input[name=impl][value="Linux LIO"]');
	assert.equal(await fragmentOf(page), '#impl=Linux LIO,tgt&differs=yes');
	assert.deepEqual(await heads(page), ['lio', 'tgt', 'tgt-chap']);
	assert.equal(await page.$$eval('[id="test=login.one"] > tr:first-child > *', all => all.filter(one => one.offsetParent).length), 5);
	await page.goBack();
	assert.deepEqual(await heads(page), ['tgt', 'tgt-chap']);
	await page.click('#clear');
	assert.equal((await heads(page)).length, 4);
}));

test('the lists of the head are links to rows', () => visit(small, async page => {
	await page.click('text=4 fail in exactly one implementation');
	assert.deepEqual(await visibleIds(page), ['login.one', 'login.crash', 'nop.should', 'nop.error']);
	assert.equal(await page.inputValue('select[name=fails]'), 'one implementation');
	await page.goBack();
	await page.click('text=1 fail in every implementation');
	assert.deepEqual(await visibleIds(page), ['login.every']);
}));

test('a row opens to the whys of its columns', () => visit(small, async page => {
	await page.click('[id="test=login.every"] a.id');
	assert.deepEqual(await openIds(page), ['login.every']);
	const words = await page.innerText('[id="test=login.every"] .opened');
	for (const part of ['lio', 'tgt-chap', 'a known one', 'R7144-3-05', 'RFC 7143 section 6.2.1'])
		assert.ok(words.includes(part), part);
	assert.ok(!words.includes('built-in'));
	await page.click('[id="test=login.one"] summary');
	assert.ok((await page.innerText('[id="test=login.one"] .opened')).includes('no baseline expects it'));
	assert.equal(await page.$$eval('[id="test=login.all-pass"] details', all => all.length), 0);
}));

// Twelve columns of many tests: wider and higher than any window.
const many = (columns, rows) => Array.from({ length: columns }, (_, c) => run(Array.from({ length: rows }, (_, i) =>
	result(`area-${i * 20 / rows | 0}.test-${i}`, ['PASS', 'PASS', 'FAIL', 'SKIP', 'WARN'][(i * 7 + (i % 5 ? c : 0)) % 5], { desc: `does what test ${i} says that it must do` })),
{ implementation_name: `target ${c / 3 | 0}`, profile: `profile-${c}` }));
const wide = matrixOf('wide', many(12, 400));

test('heads and tests stay in sight', () => visit(wide, async page => {
	const box = page.locator('.tall');
	await box.scrollIntoViewIfNeeded();
	await box.evaluate(element => element.scrollTo(700, 3000));
	const frame = await box.boundingBox();
	const head = await page.locator('.matrix thead th >> nth=0').boundingBox();
	assert.ok(Math.abs(head.x - frame.x) < 3 && Math.abs(head.y - frame.y) < 3, `the head is at ${head.x}, ${head.y}`);
	const seen = await page.evaluate(({ x, y }) => document.elementFromPoint(x, y).closest('tr').cells[0].getBoundingClientRect().x, { x: frame.x + 60, y: frame.y + 300 });
	assert.ok(Math.abs(seen - frame.x) < 3, `the test is at ${seen}`);
	const ends = await page.$$eval('.matrix thead th', all => all.map(one => Math.round(one.getBoundingClientRect().x)));
	const cells = await page.$$eval('.matrix .row > tr:first-child', all => all.slice(60, 70).map(row => Array.from(row.cells, one => Math.round(one.getBoundingClientRect().x))));
	for (const row of cells)
		assert.deepEqual(row, ends); // under their heads
}));

test('a deep link brings a row into view, below the heads', () => visit(wide, async page => {
	// The browser scrolls in frames of its own; what counts is where it comes to rest, both measured in one frame.
	await page.waitForFunction(() => {
		const row = document.getElementById('test=area-15.test-302').getBoundingClientRect();
		const head = document.querySelector('.matrix thead').getBoundingClientRect();
		return head.y >= 0 && row.y >= head.bottom - 1 && row.y < 700;
	});
	assert.deepEqual(await openIds(page), ['area-15.test-302']);
}, { fragment: '#test=area-15.test-302' }));

test('all of it by keyboard', () => visit(wide, async page => {
	const focus = async (wanted, steps) => {
		for (let i = 0; i < steps && !await page.evaluate(selector => document.activeElement.matches(selector), wanted); i++) {
			await page.keyboard.press('Tab');
			assert.ok(await page.evaluate(() => parseFloat(getComputedStyle(document.activeElement).outlineWidth) >= 1), 'the focus is not seen');
		}
		assert.ok(await page.evaluate(selector => document.activeElement.matches(selector), wanted), `${wanted} cannot be reached`);
	};
	await focus('input[name=impl]', 12);
	await page.keyboard.press('Space');
	assert.equal(await fragmentOf(page), '#impl=target 0');
	await focus('.tall', 20);
	const at = () => page.$eval('.tall', element => [element.scrollLeft, element.scrollTop]);
	await page.keyboard.press('PageDown');
	await page.waitForFunction(() => document.querySelector('.tall').scrollTop > 100);
	await page.keyboard.press('Home');
	await page.waitForFunction(() => document.querySelector('.tall').scrollTop === 0);
	assert.equal((await at())[1], 0);
	await focus('.matrix summary', 20);
	await page.keyboard.press('Enter');
	assert.equal((await openIds(page)).length, 1);
}));

for (const colorScheme of ['light', 'dark'])
	test(`${colorScheme}: everything can be read`, () => visit(small, async page => {
		for (const selector of ['h1', 'main ~ *, header p a', '.summary th', '.summary td', '.matrix thead b', '.matrix thead th', '.group th', '.group td', 'a.id', '.row p', 'td.level', 'td.quiet', 'summary',
			'.opened dt', '.opened dd', ...['pass', 'fail', 'warn', 'timeout', 'crash', 'error', 'known'].map(name => `.matrix .verdict.${name}`)]) {
			const ratio = await contrast(page, selector);
			assert.ok(ratio >= 4.5, `${selector}: ${ratio.toFixed(2)}`);
		}
		if (process.env.ASSAY_SHOTS)
			await page.screenshot({ path: `${process.env.ASSAY_SHOTS}/matrix-${colorScheme}.png` });
	}, { fragment: '#test=login.every', colorScheme }));

for (const width of [320, 700, 1280])
	test(`${width} pixels wide: only the table goes on at the side`, () => visit(wide, async page => {
		const all = await page.evaluate(() => document.documentElement.scrollWidth);
		assert.ok(all <= width, `${all} pixels`);
		assert.ok(await page.$eval('.tall', element => element.scrollWidth > element.clientWidth));
		const first = await page.locator('.matrix thead th >> nth=0').boundingBox();
		assert.ok(first.width < width * 0.7, `the tests take ${first.width} pixels`);
	}, { viewport: { width, height: 800 } }));

test('without a script the whole table is there', () => visit(small, async page => {
	assert.deepEqual(await visibleIds(page), ids);
	assert.deepEqual(await heads(page), ['built-in', 'lio', 'tgt', 'tgt-chap']);
	assert.ok(!await page.isVisible('#filters'));
	await page.click('[id="test=login.every"] summary');
	assert.ok(await page.isVisible('[id="test=login.every"] .opened'));
}, { javaScriptEnabled: false }));

test('on paper: all rows, no controls', () => visit(small, async page => {
	await page.emulateMedia({ media: 'print' });
	assert.ok(!await page.isVisible('#filters'));
	assert.ok(await page.$eval('.tall', element => element.scrollHeight <= element.clientHeight + 1));
	await page.pdf();
}));

test('5,000 rows of twelve columns', async () => {
	const url = matrixOf('large', many(12, 5000));
	const began = Date.now();
	await visit(url, async page => {
		assert.equal(await said(page), '5000 tests');
		assert.ok(Date.now() - began < 20000, `opened after ${Date.now() - began} ms`);
		const took = await page.evaluate(async () => {
			const start = performance.now();
			for (const name of ['impl', 'differs', 'verdict', 'differs', 'impl']) {
				document.querySelector(`[name=${name}]`).click();
				await new Promise(done => requestAnimationFrame(() => setTimeout(done)));
			}
			return performance.now() - start;
		});
		console.log(`open: ${Date.now() - began} ms, five filters: ${Math.round(took)} ms`);
		assert.ok(took < 10000, `five filters took ${took} ms`);
		await page.click('#clear');
		await page.fill('[name=q]', 'test-4999');
		assert.deepEqual(await visibleIds(page), ['area-19.test-4999']);
	});
});

test('hostile strings are text, and nothing of them runs', () => {
	const one = hostile(), other = { ...hostile(), profile: `other ${markup}` };
	return visit(matrixOf('hostile', [one, other]), async page => {
		assert.equal(await page.evaluate(() => document.scripts.length), 1);
		assert.equal(await page.evaluate(() => document.querySelectorAll('img, iframe, base, link, object, embed, svg:not(.bar)').length), 0);
		assert.deepEqual(await openIds(page), ['login.fail']);
		const readable = markup.replace('\u202e', '\\u202e');
		for (const selector of ['.summary td', '.matrix thead b', '[id="test=login.fail"] p', '[id="test=login.fail"] .opened'])
			assert.ok((await page.textContent(selector)).includes(readable), selector);
		await page.check('input[name=impl]');
		assert.equal((await heads(page)).length, 2);
		assert.equal((await visibleIds(page)).length, verdicts.length + 1);
		assert.equal(await page.evaluate(() => typeof window.hit), 'undefined');
	}, { fragment: '#test=login.fail' });
});

for (const fragment of ['#impl=none', '#impl=%E0%A4%A&differs=', '#differs=no,yes&impl=,,', '#fails=<img src=x onerror=hit()>', '#impl=constructor'])
	test(`a fragment that means nothing does no harm: ${fragment}`, () => visit(small, async page => {
		assert.equal((await heads(page)).length, 4);
		await page.click('#clear', { timeout: 1000 }).catch(() => {});
		assert.equal((await visibleIds(page)).length, ids.length);
	}, { fragment }));
