// The progress of a search, and of making a run smaller, on standard error, and only if that is a
// terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "props/check/search.hpp"

namespace poolproof::cli {

class ProgressBar {
 public:
  // `unit`: what is counted.
  ProgressBar(const check::SearchOptions& search, bool quiet, std::string_view unit = "schedules");

  // Redraws a few times a second. False once the user has pressed Ctrl-C.
  bool show(std::uint64_t done);
  // The same while a run is made smaller: how many others have been tried.
  bool show_shrinking(std::uint64_t tried);
  void clear();

 private:
  [[nodiscard]] bool is_due();
  [[nodiscard]] double fraction(std::uint64_t done) const;

  using Clock = std::chrono::steady_clock;

  const check::SearchOptions& search_;
  const bool shown_;
  const std::string_view unit_;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point next_ = start_;
};

}  // namespace poolproof::cli
