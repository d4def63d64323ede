// The pool of impl/ as an accused like any other.
#pragma once

#include <poolproof/adapter.h>

#include <optional>
#include <string_view>

namespace poolproof::adapters {

const poolproof_adapter& ours();
const poolproof_extension& our_extension();

struct OfClass {
  const poolproof_adapter& adapter;
  const poolproof_extension& extension;
};

// Our pool as one of another class: "NullPool" (which opens only with pool_size 0), "AssertionPool"
// (only with 1 and max_overflow 0), "QueuePool". nullopt: there is no such adapter. StaticPool and
// SingletonThreadPool have none: their leases are not one caller's but one thread's.
std::optional<OfClass> ours_of_class(std::string_view name);

}  // namespace poolproof::adapters
