/* print.h - strings that came from elsewhere (a target, a file) made fit to print: whole UTF-8 characters, nothing that steers a terminal. */
#ifndef ASSAY_REPORT_PRINT_H
#define ASSAY_REPORT_PRINT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define ASSAY_REPLACEMENT 0xfffdu /* what stands for a byte that is no UTF-8 */

/* The character at *s, and *s moved behind it; 0 at the end. A byte that begins no valid UTF-8 (overlong forms and surrogates
 * are not valid) is ASSAY_REPLACEMENT and takes one byte. */
uint32_t assay_utf8_next(const char **s);
/* Writes a character as UTF-8. */
void assay_utf8_put(FILE *out, uint32_t character);
/* Writes s for a person: control characters as \xNN (a newline too), invalid bytes replaced. NULL: nothing. */
void assay_print_clean(FILE *out, const char *s);
/* The section of a standard in full words: "RFC 7143 section 4.2.4", "RFC 7143 appendix C"; one that names its own standard stays as it is. As it may come from
 * a file, put writes it: assay_print_clean, or the escaper of a format. */
void assay_print_section(FILE *out, const char *section, void (*put)(FILE *out, const char *s));

/* Did the reader of the pipe go away (… | head)? What cannot be written then is no fault. */
bool assay_reader_gone(FILE *out);

#endif
