#include "props/explore/dpor/estimate.hpp"

#include <map>
#include <utility>
#include <vector>

namespace poolproof::explore::dpor {
namespace {

// States in one count.
constexpr std::size_t kMostStates = 100'000;

// How many events of each process have come.
using State = std::vector<std::uint16_t>;

// The events of a run by process, and of each how many of every process it needs.
class Chains {
 public:
  explicit Chains(const Execution& execution) {
    std::map<ProcessId, std::size_t> number;
    std::vector<std::pair<std::size_t, State>> needs;
    for (EventIndex event = 0; event < execution.size(); ++event) {
      const auto mine = number.emplace(execution[event].process, number.size()).first->second;
      State need(number.size());
      for (EventIndex earlier = 0; earlier < event; ++earlier) {
        if (execution.before(earlier, event)) ++need[number.at(execution[earlier].process)];
      }
      needs.emplace_back(mine, std::move(need));
    }
    chains_.resize(number.size());
    for (auto& [process, need] : needs) chains_[process].push_back(std::move(need));
  }

  [[nodiscard]] std::size_t size() const { return chains_.size(); }

  // Whether the next event of that process can come.
  [[nodiscard]] bool can_go_on(std::size_t process, const State& state) const {
    if (state[process] == chains_[process].size()) return false;
    const State& need = chains_[process][state[process]];
    for (std::size_t other = 0; other < need.size(); ++other) {
      if (need[other] > state[other]) return false;
    }
    return true;
  }

 private:
  std::vector<std::vector<State>> chains_;
};

}  // namespace

// By the states that the orders pass through, of which there are few where few processes meet
// often: as many ways lead to each as to all those before it together.
double schedules_of_class(const Execution& execution) {
  const Chains chains(execution);
  std::map<State, double> ways{{State(chains.size()), 1.0}};
  std::size_t states = 0;
  for (std::size_t events = 0; events < execution.size(); ++events) {
    std::map<State, double> next;
    for (const auto& [state, count] : ways) {
      for (std::size_t process = 0; process < chains.size(); ++process) {
        if (!chains.can_go_on(process, state)) continue;
        State after = state;
        ++after[process];
        next[std::move(after)] += count;
      }
    }
    ways = std::move(next);
    states += ways.size();
    if (states > kMostStates) return 0;
  }
  return ways.begin()->second;
}

bool Estimate::run() {
  const double schedules = schedules_of_class(random_.run());
  if (schedules == 0) return false;
  sum_ += 1 / (random_.chance() * schedules);
  ++runs_;
  return true;
}

}  // namespace poolproof::explore::dpor
