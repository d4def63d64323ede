// __tsan_*: what gcc and clang make of -fsanitize=thread, see ../memory/memory.hpp. A plugin that
// is compiled so and linked without the sanitizer's library binds to these. Outside a task each
// does the plain operation and nothing else.
//
// The names and signatures are the compilers'; clang tells of unaligned accesses apart, gcc does
// not, and each has its own form of compare-exchange. The memory they touch is an atomic to its
// users, so each operation here is one.
#include <cstddef>
#include <cstdint>
#include <utility>

#include "props/world/machine.hpp"

// NOLINTBEGIN(bugprone-reserved-identifier,bugprone-macro-parentheses,readability-identifier-naming)

using poolproof::world::Machine;
using poolproof::world::Memory;
using poolproof::world::OperationKind;

namespace {

using Uint128 = unsigned __int128;

// Higher bits are hints for the processor.
Memory::Order order_of(int order) { return static_cast<Memory::Order>(order & 7); }

// 16 bytes at once need a library or a processor's special instruction; but only one task runs, so
// they are read and written as they are.
template <class T>
T peek(const volatile T* address) {
  if constexpr (sizeof(T) > 8)
    return *address;
  else
    return __atomic_load_n(address, __ATOMIC_SEQ_CST);
}

// Stores `after` if the value is `before`.
template <class T>
bool swap(volatile T* address, T before, T after) {
  if constexpr (sizeof(T) > 8) {
    if (*address != before) return false;
    *address = after;
    return true;
  } else {
    return __atomic_compare_exchange_n(address, &before, after, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
  }
}

// Returns the value before.
template <class T, class Change>
T change(volatile T* address, Change to) {
  T before = peek(address);
  while (!swap(address, before, to(before))) before = peek(address);
  return before;
}

template <class T>
T load(const volatile T* address, int order, const void* code) {
  auto* const machine = Machine::inside();
  if (machine == nullptr) return peek(address);
  machine->memory.point(OperationKind::load, address);
  const T value = peek(address);
  machine->memory.loaded(address, sizeof(T), order_of(order), code);
  return value;
}

template <class T>
void store(volatile T* address, T value, int order, const void* code) {
  auto* const machine = Machine::inside();
  if (machine != nullptr) machine->memory.point(OperationKind::store, address);
  change(address, [&](T) { return value; });
  if (machine != nullptr) machine->memory.stored(address, sizeof(T), order_of(order), code);
}

template <class T, class Change>
T update(volatile T* address, int order, const void* code, Change to) {
  auto* const machine = Machine::inside();
  if (machine == nullptr) return change(address, to);
  machine->memory.point(OperationKind::update, address);
  const T before = change(address, to);
  machine->memory.updated(address, sizeof(T), order_of(order), to(before) != before, code);
  return before;
}

struct CompareExchange {
  int on_success;
  int on_failure;
  bool weak;
};

// The value before; `done` says whether it was exchanged.
template <class T>
T compare_exchange(volatile T* address, T expected, T desired, CompareExchange how,
                   const void* code, bool& done) {
  auto* const machine = Machine::inside();
  if (machine == nullptr) {
    T before = peek(address);
    while (before == expected && !swap(address, before, desired)) before = peek(address);
    done = before == expected;
    return before;
  }
  Memory& memory = machine->memory;
  memory.point(OperationKind::update, address);
  const T before = peek(address);
  done = before == expected && !(how.weak && memory.fails_spuriously());
  if (done) {
    swap(address, before, desired);
    memory.updated(address, sizeof(T), order_of(how.on_success), true, code);
  } else {
    memory.loaded(address, sizeof(T), order_of(how.on_failure), code);
  }
  return before;
}

template <class T>
int compare_exchange_in_place(volatile T* address, T* expected, T desired, CompareExchange how,
                              const void* code) {
  bool done = false;
  const T before = compare_exchange(address, *expected, desired, how, code, done);
  if (!done) *expected = before;
  return done ? 1 : 0;
}

void tell_read(const volatile void* address, std::size_t size, const void* code) {
  if (auto* const machine = Machine::inside()) machine->memory.read(address, size, code);
}
void tell_written(const volatile void* address, std::size_t size, const void* code) {
  if (auto* const machine = Machine::inside()) machine->memory.written(address, size, code);
}

void volatile_read(const volatile void* address, std::size_t size, const void* code) {
  if (auto* const machine = Machine::inside()) machine->memory.volatile_read(address, size, code);
}
void volatile_written(const volatile void* address, std::size_t size, const void* code) {
  if (auto* const machine = Machine::inside()) {
    machine->memory.volatile_written(address, size, code);
  }
}

}  // namespace

#define CODE __builtin_return_address(0)

extern "C" {

void __tsan_init() { Memory::announce(); }

void __tsan_func_entry(void* call_site) {
  if (auto* const machine = Machine::inside()) machine->memory.entered(call_site);
}
void __tsan_func_exit() {
  if (auto* const machine = Machine::inside()) machine->memory.left();
}

// ---- plain and volatile accesses ----

#define ACCESSES(size)                                                                 \
  void __tsan_read##size(void* a) { tell_read(a, size, CODE); }                        \
  void __tsan_write##size(void* a) { tell_written(a, size, CODE); }                    \
  void __tsan_unaligned_read##size(void* a) { tell_read(a, size, CODE); }              \
  void __tsan_unaligned_write##size(void* a) { tell_written(a, size, CODE); }          \
  void __tsan_read_write##size(void* a) { tell_written(a, size, CODE); }               \
  void __tsan_unaligned_read_write##size(void* a) { tell_written(a, size, CODE); }     \
  void __tsan_volatile_read##size(void* a) { volatile_read(a, size, CODE); }           \
  void __tsan_volatile_write##size(void* a) { volatile_written(a, size, CODE); }       \
  void __tsan_unaligned_volatile_read##size(void* a) { volatile_read(a, size, CODE); } \
  void __tsan_unaligned_volatile_write##size(void* a) { volatile_written(a, size, CODE); }

ACCESSES(1)
ACCESSES(2)
ACCESSES(4)
ACCESSES(8)
ACCESSES(16)

void __tsan_read_range(void* a, std::size_t size) { tell_read(a, size, CODE); }
void __tsan_write_range(void* a, std::size_t size) { tell_written(a, size, CODE); }

// A constructor or destructor that sets the pointer to what it is already disturbs nobody.
void __tsan_vptr_update(void** a, void* value) {
  if (*a != value) tell_written(a, sizeof(void*), CODE);
}
void __tsan_vptr_read(void** a) { tell_read(a, sizeof(void*), CODE); }

// ---- atomics ----

#define ATOMIC_UPDATE(bits, T, operation, after)                                                  \
  T __tsan_atomic##bits##_##operation(volatile T* a, T v, int order) {                            \
    return update(a, order, CODE, [v]([[maybe_unused]] T old) { return static_cast<T>(after); }); \
  }

#define ATOMICS(bits, T)                                                                          \
  T __tsan_atomic##bits##_load(const volatile T* a, int order) { return load(a, order, CODE); }   \
  void __tsan_atomic##bits##_store(volatile T* a, T v, int order) { store(a, v, order, CODE); }   \
  ATOMIC_UPDATE(bits, T, exchange, v)                                                             \
  ATOMIC_UPDATE(bits, T, fetch_add, old + v)                                                      \
  ATOMIC_UPDATE(bits, T, fetch_sub, old - v)                                                      \
  ATOMIC_UPDATE(bits, T, fetch_and, old& v)                                                       \
  ATOMIC_UPDATE(bits, T, fetch_or, old | v)                                                       \
  ATOMIC_UPDATE(bits, T, fetch_xor, old ^ v)                                                      \
  ATOMIC_UPDATE(bits, T, fetch_nand, ~(old & v))                                                  \
  int __tsan_atomic##bits##_compare_exchange_strong(volatile T* a, T* expected, T v, int success, \
                                                    int failure) {                                \
    return compare_exchange_in_place(a, expected, v, {success, failure, false}, CODE);            \
  }                                                                                               \
  int __tsan_atomic##bits##_compare_exchange_weak(volatile T* a, T* expected, T v, int success,   \
                                                  int failure) {                                  \
    return compare_exchange_in_place(a, expected, v, {success, failure, true}, CODE);             \
  }                                                                                               \
  T __tsan_atomic##bits##_compare_exchange_val(volatile T* a, T expected, T v, int success,       \
                                               int failure) {                                     \
    bool done = false;                                                                            \
    return compare_exchange(a, expected, v, {success, failure, false}, CODE, done);               \
  }

ATOMICS(8, std::uint8_t)
ATOMICS(16, std::uint16_t)
ATOMICS(32, std::uint32_t)
ATOMICS(64, std::uint64_t)
ATOMICS(128, Uint128)

// No scheduling point: since values are always the latest, nobody sees when a fence is passed.
void __tsan_atomic_thread_fence(int order) {
  auto* const machine = Machine::inside();
  if (machine == nullptr) return __atomic_thread_fence(__ATOMIC_SEQ_CST);
  machine->memory.fenced(order_of(order));
}
void __tsan_atomic_signal_fence(int) {}

}  // extern "C"

// NOLINTEND(bugprone-reserved-identifier,bugprone-macro-parentheses,readability-identifier-naming)
