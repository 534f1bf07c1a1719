#ifndef BULKHEAD_FIELDS_H
#define BULKHEAD_FIELDS_H

/*
 * Splits a line at tabs and decodes %XX in place. Returns a malloc'ed array with room for one more entry, so that it can
 * be used as an argument vector.
 */
char **split_fields(char *line, int *count);

#endif
