#include "props/world/threads.hpp"

#include <cerrno>

namespace poolproof::world {
namespace {

// glibc's handles are addresses; small odd numbers are none.
pthread_t handle_of(TaskId task) { return static_cast<pthread_t>(task) * 2 + 1; }

}  // namespace

int Threads::create(pthread_t* handle, void* (*body)(void*), void* argument) {
  scheduler_.point({OperationKind::create});
  Thread& thread = threads_.emplace_back();
  thread.task = scheduler_.spawn([&thread, body, argument] { thread.result = body(argument); });
  *handle = handle_of(thread.task);
  return 0;
}

Threads::Thread* Threads::find(pthread_t handle) {
  for (Thread& thread : threads_) {
    if (handle_of(thread.task) == handle) return &thread;
  }
  return nullptr;
}

int Threads::join(pthread_t handle, void** result) {
  Thread* const thread = find(handle);
  if (thread == nullptr) return ESRCH;
  if (thread->task == scheduler_.current().id) return EDEADLK;
  scheduler_.join(thread->task);
  if (result != nullptr) *result = thread->result;
  return 0;
}

int Threads::detach(pthread_t handle) { return find(handle) == nullptr ? ESRCH : 0; }

pthread_t Threads::self() { return handle_of(scheduler_.current().id); }

}  // namespace poolproof::world
