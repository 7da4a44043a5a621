/* page.c - see page.h. HTML as the living standard has it; Content Security Policy level 3. */
#include "report/page.h"

#include <stdlib.h>
#include <string.h>

#include "report/page_files.h"
#include "report/print.h"

/* Characters that turn the direction of what follows: "gpj.exe" is not to look like "exe.jpg". */
static bool turns(uint32_t c)
{
	return c == 0x200e || c == 0x200f || c == 0x061c || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069);
}

/* Characters of a string as they are to be seen, still without regard to markup. */
static void put_visible(FILE *out, uint32_t c)
{
	if (c != '\n' && c != '\t' && (c < 0x20 || (c >= 0x7f && c < 0xa0)))
		fprintf(out, "\\x%02x", (unsigned)c);
	else if (turns(c))
		fprintf(out, "\\u%04x", (unsigned)c);
	else
		assay_utf8_put(out, c);
}

static void put_character(FILE *out, uint32_t c)
{
	switch (c) {
	case '&': fputs("&amp;", out); break;
	case '<': fputs("&lt;", out); break;
	case '>': fputs("&gt;", out); break;
	case '"': fputs("&quot;", out); break;
	case '\'': fputs("&#39;", out); break;
	default: put_visible(out, c);
	}
}

void assay_html_put(FILE *out, const char *s)
{
	uint32_t c;

	while (s && (c = assay_utf8_next(&s)) != 0)
		put_character(out, c);
}

/* A part of a fragment, as the page's script decodes it: all but RFC 3986's unreserved characters as %XX of what is to be seen. */
static void put_encoded(FILE *out, const char *s)
{
	static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
	char *seen = NULL;
	size_t length;
	FILE *text = open_memstream(&seen, &length);
	uint32_t c;

	if (!text)
		abort();
	while (s && (c = assay_utf8_next(&s)) != 0)
		put_visible(text, c);
	fclose(text);
	for (const char *at = seen; *at; at++)
		if (strchr(unreserved, *at))
			putc(*at, out);
		else
			fprintf(out, "%%%02X", (unsigned char)*at);
	free(seen);
}

void assay_page_link(FILE *out, const char *class, const char *name, const char *value)
{
	fputs("<a", out);
	if (class)
		fprintf(out, " class=\"%s\"", class);
	fprintf(out, " href=\"#%s=", name);
	put_encoded(out, value);
	fputs("\">", out);
	assay_html_put(out, value);
	fputs("</a>", out);
}

void assay_html_element(FILE *out, const char *tag, const char *class, const char *text)
{
	if (!text)
		return;
	fprintf(out, "<%s", tag);
	if (class)
		fprintf(out, " class=\"%s\"", class);
	putc('>', out);
	assay_html_put(out, text);
	fprintf(out, "</%s>", tag);
}

void assay_page_begin(FILE *out, const char *kind, const char *title)
{
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n", out);
	fprintf(out,
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src '%s'; "
		"script-src '%s'; base-uri 'none'; form-action 'none'\">\n",
		assay_page_style_hash, assay_page_script_hash);
	fputs("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" "
	      "content=\"no-referrer\">\n",
		out);
	fputs("<title>", out);
	assay_html_put(out, title);
	fprintf(out,
		" \xe2\x80\x93 iscsi-assay "
		"%s</title>\n<style>%s</style>\n<script>%s</script>\n</head>\n<body>\n",
		kind, assay_page_style, assay_page_script);
	fprintf(out, "<header>\n<p class=\"kind\">iscsi-assay <span>%s</span></p>\n", kind);
	assay_html_element(out, "h1", NULL, title);
	fputs("\n", out);
}

void assay_page_facts_begin(FILE *out)
{
	fputs("<dl class=\"facts\">\n", out);
}

void assay_page_fact(FILE *out, const char *label, const char *value)
{
	if (!value || !value[0])
		return;
	fputs("<div>", out);
	assay_html_element(out, "dt", NULL, label);
	assay_html_element(out, "dd", NULL, value);
	fputs("</div>\n", out);
}

void assay_page_facts_end(FILE *out)
{
	fputs("</dl>\n", out);
}

/* "pass": the class of a verdict. */
static void put_class(FILE *out, enum assay_verdict verdict)
{
	for (const char *name = assay_verdict_name(verdict); *name; name++)
		putc(*name | 0x20, out);
}

void assay_page_bar(FILE *out, const size_t verdicts[ASSAY_VERDICT_COUNT])
{
	size_t all = 0, x = 0;

	for (int v = 0; v < ASSAY_VERDICT_COUNT; v++)
		all += verdicts[v];
	if (!all)
		return;
	fprintf(out,
		"<svg class=\"bar\" viewBox=\"0 0 %zu 1\" preserveAspectRatio=\"none\" aria-hidden=\"true\">",
		all);
	for (int v = 0; v < ASSAY_VERDICT_COUNT; v++) {
		if (!verdicts[v])
			continue;
		fputs("<rect class=\"", out);
		put_class(out, v);
		fprintf(out, "\" x=\"%zu\" width=\"%zu\" height=\"1\"/>", x, verdicts[v]);
		x += verdicts[v];
	}
	fputs("</svg>\n", out);
}

void assay_page_filters_begin(FILE *out)
{
	fputs("</header>\n<main>\n<p class=\"note noscript\">Filters and copy buttons need JavaScript; all "
	      "rows are "
	      "below.</p>\n<form class=\"filters\" id=\"filters\" role=\"search\">\n",
		out);
}

static void check(FILE *out, const char *name, const char *value)
{
	fprintf(out, "<label><input type=\"checkbox\" name=\"%s\" value=\"", name);
	assay_html_put(out, value);
	fputs("\">", out);
}

void assay_page_filter_verdicts(FILE *out, const size_t verdicts[ASSAY_VERDICT_COUNT])
{
	fputs("<fieldset class=\"checks\"><legend>Verdict</legend>", out);
	for (int v = 0; v < ASSAY_VERDICT_COUNT; v++) {
		if (!verdicts[v])
			continue;
		check(out, "verdict", assay_verdict_name(v));
		assay_page_verdict(out, v);
		fprintf(out, " <b>%zu</b></label>", verdicts[v]);
	}
	fputs("</fieldset>\n", out);
}

void assay_page_filter_checks(FILE *out, const char *name, const char *label, const char *const *words)
{
	fprintf(out, "<fieldset class=\"checks\"><legend>%s</legend>", label);
	for (; *words; words++) {
		check(out, name, *words);
		assay_html_put(out, *words);
		fputs("</label>", out);
	}
	fputs("</fieldset>\n", out);
}

void assay_page_filter_choice(FILE *out, const char *name, const char *label, const char *const *words)
{
	fprintf(out,
		"<label class=\"field\"><span>%s</span><select name=\"%s\"><option value=\"\">all</option>",
		label, name);
	for (; *words; words++) {
		fputs("<option value=\"", out);
		assay_html_put(out, *words);
		fputs("\">", out);
		assay_html_put(out, *words);
		fputs("</option>", out);
	}
	fputs("</select></label>\n", out);
}

void assay_page_filter_texts(FILE *out)
{
	fputs("<label class=\"field\"><span>Requirement</span><input name=\"req\" data-match=\"prefix\" "
	      "placeholder=\"R7143-4.2\" size=\"16\" spellcheck=\"false\" autocomplete=\"off\"></label>\n"
	      "<label class=\"field wide\"><span>Search <kbd aria-hidden=\"true\">/</kbd></span><input "
	      "type=\"search\" name=\"q\" aria-keyshortcuts=\"/\" "
	      "placeholder=\"id, description, requirement\" spellcheck=\"false\" "
	      "autocomplete=\"off\"></label>\n",
		out);
}

void assay_page_filters_end(FILE *out, const char *unit, size_t count)
{
	fprintf(out,
		"<p class=\"shown\"><output id=\"shown\" data-unit=\"%s\">%zu %s</output> "
		"<button type=\"button\" id=\"clear\" hidden>Clear filters</button></p>\n</form>\n",
		unit, count, unit);
}

void assay_page_table_begin(FILE *out, const char *class, const char *const *heads)
{
	fprintf(out, "<table class=\"rows %s\">\n<thead><tr>", class);
	for (; *heads; heads++) {
		size_t words = strcspn(*heads, ":");

		fprintf(out, "<th scope=\"col\" class=\"%.*s\">", (int)words, *heads);
		assay_html_put(out, *heads + words + 1);
		fputs("</th>", out);
	}
	fputs("</tr></thead>\n", out);
}

void assay_page_table_end(FILE *out)
{
	fputs("</table>\n<p class=\"note\" id=\"none\" hidden>Nothing matches these filters.</p>\n", out);
}

void assay_page_badge(FILE *out, enum assay_verdict verdict, const char *class, const char *words)
{
	fputs("<span class=\"verdict ", out);
	put_class(out, verdict);
	if (class)
		fprintf(out, " %s", class);
	fputs("\">", out);
	assay_html_put(out, words ? words : assay_verdict_name(verdict));
	fputs("</span>", out);
}

void assay_page_verdict(FILE *out, enum assay_verdict verdict)
{
	assay_page_badge(out, verdict, NULL, NULL);
}

void assay_page_reqs(FILE *out, const char *reqs)
{
	char word[256];

	while (reqs && *(reqs += strspn(reqs, " "))) {
		size_t length = strcspn(reqs, " ");

		snprintf(word, sizeof(word), "%.*s", (int)length, reqs);
		assay_page_link(out, NULL, "req", word);
		putc(' ', out);
		reqs += length;
	}
}

void assay_page_command(FILE *out, const char *command)
{
	fputs("<div class=\"command\"><code>", out);
	assay_html_put(out, command);
	fputs("</code><button type=\"button\" class=\"copy\">Copy</button></div>\n", out);
}

void assay_page_end(FILE *out, const struct assay_run_info *info)
{
	fputs("</main>\n<footer>iscsi-assay", out);
	if (info->version) {
		putc(' ', out);
		assay_html_put(out, info->version);
	}
	if (info->suite_revision) {
		fputs(", suite ", out);
		assay_html_put(out, info->suite_revision);
	}
	fputs("</footer>\n</body>\n</html>\n", out);
}
