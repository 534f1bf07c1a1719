#ifndef BULKHEAD_NAMESPACES_H
#define BULKHEAD_NAMESPACES_H

/* Where namespaces are bound for the runtime: existing files. */
struct namespace_places {
	const char *user;
	const char *time;
};

/*
 * Makes a user namespace in which the ids 0 to size-1 are base to base+size-1, and in it a time namespace whose boot time
 * is now. Binds both at `places`, which must lie in a private mount namespace; NULL makes the user namespace only.
 * Returns a descriptor of the user namespace.
 */
int make_namespaces(unsigned long base, unsigned long size, const struct namespace_places *places);

/*
 * Binds the namespace `name` (as below /proc/PID/ns) of a process at `place`, an existing file in a private mount namespace.
 * Fails unless the ids 0 to size-1 of the process are base to base+size-1.
 */
void join_namespace(const char *process, const char *name, const char *place, unsigned long base, unsigned long size);

#endif
