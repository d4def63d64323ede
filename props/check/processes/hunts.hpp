// Many searches, of one pool each, several at a time: each in a process of its own, which loads the
// pool. What comes of one does not depend on the others.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "props/check/museum.hpp"
#include "props/check/search.hpp"

namespace poolproof::check {

struct Hunt {
  const Exhibit* exhibit;
  std::optional<explore::Strategy> strategy;  // nothing: all of them, by turns
  std::uint64_t seed;
  bool shrinks;  // what it finds is made smaller
};

// What a counterexample measures, after it was made as small as could be.
struct Extent {
  std::size_t callers = 0;
  std::size_t loans = 0;
  std::size_t operations = 0;
  std::size_t preemptions = 0;
  std::size_t switches = 0;
};

struct Smallest {
  double seconds = 0;  // that it took
  std::string token;
  std::optional<Extent> size;  // nothing if the run takes its process with it
};

struct HuntResult {
  Verdict verdict = Verdict::undecided;
  std::uint64_t schedules = 0;             // up to the one that broke a law, or all
  model::LawId law = model::LawId::crash;  // of broken: the first
  explore::Strategy strategy{};            // of broken: that broke it
  double seconds = 0;                      // without making it smaller
  std::optional<Smallest> smallest{};
  std::string remark{};  // of a verdict that is neither held nor broken, in a line
};

// Why a plugin cannot be loaded, in a line, or nothing. Tried in a process of its own.
std::optional<std::string> why_unusable(const Exhibit& exhibit);

// Called when some are done, and several times a second; false ends it all.
using HuntProgress = std::function<bool(std::size_t done)>;

// With that many schedules at most for each. Nothing for those that were not done when it was
// ended. A function of all but `jobs`, except for seconds.
std::vector<std::optional<HuntResult>> hunt(const std::vector<Hunt>& hunts, std::uint64_t schedules,
                                            int jobs, const HuntProgress& progress);

}  // namespace poolproof::check
