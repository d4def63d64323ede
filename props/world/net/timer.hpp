// What timerfd_create() makes, in virtual time. A timer that was set to a reading of the wall clock
// does not follow when that clock is set.
#pragma once

#include <cstdint>
#include <optional>

#include "props/world/net/descriptor.hpp"

namespace poolproof::world {

class Timer final : public Descriptor {
 public:
  // An interval of zero: it expires once.
  struct Setting {
    std::optional<Time> next;  // nothing: it is off
    Duration interval{};
  };

  Timer(Scheduler& scheduler, bool nonblocking, int clock)
      : Descriptor(scheduler, nonblocking), clock(clock) {}

  void set(Setting setting);
  // As it is now; the next expiry is to come.
  [[nodiscard]] Setting setting() const;

  [[nodiscard]] int ready() const override;
  ssize_t take(Pieces into, int flags) override;
  ssize_t give(Pieces from, int flags) override;
  Timer* timer() override { return this; }

  const int clock;

 private:
  void on_close() override { call_off(); }
  void arm();
  void call_off();
  [[nodiscard]] std::uint64_t expiries() const;

  Setting setting_;  // `next` is the first expiry that nobody has read of
  std::optional<EventId> event_;
};

}  // namespace poolproof::world
