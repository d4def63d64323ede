#include "props/cli/exploration_progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "props/cli/interrupt.hpp"

namespace poolproof::cli {
namespace {

using namespace std::chrono_literals;

constexpr auto kPeriod = 200ms;
constexpr auto kPeriodOfFile = 10s;

}  // namespace

std::string in_words(double seconds) {
  if (seconds < 100) return fmt::format("{:.0f} s", seconds);
  if (seconds < 6'000) return fmt::format("{:.0f} min", seconds / 60);
  return fmt::format("{:.0f} h", seconds / 3'600);
}

ExplorationProgress::ExplorationProgress(std::optional<check::ExplorationFile> file, bool quiet)
    : file_(std::move(file)), quiet_(quiet), shown_(!quiet && isatty(STDERR_FILENO) != 0) {
  catch_interrupts();
}

bool ExplorationProgress::show(const check::Explorable& seen) {
  const auto now = Clock::now();
  tell_round(seen);
  if (shown_ && now >= next_) {
    next_ = now + kPeriod;
    fmt::print(stderr, "\r\033[K{} executions, {} classes, {}", seen.executions,
               seen.classes.size(), how_far(seen));
  }
  if (file_ && now >= next_file_) {
    if (next_file_ != start_) file_->write(seen);
    next_file_ = now + kPeriodOfFile;
  }
  return !is_interrupted();
}

void ExplorationProgress::tell_round(const check::Explorable& seen) {
  const unsigned round = seen.rounds.preemptions;
  if (!round_) round_ = round;
  if (*round_ == round) return;
  round_ = round;
  if (shown_) fmt::print(stderr, "\r\033[K");
  if (!quiet_) {
    fmt::print("{} classes with fewer than {} preemption{}\n", seen.classes.size(), round,
               round == 1 ? "" : "s");
    std::fflush(stdout);
  }
}

std::string ExplorationProgress::how_far(const check::Explorable& seen) {
  if (!seen.rounds.seen.empty()) {
    return fmt::format("preemptions: {}; {} stems left, {} for the next round",
                       seen.rounds.preemptions, seen.rounds.left.size(), seen.rounds.later.size());
  }
  const double done = seen.left.done();
  if (!done_before_) done_before_ = done;
  const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
  const double speed = (done - *done_before_) / seconds;
  return fmt::format("about {:.1f} % of all{}", 100 * done,
                     speed > 0 ? fmt::format(", {} left", in_words((1 - done) / speed)) : "");
}

void ExplorationProgress::end(const check::Explorable& seen) {
  if (shown_) fmt::print(stderr, "\r\033[K");
  if (file_) file_->write(seen);
}

}  // namespace poolproof::cli
