// mtx_* and cnd_* of C11: in glibc they are the pthread ones, with answers of their own.
#include <pthread.h>
#include <threads.h>

#include <cerrno>

#include "props/world/interpose/inside.hpp"

using poolproof::world::Machine;

namespace {

pthread_mutex_t* of(mtx_t* mutex) { return reinterpret_cast<pthread_mutex_t*>(mutex); }
pthread_cond_t* of(cnd_t* condition) { return reinterpret_cast<pthread_cond_t*>(condition); }

int answer(int error) {
  switch (error) {
    case 0: return thrd_success;
    case EBUSY: return thrd_busy;
    case ETIMEDOUT: return thrd_timedout;
    default: return thrd_error;
  }
}

}  // namespace

extern "C" {

int mtx_init(mtx_t* mutex, int type) {
  POOLPROOF_REAL(mtx_init);
  if (auto* const machine = Machine::inside()) machine->sync.mutexes.retire(of(mutex));
  return real_mtx_init(mutex, type);
}

void mtx_destroy(mtx_t* mutex) {
  POOLPROOF_REAL(mtx_destroy);
  if (auto* const machine = Machine::inside()) machine->sync.mutexes.retire(of(mutex));
  real_mtx_destroy(mutex);
}

int mtx_lock(mtx_t* mutex) {
  POOLPROOF_INSIDE_OR_RETURN(mtx_lock, mutex);
  return answer(pthread_mutex_lock(of(mutex)));
}

int mtx_timedlock(mtx_t* mutex, const timespec* reading) {
  POOLPROOF_INSIDE_OR_RETURN(mtx_timedlock, mutex, reading);
  return answer(pthread_mutex_timedlock(of(mutex), reading));
}

int mtx_trylock(mtx_t* mutex) {
  POOLPROOF_INSIDE_OR_RETURN(mtx_trylock, mutex);
  return answer(pthread_mutex_trylock(of(mutex)));
}

int mtx_unlock(mtx_t* mutex) {
  POOLPROOF_INSIDE_OR_RETURN(mtx_unlock, mutex);
  return answer(pthread_mutex_unlock(of(mutex)));
}

void cnd_destroy(cnd_t* condition) {
  POOLPROOF_REAL(cnd_destroy);
  if (auto* const machine = Machine::inside()) machine->sync.conditions.retire(of(condition));
  real_cnd_destroy(condition);
}

int cnd_wait(cnd_t* condition, mtx_t* mutex) {
  POOLPROOF_INSIDE_OR_RETURN(cnd_wait, condition, mutex);
  return answer(pthread_cond_wait(of(condition), of(mutex)));
}

int cnd_timedwait(cnd_t* condition, mtx_t* mutex, const timespec* reading) {
  POOLPROOF_INSIDE_OR_RETURN(cnd_timedwait, condition, mutex, reading);
  return answer(pthread_cond_timedwait(of(condition), of(mutex), reading));
}

int cnd_signal(cnd_t* condition) {
  POOLPROOF_INSIDE_OR_RETURN(cnd_signal, condition);
  return answer(pthread_cond_signal(of(condition)));
}

int cnd_broadcast(cnd_t* condition) {
  POOLPROOF_INSIDE_OR_RETURN(cnd_broadcast, condition);
  return answer(pthread_cond_broadcast(of(condition)));
}

}  // extern "C"
