/* pcapng_test.c - the file is made of right blocks, and a full disk is told. That Wireshark reads it: pcapng_tshark_test. */
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "capture/pcapng.h"
#include "codec/bytes.h"
#include "test/unit.h"

/* Sums a header's or pseudo-header's bytes: 0xffff when its checksum is right. */
static uint32_t fold(const uint8_t *bytes, size_t length, uint32_t sum)
{
	for (size_t n = 0; n < length; n++)
		sum += n & 1 ? bytes[n] : (uint32_t)bytes[n] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

static uint8_t bulk[200001];

/* Writes a small conversation; the caller closes the file. */
static FILE *conversation(void)
{
	struct assay_pcapng *p = NULL;
	FILE *file = tmpfile();

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	for (size_t n = 0; n < sizeof(bulk); n++)
		bulk[n] = (uint8_t)(n * 13);
	CU_ASSERT_EQUAL_FATAL(assay_pcapng_begin(&p, file, "login.some-test"), 0);
	CU_ASSERT_EQUAL(assay_pcapng_open(p, 63, UINT64_C(1700000000123456789), NULL), 0);
	CU_ASSERT_EQUAL(assay_pcapng_open(p, 63, 0, NULL), ASSAY_E_INVAL);
	CU_ASSERT_EQUAL(assay_pcapng_open(p, 64, 0, NULL), ASSAY_E_INVAL);
	CU_ASSERT_EQUAL(assay_pcapng_bytes(p, 0, ASSAY_TO_TARGET, "x", 1, 0, NULL), ASSAY_E_INVAL);
	CU_ASSERT_EQUAL(assay_pcapng_bytes(p, 63, ASSAY_TO_TARGET, "hello", 5, 1, "#1"), 0);
	CU_ASSERT_EQUAL(assay_pcapng_bytes(p, 63, ASSAY_TO_INITIATOR, bulk, sizeof(bulk), 2, NULL), 0);
	CU_ASSERT_EQUAL(assay_pcapng_close(p, 63, ASSAY_TO_INITIATOR, false, 3), 0);
	CU_ASSERT_EQUAL(assay_pcapng_bytes(p, 63, ASSAY_TO_TARGET, "late", 4, 3, NULL), 0);
	CU_ASSERT_EQUAL(assay_pcapng_open(p, 63, 4, NULL), 0);
	CU_ASSERT_EQUAL(assay_pcapng_close(p, 63, ASSAY_TO_TARGET, true, 5), 0);
	CU_ASSERT_EQUAL(assay_pcapng_end(p), 0);
	rewind(file);
	return file;
}

static void libpcap_reads_it(void)
{
	char words[PCAP_ERRBUF_SIZE];
	FILE *file = conversation();
	pcap_t *pcap = pcap_fopen_offline_with_tstamp_precision(file, PCAP_TSTAMP_PRECISION_NANO, words);
	struct pcap_pkthdr *header;
	const uint8_t *packet;
	unsigned packets = 0, data = 0;
	uint32_t next_seq[2] = { 1000, 2000 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(pcap);
	CU_ASSERT_EQUAL(pcap_datalink(pcap), DLT_RAW);
	while (pcap_next_ex(pcap, &header, &packet) == 1) {
		unsigned to_initiator = packet[15] == 2;
		uint32_t length = assay_get_be16(packet + 2), tcp = length - 20,
			 offset = (uint32_t)(packet[32] >> 4) * 4;

		if (packets++ == 0)
			CU_ASSERT(header->ts.tv_sec == 1700000000 && header->ts.tv_usec == 123456789);
		CU_ASSERT_EQUAL_FATAL(length, header->caplen);
		CU_ASSERT_EQUAL(fold(packet, 20, 0), 0xffff);
		CU_ASSERT_EQUAL(fold(packet + 20, tcp, fold(packet + 12, 8, 6 + tcp)), 0xffff);
		if (packets <= 11) {
			CU_ASSERT_EQUAL(assay_get_be32(packet + 24), next_seq[to_initiator]);
			next_seq[to_initiator] += tcp - offset + (packet[33] & 3 ? 1 : 0);
		}
		data += tcp - offset;
	}
	CU_ASSERT_EQUAL(data, 5 + sizeof(bulk) + 4);
	CU_ASSERT_EQUAL(packets, 3 + 1 + 4 + 3 + 1 + 3 + 1);
	pcap_close(pcap);
}

static void comments_are_in_it(void)
{
	static const char *const words[] = { "login.some-test", "#1", "iscsi-assay" };
	char head[4096];
	FILE *file = conversation();
	size_t n = fread(head, 1, sizeof(head), file);

	for (size_t w = 0; w < 3; w++)
		CU_ASSERT_PTR_NOT_NULL(memmem(head, n, words[w], strlen(words[w])));
	fclose(file);
}

/* What was not kept has its place in the sequence numbers all the same. */
static void what_was_not_kept(void)
{
	char words[PCAP_ERRBUF_SIZE];
	FILE *file = tmpfile();
	struct assay_pcapng *p = NULL;
	struct pcap_pkthdr *header;
	const uint8_t *packet;
	uint32_t seq = 1001, captured = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL_FATAL(assay_pcapng_begin(&p, file, NULL), 0);
	assay_pcapng_open(p, 0, 0, NULL);
	CU_ASSERT_EQUAL(assay_pcapng_cut(p, 0, ASSAY_TO_TARGET, bulk, 48, 100000, 1, NULL), 0);
	CU_ASSERT_EQUAL(assay_pcapng_cut(p, 0, ASSAY_TO_TARGET, NULL, 0, 5, 1, NULL), 0);
	CU_ASSERT_EQUAL(assay_pcapng_end(p), 0);
	rewind(file);

	pcap_t *pcap = pcap_fopen_offline(file, words);

	CU_ASSERT_PTR_NOT_NULL_FATAL(pcap);
	for (unsigned n = 0; pcap_next_ex(pcap, &header, &packet) == 1; n++) {
		if (n < 3)
			continue;
		CU_ASSERT_EQUAL(assay_get_be32(packet + 24), seq);
		CU_ASSERT_EQUAL(assay_get_be16(packet + 2), header->len);
		seq += header->len - 40;
		captured += header->caplen - 40;
	}
	CU_ASSERT_EQUAL(seq, 1001 + 100000 + 5);
	CU_ASSERT_EQUAL(captured, 48);
	pcap_close(pcap);
}

/* Each way ends by itself; what still goes the other way keeps its place in the stream. */
static void half_closes(void)
{
	struct assay_pcapng *p = NULL;
	struct pcap_pkthdr *header;
	const uint8_t *packet;
	char words[PCAP_ERRBUF_SIZE], flags[64] = "";
	FILE *file = tmpfile();
	pcap_t *pcap;

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	CU_ASSERT_EQUAL_FATAL(assay_pcapng_begin(&p, file, NULL), 0);
	CU_ASSERT_EQUAL(assay_pcapng_finish(p, 0, ASSAY_TO_TARGET, 0), ASSAY_E_INVAL);
	assay_pcapng_open(p, 0, 0, "a to b");
	CU_ASSERT_EQUAL(assay_pcapng_finish(p, 0, ASSAY_TO_TARGET, 1), 0);
	CU_ASSERT_EQUAL(assay_pcapng_finish(p, 0, ASSAY_TO_TARGET, 1), ASSAY_E_INVAL);
	CU_ASSERT_EQUAL(assay_pcapng_bytes(p, 0, ASSAY_TO_INITIATOR, "late", 4, 2, NULL), 0);
	CU_ASSERT_EQUAL(assay_pcapng_finish(p, 0, ASSAY_TO_INITIATOR, 3), 0);
	CU_ASSERT_EQUAL(assay_pcapng_open(p, 0, 4, NULL), 0); /* it was closed by the second one */
	CU_ASSERT_EQUAL(assay_pcapng_finish(p, 0, ASSAY_TO_INITIATOR, 5), 0);
	CU_ASSERT_EQUAL(assay_pcapng_close(p, 0, ASSAY_TO_TARGET, false, 6), 0);
	CU_ASSERT_EQUAL(assay_pcapng_end(p), 0);
	rewind(file);
	pcap = pcap_fopen_offline(file, words);
	CU_ASSERT_PTR_NOT_NULL_FATAL(pcap);
	while (pcap_next_ex(pcap, &header, &packet) ==
		1) /* a letter a packet: who sends, upper case for FIN */
		strcat(flags, packet[33] & 1 ? packet[15] == 1 ? "I" : "T" : packet[15] == 1 ? "i" : "t");
	pcap_close(pcap);
	CU_ASSERT_STRING_EQUAL(flags, "itiIttTiitiTiIi");
}

static void a_full_disk_is_told(void)
{
	struct assay_pcapng *p = NULL;
	FILE *full = fopen("/dev/full", "w");

	CU_ASSERT_PTR_NOT_NULL_FATAL(full);
	assay_pcapng_begin(&p, full, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p);
	assay_pcapng_open(p, 0, 0, NULL);
	assay_pcapng_bytes(p, 0, ASSAY_TO_TARGET, bulk, sizeof(bulk), 0, NULL);
	CU_ASSERT_EQUAL(assay_pcapng_end(p), ASSAY_E_IO);
	fclose(full);
	CU_ASSERT_EQUAL(assay_pcapng_end(NULL), 0);
}

static CU_TestInfo tests[] = {
	UNIT_TEST(libpcap_reads_it),
	UNIT_TEST(comments_are_in_it),
	UNIT_TEST(what_was_not_kept),
	UNIT_TEST(half_closes),
	UNIT_TEST(a_full_disk_is_told),
	CU_TEST_INFO_NULL,
};

int main(void)
{
	return unit_run("pcapng", tests);
}
