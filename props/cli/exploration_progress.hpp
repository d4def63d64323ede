// How far an exploration is: on standard error, if that is a terminal, and in the file from which
// it can go on.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "props/check/exploration_file.hpp"

namespace poolproof::cli {

class ExplorationProgress {
 public:
  // `file`: kept up to date; nothing: none.
  ExplorationProgress(std::optional<check::ExplorationFile> file, bool quiet);

  // False once the user has pressed Ctrl-C.
  bool show(const check::Explorable& seen);
  // It has ended there.
  void end(const check::Explorable& seen);

 private:
  using Clock = std::chrono::steady_clock;

  const std::optional<check::ExplorationFile> file_;
  const bool shown_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_;
  Clock::time_point next_file_ = start_;
  std::optional<double> done_before_{};  // when this process began
};

}  // namespace poolproof::cli
