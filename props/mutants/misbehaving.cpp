// A pool that keeps every law but one day does what no code under test should, as a plugin: it
// crashes, exits, hangs, or is not the function of its schedule that it should be. Which of these
// is chosen by the build.
#include <dlfcn.h>
#include <pthread.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <climits>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

#include "props/mutants/reference_pool.hpp"

namespace {

using namespace std::chrono_literals;

const poolproof_adapter& well_behaved() {
  return poolproof::mutants::reference_pool(poolproof::mutants::Defect::none);
}

// ---- what it does, once it does it ----

// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): on purpose
[[maybe_unused]] void write_to_null() { *static_cast<volatile int*>(nullptr) = 1; }

// NOLINTNEXTLINE(misc-no-recursion): on purpose
[[gnu::noinline]] int recurse(volatile char* above) {
  volatile char frame[1024];
  frame[0] = *above;
  if (frame[0] != 0) return 0;
  return recurse(frame) + frame[0];
}
[[maybe_unused]] void overflow_stack() {
  volatile char bottom = 0;
  recurse(&bottom);
}

[[maybe_unused]] void divide_by_zero() {
  volatile int zero = 0;
  volatile int result = 7 / zero;  // NOLINT(clang-analyzer-core.DivideZero): on purpose
  static_cast<void>(result);
}

[[maybe_unused]] void raise_abort() { raise(SIGABRT); }
[[maybe_unused]] void raise_kill() { raise(SIGKILL); }
[[maybe_unused]] void exit_by_function() { std::exit(7); }
[[maybe_unused]] void exit_by_system_call() { syscall(SYS_exit_group, 7); }

[[maybe_unused]] void report_like_a_sanitizer() {
  const char report[] =
      "=================================================================\n"
      "==7==ERROR: AddressSanitizer: heap-use-after-free on address 0x1 at pc 0x2\n"
      "==7==ABORTING\n";
  syscall(SYS_write, STDERR_FILENO, report, std::strlen(report));
  // A sanitizer makes its system calls itself.
  void* const c_library = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
  reinterpret_cast<void (*)(int)>(dlsym(c_library, "_exit"))(1);
}

// Of a descriptor that the machine does not know.
[[maybe_unused]] void read_for_ever() {
  char event[sizeof(inotify_event) + NAME_MAX + 1];
  static_cast<void>(read(inotify_init1(0), event, sizeof event));
}

[[maybe_unused]] void spin() {
  volatile bool for_ever = true;
  while (for_ever) {
  }
}

[[maybe_unused]] void leak_by_new() {
  for (;;) std::memset(new char[1 << 20], 1, 1 << 20);
}
[[maybe_unused]] void leak_by_malloc() {
  for (;;) std::memset(std::malloc(1 << 20), 1, 1 << 20);
}

[[maybe_unused]] void corrupt_the_heap() {
  char* volatile block = static_cast<char*>(std::malloc(40));
  char* volatile same = block;
  for (int i = 0; i < 64; ++i) block[i] = 'x';
  std::free(block);
  std::free(same);
}

[[maybe_unused]] void throw_in_a_thread() {
  std::thread([] { throw std::runtime_error("nobody catches this"); }).join();
}

[[maybe_unused]] void leave_a_sleeping_thread() {
  std::thread([] {
    for (;;) std::this_thread::sleep_for(1s);
  }).detach();
}
[[maybe_unused]] void leave_a_running_thread() {
  std::thread([] {
    for (;;) std::this_thread::yield();
  }).detach();
}
[[maybe_unused]] void leave_a_waiting_thread() {
  std::thread([] {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait(lock);
  }).detach();
}

// What no seed decides: how often it has been called in the life of its process.
[[maybe_unused]] void count_its_calls() {
  static int calls = 0;
  if (++calls % 7 == 0) std::this_thread::yield();
}
[[maybe_unused]] void crash_late() {
  static int calls = 0;
  if (++calls == 1000) write_to_null();
}

[[maybe_unused]] void nothing() {}

// ---- when ----

#ifndef POOLPROOF_MISBEHAVIOUR
#define POOLPROOF_MISBEHAVIOUR nothing
#endif
#ifndef POOLPROOF_HABIT
#define POOLPROOF_HABIT nothing
#endif

struct Pool {
  void* inner;
  std::atomic<int> failures{0};
};

Pool& pool_at(void* pool) { return *static_cast<Pool*>(pool); }

void* open(const poolproof_pool_config* config) {
  void* const inner = well_behaved().open(config);
  return inner == nullptr ? nullptr : new Pool{inner};
}

// The habit in each acquire. The rest after the third connect that fails: rare enough for a few
// hundred schedules to go by, and for there to be much that can be left out.
int acquire(void* pool, std::int64_t timeout_ms, void** lease) {
  POOLPROOF_HABIT();
  const int result = well_behaved().acquire(pool_at(pool).inner, timeout_ms, lease);
  if (result == POOLPROOF_CONNECT_FAILED && ++pool_at(pool).failures == 3) POOLPROOF_MISBEHAVIOUR();
  return result;
}

int query(void* pool, void* lease, const char* sql, char* first_value, std::size_t size) {
  return well_behaved().query(pool_at(pool).inner, lease, sql, first_value, size);
}

void release(void* pool, void* lease) { well_behaved().release(pool_at(pool).inner, lease); }

void destroy(void* pool) {
  well_behaved().destroy(pool_at(pool).inner);
  delete &pool_at(pool);
}

constexpr poolproof_adapter kAdapter{
    .abi = POOLPROOF_ADAPTER_ABI,
    .name = "misbehaving pool",
    .open = open,
    .acquire = acquire,
    .query = query,
    .release = release,
    .invalidate = nullptr,
    .dispose = nullptr,
    .close = nullptr,
    .destroy = destroy,
};

}  // namespace

#ifdef POOLPROOF_MISBEHAVIOUR_AT_LOAD
namespace {
[[gnu::constructor]] void at_load() { POOLPROOF_MISBEHAVIOUR_AT_LOAD(); }
}  // namespace
#endif

extern "C" const poolproof_adapter* poolproof_adapter_get() { return &kAdapter; }
