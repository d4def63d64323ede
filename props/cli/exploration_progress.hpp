// How far an exploration is: on standard error, if that is a terminal, and in the file from which
// it can go on.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "props/check/exploration_file.hpp"

namespace poolproof::cli {

// "40 s", "5 min".
std::string in_words(double seconds);

class ExplorationProgress {
 public:
  // `file`: kept up to date; nothing: none.
  ExplorationProgress(std::optional<check::ExplorationFile> file, bool quiet);

  // Unless it is quiet, says so when a round of preemptions is over, too. False once the user has
  // pressed Ctrl-C.
  bool show(const check::Explorable& seen);
  // It has ended there.
  void end(const check::Explorable& seen);

 private:
  using Clock = std::chrono::steady_clock;

  void tell_round(const check::Explorable& seen);
  [[nodiscard]] std::string how_far(const check::Explorable& seen);

  const std::optional<check::ExplorationFile> file_;
  const bool quiet_;
  const bool shown_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_;
  Clock::time_point next_file_ = start_;
  std::optional<double> done_before_{};  // when this process began
  std::optional<unsigned> round_{};      // of preemptions
};

}  // namespace poolproof::cli
