/* Bring your own pool: what a plugin exports so that `poolproof check --pool ./mine.so` can judge
 * it. C, so that any language can provide it. Times are in milliseconds. Every function is called
 * from inside a simulated thread; it may block, take locks, start threads and use libpq as it
 * likes. */
#ifndef POOLPROOF_ADAPTER_H
#define POOLPROOF_ADAPTER_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* NOLINTBEGIN(readability-identifier-naming): C's manners */

#define POOLPROOF_ADAPTER_ABI 1

typedef struct poolproof_pool_config {
  uint32_t abi;
  const char* conninfo;        /* a libpq connection string */
  int32_t pool_size;           /* 0: no limit */
  int32_t max_overflow;        /* -1: no limit */
  int64_t recycle_ms;          /* -1: never */
  int64_t timeout_ms;          /* -1: wait for ever */
  uint32_t lifo;               /* 1: the connection given back last is taken first */
  uint32_t pre_ping;           /* 1: what comes from the pool is pinged before it is leased */
  const char* reset_on_return; /* "rollback", "commit", "discard" or "none" */
} poolproof_pool_config;

enum {
  POOLPROOF_OK,
  POOLPROOF_TIMEOUT,
  POOLPROOF_CONNECT_FAILED,
  POOLPROOF_CLOSED,
  POOLPROOF_FAILED,
  POOLPROOF_CANCELLED,
  POOLPROOF_IN_USE /* of a pool that makes nobody wait */
};

typedef struct poolproof_adapter {
  uint32_t abi; /* POOLPROOF_ADAPTER_ABI */
  const char* name;
  /* NULL: cannot. */
  void* (*open)(const poolproof_pool_config* config);
  /* One of the results above; `lease` is set when it is POOLPROOF_OK. timeout_ms -1: the pool's
   * own. */
  int (*acquire)(void* pool, int64_t timeout_ms, void** lease);
  /* POOLPROOF_OK or POOLPROOF_FAILED; writes the first field of the first row as text, or "". */
  int (*query)(void* pool, void* lease, const char* sql, char* first_value, size_t size);
  void (*release)(void* pool, void* lease);
  /* May be NULL. The connection must not be used again; the lease still needs its release. */
  void (*invalidate)(void* pool, void* lease);
  /* May be NULL: retire and close what is pooled, and go on working. */
  void (*dispose)(void* pool);
  /* May be NULL: callers may be inside acquire; later calls say POOLPROOF_CLOSED. */
  void (*close)(void* pool);
  /* Last, with no other call in progress and no lease out. */
  void (*destroy)(void* pool);
} poolproof_adapter;

/* The one symbol that a plugin exports. */
const poolproof_adapter* poolproof_adapter_get(void);

/* What only some pools can do: a second symbol that a plugin may export. Each operation may be
 * NULL; it is then left out of the scenarios. */
#define POOLPROOF_EXTENSION_ABI 3

/* What else a pool may be told. Only what is not as in the comments is asked for of a pool that
 * opens with it. */
typedef struct poolproof_pool_settings {
  const char* pool_class;     /* "QueuePool"; or "NullPool", "StaticPool", "SingletonThreadPool",
                                 "AssertionPool" */
  int64_t patience_ms;        /* 0 */
  int64_t recycle_jitter_ms;  /* 0: each connection lives for as long as recycle; else up to that
                                 much less */
  int64_t idle_timeout_ms;    /* -1: never */
  int64_t connect_backoff_ms; /* 0: each acquire tries to connect */
  int32_t min_idle;           /* 0 */
  uint32_t track_leases;      /* 0; 1: held_longer_than() is going to be asked */
} poolproof_pool_settings;

typedef struct poolproof_extension {
  uint32_t abi; /* POOLPROOF_EXTENSION_ABI; 1: it ends where 2 begins, 2: where 3 does */
  /* Like open, with a patience: a waiter who has waited that long is not overtaken any more. Used
   * in place of open when patience is not 0; without it patience always is. */
  void* (*open_patient)(const poolproof_pool_config* config, int64_t patience_ms);
  /* The connection may serve this lease, and no other. */
  void (*invalidate_softly)(void* pool, void* lease);
  /* Like invalidate, and all connections that exist are retired. */
  void (*invalidate_generation)(void* pool, void* lease);
  /* The connection leaves the pool; the lease still needs its release, which closes it. */
  void (*detach)(void* pool, void* lease);
  /* An acquire that cancel(token) calls off, from another thread, at any time; its result is then
   * POOLPROOF_CANCELLED, unless it ended before. All four, or none. */
  void* (*make_token)(void);
  int (*acquire_cancellable)(void* pool, int64_t timeout_ms, void* token, void** lease);
  void (*cancel)(void* token);
  void (*free_token)(void* token);
  /* ---- 2 ---- */
  /* Cancelling the query that runs on a lease. The canceller is made while none runs;
   * cancel_query(canceller) comes once, from another thread, at any time: before the query, during
   * it, after the lease was released. It is freed after both have returned, cancel and release. All
   * three, or none. */
  void* (*make_canceller)(void* pool, void* lease);
  void (*cancel_query)(void* canceller);
  void (*free_canceller)(void* canceller);
  /* A lease that comes back in the middle of things: sends `sql` as a query and leaves the answer
   * unread, or sends it in a pipeline and leaves that without a sync. POOLPROOF_OK or
   * POOLPROOF_FAILED; nothing but release or a remark comes after it on that lease. */
  int (*leave_unread)(void* pool, void* lease, const char* sql);
  int (*leave_unsynced)(void* pool, void* lease, const char* sql);
  /* ---- 3 ---- */
  /* Like open. Used in place of it and open_patient if there is something of that to be told. A
   * StaticPool or SingletonThreadPool is then asked for more than one lease by one thread. */
  void* (*open_with)(const poolproof_pool_config* config, const poolproof_pool_settings* settings);
  /* Closes what is idle for longer than idle_timeout, opens what is missing to min_idle. */
  void (*maintain)(void* pool);
  /* Opens connections until so many are idle; whether that comes to anything is not asked. */
  void (*warm_up)(void* pool, uint32_t count, int64_t timeout_ms);
  /* Closes the pool and waits for the last lease: POOLPROOF_OK, or POOLPROOF_TIMEOUT if one is
   * still out by then. timeout_ms -1: waits for ever. */
  int (*drain)(void* pool, int64_t timeout_ms);
  /* How many leases are out for longer than that. */
  uint32_t (*held_longer_than)(void* pool, int64_t ms);
} poolproof_extension;

const poolproof_extension* poolproof_extension_get(void);

/* NOLINTEND(readability-identifier-naming) */

#ifdef __cplusplus
}
#endif

#endif
