// report.mjs - the page of a run in a browser: filters, deep links, the back button, keyboard, colours, many rows, hostile strings, no script, paper.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { becomes, busy, contrast, fragmentOf, openIds, pageOf, said, visibleIds, visit, write } from './lib.mjs';
import { hostile, large, markup, result, run, small, verdicts } from './runs.mjs';

const failing = 'login.fail-one';
write(`small/${failing}/pdus.txt`, `${failing}: what was said.\n\n#1 0.000000 s connection 0 opens\n#2 NOP-Out\n`);
const page1 = pageOf('small', small());

test('filters by verdict, level, area, requirement and words', () => visit(page1, async page => {
	assert.equal(await said(page), '18 tests');
	await page.check('input[name=verdict][value=FAIL]');
	assert.deepEqual(await visibleIds(page), [failing, 'nop.fail-two']);
	assert.equal(await said(page), '2 of 18 tests');
	assert.equal(await fragmentOf(page), '#verdict=FAIL');
	await page.check('input[name=verdict][value=WARN]');
	assert.deepEqual(await visibleIds(page), [failing, 'nop.fail-two', 'login.warn-one', 'nop.warn-two']);
	assert.equal(await fragmentOf(page), '#verdict=FAIL,WARN');
	await page.check('input[name=level][value=SHOULD]');
	assert.deepEqual(await visibleIds(page), ['nop.fail-two', 'nop.warn-two']);
	await page.selectOption('select[name=area]', 'login');
	assert.deepEqual(await visibleIds(page), []);
	assert.ok(await page.isVisible('#none'));
	await page.click('#clear');
	assert.equal((await visibleIds(page)).length, 18);
	assert.equal(await fragmentOf(page), '');
	assert.ok(!await page.isVisible('#none') && !await page.isVisible('#clear'));
	await page.fill('[name=req]', 'r7144');
	assert.equal((await visibleIds(page)).length, 9);
	await page.fill('[name=req]', 'R7143-4.2.4');
	assert.equal((await visibleIds(page)).length, 9);
	await page.fill('[name=req]', '4.2.4');
	assert.equal((await visibleIds(page)).length, 0);
	await page.fill('[name=req]', '');
	for (const [words, count] of [['zebra', 9], ['Zebra nop-OUT', 9], ['fail', 4], ['xfail zebra', 1], ['R7144-3-05', 9], ['no such', 0]]) {
		await page.fill('[name=q]', words);
		assert.equal((await visibleIds(page)).length, count, words);
	}
}));

test('every verdict can be chosen, and says how many it has', () => visit(page1, async page => {
	for (const verdict of verdicts) {
		const box = page.locator(`input[name=verdict][value=${verdict}]`);
		await box.check();
		assert.equal((await visibleIds(page)).length, 2, verdict);
		assert.equal(await page.textContent(`label:has(input[value=${verdict}]) b`), '2');
		await box.uncheck();
	}
}));

test('a deep link sets the filters', () => visit(page1, async page => {
	assert.deepEqual(await visibleIds(page), ['login.warn-one']);
	assert.ok(await page.isChecked('input[value=WARN]') && !await page.isChecked('input[value=FAIL]'));
	assert.equal(await page.inputValue('select[name=area]'), 'login');
	assert.equal(await page.inputValue('[name=q]'), 'does what');
}, { fragment: '#verdict=WARN&area=login&q=does%20what' }));

const inView = async (page, id) => {
	const box = await page.locator(`[id="test=${id}"]`).boundingBox();
	return box.y >= 0 && box.y < 700;
};

test('a deep link opens a test and brings it into view', () => visit(page1, async page => {
	assert.deepEqual(await openIds(page), ['nop.crash-two']);
	await becomes(() => inView(page, 'nop.crash-two'), true);
	assert.equal((await visibleIds(page)).length, 18);
	await page.evaluate(() => { location.hash = '#test=login.fail-one&verdict=PASS'; });
	await page.waitForFunction(() => document.querySelector('[id="test=login.fail-one"] details').open);
	assert.deepEqual(await openIds(page), [failing]); // shown, though the filter would not
	assert.deepEqual((await visibleIds(page)).sort(), [failing, 'login.pass-one', 'nop.pass-two'].sort());
}, { fragment: '#test=nop.crash-two' }));

test('a deep link with filters brings its test into view, too', () => visit(page1, async page => {
	assert.deepEqual(await openIds(page), ['nop.crash-two']);
	await becomes(() => inView(page, 'nop.crash-two'), true);
}, { fragment: '#level=MUST,SHOULD&test=nop.crash-two' }));

for (const fragment of ['#%E0%A4%A', '#verdict=<img src=x onerror=hit()>&test=none', '#&&==&a', '#verdict=&q=%', '#__proto__=x&constructor=y', '#test=%00'])
	test(`a fragment that means nothing does nothing: ${fragment}`, () => visit(page1, async page => {
		assert.equal((await visibleIds(page)).length, fragment.includes('verdict=<') ? 0 : 18);
		await page.check('input[value=FAIL]');
		assert.equal((await visibleIds(page)).length, 2);
	}, { fragment }));

test('back and forward go through filters and opened tests', () => visit(page1, async page => {
	const states = [];
	const look = async () => JSON.stringify([await fragmentOf(page), await visibleIds(page), await openIds(page)]);
	const note = async () => states.push(await look());
	await note();
	await page.check('input[value=FAIL]');
	await note();
	await page.click(`[id="test=${failing}"] summary >> nth=0`);
	assert.deepEqual(await openIds(page), [failing]);
	await becomes(() => fragmentOf(page), `#verdict=FAIL&test=${failing}`);
	await note();
	await page.selectOption('select[name=area]', 'nop'); // hides the opened one, which closes
	assert.deepEqual(await openIds(page), []);
	await note();
	await page.locator('[name=q]').pressSequentially('zebra'); // five keys, one step
	await note();
	assert.equal(new Set(states).size, states.length);
	for (let i = states.length - 2; i >= 0; i--) {
		await page.goBack();
		await becomes(look, states[i]);
	}
	assert.ok(!await page.isChecked('input[value=FAIL]'));
	for (let i = 1; i < states.length; i++) {
		await page.goForward();
		await becomes(look, states[i]);
	}
	assert.equal(await page.inputValue('[name=q]'), 'zebra');
}));

test('links in a row: its id keeps the filters, a requirement is one', () => visit(page1, async page => {
	await page.check('input[value=FAIL]');
	await page.click(`[id="test=${failing}"] a.id`);
	assert.equal(await fragmentOf(page), `#verdict=FAIL&test=${failing}`);
	assert.deepEqual(await openIds(page), [failing]);
	await page.click(`[id="test=${failing}"] .answers a >> text=R7143-4.2.2.2-04`);
	await becomes(() => fragmentOf(page), '#req=R7143-4.2.2.2-04');
	await becomes(() => page.inputValue('[name=req]'), 'R7143-4.2.2.2-04');
	await page.goBack();
	await becomes(() => openIds(page), [failing]);
}));

test('links lead to whatever id or requirement it is', async () => {
	const id = 'odd.a&test=b#c%41,\u00e9', req = 'R-1&q=zebra%23,\u00e9';
	const page2 = pageOf('odd', run([result(id, 'FAIL', { reqs: [req] }), result('odd.b', 'FAIL')]));
	await visit(page2, async page => {
		await page.click('a.id >> nth=0');
		assert.deepEqual(await openIds(page), [id]);
		await page.reload();
		await becomes(() => openIds(page), [id]);
		await page.click('td.reqs a >> nth=0');
		await becomes(() => page.inputValue('[name=req]'), req);
		assert.equal(await page.inputValue('[name=q]'), '');
		assert.deepEqual(await visibleIds(page), [id]);
	});
	await visit(page2, async page => { // the browser itself finds the row by the fragment
		const href = await page.getAttribute('a.id >> nth=0', 'href');
		assert.equal(decodeURIComponent(href), `#test=${id}`);
		await page.goto(page2 + href);
		assert.equal(await page.evaluate(() => document.querySelector(':target')?.id), `test=${id}`);
	}, { javaScriptEnabled: false });
});

test('an opened test says what failed, shows its PDUs, and is copied', () => visit(page1, async page => {
	const row = page.locator(`[id="test=${failing}"]`);
	for (const words of ['the target raises StatSN by one', '#3 NOP-Out ITT=0x3', 'StatSN 2', `StatSN 1 of ${failing}`, 'RFC 7143 section 4.2.2.2'])
		assert.ok((await row.innerText()).includes(words), words);
	assert.ok(!await row.locator('pre').isVisible());
	await row.locator('.listing summary').click();
	assert.ok((await row.locator('pre').innerText()).includes('#2 NOP-Out'));
	assert.ok((await fragmentOf(page)).endsWith(failing)); // the listing is no test
	await row.locator('.copy').click();
	await row.locator('.copy >> text=Copied').waitFor();
	await page.locator('[name=q]').focus();
	await page.keyboard.press('Control+V');
	await becomes(() => page.inputValue('[name=q]'), result(failing, 'FAIL').again);
}, { fragment: `#test=${failing}` }));

test('a test without its listing says so', () => visit(page1, async page => {
	assert.ok(await page.locator('[id="test=nop.fail-two"] >> text=cannot be shown').isVisible());
}, { fragment: '#test=nop.fail-two' }));

const focused = page => page.evaluate(() => {
	const at = document.activeElement;
	const style = getComputedStyle(at);
	return { what: at.name || at.className || at.tagName, value: at.value, row: at.closest('.row')?.id, ring: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1 };
});

test('all of it by keyboard, the focus always seen', () => visit(page1, async page => {
	await page.keyboard.press('Tab');
	assert.deepEqual((({ what, value, ring }) => ({ what, value, ring }))(await focused(page)), { what: 'verdict', value: 'PASS', ring: true });
	await page.keyboard.press('Tab');
	await page.keyboard.press('Space');
	assert.equal(await fragmentOf(page), '#verdict=FAIL');
	await page.keyboard.press('/');
	assert.equal((await focused(page)).what, 'q');
	await page.keyboard.type('login/x');
	assert.equal(await page.inputValue('[name=q]'), 'login/x'); // there it is a letter
	await page.keyboard.press('Backspace');
	await page.keyboard.press('Backspace');
	assert.deepEqual(await visibleIds(page), [failing]);
	const order = [];
	for (let i = 0; i < 12; i++) {
		await page.keyboard.press('Tab');
		const at = await focused(page);
		assert.ok(at.ring, `the focus is not seen on ${at.what}`);
		order.push(at.what);
		if (at.what === 'SUMMARY')
			break;
	}
	assert.deepEqual(order, ['BUTTON', 'id', 'A', 'A', 'SUMMARY']);
	await page.keyboard.press('Enter');
	assert.deepEqual(await openIds(page), [failing]);
	await becomes(() => fragmentOf(page), `#verdict=FAIL&q=login&test=${failing}`);
	for (let i = 0; i < 6 && (await focused(page)).what !== 'copy'; i++)
		await page.keyboard.press('Tab');
	await page.keyboard.press('Enter');
	await page.locator('.copy >> text=Copied').waitFor();
	await page.goBack();
	await becomes(() => openIds(page), []);
}));

for (const colorScheme of ['light', 'dark'])
	test(`${colorScheme}: everything can be read`, () => visit(page1, async page => {
		const dark = await page.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g).map(Number).reduce((a, b) => a + b) < 384);
		assert.equal(dark, colorScheme === 'dark');
		const what = ['h1', '.facts dt', '.facts dd', '.kind', '.checks legend', '#shown', 'thead th', 'a.id', '.row p', '.reqs a', 'td.number', 'summary', '.answers dt', '.answers dd', '.answers dd a',
			'.command code', '.copy', '.note', 'footer', ...verdicts.map(verdict => `tbody .verdict.${verdict.toLowerCase()}`), ...verdicts.map(verdict => `.checks .verdict.${verdict.toLowerCase()}`)];
		for (const selector of what) {
			const ratio = await contrast(page, selector);
			assert.ok(ratio >= 4.5, `${selector}: ${ratio.toFixed(2)}`);
		}
	}, { fragment: `#test=${failing}`, colorScheme }));

for (const width of [320, 400, 700, 1000])
	test(`${width} pixels wide: nothing runs out at the side`, () => visit(page1, async page => {
		const wide = await page.evaluate(() => document.documentElement.scrollWidth);
		assert.ok(wide <= width, `${wide} pixels`);
		const cut = await page.$$eval('.row.current *', all => all.filter(element => element.tagName !== 'PRE' && element.clientWidth > 0 &&
			element.scrollWidth > element.clientWidth + 1).map(element => `${element.tagName} ${element.className}`));
		assert.deepEqual(cut, []); // rows are painted within their bounds: what runs out of one is not seen
		assert.ok(await page.isVisible(`[id="test=${failing}"] .copy`));
	}, { fragment: `#test=${failing}`, viewport: { width, height: 800 } }));

test('without a script the whole page can be read', () => visit(page1, async page => {
	assert.equal((await visibleIds(page)).length, 18);
	assert.ok(!await page.isVisible('#filters'));
	assert.ok(!await page.isVisible('.copy >> nth=0'));
	assert.ok(await page.isVisible('text=need JavaScript'));
	await page.click(`[id="test=${failing}"] summary >> nth=0`);
	assert.ok(await page.isVisible(`[id="test=${failing}"] .command code`));
}, { javaScriptEnabled: false }));

test('on paper: no controls, and every failure is told', () => visit(page1, async page => {
	await page.emulateMedia({ media: 'print' });
	assert.ok(!await page.isVisible('#filters') && !await page.isVisible('.copy >> nth=0'));
	assert.ok((await page.locator(`[id="test=${failing}"] .answers`).first().boundingBox()).height > 20);
	await page.pdf();
}));

test('5,000 rows', () => visit(pageOf('large', large(5000)), async page => {
	const spent = await busy(page);
	await page.reload();
	const opening = await spent();
	assert.equal(await said(page), '5000 tests');
	for (const words of ['t', 'te', 'test-49', 'test-499', ''])
		await page.fill('[name=q]', words);
	assert.equal((await visibleIds(page)).length, 5000);
	const filtering = await spent() - opening;
	console.log(`opening: ${opening.toFixed(2)} s, five filters: ${filtering.toFixed(2)} s of the main thread`);
	assert.ok(opening < 4, `opening took ${opening} s`);
	assert.ok(filtering < 6, `five filters took ${filtering} s`);
	await page.fill('[name=q]', 'test-4999');
	assert.deepEqual(await visibleIds(page), ['area-19.test-4999']);
}));

test('hostile strings are text, and nothing of them runs', async () => {
	write('hostile/login.fail/pdus.txt', `TargetAlias=${markup}\n</pre><script>hit()</script>\n`);
	await visit(pageOf('hostile', hostile()), async page => {
		assert.equal(await page.evaluate(() => document.scripts.length), 1);
		assert.equal(await page.evaluate(() => document.querySelectorAll('img, iframe, base, link, object, embed, svg:not(.bar)').length), 0);
		assert.deepEqual(await openIds(page), ['login.fail']);
		const readable = markup.replace('\u202e', '\\u202e');
		for (const selector of ['h1', '[id="test=login.fail"] .answers dd', '[id="test=login.fail"] .command code', '[id="test=login.fail"] pre'])
			assert.ok((await page.textContent(selector)).includes(readable), selector);
		for (const area of await page.$$eval('select[name=area] option', options => options.map(option => option.value)))
			await page.selectOption('select[name=area]', area);
		assert.equal((await visibleIds(page)).length, 1);
		assert.equal(await page.evaluate(() => typeof window.hit), 'undefined');
	}, { fragment: '#test=login.fail' });
});

test('markup that got through all the same would not run', () => visit(page1, async page => {
	await page.evaluate(() => {
		const script = document.createElement('script');
		script.textContent = 'window.ran = true';
		document.body.append(script);
		document.body.insertAdjacentHTML('beforeend', '<img src="http://192.0.2.1/x" onerror="window.ran = true"><p id="styled" style="color: red">x</p>');
	});
	await page.waitForTimeout(200);
	assert.equal(await page.evaluate(() => window.ran), undefined);
	assert.notEqual(await page.$eval('#styled', element => getComputedStyle(element).color), 'rgb(255, 0, 0)');
}, { expected: [/Content Security Policy/] }));

test('what it is to those who hear it: a table, and controls by their names', () => visit(page1, async page => {
	assert.equal(await page.getByRole('row').filter({ visible: true }).count(), 1 + 18 + 14); // the heads, the tests, what failed of them
	assert.equal(await page.getByRole('columnheader').count(), 6);
	for (const [role, name] of [['checkbox', 'FAIL 2'], ['combobox', 'Area'], ['textbox', 'Requirement'], ['searchbox', 'Search']])
		assert.equal(await page.getByRole(role, { name, exact: true }).count(), 1, name);
}));

test('a run of nothing', () => visit(pageOf('none', run([])), async page => {
	assert.equal(await said(page), '0 tests');
}));
