// How the pool calls its user's hooks: one by one, with what a slot holds, and so that a throw is a
// value or a line in the log, never an exception on its way through the pool.
#pragma once

#include <exception>
#include <string>
#include <utility>
#include <vector>

#include <poolproof/hooks.hpp>
#include <poolproof/options.hpp>

#include "impl/slot.hpp"

namespace poolproof {

// One of the lists of PoolHooks.
using HookList = std::vector<Hook> PoolHooks::*;

// "checkout": as it is written in PoolHooks.
const char* name_of(HookList hooks);

// "close", if there is an empty function in that list; nullptr if there is none in any.
const char* list_with_empty_hook(const PoolHooks& hooks);

// What an exception says of itself.
std::string words_of(const std::exception_ptr& thrown);

// Thread-safe, as far as the hooks are. Requires that no lock is held.
class HookCalls {
 public:
  explicit HookCalls(const PoolOptions& options) : options_(options) {}

  bool any(HookList hooks) const { return !(options_.hooks.*hooks).empty(); }

  // What the first of them that throws has thrown; the rest are not called. Null: none did.
  std::exception_ptr call(HookList hooks, Slot& slot) const noexcept;

  // Calls all of them, whatever they throw.
  void announce(HookList hooks, Slot& slot,
                const std::exception_ptr& reason = nullptr) const noexcept;

  // Tells the user's log.
  void log(const char* what, const std::string& why) const noexcept;

 private:
  const PoolOptions& options_;
};

}  // namespace poolproof
