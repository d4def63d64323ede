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
  const char* conninfo; /* a libpq connection string */
  int32_t pool_size;    /* 0: no limit */
  int32_t max_overflow; /* -1: no limit */
  int64_t recycle_ms;   /* -1: never */
  int64_t timeout_ms;   /* -1: wait for ever */
  uint32_t lifo;
  uint32_t pre_ping;
  const char* reset_on_return; /* "rollback" */
} poolproof_pool_config;

enum {
  POOLPROOF_OK,
  POOLPROOF_TIMEOUT,
  POOLPROOF_CONNECT_FAILED,
  POOLPROOF_CLOSED,
  POOLPROOF_FAILED
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

/* NOLINTEND(readability-identifier-naming) */

#ifdef __cplusplus
}
#endif

#endif
