#include "fields.h"

#include <stdlib.h>
#include <string.h>

#include "front.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	fail("the agent of the VM gave a malformed plan");
}

static void decode(char *field)
{
	char *out = field;
	for (const char *in = field; *in; in++) {
		if (*in != '%') {
			*out++ = *in;
			continue;
		}
		int high = hex_digit(in[1]);
		*out++ = (char)(high * 16 + hex_digit(in[2]));
		in += 2;
	}
	*out = '\0';
}

char **split_fields(char *line, int *count)
{
	int fields = 1;
	for (const char *c = line; *c; c++)
		fields += *c == '\t';
	char **list = calloc((size_t)fields + 1, sizeof *list);
	if (!list)
		fail("out of memory");
	*count = 0;
	for (char *rest = line; rest;) {
		char *field = strsep(&rest, "\t");
		decode(field);
		list[(*count)++] = field;
	}
	return list;
}
