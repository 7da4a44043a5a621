/*
 * pair_pcaps_test.c - every capture in pcaps/, its initiator's side played to its own target's side: nothing differs on either, nothing is left out, nothing is missing, and what the rules say of the target
 * and of the initiator is what they say of the capture. PCAPS is the folder.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/file.h"
#include "capture/timeline.h"
#include "pair.h"
#include "test/unit.h"

/* ---- reading ---- */

static struct assay_script *script;
static unsigned played_rests; /* captures without their start that were played */
static uint64_t captured_findings[ASSAY_BOTH + 1]; /* by who */

static void on_open(void *payload, const struct assay_timeline_connection *c)
{
	(void)payload;
	assay_script_open(script, c);
}

static void on_pdu(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_pdu *p)
{
	(void)payload;
	assay_script_pdu(script, c, p);
}

static void on_loss(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_loss *l)
{
	(void)payload;
	assay_script_loss(script, c, l);
}

static void on_stand(
	void *payload, const struct assay_timeline_connection *c, const struct assay_timeline_stand *s)
{
	(void)payload;
	assay_script_stand(script, c, s);
}

static void on_finding(void *payload, const struct assay_timeline_connection *c,
	const struct assay_finding *f, const struct assay_timeline_pdu *at)
{
	(void)payload, (void)c, (void)at;
	captured_findings[f->offender]++;
}

static void on_close(void *payload, const struct assay_timeline_connection *c, enum assay_flow_end how,
	enum assay_role by, uint64_t frame, uint64_t time)
{
	(void)payload;
	assay_script_close(script, c, how, by, frame, time);
}

/* from: the first packet that is read. */
static void read_capture(const char *path, uint64_t from)
{
	static const struct assay_timeline_events events = { .open = on_open,
		.pdu = on_pdu,
		.loss = on_loss,
		.stand = on_stand,
		.finding = on_finding,
		.close = on_close };
	struct assay_timeline *timeline = assay_timeline_new(NULL, &events, NULL);
	struct assay_fragments *fragments = assay_fragments_new();
	struct assay_capture_file *file = NULL;
	struct assay_error err = { 0 };
	struct assay_segment segment;
	struct assay_packet packet;

	memset(captured_findings, 0, sizeof(captured_findings));
	script = assay_script_new((size_t)64 << 20);
	CU_ASSERT_FATAL(timeline && fragments && script);
	CU_ASSERT_EQUAL_FATAL(assay_capture_file_open(&file, path, &err), 0);
	while (assay_capture_file_next(&packet, file, &err) == 1)
		if (packet.frame >= from &&
			assay_packet_tcp(&segment, fragments, &packet) == ASSAY_PACKET_TCP)
			assay_timeline_segment(timeline, &segment);
	assay_timeline_end(timeline);
	assay_capture_file_close(file);
	assay_fragments_free(fragments);
	assay_timeline_free(timeline);
}

/* ---- playing ---- */

/* Between the first packet and the last PDU. */
static uint64_t lasted(void)
{
	uint32_t last = script->item_count - 1;

	while (last && script->items[last].kind != ASSAY_SCRIPT_PDU)
		last--;
	return script->items[last].time - script->items[0].time;
}

/* As the command is told to play. */
struct way {
	const char *name;
	bool verbatim, pace;
};

static void play(const struct way *way)
{
	struct pair p;

	pair_init(&p);
	p.initiator.verbatim = p.served.verbatim = way->verbatim;
	p.initiator.pace = p.served.pace = way->pace;
	CU_ASSERT_TRUE_FATAL(pair_play(&p, script, script));
	CU_ASSERT_EQUAL(p.result, 0);
	CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 0);
	CU_ASSERT_EQUAL(p.side[ASSAY_TARGET].differing, 0);
	CU_ASSERT_TRUE(p.done);
	CU_ASSERT_EQUAL(p.counts.connections, script->connection_count);
	CU_ASSERT_EQUAL(p.replayed.connections, script->connection_count);
	CU_ASSERT_EQUAL(p.replayed.sent, script->pdus[ASSAY_TO_TARGET]);
	CU_ASSERT_EQUAL(p.replayed.received, script->pdus[ASSAY_TO_INITIATOR]);
	CU_ASSERT_EQUAL(p.counts.answers, script->pdus[ASSAY_TO_INITIATOR]);
	CU_ASSERT_EQUAL(p.counts.missing + p.counts.unknown + p.counts.pings, 0);
	for (unsigned who = ASSAY_INITIATOR; who <= ASSAY_TARGET; who++)
		for (unsigned side = ASSAY_INITIATOR; side <= ASSAY_TARGET; side++)
			CU_ASSERT_EQUAL(p.side[side].findings[who], captured_findings[who]);
	if (way->pace)
		CU_ASSERT_TRUE(p.clock.now - ASSAY_SECOND >= lasted());
}

static void play_all_ways(const char *path)
{
	static const struct way ways[] = {
		{ "as the command does", false, false },
		{ "at its pace", false, true },
		{ "verbatim", true, false },
		{ "both", true, true },
	};

	read_capture(path, 0);
	for (size_t n = 0; n < sizeof(ways) / sizeof(ways[0]); n++) {
		unsigned failed = CU_get_number_of_failures();

		play(&ways[n]);
		if (CU_get_number_of_failures() > failed)
			printf("%s, %s\n", path, ways[n].name);
	}
	assay_script_free(script);
}

/* ---- without the start ---- */

/* The packet behind the first login. */
static uint64_t behind_login(void)
{
	uint32_t n = 0;

	while (n < script->item_count &&
		!(script->items[n].kind == ASSAY_SCRIPT_PDU && script->items[n].dir == ASSAY_TO_INITIATOR &&
			(script->items[n].pdu.opcode != ASSAY_LOGIN_RESPONSE ||
				(script->items[n].pdu.transit && script->items[n].pdu.nsg == 3))))
		n++;
	return n < script->item_count ? script->items[n].frame + 1 : 0;
}

/* A login that wants to join a session that was there before can join none. */
static bool joins(void)
{
	for (uint32_t n = 0; n < script->item_count; n++) {
		const struct assay_script_item *i = &script->items[n];

		if (i->kind == ASSAY_SCRIPT_PDU && i->pdu.opcode == ASSAY_LOGIN_REQUEST && i->pdu.tsih &&
			script->sessions[script->connections[i->connection].session].leading == i->connection)
			return true;
	}
	return false;
}

/* What an initiator offers that can do all that captured ones did. */
static void offer(struct assay_wants *w)
{
	w->value[ASSAY_KEY_HEADER_DIGEST] = w->value[ASSAY_KEY_DATA_DIGEST] = "None,CRC32C";
	w->value[ASSAY_KEY_INITIAL_R2T] = "No";
	w->value[ASSAY_KEY_IMMEDIATE_DATA] = "Yes";
	w->value[ASSAY_KEY_MAX_RECV_DATA_SEGMENT_LENGTH] = "262144";
	w->value[ASSAY_KEY_MAX_BURST_LENGTH] = "1048576";
	w->value[ASSAY_KEY_FIRST_BURST_LENGTH] = "65536";
	w->value[ASSAY_KEY_MAX_OUTSTANDING_R2T] = "8";
}

static void play_rest(const char *path)
{
	unsigned failed = CU_get_number_of_failures();
	struct pair p;
	uint64_t from;

	read_capture(path, 0);
	from = behind_login();
	assay_script_free(script);
	read_capture(path, from);
	pair_init(&p);
	offer(&p.config.wants);
	if (from && script->connection_count && script->connections[0].mid_stream &&
		script->pdus[ASSAY_TO_TARGET] && !joins()) {
		CU_ASSERT_TRUE_FATAL(pair_play(&p, script, script));
		CU_ASSERT_EQUAL(p.result, 0);
		CU_ASSERT_EQUAL(p.side[ASSAY_INITIATOR].differing, 0);
		CU_ASSERT_EQUAL(p.side[ASSAY_TARGET].differing, 0);
		CU_ASSERT_TRUE(p.done);
		CU_ASSERT_EQUAL(p.counts.own_logins, p.replayed.own_logins);
		played_rests += p.counts.own_logins > 0;
	}
	assay_script_free(script);
	if (CU_get_number_of_failures() > failed)
		printf("%s, from packet %lu on\n", path, (unsigned long)from);
}

/* ---- all of them ---- */

static bool is_capture(const char *name)
{
	return strstr(name, ".pcapng") != NULL;
}

static unsigned play_folder(const char *folder, void (*play_one)(const char *path))
{
	DIR *d = opendir(folder);
	unsigned count = 0;
	struct dirent *e;
	char path[1024];

	CU_ASSERT_PTR_NOT_NULL_FATAL(d);
	while ((e = readdir(d)) != NULL) {
		if (!is_capture(e->d_name))
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, e->d_name);
		play_one(path);
		count++;
	}
	closedir(d);
	return count;
}

static void captures(void)
{
	CU_ASSERT_TRUE(play_folder(PCAPS, play_all_ways) >= 40);
	CU_ASSERT_TRUE(play_folder(PCAPS "/mutations", play_all_ways) >= 10);
}

static void without_their_start(void)
{
	played_rests = 0;
	CU_ASSERT_TRUE(play_folder(PCAPS, play_rest) >= 40);
	CU_ASSERT_TRUE(play_folder(PCAPS "/mutations", play_rest) >= 10);
	CU_ASSERT_TRUE(played_rests >= 30);
}

static CU_TestInfo tests[] = { UNIT_TEST(captures), UNIT_TEST(without_their_start), CU_TEST_INFO_NULL };

int main(void)
{
	return unit_run("pair_pcaps", tests);
}
