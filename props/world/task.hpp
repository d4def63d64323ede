// A task is a simulated thread: what pthread_create gives to code that runs in the world.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "props/world/carrier.hpp"
#include "props/world/chooser.hpp"
#include "props/world/time.hpp"

namespace poolproof::world {

struct Task {
  enum class State : std::uint8_t { runnable, blocked, finished };

  TaskId id{};
  State state = State::runnable;

  // What it does next when it runs, or, while blocked, what it waits for.
  Operation pending{OperationKind::start};
  // While blocked: what becomes `pending` once the wait is over.
  Operation after{OperationKind::resume};
  // When its wait ends by itself. A timer is armed while the task cannot run.
  std::optional<Deadline> deadline;
  bool timed_out = false;
  // Orders those who wait: the smaller began to wait earlier.
  std::uint64_t since = 0;
  // While it can run: since when it could have.
  Time able_since{};

  // How often it has looked at memory since the world last changed, which was change `idle_since`.
  std::uint32_t idle_looks = 0;
  std::uint64_t idle_since = 0;

  std::function<void()> body;
  Carrier* carrier = nullptr;  // owned by the scheduler, lent while the task lives
};

}  // namespace poolproof::world
