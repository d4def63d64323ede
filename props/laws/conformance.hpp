// What the pool is compared with the model by: a script of commands, one at each step of time, and
// a log of what is seen to happen. Between two steps the machine comes to rest, so the model,
// stepped through the same commands, says without any search what must happen at each instant.
// No hook in the pool is needed for that but those it has.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "model/pool_model.hpp"

namespace poolproof::conformance {

using model::Duration;

constexpr std::uint32_t kCallers = 4;
// Shorter than what a slow server takes, so that commands fall into the middle of it. The two have
// few multiples in common, so that few things meet at one instant.
constexpr Duration kStep = std::chrono::milliseconds(11);
constexpr Duration kSlow = std::chrono::milliseconds(15);

enum class Action : std::uint8_t {
  acquire,
  cancel,
  release,
  begin,  // a transaction, on the lease
  invalidate,
  invalidate_softly,
  invalidate_generation,
  detach,
  dispose,
  close,
  maintain,
  warm_up,
  drain,
  kill,            // the server ends one of its sessions
  server_is_well,  // from here on
  server_refuses,  // every connect
  server_is_slow,  // to answer
};

struct Command {
  std::uint32_t caller = 0;
  Action action = Action::acquire;
  std::optional<Duration> timeout;  // of acquire and drain
  std::uint32_t number = 0;  // of kill: which of those that could be killed; of warm_up: how many
  // What throws from this step to the next.
  std::set<model::Hook> throwing = {};
  model::Disconnected checkout_says = model::Disconnected::no;
};

struct Script {
  model::PoolConfig config;
  bool hooked = false;  // the pool has a hook of each kind
  // What a slow server is asked for at a return would take time, which the model knows nothing of.
  // So either there are transactions, or the server may be slow.
  bool transactions = false;
  std::vector<Command> commands;  // the first at kStep, then one each kStep

  [[nodiscard]] Duration at(std::size_t command) const {
    return kStep * (static_cast<int>(command) + 1);
  }
  // Of the command in force at that time; nullptr before the first.
  [[nodiscard]] const Command* in_force(Duration time) const;
  // An instant at which nothing else happens.
  [[nodiscard]] Duration end() const { return at(commands.size()) + std::chrono::milliseconds(3); }
};

void showValue(const Script& script, std::ostream& out);  // NOLINT: RapidCheck's name

// What is done of a script: what the model says can be done. In the order of the commands.
struct Step {
  bool legal = false;
  int victim = 0;  // of kill: a session of the server
};

// What happened, by instant and, for what happens to one session, by session. The order within an
// instant is free otherwise.
struct Log {
  std::map<Duration, std::multiset<std::string>> by_instant;
  std::map<int, std::vector<std::string>> by_session;

  void note(Duration when, const std::string& what) { by_instant[when].insert(what); }
  // nullopt: of a slot that is EMPTY.
  void note(Duration when, std::optional<int> session, const std::string& what);
  friend bool operator==(const Log&, const Log&) = default;
};

// The first difference, for a person to read; "" if there is none.
std::string difference(const Log& expected, const Log& happened);

struct Expectation {
  Log log;
  std::vector<Step> steps;
  // Whether two things meet at one instant, and their order is not fixed.
  bool ambiguous = false;
};

Expectation by_the_model(const Script& script);

Log by_the_pool(const Script& script, const std::vector<Step>& steps);

// How both call it.
std::string name(const model::Status& status);
inline std::string caller_name(std::uint32_t caller) { return "caller " + std::to_string(caller); }

}  // namespace poolproof::conformance
