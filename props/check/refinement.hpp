// Refinement in lock step: whether each step of the code is one that the model allows at that step.
// After each thing that is seen of a run, the set of all states that the model may be in, with its
// hidden steps closed over, must not be empty. (So is a trace refused by an automaton with silent
// steps; the automaton is made deterministic as it is needed, by the subset construction, and kept:
// most events of later runs cost a look-up.)
//
// The calls of callers are seen as they begin and end, and the server's sessions; not what the pool
// does inside. Time-outs are allowed from the deadline on, by each caller's own clock: that they
// are not too late is for the law LATE. What comes after the last lease is back is not judged here.
// REQUIRES runs in which waits are observed: whoever sleeps in acquire has his place in the queue.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "props/check/guess.hpp"
#include "props/scenario/scenario.hpp"

namespace poolproof::check {

// The model does not explain the run.
struct Disallowed {
  std::size_t observation = 0;  // the one that it does not allow
  Time at{};
  std::string event{};                 // in words
  std::vector<std::string> allowed{};  // what might have been seen there
  std::vector<std::string> states{};   // that the model may have been in, some of them
};

// "at 10 ms caller 2's acquire returns with a lease, which the model does not allow there; ..."
std::string to_string(const Disallowed& disallowed);

// Kept for many runs.
class Refinement {
 public:
  // The first event that the model does not allow; nullopt if it allows them all.
  std::optional<Disallowed> judge(const scenario::Scenario& scenario,
                                  const std::vector<Observation>& observations);

  // What has been kept: states of the model, and sets of them.
  [[nodiscard]] std::size_t guesses() const { return guesses_.size(); }
  [[nodiscard]] std::size_t sets() const { return sets_.size(); }

 private:
  using GuessNumber = std::uint32_t;
  using SetNumber = std::uint32_t;
  struct Set {
    Known known;
    std::vector<GuessNumber> guesses;  // sorted; hidden steps are closed over
    friend auto operator<=>(const Set&, const Set&) = default;
  };

  // What follows a set of guesses when something is seen; nothing: the model does not allow it.
  struct Step {
    Sight sight;
    std::optional<SetNumber> to;
  };

  [[nodiscard]] bool knows(const scenario::Scenario& scenario) const;
  void begin(const scenario::Scenario& scenario);
  std::optional<SetNumber> after(SetNumber set, const Sight& sight);
  SetNumber number_of(Set set);
  void close(Set& set);
  GuessNumber number_of(Guess guess);
  GuessNumber after_hidden(GuessNumber guess, const Hidden& step);
  Disallowed disallowed(SetNumber set, const Sight& sight) const;

  // All that matters of a scenario.
  model::PoolConfig config_;
  std::size_t callers_ = 0;
  bool is_messy_ = false;

  bool is_timed_ = false;
  SetNumber initial_ = 0;
  std::map<Guess, GuessNumber> numbers_;
  std::vector<const Guess*> guesses_;
  std::map<std::pair<GuessNumber, Hidden>, GuessNumber> hidden_;
  std::map<Set, SetNumber> set_numbers_;
  std::vector<const Set*> sets_;
  std::vector<std::vector<Step>> steps_;  // of each set: a few
};

}  // namespace poolproof::check
