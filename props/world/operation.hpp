// What a task is about to do, or waits to do: the unit that a schedule orders.
#pragma once

#include <cstdint>
#include <string_view>

namespace poolproof::world {

enum class OperationKind : std::uint8_t {
  start,        // begin to run at all
  resume,       // go on after a wait that is over
  lock,         // take a mutex, spinlock or rwlock; can run only while it is free
  lock_shared,  // take a rwlock as a reader; can run only while no writer holds it
  try_lock,     //
  wait,         // go to sleep on a condition variable, semaphore, barrier or futex
  signal,       // wake one who sleeps there
  broadcast,    //
  create,       // start another task
  join,         // of another task; can run only when that has ended
  sleep,        //
  yield,        //
  connect,      //
  send,         //
  poll,         // wait until a socket is readable or writable
  close,        //
  clock,        // the clock itself: let the earliest timer fire
  load,         // of an atomic or volatile, by code that tells of it (see memory/memory.hpp)
  store,        //
  update,       // a load and a store at once: exchange, fetch_add, compare_exchange
};

std::string_view name(OperationKind kind);

// `object` tells operations on different things apart (the address of a mutex, say). It is compared
// and never ordered, hashed or printed, because addresses differ between processes.
struct Operation {
  OperationKind kind;
  const void* object = nullptr;

  friend bool operator==(const Operation&, const Operation&) = default;
};

}  // namespace poolproof::world
