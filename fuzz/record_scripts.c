/*
 * record_scripts.c - seeds for the session entries from the scripts of initiator_session: assay-fuzz-record-scripts DIR runs them against the built-in
 * target and writes what each side said, to DIR/target_session/ and DIR/initiator_session/.
 */
#include <stdio.h>
#include <string.h>

#include "fuzz/initiator_script.h"
#include "fuzz/session_input.h"
#include "fuzz/session_record.h"
#include "runner/dial.h"

#define TAP_LIMIT ((size_t)4 << 20) /* bytes */
#define SEED      UINT64_C(0x5eed) /* of the target, as target_world.c has it: the same challenges */

static const uint8_t scripts[][ASSAY_FUZZ_SCRIPT_LENGTH] = {
	{ 0x00, 0x12, 0x36, 0x7f },
	{ 0x00, 0x55, 0x89, 0x6f },
	{ 0x00, 0xaa, 0xbb, 0xdf },
	{ 0x00, 0xe2, 0xe3, 0x6f },
	{ 0x00, 0x33, 0x98, 0xff },
	{ 0x00, 0x44, 0x45, 0x7f },
	{ 0x01, 0x16, 0xf0, 0x00 },
	{ 0x02, 0x16, 0xe1, 0xf0 },
	{ 0x03, 0x12, 0x37, 0xf0 },
	{ 0x04, 0xba, 0xf0, 0x00 },
	{ 0x08, 0x12, 0x36, 0x7f },
	{ 0x08, 0xe5, 0x5b, 0x9f },
	{ 0x0a, 0x26, 0x30, 0xf0 },
	{ 0x10, 0x23, 0x55, 0x6f },
	{ 0x18, 0x23, 0xe5, 0x6f },
	{ 0x50, 0x22, 0x33, 0x6c },
};

static void opened(void *payload, struct assay_initiator *i)
{
	(void)payload;
	(void)i;
}

/* A call that fails is a seed too. */
static void after(void *payload, struct assay_initiator *i, const char *call, long result)
{
	(void)payload;
	(void)i;
	(void)call;
	(void)result;
}

static int save(const char *root, const char *entry, unsigned n, const uint8_t *bytes, size_t length)
{
	char path[4096];
	FILE *file;
	bool good;

	snprintf(path, sizeof(path), "%s/%s/script-%02u", root, entry, n);
	file = fopen(path, "we");
	good = file && fwrite(bytes, 1, length, file) == length;
	if (file && fclose(file))
		good = false;
	if (!good)
		perror(path);
	return good ? 0 : 1;
}

static int record(const char *root, unsigned n)
{
	static uint8_t bytes[ASSAY_FUZZ_SESSION_MAX];
	const struct assay_fuzz_script_watcher watcher = {
		.opened = opened, .before = opened, .after = after
	};
	struct assay_error err;
	struct assay_builtin *target = assay_builtin_new(NULL, SEED, &err);
	struct assay_tap *tap = assay_tap_new(TAP_LIMIT, NULL, NULL);
	size_t length;
	int rc;

	if (!target || !tap) {
		fprintf(stderr, "%s\n", target ? "out of memory" : err.message);
		return 1;
	}
	assay_fuzz_script_run(scripts[n], assay_builtin_dialer(target), tap, &watcher);
	length = assay_fuzz_session_of_tap(bytes, sizeof(bytes), tap, ASSAY_TO_TARGET);
	rc = save(root, "target_session", n, bytes, length);
	memcpy(bytes, scripts[n], ASSAY_FUZZ_SCRIPT_LENGTH);
	length = assay_fuzz_session_of_tap(bytes + ASSAY_FUZZ_SCRIPT_LENGTH,
		sizeof(bytes) - ASSAY_FUZZ_SCRIPT_LENGTH, tap, ASSAY_TO_INITIATOR);
	rc |= save(root, "initiator_session", n, bytes, length + ASSAY_FUZZ_SCRIPT_LENGTH);
	assay_tap_free(tap);
	assay_builtin_free(target);
	return rc;
}

int main(int argc, char **argv)
{
	int rc = 0;

	if (argc != 2) {
		fputs("assay-fuzz-record-scripts DIR: seeds for the session entries, in DIR/target_session "
		      "and DIR/initiator_session\n",
			stderr);
		return 2;
	}
	for (unsigned n = 0; n < sizeof(scripts) / sizeof(scripts[0]); n++)
		rc |= record(argv[1], n);
	return rc;
}
