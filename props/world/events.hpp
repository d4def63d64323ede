// What happens by itself at its time, in no task: bytes arrive, a server's patience ends.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "props/world/time.hpp"

namespace poolproof::world {

enum class EventId : std::uint64_t {};

// In the order of their times, and those of one time in the order in which they were added.
class Events {
 public:
  // The first of a run is number 1.
  EventId add(Time when, std::function<void()> what);
  // No effect on one that has happened.
  void call_off(EventId id);

  // When the next one is due.
  [[nodiscard]] std::optional<Time> next() const {
    return waiting_.empty() ? std::nullopt : std::optional(waiting_.back().when);
  }
  // Of them. There must be one.
  [[nodiscard]] EventId next_id() const { return waiting_.back().id; }
  // Takes it out and returns what it does. There must be one.
  std::function<void()> take();

  void clear();

 private:
  struct Event {
    Time when;
    EventId id;
    std::function<void()> what;
  };
  std::vector<Event> waiting_;  // the next one last; there are never many
  std::uint64_t added_ = 0;
};

}  // namespace poolproof::world
