/* dictionary.c - prints libFuzzer's dictionary of text keys and their values, from the one table of keys (proto/keys.h). */
#include <stdio.h>
#include <string.h>

#include "proto/keys.h"

static void put(const char *word, const char *end)
{
	printf("\"%s%s\"\n", word, end);
}

/* Each item of a list. */
static void put_items(const char *values)
{
	size_t offset = 0, length;
	const char *item;

	while (assay_list_next(&item, &length, &offset, values, strlen(values)))
		printf("\"%.*s\"\n", (int)length, item);
}

int main(void)
{
	static const char *const others[] = { "Yes", "No", "None", "Reject", "Irrelevant", "NotUnderstood",
		"All", "0x", "0b", "CHAP_A=5", "CHAP_A=7", "iqn.2026-01.net.example:", "eui.", "naa.",
		"CHAP_N=assay-user", "CHAP_N=assay-target", "\\x00", "\\x0a" };

	for (int id = 0; id < ASSAY_KEY_COUNT; id++) {
		const struct assay_key *key = assay_key_at((enum assay_key_id)id);

		put(key->name, "=");
		if (key->values)
			put_items(key->values);
		if (key->initial && key->type == ASSAY_TYPE_NUMBER)
			put(key->initial, "\\x00");
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		put(others[i], "");
	return 0;
}
