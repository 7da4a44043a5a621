/* record.c - writes every scene as DIR/NAME.pcapng, the same bytes each time: record DIR. It judges nothing. See scenes.h. */
#include <stdio.h>
#include <stdlib.h>

#include "capture/pcapng.h"
#include "proto/test/script.h"
#include "runner/dial.h"
#include "scenes.h"
#include "target/target.h"

#define BEGINS (UINT64_C(1767225600) * 1000000000) /* 2026-01-01, nanoseconds */
#define KEPT   (16u << 20)
#define SEED   1

static const char *scene_name;

int scene_sure(const struct assay_initiator *i, int result, const char *file, int line)
{
	if (result >= 0)
		return result;
	fprintf(stderr, "%s: %s:%d: %s\n", scene_name, file, line, i ? i->error.message : "no");
	exit(EXIT_FAILURE);
}

/* ---- writing ---- */

static void put(struct assay_pcapng *p, const struct assay_tap_record *r)
{
	uint64_t time = BEGINS + r->time;
	char number[24];
	int result;

	snprintf(number, sizeof(number), "#%llu", (unsigned long long)r->number);
	if (r->kind == ASSAY_TAP_OPEN)
		result = assay_pcapng_open(p, r->connection, time, NULL);
	else if (r->kind == ASSAY_TAP_PDU)
		result = assay_pcapng_bytes(
			p, r->connection, (enum assay_dir)r->dir, r->bytes, r->length, time, number);
	else
		result = assay_pcapng_close(
			p, r->connection, (enum assay_dir)r->dir, r->kind == ASSAY_TAP_RESET, time);
	SURE(NULL, result);
}

static FILE *begin(struct assay_pcapng **out, const char *dir, const struct scene *scene)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s.pcapng", dir, scene->name);
	file = fopen(path, "we");
	if (!file) {
		perror(path);
		exit(EXIT_FAILURE);
	}
	SURE(NULL, assay_pcapng_begin(out, file, scene->what));
	return file;
}

static void end(struct assay_pcapng *p, FILE *file)
{
	SURE(NULL, assay_pcapng_end(p));
	SURE(NULL, fclose(file) ? ASSAY_E_IO : 0);
}

/* ---- scenes ---- */

static void record_played(const char *dir, const struct scene *scene)
{
	struct assay_builtin *builtin = assay_builtin_new(NULL, SEED, NULL);
	struct assay_tap *tap = assay_tap_new(KEPT, NULL, NULL);
	struct assay_pcapng *p;
	struct stage s = { .config = { .dialer = builtin ? assay_builtin_dialer(builtin) : NULL,
				   .host = "127.0.0.1",
				   .port = 3260,
				   .tap = tap,
				   .initiator_name = ASSAY_DEFAULT_INITIATOR,
				   .target_name = ASSAY_DEFAULT_NAME,
				   .isid = UINT64_C(0x800000000001),
				   .timeout = UINT64_C(5000000000),
				   .seed = SEED } };
	FILE *file = begin(&p, dir, scene);

	SURE(NULL, builtin && tap ? 0 : ASSAY_E_NOMEM);
	for (size_t n = 0; n < sizeof(s.data); n++)
		s.data[n] = (uint8_t)(n % 4 ? n / 4 : n / 1024);
	scene->play(&s);
	for (size_t n = 0; n < assay_tap_count(tap); n++)
		put(p, assay_tap_at(tap, n));
	end(p, file);
	assay_tap_free(tap);
	assay_builtin_free(builtin);
}

/* A script has no time: a PDU a millisecond. */
struct writer {
	struct assay_pcapng *p;
	uint64_t time;
	unsigned number;
};

static uint64_t later(struct writer *w)
{
	return w->time += UINT64_C(1000000);
}

static void on_open(void *payload, unsigned connection)
{
	struct writer *w = payload;

	w->number++;
	SURE(NULL, assay_pcapng_open(w->p, connection, later(w), NULL));
}

static void on_pdu(void *payload, unsigned connection, enum assay_dir dir, const void *wire, size_t length)
{
	struct writer *w = payload;
	char number[24];

	snprintf(number, sizeof(number), "#%u", ++w->number);
	SURE(NULL, assay_pcapng_bytes(w->p, connection, dir, wire, length, later(w), number));
}

static void on_close(void *payload, unsigned connection, enum assay_role by)
{
	struct writer *w = payload;

	w->number++;
	SURE(NULL, assay_pcapng_close(w->p, connection,
			   by == ASSAY_TARGET ? ASSAY_TO_INITIATOR : ASSAY_TO_TARGET, false, later(w)));
}

static void record_script(const char *dir, const struct scene *scene)
{
	struct writer w = { .time = BEGINS };
	struct script_listener listener = { &w, on_open, on_pdu, on_close };
	struct script_result result;
	FILE *file = begin(&w.p, dir, scene);

	script_play_to(&result, scene->script, &listener);
	if (result.error[0]) {
		fprintf(stderr, "%s: %s\n", scene->name, result.error);
		exit(EXIT_FAILURE);
	}
	end(w.p, file);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "record needs the folder to write to\n");
		return EXIT_FAILURE;
	}
	for (const struct scene *scene = scenes; scene->name; scene++) {
		scene_name = scene->name;
		if (scene->play)
			record_played(argv[1], scene);
		else
			record_script(argv[1], scene);
	}
	return EXIT_SUCCESS;
}
