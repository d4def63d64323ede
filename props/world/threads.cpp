#include "props/world/threads.hpp"

#include <array>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "props/world/interpose/real.hpp"

namespace poolproof::world {
namespace {

// glibc's handles are addresses; small odd numbers are none.
pthread_t handle_of(TaskId task) { return static_cast<pthread_t>(task) * 2 + 1; }
bool is_handle(pthread_t handle) { return handle % 2 == 1; }
TaskId task_of(pthread_t handle) { return static_cast<TaskId>(handle / 2); }

// Of all keys of the process: they may be made before main.
constinit std::array<std::atomic<KeyDestructor>, PTHREAD_KEYS_MAX> key_destructors{};

// Unwinding passes through the frames of the thread, whose destructors run, up to the one that
// called its body: there it jumps. A frame's CFA lies above all that the frame holds.
_Unwind_Reason_Code stop_at_exit_point(int, _Unwind_Action, _Unwind_Exception_Class,
                                       _Unwind_Exception*, _Unwind_Context* context,
                                       void* exit_point) {
  if (_Unwind_GetCFA(context) > reinterpret_cast<_Unwind_Word>(exit_point)) {
    std::longjmp(*static_cast<std::jmp_buf*>(exit_point), 1);  // NOLINT(cert-err52-cpp)
  }
  return _URC_NO_REASON;
}

// As the C library does when a catch (...) does not rethrow the unwinding of pthread_exit.
[[noreturn]] void swallowed() {
  std::fputs("pthread_exit is stopped by a catch (...) that does not rethrow\n", stderr);
  std::abort();
}

}  // namespace

void remember_destructor(pthread_key_t key, KeyDestructor destructor) {
  key_destructors[key] = destructor;
}

void Threads::reset() {
  POOLPROOF_REAL(pthread_key_delete);
  for (const pthread_key_t key : keys_of_run_) real_pthread_key_delete(key);
  keys_of_run_.clear();
  threads_.clear();
}

Threads::Thread& Threads::of(TaskId task) {
  const auto index = static_cast<std::size_t>(task);
  while (threads_.size() <= index) threads_.emplace_back();
  return threads_[index];
}

// ---- threads ----

int Threads::create(pthread_t* handle, const pthread_attr_t* attributes, void* (*body)(void*),
                    void* argument) {
  scheduler_.point({OperationKind::create});
  int detached = PTHREAD_CREATE_JOINABLE;
  if (attributes != nullptr) pthread_attr_getdetachstate(attributes, &detached);
  const auto id = static_cast<TaskId>(scheduler_.tasks().size());
  Thread& thread = of(id);
  thread.handle =
      detached == PTHREAD_CREATE_DETACHED ? Thread::Handle::gone : Thread::Handle::joinable;
  scheduler_.spawn([this, &thread, body, argument] { run(thread, body, argument); });
  *handle = handle_of(id);
  return 0;
}

// NOLINTBEGIN(cert-err52-cpp): pthread_exit is a jump, in the C library too
void Threads::run(Thread& thread, void* (*body)(void*), void* argument) {
  std::jmp_buf exit_point;
  thread.exit_point = &exit_point;
  if (setjmp(exit_point) == 0) thread.result = body(argument);
  thread.exit_point = nullptr;
}
// NOLINTEND(cert-err52-cpp)

void Threads::exit(void* result) {
  Thread& thread = mine();
  if (thread.exit_point == nullptr) {
    scheduler_.misuse("pthread_exit ends a thread that the pool did not start");
  }
  thread.result = result;
  thread.unwinding.exception_cleanup = [](_Unwind_Reason_Code, _Unwind_Exception*) { swallowed(); };
  _Unwind_ForcedUnwind(&thread.unwinding, stop_at_exit_point, thread.exit_point);
  swallowed();
}

// 0 if it can be joined or detached by the caller.
int Threads::joinable(pthread_t handle, Thread*& thread) {
  if (!is_handle(handle) || static_cast<std::size_t>(task_of(handle)) >= threads_.size()) {
    return ESRCH;
  }
  thread = &of(task_of(handle));
  switch (thread->handle) {
    case Thread::Handle::joinable: return 0;
    case Thread::Handle::being_joined:
    case Thread::Handle::gone: return EINVAL;
    case Thread::Handle::none: return ESRCH;
  }
  return ESRCH;
}

int Threads::join(pthread_t handle, void** result, std::optional<Deadline> deadline) {
  Thread* thread = nullptr;
  if (handle == self()) return EDEADLK;
  if (const int error = joinable(handle, thread)) return error;
  thread->handle = Thread::Handle::being_joined;
  const bool ended = scheduler_.join(task_of(handle), deadline);
  thread->handle = ended ? Thread::Handle::gone : Thread::Handle::joinable;
  if (!ended) return ETIMEDOUT;
  if (result != nullptr) *result = thread->result;
  return 0;
}

int Threads::try_join(pthread_t handle, void** result) {
  Thread* thread = nullptr;
  if (handle == self()) return EDEADLK;
  if (const int error = joinable(handle, thread)) return error;
  if (scheduler_.task(task_of(handle)).state != Task::State::finished) return EBUSY;
  return join(handle, result);
}

int Threads::detach(pthread_t handle) {
  Thread* thread = nullptr;
  if (const int error = joinable(handle, thread)) return error;
  thread->handle = Thread::Handle::gone;
  return 0;
}

pthread_t Threads::self() { return handle_of(scheduler_.current().id); }

// ---- what belongs to the current thread ----

void* Threads::get(pthread_key_t key) {
  const auto& values = mine().values;
  return key < values.size() ? values[key] : nullptr;
}

int Threads::set(pthread_key_t key, const void* value) {
  if (key >= PTHREAD_KEYS_MAX) return EINVAL;
  auto& values = mine().values;
  if (key >= values.size()) values.resize(key + 1);
  values[key] = const_cast<void*>(value);  // NOLINT: as the C library declares it
  return 0;
}

void Threads::at_exit(void (*destructor)(void*), void* object) {
  mine().at_exit.push_back({destructor, object});
}

void Threads::end_of_thread() {
  if (static_cast<std::size_t>(scheduler_.current().id) >= threads_.size()) return;
  Thread& thread = mine();
  while (!thread.at_exit.empty()) {
    const auto last = thread.at_exit.back();
    thread.at_exit.pop_back();
    last.run(last.object);
  }
  // A destructor may set values again; the C library has only so much patience with that.
  for (int i = 0; i < PTHREAD_DESTRUCTOR_ITERATIONS && destroy_values(thread); ++i) {
  }
}

// False if there was none to destroy.
bool Threads::destroy_values(Thread& thread) {
  bool any = false;
  for (std::size_t key = 0; key < thread.values.size(); ++key) {
    void* const value = std::exchange(thread.values[key], nullptr);
    const KeyDestructor destroy = key_destructors[key];
    if (value == nullptr || destroy == nullptr) continue;
    any = true;
    destroy(value);
  }
  return any;
}

}  // namespace poolproof::world
