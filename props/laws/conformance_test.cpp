// Our pool does exactly what the model does. A script gives each instant one command; between two
// instants the machine comes to rest. So the model, stepped through the same commands, says without
// any search what must happen at each instant: who is granted which connection, who times out,
// whose connect fails, what is closed. No hook in the pool is needed for that.
#include <gtest/gtest.h>
#include <libpq-fe.h>
#include <rapidcheck/gtest.h>

#include <poolproof/pool.hpp>

#include <map>
#include <set>

#include "model/pool_model.hpp"
#include "props/explore/tape.hpp"
#include "props/world/machine.hpp"

namespace poolproof {
namespace {

using namespace std::chrono_literals;
using model::CallerId;
using world::Duration;
using world::Time;
using world::postgres::SessionId;

constexpr std::uint32_t kCallers = 4;
constexpr Duration kStep = 10ms;

enum class Action { acquire, release, invalidate };

// What one caller shall do at one instant; ignored if it is not in a state to do so.
struct Command {
  std::uint32_t caller = 0;
  Action action = Action::acquire;
  std::optional<Duration> timeout;
};

struct Script {
  model::PoolConfig config;
  std::vector<Command> commands;       // the first at kStep, then one each kStep
  std::vector<std::uint8_t> refusals;  // by connect: 1 if it is refused; past the end none is

  // An instant at which nothing else happens.
  [[nodiscard]] Duration end() const {
    return kStep * (static_cast<int>(commands.size()) + 1) + 7ms;
  }
};

void showValue(const Script& script, std::ostream& out) {
  out << model::to_string(script.config) << "\nrefused connects:";
  for (const int refused : script.refusals) out << ' ' << refused;
  Duration at = kStep;
  for (const Command& each : script.commands) {
    out << '\n' << model::to_string(at) << " caller " << each.caller << ' ';
    switch (each.action) {
      case Action::acquire:
        out << "acquire " << (each.timeout ? model::to_string(*each.timeout) : "for ever");
        break;
      case Action::release: out << "release"; break;
      case Action::invalidate: out << "invalidate"; break;
    }
    at += kStep;
  }
}

// What happened, by instant; the order within an instant is free.
using Log = std::map<Duration, std::multiset<std::string>>;

std::string granted(std::uint32_t caller, int connection) {
  return "caller " + std::to_string(caller) + " granted connection " + std::to_string(connection);
}
std::string timed_out(std::uint32_t caller) {
  return "caller " + std::to_string(caller) + " timed out";
}
std::string connect_failed(std::uint32_t caller) {
  return "caller " + std::to_string(caller) + " connect failed";
}
std::string closed(int connection) {
  return "connection " + std::to_string(connection) + " closed";
}

// ---- what the model says ----

class ByTheModel {
 public:
  explicit ByTheModel(const Script& script)
      : script_(script), state_(model::initial(script.config)) {}

  Log run() {
    Duration at = kStep;
    for (const Command& command : script_.commands) {
      advance(at);
      const auto event = event_of(command);
      if (!model::illegal(script_.config, state_, event)) feed(event);
      at += kStep;
    }
    advance(script_.end());
    return std::move(log_);
  }

 private:
  static model::Event event_of(const Command& command) {
    const CallerId caller{command.caller};
    switch (command.action) {
      case Action::acquire: return model::Acquire{caller, command.timeout};
      case Action::release: return model::Release{caller};
      case Action::invalidate: return model::Invalidate{caller};
    }
    return {};
  }

  // One expiry at a time, so that each answer is logged at its own instant.
  void advance(Duration to) {
    for (;;) {
      model::Time next = model::Time(to);
      for (const auto& waiter : state_.waiters) next = std::min(next, waiter.deadline);
      feed(model::Advance{next});
      if (next == model::Time(to)) return;
    }
  }

  // The environment connects at once, or refuses at once.
  void feed(const model::Event& event) {
    model::Step step = model::step(script_.config, state_, event);
    state_ = std::move(step.after);
    std::vector<CallerId> opening;
    for (const model::Answer& answer : step.answers) {
      if (const auto* open = std::get_if<model::OpenConnection>(&answer)) {
        opening.push_back(open->caller);
      }
      log(answer);
    }
    for (const CallerId caller : opening) {
      const bool refused = connects_ < script_.refusals.size() && script_.refusals[connects_] != 0;
      ++connects_;
      feed(refused ? model::Event(model::ConnectFailed{caller})
                   : model::Event(model::Connected{caller}));
    }
  }

  void log(const model::Answer& answer) {
    const auto number = [](auto id) { return static_cast<std::uint32_t>(id); };
    std::string text;
    if (const auto* grant = std::get_if<model::Granted>(&answer)) {
      text = granted(number(grant->caller), static_cast<int>(grant->connection));
    } else if (const auto* timeout = std::get_if<model::TimedOut>(&answer)) {
      text = timed_out(number(timeout->caller));
    } else if (const auto* error = std::get_if<model::ConnectionError>(&answer)) {
      text = connect_failed(number(error->caller));
    } else if (const auto* close = std::get_if<model::CloseConnection>(&answer)) {
      text = closed(static_cast<int>(close->connection));
    } else {
      return;
    }
    log_[state_.now.time_since_epoch()].insert(std::move(text));
  }

  const Script& script_;
  model::State state_;
  std::size_t connects_ = 0;
  Log log_;
};

// ---- what the pool does ----

class ByThePool : private world::Observer {
 public:
  explicit ByThePool(const Script& script) : script_(script) {}

  Log run() {
    explore::Tape tape;
    tape.of(world::Stream::faults) = script_.refusals;
    explore::Plainest plainest;
    explore::Replay chooser(tape, plainest);
    const auto ending = machine().run(chooser, *this, [this] { root(); });
    RC_ASSERT(ending == world::Ending::finished);
    return std::move(log_);
  }

 private:
  // Kept: the first run in a process prepares things that later ones find ready.
  static world::Machine& machine() {
    static world::Machine instance;
    return instance;
  }

  void root() {
    world::Scheduler& scheduler = machine().scheduler;
    Pool pool({.conninfo = "host=/simulated user=app dbname=app password=none sslmode=disable",
               .pool_size = script_.config.pool_size,
               .max_overflow = script_.config.max_overflow,
               .recycle = script_.config.recycle});
    machine().faults.allow(
        world::FaultSet{}.set(static_cast<std::size_t>(world::FaultKind::connect_refused)));
    std::vector<world::TaskId> tasks;
    for (std::uint32_t i = 0; i < kCallers; ++i) {
      tasks.push_back(scheduler.spawn([this, &pool, i] { caller(pool, i); }));
    }
    for (const auto task : tasks) scheduler.join(task);
  }

  void caller(Pool& pool, std::uint32_t me) {
    world::Scheduler& scheduler = machine().scheduler;
    std::optional<Lease> lease;
    Time at{};
    for (const Command& command : script_.commands) {
      at += kStep;
      if (command.caller != me || scheduler.now() > at) continue;
      scheduler.sleep_until(at);
      obey(pool, command, lease);
    }
    scheduler.sleep_until(Time(script_.end()));
  }

  void obey(Pool& pool, const Command& command, std::optional<Lease>& lease) {
    if (command.action == Action::acquire && !lease) {
      if (auto result = pool.acquire(command.timeout)) {
        lease.emplace(*std::move(result));
        log(granted(command.caller, PQbackendPID(lease->native())));
      } else {
        const bool timeout = result.error().kind == AcquireError::Kind::timeout;
        log(timeout ? timed_out(command.caller) : connect_failed(command.caller));
      }
    } else if (command.action == Action::release && lease) {
      lease.reset();
    } else if (command.action == Action::invalidate && lease) {
      lease->invalidate();
    }
  }

  // From the end on everything is given back, which is no part of the script.
  void log(std::string text) {
    const Duration now = machine().scheduler.now().time_since_epoch();
    if (now < script_.end()) log_[now].insert(std::move(text));
  }

  void ended(SessionId session, EndedBy) override { log(closed(static_cast<int>(session))); }
  void quiet(Time, Time) override {}
  void opened(SessionId) override {}
  void used(SessionId) override {}
  void queried(SessionId, std::string_view, world::postgres::TransactionStatus) override {}
  void struck(world::FaultKind, SessionId) override {}

  const Script& script_;
  Log log_;
};

rc::Gen<Script> scripts() {
  const auto command = rc::gen::build<Command>(
      rc::gen::set(&Command::caller, rc::gen::inRange<std::uint32_t>(0, kCallers)),
      rc::gen::set(&Command::action,
                   rc::gen::weightedElement<Action>(
                       {{4, Action::acquire}, {4, Action::release}, {1, Action::invalidate}})),
      // Between two steps, so that no deadline meets a command.
      rc::gen::set(&Command::timeout,
                   rc::gen::element<std::optional<Duration>>(std::nullopt, 0ms, 15ms, 35ms, 95ms)));
  const auto config = rc::gen::build<model::PoolConfig>(
      rc::gen::set(&model::PoolConfig::pool_size, rc::gen::inRange(0, 3)),
      rc::gen::set(&model::PoolConfig::max_overflow, rc::gen::inRange(-1, 3)),
      rc::gen::set(&model::PoolConfig::recycle,
                   rc::gen::element<std::optional<Duration>>(std::nullopt, 0ms, 20ms, 45ms)));
  return rc::gen::build<Script>(
      rc::gen::set(&Script::config, config),
      rc::gen::set(&Script::commands, rc::gen::container<std::vector<Command>>(command)),
      rc::gen::set(&Script::refusals,
                   rc::gen::container<std::vector<std::uint8_t>>(
                       rc::gen::weightedElement<std::uint8_t>({{3, 0}, {1, 1}}))));
}

RC_GTEST_PROP(Conformance, ThePoolDoesWhatTheModelDoesAtEachInstant, ()) {
  const Script script = *rc::gen::resize(60, scripts());
  // A caller that nobody will ever serve would keep the run from ending.
  Script finite = script;
  for (Command& each : finite.commands) {
    if (!each.timeout) each.timeout = 1s + 5ms;
  }
  const Log expected = ByTheModel(finite).run();
  const Log happened = ByThePool(finite).run();
  RC_LOG() << finite.commands.size() << " commands";
  RC_ASSERT(happened == expected);
}

}  // namespace
}  // namespace poolproof
