// What a task is doing as a user of the pool sees it: the context of its operations.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "props/check/observation.hpp"
#include "props/world/order.hpp"

namespace poolproof::check {

enum class Doing : std::uint8_t {
  own_thread,  // of the pool; it begins so
  caller,      // in none of the pool's calls
  acquire,
  query,
  remark,
  release,
  dispose,
  close,
  cancel,
  destroy,
  upkeep,
};

constexpr world::Context context(Doing doing) { return static_cast<world::Context>(doing); }

// What the task that makes an observation does from there on; nothing: what it did before.
std::optional<Doing> doing_after(const Observation& observation);

// "release's signal before acquire's wait".
std::string to_text(const world::Meeting& meeting);

}  // namespace poolproof::check
