// Small pieces of concurrent code, compiled as a user's plugin is that poolproof_instrument() was
// called for: what memory_test.cpp runs in the machine.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

namespace poolproof::samples {

// ---- a counter ----

void start_counting();
int counted_plainly();
int counted_atomically();
void count_plainly();
void count_atomically();

// Reads and then writes, each an atomic: no race, but counts get lost.
void count_in_two_steps();

// ---- a message: the data, and a flag that says that it is there ----

struct Message {
  int data = 0;
  std::atomic<bool> there = false;
};
void send(Message& message, std::memory_order order);
// -1 if it is not there.
int receive(Message& message, std::memory_order order);
void send_with_fence(Message& message);
int receive_with_fence(Message& message);

// ---- locks ----

struct SpinLock {
  std::atomic_flag taken;
  void lock();
  void unlock();
};
// Counts plainly, under the lock; may forget to unlock.
void count_locked(SpinLock& lock, bool unlock);

// Counts under a lock by compare-exchange, which may fail for no reason.
bool take_once(std::atomic<int>& state);

// ---- waiting ----

void wait_for_volatile_flag();
void set_volatile_flag();
void clear_volatile_flag();

// ---- memory ----

// The block of one, written and freed; the next may get the same.
void use_the_heap();
std::string build_a_text();
void use_the_stack();
int count_thread_locally();
// Different bytes of one word.
void write_byte(int index);

// A static that is made when the first comes here; its first letter.
char made_once();

// Every width and operation, on a word of its own; true if all results are right.
bool every_atomic_operation_is_right();

}  // namespace poolproof::samples
