// malloc and its kin: the C library's, under the names by which it exports them for those who stand
// in for it (dlsym would call malloc itself). While code is loaded that tells of its accesses, a
// block that is handed out inside a task is new memory: what an earlier owner did there races with
// nothing. Who names what lies in memory hears of it too. A block that is freed needs no word: it
// is handed out again before it is used.
#include <malloc.h>

#include <cerrno>
#include <cstddef>
#include <utility>

#include "props/world/heap.hpp"
#include "props/world/machine.hpp"

using poolproof::world::Machine;
using poolproof::world::Memory;

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the C library's names
void* __libc_malloc(std::size_t size) noexcept;
void* __libc_calloc(std::size_t count, std::size_t size) noexcept;
void* __libc_realloc(void* block, std::size_t size) noexcept;
void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept;
void __libc_free(void* block) noexcept;
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)
}

namespace {

// `size`: what was asked for; there may be more.
void* handed_out(void* block, std::size_t size) {
  const bool is_heard = Memory::announced() > 0 || poolproof::world::heap_listeners > 0 ||
                        poolproof::world::heap_watch.meets(block, size);
  if (__builtin_expect(static_cast<long>(is_heard), 0) == 0) return block;
  auto* const machine = Machine::inside();
  if (machine == nullptr || block == nullptr) return block;
  if (Memory::announced() > 0 && !machine->memory.is_alone()) {
    machine->memory.allocated(block, malloc_usable_size(block));
  }
  // Who hears of it may want memory too.
  const int listeners = std::exchange(poolproof::world::heap_listeners, 0);
  machine->scheduler.allocated(block, size);
  poolproof::world::heap_listeners = listeners;
  return block;
}

void handed_back(const void* block) {
  const bool is_heard = poolproof::world::heap_listeners > 0;
  if (__builtin_expect(static_cast<long>(is_heard), 0) == 0) return;
  auto* const machine = Machine::inside();
  if (machine == nullptr || block == nullptr) return;
  const int listeners = std::exchange(poolproof::world::heap_listeners, 0);
  machine->scheduler.freed(block);
  poolproof::world::heap_listeners = listeners;
}

}  // namespace

extern "C" {

void free(void* block) noexcept {
  handed_back(block);
  __libc_free(block);
}

void* malloc(std::size_t size) noexcept { return handed_out(__libc_malloc(size), size); }

void* calloc(std::size_t count, std::size_t size) noexcept {
  return handed_out(__libc_calloc(count, size), count * size);
}

// A block that grows where it is is still the same memory.
void* realloc(void* block, std::size_t size) noexcept {
  void* const grown = __libc_realloc(block, size);
  if (grown == block) return grown;
  handed_back(block);
  return handed_out(grown, size);
}

void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return handed_out(__libc_memalign(alignment, size), size);
}

void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return handed_out(__libc_memalign(alignment, size), size);
}

int posix_memalign(void** block, std::size_t alignment, std::size_t size) noexcept {
  const bool power_of_two = alignment != 0 && (alignment & (alignment - 1)) == 0;
  if (!power_of_two || alignment % sizeof(void*) != 0) return EINVAL;
  const int error = errno;
  void* const found = handed_out(__libc_memalign(alignment, size), size);
  errno = error;
  if (found == nullptr) return ENOMEM;
  *block = found;
  return 0;
}

}  // extern "C"
