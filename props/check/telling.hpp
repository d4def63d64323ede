// A run that is told: what it broke, its story, and the choices by which it can be had again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "props/check/explain.hpp"
#include "props/check/processes/slate.hpp"
#include "props/check/run.hpp"
#include "props/check/story.hpp"
#include "props/check/trace.hpp"
#include "props/explore/strategy.hpp"
#include "props/explore/token.hpp"

namespace poolproof::check {

struct Telling {
  std::vector<Violation> violations{};
  Time last{};  // when something was last seen
  Story story{};
  explore::Tape tape{};                  // as it was played
  std::optional<std::uint64_t> hash{};   // none if the run wounded or killed its process
  std::optional<std::uint64_t> order{};  // its happens-before class; none as with the hash
  bool fits = true;                      // every choice that was asked for fitted
  std::string unsupported{};             // empty if it is not
  Trace trace{};                         // of what was told of it
  std::optional<Explanation> explanation{};
};

// Whether that law is among those that it broke.
bool breaks(const Telling& telling, model::LawId law);

// Runs what `chooser` decides.
Telling tell(Runner& runner, Slate& slate, const scenario::Bounds& bounds, world::Chooser& chooser);
// Plays `tape`; where a choice does not fit, `fallback` decides from there on.
Telling tell(Runner& runner, Slate& slate, const scenario::Bounds& bounds,
             const explore::Tape& tape, world::Chooser& fallback);

// For a token; nothing if the run took its process with it.
std::optional<explore::Fingerprint> fingerprint(const Telling& telling);

// A run that broke laws, made as small as could be.
struct Finding {
  std::vector<Violation> violations{};
  Story story{};
  explore::Token token;
  std::uint64_t schedule;        // the number of the schedule that broke them first, from 1
  explore::Strategy strategy{};  // that found it
  std::optional<Explanation> explanation{};  // none if the run kills its process
  Trace trace{};
  std::optional<std::uint64_t> order{};  // its happens-before class
};

// Of schedule `number`, from 0.
Finding finding(Telling telling, scenario::Bounds bounds, std::uint64_t number);

}  // namespace poolproof::check
