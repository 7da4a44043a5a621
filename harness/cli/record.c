/* record.c - the command record: a proxy between an initiator and a target that writes what passes as a capture, until SIGINT or SIGTERM. It judges and changes nothing. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "capture/blocks.h"
#include "capture/pcapng.h"
#include "cli/cli.h"
#include "cli/served.h"
#include "transport/relay.h"

#define LISTEN       "127.0.0.1:0"
#define BUFFER       (1u << 20) /* bytes of the capture that are written at once */
#define LOOKED_AT    65536u /* bytes at the start of what a target says, where addresses are looked for */
#define ADDRESS_SAID "TargetAddress="

_Static_assert(ASSAY_RELAY_MAX <= ASSAY_PCAPNG_CONNECTIONS, "each connection has a number in the capture");

struct record {
	FILE *file;
	struct assay_pcapng *capture;
	const char *listens; /* our own address, in words */
	uint64_t connections, failed,
		announced; /* announced: connections on which the target named an address */
	uint64_t bytes[2];
	uint64_t said[ASSAY_RELAY_MAX]; /* bytes of the target, of the connection that is there */
	bool told[ASSAY_RELAY_MAX]; /* it is among announced */
	int result; /* of the capture: 0 or negative */
};

static uint64_t wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * UINT64_C(1000000000) + (uint64_t)now.tv_nsec;
}

static void keep(struct record *k, int result)
{
	if (!k->result)
		k->result = result;
}

/* ---- what the relay tells ---- */

static void on_opened(void *payload, uint32_t connection, const char *from, const char *to)
{
	struct record *k = payload;
	char comment[256];

	k->connections++;
	k->said[connection] = 0;
	k->told[connection] = false;
	snprintf(comment, sizeof(comment), "%s to %s, by way of %s", from, to, k->listens);
	keep(k, assay_pcapng_open(k->capture, connection, wall_clock(), comment));
}

/* A target that names its address sends initiators past us. */
static void look_for_address(struct record *k, uint32_t connection, const void *bytes, size_t length)
{
	uint64_t before = k->said[connection];

	k->said[connection] += length;
	if (before >= LOOKED_AT || k->told[connection])
		return;
	if (memmem(bytes, length, ADDRESS_SAID, strlen(ADDRESS_SAID))) {
		k->told[connection] = true;
		k->announced++;
	}
}

static void on_bytes(void *payload, uint32_t connection, enum assay_dir dir, const void *bytes, size_t length)
{
	struct record *k = payload;

	k->bytes[dir] += length;
	if (dir == ASSAY_TO_INITIATOR)
		look_for_address(k, connection, bytes, length);
	keep(k, assay_pcapng_bytes(k->capture, connection, dir, bytes, length, wall_clock(), NULL));
}

static void on_finished(void *payload, uint32_t connection, enum assay_dir dir)
{
	struct record *k = payload;

	keep(k, assay_pcapng_finish(k->capture, connection, dir, wall_clock()));
}

/* Both FINs are written by now; one that we end ourselves stays open in the capture. */
static void on_closed(void *payload, uint32_t connection, enum assay_relay_end how, enum assay_dir dir)
{
	struct record *k = payload;

	if (how == ASSAY_RELAY_RESET)
		keep(k, assay_pcapng_close(k->capture, connection, dir, true, wall_clock()));
}

static void on_failed(void *payload, const char *from, const char *why)
{
	((struct record *)payload)->failed++;
	assay_complain("record: no connection to the target for %s: %s", from, why);
}

/* A kill leaves all that was there before this wait. */
static int on_pause(void *payload)
{
	struct record *k = payload;

	if (fflush(k->file) != 0)
		keep(k, ASSAY_E_IO);
	return k->result;
}

/* ---- the file ---- */

/* A capture is written over; anything else that has something in it is not. */
static bool is_ours(const char *path)
{
	uint8_t start[4];
	struct stat st;
	FILE *file;
	size_t length;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || !st.st_size)
		return true;
	file = fopen(path, "re");
	if (!file)
		return true; /* opening it for writing says why */
	length = fread(start, 1, sizeof(start), file);
	fclose(file);
	return assay_blocks_is(start, length);
}

static int complain_of_file(const char *path)
{
	assay_complain("%s: cannot write it: %s", path, errno ? strerror(errno) : "an error");
	return ASSAY_EXIT_HARNESS;
}

static void sum_up(const struct record *k, const char *path)
{
	fprintf(stderr,
		"iscsi-assay: recorded %" PRIu64 " connections, %" PRIu64 " bytes to targets, %" PRIu64
		" to initiators, in %s\n",
		k->connections, k->bytes[ASSAY_TO_TARGET], k->bytes[ASSAY_TO_INITIATOR], path);
	if (k->failed)
		fprintf(stderr, "iscsi-assay: %" PRIu64 " connections were not taken by the target\n",
			k->failed);
	if (k->announced)
		fprintf(stderr,
			"iscsi-assay: on %" PRIu64 " connections the target named an address; an initiator "
			"that goes there goes past the recording\n",
			k->announced);
}

/* From a relay that listens to its end. */
static int run(struct record *k, struct assay_relay *relay, const char *path)
{
	sigset_t stop;
	int signals, result;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	sigaddset(&stop, SIGINT);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	signals = signalfd(-1, &stop, SFD_CLOEXEC);
	puts(k->listens);
	fflush(stdout);
	errno = 0;
	result = assay_relay_run(relay, signals);
	close(signals);
	if (assay_pcapng_end(k->capture) < 0 || k->result < 0)
		return complain_of_file(path);
	sum_up(k, path);
	return result < 0 ? (assay_complain("record: no connection can be taken: %s", strerror(errno)),
				    ASSAY_EXIT_HARNESS)
			  : ASSAY_EXIT_OK;
}

static int begin(struct record *k, struct assay_relay *relay, const char *path)
{
	int result;

	errno = 0;
	k->file = fopen(path, "we");
	if (!k->file)
		return assay_cannot(path, "write it");
	setvbuf(k->file, NULL, _IOFBF, BUFFER);
	result = assay_pcapng_begin(&k->capture, k->file, "iscsi-assay record");
	if (result < 0) {
		assay_pcapng_end(k->capture);
		result = complain_of_file(path);
	} else {
		result = run(k, relay, path);
	}
	if (fclose(k->file) != 0 && !result)
		result = complain_of_file(path);
	return result;
}

int assay_cli_record(struct assay_cli *cli)
{
	static struct record k;
	struct assay_relay_observer observer = { &k, on_opened, on_bytes, on_finished, on_closed, on_failed,
		on_pause };
	struct assay_address here, to;
	struct assay_relay *relay;
	struct assay_error err = { 0 };
	char listens[ASSAY_HOST_MAX + 16];
	int result;

	if (cli->words.count != 1)
		return assay_complain("record needs one file to write to: FILE.pcapng");
	if (strcmp(cli->words.word[0], "-") == 0)
		return assay_complain("record writes to a file; standard output has the address");
	if (!cli->to)
		return assay_complain("record needs --to HOST:PORT, the target");
	if (assay_served_address(&here, "--listen", cli->listens ? cli->listens : LISTEN, &err) < 0 ||
		assay_served_address(&to, "--to", cli->to, &err) < 0)
		return assay_complain_of(&err);
	if (!to.port)
		return assay_complain("--to: bad value '%s': port 0 is none", cli->to);
	if (!is_ours(cli->words.word[0]))
		return assay_complain(
			"%s: is there and is no pcapng: it is not written over", cli->words.word[0]);
	if (assay_relay_open(&relay, here.host, &here.port, to.host, to.port, &observer, &err) < 0)
		return assay_complain_of(&err);
	snprintf(
		listens, sizeof(listens), strchr(here.host, ':') ? "[%s]:%u" : "%s:%u", here.host, here.port);
	k.listens = listens;
	result = begin(&k, relay, cli->words.word[0]);
	assay_relay_close(relay);
	return result;
}
