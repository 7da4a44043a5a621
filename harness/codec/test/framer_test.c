/* framer_test.c - PDUs out of a stream that comes in pieces of any size. */
#include "codec/framer.h"

#include "guard_page.h"
#include "test/unit.h"

#define PDUS 6

static struct guard_page page;

/* Some PDUs with data of growing length, digests from the third on. Returns the bytes. */
static size_t make_stream(uint8_t *out, size_t capacity)
{
	static const uint8_t data[64] = "some data";
	size_t length = 0;

	for (uint32_t i = 0; i < PDUS; i++) {
		struct assay_pdu pdu = {
			.opcode = ASSAY_NOP_IN, .final = 1, .itt = i, .data = data, .data_length = i * 5
		};
		long n = assay_pdu_encode(out + length, capacity - length, &pdu,
			i < 2 ? 0 : ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST);

		CU_ASSERT_TRUE_FATAL(n > 0);
		length += (size_t)n;
	}
	return length;
}

static void any_pieces(void)
{
	uint8_t stream[1024];
	size_t length = make_stream(stream, sizeof(stream));

	for (size_t piece = 1; piece <= length; piece++) {
		uint8_t *buf = guard_page_at(&page, 128), *to;
		struct assay_framer f;
		struct assay_pdu pdu;
		uint32_t seen = 0;
		int rc = 0;

		assay_framer_init(&f, buf, 128);
		for (size_t at = 0; at < length;) {
			size_t room = assay_framer_space(&f, &to), n = piece < room ? piece : room;

			CU_ASSERT_TRUE_FATAL(room > 0);
			if (n > length - at)
				n = length - at;
			memcpy(to, stream + at, n);
			assay_framer_commit(&f, n);
			at += n;
			while ((rc = assay_framer_next(&f, &pdu)) == 1) {
				CU_ASSERT_EQUAL(pdu.itt, seen);
				CU_ASSERT_EQUAL(pdu.data_length, seen * 5);
				CU_ASSERT_EQUAL(pdu.bad_digests, 0);
				if (++seen == 2)
					f.digests = ASSAY_HEADER_DIGEST | ASSAY_DATA_DIGEST;
			}
			CU_ASSERT_EQUAL(rc, 0);
		}
		CU_ASSERT_EQUAL(seen, PDUS);
		CU_ASSERT_EQUAL(assay_framer_pending(&f), 0);
	}
}

/* A length that the buffer cannot hold is known from the header alone, and nothing is lost by asking. */
static void longer_than_the_buffer(void)
{
	uint8_t *buf = guard_page_at(&page, 128), *to;
	struct assay_pdu pdu = { .opcode = ASSAY_NOP_IN, .overrides = ASSAY_OVERRIDE_DATA_SEGMENT_LENGTH };
	struct assay_framer f;

	assay_framer_init(&f, buf, 128);
	pdu.data_segment_length = 80;
	assay_framer_space(&f, &to);
	assay_pdu_encode_bhs(to, &pdu);
	assay_framer_commit(&f, 47);
	CU_ASSERT_EQUAL(assay_framer_next(&f, &pdu), 0);
	assay_framer_commit(&f, 1);
	CU_ASSERT_EQUAL(assay_framer_next(&f, &pdu), 0);
	f.digests = ASSAY_HEADER_DIGEST;
	CU_ASSERT_EQUAL(assay_framer_next(&f, &pdu), ASSAY_E_TOO_LONG);
	CU_ASSERT_EQUAL(assay_framer_next(&f, &pdu), ASSAY_E_TOO_LONG);
	CU_ASSERT_EQUAL(assay_framer_pending(&f), 48);
	f.digests = 0;
	CU_ASSERT_EQUAL(assay_framer_space(&f, &to), 80);
	CU_ASSERT_PTR_EQUAL(to, buf + 48);
	memset(to, 0, 80);
	assay_framer_commit(&f, 80);
	CU_ASSERT_EQUAL(assay_framer_next(&f, &pdu), 1);
	CU_ASSERT_EQUAL(pdu.data_length, 80);
}

static CU_TestInfo tests[] = {
	{ "any pieces", any_pieces },
	{ "longer than the buffer", longer_than_the_buffer },
	CU_TEST_INFO_NULL,
};

int main(void)
{
	int failed;

	page = guard_page_new(4096);
	failed = unit_run("framer", tests);
	guard_page_free(&page);
	return failed;
}
