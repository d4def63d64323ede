// pthread_create and its kin over tasks, and what belongs to one thread: the values of its keys and
// the destructors of its thread_local objects.
#pragma once

#include <pthread.h>
#include <unwind.h>

#include <deque>
#include <string>
#include <vector>

#include "props/world/scheduler.hpp"

namespace poolproof::world {

// All calls come from inside a task; the results are those of the POSIX functions.
class Threads {
 public:
  explicit Threads(Scheduler& scheduler) : scheduler_(scheduler) {}

  void reset();

  // ---- threads ----
  int create(pthread_t* handle, const pthread_attr_t* attributes, void* (*body)(void*),
             void* argument);
  int join(pthread_t handle, void** result, std::optional<Deadline> deadline = std::nullopt);
  // EBUSY if it has not ended.
  int try_join(pthread_t handle, void** result);
  int detach(pthread_t handle);
  // Unwinds the thread's frames, as the C library's does, and ends it.
  [[noreturn]] void exit(void* result);
  // Different for each task, and never the handle of a real thread.
  pthread_t self();

  // ---- what belongs to the current thread ----
  void* get(pthread_key_t key);
  int set(pthread_key_t key, const void* value);
  // Keys themselves are the process's. One that a run has made and left does not outlive the run.
  void made(pthread_key_t key) { keys_of_run_.push_back(key); }
  // Runs when the thread ends, the last first, before the destructors of its keys.
  void at_exit(void (*destructor)(void*), void* object);
  // Runs them all: the thread is about to end.
  void end_of_thread();

 private:
  struct Thread {
    void* result = nullptr;
    void* exit_point = nullptr;  // of pthread_exit; null for tasks that pthread_create did not make
    _Unwind_Exception unwinding{};
    enum class Handle : std::uint8_t { none, joinable, being_joined, gone } handle{};
    std::vector<void*> values;  // by key
    struct Destructor {
      void (*run)(void*);
      void* object;
    };
    std::vector<Destructor> at_exit;
  };

  Thread& of(TaskId task);
  Thread& mine() { return of(scheduler_.current().id); }
  int joinable(pthread_t handle, Thread*& thread);
  void run(Thread& thread, void* (*body)(void*), void* argument);
  bool destroy_values(Thread& thread);

  Scheduler& scheduler_;
  std::deque<Thread> threads_;  // by task
  std::vector<pthread_key_t> keys_of_run_;
};

// What pthread_key_create was told for that key; null if nothing.
using KeyDestructor = void (*)(void*);
void remember_destructor(pthread_key_t key, KeyDestructor destructor);

}  // namespace poolproof::world
