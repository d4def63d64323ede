#include "props/world/sync/spinlocks.hpp"

#include <cerrno>

namespace poolproof::world::sync {
namespace {

// Its address only: what is in it is never looked at.
const void* address_of(const volatile pthread_spinlock_t* spinlock) {
  return const_cast<const int*>(spinlock);
}

}  // namespace

int Spinlocks::lock(pthread_spinlock_t* spinlock) {
  const void* const lock = address_of(spinlock);
  scheduler_.point({OperationKind::lock, lock});
  scheduler_.take(lock);
  return 0;
}

int Spinlocks::try_lock(pthread_spinlock_t* spinlock) {
  const void* const lock = address_of(spinlock);
  scheduler_.point({OperationKind::try_lock, lock});
  if (!scheduler_.locks().free(lock)) return EBUSY;
  scheduler_.take(lock);
  return 0;
}

int Spinlocks::unlock(pthread_spinlock_t* spinlock) {
  const void* const lock = address_of(spinlock);
  auto* const held = scheduler_.locks().find(lock);
  if (held == nullptr || held->owner != scheduler_.current().id) {
    scheduler_.misuse(held == nullptr ? "a spinlock is unlocked that nobody holds"
                                      : "a spinlock is unlocked by a thread that does not hold it");
  }
  scheduler_.give_back(*held);
  return 0;
}

void Spinlocks::retire(const volatile pthread_spinlock_t* spinlock) {
  if (!scheduler_.locks().free(address_of(spinlock))) {
    scheduler_.misuse("a spinlock is destroyed while a thread holds it");
  }
}

}  // namespace poolproof::world::sync
