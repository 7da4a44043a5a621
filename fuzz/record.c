/*
 * record.c - seeds for the corpora from what the suites say: iscsi-assay with its assay_tap_free wrapped by the linker. Whatever command it is (run, selftest),
 * what each test's tap holds at its end becomes inputs of every entry, in folders under $ASSAY_FUZZ_RECORD: as many files as there are different ones.
 * It must not change what the program does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "codec/pdu.h"
#include "fuzz/formats.h"
#include "fuzz/fuzz.h"
#include "fuzz/session_input.h"
#include "fuzz/session_record.h"
#include "transport/tap.h"

#define CONNECTIONS 16 /* of one test: further ones are left out */

void __wrap_assay_tap_free(struct assay_tap *t);
void __real_assay_tap_free(struct assay_tap *t);

/* An input as it grows. What would not fit is left out, and what follows too. */
struct input {
	uint8_t bytes[16384];
	size_t length, most;
	bool full;
};

static void begin(struct input *in, size_t most, const uint8_t *prefix, size_t length)
{
	in->length = length;
	in->most = most;
	in->full = false;
	if (length)
		memcpy(in->bytes, prefix, length);
}

static void add(struct input *in, const void *bytes, size_t length)
{
	if (in->full || in->length + length > in->most) {
		in->full = true;
		return;
	}
	memcpy(in->bytes + in->length, bytes, length);
	in->length += length;
}

/* FNV-1a. */
static uint64_t hash_of(const uint8_t *bytes, size_t length)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (size_t i = 0; i < length; i++)
		hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
	return hash;
}

/* Writes an input by a name that its bytes give. */
static void save(const struct input *in, const char *entry, size_t prefix)
{
	const char *root = getenv("ASSAY_FUZZ_RECORD");
	char path[4096];
	FILE *file;

	if (!root || in->length <= prefix)
		return;
	snprintf(path, sizeof(path), "%s/%s", root, entry);
	mkdir(path, 0777);
	snprintf(path, sizeof(path), "%s/%s/%016llx", root, entry,
		(unsigned long long)hash_of(in->bytes, in->length));
	file = fopen(path, "we");
	if (!file || fwrite(in->bytes, 1, in->length, file) != in->length)
		fprintf(stderr, "assay-fuzz-record: cannot write %s\n", path);
	if (file)
		fclose(file);
}

static bool whole_pdu(const struct assay_tap_record *r)
{
	return r->kind == ASSAY_TAP_PDU && r->kept == r->length && r->length >= ASSAY_BHS_LENGTH;
}

/* One way of one connection, as bytes. */
static void save_stream(const struct assay_tap *t, uint32_t connection, enum assay_dir dir)
{
	static struct input in;

	begin(&in, ASSAY_FUZZ_TIMELINE_MAX, NULL, 0);
	for (size_t i = 0; i < assay_tap_count(t); i++) {
		const struct assay_tap_record *r = assay_tap_at(t, i);

		if (r->connection == connection && r->dir == dir &&
			(r->kind == ASSAY_TAP_PDU || r->kind == ASSAY_TAP_BYTES))
			add(&in, r->bytes, r->kept);
	}
	save(&in, dir == ASSAY_TO_TARGET ? "to_target" : "to_initiator", 0);
}

/* The same, cut where the digests change: what the entries pdu and listing take. */
static void save_pdus(const struct assay_tap *t, uint32_t connection, enum assay_dir dir)
{
	static struct input in;
	uint8_t digests = 0;

	begin(&in, ASSAY_FUZZ_PDUS_MAX, &digests, 1);
	for (size_t i = 0; i < assay_tap_count(t); i++) {
		const struct assay_tap_record *r = assay_tap_at(t, i);

		if (r->connection != connection || r->dir != dir || !whole_pdu(r))
			continue;
		if ((r->digests | digests) != digests || in.full) {
			save(&in, "pdu", 1);
			digests = r->digests;
			begin(&in, ASSAY_FUZZ_PDUS_MAX, &digests, 1);
		}
		add(&in, r->bytes, r->length);
	}
	save(&in, "pdu", 1);
}

/* The text of the Login and Text PDUs of one way: each by itself, and as the rounds of a negotiation. */
static void save_texts(const struct assay_tap *t, uint32_t connection, enum assay_dir dir)
{
	static struct input text, negotiation, chap;
	uint8_t how[] = { dir == ASSAY_TO_TARGET ? 0 : ASSAY_FUZZ_INITIATOR | ASSAY_FUZZ_OFFERS, 0xff };
	uint8_t side = dir == ASSAY_TO_TARGET ? ASSAY_FUZZ_TARGET : ASSAY_FUZZ_MUTUAL;
	struct assay_pdu pdu;

	begin(&negotiation, ASSAY_FUZZ_TEXT_MAX, how, sizeof(how));
	begin(&chap, ASSAY_FUZZ_TEXT_MAX, &side, 1);
	for (size_t i = 0; i < assay_tap_count(t); i++) {
		const struct assay_tap_record *r = assay_tap_at(t, i);

		if (r->connection != connection || r->dir != dir || !whole_pdu(r) ||
			assay_pdu_decode(&pdu, r->bytes, r->length, r->digests) < 0 || !pdu.data_length ||
			((pdu.opcode & 0x1f) != ASSAY_LOGIN_REQUEST &&
				(pdu.opcode & 0x1f) != ASSAY_TEXT_REQUEST))
			continue;
		begin(&text, ASSAY_FUZZ_TEXT_MAX, NULL, 0);
		add(&text, pdu.data, pdu.data_length);
		save(&text, "text", 0);
		add(&negotiation, pdu.data, pdu.data_length);
		add(&negotiation, "\n", 1);
		if (memmem(pdu.data, pdu.data_length, "CHAP_", 5)) {
			add(&chap, pdu.data, pdu.data_length);
			add(&chap, "\n", 1);
		}
	}
	save(&negotiation, "negotiation", sizeof(how));
	save(&chap, "chap", 1);
}

/* Everything in its order, each PDU with the lead byte of the entry rules. */
static void save_timeline(const struct assay_tap *t)
{
	static struct input in;
	uint8_t event[ASSAY_FUZZ_CONNECTIONS] = { 0 };

	begin(&in, ASSAY_FUZZ_TIMELINE_MAX, NULL, 0);
	for (size_t i = 0; i < assay_tap_count(t); i++) {
		const struct assay_tap_record *r = assay_tap_at(t, i);
		unsigned slot = r->connection % ASSAY_FUZZ_CONNECTIONS;

		if (r->kind == ASSAY_TAP_CLOSE || r->kind == ASSAY_TAP_RESET) {
			event[slot] = r->dir == ASSAY_TO_TARGET ? ASSAY_FUZZ_CLOSE_INITIATOR
								: ASSAY_FUZZ_CLOSE_TARGET;
		} else if (whole_pdu(r)) {
			bool natural = (r->bytes[0] & 0x20) != 0 ? r->dir == ASSAY_TO_INITIATOR
								 : r->dir == ASSAY_TO_TARGET;
			uint8_t lead = (uint8_t)(slot | (natural ? 0 : ASSAY_FUZZ_TURNED) |
						 event[slot] << ASSAY_FUZZ_EVENT_SHIFT);

			add(&in, &lead, 1);
			add(&in, r->bytes, r->length);
			event[slot] = 0;
		} else if (r->kind != ASSAY_TAP_OPEN && !event[slot]) {
			event[slot] = ASSAY_FUZZ_GAP;
		}
	}
	save(&in, "rules", 0);
}

/* What the initiator said on all connections, as the entry target_session takes it. */
static void save_session(const struct assay_tap *t)
{
	static struct input in;

	begin(&in, sizeof(in.bytes), NULL, 0);
	in.length = assay_fuzz_session_of_tap(in.bytes, sizeof(in.bytes), t, ASSAY_TO_TARGET);
	save(&in, "target_session", 0);
}

void __wrap_assay_tap_free(struct assay_tap *t)
{
	for (uint32_t connection = 0; t && connection < CONNECTIONS; connection++)
		for (int dir = ASSAY_TO_TARGET; dir <= ASSAY_TO_INITIATOR; dir++) {
			save_stream(t, connection, (enum assay_dir)dir);
			save_pdus(t, connection, (enum assay_dir)dir);
			save_texts(t, connection, (enum assay_dir)dir);
		}
	if (t) {
		save_timeline(t);
		save_session(t);
	}
	__real_assay_tap_free(t);
}
