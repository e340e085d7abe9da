/* The desktop's keyring, by libsecret. It is loaded when the first grant wants it: linked, it and
 * GLib would cost every start 2 to 6 ms and 3 MiB. */
#include "keys.h"

#include <dlfcn.h>
#include <libsecret/secret.h>
#include <pthread.h>

/* As in their headers, looked up by name. */
#define CALLS(X)                                                                                   \
	X(g_cancellable_new)                                                                       \
	X(g_cancellable_cancel)                                                                    \
	X(g_dbus_connection_set_exit_on_close)                                                     \
	X(g_dbus_proxy_get_connection)                                                             \
	X(g_error_free)                                                                            \
	X(g_error_matches)                                                                         \
	X(g_hash_table_insert)                                                                     \
	X(g_hash_table_new)                                                                        \
	X(g_hash_table_unref)                                                                      \
	X(g_io_error_quark)                                                                        \
	X(g_list_free_full)                                                                        \
	X(g_object_unref)                                                                          \
	X(g_str_equal)                                                                             \
	X(g_str_hash)                                                                              \
	X(secret_item_get_locked)                                                                  \
	X(secret_item_get_secret)                                                                  \
	X(secret_service_get_type)                                                                 \
	X(secret_service_open_sync)                                                                \
	X(secret_service_search_sync)                                                              \
	X(secret_value_get)                                                                        \
	X(secret_value_unref)
static struct {
#define X(name) __typeof__(name) *(name);
	CALLS(X)
#undef X
} lib;

static bool load_all(void)
{
	void *handle = dlopen("libsecret-1.so.0", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!handle)
		return false;
#define X(name) lib.name = (__typeof__(name) *)(uintptr_t)dlsym(handle, #name);
	CALLS(X)
#undef X
#define X(name) &&lib.name
	return true CALLS(X);
#undef X
}

/* --- the bus --- */

/* Any other kind of address would have GLib start a program, which is death here. */
static bool bus_is_socket(const char *address)
{
	for (; address; address = strchr(address, ';')) {
		address += *address == ';';
		if (strncmp(address, "unix:", 5) != 0)
			return false;
	}
	return true;
}

static int check_bus(struct fetch *f)
{
	const char *bus = getenv("DBUS_SESSION_BUS_ADDRESS");

	if (!bus || !*bus)
		return fetch_fail(f, -ENOENT, "no session bus is known (DBUS_SESSION_BUS_ADDRESS)");
	if (!bus_is_socket(bus))
		return fetch_fail(f, -EINVAL, "the session bus is no socket of this host");
	return 0;
}

static int failed(struct fetch *f, const char *what, GError *error)
{
	int r = error && lib.g_error_matches(error, lib.g_io_error_quark(), G_IO_ERROR_CANCELLED)
			? -ECANCELED
			: -EIO;

	(void)fetch_fail(f, r, "%s: %s", what, error ? error->message : "no reason is given");
	if (error)
		lib.g_error_free(error);
	return r;
}

/* --- items --- */

static int take_item(struct fetch *f, SecretItem *item, struct secret *ret)
{
	SecretValue *value = lib.secret_item_get_secret(item);
	gsize n = 0;
	const char *p = value ? lib.secret_value_get(value, &n) : NULL;
	int r = p ? 0 : fetch_fail(f, -EIO, "the keyring did not give the secret");

	if (p && n > SEL_CREDENTIAL_MAX) {
		r = fetch_fail(f, -E2BIG, "it is longer than 16 KiB");
	} else if (p) {
		r = secret_new(n, ret);
		if (r < 0)
			(void)fetch_fail(f, r, "no memory can be locked for it");
	}
	if (p && r >= 0) {
		memcpy(ret->p, p, n);
		ret->n = n;
	}
	if (value)
		lib.secret_value_unref(value); /* it lies in libsecret's locked memory; wiped */
	return r;
}

/* Exactly one: which of several is meant cannot be known. */
static int take_one(struct fetch *f, GList *items, struct secret *ret)
{
	SecretItem *open = NULL;
	size_t n = 0, locked = 0;

	for (GList *i = items; i; i = i->next, n++) {
		if (lib.secret_item_get_locked(i->data))
			locked++;
		else
			open = i->data;
	}
	if (n == 0)
		return fetch_fail(f, -ENOENT,
				  "no entry of the keyring has this service; store one with "
				  "secret-tool store --label=WORDS service NAME");
	if (n > 1)
		return fetch_fail(f, -ENOTUNIQ,
				  "several entries of the keyring have this service; remove all "
				  "but one");
	if (locked > 0)
		return fetch_fail(f, -EKEYREVOKED,
				  "the keyring is locked; unlock it and try "
				  "again");
	return take_item(f, open, ret);
}

static int search(struct fetch *f, SecretService *service, GCancellable *cancel, struct secret *ret)
{
	GHashTable *attributes = lib.g_hash_table_new(lib.g_str_hash, lib.g_str_equal);
	GError *error = NULL;
	GList *items;
	int r;

	(void)lib.g_hash_table_insert(attributes, (void *)"service", f->name);
	/* Not SECRET_SEARCH_UNLOCK: that would ask the person, who is asked enough. */
	items = lib.secret_service_search_sync(service, NULL, attributes,
					       SECRET_SEARCH_ALL | SECRET_SEARCH_LOAD_SECRETS,
					       cancel, &error);
	lib.g_hash_table_unref(attributes);
	r = error ? failed(f, "cannot search the keyring", error) : take_one(f, items, ret);
	lib.g_list_free_full(items, lib.g_object_unref);
	return r;
}

static int ask(struct fetch *f, GCancellable *cancel, struct secret *ret)
{
	GError *error = NULL;
	SecretService *service = lib.secret_service_open_sync(
		lib.secret_service_get_type(), NULL, SECRET_SERVICE_OPEN_SESSION, cancel, &error);
	int r;

	if (!service)
		return failed(f, "cannot reach a keyring", error);
	lib.g_dbus_connection_set_exit_on_close(
		lib.g_dbus_proxy_get_connection((GDBusProxy *)service), FALSE);
	r = search(f, service, cancel, ret);
	lib.g_object_unref(service);
	return r;
}

int keyring_fetch(struct fetch *f, struct secret *ret)
{
	static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER; /* at a time: there is one bus */
	static bool loaded;
	GCancellable *cancel;
	int r = check_bus(f);

	if (r < 0)
		return r;
	(void)pthread_mutex_lock(&one);
	loaded = loaded || load_all();
	if (!loaded) {
		r = fetch_fail(f, -ENOPKG, "libsecret is not installed");
	} else {
		cancel = lib.g_cancellable_new();
		if (fetch_cancellable(f, cancel))
			r = ask(f, cancel, ret);
		else
			r = -ECANCELED;
		(void)fetch_cancellable(f, NULL);
		lib.g_object_unref(cancel);
	}
	(void)pthread_mutex_unlock(&one);
	return r;
}

void keyring_cancel(struct fetch *f)
{
	lib.g_cancellable_cancel(f->cancel);
}
