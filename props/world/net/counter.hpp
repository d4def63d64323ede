// What eventfd() makes.
#pragma once

#include <cstdint>

#include "props/world/net/descriptor.hpp"

namespace poolproof::world {

class Counter final : public Descriptor {
 public:
  Counter(Scheduler& scheduler, bool nonblocking, std::uint64_t count, bool semaphore)
      : Descriptor(scheduler, nonblocking), count_(count), semaphore_(semaphore) {}

  [[nodiscard]] int ready() const override;
  ssize_t take(Pieces into, int flags) override;
  ssize_t give(Pieces from, int flags) override;

 private:
  void on_close() override {}

  std::uint64_t count_;
  const bool semaphore_;
};

}  // namespace poolproof::world
