// All randomness that code in a run can ask for: the kernel's, OpenSSL's, the standard library's.
// It is a function of one choice, so that a run replays.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <optional>
#include <string_view>
#include <vector>

#include "props/world/random.hpp"
#include "props/world/scheduler.hpp"

namespace poolproof::world {

class Entropy {
 public:
  // What open() gives for the kernel's random devices. Beyond what Net gives to sockets.
  static constexpr int kDescriptor = 1 << 24;
  static bool is_device(std::string_view path);
  // Streams that fopen() gave for them in this run.
  void opened(std::FILE* stream) { streams_.push_back(stream); }
  [[nodiscard]] bool is_device(std::FILE* stream) const {
    return std::find(streams_.begin(), streams_.end(), stream) != streams_.end();
  }

  explicit Entropy(Scheduler& scheduler) : scheduler_(scheduler) {}

  void reset() {
    random_.reset();
    streams_.clear();
    library_is_fresh_ = false;
  }

  void fill(void* bytes, std::size_t size);
  std::uint32_t next();

  // rand() and random() go on where the run before left them, and drand48() does; this makes them
  // as they are in a new process, once a run.
  void freshen_library();

 private:
  Scheduler& scheduler_;
  std::optional<Random> random_;  // seeded when it is first asked for
  std::vector<std::FILE*> streams_;
  bool library_is_fresh_ = false;
};

}  // namespace poolproof::world
