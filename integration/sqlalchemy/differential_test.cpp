// The profile sqlalchemy is SQLAlchemy. Random sequences of legal events, with random failures, are
// stepped through the model and then run by the real QueuePool; after each event the two must have
// answered, called and waited alike. At this granularity the model leaves nothing open, so that
// equality shows both: what it forbids does not happen, and what it allows does.
//
// RC_PARAMS="max_success=100000" runs that many sequences.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <iomanip>
#include <iostream>
#include <map>

#include "integration/sqlalchemy/agent.hpp"
#include "integration/sqlalchemy/notation.hpp"
#include "integration/sqlalchemy/sightings.hpp"

namespace poolproof::integration {
namespace {

using namespace model;
using namespace std::chrono_literals;

constexpr const char* kModerate = "max_success=10000";
constexpr int kEnough = 10000;  // to have seen everything

// What is drawn for one operation: a byte for the event, one for what kind of failure comes with
// it, two for which. 0 is a plain one.
using Choice = std::uint32_t;

struct Sequence {
  PoolConfig config;
  bool recreated = false;
  std::vector<Choice> choices;
};

void showValue(const Sequence& sequence, std::ostream& out) {
  out << to_string(sequence.config) << (sequence.recreated ? ", recreated" : "");
}

// ---- What may happen ----

// As often as it shall be likely.
std::vector<Event> legal_events(const PoolConfig& config, const State& state) {
  std::vector<Event> events;
  for (const CallerId caller : {CallerId{1}, CallerId{2}, CallerId{3}, CallerId{4}}) {
    for (const Event& event : std::initializer_list<Event>{
             Acquire{caller, config.timeout}, Acquire{caller, config.timeout}, Connected{caller},
             Connected{caller}, Connected{caller}, ConnectFailed{caller}, PingSucceeded{caller},
             PingFailed{caller}, Wake{caller}, Wake{caller}, Release{caller}, Release{caller},
             Release{caller}, Invalidate{caller, Invalidation::hard},
             Invalidate{caller, Invalidation::soft}, Invalidate{caller, Invalidation::generation},
             Detach{caller}}) {
      if (!illegal(config, state, event)) events.push_back(event);
    }
  }
  events.insert(events.end(), {Advance{state.now + 1s}, Advance{state.now + 2s}});
  return events;
}

// A dispose is rare: few leave the books as they were.
Event some_event(const PoolConfig& config, const State& state, Choice choice) {
  const std::uint32_t which = choice & 255;
  if (which > 250) return Dispose{};
  const std::vector<Event> events = legal_events(config, state);
  return events[which % events.size()];
}

Hook some_hook(std::uint32_t choice) {
  using enum Hook;
  constexpr std::array kHooks{checkout,        checkout, connect,        checkin,
                              invalidate,      close,    reset,          checkout,
                              connect,         checkin,  invalidate,     close,
                              soft_invalidate, detach,   close_detached, first_connect};
  return kHooks.at(choice % kHooks.size());
}

Failures some_failures(Choice choice) {
  constexpr std::array kSays{Disconnected::no, Disconnected::this_one, Disconnected::all,
                             Disconnected::all};
  const std::uint32_t kind = choice >> 8 & 15;
  const std::uint32_t which = choice >> 16;
  Failures failures;
  if (kind < 12) return failures;
  failures.hooks.insert(some_hook(which));
  failures.checkout_says = kSays.at(which >> 4 & 3);
  if (kind == 14) failures.hooks.insert(some_hook(which >> 6));
  if (kind == 15) failures.reset = (which >> 6 & 1) != 0;
  if (kind == 15) failures.close = (which >> 7 & 1) != 0;
  return failures;
}

Sequence some_sequence() {
  using Limit = std::optional<Duration>;
  using enum ResetOnReturn;
  Sequence sequence;
  PoolConfig& config = sequence.config;
  config.profile = Profile::sqlalchemy;
  config.pool_size = *rc::gen::element(1, 1, 2, 2, 3, 0);
  config.max_overflow = *rc::gen::element(0, 0, 1, 1, 2, -1);
  config.timeout = *rc::gen::element<Limit>(std::nullopt, std::nullopt, 0s, 1s, 2s, 3s);
  config.recycle = *rc::gen::element<Limit>(std::nullopt, std::nullopt, 0s, 1s, 3s);
  config.use_lifo = *rc::gen::element(false, true);
  config.pre_ping = *rc::gen::element(false, true);
  config.reset_on_return = *rc::gen::element(rollback, commit, none);
  sequence.recreated = *rc::gen::element(false, false, false, true);
  sequence.choices = *rc::gen::container<std::vector<Choice>>(
      rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<Choice>()));
  return sequence;
}

// ---- The comparison ----

Agent& agent() {
  static Agent agent;
  return agent;
}

struct Prediction {
  std::string operation;
  std::string observation;
};

// How often each was come across.
std::map<std::string_view, int>& seen() {
  static std::map<std::string_view, int> seen;
  return seen;
}

std::vector<Prediction> predict(const Sequence& sequence) {
  std::vector<Prediction> predictions;
  State state = initial(sequence.config);
  for (const Choice choice : sequence.choices) {
    const Event event = some_event(sequence.config, state, choice);
    const Failures failures = some_failures(choice);
    const Step step = model::step(sequence.config, state, event, failures);
    predictions.push_back({words_of(event, failures), words_of(sequence.config, step)});
    for (const Sighting& each : sightings()) {
      if (each.is_here({sequence.config, state, event, step})) ++seen()[each.name];
    }
    state = step.after;
  }
  return predictions;
}

// The operations up to the first that went otherwise, with what was seen of each; empty if all went
// as predicted.
std::string difference(const Sequence& sequence) {
  const std::vector<Prediction> predictions = predict(sequence);
  std::string line = words_of(sequence.config, sequence.recreated);
  for (const Prediction& each : predictions) line += " " + each.operation;
  const std::vector<std::string> observations = agent().observe(line);

  std::string story;
  for (std::size_t at = 0; at < predictions.size(); ++at) {
    const auto& [operation, predicted] = predictions[at];
    const std::string observed = at < observations.size() ? observations[at] : "nothing";
    if (observed != predicted) {
      return line + "\n" + story + operation + "\n  the model:  " + predicted +
             "\n  SQLAlchemy: " + observed;
    }
    story.append(operation).append("\n  both:       ").append(predicted).append("\n");
  }
  return "";
}

TEST(SqlAlchemy, QueuePoolDoesWhatTheModelDoes) {
  ASSERT_EQ(agent().version().substr(0, 4), "1.4.")
      << "the profile sqlalchemy is that of SQLAlchemy 1.4; install Debian's python3-sqlalchemy";
  ::setenv("RC_PARAMS", kModerate, 0);
  int sequences = 0;
  ASSERT_TRUE(rc::check([&] {
    const std::string found = difference(*rc::gen::exec(some_sequence));
    if (!found.empty()) RC_FAIL(found);
    ++sequences;
  }));

  if (sequences < kEnough) return;
  for (const Sighting& each : sightings()) {
    std::cout << std::setw(9) << seen()[each.name] << " times " << each.name << '\n';
    EXPECT_GT(seen()[each.name], 0) << each.name;
  }
}

}  // namespace
}  // namespace poolproof::integration
