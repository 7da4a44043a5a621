/*
 * verdict.h - what a test found, as a capture carries it: a line in the comment of the packet that came last when a claim failed, in plain words that programs read back.
 *
 *   #12 FAIL login.nop-inside-login, PDUs #9 to #12, R7143-4.2.4-08: the target …; expected: …; got: …
 *   #7 WARN nop.ping, PDUs #7 to #7, R7143-11.19-02, rule ttt-reserved, 2 more: …
 *
 * #N are the numbers that the comments of the capture's packets begin with. This is the one place that writes it, and the one that reads it: a comment may come from anybody.
 */
#ifndef ASSAY_CAPTURE_VERDICT_H
#define ASSAY_CAPTURE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASSAY_CLAIM_LINE 640 /* bytes of the comment, with its end */

/* A claim that failed; strings are printable ASCII, cut to fit. */
struct assay_claim {
	uint64_t since,
		at; /* what it rests on, at least: those that came after the claim before it, up to what came last */
	unsigned more; /* claims that failed at the same PDU and are not told */
	bool should; /* WARN: a SHOULD is broken; else FAIL, a MUST */
	char test[64]; /* its id */
	char reqs[64]; /* requirement ids, space separated */
	char rule[48]; /* rule id where the rules found it; "" for the test's own claim */
	char claim[96], expected[96], got[96];
};

/* Text of whatever length and content into a field of a claim. NULL is "". */
void assay_claim_put(char *out, size_t capacity, const char *text);

/* Writes the comment of packet number; capacity at least ASSAY_CLAIM_LINE. */
void assay_claim_write(char *out, size_t capacity, uint64_t number, const struct assay_claim *claim);

/* Reads it back. False for every other comment, NULL too; *out is then not valid. */
bool assay_claim_read(struct assay_claim *out, const char *comment);

/* The number that a comment of our captures begins with; 0: none. */
uint64_t assay_comment_number(const char *comment);

#endif
